//! What is one event, what is none, and what belongs to it.

use std::sync::Arc;

use super::{function, only, read, told};
use crate::facts::EventKind::{self, *};
use crate::facts::{NamedBy, Trigger};

/// Frames that stand at the bottom of any trace.
const BOTTOM: &str = " process_one_work+0x1a7/0x360\n kthread+0x116/0x130\n ret_from_fork+0x22/0x40\n";
const PROCESS: &str = "CPU: 3 PID: 77 Comm: acmed Tainted: G           OE    --------- -  - 4.18.0-305.el8.x86_64 #1\n";

/// Gives every line a time stamp, a millisecond apart.
fn stamped(text: &str, from: u64) -> String {
    let stamp = |(at, line): (usize, &str)| format!("[{:5}.{:06}] {line}\n", from, at * 1000);
    text.lines().enumerate().map(stamp).collect()
}

fn kinds(text: &str) -> Vec<EventKind> {
    read(text).events.iter().map(|event| event.kind).collect()
}

#[test]
fn a_fault_ends_in_its_panic() {
    let oops = format!(
        "BUG: unable to handle page fault for address: 0\nOops: 0002 [#1] SMP\n{PROCESS}RIP: 0010:acme_io+0x1/0x2 [acmefs]\nCall Trace:\n{BOTTOM}---[ end trace 0000000000000000 ]---\nKernel panic - not syncing: Fatal exception\nCPU: 3 PID: 77 Comm: acmed\nCall Trace:\n panic+0x1/0x2\n---[ end Kernel panic - not syncing: Fatal exception ]---\n"
    );
    let event = only(&oops);
    assert_eq!((event.kind, event.oops_number), (Oops, Some(1)));
    assert_eq!(event.panic.as_deref(), Some("Fatal exception"));
    assert_eq!(event.frames.len(), 3, "the frames of panic() are not the fault's");
    assert!(!event.truncated);
}

#[test]
fn a_corruption_carries_the_name_of_what_it_ends_in() {
    let table = [
        (
            "list_add corruption. prev->next should be next (1), but was 2.\n------------[ cut here ]------------\nkernel BUG at lib/list_debug.c:26!\ninvalid opcode: 0000 [#1] SMP\n",
            Bug,
        ),
        (
            "------------[ cut here ]------------\nlist_del corruption, 1->next is LIST_POISON1 (2)\nkernel BUG at lib/list_debug.c:47!\ninvalid opcode: 0000 [#1] SMP\n",
            Bug,
        ),
        (
            "------------[ cut here ]------------\nWARNING: CPU: 3 PID: 77 at lib/list_debug.c:29 __list_add+0x65/0xc0\nlist_add corruption. next->prev should be prev (1), but was 2.\n",
            Warning,
        ),
        (
            "------------[ cut here ]------------\nNETDEV WATCHDOG: eth0 (acmenet): transmit queue 3 timed out\nWARNING: CPU: 3 PID: 0 at net/sched/sch_generic.c:300 dev_watchdog+0x242/0x250\n",
            Warning,
        ),
        (
            "------------[ cut here ]------------\nWARNING: at kernel/watchdog.c:245 watchdog_overflow_callback+0x9c/0xd0()\nWatchdog detected hard LOCKUP on cpu 3\n",
            HardLockup,
        ),
        (
            "usercopy: Kernel memory exposure attempt detected from SLUB object 'acme_io' (offset 0, size 9)!\n------------[ cut here ]------------\nkernel BUG at mm/usercopy.c:99!\ninvalid opcode: 0000 [#1] SMP\n",
            Bug,
        ),
        (
            "kernel tried to execute NX-protected page - exploit attempt? (uid: 0)\nBUG: unable to handle page fault for address: 1\nOops: 0011 [#1] SMP\n",
            Oops,
        ),
        (
            "BUG: stack guard page was hit at 1 (stack is 2..3)\nkernel stack overflow (double-fault): 0000 [#1] SMP\n",
            DoubleFault,
        ),
        ("PANIC: double fault, error_code: 0x0\n", DoubleFault),
        ("Kernel panic - not syncing: Watchdog detected hard LOCKUP on cpu 3\n", HardLockup),
    ];
    for (head, kind) in table {
        let event = only(&format!(
            "{head}{PROCESS}RIP: 0010:core_fn+0x1/0x2\nCall Trace:\n acme_io+0x1/0x2 [acmefs]\n{BOTTOM}"
        ));
        assert_eq!(event.kind, kind, "{head}");
        assert_eq!(event.frames.len(), 4, "{head}");
    }
}

