//! Dumps of real kernels, compared with what those kernels said themselves.
//!
//! The dumps are too large for the repository. They are looked for in the folder named by `TAINTRACE_SHARED`, else in
//! `../shared`; where it is absent, the tests say so and pass.

use std::fs;
use std::path::{Path, PathBuf};

use taintrace::vmcore::{OpenOptions, Vmcore};

/// The folder of fixtures, or a message and nothing.
fn fixtures() -> Option<PathBuf> {
    let shared = std::env::var_os("TAINTRACE_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let fixtures = shared.join("fixtures");
    if !fixtures.is_dir() {
        eprintln!("skipped: no dumps at {}", fixtures.display());
        return None;
    }
    Some(fixtures)
}

fn open(path: &Path) -> Vmcore {
    Vmcore::open(path, &OpenOptions::default()).unwrap_or_else(|e| panic!("{e}"))
}

/// The words of each line of a log, caller prefix aside: that is all that printers of a log differ in.
fn words(log: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(log);
    let line = |line: &str| {
        let mut words: Vec<&str> = line.split_whitespace().collect();
        // `[    0.000000] [      T0] text`: the second bracket is the caller.
        if words.first() == Some(&"[") && words.get(2) == Some(&"[") {
            words.drain(2..4);
        }
        words.join(" ")
    };
    text.lines().map(line).collect()
}

fn assert_same_log(name: &str, found: &[u8], expected: &Path) {
    let expected = fs::read(expected).unwrap_or_else(|e| panic!("{}: {e}", expected.display()));
    let (found, expected) = (words(found), words(&expected));
    for (number, (f, e)) in found.iter().zip(&expected).enumerate() {
        assert_eq!(f, e, "{name}: line {}", number + 1);
    }
    assert_eq!(found.len(), expected.len(), "{name}: number of lines");
}

fn log_of(path: &Path) -> (Vec<u8>, Vec<String>) {
    let dump = open(path);
    let log = dump.log().unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    (log.to_text(), log.problems)
}

#[test]
fn logs_of_all_kernels_equal_makedumpfile() {
    let Some(fixtures) = fixtures() else { return };
    let rows = [
        ("510-viagpl-micro.kdump-zlib", "510-viagpl"),
        ("61-kdump-viagpl-full.kdump-zlib", "61-kdump"),
        ("61-live-micro.kdump-uncompressed.zst", "61-live"),
        ("612-null-micro.kdump-zstd", "612-null"),
        ("73-viagpl-micro.kdump-uncompressed.zst", "73-viagpl"),
    ];
    for (file, run) in rows {
        let (log, problems) = log_of(&fixtures.join("vmcores").join(file));
        assert_eq!(problems, [""; 0], "{file}");
        assert_same_log(file, &log, &fixtures.join(format!("truth/{run}.dmesg")));
    }
}

#[test]
fn every_container_gives_the_same_log() {
    let Some(fixtures) = fixtures() else { return };
    let rows = [
        "61-viagpl-nano.kdump-zlib",
        "61-viagpl-nano.kdump-lzo",
        "61-viagpl-nano.kdump-snappy",
        "61-viagpl-nano.kdump-zstd",
        "61-viagpl-nano.kdump-zlib.flat",
        "61-viagpl-nano.kdump-uncompressed.zst",
        "61-viagpl-nano.makedumpfile-E.elf.zst",
        "61-viagpl-nano.split1.kdump-zlib",
        "61-viagpl-nano.split2.kdump-zlib",
    ];
    for file in rows {
        let (log, problems) = log_of(&fixtures.join("formats").join(file));
        assert_eq!(problems, [""; 0], "{file}");
        assert_same_log(file, &log, &fixtures.join("truth/61-viagpl.dmesg"));
    }
    let (log, _) = log_of(&fixtures.join("formats/61-warnpanic-nano.kdump-zlib"));
    assert_same_log("61-warnpanic-nano", &log, &fixtures.join("truth/61-warnpanic.dmesg"));
}

#[test]
fn logs_of_older_generations_are_whole() {
    let Some(fixtures) = fixtures() else { return };
    for name in ["rhel6", "rhel7", "rhel8"] {
        let (log, problems) = log_of(&fixtures.join(format!("synthetic/{name}.elf.zst")));
        assert_eq!(problems, [""; 0], "{name}");
        assert_same_log(name, &log, &fixtures.join(format!("synthetic/{name}.expected-dmesg")));
    }
}

#[test]
fn damaged_dumps_give_what_they_hold_and_say_what_is_missing() {
    let Some(fixtures) = fixtures() else { return };
    let truth = words(&fs::read(fixtures.join("truth/61-viagpl.dmesg")).unwrap());
    // Which damage, the least lines that are left, and a word of the reason.
    let rows = [("truncated", 0, "end of the file"), ("badpage", 350, "zlib"), ("incomplete-flag", 421, "incomplete")];
    for (damage, least, reason) in rows {
        let dump = open(&fixtures.join(format!("formats/61-viagpl-nano.{damage}.kdump-zlib")));
        let lines = match dump.log() {
            Ok(log) => words(&log.to_text()),
            Err(error) => {
                assert!(error.to_string().contains("end of the file"), "{damage}: {error}");
                Vec::new()
            }
        };
        assert!(lines.len() >= least, "{damage}: {} lines", lines.len());
        let mut rest = truth.iter();
        for line in &lines {
            assert!(
                rest.any(|t| t.starts_with(line.as_str())),
                "{damage}: not in the log, or not in its place: {line}"
            );
        }
        let problems = dump.problems();
        assert!(problems.iter().any(|p| p.contains(reason)), "{damage}: {problems:?}");
        println!("{damage}: {} lines, {problems:?}", lines.len());
    }
}
