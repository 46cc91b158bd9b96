//! Tar archives in one pass: v7, ustar, GNU and POSIX (pax), with long names, links and sparse files.
//!
//! The header types are the `tar` crate's; the walk is not its `Archive`, which holds extension headers of any claimed
//! size in memory, ends at the first damaged header, and cannot lend the buffers it reads from.

mod extended;
pub(super) mod header;
mod sparse;
mod tape;

#[cfg(test)]
mod tests;

use std::io::Read;

use ::tar::Header;

use self::extended::{Extended, MOST};
use self::header::{Fields, Kind, fields, link_target, path};
use self::sparse::{Filled, Map, old_map};
use self::tape::{Broken, Next, Tape};
use super::entry::{EntryKind, Interest, Named};
use super::links::{LinkKind, Links};
use super::name::clean;
use super::stream::Stream;
use super::walker::Walker;

/// Walks an archive from its first header to its end, or to where it can be read no further.
pub(super) fn walk(walker: &mut Walker<'_>, stream: &mut dyn Stream) {
    let links = Links::new(walker.limits.link_bytes);
    let mut walk = Walk {
        walker,
        tape: Tape::new(stream),
        links,
        extended: Extended::default(),
        path: String::new(),
        target: String::new(),
    };
    walk.members();
    walk.settle_links();
}

struct Walk<'w, 'v, 's> {
    walker: &'w mut Walker<'v>,
    tape: Tape<'s>,
    links: Links,
    /// What was said of the next member.
    extended: Extended,
    /// Path of the member at hand, or of the last one; and its link target. Reused.
    path: String,
    target: String,
}