#[test]
fn a_netdev_watchdog_names_its_driver() {
    let event = only("acmenet 0000:3b:00.0 eno1: NETDEV WATCHDOG: CPU: 5: transmit queue 0 timed out 5012 ms\n");
    assert_eq!((event.kind, event.cpu), (NetdevWatchdog, Some(5)));
    assert_eq!((event.named[0].module.as_str(), event.named[0].by), ("acmenet", NamedBy::NetdevWatchdog));
}

#[test]
fn an_event_without_registers_leaves_the_next_trace_alone() {
    let text = format!(
        "BUG: Bad rss-counter state mm:1 type:MM_FILEPAGES val:2\nBUG: Bad rss-counter state mm:1 type:MM_ANONPAGES val:3\nacmefs: giving up\n{PROCESS}Call Trace:\n dump_stack+0x41/0x60\n acme_io+0x1/0x2 [acmefs]\n{BOTTOM}"
    );
    let log = read(&text);
    assert_eq!(log.events.iter().map(|e| e.kind).collect::<Vec<_>>(), [BadPage, BadPage, Other]);
    assert!(log.events[0].frames.is_empty());
}

#[test]
fn an_administrator_asked_for_it() {
    let sysrq = "SysRq : Trigger a crash\nBUG: unable to handle kernel NULL pointer dereference at           (null)\nIP: [<ffffffff813f5c36>] sysrq_handle_crash+0x16/0x20\nOops: 0002 [#1] SMP\n";
    let event = only(sysrq);
    assert_eq!((event.kind, event.trigger), (Oops, Trigger::Administrator));
    let by_function = "BUG: unable to handle kernel NULL pointer dereference at           (null)\nIP: [<ffffffff813f5c36>] sysrq_handle_crash+0x16/0x20\nOops: 0002 [#1] SMP\n";
    assert_eq!(only(by_function).trigger, Trigger::Administrator);
    let late = format!(
        "sysrq: Trigger a crash\nKernel panic - not syncing: sysrq triggered crash\n{PROCESS}Call Trace:\n dump_stack_lvl+0x1/0x2\n panic+0x1/0x2\n"
    );
    let event = only(&late);
    assert_eq!((event.kind, event.trigger), (Panic, Trigger::Administrator));
    assert_eq!(event.frames.len(), 2);
    let nmi = "Uhhuh. NMI received for unknown reason 3d on CPU 0.\nDo you have a strange power saving mode enabled?\nKernel panic - not syncing: NMI: Not continuing\n";
    assert_eq!(only(nmi).trigger, Trigger::Administrator);
}

#[test]
fn hardware_and_resources_are_triggers() {
    let mce = "mce: [Hardware Error]: CPU 3: Machine Check Exception: 5 Bank 4: b200000000070005\nmce: [Hardware Error]: RIP !INEXACT! 10:<ffffffff8103a744> {acme_io+0x1/0x2}\nmce: [Hardware Error]: TSC 0\nKernel panic - not syncing: Fatal machine check on current CPU\n";
    let event = only(mce);
    assert_eq!((event.kind, event.trigger, event.cpu), (MachineCheck, Trigger::Hardware, Some(3)));
    assert_eq!(event.panic.as_deref(), Some("Fatal machine check on current CPU"));
    let oom = format!(
        "acmed invoked oom-killer: gfp_mask=0x0, order=0, oom_score_adj=0\nacmed cpuset=/ mems_allowed=0\n{PROCESS}Call Trace:\n dump_stack+0x19/0x1b\n dump_header+0x8e/0x214\n oom_kill_process+0x24e/0x3b0\n page_fault+0x28/0x30\nMem-Info:\nactive_anon:1 inactive_anon:2\n[ pid ]   uid  tgid total_vm      rss\n[ 1234]     0  1234     1000      100\nOut of memory: Kill process 77 (acmed) score 900\n"
    );
    let event = only(&oom);
    assert_eq!((event.kind, event.trigger, event.frames.len()), (Oom, Trigger::Resource, 4));
}

