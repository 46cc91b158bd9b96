//! A module file of any bytes: container, ELF object, `.modinfo` and notes; described, explained and put into a record.
//!
//! Signatures have a target of their own, `module_signature`. Of compressed bytes only those that are small when they
//! are unpacked are worth their time: decoders have fuzzers of their own.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use taintrace::facts::Origin;
use taintrace::module_file;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    module_file::is_module(bytes);
    let Ok(module) = module_file::read("frob.ko", bytes, Origin::file("frob.ko")) else { return Corpus::Keep };
    let mut text = String::new();
    let _ = module.describe(&mut text);
    let _ = module.explain();
    let _ = module.record();
    Corpus::Keep
});
