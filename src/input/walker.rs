//! The one who walks: keeps where it is, puts entries to the visitor, hands out their content, goes into nested archives.
//!
//! The archive formats ([`tar`](super::tar), [`zip`](super::zip), [`directory`](super::directory)) find the entries and
//! give each to a [`Walker`] with a stream of its bytes.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::entry::{Edge, Interest, Named, Visitor};
use super::error::InputError;
use super::format::{Format, broken_promise};
use super::layers::{Bounds, Codec, Content, unwrapped};
use super::limits::{Limits, Meter};
use super::links::Again;
use super::name::{Reach, joined, last};
use super::stream::{Counted, Handout, Place, PlaceStream, Stream, format_of};
use super::{directory, tar, zip};

/// What an input goes by.
pub(super) struct Input {
    /// As the user named it.
    pub path: String,
    /// The path of its entry if it is a single file.
    pub file: String,
}

/// One pass over one input.
pub(super) struct Walker<'v> {
    pub limits: &'v Limits,
    pub meter: Arc<Meter>,
    /// What lies below the compression of the input itself.
    pub content: Format,
    /// Entries met so far.
    pub entries: u64,
    /// Link targets that passed by before the links that lead to them were known.
    pub again: Vec<Again>,
    visitor: &'v mut dyn Visitor,
    /// Its file name stands for the path of a problem of the whole.
    pub input: &'v Input,
    container: Vec<String>,
    problems: usize,
    /// Names that lead out of their archives.
    escapes: u64,
    limit_told: bool,
    out_of_bounds: bool,
}

impl<'v> Walker<'v> {
    pub fn new(input: &'v Input, limits: &'v Limits, meter: Arc<Meter>, visitor: &'v mut dyn Visitor) -> Self {
        Self {
            limits,
            meter,
            content: Format::Empty,
            entries: 0,
            again: Vec::new(),
            visitor,
            input,
            container: Vec::new(),
            problems: 0,
            escapes: 0,
            limit_told: false,
            out_of_bounds: false,
        }
    }

    /// Walks a directory tree.
    pub fn directory(&mut self, root: &Path) {
        self.content = Format::Directory;
        directory::walk(self, root);
    }

    /// Walks a whole input that can be read at any place.
    pub fn place<P: Place>(&mut self, place: Counted<P>, length: u64, format: Format) -> Result<(), InputError> {
        if format == Format::Zip {
            self.content = format;
            zip::walk(self, place, length);
            return Ok(());
        }
        self.stream(&mut PlaceStream::new(place, length), Some(length), 0)
    }

    /// Walks a whole input that is read from start to end, and from which `layers` compressions were taken off.
    pub fn stream(&mut self, stream: &mut dyn Stream, size: Option<u64>, layers: usize) -> Result<(), InputError> {
        let bounds = self.bounds();
        unwrapped(stream, size, &bounds, layers, |content| {
            self.content = content.format;
            let (path, format) = (self.input.path.clone(), content.format);
            match format {
                Format::Tar => tar::walk(self, content.stream),
                Format::Zip => match zip::in_memory(self, content.stream) {
                    Ok(Some((place, length))) => zip::walk(self, place, length),
                    Ok(None) => return Err(InputError::ZipInStream { path, limit: self.limits.zip_in_memory }),
                    Err(source) => return Err(InputError::Read { path, source }),
                },
                Format::Empty if content.layers == 0 => {
                    return Err(match content.stream.take_fault() {
                        Some(source) => InputError::Read { path, source },
                        None => InputError::Empty { path },
                    });
                }
                _ if format.is_encrypted() => return Err(InputError::Encrypted { path, format }),
                _ if format.is_foreign() => return Err(InputError::Foreign { path, format }),
                _ => self.whole_file(content, size),
            }
            Ok(())
        })
    }

