//! Offline triage of sosreports and vmcores.
//!
//! ```text
//! input ──► sosreport ──► facts ──► triage ──► render
//! bytes     which file    typed,    merged,    table, json,
//! by name   means what    located   ranked     csv, note, html
//! ```
//!
//! [`scan`] reads inputs in parallel and hands out their [`Report`]s in order; [`scan_source`] reads one.
//! The rooms below it can be used alone: [`taint`] decodes masks and `Tainted:` strings, [`kernel_log`] reads a log,
//! [`module_file`] reads a `.ko` and checks its signature, [`input`] walks archives.
//!
//! ```
//! use taintrace::{Options, input::Source, scan_source};
//!
//! let log = b"[   10.500000] BUG: unable to handle kernel NULL pointer dereference at 0000000000000008\n";
//! let source = Source::Bytes { name: "console.log".into(), bytes: (*log).into() };
//! let reports = scan_source(&source, &Options::default());
//! assert_eq!(reports[0].events.len(), 1);
//! ```

pub mod cli;
mod dump;
pub mod facts;
pub mod input;
pub mod kernel_log;
pub mod module_file;
mod modules;
pub mod render;
pub mod sosreport;
pub mod taint;
pub mod triage;
pub mod vmcore;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use facts::{Problem, ReportFacts};
use input::{Entry, EntryKind, Interest, Limits, Source, Visitor};
use module_file::TrustStore;
use sosreport::{FoundReport, MemberKind, ReportKind, Reports};
use triage::{InputKind, Report, Scope, Subject};

/// Is told the path of a dump and which of its long steps it is at, now and then.
pub type DumpProgress = Arc<dyn Fn(&str, vmcore::Step) + Send + Sync>;

/// How to scan.
#[derive(Clone, Default)]
pub struct Options {
    /// How much of what was found a report keeps.
    pub scope: Scope,
    /// How many inputs are read at a time; as many as there are processors where not given.
    pub jobs: Option<usize>,
    /// What one input may cost.
    pub limits: Limits,
    /// Certificates that signatures of module files are checked with, beside those that a report holds itself.
    pub trust: Arc<TrustStore>,
    /// Told of dumps that take long.
    pub dump_progress: Option<DumpProgress>,
    /// Set from elsewhere, it ends a scan early: what is done by then is handed out, what is being read is given up.
    pub stop: Option<Arc<AtomicBool>>,
}

impl Options {
    fn is_stopped(&self) -> bool {
        self.stop.as_ref().is_some_and(|stop| stop.load(Ordering::Relaxed))
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scope, jobs, limits, trust, dump_progress: _, stop } = self;
        let mut shown = f.debug_struct("Options");
        shown
            .field("scope", scope)
            .field("jobs", jobs)
            .field("limits", limits)
            .field("trust", trust)
            .field("stop", stop);
        shown.finish_non_exhaustive()
    }
}

/// The inputs that paths stand for: a directory of reports is many, and the files of a split dump are one.
pub fn sources(paths: &[PathBuf]) -> Vec<Source> {
    dump::one_of_each(input::expand(paths, &sosreport::is_report_root))
}

/// Reads inputs in parallel and hands their reports to `sink` in the order of the inputs, each as soon as all before it
/// are done. A `false` from the sink ends the scan early, as does [`Options::stop`]; threads that are reading an input
/// then finish it unheard.
pub fn scan(sources: &[Source], options: &Options, sink: &mut dyn FnMut(Vec<Report>) -> bool) {
    let cores = options.jobs.unwrap_or_else(rayon::current_num_threads);
    let jobs = cores.clamp(1, sources.len().max(1));
    // cores that no input is left for help with the blocks of one
    let spare = u32::try_from(cores / jobs).unwrap_or(1).max(options.limits.decoder_threads);
    let options = &Options { limits: Limits { decoder_threads: spare, ..options.limits.clone() }, ..options.clone() };
    let Ok(pool) = rayon::ThreadPoolBuilder::new().num_threads(jobs).build() else {
        // No threads to be had: one after the other does as well.
        let _ = sources.iter().all(|source| !options.is_stopped() && sink(scan_source(source, options)));
        return;
    };
    let (done, finished) = mpsc::sync_channel(jobs);
    let work = Arc::new(Work { sources: largest_first(sources), options: options.clone(), next: AtomicUsize::new(0) });
    // Nobody waits for these threads: who reads one of the inputs may be stuck in it when the scan is ended.
    for _ in 0..jobs {
        let (work, done) = (Arc::clone(&work), done.clone());
        pool.spawn(move || work.run(&done));
    }
    drop(done);
    in_order(&finished, options, sink);
}

