//! The reports of one input, filled in one pass: the side of this room that the pipeline sees.

use std::borrow::Cow;
use std::io::{self, BufRead};
use std::sync::Arc;

use super::evidence::{self, Source};
use super::layout::{self, EvidenceKind, Row};
use super::registry::{Member, Registry, Standing, below, file_name};
use crate::facts::{ModuleFile, Problem, ReportFacts, SignatureState, VmcoreFacts, link_end};

/// What stands between the path of a nested archive and that of its member.
const NESTED: &str = "!";
/// Problems of one input that are kept.
const MOST_PROBLEMS: usize = 1000;

/// What is to be done with a member of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interest {
    /// Nothing.
    Skip,
    /// Hand its contents, decompressed, to [`Reports::read`]. Of a link: those of its target, if they can be had.
    Read,
    /// A folder: walk it. A file: it may be an archive, so look at its first bytes, walk it if it is one, and otherwise pass
    /// it over.
    Descend,
}

/// What a member of an input is. Targets are as the archive or the file system has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MemberKind<'a> {
    /// A regular file and its size in bytes; `None` where it is not known beforehand.
    File {
        /// Size in bytes.
        size: Option<u64>,
    },
    /// A folder.
    Directory,
    /// A symbolic link, relative to the folder it is in or absolute in the system that the report is of.
    Symlink(&'a str),
    /// A hard link to a member that came before, by its path in the archive.
    HardLink(&'a str),
    /// A device, pipe or socket.
    Special,
}

/// What kind of report it is. In rising order of how much a path says: a report is of the last kind that one of its paths
/// speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ReportKind {
    /// A kernel log by itself.
    KernelLog,
    /// A memory dump by itself.
    Vmcore,
    /// Module files by themselves.
    ModuleTree,
    /// What kdump left of one crash.
    CrashDirectory,
    /// Parts of a file system that no collector is known to have made.
    Directory,
    /// Made by SUSE's supportconfig.
    Supportconfig,
    /// Made by sos.
    Sosreport,
}

/// Reads one module file: its path in the report and its bytes (perhaps compressed); an error is one sentence.
pub type ModuleReader = Arc<dyn Fn(&str, &[u8]) -> Result<ModuleFile, String> + Send + Sync>;

/// What reads the memory dumps that pass by.
pub struct DumpReader {
    /// Whether a file that begins with these bytes is a dump.
    pub is_dump: fn(prefix: &[u8]) -> bool,
    /// Reads one: its path in the report and its bytes. `None` for what only looked like one; an error is one sentence.
    pub read: ReadDump,
    /// The input is a folder on disk: dumps in it that lie in no archive are left for whoever can open them by path.
    pub on_disk: bool,
}

/// See [`DumpReader::read`].
pub type ReadDump = Box<dyn Fn(&str, &mut dyn BufRead) -> Result<Option<VmcoreFacts>, String>>;

/// One report that was found in an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundReport {
    /// Path inside the input, archives joined by `!`: of the nested archive, and of the root where one archive holds several;
    /// `None` for a report that is the input itself.
    pub member: Option<String>,
    /// Path of the root inside its archive; empty where there is no folder above. Of a log by itself, the log.
    pub root: String,
    /// What kind of report.
    pub kind: ReportKind,
    /// What it told.
    pub facts: ReportFacts,
    /// Paths, below the root, of members that are memory dumps by name and were not read: all of them without a
    /// [`DumpReader`], else those of a folder on disk.
    pub dump_paths: Vec<String>,
}

/// The reports that one input holds, filled in one pass.
///
/// Which archives inside of a report are walked: those named like a report (`sosreport-…`, `scc_…`), which are reports of
/// their own, and folders of the report that sos packed in place (`proc/fs.tar`), which belong to it. All other archives
/// below a root are passed over, whatever is in them.
pub struct Reports {
    registry: Registry,
    dumps: Option<DumpReader>,
    problems: Vec<Problem>,
}

impl Reports {
    /// Of an input: `input_name` is its path as the user gave it.
    pub fn new(input_name: &str) -> Self {
        Self { registry: Registry::new(input_name), dumps: None, problems: Vec::new() }
    }

    /// Module files are read with `reader`; without one only their places are noted.
    #[must_use]
    pub fn read_modules_with(mut self, reader: ModuleReader) -> Self {
        self.registry.module_reader = Some(reader);
        self
    }

    /// Memory dumps that pass by are read with `reader`; without one only their places are noted.
    #[must_use]
    pub fn read_dumps_with(mut self, reader: DumpReader) -> Self {
        self.dumps = Some(reader);
        self
    }

