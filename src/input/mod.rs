//! Opens what the user named and hands out what is in it: one pass, nothing written to disk.
//!
//! A sosreport comes as `sosreport-host-2024-01-31-abcdefg.tar.xz`, as a directory that it was unpacked to, as a tar of
//! such archives (`sos collect`), as a zip around any of these; a log comes as a file, compressed or not, or on standard
//! input. [`expand`] makes a list of [`Source`]s of what was named. [`walk`] tells the format of one by its first bytes,
//! takes compression off, and puts each entry to a [`Visitor`], which says what it wants: nothing, the entry's content,
//! or to have it walked as a nested archive.
//!
//! ```
//! use std::io::{self, BufRead};
//! use taintrace::input::{Entry, Interest, Limits, Source, Visitor, walk};
//!
//! /// Counts the lines of the kernel logs in a report.
//! struct Lines(u64);
//!
//! impl Visitor for Lines {
//!     fn interest(&mut self, entry: &Entry<'_>) -> Interest {
//!         if entry.path.ends_with("/dmesg") { Interest::Read } else { Interest::Skip }
//!     }
//!     fn read(&mut self, _: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
//!         self.0 += bytes.split(b'\n').count() as u64;
//!         Ok(())
//!     }
//!     fn problem(&mut self, path: &str, message: String) {
//!         eprintln!("{path}: {message}");
//!     }
//! }
//!
//! let source = Source::Bytes { name: "console.log".into(), bytes: (*b"a line\n").into() };
//! let walked = walk(&source, &Limits::default(), &mut Lines(0))?;
//! assert_eq!(walked.entries, 1);
//! # Ok::<(), taintrace::input::InputError>(())
//! ```
//!
//! Decompression runs on a thread of its own (`pipeline`), the visitor on the caller's. Archives come from strangers:
//! names never lead out of them, [`Limits`] bound what is read and held, links are resolved inside the input. What is
//! damaged is told entry by entry, and what could be read before it is kept.

mod directory;
mod entry;
mod error;
mod expand;
mod format;
mod layers;
mod limits;
mod links;
mod name;
mod pipeline;
mod second_pass;
mod source;
mod stream;
mod tar;
mod walker;
mod xz;
mod zip;

#[cfg(test)]
mod tests;

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

pub use entry::{Edge, Entry, EntryKind, Interest, Visitor};
pub use error::InputError;
pub use expand::expand;
pub use format::{Format, sniff};
pub use limits::Limits;
pub use source::{Source, probe};

use links::Again;
use second_pass::SecondPass;
use source::Pass;

/// What a walk came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Walked {
    /// What the input is: [`Format::Xz`] for a `.tar.xz`.
    pub format: Format,
    /// What lies below its compression: [`Format::Tar`] for a `.tar.xz`.
    pub content: Format,
    /// Bytes read from the input.
    pub bytes_in: u64,
    /// Bytes that came out of decompressors, of nested archives and single entries too; 0 where nothing was compressed.
    pub bytes_out: u64,
    /// Entries met, nested ones included.
    pub entries: u64,
}

/// Walks one input, once; a second time, for just those, if links were wanted whose targets had passed by unread.
///
/// # Errors
/// Nothing could be read of it: see [`InputError`]. All else is told to [`Visitor::problem`].
pub fn walk(source: &Source, limits: &Limits, visitor: &mut dyn Visitor) -> Result<Walked, InputError> {
    walk_counting(source, limits, &Arc::default(), visitor)
}

/// As [`walk`], adding the bytes that are read from the input to a counter as they are read: a progress bar over
/// [`Source::size`] can be fed with it from another thread.
///
/// # Errors
/// As [`walk`].
pub fn walk_counting(
    source: &Source,
    limits: &Limits,
    consumed: &Arc<AtomicU64>,
    visitor: &mut dyn Visitor,
) -> Result<Walked, InputError> {
    let mut pass = source::pass(source, limits, consumed, visitor)?;
    let again = std::mem::take(&mut pass.again);
    if again.is_empty() || visitor.enough() {
        return Ok(walked(&pass));
    }
    let mut second = SecondPass::new(visitor, again);
    let missed = if !source.is_lasting() {
        "it had passed by, and standard input cannot be read again".to_owned()
    } else {
        match source::pass(source, limits, &Arc::default(), &mut second) {
            Ok(_) => "it did not come again in a second pass".to_owned(),
            Err(error) => error.reason(),
        }
    };
    second.finish(&missed);
    Ok(walked(&pass))
}

/// Walks what comes from a reader, once and from start to end, as [`walk`] does standard input. `name` stands for its
/// path in errors and, if it is a single file, as its entry's.
///
/// # Errors
/// As [`walk`].
pub fn walk_reader(
    reader: impl Read + Send + 'static,
    name: &str,
    limits: &Limits,
    visitor: &mut dyn Visitor,
) -> Result<Walked, InputError> {
    let mut pass = source::pass_through(Box::new(reader), name, limits, visitor)?;
    let again: Vec<Again> = std::mem::take(&mut pass.again);
    SecondPass::new(visitor, again).finish("it had passed by, and a stream cannot be read again");
    Ok(walked(&pass))
}

fn walked(pass: &Pass) -> Walked {
    Walked {
        format: pass.format,
        content: pass.content,
        bytes_in: pass.meter.consumed(),
        bytes_out: pass.meter.produced(),
        entries: pass.entries,
    }
}
