//! What a file is, told by its first bytes and never by its name.
//!
//! `fd 37 7a 58 5a 00` is xz whatever it is called; `ustar` at byte 257 is a tar; a v7 tar has no mark but a header
//! whose checksum is right. Magic numbers: each format's own specification, and `file`'s magic database for the foreign ones.

use super::tar::header::is_tar_header;

/// How many first bytes [`sniff`] wants to see: a tar header, and some for good measure.
pub(super) const PREFIX: usize = 1024;

/// What a file or stream is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// A directory on disk.
    Directory,
    /// A tar archive, of any age, uncompressed.
    Tar,
    /// gzip (RFC 1952).
    Gzip,
    /// xz.
    Xz,
    /// bzip2.
    Bzip2,
    /// Zstandard (RFC 8878).
    Zstd,
    /// The old `.lzma` format, which has no magic number.
    Lzma,
    /// A zip archive.
    Zip,
    /// An ELF core: a vmcore as /proc/vmcore gives it, or a process's core.
    ElfCore,
    /// An ELF object: a kernel module.
    ElfRelocatable,
    /// Any other ELF file.
    ElfOther,
    /// A kdump-compressed dump (`KDUMP   `, and diskdump's `DISKDUMP`), as makedumpfile writes.
    Kdump,
    /// makedumpfile's flattened form of a dump, which it writes to pipes.
    Flattened,
    /// A cpio archive, such as an initramfs.
    Cpio,
    /// An RPM package.
    Rpm,
    /// An ar archive, such as a Debian package.
    Ar,
    /// OpenPGP: `secured-sosreport-….gpg`, binary or armored.
    Gpg,
    /// Encrypted by other means; which.
    Encrypted(&'static str),
    /// An archive or compression that is known by name and not read; which.
    ForeignArchive(&'static str),
    /// Another file that has nothing to tell; which.
    ForeignFile(&'static str),
    /// Text: few control characters in its first bytes.
    Text,
    /// No bytes at all.
    Empty,
    /// Anything else.
    Binary,
}

impl Format {
    /// In words, with an article: `an xz-compressed file`.
    pub fn describe(self) -> &'static str {
        match self {
            Self::Directory => "a directory",
            Self::Tar => "a tar archive",
            Self::Gzip => "a gzip-compressed file",
            Self::Xz => "an xz-compressed file",
            Self::Bzip2 => "a bzip2-compressed file",
            Self::Zstd => "a zstd-compressed file",
            Self::Lzma => "an lzma-compressed file",
            Self::Zip => "a zip archive",
            Self::ElfCore => "an ELF core dump",
            Self::ElfRelocatable => "an ELF object file (such as a kernel module)",
            Self::ElfOther => "an ELF executable or library",
            Self::Kdump => "a kdump-compressed dump",
            Self::Flattened => "a flattened dump",
            Self::Cpio => "a cpio archive",
            Self::Rpm => "an RPM package",
            Self::Ar => "an ar archive (such as a Debian package)",
            Self::Gpg => "encrypted with OpenPGP",
            Self::Encrypted(what) | Self::ForeignArchive(what) | Self::ForeignFile(what) => what,
            Self::Text => "text",
            Self::Empty => "empty",
            Self::Binary => "binary data of no known format",
        }
    }

    /// Whether it is a kind of dump that a vmcore reader opens by its path.
    pub fn is_dump(self) -> bool {
        matches!(self, Self::ElfCore | Self::Kdump | Self::Flattened)
    }

    /// Whether it is an archive or a file that is named in errors and not read.
    pub(super) fn is_foreign(self) -> bool {
        matches!(self, Self::Cpio | Self::Rpm | Self::Ar | Self::ForeignArchive(_))
    }

    pub(super) fn is_encrypted(self) -> bool {
        matches!(self, Self::Gpg | Self::Encrypted(_))
    }
}

/// Formats with fixed bytes at their start.
const MAGIC: &[(&[u8], Format)] = &[
    (b"\x1f\x8b\x08", Format::Gzip),
    (b"\xfd7zXZ\0", Format::Xz),
    (b"\x28\xb5\x2f\xfd", Format::Zstd),
    (b"PK\x03\x04", Format::Zip),
    (b"PK\x05\x06", Format::Zip), // no entries
    (b"PK\x07\x08", Format::Zip), // marked as split, in one piece
    (b"KDUMP   ", Format::Kdump),
    (b"DISKDUMP", Format::Kdump),
    (b"makedumpfile\0\0\0\0", Format::Flattened),
    (b"070701", Format::Cpio),
    (b"070702", Format::Cpio),
    (b"070707", Format::Cpio),
    (b"\xc7\x71", Format::Cpio),
    (b"\xed\xab\xee\xdb", Format::Rpm),
    (b"!<arch>\n", Format::Ar),
    (b"-----BEGIN PGP MESSAGE-----", Format::Gpg),
    (b"Salted__", Format::Encrypted("encrypted with OpenSSL")),
    (b"age-encryption.org/", Format::Encrypted("encrypted with age")),
    (b"LUKS\xba\xbe", Format::Encrypted("a LUKS-encrypted volume")),
    (b"7z\xbc\xaf\x27\x1c", Format::ForeignArchive("a 7-Zip archive")),
    (b"Rar!\x1a\x07", Format::ForeignArchive("a RAR archive")),
    (b"\x1f\x9d", Format::ForeignArchive("a file of Unix compress (.Z)")),
    (b"\x04\x22\x4d\x18", Format::ForeignArchive("an lz4-compressed file")),
    (b"LZIP", Format::ForeignArchive("an lzip-compressed file")),
    (b"\x89LZO\0\r\n\x1a\n", Format::ForeignArchive("an lzop-compressed file")),
    (b"MSCF", Format::ForeignArchive("a Microsoft cabinet")),
    (b"xar!", Format::ForeignArchive("a xar archive")),
    (b"hsqs", Format::ForeignArchive("a squashfs image")),
    (b"QFI\xfb", Format::ForeignArchive("a QCOW disk image")),
    (b"LPKSHHRH", Format::ForeignFile("a binary systemd journal")),
    (b"SQLite format 3\0", Format::ForeignFile("an SQLite database")),
    (b"%PDF-", Format::ForeignFile("a PDF document")),
    (b"\x89PNG\r\n\x1a\n", Format::ForeignFile("a PNG image")),
    (b"\xff\xd8\xff", Format::ForeignFile("a JPEG image")),
    (b"GIF8", Format::ForeignFile("a GIF image")),
];

type Recogniser = fn(&[u8]) -> Option<Format>;

/// Formats that a fixed start does not tell, in the order they are tried.
const RECOGNISERS: &[Recogniser] = &[elf, bzip2, zstd_skippable, tar, openpgp, lzma_alone, text];

/// Tells a format by the first bytes of a file: at least 512 where the file has as many, or a tar is not known.
pub fn sniff(prefix: &[u8]) -> Format {
    if prefix.is_empty() {
        return Format::Empty;
    }
    let magic = MAGIC.iter().find(|(magic, _)| prefix.starts_with(magic)).map(|(_, format)| *format);
    magic.or_else(|| RECOGNISERS.iter().find_map(|recognise| recognise(prefix))).unwrap_or(Format::Binary)
}

/// `e_type` of the ELF header (gABI, figure 4-3), in the file's byte order.
fn elf(prefix: &[u8]) -> Option<Format> {
    prefix.strip_prefix(b"\x7fELF")?;
    let kind: [u8; 2] = prefix.get(16..18)?.try_into().ok()?;
    let kind = if prefix.get(5) == Some(&2) { u16::from_be_bytes(kind) } else { u16::from_le_bytes(kind) };
    Some(match kind {
        1 => Format::ElfRelocatable,
        4 => Format::ElfCore,
        _ => Format::ElfOther,
    })
}

/// `BZh`, the block size, then the mark of a block (digits of pi) or, in an empty file, of the end (of its root).
fn bzip2(prefix: &[u8]) -> Option<Format> {
    let (size, mark) = prefix.strip_prefix(b"BZh")?.split_first()?;
    let marked = mark.starts_with(b"\x31\x41\x59\x26\x53\x59") || mark.starts_with(b"\x17\x72\x45\x38\x50\x90");
    // A file cut within its first ten bytes is still the start of one.
    (matches!(size, b'1'..=b'9') && (marked || mark.len() < 6)).then_some(Format::Bzip2)
}

/// A skippable frame, with which pzstd and others begin.
fn zstd_skippable(prefix: &[u8]) -> Option<Format> {
    matches!(prefix, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..]).then_some(Format::Zstd)
}

