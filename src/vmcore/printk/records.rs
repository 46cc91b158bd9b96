//! Logs of kernels 3.5 to 5.9 (RHEL 7 and 8): `struct printk_log` (`struct log` before 3.11) and its text, one record
//! after the other in a ring.
//!
//! ```text
//! ts_nsec u64, len u16, text_len u16, dict_len u16, facility u8, flags:5 level:3, [caller_id u32], text, dict, padding
//! ```
//! A record with `len` 0 says that the ring goes on at its start. Source: kernel/printk/printk.c.

use super::super::bytes::{Endian, to_usize};
use super::super::error::VmcoreError;
use super::super::memory::KernelMemory;
use super::super::vmcoreinfo::Vmcoreinfo;
use super::{Caller, KernelLog, LogRecord, MAX_BUFFER, PART, needed, unreadable};

/// Where the fields of a record are. Early 3.x kernels export nothing; theirs is the layout of the head of this file.
struct Layout {
    size: usize,
    ts_nsec: usize,
    len: usize,
    text_len: usize,
    dict_len: usize,
}

impl Layout {
    fn of(info: &Vmcoreinfo) -> Self {
        let size = |name| info.size(name).map(to_usize);
        let name = if size("log").is_some() { "log" } else { "printk_log" };
        let offset = |member: &str, default| info.offset(&format!("{name}.{member}")).map_or(default, to_usize);
        Self {
            size: size(name).unwrap_or(16),
            ts_nsec: offset("ts_nsec", 0),
            len: offset("len", 8),
            text_len: offset("text_len", 10),
            dict_len: offset("dict_len", 12),
        }
    }
}

/// Reads the log.
pub(super) fn read(memory: &KernelMemory, info: &Vmcoreinfo) -> Result<KernelLog, VmcoreError> {
    let mut log = KernelLog::of("printk records");
    let word = |name: &str| memory.u32(needed(info.symbol(name), &format!("SYMBOL({name})"))?).map_err(unreadable);
    let buffer_at = memory.u64(needed(info.symbol("log_buf"), "SYMBOL(log_buf)")?).map_err(unreadable)?;
    let length = u64::from(word("log_buf_len")?);
    let (first, next) = (word("log_first_idx")?, word("log_next_idx")?);
    let (buffer, lost) = memory.bytes_with_gaps(buffer_at, length, MAX_BUFFER, "the log buffer").map_err(unreadable)?;
    if lost > 0 {
        log.problems.push(format!("{lost} bytes of the log buffer could not be read"));
    }
    let layout = Layout::of(info);
    if layout.size < 14 {
        return Err(VmcoreError::part(PART, format!("VMCOREINFO claims records of {} bytes", layout.size)));
    }
    walk(&buffer, memory.endian(), &layout, (first as usize, next as usize), &mut log);
    Ok(log)
}

/// Follows the records from the oldest to the place where the next one would be written.
fn walk(buffer: &[u8], endian: Endian, layout: &Layout, (first, next): (usize, usize), log: &mut KernelLog) {
    // Every record has a header, so a ring has no more records than this: a damaged one does not go round for ever.
    let most = buffer.len() / layout.size + 2;
    let mut at = first;
    for step in 0..most {
        if at == next && step > 0 {
            return;
        }
        let Some(header) = buffer.get(at..).and_then(|rest| rest.get(..layout.size)) else {
            return log
                .problems
                .push(format!("the log ends at index {at}, beyond its buffer of {} bytes", buffer.len()));
        };
        let field = |offset: usize| usize::from(endian.u16(header, offset).unwrap_or(0));
        let (len, text_len) = (field(layout.len), field(layout.text_len));
        if len == 0 {
            if at == 0 {
                return log.problems.push("a log record of length 0 at index 0: the rest is lost".to_owned());
            }
            at = 0;
            continue;
        }
        let text = buffer.get(at..).and_then(|rest| rest.get(layout.size..)?.get(..text_len));
        let Some(text) = text.filter(|_| layout.size + text_len <= len) else {
            return log.problems.push(format!("the log record at index {at} claims {text_len} bytes of text in {len}"));
        };
        log.push(LogRecord { text, ..attributes(header, endian, layout) });
        at += len;
    }
}

/// Time, level, facility and writer of a record, without its text.
fn attributes<'l>(header: &[u8], endian: Endian, layout: &Layout) -> LogRecord<'l> {
    let behind_dict_len = |bytes: usize| header.get(layout.dict_len.checked_add(bytes)?).copied();
    let flags = behind_dict_len(3);
    LogRecord {
        timestamp_ns: endian.u64(header, layout.ts_nsec),
        caller: endian.u32(header, 16).map(Caller::from_id),
        // The level is the last bit-field of its byte, which is the high one on little-endian machines.
        level: flags.map(|byte| if endian == Endian::Little { byte >> 5 } else { byte & 7 }),
        facility: behind_dict_len(2),
        text: &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAYOUT: Layout = Layout { size: 16, ts_nsec: 0, len: 8, text_len: 10, dict_len: 12 };

    fn record(ns: u64, level: u8, text: &[u8]) -> Vec<u8> {
        let mut bytes = ns.to_le_bytes().to_vec();
        let len = (16 + text.len()).next_multiple_of(8);
        bytes.extend((len as u16).to_le_bytes());
        bytes.extend((text.len() as u16).to_le_bytes());
        bytes.extend([0, 0, 3, level << 5]);
        bytes.extend(text);
        bytes.resize(len, 0);
        bytes
    }

    fn texts(buffer: &[u8], first: usize, next: usize) -> (Vec<String>, Vec<String>) {
        let mut log = KernelLog::default();
        walk(buffer, Endian::Little, &LAYOUT, (first, next), &mut log);
        let texts = log.records().map(|r| String::from_utf8_lossy(r.text).into_owned()).collect();
        (texts, log.problems)
    }

    #[test]
    fn a_wrapped_ring_is_read_from_its_oldest_record() {
        let (old, new) = (record(5, 6, b"oldest"), record(9, 4, b"newest record"));
        let mut ring = new.clone();
        let gap = ring.len();
        ring.extend([0; 24]);
        let first = ring.len();
        ring.extend(&old);
        let mark = ring.len();
        ring.extend([0; 16]);
        assert_eq!(texts(&ring, first, gap).0, ["oldest", "newest record"]);
        assert!(mark > first);
        let mut log = KernelLog::default();
        walk(&ring, Endian::Little, &LAYOUT, (first, gap), &mut log);
        let record = log.records().next().unwrap();
        assert_eq!((record.timestamp_ns, record.level, record.facility), (Some(5), Some(6), Some(3)));
    }

    #[test]
    fn lying_lengths_end_the_log_with_a_reason() {
        let good = record(1, 6, b"good");
        let mut bad = record(2, 6, b"bad");
        bad[10] = 0xff;
        let (found, problems) = texts(&[good.clone(), bad].concat(), 0, 9999);
        assert_eq!(found, ["good"]);
        assert!(problems[0].contains("claims"), "{problems:?}");
        let (_, problems) = texts(&[0; 64], 0, 32);
        assert!(problems[0].contains("length 0"), "{problems:?}");
        let (found, problems) = texts(&good, 0, 9999);
        assert_eq!(found, ["good"]);
        assert!(problems[0].contains("beyond its buffer"));
    }

    #[test]
    fn a_ring_that_never_meets_its_end_stops() {
        let mut ring = record(1, 6, b"round");
        ring.extend([0; 16]);
        let (found, _) = texts(&ring, 0, 4);
        assert!(found.len() <= ring.len() / 16 + 2);
    }
}
