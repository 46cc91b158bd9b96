//! Logs of kernels before 3.5 (RHEL 5 and 6): text in a ring of `log_buf_len` bytes, `<4>` before each line.
//!
//! `log_end` counts the characters ever written; `logged_chars` those since the log was cleared, at most the ring's
//! size. Source: kernel/printk.c of 2.6.32.

use super::super::error::VmcoreError;
use super::super::memory::KernelMemory;
use super::super::vmcoreinfo::Vmcoreinfo;
use super::{KernelLog, LogRecord, MAX_BUFFER, needed, unreadable};

/// Reads the log. What was cleared by `dmesg -c` is shown all the same: it is still there.
pub(super) fn read(memory: &KernelMemory, info: &Vmcoreinfo) -> Result<KernelLog, VmcoreError> {
    let mut log = KernelLog::of("plain log buffer");
    let buffer_at = memory.u64(needed(info.symbol("log_buf"), "SYMBOL(log_buf)")?).map_err(unreadable)?;
    let length = memory.u32(needed(info.symbol("log_buf_len"), "SYMBOL(log_buf_len)")?).map_err(unreadable)?;
    let length = u64::from(length);
    let written = memory.u32(needed(info.symbol("log_end"), "SYMBOL(log_end)")?).map_err(unreadable)?;
    let (buffer, lost) = memory.bytes_with_gaps(buffer_at, length, MAX_BUFFER, "the log buffer").map_err(unreadable)?;
    if lost > 0 {
        log.problems.push(format!("{lost} bytes of the log buffer could not be read"));
    }
    // The counter may have wrapped; a ring that was never filled ends in zeros.
    let end = if length == 0 { 0 } else { u64::from(written) % length } as usize;
    let (newest, oldest) = buffer.split_at_checked(end).unwrap_or((&buffer, &[]));
    let text: Vec<u8> = oldest.iter().chain(newest).copied().filter(|&byte| byte != 0).collect();
    if !text.is_empty() {
        log.push(LogRecord { timestamp_ns: None, caller: None, level: None, facility: None, text: &text });
    }
    Ok(log)
}
