//! The tables of headlines and of line heads: every row is reached, every headline is read.

use std::collections::BTreeSet;

use super::class::Class;
use super::grammar::classify;
use super::starters::{Place, Role, STARTERS};
use super::{matching, process};
use crate::facts::EventKind::{self, *};
use crate::facts::PrintedTaint;

/// A headline, its kind, and what it says of CPU, process and function.
struct Case {
    line: &'static str,
    kind: Option<EventKind>,
    says: &'static str,
}

const fn case(line: &'static str, kind: EventKind, says: &'static str) -> Case {
    Case { line, kind: Some(kind), says }
}

const fn none(line: &'static str) -> Case {
    Case { line, kind: None, says: "" }
}

/// At least one line for every row of the table.
const CASES: &[Case] = &[
    none("------------[ cut here ]------------"),
    none("----------- [cut here ] --------- [please bite here ] ---------"),
    case(
        "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)",
        Panic,
        "panic=VFS: Unable to mount root fs on unknown-block(0,0)",
    ),
    case(
        "Kernel panic - not syncing: stack-protector: Kernel stack is corrupted in: acme_io+0x1/0x2 [acmefs]",
        Panic,
        "fn=acme_io[acmefs] panic=stack-protector: Kernel stack is corrupted in: acme_io+0x1/0x2 [acmefs]",
    ),
    case("Kernel panic: Fatal exception", Panic, "panic=Fatal exception"),
    case("Kernel panic: Aiee, killing interrupt handler!", Panic, "panic=Aiee, killing interrupt handler!"),
    case("Panic on CPU 2:", Panic, "cpu=2"),
    case(
        "Oops: general protection fault, probably for non-canonical address 0xdead000000000100: 0000 [#1] SMP NOPTI",
        Gpf,
        "oops=1",
    ),
    case("Oops: double fault: 0000 [#2] PREEMPT SMP", DoubleFault, "oops=2"),
    case("Oops: stack guard page: 0000 [#1] SMP", DoubleFault, "oops=1"),
    case("kernel stack overflow (double-fault): 0000 [#1] SMP", DoubleFault, "oops=1"),
    case("general protection fault: 0000 [#1] SMP PTI", Gpf, "oops=1"),
    case("general protection fault: 0000 [1] SMP", Gpf, "oops=1"),
    case("general protection fault: 0000", Gpf, ""),
    case("general protection fault, maybe for address 0xffff888100000000: 0000 [#3] SMP", Gpf, "oops=3"),
    case("stack guard page: 0000 [#1] PREEMPT SMP", DoubleFault, "oops=1"),
    case("double fault: 0000 [#1] SMP", DoubleFault, "oops=1"),
    case("Internal error: Oops - BUG: 0 [#1] PREEMPT SMP", Bug, "oops=1"),
    case("Internal error: Oops: 96000004 [#1] SMP", Oops, "oops=1"),
    case("Oops: 0002 [#1] SMP", Oops, "oops=1"),
    case("Oops: 0002 [1] SMP ", Oops, "oops=1"),
    case("Oops: 0002", Oops, ""),
    case("Oops: Oops: 0000 [#1] SMP NOPTI", Oops, "oops=1"),
    case("Oops: Kernel access of bad area, sig: 11 [#1]", Oops, "oops=1"),
    case("invalid opcode: 0000 [#1] SMP", Oops, "oops=1"),
    case("invalid operand: 0000", Oops, ""),
    case("invalid operand: 0000 [#1]", Oops, "oops=1"),
    case("divide error: 0000 [#1] SMP", Oops, "oops=1"),
    case("stack segment: 0000 [#1] SMP", Oops, "oops=1"),
    case("segment not present: 0000 [#1] SMP", Oops, "oops=1"),
    case("invalid TSS: 0000 [#1] SMP", Oops, "oops=1"),
    case("int3: 0000 [#1] SMP", Oops, "oops=1"),
    case("bad pagetable: 000f [#1] SMP", Oops, "oops=1"),
    case(r#""message": "Oops - undefined instruction: 0 [#1] SMP ARM","#, Oops, "oops=1"),
    case("protection exception: 0004 ilc:2 [#1] SMP", Oops, "oops=1"),
    case("BUG: unable to handle kernel paging request at ffffc90000a14000", Oops, ""),
    case("BUG: unable to handle page fault for address: 0000000100000002", Oops, ""),
    case("BUG: kernel NULL pointer dereference, address: 0000000000000020", Oops, ""),
    case("BUG: Unable to handle kernel data access on read at 0x00000018", Oops, ""),
    case("BUG: Kernel NULL pointer dereference on read at 0x00000018", Oops, ""),
    case("Unable to handle kernel NULL pointer dereference at virtual address 00000018", Oops, ""),
    case("unable to handle kernel paging request at 0000", Oops, ""),
    case("Unhandled fault: synchronous external abort (0x210) at 0xffff0000", Oops, ""),
    case("Bad mode in Synchronous Abort handler detected, code 0x8600000e", Oops, ""),
    case("kernel tried to execute NX-protected page - exploit attempt? (uid: 0)", Oops, ""),
    case("Kernel attempted to read user page (18) - exploit attempt? (uid: 0)", Oops, ""),
    case("PANIC: double fault, error_code: 0x0", DoubleFault, ""),
    case("traps: PANIC: double fault, error_code: 0x0", DoubleFault, ""),
    case("BUG: stack guard page was hit at 00000000a1b2c3d4 (stack is 0..1)", DoubleFault, ""),
    case("BUG: TASK stack guard page was hit at 00000000a1b2c3d4 (stack is 0..1)", DoubleFault, ""),
    case("Insufficient stack space to handle exception!", DoubleFault, ""),
    case("kernel stack overflow", DoubleFault, ""),
    case("Kernel stack overflow.", DoubleFault, ""),
    case("SError Interrupt on CPU3, code 0xbf000002 -- SError", Oops, "cpu=3"),
    case("kernel BUG at drivers/acme/acme.c:77!", Bug, ""),
    case("kernel BUG in acme_sync at drivers/acme/acme.c:77!", Bug, "name=acme_sync"),
    case("Kernel BUG at acme:77", Bug, ""),
    case("Kernel BUG at acme_sync+0x1/0x2 [verbose debug info unavailable]", Bug, ""),
    case(
        "WARNING: at fs/acme/acme.c:940 acme_setup+0x227/0x250 [acmefs]() (Tainted: P           ---------------   )",
        Warning,
        "fn=acme_setup[acmefs]",
    ),
    case("WARNING: at fs/acme/acme.c:940 acme_setup+0x227/0x250()", Warning, "fn=acme_setup"),
    case("WARNING: at fs/acme/acme.c:940 acme_setup()", Warning, "name=acme_setup"),
    case(
        "WARNING: CPU: 47 PID: 3546 at lib/list_debug.c:29 __list_add+0x65/0xc0",
        Warning,
        "cpu=47 pid=3546 fn=__list_add",
    ),
    case(
        "WARNING: CPU: 6 PID: 6388 at 0xffffffffa0d0db69 [acmefs@0000000021657a92+0x7e000]",
        Warning,
        "cpu=6 pid=6388 fn=?[acmefs]",
    ),
    case("WARNING: CPU: 4 PID: 35 at acme_main+0x65/0xc0 [acmefs]", Warning, "cpu=4 pid=35 fn=acme_main[acmefs]"),
    case(
        "WARNING: CPU: 4 PID: 35 at net/sched/sch_generic.c:300 dev_watchdog+0x242/0x250()",
        Warning,
        "cpu=4 pid=35 fn=dev_watchdog",
    ),
    case(
        "WARNING: drivers/gpio/gpiolib.c:3523 at gpiod_get_value+0x64/0x98, CPU#0: swapper/0/0",
        Warning,
        "cpu=0 pid=0 comm=swapper/0 fn=gpiod_get_value",
    ),
    case(
        "WARNING: CPU: 4 PID: 35 at fs/acme/acme.c:104 acme_warn (kbuild/fs/acme/acme.c:89 (discriminator 1)) acmefs",
        Warning,
        "cpu=4 pid=35 fn=acme_warn[acmefs]",
    ),
    case("Badness in acme_sync at drivers/acme/acme.c:77", Warning, "name=acme_sync"),
    case("Badness at drivers/acme/acme.c:77", Warning, ""),
    case("BUG: warning at drivers/acme/acme.c:77/acme_sync() (Tainted: P)", Warning, "name=acme_sync"),
    case("WARNING: possible circular locking dependency detected", Warning, ""),
    case("WARNING: inconsistent lock state", Warning, ""),
    case("WARNING: bad unlock balance detected!", Warning, ""),
    case("WARNING: suspicious RCU usage", Warning, ""),
    case("WARNING: held lock freed!", Warning, ""),
    case("WARNING: lock held when returning to user space!", Warning, ""),
    case("WARNING: bad contention detected!", Warning, ""),
    case("WARNING: Nested lock was not taken", Warning, ""),
    case("[ BUG: bad unlock balance detected! ]", Warning, ""),
    case("[ INFO: possible circular locking dependency detected ]", Warning, ""),
    case("[ INFO: inconsistent lock state ]", Warning, ""),
    case("[ INFO: suspicious RCU usage. ]", Warning, ""),
    case("INFO: possible recursive locking detected", Warning, ""),
    case("list_add corruption. next->prev should be prev (ffff939228da1880), but was 0.", ListCorruption, ""),
    case("list_add double add: new=ffff, prev=ffff, next=ffff.", ListCorruption, ""),
    case("list_del corruption, ffff88->next is LIST_POISON1 (dead000000000100)", ListCorruption, ""),
    case("slist_del corruption", ListCorruption, ""),
    case("usercopy: Kernel memory exposure attempt detected from SLUB object 'acme_io' (offset 0, size 9)!", Bug, ""),
    case("NETDEV WATCHDOG: eth0 (acmenet): transmit queue 3 timed out", NetdevWatchdog, "NetdevWatchdog=acmenet"),
    case("NETDEV WATCHDOG: eth0: transmit timed out", NetdevWatchdog, ""),
    case(
        "acmenet 0000:3b:00.0 eno1: NETDEV WATCHDOG: CPU: 5: transmit queue 0 timed out 5012 ms",
        NetdevWatchdog,
        "cpu=5 NetdevWatchdog=acmenet",
    ),
    case("BUG: soft lockup - CPU#1 stuck for 10s! [acmed:982]", SoftLockup, "cpu=1 pid=982 comm=acmed"),
    case(
        "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [kworker/1:1H:98]",
        SoftLockup,
        "cpu=1 pid=98 comm=kworker/1:1H",
    ),
    case(
        "NMI watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [swapper/1:0]",
        SoftLockup,
        "cpu=1 pid=0 comm=swapper/1",
    ),
    case("BUG: soft lockup detected on CPU#3!", SoftLockup, "cpu=3"),
    case("Watchdog detected hard LOCKUP on cpu 3", HardLockup, "cpu=3"),
    case("NMI watchdog: Watchdog detected hard LOCKUP on cpu 3", HardLockup, "cpu=3"),
    case("NMI Watchdog detected LOCKUP on CPU 3", HardLockup, "cpu=3"),
    case("NMI Watchdog detected LOCKUP on CPU1, eip c011e3cb, registers:", HardLockup, "cpu=1"),
    case("watchdog: CPU 2 detected hard LOCKUP on other CPUs 3", HardLockup, ""),
    case("Watchdog CPU:2 detected Hard LOCKUP other CPUS:3", HardLockup, ""),
    case("watchdog: CPU 3 Hard LOCKUP", HardLockup, "cpu=3"),
    case(
        "watchdog: CPU 3 self-detected hard LOCKUP @ acme_spin+0x10/0x20 [acmefs]",
        HardLockup,
        "cpu=3 fn=acme_spin[acmefs]",
    ),
    case("Watchdog CPU:3 Hard LOCKUP", HardLockup, "cpu=3"),
    case("INFO: task acme:x:77 blocked for more than 120 seconds.", HungTask, "pid=77 comm=acme:x"),
    case(
        "INFO: rcu_sched detected stalls on CPUs/tasks: { 5} (detected by 2, t=60002 jiffies, g=1, c=0, q=9)",
        RcuStall,
        "cpu=5",
    ),
    case("rcu: INFO: rcu_sched detected stalls on CPUs/tasks:", RcuStall, ""),
    case("INFO: rcu_sched_state detected stall on CPU 7 (t=60000 jiffies)", RcuStall, "cpu=7"),
    case("rcu: INFO: rcu_preempt detected expedited stalls on CPUs/tasks: { 3-.... } 21 jiffies", RcuStall, "cpu=3"),
    case("rcu: INFO: rcu_preempt self-detected stall on CPU", RcuStall, ""),
    case("INFO: rcu_sched self-detected stall on CPU { 7}  (t=60000 jiffies g=1 c=0 q=1)", RcuStall, "cpu=7"),
    case("INFO: RCU detected CPU 7 stall (t=60000 jiffies)", RcuStall, "cpu=7"),
    case("INFO: RCU detected CPU stalls: 7 (detected by 1, t=60000 jiffies)", RcuStall, ""),
    case("BUG: scheduling while atomic: acmed/0x10000100/77", AtomicSleep, "pid=77 comm=acmed"),
    case("BUG: scheduling while atomic: kworker/1:2/77/0x10000100", AtomicSleep, "pid=77 comm=kworker/1:2"),
    case("bad: scheduling while atomic!", AtomicSleep, ""),
    case("BUG: using smp_processor_id() in preemptible [00000000] code: kworker/1:2/77", Warning, ""),
    case("BUG: using __this_cpu_read() in preemptible [00000000] code: acmed/77", Warning, ""),
    case("bad: scheduling from the idle thread!", AtomicSleep, ""),
    case("BUG: sleeping function called from invalid context at mm/slab.h:421", AtomicSleep, ""),
    case("Debug: sleeping function called from invalid context at mm/slab.c:1", AtomicSleep, ""),
    case("BUG: atomic scheduling", AtomicSleep, ""),
    case("BUG: Bad rss-counter state mm:00000000bf899335 type:MM_ANONPAGES val:1", BadPage, ""),
    case("BUG: Bad page state in process acme fs  pfn:1234", BadPage, "comm=acme fs"),
    case("BUG: Bad page map in process acmed  pte:8000 pmd:7f", BadPage, "comm=acmed"),
    case("BUG: Bad page cache in process acmed  pfn:81fdec", BadPage, "comm=acmed"),
    case("Bad page state in process 'acmed'", BadPage, "comm=acmed"),
    case("acmed: page allocation failure: order:4, mode:0x40dc0", AllocFailure, "comm=acmed"),
    case("acmed: page allocation failure. order:4, mode:0x20", AllocFailure, "comm=acmed"),
    case("acmed: page allocation stalls for 10000ms, order:0", AllocFailure, "comm=acmed"),
    case("acmed: vmalloc error: size 4096, page order 0", AllocFailure, "comm=acmed"),
    case("acmed: vmalloc: allocation failure: 4096 bytes", AllocFailure, "comm=acmed"),
    case("acme agent invoked oom-killer: gfp_mask=0x201da, order=0, oom_score_adj=0", Oom, "comm=acme agent"),
    case("oom-killer: gfp_mask=0xd0", Oom, ""),
    case("BUG: KASAN: use-after-free in acme_io+0x14c/0x2d0 [acmefs]", Kasan, "fn=acme_io[acmefs] Headline=acmefs"),
    case("BUG: KASAN: null-ptr-deref in acme_io", Kasan, "name=acme_io"),
    case(
        "BUG: KFENCE: out-of-bounds read in acme_io+0x14c/0x2d0 [acmefs]",
        Kasan,
        "fn=acme_io[acmefs] Headline=acmefs",
    ),
    case("BUG: KMSAN: uninit-value in acme_io+0x14c/0x2d0", Kasan, "fn=acme_io"),
    case("BUG: KCSAN: data-race in acme_get / acme_put", Kasan, "name=acme_get"),
    case("UBSAN: array-index-out-of-bounds in drivers/acme/acme.c:577:45", Ubsan, ""),
    case("BUG acme_io (Tainted: P           OE    ): Poison overwritten", Bug, "SlabCache=acme_io"),
    case("BUG kmalloc-64 (Not tainted): Redzone overwritten", Bug, "SlabCache=kmalloc-64"),
    case("BUG acme_task: Objects remaining on kmem_cache_close()", Bug, "SlabCache=acme_task"),
    case("BUG acme_task: Redzone overwritten", Bug, "SlabCache=acme_task"),
    case("BUG acme_task: Poison overwritten", Bug, "SlabCache=acme_task"),
    case("BUG acme_task: Padding overwritten. 0xffff-0xffff @offset=4095", Bug, "SlabCache=acme_task"),
    case("BUG acme_task: Object padding overwritten", Bug, "SlabCache=acme_task"),
    case("BUG acme_task: Object already free", Bug, "SlabCache=acme_task"),
    case("BUG acme_task: Freepointer corrupt", Bug, "SlabCache=acme_task"),
    case("mce: [Hardware Error]: CPU 3: Machine Check Exception: 5 Bank 4: b200000000070005", MachineCheck, "cpu=3"),
    case("CPU 3: Machine Check Exception: 4 Bank 4: b200000000070005", MachineCheck, "cpu=3"),
    case("mce: [Hardware Error]: CPU 3: Machine Check: 0 Bank 5: be00000000800400", MachineCheck, "cpu=3"),
    case("Machine check in kernel mode.", MachineCheck, ""),
    case("{1}[Hardware Error]: Hardware error from APEI Generic Hardware Error Source: 1", MachineCheck, ""),
    case("Uhhuh. NMI received for unknown reason 2d on CPU 3.", Nmi, "cpu=3"),
    case("NMI: PCI system error (SERR) for reason a1 on CPU 0.", Nmi, ""),
    case("NMI: IOCK error (debug interrupt?) for reason 71 on CPU 0.", Nmi, ""),
    case("irq 16: nobody cared (try booting with the \"irqpoll\" option)", Other, ""),
    case("INFO: trying to register non-static key.", Other, ""),
    case("VERIFY3(a == b) failed (1 == 2)", Other, ""),
    case("ASSERTION(x) failed", Other, ""),
    case("PANIC at acme_dataset.c:1003:acme_disown()", Other, "name=acme_disown"),
    case("LustreError: 77:0:(acme.c:12:acme_put()) ASSERTION( x ) failed: ", Other, "name=acme_put"),
    case("LustreError: 77:0:(acme.c:12:acme_put()) LBUG", Other, "name=acme_put"),
    case("BUG: workqueue lockup - pool cpus=3 node=0 flags=0x0 nice=0 stuck for 32s!", Bug, ""),
    case("BUG: spinlock lockup suspected on CPU#3, acmed/77", Bug, "cpu=3"),
    none("SysRq : Trigger a crash"),
    none("sysrq: Trigger a crash"),
    none("sysrq: SysRq : Trigger a crash"),
    none("SysRq : Crashdump triggered"),
    none("SysRq : Show Blocked State"),
    none("sysrq: Show State"),
    none("sysrq: SysRq : Show backtrace of all active CPUs"),
    none("NMI backtrace for cpu 3"),
    none("Sending NMI from CPU 7 to CPUs 0-6:"),
    none("sending NMI to all CPUs:"),
    none("Task dump for CPU 3:"),
    Case {
        line: "PID: 62215  TASK: ffff8cd0660b4000  CPU: 3   COMMAND: \"acme d\"",
        kind: None,
        says: "cpu=3 pid=62215 comm=acme d",
    },
];

/// The lines of all cases.
pub(in crate::kernel_log) fn headlines() -> impl Iterator<Item = &'static str> {
    CASES.iter().map(|case| case.line)
}

