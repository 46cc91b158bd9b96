//! What a dump shows beside the event: by which means it was read, and foreign modules on the stacks of other CPUs and of
//! blocked tasks.
//!
//! A lockup or a hung task is told where somebody waits; whom it waits for may stand on another stack. So these stacks are
//! evidence, with little weight: they show where code was when the dump was made, not why, and they make nobody a suspect.
//! Frames that are not reliable do not count at all.

use super::finding::Event;
use super::merge::Modules;
use super::module::Provenance;
use super::report::{Dump, OtherStack};
use crate::facts::{EventKind, Found, Frame, VmcoreFacts};

/// Stacks of one dump that are kept.
const MOST_STACKS: usize = 64;
/// Stacks that a remark names.
const NAMED_AT_MOST: usize = 4;
/// Kinds of events in which somebody waits for somebody else.
const WAITING: [EventKind; 4] =
    [EventKind::SoftLockup, EventKind::HardLockup, EventKind::HungTask, EventKind::RcuStall];

/// What is kept of the dumps of a report.
pub(super) fn dumps(dumps: &[VmcoreFacts], modules: &Modules) -> Vec<Dump> {
    dumps.iter().map(|dump| of_dump(dump, modules)).collect()
}

fn of_dump(dump: &VmcoreFacts, modules: &Modules) -> Dump {
    fn by<T>(found: &Option<Found<T>>) -> Option<&'static str> {
        found.as_ref().map(|f| f.by)
    }
    Dump {
        origin: dump.origin.clone(),
        container: dump.container.clone(),
        release_by: by(&dump.release),
        taint_by: by(&dump.tainted),
        modules_by: by(&dump.modules),
        backtrace_by: by(&dump.frames),
        panic_cpu: dump.panic_cpu,
        crash_time: dump.crash_time,
        other_stacks: other_stacks(dump, modules),
    }
}

/// Stacks with a frame of a module that the distribution does not ship.
fn other_stacks(dump: &VmcoreFacts, modules: &Modules) -> Vec<OtherStack> {
    let is_foreign = |name: &str| modules.get(name).provenance == Provenance::ThirdParty;
    let running = dump.other_cpus.iter().filter_map(|cpu| {
        let frames = cpu.frames.as_ref()?;
        Some(OtherStack { cpu: Some(cpu.cpu), pid: cpu.pid, comm: cpu.comm.clone(), ..on(frames, &is_foreign)? })
    });
    let blocked = dump.blocked_tasks.iter().filter_map(|task| {
        Some(OtherStack { pid: task.pid, comm: task.comm.clone(), ..on(&task.frames, &is_foreign)? })
    });
    running.chain(blocked).take(MOST_STACKS).collect()
}

/// The topmost reliable frame of a foreign module.
fn on(frames: &Found<Vec<Frame>>, is_foreign: &dyn Fn(&str) -> bool) -> Option<OtherStack> {
    let foreign = |frame: &&Frame| frame.reliable && frame.module.as_deref().is_some_and(is_foreign);
    let frame = frames.value.iter().find(foreign)?;
    let module = super::name::canonical(frame.module.as_deref()?);
    Some(OtherStack { cpu: None, pid: None, comm: None, module, symbol: frame.symbol.clone(), by: frames.by })
}

/// A sentence for each dump that shows foreign modules on other stacks than that of the lockup or hung task it tells of.
pub(super) fn remarks(primary: Option<&Event>, dumps: &[Dump]) -> Vec<String> {
    let Some(event) = primary.filter(|e| WAITING.contains(&e.kind())) else { return Vec::new() };
    let tells = |dump: &&Dump| {
        std::iter::once(&event.event.origin).chain(&event.also_at).any(|origin| origin.path == dump.origin.path)
    };
    let told = dumps.iter().filter(tells).filter(|dump| !dump.other_stacks.is_empty());
    told.map(|dump| {
        let (shown, more) = dump.other_stacks.split_at(dump.other_stacks.len().min(NAMED_AT_MOST));
        let shown: Vec<String> = shown.iter().map(OtherStack::in_words).collect();
        let more = if more.is_empty() { String::new() } else { format!(" and {} more", more.len()) };
        format!(
            "When {} was made, other stacks held third-party code: {}{more}. That shows where it was, not that the event waits for it.",
            dump.origin,
            shown.join(", ")
        )
    })
    .collect()
}

