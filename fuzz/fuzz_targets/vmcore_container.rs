//! Any bytes as a dump: containers, headers, notes, VMCOREINFO, and everything behind them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use taintrace::facts::Origin;
use taintrace::vmcore::{OpenOptions, Vmcore};

fuzz_target!(|data: &[u8]| {
    let options = OpenOptions { spool_limit: 16 << 20, unpacked_limit: 64 << 20, ..OpenOptions::default() };
    if let Ok(dump) = Vmcore::from_reader("fuzz", data, &options) {
        let _ = dump.facts(Origin::file("fuzz"));
    }
});