impl Walk<'_, '_, '_> {
    fn members(&mut self) {
        while !self.walker.stopped() {
            match self.tape.next_header() {
                Ok(Next::Header) => {}
                Ok(Next::End { marked: true }) => return,
                Ok(Next::End { marked: false }) => {
                    return self.fault("the archive ends here without its end mark: it may be cut short");
                }
                Ok(Next::Junk) if self.resynchronise() => {}
                Ok(Next::Junk) => return,
                Err(error) => {
                    return self.fault(format!("the archive cannot be read beyond this point: {error}"));
                }
            }
            let header = self.tape.header();
            if let Some(broken) = self.header(&header) {
                return self.fault(broken);
            }
        }
    }

    /// Tells of damage, and goes on at the next header if there is one.
    fn resynchronise(&mut self) -> bool {
        let from = self.tape.at - header::BLOCK;
        self.extended = Extended::default();
        let found = self.tape.resynchronise();
        let then = match &found {
            Ok(true) => format!("{} bytes are passed over", self.tape.at - header::BLOCK - from),
            Ok(false) => "no other header follows".to_owned(),
            Err(error) => format!("no other header follows; {error}"),
        };
        self.problem(format!("the archive is damaged beyond this point: no header at byte {from}; {then}"));
        found.is_ok_and(|found| found)
    }

    fn problem(&mut self, message: String) {
        self.walker.problem(&self.path, message);
    }

    fn fault(&mut self, message: impl ToString) {
        self.walker.fault(&self.path, message);
    }

    /// Deals with a header and the content behind it. What is returned ends the archive.
    fn header(&mut self, header: &Header) -> Option<Broken> {
        let Some(fields) = fields(header) else {
            clean(&path(header), &mut self.path);
            self.problem("passed over: the size in its header is not a possible one".into());
            self.extended = Extended::default();
            return None; // What follows is looked through for the next header.
        };
        match fields.kind {
            Kind::LongName => self.extension(fields.size, Extended::long_name),
            Kind::LongLink => self.extension(fields.size, Extended::long_link),
            Kind::Extended => self.extension(fields.size, Extended::records),
            Kind::Aside => self.tape.member(fields.size).finish(fields.size),
            _ => self.member(header, fields),
        }
    }

    /// Reads a header that speaks of the next member.
    fn extension(&mut self, size: u64, take: impl FnOnce(&mut Extended, &[u8])) -> Option<Broken> {
        let mut member = self.tape.member(size);
        if size > MOST {
            self.extended.unusable = Some("what precedes it to tell its name is far too long");
            return member.finish(size);
        }
        let mut content = Vec::new();
        // A member's reader does not fail: it ends, and why is kept.
        let _ = member.read_to_end(&mut content);
        take(&mut self.extended, &content);
        member.finish(size)
    }

    fn member(&mut self, header: &Header, fields: Fields) -> Option<Broken> {
        let mut extended = std::mem::take(&mut self.extended);
        let size = match fields.kind {
            Kind::HardLink => 0,
            _ => extended.size.unwrap_or(fields.size),
        };
        let map = match fields.kind {
            Kind::SparseFile => match old_map(header, &mut self.tape) {
                Ok(Some(map)) => Some(map),
                Ok(None) => {
                    extended.unusable = Some("its map of holes makes no sense");
                    None
                }
                Err(error) => return Some(Broken::Failed(error)),
            },
            _ => None,
        };
        let stored = extended.sparse.path.take().or(extended.path.take()).unwrap_or_else(|| path(header));
        let reach = clean(&stored, &mut self.path);
        // The archive's own root, `./`, is no entry.
        let named = !self.path.is_empty() && self.walker.admit(&self.path, reach);
        if let Some(why) = extended.unusable.filter(|_| named) {
            self.problem(format!("passed over: {why}"));
        } else if extended.malformed && named {
            self.problem("its extended header is malformed: its name, size and time may be wrong".into());
        }
        if !named || extended.unusable.is_some() {
            return self.tape.member(size).finish(size);
        }
        let mtime = extended.mtime.or(fields.mtime);
        match fields.kind {
            Kind::File | Kind::SparseFile => return self.file(size, mtime, map, extended),
            Kind::Symlink | Kind::HardLink => {
                let target = extended.link_target.unwrap_or_else(|| link_target(header).to_vec());
                self.link(&target, fields.kind, mtime);
            }
            Kind::Directory => self.bare(EntryKind::Directory, mtime),
            _ => self.bare(EntryKind::Special, mtime),
        }
        self.tape.member(size).finish(size)
    }

    /// A directory or a special file: named, without content.
    fn bare(&mut self, kind: EntryKind<'_>, mtime: Option<i64>) {
        let named = Named { path: &self.path, kind, size: None, mtime };
        if self.walker.interest(&named) == Interest::Read && kind == EntryKind::Special {
            self.walker.problem(&self.path, "is a FIFO, a device or a socket, and has no content in an archive".into());
        }
    }

    fn link(&mut self, stored: &[u8], kind: Kind, mtime: Option<i64>) {
        let kind = if kind == Kind::HardLink { LinkKind::Hard } else { LinkKind::Symbolic };
        self.target.clear();
        match kind {
            LinkKind::Hard => {
                clean(stored, &mut self.target);
            }
            LinkKind::Symbolic => self.target.push_str(&String::from_utf8_lossy(stored)),
        }
        if self.target.len() > self.walker.limits.path_bytes {
            return self.problem("passed over: its link target is longer than a path can be".into());
        }
        let entry_kind = match kind {
            LinkKind::Hard => EntryKind::HardLink(&self.target),
            LinkKind::Symbolic => EntryKind::Symlink(&self.target),
        };
        self.links.note(&self.path, kind, &self.target);
        let named = Named { path: &self.path, kind: entry_kind, size: None, mtime };
        if self.walker.interest(&named) == Interest::Read && !self.links.want(&self.path, kind, &self.target) {
            self.problem("passed over: too many links".into());
        }
    }

    /// A file: its content goes to the visitor, into a nested walk, or past both.
    fn file(&mut self, size: u64, mtime: Option<i64>, old: Option<Map>, extended: Extended) -> Option<Broken> {
        self.links.saw_file(&self.path);
        let mut member = self.tape.member(size);
        let map = if old.is_none() && extended.sparse.is_sparse() {
            let map = extended.sparse.map(&mut member);
            if map.is_none() {
                self.walker.problem(&self.path, "passed over: its map of holes makes no sense".into());
                return member.finish(size);
            }
            map
        } else {
            old
        };
        let shown_size = map.as_ref().map_or(size, |map| map.size);
        let named = Named { path: &self.path, kind: EntryKind::File, size: Some(shown_size), mtime };
        let interest = self.walker.interest(&named);
        let link = if interest == Interest::Skip { self.links.awaiting(&self.path) } else { None };
        if interest == Interest::Read {
            self.links.was_read(&self.path);
        }
        let meter = std::sync::Arc::clone(&self.walker.meter);
        let mut filled;
        let content: &mut dyn Stream = match map {
            Some(map) => {
                filled = Filled::new(&mut member, map, &meter);
                &mut filled
            }
            None => &mut member,
        };
        let wanted =
            link.as_ref().map(|link| Named { path: &link.path, kind: EntryKind::Symlink(&link.target), ..named });
        match (interest, wanted) {
            (Interest::Skip, None) => {}
            (Interest::Descend, _) => self.walker.descend(&named, content),
            (Interest::Read, _) => self.walker.hand_out(&named, content),
            (Interest::Skip, Some(wanted)) => self.walker.hand_out(&wanted, content),
        }
        member.finish(size)
    }

    /// Tells which wanted links lead nowhere; the others that were not served are left for a second pass.
    fn settle_links(self) {
        let settled = self.links.settle();
        // Of an archive that was not gone through to its end nobody knows.
        let lost = if self.walker.stopped() { Vec::new() } else { settled.lost };
        for (path, reason) in lost {
            self.walker.problem(&path, reason);
        }
        self.walker.keep_for_second_pass(settled.again);
    }
}
