//! The bytes of one module, read only as far as they are asked for.
//!
//! What a module says of itself stands in a few places: the ELF header, the section table near the end, one or two
//! sections, and the signature at the tail. A module in memory is looked at in place; of a plain `.ko` on disk only
//! those places are read, so that a tree of thousands costs a few small reads each.

use std::borrow::Cow;
use std::cell::RefCell;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};

/// How much of the start of a file is read ahead, a page: the ELF header, the build id that linkers put first, and in
/// half of all modules `.modinfo`.
const HEAD: usize = 4096;
/// How much of the end is read ahead at most.
const LONGEST_TAIL: usize = 32 << 10;
/// How much is read at a time where all of a file is needed.
const CHUNK: usize = 256 << 10;

/// The uncompressed bytes of one module.
#[derive(Debug)]
pub(super) enum Image<'a> {
    /// In memory.
    Bytes(Cow<'a, [u8]>),
    /// A plain file.
    File(FileImage),
}

/// A file with its start and end read ahead.
#[derive(Debug)]
pub(super) struct FileImage {
    file: File,
    length: u64,
    /// The start in its first `head` bytes, the end in `tail` bytes behind [`HEAD`].
    ahead: Ahead,
    head: usize,
    tail: usize,
}

/// Room for what is read ahead, taken over from a file that the same thread is done with.
#[derive(Debug)]
struct Ahead(Vec<u8>);

thread_local! {
    static DONE_WITH: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
}

impl Ahead {
    /// Rooms that a thread keeps; it reads one file after the other.
    const KEPT: usize = 2;

    fn new() -> Self {
        let room = DONE_WITH.with_borrow_mut(Vec::pop);
        Self(room.unwrap_or_else(|| vec![0; HEAD + LONGEST_TAIL]))
    }

    fn room(&mut self, from: usize, length: usize) -> &mut [u8] {
        self.0.get_mut(from..).and_then(|room| room.get_mut(..length)).unwrap_or_default()
    }

    fn filled(&self, from: usize, length: usize) -> &[u8] {
        self.0.get(from..).and_then(|room| room.get(..length)).unwrap_or_default()
    }
}

impl Drop for Ahead {
    fn drop(&mut self) {
        let room = std::mem::take(&mut self.0);
        // A thread that ends has no room to keep it in.
        let _ = DONE_WITH.try_with(|rooms| {
            let mut rooms = rooms.borrow_mut();
            if rooms.len() < Self::KEPT {
                rooms.push(room);
            }
        });
    }
}

impl Image<'_> {
    /// A file, of which the head is read.
    pub(super) fn of_file(mut file: File) -> io::Result<Self> {
        // Cheaper than all that is known of the file, which is asked for where there is no end to go to, as in a pipe.
        let length = file.seek(SeekFrom::End(0)).or_else(|_| file.metadata().map(|facts| facts.len()))?;
        let head = usize::try_from(length).unwrap_or(HEAD).min(HEAD);
        let mut ahead = Ahead::new();
        read_exact_at(&file, ahead.room(0, head), 0)?;
        Ok(Self::File(FileImage { file, length, ahead, head, tail: 0 }))
    }

    /// Reads a file's end ahead, from this offset on, if that is not much.
    pub(super) fn read_tail(&mut self, from: u64) -> io::Result<()> {
        if let Self::File(image) = self {
            let length = usize::try_from(image.length.saturating_sub(from)).unwrap_or(usize::MAX);
            if length <= LONGEST_TAIL {
                let start = image.length.saturating_sub(length_of(length));
                read_exact_at(&image.file, image.ahead.room(HEAD, length), start)?;
                image.tail = length;
            }
        }
        Ok(())
    }

    /// Length in bytes.
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => length_of(bytes.len()),
            Self::File(image) => image.length,
        }
    }

    /// A piece of the module.
    ///
    /// # Errors
    /// `UnexpectedEof` where the piece is not wholly inside the module; else what reading the file gave.
    pub(super) fn get(&self, offset: u64, length: u64) -> io::Result<Cow<'_, [u8]>> {
        if offset.checked_add(length).is_none_or(|end| end > self.length()) {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        match self {
            Self::Bytes(bytes) => piece(bytes, 0, offset, length).map(Cow::Borrowed).ok_or_else(beyond_memory),
            Self::File(image) => match image.read_ahead(offset, length) {
                Some(bytes) => Ok(Cow::Borrowed(bytes)),
                None => image.read(offset, length).map(Cow::Owned),
            },
        }
    }

    /// Hands the first `length` bytes to `take`, in order, in pieces of any size.
    ///
    /// # Errors
    /// As [`Image::get`].
    pub(super) fn for_each_chunk(&self, length: u64, take: &mut dyn FnMut(&[u8])) -> io::Result<()> {
        if let Self::Bytes(_) = self {
            take(&self.get(0, length)?);
            return Ok(());
        }
        let chunk = u64::try_from(CHUNK).unwrap_or(u64::MAX);
        let mut offset = 0;
        while offset < length {
            let bytes = self.get(offset, chunk.min(length.saturating_sub(offset)))?;
            take(&bytes);
            offset = offset.saturating_add(length_of(bytes.len()));
        }
        Ok(())
    }
}

