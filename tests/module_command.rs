//! `taintrace module`, and module files as input of `taintrace scan`: on modules, keys and trees that the test builds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

#[path = "../src/module_file/synth.rs"]
mod synth;

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{module, only_report, run, stdout};
use synth::{FIELDS, Key, Ko, Signer, Style};
use tempfile::TempDir;

const RELEASE: &str = "5.14.0-427.13.1.el9_4.x86_64";

/// A module with these fields, a name and a vermagic.
fn ko(name: &str, release: &str, fields: &[(&str, &str)]) -> Vec<u8> {
    let vermagic = format!("{release} SMP preempt mod_unload modversions ");
    let more = [("name", name), ("vermagic", vermagic.as_str())];
    Ko::new(&[fields, &more].concat()).build()
}

fn write(path: PathBuf, bytes: impl AsRef<[u8]>) -> PathBuf {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(&path, bytes).unwrap();
    path
}

fn signer() -> Signer {
    Signer::new(Key::p256(1), "Example key", 9)
}

/// One file of each state that a signature can have.
fn states() -> (TempDir, Vec<(&'static str, PathBuf)>) {
    let folder = tempfile::tempdir().unwrap();
    let plain = Ko::new(FIELDS).build();
    let signed = signer().signed(plain.clone(), Style::Plain);
    let mut changed = signer().signed(plain.clone(), Style::Attributes);
    changed[70] ^= 1;
    let strange = Signer::new(Key::p256(2), "Another key", 3).signed(plain.clone(), Style::Plain);
    let malformed = synth::append_pkcs7(plain.clone(), b"rubbish");
    let files = [
        ("unsigned", plain),
        ("verified", signed),
        ("mismatch", changed),
        ("untrusted", strange),
        ("malformed", malformed),
    ];
    let written =
        files.map(|(state, bytes)| (state, write(folder.path().join("ko").join(format!("{state}.ko")), bytes)));
    write(folder.path().join("certs/example.pem"), signer().pem());
    (folder, written.into())
}

fn args<'a>(options: &[&'a str], paths: &[&'a Path]) -> Vec<&'a std::ffi::OsStr> {
    let paths = paths.iter().map(|path| path.as_os_str());
    std::iter::once("module").chain(options.iter().copied()).map(AsRef::as_ref).chain(paths).collect()
}

#[test]
fn one_module_is_told_as_modinfo_tells_it_and_more() {
    let (_folder, files) = states();
    let output = run(args(&[], &[&files[1].1]));
    assert_eq!(output.status.code(), Some(0));
    let text = stdout(&output);
    for line in [
        "license:        GPL\n",
        "alias:          pci:v00001AF4d*\n",
        "signer:         Example key\n",
        "sig_hashalgo:   sha256\n",
        "parm:           depth:depth of the queue (int)\n",
        "sig_state:      signed (nobody checked it)\n",
        "taint:          O (",
    ] {
        assert!(text.contains(line), "{line:?} is missing in\n{text}");
    }
    assert!(text.starts_with(&format!("filename:       {}\n", files[1].1.display())));
}

#[test]
fn a_field_is_printed_a_value_a_line() {
    let (_folder, files) = states();
    for (field, want) in [
        ("alias", "pci:v00001AF4d*\npci:v00001AF5d*\n"),
        ("signer", "Example key\n"),
        ("license", "GPL\n"),
        ("nonesuch", ""),
    ] {
        let output = run(args(&["-F", field], &[&files[1].1]));
        assert_eq!((stdout(&output).as_str(), output.status.code()), (want, Some(0)), "{field}");
    }
}

#[test]
fn json_has_the_keys_of_the_contract_and_the_states_after_verification() {
    let (folder, files) = states();
    let missing = folder.path().join("missing.ko");
    let certificates = folder.path().join("certs");
    let mut paths: Vec<&Path> = files.iter().map(|(_, path)| path.as_path()).collect();
    paths.push(&missing);
    let output = run(args(&["--format", "json", "--cert", certificates.to_str().unwrap()], &paths));
    assert_eq!(output.status.code(), Some(1), "a file is missing");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>().join(" ");
    assert_eq!(json["schema"], "taintrace-module/1");
    assert_eq!(keys(&json), "modules problems schema");
    for (module, (state, path)) in json["modules"].as_array().unwrap().iter().zip(&files) {
        assert_eq!(keys(module), "build_id fields file name signature taints");
        assert_eq!(keys(&module["signature"]), "hash key kind reason signer state");
        assert_eq!(module["signature"]["state"], *state);
        assert_eq!(module["file"], path.to_str().unwrap());
        assert_eq!(module["name"], "frob");
        assert_eq!(module["fields"][0], serde_json::json!(["license", "GPL"]));
        assert_eq!(module["taints"][0]["letter"], "O", "{state}");
    }
    assert_eq!(json["modules"].as_array().unwrap().len(), files.len());
    assert_eq!(json["problems"][0]["path"], missing.to_str().unwrap());
    assert_eq!(keys(&json["problems"][0]), "message path");
}

#[test]
fn required_signatures_decide_the_exit_status() {
    let (folder, files) = states();
    let certificate = folder.path().join("certs/example.pem");
    let certificate = certificate.to_str().unwrap();
    let want = [
        ("unsigned", Some(1), Some(1)),
        ("verified", Some(0), Some(0)),
        // Without the certificate nobody can tell; changed contents show by the digest that was signed.
        ("mismatch", Some(0), Some(1)),
        ("untrusted", Some(0), Some(0)),
        ("malformed", Some(1), Some(1)),
    ];
    for ((state, path), (name, without, with)) in files.iter().zip(want) {
        assert_eq!(*state, name);
        assert_eq!(run(args(&["--require-signed"], &[path])).status.code(), without, "{state} without certificate");
        let output = run(args(&["--require-signed", "--cert", certificate], &[path]));
        assert_eq!(output.status.code(), with, "{state} with certificate");
        let told = String::from_utf8_lossy(&output.stderr).contains(&format!("{state}.ko: {state}"));
        assert_eq!(told, with == Some(1), "{state}");
    }
}

#[test]
fn a_folder_is_a_table_with_the_states_counted() {
    let (folder, _) = states();
    let output = run(args(&[], &[&folder.path().join("ko")]));
    let text = stdout(&output);
    assert!(text.lines().next().unwrap().split_whitespace().eq([
        "module",
        "version",
        "built",
        "for",
        "signature",
        "signer",
        "flags",
        "file"
    ]));
    assert_eq!(text.lines().filter(|line| line.contains("6.1.0-9-amd64")).count(), 5, "{text}");
    assert!(text.contains(": 1 malformed, 3 signed, 1 unsigned\n"), "{text}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_five_checks_by_hand_are_named() {
    let (_folder, files) = states();
    let path = files[1].1.to_str().unwrap();
    let output = run(args(&["--explain"], &[&files[1].1]));
    let text = stdout(&output);
    let commands: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("  $ ")).collect();
    assert_eq!(
        commands,
        [
            format!("modinfo {path}"),
            format!("modinfo -F signer {path}"),
            format!("strings {path} | grep \"~Module signature appended~\""),
            format!("objdump -s {path} | grep .module_sig -A 12"),
            format!("readelf -x .module_sig {path}"),
        ]
    );
    let verdicts: Vec<bool> = text
        .lines()
        .filter(|line| line.starts_with("    finds"))
        .map(|line| line.starts_with("    finds a signature"))
        .collect();
    assert_eq!(verdicts, [true, true, true, false, false]);
}

#[test]
fn what_a_module_says_cannot_move_the_cursor_or_forge_a_line() {
    let folder = tempfile::tempdir().unwrap();
    let fields = [("license", "GPL\u{1b}[2J"), ("author", "A\nsigner: Red Hat"), ("signature", "a\nsigner: b")];
    let path = write(folder.path().join("evil.ko"), ko("evil", RELEASE, &fields));
    for options in [&["--format", "text"][..], &["--format", "table"], &["-F", "author"], &["--explain"]] {
        let text = stdout(&run(args(options, &[&path])));
        assert!(!text.contains('\u{1b}'), "{options:?}");
        assert!(!text.lines().any(|line| line.starts_with("signer:")), "{options:?}: {text}");
    }
}

#[test]
fn modules_in_an_archive_are_read_without_unpacking_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in [("drivers/acme.ko", ko("acme", RELEASE, &[("license", "GPL")])), ("README", b"x".to_vec())] {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    let path = write(folder.path().join("drivers.tar"), builder.into_inner().unwrap());
    let output = run(args(&["-F", "filename"], &[&path]));
    assert_eq!(stdout(&output), format!("{}!drivers/acme.ko\n", path.display()));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn files_that_are_no_modules_end_with_status_1_and_wrong_usage_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let text = write(folder.path().join("notes.txt"), "no module");
    let output = run(args(&[], &[&text]));
    assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(1), ""));
    assert!(String::from_utf8_lossy(&output.stderr).contains("neither a kernel module nor"));
    assert_eq!(run(args(&[], &[])).status.code(), Some(2));
    assert_eq!(run(args(&["-F", "signer", "--format", "json"], &[&text])).status.code(), Some(2));
    assert_eq!(run(args(&["--cert", folder.path().to_str().unwrap()], &[&text])).status.code(), Some(2));
}

