//! `taintrace scan`: the main job.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::builder::PossibleValue;

use super::certificates;
use super::exit::{Status, UsageError};
use super::output::{self, Colour, Output};
use super::progress::Progress;
use crate::render::{self, Format, Style};
use crate::triage::{Report, Role, Scope, Summary};
use crate::{Options, triage};

/// Arguments of `taintrace scan`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  taintrace scan sosreport-db1-2024-05-10-abcdefg.tar.xz
  taintrace scan --format json reports/ | jq -r '.reports[].verdict'
  find /cases -name '*.tar.xz' | taintrace scan --paths-from - --format csv -o triage.csv")]
pub(super) struct Args {
    /// Sosreports (directory or archive), bundles, crash directories, vmcores, kernel logs, module trees, driver packages (rpm, deb), folders of these; `-` for standard input
    #[arg(required_unless_present = "paths_from")]
    paths: Vec<PathBuf>,
    /// Output form
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Check signatures of module files with the certificates (PEM or DER) of a file or folder; may be given several times
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
    /// No progress bar
    #[arg(short, long)]
    quiet: bool,
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
        };
        Some(PossibleValue::new(self.as_str()).help(help))
    }
}

/// The levels of `--fail-on`, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    /// It holds the instruction pointer
    Faulting,
    /// The kernel's own text names it
    Named,
    /// It is on a reliable frame
    CallPath,
    /// It shows as stack residue
    StaleFrame,
    /// It is loaded
    Present,
}

impl FailOn {
    fn role(self) -> Role {
        match self {
            Self::Faulting => Role::Faulting,
            Self::Named => Role::Named,
            Self::CallPath => Role::CallPath,
            Self::StaleFrame => Role::StaleFrame,
            Self::Present => Role::Present,
        }
    }

    fn reached(self, report: &Report) -> bool {
        let present = self == Self::Present && report.third_party().any(|m| m.loaded == Some(true));
        present || report.suspects.iter().any(|s| s.role <= self.role() && s.role != Role::Present)
    }
}

/// Scans the inputs and prints them.
pub(super) fn run(args: Args) -> anyhow::Result<Status> {
    let mut paths = args.paths.clone();
    if let Some(list) = &args.paths_from {
        paths.extend(listed_paths(list)?);
    }
    let scope = if args.all { Scope::Everything } else { Scope::WhatMatters };
    let trust = Arc::new(certificates::read(&args.cert)?);
    let options = Options { trust, scope, jobs: args.jobs.map(usize::from), ..Options::default() };
    let style = output::style(args.output.as_deref(), args.color, args.width.map(usize::from), args.all);
    let style = Style { explain: args.explain, ..style };
    let mut output = Output::open(args.output.as_deref())?;
    let status = match args.format {
        Format::Ndjson => stream(&paths, &options, &args, &mut output)?,
        _ => collect(&paths, &options, &args, &style, &mut output)?,
    };
    output.finish()?;
    Ok(status)
}

/// Prints each report as soon as those before it are printed.
fn stream(paths: &[PathBuf], options: &Options, args: &Args, output: &mut Output) -> anyhow::Result<Status> {
    let mut status = Status::Whole;
    let mut failure: io::Result<()> = Ok(());
    let sources = crate::sources(paths);
    let progress = Progress::new(sources.len(), args.quiet);
    crate::scan(&sources, options, &mut |reports| {
        progress.done();
        for report in &reports {
            status = status.max(status_of(report, args.fail_on));
            if failure.is_ok() {
                failure = render::ndjson_line(report, output).and_then(|()| output.flush());
            }
        }
        failure.is_ok()
    });
    progress.finish();
    failure?;
    Ok(status)
}

/// Prints all reports at the end, with what they have in common.
fn collect(
    paths: &[PathBuf],
    options: &Options,
    args: &Args,
    style: &Style,
    output: &mut Output,
) -> anyhow::Result<Status> {
    let (reports, summary) = scan_all(paths, options, args.quiet);
    render::render(args.format, &reports, &summary, style, output)?;
    Ok(reports.iter().map(|r| status_of(r, args.fail_on)).max().unwrap_or(Status::Whole))
}

/// All reports of the inputs, without a progress bar.
pub(super) fn all_reports(paths: &[PathBuf], options: &Options) -> (Vec<Report>, Summary) {
    scan_all(paths, options, true)
}

fn scan_all(paths: &[PathBuf], options: &Options, quiet: bool) -> (Vec<Report>, Summary) {
    let sources = crate::sources(paths);
    let progress = Progress::new(sources.len(), quiet);
    let mut reports = Vec::new();
    crate::scan(&sources, options, &mut |done| {
        progress.done();
        reports.extend(done);
        true
    });
    progress.finish();
    let summary = triage::summarize(&reports, sources.len());
    (reports, summary)
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

/// Paths of a list: NUL-separated where a NUL is in it, else one a line.
fn listed_paths(list: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut bytes = Vec::new();
    if list == Path::new("-") {
        io::stdin().read_to_end(&mut bytes).context("cannot read the list of paths from standard input")?;
    } else {
        bytes = std::fs::read(list).with_context(|| format!("cannot read the list of paths {}", list.display()))?;
    }
    let separator = if bytes.contains(&0) { 0 } else { b'\n' };
    let paths: Vec<PathBuf> = bytes
        .split(|b| *b == separator)
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty())
        .map(path_of)
        .collect();
    if paths.is_empty() {
        return Err(UsageError(format!("no paths in {}", list.display())).into());
    }
    Ok(paths)
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
