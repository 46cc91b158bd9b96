//! The cpio archive in an RPM: each member a header of ASCII hexadecimal, its name, its contents, padded to four bytes.
//!
//! ```text
//! 070701 ino mode uid gid nlink mtime FILESIZE … NAMESIZE check  ./lib/modules/…/frob.ko\0  contents
//! ```
//!
//! Source: cpio(5), "New ASCII Format"; the last member is `TRAILER!!!`.

use std::io::{self, Read};

use super::{Take, contents, cut, is_module_path, skip, without_root};

/// Length of a header in bytes.
const HEADER: usize = 110;
/// No path is longer.
const LONGEST_NAME: u64 = 64 << 10;
/// The type bits of a mode, and their value for a regular file.
const TYPE_BITS: u64 = 0o170_000;
const REGULAR: u64 = 0o100_000;

/// Hands out every module of an archive.
pub(super) fn read(archive: &mut dyn Read, take: &mut Take) -> io::Result<()> {
    loop {
        let mut header = [0; HEADER];
        archive.read_exact(&mut header).map_err(|_| cut())?;
        if !header.starts_with(b"070701") && !header.starts_with(b"070702") {
            return Err(io::Error::other("a cpio header that is not of the new ASCII format"));
        }
        let [mode, size, name_size] = [1, 6, 11].map(|field| number(&header, field));
        let (Some(mode), Some(size), Some(name_size)) = (mode, size, name_size) else {
            return Err(io::Error::other("a cpio header whose numbers are not hexadecimal"));
        };
        if name_size > LONGEST_NAME {
            return Err(io::Error::other(format!("a cpio member with a name of {name_size} bytes")));
        }
        let name = contents(archive, name_size)?;
        let name = String::from_utf8_lossy(name.strip_suffix(b"\0").unwrap_or(&name)).into_owned();
        if name == "TRAILER!!!" {
            return Ok(());
        }
        // Header and name together are padded; the header alone has a length of two more than a multiple of four.
        skip(archive, padding(name_size.saturating_add(2)))?;
        if mode & TYPE_BITS == REGULAR && size != 0 && is_module_path(&name) {
            take(without_root(&name), &contents(archive, size)?);
        } else {
            skip(archive, size)?;
        }
        skip(archive, padding(size))?;
    }
}

/// A field of eight hexadecimal digits, counted from 0 behind the magic.
fn number(header: &[u8; HEADER], field: usize) -> Option<u64> {
    let start = field.checked_mul(8)?.checked_add(6)?;
    let digits = std::str::from_utf8(header.get(start..)?.get(..8)?).ok()?;
    u64::from_str_radix(digits, 16).ok()
}

fn padding(length: u64) -> u64 {
    length.wrapping_neg() % 4
}