    /// What is to be done with a member.
    ///
    /// `container` names the nested archives passed through, outermost first; `path` is the member's clean relative path in
    /// the innermost (no `.`, `..` or leading `/`).
    pub fn interest(&mut self, container: &[String], path: &str, kind: MemberKind<'_>) -> Interest {
        match kind {
            MemberKind::Directory => Interest::Descend,
            MemberKind::Special => Interest::Skip,
            MemberKind::Symlink(target) => {
                let interest = self.interest_in_link(container, path, &link_end(path, target));
                if interest == Interest::Skip {
                    self.note_module_link(container, path, target);
                }
                interest
            }
            MemberKind::HardLink(target) => self.interest_in_link(container, path, target),
            MemberKind::File { size } => self.interest_in_file(container, path, size),
        }
    }

    fn interest_in_file(&mut self, container: &[String], path: &str, size: Option<u64>) -> Interest {
        let name = file_name(path);
        let Some(member) = self.registry.member(container, path) else {
            return self.interest_in_stray(container, path, size);
        };
        match layout::classify(&member.path) {
            Some(row) => {
                let reads_dumps = self.dumps.as_ref().is_some_and(|reader| !(reader.on_disk && container.is_empty()));
                let left = row.kind == EvidenceKind::Dump && !reads_dumps;
                if let Some(report) = self.registry.get_mut(member.report) {
                    report.draft.note(row.kind, &member.path, size);
                    if left {
                        report.draft.leave_dump(&member.path);
                    }
                }
                let wanted = is_read(row) || (row.kind == EvidenceKind::Dump && !left && size != Some(0));
                if wanted { Interest::Read } else { Interest::Skip }
            }
            None if size == Some(0) || !layout::is_archive(name) => Interest::Skip,
            None if layout::report_name(name).is_some() || layout::is_packed_directory(&member.path) => {
                Interest::Descend
            }
            None => Interest::Skip,
        }
    }

    /// A file below no root: a log by itself, or perhaps an archive.
    fn interest_in_stray(&self, container: &[String], path: &str, size: Option<u64>) -> Interest {
        let name = file_name(path);
        if self.registry.is_the_input(container, path) {
            Interest::Read
        } else if size == Some(0) || layout::is_side_file(name) || self.registry.is_packed_folder(container) {
            Interest::Skip
        } else if layout::is_log(name) && !layout::is_archive(name) {
            Interest::Read
        } else {
            Interest::Descend
        }
    }

    /// The links of weak-updates tell for which kernel a module was built.
    fn note_module_link(&mut self, container: &[String], path: &str, target: &str) {
        let Some(member) = self.registry.member(container, path) else { return };
        let is_module = layout::classify(&member.path).is_some_and(|row| row.kind == EvidenceKind::ModuleFile);
        if let Some(report) = self.registry.get_mut(member.report).filter(|_| is_module) {
            report.draft.note(EvidenceKind::ModuleFile, &member.path, None);
            evidence::note_link(&member.path, target, &mut report.draft);
        }
    }

    /// A link is worth following only where its target is not read under its own name.
    fn interest_in_link(&mut self, container: &[String], path: &str, target: &str) -> Interest {
        let Some(member) = self.registry.member(container, path) else { return Interest::Skip };
        if !layout::classify(&member.path).is_some_and(is_read) {
            return Interest::Skip;
        }
        let root = self.registry.get(member.report).map_or("", |report| report.root.as_str());
        let below = below(root, target).unwrap_or(target);
        if layout::classify(below).is_some_and(is_read) { Interest::Skip } else { Interest::Read }
    }

    /// Reads a member. What was read up to an error is kept, and the error is returned.
    ///
    /// # Errors
    ///
    /// The input could not be read to its end.
    pub fn read(&mut self, container: &[String], path: &str, bytes: &mut dyn BufRead) -> io::Result<()> {
        let member = match self.registry.member(container, path) {
            Some(member) => member,
            None => match self.registry.lone_log(container, path) {
                Some(report) => Member { report, path: Cow::Borrowed(path) },
                None => return Ok(()),
            },
        };
        let Some(report) = self.registry.get_mut(member.report) else { return Ok(()) };
        let kind = layout::classify(&member.path).map_or(EvidenceKind::KernelLog, |row| row.kind);
        if let Some(dumps) = &self.dumps
            && (kind == EvidenceKind::Dump || (dumps.is_dump)(bytes.fill_buf()?))
        {
            report.read_dump(dumps, &member.path, kind == EvidenceKind::Dump, bytes);
            return Ok(());
        }
        let source_kind = if report.standing == Standing::Confirmed { kind } else { told_by_its_text(kind, bytes)? };
        if source_kind == EvidenceKind::Supportconfig {
            report.is_at_least(ReportKind::Supportconfig);
        }
        let source = Source { path: Arc::from(&*member.path), member: &member.path, before: 0, input: bytes };
        evidence::read(source_kind, source, &mut report.draft)
    }

