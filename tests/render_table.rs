//! What holds for the triage table whatever the reports.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test may stop at the first surprise.

mod render_support;

use proptest::prelude::*;
use render_support::*;
use taintrace::facts::{EventKind, Origin};
use taintrace::render::{Style, table};
use taintrace::taint::Lineage;
use taintrace::triage::{Confidence, Report, Role, Summary};
use unicode_width::UnicodeWidthStr;

fn printed(reports: &[Report], style: Style) -> String {
    let mut out = Vec::new();
    table(reports, &summary(reports), &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn at(width: usize) -> Style {
    Style { width, ..Style::default() }
}

/// The text with every run of blanks as one.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text without its escape sequences.
fn uncoloured(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').unwrap().1)
}

#[test]
fn no_line_is_wider_than_the_terminal() {
    let mut reports = batch();
    reports.push(filled_with(EVIL));
    reports.push(filled_with(&"x".repeat(5000)));
    for width in (40..=220).step_by(3) {
        for all in [false, true] {
            for line in printed(&reports, Style { width, all, colour: false, explain: false }).lines() {
                assert!(line.width() <= width, "{width}: {line:?}");
            }
        }
    }
}

#[test]
fn names_are_whole_at_80_columns() {
    let table = printed(&[long_names(), crash_in_a_third_party_module()], at(80));
    for name in [
        "symev_rh_ES_6_2_6_32_431_el6_x86_64",
        "native_queued_spin_lock_slowpath",
        "kworker/u161:0 (12345)",
        "3.10.0-1160.21.1.el7.x86_64",
        "2.6.32-431.29.2.el6.x86_64",
        "127.0.0.1-2021-05-10-21:50:54/",
        "vmcore-dmesg.txt:1042",
        "sosreport-db07-03412345-2021-05-10-xkqmrtz.tar.xz",
        "sos_commands/kernel/dmesg:1047",
    ] {
        assert!(table.lines().any(|line| line.contains(name)), "{name} is broken in\n{table}");
    }
}

#[test]
fn a_wide_terminal_shows_each_row_on_one_line() {
    let table = printed(&[crash_in_a_third_party_module()], at(300));
    let row = table.lines().find(|line| line.contains("acmevol") && line.contains("call-path")).unwrap();
    assert!(row.ends_with("sos_commands/kernel/dmesg:1063"), "{row}");
    let head = table.lines().next().unwrap();
    let heads: Vec<&str> = head.split_whitespace().collect();
    assert_eq!(heads, ["report", "kernel", "event", "process", "module", "flags", "role", "where"]);
}

#[test]
fn colour_changes_nothing_but_colour() {
    for width in [80, 120, 200] {
        let plain = printed(&batch(), at(width));
        let colour = printed(&batch(), Style { colour: true, ..at(width) });
        assert!(!plain.contains('\u{1b}'));
        assert!(colour.contains('\u{1b}'));
        assert_eq!(uncoloured(&colour), plain, "{width}");
    }
}

#[test]
fn each_kind_of_role_has_its_colour() {
    for (role, code) in [(Role::Faulting, "38;5;9"), (Role::CallPath, "38;5;11"), (Role::StaleFrame, "38;5;14")] {
        let origin = Origin::line("dmesg", 9);
        let report = report("a.log")
            .module(module("acmefs", "POE"))
            .event(event(1, EventKind::Oops, "Oops", origin.clone()).primary())
            .suspect(suspect("acmefs", 1, role, Confidence::High, origin));
        let table = printed(&[report], Style { colour: true, ..at(80) });
        let line = table.lines().find(|line| line.contains("acmefs")).unwrap();
        assert!(line.contains(code), "{role:?}: {line:?}");
    }
}

#[test]
fn innocent_modules_are_counted_and_not_named() {
    let table = printed(&[innocent()], at(160));
    assert!(table.contains("7 third-party modules loaded, none in the backtrace"), "{table}");
    assert!(!table.contains("nvidia"), "{table}");
}

#[test]
fn an_event_without_a_backtrace_does_not_clear_anybody() {
    let report = report("a.log")
        .module(module("acmefs", "POE"))
        .event(event(1, EventKind::Oom, "cp invoked oom-killer", Origin::line("dmesg", 9)).primary())
        .bystanders(1);
    let words = words(&printed(&[report], at(120)));
    assert!(words.contains("1 third-party module loaded; the event has no backtrace dmesg:9"), "{words}");
}

#[test]
fn a_cut_backtrace_clears_only_as_far_as_it_goes() {
    let event = event(1, EventKind::Oops, "Oops", Origin::line("dmesg", 9)).frames(&[("vfs_read", None, true)]);
    let report = report("a.log")
        .module(module("acmefs", "POE"))
        .event(event.edit(|event| event.truncated = true).primary())
        .bystanders(1);
    let words = words(&printed(&[report], at(120)));
    assert!(words.contains("none in what is left of the backtrace dmesg:9"), "{words}");
}

#[test]
fn all_names_everybody_and_marks_the_primary_event() {
    let table = printed(&[innocent()], Style { all: true, ..at(120) });
    assert_eq!(table.matches("falcon_lsm_serviceable").count(), 8, "{table}");
    assert!(table.contains("* list-corruption"), "{table}");
    assert!(!table.contains("not shown"), "{table}");
}

#[test]
fn events_that_have_no_row_are_counted_by_kind() {
    let table = printed(&[innocent()], at(80));
    assert!(table.contains("not shown: 5 warning, 2 hung-task (--all shows them)"), "{table}");
}

#[test]
fn a_thousand_events_with_a_suspect_make_a_dozen_rows() {
    let origin = || Origin::line("dmesg", 9);
    let mut report = report("a.log").module(module("acmefs", "POE"));
    for id in 1..=1000 {
        report = report.event(event(id, EventKind::HungTask, "INFO: task cp:1 blocked", origin())).suspect(suspect(
            "acmefs",
            id,
            Role::CallPath,
            Confidence::Medium,
            origin(),
        ));
    }
    report.events[500].primary = true;
    let table = printed(&[report], at(160));
    assert_eq!(table.matches("call-path").count(), 11, "{table}");
    assert!(table.contains("not shown: 989 hung-task"), "{table}");
}

#[test]
fn a_report_that_could_not_be_read_is_a_row_with_the_reason() {
    for width in [80, 160] {
        let table = printed(&[clean(), failed()], at(width));
        let row = table.lines().find(|line| line.contains("could not be read: the xz stream ends")).unwrap();
        assert!(!row.is_empty());
        assert!(table.contains("2 reports in 2 inputs, 1 could not be read"), "{table}");
    }
}

#[test]
fn inputs_of_the_same_name_are_told_apart_by_their_path() {
    let table = printed(&[report("/a/dmesg"), report("/b/dmesg"), report("/b/other")], at(80));
    for name in ["\n/a/dmesg", "\n/b/dmesg", "\nother"] {
        assert!(table.contains(name), "{name} in\n{table}");
    }
}

#[test]
fn flags_that_nobody_can_tell_are_not_flags_that_are_absent() {
    let mut unknown = module("mystery", "POE");
    unknown.flags = None;
    let mut none = module("plain", "POE");
    none.flags = Some(String::new());
    let table = printed(&[report("a").module(unknown).module(none)], at(160));
    let row = |name: &str| table.lines().find(|line| line.contains(name)).unwrap().to_owned();
    assert!(row("mystery").contains(" ? "), "{table}");
    assert!(row("plain").contains(" - "), "{table}");
}

#[test]
fn no_report_prints_nothing() {
    let mut out = Vec::new();
    table(&[], &Summary::default(), &Style::default(), &mut out).unwrap();
    assert!(out.is_empty());
}

#[test]
fn a_closed_pipe_is_an_error_of_the_caller() {
    struct Closed;
    impl std::io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let error = table(&batch(), &summary(&batch()), &Style::default(), &mut Closed).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::BrokenPipe);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_fits_and_stays_visible(text in "\\PC{0,60}|.{0,60}", width in 40usize..220) {
        let mut report = filled_with(&text);
        report.kernel = clean().running(&text, Lineage::Mainline).kernel;
        for line in printed(&[report, clean()], at(width)).lines() {
            prop_assert!(line.width() <= width, "{line:?}");
            prop_assert!(!line.chars().any(taintrace::render::escape::is_hidden), "{line:?}");
        }
    }
}

#[test]
fn explain_tells_how_each_suspect_came_to_its_rank_and_says_nothing_of_bystanders() {
    let of = |explain| printed(&[crash_in_a_third_party_module()], Style { explain, ..at(200) });
    let (plain, explained) = (of(false), of(true));
    assert!(!plain.contains("(a reason)"), "{plain}");
    assert!(words(&explained).contains("acmefs: faulting: high (a reason)"), "{explained}");
    assert!(words(&explained).contains("by proc/modules:7"), "{explained}");
    assert!(!explained.contains("present: low"), "{explained}");
}
