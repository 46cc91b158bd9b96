//! What a triage concludes of one report, ready to be rendered.

use super::finding::{Event, Suspect};
use super::module::{Module, ModuleTree, Provenance};
use crate::facts::{Blacklist, CrashDirectory, Distro, Located, Origin, Problem, Quotes, SecureBoot};
use crate::taint::{Lineage, TaintFlag};

/// What kind of input a report came from. The names are those of the JSON contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum InputKind {
    /// A sosreport or supportconfig.
    Sosreport,
    /// A kdump crash directory.
    CrashDirectory,
    /// A memory dump by itself.
    Vmcore,
    /// A kernel log by itself.
    KernelLog,
    /// A tree or a set of module files.
    ModuleTree,
    /// A directory or archive that is none of these but holds evidence, or an input that could not be told.
    Directory,
}

impl InputKind {
    /// The name of the JSON contract, such as `crash-directory`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sosreport => "sosreport",
            Self::CrashDirectory => "crash-directory",
            Self::Vmcore => "vmcore",
            Self::KernelLog => "kernel-log",
            Self::ModuleTree => "module-tree",
            Self::Directory => "directory",
        }
    }
}

/// The kernel a report is about: that of the primary event where it names one, else the one running at collection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kernel {
    /// Release as `uname -r` prints it.
    pub release: String,
    /// Which taint tables hold for it.
    pub lineage: Lineage,
    /// Machine, such as `x86_64`.
    pub arch: Option<String>,
}

/// The taint of the kernel as a whole.
#[derive(Clone, Debug)]
pub struct KernelTaint {
    /// The mask, where a file gives it.
    pub value: Option<u64>,
    /// Its flags, in bit order.
    pub flags: Vec<&'static TaintFlag>,
    /// Where it was read.
    pub origin: Origin,
}

/// A memory dump that was read, and by which means each part of it was found; `None` for a part that was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dump {
    /// The dump.
    pub origin: Origin,
    /// Container, such as `kdump-compressed (zlib)`.
    pub container: String,
    /// How the kernel release was found, such as `vmcoreinfo`.
    pub release_by: Option<&'static str>,
    /// How the taint mask was found, such as `kallsyms`.
    pub taint_by: Option<&'static str>,
    /// How the modules and their taints were found, such as `kallsyms+btf`.
    pub modules_by: Option<&'static str>,
    /// How the backtrace of the CPU that panicked was made, such as `orc`.
    pub backtrace_by: Option<&'static str>,
    /// CPU that panicked.
    pub panic_cpu: Option<u32>,
    /// Time of the crash as seconds since 1970.
    pub crash_time: Option<i64>,
    /// Stacks of other CPUs, then of blocked tasks, that hold third-party code; the first 64.
    pub other_stacks: Vec<OtherStack>,
}

/// A stack with third-party code on a reliable frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherStack {
    /// CPU; `None` for a task in state `D`.
    pub cpu: Option<u32>,
    /// Process.
    pub pid: Option<u32>,
    /// Its command name.
    pub comm: Option<String>,
    /// Module of the topmost such frame.
    pub module: String,
    /// Its function.
    pub symbol: Option<String>,
    /// How the backtrace was made.
    pub by: &'static str,
}

/// What a triage concludes of one report.
#[derive(Clone, Debug)]
pub struct Report {
    /// The input as the user named it.
    pub input: String,
    /// Path inside a bundle.
    pub member: Option<String>,
    /// What it is.
    pub kind: InputKind,
    /// Nothing of it could be read at all (see `problems`).
    pub failed: bool,
    /// Host name.
    pub host: Option<String>,
    /// Time of collection, RFC 3339.
    pub collected: Option<String>,
    /// Distribution.
    pub distro: Option<Distro>,
    /// Hardware: vendor and product.
    pub hardware: Option<String>,
    /// Kernel.
    pub kernel: Option<Kernel>,
    /// Taint of the kernel.
    pub taint: Option<KernelTaint>,
    /// State of Secure Boot.
    pub secure_boot: Option<Located<SecureBoot>>,
    /// How many distinct modules are known to be loaded.
    pub modules_loaded: usize,
    /// Modules, third-party first, then undetermined ones that stand in an event; all others only where asked for.
    pub modules: Vec<Module>,
    /// Module files that were read by themselves, if any.
    pub tree: Option<ModuleTree>,
    /// Modules kept from loading.
    pub blacklists: Vec<Blacklist>,
    /// Crash directories.
    pub crash_directories: Vec<CrashDirectory>,
    /// Memory dumps that were read.
    pub dumps: Vec<Dump>,
    /// Events in order of time.
    pub events: Vec<Event>,
    /// Suspects: those of the primary event first, strongest role first.
    pub suspects: Vec<Suspect>,
    /// Findings about the report as a whole that are worth telling, a sentence each.
    pub remarks: Vec<String>,
    /// What to do next, as far as the facts support it, a sentence each.
    pub next_steps: Vec<String>,
    /// Lines that read like a fault in logs in which none could be read.
    pub like_a_fault: Vec<Origin>,
    /// Kernel logs that were read: path and lines.
    pub logs_read: Vec<(String, u64)>,
    /// One sentence that can be pasted into a case.
    pub verdict: String,
    /// The lines that all this cites, as far as they have text.
    pub quotes: Quotes,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl Report {
    /// The input with the member inside it, as a batch names its reports.
    pub fn label(&self) -> String {
        match &self.member {
            Some(member) => format!("{}:{member}", self.input),
            None => self.input.clone(),
        }
    }

    /// A module by name.
    pub fn module(&self, name: &str) -> Option<&Module> {
        self.modules.iter().find(|m| m.name == name)
    }

    /// The event the report is about.
    pub fn primary_event(&self) -> Option<&Event> {
        self.events.iter().find(|e| e.primary)
    }

    /// Suspects of one event, strongest first.
    pub fn suspects_of(&self, event: u32) -> impl Iterator<Item = &Suspect> {
        self.suspects.iter().filter(move |s| s.event == event)
    }

    /// Modules that the vendor of the kernel does not ship.
    pub fn third_party(&self) -> impl Iterator<Item = &Module> {
        self.modules.iter().filter(|m| m.provenance == Provenance::ThirdParty)
    }
}
