//! A triage, for reading and for other programs: one file or folder per kind of output.
//!
//! Everything here is printed from [`Report`]s and decides nothing. Text that came out of an input passes through
//! [`escape`] on its way out. Two runs over the same reports print the same bytes.

use std::io;
use std::str::FromStr;

use crate::triage::{Report, Summary};

mod csv;
pub mod escape;
mod explain;
mod html;
pub mod json;
mod modules;
mod note;
mod quote;
mod selection;
mod table;
mod taint;
mod words;
mod wrap;

pub use csv::csv;
pub use html::html;
pub use json::{json, ndjson_line, schema};
pub use modules::{
    ModuleRow, ModulesJson, module_checks, module_field, module_json, module_text, modules_json, modules_table,
};
pub use note::{Markup, note};
pub use table::table;
pub use taint::taint;

/// Kinds of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// The triage table and a verdict per report, for a terminal.
    Table,
    /// One JSON document (`taintrace/1`).
    Json,
    /// One JSON object per report, a line each.
    Ndjson,
    /// Rows for a spreadsheet.
    Csv,
    /// A Markdown case note per report.
    Note,
    /// One page for a browser, which loads nothing.
    Html,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Table, Self::Json, Self::Ndjson, Self::Csv, Self::Note, Self::Html];

    /// The name that the command line takes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Json => "json",
            Self::Ndjson => "ndjson",
            Self::Csv => "csv",
            Self::Note => "note",
            Self::Html => "html",
        }
    }
}

/// A name that is none of [`Format::ALL`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no output format is called `{0}`; choose one of table, json, ndjson, csv, note, html")]
pub struct UnknownFormat(String);

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|format| format.as_str() == name).ok_or_else(|| UnknownFormat(name.to_owned()))
    }
}

/// How the outputs for people look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Columns of the terminal; less than 40 count as 40.
    pub width: usize,
    /// Colour by role.
    pub colour: bool,
    /// Every event and module, not only what matters.
    pub all: bool,
    /// How each suspect came to its rank.
    pub explain: bool,
}

impl Default for Style {
    /// 80 columns, no colour, what matters.
    fn default() -> Self {
        Self { width: 80, colour: false, all: false, explain: false }
    }
}

/// Prints reports in one of the formats.
///
/// # Errors
/// Those of `out`.
pub fn render(
    format: Format,
    reports: &[Report],
    summary: &Summary,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Table => table(reports, summary, style, out),
        Format::Json => json(reports, summary, out),
        Format::Ndjson => reports.iter().try_for_each(|report| ndjson_line(report, out)),
        Format::Csv => csv(reports, style, out),
        Format::Html => html(reports, summary, style, out),
        Format::Note => {
            for (nth, report) in reports.iter().enumerate() {
                if nth > 0 {
                    out.write_all(b"\n---\n\n")?;
                }
                note(report, Markup::Markdown, style, out)?;
            }
            Ok(())
        }
    }
}
