//! Memory dumps as inputs: `scan`, `note` and `dmesg` on a dump that the test builds, and on real ones where they are at hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod support;
mod synth_vmcore;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use serde_json::{Value, json};
use support::{module, only_report, run, scan_json, stdout, taintrace};
use synth_vmcore::Synth;
use synth_vmcore::containers::{KdumpPlan, Packing};

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

/// The dump, packed as a whole in each way.
fn packed() -> Vec<(&'static str, Vec<u8>)> {
    let dump = Synth::default().build().kdump(KdumpPlan::packed(Packing::Snappy));
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&dump).unwrap();
    let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip.write_all(&dump).unwrap();
    vec![
        ("gz", gzip.finish().unwrap()),
        ("bz2", bzip.finish().unwrap()),
        ("xz", xz(&dump)),
        ("zst", zstd::encode_all(dump.as_slice(), 1).unwrap()),
    ]
}

fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = xz2::write::XzEncoder::new(Vec::new(), 0);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn tar(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, *bytes).unwrap();
    }
    builder.into_inner().unwrap()
}

fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in members {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, bytes).unwrap();
    path
}

/// What a report tells of the synthetic dump, wherever the dump was.
fn assert_read(report: &Value, what: &str) {
    assert_eq!(report["problems"], json!([]), "{what}");
    assert_eq!(report["taint"]["value"], synth_vmcore::TAINTED, "{what}");
    assert_eq!(module(report, "acme")["flags"], "POE", "{what}");
    assert_eq!(report["events"].as_array().map(Vec::len), Some(1), "{what}: {}", report["events"]);
    assert_eq!(report["events"][0]["ip"]["symbol"], "acme_poke", "{what}");
    assert_eq!(support::suspects(report), [("acme", "faulting")], "{what}");
}

#[test]
fn packed_dumps_are_read_like_plain_ones() {
    let folder = tempfile::tempdir().unwrap();
    let (_plain, plain) = dump();
    let log = stdout(&run(["dmesg", plain.to_str().unwrap()]));
    for (ending, bytes) in packed() {
        let path = write(folder.path(), &format!("vmcore.{ending}"), &bytes);
        let report = only_report(&path, &[]);
        assert_eq!(
            (&report["kind"], &report["collected"]),
            (&json!("vmcore"), &json!("2023-11-14T22:13:20Z")),
            "{ending}"
        );
        assert_read(&report, ending);
        let path = path.to_str().unwrap();
        assert_eq!(stdout(&run(["dmesg", path])), log, "{ending}");
        let twice = write(folder.path(), &format!("twice.{ending}.xz"), &xz(&bytes));
        assert_eq!(stdout(&run(["dmesg", twice.to_str().unwrap()])), log, "{ending} in xz");
        let note = stdout(&run(["note", path]));
        assert!(note.contains("acme_poke") && note.contains("modules by kallsyms+btf; backtrace by orc"), "{note}");
        let dump = &report["dumps"][0];
        let found = ["found_release", "found_taint", "found_modules", "found_backtrace"].map(|part| &dump[part]);
        assert_eq!(found, ["vmcoreinfo", "kallsyms", "kallsyms+btf", "orc"], "{ending}");
    }
}

#[test]
fn dump_on_standard_input_is_read() {
    let (_folder, path) = dump();
    for (command, word) in
        [(["scan", "--format", "json", "-"].as_slice(), "acme_poke"), (&["dmesg", "-"], "Linux version")]
    {
        let input = Stdio::from(std::fs::File::open(&path).unwrap());
        let output = taintrace().args(command).stdin(input).output().unwrap();
        assert!(stdout(&output).contains(word), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(0), "{command:?}");
    }
}