#[test]
fn listings_that_were_asked_for_are_no_events() {
    let row = "acmed           D 0000000000000000     0    77      2 0x00000080\n";
    let blocked = format!(
        "SysRq : Show Blocked State\n  task                        PC stack   pid father\n{row}Call Trace:\n acme_wait+0x1/0x2 [acmefs]\n{BOTTOM}{row}Call Trace:\n acme_wait+0x1/0x2 [acmefs]\n{BOTTOM}"
    );
    let all_cpus = format!(
        "sysrq: Show backtrace of all active CPUs\nNMI backtrace for cpu 3\n{PROCESS}RIP: 0010:acme_io+0x1/0x2 [acmefs]\nCall Trace:\n{BOTTOM}NMI backtrace for cpu 4\n{PROCESS}Call Trace:\n{BOTTOM}"
    );
    let headless = format!(
        "{row}Call Trace:\n acme_wait+0x1/0x2 [acmefs]\n{BOTTOM}{row}Call Trace:\n acme_wait+0x1/0x2 [acmefs]\n{BOTTOM}"
    );
    let proc_stack = "===== 77\n[<ffffffff8122e2e9>] get_request_wait+0x119/0x1c0\n[<ffffffffa07717db>] acme_io+0x35b/0x6f0 [acmefs]\n[<ffffffff8116edb4>] sys_renameat+0x2c4/0x2e0\n[<ffffffffffffffff>] 0xffffffffffffffff\n";
    let tool = " [<ffffffffbc197f78>] call_rwsem_down_read_failed + 0x18/0x30\n [<ffffffffc09982b0>] acme_hook + 0x210/0x8c40 [acmefs]\n [<ffffffffbc599f92>] system_call_fastpath + 0x25/0x2a\n";
    let sleeping = "crash> foreach bt\nPID: 77     TASK: ffff8cd0660b4000  CPU: 3   COMMAND: \"acmed\"\n #0 [ffffa7eb08d8fa80] __schedule at ffffffff9687ec63\n #1 [ffffa7eb08d8fad8] schedule at ffffffff9697fbed\n #2 [ffffa7eb08d8fba0] acme_wait at ffffffffc0980b04 [acmefs]\n    RIP: 00007f2d  RSP: 00007ffd  RFLAGS: 00000246\n";
    let stopped = "PID: 0      TASK: ffff8cd0660b4000  CPU: 4   COMMAND: \"swapper/4\"\n #0 [ffffa7eb08d8fa80] crash_nmi_callback at ffffffff9687ec63\n #1 [ffffa7eb08d8fad8] nmi_handle at ffffffff9697fbed\n    [exception RIP: native_safe_halt+6]\n #2 [ffffa7eb08d8fba0] default_idle at ffffffff96980b04\n";
    let list_only = "Modules linked in: ext4 acmefs(OE) sd_mod\n";
    let cases = [&blocked, &all_cpus, &headless, proc_stack, tool, sleeping, stopped, list_only];
    for text in cases {
        assert_eq!(kinds(text), [], "{text}");
    }
    assert_eq!(kinds(&stamped(&blocked, 7)), []);
    assert_eq!(kinds(&stamped(&headless, 7)), []);
}

#[test]
fn an_event_ends_a_listing() {
    let text = format!(
        "SysRq : Show Regs\n{PROCESS}Call Trace:\n{BOTTOM}BUG: soft lockup - CPU#3 stuck for 22s! [acmed:77]\n{PROCESS}Call Trace:\n{BOTTOM}"
    );
    assert_eq!(kinds(&text), [SoftLockup]);
}

