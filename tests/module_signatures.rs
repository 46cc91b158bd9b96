//! Signatures made by OpenSSL, as sign-file and vendors make them, over modules that are built here.
//!
//! Skipped where there is no `openssl`. Every combination of key, hash and shape of message that a kernel takes is
//! made once; each must be verified with its certificate and with no other, and fail when the contents change.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../src/module_file/synth.rs"]
mod synth;

use std::path::Path;
use std::process::Command;

use synth::{FIELDS, Ko};
use taintrace::facts::{Origin, SignatureState};
use taintrace::module_file::{self, TrustStore};

const KEYS: &[(&str, &[&str])] = &[
    ("rsa2048", &["-newkey", "rsa:2048"]),
    ("rsa3072", &["-newkey", "rsa:3072"]),
    ("p256", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]),
    ("p384", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"]),
    ("p521", &["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-521"]),
];
const HASHES: &[&str] = &["sha1", "sha224", "sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512"];
const SHAPES: &[(&str, &[&str])] = &[
    ("as sign-file", &["-nocerts", "-noattr"]),
    ("with attributes", &["-nocerts"]),
    ("with key id", &["-nocerts", "-noattr", "-keyid"]),
    ("with certificate", &[]),
];

/// Runs openssl in a folder; `None` where it is not there or says no.
fn openssl(folder: &Path, arguments: &[&str]) -> Option<Vec<u8>> {
    let output = Command::new("openssl").args(arguments).current_dir(folder).output().ok()?;
    output.status.success().then_some(output.stdout)
}

/// A key and a certificate of this name in the folder.
fn make_key(folder: &Path, name: &str, kind: &[&str]) -> Option<Vec<u8>> {
    let [key, certificate, subject] =
        [format!("{name}.key"), format!("{name}.pem"), format!("/O=Example/CN=Key {name}")];
    let options = ["req", "-x509", "-nodes", "-days", "3650", "-subj", &subject, "-keyout", &key, "-out", &certificate];
    openssl(folder, &[&options, kind].concat())?;
    std::fs::read(folder.join(certificate)).ok()
}

fn trusting(certificate: &[u8]) -> TrustStore {
    let mut trust = TrustStore::new();
    trust.add_pem_or_der(certificate, &Origin::file("a.pem")).expect("a certificate of OpenSSL");
    trust
}

fn verified(module: &[u8], trust: &TrustStore) -> (SignatureState, Option<String>) {
    let mut module = module_file::read("frob.ko", module, Origin::file("frob.ko")).expect("a module");
    (module.verify(trust), module.file.signature.reason)
}

#[test]
fn pkcs7_of_every_key_hash_and_shape_is_verified_with_its_certificate_only() {
    use SignatureState::{Mismatch, Untrusted, Verified};
    let folder = tempfile::tempdir().expect("a scratch folder");
    let contents = Ko::new(FIELDS).build();
    std::fs::write(folder.path().join("frob.ko"), &contents).expect("the scratch folder");
    let Some(stranger) = make_key(folder.path(), "stranger", KEYS[2].1) else {
        eprintln!("skipped: there is no openssl here");
        return;
    };
    let stranger = trusting(&stranger);
    let mut made = 0;
    for (name, kind) in KEYS {
        let certificate = make_key(folder.path(), name, kind).expect("a key");
        let trust = trusting(&certificate);
        for hash in HASHES {
            for (shape, options) in SHAPES {
                let [key, certificate] = [format!("{name}.key"), format!("{name}.pem")];
                let sign = ["cms", "-sign", "-binary", "-in", "frob.ko", "-outform", "DER", "-md", hash];
                let with = ["-signer", &certificate, "-inkey", &key];
                let Some(message) = openssl(folder.path(), &[sign.as_slice(), &with, options].concat()) else {
                    continue;
                };
                let module = synth::append_pkcs7(contents.clone(), &message);
                let what = format!("{name} {hash} {shape}");
                let (state, reason) = verified(&module, &trust);
                assert_eq!(state, Verified, "{what}: {reason:?}");
                assert_eq!(verified(&module, &stranger).0, Untrusted, "{what} with another certificate");
                let mut changed = module;
                changed[70] ^= 1;
                assert_eq!(verified(&changed, &trust).0, Mismatch, "{what} with other contents");
                made += 1;
            }
        }
    }
    println!("{made} signatures of OpenSSL verified");
    assert!(made >= KEYS.len() * 5 * SHAPES.len(), "only {made} signatures could be made");
}

#[test]
fn x509_id_signatures_of_every_hash_are_verified_with_their_certificate() {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let contents = Ko::new(FIELDS).build();
    std::fs::write(folder.path().join("frob.ko"), &contents).expect("the scratch folder");
    let Some(certificate) = make_key(folder.path(), "rsa2048", KEYS[0].1) else {
        eprintln!("skipped: there is no openssl here");
        return;
    };
    let text = openssl(folder.path(), &["x509", "-in", "rsa2048.pem", "-noout", "-ext", "subjectKeyIdentifier"]);
    let text = String::from_utf8(text.expect("a certificate")).expect("text");
    let key_id: Vec<u8> = text
        .lines()
        .last()
        .expect("the identifier")
        .trim()
        .split(':')
        .map(|byte| u8::from_str_radix(byte, 16).expect("hexadecimal"))
        .collect();
    let trust = trusting(&certificate);
    for (hash, number) in [("sha1", 2), ("sha256", 4), ("sha384", 5), ("sha512", 6), ("sha224", 7)] {
        let number_of = format!("-{hash}");
        let signature = openssl(folder.path(), &["dgst", &number_of, "-sign", "rsa2048.key", "frob.ko"]);
        let signature = signature.expect("a bare RSA signature");
        let body = [&(signature.len() as u16).to_be_bytes(), signature.as_slice()].concat();
        let module = synth::append(contents.clone(), [1, number, 1], b"Example: Key rsa2048", &key_id, &body);
        let (state, reason) = verified(&module, &trust);
        assert_eq!(state, SignatureState::Verified, "{hash}: {reason:?}");
    }
}

