//! JSON for other programs: the contract `taintrace/1`, described field by field in docs/json.md.
//!
//! One report is one line in both outputs, so that `grep` and line counts work on either:
//!
//! ```text
//! {"schema":"taintrace/1","reports":[
//! {"input":"sosreport-db07.tar.xz", …},
//! {"input":"sosreport-db08.tar.xz", …}
//! ],"summary":{"inputs":2, …}}
//! ```
//!
//! Letters that cannot be seen are written as `\u….`: the same string to a JSON parser, and harmless in a terminal.

mod batch;
pub mod contract;
mod event;
mod machine;
mod module;
mod names;
mod origin;

use std::io::{self, Write};

use schemars::generate::SchemaSettings;
use serde::Serialize;
use serde_json::Value;
use serde_json::ser::{Formatter, Serializer};

use crate::triage::{Report, Summary};

use super::escape::{hides_something, is_hidden};

/// Prints one document about all reports, a report a line. No more than one report is held in its printed form.
///
/// # Errors
/// Those of `out`.
pub fn json(reports: &[Report], summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    write_document(&contract::Document::new(reports, summary), out)
}

/// Prints a document: an object whose lists have an item a line.
pub(super) fn write_document(document: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(&mut *out, Lines::new(Shape::Document));
    document.serialize(&mut serializer)?;
    out.write_all(b"\n")
}

/// Prints an item of such a list, without the line feed.
pub(super) fn write_line(item: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    Ok(item.serialize(&mut Serializer::with_formatter(&mut *out, Lines::new(Shape::Report)))?)
}

/// Prints one report on one line, ending in a line feed.
///
/// # Errors
/// Those of `out`.
pub fn ndjson_line(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    write_line(&contract::Report::from(report), out)?;
    out.write_all(b"\n")
}

/// The JSON Schema (draft 2020-12) of what [`json`] prints; a line of ndjson is its `#/$defs/Report`.
pub fn schema() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings.into_generator().into_root_schema_for::<contract::Document<'static>>().to_value()
}

/// What is being printed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shape {
    Document,
    Report,
}

/// Puts each report of a document on a line of its own, and escapes what cannot be seen.
struct Lines {
    shape: Shape,
    depth: usize,
}

/// Depth of the array of reports inside the document.
const REPORTS: usize = 2;

impl Lines {
    fn new(shape: Shape) -> Self {
        Self { shape, depth: 0 }
    }

    fn between_reports(&self) -> bool {
        self.shape == Shape::Document && self.depth == REPORTS
    }
}

impl Formatter for Lines {
    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        out.write_all(b"[")
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        let between = self.between_reports();
        self.depth = self.depth.saturating_sub(1);
        out.write_all(if between { b"\n]" } else { b"]" })
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        if self.between_reports() { out.write_all(b"\n") } else { Ok(()) }
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        out.write_all(b"{")
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth = self.depth.saturating_sub(1);
        out.write_all(b"}")
    }

    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        if !hides_something(fragment) {
            return out.write_all(fragment.as_bytes());
        }
        let mut units = [0; 2];
        for c in fragment.chars() {
            if is_hidden(c) {
                for unit in c.encode_utf16(&mut units) {
                    write!(out, "\\u{unit:04x}")?;
                }
            } else {
                out.write_all(c.encode_utf8(&mut [0; 4]).as_bytes())?;
            }
        }
        Ok(())
    }
}
