//! Every format over all of `sample-reports/`, as it was read and approved. `INSTA_UPDATE=always` takes a change over; read
//! the difference before it is committed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod support;

use insta::assert_snapshot;
use serde_json::Value;
use support::taintrace;

/// What is printed; names of inputs are relative, so that it is the same in every checkout.
fn printed(arguments: &[&str]) -> String {
    let output = taintrace().current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap();
    assert!(matches!(output.status.code(), Some(0 | 1)), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    // The version of the program is not what is looked at here.
    text.replace(env!("CARGO_PKG_VERSION"), "VERSION")
}

fn scanned(format: &str, more: &[&str]) -> String {
    printed(&[&["scan", "sample-reports", "--format", format], more].concat())
}

#[test]
fn table_in_two_widths() {
    for width in ["80", "160"] {
        let table = scanned("table", &["--width", width]);
        let limit: usize = width.parse().unwrap();
        assert!(table.lines().all(|line| line.chars().count() <= limit));
        assert_snapshot!(format!("table_{width}"), table);
    }
}

#[test]
fn table_of_everything_explained_in_two_widths() {
    for width in ["80", "160"] {
        let input = "sample-reports/sosreport-vm79-02944410-2021-05-18-ytbybca.tar.xz";
        assert_snapshot!(
            format!("table_all_explained_{width}"),
            printed(&["scan", input, "--all", "--explain", "--width", width])
        );
    }
}

#[test]
fn notes() {
    let notes = scanned("note", &[]);
    assert_eq!(notes, scanned("note", &[]), "two runs give the same bytes");
    assert_eq!(notes, scanned("note", &["--width", "160"]), "a note has no width");
    assert_snapshot!("note", notes);
    let input = "sample-reports/sosreport-web71-20150902162044.tar.gz";
    assert_snapshot!("note_plain", printed(&["note", "--plain", input]));
    assert_snapshot!("note_explained", printed(&["note", "--explain", input]));
}

#[test]
fn csv() {
    // A spreadsheet's line ends are not what is looked at here.
    assert_snapshot!("csv", scanned("csv", &[]).replace("\r\n", "\n"));
}

#[test]
fn json_and_ndjson() {
    let lines = scanned("ndjson", &[]);
    let document: Value = serde_json::from_str(&scanned("json", &[])).unwrap();
    let reports: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(document["reports"].as_array().unwrap(), &reports, "the same reports in both");
    assert_snapshot!("ndjson", lines);
    assert_snapshot!("json_summary", serde_json::to_string_pretty(&document["summary"]).unwrap());
}

/// The data of the page; how it is shown is tested in a browser.
#[test]
fn html() {
    let page = scanned("html", &[]);
    assert_eq!(page, scanned("html", &[]), "two runs give the same bytes");
    let (_, behind) = page.split_once("id=\"data\">").unwrap();
    let data: Value = serde_json::from_str(behind.split_once("</script>").unwrap().0).unwrap();
    let mut text = String::new();
    for report in data["reports"].as_array().unwrap() {
        text += &format!("{report}\n");
    }
    for key in ["groups", "modules", "hosts"] {
        text += &format!("{key}: {}\n", data[key]);
    }
    assert_snapshot!("html_data", text);
}
