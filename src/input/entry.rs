//! What the walk offers and what it asks: one [`Entry`] after another, put to a [`Visitor`].

use std::io::{self, BufRead};

/// What kind of thing a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryKind<'a> {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link, with its target as it was stored (lossy UTF-8): `../../sos_strings/logs/var.log.messages.tailed`.
    Symlink(&'a str),
    /// A second name in a tar archive for a file that is stored under another one; the other name, cleaned as paths are.
    HardLink(&'a str),
    /// A FIFO, a device or a socket. These are named and never opened.
    Special,
}

/// One name inside an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The nested archives that were passed through, outermost first, each by its path inside the one before.
    /// Empty for what lies directly in the input.
    pub container: &'a [String],
    /// Path inside the innermost archive or directory: relative, `/`-separated, lossy UTF-8, without `.` and `..`.
    /// A single file that is the whole input has its own name; standard input is `stdin`.
    pub path: &'a str,
    /// What the name stands for.
    pub kind: EntryKind<'a>,
    /// Bytes of content, before any compression of its own is undone; `None` where that is not known (yet): for a file
    /// on disk until it is opened, for what comes out of a decompressor.
    pub size: Option<u64>,
    /// Time of last change, in seconds since 1970-01-01 UTC; `None` where not known, as above, and for zip, which
    /// keeps it in a zone it does not tell.
    pub mtime: Option<i64>,
}

/// What a visitor wants of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Interest {
    /// Nothing: its bytes are passed over.
    Skip,
    /// Its bytes, decompressed if they are a single compressed file. For a link: the bytes of its target, which are
    /// handed out under the link's name unless the visitor reads the target under a name of its own.
    Read,
    /// If its bytes are an archive (compressed or not), the entries inside; if they are a memory dump, its bytes, as for
    /// [`Read`](Self::Read); otherwise nothing.
    Descend,
}

/// The two ends of a nested archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Edge {
    /// Its entries follow.
    Begins,
    /// It had no more entries, or no more that can be read.
    Ends,
}

/// Whoever walks an input: it says what it wants and receives it, all on the thread that called
/// [`walk`](super::walk), in the order of the archive.
pub trait Visitor {
    /// Asked once for every name. For [`EntryKind::Directory`] the answer means nothing.
    fn interest(&mut self, entry: &Entry<'_>) -> Interest;

    /// Receives the content of an entry that it answered [`Interest::Read`] for. It need not be read to its end.
    ///
    /// Reading never fails: where the input is damaged or a limit is reached the content ends there, and
    /// [`problem`](Self::problem) is told after this call has returned.
    ///
    /// # Errors
    /// What the visitor returns is told as a problem of this entry; the walk goes on.
    fn read(&mut self, entry: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()>;

    /// Told of each thing that could not be read whole. `path` is the entry's path behind those of its containers,
    /// joined by `!` (`sosreport-a.tar.xz!var/log/messages`); for trouble between entries it is the last one before.
    fn problem(&mut self, path: &str, message: String);

    /// Told when the entries of a nested archive begin and end.
    fn nested(&mut self, _archive: &Entry<'_>, _edge: Edge) {}

    /// Whether anything below this directory can matter; asked for directory trees on disk only, where it saves the
    /// listing of what does not.
    fn enter(&mut self, _directory: &Entry<'_>) -> bool {
        true
    }

    /// Asked before each entry; `true` ends the walk.
    fn enough(&self) -> bool {
        false
    }
}

/// An entry without its container, which the walker knows.
#[derive(Clone, Copy)]
pub(super) struct Named<'a> {
    pub path: &'a str,
    pub kind: EntryKind<'a>,
    pub size: Option<u64>,
    pub mtime: Option<i64>,
}

impl<'a> Named<'a> {
    pub fn file(path: &'a str) -> Self {
        Self { path, kind: EntryKind::File, size: None, mtime: None }
    }

    pub fn inside(self, container: &'a [String]) -> Entry<'a> {
        Entry { container, path: self.path, kind: self.kind, size: self.size, mtime: self.mtime }
    }
}
