//! Bytes to lines. Most lines of a log cannot matter; they are passed over in big steps, and only counted.
//!
//! Between events the reader looks for the next anchor (see [`prefilter`](super::prefilter)), steps back over the lines that
//! may belong to it, and reads line by line until no event is open. What it finds does not depend on how the input was cut
//! into pieces: every decision is made on whole lines.

use std::io::{self, BufRead};
use std::sync::{Arc, LazyLock};

use aho_corasick::AhoCorasick;
use memchr::{memchr, memchr_iter, memrchr, memrchr_iter};

use super::encoding::Encoding;
use super::event::LOOK_BACK;
use super::prefilter::{Prefilter, Scan};
use super::sorter::Sorter;
use crate::facts::LogFacts;

/// Bytes collected before they are looked at.
const CHUNK: usize = 256 * 1024;
/// Bytes kept of one line; the rest is passed over.
const MAX_LINE: usize = 64 * 1024;
/// Bytes looked back at from an anchor.
const MAX_LOOK_BACK: usize = 16 * 1024;

/// Reads one kernel log, in any of its dialects, in pieces of any size.
///
/// Memory is bounded whatever the log's size: lines are cut at 64 KiB, at most 10,000 events are kept (identical ones are
/// counted, not kept), and equal module lists are shared.
#[derive(Debug)]
pub struct LogReader {
    encoding: Encoding,
    sorter: Sorter,
    prefilter: &'static Prefilter,
    /// Bytes not yet given up: first those that were passed over and may be looked back at, then those to be looked at.
    buffer: Vec<u8>,
    /// Where the bytes to be looked at begin.
    position: usize,
    /// Where the bytes begin that the sorter has not seen.
    unread: usize,
    /// Lines before `position`.
    lines: u64,
    /// The end of a line that is too long is being passed over.
    in_long_line: bool,
    /// The first line that reads like a fault.
    like_a_fault: Option<u64>,
}

/// What nothing but a fault of the kernel says. Where it stands and no event comes of it, the log is in a form, or of a machine,
/// that is not read.
const FAULTS: &[&str] = &[
    "Kernel panic - not syncing",
    "kernel BUG at ",
    "Unable to handle kernel",
    "Internal error: Oops",
    "BUG: soft lockup - CPU#",
    "[#1]",
    "---[ end trace",
];

static FAULT: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| AhoCorasick::new(FAULTS).ok());

fn reads_like_a_fault(line: &[u8]) -> bool {
    FAULT.as_ref().is_some_and(|texts| texts.is_match(line))
}

impl LogReader {
    /// A reader of the log at `path`, the name that every [`Origin`](crate::facts::Origin) of its facts will carry.
    pub fn new(path: impl Into<Arc<str>>) -> Self {
        Self {
            encoding: Encoding::new(),
            sorter: Sorter::new(path.into()),
            prefilter: Prefilter::anchors(),
            buffer: Vec::new(),
            position: 0,
            unread: 0,
            lines: 0,
            in_long_line: false,
            like_a_fault: None,
        }
    }

    /// A reader that looks at every line: what the other one finds is compared with it.
    #[cfg(test)]
    pub(super) fn looking_at_every_line(path: &str) -> Self {
        Self { prefilter: Prefilter::everything(), ..Self::new(path) }
    }

    /// Takes the next bytes of the log.
    pub fn feed(&mut self, bytes: &[u8]) {
        let bytes = self.encoding.plain(bytes);
        let mut rest = &*bytes;
        while !rest.is_empty() {
            let room = CHUNK.saturating_sub(self.buffer.len() - self.position).max(1);
            let (now, later) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            self.take(now);
            rest = later;
            if self.buffer.len() - self.position >= CHUNK {
                self.process();
            }
        }
    }

