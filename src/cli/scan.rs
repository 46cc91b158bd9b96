//! `taintrace scan`: the main job.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use clap::builder::PossibleValue;

use super::certificates;
use super::exit::Status;
use super::fail_on::FailOn;
use super::interrupt;
use super::limits::LimitArgs;
use super::out_dir::OutDir;
use super::output::{self, Colour, Output};
use super::paths;
use super::progress::{Progress, Talk};
use crate::input::Source;
use crate::render::{self, Format, Style};
use crate::triage::{Report, Scope};
use crate::{Options, triage};

/// Arguments of `taintrace scan`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  taintrace scan sosreport-db1-2024-05-10-abcdefg.tar.xz
  taintrace scan --format json reports/ | jq -r '.reports[].verdict'
  taintrace scan --format html -o triage.html reports/
  taintrace scan --format note --out-dir notes/ --resume 'cases/*/sosreport-*.tar.xz'
  find /cases -name '*.tar.xz' -print0 | taintrace scan --paths-from - --format csv -o triage.csv")]
pub(super) struct Args {
    /// Sosreports (directory or archive), bundles, crash directories, vmcores, kernel logs, module trees, driver packages (rpm, deb), folders of these, quoted patterns; `-` for standard input
    #[arg(required_unless_present = "paths_from")]
    paths: Vec<PathBuf>,
    /// Output form
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Check signatures of module files with the certificates (PEM or DER) or OpenPGP keys of a file or folder; may be given several times
    #[arg(long, value_name = "FILE|DIR")]
    cert: Vec<PathBuf>,
    /// How many inputs are read at a time
    #[arg(short, long, value_name = "N")]
    jobs: Option<std::num::NonZeroUsize>,
    /// Read paths from a file, one a line (or NUL-separated); `-` for standard input
    #[arg(long, value_name = "FILE")]
    paths_from: Option<PathBuf>,
    /// Show every event and module, not only what matters
    #[arg(short, long)]
    all: bool,
    /// Say of each suspect how it came to its rank (table and note; JSON always has it)
    #[arg(long)]
    explain: bool,
    /// Exit with status 3 when a third-party module stands at least this strongly in an event
    #[arg(long, value_enum, value_name = "ROLE")]
    fail_on: Option<FailOn>,
    /// When to colour the table
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    color: Colour,
    /// Columns of the table [default: those of the terminal, else 120]
    #[arg(long, value_name = "COLUMNS", value_parser = clap::value_parser!(u16).range(40..=1000))]
    width: Option<u16>,
    /// Write a file per report into a directory, whole or not at all
    #[arg(long, value_name = "DIR", conflicts_with = "output")]
    out_dir: Option<PathBuf>,
    /// Leave out inputs whose results are there and whose size and time have not changed since
    #[arg(long, requires = "out_dir")]
    resume: bool,
    /// No progress bar and no counts
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// A line on standard error for each input that is done
    #[arg(short, long)]
    verbose: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

impl Args {
    fn talk(&self) -> Talk {
        match (self.quiet, self.verbose) {
            (true, _) => Talk::Quiet,
            (false, true) => Talk::Verbose,
            (false, false) => Talk::Normal,
        }
    }
}

impl clap::ValueEnum for Format {
    fn value_variants<'a>() -> &'a [Self] {
        &Self::ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        let help = match self {
            Self::Table => "The triage table and verdicts",
            Self::Json => "One JSON document (docs/json.md)",
            Self::Ndjson => "One JSON object a report, as each is done, in order",
            Self::Csv => "Rows for a spreadsheet",
            Self::Note => "Case notes, Markdown",
            Self::Html => "One page for a browser, which loads nothing",
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}

/// Scans the inputs and prints them, or writes a result for each.
pub(super) fn run(args: Args) -> anyhow::Result<Status> {
    let paths = paths::named(&args.paths, args.paths_from.as_deref())?;
    let scope = if args.all { Scope::Everything } else { Scope::WhatMatters };
    let stop = Some(interrupt::on_ctrl_c());
    let trust = Arc::new(certificates::read(&args.cert)?);
    let jobs = args.jobs.map(usize::from);
    let options = Options { trust, scope, jobs, stop, limits: args.limits.limits(), dump_progress: None };
    let file = args.output.as_deref().or(args.out_dir.as_deref());
    let style = output::style(file, args.color, args.width.map(usize::from), args.all);
    let style = Style { explain: args.explain, ..style };
    let sources = crate::sources(&paths);
    let scan = Scan { args: &args, options: &options, sources };
    let status = match (&args.out_dir, args.format) {
        (Some(folder), format) => scan.fill_directory(&OutDir::open(
            folder,
            format,
            style,
            format!("certificates {:?}, {:?}", args.cert, options.limits),
        )?)?,
        (None, Format::Ndjson) => scan.stream()?,
        (None, _) => scan.collect(&style)?,
    };
    let stopped = options.stop.is_some_and(|stop| stop.load(Ordering::Relaxed));
    Ok(if stopped { Status::Interrupted } else { status })
}

/// What is to be scanned, and how it was asked for.
struct Scan<'a> {
    args: &'a Args,
    options: &'a Options,
    sources: Vec<Source>,
}

impl Scan<'_> {
    /// Prints each report as soon as those before it are printed.
    fn stream(&self) -> anyhow::Result<Status> {
        let mut output = Output::open(self.args.output.as_deref())?;
        let mut status = Status::Whole;
        let mut failure: io::Result<()> = Ok(());
        self.each(&self.sources, &mut |reports| {
            for report in &reports {
                status = status.max(status_of(report, self.args.fail_on));
                if failure.is_ok() {
                    failure = render::ndjson_line(report, &mut output).and_then(|()| output.flush());
                }
            }
            failure.is_ok()
        });
        failure?;
        output.finish()?;
        Ok(status)
    }

