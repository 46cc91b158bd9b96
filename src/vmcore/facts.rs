//! All that a dump tells, as facts: each part is read alone, and a part that fails is a problem and not the end.

use super::cpus::{self, Cpu, Task};
use super::error::VmcoreError;
use super::kernel::Kernel;
use super::modules::ModuleList;
use super::symbolize::Symbolizer;
use super::tasks::{self, SleepingTask, Tasks};
use super::unwind::{self, Backtrace};
use super::{Vmcore, letters};
use crate::facts::{
    BlockedTask, CpuFacts, EventKind, Found, KernelRelease, LinkedIn, LogFacts, Origin, Problem, VmcoreFacts,
};
use crate::kernel_log::LogReader;

/// Most frames of all CPUs together: 4096 CPUs have about 100,000.
const MAX_FRAMES: usize = 200_000;
/// Most stacks of blocked tasks that are kept.
const MAX_BLOCKED: usize = 64;

/// Reads everything.
pub(super) fn gather(dump: &Vmcore, origin: Origin) -> VmcoreFacts {
    let mut problems = Vec::new();
    let mut facts = VmcoreFacts {
        container: dump.container(),
        release: dump.release(),
        arch: dump.arch(),
        crash_time: dump.crash_time(),
        tainted: None,
        modules: None,
        panic_cpu: None,
        pid: None,
        comm: None,
        ip: None,
        frames: None,
        other_cpus: Vec::new(),
        blocked_tasks: Vec::new(),
        log: None,
        problems: Vec::new(),
        origin,
    };
    facts.log = kept(log(dump, &facts.origin, &mut problems), &mut problems);
    match dump.kernel() {
        Ok(kernel) => read_kernel(&kernel, &mut facts, &mut problems),
        Err(reason) => problems.push(reason.to_string()),
    }
    let path = facts.origin.path.to_string();
    let all = dump.problems().into_iter().chain(problems);
    for message in all {
        let problem = Problem::new(path.clone(), message);
        if !facts.problems.contains(&problem) {
            facts.problems.push(problem);
        }
    }
    facts
}

/// A part, or its reason among the problems.
fn kept<T>(part: Result<T, VmcoreError>, problems: &mut Vec<String>) -> Option<T> {
    part.map_err(|reason| problems.push(reason.to_string())).ok()
}

fn log(dump: &Vmcore, origin: &Origin, problems: &mut Vec<String>) -> Result<LogFacts, VmcoreError> {
    let log = dump.log()?;
    problems.extend(log.problems.iter().cloned());
    let mut reader = LogReader::new(origin.path.as_ref());
    reader.feed(&log.to_text());
    Ok(reader.finish())
}

/// The parts that need the kernel's memory.
fn read_kernel(kernel: &Kernel, facts: &mut VmcoreFacts, problems: &mut Vec<String>) {
    facts.tainted = kept(tainted(kernel), problems);
    let linked_in = linked_in(facts.log.as_ref());
    let list = kept(ModuleList::read(kernel, &linked_in), problems);
    let release = facts.release.as_ref().map(|release| release.value.as_str().to_owned());
    if let Some(list) = &list {
        problems.extend(list.problems.iter().cloned());
        let letters = |taints| letters::of_module(taints, release.as_deref());
        let modules = list.modules.iter().map(|module| module.to_fact(letters, &facts.origin)).collect();
        facts.modules = Some(Found { value: modules, by: list.by });
    }
    let modules = list.map(|list| list.modules).unwrap_or_default();
    let symbolizer = Symbolizer::new(kernel, &modules);
    stacks(kernel, &symbolizer, facts, problems);
    facts.blocked_tasks = blocked_tasks(kernel, &symbolizer, problems);
}

/// The taint mask.
fn tainted(kernel: &Kernel) -> Result<Found<u64>, VmcoreError> {
    const PART: &str = "taint mask";
    let address = kernel.needed(PART, "tainted_mask")?;
    let value = kernel.memory.u64(address).map_err(|e| VmcoreError::part(PART, e))?;
    Ok(Found { value, by: kernel.by_symbols() })
}

/// Module lists that the dump's own log printed.
fn linked_in(log: Option<&LogFacts>) -> Vec<&LinkedIn> {
    let events = log.map(|log| log.events.as_slice()).unwrap_or_default();
    events.iter().filter_map(|event| event.linked_in.as_deref()).collect()
}

/// Backtraces of all CPUs.
fn stacks(kernel: &Kernel, symbolizer: &Symbolizer, facts: &mut VmcoreFacts, problems: &mut Vec<String>) {
    facts.panic_cpu = cpus::panicked(kernel).unwrap_or_else(|reason| {
        let by_log = facts.log.as_ref().and_then(cpu_of_last_fault);
        problems.push(match by_log {
            Some(cpu) => format!("{reason}; it is taken to be CPU {cpu}, which the last fault in the log was on"),
            None => reason.to_string(),
        });
        by_log
    });
    let mut cpus = cpus::with_registers(kernel);
    // The one that matters comes first: there is an end to what is read.
    cpus.sort_by_key(|cpu| facts.panic_cpu != Some(cpu.number));
    if cpus.is_empty() {
        problems.push("backtrace: the dump has no registers (no NT_PRSTATUS notes)".to_owned());
    }
    let mut frames = 0;
    for (index, cpu) in cpus.iter().enumerate() {
        if frames > MAX_FRAMES {
            problems.push(format!("backtraces of {} more CPUs are left out", cpus.len() - index));
            break;
        }
        let trace = unwind::backtrace(kernel, symbolizer, cpu.registers);
        frames += trace.frames.len();
        let told = describe(kernel, cpu, trace, problems);
        if facts.panic_cpu == Some(cpu.number) {
            (facts.pid, facts.comm) = (told.pid, told.comm);
            (facts.ip, facts.frames) = (told.ip, told.frames);
        } else {
            facts.other_cpus.push(told);
        }
    }
    if let Some(cpu) = facts.panic_cpu
        && facts.frames.is_none()
        && !cpus.is_empty()
    {
        problems.push(format!("backtrace: CPU {cpu} panicked, and the dump has no registers of it"));
    }
}

