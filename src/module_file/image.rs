//! The bytes of one module, read only as far as they are asked for.
//!
//! What a module says of itself stands in a few places: the ELF header, the section table near the end, one or two
//! sections, and the signature at the tail. A module in memory is looked at in place; of a plain `.ko` on disk only
//! those places are read, so that a tree of thousands costs a few small reads each.

use std::borrow::Cow;
use std::fs::File;
use std::io;

/// How much of the start of a file is read ahead, a page: the ELF header, the build id that linkers put first, and in
/// half of all modules `.modinfo`.
const HEAD: u64 = 4096;
/// How much of the end is read ahead at most.
const LONGEST_TAIL: u64 = 32 << 10;
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
    head: Vec<u8>,
    tail: Vec<u8>,
}

impl Image<'_> {
    /// A file, of which the head is read.
    pub(super) fn of_file(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        let mut image = FileImage { file, length, head: Vec::new(), tail: Vec::new() };
        image.head = image.read(0, length.min(HEAD))?;
        Ok(Self::File(image))
    }

    /// Reads a file's end ahead, from this offset on, if that is not much.
    pub(super) fn read_tail(&mut self, from: u64) -> io::Result<()> {
        if let Self::File(image) = self {
            let length = image.length.saturating_sub(from);
            if length <= LONGEST_TAIL {
                image.tail = image.read(image.length.saturating_sub(length), length)?;
            }
        }
        Ok(())
    }

    /// Length in bytes.
    pub(super) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => length_of(bytes),
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
            Self::File(image) => {
                let tail_start = image.length.saturating_sub(length_of(&image.tail));
                match piece(&image.head, 0, offset, length).or_else(|| piece(&image.tail, tail_start, offset, length)) {
                    Some(bytes) => Ok(Cow::Borrowed(bytes)),
                    None => image.read(offset, length).map(Cow::Owned),
                }
            }
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
            offset = offset.saturating_add(length_of(&bytes));
        }
        Ok(())
    }
}

impl FileImage {
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
    use std::io::{Read, Seek, SeekFrom};
    file.seek(SeekFrom::Start(offset))?;
    file.read_exact(bytes)
}

/// The piece of `bytes` (which begin at `start` of the module) that is asked for, if it lies wholly inside.
fn piece(bytes: &[u8], start: u64, offset: u64, length: u64) -> Option<&[u8]> {
    let from = usize::try_from(offset.checked_sub(start)?).ok()?;
    bytes.get(from..)?.get(..usize::try_from(length).ok()?)
}

fn length_of(bytes: &[u8]) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
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
            file.write_all(&vec![7; length as usize]).unwrap();
            let mut image = Image::of_file(file).unwrap();
            for from in [0, length, u64::MAX] {
                image.read_tail(from).unwrap();
                assert_eq!(image.get(0, length).unwrap().len(), length as usize);
            }
        }
    }
}