#[test]
fn dump_in_an_archive_is_a_report_by_whatever_name_it_goes() {
    let folder = tempfile::tempdir().unwrap();
    let dump = Synth::default().build().elf();
    let members: [(&str, &[u8]); 2] = [("case/readme.txt", b"as discussed\n"), ("case/db1.crash", &dump)];
    let log = Synth::default().expected_log();
    for (name, archive) in [("a.tar.xz", xz(&tar(&members))), ("b.zip", zip(&members)), ("c.tar", tar(&members))] {
        let path = write(folder.path(), name, &archive);
        let report = only_report(&path, &[]);
        assert_eq!(
            (&report["kind"], &report["collected"]),
            (&json!("vmcore"), &json!("2023-11-14T22:13:20Z")),
            "{name}"
        );
        assert_read(&report, name);
        assert_eq!(stdout(&run(["dmesg", path.to_str().unwrap()])), log, "{name}");
    }
}

#[test]
fn dump_in_a_packed_report_joins_the_log_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let synth = Synth::default();
    let (dump, log) = (synth.build().kdump(KdumpPlan::packed(Packing::Zstd)), synth.expected_log());
    let place = |name: &str| format!("sosreport-db1-2023/var/crash/127.0.0.1-2023-11-14-22:13:20/{name}");
    let (vmcore, dmesg) = (place("vmcore"), place("vmcore-dmesg.txt"));
    let members: [(&str, &[u8]); 3] = [
        ("sosreport-db1-2023/sos_commands/kernel/lsmod", b"Module Size Used by\nacme 16384 0\n"),
        (&dmesg, log.as_bytes()),
        (&vmcore, &dump),
    ];
    for (name, archive) in [("sosreport-db1-2023.tar.xz", xz(&tar(&members))), ("report.zip", zip(&members))] {
        let report = only_report(&write(folder.path(), name, &archive), &[]);
        assert_eq!(report["kind"], "sosreport", "{name}");
        assert_read(&report, name);
        let event = &report["events"][0];
        assert_eq!(
            event["also_at"].as_array().map(Vec::len),
            Some(1),
            "{name}: told by the dump and by the log beside it: {event}"
        );
    }
}

#[test]
fn dump_beyond_the_limit_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let dump = Synth::default().build().elf();
    let noise: Vec<u8> = (0..400_000_u32).flat_map(|n| n.wrapping_mul(0x9e37_79b9).to_le_bytes()).collect();
    let large = [dump, noise].concat();
    for (name, bytes) in
        [("large.tar", tar(&[("db1.crash", &large)])), ("large.zst", zstd::encode_all(large.as_slice(), 1).unwrap())]
    {
        let path = write(folder.path(), name, &bytes);
        let report = only_report(&path, &["--dump-memory", "1"]);
        assert_eq!(report["kind"], "vmcore", "{name}");
        let problem = report["problems"][0]["message"].as_str().unwrap_or_default();
        assert!(problem.contains("more than 1 MiB of memory") && problem.contains("tar -x"), "{name}: {problem}");
        assert_eq!(run(["dmesg", "--dump-memory", "1", path.to_str().unwrap()]).status.code(), Some(1), "{name}");
        assert_eq!(only_report(&path, &[])["taint"]["value"], synth_vmcore::TAINTED, "{name}");
    }
}