#[test]
fn a_crash_listing_with_an_exception_is_the_crash() {
    let listing = |path: &str| {
        format!(
            "PID: 77     TASK: ffff8cd0660b4000  CPU: 3   COMMAND: \"acmed\"\n #0 [ffffa7eb08d8fa80] machine_kexec at ffffffff9687ec63\n #1 [ffffa7eb08d8fad8] oops_end at ffffffff9697fbed\n #2 [ffffa7eb08d8fba0] {path} at ffffffff96980b04\n    [exception RIP: acme_io+71]\n    RIP: ffffffffc0b10fa7  RSP: ffffa7eb08d8fd28  RFLAGS: 00010207\n #3 [ffffa7eb08d8fd58] acme_submit at ffffffffc0d1f389 [acmefs]\n #4 [ffffa7eb08d8fd68] vfs_write at ffffffff96ccd356\n"
        )
    };
    for (path, kind) in [
        ("general_protection", Gpf),
        ("page_fault", Oops),
        ("double_fault", DoubleFault),
        ("divide_error", Oops),
        ("invalid_op", Bug),
    ] {
        let event = only(&listing(path));
        assert_eq!(event.kind, kind, "{path}");
        assert_eq!(
            (event.pid, event.cpu, event.comm.as_deref(), event.frames.len()),
            (Some(77), Some(3), Some("acmed"), 5)
        );
        assert_eq!(event.ip.as_ref().and_then(|ip| ip.symbol.as_deref()), Some("acme_io"));
        assert!(event.headless);
    }
    let two = format!(
        "{}{}",
        listing("page_fault"),
        "PID: 78     TASK: ffff8cd0660b4000  CPU: 4   COMMAND: \"other\"\n #0 [ffffa7eb08d8fa80] schedule at ffffffff9687ec63\n"
    );
    assert_eq!(kinds(&two), [Oops]);
}

#[test]
fn a_driver_that_dumps_its_own_stack_is_named() {
    let text = format!(
        "[  100.000000] acmegpu: board 7\n[  100.000001] acmegpu: ring 3: Timeout waiting for the engine\n[  100.000002] acmegpu: history follows\n[  100.000003] {PROCESS}[  100.000004] Hardware name: ACME\n[  100.000005] Call Trace:\n[  100.000006]  dump_stack+0x41/0x60\n[  100.000007]  acme_wait_ring+0x328/0x390 [acme_gpu]\n[  100.000008]  ? acme_ioctl+0x73/0x340 [acme_gpu]\n[  100.000009]  entry_SYSCALL_64_after_hwframe+0x61/0xc6\n[  100.000010] acmegpu: going on\n"
    );
    let event = only(&text);
    assert_eq!((event.kind, event.title.as_str()), (Other, "acmegpu: ring 3: Timeout waiting for the engine"));
    assert_eq!((event.origin.line, event.lines), (Some(2), (2, 10)));
    let named = &event.named[0];
    assert_eq!(
        (named.module.as_str(), named.by, named.symbol.as_deref()),
        ("acme_gpu", NamedBy::OwnMessage, Some("acme_wait_ring"))
    );
    assert!(event.headless);
}

#[test]
fn before_3_10_the_first_frame_is_the_caller() {
    let text = "acmefs: journal commit error\nPid: 77, comm: acmed Tainted: P           ---------------    2.6.32-358.el6.x86_64 #1\nCall Trace:\n [<ffffffffa04b1a2c>] ? acme_abort+0x3c/0x90 [acmefs]\n [<ffffffff8100c0ca>] ? child_rip+0xa/0x20\n";
    let event = only(text);
    assert_eq!((event.title.as_str(), event.named[0].module.as_str()), ("acmefs: journal commit error", "acmefs"));
    let foreign = only(&text.replace("acmefs: journal", "widgetdrv: journal"));
    assert!(foreign.named.is_empty());
}

#[test]
fn every_cpu_reports_the_same_machine_check() {
    let one = |cpu: u32| {
        format!(
            "mce: [Hardware Error]: CPU {cpu}: Machine Check Exception: 5 Bank 6: be00\nmce: [Hardware Error]: TSC 1a2b\n"
        )
    };
    let event = only(&format!("{}{}Kernel panic - not syncing: Fatal machine check on current CPU\n", one(5), one(17)));
    assert_eq!((event.kind, event.cpu, event.panic.is_some()), (MachineCheck, Some(5), true));
}

