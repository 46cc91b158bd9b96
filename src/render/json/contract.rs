//! The JSON contract `taintrace/1` as types: what is printed, and what the schema in docs/ is made from.
//!
//! Fields are only ever added. Everything borrows from the reports; one report at a time is converted, while it is
//! being printed. `null` means "not known", never "no".

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use crate::{facts, triage};

pub use super::batch::{Group, HostHistory, HostReport, Standing, Summary};
pub use super::event::{BadAddress, Event, Frame, Ip, LinkedModule, NamedModule, Suspect, TaintName, UnloadedModule};
pub use super::machine::{CrashDirectory, Distro, Dump, Flag, Kernel, OtherStack, SecureBoot, Taint};
pub use super::module::{Blacklist, Module, ModuleTree};
pub use super::names::{
    Cause, Confidence, EventKind, InputKind, IpSource, NamedBy, Provenance, Role, SecureBootState, SignatureState,
    StackContext, Trigger,
};
pub use super::origin::Origin;

/// The version of the contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub enum Version {
    /// The first.
    #[serde(rename = "taintrace/1")]
    V1,
}

/// What `--format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Document<'a> {
    /// Version of the contract.
    pub schema: Version,
    /// A report per input, or several for an input that is a bundle, in the order given.
    pub reports: Reports<'a>,
    /// What the batch comes to.
    pub summary: Summary<'a>,
}

impl<'a> Document<'a> {
    /// The document about these reports.
    pub fn new(reports: &'a [triage::Report], summary: &'a triage::Summary) -> Self {
        Self { schema: Version::V1, reports: Reports(reports), summary: summary.into() }
    }
}

/// Reports that are converted one by one while they are printed.
#[derive(Debug, JsonSchema)]
#[schemars(inline)]
pub struct Reports<'a>(#[schemars(with = "Vec<Report<'a>>")] pub &'a [triage::Report]);

impl Serialize for Reports<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Report::from))
    }
}

/// What a triage concludes of one report; a line of `--format ndjson`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Report<'a> {
    /// The input as it was given.
    pub input: &'a str,
    /// Path inside a bundle.
    pub member: Option<&'a str>,
    /// What kind of input it is.
    pub kind: InputKind,
    /// Nothing of it could be read; `problems` say why.
    pub failed: bool,
    /// Host name.
    pub host: Option<&'a str>,
    /// Time of collection, RFC 3339; without an offset where the report does not tell it.
    pub collected: Option<&'a str>,
    /// Distribution.
    pub distro: Option<Distro<'a>>,
    /// Vendor and product of the machine.
    pub hardware: Option<&'a str>,
    /// The kernel that the report is about.
    pub kernel: Option<Kernel<'a>>,
    /// Taint of that kernel as a whole.
    pub taint: Option<Taint<'a>>,
    /// State of Secure Boot.
    pub secure_boot: Option<SecureBoot<'a>>,
    /// How many distinct modules are known to be loaded.
    pub modules_loaded: usize,
    /// Modules: the third-party ones first, then those of undetermined origin that stand in an event; the others with `--all`.
    pub modules: Vec<Module<'a>>,
    /// Module files that were read by themselves: a tree of modules, a package; null where there are none.
    pub tree: Option<ModuleTree<'a>>,
    /// Modules that are kept from loading.
    pub blacklists: Vec<Blacklist<'a>>,
    /// Crash directories of kdump.
    pub crash_directories: Vec<CrashDirectory<'a>>,
    /// Memory dumps that were read.
    pub dumps: Vec<Dump<'a>>,
    /// Kernel events in order of time.
    pub events: Vec<Event<'a>>,
    /// Modules and how they stand in events: those of the primary event first, the strongest role first.
    pub suspects: Vec<Suspect<'a>>,
    /// Findings about the report as a whole, a sentence each.
    pub remarks: &'a [String],
    /// What to do next, as far as the facts support it, a sentence each.
    pub next_steps: &'a [String],
    /// Kernel logs that were read.
    pub logs_read: Vec<LogRead<'a>>,
    /// The lines that all this cites, where their text is known.
    pub quotes: Vec<Quote<'a>>,
    /// One sentence that can be pasted into a case.
    pub verdict: &'a str,
    /// What could not be read.
    pub problems: Vec<Problem<'a>>,
}

impl<'a> From<&'a triage::Report> for Report<'a> {
    fn from(report: &'a triage::Report) -> Self {
        Self {
            input: &report.input,
            member: report.member.as_deref(),
            kind: report.kind.into(),
            failed: report.failed,
            host: report.host.as_deref(),
            collected: report.collected.as_deref(),
            distro: report.distro.as_ref().map(Distro::from),
            hardware: report.hardware.as_deref(),
            kernel: report.kernel.as_ref().map(Kernel::from),
            taint: report.taint.as_ref().map(Taint::from),
            secure_boot: report.secure_boot.as_ref().map(SecureBoot::from),
            modules_loaded: report.modules_loaded,
            modules: report.modules.iter().map(Module::from).collect(),
            tree: report.tree.as_ref().map(ModuleTree::from),
            blacklists: report.blacklists.iter().map(Blacklist::from).collect(),
            crash_directories: report.crash_directories.iter().map(CrashDirectory::from).collect(),
            dumps: report.dumps.iter().map(Dump::from).collect(),
            events: report.events.iter().map(Event::from).collect(),
            suspects: report.suspects.iter().map(Suspect::from).collect(),
            remarks: &report.remarks,
            next_steps: &report.next_steps,
            logs_read: report.logs_read.iter().map(|(path, lines)| LogRead { path, lines: *lines }).collect(),
            quotes: report.quotes.iter().map(|(origin, text)| Quote::new(origin, text)).collect(),
            verdict: &report.verdict,
            problems: report.problems.iter().map(Problem::from).collect(),
        }
    }
}

/// A line that is cited.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Quote<'a> {
    /// Path, as in the origin that cites it.
    pub path: &'a str,
    /// Line, counted from 1.
    pub line: Option<u64>,
    /// Its text, without the envelope of a log, cut where it is long.
    pub text: &'a str,
}

impl<'a> Quote<'a> {
    fn new(origin: &'a facts::Origin, text: &'a str) -> Self {
        Self { path: &origin.path, line: origin.line, text }
    }
}

/// A kernel log that was read.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LogRead<'a> {
    /// Its path.
    pub path: &'a str,
    /// Lines in it.
    pub lines: u64,
}

/// Something that could not be read as it should have been.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Problem<'a> {
    /// The file or archive member.
    pub path: &'a str,
    /// What was expected, what was found, and what to do.
    pub message: &'a str,
}

impl<'a> From<&'a facts::Problem> for Problem<'a> {
    fn from(problem: &'a facts::Problem) -> Self {
        Self { path: &problem.path, message: &problem.message }
    }
}
