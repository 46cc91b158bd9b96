//! Module files, driver packages and dumps that contradict themselves.

use super::{Corpus, Promise};
use crate::synth::Container;

/// What closes an appended signature (`include/linux/module_signature.h`).
const MAGIC: &[u8] = b"~Module signature appended~\n";
/// Deepest nesting of DER.
const DEPTH: usize = 5000;

/// A little-endian ELF64 relocatable with a header that says what it is told, and 4 KiB behind it.
fn elf(sections: u64, count: u16, names: u16, body: &[u8]) -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x01\0\x3e\0\x01\0\0\0".to_vec();
    bytes.resize(40, 0);
    bytes.extend(sections.to_le_bytes());
    bytes.resize(52, 0);
    for half in [64_u16, 0, 0, 64, count, names] {
        bytes.extend(half.to_le_bytes());
    }
    bytes.truncate(64);
    bytes.extend_from_slice(body);
    bytes
}

/// One section header.
fn section(name: u32, kind: u32, offset: u64, size: u64) -> Vec<u8> {
    let mut bytes = [name.to_le_bytes(), kind.to_le_bytes()].concat();
    for word in [0, 0, offset, size, 0, 0, 0] {
        bytes.extend(word.to_le_bytes());
    }
    bytes.truncate(64);
    bytes.resize(64, 0);
    bytes
}

pub(super) fn add(corpus: &mut Corpus) {
    elfs(corpus);
    signatures(corpus);
    packages(corpus);
    dumps(corpus);
}

fn elfs(corpus: &mut Corpus) {
    let many = |header: Vec<u8>, count: usize| header.repeat(count);
    let shapes: [(&str, Vec<u8>); 11] = [
        ("no-sections", elf(0, 0, 0, b"")),
        ("sections-beyond", elf(u64::MAX, 0xffff, 1, b"")),
        ("sections-overflow", elf(u64::MAX - 63, 2, 1, b"")),
        ("sections-in-header", elf(0, 60, 1, b"")),
        ("endless-sections", elf(64, 0xffff, 0, &many(section(0, 1, 0, u64::MAX), 0xffff))),
        ("overlapping-sections", elf(64, 200, 0, &many(section(1, 1, 0, 200 * 64), 200))),
        ("names-of-themselves", elf(64, 2, 0, &many(section(u32::MAX, 3, 64, 128), 2))),
        ("names-beyond", elf(64, 2, 9999, &many(section(1, 3, u64::MAX, u64::MAX), 2))),
        ("count-in-first-section", elf(64, 0, 0xffff, &section(0, 0, 0, u64::MAX))),
        ("modinfo-without-end", modinfo(&b"license=GPL".repeat(100_000))),
        ("modinfo-of-nothing", modinfo(&b"=\0\0=\0".repeat(100_000))),
    ];
    for (name, bytes) in shapes {
        corpus.add(&format!("elf-{name}.ko"), &bytes, Promise::Row);
    }
    let sound = modinfo(b"license=GPL\0vermagic=6.1.0 SMP \0name=acme\0");
    for at in [5, 17, 33, 57, 63] {
        corpus.add(&format!("elf-cut-{at}.ko"), &sound[..at], Promise::Row);
    }
    for at in 4..64 {
        let mut bytes = sound.clone();
        bytes[at] ^= 0xff;
        corpus.add(&format!("elf-flip-{at}.ko"), &bytes, Promise::Row);
    }
}

/// An ELF with a `.modinfo` section.
fn modinfo(text: &[u8]) -> Vec<u8> {
    let names = b"\0.modinfo\0.shstrtab\0";
    let table = 64 + 3 * 64;
    let mut body = section(0, 0, 0, 0);
    body.extend(section(1, 1, table, text.len() as u64));
    body.extend(section(10, 3, table + text.len() as u64, names.len() as u64));
    body.extend_from_slice(text);
    body.extend_from_slice(names);
    elf(64, 3, 2, &body)
}

