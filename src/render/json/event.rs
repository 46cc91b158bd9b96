//! Events and suspects of the JSON contract.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{facts, triage};

use super::super::words;
use super::names::{Cause, Confidence, EventKind, IpSource, NamedBy, Role, StackContext, Trigger};
use super::origin::Origin;

/// A kernel event: the fullest telling of it, and where else it is told.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Event<'a> {
    /// Number inside the report, from 1.
    pub id: u32,
    /// What kind.
    pub kind: EventKind,
    /// Headline as printed; for a trace without one a description of its first line.
    pub title: &'a str,
    /// Where the headline stands.
    pub origin: Origin<'a>,
    /// First line of the block.
    pub line_start: u64,
    /// Last line of the block.
    pub line_end: u64,
    /// The same event in other files.
    pub also_at: Vec<Origin<'a>>,
    /// Seconds since boot.
    pub time: Option<f64>,
    /// Wall-clock stamp as its log printed it.
    pub wall: Option<&'a str>,
    /// Which boot of its log, counted from 0.
    pub boot: u32,
    /// Kernel release printed in the event.
    pub release: Option<&'a str>,
    /// Number of the CPU.
    pub cpu: Option<u32>,
    /// Process id.
    pub pid: Option<u32>,
    /// Command name, at most 15 characters as the kernel keeps it.
    pub comm: Option<&'a str>,
    /// The taint letters, such as `P OE`, without columns and without marks of the distribution's own technology previews;
    /// empty for `Not tainted`, null where nothing is printed.
    pub taint: Option<String>,
    /// The text behind `Tainted: ` as printed, such as `P           OE  ------------ T`.
    pub taint_printed: Option<&'a str>,
    /// Flags of the verbose taint line (kernels since 6.11).
    pub taint_names: Vec<TaintName<'a>>,
    /// What was executing in kernel mode.
    pub ip: Option<Ip<'a>>,
    /// The backtrace in order of print.
    pub frames: Vec<Frame<'a>>,
    /// The module list in order of print.
    pub modules_linked_in: Vec<LinkedModule<'a>>,
    /// Whether the module list is whole; null where the event prints none.
    pub modules_linked_in_complete: Option<bool>,
    /// The module of `[last unloaded: …]` as printed, with its flags where it has any: `acmefs(OE)`.
    pub last_unloaded: Option<String>,
    /// Modules of `Unloaded tainted modules: …` (kernels since 5.18).
    pub unloaded_tainted: Vec<UnloadedModule<'a>>,
    /// Modules that the event's text names otherwise.
    pub named: Vec<NamedModule<'a>>,
    /// What brought it about, as far as the log proves.
    pub caused_by: Cause,
    /// Why it is put down to something else than code, a few words; null where it is not.
    pub cause_reason: Option<&'a str>,
    /// Lines that prove it, apart from those of the event.
    pub cause_evidence: Vec<Origin<'a>>,
    /// The address that faulted, where the headline prints one.
    pub bad_address: Option<BadAddress<'a>>,
    /// What set it off, where the log says so.
    pub trigger: Trigger,
    /// The event that the report is about.
    pub primary: bool,
    /// The event that this one follows from.
    pub follows: Option<u32>,
    /// The N of `[#N]`.
    pub oops_number: Option<u32>,
    /// Message of the `Kernel panic` that it ended in.
    pub panic: Option<&'a str>,
    /// The head of the block was cut or filtered away.
    pub headless: bool,
    /// Lines of several CPUs are mixed in it; fields may be incomplete.
    pub garbled: bool,
    /// The log ends inside it.
    pub truncated: bool,
    /// How many more times the same event came later in its log.
    pub repeats: u32,
}

