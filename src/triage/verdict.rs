//! The one sentence that can be pasted into a case.

use super::finding::{Cause, Confidence, Event, Exoneration, Role, Suspect};
use super::module::{Module, Provenance};
use super::report::{InputKind, Report};
use super::weights::{LISTED_IN_VERDICT, STEPS};
use crate::facts::{EventKind, IpSource, KernelEvent, StackContext};

/// What an event is, in words: `oops in acmefs_read [acmefs]`.
pub(super) fn event_in_words(event: &KernelEvent) -> String {
    let kind = match event.kind_name() {
        "kfence" => "KFENCE report",
        "kmsan" => "KMSAN report",
        "kcsan" => "data race (KCSAN)",
        _ => kind_in_words(event.kind),
    };
    let place = event.fault().and_then(|ip| {
        let symbol = ip.symbol.as_deref()?;
        Some(match &ip.module {
            Some(module) => format!("{symbol} [{module}]"),
            None => symbol.to_owned(),
        })
    });
    let waits_for = || {
        let frame = event
            .frames
            .iter()
            .find(|f| f.reliable && f.symbol.as_deref().is_some_and(|s| super::helpers::helper(s).is_none()))?;
        let symbol = frame.symbol.as_deref()?;
        Some(match &frame.module {
            Some(module) => format!("{symbol} [{module}]"),
            None => symbol.to_owned(),
        })
    };
    match place.or_else(waits_for) {
        Some(place) => format!("{kind} in {place}"),
        None => kind.to_owned(),
    }
}

/// A kind as a noun.
pub(super) fn kind_in_words(kind: EventKind) -> &'static str {
    match kind {
        EventKind::Oops => "oops",
        EventKind::Bug => "kernel BUG",
        EventKind::Panic => "panic",
        EventKind::Warning => "warning",
        EventKind::SoftLockup => "soft lockup",
        EventKind::HardLockup => "hard lockup",
        EventKind::HungTask => "hung task",
        EventKind::RcuStall => "RCU stall",
        EventKind::Gpf => "general protection fault",
        EventKind::DoubleFault => "double fault",
        EventKind::MachineCheck => "machine check",
        EventKind::AtomicSleep => "sleep in atomic context",
        EventKind::ListCorruption => "list corruption",
        EventKind::BadPage => "bad page",
        EventKind::Kasan => "KASAN report",
        EventKind::Ubsan => "UBSAN report",
        EventKind::AllocFailure => "page allocation failure",
        EventKind::NetdevWatchdog => "network transmit timeout",
        EventKind::Oom => "out of memory",
        EventKind::Nmi => "unknown NMI",
        EventKind::Other => "kernel trace",
    }
}

/// The verdict on a report whose events and suspects are known.
pub(super) fn verdict(report: &Report) -> String {
    match report.primary_event() {
        Some(event) => on_event(report, event),
        None if report.failed => "Nothing could be read.".to_owned(),
        None => without_event(report),
    }
}

fn on_event(report: &Report, event: &Event) -> String {
    let what = capital(&event_in_words(&event.event));
    let at = &event.event.origin;
    let panicked =
        if event.event.panic.is_some() && event.kind() != EventKind::Panic { ", ending in a panic" } else { "" };
    let head = format!("{what}{panicked} ({at})");
    if let Some(exoneration) = &event.exoneration {
        return format!("{head}: {}. {}", exoneration.reason, nobody_is_named(exoneration));
    }
    if event.cause == Cause::Resource && report.suspects_of(event.id).all(|s| s.role == Role::Present) {
        return format!("{head}: memory ran out. No module is named.");
    }
    let suspects: Vec<&Suspect> = report.suspects_of(event.id).filter(|s| s.role != Role::Present).collect();
    match suspects.split_first() {
        Some((first, rest)) => {
            let victim = if first.may_be_victim { MAY_BE_VICTIM } else { "" };
            format!("{head}: {}.{victim}{}", on_suspect(report, first), others(rest))
        }
        None => format!("{head}: {}{}", nobody(report, event), in_what_followed(report, event)),
    }
}

/// Who stands in the backtrace of what is nobody's fault.
fn nobody_is_named(exoneration: &Exoneration) -> String {
    let bystanders = &exoneration.bystanders;
    let names = listed(bystanders.iter().map(String::as_str));
    match (bystanders.len(), exoneration.cause) {
        (0, Cause::Hardware) => "No module is to blame for it.".to_owned(),
        (0, _) => "Nobody is named.".to_owned(),
        (1, _) => format!("{names} stands in the backtrace, and is not named as the cause."),
        (_, _) => format!("{names} stand in the backtrace, and are not named as the cause."),
    }
}

/// Who stands in the events that come of one in which nobody does.
fn in_what_followed(report: &Report, event: &Event) -> String {
    let followed = report.events.iter().filter(|e| e.follows == Some(event.id));
    let suspect = followed.flat_map(|e| report.suspects_of(e.id)).find(|s| s.role != Role::Present);
    let told = suspect.and_then(|s| report.events.iter().find(|e| e.id == s.event).map(|e| (s, e)));
    told.map_or_else(String::new, |(suspect, later)| {
        let what = event_in_words(&later.event);
        format!(" In what followed at once, {what} ({}), {}.", later.event.origin, on_suspect(report, suspect))
    })
}

/// What is said of a suspect at whose place damage was found.
const MAY_BE_VICTIM: &str = " It came upon damaged or freed memory there, and may be the victim.";

