//! Which event the report is about, and which events only follow from it.
//!
//! The primary event is the earliest cause in the last boot that crashed. An oops that says `[#2]`, anything printed with
//! the `D` of an earlier death, and a panic right after it follow from what came before. A panic that a watchdog asked for
//! (`hung_task: blocked tasks`) follows from what the watchdog had told. Of CPUs and tasks that are stuck at one time, those
//! that wait for a lock follow from one that does not. A crash that an administrator asked for explains nothing while the
//! same boot holds a lockup or a hung task: those are why it was asked for.

use super::helpers::{Helper, helper};
use super::told::Told;
use super::weights::{CONSEQUENCE_US, ECHO_US, GRAVITY, Gravity};
use crate::facts::{EventKind, KernelEvent, PrintedTaint, Trigger};

/// The gravity of an event.
pub(super) fn gravity(event: &KernelEvent) -> Gravity {
    if event.panic.is_some() {
        return Gravity::Death;
    }
    if event.is_data_race() {
        return Gravity::Warning;
    }
    GRAVITY.iter().find(|(_, kinds, _)| kinds.contains(&event.kind)).map_or(Gravity::Remark, |(gravity, ..)| *gravity)
}

/// For each event the index of the one it follows from; never a circle.
pub(super) fn follow_ups(events: &[Told]) -> Vec<Option<usize>> {
    let mut deaths: Option<(usize, usize)> = None; // (boot, index of its first death)
    let mut follows = Vec::with_capacity(events.len());
    for (index, told) in events.iter().enumerate() {
        let death = deaths.filter(|(boot, _)| *boot == told.boot).map(|(_, i)| i);
        let previous = index.checked_sub(1).and_then(|i| events.get(i).map(|t| (i, t)));
        let cause = death
            .filter(|&i| events.get(i).is_some_and(|first| is_echo(&first.event, &told.event)))
            .or_else(|| asked_for_by(events, index))
            .or_else(|| {
                previous.filter(|(_, p)| p.boot == told.boot && leads_to(&p.event, &told.event)).map(|(i, _)| i)
            });
        follows.push(cause);
        if death.is_none() && gravity(&told.event) == Gravity::Death {
            deaths = Some((told.boot, index));
        }
    }
    for (waiter, holder) in waiters(events, &follows) {
        if let Some(cause) = follows.get_mut(waiter) {
            *cause = Some(holder);
        }
    }
    follows
}

/// Whether an event after a death says of itself that something died before, or is the panic or lockup that comes of it.
fn is_echo(first: &KernelEvent, later: &KernelEvent) -> bool {
    let soon = within(first, later, ECHO_US.value).unwrap_or(true);
    let after_death = matches!(&later.taint, Some(PrintedTaint::Tainted(t)) if t.contains('D'));
    later.oops_number.is_some_and(|n| n > 1)
        || after_death
        || (soon
            && matches!(
                later.kind,
                EventKind::Panic | EventKind::SoftLockup | EventKind::HardLockup | EventKind::RcuStall
            ))
}

/// Whether one event comes at most so long after another; `None` where stamps are missing.
fn within(first: &KernelEvent, later: &KernelEvent, us: u64) -> Option<bool> {
    Some(later.time_us?.saturating_sub(first.time_us?) <= us)
}

/// Whether a warning and the death right behind it are one story: the same task or CPU, at once.
fn leads_to(warning: &KernelEvent, death: &KernelEvent) -> bool {
    let at_once = within(warning, death, CONSEQUENCE_US.value).unwrap_or(false);
    let same_place =
        warning.pid.is_some() && warning.pid == death.pid || warning.cpu.is_some() && warning.cpu == death.cpu;
    matches!(gravity(warning), Gravity::Warning | Gravity::Stuck)
        && gravity(death) > gravity(warning)
        && at_once
        && same_place
}

/// Words of a panic that one of the kernel's watchdogs or switches asked for, and the kind that it had told of before.
/// Sources: kernel/hung_task.c, kernel/watchdog.c, kernel/watchdog_perf.c, kernel/rcu/tree_stall.h, kernel/panic.c.
const PANICS_OF: &[(&str, EventKind)] = &[
    ("hung_task", EventKind::HungTask),
    ("softlockup", EventKind::SoftLockup),
    ("hard lockup", EventKind::HardLockup),
    ("rcu stall", EventKind::RcuStall),
    ("panic_on_warn", EventKind::Warning),
];

