//! The module list and its structures, with any bytes laid over them in a dump that is good otherwise.
#![no_main]

#[path = "../../tests/synth_vmcore/mod.rs"]
mod synth_vmcore;

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| synth_vmcore::overlaid::read(&["acme", "dummy", "modules"], data));