/// A headline in one line.
fn says(line: &str, row: u16) -> String {
    let headline = matching::headline(row, line);
    let mut parts = Vec::new();
    let mut part = |name: &str, value: Option<String>| parts.extend(value.map(|value| format!("{name}={value}")));
    part("cpu", headline.cpu.map(|n| n.to_string()));
    part("pid", headline.pid.map(|n| n.to_string()));
    part("comm", headline.comm.map(str::to_owned));
    let module = |module: Option<&str>| module.map_or_else(String::new, |m| format!("[{m}]"));
    part("fn", headline.function.map(|f| format!("{}{}", f.symbol.unwrap_or("?"), module(f.module))));
    part("name", headline.function_name.map(str::to_owned));
    part("oops", headline.oops_number.map(|n| n.to_string()));
    part("panic", headline.panic.map(str::to_owned));
    if let Some(named) = headline.named {
        part(&format!("{:?}", named.by), Some(named.module.to_owned()));
    }
    parts.join(" ")
}

#[test]
fn every_headline_is_known_and_read() {
    let mut reached = BTreeSet::new();
    for Case { line, kind, says: expected } in CASES {
        let Class::Starter(row) = classify(line) else { panic!("no starter: {line}") };
        reached.insert(row);
        assert_eq!(matching::row(row).unwrap().kind, *kind, "{line}");
        assert_eq!(says(line, row), *expected, "{line}");
    }
    for (row, starter) in STARTERS.iter().enumerate() {
        assert!(
            reached.contains(&u16::try_from(row).unwrap()),
            "no case for the row {:?} {:?}",
            starter.text,
            starter.also
        );
    }
}

