//! Logs of kernels 5.10 and later: a ring of descriptors, one of their attributes, and one of texts.
//!
//! ```text
//! printk_ringbuffer ─ desc_ring ─ descs: state_var, text_blk_lpos {begin, next}
//!                   │           └ infos: seq, ts_nsec, text_len u16, facility u8, flags:5 level:3, caller_id u32
//!                   └ text_data_ring ─ data: id u64, text; again and again
//! ```
//! A descriptor's id is its place plus a multiple of the ring's size; the two top bits of `state_var` say whether it is
//! finished. Source: kernel/printk/printk_ringbuffer.{h,c}, Documentation/admin-guide/kdump/vmcoreinfo.rst.

use std::cell::Cell;

use super::super::bytes::{Endian, to_usize};
use super::super::error::{MemoryError, VmcoreError};
use super::super::memory::KernelMemory;
use super::super::vmcoreinfo::Vmcoreinfo;
use super::{Caller, KernelLog, LogRecord, PART, needed, unreadable};

/// The two top bits of `state_var`: committed and finalized descriptors have text.
const STATE_SHIFT: u32 = 62;
const ID_MASK: u64 = (1 << STATE_SHIFT) - 1;
const COMMITTED: u64 = 1;
const FINALIZED: u64 = 2;
/// Most descriptors; the kernel has one for every 32 bytes of text.
const MAX_COUNT_BITS: u32 = 23;
/// Largest descriptor or attribute that is believed; real ones have 24 and 88 bytes.
const MAX_STRUCTURE: usize = 4096;
/// Bytes of the id before each text.
const BLOCK_ID: usize = 8;

/// Reads kernel memory.
type Read<'m> = dyn Fn(u64, &mut [u8]) -> Result<(), MemoryError> + 'm;

/// Where the three rings are.
struct Rings<'m> {
    endian: Endian,
    read: &'m Read<'m>,
    descriptors: u64,
    attributes: u64,
    texts: u64,
    /// Places of the first two, and bytes of the last.
    count: u64,
    text_size: u64,
    layout: Layout,
    /// Records that stand in memory which could not be read.
    lost: Cell<u64>,
}

/// Sizes and offsets of the structures, in bytes.
struct Layout {
    descriptor: usize,
    state: usize,
    begin: usize,
    next: usize,
    attribute: usize,
    ts_nsec: usize,
    text_len: usize,
    caller_id: Option<usize>,
}

impl Layout {
    fn of(info: &Vmcoreinfo) -> Result<Self, VmcoreError> {
        let offset = |name: &str| needed(info.offset(name), &format!("OFFSET({name})")).map(to_usize);
        let size = |name: &str| needed(info.size(name), &format!("SIZE({name})")).map(to_usize);
        let position = offset("prb_desc.text_blk_lpos")?;
        Ok(Self {
            descriptor: size("prb_desc")?.min(MAX_STRUCTURE),
            state: offset("prb_desc.state_var")?,
            begin: position.saturating_add(offset("prb_data_blk_lpos.begin")?),
            next: position.saturating_add(offset("prb_data_blk_lpos.next")?),
            attribute: size("printk_info")?.min(MAX_STRUCTURE),
            ts_nsec: offset("printk_info.ts_nsec")?,
            text_len: offset("printk_info.text_len")?,
            caller_id: info.offset("printk_info.caller_id").map(to_usize),
        })
    }
}

/// Reads the log.
pub(super) fn read(memory: &KernelMemory, info: &Vmcoreinfo) -> Result<KernelLog, VmcoreError> {
    let mut log = KernelLog::of("printk ring buffer");
    let offset = |name: &str| needed(info.offset(name), &format!("OFFSET({name})"));
    let layout = Layout::of(info)?;
    let u64_at = |at: u64| memory.u64(at).map_err(unreadable);
    let ringbuffer = u64_at(needed(info.symbol("prb"), "SYMBOL(prb)")?)?;
    let ring = ringbuffer.wrapping_add(offset("printk_ringbuffer.desc_ring")?);
    let field = |name: &str| Ok::<u64, VmcoreError>(ring.wrapping_add(offset(name)?));
    let count_bits = memory.u32(field("prb_desc_ring.count_bits")?).map_err(unreadable)?;
    if count_bits > MAX_COUNT_BITS {
        return Err(VmcoreError::part(PART, format!("the ring claims 2^{count_bits} descriptors")));
    }
    let text_ring = ringbuffer.wrapping_add(offset("printk_ringbuffer.text_data_ring")?);
    let size_bits = memory.u32(text_ring.wrapping_add(offset("prb_data_ring.size_bits")?)).map_err(unreadable)?;
    let rings = Rings {
        endian: memory.endian(),
        read: &|at, buffer| memory.read(at, buffer),
        descriptors: u64_at(field("prb_desc_ring.descs")?)?,
        attributes: u64_at(field("prb_desc_ring.infos")?)?,
        texts: u64_at(text_ring.wrapping_add(offset("prb_data_ring.data")?))?,
        count: 1 << count_bits,
        text_size: 1_u64.checked_shl(size_bits).unwrap_or(u64::MAX),
        layout,
        lost: Cell::new(0),
    };
    let head = u64_at(field("prb_desc_ring.head_id")?)? & ID_MASK;
    let tail = u64_at(field("prb_desc_ring.tail_id")?)? & ID_MASK;
    rings.walk(tail, head, &mut log);
    Ok(log)
}

