//! Dumps of real kernels, compared with what those kernels said themselves.
//!
//! The dumps are too large for the repository. They are looked for in the folder named by `TAINTRACE_SHARED`, else in
//! `../shared`; where it is absent, the tests say so and pass.

// Tests may stop at the first surprise, in their helpers too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::Value;
use taintrace::facts::{Frame, InstructionPointer, Origin, Problem, VmcoreFacts};
use taintrace::vmcore::{OpenOptions, Vmcore};

/// Dumps, and the guest run that each was made of.
const DUMPS: [(&str, &str); 6] = [
    ("510-viagpl-micro.kdump-zlib", "510-viagpl"),
    ("61-gpl-novmcoreinfo-micro.qemu-elf.zst", "61-gpl"),
    ("61-kdump-viagpl-full.kdump-zlib", "61-kdump"),
    ("61-live-micro.kdump-uncompressed.zst", "61-live"),
    ("612-null-micro.kdump-zstd", "612-null"),
    ("73-viagpl-micro.kdump-uncompressed.zst", "73-viagpl"),
];

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
    for (file, run) in DUMPS {
        let truth = fixtures.join(format!("truth/{run}.dmesg"));
        if !truth.is_file() {
            continue;
        }
        let (log, problems) = log_of(&fixtures.join("vmcores").join(file));
        assert_eq!(problems, [""; 0], "{file}");
        assert_same_log(file, &log, &truth);
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

/// A dump's file name, all that it tells, and what its guest is known to have been.
type Read = (&'static str, VmcoreFacts, Value);

/// All dumps, read once for all tests.
fn facts_and_truth(fixtures: &Path) -> Vec<Read> {
    static READ: OnceLock<Vec<Read>> = OnceLock::new();
    let read = |(file, run): (&'static str, &str)| {
        let facts = open(&fixtures.join("vmcores").join(file)).facts(Origin::file(file));
        // The filter that made the dump of 7.3 took some pages of tasks for free ones.
        let told = |p: &&Problem| !(run == "73-viagpl" && p.message.starts_with("blocked tasks: "));
        assert_eq!(facts.problems.iter().filter(told).collect::<Vec<_>>(), [] as [&Problem; 0], "{file}");
        let truth = fs::read(fixtures.join(format!("truth/{run}.json"))).unwrap();
        (file, facts, serde_json::from_slice(&truth).unwrap())
    };
    READ.get_or_init(|| DUMPS.into_iter().map(read).collect()).clone()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().map(|list| list.iter().map(text).collect()).unwrap_or_default()
}

/// `ffffffffc04b1045 acme_write+0x137 [acme_crash]`.
fn addressed(frame: &Frame) -> String {
    let module = frame.module.as_ref().map(|module| format!(" [{module}]")).unwrap_or_default();
    let symbol = frame.symbol.as_deref().unwrap_or("?");
    format!("{:x} {symbol}+{:#x}{module}", frame.address.unwrap_or(0), frame.offset.unwrap_or(0))
}

/// `acme_write+0x137/0x14a [acme_crash]`, as the kernel prints it.
fn printed(frame: &Frame) -> String {
    let module = frame.module.as_ref().map(|module| format!(" [{module}]")).unwrap_or_default();
    let symbol = frame.symbol.as_deref().unwrap_or("?");
    format!("{symbol}+{:#x}/{:#x}{module}", frame.offset.unwrap_or(0), frame.size.unwrap_or(0))
}

fn printed_ip(ip: &InstructionPointer) -> String {
    let (symbol, module) = (ip.symbol.clone(), ip.module.clone());
    printed(&Frame { symbol, module, offset: ip.offset, size: ip.size, ..Frame::default() })
}

#[test]
fn release_and_taint_mask_are_those_of_the_guest() {
    let Some(fixtures) = fixtures() else { return };
    for (file, facts, truth) in facts_and_truth(&fixtures) {
        assert_eq!(facts.release.map(|r| r.value.to_string()).as_deref(), truth["release"].as_str(), "{file}");
        assert_eq!(facts.tainted.map(|t| t.value), truth["tainted_mask_in_core"].as_u64(), "{file}");
        let panicked = truth["panic_cpu"].as_u64().filter(|&cpu| cpu != u64::from(u32::MAX));
        assert_eq!(facts.panic_cpu.map(u64::from), panicked, "{file}");
        assert_eq!(facts.arch, Some("x86_64"), "{file}");
    }
}

#[test]
fn every_module_has_its_taints_size_address_and_signature() {
    let Some(fixtures) = fixtures() else { return };
    for (file, facts, truth) in facts_and_truth(&fixtures) {
        let modules = facts.modules.unwrap_or_else(|| panic!("{file}: no modules")).value;
        let in_core = truth["modules_in_core"].as_array().unwrap();
        let in_guest = truth["modules_procfs_before_crash"].as_array().unwrap();
        assert_eq!(modules.len(), in_core.len(), "{file}");
        for (module, expected) in modules.iter().zip(in_core) {
            let name = text(&expected["name"]);
            assert_eq!(module.name, name, "{file}");
            let letters = module.flags.as_ref().map(|flags| flags.letters.as_str());
            assert_eq!(letters, expected["letters"].as_str(), "{file}: {name}");
            assert_eq!(module.signature_ok.map(u64::from), expected["sig_ok"].as_u64(), "{file}: {name}");
            let guest = in_guest.iter().find(|m| text(&m["name"]) == name).unwrap_or_else(|| panic!("{file}: {name}"));
            assert_eq!(module.size, guest["size"].as_u64(), "{file}: {name}");
            assert_eq!(format!("{:#x}", module.address.unwrap_or(0)), text(&guest["addr"]), "{file}: {name}");
        }
    }
}

#[test]
fn frames_are_those_of_the_kernels_own_trace() {
    let Some(fixtures) = fixtures() else { return };
    for (file, facts, truth) in facts_and_truth(&fixtures) {
        let Some(frames) = facts.frames else {
            assert_eq!(facts.panic_cpu, None, "{file}: CPU that panicked has no frames");
            continue;
        };
        assert_eq!(frames.by, "orc", "{file}");
        let found: Vec<String> = frames.value.iter().map(addressed).collect();
        // Lines that start with dashes are remarks on what stands between two frames.
        let unwound: Vec<&str> =
            texts(&truth["unwound_panic_cpu"]).into_iter().filter(|line| !line.starts_with("---")).collect();
        assert_eq!(found, unwound, "{file}");
        // What the kernel printed: sizes of functions too, and nothing of its own handlers.
        let ip = printed_ip(&facts.ip.unwrap());
        assert_eq!(text(&truth["rip_line"]).trim_start_matches("RIP: 0010:"), ip, "{file}");
        let from_ip = frames.value.iter().map(printed).skip_while(|frame| *frame != ip).skip(1);
        let trace: Vec<&str> =
            texts(&truth["call_trace_log"]).into_iter().filter(|line| !line.starts_with("? ")).collect();
        assert_eq!(from_ip.collect::<Vec<_>>(), trace, "{file}");
        assert_eq!((facts.pid, facts.comm.as_deref()), (Some(1), Some("init")), "{file}");
    }
}

#[test]
fn a_dump_with_no_more_than_a_log_degrades_with_reasons() {
    let Some(fixtures) = fixtures() else { return };
    let name = "61-viagpl-nano.kdump-zlib";
    let facts = open(&fixtures.join("formats").join(name)).facts(Origin::file(name));
    assert_eq!(facts.release.unwrap().value.as_str(), "6.1.0-56-amd64");
    assert_eq!(facts.log.unwrap().lines, 421);
    assert_eq!((facts.tainted, facts.modules), (None, None));
    // The log tells which CPU panicked, its registers where it was; there is nothing to name or unwind that with.
    let frames = facts.frames.unwrap();
    assert_eq!((frames.by, frames.value.len(), frames.value[0].symbol.as_deref()), ("registers", 1, None));
    for part in ["taint mask", "module list"] {
        assert!(facts.problems.iter().any(|p| p.message.starts_with(part)), "{part}: {:#?}", facts.problems);
    }
}

#[test]
fn the_head_of_a_dump_by_qemu_gives_what_it_holds() {
    let Some(fixtures) = fixtures() else { return };
    let rows = [
        ("qemu-7.2-elf-header-only.bin", "ELF"),
        ("qemu-7.2-kdump-zlib-flattened.head64k.bin", "flattened kdump-compressed (zlib)"),
    ];
    for (file, container) in rows {
        let facts = open(&fixtures.join("formats").join(file)).facts(Origin::file(file));
        assert_eq!(facts.container, container);
        assert_eq!(facts.release.map(|r| r.value.to_string()).as_deref(), Some("6.1.0-56-amd64"), "{file}");
        assert_eq!(facts.other_cpus.len(), 2, "{file}: registers of both CPUs are in its notes");
        assert!(facts.problems.iter().any(|p| p.message.contains("truncated") || p.message.contains("cut short")));
    }
}

#[test]
fn every_dump_of_the_folder_has_a_row() {
    let Some(fixtures) = fixtures() else { return };
    for entry in fs::read_dir(fixtures.join("vmcores")).unwrap() {
        let name = entry.unwrap().file_name();
        assert!(DUMPS.iter().any(|(file, _)| *file == name), "{} is compared with nothing", name.display());
    }
}
