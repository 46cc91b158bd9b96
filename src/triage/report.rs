//! What a triage concludes of one report, ready to be rendered.

use std::sync::Arc;

use crate::facts::{
    Blacklist, CrashDirectory, Distro, EventKind, KernelEvent, Located, Origin, Problem, Quotes, SecureBoot,
    SignatureState, StackContext,
};
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

/// Where a module comes from, by all that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provenance {
    /// Unsigned, out of tree, proprietary, or supported by somebody else than the distribution.
    ThirdParty,
    /// Nothing tells.
    Undetermined,
    /// A witness that can show it shows none of these.
    Distribution,
}

/// One module of a report, all witnesses merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Name, with `-` as `_`.
    pub name: String,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Flags as the strongest witness printed them (`POE`); `Some("")` for a witness that shows none; `None` where no witness can show any.
    pub flags: Option<String>,
    /// Not signed by a key the kernel trusts: what the kernel says, or the file. `None`: no evidence either way.
    pub unsigned: Option<bool>,
    /// Built outside the kernel tree.
    pub out_of_tree: Option<bool>,
    /// Licence that is not GPL-compatible.
    pub proprietary: Option<bool>,
    /// Further taints in words: `tech preview`, `staging`, `forced`, `livepatch`, `unsupported`, …
    pub other_taints: Vec<&'static str>,
    /// State of the signature of its file.
    pub signature: SignatureState,
    /// Signer.
    pub signer: Option<String>,
    /// Licence.
    pub license: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Path of its file.
    pub file: Option<String>,
    /// Package that is believed to own it.
    pub package: Option<String>,
    /// Who makes it.
    pub vendor: Option<Owner>,
    /// Loaded at collection or at the crash.
    pub loaded: Option<bool>,
    /// Witnesses that disagree, a sentence each.
    pub conflicts: Vec<String>,
    /// Where its file lies in a tree of modules.
    pub place: TreePlace,
    /// Where its state was read, strongest witness first.
    pub origins: Vec<Origin>,
}

/// Where the file of a module lies in a tree of modules, and what it has to do with others there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreePlace {
    /// The folder of the tree that tells where it came from: `kernel`, `extra`, `updates`, `updates/dkms`, `weak-updates`, …
    pub class: Option<String>,
    /// Files of the same name that the kernel would load if this one were not there, by their paths below the tree.
    pub shadows: Vec<String>,
    /// Links by which other kernels use it.
    pub weak_updates: Vec<WeakUpdate>,
    /// Modules that must be loaded before it (`modules.dep`), by name.
    pub needs: Vec<String>,
    /// Modules that it must be loaded before, by name.
    pub needed_by: Vec<String>,
}

/// A link in `weak-updates`: a kernel uses a module that was built for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeakUpdate {
    /// The kernel that uses it; empty where that is not told.
    pub kernel: String,
    /// Path of the link below the tree of that kernel.
    pub path: String,
    /// Where it leads, as stored.
    pub target: String,
    /// Whether the file is there; `None` where nothing of that tree is known.
    pub found: Option<bool>,
}

/// The trees of modules of a report, all together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleTree {
    /// How many module files were read.
    pub modules: usize,
    /// How many of them are third-party, by name.
    pub third_party: usize,
    /// The kernels whose trees they are in (or that they were built for), the one with the most modules first.
    pub releases: Vec<String>,
}

impl Module {
    /// Words for the three questions, such as `proprietary, out-of-tree, unsigned`; `origin undetermined` where nothing is known.
    pub fn in_words(&self) -> String {
        let mut words: Vec<&str> =
            [(self.proprietary, "proprietary"), (self.out_of_tree, "out-of-tree"), (self.unsigned, "unsigned")]
                .iter()
                .filter(|(is, _)| *is == Some(true))
                .map(|(_, word)| *word)
                .collect();
        words.extend(&self.other_taints);
        match (words.is_empty(), self.provenance) {
            (false, _) => words.join(", "),
            (true, Provenance::ThirdParty) => "third-party".to_owned(),
            (true, Provenance::Undetermined) => "origin undetermined".to_owned(),
            (true, Provenance::Distribution) => "no taint".to_owned(),
        }
    }
}

/// Who makes a module, and where to turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Vendor, such as `Dell`.
    pub vendor: String,
    /// Product, such as `PowerFlex (ScaleIO) client`.
    pub product: String,
    /// Where to turn: an address or a sentence.
    pub contact: Option<String>,
}

