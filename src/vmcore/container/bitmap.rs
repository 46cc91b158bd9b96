//! Which frames are in a kdump-compressed dump, and at which place their descriptors stand.
//!
//! A descriptor's place is the number of set bits before the frame's own. The bits are counted chunk by chunk, as far
//! as a frame needs and once: 1 TiB of memory has 32 MiB of bits. Bits are numbered from the low end of each byte on
//! every architecture.

use std::cell::RefCell;
use std::io;

use super::source::Source;

/// Bytes of bitmap that are counted at once.
const CHUNK: u64 = 4096;
/// Frames of one chunk.
const FRAMES: u64 = CHUNK * 8;
/// Bitmaps above this are not counted (32 TiB of memory in pages of 4 KiB): a lying header must not cost minutes.
const MAX_BYTES: u64 = 1 << 30;

/// The bitmap of dumped pages, read on demand.
pub(crate) struct PageBitmap {
    /// Offset of its first byte in the dump.
    at: u64,
    /// First frame that has a descriptor in this file (not 0 in later files of a split set).
    first: u64,
    /// One past the last frame.
    end: u64,
    state: RefCell<Counted>,
}

/// What is known so far.
#[derive(Default)]
struct Counted {
    /// Set bits before chunk `i`, counted from the first frame's chunk.
    before: Vec<u64>,
    /// The chunk read last.
    chunk: Vec<u8>,
    /// Its number.
    chunk_number: Option<u64>,
    /// The first chunk that could not be read: what is not there once will not be there again.
    lost: Option<u64>,
}

impl PageBitmap {
    /// A bitmap of `size` bytes at offset `at`.
    pub(crate) fn new(at: u64, size: u64, first: u64, max_pfn: u64) -> Self {
        let end = size.min(MAX_BYTES).saturating_mul(8).min(max_pfn);
        Self { at, first, end, state: RefCell::default() }
    }

    /// The place of a frame's descriptor; `None` where the frame is not in the dump.
    pub(crate) fn rank(&self, source: &dyn Source, pfn: u64) -> io::Result<Option<u64>> {
        if !(self.first..self.end).contains(&pfn) {
            return Ok(None);
        }
        let mut state = self.state.borrow_mut();
        let wanted = pfn / FRAMES - self.first / FRAMES;
        while state.before.len() as u64 <= wanted {
            self.count_one_more(source, &mut state)?;
        }
        self.load(source, &mut state, pfn / FRAMES)?;
        let within = pfn % FRAMES;
        if !bit(&state.chunk, within) {
            return Ok(None);
        }
        let before = usize::try_from(wanted).ok().and_then(|i| state.before.get(i)).copied().unwrap_or(0);
        Ok(Some(before + self.ones(&state.chunk, pfn / FRAMES, within)))
    }

    /// The first frame at or after `pfn` whose bit is set.
    pub(crate) fn next(&self, source: &dyn Source, pfn: u64) -> Option<u64> {
        let mut state = self.state.borrow_mut();
        let mut pfn = pfn.max(self.first);
        while pfn < self.end {
            self.load(source, &mut state, pfn / FRAMES).ok()?;
            let chunk_end = (pfn / FRAMES + 1) * FRAMES;
            if let Some(found) = (pfn..chunk_end.min(self.end)).find(|f| bit(&state.chunk, f % FRAMES)) {
                return Some(found);
            }
            pfn = chunk_end;
        }
        None
    }

    /// Appends the count before the next chunk.
    fn count_one_more(&self, source: &dyn Source, state: &mut Counted) -> io::Result<()> {
        let next = match state.before.last() {
            None => 0,
            Some(&before) => {
                let number = self.first / FRAMES + state.before.len() as u64 - 1;
                self.load(source, state, number)?;
                before + self.ones(&state.chunk, number, FRAMES)
            }
        };
        state.before.push(next);
        Ok(())
    }

