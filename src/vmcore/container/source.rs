//! Where the bytes of a dump come from: a file read at positions, or memory that a wrapped dump was unpacked into.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

/// Bytes that can be read at any offset.
pub(crate) trait Source: Send {
    /// Length in bytes.
    fn len(&self) -> u64;

    /// Reads at `offset` into `buffer`; fewer bytes than asked mean the end of the source.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Fills `buffer`, or fails with `UnexpectedEof`.
    fn read_exact_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<()> {
        match self.read_at(offset, buffer)? {
            n if n == buffer.len() => Ok(()),
            n => Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                format!(
                    "{n} of {} bytes at offset {offset:#x}, then the end of the file: it is truncated",
                    buffer.len()
                ),
            )),
        }
    }

    /// Reads up to `length` bytes at `offset`: fewer at the end of the source.
    fn read_vec(&self, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let left = self.len().saturating_sub(offset);
        let mut buffer = vec![0; length.min(usize::try_from(left).unwrap_or(usize::MAX))];
        let n = self.read_at(offset, &mut buffer)?;
        buffer.truncate(n);
        Ok(buffer)
    }
}

/// A file on disk, read with `pread`.
pub(crate) struct FileSource {
    file: File,
    length: u64,
}

impl FileSource {
    /// Takes an open regular file.
    pub(crate) fn new(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file, length })
    }
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            match self.file.read_at(rest, offset.saturating_add(done as u64)) {
                Ok(0) => break,
                Ok(n) => done += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }
}
