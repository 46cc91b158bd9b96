//! Files with holes, as `tar -S` stores them: the holes are left out, and a map says where the rest belongs.
//!
//! Forms (GNU tar manual, "Storing Sparse Files"): the old one, with pairs of offset and length in the header and in
//! blocks behind it; and three in extended headers: 0.0 (`GNU.sparse.offset` and `.numbytes` in turn), 0.1
//! (`GNU.sparse.map=0,512,4096,1`) and 1.0, where the map is decimal lines at the start of the content.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use tar::{GnuExtSparseHeader, GnuSparseHeader, Header};

use super::header::{BLOCK, decimal, number};
use super::tape::{Member, Tape};
use crate::input::limits::Meter;
use crate::input::stream::Stream;

/// Most pieces of one file; each takes 16 bytes of memory.
const PIECES: usize = 1 << 20;

const ZEROS: &[u8] = &[0; 32 * 1024];

/// A piece of a file that is stored: where it belongs, and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    offset: u64,
    length: u64,
}

/// Where the stored pieces belong, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Map {
    pieces: Vec<Piece>,
    /// Size of the file with its holes.
    pub size: u64,
}

impl Map {
    fn push(&mut self, offset: u64, length: u64) -> Option<()> {
        let end = offset.checked_add(length)?;
        let reached = self.pieces.last().map_or(0, |last| last.offset + last.length);
        // The last piece is often one of no bytes, to mark the size.
        if offset < reached || i64::try_from(end).is_err() || self.pieces.len() >= PIECES {
            return None;
        }
        self.pieces.push(Piece { offset, length });
        Some(())
    }

    fn sized(mut self, size: u64) -> Option<Self> {
        let reached = self.pieces.last().map_or(0, |last| last.offset + last.length);
        self.size = size;
        (reached <= size).then_some(self)
    }
}

/// Reads the old form's map: from the header, and from the blocks behind it. `None`: it makes no sense.
pub(super) fn old_map(header: &Header, tape: &mut Tape<'_>) -> io::Result<Option<Map>> {
    let Some(gnu) = header.as_gnu() else { return Ok(None) };
    let mut map = Map::default();
    let mut sane = add_all(&mut map, &gnu.sparse);
    let [mut extended] = gnu.isextended;
    while extended == 1 && sane {
        let mut more = GnuExtSparseHeader::new();
        if !tape.block(more.as_mut_bytes())? {
            return Ok(None);
        }
        sane = add_all(&mut map, &more.sparse);
        [extended] = more.isextended;
    }
    Ok(number(&gnu.realsize).filter(|_| sane).and_then(|size| map.sized(size)))
}

fn add_all(map: &mut Map, pairs: &[GnuSparseHeader]) -> bool {
    pairs.iter().filter(|pair| pair.offset.first() != Some(&0)).all(|pair| {
        let (offset, length) = (number(&pair.offset), number(&pair.numbytes));
        offset.zip(length).and_then(|(offset, length)| map.push(offset, length)).is_some()
    })
}

/// What extended headers said of a file's holes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PaxSparse {
    /// Path of the file; the member's own is made up.
    pub path: Option<Vec<u8>>,
    size: Option<u64>,
    map: Map,
    offset: Option<u64>,
    map_in_content: bool,
    senseless: bool,
}

impl PaxSparse {
    /// Takes a record, its key without `GNU.sparse.`.
    pub fn record(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"name" => self.path = Some(value.to_vec()),
            b"size" | b"realsize" => self.size = decimal(value),
            b"major" => self.map_in_content = value == b"1",
            b"offset" => self.offset = decimal(value),
            b"numbytes" => {
                let pair = self.offset.take().zip(decimal(value));
                self.senseless |= pair.and_then(|(offset, length)| self.map.push(offset, length)).is_none();
            }
            b"map" => self.list(value),
            _ => {}
        }
    }

    fn list(&mut self, value: &[u8]) {
        let mut numbers = value.split(|byte| *byte == b',').map(decimal);
        while let Some(offset) = numbers.next() {
            let pair = offset.zip(numbers.next().flatten());
            if pair.and_then(|(offset, length)| self.map.push(offset, length)).is_none() {
                self.senseless = true;
                return;
            }
        }
    }

    /// Whether the file has holes.
    pub fn is_sparse(&self) -> bool {
        self.size.is_some()
    }

    /// The map; in form 1.0 it is read off the start of the content. `None`: it makes no sense.
    pub fn map(self, content: &mut Member<'_, '_>) -> Option<Map> {
        let map = if self.map_in_content { map_in_content(content)? } else { self.map };
        map.sized(self.size?).filter(|_| !self.senseless)
    }
}

/// Form 1.0: the number of pieces, then offset and length of each, one to a line, filled up to a whole block.
fn map_in_content(content: &mut Member<'_, '_>) -> Option<Map> {
    let mut taken = 0;
    let pieces = line(content, &mut taken)?;
    let mut map = Map::default();
    for _ in 0..pieces {
        let (offset, length) = (line(content, &mut taken)?, line(content, &mut taken)?);
        map.push(offset, length)?;
    }
    let filling = taken.next_multiple_of(BLOCK) - taken;
    (content.pass_over(filling).ok()? == filling).then_some(map)
}

fn line(content: &mut Member<'_, '_>, taken: &mut u64) -> Option<u64> {
    let mut digits = Vec::new();
    content.by_ref().take(20).read_until(b'\n', &mut digits).ok()?;
    *taken += digits.len() as u64;
    decimal(digits.strip_suffix(b"\n")?)
}

/// A file's content with its holes filled with zeros.
pub(super) struct Filled<'m, 'a, 's> {
    stored: &'m mut Member<'a, 's>,
    pieces: std::vec::IntoIter<Piece>,
    /// What comes next: zeros, then bytes as stored.
    hole: u64,
    piece: u64,
    at: u64,
    size: u64,
    meter: Arc<Meter>,
}

impl<'m, 'a, 's> Filled<'m, 'a, 's> {
    pub fn new(stored: &'m mut Member<'a, 's>, map: Map, meter: &Arc<Meter>) -> Self {
        let (pieces, size) = (map.pieces.into_iter(), map.size);
        Self { stored, pieces, hole: 0, piece: 0, at: 0, size, meter: Arc::clone(meter) }
    }

    /// Finds the next hole or piece that has bytes; at the end there is none.
    fn advance(&mut self) {
        while self.hole == 0 && self.piece == 0 && self.at < self.size {
            let next = self.pieces.next().unwrap_or(Piece { offset: self.size, length: 0 });
            self.hole = next.offset.saturating_sub(self.at);
            self.piece = next.length;
        }
    }
}

impl Read for Filled<'_, '_, '_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Filled<'_, '_, '_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.advance();
        if self.hole > 0 {
            self.meter.produce(0)?;
            let count = usize::try_from(self.hole).map_or(ZEROS.len(), |hole| hole.min(ZEROS.len()));
            return Ok(ZEROS.get(..count).unwrap_or_default());
        }
        let bytes = self.stored.fill_buf()?;
        let count = usize::try_from(self.piece).map_or(bytes.len(), |piece| piece.min(bytes.len()));
        Ok(bytes.get(..count).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        let bytes = count as u64;
        self.at = self.at.saturating_add(bytes);
        if self.hole > 0 {
            self.hole = self.hole.saturating_sub(bytes);
            // Being over the limit is found by the next call to fill the buffer.
            let _ = self.meter.produce(bytes);
        } else {
            self.piece = self.piece.saturating_sub(bytes);
            self.stored.consume(count);
        }
    }
}

impl Stream for Filled<'_, '_, '_> {}
