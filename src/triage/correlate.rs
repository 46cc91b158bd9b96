//! How each module stands in one event.
//!
//! Reads the event from the top: the instruction pointer, what the kernel's own text names, reliable frames, stack residue.
//! A module gets its strongest role only. Whether it is anybody's to blame is decided elsewhere.

use super::finding::Role;
use super::helpers::helper;
use super::name::canonical;
use crate::facts::{EventKind, Frame, IpSource, KernelEvent, LinkedModule, LoadState, NamedBy, StackContext};

/// One module's place in an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Stand {
    /// Canonical name.
    pub module: String,
    pub role: Role,
    /// Index into the frames, for a role that a frame proves.
    pub frame: Option<usize>,
    /// Which stack; `Interrupted` for the task below an interrupt.
    pub context: StackContext,
    /// How many frames that are no helpers stand between it and the fault; 0 for code at the fault or right under helpers.
    pub distance: usize,
    /// What named it, for `Role::Named`.
    pub by: Option<NamedBy>,
    /// Function, where one is known.
    pub symbol: Option<String>,
    /// The function only waits, checks or reports for its caller.
    pub helps: bool,
    /// Only an address was printed, and the ranges of the loaded modules place it.
    pub placed: bool,
    /// Only a frame of an event whose every frame carries the mark of residue, which then tells nothing apart.
    pub all_marked: bool,
    /// Line that proves it.
    pub line: u64,
}

/// Every module that stands in an event, in order: the task above any interrupted one, then by role, then from the top of the stack.
pub(super) fn stands(event: &KernelEvent) -> Vec<Stand> {
    let mut stands: Vec<Stand> = Vec::new();
    let all = at_fault(event)
        .into_iter()
        .chain(named(event))
        .chain(on_stack(event))
        .chain(unloaded(event))
        .chain(loading(event));
    for stand in all {
        match stands.iter_mut().find(|s| s.module == stand.module) {
            Some(known) if known.is_named_for_work() && stand.is_right_under_the_fault() => {
                (known.frame, known.distance) = (stand.frame, stand.distance);
            }
            Some(known) if stand.order() < known.order() => *known = stand,
            Some(_) => {}
            None => stands.push(stand),
        }
    }
    stands.retain(|s| !PSEUDO.contains(&s.module.as_str()));
    stands.sort_by_key(Stand::order);
    stands
}

/// Names in brackets that are no modules: what `kallsyms` calls the homes of generated code (kernel/kallsyms.c).
const PSEUDO: &[&str] = &["bpf", "__builtin__ftrace", "__builtin__kprobes"];

impl Stand {
    fn new(module: &str, role: Role, line: u64) -> Self {
        Self {
            module: canonical(module),
            role,
            frame: None,
            context: StackContext::Task,
            distance: 0,
            by: None,
            symbol: None,
            helps: false,
            placed: false,
            all_marked: false,
            line,
        }
    }

    /// Named by a text that tells what was to be done, or by whom, and not what failed.
    pub fn is_named_for_work(&self) -> bool {
        matches!(self.by, Some(NamedBy::Workqueue | NamedBy::IrqHandler | NamedBy::OwnMessage))
    }

    /// A frame that called the function that failed.
    fn is_right_under_the_fault(&self) -> bool {
        let in_task = self.context != StackContext::Interrupted;
        self.role == Role::CallPath && in_task && self.distance == 0 && !self.helps && !self.all_marked
    }

    /// What was interrupted ranks under all that ran; else role, then those that do more than wait, then nearness to the fault.
    pub fn order(&self) -> (bool, Role, bool, usize) {
        (self.context == StackContext::Interrupted, self.role, self.helps, self.frame.unwrap_or(0))
    }
}

fn at_fault(event: &KernelEvent) -> Option<Stand> {
    let ip = event.ip.as_ref()?;
    let module = ip.module.as_deref()?;
    Some(Stand { symbol: ip.symbol.clone(), placed: ip.placed, ..Stand::new(module, Role::Faulting, ip.line) })
}

