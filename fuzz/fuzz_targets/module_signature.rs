//! Signatures of modules of any bytes: appended PKCS#7, appended X.509 id, OpenPGP in sections, certificates and keys.
//!
//! The first byte tells where the others go, so that a reader is reached without an ELF object having to be found
//! first. Two ways start from a good signature and change some bytes of it, which leads behind the first checks.
//! Nothing is made or signed here but once: an execution reads.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use taintrace::facts::Origin;
use taintrace::module_file::{self, TrustStore};

#[allow(dead_code)]
#[path = "../../src/module_file/synth.rs"]
mod synth;

#[allow(dead_code)]
#[path = "../../src/module_file/synth_loaded.rs"]
mod synth_loaded;

use synth::{FIELDS, Key, Ko, Signer, Style};
use synth_loaded::{MACHINES, Module};

/// An OpenPGP key of version 3: two bytes of its own, and RSA; the id is the end of the modulus.
fn openpgp_key() -> Vec<u8> {
    let body = [&[3, 0, 0, 0, 1, 0, 0, 1, 4, 0], [0xc5; 128].as_slice(), &[0, 17, 1, 0, 1]].concat();
    [&[0x99, 0, body.len() as u8], body.as_slice()].concat()
}

/// A signature packet of version 3 that names the key.
fn openpgp_signature() -> Vec<u8> {
    let fields = [&[3, 5, 0, 0, 0, 0, 1], [0xc5; 8].as_slice(), &[1, 8, 0, 0, 4, 0]].concat();
    let body = [fields.as_slice(), &[0x77; 128]].concat();
    [&[0x88, body.len() as u8], body.as_slice()].concat()
}

/// What is the same each time.
struct Fixed {
    /// A module without a signature.
    plain: Vec<u8>,
    /// One of each machine with an OpenPGP signature that does not fit, whose sections are loaded.
    loaded: Vec<Vec<u8>>,
    openpgp_key: Vec<u8>,
    /// Good messages, in every style.
    messages: Vec<Vec<u8>>,
    certificate: Vec<u8>,
    trust: TrustStore,
}

fn fixed() -> &'static Fixed {
    static FIXED: OnceLock<Fixed> = OnceLock::new();
    FIXED.get_or_init(|| {
        let signer = Signer::new(Key::p256(1), "Example key", 9);
        let mut trust = TrustStore::new();
        let _ = trust.add_pem_or_der(&signer.certificate, &Origin::file("fixed.pem"));
        let openpgp_key = openpgp_key();
        let added = trust.add_pem_or_der(&openpgp_key, &Origin::file("fixed.gpg"));
        assert!(added.is_ok(), "the key is none");
        let loaded = |machine| Module::new(machine).with(".module_sig", 1, 2, &openpgp_signature()).build();
        let loaded: Vec<Vec<u8>> = MACHINES.into_iter().map(loaded).collect();
        let plain = Ko::new(FIELDS).build();
        let styles = [Style::Plain, Style::Attributes, Style::KeyId, Style::Embedded];
        let messages = styles.into_iter().map(|style| signer.pkcs7(&plain, style)).collect();
        Fixed { plain, loaded, openpgp_key, messages, certificate: signer.certificate, trust }
    })
}

fn look_at(bytes: &[u8], trust: &TrustStore) {
    let Ok(mut module) = module_file::read("frob.ko", bytes, Origin::file("frob.ko")) else { return };
    module.verify(trust);
    let mut text = String::new();
    let _ = module.describe(&mut text);
}

/// Good bytes with some of them replaced: of three bytes of the input, two tell the place and one the value.
fn changed(good: &[u8], changes: &[u8]) -> Vec<u8> {
    let mut bytes = good.to_vec();
    for change in changes.chunks_exact(3) {
        if let &[high, low, value] = change
            && let Some(byte) = bytes.get_mut(usize::from(u16::from_be_bytes([high, low])) % good.len())
        {
            *byte = value;
        }
    }
    bytes
}

fuzz_target!(|input: &[u8]| {
    let Some((&way, bytes)) = input.split_first() else { return };
    let Fixed { plain, loaded, openpgp_key, messages, certificate, trust } = fixed();
    match way % 10 {
        0 => look_at(&synth::append_pkcs7(plain.clone(), bytes), trust),
        1 => look_at(&[plain, bytes, synth::MAGIC].concat(), trust),
        2 => look_at(&Ko::new(FIELDS).with(".module_sig", 1, bytes.to_vec()).build(), trust),
        3 => look_at(&Ko::new(FIELDS).with(".note.module.sig", 7, bytes.to_vec()).build(), trust),
        4 => {
            let _ = TrustStore::new().add_pem_or_der(bytes, &Origin::file("any.pem"));
        }
        5 => {
            let _ = TrustStore::new().add_pem_or_der(&changed(certificate, bytes), &Origin::file("any.pem"));
        }
        6 => {
            let _ = TrustStore::new().add_pem_or_der(&changed(openpgp_key, bytes), &Origin::file("any.gpg"));
        }
        7 => {
            let Some((&machine, changes)) = bytes.split_first() else { return };
            if let Some(module) = loaded.get(usize::from(machine) % loaded.len()) {
                look_at(&changed(module, changes), trust);
            }
        }
        _ => {
            let Some((&style, changes)) = bytes.split_first() else { return };
            if let Some(message) = messages.get(usize::from(style) % messages.len()) {
                look_at(&synth::append_pkcs7(plain.clone(), &changed(message, changes)), trust);
            }
        }
    }
});
