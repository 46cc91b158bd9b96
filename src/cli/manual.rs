//! `taintrace man` and `taintrace completions`: made from the same definitions as `--help`.

use std::fs;
use std::path::PathBuf;

use anyhow::Context;
use clap::CommandFactory;
use clap_complete::Shell;

use super::Cli;
use super::exit::Status;
use super::output::Output;

/// Arguments of `taintrace man`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  taintrace man | man -l -
  taintrace man --out /usr/local/share/man/man1")]
pub(super) struct ManArgs {
    /// Write a page per command into a directory, instead of printing the first
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// Arguments of `taintrace completions`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  taintrace completions bash > /usr/share/bash-completion/completions/taintrace")]
pub(super) struct CompletionArgs {
    /// The shell
    shell: Shell,
}

/// Prints the page of the program, or writes all pages.
pub(super) fn man(args: &ManArgs) -> anyhow::Result<Status> {
    let command = Cli::command();
    match &args.out {
        Some(folder) => {
            fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
            clap_mangen::generate_to(command, folder)
                .with_context(|| format!("cannot write to {}", folder.display()))?;
        }
        None => {
            let mut output = Output::open(None)?;
            clap_mangen::Man::new(command).render(&mut output)?;
            output.finish()?;
        }
    }
    Ok(Status::Whole)
}

/// Prints the script of a shell.
pub(super) fn completions(args: &CompletionArgs) -> anyhow::Result<Status> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "taintrace", &mut script);
    let mut output = Output::open(None)?;
    std::io::Write::write_all(&mut output, &script)?;
    output.finish()?;
    Ok(Status::Whole)
}