/// The earliest event, within the time of the watchdogs, that a panic speaks of.
fn asked_for_by(events: &[Told], index: usize) -> Option<usize> {
    let panic = events.get(index).filter(|t| t.event.kind == EventKind::Panic)?;
    let words = panic.event.panic.as_deref().unwrap_or(&panic.event.title).to_ascii_lowercase();
    let (_, kind) = PANICS_OF.iter().find(|(text, _)| words.contains(text))?;
    let before = events.iter().enumerate().take(index).rev();
    before
        .take_while(|(_, t)| t.boot == panic.boot && within(&t.event, &panic.event, ECHO_US.value).unwrap_or(true))
        .filter(|(_, t)| t.event.kind == *kind)
        .last()
        .map(|(i, _)| i)
}

/// CPUs and tasks that wait for a lock, each with one that was stuck at the same time and does not.
fn waiters(events: &[Told], follows: &[Option<usize>]) -> Vec<(usize, usize)> {
    let stuck = |t: &&Told| matches!(t.event.kind, EventKind::SoftLockup | EventKind::RcuStall | EventKind::HungTask);
    let free = |i: usize| follows.get(i).copied().flatten().is_none();
    let mut pairs = Vec::new();
    let mut cluster: Vec<(usize, &Told)> = Vec::new();
    for (index, told) in events.iter().enumerate().filter(|(i, t)| stuck(t) && free(*i)) {
        let goes_on = cluster.last().is_some_and(|(_, last)| {
            last.boot == told.boot && within(&last.event, &told.event, ECHO_US.value).unwrap_or(false)
        });
        if !goes_on {
            pairs.extend(in_cluster(&cluster));
            cluster.clear();
        }
        cluster.push((index, told));
    }
    pairs.extend(in_cluster(&cluster));
    pairs
}

/// The holder of what is stuck at one time: a CPU that executes before a task that sleeps. Nobody follows where all wait.
fn in_cluster(cluster: &[(usize, &Told)]) -> Vec<(usize, usize)> {
    let executes = |t: &Told| t.event.kind != EventKind::HungTask && t.event.ip.is_some() && !waits(&t.event);
    let sleeps = |t: &Told| t.event.kind == EventKind::HungTask && !t.event.frames.is_empty() && !waits(&t.event);
    let holder = cluster.iter().find(|(_, t)| executes(t)).or_else(|| cluster.iter().find(|(_, t)| sleeps(t)));
    let Some((holder, holding)) = holder else { return Vec::new() };
    let same_cpu = |t: &Told| t.event.cpu.is_some() && t.event.cpu == holding.event.cpu;
    cluster
        .iter()
        .filter(|(index, t)| {
            index != holder && (waits(&t.event) || (t.event.kind == EventKind::RcuStall && same_cpu(t)))
        })
        .map(|(index, _)| (*index, *holder))
        .collect()
}

/// Whether what stands on top waits for a lock that somebody else holds.
fn waits(event: &KernelEvent) -> bool {
    let at_ip = event.ip.as_ref().and_then(|ip| ip.symbol.as_deref()).and_then(helper);
    let reliable = event.frames.iter().filter(|f| f.reliable).map(|f| f.symbol.as_deref().and_then(helper));
    let mut on_top = reliable.take_while(Option::is_some).flatten();
    match event.kind {
        EventKind::HungTask => on_top.any(|h| h == Helper::Locks),
        _ => matches!(at_ip, Some(Helper::Locks | Helper::Waits)),
    }
}

