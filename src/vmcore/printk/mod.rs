//! The kernel log inside a dump, in the three forms that kernels keep it in.
//!
//! | kernels | form | told by VMCOREINFO |
//! |---|---|---|
//! | 5.10 and later | ring of descriptors and text | `prb` |
//! | 3.5 to 5.9 | records one after the other | `log_first_idx` |
//! | before 3.5 | plain text | `log_end` |

mod plain;
mod records;
mod ringbuffer;

use std::fmt::Write as _;
use std::ops::Range;

use super::error::{MemoryError, VmcoreError};
use super::memory::KernelMemory;
use super::vmcoreinfo::Vmcoreinfo;

/// Most text that is kept, and largest buffer of older kernels that is read; `log_buf_len=` reaches 2 GiB, distributions use up to 4 MiB.
const MAX_BUFFER: u64 = 64 << 20;
/// What errors call the log.
const PART: &str = "kernel log";

/// Who wrote a log record (kernels with `CONFIG_PRINTK_CALLER` print it).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A task, by its thread id.
    Task(u32),
    /// A CPU in interrupt context.
    Cpu(u32),
}

impl Caller {
    /// The top bit of `caller_id` tells CPUs from tasks.
    fn from_id(id: u32) -> Self {
        match id & 1 << 31 {
            0 => Self::Task(id),
            _ => Self::Cpu(id & !(1 << 31)),
        }
    }
}

/// One record of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LogRecord<'l> {
    /// Nanoseconds since boot; `None` in plain logs, whose text may hold a stamp of its own.
    pub timestamp_ns: Option<u64>,
    /// Who wrote it, where the record says so.
    pub caller: Option<Caller>,
    /// syslog level, 0 (emergency) to 7 (debug), where the record says so.
    pub level: Option<u8>,
    /// syslog facility, 0 for the kernel's own messages, where the record says so.
    pub facility: Option<u8>,
    /// The message: bytes as the kernel keeps them, lines separated by `\n`, none at the end.
    pub text: &'l [u8],
}

/// The kernel log of a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KernelLog {
    text: Vec<u8>,
    records: Vec<Stored>,
    /// Which form it was kept in: `printk ring buffer`, `printk records`, `plain log buffer`.
    pub form: &'static str,
    /// What of it could not be read, and why.
    pub problems: Vec<String>,
}

/// A record whose text is a range of the log's.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Stored {
    timestamp_ns: Option<u64>,
    caller: Option<Caller>,
    level: Option<u8>,
    facility: Option<u8>,
    text: Range<usize>,
}

impl KernelLog {
    /// Reads the log in whichever form VMCOREINFO tells of.
    pub(crate) fn read(memory: &KernelMemory, info: &Vmcoreinfo) -> Result<Self, VmcoreError> {
        if info.symbol("prb").is_some() {
            return ringbuffer::read(memory, info);
        }
        if info.symbol("log_first_idx").is_some() {
            return records::read(memory, info);
        }
        if info.symbol("log_end").is_some() {
            return plain::read(memory, info);
        }
        Err(VmcoreError::part(PART, "VMCOREINFO has none of prb, log_first_idx and log_end"))
    }

    /// An empty log of one form, to be filled.
    fn of(form: &'static str) -> Self {
        Self { form, ..Self::default() }
    }

    /// Adds a record. False where the log has as much text as is kept.
    fn push(&mut self, record: LogRecord) -> bool {
        if self.text.len() as u64 >= MAX_BUFFER {
            self.problems.push(format!("the log has more than {} MiB of text; the rest is left out", MAX_BUFFER >> 20));
            return false;
        }
        let start = self.text.len();
        self.text.extend_from_slice(record.text);
        self.records.push(Stored {
            timestamp_ns: record.timestamp_ns,
            caller: record.caller,
            level: record.level,
            facility: record.facility,
            text: start..self.text.len(),
        });
        true
    }

    /// The records, oldest first.
    pub fn records(&self) -> impl Iterator<Item = LogRecord<'_>> {
        self.records.iter().map(|stored| LogRecord {
            timestamp_ns: stored.timestamp_ns,
            caller: stored.caller,
            level: stored.level,
            facility: stored.facility,
            text: self.text.get(stored.text.clone()).unwrap_or_default(),
        })
    }

    /// The log as `vmcore-dmesg` prints it: `[    1.234567] text` and a newline for each record; bytes that are
    /// neither printable ASCII nor white space as `\xNN`. Plain logs come as they are kept.
    pub fn to_text(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(self.text.len() + 20 * self.records.len());
        for record in self.records() {
            if let Some(ns) = record.timestamp_ns {
                let mut stamp = String::new();
                // Writing to a string does not fail.
                let _ = write!(stamp, "[{:5}.{:06}] ", ns / 1_000_000_000, ns % 1_000_000_000 / 1000);
                out.extend_from_slice(stamp.as_bytes());
            }
            for &byte in record.text {
                match byte {
                    b' '..=b'~' | b'\t'..=b'\r' => out.push(byte),
                    other => out.extend_from_slice(format!("\\x{other:02x}").as_bytes()),
                }
            }
            if out.last() != Some(&b'\n') || record.timestamp_ns.is_some() {
                out.push(b'\n');
            }
        }
        out
    }
}

/// A size, offset or symbol that VMCOREINFO must have for this form of the log.
fn needed(value: Option<u64>, name: &str) -> Result<u64, VmcoreError> {
    value.ok_or_else(|| VmcoreError::part(PART, format!("VMCOREINFO has no {name}")))
}

/// An unreadable address, as a failure of the log.
fn unreadable(error: MemoryError) -> VmcoreError {
    VmcoreError::part(PART, error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_stamped_and_escaped_as_vmcore_dmesg_does() {
        let mut log = KernelLog::of("printk ring buffer");
        let rows: [(u64, &[u8]); 3] =
            [(1_234_567_890, b"eth0: up\tnow"), (0, b"two\nlines"), (99_999_000_001_000, b"\xc3\x01")];
        for (ns, text) in rows {
            let record = LogRecord { timestamp_ns: Some(ns), caller: None, level: None, facility: None, text };
            log.push(record);
        }
        let expected = "[    1.234567] eth0: up\tnow\n[    0.000000] two\nlines\n[99999.000001] \\xc3\\x01\n";
        assert_eq!(String::from_utf8(log.to_text()).unwrap(), expected);
        assert_eq!(log.records().nth(1).unwrap().text, b"two\nlines");
    }

    #[test]
    fn caller_ids_tell_tasks_from_cpus() {
        assert_eq!(Caller::from_id(123), Caller::Task(123));
        assert_eq!(Caller::from_id(1 << 31 | 3), Caller::Cpu(3));
    }
}
