//! The literals that the lines of an event begin with. Each is printed by the kernel; what may stand behind it is for the
//! readers of the class to know.
//!
//! Source: `show_regs()`, `__die()`, `__warn()`, `print_report()` and their like in every architecture, mm/kasan/report.c,
//! kernel/locking/lockdep.c, kernel/hung_task.c, kernel/rcu.

use std::sync::LazyLock;

use super::class::Class::{
    self, Dump, End, Info, List, Noise, OtherTrace, Pointer, Process, Tail, TraceAnew, TraceHead, Where,
};
use crate::kernel_log::linked_in;

/// The literals that lines of an event begin with.
const HEADS: &[(&str, Class)] = &[
    (linked_in::HEADING, List),
    ("Pid: ", Process),
    ("Process ", Where),
    ("TASK = ", Where),
    ("TASK: ", Where),
    ("RIP:", Pointer),
    ("RIP  ", Pointer),
    ("RIP [", Pointer),
    ("RIP <", Pointer),
    ("EIP:", Pointer),
    ("EIP is at ", Pointer),
    ("IP: [<", Pointer),
    ("IP: ", Pointer),
    ("NIP", Pointer),
    ("PC is at ", Pointer),
    ("pc : ", Pointer),
    ("epc : ", Pointer),
    ("Krnl PSW : ", Pointer),
    ("[exception RIP: ", Pointer),
    ("Call Trace:", TraceHead),
    ("Call trace:", TraceHead),
    ("Call Trace ", TraceHead),
    ("Backtrace:", TraceHead),
    ("Xen call trace:", TraceHead),
    ("stack backtrace:", TraceAnew),
    ("Allocated by task ", OtherTrace),
    ("Freed by task ", OtherTrace),
    ("Last potentially related work creation:", OtherTrace),
    ("Second to last potentially related work creation:", OtherTrace),
    ("Uninit was ", OtherTrace),
    ("allocated by task ", OtherTrace),
    ("freed by task ", OtherTrace),
    ("Showing all locks held in the system", OtherTrace),
    ("Showing busy workqueues", OtherTrace),
    ("Mem-Info:", OtherTrace),
    ("Mem-info:", OtherTrace),
    ("rcu_sched kthread starved", Info),
    ("---[ end trace", End),
    ("---[ end Kernel panic", Tail),
    ("note: ", Tail),
    ("Fixing recursive fault", Tail),
    ("Recursive die() failure", Tail),
    ("Kernel Offset: ", Tail),
    ("Rebooting in ", Tail),
    ("Dumping ftrace buffer", Tail),
    ("(ftrace buffer empty)", Tail),
    ("Shutting down cpus with NMI", Tail),
    ("Sending IPI to other CPUs", Tail),
    ("IPI complete", Tail),
    ("Starting crashdump kernel", Tail),
    ("Hardware name: ", Info),
    ("Workqueue: ", Info),
    ("Supported: ", Info),
    ("Tainted: ", Info),
    ("Not tainted ", Info),
    ("Showing stack for process ", Info),
    ("handlers:", Info),
    ("Last Breaking-Event-Address:", Info),
    ("\"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\"", Info),
    ("in_atomic(): ", Info),
    ("preempt_count: ", Info),
    ("RCU nest depth: ", Info),
    ("Preemption disabled at:", Info),
    ("INFO: lockdep is turned off", Info),
    ("Modules in:", Info),
    ("last sysfs file: ", Info),
    ("#PF: ", Info),
    ("PGD ", Info),
    ("pgd = ", Info),
    ("*pde = ", Info),
    ("*pdpt = ", Info),
    ("Failing address: ", Info),
    ("Fault in ", Info),
    ("AS:", Info),
    ("Mem abort info:", Info),
    ("Data abort info:", Info),
    ("ESR = ", Info),
    ("EC = ", Info),
    ("SET = ", Info),
    ("EA = ", Info),
    ("FSC = ", Info),
    ("ISV = ", Info),
    ("CM = ", Info),
    ("GCS = ", Info),
    ("user pgtable: ", Info),
    ("swapper pgtable: ", Info),
    ("Faulting instruction address: ", Info),
    ("LE PAGE_SIZE=", Info),
    ("BE PAGE_SIZE=", Info),
    ("SMP NR_CPUS=", Info),
    ("LR = ", Info),
    ("Read of size ", Info),
    ("Write of size ", Info),
    ("read to ", Info),
    ("write to ", Info),
    ("Free of addr ", Info),
    ("The buggy address ", Info),
    ("which belongs to ", Info),
    ("page dumped because: ", Info),
    ("page:", Info),
    ("page: ", Info),
    ("raw: ", Info),
    ("flags: ", Info),
    ("bad because of flags: ", Info),
    ("addr:", Info),
    ("anon_vma:", Info),
    ("Memory state around the buggy address:", Info),
    ("printing eip:", Info),
    ("KASAN: ", Info),
    ("kasan: ", Info),
    ("This architecture does not have kernel memory protection", Info),
    ("This is not a software problem!", Info),
    ("Dazed and confused, but trying to continue", Info),
    ("Do you have a strange power saving mode enabled?", Info),
    ("HARDWARE ERROR", Info),
    ("LR [", Dump),
    ("LR is at ", Dump),
    ("lr : ", Dump),
    ("Stack:", Dump),
    ("Stack: ", Dump),
    ("Code:", Dump),
    ("Instruction dump:", Dump),
    ("Exception stack(", Dump),
    ("task: ", Dump),
    ("task.stack: ", Dump),
    ("last message repeated ", Noise),
    ("message repeated ", Noise),
    ("callbacks suppressed", Noise),
    ("...", Noise),
];

struct ByFirstByte(Vec<Vec<(&'static str, Class)>>);

static BY_FIRST_BYTE: LazyLock<ByFirstByte> = LazyLock::new(|| {
    let mut heads = vec![Vec::new(); 256];
    for head in HEADS {
        if let Some(list) = head.0.bytes().next().and_then(|first| heads.get_mut(usize::from(first))) {
            list.push(*head);
        }
    }
    ByFirstByte(heads)
});

/// The class of the first head that a text begins with.
pub(super) fn class(text: &str) -> Option<Class> {
    let heads = BY_FIRST_BYTE.0.get(usize::from(*text.as_bytes().first()?))?;
    heads.iter().find_map(|(head, class)| text.starts_with(head).then_some(*class))
}