#[test]
fn longer_texts_stand_before_those_that_begin_them() {
    for (at, starter) in STARTERS.iter().enumerate() {
        let hidden = STARTERS[at + 1..].iter().find(|later| {
            later.place == Place::Head
                && starter.place == Place::Head
                && later.text.starts_with(starter.text)
                && starter.also.is_empty()
                && later.role != Role::Die
        });
        assert!(hidden.is_none(), "{:?} hides {:?}", starter.text, hidden.map(|h| h.text));
    }
}

#[test]
fn messages_that_only_look_like_headlines() {
    let lines = [
        "traps: acmed[77] general protection fault ip:7f1 sp:7ff error:0 in libc.so[7f0+1b8000]",
        "acmed[77] general protection ip:7f1 sp:7ff error:0 in libc.so[7f0+1b8000]",
        "acmed[77] trap invalid opcode ip:7f1 sp:7ff error:0 in acmed[400000+1000]",
        "acmed[77] trap divide error ip:7f1 sp:7ff error:0 in acmed[400000+1000]",
        "DEBUG: acme is fine",
        "[Firmware Bug]: TSC doesn't count with P0 frequency!",
        "WARNING: this device is not supported",
        "Oops: something went wrong in the application",
        "mce: [Hardware Error]: Machine check events logged",
        "mce: CPU supports 20 MCE banks",
        "watchdog: Enabling NMI watchdog",
        "NMI watchdog: Enabled. Permanently consumes one hw-PMU counter.",
        "INFO: acme started",
        "rcu: Hierarchical RCU implementation.",
        "perf: interrupt took too long (2504 > 2500)",
        "Memory cgroup out of memory: Killed process 77 (acmed)",
        "PID: 77 TTY: 0",
        // sentences that quote a headline, and sources that hold one
        "the console shows `NETDEV WATCHDOG: eth0 (acmenet): transmit queue 2 timed out` again",
        "and then: NETDEV WATCHDOG: eth0 (acmenet): transmit queue 2 timed out",
        "又是 `NETDEV WATCHDOG: CPU: 3: transmit queue 2 timed out 5000 ms`",
        "it was again `Machine Check Exception: 4 Bank 5: be00000000800400`:",
        "I see a Machine Check Exception: 4 on this host",
        r#""[  100.001234] mce: [Hardware Error]: CPU 0: Machine Check Exception: 5 Bank 0\n""#,
        "our monitor greps for Hardware error from APEI Generic Hardware Error Source",
        "'kernel: page allocation failure: order',",
        "whatever runs there gets a page allocation failure: order:4",
        r#"text:  "2026-09-19T17:27:56+00:00 web-1 kernel: acmed invoked oom-killer: gfp_mask=0x100","#,
        "on Monday the web server invoked oom-killer: see below",
        "the log holds \"Oops: 0002 [#1] SMP\" and no more",
        "(see the manual) LBUG",
        "invalid operand: add",
        "Panic timeout: 10",
    ];
    for line in lines {
        assert!(!matches!(classify(line), Class::Starter(_)), "{line}");
    }
}

