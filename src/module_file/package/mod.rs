//! Driver packages of vendors, so that the modules inside can be asked directly: `.rpm`, `.deb`, bare cpio.
//!
//! ```text
//! kmod-frob-1.0.el8.x86_64.rpm = lead, two headers, compressed cpio { ./lib/modules/…/extra/frob/frob.ko }
//! frob-dkms_1.0_amd64.deb      = ar { debian-binary, control.tar.xz, data.tar.xz { ./lib/modules/…/frob.ko } }
//! ```
//!
//! A package is a stream that is read once; one module at a time is in memory.
//!
//! Source: the RPM file format (lead, signature, header, payload), deb(5), ar(5), cpio(5) "newc".

mod ar;
mod cpio;

use std::io::{self, BufRead, BufReader, Read};

use xz2::stream::Stream;

use super::container::LARGEST_MODULE;

/// A module inside a package.
#[derive(Clone, Copy, Debug)]
pub struct PackagedModule<'p> {
    /// Its path in the package, such as `lib/modules/4.18.0-372.el8.x86_64/extra/frob/frob.ko.xz`.
    pub path: &'p str,
    /// The file, compressed or not, as [`read`](super::read) takes it.
    pub bytes: &'p [u8],
}

/// Why a package could not be read, or not to its end.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PackageError {
    /// The first bytes are those of no package.
    #[error("{name}: neither an RPM nor a Debian package nor a cpio archive by its first bytes")]
    NotAPackage {
        /// The file.
        name: String,
    },
    /// Damaged, cut, or of a kind that is not read.
    #[error("{name}: {what}; modules before that were read")]
    Damaged {
        /// The file.
        name: String,
        /// What was found, and what was expected.
        what: String,
    },
}

/// No package unpacks to more.
const LARGEST_PACKAGE: u64 = 16 << 30;
/// Memory that an xz or lzma decoder may take.
const XZ_MEMORY: u64 = 256 << 20;

/// What a package is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Rpm,
    Debian,
    Cpio,
}

const MAGICS: [(&[u8], Kind); 4] =
    [(b"\xed\xab\xee\xdb", Kind::Rpm), (b"!<arch>\n", Kind::Debian), (b"070701", Kind::Cpio), (b"070702", Kind::Cpio)];

/// Whether a file that begins with these bytes (8 are enough) is a package that [`for_each_module`] reads.
pub fn is_package(prefix: &[u8]) -> bool {
    MAGICS.iter().any(|(magic, _)| prefix.starts_with(magic))
}

