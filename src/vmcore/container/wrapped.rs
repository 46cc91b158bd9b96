//! Dumps packed as a whole by gzip, bzip2, xz or zstd.

use std::io::{self, BufReader, Read};

/// Most memory that the xz decoder may take (xz -9 needs 65 MiB).
const XZ_MEMORY: u64 = 256 << 20;
/// Largest window of a zstd frame, as a power of two: 128 MiB, as the zstd tool accepts by default.
const ZSTD_WINDOW_LOG: u32 = 27;

/// What a dump is packed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wrapping {
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

/// Wrappings by their first bytes, with the name that a person knows.
const WRAPPINGS: [(&[u8], Wrapping, &str); 4] = [
    (&[0x1f, 0x8b], Wrapping::Gzip, "gzip"),
    (b"BZh", Wrapping::Bzip2, "bzip2"),
    (b"\xfd7zXZ\0", Wrapping::Xz, "xz"),
    (&[0x28, 0xb5, 0x2f, 0xfd], Wrapping::Zstd, "zstd"),
];

/// The wrapping that bytes start with.
pub(crate) fn detect(prefix: &[u8]) -> Option<(Wrapping, &'static str)> {
    WRAPPINGS.iter().find(|(magic, ..)| prefix.starts_with(magic)).map(|&(_, wrapping, name)| (wrapping, name))
}

/// The first bytes of a packed stream, unpacked; none where it is not packed.
pub(crate) fn prefix_of_packed(reader: impl Read) -> Option<Vec<u8>> {
    let (_, stream) = unwrap(reader).ok().filter(|(layer, _)| layer.is_some())?;
    let mut prefix = Vec::new();
    // What came before an error is enough to go by.
    let _ = stream.take(64).read_to_end(&mut prefix);
    Some(prefix)
}

/// The unpacked stream, and the name of its wrapping; a stream that is not wrapped comes back as it is.
pub(crate) fn unwrap<'r>(mut reader: impl Read + 'r) -> Result<(Option<&'static str>, Box<dyn Read + 'r>), String> {
    let mut prefix = Vec::new();
    reader.by_ref().take(16).read_to_end(&mut prefix).map_err(|e| e.to_string())?;
    let found = detect(&prefix);
    let stream = BufReader::with_capacity(1 << 17, io::Cursor::new(prefix).chain(reader));
    let unpacked: Box<dyn Read + 'r> = match found.map(|(wrapping, _)| wrapping) {
        None => Box::new(stream),
        Some(Wrapping::Gzip) => Box::new(flate2::bufread::MultiGzDecoder::new(stream)),
        Some(Wrapping::Bzip2) => Box::new(bzip2::bufread::MultiBzDecoder::new(stream)),
        Some(Wrapping::Xz) => {
            let decoder = xz2::stream::Stream::new_stream_decoder(XZ_MEMORY, xz2::stream::CONCATENATED);
            Box::new(xz2::bufread::XzDecoder::new_stream(stream, decoder.map_err(|e| e.to_string())?))
        }
        Some(Wrapping::Zstd) => {
            let mut decoder = zstd::Decoder::with_buffer(stream).map_err(|e| e.to_string())?;
            decoder.window_log_max(ZSTD_WINDOW_LOG).map_err(|e| e.to_string())?;
            Box::new(decoder)
        }
    };
    Ok((found.map(|(_, name)| name), unpacked))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn every_wrapping_is_undone_and_named() {
        let text = b"KDUMP   and so on".repeat(100);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(&text).unwrap();
        let mut bzip = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
        bzip.write_all(&text).unwrap();
        let mut xz = xz2::write::XzEncoder::new(Vec::new(), 1);
        xz.write_all(&text).unwrap();
        let rows = [
            (None, text.clone()),
            (Some("gzip"), gzip.finish().unwrap()),
            (Some("bzip2"), bzip.finish().unwrap()),
            (Some("xz"), xz.finish().unwrap()),
            (Some("zstd"), zstd::encode_all(text.as_slice(), 1).unwrap()),
        ];
        for (name, packed) in rows {
            let (layer, mut stream) = unwrap(packed.as_slice()).unwrap();
            let mut unpacked = Vec::new();
            stream.read_to_end(&mut unpacked).unwrap();
            assert_eq!(layer, name);
            assert_eq!(unpacked, text, "{name:?}");
            assert_eq!(prefix_of_packed(packed.as_slice()).as_deref(), name.and(text.get(..64)), "{name:?}");
        }
    }
}
