//! What each output looks like for invented reports, as it was read and approved. `INSTA_UPDATE=always` takes a change
//! over; read it before it is committed.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test may stop at the first surprise.

mod render_support;

use insta::assert_snapshot;
use render_support::*;
use taintrace::render::{Format, Markup, Style, note, render};
use taintrace::triage::Report;

fn printed(format: Format, reports: &[Report], style: Style) -> String {
    let mut out = Vec::new();
    render(format, reports, &summary(reports), &style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn noted(report: &Report, markup: Markup) -> String {
    let mut out = Vec::new();
    note(report, markup, &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Each report by itself, in two widths of terminals.
#[test]
fn tables_of_one_report() {
    let reports = [
        ("crash_in_a_third_party_module", crash_in_a_third_party_module()),
        ("long_names", long_names()),
        ("innocent", innocent()),
        ("clean", clean()),
        ("modules_without_an_event", modules_without_an_event()),
        ("failed", failed()),
        ("bundle_member", bundle_member()),
        ("hostile", filled_with(EVIL)),
    ];
    for (name, report) in reports {
        for width in [80, 160] {
            let table = printed(Format::Table, std::slice::from_ref(&report), Style { width, ..Style::default() });
            assert_snapshot!(format!("table_{name}_{width}"), table);
        }
    }
}

#[test]
fn tables_of_a_batch() {
    for width in [80, 120, 160, 200] {
        let table = printed(Format::Table, &batch(), Style { width, ..Style::default() });
        assert_snapshot!(format!("table_batch_{width}"), table);
    }
}

#[test]
fn table_of_everything() {
    for width in [80, 160] {
        let style = Style { width, all: true, ..Style::default() };
        assert_snapshot!(
            format!("table_all_{width}"),
            printed(Format::Table, &[crash_in_a_third_party_module()], style)
        );
    }
}

#[test]
fn table_in_colour() {
    let style = Style { colour: true, ..Style::default() };
    let table = printed(Format::Table, &[long_names(), failed()], style);
    assert_snapshot!("table_colour_80", table.replace('\u{1b}', "ESC"));
}

#[test]
fn notes() {
    let reports = [
        ("crash_in_a_third_party_module", crash_in_a_third_party_module()),
        ("long_names", long_names()),
        ("innocent", innocent()),
        ("clean", clean()),
        ("modules_without_an_event", modules_without_an_event()),
        ("failed", failed()),
        ("bundle_member", bundle_member()),
        ("hostile", filled_with(EVIL)),
    ];
    for (name, report) in reports {
        assert_snapshot!(format!("note_{name}"), noted(&report, Markup::Markdown));
        assert_snapshot!(format!("note_{name}_plain"), noted(&report, Markup::Plain));
    }
}

#[test]
fn csv_of_a_batch() {
    assert_snapshot!("csv_batch", printed(Format::Csv, &batch(), Style::default()));
}

#[test]
fn json_of_two_reports() {
    let reports = [crash_in_a_third_party_module(), failed()];
    assert_snapshot!("json", printed(Format::Json, &reports, Style::default()));
    assert_snapshot!("ndjson", printed(Format::Ndjson, &reports, Style::default()));
}
