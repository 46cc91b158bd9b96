//! The committed sample reports are what the builder makes, and what `expected.json` says is in them.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may stop at the first surprise"
)]

mod synth;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Contents of every entry by path: of directories, of the members of archives, of archives inside archives.
type Contents = BTreeMap<String, Vec<u8>>;

fn committed() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-reports")
}

/// Decompresses by magic as far as the bytes go; `None` where they are not compressed.
fn decompress(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut reader: Box<dyn Read + '_> = match bytes {
        [0xfd, b'7', b'z', ..] => Box::new(xz2::read::XzDecoder::new(bytes)),
        [0x1f, 0x8b, ..] => Box::new(flate2::read::GzDecoder::new(bytes)),
        [b'B', b'Z', b'h', ..] => Box::new(bzip2::read::BzDecoder::new(bytes)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::stream::read::Decoder::new(bytes).unwrap()),
        _ => return None,
    };
    let mut plain = Vec::new();
    // A cut stream gives what it holds; what is missing shows in the comparison.
    let mut chunk = [0; 4096];
    while let Ok(read @ 1..) = reader.read(&mut chunk) {
        plain.extend_from_slice(&chunk[..read]);
    }
    Some(plain)
}

fn collect(name: &str, bytes: Vec<u8>, into: &mut Contents) {
    if bytes.starts_with(b"PK\x03\x04") {
        let mut archive = zip::ZipArchive::new(io::Cursor::new(bytes)).unwrap();
        for index in 0..archive.len() {
            let mut member = archive.by_index(index).unwrap();
            let mut contents = Vec::new();
            member.read_to_end(&mut contents).unwrap();
            into.insert(format!("{name}/{}", member.name().unwrap()), contents);
        }
        return;
    }
    let plain = decompress(&bytes).unwrap_or(bytes);
    if plain.get(257..262) != Some(b"ustar") {
        into.insert(name.to_owned(), plain);
        return;
    }
    let mut archive = tar::Archive::new(plain.as_slice());
    for entry in archive.entries().unwrap() {
        let Ok(mut entry) = entry else { break };
        let path = format!("{name}/{}", entry.path().unwrap().display());
        let link = entry.link_name().unwrap().map(|link| link.display().to_string());
        let mut contents = link.unwrap_or_default().into_bytes();
        if entry.read_to_end(&mut contents).is_err() {
            break;
        }
        collect(&path, contents, into);
    }
}

fn contents_of(folder: &Path) -> Contents {
    let mut all = Contents::new();
    for entry in walkdir::WalkDir::new(folder).sort_by_file_name() {
        let entry = entry.unwrap();
        let name = entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
        if entry.file_type().is_file() {
            collect(&name, fs::read(entry.path()).unwrap(), &mut all);
        } else if entry.file_type().is_symlink() {
            all.insert(name, fs::read_link(entry.path()).unwrap().to_str().unwrap().as_bytes().to_vec());
        }
    }
    all
}

fn expected() -> serde_json::Value {
    serde_json::from_slice(&fs::read(committed().join("expected.json")).unwrap()).unwrap()
}

#[test]
fn the_committed_samples_are_what_the_builder_writes() {
    let scratch = tempfile::tempdir().unwrap();
    synth::samples::write_all(scratch.path()).unwrap();
    let (fresh, kept) = (contents_of(scratch.path()), contents_of(&committed()));
    let differing: Vec<&String> =
        fresh.keys().chain(kept.keys()).filter(|name| fresh.get(*name) != kept.get(*name)).collect();
    assert!(differing.is_empty(), "run `cargo run --example make_sample_reports`; these differ: {differing:#?}");
    assert!(kept.len() > 2_000, "{} files are few for these samples", kept.len());
}

#[test]
fn two_builds_give_the_same_bytes() {
    let [first, second] = [(), ()].map(|()| synth::samples::all());
    for (one, two) in first.iter().zip(&second) {
        match (&one.content, &two.content) {
            (synth::samples::Content::File(one_bytes), synth::samples::Content::File(two_bytes)) => {
                assert!(one_bytes == two_bytes, "{}", one.name);
            }
            (synth::samples::Content::Directory(one_tree), synth::samples::Content::Directory(two_tree)) => {
                assert_eq!(one_tree.entries, two_tree.entries, "{}", one.name);
            }
            _ => panic!("{} and {} differ in kind", one.name, two.name),
        }
    }
}

#[test]
fn every_input_named_in_expected_is_there_and_none_is_missing() {
    let mut named: Vec<String> = expected()["samples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|sample| sample["input"].as_str().unwrap().to_owned())
        .collect();
    let mut found: Vec<String> = fs::read_dir(committed())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "README.md" && name != "expected.json")
        .collect();
    named.sort();
    found.sort();
    assert_eq!(named, found);
}

#[test]
fn every_event_of_expected_is_in_the_files_it_names() {
    let all = contents_of(&committed());
    let mut checked = 0;
    for sample in expected()["samples"].as_array().unwrap() {
        let input = sample["input"].as_str().unwrap();
        for report in sample["reports"].as_array().unwrap() {
            for event in report["events"].as_array().unwrap() {
                let needle = match event["ip"]["symbol"].as_str() {
                    Some(symbol) => format!("{symbol}+0x"),
                    None => format!("INFO: task {}:{} blocked", event["comm"].as_str().unwrap(), event["pid"]),
                };
                for path in event["seen_in"].as_array().unwrap() {
                    let path = path.as_str().unwrap();
                    let (name, log) = all
                        .iter()
                        .find(|(name, _)| name.starts_with(input) && name.ends_with(path))
                        .unwrap_or_else(|| panic!("{input} has no {path}"));
                    assert!(String::from_utf8_lossy(log).contains(&needle), "{name} has no {needle}");
                    checked += 1;
                }
            }
        }
    }
    assert!(checked >= 20, "only {checked} places were checked");
}

#[test]
fn every_third_party_module_is_listed_with_its_flags_in_its_report() {
    let all = contents_of(&committed());
    let mut checked = 0;
    for sample in expected()["samples"].as_array().unwrap() {
        let input = sample["input"].as_str().unwrap();
        for module in sample["reports"].as_array().unwrap().iter().flat_map(|r| r["third_party"].as_array().unwrap()) {
            let (name, flags) = (module["name"].as_str().unwrap(), module["flags"].as_str().unwrap());
            // RHEL 6 puts the mark of an unsigned module into a group of its own.
            let grouped = flags.strip_suffix('U').map(|rest| format!("{name}({rest})(U)"));
            let forms = [Some(format!("{name}({flags})")), grouped].into_iter().flatten().collect::<Vec<_>>();
            let mut files = all.iter().filter(|(path, _)| path.starts_with(input));
            let listed = files.any(|(_, text)| forms.iter().any(|form| String::from_utf8_lossy(text).contains(form)));
            assert!(listed, "{input} has none of {forms:?}");
            checked += 1;
        }
    }
    assert!(checked >= 14, "only {checked} modules were checked");
}

#[test]
fn the_samples_are_small_enough_to_commit() {
    let files = walkdir::WalkDir::new(committed()).into_iter().filter_map(Result::ok);
    let bytes: u64 = files.filter_map(|entry| entry.metadata().ok()).filter(|m| m.is_file()).map(|m| m.len()).sum();
    assert!(bytes < 2_000_000, "{bytes} bytes");
}
