//! Module files against kmod's modinfo: the shared fixtures, and any tree of modules.
//!
//! Both need what a checkout does not have. `TAINTRACE_SHARED` (or `../shared`) is the folder with
//! `fixtures/modules/*.ko*` and `modinfo.txt`; `TAINTRACE_MODULE_TREE` is an unpacked kernel package, to be compared
//! with the `modinfo` of this machine:
//!
//! ```text
//! apt-get download linux-image-6.1.0-56-amd64 && dpkg-deb -x linux-image-*.deb tree
//! TAINTRACE_MODULE_TREE=$PWD/tree cargo test --release --test module_modinfo -- --nocapture
//! ```

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../src/module_file/synth.rs"]
mod synth;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use rayon::prelude::*;
use taintrace::facts::{Origin, SignatureState};
use taintrace::module_file::{self, TrustStore};

/// One block of modinfo's output: keys and values in order, values of several lines joined.
type Block = Vec<(String, String)>;

/// The folder that is shared beside the checkout.
fn shared() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::env::var_os("TAINTRACE_SHARED").map_or_else(beside, PathBuf::from).join("fixtures/modules");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: {} is not here", folder.display());
    None
}

/// `key:` and blanks up to column 16; what begins otherwise goes on with the value before.
fn blocks(output: &str, starts: impl Fn(&str) -> Option<String>) -> BTreeMap<String, Block> {
    let mut blocks = BTreeMap::new();
    let mut block: Option<&mut Block> = None;
    for line in output.lines() {
        if let Some(file) = starts(line) {
            block = Some(blocks.entry(file).or_insert_with(Vec::new));
        }
        let Some(block) = block.as_deref_mut() else { continue };
        match key_and_value(line) {
            Some(pair) => block.push(pair),
            None => {
                if let Some((_, value)) = block.last_mut() {
                    value.push('\n');
                    value.push_str(line);
                }
            }
        }
    }
    blocks
}

fn key_and_value(line: &str) -> Option<(String, String)> {
    const KEYS: &[&str] = &[
        "filename",
        "version",
        "description",
        "author",
        "license",
        "srcversion",
        "depends",
        "retpoline",
        "name",
        "vermagic",
        "parm",
        "alias",
        "intree",
        "staging",
        "firmware",
        "softdep",
        "import_ns",
        "sig_id",
        "signer",
        "sig_key",
        "sig_hashalgo",
        "signature",
        "rhelversion",
        "supported",
        "livepatch",
        "test",
        "weakdep",
        "file",
    ];
    let (key, _) = line.split_once(':')?;
    let value = line.get(16..)?;
    (KEYS.contains(&key) && line.get(key.len() + 1..16)?.trim().is_empty()).then(|| (key.to_owned(), value.to_owned()))
}

/// What this crate prints in modinfo's place, with continuation lines as modinfo prints them.
fn ours(module: &module_file::Inspected) -> Block {
    module.modinfo().into_iter().map(|(key, value)| (key.to_owned(), value.into_owned())).collect()
}

#[test]
fn fixtures_have_the_fields_that_modinfo_printed() {
    let Some(folder) = shared() else { return };
    let truth = std::fs::read_to_string(folder.join("modinfo.txt")).expect("the truth beside the fixtures");
    let truth = blocks(&truth, |line| line.strip_prefix("=== ").map(str::to_owned));
    let mut compared = 0;
    for (file, mut expected) in truth {
        // modinfo of Debian 12 is built without zlib.
        if expected.is_empty() {
            continue;
        }
        let path = folder.join(&file);
        let bytes = std::fs::read(&path).expect("a fixture that the truth names");
        let module = module_file::read(&file, &bytes, Origin::file(file.as_str())).expect("a module that modinfo read");
        expected[0].1 = file.clone();
        assert_eq!(ours(&module), expected, "{file}");
        let on_disk = module_file::open(&path, Origin::file(file.as_str())).expect("the same file");
        assert_eq!(ours(&on_disk)[1..], expected[1..], "{file} from disk");
        compared += 1;
    }
    assert!(compared > 15, "only {compared} files compared");
}