    /// An input that is a single file.
    fn whole_file(&mut self, content: Content<'_, '_>, size: Option<u64>) {
        let Content { stream, format, layers } = content;
        let file = self.input.file.as_str();
        if let Some(ending) = broken_promise(file, format, layers > 0) {
            self.problem(file, format!("is named {ending} but holds {}", format.describe()));
        }
        if !self.admit(file, Reach::Inside) {
            return;
        }
        self.tell_if_still_compressed(file, format);
        let named = Named { size: size.filter(|_| layers == 0), ..Named::file(file) };
        match self.interest(&named) {
            Interest::Read => self.deliver(&named, stream),
            Interest::Descend if format.is_dump() => self.deliver(&named, stream),
            Interest::Skip | Interest::Descend => {
                if let Some(error) = stream.take_fault() {
                    self.fault(file, error);
                }
            }
        }
    }

    /// Whether there is to be no further entry.
    pub fn stopped(&self) -> bool {
        self.out_of_bounds || self.meter.tripped() || self.visitor.enough()
    }

    /// Counts an entry and tells what is wrong with its name; `false` if it is to be passed over.
    pub fn admit(&mut self, path: &str, reach: Reach) -> bool {
        if self.entries >= self.limits.entries {
            self.out_of_bounds = true;
            let limit = self.limits.entries;
            self.problem(
                path,
                format!("more than {limit} entries: the rest is not read (--max-entries raises the limit)"),
            );
            return false;
        }
        self.entries += 1;
        if path.len() > self.limits.path_bytes {
            let shown: String = path.chars().take(100).collect();
            let (length, limit) = (path.len(), self.limits.path_bytes);
            self.problem(&shown, format!("passed over: its path has {length} bytes, more than {limit}"));
            return false;
        }
        if reach == Reach::Outside {
            self.tell_of_escape(path);
        }
        true
    }

    /// Whole archives are made with absolute names: the first is told, the others are counted.
    fn tell_of_escape(&mut self, path: &str) {
        self.escapes += 1;
        if self.escapes == 1 {
            self.problem(
                path,
                "its stored name leads out of the archive (absolute, or through `..`); taken as this".into(),
            );
        }
    }

    pub fn interest(&mut self, named: &Named<'_>) -> Interest {
        self.visitor.interest(&named.inside(&self.container))
    }

    pub fn enter(&mut self, named: &Named<'_>) -> bool {
        self.visitor.enter(&named.inside(&self.container))
    }

    /// Tells a problem of an entry of the archive that is being walked.
    pub fn problem(&mut self, path: &str, message: String) {
        self.problems += 1;
        if self.problems > self.limits.problems {
            return;
        }
        let path = joined(&self.container, path);
        self.visitor.problem(if path.is_empty() { &self.input.file } else { &path }, message);
    }

    /// Tells why content ended early. Once a limit is reached everything does, and the limit is told instead, once.
    pub fn fault(&mut self, path: &str, message: impl ToString) {
        match self.meter.reason() {
            None => self.problem(path, message.to_string()),
            Some(_) if self.limit_told => {}
            Some(reason) => {
                self.limit_told = true;
                self.problem(path, reason);
            }
        }
    }

    /// Tells of what was not told yet; the last act of a walk.
    pub fn finish(&mut self) {
        if self.meter.tripped() {
            self.fault("", "");
        }
        let file = &self.input.file;
        if self.escapes > 1 {
            let more = self.escapes - 1;
            self.visitor.problem(file, format!("{more} more stored names lead out of their archives; taken as inside"));
        }
        let untold = self.problems.saturating_sub(self.limits.problems);
        if untold > 0 {
            self.visitor.problem(file, format!("{untold} more problems of this input are not listed"));
        }
    }

    /// Gives the visitor the content of an entry, without its own compression.
    pub fn hand_out(&mut self, named: &Named<'_>, stream: &mut dyn Stream) {
        let bounds = self.bounds();
        unwrapped(stream, named.size, &bounds, 0, |content| {
            let size = named.size.filter(|_| content.layers == 0);
            self.tell_if_packed(named.path, content.format);
            self.deliver(&Named { size, ..*named }, content.stream);
        });
    }

    /// Tells of an entry that is to be read as it is and holds others instead, or is sealed: what it says is not in its bytes.
    fn tell_if_packed(&mut self, path: &str, format: Format) {
        self.tell_if_still_compressed(path, format);
        if format.is_encrypted() {
            self.tell_of_encryption(path, format);
        } else if format.is_foreign() || matches!(format, Format::Tar | Format::Zip) {
            self.problem(path, format!("is {} where a plain file was expected: not unpacked", format.describe()));
        }
    }

