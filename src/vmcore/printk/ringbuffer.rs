//! Logs of kernels 5.10 and later: a ring of descriptors, one of their attributes, and one of texts.
//!
//! ```text
//! printk_ringbuffer ─ desc_ring ─ descs: state_var, text_blk_lpos {begin, next}
//!                   │           └ infos: seq, ts_nsec, text_len u16, facility u8, flags:5 level:3, caller_id u32
//!                   └ text_data_ring ─ data: id u64, text; again and again
//! ```
//! A descriptor's id is its place plus a multiple of the ring's size; the two top bits of `state_var` say whether it is
//! finished. Source: kernel/printk/printk_ringbuffer.{h,c}, Documentation/admin-guide/kdump/vmcoreinfo.rst.

use super::super::bytes::{Endian, to_usize};
use super::super::error::VmcoreError;
use super::super::memory::KernelMemory;
use super::super::vmcoreinfo::Vmcoreinfo;
use super::{Caller, KernelLog, LogRecord, MAX_BUFFER, PART, needed, unreadable};

/// The two top bits of `state_var`: committed and finalized descriptors have text.
const STATE_SHIFT: u32 = 62;
const ID_MASK: u64 = (1 << STATE_SHIFT) - 1;
const COMMITTED: u64 = 1;
const FINALIZED: u64 = 2;
/// Most descriptors: the kernel has one for every 32 bytes of text.
const MAX_COUNT_BITS: u32 = 21;
/// Bytes of the id before each text.
const BLOCK_ID: usize = 8;

/// The three rings, copied.
struct Rings {
    endian: Endian,
    descriptors: Vec<u8>,
    attributes: Vec<u8>,
    texts: Vec<u8>,
    count: u64,
    layout: Layout,
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
            descriptor: size("prb_desc")?,
            state: offset("prb_desc.state_var")?,
            begin: position.saturating_add(offset("prb_data_blk_lpos.begin")?),
            next: position.saturating_add(offset("prb_data_blk_lpos.next")?),
            attribute: size("printk_info")?,
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
    let count = 1_u64 << count_bits;
    let descriptors_at = u64_at(field("prb_desc_ring.descs")?)?;
    let attributes_at = u64_at(field("prb_desc_ring.infos")?)?;
    let head = u64_at(field("prb_desc_ring.head_id")?)? & ID_MASK;
    let tail = u64_at(field("prb_desc_ring.tail_id")?)? & ID_MASK;
    let text_ring = ringbuffer.wrapping_add(offset("printk_ringbuffer.text_data_ring")?);
    let size_bits = memory.u32(text_ring.wrapping_add(offset("prb_data_ring.size_bits")?)).map_err(unreadable)?;
    let texts_at = u64_at(text_ring.wrapping_add(offset("prb_data_ring.data")?))?;
    let text_size = 1_u64.checked_shl(size_bits).unwrap_or(u64::MAX);

    let mut lost = 0;
    let mut ring_bytes = |at: u64, size: u64, what: &'static str| {
        let (bytes, gaps) = memory.bytes_with_gaps(at, size, MAX_BUFFER, what).map_err(unreadable)?;
        lost += gaps;
        Ok::<Vec<u8>, VmcoreError>(bytes)
    };
    let descriptor_bytes = count.saturating_mul(layout.descriptor as u64);
    let attribute_bytes = count.saturating_mul(layout.attribute as u64);
    let rings = Rings {
        endian: memory.endian(),
        descriptors: ring_bytes(descriptors_at, descriptor_bytes, "the log's descriptors")?,
        attributes: ring_bytes(attributes_at, attribute_bytes, "the log's attributes")?,
        texts: ring_bytes(texts_at, text_size, "the log's text")?,
        count,
        layout,
    };
    if lost > 0 {
        log.problems.push(format!("{lost} bytes of the log buffers could not be read; records in them are missing"));
    }
    rings.walk(tail, head, &mut log);
    Ok(log)
}

impl Rings {
    /// All finished records from the oldest id to the newest.
    fn walk(&self, tail: u64, head: u64, log: &mut KernelLog) {
        // A damaged id must not make this more than one turn.
        let span = head.wrapping_sub(tail) & ID_MASK;
        if span >= self.count {
            log.problems
                .push(format!("the log's ids run from {tail:#x} to {head:#x}, more than its {} places", self.count));
        }
        for step in 0..=span.min(self.count - 1) {
            if let Some(record) = self.record(tail.wrapping_add(step) & ID_MASK) {
                log.push(record);
            }
        }
    }