#[test]
fn the_classes_of_ordinary_lines_of_an_event() {
    let table: &[(&str, Class)] = &[
        ("Modules linked in: ext4", Class::List),
        ("CPU: 3 PID: 77 Comm: acmed Not tainted 6.1.0 #1", Class::Process),
        ("CPU: 3 UID: 0 PID: 77 Comm: acmed Tainted: G           OE", Class::Process),
        ("CPU: 62 UID: 1000 PID: 5149 Comm:", Class::Process),
        ("Pid: 77, comm: acmed Tainted: P           ----------------    2.6.32-504.el6.x86_64 #1", Class::Process),
        ("Pid: 77, comm:              acmed", Class::Where),
        ("CPU 3 ", Class::Where),
        ("CPU 3:", Class::Where),
        ("CPU:    3", Class::Where),
        ("Process acmed (pid: 77, threadinfo ffff88013c3e0000, task ffff88013c056ab0)", Class::Where),
        ("TASK = c000000f6a2b0000[4711] 'acmed' THREAD: c000000f6a2b0000 CPU: 12", Class::Where),
        ("RIP: 0010:acme_io+0x1/0x2", Class::Pointer),
        ("RIP: 0033:0x7f3d2b13e8f7", Class::Pointer),
        ("Krnl PSW : 0704e00180000000 000003ff801d36ae (acme_xmit+0x5e/0x98 [acmeqeth])", Class::Pointer),
        ("RAX: 0000000000000000 RBX: 531f7ee27e8e05c2 RCX: ffffd34540000000", Class::Dump),
        ("RSP: 0018:ffffbbfd75103e58 EFLAGS: 00010203", Class::Dump),
        ("eax: 00200034   ebx: d04718ec   ecx: 00000000   edx: f40b1a00", Class::Dump),
        ("x29: ffff80001e5a3c90 x28: 0000000000000000 ", Class::Dump),
        ("GPR00: c00800000e586ab4 c0000036cc9dbbc0", Class::Dump),
        ("Code: 00 <0f> 0b", Class::Dump),
        (" 0000000000000000 000000000000000e 0000000000000000 ffff88013c3e3c68", Class::Dump),
        ("60000000 e9228130 e9290000", Class::Dump),
        ("Call Trace:", Class::TraceHead),
        ("Call trace:", Class::TraceHead),
        ("stack backtrace:", Class::TraceAnew),
        ("Allocated by task 7850:", Class::OtherTrace),
        (" <IRQ>", Class::Frame),
        (" acme_io+0x1/0x2 [acmefs]", Class::Frame),
        ("--- Exception: 901 at plpar_hcall_norets+0x8c/0xdc", Class::Frame),
        ("---[ end trace 0000000000000000 ]---", Class::End),
        ("---[ end Kernel panic - not syncing: Fatal exception ]---", Class::Tail),
        ("note: acmed[77] exited with preempt_count 1", Class::Tail),
        ("Kernel Offset: disabled", Class::Tail),
        ("Rebooting in 10 seconds..", Class::Tail),
        ("Hardware name: ACME Server", Class::Info),
        ("\t3-....: (1 GPs behind) idle=7f2/1/0x4000000000000000 softirq=1/2 fqs=3", Class::Info),
        ("\t(detected by 2, t=60002 jiffies, g=77, q=9)", Class::Info),
        ("==================================================================", Class::Info),
        ("acmed           D 0000000000000000     0    77      2 0x00000080", Class::TaskRow),
        ("acmed           D    0    77      2 0x00000080", Class::TaskRow),
        ("task:acmed           state:D stack:    0 pid:   77 ppid:     2 flags:0x00004000", Class::TaskRow),
        ("kjournald     D ffff810001004420     0  1234     11          1250  1201 (L-TLB)", Class::TaskRow),
        ("** 77 printk messages dropped **", Class::Noise),
        ("acme_warn: 12 callbacks suppressed", Class::Noise),
        ("   ", Class::Blank),
        ("acmefs: mounted", Class::Other),
        ("NVRM: GPU at PCI:0000:07:00", Class::Other),
        ("EXT4-fs (sda1): mounted filesystem with ordered data mode", Class::Other),
    ];
    for (line, class) in table {
        assert_eq!(classify(line), *class, "{line}");
    }
}

