//! One 512-byte block of a tar archive as a header.
//!
//! Layout: POSIX.1-2024, `pax`, "ustar Interchange Format"; GNU tar manual, "Basic Tar Format". The fields are cut by the
//! `tar` crate's types; numbers and names are read here, since that crate takes a negative number for a huge one and
//! turns the backslashes of systemd's unit names into slashes.

use std::ops::Range;

use tar::Header;

/// Size of a block, and of what everything in a tar is a multiple of.
pub(super) const BLOCK: u64 = 512;

const CHECKSUM: Range<usize> = 148..156;

/// What a header describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    /// A file with holes in GNU's old form, its map in this header and in blocks behind it.
    SparseFile,
    HardLink,
    Symlink,
    Directory,
    /// FIFO, device.
    Special,
    /// GNU: the content is the next member's path, or its link target.
    LongName,
    LongLink,
    /// POSIX extended header for the next member.
    Extended,
    /// For people or for other tools: global extended headers, volume labels, incremental dumps.
    Aside,
}

/// Type flags. A flag that is not here is a regular file, as POSIX asks.
const KINDS: &[(u8, Kind)] = &[
    (b'1', Kind::HardLink),
    (b'2', Kind::Symlink),
    (b'3', Kind::Special),
    (b'4', Kind::Special),
    (b'5', Kind::Directory),
    (b'6', Kind::Special),
    (b'S', Kind::SparseFile),
    (b'L', Kind::LongName),
    (b'K', Kind::LongLink),
    (b'x', Kind::Extended),
    (b'X', Kind::Extended), // Solaris
    (b'g', Kind::Aside),
    (b'V', Kind::Aside),
    (b'N', Kind::Aside),
    (b'D', Kind::Aside),
    (b'M', Kind::Aside),
    (b'A', Kind::Aside), // Solaris: access control list
];

/// What a header says of its member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fields {
    pub kind: Kind,
    /// Bytes of content in the archive.
    pub size: u64,
    pub mtime: Option<i64>,
}

/// Whether 512 bytes are the first header of a tar archive, if only a damaged one.
pub(in crate::input) fn is_tar_header(block: &[u8]) -> bool {
    has_magic(block) || (is_header(block) && !path(Header::from_byte_slice(block)).is_empty())
}

/// Whether these 512 bytes are a header: not all zero, and with the right checksum (as unsigned or, in very old
/// archives, as signed characters).
pub(super) fn is_header(block: &[u8]) -> bool {
    let Some(stored) = block.get(CHECKSUM).and_then(number) else { return false };
    let (mut unsigned, mut signed) = (0u64, 0i64);
    for byte in block {
        unsigned += u64::from(*byte);
        signed += i64::from(*byte as i8);
    }
    // The checksum is counted as if its own field were blank.
    for byte in block.get(CHECKSUM).unwrap_or_default() {
        unsigned = unsigned + u64::from(b' ') - u64::from(*byte);
        signed = signed + i64::from(b' ') - i64::from(*byte as i8);
    }
    stored != 0 && (stored == unsigned || i64::try_from(stored) == Ok(signed))
}

/// Whether a block bears the mark of a ustar or GNU header. Old headers have none.
pub(super) fn has_magic(block: &[u8]) -> bool {
    block.get(257..262) == Some(b"ustar")
}

/// Reads the fields; `None` if the size is no number, or negative.
pub(super) fn fields(header: &Header) -> Option<Fields> {
    let old = header.as_old();
    let [flag] = old.linkflag;
    let mut kind = KINDS.iter().find(|(known, _)| *known == flag).map_or(Kind::File, |(_, kind)| *kind);
    if kind == Kind::File && path(header).ends_with(b"/") {
        kind = Kind::Directory; // as v7 had no flag for it
    }
    let size = match kind {
        Kind::HardLink => 0, // Some writers put the target's size there; the content is not.
        _ => number(&old.size)?,
    };
    let mtime = number(&old.mtime).and_then(|seconds| i64::try_from(seconds).ok());
    Some(Fields { kind, size, mtime })
}

/// A number field: octal digits among blanks and NULs, or, with the top bit set, big-endian binary. `None` for anything
/// else, for negative numbers and for those beyond 2^63.
pub(super) fn number(field: &[u8]) -> Option<u64> {
    let (first, rest) = field.split_first()?;
    if first & 0x80 != 0 {
        let start = u64::from(first & 0x7f);
        let value =
            rest.iter().try_fold(start, |value, byte| (value < 1 << 55).then_some(value << 8 | u64::from(*byte)));
        return value.filter(|value| i64::try_from(*value).is_ok());
    }
    let digits = field.iter().skip_while(|byte| **byte == b' ').take_while(|byte| !matches!(byte, b' ' | 0));
    digits.copied().try_fold(0u64, |value, digit| match digit {
        b'0'..=b'7' => value.checked_mul(8)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    })
}

/// An unsigned decimal number below 2^63.
pub(super) fn decimal(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 19 {
        return None;
    }
    let value = text.iter().try_fold(0u64, |value, digit| match digit {
        b'0'..=b'9' => value.checked_mul(10)?.checked_add(u64::from(digit - b'0')),
        _ => None,
    });
    value.filter(|value| i64::try_from(*value).is_ok())
}

/// The path as stored: in ustar headers a prefix, a slash and the name.
pub(super) fn path(header: &Header) -> Vec<u8> {
    let mut path = Vec::new();
    if let Some(ustar) = header.as_ustar() {
        path.extend_from_slice(text(&ustar.prefix));
        if !path.is_empty() {
            path.push(b'/');
        }
    }
    path.extend_from_slice(text(&header.as_old().name));
    path
}

/// The link target as stored.
pub(super) fn link_target(header: &Header) -> &[u8] {
    text(&header.as_old().linkname)
}

/// A text field, up to its first NUL.
pub(super) fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_octal_or_binary_and_never_negative() {
        let rows: [(&[u8], Option<u64>); 11] = [
            (b"00000001750\0", Some(1000)),
            (b"       1750 ", Some(1000)),
            (b"           \0", Some(0)),
            (b"\0\0\0\0\0\0\0\0\0\0\0\0", Some(0)),
            (b"777777777777", Some((1 << 36) - 1)),
            (b"\x80\0\0\0\0\0\0\x02\0\0\0\0", Some(1 << 33)),
            (b"\x80\0\0\0\x7f\xff\xff\xff\xff\xff\xff\xff", Some(i64::MAX as u64)),
            (b"\x80\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", None),
            (b"\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", None),
            (b"\x80\x01\0\0\0\0\0\0\0\0\0\0", None),
            (b"-0000001750\0", None),
        ];
        for (field, value) in rows {
            assert_eq!(number(field), value, "{field:?}");
        }
    }

    #[test]
    fn backslashes_of_unit_names_are_kept() {
        let mut header = Header::new_ustar();
        header.as_old_mut().name[..15].copy_from_slice(b"dev-by\\x2duuid\0");
        assert_eq!(path(&header), b"dev-by\\x2duuid");
    }

    proptest! {
        #[test]
        fn any_block_is_judged_without_panic(block in proptest::collection::vec(any::<u8>(), 0..600)) {
            is_header(&block);
            number(&block);
        }
    }
}
