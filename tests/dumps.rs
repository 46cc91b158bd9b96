//! Memory dumps as inputs: `scan`, `note` and `dmesg` on a dump that the test builds, and on real ones where they are at hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod support;
mod synth_vmcore;

use std::path::PathBuf;

use serde_json::{Value, json};
use support::{module, only_report, run, stdout};
use synth_vmcore::Synth;

fn dump() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("vmcore");
    std::fs::write(&path, Synth::default().build().elf()).unwrap();
    (folder, path)
}

#[test]
fn dump_is_triaged_by_its_own_log_modules_and_mask() {
    let (_folder, path) = dump();
    let report = only_report(&path, &["--all"]);
    assert_eq!(report["kind"], "vmcore");
    assert_eq!(report["problems"], json!([]));
    assert_eq!(report["kernel"]["release"], synth_vmcore::RELEASE);
    assert_eq!(report["taint"]["value"], synth_vmcore::TAINTED);
    assert_eq!(report["collected"], "2023-11-14T22:13:20Z");
    let acme = module(&report, "acme");
    assert_eq!(json!([acme["flags"], acme["provenance"], acme["version"]]), json!(["POE", "third-party", "4.2"]));
}

#[test]
fn dmesg_prints_the_log_in_three_forms() {
    let (_folder, path) = dump();
    let path = path.to_str().unwrap();
    let plain = run(["dmesg", path]);
    assert_eq!(plain.status.code(), Some(0), "{}", String::from_utf8_lossy(&plain.stderr));
    let text = stdout(&plain);
    assert!(text.starts_with('['), "{text}");
    let records: Vec<Value> =
        stdout(&run(["dmesg", "--json", path])).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(records.iter().all(|r| r["text"].is_string()) && !records.is_empty());
    let wall = stdout(&run(["dmesg", "-T", path]));
    assert!(wall.starts_with("[2023-11-14T"), "{wall}");
    assert_eq!(wall.lines().count(), text.lines().count());
}

#[test]
fn dump_in_a_report_directory_is_opened_and_one_that_a_link_leads_out_to_is_not() {
    let (folder, path) = dump();
    let root = folder.path().join("sosreport-db1");
    let crash = root.join("var/crash/127.0.0.1-2023-11-14-22:13:20");
    std::fs::create_dir_all(&crash).unwrap();
    std::fs::write(root.join("version.txt"), "sosreport: 4.7.1\n").unwrap();
    std::fs::create_dir_all(root.join("sos_commands/kernel")).unwrap();
    std::fs::write(root.join("sos_commands/kernel/lsmod"), "Module Size Used by\nacme 16384 0\n").unwrap();
    std::fs::copy(&path, crash.join("vmcore")).unwrap();
    let report = only_report(&root, &[]);
    assert_eq!(report["taint"]["value"], synth_vmcore::TAINTED);
    #[cfg(unix)]
    {
        std::fs::remove_file(crash.join("vmcore")).unwrap();
        std::os::unix::fs::symlink(&path, crash.join("vmcore")).unwrap();
        assert_eq!(only_report(&root, &[])["taint"], Value::Null);
    }
}

#[test]
fn real_dump_shows_who_was_at_fault() {
    let shared = std::env::var("TAINTRACE_SHARED").unwrap_or_else(|_| "../shared".to_owned());
    let path = PathBuf::from(shared).join("fixtures/vmcores/510-viagpl-micro.kdump-zlib");
    if !path.is_file() {
        println!("skipped: {} is not here", path.display());
        return;
    }
    let report = only_report(&path, &[]);
    assert_eq!(report["events"][0]["ip"]["module"], "acme_crash");
    assert_eq!(support::suspects(&report)[..2], [("acme_crash", "faulting"), ("acme_gpl", "call-path")]);
}
