//! What a user may name: a path, standard input, or, for tests and other programs, bytes in memory.

use std::fs::{self, File};
use std::io::{self, BufReader, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use super::entry::Visitor;
use super::error::InputError;
use super::format::{Format, PREFIX, sniff};
use super::layers::Codec;
use super::limits::{Limits, Meter};
use super::links::Again;
use super::pipeline;
use super::stream::{BUFFER, Counted, fill, format_of};
use super::walker::{Input, Walker};

/// One thing to read.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Source {
    /// A file or a directory.
    Path(PathBuf),
    /// Standard input.
    Stdin,
    /// Bytes in memory, with the name they go by.
    Bytes {
        /// Taken for the name of a file.
        name: String,
        /// Its content.
        bytes: Arc<[u8]>,
    },
}

impl Source {
    /// As the user named it; `standard input` for `-`.
    pub fn name(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Stdin => "standard input".into(),
            Self::Bytes { name, .. } => name.clone(),
        }
    }

    /// Its size in bytes where it is a file or in memory: what a progress bar counts up to.
    pub fn size(&self) -> Option<u64> {
        match self {
            Self::Path(path) => fs::metadata(path).ok().filter(fs::Metadata::is_file).map(|metadata| metadata.len()),
            Self::Stdin => None,
            Self::Bytes { bytes, .. } => Some(bytes.len() as u64),
        }
    }

    /// Whether it can be read a second time.
    pub(super) fn is_lasting(&self) -> bool {
        !matches!(self, Self::Stdin)
    }

    fn input(&self) -> Input {
        let file = match self {
            Self::Path(path) => {
                path.file_name().map_or_else(|| self.name(), |name| name.to_string_lossy().into_owned())
            }
            Self::Stdin => "stdin".into(),
            Self::Bytes { name, .. } => name.clone(),
        };
        Input { path: self.name(), file }
    }
}

/// Tells what a source is before it is walked, so that a dump can be opened by its path; `None` for standard input,
/// which cannot be looked at without reading it.
///
/// # Errors
/// It is not there, may not be read, or is neither a file nor a directory.
pub fn probe(source: &Source) -> Result<Option<Format>, InputError> {
    match source {
        Source::Path(path) => Ok(Some(open(path)?.map_or(Format::Directory, |(_, _, format)| format))),
        Source::Stdin => Ok(None),
        Source::Bytes { bytes, .. } => Ok(Some(sniff(bytes.get(..PREFIX).unwrap_or(bytes)))),
    }
}

/// Opens a file, with its length and format; `None` for a directory. Nothing else is opened.
fn open(path: &Path) -> Result<Option<(File, u64, Format)>, InputError> {
    let name = || path.display().to_string();
    let failed = |source| InputError::Open { path: name(), source };
    let metadata = fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Ok(None);
    }
    if !metadata.is_file() {
        return Err(InputError::NotAFile { path: name() });
    }
    let mut file = File::open(path).map_err(failed)?;
    let length = file.metadata().map_err(failed)?.len();
    let format = format_of(&mut file).map_err(|source| InputError::Read { path: name(), source })?;
    Ok(Some((file, length, format)))
}

/// What one pass over an input gave.
pub(super) struct Pass {
    /// What the input is, and what lies below its compression.
    pub format: Format,
    pub content: Format,
    pub meter: Arc<Meter>,
    pub entries: u64,
    pub again: Vec<Again>,
}

/// Reads a source once.
pub(super) fn pass(
    source: &Source,
    limits: &Limits,
    consumed: &Arc<AtomicU64>,
    visitor: &mut dyn Visitor,
) -> Result<Pass, InputError> {
    let input = source.input();
    let meter = Meter::new(limits, consumed, source.size());
    let mut walker = Walker::new(&input, limits, Arc::clone(&meter), visitor);
    let format = match source {
        Source::Stdin => read_through(&mut walker, Box::new(io::stdin()))?,
        Source::Bytes { bytes, .. } => {
            let place = io::Cursor::new(Arc::clone(bytes));
            let format = sniff(bytes.get(..PREFIX).unwrap_or(bytes));
            walker.place(Counted::new(place, &meter), bytes.len() as u64, format)?;
            format
        }
        Source::Path(path) => match open(path)? {
            Some((file, length, format)) => {
                walker.place(Counted::new(file, &meter), length, format)?;
                format
            }
            None => {
                fs::read_dir(path).map_err(|source| InputError::Open { path: input.path.clone(), source })?;
                walker.directory(path);
                Format::Directory
            }
        },
    };
    Ok(finished(walker, format))
}

/// Reads what comes from a reader, once.
pub(super) fn pass_through(
    reader: Box<dyn Read + Send>,
    name: &str,
    limits: &Limits,
    visitor: &mut dyn Visitor,
) -> Result<Pass, InputError> {
    let input = Input { path: name.to_owned(), file: name.to_owned() };
    let mut walker = Walker::new(&input, limits, Meter::new(limits, &Arc::default(), None), visitor);
    let format = read_through(&mut walker, reader)?;
    Ok(finished(walker, format))
}

fn finished(mut walker: Walker<'_>, format: Format) -> Pass {
    walker.finish();
    Pass { format, content: walker.content, meter: walker.meter, entries: walker.entries, again: walker.again }
}

/// Reads from start to end. A decompressing thread is not waited for if the walk ends early: it may be waiting for input
/// that never comes.
fn read_through(walker: &mut Walker<'_>, reader: Box<dyn Read + Send>) -> Result<Format, InputError> {
    let mut reader = Counted::new(reader, &walker.meter);
    let mut head = vec![0; PREFIX];
    let (filled, result) = fill(&mut reader, &mut head);
    result.map_err(|source| InputError::Read { path: walker.input.path.clone(), source })?;
    head.truncate(filled);
    let format = sniff(&head);
    let whole: Box<dyn Read + Send> = Box::new(io::Cursor::new(head).chain(reader));
    let mut whole = BufReader::with_capacity(BUFFER, whole);
    match Codec::of(format) {
        None => walker.stream(&mut whole, None, 0)?,
        Some(codec) => walker.stream(&mut pipeline::detached(codec.decoder(whole, &walker.bounds())), None, 1)?,
    }
    Ok(format)
}
