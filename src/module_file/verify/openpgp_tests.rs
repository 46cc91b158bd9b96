//! Signatures of modules of RHEL 4 to 6 that are made here, over modules with relocations.
//!
//! The bytes that are signed are put together by hand from what the module was made of, section after section.

use dsa::signature::hazmat::PrehashSigner;
use rsa::BoxedUint;
use sha2::digest::{FixedOutput, Update};

use crate::facts::{Origin, SignatureState};
use crate::module_file::synth::{Key, Signer};
use crate::module_file::synth_loaded::{MACHINES, Module, TEXT, part};
use crate::module_file::verify::TrustStore;

// Made once with `openssl genpkey`: DSA with 1024 and 160 bits, as `gpg` makes them.
const P: &str = "a66f3807dff8112dafc2ae60efaeb03a44a0bbc5692093e8512bc8e7defb57b03818f87b52cbb95b5c40ab14c52e274a\
    7f2c2695c511492e8f4bfed0533ac58368cf86c3dad7eebb01ee05f8718ad3cdac3377b11d5528e85373c40a558e93c5\
    df985ec7a3895a7c3a6a5107118aa01cbc82118f167a33b7437108f0033ba61d";
const Q: &str = "97b13b5ee76c4133a32826c220c3b63f353d3fab";
const G: &str = "787f7fe25fcbb1640154b03390b1dc6d3cef5e070e880adddd8a0b32817e2428f364df6f86ee96aed065d7f421de23be\
    fad800bf8a7dc5520cb12ee9ac68a6d18b21754168784c8287883b50421b3d2db5e0e08c230e4da61f09c5fe152d629a\
    3b144de47b8d6c495e7114d7ea8e3be7db0ccd2ce0aa5c963d960c79dcccfe5e";
const PRIV: &str = "1362e42c5bc2fbe674f3daab4e5ad79a50533f22";
const PUB: &str = "3aebb49947910ac28f5ffa32f80302a20c99c8e835d4ca31f27d710670115b9f3ba15991c7fe8c8fa42f2c7aa8843d1b\
    9e2c263de7c00a397b5083b762f0e041f1d4502e9e7904adb29888fab578b8ede1d36a8be75ebba261dbccb8acdba25b\
    49e50703607ede155997a3321dd68163369effa5be441c31525c5a806a1d5b0a";

fn hex(text: &str) -> Vec<u8> {
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
}

fn number(bytes: &[u8]) -> BoxedUint {
    BoxedUint::from_be_slice(bytes, bytes.len() as u32 * 8).unwrap()
}

/// A number as OpenPGP writes it.
fn mpi(bytes: &[u8]) -> Vec<u8> {
    let bytes = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    let bits = bytes.len() * 8 - bytes[0].leading_zeros() as usize;
    [&(bits as u16).to_be_bytes(), bytes].concat()
}

fn sha1(pieces: &[&[u8]]) -> [u8; 20] {
    let mut hasher = sha1::Sha1::default();
    pieces.iter().for_each(|piece| hasher.update(piece));
    hasher.finalize_fixed().into()
}

fn key() -> dsa::SigningKey {
    let components = dsa::Components::from_components(number(&hex(P)), number(&hex(Q)), number(&hex(G))).unwrap();
    let public = dsa::VerifyingKey::from_components(components, number(&hex(PUB))).unwrap();
    dsa::SigningKey::from_components(public, number(&hex(PRIV))).unwrap()
}

/// The key packet and who it is; `time` is part of what the id is made from.
fn public_key(time: u32) -> Vec<u8> {
    key_of([P, Q, G, PUB], time)
}

fn key_of(numbers: [&str; 4], time: u32) -> Vec<u8> {
    let numbers = numbers.map(|digits| mpi(&hex(digits))).concat();
    let body = [[4].as_slice(), &time.to_be_bytes(), &[17], &numbers].concat();
    [&[0x99], (body.len() as u16).to_be_bytes().as_slice(), &body, &[0xb4, 11], b"Example key"].concat()
}

