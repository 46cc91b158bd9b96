//! `taintrace module`: what module files say of themselves and of their signatures.

mod certificates;
mod files;

use std::io::Write;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::exit::Status;
use super::output::{self, Colour, Output};
use crate::facts::{Problem, SignatureState};
use crate::module_file::{Contract, Inspected, ModuleRecord, TrustStore};
use crate::render::{self, escape};

/// Files that are read before the first of them is printed: enough for all processors, few enough to hold.
const AT_A_TIME: usize = 256;

/// Arguments of `taintrace module`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  taintrace module /lib/modules/5.14.0-427.13.1.el9_4.x86_64/extra/acme.ko.xz
  taintrace module -F signer kmod-acme-4.2-1.el9.x86_64.rpm
  taintrace module --cert vendor.pem --require-signed lib/modules/
  taintrace module --explain acme.ko                     what the checks by hand would say

Exit status: 0 every file was read; 1 some file could not be read, or --require-signed found one without a good
signature; 2 wrong usage.")]
pub(super) struct Args {
    /// Module files, driver packages (rpm, deb), archives, and folders of module files and packages
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Output form [default: text for one module file, else table]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print the values of one field only, as modinfo does
    #[arg(short = 'F', long, value_name = "FIELD", conflicts_with_all = ["format", "explain"])]
    field: Option<String>,
    /// Check signatures with the certificates (PEM or DER) of a file or folder; may be given several times
    #[arg(long, value_name = "FILE|DIR")]
    cert: Vec<PathBuf>,
    /// Exit with status 1 when a module is unsigned, or its signature is malformed or does not fit
    #[arg(long)]
    require_signed: bool,
    /// Say what the usual checks by hand (modinfo, strings, objdump, readelf) would find
    #[arg(long, conflicts_with = "format")]
    explain: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Lines as of modinfo, and what modinfo does not say
    Text,
    /// A row a module
    Table,
    /// One JSON document (docs/modules.md)
    Json,
}

/// What is printed of a module.
enum View<'a> {
    Text,
    Field(&'a str),
    Explain,
    Table,
    Json,
}

/// What one file gave.
#[derive(Default)]
struct Seen {
    text: String,
    records: Vec<ModuleRecord>,
    problems: Vec<Problem>,
    /// Modules without a good signature, and their states.
    lacking: Vec<(String, SignatureState)>,
}

/// Reads the files and prints what they say, in the order they were given.
pub(super) fn run(args: Args) -> anyhow::Result<Status> {
    let trust = certificates::read(&args.cert)?;
    let mut problems = Vec::new();
    let files = files::expand(&args.paths, &mut problems);
    problems.iter().for_each(complain);
    let view = view(&args, &files);
    let mut output = Output::open(None)?;
    let mut records = Vec::new();
    let mut lacking = false;
    for some in files.chunks(AT_A_TIME) {
        let seen: Vec<Seen> = some.par_iter().map(|file| look_at(file, &view, &trust)).collect();
        for seen in seen {
            output.write_all(seen.text.as_bytes())?;
            seen.problems.iter().for_each(complain);
            if args.require_signed {
                lacking |= !seen.lacking.is_empty();
                seen.lacking.iter().for_each(|(file, state)| complain(&Problem::new(file.clone(), state.as_str())));
            }
            records.extend(seen.records);
            problems.extend(seen.problems);
        }
    }
    match view {
        View::Table => render::modules_table(&records, &output::style(None, Colour::Never, None, false), &mut output)?,
        View::Json => render::modules_json(&Contract::new(records, &problems), &mut output)?,
        View::Text | View::Field(_) | View::Explain => {}
    }
    output.finish()?;
    Ok(if problems.is_empty() && !lacking { Status::Whole } else { Status::Partial })
}

fn view<'a>(args: &'a Args, files: &[PathBuf]) -> View<'a> {
    if let Some(field) = &args.field {
        return View::Field(field);
    }
    let one = || matches!(files, [file] if !files::may_hold_many(file));
    match args.format {
        _ if args.explain => View::Explain,
        Some(Format::Text) => View::Text,
        Some(Format::Table) => View::Table,
        Some(Format::Json) => View::Json,
        None if one() => View::Text,
        None => View::Table,
    }
}

fn look_at(file: &Path, view: &View<'_>, trust: &TrustStore) -> Seen {
    let mut seen = Seen::default();
    files::each_module(file, &mut |module| match module {
        Ok(module) => seen.add(module, view, trust),
        Err(problem) => seen.problems.push(problem),
    });
    seen
}

impl Seen {
    fn add(&mut self, mut module: Inspected<'_>, view: &View<'_>, trust: &TrustStore) {
        let state = module.verify(trust);
        if !matches!(state, SignatureState::Signed | SignatureState::Verified | SignatureState::Untrusted) {
            self.lacking.push((module.file.filename.clone().unwrap_or_default(), state));
        }
        match view {
            View::Text => render::module_text(&module, &mut self.text),
            View::Field(field) => render::module_field(&module, field, &mut self.text),
            View::Explain => match module.explain() {
                Ok(checks) => render::module_checks(&module, &checks, &mut self.text),
                Err(error) => self.problems.push(Problem::new(module.file.origin.path.to_string(), error.to_string())),
            },
            View::Table => self.records.push(render::table_record(&module)),
            View::Json => self.records.push(module.record()),
        }
    }
}

fn complain(problem: &Problem) {
    eprintln!("taintrace: {}: {}", escape::terminal(&problem.path), escape::terminal(&problem.message));
}
