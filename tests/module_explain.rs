//! The checks by hand of Red Hat's article, one test each, against the tools themselves where they are installed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../src/module_file/synth.rs"]
mod synth;

use std::path::PathBuf;
use std::process::Command;

use synth::{FIELDS, Key, Ko, Signer, Style};
use taintrace::facts::Origin;
use taintrace::module_file::{self, Check};

/// A version 3 packet: DSA, SHA-1.
const PACKET: &[u8] =
    &[0x88, 25, 3, 5, 0, 0x4a, 0, 0, 0, 0xa1, 2, 3, 4, 5, 6, 7, 8, 17, 2, 0xf9, 0x48, 0, 8, 0xff, 0, 1, 1];

/// One module of each kind, as files.
struct Modules {
    folder: tempfile::TempDir,
}

impl Modules {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let signer = Signer::new(Key::p256(1), "Example key", 9);
        let plain = Ko::new(FIELDS).build();
        let signed = signer.signed(plain.clone(), Style::Plain);
        let trailing = [signed.as_slice(), b"\nmore"].concat();
        let damaged = synth::append_pkcs7(plain.clone(), b"rubbish");
        let section = Ko::new(FIELDS).with(".module_sig", 1, PACKET.to_vec()).build();
        let rubbish = Ko::new(FIELDS).with(".module_sig", 1, vec![0x41; 300]).build();
        let note = Ko::new(FIELDS).with_note(".note.module.sig", b"module.sig\0", 100, PACKET).build();
        for (name, bytes) in [
            ("unsigned", plain),
            ("signed", signed),
            ("trailing", trailing),
            ("damaged", damaged),
            ("section", section),
            ("rubbish", rubbish),
            ("note", note),
        ] {
            std::fs::write(folder.path().join(format!("{name}.ko")), bytes).expect("the scratch folder");
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(format!("{name}.ko"))
    }

    /// The check whose command begins so.
    fn check(&self, name: &str, command: &str) -> Check {
        let path = self.path(name);
        let module = module_file::open(&path, Origin::file("x.ko")).expect(name);
        let checks = module.explain().expect("a file that can be read");
        assert_eq!(checks.len(), 5);
        let check = checks.into_iter().find(|check| check.command.starts_with(command)).expect(command);
        assert!(check.command.contains(&*path.to_string_lossy()), "{}", check.command);
        check
    }
}

/// What the command of a check prints when it is run; `None` where its tool is not installed.
fn run(check: &Check) -> Option<Vec<String>> {
    let tool = check.command.split(' ').next().unwrap_or_default();
    if Command::new(tool).arg("--version").output().is_err() {
        eprintln!("not compared: there is no {tool} here");
        return None;
    }
    let output = Command::new("sh").args(["-c", &format!("{} 2>&1", check.command)]).output().expect("a shell");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    Some(text.lines().map(str::trim_end).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

fn trimmed(check: &Check) -> Vec<String> {
    check.output.iter().map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn modinfo() {
    let modules = Modules::new();
    for (name, speaks, remark) in [
        ("unsigned", false, None),
        ("signed", true, Some("checks nothing")),
        ("trailing", false, None),
        ("damaged", false, Some("silent about a damaged signature")),
        ("section", false, None),
        ("note", false, Some(".note.module.sig")),
    ] {
        let check = modules.check(name, "modinfo /");
        assert_eq!(check.speaks, speaks, "{name}: {check:?}");
        let said = check.remark.clone().unwrap_or_default();
        assert!(remark.is_none_or(|remark| said.contains(remark)), "{name}: {said}");
        if let Some(mut lines) = run(&check) {
            lines.retain(|line| line.starts_with("sig_") || line.starts_with("signer"));
            assert_eq!(lines, trimmed(&check), "{name}");
        }
    }
    let check = modules.check("signed", "modinfo /");
    let expected =
        ["sig_id:         PKCS#7", "signer:         Example key", "sig_key:        09", "sig_hashalgo:   sha256"];
    assert_eq!(check.output, expected);
}

#[test]
fn modinfo_f_signer() {
    let modules = Modules::new();
    for (name, output) in
        [("unsigned", vec![]), ("signed", vec!["Example key"]), ("damaged", vec![]), ("section", vec![])]
    {
        let check = modules.check(name, "modinfo -F signer");
        assert_eq!(check.output, output, "{name}");
        assert_eq!(check.speaks, !output.is_empty(), "{name}");
        if let Some(lines) = run(&check) {
            assert_eq!(lines, output, "{name}");
        }
    }
}

#[test]
fn strings_and_grep_for_the_magic() {
    let modules = Modules::new();
    for (name, speaks, remark) in [
        ("unsigned", false, None),
        ("signed", true, None),
        ("trailing", true, Some("the kernel sees no signature")),
        ("damaged", true, None),
        ("section", false, None),
    ] {
        let check = modules.check(name, "strings");
        assert_eq!(check.speaks, speaks, "{name}");
        assert!(check.output.iter().all(|line| line.contains("~Module signature appended~")));
        let said = check.remark.clone().unwrap_or_default();
        assert!(remark.is_none_or(|remark| said.contains(remark)), "{name}: {said}");
        if let Some(lines) = run(&check) {
            assert_eq!(lines, check.output, "{name}");
        }
    }
}

#[test]
fn objdump_of_the_section() {
    let modules = Modules::new();
    for (name, speaks, remark) in [
        ("unsigned", false, None),
        ("signed", false, None),
        ("section", true, None),
        ("rubbish", true, Some("holds no good signature")),
        ("note", false, Some(".note.module.sig")),
    ] {
        let check = modules.check(name, "objdump");
        assert_eq!(check.speaks, speaks, "{name}");
        let said = check.remark.clone().unwrap_or_default();
        assert!(remark.is_none_or(|remark| said.contains(remark)), "{name}: {said}");
        if let Some(lines) = run(&check) {
            // grep's context goes on into the next section.
            let theirs: Vec<&String> = lines.iter().take(check.output.len()).collect();
            assert_eq!(theirs, trimmed(&check).iter().collect::<Vec<_>>(), "{name}");
        }
    }
    let output = modules.check("section", "objdump").output;
    assert_eq!(output[0], "Contents of section .module_sig:");
    assert_eq!(output[1], " 0000 88190305 004a0000 00a10203 04050607  .....J..........");
}

#[test]
fn readelf_of_the_section() {
    let modules = Modules::new();
    for (name, speaks) in
        [("unsigned", false), ("signed", false), ("section", true), ("rubbish", true), ("note", false)]
    {
        let check = modules.check(name, "readelf");
        assert_eq!(check.speaks, speaks, "{name}");
        let Some(lines) = run(&check) else { continue };
        if speaks {
            assert_eq!(lines, trimmed(&check), "{name}");
        } else {
            // The words around it differ from one binutils to the next.
            let absent = "Section '.module_sig' was not dumped because it does not exist";
            assert!(lines[0].contains(absent) && check.output[0].contains(absent), "{name}: {lines:?}");
        }
    }
    let output = modules.check("unsigned", "readelf").output;
    assert!(output[0].ends_with("Section '.module_sig' was not dumped because it does not exist!"), "{output:?}");
}
