//! Links inside one archive: which of them were wanted, and where they lead.
//!
//! sos stores a log that it cut as `sos_strings/logs/var.log.messages.tailed` and leaves at `var/log/messages` the link
//! `../../sos_strings/logs/var.log.messages.tailed`: what the visitor wants under the second name lies under the first.
//!
//! A symbolic link's bytes are handed out under its name only if nobody reads them under the target's own. A hard link
//! is a file in its own right, and is handed out whether or not its other name was.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::{BuildHasher, RandomState};

use super::name::parent;

/// Links followed one after another before a chain is taken for a loop, as Linux's `MAXSYMLINKS`.
const HOPS: usize = 40;

/// Components gone through on the way, which bounds what a made-up chain costs.
const STEPS: usize = 256;

/// Links of one archive that a visitor may want.
pub(super) const WANTED: usize = 10_000;

/// Which kind of link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum LinkKind {
    Symbolic,
    Hard,
}

/// A link as it stands in the archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    pub path: String,
    pub kind: LinkKind,
    /// As stored for a symbolic link, cleaned for a hard one.
    pub target: String,
}

/// A file whose bytes are wanted under the names of links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Again {
    pub container: Vec<String>,
    pub target: String,
    pub links: Vec<Link>,
}

/// A set of paths, kept as hashes: a million of them take 16 MB. Two paths taken for one cost a needless second pass.
#[derive(Default)]
struct Paths {
    hashes: HashSet<u64>,
    state: RandomState,
}

impl Paths {
    fn insert(&mut self, path: &str) {
        self.hashes.insert(self.state.hash_one(path));
    }

    fn contains(&self, path: &str) -> bool {
        self.hashes.contains(&self.state.hash_one(path))
    }
}

/// The links of one archive, and the files that they may lead to.
pub(super) struct Links {
    files: Paths,
    read: Paths,
    /// Links by their paths, for chains and for linked directories.
    by_path: HashMap<String, (LinkKind, String)>,
    wanted: Vec<Option<Link>>,
    /// Wanted symbolic links by the path they seem to lead to, until that path passes by.
    awaited: HashMap<String, usize>,
    bytes_left: usize,
}

/// What became of the wanted links when the archive had been walked.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Settled {
    /// Files that passed by unread.
    pub again: Vec<Again>,
    /// Links that lead nowhere, with the reason.
    pub lost: Vec<(String, String)>,
}

impl Links {
    /// `bytes` bounds the paths and targets that are remembered.
    pub fn new(bytes: usize) -> Self {
        Self {
            files: Paths::default(),
            read: Paths::default(),
            by_path: HashMap::new(),
            wanted: Vec::new(),
            awaited: HashMap::new(),
            bytes_left: bytes,
        }
    }

    /// Remembers a link that passes by.
    pub fn note(&mut self, path: &str, kind: LinkKind, target: &str) {
        if self.spend(path, target) {
            self.by_path.insert(path.to_owned(), (kind, target.to_owned()));
        }
    }

    fn spend(&mut self, path: &str, target: &str) -> bool {
        match self.bytes_left.checked_sub(path.len() + target.len()) {
            Some(left) => {
                self.bytes_left = left;
                true
            }
            None => false,
        }
    }

    /// Remembers that the bytes of a link's target are wanted under its name; `false` if there are too many.
    pub fn want(&mut self, path: &str, kind: LinkKind, target: &str) -> bool {
        if self.wanted.len() >= WANTED || !self.spend(path, target) {
            return false;
        }
        let link = Link { path: path.to_owned(), kind, target: target.to_owned() };
        if kind == LinkKind::Symbolic {
            for seeming in roots(path).into_iter().filter_map(|root| follow(path, target, root, |_| None)) {
                self.awaited.entry(seeming).or_insert(self.wanted.len());
            }
        }
        self.wanted.push(Some(link));
        true
    }

    /// Remembers that a file passes by.
    pub fn saw_file(&mut self, path: &str) {
        self.files.insert(path);
    }

    /// Remembers that a file's bytes are handed out.
    pub fn was_read(&mut self, path: &str) {
        self.read.insert(path);
    }

    /// The wanted link that leads to this file, which nobody wants under its own name; it counts as served.
    pub fn awaiting(&mut self, path: &str) -> Option<Link> {
        if self.awaited.is_empty() {
            return None;
        }
        let index = self.awaited.remove(path)?;
        let link = self.wanted.get_mut(index)?.take()?;
        self.read.insert(path);
        Some(link)
    }

    /// Finds out where the links lead that were not served on the way.
    pub fn settle(mut self) -> Settled {
        let mut settled = Settled::default();
        let mut places: HashMap<String, usize> = HashMap::new();
        for link in std::mem::take(&mut self.wanted).into_iter().flatten() {
            let Some(target) = self.file_behind(&link) else {
                let reason = format!("this link leads to {}, which is no file in here", link.target);
                settled.lost.push((link.path, reason));
                continue;
            };
            if link.kind == LinkKind::Symbolic {
                if self.read.contains(&target) {
                    continue;
                }
                self.read.insert(&target);
            }
            match places.get(&target).and_then(|place| settled.again.get_mut(*place)) {
                Some(again) => again.links.push(link),
                None => {
                    places.insert(target.clone(), settled.again.len());
                    settled.again.push(Again { container: Vec::new(), target, links: vec![link] });
                }
            }
        }
        settled
    }

    /// The file that a link leads to.
    fn file_behind(&self, link: &Link) -> Option<String> {
        let lookup = |path: &str| self.by_path.get(path).cloned();
        roots(&link.path).into_iter().find_map(|root| {
            let target = match link.kind {
                LinkKind::Hard => format!("/{}", link.target),
                LinkKind::Symbolic => link.target.clone(),
            };
            follow(&link.path, &target, root, lookup).filter(|path| self.files.contains(path))
        })
    }
}

/// Where an absolute target may start: at the archive's root and, since a report lies in a directory of its own, at the
/// link's first directory.
pub(super) fn roots(path: &str) -> [&str; 2] {
    ["", path.split('/').next().unwrap_or_default()]
}

/// Follows `target` as seen from the link at `path`, through further links, never above the root. `None`: a loop, or
/// a way longer than any real one.
pub(super) fn follow(
    path: &str,
    target: &str,
    root: &str,
    lookup: impl Fn(&str) -> Option<(LinkKind, String)>,
) -> Option<String> {
    let mut reached = if target.starts_with('/') { root.to_owned() } else { parent(path).to_owned() };
    let mut ahead: VecDeque<String> = target.split('/').map(str::to_owned).collect();
    let (mut hops, mut steps) = (0, 0);
    while let Some(part) = ahead.pop_front() {
        steps += 1;
        if steps > STEPS {
            return None;
        }
        match part.as_str() {
            "" | "." => continue,
            ".." => {
                reached.truncate(reached.rfind('/').unwrap_or(0));
                continue;
            }
            name => {
                if !reached.is_empty() {
                    reached.push('/');
                }
                reached.push_str(name);
            }
        }
        let Some((kind, target)) = lookup(&reached) else { continue };
        hops += 1;
        if hops > HOPS {
            return None;
        }
        match kind {
            LinkKind::Hard => reached.clear(),
            LinkKind::Symbolic if target.starts_with('/') => reached = root.to_owned(),
            LinkKind::Symbolic => reached.truncate(reached.rfind('/').unwrap_or(0)),
        }
        for part in target.rsplit('/') {
            ahead.push_front(part.to_owned());
        }
    }
    Some(reached)
}
