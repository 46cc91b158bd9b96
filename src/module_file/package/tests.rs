//! Packages that are built here.

use std::io::Write;

use super::*;

/// What is in the packages: two modules and things that are not.
const FILES: &[(&str, &[u8])] = &[
    ("./lib/modules/5.14.0/extra/frob.ko", b"\x7fELF one"),
    ("./lib/modules/5.14.0/extra/frob.conf", b"alias x y"),
    ("./lib/modules/5.14.0/extra/nod/nod.ko.xz", b"\xfd7zXZ\0 two"),
];

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

fn rpm_of(payload: &[u8]) -> Vec<u8> {
    let mut package = b"\xed\xab\xee\xdb".to_vec();
    package.resize(96, 0);
    for (entries, data) in [(1u32, 5u32), (2, 7)] {
        package.extend_from_slice(&[0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0]);
        package.extend_from_slice(&[entries.to_be_bytes(), data.to_be_bytes()].concat());
        package.resize(package.len() + (entries * 16 + data) as usize, 0xee);
        if entries == 1 {
            package.resize(package.len().next_multiple_of(8), 0);
        }
    }
    [package.as_slice(), payload].concat()
}

fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, contents) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(contents.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name.trim_start_matches("./"), *contents).unwrap();
    }
    builder.into_inner().unwrap()
}

fn deb_of(data: &[u8], suffix: &str) -> Vec<u8> {
    let mut package = b"!<arch>\n".to_vec();
    for (name, contents) in [("debian-binary", b"2.0\n".as_slice()), ("control.tar", b"odd"), (suffix, data)] {
        writeln!(package, "{name:<16}{:<12}{:<6}{:<6}{:<8}{:<10}`", 0, 0, 0, 100_644, contents.len()).unwrap();
        package.extend_from_slice(contents);
        package.resize(package.len().next_multiple_of(2), b'\n');
    }
    package
}

fn packed(bytes: &[u8]) -> Vec<(&'static str, Vec<u8>)> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(bytes).unwrap();
    let mut bzip2 = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    bzip2.write_all(bytes).unwrap();
    let mut xz = xz2::write::XzEncoder::new(Vec::new(), 1);
    xz.write_all(bytes).unwrap();
    let lzma = xz2::stream::Stream::new_lzma_encoder(&xz2::stream::LzmaOptions::new_preset(1).unwrap()).unwrap();
    let mut lzma = xz2::write::XzEncoder::new_stream(Vec::new(), lzma);
    lzma.write_all(bytes).unwrap();
    vec![
        ("plain", bytes.to_vec()),
        ("gzip", gzip.finish().unwrap()),
        ("bzip2", bzip2.finish().unwrap()),
        ("xz", xz.finish().unwrap()),
        ("lzma", lzma.finish().unwrap()),
        ("zstd", zstd::encode_all(bytes, 1).unwrap()),
    ]
}

/// Modules by path.
type Modules = Vec<(String, Vec<u8>)>;

/// The modules that were handed out, and how it ended.
fn modules(package: &[u8]) -> (Modules, Result<u64, String>) {
    let mut found = Vec::new();
    let ended = for_each_module("x.rpm", &mut &*package, &mut |module| {
        found.push((module.path.to_owned(), module.bytes.to_vec()));
    });
    (found, ended.map_err(|error| error.to_string()))
}

fn expected() -> Modules {
    let modules = FILES.iter().filter(|(name, _)| name.contains(".ko"));
    modules.map(|(name, bytes)| (name.trim_start_matches("./").to_owned(), bytes.to_vec())).collect()
}

#[test]
fn modules_of_an_rpm_are_read_whatever_packs_its_payload() {
    for (compression, payload) in packed(&cpio(FILES)) {
        let package = rpm_of(&payload);
        assert!(is_package(&package[..8]));
        assert_eq!(modules(&package), (expected(), Ok(2)), "{compression}");
    }
}

#[test]
fn modules_of_a_debian_package_are_read_whatever_packs_its_data() {
    for (compression, data) in packed(&tar_of(FILES)) {
        let package = deb_of(&data, "data.tar.any");
        assert!(is_package(&package[..8]));
        assert_eq!(modules(&package), (expected(), Ok(2)), "{compression}");
    }
}

#[test]
fn modules_of_a_bare_cpio_are_read() {
    assert_eq!(modules(&cpio(FILES)), (expected(), Ok(2)));
}

#[test]
fn a_cut_package_gives_what_came_before_and_says_so() {
    let archive = cpio(FILES);
    let (found, ended) = modules(&rpm_of(&archive[..archive.len() - 150]));
    assert_eq!(found, expected()[..1]);
    assert!(ended.unwrap_err().contains("cut"));
    let (found, ended) = modules(&deb_of(&tar_of(FILES)[..600], "data.tar"));
    assert_eq!(found, expected()[..1]);
    ended.unwrap_err();
}

#[test]
fn what_is_no_package_or_a_broken_one_is_said() {
    let mut headless = rpm_of(b"");
    headless[96] = 0;
    let mut sizeless = deb_of(b"", "data.tar");
    sizeless[8 + 48] = b'x';
    for (bytes, why) in [
        (b"\x7fELF".to_vec(), "neither an RPM"),
        (vec![], "neither an RPM"),
        (headless, "wrong magic"),
        (rpm_of(&[b'x'; 200]), "not of the new ASCII format"),
        (sizeless, "not a number"),
        (b"070701zzzz".to_vec(), "cut"),
    ] {
        let message = modules(&bytes).1.unwrap_err();
        assert!(message.starts_with("x.rpm: ") && message.contains(why), "{message}");
    }
}

proptest::proptest! {
    #[test]
    fn no_package_makes_it_panic(bytes: Vec<u8>, at: proptest::sample::Index, value: u8) {
        let (cpio, deb) = (cpio(FILES), deb_of(&tar_of(FILES), "data.tar"));
        for whole in [rpm_of(&cpio), rpm_of(&bytes), deb_of(&bytes, "data.tar"), deb, cpio] {
            let mut changed = whole;
            let at = at.index(changed.len());
            changed[at] = value;
            let _ = modules(&changed);
        }
    }
}