impl<'a> From<&'a triage::Event> for Event<'a> {
    fn from(source: &'a triage::Event) -> Self {
        let event = source.event.as_ref();
        let list = event.linked_in.as_deref();
        let last_unloaded = list.and_then(|list| list.last_unloaded.as_ref());
        Self {
            id: source.id,
            kind: event.kind.into(),
            title: &event.title,
            origin: (&event.origin).into(),
            line_start: event.lines.0,
            line_end: event.lines.1,
            also_at: source.also_at.iter().map(Origin::from).collect(),
            time: event.time_us.map(seconds),
            wall: event.wall.as_deref(),
            boot: event.boot,
            release: event.release.as_ref().map(facts::KernelRelease::as_str),
            cpu: event.cpu,
            pid: event.pid,
            comm: event.comm.as_deref(),
            taint: crate::render::words::taint_letters(event),
            taint_printed: event.taint.as_ref().map(printed),
            taint_names: event.taint_names.iter().map(|(letter, name)| TaintName { letter: *letter, name }).collect(),
            ip: event.ip.as_ref().map(Ip::from),
            frames: event.frames.iter().map(Frame::from).collect(),
            modules_linked_in: list.map_or_else(Vec::new, |list| list.modules.iter().map(Into::into).collect()),
            modules_linked_in_complete: list.map(|list| list.complete),
            last_unloaded: last_unloaded.map(as_listed),
            unloaded_tainted: list.map_or_else(Vec::new, |list| list.unloaded_tainted.iter().map(Into::into).collect()),
            named: event.named.iter().map(NamedModule::from).collect(),
            caused_by: source.cause.into(),
            cause_reason: source.exoneration.as_ref().map(|e| e.reason.as_str()),
            cause_evidence: source.exoneration.iter().flat_map(|e| &e.evidence).map(Origin::from).collect(),
            bad_address: source.bad_address.as_ref().map(BadAddress::from),
            trigger: event.trigger.into(),
            primary: source.primary,
            follows: source.follows,
            oops_number: event.oops_number,
            panic: event.panic.as_deref(),
            headless: event.headless,
            garbled: event.garbled,
            truncated: event.truncated,
            repeats: event.repeats,
        }
    }
}

/// Microseconds as seconds; exact for any uptime below 285 years.
#[allow(clippy::cast_precision_loss)]
fn seconds(microseconds: u64) -> f64 {
    microseconds as f64 / 1e6
}

/// `acmefs(OE)`, or `acmefs` where there are no flags.
fn as_listed(module: &facts::LinkedModule) -> String {
    match module.flags.to_string() {
        flags if flags.is_empty() => module.name.clone(),
        flags => format!("{}({flags})", module.name),
    }
}

fn printed(taint: &facts::PrintedTaint) -> &str {
    match taint {
        facts::PrintedTaint::NotTainted => "",
        facts::PrintedTaint::Tainted(text) => text,
    }
}

/// A flag of the verbose taint line.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TaintName<'a> {
    /// Letter.
    pub letter: char,
    /// Name as printed.
    pub name: &'a str,
}

/// The address that faulted, and what it betrays.
#[derive(Debug, Serialize, JsonSchema)]
pub struct BadAddress<'a> {
    /// Address in hexadecimal, `0x…` with 16 digits.
    pub address: String,
    /// What it stands for, where it is one of the kernel's poison values.
    pub poison: Option<&'a str>,
    /// The bit without which it would be a good address; null where that cannot be told.
    pub flipped_bit: Option<u32>,
    /// The address with that bit the other way, in hexadecimal.
    pub intended: Option<String>,
    /// What stands there.
    pub intended_in: Option<&'a str>,
}

impl<'a> From<&'a triage::BadAddress> for BadAddress<'a> {
    fn from(bad: &'a triage::BadAddress) -> Self {
        let flipped = bad.flipped.as_ref();
        Self {
            address: words::address(bad.address),
            poison: bad.poison,
            flipped_bit: flipped.map(|f| f.bit),
            intended: flipped.map(|f| words::address(f.intended)),
            intended_in: flipped.map(|f| f.inside.as_str()),
        }
    }
}

/// What was executing.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Ip<'a> {
    /// Function; null where only an address was printed.
    pub symbol: Option<&'a str>,
    /// Module; null for the kernel image or an unknown address.
    pub module: Option<&'a str>,
    /// Bytes into the function.
    pub offset: Option<u64>,
    /// Size of the function in bytes.
    pub size: Option<u64>,
    /// Address in hexadecimal, `0x…` with 16 digits.
    pub address: Option<String>,
    /// The log names no module: the address lies in its range of `/proc/modules`.
    pub placed: bool,
    /// Where it was read.
    pub source: IpSource,
    /// Line of the event's file.
    pub line: u64,
}

impl<'a> From<&'a facts::InstructionPointer> for Ip<'a> {
    fn from(ip: &'a facts::InstructionPointer) -> Self {
        Self {
            symbol: ip.symbol.as_deref(),
            module: ip.module.as_deref(),
            offset: ip.offset,
            size: ip.size,
            address: ip.address.map(words::address),
            placed: ip.placed,
            source: ip.source.into(),
            line: ip.line,
        }
    }
}