/// Appended signatures: lengths that lie, DER without bottom.
fn signatures(corpus: &mut Corpus) {
    let sound = modinfo(b"license=GPL\0vermagic=6.1.0 SMP \0name=acme\0");
    let trailer = |id_type: u8, length: u32| {
        let mut bytes = vec![0, 0, id_type, 0, 0, 0, 0, 0];
        bytes.extend(length.to_be_bytes());
        bytes
    };
    let mut signed = |name: &str, der: &[u8], length: u32| {
        let bytes = [&sound, der, &trailer(2, length), MAGIC].concat();
        corpus.add(&format!("signature-{name}.ko"), &bytes, Promise::Row);
    };
    signed("of-nothing", b"", 0);
    signed("longer-than-the-file", b"x", u32::MAX);
    let deep: Vec<u8> = (0..DEPTH).rev().flat_map(|level| nested_header(level * 5)).collect();
    signed("deep-der", &deep, u32::try_from(deep.len()).unwrap());
    let indefinite = [0x30, 0x80].repeat(DEPTH);
    signed("indefinite-der", &indefinite, u32::try_from(indefinite.len()).unwrap());
    signed("der-length-most", &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff], 6);
    signed("der-length-overflow", &[0x30, 0x89, 1, 2, 3, 4, 5, 6, 7, 8, 9], 11);
    signed("zeros", &[0; 4096], 4096);
    let thousand = [&trailer(2, 0)[..], MAGIC].concat().repeat(5000);
    corpus.add("signature-thousands.ko", &[&sound[..], &thousand].concat(), Promise::Row);
    for id_type in [0, 1, 2, 77] {
        let bytes = [&sound[..], &[0x30; 64], &trailer(id_type, 64), MAGIC].concat();
        corpus.add(&format!("signature-type-{id_type}.ko"), &bytes, Promise::Row);
    }
}

/// A sequence whose contents have so many bytes.
fn nested_header(length: usize) -> Vec<u8> {
    let length = u32::try_from(length).unwrap().to_be_bytes();
    vec![0x30, 0x83, length[1], length[2], length[3]]
}

/// Packages: rpm headers, ar members, packed module files.
fn packages(corpus: &mut Corpus) {
    let mut rpm = vec![0xed, 0xab, 0xee, 0xdb, 3, 0, 0, 0];
    rpm.resize(96, 0);
    let header = [0x8e, 0xad, 0xe8, 1, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    corpus.add("package-rpm-header-most.rpm", &[&rpm[..], &header].concat(), Promise::Row);
    corpus.add("package-rpm-lead-alone.rpm", &rpm, Promise::Row);
    let member =
        |size: &str| format!("debian-binary   0           0     0     100644  {size:<10}`\n2.0\n").into_bytes();
    for (name, size) in [("most", "9999999999"), ("negative", "-4"), ("word", "many"), ("none", "")] {
        let bytes = [b"!<arch>\n".to_vec(), member(size)].concat();
        corpus.add(&format!("package-deb-size-{name}.deb"), &bytes, Promise::Row);
    }
    let bomb = modinfo(&vec![0; 300 << 20]);
    for (suffix, container) in [("xz", Container::TarXz), ("gz", Container::TarGz), ("zst", Container::TarZst)] {
        corpus.add(&format!("bomb.ko.{suffix}"), &container.compress(&bomb), Promise::Row);
    }
}

/// Dumps: headers only, and headers that lie.
fn dumps(corpus: &mut Corpus) {
    let mut kdump = b"KDUMP   ".to_vec();
    kdump.extend(6_u32.to_le_bytes());
    kdump.resize(4096, 0xff);
    corpus.add("dump-kdump-all-ones", &kdump, Promise::Row);
    kdump.truncate(100);
    corpus.add("dump-kdump-cut", &kdump, Promise::Row);
    let mut core = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x04\0\x3e\0\x01\0\0\0".to_vec();
    core.resize(4096, 0xff);
    corpus.add("dump-elf-all-ones", &core, Promise::Row);
    let mut flattened = b"makedumpfile\0\0\0\0".to_vec();
    flattened.extend([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1]);
    flattened.resize(4096, 0);
    flattened.extend([0x7f; 64]);
    corpus.add("dump-flattened-beyond", &flattened, Promise::Row);
}