fn key_id(time: u32) -> [u8; 8] {
    let packet = public_key(time);
    *sha1(&[&packet[..packet.len() - 13]]).last_chunk().unwrap()
}

fn trusting(time: u32) -> TrustStore {
    let mut trust = TrustStore::new();
    assert_eq!(trust.add_pem_or_der(&public_key(time), &Origin::file("key.gpg")).unwrap(), 1);
    trust
}

/// A signature packet over these contents.
fn sign(contents: &[u8], version: u8) -> Vec<u8> {
    let time = [0x4a, 0, 0, 1];
    let suffix = match version {
        3 => [&[0], time.as_slice()].concat(),
        _ => [&[4, 0, 17, 2, 0, 6, 5, 2], time.as_slice(), &[4, 0xff, 0, 0, 0, 12]].concat(),
    };
    let digest = sha1(&[contents, &suffix]);
    let signature: dsa::Signature = key().sign_prehash(&digest).unwrap();
    let numbers = [signature.r(), signature.s()].map(|number| mpi(&number.to_be_bytes())).concat();
    let fields = match version {
        3 => [&[3, 5, 0], time.as_slice(), &key_id(1), &[17, 2]].concat(),
        _ => [&[4, 0, 17, 2, 0, 6, 5, 2], time.as_slice(), &[0, 10, 9, 16], &key_id(1)].concat(),
    };
    let body = [fields.as_slice(), &digest[..2], &numbers].concat();
    [&[0x88, body.len() as u8], body.as_slice()].concat()
}

fn outcome(module: &[u8], trust: &TrustStore) -> (SignatureState, String) {
    let mut read = crate::module_file::read("frob.ko", module, Origin::file("frob.ko")).unwrap();
    (read.verify(trust), read.file.signature.reason.unwrap_or_default())
}

#[test]
fn a_module_is_verified_with_its_key_on_every_machine() {
    for machine in MACHINES {
        for version in [3, 4] {
            let plain = Module::new(machine);
            let module = plain.clone().with(".module_sig", 1, 2, &sign(&plain.signed(), version));
            let (state, reason) = outcome(&module.build(), &trusting(1));
            assert_eq!(state, SignatureState::Verified, "{machine:?} {version}: {reason}");
            assert!(reason.starts_with("by the OpenPGP key \"Example key\" of key.gpg"), "{reason}");
        }
    }
}

#[test]
fn stripping_and_another_order_of_sections_and_symbols_leave_it_whole() {
    for machine in MACHINES {
        let plain = Module::new(machine);
        let module = plain.clone().with(".module_sig", 1, 2, &sign(&plain.signed(), 3));
        for (what, module) in [
            ("stripped", module.clone().stripped()),
            ("another order", module.clone().in_another_order()),
            ("both", module.stripped().in_another_order()),
        ] {
            let (state, reason) = outcome(&module.build(), &trusting(1));
            assert_eq!(state, SignatureState::Verified, "{machine:?} {what}: {reason}");
        }
    }
}

#[test]
fn the_note_of_rhel_6_is_verified() {
    let plain = Module::new(MACHINES[0]);
    let packet = sign(&plain.signed(), 4);
    let mut note = MACHINES[0].row(&[(11, 4), (packet.len() as u64, 4), (100, 4)]);
    note.extend_from_slice(b"module.sig\0\0");
    note.extend_from_slice(&packet);
    note.resize(note.len().next_multiple_of(4), 0);
    let module = plain.with(".note.module.sig", 7, 2, &note);
    assert_eq!(outcome(&module.build(), &trusting(1)).0, SignatureState::Verified);
}