/// The tree of a kernel with its own modules, signed, and those of others in each of the folders that they go to.
fn tree(root: &Path) {
    let modules = root.join("lib/modules").join(RELEASE);
    let own = |name: &str| signer().signed(ko(name, RELEASE, &[("license", "GPL"), ("intree", "Y")]), Style::Plain);
    let foreign = |name: &str, srcversion: &str| {
        ko(name, RELEASE, &[("license", "Proprietary"), ("version", "4.2"), ("srcversion", srcversion)])
    };
    for name in ["xfs", "nfs", "acmenet"] {
        write(modules.join(format!("kernel/drivers/{name}.ko")), own(name));
    }
    write(modules.join("extra/acmefs/acmefs.ko"), foreign("acmefs", "AAAA"));
    write(modules.join("updates/acmenet.ko"), foreign("acmenet", "BBBB"));
    write(modules.join("updates/dkms/acmedkms.ko"), foreign("acmedkms", "CCCC"));
    let old = root.join("lib/modules/5.14.0-70.el9.x86_64/extra/acmeweak.ko");
    write(old.clone(), ko("acmeweak", "5.14.0-70.el9.x86_64", &[("license", "GPL")]));
    #[cfg(unix)]
    {
        let weak = modules.join("weak-updates/acmeweak.ko");
        fs::create_dir_all(weak.parent().unwrap()).unwrap();
        std::os::unix::fs::symlink("/lib/modules/5.14.0-70.el9.x86_64/extra/acmeweak.ko", weak).unwrap();
    }
}