/// Hands every kernel module of a package to `each`, in the order of the package, and says how many there were.
///
/// # Errors
/// Files that are no package, and packages that are damaged; what came before the damage was handed out.
pub fn for_each_module(
    name: &str,
    package: &mut dyn Read,
    each: &mut dyn FnMut(PackagedModule<'_>),
) -> Result<u64, PackageError> {
    let mut package = BufReader::new(package);
    let damaged = |error: io::Error| PackageError::Damaged { name: name.to_owned(), what: error.to_string() };
    let prefix = package.fill_buf().map_err(damaged)?;
    let kind = MAGICS.iter().find(|(magic, _)| prefix.starts_with(magic)).map(|&(_, kind)| kind);
    let mut count = 0u64;
    let mut counted = |path: &str, bytes: &[u8]| {
        count = count.saturating_add(1);
        each(PackagedModule { path, bytes });
    };
    match kind {
        Some(Kind::Rpm) => rpm(&mut package, &mut counted),
        Some(Kind::Debian) => debian(&mut package, &mut counted),
        Some(Kind::Cpio) => cpio::read(&mut package, &mut counted),
        None => return Err(PackageError::NotAPackage { name: name.to_owned() }),
    }
    .map_err(damaged)?;
    Ok(count)
}

/// Takes the path and the bytes of a module.
type Take<'t> = dyn FnMut(&str, &[u8]) + 't;

/// Lead, signature header (padded to eight bytes), header, payload.
fn rpm(package: &mut dyn BufRead, take: &mut Take) -> io::Result<()> {
    skip(package, 96)?;
    let signature = skip_rpm_header(package)?;
    skip(package, signature.next_multiple_of(8).saturating_sub(signature))?;
    skip_rpm_header(package)?;
    cpio::read(&mut unpacked(package)?, take)
}

/// Passes over one RPM header and says how long it was.
fn skip_rpm_header(package: &mut dyn BufRead) -> io::Result<u64> {
    let mut head = [0; 16];
    package.read_exact(&mut head)?;
    let [0x8e, 0xad, 0xe8, 1, _, _, _, _, a, b, c, d, e, f, g, h] = head else {
        return Err(io::Error::other("an RPM header with a wrong magic"));
    };
    let [entries, data] = [[a, b, c, d], [e, f, g, h]].map(|number| u64::from(u32::from_be_bytes(number)));
    let length = entries.saturating_mul(16).saturating_add(data);
    skip(package, length)?;
    Ok(length)
}

/// The member `data.tar` with any compression.
fn debian(package: &mut dyn BufRead, take: &mut Take) -> io::Result<()> {
    ar::read(package, &mut |name, member| {
        if !name.starts_with("data.tar") {
            return Ok(());
        }
        let mut member = BufReader::new(member);
        let mut archive = tar::Archive::new(unpacked(&mut member)?);
        for entry in archive.entries()? {
            let mut entry = entry?;
            let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
            if entry.header().entry_type().is_file() && is_module_path(&path) {
                let size = entry.size();
                let bytes = contents(&mut entry, size)?;
                take(without_root(&path), &bytes);
            }
        }
        Ok(())
    })
}

/// A payload without its compression, told by magic.
fn unpacked<'r>(payload: &'r mut dyn BufRead) -> io::Result<io::Take<Box<dyn Read + 'r>>> {
    let prefix = payload.fill_buf()?;
    let reader: Box<dyn Read + 'r> = match prefix {
        [0x1f, 0x8b, ..] => Box::new(flate2::bufread::MultiGzDecoder::new(payload)),
        [b'B', b'Z', b'h', ..] => Box::new(bzip2::bufread::MultiBzDecoder::new(payload)),
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Box::new(zstd::stream::read::Decoder::with_buffer(payload)?),
        // xz, or the older lzma, which begins with its properties.
        [0xfd, b'7', b'z', ..] | [0x5d, 0, 0, ..] => {
            let decoder = Stream::new_auto_decoder(XZ_MEMORY, 0)?;
            Box::new(xz2::bufread::XzDecoder::new_stream(payload, decoder))
        }
        _ => Box::new(payload),
    };
    Ok(reader.take(LARGEST_PACKAGE))
}

/// Whether a path in a package is that of a module.
fn is_module_path(path: &str) -> bool {
    let file = path.rsplit('/').next().unwrap_or(path);
    [".ko", ".ko.gz", ".ko.xz", ".ko.zst"].iter().any(|suffix| file.ends_with(suffix))
}

fn without_root(path: &str) -> &str {
    path.trim_start_matches("./").trim_start_matches('/')
}

/// Reads one member whole.
fn contents(member: &mut dyn Read, size: u64) -> io::Result<Vec<u8>> {
    if size > LARGEST_MODULE {
        return Err(io::Error::other(format!("a module of {size} bytes, which is too large")));
    }
    let mut bytes = Vec::new();
    let read = member.take(size).read_to_end(&mut bytes)?;
    if u64::try_from(read).unwrap_or(u64::MAX) == size { Ok(bytes) } else { Err(cut()) }
}

/// Passes over bytes that must be there.
fn skip(reader: &mut dyn Read, length: u64) -> io::Result<()> {
    if io::copy(&mut reader.take(length), &mut io::sink())? == length { Ok(()) } else { Err(cut()) }
}

fn cut() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the package is cut")
}

#[cfg(test)]
mod tests;
