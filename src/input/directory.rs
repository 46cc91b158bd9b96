//! Directory trees on disk: sorted by name, links resolved inside the tree and never out of it, nothing opened that is
//! no regular file.

use std::collections::HashSet;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use walkdir::{DirEntry, WalkDir};

use super::entry::{EntryKind, Interest, Named};
use super::links::{Link, LinkKind, WANTED, follow, roots};
use super::name::Reach;
use super::stream::{Counted, PlaceStream};
use super::walker::Walker;

/// Walks everything below `root`.
pub(super) fn walk(walker: &mut Walker<'_>, root: &Path) {
    let mut walk = Walk { walker, root, path: String::new(), read: HashSet::new(), wanted: Vec::new() };
    let mut entries = WalkDir::new(root).min_depth(1).sort_by_file_name().into_iter();
    while let Some(entry) = entries.next() {
        if walk.walker.stopped() {
            break;
        }
        match entry {
            Err(error) => walk.unlisted(&error),
            Ok(entry) => {
                if walk.entry(&entry) == Below::Nothing {
                    entries.skip_current_dir();
                }
            }
        }
    }
    walk.settle_links();
}

/// Whether there is anything to look at below an entry.
#[derive(PartialEq, Eq)]
enum Below {
    Perhaps,
    Nothing,
}

struct Walk<'w, 'v, 'r> {
    walker: &'w mut Walker<'v>,
    root: &'r Path,
    /// Path of the entry at hand. Reused.
    path: String,
    /// Files that were handed out, for the links to them.
    read: HashSet<String>,
    wanted: Vec<Link>,
}

impl Walk<'_, '_, '_> {
    fn entry(&mut self, entry: &DirEntry) -> Below {
        self.path = relative(self.root, entry.path());
        if !self.walker.admit(&self.path, Reach::Inside) {
            return Below::Nothing;
        }
        let file_type = entry.file_type();
        if file_type.is_dir() {
            let named = Named { kind: EntryKind::Directory, ..Named::file(&self.path) };
            self.walker.interest(&named);
            return if self.walker.enter(&named) { Below::Perhaps } else { Below::Nothing };
        }
        if file_type.is_symlink() {
            self.link(entry.path());
        } else if file_type.is_file() {
            self.file(entry.path());
        } else if self.walker.interest(&Named { kind: EntryKind::Special, ..Named::file(&self.path) }) == Interest::Read
        {
            self.walker.problem(&self.path, "is a FIFO, a device or a socket, and was not opened".into());
        }
        Below::Perhaps
    }

    fn unlisted(&mut self, error: &walkdir::Error) {
        let path = error.path().map_or_else(String::new, |path| relative(self.root, path));
        let reason = error.io_error().map_or_else(|| error.to_string(), explain);
        self.walker.problem(&path, format!("cannot be listed: {reason}"));
    }

    fn file(&mut self, place: &Path) {
        match self.walker.interest(&Named::file(&self.path)) {
            Interest::Skip => {}
            Interest::Read => {
                self.read.insert(self.path.clone());
                hand_out(self.walker, Named::file(&self.path), place);
            }
            Interest::Descend => match open(place, self.walker) {
                Ok(opened) => {
                    let named = opened.named(Named::file(&self.path));
                    self.walker.descend_into_place(&named, opened.file, opened.length);
                }
                Err(error) => self.walker.problem(&self.path, format!("cannot be opened: {}", explain(&error))),
            },
        }
    }

    fn link(&mut self, place: &Path) {
        let target = match fs::read_link(place) {
            Ok(target) => target.to_string_lossy().into_owned(),
            Err(error) => return self.walker.problem(&self.path, format!("cannot be read: {}", explain(&error))),
        };
        let named = Named { kind: EntryKind::Symlink(&target), ..Named::file(&self.path) };
        if self.walker.interest(&named) != Interest::Read {
            return;
        }
        if self.wanted.len() >= WANTED {
            return self.walker.problem(&self.path, "passed over: too many links".into());
        }
        self.wanted.push(Link { path: self.path.clone(), kind: LinkKind::Symbolic, target });
    }

    /// Hands out what wanted links lead to, unless it was handed out under its own name.
    fn settle_links(self) {
        let Self { walker, root, mut read, wanted, .. } = self;
        for link in &wanted {
            if walker.stopped() {
                return;
            }
            match file_behind(root, link) {
                Some(target) if read.contains(&target) => {}
                Some(target) => {
                    let named = Named { kind: EntryKind::Symlink(&link.target), ..Named::file(&link.path) };
                    hand_out(walker, named, &root.join(&target));
                    read.insert(target);
                }
                None => {
                    walker.problem(&link.path, format!("this link leads to {}, which is no file in here", link.target));
                }
            }
        }
    }
}

/// The file a link leads to, by its path below the root, which holds no further link.
fn file_behind(root: &Path, link: &Link) -> Option<String> {
    let lookup = |path: &str| {
        let target = fs::read_link(root.join(path)).ok()?;
        Some((LinkKind::Symbolic, target.to_string_lossy().into_owned()))
    };
    roots(&link.path).into_iter().find_map(|start| {
        let target = follow(&link.path, &link.target, start, lookup)?;
        fs::symlink_metadata(root.join(&target)).is_ok_and(|metadata| metadata.is_file()).then_some(target)
    })
}

fn hand_out(walker: &mut Walker<'_>, named: Named<'_>, place: &Path) {
    match open(place, walker) {
        Ok(opened) => {
            let named = opened.named(named);
            walker.hand_out(&named, &mut PlaceStream::new(opened.file, opened.length));
        }
        Err(error) => walker.problem(named.path, format!("cannot be opened: {}", explain(&error))),
    }
}

struct Opened {
    file: Counted<File>,
    length: u64,
    mtime: Option<i64>,
}

impl Opened {
    fn named<'a>(&self, named: Named<'a>) -> Named<'a> {
        Named { size: Some(self.length), mtime: self.mtime, ..named }
    }
}

/// Opens a regular file; it is looked at before and after, since what is named may change in between.
fn open(place: &Path, walker: &Walker<'_>) -> io::Result<Opened> {
    let not_a_file = || io::Error::other("it is no regular file any more");
    if !fs::symlink_metadata(place)?.is_file() {
        return Err(not_a_file());
    }
    let file = File::open(place)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(not_a_file());
    }
    let since = metadata.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let mtime = since.and_then(|since| i64::try_from(since.as_secs()).ok());
    Ok(Opened { file: Counted::new(file, &walker.meter), length: metadata.len(), mtime })
}

fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "it vanished while the directory was read".into(),
        _ => error.to_string(),
    }
}

/// A path below the root, `/`-separated.
fn relative(root: &Path, path: &Path) -> String {
    let below: PathBuf = path.strip_prefix(root).map_or_else(|_| path.to_owned(), Path::to_owned);
    let mut text = String::new();
    for part in below.components() {
        if !text.is_empty() {
            text.push('/');
        }
        text.push_str(&part.as_os_str().to_string_lossy());
    }
    text
}
