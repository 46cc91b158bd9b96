//! Kernel functions that stand on top of a backtrace without being at fault: they report what a caller did, or wait for it.
//!
//! The first frame under them carries the question. A pattern that ends in `*` is a prefix.

/// Why a function does not absorb the blame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Helper {
    /// Prints or raises the report: `dump_stack`, `panic`, `oops_end`.
    Reports,
    /// Checks data that its caller handed in: list, reference count, user copy, slab.
    Checks,
    /// Comes upon damage that anybody may have done: free lists of the allocator, linked lists.
    Finds,
    /// Waits for a lock that somebody else holds.
    Locks,
    /// Waits: for the scheduler, a completion, other CPUs.
    Waits,
    /// Enters the kernel or the interrupt: entry code, exception stubs, the timer and softirq loops.
    Enters,
}

/// The table. Sources: lib/list_debug.c, lib/refcount.c, lib/dump_stack.c, kernel/panic.c, mm/slub.c, mm/usercopy.c,
/// kernel/locking/, kernel/sched/, net/sched/sch_generic.c, kernel/watchdog.c, arch/x86/entry/, SPL of OpenZFS.
const HELPERS: &[(&str, Helper)] = &[
    ("dump_stack*", Helper::Reports),
    ("__dump_stack", Helper::Reports),
    ("unwind_backtrace", Helper::Reports),
    ("warn_alloc*", Helper::Reports),
    ("show_stack*", Helper::Reports),
    ("show_trace*", Helper::Reports),
    ("dump_trace*", Helper::Reports),
    ("dump_backtrace*", Helper::Reports),
    ("warn_slowpath_*", Helper::Reports),
    ("__warn*", Helper::Reports),
    ("report_bug*", Helper::Reports),
    ("panic", Helper::Reports),
    ("oops_end*", Helper::Reports),
    ("oops_begin*", Helper::Reports),
    ("die*", Helper::Reports),
    ("__die*", Helper::Reports),
    ("no_context*", Helper::Reports),
    ("bad_area*", Helper::Reports),
    ("__bad_area*", Helper::Reports),
    ("page_fault_oops", Helper::Reports),
    ("machine_kexec*", Helper::Reports),
    ("crash_kexec*", Helper::Reports),
    ("__crash_kexec*", Helper::Reports),
    ("kasan_*", Helper::Reports),
    ("__kasan_*", Helper::Reports),
    ("__asan_*", Helper::Reports),
    ("print_report", Helper::Reports),
    ("print_address_description*", Helper::Reports),
    ("ubsan_*", Helper::Reports),
    ("__ubsan_*", Helper::Reports),
    ("handle_bug*", Helper::Reports),
    ("spl_dumpstack*", Helper::Reports),
    ("spl_panic*", Helper::Reports),
    ("watchdog_timer_fn*", Helper::Reports),
    ("watchdog_overflow_callback*", Helper::Reports),
    ("softlockup_tick*", Helper::Reports),
    ("nmi_watchdog_tick*", Helper::Reports),
    ("watchdog_hardlockup_*", Helper::Reports),
    ("watchdog_buddy_*", Helper::Reports),
    ("watchdog_smp_panic*", Helper::Reports),
    ("wd_lockup_ipi*", Helper::Reports),
    ("refcount_warn_saturate", Helper::Checks),
    ("refcount_*_checked", Helper::Checks),
    ("__list_add*", Helper::Finds),
    ("__list_del_entry*", Helper::Finds),
    ("list_del*", Helper::Finds),
    ("usercopy_abort", Helper::Checks),
    ("__check_object_size*", Helper::Checks),
    ("check_poison*", Helper::Finds),
    ("object_err", Helper::Finds),
    ("slab_err", Helper::Finds),
    ("print_trailer", Helper::Finds),
    ("dev_watchdog*", Helper::Checks),
    // Who frees hands in an address; who allocates hands in nothing that could break the list of free objects.
    ("kmem_cache_alloc*", Helper::Finds),
    ("__slab_alloc*", Helper::Finds),
    ("___slab_alloc*", Helper::Finds),
    ("kmalloc*", Helper::Finds),
    ("__kmalloc*", Helper::Finds),
    ("kfree", Helper::Checks),
    ("kmem_cache_*", Helper::Checks),
    ("__slab_*", Helper::Checks),
    ("memcpy*", Helper::Checks),
    ("__memcpy*", Helper::Checks),
    ("memset*", Helper::Checks),
    ("__memset*", Helper::Checks),
    ("memmove*", Helper::Checks),
    ("strlen", Helper::Checks),
    ("strcmp", Helper::Checks),
    ("queued_spin_lock_slowpath*", Helper::Locks),
    ("native_queued_spin_lock_slowpath*", Helper::Locks),
    ("_raw_spin_*", Helper::Locks),
    ("_spin_*", Helper::Locks),
    (".text.lock.*", Helper::Locks),
    ("__ticket_spin_lock", Helper::Locks),
    ("_raw_read_*", Helper::Locks),
    ("_raw_write_*", Helper::Locks),
    ("do_raw_spin_*", Helper::Locks),
    ("osq_lock*", Helper::Locks),
    ("__schedule", Helper::Waits),
    ("schedule*", Helper::Waits),
    ("__switch_to", Helper::Waits),
    ("preempt_schedule*", Helper::Waits),
    ("io_schedule*", Helper::Waits),
    ("thread_return", Helper::Waits),
    ("bit_wait*", Helper::Waits),
    ("__wait_on_bit*", Helper::Waits),
    ("out_of_line_wait_on_bit*", Helper::Waits),
    ("wait_for_completion*", Helper::Waits),
    ("wait_for_common*", Helper::Waits),
    ("__wait_for_common*", Helper::Waits),
    ("mutex_lock*", Helper::Locks),
    ("__mutex_lock*", Helper::Locks),
    ("rwsem_*", Helper::Locks),
    ("__rwsem_*", Helper::Locks),
    ("down_read*", Helper::Locks),
    ("down_write*", Helper::Locks),
    ("call_rwsem_*", Helper::Locks),
    ("__down*", Helper::Locks),
    ("down", Helper::Locks),
    ("context_switch*", Helper::Waits),
    // The condition variables of SPL (module/spl/spl-condvar.c), in which all of ZFS waits.
    ("cv_wait_common*", Helper::Waits),
    ("cv_timedwait_common*", Helper::Waits),
    ("__cv_wait*", Helper::Waits),
    ("__cv_timedwait*", Helper::Waits),
    ("smp_call_function*", Helper::Waits),
    ("on_each_cpu*", Helper::Waits),
    ("asm_exc_*", Helper::Enters),
    ("exc_*", Helper::Enters),
    ("asm_sysvec_*", Helper::Enters),
    ("sysvec_*", Helper::Enters),
    ("do_invalid_op", Helper::Enters),
    ("invalid_op", Helper::Enters),
    ("do_trap*", Helper::Enters),
    ("do_error_trap", Helper::Enters),
    ("do_general_protection", Helper::Enters),
    ("general_protection", Helper::Enters),
    ("page_fault", Helper::Enters),
    ("async_page_fault", Helper::Enters),
    ("do_page_fault", Helper::Enters),
    ("__do_page_fault", Helper::Enters),
    ("error_code", Helper::Enters),
    ("error_exit", Helper::Enters),
    ("apic_timer_interrupt", Helper::Enters),
    // The NMI in which the watchdog looks, from its counter's overflow down to its entry: kernel/events/core.c,
    // arch/x86/events/, arch/x86/kernel/{nmi.c,traps.c}, drivers/perf/arm_pmu.c, arch/powerpc/kernel/watchdog.c
    ("__perf_event_overflow", Helper::Enters),
    ("perf_event_overflow", Helper::Enters),
    ("handle_pmi_common", Helper::Enters),
    ("intel_pmu_handle_irq*", Helper::Enters),
    ("x86_pmu_handle_irq", Helper::Enters),
    ("amd_pmu_handle_irq", Helper::Enters),
    ("amd_pmu_v2_handle_irq", Helper::Enters),
    ("armpmu_dispatch_irq", Helper::Enters),
    ("armv8pmu_handle_irq", Helper::Enters),
    ("perf_event_nmi_handler", Helper::Enters),
    ("notifier_call_chain", Helper::Enters),
    ("__atomic_notifier_call_chain", Helper::Enters),
    ("atomic_notifier_call_chain", Helper::Enters),
    ("notify_die", Helper::Enters),
    ("nmi_handle", Helper::Enters),
    ("default_do_nmi", Helper::Enters),
    ("do_nmi", Helper::Enters),
    ("end_repeat_nmi", Helper::Enters),
    ("repeat_nmi", Helper::Enters),
    ("nmi", Helper::Enters),
    ("soft_nmi_*", Helper::Enters),
    // Trampolines of tracers and probes: kernel/trace/, kernel/kprobes.c, arch/x86/kernel/{ftrace_64.S,kprobes/}
    ("ftrace_call*", Helper::Enters),
    ("ftrace_regs_call*", Helper::Enters),
    ("ftrace_graph_*", Helper::Enters),
    ("ftrace_ops_*", Helper::Enters),
    ("kprobe_ftrace_handler*", Helper::Enters),
    ("kprobe_int3_handler*", Helper::Enters),
    ("aggr_pre_handler*", Helper::Enters),
    ("optimized_callback*", Helper::Enters),
    ("kretprobe_trampoline*", Helper::Enters),
    ("__kretprobe_trampoline*", Helper::Enters),
    ("arch_rethook_trampoline*", Helper::Enters),
    ("bpf_trampoline_*", Helper::Enters),
    ("call_softirq", Helper::Enters),
    ("irq_exit*", Helper::Enters),
];

