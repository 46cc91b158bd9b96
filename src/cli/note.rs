//! `taintrace note`: the case note for one input.

use std::path::PathBuf;

use super::exit::Status;
use super::limits::LimitArgs;
use super::output::{self, Colour, Output};
use super::scan;
use crate::render::{Markup, Style};

/// Arguments of `taintrace note`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  taintrace note sosreport-db1-2024-05-10-abcdefg.tar.xz > note.md")]
pub(super) struct Args {
    /// Sosreport, bundle, crash directory, vmcore or kernel log; `-` for standard input
    path: PathBuf,
    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Plain text, for trackers that show no Markdown
    #[arg(long)]
    plain: bool,
    /// Say of each suspect how it came to its rank
    #[arg(long)]
    explain: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Prints the note of each report of the input.
pub(super) fn run(args: Args) -> anyhow::Result<Status> {
    let mut output = Output::open(args.output.as_deref())?;
    let options = crate::Options { limits: args.limits.limits(), ..crate::Options::default() };
    let reports = scan::all_reports(std::slice::from_ref(&args.path), &options);
    let markup = if args.plain { Markup::Plain } else { Markup::Markdown };
    let style = output::style(args.output.as_deref(), Colour::Never, None, false);
    let style = Style { explain: args.explain, ..style };
    for report in &reports {
        crate::render::note(report, markup, &style, &mut output)?;
    }
    output.finish()?;
    Ok(scan::status(&reports))
}