    fn tell_of_encryption(&mut self, path: &str, format: Format) {
        self.problem(path, format!("is {} and was not read; decrypt it first", format.describe()));
    }

    fn tell_if_still_compressed(&mut self, path: &str, format: Format) {
        if Codec::of(format).is_some() {
            let layers = self.limits.depth;
            self.problem(path, format!("is compressed more than {layers} times over: the rest is left as it is"));
        }
    }

    fn deliver(&mut self, named: &Named<'_>, plain: &mut dyn Stream) {
        let mut handout = Handout::new(plain, self.limits.entry_bytes);
        let outcome = self.visitor.read(&named.inside(&self.container), &mut handout);
        match (handout.fault, outcome) {
            (Some(fault), _) => self.fault(named.path, fault),
            (None, Err(error)) => self.problem(named.path, error.to_string()),
            (None, Ok(())) => {}
        }
    }

    /// Walks an entry's content if it is an archive.
    pub fn descend(&mut self, named: &Named<'_>, stream: &mut dyn Stream) {
        let bounds = self.bounds();
        unwrapped(stream, named.size, &bounds, 0, |Content { stream, format, layers }| match format {
            Format::Tar => self.nest(named, |walker| tar::walk(walker, stream)),
            Format::Zip => match zip::in_memory(self, stream) {
                Ok(Some((place, length))) => self.nest(named, |walker| zip::walk(walker, place, length)),
                Ok(None) => {
                    let limit = self.limits.zip_in_memory;
                    self.problem(named.path, format!("passed over: a nested zip archive of more than {limit} bytes"));
                }
                Err(error) => self.fault(named.path, format!("cannot be read: {error}")),
            },
            dump if dump.is_dump() => {
                let size = named.size.filter(|_| layers == 0);
                self.deliver(&Named { size, ..*named }, stream);
            }
            other => self.not_an_archive(named, other, layers, stream.take_fault()),
        });
    }

    /// As [`descend`](Self::descend), for a file that can be read at any place.
    pub fn descend_into_place<P: Place>(&mut self, named: &Named<'_>, mut place: Counted<P>, length: u64) {
        match format_of(&mut place) {
            Err(error) => self.problem(named.path, format!("cannot be read: {error}")),
            Ok(Format::Zip) => self.nest(named, |walker| zip::walk(walker, place, length)),
            Ok(_) => self.descend(named, &mut PlaceStream::new(place, length)),
        }
    }

    fn nest(&mut self, named: &Named<'_>, walk: impl FnOnce(&mut Self)) {
        if self.container.len() >= self.limits.depth {
            let depth = self.limits.depth;
            self.problem(named.path, format!("passed over: an archive more than {depth} archives deep"));
            return;
        }
        self.visitor.nested(&named.inside(&self.container), Edge::Begins);
        self.container.push(named.path.to_owned());
        walk(self);
        self.container.pop();
        self.visitor.nested(&named.inside(&self.container), Edge::Ends);
    }

    /// An entry that was to be walked and cannot be: told where it should have been one.
    fn not_an_archive(&mut self, named: &Named<'_>, format: Format, layers: usize, fault: Option<io::Error>) {
        self.tell_if_still_compressed(named.path, format);
        if let Some(error) = fault {
            self.fault(named.path, error);
        } else if format.is_encrypted() {
            self.tell_of_encryption(named.path, format);
        } else if format.is_foreign() {
            self.problem(named.path, format!("is {}, which is not read here", format.describe()));
        } else if let Some(ending) = broken_promise(last(named.path), format, layers > 0) {
            self.problem(named.path, format!("is named {ending} but holds {}", format.describe()));
        }
    }

    /// Keeps the links of the archive that was just walked whose targets are to be read in a second pass.
    pub fn keep_for_second_pass(&mut self, targets: Vec<Again>) {
        let container = &self.container;
        self.again.extend(targets.into_iter().map(|again| Again { container: container.clone(), ..again }));
    }

    pub fn bounds(&self) -> Bounds<'v> {
        Bounds { limits: self.limits, meter: Arc::clone(&self.meter) }
    }
}