/// Whether a function only reports, checks, waits or enters.
pub(super) fn helper(symbol: &str) -> Option<Helper> {
    // Compilers append `.isra.3`, `.constprop.0`, `.cold`; the function is the same.
    let matches = |pattern: &str| match pattern.split_once('*') {
        Some((head, tail)) => {
            symbol.starts_with(head) && symbol.ends_with(tail) && symbol.len() >= head.len() + tail.len()
        }
        None => symbol == pattern || symbol.strip_prefix(pattern).is_some_and(|rest| rest.starts_with('.')),
    };
    HELPERS.iter().find(|(pattern, _)| matches(pattern)).map(|(_, why)| *why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reporting_checking_and_waiting_functions_are_known() {
        let rows = [
            ("refcount_warn_saturate", Some(Helper::Checks)),
            ("__list_add_valid", Some(Helper::Finds)),
            ("native_queued_spin_lock_slowpath", Some(Helper::Locks)),
            ("_raw_spin_lock_irqsave", Some(Helper::Locks)),
            ("mutex_lock", Some(Helper::Locks)),
            ("schedule_timeout", Some(Helper::Waits)),
            ("kmem_cache_free", Some(Helper::Checks)),
            ("kmem_cache_alloc_trace", Some(Helper::Finds)),
            ("kretprobe_trampoline_holder", Some(Helper::Enters)),
            ("dump_stack_lvl", Some(Helper::Reports)),
            ("dump_backtrace", Some(Helper::Reports)),
            ("__switch_to", Some(Helper::Waits)),
            ("kfree.cold", Some(Helper::Checks)),
            ("refcount_sub_and_test_checked", Some(Helper::Checks)),
            ("watchdog_hardlockup_check", Some(Helper::Reports)),
            ("__perf_event_overflow", Some(Helper::Enters)),
            ("intel_pmu_handle_irq_v4", Some(Helper::Enters)),
            ("nmi_handle.isra.0", Some(Helper::Enters)),
            ("nmi_cpu_backtrace", None),
            ("kfree_skb", None),
            ("acmefs_read", None),
            ("vfs_read", None),
        ];
        for (symbol, why) in rows {
            assert_eq!(helper(symbol), why, "{symbol}");
        }
    }
}
