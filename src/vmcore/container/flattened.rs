//! The flattened format: a dump written as a stream of (offset, size, data), as `makedumpfile -F` and QEMU's
//! `dump-guest-memory -z` do.
//!
//! ```text
//! 0     "makedumpfile\0\0\0\0", type = 1, version = 1 (big-endian 64 bit each), zeros up to 4096
//! 4096  offset, size (big-endian 64 bit each), then `size` bytes; again and again
//!       offset = size = -1 ends it
//! ```
//! A later record overwrites an earlier one (the headers are written twice). Source: makedumpfile.h
//! (`makedumpfile_header`, `makedumpfile_data_header`), QEMU dump/dump.c.

use std::collections::BTreeMap;
use std::io;

use super::source::Source;

/// First bytes of a flattened dump.
pub(crate) const MAGIC: &[u8] = b"makedumpfile\0\0\0\0";
/// Bytes before the first record.
const HEADER: u64 = 4096;
/// Most records that are followed (about 100 MB of index); makedumpfile and QEMU write records of a page and more.
const MAX_RECORDS: u64 = 2 << 20;

/// A run of bytes of the dump inside the flattened file.
#[derive(Clone, Copy)]
struct Piece {
    /// One past its last byte, as an offset of the dump.
    end: u64,
    /// Offset of its first byte in the flattened file.
    stored_at: u64,
}

/// A dump put in order: reads go to the record that wrote the byte last. Gaps read as zeros, as in a sparse file.
pub(crate) struct Flattened {
    inner: Box<dyn Source>,
    pieces: BTreeMap<u64, Piece>,
    length: u64,
}

impl Flattened {
    /// Walks the records. The second value says why the walk ended early, if it did.
    pub(crate) fn new(inner: Box<dyn Source>) -> (Self, Option<String>) {
        let mut flattened = Self { inner, pieces: BTreeMap::new(), length: 0 };
        let problem = flattened.index();
        (flattened, problem)
    }

    /// One pass over the record headers, data skipped.
    fn index(&mut self) -> Option<String> {
        let mut at = HEADER;
        for _ in 0..MAX_RECORDS {
            let mut header = [0; 16];
            if self.inner.read_exact_at(at, &mut header).is_err() {
                return Some(format!(
                    "the flattened dump ends at offset {at:#x} without its end mark: it is truncated"
                ));
            }
            let (offset, size) = (big_endian(&header, 0), big_endian(&header, 8));
            if (offset, size) == (-1, -1) {
                return None;
            }
            let (Ok(offset), Ok(size)) = (u64::try_from(offset), u64::try_from(size)) else {
                return Some(format!("record at {at:#x} of the flattened dump has offset {offset} and size {size}"));
            };
            let data = at + header.len() as u64;
            let present = size.min(self.inner.len().saturating_sub(data));
            self.overwrite(offset, present, data);
            if present < size {
                return Some(format!(
                    "record at {at:#x} of the flattened dump is cut short: {present} of {size} bytes"
                ));
            }
            at = data + size;
        }
        Some(format!("the flattened dump has more than {MAX_RECORDS} records: put it in order with makedumpfile -R"))
    }

    /// Lays a record over what was there.
    fn overwrite(&mut self, start: u64, size: u64, stored_at: u64) {
        let end = start.saturating_add(size);
        if size == 0 {
            return;
        }
        let mut cut = Vec::new();
        for (&s, &piece) in self.pieces.range(..end).rev() {
            if piece.end <= start {
                break;
            }
            cut.push((s, piece));
        }
        for (s, piece) in cut {
            self.pieces.remove(&s);
            if s < start {
                self.pieces.insert(s, Piece { end: start, ..piece });
            }
            if piece.end > end {
                self.pieces.insert(end, Piece { end: piece.end, stored_at: piece.stored_at + (end - s) });
            }
        }
        self.pieces.insert(start, Piece { end, stored_at });
        self.length = self.length.max(end);
    }
}

/// A signed big-endian field of a record header.
fn big_endian(header: &[u8; 16], at: usize) -> i64 {
    header.get(at..).and_then(|h| h.first_chunk()).map_or(-1, |raw| i64::from_be_bytes(*raw))
}

impl Source for Flattened {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(offset);
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let Some(buffer) = buffer.get_mut(..wanted) else { return Ok(0) };
        buffer.fill(0);
        let end = offset + wanted as u64;
        for (&start, piece) in self.pieces.range(..end).rev() {
            if piece.end <= offset {
                break;
            }
            let (from, to) = (start.max(offset), piece.end.min(end));
            if let Some(part) = buffer.get_mut((from - offset) as usize..(to - offset) as usize) {
                self.inner.read_exact_at(piece.stored_at + (from - start), part)?;
            }
        }
        Ok(wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::super::spool::{Spool, SpoolLimits};
    use super::*;

    fn flat(records: &[(i64, i64, &[u8])]) -> Box<dyn Source> {
        let mut bytes = MAGIC.to_vec();
        bytes.resize(HEADER as usize, 0);
        for (offset, size, data) in records {
            bytes.extend(offset.to_be_bytes());
            bytes.extend(size.to_be_bytes());
            bytes.extend(*data);
        }
        let limits = SpoolLimits { kept: 1 << 20, unpacked: 1 << 20 };
        Box::new(Spool::fill(bytes.as_slice(), limits, &|_| ()).unwrap().0)
    }

    #[test]
    fn records_are_put_in_order_and_later_ones_win() {
        let (dump, problem) =
            Flattened::new(flat(&[(4, 4, b"wxyz"), (0, 6, b"abcdef"), (10, 2, b"!!"), (5, 1, b"F"), (-1, -1, b"")]));
        assert_eq!(problem, None);
        assert_eq!(dump.read_vec(0, 100).unwrap(), b"abcdeFyz\0\0!!");
        assert_eq!(dump.read_vec(4, 3).unwrap(), b"eFy");
        assert_eq!(dump.len(), 12);
    }

    #[test]
    fn a_cut_stream_keeps_its_records_and_says_so() {
        let (dump, problem) = Flattened::new(flat(&[(0, 3, b"abc"), (3, 100, b"def")]));
        assert!(problem.unwrap().contains("cut short"));
        assert_eq!(dump.read_vec(0, 10).unwrap(), b"abcdef");
        let (_, problem) = Flattened::new(flat(&[(0, 3, b"abc")]));
        assert!(problem.unwrap().contains("truncated"));
    }

    #[test]
    fn lying_record_headers_end_the_walk() {
        let (dump, problem) = Flattened::new(flat(&[(-5, 3, b"abc")]));
        assert!(problem.unwrap().contains("offset -5"));
        assert_eq!(dump.len(), 0);
        let (_, problem) = Flattened::new(flat(&[(i64::MAX, i64::MAX, b"abc")]));
        assert!(problem.unwrap().contains("cut short"));
    }
}
