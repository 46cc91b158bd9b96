//! Memory dumps in the pipeline: one that is the whole input, those in a report's directory, those that pass by in an archive.
//!
//! A dump on disk is read at positions. One that is packed, on standard input or inside an archive cannot be, and is held
//! in memory within [`Limits::dump_in_memory`], one at a time.

use std::path::Path;
use std::sync::{Mutex, PoisonError};

use jiff::Timestamp;

use crate::Options;
use crate::facts::{Located, Origin, Problem, ReportFacts, VmcoreFacts};
use crate::input::Source;
use crate::sosreport::{DumpReader, FoundReport};
use crate::vmcore::{NOT_A_DUMP, OnDisk, OpenOptions, Vmcore, VmcoreError, is_vmcore, on_disk, one_of_each_set};

/// Held while a dump is in memory: inputs are read in parallel, and the limit is meant for all of them.
static IN_MEMORY: Mutex<()> = Mutex::new(());

/// Dumps of one report that are read: each has a log of its own, and stacks.
const MOST_DUMPS: usize = 64;

/// The path of an input that is a dump, packed or not.
pub(crate) fn is_dump(source: &Source) -> Option<&Path> {
    // A directory or a file that cannot be opened is not read here, and told by the walk.
    path_of(source).filter(|path| on_disk(path).is_some())
}

/// Leaves one file of each split set among inputs.
pub(crate) fn one_of_each(sources: Vec<Source>) -> Vec<Source> {
    one_of_each_set(sources, path_of)
}

/// The path of an input that is a file.
fn path_of(source: &Source) -> Option<&Path> {
    let Source::Path(path) = source else { return None };
    path.is_file().then_some(path.as_path())
}

/// A dump that is the whole input.
pub(crate) fn read_alone(path: &Path, name: &str, options: &Options) -> ReportFacts {
    let mut facts = ReportFacts::default();
    let file = path.file_name().map_or_else(|| name.to_owned(), |n| n.to_string_lossy().into_owned());
    read_into(path, &file, options, &mut facts);
    date(&mut facts);
    facts
}

/// A report that is a dump by itself was collected when the machine crashed.
pub(crate) fn date(facts: &mut ReportFacts) {
    let crash = facts.dumps.first().and_then(|d| Some((Timestamp::from_second(d.crash_time?).ok()?, d.origin.clone())));
    facts.host.collected = crash.map(|(time, origin)| Located::new(time.to_string(), origin));
}

/// The dumps of a report that is a directory on disk.
pub(crate) fn read_of_report(source: &Source, report: &mut FoundReport, options: &Options) {
    let Source::Path(root) = source else { return };
    if !root.is_dir() {
        return;
    }
    let top = root.join(&report.root);
    // A link may lead out of the report.
    let is_inside =
        |path: &Path| path.canonicalize().ok().zip(root.canonicalize().ok()).is_some_and(|(p, r)| p.starts_with(r));
    let found = report.dump_paths.iter().map(|dump| (dump, top.join(dump)));
    let files = found.filter(|(_, path)| path.is_file() && is_inside(path)).collect();
    let dumps = one_of_each_set(files, |(_, path)| Some(path.as_path()));
    for (dump, path) in dumps.iter().take(MOST_DUMPS) {
        // A file without a byte is what is left where a disk was full.
        if path.metadata().is_ok_and(|metadata| metadata.len() > 0) {
            read_into(path, dump, options, &mut report.facts);
        }
    }
    if let Some((dump, _)) = dumps.get(MOST_DUMPS) {
        let message = format!("more than {MOST_DUMPS} memory dumps; this one and the rest are not read: name them");
        report.facts.problems.push(Problem::new(dump.as_str(), message));
    }
}

/// What reads the dumps that pass by in an archive or a stream.
pub(crate) fn reader(source: &Source, options: &Options) -> DumpReader {
    let on_disk = matches!(source, Source::Path(path) if path.is_dir());
    let options = options.clone();
    let read = move |path: &str, bytes: &mut dyn std::io::BufRead| {
        let _one_at_a_time = IN_MEMORY.lock().unwrap_or_else(PoisonError::into_inner);
        told(Vmcore::from_reader(path, bytes, &open_options(path, &options)), path)
    };
    DumpReader { is_dump: is_vmcore, read: Box::new(read), on_disk }
}

/// Opens a dump on disk and adds what it tells.
fn read_into(path: &Path, name: &str, options: &Options, facts: &mut ReportFacts) {
    let Some(lies) = on_disk(path) else { return facts.problems.push(Problem::new(name, NOT_A_DUMP)) };
    let _one_at_a_time = (lies == OnDisk::Packed).then(|| IN_MEMORY.lock().unwrap_or_else(PoisonError::into_inner));
    match told(Vmcore::open(path, &open_options(name, options)), name) {
        Ok(Some(dump)) => facts.add_dump(dump),
        Ok(None) => facts.problems.push(Problem::new(name, NOT_A_DUMP)),
        Err(reason) => facts.problems.push(Problem::new(name, reason)),
    }
}

/// All that an opened dump tells; `None` for what is none, and the reason for what could not be opened.
fn told(opened: Result<Vmcore, VmcoreError>, name: &str) -> Result<Option<VmcoreFacts>, String> {
    match opened {
        Ok(dump) => Ok(Some(dump.facts(Origin::file(name)))),
        Err(VmcoreError::NotADump { .. }) => Ok(None),
        Err(error) => Err(error.reason()),
    }
}

fn open_options(name: &str, options: &Options) -> OpenOptions {
    let limits = &options.limits;
    let progress = options.dump_progress.clone().map(|tell| {
        let name = name.to_owned();
        let tell: crate::vmcore::Progress = std::sync::Arc::new(move |step| tell(&name, step));
        tell
    });
    OpenOptions {
        spool_limit: limits.dump_in_memory,
        unpacked_limit: limits.total_bytes,
        progress,
        ..OpenOptions::default()
    }
}