    /// Takes all of `input`.
    ///
    /// # Errors
    ///
    /// Those of `input`; what was read before is kept.
    pub fn read(&mut self, input: &mut dyn BufRead) -> io::Result<()> {
        loop {
            let bytes = match input.fill_buf() {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let length = bytes.len();
            if length == 0 {
                return Ok(());
            }
            self.feed(bytes);
            input.consume(length);
        }
    }

    /// Ends the log and tells what it held.
    pub fn finish(mut self) -> LogFacts {
        self.process();
        if self.position < self.buffer.len() {
            self.in_long_line = false;
            self.buffer.push(b'\n');
            self.process();
        }
        let mut facts = self.sorter.finish(self.lines);
        facts.like_a_fault = self.like_a_fault.filter(|_| facts.events.is_empty());
        facts
    }

    /// Adds bytes to the buffer; of a line that is too long only its newline.
    fn take(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        if self.in_long_line {
            let Some((_, rest)) = memchr(b'\n', bytes).and_then(|at| bytes.split_at_checked(at)) else { return };
            self.in_long_line = false;
            bytes = rest;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// Looks at all whole lines of the buffer, then gives up what is no longer needed.
    fn process(&mut self) {
        let ready = self.buffer.get(self.position..).and_then(|bytes| memrchr(b'\n', bytes));
        if let Some(end) = ready.map(|at| self.position + at + 1) {
            let mut scan = Scan::default();
            while self.position < end {
                if self.sorter.is_idle() {
                    self.skip_to_anchor(end, &mut scan);
                } else {
                    self.read_line();
                }
            }
        }
        if self.buffer.len() - self.position > MAX_LINE {
            self.buffer.truncate(self.position + MAX_LINE);
            self.in_long_line = true;
        }
        let needless = self.unread.max(self.position.saturating_sub(MAX_LOOK_BACK));
        self.buffer.drain(..needless);
        self.position -= needless;
        self.unread = self.unread.saturating_sub(needless);
    }

    /// Passes over lines up to the next one that matters, and reads it with the lines before it that may.
    fn skip_to_anchor(&mut self, end: usize, scan: &mut Scan) {
        let mut from = self.position;
        while let Some((hit, hit_end)) = self.prefilter.find(self.buffer.get(..end).unwrap_or_default(), from, scan) {
            let start = self.buffer.get(self.position..hit).and_then(|bytes| memrchr(b'\n', bytes));
            let start = start.map_or(self.position, |at| self.position + at + 1);
            let line_end = self.buffer.get(hit..end).and_then(|bytes| memchr(b'\n', bytes)).map_or(end, |at| hit + at);
            let line = self.buffer.get(start..line_end.min(start + MAX_LINE)).unwrap_or_default();
            if self.like_a_fault.is_none() && reads_like_a_fault(line) {
                self.like_a_fault = Some(self.lines + count_lines(self.buffer.get(self.position..start)) + 1);
            }
            if hit_end <= start + MAX_LINE && self.sorter.wants(self.line_before(start), line) {
                self.read_from(self.look_back(start), line_end + 1);
                return;
            }
            from = line_end + 1;
        }
        self.lines += count_lines(self.buffer.get(self.position..end));
        self.position = end;
    }

    /// The line that ends before `start`, where it is still there.
    fn line_before(&self, start: usize) -> &[u8] {
        let before = self.buffer.get(self.unread..start.saturating_sub(1)).unwrap_or_default();
        let line = memrchr(b'\n', before).map_or(before, |at| before.get(at + 1..).unwrap_or_default());
        line.get(..MAX_LINE).unwrap_or(line)
    }

    /// The start of the lines before `start` that may belong to an event which is told only there.
    fn look_back(&self, start: usize) -> usize {
        let lowest = self.unread.max(start.saturating_sub(MAX_LOOK_BACK));
        let Some(before) = self.buffer.get(lowest..start) else { return start };
        match memrchr_iter(b'\n', before).nth(LOOK_BACK) {
            Some(at) => lowest + at + 1,
            None if lowest == self.unread => lowest,
            // the first line is not whole
            None => memchr(b'\n', before).map_or(start, |at| lowest + at + 1),
        }
    }

    /// Reads all lines from one place to another; the first may lie before what was looked at.
    fn read_from(&mut self, from: usize, to: usize) {
        if from < self.position {
            self.lines -= count_lines(self.buffer.get(from..self.position));
        } else {
            self.lines += count_lines(self.buffer.get(self.position..from));
        }
        self.position = from;
        while self.position < to {
            self.read_line();
        }
    }

    /// Gives the line at the position to the sorter.
    fn read_line(&mut self) {
        let rest = self.buffer.get(self.position..).unwrap_or_default();
        let length = memchr(b'\n', rest).unwrap_or(rest.len());
        self.lines += 1;
        self.sorter.line(self.lines, rest.get(..length.min(MAX_LINE)).unwrap_or_default());
        self.position += length + 1;
        self.unread = self.position;
    }
}

fn count_lines(bytes: Option<&[u8]>) -> u64 {
    memchr_iter(b'\n', bytes.unwrap_or_default()).count() as u64
}
