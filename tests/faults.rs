//! What can go wrong while the program runs: its output cannot be written, its inputs change or cannot be read, files run out.
//! Nothing half-written is left, and the exit status tells.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod support;
mod synth;

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{FileTypeExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use support::{scan_json, stdout, suspects, taintrace};
use synth::{Container, bad};

fn report(folder: &Path) -> PathBuf {
    let path = folder.join("sosreport-hurt.tar.gz");
    fs::write(&path, bad::report().archive(Container::TarGz)).unwrap();
    path
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[test]
fn a_full_disk_is_an_error_that_names_the_output() {
    let folder = tempfile::tempdir().unwrap();
    let report = report(folder.path());
    if !fs::metadata("/dev/full").is_ok_and(|full| full.file_type().is_char_device()) {
        println!("skipped: there is no /dev/full");
        return;
    }
    for format in ["table", "json", "ndjson", "csv", "note"] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let run = taintrace().args(["scan", "--format", format]).arg(&report).stdout(full).output().unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(1), "{format}: {said}");
        assert!(said.contains("cannot write standard output: "), "{format}: {said}");
    }
    let link = folder.path().join("full");
    symlink("/dev/full", &link).unwrap();
    let run = taintrace().args(["scan", "-o"]).arg(&link).arg(&report).output().unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&run.stderr).contains("full: "), "{run:?}");
    assert!(fs::metadata("/dev/full").unwrap().file_type().is_char_device(), "the device was replaced by a file");
}

#[test]
fn a_file_is_written_whole_or_not_at_all_and_a_link_is_followed() {
    let folder = tempfile::tempdir().unwrap();
    let report = report(folder.path());
    let results = folder.path().join("results");
    fs::create_dir(&results).unwrap();
    fs::write(results.join("real.json"), "what was there").unwrap();
    symlink("real.json", results.join("link.json")).unwrap();
    let run = taintrace().args(["scan", "--format", "json", "-o"]).arg(results.join("link.json")).arg(&report).output();
    assert_eq!(run.unwrap().status.code(), Some(0));
    let written: Value = serde_json::from_slice(&fs::read(results.join("real.json")).unwrap()).unwrap();
    assert_eq!(suspects(&written["reports"][0]).first(), Some(&("acmefs", "faulting")));
    assert_eq!(names(&results), ["link.json", "real.json"], "a scratch file was left");
    let nowhere = folder.path().join("no/such/folder/x.json");
    let run = taintrace().args(["scan", "-o"]).arg(&nowhere).arg(&report).output().unwrap();
    assert_eq!(run.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&run.stderr).contains("x.json"), "{run:?}");
}

#[test]
fn a_closed_pipe_is_silent() {
    let folder = tempfile::tempdir().unwrap();
    let report = report(folder.path());
    for format in ["table", "json", "csv", "note"] {
        let mut child = taintrace()
            .args(["scan", "--all", "--format", format])
            .args(std::iter::repeat_n(&report, 40))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = [0; 10];
        child.stdout.take().unwrap().read_exact(&mut first).unwrap();
        let run = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&run.stderr), "", "{format}");
    }
}

#[test]
fn two_thousand_inputs_need_few_open_files() {
    let folder = tempfile::tempdir().unwrap();
    let log = bad::report().tree().read("sos_commands/kernel/dmesg").unwrap().to_vec();
    for number in 0..2000 {
        fs::write(folder.path().join(format!("{number:04}.log")), &log).unwrap();
    }
    let script = "ulimit -n 40; exec \"$0\" scan --jobs 16 --format ndjson \"$1\"";
    let run = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_taintrace")])
        .arg(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(run.status.code(), Some(0), "{}", String::from_utf8_lossy(&run.stderr));
    let rows: Vec<Value> = stdout(&run).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let found =
        rows.iter().filter(|row| row["suspects"].is_array() && suspects(row).first() == Some(&("acmefs", "faulting")));
    assert_eq!(found.count(), 2000);
}

#[test]
fn more_jobs_than_cores_give_the_same() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..6 {
        let archive = bad::report().archive(Container::TarXz);
        fs::write(folder.path().join(format!("sosreport-{number}.tar.xz")), archive).unwrap();
    }
    assert_eq!(scan_json(folder.path(), &["--jobs", "64"]), scan_json(folder.path(), &["--jobs", "1"]));
}

#[test]
fn a_log_that_grows_and_files_that_vanish_while_they_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let mut tree = bad::report().tree();
    for number in 0..3000 {
        tree.file(&format!("sos_commands/kernel/modinfo_{number}"), "filename: /lib/modules/x/acme.ko\n");
    }
    tree.write_to(folder.path()).unwrap();
    let root = folder.path().join(&tree.root);
    let mut child = taintrace()
        .args(["scan", "--format", "json"])
        .arg(&root)
        .stdout(File::create(folder.path().join("out.json")).unwrap())
        .spawn()
        .unwrap();
    let mut log = OpenOptions::new().append(true).open(root.join("var/log/messages")).unwrap();
    for number in 0..3000 {
        let _ = fs::remove_file(root.join(format!("sos_commands/kernel/modinfo_{number}")));
        log.write_all(b"Jan 23 10:00:00 hurt kernel: one line more\n").unwrap();
    }
    let status = child.wait().unwrap();
    assert!(matches!(status.code(), Some(0 | 1)), "{status}");
    let json: Value = serde_json::from_slice(&fs::read(folder.path().join("out.json")).unwrap()).unwrap();
    assert_eq!(suspects(&json["reports"][0]).first(), Some(&("acmefs", "faulting")));
}

#[test]
fn an_unreadable_file_among_many_is_a_problem_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let restricted = bad::unreadable(folder.path()).unwrap();
    let report = &scan_json(&restricted.root, &[])["reports"][0];
    assert_eq!(suspects(report).first(), Some(&("acmefs", "faulting")));
    if !restricted.binding {
        println!("skipped: permissions do not bind this user");
        return;
    }
    assert!(!report["problems"].as_array().unwrap().is_empty());
}