/// One line of a backtrace.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Frame<'a> {
    /// Function; null where only an address was printed.
    pub symbol: Option<&'a str>,
    /// Module; null for the kernel image or an unknown address.
    pub module: Option<&'a str>,
    /// False for stack residue (`?`).
    pub reliable: bool,
    /// Bytes into the function.
    pub offset: Option<u64>,
    /// Size of the function in bytes.
    pub size: Option<u64>,
    /// Address in hexadecimal, `0x…` with 16 digits.
    pub address: Option<String>,
    /// The log names no module: the address lies in its range of `/proc/modules`.
    pub placed: bool,
    /// Which stack.
    pub context: StackContext,
    /// Line of the event's file.
    pub line: u64,
}

impl<'a> From<&'a facts::Frame> for Frame<'a> {
    fn from(frame: &'a facts::Frame) -> Self {
        Self {
            symbol: frame.symbol.as_deref(),
            module: frame.module.as_deref(),
            reliable: frame.reliable,
            offset: frame.offset,
            size: frame.size,
            address: frame.address.map(words::address),
            placed: frame.placed,
            context: frame.context.into(),
            line: frame.line,
        }
    }
}

/// A module of a module list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LinkedModule<'a> {
    /// Name as printed.
    pub name: &'a str,
    /// Flags and load state as printed, such as `OE+`; null where none are printed.
    pub flags: Option<String>,
}

impl<'a> From<&'a facts::LinkedModule> for LinkedModule<'a> {
    fn from(module: &'a facts::LinkedModule) -> Self {
        let flags = module.flags.to_string();
        Self { name: &module.name, flags: if flags.is_empty() { None } else { Some(flags) } }
    }
}

/// A tainted module that was unloaded.
#[derive(Debug, Serialize, JsonSchema)]
pub struct UnloadedModule<'a> {
    /// Name as printed.
    pub name: &'a str,
    /// Flags as printed.
    pub flags: String,
    /// How often it was unloaded.
    pub times: u32,
}

impl<'a> From<&'a (facts::LinkedModule, u32)> for UnloadedModule<'a> {
    fn from((module, times): &'a (facts::LinkedModule, u32)) -> Self {
        Self { name: &module.name, flags: module.flags.to_string(), times: *times }
    }
}

/// A module that the text of an event names.
#[derive(Debug, Serialize, JsonSchema)]
pub struct NamedModule<'a> {
    /// Name as printed.
    pub module: &'a str,
    /// What names it.
    pub by: NamedBy,
    /// Function, where one is printed.
    pub symbol: Option<&'a str>,
    /// Line of the event's file.
    pub line: u64,
}

impl<'a> From<&'a facts::NamedModule> for NamedModule<'a> {
    fn from(named: &'a facts::NamedModule) -> Self {
        Self { module: &named.module, by: named.by.into(), symbol: named.symbol.as_deref(), line: named.line }
    }
}

/// A module and how it stands in one event.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Suspect<'a> {
    /// Module, as in `modules`.
    pub module: &'a str,
    /// The event's id.
    pub event: u32,
    /// How it stands there.
    pub role: Role,
    /// How far that carries.
    pub confidence: Confidence,
    /// How that came about: the role and its distance from the fault, then what keeps it down; empty for `present`.
    pub ranking: &'a [String],
    /// Its flags at the time of the event, else by the strongest witness.
    pub flags: Option<&'a str>,
    /// Index into the event's frames of the one that proves the role.
    pub frame: Option<usize>,
    /// How many functions stand between that frame and the fault, helpers left out.
    pub distance: Option<usize>,
    /// Which stack that frame stood on.
    pub context: StackContext,
    /// It came upon damaged or freed memory, and may be the victim.
    pub may_be_victim: bool,
    /// One sentence.
    pub reason: &'a str,
    /// Lines to open, the decisive one first.
    pub evidence: Vec<Origin<'a>>,
}

impl<'a> From<&'a triage::Suspect> for Suspect<'a> {
    fn from(suspect: &'a triage::Suspect) -> Self {
        Self {
            module: &suspect.module,
            event: suspect.event,
            role: suspect.role.into(),
            confidence: suspect.confidence.into(),
            ranking: &suspect.ranking,
            flags: suspect.flags.as_deref(),
            frame: suspect.frame,
            distance: suspect.distance,
            context: suspect.context.into(),
            may_be_victim: suspect.may_be_victim,
            reason: &suspect.reason,
            evidence: suspect.evidence.iter().map(Origin::from).collect(),
        }
    }
}