#[test]
fn fixtures_have_the_states_that_they_were_made_with() {
    use SignatureState::*;
    let Some(folder) = shared() else { return };
    let mut trust = TrustStore::new();
    for certificate in ["acme.x509.pem", "acme.x509.der"] {
        let bytes = std::fs::read(folder.join(certificate)).expect("the certificate of the fixtures");
        assert_eq!(trust.add_pem_or_der(&bytes, &Origin::file(certificate)).expect("a certificate"), 1);
    }
    for (file, unchecked, checked) in [
        ("acme_crash-unsigned.ko", Unsigned, Unsigned),
        ("acme_gpl-badlen.ko", Malformed, Malformed),
        ("acme_gpl-corrupt-payload.ko", Signed, Mismatch),
        ("acme_gpl-oldstyle-x509.ko", Signed, Untrusted),
        ("acme_gpl-rhel6-module_sig.ko", Malformed, Malformed),
        ("acme_gpl-signed-sha1.ko", Signed, Verified),
        ("acme_gpl-signed-sha256.ko", Signed, Verified),
        ("acme_gpl-signed-sha256.ko.gz", Signed, Verified),
        ("acme_gpl-signed-sha256.ko.xz", Signed, Verified),
        ("acme_gpl-signed-sha256.ko.zst", Signed, Verified),
        ("acme_gpl-signed-sha512.ko", Signed, Verified),
        ("acme_gpl-signed-then-stripped.ko", Unsigned, Unsigned),
        ("acme_gpl-signed-twice.ko", Signed, Verified),
        ("acme_gpl-trunc-file.ko", Unsigned, Unsigned),
        ("acme_gpl-trunc-magic.ko", Unsigned, Unsigned),
        ("acme_gpl-trunc-pkcs7.ko", Malformed, Malformed),
        ("acme_gpl-unsigned.ko", Unsigned, Unsigned),
        ("acme_intree_fake-unsigned.ko", Unsigned, Unsigned),
        ("debian510-crc16-signed.ko", Signed, Untrusted),
        ("debian61-crc16-signed.ko", Signed, Untrusted),
        ("debian61-qlge-staging-signed.ko", Signed, Untrusted),
        ("debian612-crc16-signed.ko.xz", Signed, Untrusted),
        ("debian73-crc16-signed.ko.xz", Signed, Untrusted),
    ] {
        let path = folder.join(file);
        let mut module = module_file::open(&path, Origin::file(file)).expect(file);
        assert_eq!(module.file.signature.state, unchecked, "{file}: {:?}", module.file.signature);
        assert_eq!(module.verify(&trust), checked, "{file}: {:?}", module.file.signature);
    }
}

#[test]
fn fixtures_would_set_the_flags_that_they_set_on_a_real_kernel() {
    let Some(folder) = shared() else { return };
    // The kernel that loaded them had other keys than the one they are signed with; so has this store.
    let kernel_key = synth::Signer::new(synth::Key::p256(1), "Kernel key", 9);
    let mut trust = TrustStore::new();
    trust.add_pem_or_der(&kernel_key.certificate, &Origin::file("kernel.der")).expect("a certificate");
    for (file, flags) in [
        ("acme_gpl-unsigned.ko", Some("OE")),
        ("acme_gpl-signed-sha256.ko", Some("OE")),
        ("acme_gpl-signed-sha512.ko", Some("OE")),
        ("acme_gpl-signed-sha1.ko", Some("OE")),
        ("acme_gpl-signed-twice.ko", Some("OE")),
        ("acme_gpl-signed-then-stripped.ko", Some("OE")),
        ("acme_gpl-trunc-magic.ko", Some("OE")),
        ("acme_gpl-trunc-file.ko", Some("OE")),
        ("acme_gpl-oldstyle-x509.ko", Some("OE")),
        ("acme_gpl-rhel6-module_sig.ko", Some("OE")),
        ("acme_intree_fake-unsigned.ko", Some("E")),
        ("acme_crash-unsigned.ko", Some("POE")),
        // EBADMSG
        ("acme_gpl-trunc-pkcs7.ko", None),
        ("acme_gpl-badlen.ko", None),
    ] {
        let mut module = module_file::open(&folder.join(file), Origin::file(file)).expect(file);
        module.verify(&trust);
        let lineage = module.lineage().expect("a vermagic");
        let found: String = module.taints(lineage).iter().map(|(letter, _)| *letter).collect();
        match flags {
            Some(flags) => {
                assert!(
                    flags.chars().all(|flag| found.contains(flag)) && found.len() == flags.len(),
                    "{file}: {found}"
                );
                assert_eq!(module.refusal(lineage), None, "{file}");
            }
            None => assert!(module.refusal(lineage).is_some(), "{file}: {found}"),
        }
    }
    // Those of the kernel's own build set nothing for want of a signature.
    for (file, flags) in [("debian61-crc16-signed.ko", ""), ("debian61-qlge-staging-signed.ko", "C")] {
        let module = module_file::open(&folder.join(file), Origin::file(file)).expect(file);
        let found: String = module.taints(module.lineage().expect(file)).iter().map(|(letter, _)| *letter).collect();
        assert_eq!(found, flags, "{file}");
    }
}

