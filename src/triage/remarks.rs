//! Findings about a report as a whole: what its parts say against each other, and what is missing from it.

use super::merge::Modules;
use super::report::{Event, Module, Report};
use crate::facts::{CounterKind, EventKind, Located, PrintedTaint, SecureBoot};
use crate::taint::{self, TaintClass};

/// How a remark begins that tells of events before the logs.
pub(super) const LOG_TRUNCATED: &str = "log truncated";

/// What the logs were compared with, beside the report.
pub(super) struct Compared<'a> {
    pub modules: &'a Modules,
    /// `/sys/kernel/*_count`.
    pub counters: &'a [Located<(CounterKind, u64)>],
    /// For each event, in order, the boot it belongs to.
    pub boots: &'a [usize],
}

/// A sentence for each finding.
pub(super) fn remarks(report: &Report, compared: &Compared<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    let everything_unsigned = compared.modules.signing().everything_unsigned;
    if everything_unsigned {
        remarks.push("Nearly every module is marked unsigned: this kernel was built without signatures, and the mark tells nobody apart.".to_owned());
    }
    remarks.extend(unsigned_under_secure_boot(report).filter(|_| !everything_unsigned));
    remarks.extend(taint_without_a_module(report, everything_unsigned));
    remarks.extend(log_truncated(&report.events, compared.boots));
    remarks.extend(compared.counters.iter().filter_map(|counter| counted_more(report, counter)));
    remarks.extend(in_trees(report));
    remarks.extend(
        report
            .modules
            .iter()
            .filter(|m| !m.conflicts.is_empty())
            .map(|m| format!("{}: {}.", m.name, m.conflicts.join("; "))),
    );
    remarks
}

/// What third-party modules have to do with others of their tree, a sentence each.
fn in_trees(report: &Report) -> impl Iterator<Item = String> + '_ {
    const MOST: usize = 30;
    let third_party = report.third_party().filter(|_| report.tree.is_some());
    third_party.filter_map(in_tree).take(MOST)
}

fn in_tree(module: &Module) -> Option<String> {
    const NAMED: usize = 5;
    let list = |names: &[String]| {
        let more = names.len().saturating_sub(NAMED);
        let named = names.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
        if more == 0 { named } else { format!("{named} and {more} more") }
    };
    let place = &module.place;
    let mut told = Vec::new();
    if !place.shadows.is_empty() {
        told.push(format!("is loaded in place of {}", list(&place.shadows)));
    }
    for link in place.weak_updates.iter().take(NAMED) {
        let lost = if link.found == Some(false) { ", which is not there" } else { "" };
        told.push(format!("is used by {} through {} -> {}{lost}", link.kernel, link.path, link.target));
    }
    if !place.needs.is_empty() {
        told.push(format!("pulls in {}", list(&place.needs)));
    }
    if !place.needed_by.is_empty() {
        told.push(format!("is pulled in by {}", list(&place.needed_by)));
    }
    let class = place.class.as_ref().map(|class| format!(" ({class})")).unwrap_or_default();
    (!told.is_empty()).then(|| format!("{}{class} {}.", module.name, told.join("; ")))
}

fn unsigned_under_secure_boot(report: &Report) -> Option<String> {
    let boot = report.secure_boot.as_ref().filter(|s| s.value == SecureBoot::Enabled)?;
    let module = report.modules.iter().find(|m| m.unsigned == Some(true) && m.loaded == Some(true))?;
    Some(format!(
        "Secure Boot is on ({}), yet {} is loaded unsigned: its key was enrolled later or enforcement is off.",
        boot.origin, module.name
    ))
}

fn taint_without_a_module(report: &Report, everything_unsigned: bool) -> Option<String> {
    let yes = Some(true);
    let accounts = |m: &Module| m.unsigned == yes || m.out_of_tree == yes || m.proprietary == yes;
    let accounted_for = report.third_party().next().is_some() || report.modules.iter().any(accounts);
    let taint = report.taint.as_ref().filter(|_| !accounted_for && report.modules_loaded > 0)?;
    let letters: String = taint
        .flags
        .iter()
        .filter(|f| !matches!(f.class, TaintClass::Kernel | TaintClass::Auxiliary))
        .filter(|f| !(everything_unsigned && f.class == TaintClass::Unsigned))
        .filter_map(|f| f.letter)
        .collect();
    (!letters.is_empty()).then(|| {
        format!(
            "The kernel is tainted {letters} ({}), but no module accounts for it: it was unloaded since, or its witnesses are missing.",
            taint.origin
        )
    })
}

