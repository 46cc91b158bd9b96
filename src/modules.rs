//! Module files in the pipeline: how those of a report are read and checked, and driver packages as inputs.
//!
//! A report is read once, front to back, so a certificate may come after the modules that it is for. Where one was found,
//! the input is walked a second time for its signed modules alone.

use std::collections::HashMap;
use std::fmt::Display;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;
use std::sync::Arc;

use crate::facts::{ModuleFile, Origin, Problem, SignatureFacts, SignatureState, Witness};
use crate::input::{self, Entry, Interest, Limits, Source, Visitor};
use crate::module_file::{self, TrustStore, package};
use crate::sosreport::{FoundReport, Interest as ReportInterest, MemberKind, ModuleReader, ReportKind, Reports};
use crate::{ReportFacts, Sorter};

/// Fields of a module file that findings are made of; a tree of modules has many aliases and parameters beside them.
const MODULE_FIELDS: [&str; 10] = [
    "author",
    "intree",
    "license",
    "livepatch",
    "rhelversion",
    "srcversion",
    "staging",
    "supported",
    "vermagic",
    "version",
];

/// Reads module files and checks their signatures with these certificates, if there are any.
pub(crate) fn reader(trust: &Arc<TrustStore>) -> ModuleReader {
    let trust = Arc::clone(trust);
    Arc::new(move |path, bytes| {
        let read = module_file::read(path, bytes, Origin::file(path));
        let mut module = read.map_err(|error| Problem::of(path, &error).message)?;
        module.verify(&trust);
        let mut file = module.file;
        file.fields.retain(|(key, _)| MODULE_FIELDS.contains(&key.as_str()));
        file.fields.shrink_to_fit();
        Ok(file)
    })
}

/// The path of an input that is a driver package by its first bytes.
pub(crate) fn is_package(source: &Source) -> Option<&Path> {
    let Source::Path(path) = source else { return None };
    let mut prefix = Vec::new();
    // A directory or a file that cannot be opened is not read here, and told by the walk.
    let file = path.is_file().then(|| File::open(path).ok()).flatten()?;
    file.take(8).read_to_end(&mut prefix).ok()?;
    package::is_package(&prefix).then_some(path.as_path())
}

/// A driver package: a tree of the modules that it would install.
pub(crate) fn read_package(path: &Path, name: &str, trust: &Arc<TrustStore>) -> FoundReport {
    let read_module = reader(trust);
    let mut reports = Reports::new(name).read_modules_with(Arc::clone(&read_module));
    // Modules that are not below lib/modules: the package's scripts put them there.
    let mut elsewhere = ReportFacts::default();
    let mut problems = Vec::new();
    let failed = |error: &dyn Display| Problem::of(name, error);
    let read = File::open(path).map_err(|error| failed(&error)).and_then(|mut file| {
        let mut each = |module: package::PackagedModule<'_>| {
            let kind = MemberKind::File { size: u64::try_from(module.bytes.len()).ok() };
            let in_tree = module.path.contains("lib/modules/");
            if in_tree && reports.interest(&[], module.path, kind) == ReportInterest::Read {
                if let Err(error) = reports.read(&[], module.path, &mut &*module.bytes) {
                    problems.push(Problem::new(module.path, error.to_string()));
                }
                return;
            }
            match read_module(module.path, module.bytes) {
                Ok(file) => elsewhere.module_files.push(file),
                Err(message) => problems.push(Problem::new(module.path, message)),
            }
        };
        package::for_each_module(name, &mut file, &mut each).map_err(|error| failed(&error))
    });
    match read {
        Ok(0) => problems.push(Problem::new(name, "no kernel module in this package")),
        Ok(_) => {}
        Err(problem) => problems.push(problem),
    }
    let mut found = reports.finish().into_iter().next().unwrap_or_else(|| FoundReport {
        member: None,
        root: String::new(),
        kind: ReportKind::ModuleTree,
        facts: ReportFacts::default(),
        dump_paths: Vec::new(),
    });
    (found.kind, found.member) = (ReportKind::ModuleTree, None);
    found.facts.module_files.append(&mut elsewhere.module_files);
    found.facts.problems.append(&mut problems);
    found
}

/// Checks the signed modules of reports with the certificates that were found in the same report. What comes on
/// standard input cannot be read again, and stays unchecked.
pub(crate) fn check_with_found(source: &Source, limits: &Limits, given: &TrustStore, found: &mut [FoundReport]) {
    let mut trust = given.clone();
    let mut any = false;
    for report in found.iter_mut().filter(|report| report.facts.module_files.iter().any(is_open)) {
        for certificate in &report.facts.certificates {
            match trust.add_pem_or_der(&certificate.value, &certificate.origin) {
                Ok(_) => any = true,
                Err(error) => {
                    let path = certificate.origin.path.to_string();
                    report.facts.problems.push(Problem::new(path, error.to_string()));
                }
            }
        }
    }
    if !any || *source == Source::Stdin {
        return;
    }
    let mut again = Reports::new(&source.name()).read_modules_with(reader(&Arc::new(trust)));
    // What went wrong was told the first time.
    let _ = input::walk(source, limits, &mut ModulesOnly(Sorter(&mut again)));
    let mut checked: HashMap<(Option<String>, String), HashMap<Arc<str>, SignatureFacts>> = HashMap::new();
    for report in again.finish() {
        let files = report.facts.module_files.into_iter();
        let by_path = files.map(|file| (file.origin.path, file.signature)).collect();
        checked.insert((report.member, report.root), by_path);
    }
    for report in found.iter_mut().filter(|report| !report.facts.certificates.is_empty()) {
        let Some(files) = checked.get_mut(&(report.member.clone(), report.root.clone())) else { continue };
        for file in report.facts.module_files.iter_mut().filter(|file| is_open(file)) {
            if let Some(signature) = files.remove(&file.origin.path) {
                file.signature = signature;
            }
        }
    }
}

/// A module file whose signature another certificate may settle.
fn is_open(file: &ModuleFile) -> bool {
    let undecided = matches!(file.signature.state, SignatureState::Signed | SignatureState::Untrusted);
    file.witness == Witness::ModuleFile && undecided
}

/// The second walk: reports are found as in the first, and nothing but modules is read.
struct ModulesOnly<'a>(Sorter<'a>);

impl Visitor for ModulesOnly<'_> {
    fn interest(&mut self, entry: &Entry<'_>) -> Interest {
        const MODULES: [&str; 5] = [".ko", ".ko.gz", ".ko.xz", ".ko.zst", ".ko.bz2"];
        match self.0.interest(entry) {
            Interest::Read if !MODULES.iter().any(|ending| entry.path.ends_with(ending)) => Interest::Skip,
            interest => interest,
        }
    }

    fn read(&mut self, entry: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
        self.0.read(entry, bytes)
    }

    fn problem(&mut self, _: &str, _: String) {}
}
