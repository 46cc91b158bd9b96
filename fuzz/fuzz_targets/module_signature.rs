//! Signatures of modules of any bytes: appended PKCS#7, appended X.509 id, OpenPGP in sections, certificates.
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

use synth::{FIELDS, Key, Ko, Signer, Style};

/// What is the same each time.
struct Fixed {
    /// A module without a signature.
    plain: Vec<u8>,
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
        let plain = Ko::new(FIELDS).build();
        let styles = [Style::Plain, Style::Attributes, Style::KeyId, Style::Embedded];
        let messages = styles.into_iter().map(|style| signer.pkcs7(&plain, style)).collect();
        Fixed { plain, messages, certificate: signer.certificate, trust }
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
    let Fixed { plain, messages, certificate, trust } = fixed();
    match way % 8 {
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
        _ => {
            let Some((&style, changes)) = bytes.split_first() else { return };
            if let Some(message) = messages.get(usize::from(style) % messages.len()) {
                look_at(&synth::append_pkcs7(plain.clone(), &changed(message, changes)), trust);
            }
        }
    }
});
