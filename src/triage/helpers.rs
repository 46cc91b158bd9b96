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
    /// Waits: for a lock, the scheduler, a completion.
    Waits,
    /// Enters the kernel or the interrupt: entry code, exception stubs, the timer and softirq loops.
    Enters,
}

/// The table. Sources: lib/list_debug.c, lib/refcount.c, lib/dump_stack.c, kernel/panic.c, mm/slub.c, mm/usercopy.c,
/// kernel/locking/, kernel/sched/, net/sched/sch_generic.c, kernel/watchdog.c, arch/x86/entry/, SPL of OpenZFS.
const HELPERS: &[(&str, Helper)] = &[
    ("dump_stack*", Helper::Reports),
    ("show_stack*", Helper::Reports),
    ("show_trace*", Helper::Reports),
    ("dump_trace*", Helper::Reports),
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
    ("refcount_warn_saturate", Helper::Checks),
    ("refcount_*_checked", Helper::Checks),
    ("__list_add*", Helper::Checks),
    ("__list_del_entry*", Helper::Checks),
    ("list_del*", Helper::Checks),
    ("usercopy_abort", Helper::Checks),
    ("__check_object_size*", Helper::Checks),
    ("check_poison*", Helper::Checks),
    ("object_err", Helper::Checks),
    ("slab_err", Helper::Checks),
    ("print_trailer", Helper::Checks),
    ("dev_watchdog*", Helper::Checks),
    ("kfree", Helper::Checks),
    ("kmem_cache_*", Helper::Checks),
    ("__slab_*", Helper::Checks),
    ("___slab_alloc*", Helper::Checks),
    ("kmalloc*", Helper::Checks),
    ("__kmalloc*", Helper::Checks),
    ("memcpy*", Helper::Checks),
    ("__memcpy*", Helper::Checks),
    ("memset*", Helper::Checks),
    ("__memset*", Helper::Checks),
    ("memmove*", Helper::Checks),
    ("strlen", Helper::Checks),
    ("strcmp", Helper::Checks),
    ("queued_spin_lock_slowpath*", Helper::Waits),
    ("native_queued_spin_lock_slowpath*", Helper::Waits),
    ("_raw_spin_*", Helper::Waits),
    ("_spin_*", Helper::Waits),
    (".text.lock.*", Helper::Waits),
    ("__ticket_spin_lock", Helper::Waits),
    ("_raw_read_*", Helper::Waits),
    ("_raw_write_*", Helper::Waits),
    ("do_raw_spin_*", Helper::Waits),
    ("osq_lock*", Helper::Waits),
    ("__schedule", Helper::Waits),
    ("schedule*", Helper::Waits),
    ("preempt_schedule*", Helper::Waits),
    ("io_schedule*", Helper::Waits),
    ("thread_return", Helper::Waits),
    ("bit_wait*", Helper::Waits),
    ("__wait_on_bit*", Helper::Waits),
    ("out_of_line_wait_on_bit*", Helper::Waits),
    ("wait_for_completion*", Helper::Waits),
    ("wait_for_common*", Helper::Waits),
    ("__wait_for_common*", Helper::Waits),
    ("mutex_lock*", Helper::Waits),
    ("__mutex_lock*", Helper::Waits),
    ("rwsem_*", Helper::Waits),
    ("__rwsem_*", Helper::Waits),
    ("down_read*", Helper::Waits),
    ("down_write*", Helper::Waits),
    ("call_rwsem_*", Helper::Waits),
    ("__down*", Helper::Waits),
    ("down", Helper::Waits),
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
            ("__list_add_valid", Some(Helper::Checks)),
            ("native_queued_spin_lock_slowpath", Some(Helper::Waits)),
            ("_raw_spin_lock_irqsave", Some(Helper::Waits)),
            ("kmem_cache_free", Some(Helper::Checks)),
            ("dump_stack_lvl", Some(Helper::Reports)),
            ("kfree.cold", Some(Helper::Checks)),
            ("refcount_sub_and_test_checked", Some(Helper::Checks)),
            ("kfree_skb", None),
            ("acmefs_read", None),
            ("vfs_read", None),
        ];
        for (symbol, why) in rows {
            assert_eq!(helper(symbol), why, "{symbol}");
        }
    }
}