/// Inputs among which the largest is read first, so that no core is left alone with it at the end; and of which reports may
/// wait for their turn, so that memory grows with the jobs and not with the inputs.
const WINDOW: usize = 64;

/// The inputs and their numbers, in the order in which they are read. One of unknown size, a directory, may be large.
fn largest_first(sources: &[Source]) -> Vec<(usize, Source)> {
    let mut numbered: Vec<(usize, Source)> = sources.iter().cloned().enumerate().collect();
    for window in numbered.chunks_mut(WINDOW) {
        window.sort_by_cached_key(|(_, source)| std::cmp::Reverse(source.size().unwrap_or(u64::MAX)));
    }
    numbered
}

/// The inputs of a scan, which are taken one after the other.
struct Work {
    sources: Vec<(usize, Source)>,
    options: Options,
    next: AtomicUsize,
}

/// The number of an input, and what it told.
type Numbered = (usize, Vec<Report>);

impl Work {
    /// Reads one input after the other until all are taken or nobody listens any more.
    fn run(&self, done: &mpsc::SyncSender<Numbered>) {
        while !self.options.is_stopped() {
            let Some((number, source)) = self.sources.get(self.next.fetch_add(1, Ordering::Relaxed)) else { break };
            if done.send((*number, scan_source(source, &self.options))).is_err() {
                break;
            }
        }
    }
}

/// How often a scan that waits looks whether it is to stop.
const PATIENCE: Duration = Duration::from_millis(50);

/// Hands on what arrives in the order of its numbers; at a stop, all that has arrived.
fn in_order(finished: &mpsc::Receiver<Numbered>, options: &Options, sink: &mut dyn FnMut(Vec<Report>) -> bool) {
    let mut waiting = BTreeMap::new();
    let mut turn = 0;
    loop {
        match finished.recv_timeout(PATIENCE) {
            Ok((number, reports)) => waiting.insert(number, reports),
            Err(RecvTimeoutError::Timeout) if !options.is_stopped() => continue,
            Err(_) => break,
        };
        while let Some(reports) = waiting.remove(&turn) {
            turn += 1;
            if !sink(reports) {
                return;
            }
        }
    }
    let _ = waiting.into_values().all(sink);
}

/// Reads one input: usually one report, several for a bundle, and one that says why where nothing could be read.
pub fn scan_source(source: &Source, options: &Options) -> Vec<Report> {
    let name = source.name();
    // A defect met by one input must not take a night's batch with it.
    let read = catch_unwind(AssertUnwindSafe(|| {
        let found = read_source(source, options);
        found.into_iter().map(|(subject, facts)| triage::triage(subject, facts, options.scope)).collect::<Vec<_>>()
    }));
    read.unwrap_or_else(|_| {
        let message = "internal error, please report it; this input was given up, the others are not affected";
        let facts = ReportFacts { problems: vec![Problem::new(name.clone(), message)], ..ReportFacts::default() };
        let subject = Subject { input: name, member: None, kind: InputKind::Directory };
        vec![triage::triage(subject, facts, options.scope)]
    })
}

