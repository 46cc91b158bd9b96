//! Forward-only byte streams that lend their buffers, so that what passes from a decompressor to a parser, or past
//! both, is not copied.

use std::fmt;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};
use std::sync::Arc;

use super::format::{Format, PREFIX, sniff};
use super::limits::{Meter, Metered};

/// Size of the buffers between a source and its readers.
pub(super) const BUFFER: usize = 256 * 1024;

/// A stream that can pass over bytes faster than by reading them, and move between threads.
pub(super) trait Stream: BufRead + Send {
    /// Passes over up to `count` bytes; gives how many there were, fewer only at the end.
    fn pass_over(&mut self, count: u64) -> io::Result<u64> {
        let mut passed = 0;
        while passed < count {
            let available = match self.fill_buf() {
                Ok([]) => break,
                Ok(bytes) => (bytes.len() as u64).min(count - passed),
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            self.consume(available as usize);
            passed += available;
        }
        Ok(passed)
    }
}

/// Reads until the buffer is full or the stream ends; gives how many bytes there were, and why there were no more.
pub(super) fn fill(from: &mut (impl Read + ?Sized), buffer: &mut [u8]) -> (usize, io::Result<()>) {
    let mut filled = 0;
    while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match from.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (filled, Err(error)),
        }
    }
    (filled, Ok(()))
}

/// What an input is read from where any place of it can be reached: a file, or bytes in memory.
pub(super) trait Place: Read + Seek + Send {}
impl<T: Read + Seek + Send> Place for T {}

/// A reader whose bytes count as taken from the input.
pub(super) struct Counted<P> {
    place: P,
    meter: Option<Arc<Meter>>,
}

impl<P> Counted<P> {
    pub fn new(place: P, meter: &Arc<Meter>) -> Self {
        Self { place, meter: Some(Arc::clone(meter)) }
    }

    /// Of bytes that were counted before, when they were read into memory.
    pub fn already(place: P) -> Self {
        Self { place, meter: None }
    }
}

impl<P: Read> Read for Counted<P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.place.read(buffer)?;
        if let Some(meter) = &self.meter {
            meter.consume(count);
        }
        Ok(count)
    }
}

impl<P: Seek> Seek for Counted<P> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.place.seek(to)
    }
}

/// What a place holds, by its first bytes; it is at its start again afterwards.
pub(super) fn format_of(place: &mut (impl Read + Seek)) -> io::Result<Format> {
    let mut head = [0; PREFIX];
    let (filled, result) = fill(place, &mut head);
    result?;
    place.rewind()?;
    Ok(sniff(head.get(..filled).unwrap_or_default()))
}

/// A file, or bytes in memory, as a stream; passing over is seeking.
pub(super) struct PlaceStream<P> {
    reader: BufReader<Counted<P>>,
    at: u64,
    length: u64,
}

impl<P: Place> PlaceStream<P> {
    /// `length` is the size of the whole; the buffer is no larger than that.
    pub fn new(place: Counted<P>, length: u64) -> Self {
        let capacity = length.clamp(4096, BUFFER as u64) as usize;
        Self { reader: BufReader::with_capacity(capacity, place), at: 0, length }
    }
}

impl<P: Place> Read for PlaceStream<P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.at += count as u64;
        Ok(count)
    }
}

impl<P: Place> BufRead for PlaceStream<P> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.reader.fill_buf()
    }

    fn consume(&mut self, count: usize) {
        self.reader.consume(count);
        self.at += count as u64;
    }
}

impl<P: Place> Stream for PlaceStream<P> {
    fn pass_over(&mut self, count: u64) -> io::Result<u64> {
        let count = count.min(self.length.saturating_sub(self.at));
        self.reader.seek_relative(i64::try_from(count).unwrap_or(i64::MAX))?;
        self.at += count;
        Ok(count)
    }
}

impl Stream for BufReader<Box<dyn Read + Send>> {}
impl<R: Read + Send> Stream for BufReader<Metered<R>> {}

/// A stream whose first bytes were looked at and are still to come.
pub(super) struct Peeked<'s> {
    head: Vec<u8>,
    at: usize,
    fault: Option<io::Error>,
    rest: &'s mut dyn Stream,
}

impl<'s> Peeked<'s> {
    /// Reads the first bytes. An error among them is kept, and given where it stands in the stream.
    pub fn new(rest: &'s mut dyn Stream) -> Self {
        let mut head = vec![0; PREFIX];
        let (filled, result) = fill(rest, &mut head);
        head.truncate(filled);
        Self { head, at: 0, fault: result.err(), rest }
    }

    /// What the first bytes look like.
    pub fn format(&self) -> Format {
        sniff(&self.head)
    }

    /// Why there are no more than the first bytes, if reading failed among them.
    pub fn take_fault(&mut self) -> Option<io::Error> {
        self.fault.take()
    }

    fn pending(&self) -> &[u8] {
        self.head.get(self.at..).unwrap_or_default()
    }
}

impl Read for Peeked<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Peeked<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.at < self.head.len() {
            return Ok(self.pending());
        }
        match self.fault.take() {
            Some(error) => Err(error),
            None => self.rest.fill_buf(),
        }
    }

    fn consume(&mut self, count: usize) {
        let ours = count.min(self.pending().len());
        self.at += ours;
        if count > ours {
            self.rest.consume(count - ours);
        }
    }
}

impl Stream for Peeked<'_> {
    fn pass_over(&mut self, count: u64) -> io::Result<u64> {
        let ours = count.min(self.pending().len() as u64);
        self.at += ours as usize;
        if ours == count {
            return Ok(ours);
        }
        match self.fault.take() {
            Some(error) => Err(error),
            None => Ok(ours + self.rest.pass_over(count - ours)?),
        }
    }
}

/// Why content ended before its end.
#[derive(Debug)]
pub(super) enum Fault {
    /// Reading failed.
    Failed(io::Error),
    /// No more than this is handed out of one entry.
    TooLong(u64),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(f, "read only in part: {error}"),
            Self::TooLong(limit) => {
                write!(f, "read only in part: longer than {limit} bytes (--max-file raises the limit)")
            }
        }
    }
}

/// The content of one entry as a visitor sees it: where reading fails, or at the limit, it ends.
pub(super) struct Handout<'s> {
    inner: &'s mut dyn Stream,
    left: u64,
    limit: u64,
    pub fault: Option<Fault>,
}

impl<'s> Handout<'s> {
    pub fn new(inner: &'s mut dyn Stream, limit: u64) -> Self {
        Self { inner, left: limit, limit, fault: None }
    }

    /// Makes the next bytes available, or finds out why there are none.
    fn advance(&mut self) {
        while self.fault.is_none() {
            match self.inner.fill_buf() {
                Ok(bytes) if self.left == 0 && !bytes.is_empty() => self.fault = Some(Fault::TooLong(self.limit)),
                Ok(_) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => self.fault = Some(Fault::Failed(error)),
            }
        }
    }
}

impl Read for Handout<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Handout<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.advance();
        if self.fault.is_some() {
            return Ok(&[]);
        }
        let bytes = self.inner.fill_buf()?;
        let within = usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
        Ok(bytes.get(..within).unwrap_or(bytes))
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count as u64);
        self.inner.consume(count);
    }
}
