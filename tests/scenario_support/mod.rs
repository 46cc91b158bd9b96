//! What the scenario tests share: a report built, scanned and asked for its conclusions.
#![allow(dead_code, reason = "each test file uses its own part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

use taintrace::input::Source;
use taintrace::triage::{Confidence, Module, Report, Role, Suspect};
use taintrace::{Options, scan_source};

use crate::synth::{Container, Log, Sosreport};

pub const EL7: &str = "3.10.0-1160.21.1.el7.x86_64";
pub const EL8: &str = "4.18.0-513.5.1.el8_9.x86_64";
pub const EL10: &str = "6.12.0-55.9.1.el10_0.x86_64";
pub const SYSCALLS: &str = "ksys_read do_syscall_64 entry_SYSCALL_64_after_hwframe";

/// A host with RHEL 8.
pub fn rhel8() -> Sosreport {
    Sosreport::rhel8("db1.example.com", EL8)
}

/// RHEL 8 with a module `acmefs` that is out of tree and unsigned, and a log.
pub fn with_acmefs(log: Log) -> Report {
    triaged(&rhel8().module("acmefs", "OE").log(log))
}

/// Scans a report as the archive that it would come as.
pub fn triaged(report: &Sosreport) -> Report {
    let bytes = report.archive(Container::Tar);
    let source = Source::Bytes { name: "sosreport-db1.tar".into(), bytes: bytes.into() };
    let mut reports = scan_source(&source, &Options::default());
    assert_eq!(reports.len(), 1);
    let report = reports.remove(0);
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    report
}

/// Suspects of the primary event that stand in it.
pub fn standing(report: &Report) -> Vec<&Suspect> {
    let primary = report.primary_event().expect("an event");
    report.suspects_of(primary.id).filter(|s| s.role != Role::Present).collect()
}

/// The first of them.
pub fn first(report: &Report) -> (&str, Role, Confidence) {
    let first = standing(report).into_iter().next().unwrap_or_else(|| panic!("nobody is named: {}", report.verdict));
    (&first.module, first.role, first.confidence)
}

/// Nobody stands in the primary event as a suspect.
pub fn nobody(report: &Report) {
    assert_eq!(standing(report), Vec::<&Suspect>::new(), "{}", report.verdict);
}

pub fn module<'r>(report: &'r Report, name: &str) -> &'r Module {
    report.module(name).unwrap_or_else(|| panic!("{name} is not told of"))
}

pub fn remark<'r>(report: &'r Report, part: &str) -> &'r str {
    report.remarks.iter().find(|r| r.contains(part)).unwrap_or_else(|| panic!("no {part:?} in {:#?}", report.remarks))
}

pub fn no_remark(report: &Report, part: &str) {
    assert!(report.remarks.iter().all(|r| !r.contains(part)), "{:#?}", report.remarks);
}

/// Whether one of the next steps holds some words.
pub fn step(report: &Report, part: &str) -> bool {
    report.next_steps.iter().any(|s| s.contains(part))
}
