//! One file of a report: the first two bytes choose the row of the evidence table and its example path, the rest is the
//! content.
#![no_main]

use libfuzzer_sys::fuzz_target;
use taintrace::sosreport::layout::TABLE;
use taintrace::sosreport::{Interest, MemberKind, Reports};

fuzz_target!(|data: &[u8]| {
    let [row, example, content @ ..] = data else { return };
    let row = &TABLE[usize::from(*row) % TABLE.len()];
    let path = format!("sosreport-fuzz/{}", row.examples[usize::from(*example) % row.examples.len()]);
    let mut reports = Reports::new("fuzz");
    let kind = MemberKind::File { size: Some(content.len() as u64) };
    if reports.interest(&[], &path, kind) == Interest::Read {
        // Memory does not fail to be read.
        let _ = reports.read(&[], &path, &mut &content[..]);
    }
    for report in reports.finish() {
        assert!(report.root == "sosreport-fuzz");
    }
});
