//! Module files as input of `taintrace scan`: what a tree says of itself, driver packages, and certificates.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

#[path = "../src/module_file/synth.rs"]
mod synth;

mod support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::{module, only_report, run, stdout};
use synth::{Key, Ko, Signer, Style};

const RELEASE: &str = "5.14.0-427.13.1.el9_4.x86_64";

/// A module of the kernel's own tree, or of somebody else.
fn ko(name: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let vermagic = format!("{RELEASE} SMP preempt mod_unload modversions ");
    Ko::new(&[&[("license", "GPL"), ("name", name), ("vermagic", vermagic.as_str())], more].concat()).build()
}

fn write(path: PathBuf, bytes: impl AsRef<[u8]>) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, bytes).unwrap();
}

fn signer() -> Signer {
    Signer::new(Key::p256(1), "Example key", 9)
}

/// A tree with a driver in `extra` that another in `updates` pulls in, which shadows one of the kernel.
fn tree(root: &Path) {
    let modules = root.join("lib/modules").join(RELEASE);
    for name in ["xfs", "acmenet"] {
        write(
            modules.join(format!("kernel/net/{name}.ko")),
            signer().signed(ko(name, &[("intree", "Y")]), Style::Plain),
        );
    }
    write(modules.join("extra/acmefs.ko"), ko("acmefs", &[]));
    write(modules.join("updates/dkms/acmenet.ko"), signer().signed(ko("acmenet", &[]), Style::Plain));
    let deps =
        "kernel/net/xfs.ko:\nextra/acmefs.ko: updates/dkms/acmenet.ko kernel/net/xfs.ko\nupdates/dkms/acmenet.ko:\n";
    write(modules.join("modules.dep"), deps);
}

#[test]
fn a_bare_tree_says_which_kernel_it_is_for_and_how_many_modules_it_has() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path());
    let report = only_report(folder.path(), &[]);
    assert_eq!(report["kind"], "module-tree");
    assert_eq!(report["kernel"]["release"], RELEASE);
    assert_eq!(report["tree"], json!({"modules": 4, "third_party": 2, "releases": [RELEASE]}));
    let verdict = format!("A module tree: 4 modules for {RELEASE}, 2 of them third-party: acmefs, acmenet.");
    assert_eq!(report["verdict"], verdict);
    let table = stdout(&run([Path::new("scan"), folder.path()]));
    assert!(table.contains(RELEASE) && table.contains(&verdict[..40]), "{table}");
    assert!(!table.contains("No kernel log"), "{table}");
}

#[test]
fn the_folder_the_shadowed_file_and_who_pulls_in_whom_are_told() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path());
    let report = only_report(folder.path(), &[]);
    let told = |name: &str| {
        let module = module(&report, name);
        ["class", "shadows", "needs", "needed_by"].map(|key| module[key].clone())
    };
    assert_eq!(told("acmefs"), [json!("extra"), json!([]), json!(["acmenet", "xfs"]), json!([])]);
    assert_eq!(
        told("acmenet"),
        [json!("updates/dkms"), json!(["kernel/net/acmenet.ko"]), json!([]), json!(["acmefs"])]
    );
    let remarks = report["remarks"].to_string();
    assert!(remarks.contains("acmefs (extra) pulls in acmenet, xfs."), "{remarks}");
    let shadow = "acmenet (updates/dkms) is loaded in place of kernel/net/acmenet.ko; is pulled in by acmefs.";
    assert!(remarks.contains(shadow), "{remarks}");
}

#[test]
#[cfg(unix)]
fn links_of_weak_updates_are_resolved_inside_the_tree() {
    let folder = tempfile::tempdir().unwrap();
    tree(folder.path());
    let newer = "5.14.0-503.11.1.el9_5.x86_64";
    let weak = folder.path().join("lib/modules").join(newer).join("weak-updates");
    fs::create_dir_all(&weak).unwrap();
    for (link, file) in [("acmefs.ko", "extra/acmefs.ko"), ("acmenet.ko", "extra/gone/acmenet.ko")] {
        std::os::unix::fs::symlink(format!("/lib/modules/{RELEASE}/{file}"), weak.join(link)).unwrap();
    }
    let report = only_report(folder.path(), &[]);
    for (name, found) in [("acmefs", true), ("acmenet", false)] {
        let links = &module(&report, name)["weak_updates"];
        assert_eq!((&links[0]["kernel"], &links[0]["found"]), (&json!(newer), &json!(found)), "{name}: {links}");
    }
}

#[test]
fn a_loaded_module_of_another_version_than_its_file_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("sosreport-db1-2024-05-10-abcdefg");
    write(root.join("version.txt"), "sosreport: 4.7.1\n");
    let file = root.join("lib/modules").join(RELEASE).join("extra/acmefs.ko");
    write(file, ko("acmefs", &[("version", "4.2")]));
    for (version, told) in [("4.1\n", true), ("4.2\n", false)] {
        write(root.join("sys/module/acmefs/taint"), "OE\n");
        write(root.join("sys/module/acmefs/version"), version);
        let conflicts = module(&only_report(&root, &[]), "acmefs")["conflicts"].to_string();
        let want = "another build is loaded than the file: version 4.1 by sys/module/acmefs";
        assert_eq!(conflicts.contains(want), told, "{conflicts}");
    }
}

