//! A dump's own registers and backtrace, joined with the event that its log ends in: one incident, told by two witnesses.
//!
//! The log may be cut before its trace (kdump takes over in the middle of a panic), or hold no event at all (a machine
//! that was stopped from outside). Then the dump speaks alone; where both speak, a difference is told.

use std::sync::Arc;

use super::told::Told;
use crate::facts::{EventKind, IpSource, KernelEvent, Trigger, VmcoreFacts};

/// Adds what dumps say to the events, and returns a sentence for each difference.
pub(super) fn join(events: &mut Vec<Told>, dumps: &[VmcoreFacts]) -> Vec<String> {
    let mut differences = Vec::new();
    for dump in dumps {
        let speaks = dump.ip.is_some() || dump.frames.as_ref().is_some_and(|f| !f.value.is_empty());
        if !speaks {
            continue;
        }
        // The dump was made at the end of its log: the last event there is the one it shows.
        let last = events.iter_mut().filter_map(|t| Some((line_in(dump, t)?, t))).max_by_key(|(line, _)| *line);
        match last {
            Some((_, told)) if shows(dump, &told.event) => {
                differences.extend(difference(dump, &told.event));
                complete(Arc::make_mut(&mut told.event), dump);
            }
            Some(_) => {}
            None => events.push(Told::alone(event_of(dump))),
        }
    }
    differences
}

/// Where the log of the dump tells an event; another log of the report may tell it more fully.
fn line_in(dump: &VmcoreFacts, told: &Told) -> Option<u64> {
    let tellings = std::iter::once(&told.event.origin).chain(&told.also_at);
    tellings.filter(|origin| origin.path == dump.origin.path).map(|origin| origin.line.unwrap_or(0)).max()
}

/// Whether the dump was made on the CPU and in the task of an event.
fn shows(dump: &VmcoreFacts, event: &KernelEvent) -> bool {
    let agree = |a: Option<u32>, b: Option<u32>| a.is_none() || b.is_none() || a == b;
    agree(dump.panic_cpu, event.cpu) && agree(dump.pid, event.pid)
}

/// Fills what the log did not get to print.
fn complete(event: &mut KernelEvent, dump: &VmcoreFacts) {
    if event.ip.is_none() && event.frames.is_empty() {
        event.ip.clone_from(&dump.ip);
    }
    if event.frames.is_empty() {
        event.frames = dump.frames.as_ref().map(|f| f.value.clone()).unwrap_or_default();
    }
    event.cpu = event.cpu.or(dump.panic_cpu);
    event.pid = event.pid.or(dump.pid);
    event.comm = event.comm.take().or_else(|| dump.comm.clone());
    event.release = event.release.take().or_else(|| dump.release.as_ref().map(|r| r.value.clone()));
}

/// A sentence where both name a function and name different ones.
fn difference(dump: &VmcoreFacts, event: &KernelEvent) -> Option<String> {
    let symbol = |ip: &Option<crate::facts::InstructionPointer>| ip.as_ref().and_then(|ip| ip.symbol.clone());
    let (printed, found) = (symbol(&event.ip)?, symbol(&dump.ip)?);
    // A panic's own registers are those of the code that panicked, not of the code that was at fault.
    let panics = dump.ip.as_ref().is_some_and(|ip| ip.module.is_none());
    (printed != found && !panics).then(|| {
        format!(
            "The log names {printed} at the instruction pointer ({}), the registers of the dump {found}.",
            event.origin
        )
    })
}

/// What ran when a dump was made whose log tells of nothing.
fn event_of(dump: &VmcoreFacts) -> KernelEvent {
    KernelEvent {
        kind: EventKind::Other,
        title: "what was running when the dump was made; its log holds no event".to_owned(),
        origin: dump.origin.clone(),
        lines: (0, 0),
        time_us: None,
        wall: None,
        boot: 0,
        release: dump.release.as_ref().map(|r| r.value.clone()),
        cpu: dump.panic_cpu,
        pid: dump.pid,
        comm: dump.comm.clone(),
        taint: None,
        taint_names: Vec::new(),
        ip: dump.ip.clone().map(|ip| crate::facts::InstructionPointer { source: IpSource::Dump, ..ip }),
        frames: dump.frames.as_ref().map(|f| f.value.clone()).unwrap_or_default(),
        linked_in: None,
        named: Vec::new(),
        trigger: Trigger::Unstated,
        oops_number: None,
        panic: None,
        headless: true,
        garbled: false,
        truncated: false,
        repeats: 0,
    }
}