/// The CPU of the last event in a log that ends a kernel.
fn cpu_of_last_fault(log: &LogFacts) -> Option<u32> {
    const FATAL: [EventKind; 7] = [
        EventKind::Oops,
        EventKind::Bug,
        EventKind::Panic,
        EventKind::Gpf,
        EventKind::DoubleFault,
        EventKind::SoftLockup,
        EventKind::HardLockup,
    ];
    log.events.iter().rev().filter(|event| event.panic.is_some() || FATAL.contains(&event.kind)).find_map(|e| e.cpu)
}

/// Tasks in state `D`. Where the dump does not tell the tasks there are none, and that is no problem of its own: the
/// layouts that are missing are told with the module list.
fn blocked_tasks(kernel: &Kernel, symbolizer: &Symbolizer, problems: &mut Vec<String>) -> Vec<BlockedTask> {
    let Tasks { tasks, lost } = tasks::all(kernel).unwrap_or_default();
    if lost > 0 {
        problems.push(format!("blocked tasks: {lost} of {} tasks are not whole in the dump", lost + tasks.len()));
    }
    let blocked: Vec<_> = tasks.into_iter().filter(SleepingTask::is_blocked).collect();
    if blocked.len() > MAX_BLOCKED {
        problems.push(format!("{} tasks are blocked; the stacks of {MAX_BLOCKED} are shown", blocked.len()));
    }
    let describe = |task: SleepingTask| {
        let trace = unwind::backtrace_of_sleeper(kernel, symbolizer, task.registers);
        BlockedTask { pid: task.pid, comm: task.comm, frames: Found { value: trace.frames, by: trace.by } }
    };
    blocked.into_iter().take(MAX_BLOCKED).map(describe).collect()
}

/// One CPU as a fact.
fn describe(kernel: &Kernel, cpu: &Cpu, trace: Backtrace, problems: &mut Vec<String>) -> CpuFacts {
    if let Some(reason) = &trace.problem {
        problems.push(format!("backtrace of CPU {}: {reason}", cpu.number));
    }
    let task = cpus::current(kernel, cpu.number).unwrap_or(Task { pid: None, comm: None });
    CpuFacts {
        cpu: cpu.number,
        pid: task.pid.or(cpu.note_pid),
        comm: task.comm,
        ip: Some(trace.ip),
        frames: Some(Found { value: trace.frames, by: trace.by }),
    }
}

impl Vmcore {
    /// Kernel release: from VMCOREINFO, else from the header of a kdump-compressed dump.
    pub fn release(&self) -> Option<Found<KernelRelease>> {
        let told = self.vmcoreinfo().and_then(|info| Some((info.text("OSRELEASE")?, info.by)));
        let header = || self.physical.container.release().map(|release| (release, "kdump header"));
        let (release, by) = told.or_else(header)?;
        Some(Found { value: KernelRelease::new(release), by })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::{KernelEvent, Trigger};

    fn event(kind: EventKind, cpu: Option<u32>, panic: Option<&str>) -> KernelEvent {
        KernelEvent {
            kind,
            cpu,
            panic: panic.map(str::to_owned),
            title: String::new(),
            origin: Origin::line("log", 1),
            lines: (1, 1),
            time_us: None,
            wall: None,
            boot: 0,
            release: None,
            pid: None,
            comm: None,
            taint: None,
            taint_names: Vec::new(),
            ip: None,
            frames: Vec::new(),
            linked_in: None,
            named: Vec::new(),
            trigger: Trigger::Unstated,
            oops_number: None,
            headless: false,
            garbled: false,
            truncated: false,
            repeats: 0,
        }
    }

    #[test]
    fn the_last_fault_of_the_log_says_which_cpu_it_was_on() {
        let rows = [
            (vec![], None),
            (vec![event(EventKind::Warning, Some(1), None)], None),
            (vec![event(EventKind::Warning, Some(1), Some("panic_on_warn set"))], Some(1)),
            (vec![event(EventKind::Oops, Some(2), None), event(EventKind::Warning, Some(3), None)], Some(2)),
            (vec![event(EventKind::Oops, Some(2), None), event(EventKind::Panic, None, None)], Some(2)),
        ];
        for (events, cpu) in rows {
            let log = LogFacts { events, ..LogFacts::default() };
            assert_eq!(cpu_of_last_fault(&log), cpu, "{:?}", log.events);
        }
    }
}