impl OtherStack {
    /// `acme_poll [acme] on CPU 3`, `acme_wait [acme] in blocked task acmed (4712)`.
    fn in_words(&self) -> String {
        let module = &self.module;
        let code = self.symbol.as_ref().map_or_else(|| module.clone(), |symbol| format!("{symbol} [{module}]"));
        let task = match (&self.comm, self.pid) {
            (Some(comm), Some(pid)) => format!("{comm} ({pid})"),
            (Some(comm), None) => comm.clone(),
            (None, Some(pid)) => format!("pid {pid}"),
            (None, None) => "of an unknown name".to_owned(),
        };
        match self.cpu {
            Some(cpu) => format!("{code} on CPU {cpu}"),
            None => format!("{code} in blocked task {task}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{event, frames, log};
    use super::super::{InputKind, Report, Role, Scope, Subject, triage};
    use super::*;
    use crate::facts::{BlockedTask, CpuFacts, KernelEvent, LoadedModule, ModuleFlags, Origin, ReportFacts, Witness};

    fn dump(other_cpus: Vec<CpuFacts>, blocked_tasks: Vec<BlockedTask>) -> VmcoreFacts {
        let module = |name: &str, flags: &str| LoadedModule {
            flags: Some(ModuleFlags::parse(flags)),
            ..LoadedModule::named(name, Witness::Vmcore, Origin::file("vmcore"))
        };
        VmcoreFacts {
            origin: Origin::file("vmcore"),
            container: "ELF".to_owned(),
            release: None,
            arch: None,
            crash_time: None,
            tainted: None,
            modules: Some(Found { value: vec![module("acme", "OE"), module("xfs", "")], by: "kallsyms+btf" }),
            panic_cpu: Some(1),
            pid: None,
            comm: None,
            ip: None,
            frames: None,
            other_cpus,
            blocked_tasks,
            log: None,
            problems: Vec::new(),
        }
    }

    fn on_cpu(cpu: u32, text: &str) -> CpuFacts {
        let frames = Some(Found { value: frames(text), by: "orc" });
        CpuFacts { cpu, pid: None, comm: None, ip: None, frames }
    }

    fn blocked(pid: u32, comm: &str, text: &str) -> BlockedTask {
        let frames = Found { value: frames(text), by: "orc" };
        BlockedTask { pid: Some(pid), comm: Some(comm.to_owned()), frames }
    }

    fn report(event: KernelEvent, dump: VmcoreFacts) -> Report {
        let facts = ReportFacts { logs: vec![log("vmcore", vec![event])], dumps: vec![dump], ..ReportFacts::default() };
        let subject = Subject { input: "vmcore".to_owned(), member: None, kind: InputKind::Vmcore };
        triage(subject, facts, Scope::WhatMatters)
    }

    #[test]
    fn other_stacks_are_told_with_lockups_and_hung_tasks_and_make_nobody_a_suspect() {
        let stacks = || {
            dump(
                vec![on_cpu(0, "acme_poll[acme] do_softirq"), on_cpu(2, "xfs_read[xfs]"), on_cpu(3, "?acme_old[acme]")],
                vec![blocked(4712, "acmed", "__schedule acme_wait[acme]")],
            )
        };
        for (kind, told) in [(EventKind::SoftLockup, true), (EventKind::HungTask, true), (EventKind::Oops, false)] {
            let report = report(event(kind, "stuck", 10), stacks());
            let remark = report.remarks.iter().find(|r| r.contains("other stacks"));
            assert_eq!(remark.is_some(), told, "{kind:?}: {:?}", report.remarks);
            if let Some(remark) = remark {
                assert!(
                    remark.contains("acme_poll [acme] on CPU 0, acme_wait [acme] in blocked task acmed (4712)."),
                    "{remark}"
                );
                assert!(!remark.contains("acme_old") && !remark.contains("xfs"), "{remark}");
            }
            assert!(report.suspects.iter().all(|s| s.role == Role::Present), "{kind:?}: {:?}", report.suspects);
            assert_eq!(report.dumps[0].other_stacks.len(), 2, "{kind:?}");
            assert_eq!(report.dumps[0].modules_by, Some("kallsyms+btf"));
        }
    }

    #[test]
    fn what_the_dump_does_not_tell_of_is_not_joined_with_its_stacks() {
        let elsewhere = KernelEvent { origin: Origin::line("messages", 5), ..event(EventKind::HungTask, "stuck", 5) };
        let logs = vec![log("messages", vec![elsewhere])];
        let dumps = vec![dump(vec![on_cpu(0, "acme_poll[acme]")], Vec::new())];
        let subject = Subject { input: "r".to_owned(), member: None, kind: InputKind::Sosreport };
        let report = triage(subject, ReportFacts { logs, dumps, ..ReportFacts::default() }, Scope::WhatMatters);
        assert!(!report.remarks.iter().any(|r| r.contains("other stacks")), "{:?}", report.remarks);
    }
}