#[test]
fn other_contents_are_told_from_another_key_and_from_a_damaged_signature() {
    let plain = Module::new(MACHINES[0]);
    let packet = sign(&plain.signed(), 3);
    let built = |packet: &[u8]| plain.clone().with(".module_sig", 1, 2, packet).build();
    let good = built(&packet);
    let text_at = good.windows(TEXT.len()).position(|bytes| bytes == TEXT).unwrap();
    let mut changed = good.clone();
    changed[text_at] ^= 1;
    let (state, reason) = outcome(&changed, &trusting(1));
    assert_eq!(state, SignatureState::Mismatch);
    assert!(reason.contains("the module was changed after it was signed"), "{reason}");

    let mut damaged = packet.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let (state, reason) = outcome(&built(&damaged), &trusting(1));
    assert_eq!(state, SignatureState::Mismatch);
    assert!(reason.contains("though the contents are those that were signed"), "{reason}");

    // Made at another time, the same numbers have another id.
    let (state, reason) = outcome(&good, &trusting(2));
    assert_eq!(state, SignatureState::Untrusted);
    assert!(reason.contains("no given OpenPGP key is "), "{reason}");
}

#[test]
fn what_cannot_be_checked_is_said_and_stays_signed() {
    let plain = Module::new(MACHINES[0]);
    let packet = sign(&plain.signed(), 3);
    let said = |packet: &[u8], trust: &TrustStore| {
        let (state, reason) = outcome(&plain.clone().with(".module_sig", 1, 2, packet).build(), trust);
        assert_eq!(state, SignatureState::Signed, "{reason}");
        reason
    };
    let mut other_class = packet.clone();
    other_class[4] = 0x10;
    assert!(said(&other_class, &trusting(1)).contains("class 0x10"));
    let mut md5 = packet.clone();
    md5[18] = 1;
    assert!(said(&md5, &trusting(1)).contains("the hash md5 is not supported"));

    let signer = Signer::new(Key::p256(1), "Example", 9);
    let mut certificates = TrustStore::new();
    certificates.add_pem_or_der(&signer.certificate, &Origin::file("a.der")).unwrap();
    assert!(said(&packet, &certificates).contains("it names an OpenPGP key, and none was given"));
    assert!(!said(&packet, &TrustStore::new()).contains("not checked"));
}

#[test]
fn what_earlier_kernels_may_have_signed_is_not_called_changed() {
    for release in ["2.6.9-89.EL", "2.6.18-274.el5"] {
        let plain = Module::new(MACHINES[0]).of_release(release);
        let module = plain.clone().with(".module_sig", 1, 2, &sign(b"text and data", 3));
        let (state, reason) = outcome(&module.build(), &trusting(1));
        assert_eq!(state, SignatureState::Signed, "{release}");
        assert!(reason.contains("or its kernel signs another selection of sections"), "{reason}");
        let module = plain.clone().with(".module_sig", 1, 2, &sign(&plain.signed(), 3));
        assert_eq!(outcome(&module.build(), &trusting(1)).0, SignatureState::Verified, "{release}");
    }
}

#[test]
fn relocations_that_lead_nowhere_are_said() {
    let good = Module::new(MACHINES[0]);
    let packet = sign(&good.signed(), 3);
    let built = |module: &Module| module.clone().with(".module_sig", 1, 2, &packet).build();
    let mut unloaded = good.clone();
    unloaded.symbols[1].2 = ".debug_info";
    let mut other_table = good.clone();
    other_table.parts.iter_mut().find(|part| part.name == ".rela.text").unwrap().link = ".strtab";
    // The first relocation of .rela.text: offset 4, symbol 3, kind 2.
    let mut beyond = built(&good);
    let first = [4u64.to_le_bytes(), (3u64 << 32 | 2).to_le_bytes()].concat();
    let at = beyond.windows(16).position(|bytes| bytes == first).unwrap();
    beyond[at + 12] = 99;
    for (what, module) in [
        ("which is not loaded", built(&unloaded)),
        ("a table of symbols that is not the module's", built(&other_table)),
        ("symbol 99, of which there is none", beyond),
    ] {
        let (state, reason) = outcome(&module, &trusting(1));
        assert_eq!(state, SignatureState::Signed);
        assert!(reason.contains(what), "{reason}");
    }
}