#[test]
fn a_message_long_before_a_trace_is_not_its_own() {
    let text = format!(
        "[   50.000000] acmegpu: Timeout\n[  100.000003] {PROCESS}[  100.000005] Call Trace:\n[  100.000006]  dump_stack+0x41/0x60\n[  100.000007]  acme_wait+0x328/0x390 [acme_gpu]\n"
    );
    let event = only(&text);
    assert!(event.named.is_empty());
    assert!(event.title.starts_with("trace without headline: CPU: 3"), "{}", event.title);
}

#[test]
fn an_assertion_takes_its_module_from_the_frames() {
    let text = "VERIFY3(a == b) failed (1 == 2)\nPANIC at acme_dataset.c:1003:acme_disown()\nShowing stack for process 77\nCPU: 2 PID: 77 Comm: acmed Tainted: G           O      5.10.103 #1\nCall Trace:\n dump_stack+0x74/0x92\n acme_dumpstack+0x29/0x2b [acmelib]\n acme_disown+0xe9/0x150 [acmefs]\n";
    let event = only(text);
    let ip = event.ip.as_ref().unwrap();
    assert_eq!(function(ip.symbol.as_deref(), ip.module.as_deref()), "acme_disown[acmefs]");
    assert_eq!((event.kind, event.origin.line, event.lines.0), (Other, Some(2), 1));
    assert_eq!((event.named[0].module.as_str(), event.named[0].by), ("acmefs", NamedBy::OwnMessage));
    let lustre = "LustreError: 77:0:(acme_obj.c:12:acme_put()) ASSERTION( x ) failed: \nLustreError: 77:0:(acme_obj.c:12:acme_put()) LBUG\nPid: 77, comm: acmed\n\nCall Trace:\n [<ffffffffa0b76895>] acme_dumpstack+0x55/0x80 [acmelib]\n [<ffffffffa0c5af19>] acme_put+0x839/0xcf0 [acmeobj]\n\nKernel panic - not syncing: LBUG\n";
    let event = only(lustre);
    assert_eq!((event.kind, event.panic.as_deref()), (Other, Some("LBUG")));
    assert_eq!(event.ip.unwrap().module.as_deref(), Some("acmeobj"));
}

#[test]
fn handlers_of_an_interrupt_are_no_frames() {
    let text = "irq 16: nobody cared (try booting with the \"irqpoll\" option)\nCPU: 0 PID: 0 Comm: swapper/0 Tainted: P           O 3.10.0 #1\nCall Trace:\n <IRQ>  [<ffffffff8160>] __report_bad_irq+0x29/0xd0\n [<ffffffff8161>] note_interrupt+0x104/0x150\nhandlers:\n[<ffffffffa0deb10a>] acme_irq [acmenet]\n[<ffffffff813deb10>] usb_hcd_irq\nDisabling IRQ #16\n";
    let event = only(text);
    assert_eq!((event.kind, event.frames.len()), (Other, 2));
    assert_eq!((event.named[0].module.as_str(), event.named[0].by), ("acmenet", NamedBy::IrqHandler));
}

#[test]
fn a_slab_report_names_the_module_of_the_cache() {
    let text = "=============================================================================\nBUG acmefs_inode (Tainted: G           OE    ): Poison overwritten\n-----------------------------------------------------------------------------\n\nModules linked in: acmefs(OE) acme(OE) ext4\nCPU: 3 PID: 77 Comm: acmed Tainted: G           OE  6.1.0 #1\nCall Trace:\n print_trailer+0x1/0x2\n kmem_cache_alloc+0x1/0x2\n";
    let event = only(text);
    assert_eq!((event.kind, event.named[0].module.as_str(), event.named[0].by), (Bug, "acmefs", NamedBy::SlabCache));
    let foreign = text.replace("acmefs_inode", "kmalloc-64");
    assert!(only(&foreign).named.is_empty());
}