fn tar(prefix: &[u8]) -> Option<Format> {
    is_tar_header(prefix.get(..512)?).then_some(Format::Tar)
}

/// The first packet of an encrypted OpenPGP message (RFC 4880, sections 4.2 and 5.1, 5.3, 5.13): a session key for a
/// public key or a passphrase, or the data at once; known by its tag, its version and an algorithm that exists.
fn openpgp(prefix: &[u8]) -> Option<Format> {
    let (&first, rest) = prefix.split_first()?;
    let (tag, length_octets) = match first {
        0xc0..=0xff => (
            first & 0x3f,
            match rest.first()? {
                0..=191 => 1,
                192..=223 => 2,
                224..=254 => 1,
                255 => 5,
            },
        ),
        0x80..=0xbf => (
            (first >> 2) & 0x0f,
            match first & 3 {
                0 => 1,
                1 => 2,
                2 => 4,
                _ => 0,
            },
        ),
        _ => return None,
    };
    let known = match (tag, rest.get(length_octets..)?) {
        (1, [3, body @ ..]) => matches!(body.get(8), Some(1..=3 | 16..=22 | 25..=28)),
        (1, [6, ..]) => true,
        (3, [4..=6, cipher, ..]) => matches!(cipher, 1..=13),
        (18, [1 | 2, ..]) => true,
        _ => false,
    };
    known.then_some(Format::Gpg)
}

