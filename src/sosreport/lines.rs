//! Text evidence by the line, with the place of each line: in bounded memory, whatever the bytes are.
//!
//! A line ends at `\n`, at `\r\n` or at the end of the input. Bytes that are not UTF-8 become `U+FFFD`. What a line has
//! beyond [`LONGEST`] bytes is read and left out.

use std::borrow::Cow;
use std::io::{self, BufRead};
use std::sync::Arc;

use crate::facts::{Located, Origin};

/// Bytes of a line that are kept: well above anything the parsers here look for.
pub(super) const LONGEST: usize = 64 * 1024;

/// One line and where it stands.
pub(super) struct Line<'a> {
    /// The line without its end.
    pub text: Cow<'a, str>,
    /// Counted from 1 in the file that the report holds.
    pub number: u64,
    path: &'a Arc<str>,
}

impl Line<'_> {
    /// Where the line stands.
    pub fn origin(&self) -> Origin {
        Origin::line(self.path.clone(), self.number)
    }

    /// A value that was read in this line.
    pub fn located<T>(&self, value: T) -> Located<T> {
        Located::new(value, self.origin())
    }
}

/// The lines of one file, or of one section of it.
pub(super) struct Lines<'a> {
    input: &'a mut dyn BufRead,
    path: Arc<str>,
    number: u64,
    buffer: Vec<u8>,
    cut: bool,
}

impl<'a> Lines<'a> {
    /// The lines of `input`, the first of which stands `before` lines into the file `path`.
    pub fn new(path: Arc<str>, before: u64, input: &'a mut dyn BufRead) -> Self {
        Self { input, path, number: before, buffer: Vec::new(), cut: false }
    }

    /// The next line; `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.buffer.clear();
        match append_line(self.input, &mut self.buffer) {
            Ok(LineEnd::Nothing) => return Ok(None),
            Ok(end) => self.cut = end == LineEnd::Cut,
            Err(error) => {
                self.cut = true;
                return Err(error);
            }
        }
        self.number = self.number.saturating_add(1);
        let text = String::from_utf8_lossy(without_end(&self.buffer));
        Ok(Some(Line { text, number: self.number, path: &self.path }))
    }

    /// The first line that is not blank; `None` where there is none.
    pub fn first(&mut self) -> io::Result<Option<Line<'_>>> {
        // A loop that returns what it borrows is beyond today's borrow checker: count first, then read once more.
        loop {
            match self.next()? {
                None => return Ok(None),
                Some(line) if line.text.trim().is_empty() => {}
                Some(_) => break,
            }
        }
        let text = String::from_utf8_lossy(without_end(&self.buffer));
        Ok(Some(Line { text, number: self.number, path: &self.path }))
    }

    /// Whether the last line has no end: the input stops inside it.
    pub fn is_cut(&self) -> bool {
        self.cut
    }
}

/// How a line ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum LineEnd {
    /// There was no line.
    Nothing,
    /// With a line feed.
    Feed,
    /// With the end of the input.
    Cut,
}

/// Appends the next line, its end included, to `line`; of a long line the first [`LONGEST`] bytes and no end.
pub(super) fn append_line(input: &mut dyn BufRead, line: &mut Vec<u8>) -> io::Result<LineEnd> {
    let mut end = LineEnd::Nothing;
    loop {
        let available = match input.fill_buf() {
            Ok(available) => available,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if available.is_empty() {
            return Ok(end);
        }
        let (piece, ends) = match memchr::memchr(b'\n', available) {
            Some(at) => (available.get(..=at).unwrap_or(available), true),
            None => (available, false),
        };
        let room = LONGEST.saturating_sub(line.len());
        line.extend_from_slice(piece.get(..room).unwrap_or(piece));
        let used = piece.len();
        input.consume(used);
        if ends {
            return Ok(LineEnd::Feed);
        }
        end = LineEnd::Cut;
    }
}

/// A line without `\n` or `\r\n`.
pub(super) fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The beginning of a text, of at most `bytes` bytes: what is kept of a value that a stranger may have made long.
pub(super) fn shortened(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn all(bytes: &[u8], capacity: usize) -> (Vec<(u64, String)>, bool) {
        let mut input = BufReader::with_capacity(capacity, bytes);
        let mut lines = Lines::new("f".into(), 10, &mut input);
        let mut out = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            out.push((line.number, line.text.into_owned()));
        }
        (out, lines.is_cut())
    }

    #[test]
    fn lines_count_on_from_where_a_section_begins() {
        for capacity in [1, 2, 3, 100] {
            let (lines, cut) = all(b"one\r\n\ntwo\xff\nthree", capacity);
            let want = [(11, "one"), (12, ""), (13, "two\u{fffd}"), (14, "three")];
            assert_eq!(lines, want.map(|(n, t)| (n, t.to_owned())), "buffer of {capacity}");
            assert!(cut, "the last line has no end");
        }
    }

    #[test]
    fn a_long_line_is_cut_and_the_next_one_is_whole() {
        let mut bytes = vec![b'x'; 3 * LONGEST];
        bytes.extend_from_slice(b"\nnext\n");
        let (lines, cut) = all(&bytes, 4096);
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].1.len(), LONGEST);
        assert_eq!(lines[1], (12, "next".to_owned()));
        assert!(!cut);
    }

    #[test]
    fn the_first_line_with_text_keeps_its_number() {
        let mut input: &[u8] = b"\n  \nvalue\nrest\n";
        let mut lines = Lines::new("f".into(), 0, &mut input);
        let first = lines.first().unwrap().unwrap();
        assert_eq!((first.number, first.text.as_ref()), (3, "value"));
        assert_eq!(first.origin().to_string(), "f:3");
    }
}