#[test]
fn lockdep_shows_its_trace_last() {
    let text = "WARNING: possible circular locking dependency detected\n6.1.0 #1 Tainted: G           OE\n------------------------------------------------------\nacmed/77 is trying to acquire lock:\n-> #1 (&a){+.+.}-{3:3}:\n       lock_acquire+0x1/0x2\n       widget_lock+0x1/0x2 [widgetdrv]\n-> #0 (&b){+.+.}-{3:3}:\n       lock_acquire+0x1/0x2\n\nstack backtrace:\nCPU: 3 PID: 77 Comm: acmed Tainted: G           OE      6.1.0 #1\nCall Trace:\n dump_stack_lvl+0x1/0x2\n acme_lock+0x1/0x2 [acmefs]\n";
    let event = only(text);
    assert_eq!((event.kind, event.pid, event.frames.len()), (Warning, Some(77), 2));
}

#[test]
fn an_rcu_stall_takes_its_cpu_from_the_rows() {
    let text = format!(
        "rcu: INFO: rcu_sched self-detected stall on CPU\nrcu: \t7-....: (59999 ticks this GP) idle=7f2/1/0x4000000000000002 softirq=1/2 fqs=3\n\t(t=60000 jiffies g=1 q=2)\nNMI backtrace for cpu 7\nCPU: 7 PID: 77 Comm: acmed Tainted: G           OE    --------- -  - 4.18.0-305.el8.x86_64 #1\nRIP: 0010:acme_spin+0x1/0x2 [acmefs]\nCall Trace:\n <IRQ>\n dump_stack+0x41/0x60\n rcu_dump_cpu_stacks+0x1/0x2\n </IRQ>\n acme_poll+0x1/0x2 [acmefs]\n{BOTTOM}"
    );
    let event = only(&text);
    assert_eq!((event.kind, event.cpu, event.pid), (RcuStall, Some(7), Some(77)));
    assert_eq!(event.frames.len(), 6);
}

#[test]
fn traces_without_a_headline_prove_what_they_can() {
    let dump = |top: &str| format!("{PROCESS}Call Trace:\n{top}{BOTTOM}");
    let table = [
        (dump(" dump_stack+0x1/0x2\n acme_io+0x1/0x2 [acmefs]\n"), Other),
        (dump(" dump_stack+0x1/0x2\n dump_header+0x1/0x2\n oom_kill_process+0x1/0x2\n"), Oom),
        (dump(" dump_stack+0x1/0x2\n warn_alloc.cold+0x1/0x2\n"), AllocFailure),
        (dump(" dump_stack+0x1/0x2\n __warn+0x1/0x2\n warn_slowpath_fmt+0x1/0x2\n"), Warning),
        (dump(" dump_stack+0x1/0x2\n ___might_sleep.cold+0x1/0x2\n"), AtomicSleep),
        (dump(" dump_stack_lvl+0x1/0x2\n ubsan_epilogue+0x1/0x2\n __ubsan_handle_out_of_bounds+0x1/0x2\n"), Ubsan),
        (dump(" dump_stack+0x1/0x2\n acme_fault+0x1/0x2 [acmefs]\n do_page_fault+0x1/0x2\n page_fault+0x1/0x2\n"), Other),
        (dump(" <IRQ>\n watchdog_timer_fn+0x1/0x2\n </IRQ>\n"), SoftLockup),
        (dump(" ? page_fault_oops+0x1/0x2\n ? exc_page_fault+0x1/0x2\n acme_io+0x1/0x2 [acmefs]\n"), Oops),
        (dump(" ? exc_general_protection+0x1/0x2\n acme_io+0x1/0x2 [acmefs]\n"), Gpf),
        (format!("CPU 12:\nModules linked in: acmefs(U)\nPid: 77, comm: acmed Tainted: G      2.6.18-164.el5 #1\nRIP: 0010:[<ffffffff80094409>]  [<ffffffff80094409>] acme_io+0x90/0xfd\nCall Trace:\n{BOTTOM}"), SoftLockup),
        ("CPU: 3 PID: 77 Comm: acmed Not tainted 4.18.0 #1\nNIP:  c000003c7c00a000 LR: c00800000e586af4 CTR: c000003c7c00a000\nREGS: c0000036cc9db940 TRAP: 0300   Not tainted  (4.18.0)\nCall Trace:\n[c0000036cc9dbc40] [c00800000e586c88] acme_io+0x40/0xb0 [acmefs]\n".to_string(), Oops),
        ("      Tainted: P           OE    --------- -  - 4.18.0 #1\n\"echo 0 > /proc/sys/kernel/hung_task_timeout_secs\" disables this message.\nacmed           D    0    77      2 0x00000080\nCall Trace:\n acme_wait+0x1/0x2 [acmefs]\n".to_owned(), HungTask),
        (format!("{PROCESS}RIP: 0010:acme_io+0x1/0x2 [acmefs]\nCall Trace:\n{BOTTOM}---[ end trace 0000000000000000 ]---\nKernel panic - not syncing: Fatal exception\n"), Oops),
    ];
    for (text, kind) in table {
        let event = only(&text);
        assert_eq!(event.kind, kind, "{text}");
        assert!(event.headless);
    }
}

