//! Memory dumps in the pipeline: one that is the whole input, and those that lie in a report's directory.
//!
//! Dumps inside archives are named and not opened: reading one needs to go back and forth in it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use jiff::Timestamp;

use crate::facts::{Located, Origin, Problem, ReportFacts};
use crate::input::Source;
use crate::sosreport::FoundReport;
use crate::vmcore::{OpenOptions, Vmcore, is_vmcore};

/// Bytes that tell a dump.
const PREFIX: u64 = 64;

/// The path of an input that is a dump as it is; one that is packed is told by the walk as what it is packed in.
pub(crate) fn is_dump(source: &Source) -> Option<&Path> {
    let Source::Path(path) = source else { return None };
    let mut prefix = Vec::new();
    // A directory or a file that cannot be opened is not read here, and told by the walk.
    let file = path.is_file().then(|| File::open(path).ok()).flatten()?;
    file.take(PREFIX).read_to_end(&mut prefix).ok()?;
    is_vmcore(&prefix).then_some(path.as_path())
}

/// A dump that is the whole input.
pub(crate) fn read_alone(path: &Path, name: &str) -> ReportFacts {
    let mut facts = ReportFacts::default();
    let file = path.file_name().map_or_else(|| name.to_owned(), |n| n.to_string_lossy().into_owned());
    read_into(path, &file, &mut facts);
    let crash = facts.dumps.first().and_then(|d| Some((Timestamp::from_second(d.crash_time?).ok()?, d.origin.clone())));
    facts.host.collected = crash.map(|(time, origin)| Located::new(time.to_string(), origin));
    facts
}

/// The dumps of a report that is a directory on disk.
pub(crate) fn read_of_report(source: &Source, report: &mut FoundReport) {
    let Source::Path(root) = source else { return };
    if !root.is_dir() || report.member.is_some() {
        return;
    }
    for dump in &report.dump_paths {
        let path = root.join(&report.root).join(dump);
        // A link may lead out of the report.
        let inside = path.canonicalize().ok().zip(root.canonicalize().ok()).is_some_and(|(p, r)| p.starts_with(r));
        if inside && is_dump(&Source::Path(path.clone())).is_some() {
            read_into(&path, dump, &mut report.facts);
        }
    }
}

/// Opens a dump and adds what it tells; its log is a kernel log of the report like the others.
fn read_into(path: &Path, name: &str, facts: &mut ReportFacts) {
    match Vmcore::open(path, &OpenOptions::default()) {
        Ok(dump) => {
            let mut told = dump.facts(Origin::file(name));
            facts.logs.extend(told.log.take());
            facts.problems.append(&mut told.problems);
            facts.dumps.push(told);
        }
        Err(error) => facts.problems.push(Problem::new(name, error.to_string())),
    }
}
