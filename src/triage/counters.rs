//! The kernel's own counters of its faults, against what the logs hold of the same boot.
//!
//! `/sys/kernel/oops_count` and its like (6.2; RHEL 9.2 and 8.9 on) count since boot. Events of boots that are known to be over do not count.

use super::finding::Event;
use super::told::Told;
use crate::facts::{CounterKind, EventKind, Located, LogFacts};

/// A counter of `/sys/kernel`, and the kinds it counts (kernel/panic.c, kernel/exit.c, kernel/watchdog.c).
fn counted_by(kind: CounterKind) -> (&'static str, &'static [EventKind]) {
    match kind {
        CounterKind::Oops => ("oopses", &[EventKind::Oops, EventKind::Bug, EventKind::Gpf, EventKind::DoubleFault]),
        CounterKind::Warn => ("warnings", &[EventKind::Warning, EventKind::NetdevWatchdog, EventKind::ListCorruption]),
        CounterKind::SoftLockup => ("soft lockups", &[EventKind::SoftLockup]),
        CounterKind::HardLockup => ("hard lockups", &[EventKind::HardLockup]),
    }
}

/// For each event whether its boot was over before the collection: a log goes on with a later one, or it is the log of a crash.
pub(super) fn ended_boots(told: &[Told], logs: &[LogFacts]) -> Vec<bool> {
    let last_boots: Vec<u32> = logs
        .iter()
        .enumerate()
        .map(|(number, log)| {
            let begun = u32::try_from(log.boots.len().saturating_sub(1)).unwrap_or(u32::MAX);
            let noticed = log.notices.iter().map(|n| n.boot).max().unwrap_or(0);
            let told = told.iter().flat_map(Told::tellings).filter(|(log, _)| *log == number).map(|(_, boot)| *boot);
            begun.max(noticed).max(told.max().unwrap_or(0))
        })
        .collect();
    let is_over = |&(log, boot): &(usize, u32)| {
        let of_crash = logs.get(log).is_some_and(|l| ["crash", "pstore"].iter().any(|name| l.path.contains(name)));
        of_crash || last_boots.get(log).is_some_and(|last| boot < *last)
    };
    told.iter().map(|t| t.tellings().iter().any(is_over)).collect()
}

/// A sentence where a counter is above the events that the logs hold of a boot that may still be running.
pub(super) fn counted_more(events: &[Event], ended: &[bool], counter: &Located<(CounterKind, u64)>) -> Option<String> {
    let (kind, counted) = counter.value;
    let (what, kinds) = counted_by(kind);
    let of_this_boot = events.iter().zip(ended).filter(|(e, over)| !**over && kinds.contains(&e.kind()));
    let held: u64 = of_this_boot.map(|(e, _)| u64::from(e.event.repeats).saturating_add(1)).sum();
    (counted > held).then(|| {
        format!(
            "The running kernel has counted {counted} {what} ({}), the logs of its boot hold {held}.",
            counter.origin
        )
    })
}