/// A taint letter that an event sets for the rest of the boot, and the kinds that set it.
struct SetBy {
    letter: char,
    what: &'static str,
    kinds: &'static [EventKind],
}

/// Sources: `add_taint()` in kernel/panic.c (`__warn`), arch/x86/kernel/dumpstack.c (`oops_end`), kernel/sched/core.c
/// (`__schedule_bug`, `__might_resched`), lib/list_debug.c. A trace of unknown kind may be a warning whose head is lost.
const SET_BY: &[SetBy] = &[
    SetBy {
        letter: 'D',
        what: "an oops",
        kinds: &[EventKind::Oops, EventKind::Bug, EventKind::Gpf, EventKind::DoubleFault, EventKind::Other],
    },
    SetBy {
        letter: 'W',
        what: "a warning",
        kinds: &[
            EventKind::Warning,
            EventKind::NetdevWatchdog,
            EventKind::ListCorruption,
            EventKind::AtomicSleep,
            EventKind::Kasan,
            EventKind::Ubsan,
            EventKind::BadPage,
            EventKind::RcuStall,
            EventKind::Other,
        ],
    },
];

/// The first event whose taint tells of an earlier one in its boot that no log holds.
fn log_truncated(events: &[Event], boots: &[usize]) -> Option<String> {
    for set_by in SET_BY {
        // Boots in which an event that sets the letter has been seen. Events are in order of time.
        let mut set_in: Vec<usize> = Vec::new();
        for (event, &boot) in events.iter().zip(boots) {
            let known = set_in.contains(&boot);
            if !known && shows(event, set_by.letter) {
                return Some(format!(
                    "{LOG_TRUNCATED}: the event at {} was printed with the letter {}, so {} came before it in the same boot, \
                     and no log holds it.",
                    event.event.origin, set_by.letter, set_by.what
                ));
            }
            if !known && set_by.kinds.contains(&event.kind()) {
                set_in.push(boot);
            }
        }
    }
    None
}

/// Whether an event was printed with a letter that stands for the state of the kernel.
fn shows(event: &Event, letter: char) -> bool {
    let Some(PrintedTaint::Tainted(printed)) = &event.event.taint else { return false };
    // Without a head the event may be the one that set the letter; mixed lines may be another's.
    if event.event.headless || event.event.garbled {
        return false;
    }
    let decoded = taint::decode_printed(printed, event.event.release.as_ref().map(|r| r.as_str()));
    decoded.flags.iter().any(|f| f.letter == Some(letter) && matches!(f.class, TaintClass::Kernel))
}

/// A counter of `/sys/kernel`, and the kinds it counts (kernel/panic.c, kernel/exit.c, kernel/watchdog.c).
fn counted_by(kind: CounterKind) -> (&'static str, &'static [EventKind]) {
    match kind {
        CounterKind::Oops => ("oopses", &[EventKind::Oops, EventKind::Bug, EventKind::Gpf, EventKind::DoubleFault]),
        CounterKind::Warn => ("warnings", &[EventKind::Warning, EventKind::NetdevWatchdog, EventKind::ListCorruption]),
        CounterKind::SoftLockup => ("soft lockups", &[EventKind::SoftLockup]),
        CounterKind::HardLockup => ("hard lockups", &[EventKind::HardLockup]),
    }
}

fn counted_more(report: &Report, counter: &Located<(CounterKind, u64)>) -> Option<String> {
    let (kind, counted) = counter.value;
    let (what, kinds) = counted_by(kind);
    let events = report.events.iter().filter(|e| kinds.contains(&e.kind()));
    let held: u64 = events.map(|e| u64::from(e.event.repeats).saturating_add(1)).sum();
    (counted > held).then(|| {
        format!(
            "The running kernel has counted {counted} {what} ({}), the logs of all boots hold {held}.",
            counter.origin
        )
    })
}
