//! Damaged and hostile inputs, written to a folder on demand.
//!
//! The large ones are streamed: writing them takes a few MiB of memory, whatever their size.

mod large;
mod tree;

pub use large::{HOSTILE_ENTRIES, HOSTILE_LINE, HOSTILE_ZEROS, long_line, many_entries, zeros_in_tar, zeros_log};
pub use tree::{Restricted, outward_links, pipe, symlink_loops, unreadable};

use std::fs;
use std::path::{Path, PathBuf};

use super::archive::{Container, tar};
use super::event::Event;
use super::log::Log;
use super::sosreport::Sosreport;
use super::tree::Tree;

/// A bad input on disk.
#[derive(Clone, Debug)]
pub struct Bad {
    /// Where it was written.
    pub path: PathBuf,
    /// What is wrong with it.
    pub what: &'static str,
    /// The module that what is left of it still shows at an instruction pointer; `None` where nothing is left.
    pub still_shows: Option<&'static str>,
}

/// The sound report that the damaged ones are made of: one oops in `acmefs`, told in dmesg, messages and journal.
pub fn report() -> Sosreport {
    let oops = Event::null_deref()
        .ip("acmefs_read[acmefs]")
        .trace("vfs_read ksys_read do_syscall_64 entry_SYSCALL_64_after_hwframe");
    Sosreport::rhel8("hurt.example.com", "4.18.0-513.5.1.el8_9.x86_64")
        .module("acmefs", "OE")
        .log(Log::booted().event(512.25, oops))
}

/// Every small bad input.
pub fn all(folder: &Path) -> Vec<Bad> {
    const PACKED: [Container; 6] =
        [Container::TarXz, Container::TarGz, Container::TarBz2, Container::TarZst, Container::Tar, Container::Zip];
    let mut all: Vec<Bad> = PACKED.iter().map(|container| truncated(folder, *container)).collect();
    all.extend([Container::TarGz, Container::TarXz, Container::TarBz2, Container::TarZst].map(|c| corrupt(folder, c)));
    all.extend([
        empty(folder),
        text_named_archive(folder),
        zip_with_escaping_names(folder),
        tar_with_escaping_names(folder),
        encrypted(folder),
        invalid_utf8(folder),
        nul_bytes(folder),
        nested(folder, 12),
    ]);
    all
}

fn write(folder: &Path, name: &str, bytes: &[u8], what: &'static str, still_shows: Option<&'static str>) -> Bad {
    let path = folder.join(name);
    fs::write(&path, bytes).unwrap();
    Bad { path, what, still_shows }
}

/// An archive cut after three quarters of its bytes. A zip has lost its directory, which stands at its end.
pub fn truncated(folder: &Path, container: Container) -> Bad {
    let bytes = report().archive(container);
    let kept = &bytes[..bytes.len() * 3 / 4];
    // bzip2 is decoded in blocks of 900 kB: a small report is one block, and all of it is lost.
    let shows = match container {
        Container::TarBz2 => None,
        _ => Some("acmefs"),
    };
    write(folder, &format!("truncated{}", container.suffix()), kept, "cut in mid-stream", shows)
}

/// A compressed archive with 64 wrong bytes at three quarters of it.
pub fn corrupt(folder: &Path, container: Container) -> Bad {
    let mut bytes = report().archive(container);
    let middle = bytes.len() * 3 / 4;
    for byte in &mut bytes[middle..middle + 64] {
        *byte ^= 0xff;
    }
    let shows = match container {
        Container::TarBz2 => None,
        _ => Some("acmefs"),
    };
    write(folder, &format!("corrupt{}", container.suffix()), &bytes, "wrong bytes in the middle", shows)
}

/// No byte at all.
pub fn empty(folder: &Path) -> Bad {
    write(folder, "empty.tar.xz", b"", "empty file", None)
}

/// Text under the name of an archive.
pub fn text_named_archive(folder: &Path) -> Bad {
    write(folder, "text.tar.xz", b"404 Not Found: ask the administrator\n", "text named like an archive", None)
}

const ESCAPING: [&str; 5] =
    ["/etc/escaped", "../escaped", "sosreport-x/../../escaped", "//escaped", "sosreport-x/./../escaped"];

/// A zip with names that are absolute or climb out.
pub fn zip_with_escaping_names(folder: &Path) -> Bad {
    let mut tree = report().tree();
    let root = tree.root.clone();
    for (number, name) in ESCAPING.iter().enumerate() {
        tree.file(&placeholder(&root, name, number), "escaped\n");
    }
    // A zip checks the contents of its members, not their names: the names are put in afterwards.
    let mut bytes = Container::Zip.pack(&tree);
    for (number, name) in ESCAPING.iter().enumerate() {
        let stand_in = format!("{root}/{}", placeholder(&root, name, number));
        let padded = format!("{name}{}", "x".repeat(stand_in.len() - name.len()));
        replace(&mut bytes, stand_in.as_bytes(), padded.as_bytes());
    }
    write(folder, "escaping.zip", &bytes, "names that are absolute or climb out", Some("acmefs"))
}

