//! Which event the report is about, and which events only follow from it.
//!
//! The primary event is the earliest cause in the last boot that crashed. An oops that says `[#2]`, anything printed with
//! the `D` of an earlier death, and a panic right after it follow from what came before. A crash that an administrator
//! asked for explains nothing while the same boot holds a lockup or a hung task: those are why it was asked for.

use super::report::Cause;
use super::told::Told;
use super::weights::{CONSEQUENCE_US, ECHO_US};
use crate::facts::{EventKind, KernelEvent, PrintedTaint, Trigger};

/// How grave a kind is. Numbers only order the kinds; each row has its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gravity {
    /// Tells of a shortage or of something odd; the kernel goes on as before.
    Remark,
    /// The kernel found itself in a state it should not be in, and goes on.
    Warning,
    /// Work has stopped or memory is damaged: a crash is near, or the machine looks dead from outside.
    Stuck,
    /// The task, or the machine, died of it.
    Death,
}

/// The gravity of each kind.
pub(super) fn gravity(event: &KernelEvent) -> Gravity {
    if event.panic.is_some() {
        return Gravity::Death;
    }
    match event.kind {
        EventKind::Oops
        | EventKind::Bug
        | EventKind::Gpf
        | EventKind::DoubleFault
        | EventKind::Panic
        | EventKind::HardLockup => Gravity::Death,
        EventKind::SoftLockup
        | EventKind::HungTask
        | EventKind::RcuStall
        | EventKind::Kasan
        | EventKind::ListCorruption
        | EventKind::BadPage
        | EventKind::AtomicSleep
        | EventKind::MachineCheck => Gravity::Stuck,
        EventKind::Warning | EventKind::Ubsan | EventKind::NetdevWatchdog => Gravity::Warning,
        EventKind::AllocFailure | EventKind::Oom | EventKind::Nmi | EventKind::Other => Gravity::Remark,
    }
}

/// For each event the index of the one it follows from.
pub(super) fn follow_ups(events: &[Told]) -> Vec<Option<usize>> {
    let mut deaths: Option<(usize, usize)> = None; // (boot, index of its first death)
    let mut follows = Vec::with_capacity(events.len());
    for (index, told) in events.iter().enumerate() {
        let death = deaths.filter(|(boot, _)| *boot == told.boot).map(|(_, i)| i);
        let previous = index.checked_sub(1).and_then(|i| events.get(i).map(|t| (i, t)));
        let cause =
            death.filter(|&i| events.get(i).is_some_and(|first| is_echo(&first.event, &told.event))).or_else(|| {
                previous.filter(|(_, p)| p.boot == told.boot && leads_to(&p.event, &told.event)).map(|(i, _)| i)
            });
        follows.push(cause);
        if death.is_none() && gravity(&told.event) == Gravity::Death {
            deaths = Some((told.boot, index));
        }
    }
    follows
}

/// Whether an event after a death says of itself that something died before, or is the panic or lockup that comes of it.
fn is_echo(first: &KernelEvent, later: &KernelEvent) -> bool {
    let soon = match (first.time_us, later.time_us) {
        (Some(a), Some(b)) => b.saturating_sub(a) <= ECHO_US.value,
        _ => true,
    };
    let after_death = matches!(&later.taint, Some(PrintedTaint::Tainted(t)) if t.contains('D'));
    later.oops_number.is_some_and(|n| n > 1)
        || after_death
        || (soon
            && matches!(
                later.kind,
                EventKind::Panic | EventKind::SoftLockup | EventKind::HardLockup | EventKind::RcuStall
            ))
}

/// Whether a warning and the death right behind it are one story: the same task or CPU, at once.
fn leads_to(warning: &KernelEvent, death: &KernelEvent) -> bool {
    let at_once = match (warning.time_us, death.time_us) {
        (Some(a), Some(b)) => b.saturating_sub(a) <= CONSEQUENCE_US.value,
        _ => false,
    };
    let same_place =
        warning.pid.is_some() && warning.pid == death.pid || warning.cpu.is_some() && warning.cpu == death.cpu;
    matches!(gravity(warning), Gravity::Warning | Gravity::Stuck)
        && gravity(death) > gravity(warning)
        && at_once
        && same_place
}

/// The event a report is about.
pub(super) fn primary(events: &[Told], follows: &[Option<usize>]) -> Option<usize> {
    let graves = |g: Gravity| events.iter().enumerate().filter(move |(_, t)| gravity(&t.event) == g);
    let gravest = [Gravity::Death, Gravity::Stuck, Gravity::Warning, Gravity::Remark]
        .into_iter()
        .find(|&g| graves(g).next().is_some())?;
    let boot = graves(gravest).map(|(_, t)| t.boot).max()?;
    let first = graves(gravest).find(|(_, t)| t.boot == boot).map(|(i, _)| i)?;
    let asked_for = events.get(first).is_some_and(|t| t.event.trigger == Trigger::Administrator);
    if asked_for {
        let why = events.iter().enumerate().find(|(_, t)| {
            t.boot == boot && gravity(&t.event) >= Gravity::Stuck && t.event.trigger != Trigger::Administrator
        });
        return Some(why.map_or(first, |(i, _)| i));
    }
    let mut root = first;
    // Each step goes to an earlier event, so this ends.
    while let Some(earlier) = follows.get(root).copied().flatten().filter(|&e| e < root) {
        root = earlier;
    }
    Some(root)
}

/// What an event is put down to apart from code: hardware, an administrator, a shortage.
pub(super) fn cause_without_code(event: &KernelEvent) -> Option<Cause> {
    match (event.trigger, event.kind) {
        (Trigger::Administrator, _) => Some(Cause::Administrator),
        (Trigger::Hardware, _) | (_, EventKind::MachineCheck) => Some(Cause::Hardware),
        (Trigger::Resource, _) | (_, EventKind::Oom | EventKind::AllocFailure) => Some(Cause::Resource),
        _ => None,
    }
}
