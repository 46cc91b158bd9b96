//! What is quoted stands where it is said to stand: every quoted line is looked up in the file it cites.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod support;

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use support::{only_report, run, stdout};

/// A place of the JSON as `path:line`.
fn at(place: &Value) -> String {
    format!("{}:{}", place["path"].as_str().unwrap(), place["line"])
}

#[test]
fn every_quote_is_in_the_line_that_it_cites() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-reports");
    let mut looked_up = 0;
    for (input, root) in
        [("sosreport-pg24-2024-08-14-yuynbwy", "sosreport-pg24-2024-08-14-yuynbwy"), ("vmcore-dmesg.txt", "")]
    {
        let report = only_report(&samples.join(input), &["--all"]);
        for quote in report["quotes"].as_array().unwrap() {
            let file = std::fs::read(samples.join(root).join(quote["path"].as_str().unwrap())).unwrap();
            let file = String::from_utf8_lossy(&file);
            let number = usize::try_from(quote["line"].as_u64().unwrap()).unwrap();
            let line = file.lines().nth(number - 1).unwrap();
            // modinfo aligns its fields; the quote does not.
            let squeezed = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            let text = squeezed(quote["text"].as_str().unwrap());
            assert!(squeezed(line).contains(&text), "{}: {text:?} is not in {line:?}", at(quote));
            looked_up += 1;
        }
    }
    assert!(looked_up > 20, "{looked_up}");
}

#[test]
fn the_lines_behind_a_suspicion_are_quoted_and_nothing_uncited_is() {
    let samples = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-reports");
    let report = only_report(&samples.join("sosreport-web71-20150902162044.tar.gz"), &[]);
    let quoted: BTreeSet<String> = report["quotes"].as_array().unwrap().iter().map(at).collect();
    let list = |value: &Value, key: &str| value[key].as_array().unwrap().clone();
    let evidence = list(&report, "suspects").into_iter().flat_map(|suspect| list(&suspect, "evidence"));
    for place in evidence.collect::<Vec<_>>() {
        assert!(quoted.contains(&at(&place)), "{} is not quoted", at(&place));
    }
    let mut cited: BTreeSet<String> = BTreeSet::from([at(&report["taint"]["origin"])]);
    for suspect in list(&report, "suspects") {
        cited.extend(list(&suspect, "evidence").iter().map(at));
    }
    for event in list(&report, "events") {
        cited.insert(at(&event["origin"]));
    }
    for module in list(&report, "modules") {
        cited.extend(list(&module, "origins").iter().map(at));
    }
    cited.extend(list(&report, "blacklists").iter().map(|entry| at(&entry["origin"])));
    assert_eq!(quoted.difference(&cited).collect::<Vec<_>>(), Vec::<&String>::new(), "quoted and not cited");
}

#[test]
fn a_note_has_the_line_beside_the_place() {
    let sample = Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-reports/sosreport-web71-20150902162044.tar.gz");
    for markup in [&["note"][..], &["note", "--plain"]] {
        let note = stdout(&run(markup.iter().copied().chain([sample.to_str().unwrap()])));
        assert!(
            note.contains("sos_commands/kernel/dmesg:66: INFO: task httpd:20117 blocked for more than 120 seconds.")
        );
        assert!(note.contains("proc/modules:1: acmefs 84218 0 - Live 0xffffffffa0542000 (OF)"), "{note}");
    }
}
