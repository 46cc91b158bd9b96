//! The one further pass over an input, for files that passed by unread before a wanted link to them was met.

use std::collections::HashMap;
use std::io::{self, BufRead, Cursor, Read};

use super::entry::{Entry, EntryKind, Interest, Visitor};
use super::links::{Again, Link, LinkKind};
use super::name::joined;

/// Content up to this size is held in memory where several links want it.
const HELD: u64 = 1 << 20;

/// Walks an input once more and hands the visitor nothing but the targets of its links, under the links' names.
pub(super) struct SecondPass<'v> {
    visitor: &'v mut dyn Visitor,
    /// By container and path.
    wanted: HashMap<(Vec<String>, String), Vec<Link>>,
    /// What is being handed out, or was last.
    at_hand: String,
}

impl<'v> SecondPass<'v> {
    pub fn new(visitor: &'v mut dyn Visitor, again: Vec<Again>) -> Self {
        let wanted = again.into_iter().map(|again| ((again.container, again.target), again.links)).collect();
        Self { visitor, wanted, at_hand: String::new() }
    }

    /// Tells of the links whose targets did not pass by again.
    pub fn finish(self, why: &str) {
        for ((container, _), links) in self.wanted {
            for link in links {
                self.visitor
                    .problem(&joined(&container, &link.path), format!("the target of this link was not read: {why}"));
            }
        }
    }

    fn key(entry: &Entry<'_>) -> (Vec<String>, String) {
        (entry.container.to_vec(), entry.path.to_owned())
    }

    /// Whether something wanted lies inside this archive.
    fn holds_wanted(&self, entry: &Entry<'_>) -> bool {
        let depth = entry.container.len();
        self.wanted.keys().any(|(container, _)| {
            container.starts_with(entry.container) && container.get(depth).is_some_and(|next| next == entry.path)
        })
    }
}

impl Visitor for SecondPass<'_> {
    fn interest(&mut self, entry: &Entry<'_>) -> Interest {
        if entry.kind != EntryKind::File {
            Interest::Skip
        } else if self.wanted.contains_key(&Self::key(entry)) {
            Interest::Read
        } else if self.holds_wanted(entry) {
            Interest::Descend
        } else {
            Interest::Skip
        }
    }

    fn read(&mut self, entry: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
        let links = self.wanted.remove(&Self::key(entry)).unwrap_or_default();
        self.at_hand = joined(entry.container, entry.path);
        let Some((first, more)) = links.split_first() else { return Ok(()) };
        if more.is_empty() {
            return self.visitor.read(&under(first, entry), bytes);
        }
        let mut held = Vec::new();
        bytes.take(HELD).read_to_end(&mut held)?;
        if (held.len() as u64) < HELD {
            return links.iter().try_for_each(|link| self.visitor.read(&under(link, entry), &mut Cursor::new(&held)));
        }
        for link in more {
            let path = joined(entry.container, &link.path);
            self.visitor.problem(&path, format!("not read: its content is that of {}", first.path));
        }
        self.visitor.read(&under(first, entry), &mut Cursor::new(held).chain(bytes))
    }

    /// What is wrong with the input was told in the first pass; what is wrong with the content at hand was not.
    fn problem(&mut self, path: &str, message: String) {
        if path == self.at_hand {
            self.visitor.problem(path, message);
        }
    }

    fn enter(&mut self, directory: &Entry<'_>) -> bool {
        self.wanted.keys().any(|(container, _)| {
            let rest = container.first().and_then(|first| first.strip_prefix(directory.path));
            rest.is_some_and(|rest| rest.starts_with('/'))
        })
    }

    fn enough(&self) -> bool {
        self.wanted.is_empty() || self.visitor.enough()
    }
}

fn under<'a>(link: &'a Link, entry: &Entry<'a>) -> Entry<'a> {
    let kind = match link.kind {
        LinkKind::Symbolic => EntryKind::Symlink(&link.target),
        LinkKind::Hard => EntryKind::HardLink(&link.target),
    };
    Entry { path: &link.path, kind, ..*entry }
}