#[test]
fn frames_alone_count_where_the_kernel_printed_them() {
    let frames = " [<ffffffffa0b76895>] acme_a+0x55/0x80 [acmefs]\n [<ffffffffa0c5af19>] acme_b+0x839/0xcf0 [acmefs]\n [<ffffffff81ab1e5a>] vfs_write+0x10a/0x270\n";
    assert_eq!(kinds(frames), []);
    assert_eq!(kinds(&stamped(frames, 7)), [Other]);
}

#[test]
fn a_pointer_of_user_mode_or_behind_the_end_is_not_the_events() {
    let text = format!(
        "WARNING: CPU: 3 PID: 77 at a.c:1 acme_warn+0x1/0x2 [acmefs]\n{PROCESS}Call Trace:\n dump_stack+0x1/0x2\n{BOTTOM}RIP: 0033:0x7f3d2b13e8f7\n---[ end trace 0000000000000000 ]---\nRIP: 0010:other_fn+0x1/0x2 [widgetdrv]\n"
    );
    let ip = only(&text).ip.unwrap();
    assert_eq!(function(ip.symbol.as_deref(), ip.module.as_deref()), "acme_warn[acmefs]");
    let inside = format!(
        "BUG: sleeping function called from invalid context at mm/slab.h:421\nin_atomic(): 1, irqs_disabled(): 0, pid: 78, name: acme d\n{PROCESS}Call Trace:\n <IRQ>\n dump_stack+0x1/0x2\n </IRQ>\nRIP: 0010:interrupted_fn+0x1/0x2\n{BOTTOM}"
    );
    let event = only(&inside);
    assert_eq!((event.ip, event.pid, event.comm.as_deref()), (None, Some(78), Some("acme d")));
}

#[test]
fn the_same_event_again_is_counted() {
    let lockup = |seconds: u32, symbol: &str| {
        format!(
            "watchdog: BUG: soft lockup - CPU#3 stuck for {seconds}s! [acmed:77]\nModules linked in: acmefs(OE) ext4\n{PROCESS}RIP: 0010:{symbol}+0x1/0x2 [acmefs]\nCall Trace:\n{BOTTOM}"
        )
    };
    let text = format!(
        "{}{}{}{}",
        lockup(22, "acme_spin"),
        lockup(45, "acme_spin"),
        lockup(22, "acme_other"),
        lockup(68, "acme_spin")
    );
    let log = read(&text);
    assert_eq!(log.events.iter().map(|e| e.repeats).collect::<Vec<_>>(), [2, 0]);
    let lists: Vec<_> = log.events.iter().map(|e| e.linked_in.clone().unwrap()).collect();
    assert!(Arc::ptr_eq(&lists[0], &lists[1]), "one list serves both");
}

#[test]
fn more_events_than_are_kept_are_counted() {
    let text: String =
        (0..10_050).map(|at| format!("BUG: Bad rss-counter state mm:1 type:MM_FILEPAGES val:{at}\n")).collect();
    let log = read(&text);
    assert_eq!((log.events.len(), log.events_dropped, log.lines), (10_000, 50, 10_050));
}

