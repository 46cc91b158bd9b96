//! `taintrace module`: what module files say of themselves and of their signatures.

mod expand;
mod files;

use std::io::Write;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::certificates;
use super::exit::Status;
use super::output::{self, Colour, Output};
use crate::facts::{Problem, SignatureState};
use crate::module_file::{Inspected, TrustStore};
use crate::render::{self, ModuleRow, ModulesJson, escape};

/// Files that are read while those before them are printed: enough for all processors, few enough to hold.
const AT_A_TIME: usize = 512;
/// Files that one processor reads in a row, whose texts are put together.
const IN_A_ROW: usize = 16;

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
    /// Module files, driver packages (rpm, deb), archives, folders of module files and packages, patterns; `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    paths: Vec<PathBuf>,
    /// Output form [default: text for one module file and standard input, else table]
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Print the values of one field only, as modinfo does
    #[arg(short = 'F', long, value_name = "FIELD", conflicts_with_all = ["format", "explain"])]
    field: Option<String>,
    /// Check signatures with the certificates (PEM or DER) or OpenPGP keys of a file or folder; may be given several times
    #[arg(long, value_name = "FILE|DIR")]
    cert: Vec<PathBuf>,
    /// Exit with status 1 when a module is unsigned, or its signature is malformed or does not fit
    #[arg(long)]
    require_signed: bool,
    /// Say what the usual checks by hand (modinfo, strings, objdump, readelf) would find
    #[arg(long, conflicts_with = "format")]
    explain: bool,
    #[command(flatten)]
    running: Running,
}

/// How many files are read at a time, and where the result goes.
#[derive(Debug, clap::Args)]
struct Running {
    /// Write to a file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How many files are read at a time [default: as many as there are processors]
    #[arg(short, long, value_name = "N")]
    jobs: Option<NonZeroUsize>,
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

/// What some files gave.
#[derive(Default)]
struct Seen {
    text: String,
    rows: Vec<ModuleRow>,
    problems: Vec<Problem>,
    /// Modules without a good signature, and their states.
    lacking: Vec<(String, SignatureState)>,
}

/// Reads the files and prints what they say, in the order they were given.
pub(super) fn run(args: Args) -> anyhow::Result<Status> {
    let trust = certificates::read(&args.cert)?;
    if let Some(jobs) = args.running.jobs {
        // Fails where there are threads already; then there is one set of them, and it serves.
        let _ = rayon::ThreadPoolBuilder::new().num_threads(jobs.get()).build_global();
    }
    let expand::Found { files, problems } = expand::expand(&args.paths);
    problems.iter().for_each(complain);
    let view = view(&args, &files);
    let mut printer = Printer {
        output: Output::open(args.running.output.as_deref())?,
        json: matches!(view, View::Json).then(ModulesJson::default),
        rows: Vec::new(),
        problems,
        lacking: args.require_signed.then_some(false),
    };
    let mut ready = Vec::new();
    let look = |files: &[PathBuf]| Seen::of(files, &view, &trust);
    for some in files.chunks(AT_A_TIME).chain([[].as_slice()]) {
        let mut seen: Vec<Seen> = Vec::new();
        // The next files are read while this thread prints those before them.
        rayon::in_place_scope(|scope| {
            scope.spawn(|_| seen = some.par_chunks(IN_A_ROW).map(look).collect());
            std::mem::take(&mut ready).into_iter().try_for_each(|seen| printer.print(seen))
        })?;
        ready = seen;
    }
    printer.finish()
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

impl Seen {
    fn of(files: &[PathBuf], view: &View<'_>, trust: &TrustStore) -> Self {
        // What modinfo prints of a module has two or three KiB.
        let mut seen = Self { text: String::with_capacity(files.len() << 12), ..Self::default() };
        for file in files {
            seen.look_at(file, view, trust);
        }
        seen
    }

    fn look_at(&mut self, file: &Path, view: &View<'_>, trust: &TrustStore) {
        files::each_module(file, &mut |module| match module {
            Ok(module) => self.add(module, view, trust),
            Err(problem) => self.problems.push(problem),
        });
    }

    fn add(&mut self, mut module: Inspected<'_>, view: &View<'_>, trust: &TrustStore) {
        let state = module.verify(trust);
        if !matches!(state, SignatureState::Signed | SignatureState::Verified | SignatureState::Untrusted) {
            self.lacking.push((module.file.filename.clone().unwrap_or_default(), state));
        }
        let done = match view {
            View::Text => {
                render::module_text(&module, &mut self.text);
                Ok(())
            }
            View::Field(field) => {
                render::module_field(&module, field, &mut self.text);
                Ok(())
            }
            View::Explain => module.explain().map(|checks| render::module_checks(&module, &checks, &mut self.text)),
            View::Table => {
                self.rows.push(ModuleRow::of(&module));
                Ok(())
            }
            View::Json => render::module_json(&module, &mut self.text),
        };
        if let Err(error) = done {
            self.problems.push(Problem::new(module.file.origin.path.to_string(), error.to_string()));
        }
    }
}

/// Where all goes, in the order of the files.
struct Printer {
    output: Output,
    json: Option<ModulesJson>,
    rows: Vec<ModuleRow>,
    problems: Vec<Problem>,
    /// Whether a module without a good signature was met, where that counts.
    lacking: Option<bool>,
}

impl Printer {
    fn print(&mut self, seen: Seen) -> anyhow::Result<()> {
        match &mut self.json {
            Some(json) => json.records(&seen.text, &mut self.output)?,
            None => self.output.write_all(seen.text.as_bytes())?,
        }
        seen.problems.iter().for_each(complain);
        if let Some(lacking) = &mut self.lacking {
            *lacking |= !seen.lacking.is_empty();
            seen.lacking.iter().for_each(|(file, state)| complain(&Problem::new(file.clone(), state.as_str())));
        }
        self.rows.extend(seen.rows);
        self.problems.extend(seen.problems);
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<Status> {
        match self.json {
            Some(json) => json.finish(&self.problems, &mut self.output)?,
            None => {
                let style = output::style(None, Colour::Never, None, false);
                render::modules_table(&self.rows, &style, &mut self.output)?;
            }
        }
        self.output.finish()?;
        Ok(if self.problems.is_empty() && self.lacking != Some(true) { Status::Whole } else { Status::Partial })
    }
}

fn complain(problem: &Problem) {
    eprintln!("taintrace: {}: {}", escape::terminal(&problem.path), escape::terminal(&problem.message));
}
