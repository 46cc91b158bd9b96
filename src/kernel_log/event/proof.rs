//! What a trace without a headline proves by its functions: the code that reports an event stands in the trace itself.
//!
//! Source: the callers of `dump_stack()` and `show_regs()` in the kernel, the exception handlers of each architecture.

use crate::facts::EventKind::{self, *};

/// Functions that report an event; they call `dump_stack()` themselves or stand above an exception.
const REPORTERS: &[(&str, EventKind)] = &[
    ("oom_kill_process", Oom),
    ("dump_header", Oom),
    ("warn_alloc", AllocFailure),
    ("warn_alloc_failed", AllocFailure),
    ("kasan_report", Kasan),
    ("kasan_report_error", Kasan),
    ("__ubsan_handle_", Ubsan),
    ("ubsan_epilogue", Ubsan),
    ("watchdog_timer_fn", SoftLockup),
    ("softlockup_tick", SoftLockup),
    ("watchdog_overflow_callback", HardLockup),
    ("watchdog_hardlockup_check", HardLockup),
    ("__schedule_bug", AtomicSleep),
    ("__might_sleep", AtomicSleep),
    ("___might_sleep", AtomicSleep),
    ("__might_resched", AtomicSleep),
    ("bad_page", BadPage),
    ("print_cpu_stall", RcuStall),
    ("rcu_dump_cpu_stacks", RcuStall),
    ("__report_bad_irq", Other),
    ("__warn", Warning),
    ("warn_slowpath_common", Warning),
    ("warn_slowpath_fmt", Warning),
    ("warn_slowpath_null", Warning),
];

/// Exception handlers; below a `dump_stack()` they only say how its caller was reached.
const HANDLERS: &[(&str, EventKind)] = &[
    ("exc_general_protection", Gpf),
    ("asm_exc_general_protection", Gpf),
    ("do_general_protection", Gpf),
    ("general_protection", Gpf),
    ("exc_double_fault", DoubleFault),
    ("do_double_fault", DoubleFault),
    ("double_fault", DoubleFault),
    ("exc_page_fault", Oops),
    ("asm_exc_page_fault", Oops),
    ("page_fault_oops", Oops),
    ("do_page_fault", Oops),
    ("async_page_fault", Oops),
    ("page_fault", Oops),
    ("exc_invalid_op", Bug),
    ("asm_exc_invalid_op", Bug),
    ("do_invalid_op", Bug),
    ("invalid_op", Bug),
    ("exc_divide_error", Oops),
    ("asm_exc_divide_error", Oops),
    ("divide_error", Oops),
    ("do_machine_check", MachineCheck),
    ("exc_machine_check", MachineCheck),
];

/// Only the first frames are the reporting code; further down the same functions may stand for something else.
const DEPTH: usize = 16;

/// The kind that the functions of a trace prove.
pub(super) fn by_functions<'a>(symbols: impl Iterator<Item = &'a str> + Clone) -> Option<EventKind> {
    let top = symbols.take(DEPTH).map(|symbol| symbol.split(".cold").next().unwrap_or(symbol));
    let dumped = top.clone().next().is_some_and(|first| first.starts_with("dump_stack") || first == "dump_backtrace");
    let handlers = if dumped { &[] } else { HANDLERS };
    let row = |symbol: &str| {
        let fits = |name: &str| symbol == name || (name.ends_with('_') && symbol.starts_with(name));
        REPORTERS.iter().chain(handlers).find_map(|(name, kind)| fits(name).then_some(*kind))
    };
    let panicked = top.clone().any(|symbol| symbol == "panic");
    top.clone().find_map(row).or(panicked.then_some(Panic))
}

/// powerpc prints the vector of the exception: `TRAP: 0300`.
pub(super) fn by_trap(trap: u64) -> Option<EventKind> {
    match trap & !0xf {
        0x300 | 0x380 | 0x400 | 0x480 | 0x600 => Some(Oops),
        0x900 => Some(SoftLockup),
        _ => None,
    }
}

/// Functions at the bottom of a stack: a trace that reaches one is whole.
const BOTTOMS: &[&str] = &[
    "ret_from_fork",
    "ret_from_kernel_thread",
    "entry_SYSCALL",
    "entry_INT80",
    "system_call",
    "sysenter",
    "sysret_check",
    "kernel_thread_helper",
    "kernel_thread_starter",
    "child_rip",
    "start_secondary",
    "secondary_startup",
    "x86_64_start_kernel",
    "cpu_startup_entry",
    "start_kernel",
    "el0_",
    "el0t_",
    "__switch_to_asm",
    "syscall_call",
    "tracesys",
    "rest_init",
    "start_here_common",
];

/// Whether a function stands at the bottom of a stack.
pub(super) fn is_bottom(symbol: &str) -> bool {
    BOTTOMS.iter().any(|bottom| symbol.starts_with(bottom))
}