#[test]
fn taint_texts_end_before_the_release() {
    let tainted = |letters: &str| Some(PrintedTaint::Tainted(letters.to_owned()));
    let table = [
        (
            "CPU: 27 PID: 8147 Comm: a Kdump: loaded Tainted: P           OE  ------------ T 3.10.0-1160.21.1.el7.x86_64 #1",
            tainted("P           OE  ------------ T"),
            Some("3.10.0-1160.21.1.el7.x86_64"),
        ),
        (
            "CPU: 27 PID: 8147 Comm: a Tainted: GF          O--------------   3.10.0-229.14.1.el7.x86_64 #1",
            tainted("GF          O--------------"),
            Some("3.10.0-229.14.1.el7.x86_64"),
        ),
        (
            "CPU: 27 PID: 8147 Comm: a Tainted: G           OE    --------- -t - 4.18.0-147.el8.ppc64le #1",
            tainted("G           OE    --------- -t -"),
            Some("4.18.0-147.el8.ppc64le"),
        ),
        (
            "CPU: 27 PID: 8147 Comm: a Tainted: G        W  OE    --------  ---  5.14.0-284.11.1.el9_2.x86_64 #1",
            tainted("G        W  OE    --------  ---"),
            Some("5.14.0-284.11.1.el9_2.x86_64"),
        ),
        (
            "CPU: 27 PID: 8147 Comm: a Tainted: G  ------ h---  6.12.0-211.el10_2.x86_64 #1",
            tainted("G  ------ h---"),
            Some("6.12.0-211.el10_2.x86_64"),
        ),
        (
            "CPU: 27 PID: 8147 Comm: a Tainted: G               X  -------  ---  5.14.0-427.20.1.el9_4.s390x #1",
            tainted("G               X  -------  ---"),
            Some("5.14.0-427.20.1.el9_4.s390x"),
        ),
        (
            "CPU: 27 PID: 8147 Comm: a Tainted: G           OE     N 5.14.21-150500.55.39-default #1",
            tainted("G           OE     N"),
            Some("5.14.21-150500.55.39-default"),
        ),
        (
            "CPU: 27 PID: 8147 Comm: a Tainted: P           OX 3.13.0-45-generic #1",
            tainted("P           OX"),
            Some("3.13.0-45-generic"),
        ),
        (
            "CPU: 27 PID: 8147 Comm: a Not tainted 2.6.18.8-0.1-default #1",
            Some(PrintedTaint::NotTainted),
            Some("2.6.18.8-0.1-default"),
        ),
        ("EIP:    0060:[<c016b7ec>]    Tainted: P      VLI", tainted("P"), None),
        (
            "REGS: c0000036cc9db940 TRAP: 0400   Tainted: G           OE    --------- -t -  (4.18.0-147.el8.ppc64le)",
            tainted("G           OE    --------- -t -"),
            Some("4.18.0-147.el8.ppc64le"),
        ),
        (
            "WARNING: at a.c:1 b+0x1/0x2() (Tainted: P           -- ------------   )",
            tainted("P           -- ------------"),
            None,
        ),
        ("CPU: 3 PID: 77 Comm: a Kdump: loaded Tainted", None, None),
        ("Tainted: [P]=PROPRIETARY_MODULE, [O]=OOT_MODULE", None, None),
    ];
    for (line, taint, release) in table {
        let found = process::read(line);
        assert_eq!((found.taint, found.release), (taint, release), "{line}");
    }
    let legend = process::taint_legend("Tainted: [P]=PROPRIETARY_MODULE, [E]=UNSIGNED_MODULE");
    assert_eq!(legend, [('P', "PROPRIETARY_MODULE".to_owned()), ('E', "UNSIGNED_MODULE".to_owned())]);
}

#[test]
fn task_rows_name_their_task() {
    let table = [
        ("acmed           D 0000000000000000     0    77      2 0x00000080", Some("acmed"), Some(77)),
        ("acmed           D    0    77      2 0x00000080", Some("acmed"), Some(77)),
        ("swapper/5       R  running task        0     5      1 0x00000000", Some("swapper/5"), Some(5)),
        (
            "task:acme d          state:D stack:    0 pid:   77 tgid:77 ppid:     2 flags:0x00004000",
            Some("acme d"),
            Some(77),
        ),
    ];
    for (row, comm, pid) in table {
        let found = process::task_row(row);
        assert_eq!((found.comm, found.pid), (comm, pid), "{row}");
    }
}
