//! What a triage concludes of one event: its cause, and the modules that are suspected, each in its role.

use std::sync::Arc;

use crate::facts::{EventKind, KernelEvent, Origin, StackContext};

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
    /// Module, as in [`Module::name`](super::Module::name).
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