fn cpio(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, contents) in files.iter().chain([&("TRAILER!!!", b"".as_slice())]) {
        let fields = [1, 0o100_644, 0, 0, 1, 0, contents.len(), 0, 0, 0, 0, name.len() + 1, 0];
        archive.extend_from_slice(b"070701");
        fields.iter().for_each(|field| write!(archive, "{field:08x}").unwrap());
        for part in [[name.as_bytes(), b"\0"].concat().as_slice(), contents] {
            archive.extend_from_slice(part);
            archive.resize(archive.len().next_multiple_of(4), 0);
        }
    }
    archive
}

fn rpm(payload: &[u8]) -> Vec<u8> {
    let mut package = b"\xed\xab\xee\xdb".to_vec();
    package.resize(96, 0);
    for padded in [true, false] {
        package.extend_from_slice(&[0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 1, 2, 3, 4, 5]);
        if padded {
            package.extend_from_slice(&[0; 3]);
        }
    }
    [&package, payload].concat()
}

fn deb(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, contents) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name.trim_start_matches("./"), *contents).unwrap();
    }
    let data = builder.into_inner().unwrap();
    let mut package = b"!<arch>\n".to_vec();
    for (name, contents) in [("debian-binary", b"2.0\n".as_slice()), ("data.tar", &data)] {
        writeln!(package, "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 0, 100_644, contents.len()).unwrap();
        package.extend_from_slice(contents);
        package.resize(package.len().next_multiple_of(2), b'\n');
    }
    package
}

#[test]
fn driver_packages_are_trees_of_what_they_would_install() {
    let folder = tempfile::tempdir().unwrap();
    let (extra, elsewhere) = (ko("acmefs", &[]), ko("acmenet", &[]));
    let inside = format!("./lib/modules/{RELEASE}/extra/acme/acmefs.ko");
    let files = [(inside.as_str(), extra.as_slice()), ("./opt/acme/acmenet.ko", &elsewhere)];
    for (name, bytes) in [("kmod-acme.rpm", rpm(&cpio(&files))), ("acme.deb", deb(&files)), ("acme", cpio(&files))] {
        let path = folder.path().join(name);
        write(path.clone(), bytes);
        let report = only_report(&path, &[]);
        assert_eq!((&report["kind"], &report["kernel"]["release"]), (&json!("module-tree"), &json!(RELEASE)), "{name}");
        assert_eq!(report["tree"], json!({"modules": 2, "third_party": 2, "releases": [RELEASE]}), "{name}");
        assert_eq!(module(&report, "acmefs")["class"], "extra", "{name}");
        assert_eq!(module(&report, "acmenet")["file"], "opt/acme/acmenet.ko", "{name}");
        assert_eq!(report["problems"], json!([]), "{name}");
    }
    // One that is cut tells what was read, and that it is cut.
    let whole = rpm(&cpio(&files));
    let cut = folder.path().join("cut.rpm");
    write(cut.clone(), &whole[..whole.len() - 400]);
    let report = only_report(&cut, &[]);
    assert_eq!(
        (&report["tree"]["modules"], report["problems"].as_array().unwrap().len()),
        (&json!(1), 1),
        "{report:#}"
    );
}

/// State and signer of a module.
fn signature(report: &Value, name: &str) -> String {
    module(report, name)["signature"].as_str().unwrap().to_owned()
}

#[test]
fn signatures_in_a_tree_are_checked_with_given_certificates() {
    let folder = tempfile::tempdir().unwrap();
    tree(&folder.path().join("tree"));
    let other = Signer::new(Key::p256(2), "Another key", 3);
    for (name, pem) in [("own.pem", signer().pem()), ("other.pem", other.pem())] {
        write(folder.path().join(name), pem);
    }
    let tree = folder.path().join("tree");
    for (certificate, state) in [(None, "signed"), (Some("own.pem"), "verified"), (Some("other.pem"), "untrusted")] {
        let path = certificate.map(|name| folder.path().join(name).to_string_lossy().into_owned());
        let options = path.as_deref().map_or(Vec::new(), |path| vec!["--cert", path]);
        let report = only_report(&tree, &options);
        assert_eq!(signature(&report, "acmenet"), state, "{certificate:?}");
        assert_eq!(signature(&report, "acmefs"), "unsigned", "{certificate:?}");
    }
}

#[test]
fn certificates_of_a_report_check_the_modules_of_that_report_wherever_they_stand_in_it() {
    for certificate in ["var/lib/dkms/mok.pub", "etc/uefi/certs/0A1B2C3D-kmp.crt"] {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("disk");
        tree(&root);
        write(root.join(certificate), signer().certificate);
        assert_eq!(signature(&only_report(&root, &[]), "acmenet"), "verified", "{certificate}");
        // In an archive, front to back.
        let archive = folder.path().join("disk.tar");
        let mut builder = tar::Builder::new(fs::File::create(&archive).unwrap());
        builder.append_dir_all("disk", &root).unwrap();
        builder.finish().unwrap();
        assert_eq!(signature(&only_report(&archive, &[]), "acmenet"), "verified", "{certificate} in an archive");
    }
}
