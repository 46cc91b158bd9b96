//! A tar archive as a row of blocks: the next header, a member's content, and where to go on after damage.

use std::fmt;
use std::io::{self, BufRead, ErrorKind, Read};

use tar::Header;

use super::header::{BLOCK, has_magic, is_header};
use crate::input::stream::{Stream, fill};

/// Blocks of zeros at the end that are looked behind for a second archive: two end an archive, a tape record is filled
/// up with more, 20 as a rule.
const END_BLOCKS: u64 = 4096;

/// The archive and how far it was read, in bytes.
pub(super) struct Tape<'s> {
    stream: &'s mut dyn Stream,
    pub at: u64,
    block: Header,
}

/// What stands where a header was expected.
pub(super) enum Next {
    Header,
    /// The end mark, or the end of the bytes: `marked` tells which.
    End {
        marked: bool,
    },
    /// A block that is no header.
    Junk,
}

impl<'s> Tape<'s> {
    pub fn new(stream: &'s mut dyn Stream) -> Self {
        Self { stream, at: 0, block: Header::new_old() }
    }

    /// Reads a whole block; `false` at the end of the bytes.
    pub fn block(&mut self, block: &mut [u8; BLOCK as usize]) -> io::Result<bool> {
        read_block(self.stream, &mut self.at, block)
    }

    /// Reads the next block that should be a header. Zeros are the end, unless another archive was appended behind them.
    pub fn next_header(&mut self) -> io::Result<Next> {
        let mut zeros = 0;
        while zeros < END_BLOCKS {
            if !self.next_block()? {
                return Ok(Next::End { marked: zeros > 0 });
            }
            if self.block.as_bytes().iter().all(|byte| *byte == 0) {
                zeros += 1;
            } else if is_header(self.block.as_bytes()) {
                return Ok(Next::Header);
            } else {
                return Ok(if zeros > 0 { Next::End { marked: true } } else { Next::Junk });
            }
        }
        Ok(Next::End { marked: true })
    }

    /// Looks for the next block that bears the mark and the checksum of a header.
    pub fn resynchronise(&mut self) -> io::Result<bool> {
        while self.next_block()? {
            if has_magic(self.block.as_bytes()) && is_header(self.block.as_bytes()) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The header that was read last.
    pub fn header(&self) -> Header {
        self.block.clone()
    }

    fn next_block(&mut self) -> io::Result<bool> {
        read_block(self.stream, &mut self.at, self.block.as_mut_bytes())
    }

    /// The content of a member, `size` bytes from here.
    pub fn member(&mut self, size: u64) -> Member<'_, 's> {
        Member { tape: self, left: size, broken: None }
    }
}

fn read_block(stream: &mut dyn Stream, at: &mut u64, block: &mut [u8; BLOCK as usize]) -> io::Result<bool> {
    let (filled, result) = fill(stream, block);
    *at += filled as u64;
    result?;
    match filled as u64 {
        0 => Ok(false),
        BLOCK => Ok(true),
        _ => Err(io::Error::new(ErrorKind::UnexpectedEof, "it is cut short inside a header")),
    }
}

/// Why an archive cannot be read beyond a member.
#[derive(Debug)]
pub(super) enum Broken {
    /// Reading failed.
    Failed(io::Error),
    /// It ends this many bytes before the member does.
    CutShort(u64),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(f, "the archive cannot be read beyond this point: {error}"),
            Self::CutShort(missing) => {
                write!(f, "the archive is cut short inside this file: its last {missing} bytes are missing")
            }
        }
    }
}

/// The content of a member. Where the archive fails it ends, and why is kept.
pub(super) struct Member<'a, 's> {
    tape: &'a mut Tape<'s>,
    left: u64,
    pub broken: Option<Broken>,
}

impl Member<'_, '_> {
    /// Passes over what is left of the content, and over the filling up to the next block.
    pub fn finish(mut self, size: u64) -> Option<Broken> {
        let left = self.left;
        if self.broken.is_none() && left > 0 {
            // What fails is kept in `broken`.
            let _ = self.pass_over(left);
        }
        if self.broken.is_some() {
            return self.broken;
        }
        let filling = size.next_multiple_of(BLOCK) - size;
        match self.tape.stream.pass_over(filling) {
            Ok(passed) => {
                self.tape.at += passed;
                None
            }
            Err(error) => Some(Broken::Failed(error)),
        }
    }
}

impl Read for Member<'_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Member<'_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.left > 0 && self.broken.is_none() {
            match self.tape.stream.fill_buf() {
                Ok([]) => self.broken = Some(Broken::CutShort(self.left)),
                Ok(_) => break,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => self.broken = Some(Broken::Failed(error)),
            }
        }
        if self.left == 0 || self.broken.is_some() {
            return Ok(&[]);
        }
        let bytes = self.tape.stream.fill_buf()?;
        let count = usize::try_from(self.left).map_or(bytes.len(), |left| left.min(bytes.len()));
        Ok(bytes.get(..count).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        self.left = self.left.saturating_sub(count as u64);
        self.tape.at += count as u64;
        self.tape.stream.consume(count);
    }
}

impl Stream for Member<'_, '_> {
    fn pass_over(&mut self, count: u64) -> io::Result<u64> {
        let count = count.min(self.left);
        if self.broken.is_some() {
            return Ok(0);
        }
        let passed = match self.tape.stream.pass_over(count) {
            Ok(passed) => passed,
            Err(error) => {
                self.broken = Some(Broken::Failed(error));
                return Ok(0);
            }
        };
        self.left -= passed;
        self.tape.at += passed;
        if passed < count {
            self.broken = Some(Broken::CutShort(self.left));
        }
        Ok(passed)
    }
}
