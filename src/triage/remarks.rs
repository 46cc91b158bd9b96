//! Findings about a report as a whole: what its parts say against each other, and what is missing from it.

use super::counters::counted_more;
use super::finding::Event;
use super::merge::Modules;
use super::module::Module;
use super::report::Report;
use super::unaccounted;
use crate::facts::{
    CounterKind, EventKind, KernelEvent, Located, LogFacts, Notice, NoticeKind, Origin, PrintedTaint, SecureBoot,
};
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
    /// For each event whether its boot was over before the collection.
    pub ended: &'a [bool],
    /// The taint mask was read in a dump.
    pub mask_of_dump: bool,
    /// The kernel logs, for their messages.
    pub logs: &'a [LogFacts],
}

/// A sentence for each finding.
pub(super) fn remarks(report: &Report, compared: &Compared<'_>) -> Vec<String> {
    let mut remarks = Vec::new();
    let everything_unsigned = compared.modules.signing().everything_unsigned;
    if everything_unsigned {
        remarks.push("Nearly every module is marked unsigned: this kernel was built without signatures, and the mark tells nobody apart.".to_owned());
    }
    remarks.extend(unsigned_under_secure_boot(report).filter(|_| !everything_unsigned));
    remarks.extend(unaccounted::letters(report, compared.modules, compared.mask_of_dump));
    remarks.extend(bad_address(report));
    remarks.extend(hardware_before(report, compared.boots, compared.logs));
    remarks.extend(firmware(report, compared.logs));
    remarks.extend(log_truncated(&report.events, compared.boots));
    let counters = compared.counters.iter();
    remarks.extend(counters.filter_map(|counter| counted_more(&report.events, compared.ended, counter)));
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

/// What the hardware had reported in the same boot before the event that the report is about.
fn hardware_before(report: &Report, boots: &[usize], logs: &[LogFacts]) -> Option<String> {
    let at = report.events.iter().position(|e| e.primary)?;
    let boot = boots.get(at)?;
    let mut before = report.events.iter().zip(boots).take(at).filter(|(_, b)| *b == boot).map(|(e, _)| e);
    let error = before.rfind(|e| e.kind() == EventKind::MachineCheck).map(|e| (&e.event.title, &e.event.origin));
    let (said, origin) = error.or_else(|| hardware_error_before(&report.events.get(at)?.event, logs))?;
    Some(format!("The hardware had reported an error before, in the same boot: {said} ({origin})."))
}

/// The last message of an error that was not corrected, in the event's own log and boot, before it.
fn hardware_error_before<'l>(event: &KernelEvent, logs: &'l [LogFacts]) -> Option<(&'l String, &'l Origin)> {
    let log = logs.iter().find(|log| log.path == event.origin.path)?;
    let is_before =
        |notice: &&Notice| notice.boot == event.boot && notice.origin.line.is_some_and(|line| line < event.lines.0);
    let mut errors = log.notices.iter().filter(|notice| notice.kind == NoticeKind::HardwareError);
    errors.rfind(is_before).map(|notice| (&notice.text, &notice.origin))
}

/// The kernel works around a fault of the firmware: nothing that a module could be blamed for.
fn firmware(report: &Report, logs: &[LogFacts]) -> Option<String> {
    let taint = report.taint.as_ref()?;
    taint.flags.iter().find(|f| f.name == "FIRMWARE_WORKAROUND")?;
    let said = logs.iter().flat_map(|l| &l.notices).find(|n| n.kind == NoticeKind::FirmwareBug);
    let said = said.map(|n| format!("; `{}`, {}", n.text, n.origin)).unwrap_or_default();
    Some(format!(
        "The kernel works around a fault of the firmware (taint I, {}{said}): a matter of the machine's vendor, not of a module.",
        taint.origin
    ))
}

/// What the address of the primary event betrays.
fn bad_address(report: &Report) -> Option<String> {
    let event = report.primary_event()?;
    let bad = event.bad_address.as_ref()?;
    let (address, origin) = (bad.address, &event.event.origin);
    if let Some(poison) = bad.poison {
        return Some(format!(
            "The bad address 0x{address:016x} ({origin}) is {poison}: something was used that was no longer valid."
        ));
    }
    let flip = bad.flipped.as_ref()?;
    Some(format!(
        "The bad address 0x{address:016x} ({origin}) is one bit, bit {}, off 0x{:016x}, which lies in {}: a bit may have flipped in memory.",
        flip.bit, flip.intended, flip.inside
    ))
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
