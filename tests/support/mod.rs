//! Runs the binary and reads what it says.
#![allow(dead_code, reason = "each test file uses its own part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// The binary, without a terminal and without the caller's taste in colours.
pub fn taintrace() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_taintrace"));
    command.env_remove("COLUMNS").env_remove("NO_COLOR").stdin(Stdio::null());
    command
}

/// Runs `taintrace` with arguments.
pub fn run<S: AsRef<OsStr>>(args: impl IntoIterator<Item = S>) -> Output {
    taintrace().args(args).output().expect("the binary runs")
}

/// Standard output as text.
pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("output is UTF-8")
}

/// `scan --format json PATH`, its status being 0 or 1.
pub fn scan_json(path: &Path, more: &[&str]) -> Value {
    let output = taintrace().args(["scan", "--format", "json"]).args(more).arg(path).output().expect("the binary runs");
    let status = output.status.code();
    assert!(matches!(status, Some(0 | 1)), "{path:?}: {status:?}\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|e| panic!("{path:?}: not JSON: {e}"))
}

/// The only report of an input.
pub fn only_report(path: &Path, more: &[&str]) -> Value {
    let mut json = scan_json(path, more);
    let reports = json["reports"].as_array_mut().expect("reports");
    assert_eq!(reports.len(), 1, "{path:?}");
    reports.remove(0)
}

/// The module record of a name.
pub fn module<'a>(report: &'a Value, name: &str) -> &'a Value {
    let modules = report["modules"].as_array().expect("modules");
    modules.iter().find(|m| m["name"] == name).unwrap_or_else(|| panic!("no module {name} in {modules:#?}"))
}

/// Modules that are suspected of more than being there, in order.
pub fn suspects(report: &Value) -> Vec<(&str, &str)> {
    let suspects = report["suspects"].as_array().expect("suspects");
    let mut named = Vec::new();
    for suspect in suspects.iter().filter(|s| s["role"] != "present") {
        let pair = (suspect["module"].as_str().unwrap_or_default(), suspect["role"].as_str().unwrap_or_default());
        if !named.iter().any(|(module, _)| *module == pair.0) {
            named.push(pair);
        }
    }
    named
}

/// Holds a file of `docs/` to what is made of the types; with `TAINTRACE_UPDATE=1` it is written anew first.
pub fn assert_documented(file: &str, made: &Value) {
    let path = format!("{}/docs/{file}", env!("CARGO_MANIFEST_DIR"));
    let made = serde_json::to_string_pretty(made).unwrap() + "\n";
    if std::env::var_os("TAINTRACE_UPDATE").is_some() {
        std::fs::write(&path, &made).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap();
    assert!(kept == made, "docs/{file} is not what the types say; TAINTRACE_UPDATE=1 writes it anew");
}
