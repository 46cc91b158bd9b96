//! The command line: what was typed, and the command that does it. Results go to standard output, all else to standard error.

mod certificates;
mod dmesg;
mod exit;
mod fail_on;
mod interrupt;
mod limits;
mod manual;
mod module;
mod note;
mod out_dir;
mod output;
mod paths;
mod progress;
mod scan;
mod taint;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use exit::Status;

/// Offline triage of sosreports and vmcores: did the kernel fault, where, and is code that the vendor does not ship in the backtrace?
#[derive(Debug, Parser)]
#[command(name = "taintrace", version, about, max_term_width = 100, after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples:
  taintrace scan sosreport-db1-2024-05-10-abcdefg.tar.xz    one report: the triage table
  taintrace scan --format ndjson reports/ > triage.ndjson   a batch, a report a line
  taintrace scan --format html -o triage.html reports/      a page to sort, filter and open
  taintrace note sosreport-db1-*.tar.xz                     the case note, Markdown
  taintrace module extra/acme.ko.xz                         a module file and its signature
  taintrace taint 12289                                     a taint mask in words

Exit status: 0 every input was read whole; 1 some input could be read only in part or not at all;
2 wrong usage; 3 a finding at or above --fail-on; 130 interrupted, what was done is printed.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Triage sosreports, bundles, crash directories, vmcores, kernel logs and module trees
    Scan(scan::Args),
    /// Print the case note, Markdown, for one input
    Note(note::Args),
    /// Print the kernel log inside a memory dump
    Dmesg(dmesg::Args),
    /// Show what module files (.ko, driver packages, trees) say of themselves, and whether their signatures hold
    Module(module::Args),
    /// Decode a taint mask or a `Tainted:` string
    Taint(taint::Args),
    /// Print the manual page, or write those of all commands
    Man(manual::ManArgs),
    /// Print the completions of a shell
    Completions(manual::CompletionArgs),
}

/// Runs the command that the arguments name.
pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        // clap knows which of its messages are help (0) and which are wrong usage (2).
        Err(message) => {
            let _ = message.print();
            return Status::from_usage(&message).into();
        }
    };
    let done = match cli.command {
        Command::Scan(args) => scan::run(args),
        Command::Note(args) => note::run(args),
        Command::Dmesg(args) => dmesg::run(args),
        Command::Module(args) => module::run(args),
        Command::Taint(args) => taint::run(args),
        Command::Man(args) => manual::man(&args),
        Command::Completions(args) => manual::completions(&args),
    };
    done.unwrap_or_else(|error| Status::from_error(&error)).into()
}