#[test]
fn a_tree_of_modules_lists_those_that_did_not_come_with_the_kernel() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("disk");
    tree(&root);
    let report = only_report(&root, &[]);
    assert_eq!(report["kind"], "module-tree", "{report:#}");
    let names: Vec<&str> =
        report["modules"].as_array().unwrap().iter().map(|module| module["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["acmedkms", "acmefs", "acmenet", "acmeweak"]);
    for (name, folder) in [
        ("acmefs", "/extra/acmefs/acmefs.ko"),
        ("acmenet", "/updates/acmenet.ko"),
        ("acmedkms", "/updates/dkms/acmedkms.ko"),
        ("acmeweak", "/extra/acmeweak.ko"),
    ] {
        let found = module(&report, name);
        assert!(found["file"].as_str().unwrap().ends_with(folder), "{found:#}");
        assert_eq!((&found["unsigned"], &found["out_of_tree"]), (&true.into(), &true.into()), "{name}");
        assert_eq!(found["signature"], "unsigned", "{name}");
    }
    // The module of the kernel that is shadowed by the one in updates is told.
    let conflicts = module(&report, "acmenet")["conflicts"].to_string();
    assert!(conflicts.contains("kernel/drivers/acmenet.ko"), "{conflicts}");
}

#[test]
fn a_tree_beside_a_report_tells_whether_the_loaded_module_is_that_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("sosreport-db1-2024-05-10-abcdefg");
    tree(&root);
    let uname = format!("Linux db1.example.com {RELEASE} #1 SMP Fri May 10 10:00:00 UTC 2024 x86_64 GNU/Linux\n");
    write(root.join("sos_commands/kernel/uname_-a"), uname);
    write(root.join("version.txt"), "sosreport: 4.7.1\n");
    for (name, srcversion) in [("acmefs", "AAAA\n"), ("acmenet", "0000\n")] {
        write(root.join(format!("sys/module/{name}/taint")), "POE\n");
        write(root.join(format!("sys/module/{name}/srcversion")), srcversion);
    }
    let report = only_report(&root, &[]);
    let loaded = module(&report, "acmefs");
    assert_eq!((&loaded["loaded"], &loaded["flags"], &loaded["version"]), (&true.into(), &"POE".into(), &"4.2".into()));
    assert!(!loaded["conflicts"].to_string().contains("another build"), "{loaded:#}");
    let other = module(&report, "acmenet")["conflicts"].to_string();
    assert!(other.contains("another build is loaded than the file: srcversion 0000"), "{other}");
}

