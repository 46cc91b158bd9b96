//! Kernel logs, and the records of a crash that the firmware or a reserved piece of memory kept (pstore).
//!
//! The text of a log is read by the kernel log room. Here it is fed to it, and lines of a section are counted from the start
//! of the file that the section is in. Records of pstore come in parts, the newest first, so they are held until all are
//! there:
//!
//! ```text
//! sys/fs/pstore/dmesg-efi-171456480001001
//! sys/fs/pstore/dmesg-efi-171456480002001
//! ```

use std::io::{self, Read};
use std::sync::Arc;

use super::{Draft, Source};
use crate::facts::LogFacts;
use crate::kernel_log::{LogReader, join_pstore};

/// Bytes of one record that are kept; the kernel's are a few KiB, ramoops may have some hundred.
const LARGEST_RECORD: u64 = 4 << 20;
/// Bytes of all records that are kept.
const MOST_BYTES: usize = 32 << 20;

/// A kernel log of any name.
pub(super) fn read(source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut reader = LogReader::new(source.path.clone());
    let outcome = reader.read(source.input);
    let mut log = reader.finish();
    shift_lines(&mut log, source.before);
    draft.add_log(log);
    outcome
}

/// Records of pstore, each with its path.
#[derive(Default)]
pub(crate) struct PstoreRecords {
    records: Vec<(String, Vec<u8>)>,
    bytes: usize,
}

/// One record.
pub(super) fn read_pstore(source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut record = Vec::new();
    let outcome = source.input.take(LARGEST_RECORD).read_to_end(&mut record);
    let held = &mut draft.pstore;
    if held.bytes.saturating_add(record.len()) > MOST_BYTES {
        let message = format!("pstore holds more than {} MiB; this record is left out", MOST_BYTES >> 20);
        draft.problem(&source.path, message);
    } else if !record.is_empty() {
        held.bytes += record.len();
        held.records.push((source.path.to_string(), record));
    }
    outcome.map(|_| ())
}

impl PstoreRecords {
    /// The logs that the records make when joined.
    pub fn logs(self) -> Vec<LogFacts> {
        let read = |(path, text): (String, Vec<u8>)| {
            let mut reader = LogReader::new(Arc::<str>::from(path));
            // Memory does not fail to be read.
            let _ = reader.read(&mut text.as_slice());
            reader.finish()
        };
        join_pstore(self.records).into_iter().map(read).collect()
    }
}

/// Counts the lines of a log from the start of the file it is a section of.
fn shift_lines(log: &mut LogFacts, before: u64) {
    if before == 0 {
        return;
    }
    let shift = |line: &mut u64| *line = line.saturating_add(before);
    let shift_origin = |origin: &mut crate::facts::Origin| origin.line.iter_mut().for_each(shift);
    for event in &mut log.events {
        shift_origin(&mut event.origin);
        shift(&mut event.lines.0);
        shift(&mut event.lines.1);
        event.frames.iter_mut().for_each(|frame| shift(&mut frame.line));
        event.ip.iter_mut().for_each(|ip| shift(&mut ip.line));
        event.named.iter_mut().for_each(|named| shift(&mut named.line));
        if let Some(list) = &mut event.linked_in {
            shift(&mut Arc::make_mut(list).line);
        }
    }
    log.notices.iter_mut().for_each(|notice| shift_origin(&mut notice.origin));
    log.boots.iter_mut().for_each(|boot| shift_origin(&mut boot.origin));
    log.quotes.iter_mut().for_each(|(no, _)| shift(no));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{Boot, EventKind, Frame, KernelEvent, LinkedIn, Origin, StackContext, Trigger};
    use crate::sosreport::evidence::tests::{Collected, read};

    #[test]
    fn a_log_keeps_its_path_and_lines() {
        let facts = read("var/log/messages", "a\nLinux version 5.14.0\n");
        assert_eq!(facts.logs.len(), 1);
        assert_eq!(&*facts.logs[0].path, "var/log/messages");
        assert_eq!(facts.logs[0].lines, 2);
    }

    #[test]
    fn every_line_number_of_a_section_is_shifted() {
        let event = KernelEvent {
            kind: EventKind::Oops,
            title: String::new(),
            origin: Origin::line("boot.txt", 3),
            lines: (3, 9),
            time_us: None,
            wall: None,
            boot: 0,
            release: None,
            cpu: None,
            pid: None,
            comm: None,
            taint: None,
            taint_names: Vec::new(),
            ip: None,
            frames: vec![Frame { line: 7, context: StackContext::Task, ..Frame::default() }],
            linked_in: Some(Arc::new(LinkedIn { line: 4, ..LinkedIn::default() })),
            named: Vec::new(),
            trigger: Trigger::Unstated,
            oops_number: None,
            panic: None,
            headless: false,
            garbled: false,
            truncated: false,
            repeats: 0,
        };
        let boot = Boot { origin: Origin::line("boot.txt", 1), release: None, wall: None };
        let mut log = LogFacts { events: vec![event], boots: vec![boot], ..LogFacts::default() };
        shift_lines(&mut log, 100);
        let event = &log.events[0];
        assert_eq!((event.origin.line, event.lines, event.frames[0].line), (Some(103), (103, 109), 107));
        assert_eq!(event.linked_in.as_ref().map(|list| list.line), Some(104));
        assert_eq!(log.boots[0].origin.line, Some(101));
    }

    #[test]
    fn records_of_pstore_are_read_at_the_end() {
        let mut report = Collected::new();
        report.add("sys/fs/pstore/dmesg-efi-2", "Oops#1 Part1\n");
        report.add("sys/fs/pstore/dmesg-efi-1", "Oops#1 Part2\n");
        report.add("sys/fs/pstore/empty", "");
        let logs = report.finish().logs;
        assert!(!logs.is_empty() && logs.iter().all(|log| log.path.starts_with("sys/fs/pstore/dmesg-efi-")));
    }
}