/// The 13-byte header of `.lzma`: the usual properties, a dictionary of 2^n or 2^n + 2^(n-1) bytes, a size that is
/// unknown or below 256 GiB (the test that xz itself makes before it takes a file for one).
fn lzma_alone(prefix: &[u8]) -> Option<Format> {
    let rest = prefix.strip_prefix(b"\x5d")?;
    let (dictionary, rest) = rest.split_first_chunk::<4>()?;
    let (size, _) = rest.split_first_chunk::<8>()?;
    let (dictionary, size) = (u32::from_le_bytes(*dictionary), u64::from_le_bytes(*size));
    let round = dictionary.count_ones() == 1 || (dictionary.count_ones() == 2 && (dictionary / 3).count_ones() == 1);
    (round && dictionary >= 4096 && (size == u64::MAX || size < 1 << 38)).then_some(Format::Lzma)
}

/// Logs may hold stray control bytes, runs of NUL where a machine crashed, and no valid UTF-8: a tenth is let pass.
fn text(prefix: &[u8]) -> Option<Format> {
    let controls = prefix.iter().filter(|byte| matches!(byte, 0..=6 | 0x0e..=0x1a | 0x1c..=0x1f)).count();
    (controls * 10 <= prefix.len()).then_some(Format::Text)
}

/// Endings that promise an archive, and those that promise a compressed file. They decide nothing: they only let a
/// broken promise be told.
const ARCHIVE_ENDINGS: &[&str] =
    &[".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tar.gz", ".tar.xz", ".tar.bz2", ".tar.zst", ".zip"];
const COMPRESSED_ENDINGS: &[&str] = &[".gz", ".xz", ".bz2", ".zst"];