/// Runs `taintrace module` with bytes on standard input.
fn piped(arguments: &[&str], bytes: &[u8]) -> std::process::Output {
    use std::process::Stdio;
    let mut command = support::taintrace();
    command.arg("module").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that has seen enough may close it early.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), bytes);
    child.wait_with_output().unwrap()
}

#[test]
fn standard_input_is_a_module_or_holds_some() {
    let plain = Ko::new(FIELDS).build();
    let signed = signer().signed(plain.clone(), Style::Plain);
    let mut archive = tar::Builder::new(Vec::new());
    for name in ["one.ko", "two.ko"] {
        let mut header = tar::Header::new_gnu();
        header.set_size(signed.len() as u64);
        archive.append_data(&mut header, name, signed.as_slice()).unwrap();
    }
    let archive = archive.into_inner().unwrap();
    for (bytes, signers) in [
        (plain, ""),
        (signed.clone(), "Example key\n"),
        (zstd::encode_all(signed.as_slice(), 1).unwrap(), "Example key\n"),
        (archive, "Example key\nExample key\n"),
    ] {
        let output = piped(&["-F", "signer", "-"], &bytes);
        assert_eq!((stdout(&output).as_str(), output.status.code()), (signers, Some(0)));
    }
    let output = piped(&["-"], &signed);
    assert!(stdout(&output).starts_with("filename:       standard input\n"), "{}", stdout(&output));
    assert_eq!(piped(&["-"], b"nothing of the kind").status.code(), Some(1));
}

#[test]
fn output_goes_to_a_file_whole_and_is_the_same_with_any_number_of_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let modules = folder.path().join("modules");
    for number in 0..700 {
        let name = format!("m{number}");
        write(modules.join(format!("d{}/{name}.ko", number % 40)), ko(&name, RELEASE, &[("license", "GPL")]));
    }
    for format in ["text", "table", "json"] {
        let printed = stdout(&run(args(&["--format", format], &[&modules])));
        assert!(printed.lines().count() >= 700, "{format}");
        for jobs in ["1", "7"] {
            let file = folder.path().join("out");
            let file_name = file.to_str().unwrap();
            let output = run(args(&["--format", format, "--jobs", jobs, "-o", file_name], &[&modules]));
            assert_eq!((output.status.code(), stdout(&output).as_str()), (Some(0), ""), "{format}");
            assert_eq!(fs::read_to_string(&file).unwrap(), printed, "{format} with {jobs} jobs");
        }
    }
}

#[test]
fn patterns_that_no_shell_expanded_are_expanded_here() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["extra/a/one.ko", "extra/two.ko", "extra/two.conf", "kernel/three.ko"] {
        let module = name.rsplit('/').next().unwrap().trim_end_matches(".ko");
        write(folder.path().join(name), ko(module, RELEASE, &[("license", "GPL")]));
    }
    for (pattern, names) in [
        ("extra/*.ko", "two\n"),
        ("extra/**/*.ko", "one\ntwo\n"),
        ("*/t*.ko", "two\nthree\n"),
        ("extra/[a-b]", "one\n"),
        ("./extra/../extra/t?o.ko", "two\n"),
    ] {
        let path = folder.path().join(pattern);
        let output = run(args(&["-F", "name"], &[&path]));
        assert_eq!((stdout(&output).as_str(), output.status.code()), (names, Some(0)), "{pattern}");
    }
    let output = run(args(&[], &[&folder.path().join("extra/*.ko.xz")]));
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing fits this pattern"));
}

#[test]
fn of_object_files_in_folders_only_modules_of_2_4_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let of_2_4 = Ko::new(&[("kernel_version", "2.4.21-63.ELsmp"), ("license", "GPL")]).build();
    write(folder.path().join("kernel/drivers/old.o"), of_2_4);
    write(folder.path().join("build/part.o"), Ko::new(&[("license", "GPL")]).build());
    write(folder.path().join("build/text.o"), "no object");
    let output = run(args(&["-F", "kernel_version"], &[folder.path()]));
    assert_eq!((stdout(&output).as_str(), output.status.code()), ("2.4.21-63.ELsmp\n", Some(0)));
}