    /// Set bits of a chunk below `within`, from the first frame on.
    fn ones(&self, chunk: &[u8], number: u64, within: u64) -> u64 {
        let from = self.first.saturating_sub(number * FRAMES).min(within);
        let (first_byte, last_byte) = ((from / 8) as usize, (within / 8) as usize);
        let whole = |bytes: &[u8]| bytes.iter().map(|b| u64::from(b.count_ones())).sum::<u64>();
        let below = |index: usize, bits: u64| {
            chunk.get(index).map_or(0, |&byte| u64::from((u32::from(byte) & ((1 << bits) - 1)).count_ones()))
        };
        let up_to = whole(chunk.get(..last_byte).unwrap_or(chunk)) + below(last_byte, within % 8);
        let skipped = whole(chunk.get(..first_byte).unwrap_or(chunk)) + below(first_byte, from % 8);
        up_to - skipped.min(up_to)
    }

    /// Reads a chunk; a bitmap that is cut short fails.
    fn load(&self, source: &dyn Source, state: &mut Counted, number: u64) -> io::Result<()> {
        if state.chunk_number == Some(number) {
            return Ok(());
        }
        let bytes = self.end.saturating_sub(number * FRAMES).div_ceil(8).min(CHUNK);
        if state.lost.is_some_and(|lost| number >= lost) {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is cut short, the dump is truncated"));
        }
        state.chunk_number = None;
        state.chunk = vec![0; bytes as usize];
        let read = source.read_exact_at(self.at.saturating_add(number * CHUNK), &mut state.chunk);
        match &read {
            Ok(()) => state.chunk_number = Some(number),
            Err(_) => state.lost = Some(number),
        }
        read
    }
}

/// Bit `index` of a chunk.
fn bit(chunk: &[u8], index: u64) -> bool {
    chunk.get((index / 8) as usize).is_some_and(|byte| byte >> (index % 8) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::super::spool::{Spool, SpoolLimits};
    use super::*;

    fn source(bitmap: &[u8]) -> Spool {
        let bytes = [&[0xff; 10], bitmap].concat();
        Spool::fill(bytes.as_slice(), SpoolLimits { kept: 1 << 20, unpacked: 1 << 20 }, &|_| ()).unwrap().0
    }

    fn by_hand(bitmap: &[u8], first: u64, pfn: u64) -> Option<u64> {
        bit(bitmap, pfn).then(|| (first..pfn).filter(|&f| bit(bitmap, f)).count() as u64)
    }

    #[test]
    fn places_are_the_set_bits_before_a_frame() {
        let bitmap: Vec<u8> = (0..3 * CHUNK).map(|i| (i * 37 % 251) as u8).collect();
        let source = source(&bitmap);
        for first in [0, 5, FRAMES - 3, FRAMES + 11] {
            let map = PageBitmap::new(10, bitmap.len() as u64, first, u64::MAX);
            for pfn in [0, 5, 6, 77, FRAMES - 1, FRAMES, FRAMES + 13, 2 * FRAMES + 70, 3 * FRAMES - 1] {
                let expected = if pfn < first { None } else { by_hand(&bitmap, first, pfn) };
                assert_eq!(map.rank(&source, pfn).unwrap(), expected, "frame {pfn} from {first}");
            }
        }
    }

    #[test]
    fn frames_beyond_the_bitmap_are_not_in_the_dump() {
        let source = source(&[0xff; 4]);
        let map = PageBitmap::new(10, 4, 0, 20);
        assert_eq!(map.rank(&source, 19).unwrap(), Some(19));
        assert_eq!(map.rank(&source, 20).unwrap(), None);
        assert_eq!(map.next(&source, 18), Some(18));
        assert_eq!(map.next(&source, 20), None);
    }

    #[test]
    fn a_bitmap_that_is_cut_short_fails_where_it_is_cut() {
        let source = source(&[0xff; 4]);
        let map = PageBitmap::new(10, 1 << 20, 0, u64::MAX);
        assert!(map.rank(&source, 3).is_err());
        assert_eq!(map.next(&source, 3), None);
    }
}