/// A name below the root that is at least as long as the one that takes its place.
fn placeholder(root: &str, name: &str, number: usize) -> String {
    format!("stand-in-{number}-{}", "y".repeat(name.len().saturating_sub(root.len()) + 4))
}

fn replace(bytes: &mut [u8], old: &[u8], new: &[u8]) {
    let mut at = 0;
    while let Some(found) = bytes[at..].windows(old.len()).position(|window| window == old) {
        bytes[at + found..at + found + old.len()].copy_from_slice(new);
        at += found + old.len();
    }
}

/// A tar with the same names, and links that point out.
pub fn tar_with_escaping_names(folder: &Path) -> Bad {
    let sound = tar(&report().tree());
    // Two blocks of zeros end a tar: what is added goes before them.
    let mut bytes = sound[..sound.len() - 1024].to_vec();
    for name in ESCAPING {
        bytes.extend_from_slice(&raw_entry(name, tar::EntryType::Regular, "", b"escaped\n"));
    }
    for target in ["/etc/passwd", "../../../../etc/passwd"] {
        bytes.extend_from_slice(&raw_entry("sosreport-x/link", tar::EntryType::Symlink, target, b""));
        bytes.extend_from_slice(&raw_entry("sosreport-x/hard", tar::EntryType::Link, target, b""));
    }
    bytes.resize(bytes.len() + 1024, 0);
    write(folder, "escaping.tar", &bytes, "names that are absolute or climb out", Some("acmefs"))
}

/// One entry of a tar with any name at all, padded to whole blocks.
fn raw_entry(name: &str, kind: tar::EntryType, target: &str, contents: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_size(contents.len() as u64);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(contents);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

/// An encrypted report: the packets of a symmetrically encrypted OpenPGP message.
pub fn encrypted(folder: &Path) -> Bad {
    let mut bytes = vec![0x8c, 0x0d, 0x04, 0x09, 0x03, 0x08];
    bytes.extend_from_slice(super::numbers::hex("salt", 9).as_bytes());
    bytes.extend_from_slice(&[0xd2, 0xff]);
    bytes.extend((0..4096u64).map(|n| super::numbers::number(&format!("cipher {n}")).to_le_bytes()[0]));
    write(folder, "secured-sosreport-hurt-2024-01-23-abcdefg.tar.xz.gpg", &bytes, "encrypted", None)
}

/// A kernel log with bytes that are no UTF-8, in lines of their own and inside those of an event.
pub fn invalid_utf8(folder: &Path) -> Bad {
    let report = report();
    let log = String::from_utf8(report.tree().read("sos_commands/kernel/dmesg").unwrap().to_vec()).unwrap();
    let mut bytes = b"[    0.000001] firmware \xff\xfe\xc3\x28 says \xa0\xa1\n".to_vec();
    bytes.extend_from_slice(log.replace("Comm: java", "Comm: j\u{0}v").as_bytes());
    for byte in bytes.iter_mut().filter(|byte| **byte == 0) {
        *byte = 0xe9;
    }
    write(folder, "invalid-utf8.log", &bytes, "bytes that are no UTF-8", Some("acmefs"))
}

/// A kernel log with NUL bytes: a file that was not written out when the host went down.
pub fn nul_bytes(folder: &Path) -> Bad {
    let log = report().tree().read("sos_commands/kernel/dmesg").unwrap().to_vec();
    let at = log.windows(5).position(|window| window == b"BUG: ").unwrap();
    let line = log[..at].iter().rposition(|byte| *byte == b'\n').unwrap() + 1;
    let mut bytes = log[..line].to_vec();
    bytes.resize(bytes.len() + 4096, 0);
    bytes.push(b'\n');
    bytes.extend_from_slice(&log[line..]);
    write(folder, "nul-bytes.log", &bytes, "4096 NUL bytes before an event", Some("acmefs"))
}

/// A report in an archive in an archive, `depth` times.
pub fn nested(folder: &Path, depth: usize) -> Bad {
    let mut bytes = report().archive(Container::TarXz);
    for level in 0..depth {
        let mut tree = Tree::new(&format!("level-{level}"), 1_700_000_000);
        tree.file("inner.tar.xz", bytes);
        bytes = Container::TarGz.pack(&tree);
    }
    write(folder, "nested.tar.gz", &bytes, "archives in archives, deeper than anyone nests them", None)
}