/// What brought an event about, as far as the log proves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Cause {
    /// Code of a third-party module stands in it.
    Module,
    /// Hardware reported it, its firmware is at fault, or a storage device did not answer.
    Hardware,
    /// An administrator asked for it.
    Administrator,
    /// Memory or another resource ran out, or a file server did not answer.
    Resource,
    /// The log does not say.
    #[default]
    Unknown,
}

impl Cause {
    /// The name of the JSON contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Module => "module",
            Self::Hardware => "hardware",
            Self::Administrator => "administrator",
            Self::Resource => "resource",
            Self::Unknown => "unknown",
        }
    }
}

/// One event of a report: the fullest telling of it, and where else it is told.
#[derive(Clone, Debug)]
pub struct Event {
    /// Number inside the report, from 1, in order of time as far as it is known.
    pub id: u32,
    /// The fullest telling.
    pub event: Arc<KernelEvent>,
    /// The same event in other files.
    pub also_at: Vec<Origin>,
    /// What brought it about.
    pub cause: Cause,
    /// Why it is put down to something else than code.
    pub exoneration: Option<Exoneration>,
    /// The address that faulted, where its headline prints one.
    pub bad_address: Option<BadAddress>,
    /// The event the report is about.
    pub primary: bool,
    /// The event this one follows from.
    pub follows: Option<u32>,
}

/// The address that faulted, and what it betrays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadAddress {
    /// As printed.
    pub address: u64,
    /// What it stands for, where it is one of the kernel's poison values.
    pub poison: Option<&'static str>,
    /// It is one bit off an address that is known to be good.
    pub flipped: Option<FlippedBit>,
}

/// A bit without which an address would be good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlippedBit {
    /// Number of the bit, from 0.
    pub bit: u32,
    /// The address with that bit the other way.
    pub intended: u64,
    /// What stands there: the name of a module, or words.
    pub inside: String,
}

/// Why an event is nobody's fault in the kernel: no module is suspected of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exoneration {
    /// What it is put down to.
    pub cause: Cause,
    /// A few words that go on after `…: `, such as `asked for by an administrator`.
    pub reason: String,
    /// Lines that prove it, apart from those of the event.
    pub evidence: Vec<Origin>,
    /// Third-party modules that stand in the backtrace all the same.
    pub bystanders: Vec<String>,
}

impl Event {
    /// What kind.
    pub fn kind(&self) -> EventKind {
        self.event.kind
    }
}

/// How a module stands in an event, strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// It holds the instruction pointer.
    Faulting,
    /// The kernel's own text names it.
    Named,
    /// A reliable frame of the backtrace.
    CallPath,
    /// Stack residue only (`?`).
    StaleFrame,
    /// It was unloaded before, and an address in module space has no symbol.
    Unloaded,
    /// It was being loaded or unloaded at the time.
    Loading,
    /// Loaded, and nowhere in the backtrace.
    Present,
}

impl Role {
    /// The name of the JSON contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Faulting => "faulting",
            Self::Named => "named",
            Self::CallPath => "call-path",
            Self::StaleFrame => "stale-frame",
            Self::Unloaded => "unloaded",
            Self::Loading => "loading",
            Self::Present => "present",
        }
    }
}

/// How far a suspicion carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Confidence {
    /// The log proves that its code was running or had called what was.
    High,
    /// It stands near the fault.
    Medium,
    /// A hint only.
    Low,
}

impl Confidence {
    /// The name of the JSON contract.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
        }
    }
}

/// A module and how it stands in one event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suspect {
    /// Module, as in [`Module::name`].
    pub module: String,
    /// The event, by [`Event::id`].
    pub event: u32,
    /// How it stands there.
    pub role: Role,
    /// How far that carries.
    pub confidence: Confidence,
    /// How that came about, a sentence each: the role and its distance from the fault, then what keeps it down. Empty
    /// for `Present`.
    pub ranking: Vec<String>,
    /// Its flags at the time of the event, else by the strongest witness.
    pub flags: Option<String>,
    /// Which frame (index into the event's frames) proves the role, for `CallPath` and `StaleFrame`.
    pub frame: Option<usize>,
    /// How many functions stand between that frame and the fault, helpers left out.
    pub distance: Option<usize>,
    /// Which stack that frame stood on.
    pub context: StackContext,
    /// It came upon damaged or freed memory, and may be the victim.
    pub may_be_victim: bool,
    /// One sentence.
    pub reason: String,
    /// Lines to open, the decisive one first.
    pub evidence: Vec<Origin>,
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
