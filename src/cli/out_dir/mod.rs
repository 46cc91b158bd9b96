//! `--out-dir`: a file per report, written whole or not at all, and a record per input that `--resume` looks at.
//!
//! ```text
//! notes/sosreport-db07.tar.xz-3f9a0c1b77de.md        the result
//! notes/.taintrace/3f9a0c1b77de.json                 what it was made of, and how
//! ```

mod names;
mod record;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::exit::Status;
use super::fail_on::FailOn;
use super::output::Output;
use crate::input::Source;
use crate::render::{self, Format, Style};
use crate::triage::{self, Report};
use names::{file_name, key};
use record::{Record, Stamp};

/// Where the records are, inside the directory.
const RECORDS: &str = ".taintrace";

/// A directory of results.
pub(super) struct OutDir {
    folder: PathBuf,
    format: Format,
    style: Style,
    /// What else the results depend on, in any words.
    beside: String,
}

/// An input that is to be read, and what it looked like before.
pub(super) struct Pending {
    pub source: Source,
    stamp: Option<Stamp>,
}

impl OutDir {
    /// Makes the directory where it is not there.
    pub fn open(folder: &Path, format: Format, style: Style, beside: String) -> anyhow::Result<Self> {
        let records = folder.join(RECORDS);
        fs::create_dir_all(&records).with_context(|| format!("cannot make {}", records.display()))?;
        Ok(Self { folder: folder.to_owned(), format, style, beside })
    }

    /// Notes what an input looks like before it is read: one that changes meanwhile is read again next time.
    pub fn pending(&self, source: Source) -> Pending {
        Pending { stamp: Stamp::of(&source), source }
    }

    /// How an input ended whose results are there and which has not changed since; `None` where it has to be read.
    pub fn unchanged(&self, input: &Pending, fail_on: Option<FailOn>) -> Option<Status> {
        let stamp = input.stamp.as_ref()?;
        let record = Record::read(&self.record_path(&input.source))?;
        let there = |name: &String| self.folder.join(name).is_file();
        let same = record.stamp == *stamp && record.settings == self.settings() && record.results.iter().all(there);
        same.then(|| record.status(fail_on))
    }

    /// Writes the results of an input, then the record that they are there.
    pub fn write(&self, input: &Pending, reports: &[Report]) -> anyhow::Result<()> {
        let mut results = Vec::with_capacity(reports.len());
        for (nth, report) in reports.iter().enumerate() {
            let name = file_name(report, &key(&input.source, nth), self.extension());
            let mut output = Output::open(Some(&self.folder.join(&name)))?;
            let summary = triage::summarize(std::slice::from_ref(report), 1);
            render::render(self.format, std::slice::from_ref(report), &summary, &self.style, &mut output)?;
            output.finish()?;
            results.push(name);
        }
        let Some(stamp) = input.stamp.clone() else { return Ok(()) };
        Record::new(&input.source, stamp, self.settings(), results, reports).write(&self.record_path(&input.source))
    }

    fn record_path(&self, source: &Source) -> PathBuf {
        self.folder.join(RECORDS).join(format!("{}.json", key(source, 0)))
    }

    /// Results of another version or with other settings are not the same results.
    fn settings(&self) -> String {
        let Style { width, all, explain, colour } = self.style;
        let (version, format) = (env!("CARGO_PKG_VERSION"), self.format.as_str());
        format!(
            "taintrace {version}, {format}, width {width}, all {all}, explain {explain}, colour {colour}, {}",
            self.beside
        )
    }

    fn extension(&self) -> &'static str {
        match self.format {
            Format::Table => "txt",
            Format::Note => "md",
            other => other.as_str(),
        }
    }
}
