//! Module files as they lie on disk: a plain ELF object, or one compressed with gzip, xz or zstd.
//!
//! `lpfc.ko`, `lpfc.ko.xz`, `lpfc.ko.gz`, `lpfc.ko.zst` and the `lpfc.o` of 2.4 are told apart by their first bytes,
//! never by their suffix. A signature covers the file as it is before compression. A vendor's tree holds what it
//! holds: sizes after decompression are limited both in all and in proportion to the input.
//!
//! Source: gzip (RFC 1952), the .xz file format 1.2.1, Zstandard (RFC 8878), ELF (gABI 4.1).

use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;
use xz2::bufread::XzDecoder;
use xz2::stream::{CONCATENATED, Stream};

/// What a module file is wrapped in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Container {
    /// The ELF object itself.
    Elf,
    /// `.ko.gz`.
    Gzip,
    /// `.ko.xz`.
    Xz,
    /// `.ko.zst`.
    Zstd,
}

const MAGICS: [(&[u8], Container); 4] = [
    (b"\x7fELF", Container::Elf),
    (b"\x1f\x8b", Container::Gzip),
    (b"\xfd7zXZ\0", Container::Xz),
    (b"\x28\xb5\x2f\xfd", Container::Zstd),
];

/// No module is larger than this; the largest that a distribution ships with debug information is below 200 MiB.
pub(super) const LARGEST_MODULE: u64 = 512 << 20;
/// What a small file may grow to, whatever its ratio.
const SMALL_ALLOWANCE: u64 = 16 << 20;
/// How many bytes one compressed byte may become beyond that; modules compress by 3 to 10.
const LARGEST_RATIO: u64 = 64;
/// Memory that an xz decoder may take: the dictionary of `xz -9` is 64 MiB.
const XZ_MEMORY: u64 = 128 << 20;
/// Largest zstd window as a power of two, as `zstd -d` has it without `--long`.
const ZSTD_WINDOW_LOG: u32 = 27;

impl Container {
    /// Tells the container by the first bytes of a file.
    pub(super) fn of(prefix: &[u8]) -> Option<Self> {
        MAGICS.iter().find(|(magic, _)| prefix.starts_with(magic)).map(|&(_, container)| container)
    }

    /// Its name for messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Elf => "ELF",
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Zstd => "zstd",
        }
    }

    /// Unpacks a whole file.
    ///
    /// # Errors
    /// Damaged or cut streams, and streams that grow beyond the limits.
    pub(super) fn unpack(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let limit = length.saturating_mul(LARGEST_RATIO).saturating_add(SMALL_ALLOWANCE).min(LARGEST_MODULE);
        let mut image = Vec::new();
        self.reader(bytes)?.take(limit.saturating_add(1)).read_to_end(&mut image)?;
        if u64::try_from(image.len()).unwrap_or(u64::MAX) > limit {
            let message = format!("unpacks to more than {limit} bytes from {length}: too much for a module");
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
        }
        Ok(image)
    }

    /// Unpacks as much of the start of a file as fills `head`, and says how much that was; damage ends it early.
    pub(super) fn unpack_head(self, prefix: &[u8], head: &mut [u8]) -> usize {
        let Ok(mut reader) = self.reader(prefix) else { return 0 };
        let mut filled = 0;
        while let Some(room) = head.get_mut(filled..).filter(|room| !room.is_empty()) {
            match reader.read(room) {
                Ok(0) | Err(_) => break,
                Ok(n) => filled = filled.saturating_add(n),
            }
        }
        filled
    }

    fn reader<'a>(self, bytes: &'a [u8]) -> io::Result<Box<dyn Read + 'a>> {
        Ok(match self {
            Self::Elf => Box::new(bytes),
            Self::Gzip => Box::new(MultiGzDecoder::new(bytes)),
            Self::Xz => Box::new(XzDecoder::new_stream(bytes, Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED)?)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(bytes)?;
                decoder.window_log_max(ZSTD_WINDOW_LOG)?;
                Box::new(decoder)
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(container: Container, bytes: &[u8]) -> Vec<u8> {
        match container {
            Container::Elf => bytes.to_vec(),
            Container::Gzip => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Container::Xz => {
                let mut encoder = xz2::write::XzEncoder::new(Vec::new(), 1);
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Container::Zstd => zstd::encode_all(bytes, 1).unwrap(),
        }
    }

    #[test]
    fn every_container_is_told_by_magic_and_unpacks() {
        let object = b"\x7fELF and the rest of it".repeat(50);
        for (_, container) in MAGICS {
            let file = packed(container, &object);
            assert_eq!(Container::of(&file), Some(container));
            assert_eq!(container.unpack(&file).unwrap(), object, "{container:?}");
            let mut head = [0; 18];
            assert_eq!(container.unpack_head(&file, &mut head), 18, "{container:?}");
            assert_eq!(head, object[..18], "{container:?}");
        }
    }

    #[test]
    fn a_cut_stream_is_an_error_not_a_short_module() {
        for (_, container) in MAGICS.into_iter().skip(1) {
            let file = packed(container, &b"\x7fELF and the rest of it".repeat(500));
            container.unpack(&file[..file.len() - 9]).map(|image| image.len()).expect_err(container.name());
        }
    }

    #[test]
    fn a_bomb_is_refused_before_it_unfolds() {
        for (_, container) in MAGICS.into_iter().skip(1) {
            let file = packed(container, &vec![0; 64 << 20]);
            let error = container.unpack(&file).map(|image| image.len()).expect_err(container.name());
            assert_eq!(error.kind(), io::ErrorKind::FileTooLarge, "{container:?}: {error}");
        }
    }
}
