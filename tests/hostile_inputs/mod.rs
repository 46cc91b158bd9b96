//! Inputs made to do harm, several hundred of them, written to a folder on demand.
//!
//! They stand on the sound report of [`synth::bad`](crate::synth::bad): archives cut at every 4 KiB and with single bits
//! turned over, bombs, lying headers, names that are none, logs that are all headline, module files that contradict
//! themselves. `cargo run --example make_hostile_inputs FOLDER` writes them for other tools to look at.

mod bombs;
mod cuts;
mod logs;
mod modules;
mod quines;
mod tars;
mod zips;

use std::fs;
use std::path::{Path, PathBuf};

pub use cuts::{CONTAINERS, whole};

/// One hostile input.
#[derive(Clone, Debug)]
pub struct Hostile {
    /// Where it was written.
    pub path: PathBuf,
    /// What is expected of its reading, beyond that it ends.
    pub promise: Promise,
}

/// What a reader owes an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// A row.
    Row,
    /// A row that says what is wrong.
    Reason,
    /// The sound report's event, for the damage lies beside it.
    Event,
    /// The sound report's event, and what is wrong.
    EventAndReason,
    /// Events of the sound report and no others: it was cut after so many bytes.
    Prefix,
}

impl Promise {
    /// The module of the sound report's event must be found.
    pub fn event(self) -> bool {
        matches!(self, Self::Event | Self::EventAndReason)
    }

    /// A problem must be told.
    pub fn reason(self) -> bool {
        matches!(self, Self::Reason | Self::EventAndReason)
    }
}

/// Where inputs are written, and what was written so far.
#[derive(Debug)]
pub struct Corpus {
    folder: PathBuf,
    /// All of them, in order of making.
    pub inputs: Vec<Hostile>,
}

impl Corpus {
    fn add(&mut self, name: &str, bytes: &[u8], promise: Promise) {
        let path = self.folder.join(name);
        fs::write(&path, bytes).unwrap();
        self.inputs.push(Hostile { path, promise });
    }
}

/// Writes all of them.
pub fn write_all(folder: &Path) -> Corpus {
    fs::create_dir_all(folder).unwrap();
    let mut corpus = Corpus { folder: folder.to_owned(), inputs: Vec::new() };
    cuts::add(&mut corpus);
    bombs::add(&mut corpus);
    quines::add(&mut corpus);
    tars::add(&mut corpus);
    zips::add(&mut corpus);
    logs::add(&mut corpus);
    modules::add(&mut corpus);
    corpus
}
