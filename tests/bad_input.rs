//! Damaged and hostile inputs: each is a row with a reason, keeps what was readable, and leaves the others alone.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod support;
mod synth;

use std::path::Path;

use serde_json::Value;
use support::{only_report, run, scan_json, stdout, suspects};
use synth::Container;
use synth::bad;

fn problems(report: &Value) -> Vec<String> {
    let problems = report["problems"].as_array().unwrap();
    problems.iter().map(|p| format!("{}: {}", p["path"].as_str().unwrap(), p["message"].as_str().unwrap())).collect()
}

#[test]
fn what_precedes_the_damage_is_kept_and_the_damage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for input in bad::all(folder.path()) {
        let report = &scan_json(&input.path, &[])["reports"][0];
        let told = problems(report);
        if let Some(module) = input.still_shows {
            let first = suspects(report).first().copied();
            assert_eq!(first, Some((module, "faulting")), "{}: {told:#?}", input.what);
        }
        let unharmed = matches!(input.what, what if what.contains("UTF-8") || what.contains("NUL"));
        assert!(unharmed || !told.is_empty(), "{} ({:?}) tells no problem", input.what, input.path);
    }
}

#[test]
fn one_bad_input_does_not_disturb_the_others() {
    let folder = tempfile::tempdir().unwrap();
    bad::truncated(folder.path(), Container::TarXz);
    bad::empty(folder.path());
    bad::text_named_archive(folder.path());
    let good = folder.path().join("sosreport-good.tar.gz");
    std::fs::write(&good, bad::report().archive(Container::TarGz)).unwrap();
    let alone = only_report(&good, &[]);
    let batch = scan_json(folder.path(), &[]);
    let same = batch["reports"].as_array().unwrap().iter().find(|r| r["input"] == alone["input"]).unwrap();
    assert_eq!(*same, alone);
    assert_eq!(batch["summary"]["inputs"], 4);
}

#[test]
fn an_input_that_is_not_there_is_a_row_with_a_reason() {
    let output = run(["scan", "--format", "json", "no/such/report.tar.xz"]);
    assert_eq!(output.status.code(), Some(1));
    let json: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let told = problems(&json["reports"][0]);
    assert!(told.first().is_some_and(|t| t.starts_with("no/such/report.tar.xz: ")), "{told:?}");
}

#[test]
fn names_that_climb_out_stay_inside() {
    let folder = tempfile::tempdir().unwrap();
    for input in [bad::zip_with_escaping_names(folder.path()), bad::tar_with_escaping_names(folder.path())] {
        let report = only_report(&input.path, &["--all"]);
        assert!(!report.to_string().contains("../"), "{}", input.what);
    }
    assert!(!folder.path().parent().unwrap().join("escaped").exists());
    assert!(!Path::new("/etc/escaped").exists());
}

#[test]
fn links_of_a_directory_stay_inside_it() {
    let folder = tempfile::tempdir().unwrap();
    let loops = bad::symlink_loops(folder.path()).unwrap();
    assert_eq!(scan_json(&loops, &[])["reports"].as_array().unwrap().len(), 1);
    let outward = bad::outward_links(folder.path()).unwrap();
    let report = scan_json(&outward, &["--all"]).to_string();
    assert!(!report.contains("root:x:0:0"), "a file outside the report was read");
}

#[test]
fn a_pipe_in_a_report_is_not_opened() {
    let folder = tempfile::tempdir().unwrap();
    let Some(report) = bad::pipe(folder.path()).unwrap() else {
        println!("skipped: no FIFO can be made here");
        return;
    };
    assert_eq!(scan_json(&report, &[])["reports"].as_array().unwrap().len(), 1);
}

/// Peak memory of the scan in KiB, where `time` is there to tell (0 where not), and what it printed.
fn peak_kib(path: &Path) -> (u64, Value) {
    let output = std::process::Command::new("/usr/bin/time")
        .args(["-f", "%M", env!("CARGO_BIN_EXE_taintrace"), "scan", "--format", "json"])
        .arg(path)
        .output();
    match output {
        Ok(output) => {
            let last = String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned();
            (last.trim().parse().unwrap_or(0), serde_json::from_slice(&output.stdout).unwrap_or_default())
        }
        Err(_) => (0, scan_json(path, &[])),
    }
}

/// Memory that no small hostile input may make the program take.
const FLAT_KIB: u64 = 256 * 1024;

#[test]
fn a_run_of_zeros_a_long_line_and_many_entries_leave_memory_flat() {
    let folder = tempfile::tempdir().unwrap();
    let inputs = [
        bad::zeros_in_tar(folder.path(), Container::TarXz, 1 << 30).unwrap(),
        bad::zeros_log(folder.path(), Container::TarGz, 1 << 30).unwrap(),
        bad::long_line(folder.path(), 100 << 20).unwrap(),
        bad::many_entries(folder.path(), Container::TarGz, 200_000).unwrap(),
    ];
    for input in inputs {
        let (peak, json) = peak_kib(&input);
        assert!(json["reports"].is_array(), "{input:?}");
        if peak == 0 {
            println!("skipped the memory of {input:?}: /usr/bin/time is not here");
        }
        assert!(peak < FLAT_KIB, "{input:?}: {peak} KiB");
    }
}