fn named(event: &KernelEvent) -> impl Iterator<Item = Stand> + '_ {
    event.named.iter().map(|n| Stand {
        by: Some(n.by),
        symbol: n.symbol.clone(),
        ..Stand::new(&n.module, Role::Named, n.line)
    })
}

/// Frames of modules, each with its distance from the fault inside its own stack.
fn on_stack(event: &KernelEvent) -> Vec<Stand> {
    let mut distance = fault_outside_modules(event);
    let mut context = event.frames.first().map(|f| f.context);
    let sampled = sampled_from(event);
    let all_marked = every_frame_is_marked(event);
    let mut stands = Vec::new();
    for (index, frame) in event.frames.iter().enumerate() {
        // What a watchdog's interrupt stopped is what the event is about.
        let is_sample = frame.context == StackContext::Interrupted && sampled.is_some_and(|from| index >= from);
        let stack = if is_sample { StackContext::Task } else { frame.context };
        if context.replace(frame.context) != Some(frame.context) {
            distance = 0;
        }
        if let Some(module) = &frame.module {
            let role = if frame.reliable || all_marked { Role::CallPath } else { Role::StaleFrame };
            stands.push(Stand {
                frame: Some(index),
                context: stack,
                distance,
                helps: frame.symbol.as_deref().is_some_and(is_helper),
                symbol: frame.symbol.clone(),
                placed: frame.placed,
                all_marked,
                ..Stand::new(module, role, frame.line)
            });
        }
        if (frame.reliable || all_marked) && !frame.symbol.as_deref().is_some_and(is_helper) {
            distance += 1;
        }
    }
    stands
}

/// Frames that an event needs before their marks are taken to tell nothing apart.
const ENOUGH_FRAMES: usize = 4;

/// Whether every frame is marked `?`. Kernels of 2.6 without frame pointers mark all of a stack that they walk without
/// registers (warnings, panics, NMIs of RHEL 6): the frames are right then, in order, as often as not.
/// Source: `print_context_stack()` in arch/x86/kernel/dumpstack.c of 2.6.32.
fn every_frame_is_marked(event: &KernelEvent) -> bool {
    let is_2_6 = event.release.as_ref().is_some_and(|release| release.as_str().starts_with("2.6."));
    is_2_6 && event.frames.len() >= ENOUGH_FRAMES && event.frames.iter().all(|frame| !frame.reliable)
}

/// Functions of the interrupt in which a watchdog takes its sample (kernel/watchdog*.c, kernel/rcu/, arch/x86/kernel/nmi.c).
const SAMPLERS: &[&str] = &[
    "watchdog_timer_fn",
    "watchdog_overflow_callback",
    "softlockup_tick",
    "rcu_sched_clock_irq",
    "rcu_check_callbacks",
    "perf_event_nmi_handler",
    "nmi_handle",
    "nmi_cpu_backtrace",
];
/// Functions that run soft interrupts on top of a task (kernel/softirq.c): between them and a sample stands other work.
const SOFT_INTERRUPTS: &[&str] =
    &["__do_softirq", "do_softirq", "call_softirq", "irq_exit", "__irq_exit", "handle_softirqs"];

/// The first frame that a watchdog's own interrupt stopped: nothing but the watchdog stands above it.
fn sampled_from(event: &KernelEvent) -> Option<usize> {
    if !matches!(event.kind, EventKind::SoftLockup | EventKind::HardLockup | EventKind::RcuStall) {
        return None;
    }
    let first = event.frames.iter().position(|f| f.context == StackContext::Interrupted)?;
    let above = event.frames.get(..first)?;
    let has = |names: &[&str]| {
        above.iter().filter_map(|f| f.symbol.as_deref()).any(|s| names.iter().any(|name| s.starts_with(name)))
    };
    (has(SAMPLERS) && !has(SOFT_INTERRUPTS) && above.iter().all(|f| f.module.is_none())).then_some(first)
}

fn is_helper(symbol: &str) -> bool {
    helper(symbol).is_some()
}

