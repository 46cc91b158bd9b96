//! A module file of any bytes: read, verified with a fixed certificate, described and explained.
//!
//! Three ways in, so that the signature readers are reached without the fuzzer having to find an ELF object first:
//! the bytes as they are, behind a small module as a PKCS#7 message, and in its `.module_sig` section.

#![no_main]

use std::sync::OnceLock;

use libfuzzer_sys::fuzz_target;
use taintrace::facts::Origin;
use taintrace::module_file::{self, TrustStore};

#[allow(dead_code)]
#[path = "../../src/module_file/synth.rs"]
mod synth;

use synth::{FIELDS, Key, Ko, Signer};

fn trust() -> &'static TrustStore {
    static TRUST: OnceLock<TrustStore> = OnceLock::new();
    TRUST.get_or_init(|| {
        let signer = Signer::new(Key::p256(1), "Example key", 9);
        let mut trust = TrustStore::new();
        let _ = trust.add_pem_or_der(&signer.certificate, &Origin::file("fixed.pem"));
        trust
    })
}

fn look_at(bytes: &[u8]) {
    module_file::is_module(bytes);
    let Ok(mut module) = module_file::read("frob.ko", bytes, Origin::file("frob.ko")) else { return };
    module.verify(trust());
    let mut text = String::new();
    let _ = module.describe(&mut text);
    let _ = module.explain();
    let _ = module.record();
}

fuzz_target!(|bytes: &[u8]| {
    static PLAIN: OnceLock<Vec<u8>> = OnceLock::new();
    let plain = PLAIN.get_or_init(|| Ko::new(FIELDS).build());
    look_at(bytes);
    look_at(&synth::append_pkcs7(plain.clone(), bytes));
    look_at(&[plain, bytes, synth::MAGIC].concat());
    look_at(&Ko::new(FIELDS).with(".module_sig", 1, bytes.to_vec()).build());
    let _ = TrustStore::new().add_pem_or_der(bytes, &Origin::file("any.pem"));
});