#[test]
fn sections_that_overlap_are_not_read_over_and_over() {
    let mut module = Module::new(MACHINES[0]);
    module.parts.extend(std::iter::repeat_n(part(".x", 1, 2, 1, &[7; 4096]), 100));
    let packet = sign(&module.signed(), 3);
    let mut built = module.clone().with(".module_sig", 1, 2, &packet).build();
    // All of them where the first is.
    let table = u64::from_le_bytes(*built[40..].first_chunk().unwrap()) as usize;
    let entries = module.parts.len() + 2;
    for entry in entries - 100..entries {
        let at = table + entry * 64;
        built[at + 24..at + 40].copy_from_slice(&[64u64.to_le_bytes(), 16384u64.to_le_bytes()].concat());
    }
    let (state, reason) = outcome(&built, &trusting(1));
    assert_eq!(state, SignatureState::Signed);
    assert!(reason.contains("its sections overlap"), "{reason}");
}

#[test]
fn armoured_keys_are_read_and_broken_ones_are_said() {
    use base64ct::{Base64, Encoding};
    let packets = public_key(1);
    let digits = Base64::encode_string(&packets);
    let lines: Vec<&str> = digits.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    let block = |headers: &str, body: &str| {
        format!("-----BEGIN PGP PUBLIC KEY BLOCK-----\n{headers}\n{body}\n=AbCd\n-----END PGP PUBLIC KEY BLOCK-----\n")
    };
    let good = block("Version: GnuPG v1\n", &lines.join("\n"));
    let count = |bytes: &[u8]| TrustStore::new().add_pem_or_der(bytes, &Origin::file("key.asc"));
    assert_eq!(count(good.as_bytes()).unwrap(), 1);
    assert_eq!(count(format!("some text\n{good}{good}").as_bytes()).unwrap(), 2);
    assert_eq!(count(good.replace('\n', "\r\n").as_bytes()).unwrap(), 1);
    for broken in [
        block("", "!!!!").into_bytes(),
        block("", &lines[..2].join("\n")).into_bytes(),
        good.as_bytes()[..100].to_vec(),
        packets[..packets.len() - 20].to_vec(),
    ] {
        let message = count(&broken).unwrap_err().to_string();
        assert!(message.starts_with("key.asc: "), "{message}");
    }
}

#[test]
fn keys_of_numbers_that_make_none_are_read_and_check_nothing() {
    let plain = Module::new(MACHINES[0]);
    let module = plain.clone().with(".module_sig", 1, 2, &sign(&plain.signed(), 3)).build();
    for numbers in [[P, Q, G, "07"], [P, Q, G, P], [P, Q, P, PUB], [P, P, G, PUB], ["07", Q, G, PUB], [Q, Q, Q, Q]] {
        let packets = key_of(numbers, 1);
        let id = *sha1(&[&packets[..packets.len() - 13]]).last_chunk::<8>().unwrap();
        let mut trust = TrustStore::new();
        trust.add_pem_or_der(&packets, &Origin::file("key.gpg")).unwrap();
        let at = module.windows(8).position(|bytes| bytes == key_id(1)).unwrap();
        let mut named = module.clone();
        named[at..at + 8].copy_from_slice(&id);
        let (state, reason) = outcome(&named, &trust);
        assert_eq!(state, SignatureState::Signed, "{numbers:?}");
        assert!(reason.contains("DSA of this size or with these numbers are not supported"), "{reason}");
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_of_a_key_or_module_make_it_panic(changes in proptest::collection::vec((0usize..4096, proptest::num::u8::ANY), 1..8)) {
        let plain = Module::new(MACHINES[0]);
        let mut module = plain.clone().with(".module_sig", 1, 2, &sign(b"", 3)).build();
        let mut keys = public_key(1);
        for (at, value) in changes {
            let (module_length, key_length) = (module.len(), keys.len());
            module[at % module_length] = value;
            keys[at % key_length] = value;
        }
        let _ = TrustStore::new().add_pem_or_der(&keys, &Origin::file("key.gpg"));
        if let Ok(mut read) = crate::module_file::read("frob.ko", &module, Origin::file("frob.ko")) {
            read.verify(&trusting(1));
        }
    }
}
