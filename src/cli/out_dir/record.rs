//! What a record says: of which input in which state results were made, how, and how that ended.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use clap::ValueEnum;

use super::super::exit::Status;
use super::super::fail_on::FailOn;
use super::super::output::Output;
use crate::input::Source;
use crate::triage::Report;

/// Bytes of a record that are read; it has some hundred.
const LARGEST: u64 = 1 << 20;

/// Size and time of an input; of a directory, those of all files in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    files: u64,
    bytes: u64,
    /// Nanoseconds since 1970 of the youngest change.
    changed: u64,
}

impl Stamp {
    /// `None` for what is no file or directory: it cannot be known to be unchanged.
    pub fn of(source: &Source) -> Option<Self> {
        let Source::Path(path) = source else { return None };
        fs::metadata(path).ok()?;
        let mut stamp = Self { files: 0, bytes: 0, changed: 0 };
        for entry in walkdir::WalkDir::new(path).follow_root_links(true).into_iter().filter_map(Result::ok) {
            let metadata = if entry.depth() == 0 { fs::metadata(path).ok() } else { entry.metadata().ok() };
            let Some(metadata) = metadata else { continue };
            stamp.files += 1;
            stamp.bytes = stamp.bytes.saturating_add(metadata.len());
            stamp.changed = stamp.changed.max(metadata.modified().map_or(0, nanoseconds));
        }
        Some(stamp)
    }
}

fn nanoseconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).ok().and_then(|since| u64::try_from(since.as_nanos()).ok()).unwrap_or(0)
}

/// That the results of an input are there.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    input: String,
    pub settings: String,
    pub stamp: Stamp,
    /// Names of the result files.
    pub results: Vec<String>,
    /// Some of it could not be read.
    partial: bool,
    /// The strongest level of `--fail-on` that it reaches.
    level: Option<String>,
}

impl Record {
    pub fn new(source: &Source, stamp: Stamp, settings: String, results: Vec<String>, reports: &[Report]) -> Self {
        Self {
            input: source.name(),
            settings,
            stamp,
            results,
            partial: reports.iter().any(|report| report.failed || !report.problems.is_empty()),
            level: reports.iter().filter_map(FailOn::of).min().map(FailOn::name),
        }
    }

    /// A record that cannot be read is none: the input is read again.
    pub fn read(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().filter(|metadata| metadata.len() <= LARGEST)?;
        serde_json::from_slice(&fs::read(path).ok()?).ok()
    }

    pub fn write(&self, path: &Path) -> anyhow::Result<()> {
        let mut output = Output::open(Some(path))?;
        serde_json::to_writer(&mut output, self)?;
        writeln!(output)?;
        output.finish()
    }

    /// How a run over this input would end.
    pub fn status(&self, fail_on: Option<FailOn>) -> Status {
        let level = self.level.as_deref().and_then(|name| FailOn::from_str(name, false).ok());
        match (fail_on, level) {
            (Some(asked), Some(reached)) if reached <= asked => Status::Found,
            _ if self.partial => Status::Partial,
            _ => Status::Whole,
        }
    }
}