fn on_suspect(report: &Report, suspect: &Suspect) -> String {
    let who = in_words(report, suspect);
    match suspect.role {
        Role::Faulting => format!("{who} holds the instruction pointer"),
        Role::Named => format!("the kernel's own text names {who}"),
        Role::CallPath if suspect.context == StackContext::Interrupted => {
            format!("{who} is only in the interrupted task")
        }
        Role::CallPath if is_far(suspect) => {
            format!("{who} is in the call path, too far from the fault for more than a hint")
        }
        Role::CallPath => format!("{who} is in the call path"),
        Role::StaleFrame => format!("{who} shows only as stack residue, which proves nothing by itself"),
        Role::Unloaded => format!("{who} had been unloaded, and the fault is in module space without a name"),
        Role::Loading => format!("{who} was being loaded or unloaded"),
        Role::Present => format!("{who} is loaded"),
    }
}

/// Whether the distance alone leaves no more than a hint.
fn is_far(suspect: &Suspect) -> bool {
    let step = STEPS.iter().find(|s| s.role == suspect.role && suspect.distance.unwrap_or(0) <= s.up_to);
    step.is_some_and(|s| s.confidence == Confidence::Low)
}

fn in_words(report: &Report, suspect: &Suspect) -> String {
    let words = report.module(&suspect.module).map_or_else(|| "origin undetermined".to_owned(), Module::in_words);
    format!("{} ({words})", suspect.module)
}

fn others(rest: &[&Suspect]) -> String {
    match rest.len() {
        0 => String::new(),
        _ => format!(" Also in the backtrace: {}.", listed(rest.iter().map(|s| s.module.as_str()))),
    }
}

fn nobody(report: &Report, event: &Event) -> String {
    let foreign = report.third_party().filter(|m| m.loaded != Some(false)).count();
    // A headline names the function that complains, which is no backtrace.
    let pointer = event.event.ip.as_ref().filter(|ip| ip.source != IpSource::Headline);
    let lacks = match (event.event.frames.is_empty(), pointer, &event.event.ip) {
        (true, None, None) => Some("the log holds neither instruction pointer nor backtrace"),
        (true, None, Some(_)) => Some("the log holds no backtrace of it"),
        _ => None,
    };
    let none_loaded = if report.third_party().next().is_none() { "is known" } else { "is loaded" };
    match (foreign, lacks) {
        (0, Some(lacks)) => format!("{lacks}; no third-party module {none_loaded}."),
        (1, Some(lacks)) => format!("{lacks}, so the one third-party module cannot be judged."),
        (n, Some(lacks)) => format!("{lacks}, so none of the {} can be judged.", count(n)),
        (0, None) => {
            format!("no third-party module {none_loaded}, and none is in the backtrace. Nobody is named.")
        }
        (1, None) => "one third-party module is loaded, and it is not in the backtrace. Nobody is named.".to_owned(),
        (n, None) => format!("{} are loaded, none is in the backtrace. Nobody is named.", count(n)),
    }
}

fn without_event(report: &Report) -> String {
    let logs = match report.logs_read.len() {
        0 if report.kind == InputKind::ModuleTree && report.tree.is_some() => return tree(report),
        0 => return format!("No kernel log was found, so nothing can be said of a fault. {}", loaded(report)),
        1 => "one kernel log".to_owned(),
        n => format!("{n} kernel logs"),
    };
    let unread = report.like_a_fault.first().map(|origin| {
        format!(" that could be read; {origin} reads like one, in a form or of a machine that is not known here")
    });
    format!("No kernel fault in {logs}{}. {}", unread.unwrap_or_default(), loaded(report))
}

/// What there is to say of module files by themselves.
fn tree(report: &Report) -> String {
    let Some(tree) = &report.tree else { return String::new() };
    let modules = if tree.modules == 1 { "1 module".to_owned() } else { format!("{} modules", tree.modules) };
    let kernels = match tree.releases.as_slice() {
        [] => String::new(),
        [release] => format!(" for {release}"),
        several => format!(" for {} kernels ({})", several.len(), listed(several.iter().map(String::as_str))),
    };
    let foreign: Vec<&str> = report.third_party().map(|m| m.name.as_str()).collect();
    let others = match foreign.len() {
        0 => "none of them third-party".to_owned(),
        n => format!("{n} of them third-party: {}", listed(foreign.iter().copied())),
    };
    format!("A module tree: {modules}{kernels}, {others}.")
}

fn loaded(report: &Report) -> String {
    let foreign: Vec<&str> = report.third_party().map(|m| m.name.as_str()).collect();
    match foreign.len() {
        0 if report.modules_loaded == 0 => "No list of loaded modules was found.".to_owned(),
        0 if report.modules.iter().any(|m| m.provenance == Provenance::Undetermined) => {
            "No module is known to be third-party; the origin of some is undetermined.".to_owned()
        }
        0 => format!("No third-party module among {} loaded ones.", report.modules_loaded),
        _ => format!("Third-party modules: {}.", listed(foreign.iter().copied())),
    }
}

fn count(n: usize) -> String {
    format!("{n} third-party modules")
}

fn listed<'a>(names: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = names.len().saturating_sub(LISTED_IN_VERDICT.count());
    let names = names.take(LISTED_IN_VERDICT.count()).collect::<Vec<_>>().join(", ");
    if more == 0 { names } else { format!("{names} and {more} more") }
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