fn modules_below(folder: &Path) -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(folder).into_iter().filter_map(Result::ok);
    let files = files.filter(|entry| entry.file_type().is_file() && entry.path().to_string_lossy().contains(".ko"));
    files.map(walkdir::DirEntry::into_path).collect()
}

#[test]
fn a_tree_of_modules_has_the_fields_that_modinfo_prints() {
    let Some(tree) = std::env::var_os("TAINTRACE_MODULE_TREE") else {
        eprintln!("skipped: TAINTRACE_MODULE_TREE names no tree of modules");
        return;
    };
    let tree = std::fs::canonicalize(tree).expect("the tree of modules");
    let find = Command::new("find").arg(&tree).args(["-name", "*.ko*", "-exec", "modinfo", "{}", "+"]).output();
    let Some(output) = find.ok().filter(|output| output.status.success()) else {
        eprintln!("skipped: find and modinfo do not run here");
        return;
    };
    let output = String::from_utf8_lossy(&output.stdout);
    let mut expected = blocks(&output, |line| line.strip_prefix("filename:").map(|file| file.trim_start().to_owned()));
    let files = modules_below(&tree);
    for path in &files {
        let name = path.to_string_lossy();
        let module = module_file::open(path, Origin::file(&*name)).expect(&name);
        // Lines of a value that look like fields of their own are so in both.
        let text: String = {
            let mut text = String::new();
            for (key, value) in module.modinfo() {
                text.push_str(&format!("{:<16}{value}\n", format!("{key}:")));
            }
            text
        };
        let ours = blocks(&text, |line| line.strip_prefix("filename:").map(|file| file.trim_start().to_owned()));
        assert_eq!(ours.into_values().next(), expected.remove(&*name), "{name}");
    }
    assert!(expected.is_empty(), "modinfo read {} files that were not looked at", expected.len());
    println!("{} modules have the fields that modinfo prints", files.len());
}

#[test]
fn a_tree_of_modules_is_read_in_a_fraction_of_the_time_of_modinfo() {
    let Some(tree) = std::env::var_os("TAINTRACE_MODULE_TREE") else {
        eprintln!("skipped: TAINTRACE_MODULE_TREE names no tree of modules");
        return;
    };
    for _ in 0..5 {
        let started = Instant::now();
        let find = Command::new("find").arg(&tree).args(["-name", "*.ko*", "-exec", "modinfo", "{}", "+"]).output();
        let theirs = started.elapsed();
        let Ok(theirs_output) = find else { return };
        let started = Instant::now();
        let files = modules_below(Path::new(&tree));
        let walked = started.elapsed();
        let bytes: usize = files
            .par_iter()
            .map(|path| {
                let mut text = String::new();
                let module = module_file::open(path, Origin::file(&*path.to_string_lossy())).expect("a module");
                module.describe(&mut text).expect("text");
                text.len()
            })
            .sum();
        let ours = started.elapsed();
        println!(
            "modinfo {theirs:?} ({} bytes), here {ours:?} (of it {walked:?} for the directories; {bytes} bytes)",
            theirs_output.stdout.len()
        );
    }
}