/// The ending of a name that promises what its content does not keep. `compressed` says whether the content came out
/// of a decompressor.
pub(super) fn broken_promise(name: &str, content: Format, compressed: bool) -> Option<&'static str> {
    if !matches!(content, Format::Text | Format::Binary | Format::ForeignFile(_)) {
        return None;
    }
    let endings = ARCHIVE_ENDINGS.iter().chain(if compressed { &[][..] } else { COMPRESSED_ENDINGS });
    endings.filter(|ending| name.ends_with(**ending)).max_by_key(|ending| ending.len()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn elf_of(kind: u8, big_endian: bool) -> Vec<u8> {
        let mut header = vec![0u8; 64];
        header[..6].copy_from_slice(&[0x7f, b'E', b'L', b'F', 2, if big_endian { 2 } else { 1 }]);
        header[if big_endian { 17 } else { 16 }] = kind;
        header
    }

    #[test]
    fn formats_are_told_by_their_first_bytes() {
        let rows: Vec<(Vec<u8>, Format)> = vec![
            (b"".to_vec(), Format::Empty),
            (b"Jan  1 00:00:00 host kernel: text\n".to_vec(), Format::Text),
            (b"\xc3\xa9\xff\xfe not valid UTF-8\n".to_vec(), Format::Text),
            (vec![0; 100], Format::Binary),
            (elf_of(4, false), Format::ElfCore),
            (elf_of(4, true), Format::ElfCore),
            (elf_of(1, false), Format::ElfRelocatable),
            (elf_of(1, true), Format::ElfRelocatable),
            (elf_of(3, false), Format::ElfOther),
            (b"KDUMP   \x06\0\0\0".to_vec(), Format::Kdump),
            (b"makedumpfile\0\0\0\0\0\0\0\0".to_vec(), Format::Flattened),
            (b"BZh91AY&SY".to_vec(), Format::Bzip2),
            (b"BZh9\x17\x72\x45\x38\x50\x90".to_vec(), Format::Bzip2),
            (b"BZhello is a word\n".to_vec(), Format::Text),
            (b"\x50\x2a\x4d\x18\x04\0\0\0".to_vec(), Format::Zstd),
            (b"\x5d\0\0\x80\0\xff\xff\xff\xff\xff\xff\xff\xff\0".to_vec(), Format::Lzma),
            (b"] is how this line starts".to_vec(), Format::Text),
            (b"070701 a number that opens a cpio".to_vec(), Format::Cpio),
            (b"-----BEGIN PGP MESSAGE-----\n\n".to_vec(), Format::Gpg),
            (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n".to_vec(), Format::Text),
        ];
        for (bytes, format) in rows {
            assert_eq!(sniff(&bytes), format, "{bytes:?}");
        }
    }

    #[test]
    fn encrypted_messages_are_told_by_their_first_packet() {
        let public_key = [&[0x85, 0x01, 0x0c, 3][..], &[7; 8], &[1, 0x08, 0]].concat();
        let new_format = [&[0xc1, 0x5e, 3][..], &[7; 8], &[18]].concat();
        let passphrase = vec![0x8c, 0x0d, 4, 9, 3, 2];
        for message in [public_key, new_format, passphrase] {
            assert_eq!(sniff(&message), Format::Gpg, "{message:x?}");
        }
        let wrong_version = [&[0x85, 0x01, 0x0c, 9][..], &[7; 8], &[1]].concat();
        assert_ne!(sniff(&wrong_version), Format::Gpg);
    }

    #[test]
    fn a_tar_without_magic_is_told_by_its_checksum() {
        let mut header = tar::Header::new_old();
        header.set_path("proc/version").unwrap();
        header.set_size(0);
        header.set_cksum();
        assert_eq!(sniff(header.as_bytes()), Format::Tar);
        let mut damaged = *header.as_bytes();
        damaged[3] ^= 1;
        assert_ne!(sniff(&damaged), Format::Tar);
    }

    #[test]
    fn only_broken_promises_are_told() {
        let rows = [
            ("sosreport-a.tar.xz", Format::Text, false, Some(".tar.xz")),
            ("sosreport-a.tar.xz", Format::Tar, true, None),
            ("sosreport-a.tar.xz", Format::Text, true, Some(".tar.xz")),
            ("messages-1.gz", Format::Text, true, None),
            ("messages-1.gz", Format::Text, false, Some(".gz")),
            ("messages", Format::Binary, false, None),
        ];
        for (name, content, compressed, told) in rows {
            assert_eq!(broken_promise(name, content, compressed), told, "{name} {content:?} {compressed}");
        }
    }
}