impl Rings<'_> {
    /// All finished records from the oldest id to the newest.
    fn walk(&self, tail: u64, head: u64, log: &mut KernelLog) {
        // A damaged id must not make this more than one turn.
        let span = head.wrapping_sub(tail) & ID_MASK;
        if span >= self.count {
            log.problems
                .push(format!("the log's ids run from {tail:#x} to {head:#x}, more than its {} places", self.count));
        }
        let mut text = Vec::new();
        for step in 0..=span.min(self.count - 1) {
            let id = tail.wrapping_add(step) & ID_MASK;
            if let Some(record) = self.record(id, &mut text)
                && !log.push(record)
            {
                break;
            }
        }
        if self.lost.get() > 0 {
            let lost = self.lost.get();
            log.problems.push(format!("{lost} records of the log are missing: their memory could not be read"));
        }
    }

    /// Element `place` of an array.
    fn element(&self, array: u64, size: usize, place: u64) -> Option<Vec<u8>> {
        let mut bytes = vec![0; size];
        match (self.read)(array.wrapping_add(place.wrapping_mul(size as u64)), &mut bytes) {
            Ok(()) => Some(bytes),
            Err(_) => {
                self.lost.set(self.lost.get() + 1);
                None
            }
        }
    }

    /// The record with an id, if it is finished and its text is whole.
    fn record<'t>(&self, id: u64, text: &'t mut Vec<u8>) -> Option<LogRecord<'t>> {
        let (place, layout) = (id % self.count, &self.layout);
        let descriptor = self.element(self.descriptors, layout.descriptor, place)?;
        let state = self.endian.u64(&descriptor, layout.state)?;
        if state & ID_MASK != id || !matches!(state >> STATE_SHIFT, COMMITTED | FINALIZED) {
            return None;
        }
        let attribute = self.element(self.attributes, layout.attribute, place)?;
        let begin = self.endian.u64(&descriptor, layout.begin)?;
        let next = self.endian.u64(&descriptor, layout.next)?;
        let length = usize::from(self.endian.u16(&attribute, layout.text_len)?);
        let flags = attribute.get(layout.text_len.checked_add(3)?).copied();
        Some(LogRecord {
            timestamp_ns: self.endian.u64(&attribute, layout.ts_nsec),
            caller: layout.caller_id.and_then(|at| self.endian.u32(&attribute, at)).map(Caller::from_id),
            level: flags.map(|byte| if self.endian == Endian::Little { byte >> 5 } else { byte & 7 }),
            facility: attribute.get(layout.text_len.checked_add(2)?).copied(),
            text: self.text(id, (begin, next), length, text)?,
        })
    }

    /// The text between two logical positions. Odd positions mean that there is none; a text that would go over the
    /// end of the ring stands at its start. Before the text is its id: another one there means that the text is lost.
    fn text<'t>(&self, id: u64, (begin, next): (u64, u64), length: usize, text: &'t mut Vec<u8>) -> Option<&'t [u8]> {
        if begin & 1 == 1 {
            // 1 marks a record that failed, 3 one without text, which is an empty line.
            return (begin == 3 && next == 3).then_some(&[]);
        }
        let size = self.text_size;
        let wrapped = begin.checked_div(size)? != next.checked_div(size)? && !next.is_multiple_of(size);
        let start = if wrapped { 0 } else { begin % size };
        let end = match next % size {
            0 => size,
            within => within,
        };
        let room = to_usize(end.checked_sub(start)?).checked_sub(BLOCK_ID)?;
        let at = self.texts.wrapping_add(start);
        let block_id = self.element(at, BLOCK_ID, 0)?;
        if self.endian.u64(&block_id, 0)? & ID_MASK != id {
            return None;
        }
        *text = self.element(at.wrapping_add(BLOCK_ID as u64), length.min(room), 0)?;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout {
        descriptor: 24,
        state: 0,
        begin: 8,
        next: 16,
        attribute: 24,
        ts_nsec: 8,
        text_len: 16,
        caller_id: Some(20),
    };

    struct Row<'a> {
        id: u64,
        state: u64,
        begin: u64,
        next: u64,
        text_len: u16,
        text: &'a [u8],
        at: usize,
    }

    /// Memory with the rings one after the other.
    struct Made {
        bytes: Vec<u8>,
        count: u64,
    }

    /// Bytes of the ring of texts.
    const TEXTS: usize = 64;

    fn rings(count: u64, rows: &[Row]) -> Made {
        let texts = 48 * count as usize;
        let mut bytes = vec![0; texts + TEXTS];
        let mut put = |at: usize, part: &[u8]| bytes[at..at + part.len()].copy_from_slice(part);
        for row in rows {
            let at = 24 * (row.id % count) as usize;
            for (field, value) in [(0, row.state << 62 | row.id), (8, row.begin), (16, row.next)] {
                put(at + field, &value.to_le_bytes());
            }
            let attribute = 24 * count as usize + at;
            put(attribute + 8, &(row.id * 1000).to_le_bytes());
            put(attribute + 16, &row.text_len.to_le_bytes());
            put(attribute + 19, &[4 << 5]);
            if !row.text.is_empty() {
                put(texts + row.at, &row.id.to_le_bytes());
                put(texts + row.at + 8, row.text);
            }
        }
        Made { bytes, count }
    }

    impl Made {
        fn log(&self, tail: u64, head: u64) -> KernelLog {
            let read = |at: u64, buffer: &mut [u8]| {
                let part = self.bytes.get(at as usize..).and_then(|rest| rest.get(..buffer.len()));
                buffer.copy_from_slice(part.ok_or(MemoryError::Unmapped(at))?);
                Ok(())
            };
            let rings = Rings {
                endian: Endian::Little,
                read: &read,
                descriptors: 0,
                attributes: 24 * self.count,
                texts: 48 * self.count,
                count: self.count,
                text_size: TEXTS as u64,
                layout: LAYOUT,
                lost: Cell::new(0),
            };
            let mut log = KernelLog::default();
            rings.walk(tail, head, &mut log);
            log
        }
    }

    fn texts(rings: &Made, tail: u64, head: u64) -> Vec<String> {
        rings.log(tail, head).records().map(|r| String::from_utf8_lossy(r.text).into_owned()).collect()
    }

    #[test]
    fn finished_records_are_read_in_order_of_their_ids() {
        let rows = [
            Row { id: 6, state: FINALIZED, begin: 0, next: 16, text_len: 5, text: b"first", at: 0 },
            Row { id: 7, state: COMMITTED, begin: 16, next: 32, text_len: 6, text: b"second", at: 16 },
            Row { id: 8, state: 0, begin: 32, next: 48, text_len: 8, text: b"reserved", at: 32 },
            Row { id: 9, state: FINALIZED, begin: 3, next: 3, text_len: 0, text: b"", at: 0 },
        ];
        assert_eq!(texts(&rings(4, &rows), 6, 9), ["first", "second", ""]);
    }

    #[test]
    fn a_text_that_wraps_stands_at_the_start_of_the_ring() {
        let rows = [
            Row { id: 4, state: FINALIZED, begin: 48, next: 64 + 24, text_len: 7, text: b"wrapped", at: 0 },
            Row { id: 1, state: FINALIZED, begin: 40, next: 64, text_len: 4, text: b"last", at: 40 },
        ];
        assert_eq!(texts(&rings(4, &rows), 1, 4), ["last", "wrapped"]);
    }

    #[test]
    fn a_text_in_lost_memory_is_left_out_and_counted() {
        let rows = [
            Row { id: 1, state: FINALIZED, begin: 0, next: 16, text_len: 4, text: b"here", at: 0 },
            Row { id: 2, state: FINALIZED, begin: 16, next: 32, text_len: 4, text: b"lost", at: 16 },
        ];
        let mut made = rings(4, &rows);
        made.bytes.truncate(4 * 48 + 20);
        let log = made.log(1, 2);
        assert_eq!(log.records().map(|r| r.text).collect::<Vec<_>>(), [b"here"]);
        assert!(log.problems[0].starts_with("1 records"), "{:?}", log.problems);
    }

    #[test]
    fn lying_lengths_are_cut_and_lying_positions_left_out() {
        let rows = [
            Row { id: 0, state: FINALIZED, begin: 0, next: 16, text_len: 9999, text: b"eight by", at: 0 },
            Row { id: 1, state: FINALIZED, begin: 48, next: 16, text_len: 4, text: b"", at: 0 },
            Row { id: 2, state: FINALIZED, begin: u64::MAX - 1, next: 2, text_len: 4, text: b"", at: 0 },
        ];
        assert_eq!(texts(&rings(4, &rows), 0, 2), ["eight by"]);
        assert!(rings(4, &rows).log(0, 1 << 60).problems[0].contains("more than its 4 places"));
    }
}