    /// The record with an id, if it is finished and its text is whole.
    fn record(&self, id: u64) -> Option<LogRecord<'_>> {
        let place = to_usize(id % self.count);
        let layout = &self.layout;
        let slice = |ring: &'_ [u8], size: usize| -> Option<Range> {
            let start = place.checked_mul(size)?;
            let end = start.checked_add(size)?;
            (end <= ring.len()).then_some(start..end)
        };
        let descriptor = self.descriptors.get(slice(&self.descriptors, layout.descriptor)?)?;
        let state = self.endian.u64(descriptor, layout.state)?;
        if state & ID_MASK != id || !matches!(state >> STATE_SHIFT, COMMITTED | FINALIZED) {
            return None;
        }
        let attribute = self.attributes.get(slice(&self.attributes, layout.attribute)?)?;
        let begin = self.endian.u64(descriptor, layout.begin)?;
        let next = self.endian.u64(descriptor, layout.next)?;
        let length = usize::from(self.endian.u16(attribute, layout.text_len)?);
        let flags = attribute.get(layout.text_len.checked_add(3)?).copied();
        Some(LogRecord {
            timestamp_ns: self.endian.u64(attribute, layout.ts_nsec),
            caller: layout.caller_id.and_then(|at| self.endian.u32(attribute, at)).map(Caller::from_id),
            level: flags.map(|byte| if self.endian == Endian::Little { byte >> 5 } else { byte & 7 }),
            facility: attribute.get(layout.text_len.checked_add(2)?).copied(),
            text: self.text(id, begin, next, length)?,
        })
    }

    /// The text between two logical positions. Odd positions mean that there is none; a text that would go over the
    /// end of the ring stands at its start. Before the text is its id: another one there means that the text is lost.
    fn text(&self, id: u64, begin: u64, next: u64, length: usize) -> Option<&[u8]> {
        let size = self.texts.len() as u64;
        if begin & 1 == 1 {
            // 1 marks a record that failed, 3 one without text, which is an empty line.
            return (begin == 3 && next == 3).then_some(&[]);
        }
        let (turn, next_turn) = (begin.checked_div(size)?, next.checked_div(size)?);
        let wrapped = turn != next_turn && !next.is_multiple_of(size);
        let start = if wrapped { 0 } else { to_usize(begin % size) };
        let end = match next % size {
            0 => to_usize(size),
            within => to_usize(within),
        };
        let block = self.texts.get(start..end)?;
        if self.endian.u64(block, 0)? & ID_MASK != id {
            return None;
        }
        let text = block.get(BLOCK_ID..)?;
        let text = text.get(..length.min(text.len()))?;
        // The kernel writes no NUL: what ends in some stood in a page that could not be read.
        let end = text.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
        text.get(..end)
    }
}

/// A place in a ring.
type Range = std::ops::Range<usize>;

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

    fn rings(count: u64, rows: &[Row]) -> Rings {
        let mut rings = Rings {
            endian: Endian::Little,
            descriptors: vec![0; 24 * count as usize],
            attributes: vec![0; 24 * count as usize],
            texts: vec![0; 64],
            count,
            layout: LAYOUT,
        };
        for row in rows {
            let at = 24 * (row.id % count) as usize;
            for (field, value) in [(0, row.state << 62 | row.id), (8, row.begin), (16, row.next)] {
                rings.descriptors[at + field..at + field + 8].copy_from_slice(&value.to_le_bytes());
            }
            rings.attributes[at + 8..at + 16].copy_from_slice(&(row.id * 1000).to_le_bytes());
            rings.attributes[at + 16..at + 18].copy_from_slice(&row.text_len.to_le_bytes());
            rings.attributes[at + 19] = 4 << 5;
            if !row.text.is_empty() {
                rings.texts[row.at..row.at + 8].copy_from_slice(&row.id.to_le_bytes());
            }
            rings.texts[row.at + 8..row.at + 8 + row.text.len()].copy_from_slice(row.text);
        }
        rings
    }

    fn texts(rings: &Rings, tail: u64, head: u64) -> Vec<String> {
        let mut log = KernelLog::default();
        rings.walk(tail, head, &mut log);
        log.records().map(|r| String::from_utf8_lossy(r.text).into_owned()).collect()
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
    fn a_text_in_a_lost_page_is_left_out() {
        let rows = [
            Row { id: 1, state: FINALIZED, begin: 0, next: 16, text_len: 4, text: b"here", at: 0 },
            Row { id: 2, state: FINALIZED, begin: 16, next: 32, text_len: 4, text: b"lost", at: 16 },
        ];
        let mut rings = rings(4, &rows);
        rings.texts[16..].fill(0);
        assert_eq!(texts(&rings, 1, 2), ["here"]);
    }

    #[test]
    fn lying_lengths_are_cut_and_lying_positions_left_out() {
        let rows = [
            Row { id: 0, state: FINALIZED, begin: 0, next: 16, text_len: 9999, text: b"eight by", at: 0 },
            Row { id: 1, state: FINALIZED, begin: 48, next: 16, text_len: 4, text: b"", at: 0 },
            Row { id: 2, state: FINALIZED, begin: u64::MAX - 1, next: 2, text_len: 4, text: b"", at: 0 },
        ];
        let found = texts(&rings(4, &rows), 0, 2);
        assert_eq!(found.first().map(String::as_str), Some("eight by"));
        assert!(found.len() <= 2, "{found:?}");
        let mut log = KernelLog::default();
        rings(4, &rows).walk(0, 1 << 60, &mut log);
        assert!(log.problems[0].contains("more than its 4 places"));
    }
}
