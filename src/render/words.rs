//! Short words for facts, the same in every output that a person reads. Not escaped: that is each output's business.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use crate::facts::{EventKind, Frame, InstructionPointer, KernelEvent, PrintedTaint};
use crate::taint::{self, TaintClass};
use crate::triage::{Event, Module, Report, Role, Suspect};

/// `1 module`, `12 modules`: the plural of an English noun that takes an `s`.
pub(super) fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `, panic (38x)`: whether an event ended in a panic, and how often it was seen; empty where neither is to be told.
pub(super) fn ending(event: &Event) -> String {
    let panic = if event.event.panic.is_some() && event.kind() != EventKind::Panic { ", panic" } else { "" };
    match event.event.repeats {
        0 => panic.to_owned(),
        more => format!("{panic} ({}x)", u64::from(more) + 1),
    }
}

/// `Kernel panic: Fatal exception`: the panic that an event ended in, where its headline does not say it already.
pub(super) fn panic(event: &KernelEvent) -> Option<String> {
    let message = event.panic.as_deref().filter(|message| !event.title.contains(message))?;
    Some(if message.starts_with("Kernel panic") { message.to_owned() } else { format!("Kernel panic: {message}") })
}

/// The function that was executing, as far as it is what the event is about, or its address; `None` where the event tells neither.
pub(super) fn symbol(event: &Event) -> Option<String> {
    let ip = event.event.fault()?;
    ip.symbol.clone().or_else(|| ip.address.map(address))
}

/// `cp (31337)`: the process an event is about; empty where the event does not tell.
pub(super) fn process(event: &Event) -> String {
    match (&event.event.comm, event.event.pid) {
        (Some(comm), Some(pid)) => format!("{comm} ({pid})"),
        (Some(comm), None) => comm.clone(),
        (None, Some(pid)) => format!("pid {pid}"),
        (None, None) => String::new(),
    }
}

/// Flags of a module: `POE`, `-` where a witness shows none, `?` where none can tell.
pub(super) fn flags(flags: Option<&str>) -> &str {
    match flags {
        None => "?",
        Some("") => "-",
        Some(letters) => letters,
    }
}

/// `call-path (medium)`; `present` by itself, which makes nobody a suspect.
pub(super) fn role(suspect: &Suspect) -> String {
    match suspect.role {
        Role::Present => suspect.role.as_str().to_owned(),
        role => format!("{} ({})", role.as_str(), suspect.confidence.as_str()),
    }
}

/// Whether a module is loaded: the role of one that stands in no event.
pub(super) fn loaded(module: &Module) -> &'static str {
    match module.loaded {
        Some(true) => "loaded",
        Some(false) => "not loaded",
        None => "loaded: ?",
    }
}

/// Whether the role is more than being loaded.
pub(super) fn stands(suspect: &Suspect) -> bool {
    suspect.role != Role::Present
}

/// `0xffffffffc0a1b2c3`.
pub(super) fn address(address: u64) -> String {
    format!("{address:#018x}")
}

/// `acmefs_read+0x2c/0x90 [acmefs]`, as the kernel prints a place in code.
pub(super) fn code(frame: &Frame) -> String {
    place(frame.symbol.as_deref(), frame.module.as_deref(), frame.offset, frame.size, frame.address)
}

/// The same for an instruction pointer.
pub(super) fn pointer(ip: &InstructionPointer) -> String {
    place(ip.symbol.as_deref(), ip.module.as_deref(), ip.offset, ip.size, ip.address)
}

fn place(
    symbol: Option<&str>,
    module: Option<&str>,
    offset: Option<u64>,
    size: Option<u64>,
    at: Option<u64>,
) -> String {
    let mut text = match (symbol, at) {
        (Some(symbol), _) => symbol.to_owned(),
        (None, Some(at)) => address(at),
        (None, None) => "?".to_owned(),
    };
    if let Some(offset) = offset {
        text += &format!("+{offset:#x}");
    }
    if let Some(size) = size {
        text += &format!("/{size:#x}");
    }
    if let Some(module) = module {
        text += &format!(" [{module}]");
    }
    text
}

/// `Not tainted`, `Tainted: P OE`, without the columns of the letters; `None` where the event prints neither.
pub(super) fn taint(event: &Event) -> Option<String> {
    taint_letters(&event.event).map(|letters| match letters.is_empty() {
        true => "Not tainted".to_owned(),
        false => format!("Tainted: {letters}"),
    })
}

/// The letters of an event's taint text, `P OE`: without columns and dashes, and without the mark of a technology preview,
/// which says nothing of where a module comes from. Empty for `Not tainted`.
pub(super) fn taint_letters(event: &KernelEvent) -> Option<String> {
    let printed = match event.taint.as_ref()? {
        PrintedTaint::NotTainted => return Some(String::new()),
        PrintedTaint::Tainted(printed) => printed,
    };
    let decoded = taint::decode_printed(printed, event.release.as_ref().map(|r| r.as_str()));
    let previews: Vec<char> =
        decoded.flags.iter().filter(|f| f.class == TaintClass::TechPreview).filter_map(|f| f.letter).collect();
    let letters: String = printed.chars().filter(|c| *c != '-' && !previews.contains(c)).collect();
    Some(letters.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Seconds since boot as the kernel prints them: `812.101234`.
pub(super) fn uptime(microseconds: u64) -> String {
    format!("{}.{:06}", microseconds / 1_000_000, microseconds % 1_000_000)
}

/// What to call each report: the name of its file, or its whole path where another input has the same name; a member by
/// its own name, with that of its bundle.
pub(super) fn names(reports: &[Report]) -> Vec<String> {
    let mut paths: HashMap<&str, HashSet<&str>> = HashMap::new();
    for report in reports {
        paths.entry(file_name(&report.input)).or_default().insert(&report.input);
    }
    reports
        .iter()
        .map(|report| {
            let name = file_name(&report.input);
            let input = if paths.get(name).is_some_and(|same| same.len() > 1) { &report.input } else { name };
            match &report.member {
                Some(member) => format!("{} (in {input})", file_name(member)),
                None => input.to_owned(),
            }
        })
        .collect()
}

/// The last part of a path; the path itself where it has none (`.`, `-`, `/`).
fn file_name(path: &str) -> &str {
    Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or(path)
}

/// Who makes a module, and the product it belongs to: `Dell, PowerFlex (ScaleIO) data client`.
pub(super) fn owner(module: &Module) -> Option<String> {
    module.vendor.as_ref().map(|owner| format!("{}, {}", owner.vendor, owner.product))
}