#[test]
fn what_only_looks_like_a_dump_is_none() {
    let folder = tempfile::tempdir().unwrap();
    // The core of a process has an auxiliary vector.
    let mut process = Synth::default().build();
    process.prstatus.clear();
    let core = process.elf_with_note("CORE", 6, &[0; 16]);
    let log = Synth::default().expected_log();
    let archive = tar(&[("case/core.4711", &core), ("case/console.log", log.as_bytes())]);
    let report = only_report(&write(folder.path(), "case.tar", &archive), &[]);
    assert_eq!((&report["kind"], &report["problems"]), (&json!("kernel-log"), &json!([])));
    let text = b"this is no dump at all\n".as_slice();
    let archive = tar(&[("sosreport-a/sos_commands/x", text), ("sosreport-a/var/crash/b/vmcore", text)]);
    for path in [write(folder.path(), "sos.tar", &archive), {
        write(folder.path(), "sosreport-a/sos_commands/x", text);
        write(folder.path(), "sosreport-a/var/crash/b/vmcore", text);
        folder.path().join("sosreport-a")
    }] {
        let report = only_report(&path, &[]);
        assert_eq!(report["problems"][0]["path"], "var/crash/b/vmcore", "{}", path.display());
    }
    for (name, bytes) in [("none.tar.xz", xz(&archive)), ("text", text.to_vec())] {
        let output = run(["dmesg", write(folder.path(), name, &bytes).to_str().unwrap()]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(told.contains("not a memory dump"), "{name}: {told}");
    }
}

#[test]
fn split_set_is_one_input() {
    let dump = Synth::default().build();
    let folder = tempfile::tempdir().unwrap();
    let ranges = [(0, 0x1100), (0x1100, 0x3100), (0x3100, 1 << 16)];
    let write_set = |folder: &str, root: &Path| -> Vec<PathBuf> {
        let part = |(number, &split): (usize, &(u64, u64))| {
            let plan = KdumpPlan { split: Some(split), ..KdumpPlan::packed(Packing::Zlib) };
            write(root, &format!("{folder}/vmcore{}", number + 1), &dump.kdump(plan))
        };
        ranges.iter().enumerate().map(part).collect()
    };
    let files = write_set("dumps", folder.path());
    let other = Synth { release: "5.14.0-other", ..Synth::default() }.build().elf();
    write(folder.path(), "dumps/zz", &other);
    let reports = scan_json(&folder.path().join("dumps"), &[]);
    assert_eq!(reports["reports"].as_array().map(Vec::len), Some(2), "the set, and another dump beside it");
    assert_read(&reports["reports"][0], "folder");
    let named: Vec<&str> = files.iter().map(|f| f.to_str().unwrap()).rev().collect();
    let output = run([&["scan", "--format", "json"], named.as_slice()].concat());
    let reports: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(reports["reports"].as_array().map(Vec::len), Some(1), "named one by one");
    assert_read(&reports["reports"][0], "named");
    write_set("sosreport-a/var/crash/127.0.0.1-2023", folder.path());
    write(folder.path(), "sosreport-a/sos_commands/kernel/lsmod", b"Module Size Used by\nacme 16384 0\n");
    assert_read(&only_report(&folder.path().join("sosreport-a"), &[]), "in a report");
}

#[test]
fn split_set_in_an_archive_says_how_to_put_it_together() {
    let dump = Synth::default().build();
    let part = |split| dump.kdump(KdumpPlan { split: Some(split), ..KdumpPlan::packed(Packing::Zlib) });
    let (one, two) = (part((0, 0x3100)), part((0x3100, 1 << 16)));
    let folder = tempfile::tempdir().unwrap();
    let archive = tar(&[("case/part1", &one), ("case/part2", &two)]);
    let reports = scan_json(&write(folder.path(), "case.tar", &archive), &[]);
    for report in reports["reports"].as_array().unwrap() {
        let told = report["problems"].to_string();
        assert!(told.contains("unpack all of them into one folder and name one"), "{told}");
        assert_eq!(report["kernel"]["release"], synth_vmcore::RELEASE);
    }
    assert_eq!(reports["reports"].as_array().map(Vec::len), Some(2));
}

#[test]
fn a_scan_of_all_memory_is_announced() {
    let folder = tempfile::tempdir().unwrap();
    let path = write(folder.path(), "qemu", &Synth::default().build().elf_with_vmcoreinfo_in_memory());
    for command in ["scan", "note", "dmesg"] {
        let output = run([command, path.to_str().unwrap()]);
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(told.matches("looking for it in all of the dump's memory").count(), 1, "{command}: {told}");
        assert_eq!(output.status.code(), Some(0), "{command}");
    }
    assert_eq!(String::from_utf8_lossy(&run(["scan", "-q", path.to_str().unwrap()]).stderr), "");
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
