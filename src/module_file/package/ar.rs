//! The ar archive that a Debian package is: a magic, then members with a header of 60 bytes each.
//!
//! ```text
//! !<arch>\n
//! debian-binary   1700000000  0     0     100644  4         `\n2.0\n
//! data.tar.xz     1700000000  0     0     100644  123456    `\n…
//! ```
//!
//! Source: ar(5), deb(5).

use std::io::{self, Read};

use super::{cut, skip};

/// Hands out every member, with its name and a reader of its contents.
pub(super) fn read(
    archive: &mut dyn Read,
    each: &mut dyn FnMut(&str, &mut dyn Read) -> io::Result<()>,
) -> io::Result<()> {
    skip(archive, 8)?;
    loop {
        let mut header = Vec::new();
        archive.take(60).read_to_end(&mut header)?;
        if header.is_empty() {
            return Ok(());
        }
        let (name, size) = match (header.get(..16), header.get(48..58), header.get(58..)) {
            (Some(name), Some(size), Some(b"`\n")) => (text(name), text(size).parse::<u64>()),
            (_, _, None | Some([])) => return Err(cut()),
            _ => return Err(io::Error::other("an ar member whose header has a wrong end")),
        };
        let size = size.map_err(|_| io::Error::other("an ar member whose size is not a number"))?;
        let mut member = archive.take(size);
        each(&name, &mut member)?;
        let rest = member.limit();
        skip(archive, rest.saturating_add(size % 2))?;
    }
}

/// A field without the blanks (and the `/` of GNU ar) behind it.
fn text(field: &[u8]) -> String {
    String::from_utf8_lossy(field).trim_end().trim_end_matches('/').to_owned()
}