/// The event a report is about.
pub(super) fn primary(events: &[Told], follows: &[Option<usize>]) -> Option<usize> {
    let graves = |g: Gravity| events.iter().enumerate().filter(move |(_, t)| gravity(&t.event) == g);
    let gravest = GRAVITY.iter().map(|(gravity, ..)| *gravity).find(|&g| graves(g).next().is_some())?;
    let boot = graves(gravest).map(|(_, t)| t.boot).max()?;
    let first = graves(gravest).find(|(_, t)| t.boot == boot).map(|(i, _)| i)?;
    let asked_for = |t: &Told| t.event.trigger == Trigger::Administrator;
    let mut root = first;
    if events.get(first).is_some_and(asked_for) {
        let why = |t: &Told| t.boot == boot && gravity(&t.event) >= Gravity::Stuck && !asked_for(t);
        root = events.iter().position(why).unwrap_or(first);
    }
    // An event follows from an earlier one, or waits for one that follows from nothing later: this ends.
    for _ in events {
        match follows.get(root).copied().flatten() {
            Some(cause) => root = cause,
            None => break,
        }
    }
    Some(root)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{event, frames, ip, log};
    use super::super::told::tell_once;
    use super::*;

    fn at(seconds: u64, kind: EventKind, code: &str, trace: &str) -> KernelEvent {
        let line = seconds * 100;
        KernelEvent {
            time_us: Some(seconds * 1_000_000),
            ip: if code.is_empty() { None } else { ip(code) },
            frames: frames(trace),
            pid: Some(u32::try_from(seconds).unwrap()),
            ..event(kind, &format!("{} at {seconds}", kind.as_str()), line)
        }
    }

    /// The primary event, and what each event follows from.
    fn story(events: Vec<KernelEvent>) -> (Option<usize>, Vec<Option<usize>>) {
        let mut logs = [log("dmesg", events)];
        let told = tell_once(&mut logs, None);
        let follows = follow_ups(&told);
        (primary(&told, &follows), follows)
    }

    #[test]
    fn who_waits_for_a_lock_follows_from_who_executes_even_where_the_waiter_is_told_first() {
        let waiter = at(100, EventKind::SoftLockup, "native_queued_spin_lock_slowpath", "_raw_spin_lock vfs_read");
        let holder = at(104, EventKind::SoftLockup, "acmefs_scan[acmefs]", "acmefs_sync[acmefs]");
        let hung = at(180, EventKind::HungTask, "", "__schedule schedule rwsem_down_read_slowpath down_read vfs_read");
        assert_eq!(story(vec![waiter.clone(), holder, hung]), (Some(1), vec![Some(1), None, Some(1)]));
        let other = at(104, EventKind::SoftLockup, "_raw_spin_lock", "vfs_write");
        assert_eq!(story(vec![waiter, other]), (Some(0), vec![None, None]), "nobody shows the holder");
    }

    #[test]
    fn of_hung_tasks_those_that_wait_for_a_lock_follow_from_one_that_waits_for_something_else() {
        let waits = |s| at(s, EventKind::HungTask, "", "__schedule schedule __mutex_lock acmefs_lock[acmefs] vfs_read");
        let io = at(121, EventKind::HungTask, "", "__schedule schedule io_schedule bit_wait_io wait_on_page vfs_fsync");
        assert_eq!(story(vec![waits(120), io.clone(), waits(122)]), (Some(1), vec![Some(1), None, Some(1)]));
        assert_eq!(story(vec![waits(120), waits(121)]), (Some(0), vec![None, None]));
        let much_later = KernelEvent { time_us: Some(900_000_000), ..waits(122) };
        assert_eq!(story(vec![io, much_later]).1, [None, None], "another story");
    }

    #[test]
    fn a_panic_that_a_watchdog_asked_for_follows_from_the_first_that_it_told_of() {
        let hung = |s| at(s, EventKind::HungTask, "", "__schedule schedule acmefs_wait[acmefs]");
        let mut panic = at(123, EventKind::Panic, "", "dump_stack panic watchdog kthread");
        panic.panic = Some("hung_task: blocked tasks".to_owned());
        assert_eq!(story(vec![hung(121), hung(122), panic.clone()]), (Some(0), vec![None, None, Some(0)]));
        panic.panic = Some("Attempted to kill init!".to_owned());
        assert_eq!(story(vec![hung(121), panic]).0, Some(1), "that has nothing to do with it");
    }

    #[test]
    fn an_rcu_stall_on_the_cpu_that_is_stuck_follows_from_it() {
        let on = |cpu, event: KernelEvent| KernelEvent { cpu: Some(cpu), ..event };
        let stuck = on(3, at(100, EventKind::SoftLockup, "acmefs_scan[acmefs]", "kthread"));
        let stall = |cpu| on(cpu, at(130, EventKind::RcuStall, "acmefs_scan[acmefs]", "kthread"));
        assert_eq!(story(vec![stuck.clone(), stall(3)]).1, [None, Some(0)]);
        assert_eq!(story(vec![stuck, stall(4)]).1, [None, None]);
    }
}