#[test]
fn a_cut_log_leaves_a_truncated_event() {
    let whole = format!(
        "Oops: 0002 [#1] SMP\nModules linked in: acmefs(OE) ext4\n{PROCESS}RIP: 0010:acme_io+0x1/0x2 [acmefs]\nCall Trace:\n{BOTTOM}---[ end trace 0000000000000000 ]---\n"
    );
    assert!(!only(&whole).truncated);
    let lines: Vec<&str> = whole.lines().collect();
    for (cut, truncated) in [(1, true), (2, true), (4, true), (5, true), (6, true), (8, false)] {
        let text: String = lines.iter().take(cut).map(|line| format!("{line}\n")).collect();
        assert_eq!(only(&text).truncated, truncated, "{cut}: {}", told(&only(&text)));
    }
    let cut_list = only("Oops: 0002 [#1] SMP\nModules linked in: acmefs(OE) ext");
    assert!(!cut_list.linked_in.unwrap().complete);
}

#[test]
fn an_event_is_over_after_a_minute_or_twenty_lines() {
    let head = "[  100.000000] WARNING: CPU: 3 PID: 77 at a.c:1 acme_warn+0x1/0x2 [acmefs]\n[  100.000001] Call Trace:\n[  100.000002]  acme_a+0x1/0x2 [acmefs]\n";
    let late = format!("{head}[  200.000000] Kernel panic - not syncing: something else\n");
    assert_eq!(kinds(&late), [Warning, Panic]);
    let prompt = format!("{head}[  100.100000] Kernel panic - not syncing: panic_on_warn set ...\n");
    assert_eq!(kinds(&prompt), [Warning]);
    let chatter: String = (0..25).map(|at| format!("[  101.{at:06}] acmenet: line {at}\n")).collect();
    assert_eq!(
        kinds(&format!("{head}{chatter}[  102.000000] Kernel panic - not syncing: something else\n")),
        [Warning, Panic]
    );
}

#[test]
fn the_pointer_of_a_lost_pre_line_is_its_faults_own() {
    let trace = format!("{PROCESS}RIP: 0010:acme_io+0x1/0x2 [acmefs]\nCall Trace:\n{BOTTOM}");
    let log = format!("IP: acme_io+0x1/0x2 [acmefs]\nPGD 0\nOops: 0002 [#1] SMP\n{trace}");
    assert_eq!(kinds(&stamped(&log, 40)), [Oops]);
    let two = format!("{trace}Oops: 0002 [#2] SMP\n{trace}");
    assert_eq!(kinds(&stamped(&two, 40)), [Other, Oops], "a whole trace before it is another event's");
}

#[test]
fn lockdep_says_release_taint_and_task_before_its_trace() {
    let banner = "=====================================\n";
    let event = only(&format!(
        "{banner}[ BUG: bad unlock balance detected! ]\n3.4.0-7.el7 #288 Tainted: G        W  O\n{banner}acmed/3/17706 is trying to release lock (&q->lock) at:\n[<ffffffff81329372>] blk_queue_bio+0x2a2/0x380\nbut there are no more locks to release!\n\nstack backtrace:\nCall Trace:\n [<ffffffffa0001111>] acme_unlock+0x1/0x2 [acmefs]\n"
    ));
    assert_eq!((event.kind, event.pid, event.comm.as_deref()), (Warning, Some(17706), Some("acmed/3")));
    assert_eq!(event.release.as_ref().map(|r| r.as_str()), Some("3.4.0-7.el7"));
    assert_eq!(event.frames.len(), 1, "{:?}", event.frames);
    let held = "[ BUG: lock held when returning to user space! ]\n6.1.0 #1 Not tainted\nacmed/77 is leaving the kernel with locks still held!\n1 lock held by acmed/77:\n #0:  (sk_lock-AF_INET){+.+.+.}, at: [<ffffffff82b9503f>] acme_send+0x2f/0x550\n";
    assert_eq!(kinds(&stamped(held, 4)), [Warning]);
}
