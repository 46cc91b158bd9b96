//! A kernel log from a stranger, fed whole and in pieces: no panic, and the same facts either way.
#![no_main]

use libfuzzer_sys::fuzz_target;
use taintrace::kernel_log::LogReader;

fuzz_target!(|bytes: &[u8]| {
    let mut whole = LogReader::new("fuzz");
    whole.feed(bytes);
    let whole = whole.finish();
    let step = bytes.first().map_or(1, |b| usize::from(*b) + 1);
    let mut pieces = LogReader::new("fuzz");
    bytes.chunks(step).for_each(|piece| pieces.feed(piece));
    assert_eq!(pieces.finish(), whole);
});