impl FileImage {
    /// A piece, if it is among what was read ahead.
    fn read_ahead(&self, offset: u64, length: u64) -> Option<&[u8]> {
        let tail_start = self.length.saturating_sub(length_of(self.tail));
        piece(self.ahead.filled(0, self.head), 0, offset, length)
            .or_else(|| piece(self.ahead.filled(HEAD, self.tail), tail_start, offset, length))
    }

    fn read(&self, offset: u64, length: u64) -> io::Result<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(length).map_err(|_| beyond_memory())?];
        read_exact_at(&self.file, &mut bytes, offset)?;
        Ok(bytes)
    }
}

#[cfg(unix)]
fn read_exact_at(file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, bytes, offset)
}

#[cfg(not(unix))]
fn read_exact_at(mut file: &File, bytes: &mut [u8], offset: u64) -> io::Result<()> {
    use std::io::Read;
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(bytes)
}

/// The piece of `bytes` (which begin at `start` of the module) that is asked for, if it lies wholly inside.
fn piece(bytes: &[u8], start: u64, offset: u64, length: u64) -> Option<&[u8]> {
    let from = usize::try_from(offset.checked_sub(start)?).ok()?;
    bytes.get(from..)?.get(..usize::try_from(length).ok()?)
}

fn length_of(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

fn beyond_memory() -> io::Error {
    io::ErrorKind::OutOfMemory.into()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_and_its_bytes_give_the_same_pieces() {
        let bytes: Vec<u8> = (0..100_000u32).map(|n| (n % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&bytes).unwrap();
        let mut on_disk = Image::of_file(file).unwrap();
        on_disk.read_tail(90_000).unwrap();
        let in_memory = Image::Bytes(Cow::Borrowed(&bytes));
        for (offset, length) in [(0, 64), (1000, 100), (50_000, 9), (89_000, 2000), (99_999, 1), (100_000, 0)] {
            assert_eq!(
                on_disk.get(offset, length).unwrap(),
                in_memory.get(offset, length).unwrap(),
                "{offset}+{length}"
            );
        }
        for (offset, length) in [(99_999, 2), (u64::MAX, 1), (0, u64::MAX)] {
            assert_eq!(on_disk.get(offset, length).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
            assert_eq!(in_memory.get(offset, length).unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        }
        let mut whole = Vec::new();
        on_disk.for_each_chunk(100_000, &mut |chunk| whole.extend_from_slice(chunk)).unwrap();
        assert_eq!(whole, bytes);
    }

    #[test]
    fn a_file_shorter_than_what_is_read_ahead_is_read_whole() {
        for length in [0, 1, HEAD, HEAD + 1, LONGEST_TAIL, LONGEST_TAIL + 1] {
            let mut file = tempfile::tempfile().unwrap();
            file.write_all(&vec![7; length]).unwrap();
            let length = length as u64;
            let mut image = Image::of_file(file).unwrap();
            for from in [0, length, u64::MAX] {
                image.read_tail(from).unwrap();
                assert_eq!(image.get(0, length).unwrap().len(), length as usize);
            }
        }
    }
}