/// Opens an input and sorts what it holds into reports.
fn read_source(source: &Source, options: &Options) -> Vec<(Subject, ReportFacts)> {
    let name = source.name();
    if let Some(path) = dump::is_dump(source) {
        let facts = dump::read_alone(path, &name, options);
        return vec![(Subject { input: name, member: None, kind: InputKind::Vmcore }, facts)];
    }
    if let Some(path) = modules::is_package(source) {
        return vec![subject_of(&name, modules::read_package(path, &name, &options.trust))];
    }
    let reports = Reports::new(&name).read_modules_with(modules::reader(&options.trust));
    let mut reports = reports.read_dumps_with(dump::reader(source, options));
    let walked = input::walk(source, &options.limits, &mut Sorter(&mut reports));
    let mut found = reports.finish();
    modules::check_with_found(source, &options.limits, &options.trust, &mut found);
    let mut found: Vec<_> = found
        .into_iter()
        .map(|mut report| {
            dump::read_of_report(source, &mut report, options);
            subject_of(&name, report)
        })
        .collect();
    if let Err(error) = walked {
        let problem = Problem::new(name.clone(), error.reason());
        match found.first_mut() {
            Some((_, facts)) => facts.problems.push(problem),
            None => {
                let facts = ReportFacts { problems: vec![problem], ..ReportFacts::default() };
                found.push((Subject { input: name, member: None, kind: InputKind::Directory }, facts));
            }
        }
    } else if found.is_empty() {
        let message = "nothing in it is known as evidence: expected a sosreport, a crash directory or a kernel log";
        let facts = ReportFacts { problems: vec![Problem::new(name.clone(), message)], ..ReportFacts::default() };
        found.push((Subject { input: name, member: None, kind: InputKind::Directory }, facts));
    }
    found
}

fn subject_of(input: &str, report: FoundReport) -> (Subject, ReportFacts) {
    let kind = match report.kind {
        ReportKind::Sosreport | ReportKind::Supportconfig => InputKind::Sosreport,
        ReportKind::CrashDirectory => InputKind::CrashDirectory,
        ReportKind::KernelLog => InputKind::KernelLog,
        ReportKind::Vmcore => InputKind::Vmcore,
        ReportKind::ModuleTree => InputKind::ModuleTree,
        _ => InputKind::Directory,
    };
    let mut facts = report.facts;
    if kind == InputKind::Vmcore {
        dump::date(&mut facts);
    }
    (Subject { input: input.to_owned(), member: report.member, kind }, facts)
}

/// The seam between the walk, which knows bytes, and the reports, which know what they mean.
struct Sorter<'a>(&'a mut Reports);

impl Visitor for Sorter<'_> {
    fn interest(&mut self, entry: &Entry<'_>) -> Interest {
        let kind = match entry.kind {
            EntryKind::File => MemberKind::File { size: entry.size },
            EntryKind::Directory => MemberKind::Directory,
            EntryKind::Symlink(target) => MemberKind::Symlink(target),
            EntryKind::HardLink(target) => MemberKind::HardLink(target),
            EntryKind::Special => MemberKind::Special,
        };
        match self.0.interest(entry.container, entry.path, kind) {
            sosreport::Interest::Skip => Interest::Skip,
            sosreport::Interest::Read => Interest::Read,
            sosreport::Interest::Descend => Interest::Descend,
        }
    }

    fn read(&mut self, entry: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
        self.0.read(entry.container, entry.path, bytes)
    }

    fn problem(&mut self, path: &str, message: String) {
        self.0.problem(path, message);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests may stop")]
mod tests {
    use super::*;

    #[test]
    fn the_largest_of_the_next_inputs_is_read_first_and_none_is_left_out() {
        let of = |size: usize| Source::Bytes { name: size.to_string(), bytes: vec![0; size].into() };
        let sizes: Vec<usize> = (0..150).map(|n| n * 7 % 50).collect();
        let sources: Vec<Source> = sizes.iter().map(|size| of(*size)).collect();
        let order = largest_first(&sources);
        let taken: Vec<usize> = order.iter().map(|(number, _)| sizes[*number]).collect();
        assert!(taken.chunks(WINDOW).all(|window| window.is_sorted_by(|a, b| a >= b)), "{taken:?}");
        let mut numbers: Vec<usize> = order.iter().map(|(number, _)| *number).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, (0..150).collect::<Vec<_>>());
        assert!(order.iter().enumerate().all(|(at, (number, _))| at.abs_diff(*number) < WINDOW));
    }
}