/// Keys that GnuPG makes, and the hashes that it signs with.
const GPG_KEYS: &[(&str, &[&str])] =
    &[("DSA 1024", &["SHA1"]), ("DSA 2048", &["SHA256", "SHA512"]), ("RSA 2048", &["SHA1", "SHA256"])];

/// A folder of GnuPG's, which ends its agent with it.
struct Gpg(tempfile::TempDir);

impl Gpg {
    fn run(&self, arguments: &[&str]) -> Option<Vec<u8>> {
        let mut gpg = Command::new("gpg");
        gpg.args(["--batch", "--yes", "--homedir"]).arg(self.0.path()).args(arguments);
        let output = gpg.current_dir(self.0.path()).output().ok()?;
        output.status.success().then_some(output.stdout)
    }

    /// A key of this kind; `None` where there is no gpg.
    fn key(kind: &str) -> Option<Self> {
        let gpg = Self(tempfile::tempdir().expect("a scratch folder"));
        let (algorithm, length) = kind.split_once(' ').expect("algorithm and length");
        let wanted = format!(
            "%no-protection\nKey-Type: {algorithm}\nKey-Length: {length}\nName-Real: Key of {algorithm}\nExpire-Date: 0\n%commit\n"
        );
        std::fs::write(gpg.0.path().join("wanted"), wanted).expect("the scratch folder");
        gpg.run(&["--gen-key", "wanted"])?;
        Some(gpg)
    }

    fn sign(&self, contents: &[u8], hash: &str) -> Vec<u8> {
        std::fs::write(self.0.path().join("contents"), contents).expect("the scratch folder");
        self.run(&["--digest-algo", hash, "--detach-sign", "--output", "-", "contents"]).expect("a signature")
    }
}

impl Drop for Gpg {
    fn drop(&mut self) {
        let _ = Command::new("gpgconf").arg("--homedir").arg(self.0.path()).args(["--kill", "all"]).output();
    }
}

/// A module of RHEL 5 or 6, whose sections are loaded, and what is signed of it.
fn loaded_module(packet: Option<Vec<u8>>) -> (Vec<u8>, Vec<u8>) {
    let mut fields = FIELDS.to_vec();
    fields.last_mut().expect("vermagic").1 = "2.6.32-504.el6.x86_64 SMP mod_unload modversions ";
    let mut module = Ko::new(&fields);
    let signed = [".modinfo", ".text"].map(|wanted| {
        let (name, kind, contents) = module.sections.iter().find(|(name, ..)| *name == wanted).expect("the section");
        let numbers = [2, contents.len() as u64, 1].map(u64::to_le_bytes).concat();
        [name.as_bytes(), &kind.to_le_bytes(), &numbers, contents].concat()
    });
    if let Some(packet) = packet {
        module = module.with(".module_sig", 1, packet);
    }
    let loaded = module.sections.len();
    let mut built = module.build();
    let table = u64::from_le_bytes(*built[40..].first_chunk().expect("a header")) as usize;
    for entry in 1..=loaded {
        // SHF_ALLOC
        built[table + entry * 64 + 8] = 2;
    }
    (built, signed.concat())
}

#[test]
fn openpgp_signatures_of_gnupg_are_verified_with_their_key_only() {
    use SignatureState::{Mismatch, Untrusted, Verified};
    let Some(stranger) = Gpg::key("RSA 2048") else {
        eprintln!("skipped: there is no gpg here that makes keys");
        return;
    };
    let stranger = trusting(&stranger.run(&["--export"]).expect("a key"));
    let (_, signed) = loaded_module(None);
    for (kind, hashes) in GPG_KEYS {
        let gpg = Gpg::key(kind).expect("a key");
        let binary = trusting(&gpg.run(&["--export"]).expect("a key"));
        let armoured = trusting(&gpg.run(&["--armor", "--export"]).expect("a key"));
        for hash in *hashes {
            let (module, _) = loaded_module(Some(gpg.sign(&signed, hash)));
            for trust in [&binary, &armoured] {
                let (state, reason) = verified(&module, trust);
                assert_eq!(state, Verified, "{kind} {hash}: {reason:?}");
            }
            assert_eq!(verified(&module, &stranger).0, Untrusted, "{kind} {hash} with another key");
            let mut changed = module;
            changed[70] ^= 1;
            let (state, reason) = verified(&changed, &binary);
            assert_eq!(state, Mismatch, "{kind} {hash} with other contents");
            assert!(reason.is_some_and(|reason| reason.contains("was changed after")), "{kind} {hash}");
        }
    }
}
