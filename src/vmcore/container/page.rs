//! One page of a kdump-compressed dump: its descriptor, and its bytes unpacked.

use super::super::bytes::Endian;
use super::source::Source;

/// A `page_desc`: where the bytes of a page are, and how they are packed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Descriptor {
    /// Offset in the dump.
    offset: u64,
    /// Bytes there.
    size: u32,
    /// `DUMP_DH_COMPRESSED_*`; none for a page stored as it was.
    flags: u32,
}

impl Descriptor {
    /// Reads the 24 bytes on disk; what is beyond their end is zero.
    pub(crate) fn parse(raw: &[u8; 24], endian: Endian) -> Self {
        Self {
            offset: endian.u64(raw, 0).unwrap_or(0),
            size: endian.u32(raw, 8).unwrap_or(0),
            flags: endian.u32(raw, 12).unwrap_or(0),
        }
    }
}

/// How one packing is undone into a page of known size. The result is the number of bytes that came out.
type Unpack = fn(&[u8], &mut [u8]) -> Result<usize, String>;

/// Packings by the flag of the descriptor. Source: `DUMP_DH_COMPRESSED_*` in makedumpfile's diskdump_mod.h.
const PACKINGS: [(u32, &str, Unpack); 4] =
    [(0x1, "zlib", zlib), (0x2, "lzo", lzo), (0x4, "snappy", snappy), (0x20, "zstd", zstd)];

/// Reads one page. The reason of a failure says what was expected and found.
pub(crate) fn read(source: &dyn Source, descriptor: Descriptor, page: &mut [u8]) -> Result<(), String> {
    let Descriptor { offset, size, flags } = descriptor;
    let size = size as usize;
    if offset == 0 || size == 0 {
        return Err("its descriptor is empty: the dump was not written to its end".to_owned());
    }
    // A page that does not shrink is stored as it is, so nothing is larger than a page by more than a few bytes.
    if size > page.len().saturating_mul(2) {
        return Err(format!("its descriptor claims {size} bytes for a page of {}", page.len()));
    }
    let packing = PACKINGS.iter().find(|(bit, ..)| flags & bit != 0);
    let Some((_, name, unpack)) = packing else {
        let target = page.get_mut(..size).ok_or_else(|| format!("{size} bytes are stored for it"))?;
        return source.read_exact_at(offset, target).map_err(|e| e.to_string());
    };
    let mut packed = vec![0; size];
    source.read_exact_at(offset, &mut packed).map_err(|e| e.to_string())?;
    match unpack(&packed, page) {
        Ok(n) if n == page.len() => Ok(()),
        Ok(n) => Err(format!("its {name} data at offset {offset:#x} unpacks to {n} bytes, not {}", page.len())),
        Err(reason) => Err(format!("its {name} data at offset {offset:#x} does not unpack: {reason}")),
    }
}

fn zlib(packed: &[u8], page: &mut [u8]) -> Result<usize, String> {
    let mut state = flate2::Decompress::new(true);
    match state.decompress(packed, page, flate2::FlushDecompress::Finish) {
        Ok(flate2::Status::StreamEnd) => Ok(usize::try_from(state.total_out()).unwrap_or(usize::MAX)),
        Ok(_) => Err("the stream has no end".to_owned()),
        Err(error) => Err(error.to_string()),
    }
}

fn lzo(packed: &[u8], page: &mut [u8]) -> Result<usize, String> {
    lzokay::decompress::decompress(packed, page).map_err(|e| e.to_string())
}

fn snappy(packed: &[u8], page: &mut [u8]) -> Result<usize, String> {
    snap::raw::Decoder::new().decompress(packed, page).map_err(|e| e.to_string())
}

fn zstd(packed: &[u8], page: &mut [u8]) -> Result<usize, String> {
    zstd::bulk::decompress_to_buffer(packed, page).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::super::spool::{Spool, SpoolLimits};
    use super::*;

    const PAGE: usize = 4096;

    fn text_page() -> Vec<u8> {
        b"a page of a kernel, over and over. ".iter().copied().cycle().take(PAGE).collect()
    }

    fn packed_with(flag: u32, packed: &[u8]) -> (Spool, Descriptor) {
        let bytes = [&[0; 16], packed].concat();
        let limits = SpoolLimits { kept: 1 << 20, unpacked: 1 << 20 };
        let descriptor = Descriptor { offset: 16, size: packed.len() as u32, flags: flag };
        (Spool::fill(bytes.as_slice(), limits, &|_| ()).unwrap().0, descriptor)
    }

    fn pack_zlib(page: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(page).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn every_packing_gives_the_page_back_and_says_when_it_is_damaged() {
        let page = text_page();
        let rows: [(u32, &str, Vec<u8>); 4] = [
            (0, "stored", page.clone()),
            (0x1, "zlib", pack_zlib(&page)),
            (0x4, "snappy", snap::raw::Encoder::new().compress_vec(&page).unwrap()),
            (0x20, "zstd", zstd::bulk::compress(&page, 1).unwrap()),
        ];
        for (flag, name, packed) in rows {
            let (source, descriptor) = packed_with(flag, &packed);
            let mut out = vec![0xff; PAGE];
            read(&source, descriptor, &mut out).unwrap_or_else(|e| panic!("{name}: {e}"));
            assert_eq!(out, page, "{name}");
            let (source, descriptor) = packed_with(flag, &packed[..packed.len() - 9]);
            if flag != 0 {
                let reason = read(&source, descriptor, &mut out).expect_err(name);
                assert!(reason.contains(name), "{name}: {reason}");
            }
        }
    }

    #[test]
    fn lying_descriptors_are_refused() {
        let (source, good) = packed_with(0x1, &pack_zlib(&text_page()));
        let rows = [
            ("empty", Descriptor::default()),
            ("huge", Descriptor { size: u32::MAX, ..good }),
            ("beyond the end", Descriptor { offset: 1 << 50, ..good }),
            ("offset near the top", Descriptor { offset: u64::MAX, ..good }),
            ("other packing", Descriptor { flags: 0x20, ..good }),
            ("lzo", Descriptor { flags: 0x2, ..good }),
        ];
        for (name, descriptor) in rows {
            assert!(read(&source, descriptor, &mut vec![0; PAGE]).is_err(), "{name}");
        }
    }

    #[test]
    fn a_page_that_unpacks_to_another_size_is_damaged() {
        let (source, descriptor) = packed_with(0x1, &pack_zlib(&text_page()[..100]));
        assert!(read(&source, descriptor, &mut vec![0; PAGE]).unwrap_err().contains("100 bytes"));
        let (source, descriptor) = packed_with(0x1, &pack_zlib(&[7; PAGE * 50]));
        assert!(read(&source, descriptor, &mut vec![0; PAGE]).is_err());
    }
}