/// 1 where the instruction pointer is in code that is no helper and that the frames do not repeat at their top.
fn fault_outside_modules(event: &KernelEvent) -> usize {
    let Some(ip) = &event.ip else { return 0 };
    let symbol = ip.symbol.as_deref().unwrap_or_default();
    let repeated = event.frames.iter().find(|f| f.reliable).is_some_and(|f| f.symbol.as_deref() == Some(symbol));
    usize::from(!symbol.is_empty() && !repeated && ip.source == IpSource::Register && !is_helper(symbol))
}

/// Addresses of x86_64 modules: MODULES_VADDR to MODULES_END (Documentation/arch/x86/x86_64/mm.rst), from the lowest of any kernel.
const X86_64_MODULE_SPACE: std::ops::Range<u64> = 0xffff_ffff_8800_0000..0xffff_ffff_ff60_0000;

/// Modules that were unloaded before, where code ran or was called at a nameless address in module space.
fn unloaded(event: &KernelEvent) -> Vec<Stand> {
    let nameless = |symbol: &Option<String>, address: Option<u64>| {
        symbol.is_none() && address.is_some_and(|a| X86_64_MODULE_SPACE.contains(&a))
    };
    let at_ip = event.ip.as_ref().is_some_and(|ip| ip.module.is_none() && nameless(&ip.symbol, ip.address));
    let on_stack = |f: &Frame| f.reliable && f.module.is_none() && nameless(&f.symbol, f.address);
    if !at_ip && !event.frames.iter().any(on_stack) {
        return Vec::new();
    }
    let Some(list) = &event.linked_in else { return Vec::new() };
    let gone: Vec<&LinkedModule> =
        list.last_unloaded.iter().chain(list.unloaded_tainted.iter().map(|(m, _)| m)).collect();
    let still_there = |name: &str| list.modules.iter().any(|m| canonical(&m.name) == canonical(name));
    let stand = |m: &&LinkedModule| Stand {
        // A nameless frame is further from a proof than code that ran.
        distance: usize::from(!at_ip),
        ..Stand::new(&m.name, Role::Unloaded, list.line)
    };
    gone.iter().filter(|m| !still_there(&m.name)).map(stand).collect()
}

/// Functions that run only while a module is loaded or unloaded (kernel/module.c, init/main.c).
const LOADING: &[&str] = &[
    "do_init_module",
    "load_module",
    "sys_init_module",
    "__do_sys_init_module",
    "__do_sys_finit_module",
    "do_one_initcall",
];
/// Programs that load modules among other things.
const LOADERS: &[&str] = &["systemd-modules", "systemd-udevd", "udevd", "(udev-worker)"];
const UNLOADING: &[&str] = &["sys_delete_module", "__do_sys_delete_module", "__x64_sys_delete_module", "free_module"];

/// Modules whose init or exit function was running, where the event's own task is the one that loads or unloads.
fn loading(event: &KernelEvent) -> Vec<Stand> {
    let Some(list) = &event.linked_in else { return Vec::new() };
    let comm = event.comm.as_deref().unwrap_or_default();
    let called =
        |functions: &[&str]| event.frames.iter().any(|f| f.symbol.as_deref().is_some_and(|s| functions.contains(&s)));
    // A worker of udev is loading something only where its backtrace says so; where there is none, its name must do.
    let by_name = |names: &[&str]| event.frames.is_empty() && names.contains(&comm);
    let loads = matches!(comm, "insmod" | "modprobe") || by_name(LOADERS) || called(LOADING);
    let unloads = matches!(comm, "rmmod" | "modprobe") || called(UNLOADING);
    let in_this_task = |m: &&LinkedModule| match m.flags.state {
        LoadState::Live => false,
        LoadState::Coming => loads,
        LoadState::Going => unloads,
    };
    let under_way = list.modules.iter().filter(in_this_task).count();
    let stand = |m: &LinkedModule| Stand {
        // Of several, this task can be at work on one only.
        distance: under_way.saturating_sub(1),
        ..Stand::new(&m.name, Role::Loading, list.line)
    };
    list.modules.iter().filter(in_this_task).map(stand).collect()
}
