//! Where a fact was read.

use std::fmt;
use std::sync::Arc;

/// A place in an input: a path inside the report and, for text, a line.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Origin {
    /// Path below the root of the report (or the input's own name where it is one file).
    pub path: Arc<str>,
    /// Line, counted from 1; `None` where the file as a whole is meant or has no lines.
    pub line: Option<u64>,
}

impl Origin {
    /// A whole file.
    pub fn file(path: impl Into<Arc<str>>) -> Self {
        Self { path: path.into(), line: None }
    }

    /// One line of a file, counted from 1.
    pub fn line(path: impl Into<Arc<str>>, line: u64) -> Self {
        Self { path: path.into(), line: Some(line) }
    }
}

impl fmt::Display for Origin {
    /// `path:line`, as compilers and `rg` print it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}", self.path),
            None => f.write_str(&self.path),
        }
    }
}

/// A value and the place it was read at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// What was read.
    pub value: T,
    /// Where.
    pub origin: Origin,
}

impl<T> Located<T> {
    /// Pairs a value with its place.
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }
}

/// Something that could not be read as it should have been. It never stops the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The file or archive member meant, as `Origin::path` would name it.
    pub path: String,
    /// What was expected, what was found, and what to do: one sentence.
    pub message: String,
}

impl Problem {
    /// A problem with one file or member.
    pub fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        Self { path: path.into(), message: message.into() }
    }

    /// What an error says of a file or member; where it begins with the path, that is said once.
    pub fn of(path: impl Into<String>, error: &(impl fmt::Display + ?Sized)) -> Self {
        let (path, told) = (path.into(), error.to_string());
        let reason = told.strip_prefix(path.as_str()).and_then(|rest| rest.strip_prefix(": "));
        Self { message: reason.map_or(told.clone(), str::to_owned), path }
    }
}