    /// Notes that a member (or the input, where `path` names it) could not be read as it should have been. `path` is that of
    /// the member behind those of its containers, joined by `!`. May be told after the member was read.
    pub fn problem(&mut self, path: &str, message: String) {
        if self.problems.len() < MOST_PROBLEMS {
            self.problems.push(Problem::new(path, message));
        }
    }

    /// The reports in order of appearance. An input without any gives one report with the problems, or none if there are no
    /// problems either.
    pub fn finish(self) -> Vec<FoundReport> {
        let mut found = Vec::new();
        let mut places = Vec::new();
        for placed in self.registry.finish() {
            let kind = placed.report.final_kind();
            let root = placed.report.root;
            let (facts, dump_paths) = placed.report.draft.finish();
            let mut place = placed.container;
            let archive = place.join(NESTED);
            if !root.is_empty() {
                place.push(root.clone());
            }
            let place = place.join(NESTED);
            let member = if placed.shares_its_archive { place.clone() } else { archive.clone() };
            places.push(Place { archive, root: place });
            found.push(FoundReport { member: (!member.is_empty()).then_some(member), root, kind, facts, dump_paths });
        }
        hand_out_problems(self.problems, &mut found, &places);
        found
    }
}

/// The names of supportconfig's files are plain enough that a log by itself may have one, and a file of sections another name.
fn told_by_its_text(kind: EvidenceKind, bytes: &mut dyn BufRead) -> io::Result<EvidenceKind> {
    Ok(match kind {
        EvidenceKind::Supportconfig | EvidenceKind::KernelLog if evidence::has_sections(bytes.fill_buf()?) => {
            EvidenceKind::Supportconfig
        }
        EvidenceKind::Supportconfig => EvidenceKind::KernelLog,
        kind => kind,
    })
}

fn is_read(row: &Row) -> bool {
    !matches!(row.kind, EvidenceKind::Dump | EvidenceKind::Known)
}

/// Gives each problem to the report that its path is in, and those of no report to the first.
fn hand_out_problems(problems: Vec<Problem>, found: &mut Vec<FoundReport>, places: &[Place]) {
    if found.is_empty() && !problems.is_empty() {
        let facts = ReportFacts::default();
        let kind = ReportKind::Directory;
        found.push(FoundReport { member: None, root: String::new(), kind, facts, dump_paths: Vec::new() });
    }
    for problem in problems {
        let inside = |(at, place): (usize, &Place)| Some((place.holds(&problem.path)?, std::cmp::Reverse(at)));
        let owner = places.iter().enumerate().filter_map(inside).max();
        let (start, at) = owner.map_or((0, 0), |(start, at)| (start, at.0));
        let below = problem.path.get(start..).map(|path| path.trim_start_matches(['/', '!']));
        let path = below.filter(|path| start > 0 && !path.is_empty()).unwrap_or(&problem.path);
        if let Some(report) = found.get_mut(at) {
            end_in_the_middle(&mut report.facts, path);
            report.facts.problems.push(Problem::new(path, problem.message.clone()));
        }
    }
}

/// Where a report is in the input, as the paths of problems begin.
struct Place {
    /// The nested archives around it; empty for none.
    archive: String,
    /// The same with the root behind it.
    root: String,
}

impl Place {
    /// How many bytes of the path lead to this report, if it does lead to it: to its root or at least to its archive.
    fn holds(&self, path: &str) -> Option<usize> {
        let leads_to = |place: &str| {
            let rest = path.strip_prefix(place)?;
            (place.is_empty() || rest.is_empty() || rest.starts_with(['/', '!'])).then_some(place.len())
        };
        leads_to(&self.root).or_else(|| leads_to(&self.archive))
    }
}

/// A file that could not be read whole may have ended inside of the last module it named: its signature may have been lost.
fn end_in_the_middle(facts: &mut ReportFacts, path: &str) {
    let last = facts.module_files.iter_mut().rev().find(|file| &*file.origin.path == path);
    if let Some(file) = last.filter(|file| file.signature.state == SignatureState::Unsigned) {
        file.signature.state = SignatureState::Unknown;
        file.signature.reason = Some("the file that says so could not be read to its end".to_owned());
    }
}

#[cfg(test)]
#[path = "reports_tests.rs"]
mod tests;
