//! The HTML page: what is in the file, and how it behaves in a browser.
//!
//! The browser's part is `tests/page/page.test.mjs`, run by node with playwright-core. Where node, its packages
//! (`npm ci --prefix tests/page`) or Chromium are missing it is skipped with a message, or fails if
//! `TAINTRACE_PAGE_TESTS=required`.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)] // A test may stop at the first surprise.

mod render_support;

use std::path::{Path, PathBuf};
use std::process::Command;

use render_support::*;
use taintrace::render::{Style, html};
use taintrace::triage::{Event, Report, Suspect, summarize};
use taintrace::{Options, sources};

/// Texts that would do harm if any of them were read as markup.
const HOSTILE: [&str; 3] = [
    EVIL,
    "<img src=x onerror=globalThis.pwned=1>",
    "</script><script>globalThis.pwned=1</script><!--<script><img src=x onerror=\"globalThis.pwned=1\">",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn scanned(path: &str) -> Vec<Report> {
    let mut reports = Vec::new();
    taintrace::scan(&sources(&[root().join("sample-reports").join(path)]), &Options::default(), &mut |done| {
        reports.extend(done);
        true
    });
    // What a page shows of an input does not depend on where the checkout lies.
    for report in &mut reports {
        report.input = report.input.replace(&format!("{}/", root().display()), "");
    }
    reports
}

fn page(reports: &[Report]) -> String {
    let mut out = Vec::new();
    html(reports, &summarize(reports, reports.len()), &Style::default(), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// As many reports of other hosts, kernels and modules as a large site has in a bad month.
fn many(samples: &[Report], number: usize) -> Vec<Report> {
    let reports = samples.iter().cycle().take(number).enumerate();
    reports
        .map(|(nth, sample)| {
            let mut report = sample.clone();
            let extension = sample.input.rsplit('/').next().unwrap_or_default();
            report.input = format!("cases/{:04}/{nth:04}-{extension}", nth % 700);
            report.host = Some(format!("host{:04}.example.com", nth % 900));
            report
        })
        .collect()
}

/// A report whose last event came six times at the same moment.
fn with_events_at_once(report: &Report) -> Report {
    let mut report = report.clone();
    let last = report.events.last().unwrap().clone();
    for id in last.id + 1..last.id + 6 {
        report.events.push(Event { id, primary: false, ..last.clone() });
        let suspects: Vec<Suspect> = report.suspects_of(last.id).cloned().collect();
        report.suspects.extend(suspects.into_iter().map(|suspect| Suspect { event: id, ..suspect }));
    }
    report
}

/// The JSON of the page's data element.
fn data(page: &str) -> serde_json::Value {
    let (_, behind) = page.split_once("<script type=\"application/json\" id=\"data\">").unwrap();
    serde_json::from_str(behind.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn the_page_loads_nothing_and_two_runs_give_the_same_bytes() {
    let reports = scanned("");
    let page = page(&reports);
    assert_eq!(page, self::page(&reports));
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"), "{}", &page[..600]);
    // The reports themselves may hold any text.
    let (head, rest) = page.split_once("<noscript>").unwrap();
    let rest = rest.split_once("<script>").unwrap().1;
    let page = format!("{head}{rest}");
    for outside in [
        "http://",
        "https://",
        "//cdn",
        "<link",
        "@import",
        "url(",
        "innerHTML",
        "outerHTML",
        "insertAdjacent",
        "eval(",
    ] {
        let found = page.match_indices(outside).next().map(|(at, _)| &page[at..(at + 80).min(page.len())]);
        // The name of a namespace is no address.
        assert!(found.is_none_or(|text| text.starts_with("http://www.w3.org/")), "{found:?}");
    }
}

#[test]
fn the_page_has_every_report_with_its_evidence() {
    let reports = scanned("");
    let data = data(&page(&reports));
    assert_eq!(data["reports"].as_array().unwrap().len(), reports.len());
    for (shown, report) in data["reports"].as_array().unwrap().iter().zip(&reports) {
        assert_eq!(shown["verdict"], report.verdict.as_str());
        for suspect in shown["suspects"].as_array().into_iter().flatten() {
            let quote = &suspect["quotes"][0];
            assert!(quote["text"].is_string(), "{}: {suspect:#}", report.input);
        }
    }
}

#[test]
fn hostile_text_is_nowhere_markup() {
    let reports = HOSTILE.map(filled_with);
    let page = page(&reports);
    assert_eq!(page.matches("<script").count(), 2, "data and script");
    assert_eq!(page.matches("</script>").count(), 2);
    assert!(!page.contains("<img"));
    assert!(!page.contains(['\u{1b}', '\u{202e}', '\0']));
}

#[test]
fn the_page_works_in_a_browser() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pages");
    std::fs::create_dir_all(&folder).unwrap();
    let samples = scanned("");
    let single: Vec<Report> = samples.iter().filter(|report| report.input.contains("vm79")).cloned().collect();
    for (name, reports) in [
        ("samples", samples.clone()),
        ("single", single.clone()),
        ("hostile", HOSTILE.map(filled_with).into()),
        ("many", many(&samples, 2000)),
        ("close", vec![with_events_at_once(&single[0])]),
    ] {
        std::fs::write(folder.join(format!("{name}.html")), page(&reports)).unwrap();
    }
    let tests = root().join("tests/page");
    let required = std::env::var_os("TAINTRACE_PAGE_TESTS").is_some_and(|value| value == "required");
    let node = Command::new("node").arg("--version").output().is_ok_and(|done| done.status.success());
    if !node || !tests.join("node_modules/playwright-core").is_dir() {
        assert!(!required, "node or `npm ci --prefix tests/page` is missing");
        eprintln!("NOT RUN: the page in a browser needs node and `npm ci --prefix tests/page`");
        return;
    }
    let done = Command::new("node")
        .args(["--test", "--test-reporter=spec", "page.test.mjs"])
        .current_dir(&tests)
        .env("PAGES", &folder)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&done.stdout);
    println!("{told}");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    assert!(!required || !told.contains("NOT RUN"), "no Chromium");
}