    /// Prints all reports at the end, with what they have in common.
    fn collect(&self, style: &Style) -> anyhow::Result<Status> {
        // Opened first: that it cannot be written is known before the work is done.
        let mut output = Output::open(self.args.output.as_deref())?;
        let mut all = Vec::new();
        let done = self.each(&self.sources, &mut |reports| {
            all.extend(reports);
            true
        });
        let summary = triage::summarize(&all, done);
        render::render(self.args.format, &all, &summary, style, &mut output)?;
        output.finish()?;
        Ok(all.iter().map(|report| status_of(report, self.args.fail_on)).max().unwrap_or(Status::Whole))
    }

    /// Writes a file per report; with `--resume`, only of inputs that changed or have none.
    fn fill_directory(&self, folder: &OutDir) -> anyhow::Result<Status> {
        let mut status = Status::Whole;
        let mut pending = Vec::new();
        for source in &self.sources {
            let input = folder.pending(source.clone());
            match folder.unchanged(&input, self.args.fail_on).filter(|_| self.args.resume) {
                Some(known) => status = status.max(known),
                None => pending.push(input),
            }
        }
        let sources: Vec<Source> = pending.iter().map(|input| input.source.clone()).collect();
        let mut inputs = pending.iter();
        let mut failure = Ok(());
        let mut written = 0;
        let done = self.each(&sources, &mut |reports| {
            // The input that these reports are of, also after a stop, where some are missing.
            let input = inputs.find(|input| reports.first().is_some_and(|r| r.input == input.source.name()));
            failure = input.map_or(Ok(()), |input| folder.write(input, &reports));
            status = reports.iter().map(|report| status_of(report, self.args.fail_on)).fold(status, Status::max);
            written += reports.len();
            failure.is_ok()
        });
        failure?;
        if !self.args.quiet {
            let skipped = self.sources.len() - sources.len();
            let left = sources.len() - done;
            let left = if left > 0 { format!(", {left} inputs not read") } else { String::new() };
            eprintln!("taintrace: {written} results written, {skipped} inputs unchanged{left}");
        }
        Ok(status)
    }

    /// Hands out the reports of each input; how many inputs there were.
    fn each(&self, sources: &[Source], sink: &mut dyn FnMut(Vec<Report>) -> bool) -> usize {
        with_progress(sources, self.options, self.args.talk(), sink)
    }
}

/// All reports of the inputs of a command that is not interrupted.
pub(super) fn all_reports(paths: &[PathBuf], options: &Options) -> Vec<Report> {
    let mut all = Vec::new();
    with_progress(&crate::sources(paths), options, Talk::Normal, &mut |reports| {
        all.extend(reports);
        true
    });
    all
}

/// Scans and shows how far it is; how many inputs were done.
fn with_progress(
    sources: &[Source],
    options: &Options,
    talk: Talk,
    sink: &mut dyn FnMut(Vec<Report>) -> bool,
) -> usize {
    let mut progress = Progress::new(sources, talk);
    let options = Options { dump_progress: Some(progress.dumps()), ..options.clone() };
    crate::scan(sources, &options, &mut |reports| {
        progress.done(&reports);
        sink(reports)
    });
    progress.finish();
    progress.done_so_far()
}

/// Whether anything was left unread.
pub(super) fn status(reports: &[Report]) -> Status {
    reports.iter().map(|r| status_of(r, None)).max().unwrap_or(Status::Whole)
}

/// A finding outranks a partial read: whoever asks for it wants to know.
fn status_of(report: &Report, fail_on: Option<FailOn>) -> Status {
    if fail_on.is_some_and(|level| level.reached(report)) {
        return Status::Found;
    }
    if report.failed || !report.problems.is_empty() { Status::Partial } else { Status::Whole }
}
