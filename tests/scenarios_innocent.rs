//! Ways in which somebody innocent could be named, and how far a suspicion may go there: one report built for each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod scenario_support;
mod synth;

use scenario_support::*;
use synth::{Event, Log};
use taintrace::triage::{Confidence, Provenance, Report, Role};

fn one(event: Event) -> Report {
    with_acmefs(Log::booted().event(700.0, event))
}

fn text(lines: &str) -> Report {
    with_acmefs(Log::booted().lines(700.0, lines))
}

/// It is suspected, no more than so far, and the words say that it may be the victim.
fn may_be_victim(report: &Report, name: &str) {
    let suspect = standing(report).into_iter().find(|s| s.module == name).expect("it stands there");
    assert_eq!(suspect.confidence, Confidence::Medium, "{:?}", suspect.ranking);
    assert!(suspect.may_be_victim && suspect.reason.contains("may be the victim"), "{}", suspect.reason);
    assert!(report.verdict.contains("may be the victim"), "{}", report.verdict);
}

#[test]
fn who_comes_upon_freed_memory_may_be_the_victim_and_who_writes_beside_its_own_is_not() {
    let kasan = |what: &str| {
        format!(
            "BUG: KASAN: {what} in acmefs_read+0x20/0x90 [acmefs]\n\
             Read of size 8 at addr ffff888012345678 by task cp/31337\n\
             CPU: 2 PID: 31337 Comm: cp Tainted: G           OE    --------- -  - {EL8} #1\n\
             Call Trace:\n dump_stack+0x41/0x60\n kasan_report+0xe7/0x2ac\n acmefs_read+0x20/0x90 [acmefs]\n \
             vfs_read+0x91/0x150\n ksys_read+0x4f/0xb0"
        )
    };
    may_be_victim(&text(&kasan("use-after-free")), "acmefs");
    may_be_victim(&text(&kasan("slab-use-after-free")), "acmefs");
    let beside = text(&kasan("slab-out-of-bounds"));
    assert_eq!(first(&beside).2, Confidence::High, "{}", beside.verdict);
    assert!(!beside.verdict.contains("victim"), "{}", beside.verdict);
}

#[test]
fn a_poisoned_pointer_was_freed_by_somebody() {
    let fault = |address, ip: &str| one(Event::paging_request(address).ip(ip).trace("acmefs_walk[acmefs] vfs_read"));
    let (taken_out, freed) = (0xdead_0000_0000_0108, 0x6b6b_6b6b_6b6b_6b83);
    for (poison, ip) in [(freed, "acmefs_walk[acmefs]"), (freed, "strlen"), (taken_out, "strlen")] {
        let report = fault(poison, ip);
        may_be_victim(&report, "acmefs");
        assert!(remark(&report, "The bad address").contains("the mark of"), "{:?}", report.remarks);
    }
    let own_list = fault(taken_out, "acmefs_walk[acmefs]");
    assert_eq!(first(&own_list).2, Confidence::High, "nobody else takes entries out of its list: {}", own_list.verdict);
    assert_eq!(first(&fault(0xffff_c900_0000_1000, "acmefs_walk[acmefs]")).2, Confidence::High);
}

#[test]
fn a_damaged_list_is_found_by_whoever_uses_it_next() {
    let event = Event::bug_at("lib/list_debug.c", 51)
        .text("list_del corruption. prev->next should be ffff888012345678, but was 0000000000000000")
        .ip("__list_del_entry_valid.cold.1")
        .trace("acmefs_drop[acmefs] vfs_read")
        .trace(SYSCALLS);
    may_be_victim(&one(event), "acmefs");
}

#[test]
fn who_allocates_hands_in_nothing_that_could_break_the_allocator_and_who_frees_does() {
    let at = |ip: &str, event: Event| one(event.ip(ip).trace("acmefs_open[acmefs] vfs_read").trace(SYSCALLS));
    may_be_victim(&at("kmem_cache_alloc", Event::gpf()), "acmefs");
    may_be_victim(&at("__kmalloc", Event::gpf()), "acmefs");
    let frees = at("kfree", Event::bug_at("mm/slub.c", 4033));
    assert_eq!(first(&frees), ("acmefs", Role::CallPath, Confidence::High));
}

#[test]
fn a_nameless_frame_is_as_often_a_trampoline_as_code_of_a_module_that_is_gone() {
    let event = |frame: &str| {
        let lines = format!(
            "BUG: unable to handle kernel NULL pointer dereference at 0000000000000028\n\
             Oops: 0000 [#1] SMP NOPTI\n\
             CPU: 2 PID: 31337 Comm: cp Kdump: loaded Tainted: G           OE    --------- -  - {EL8} #1\n\
             RIP: 0010:ext4_find_entry+0x22/0x90 [ext4]\n\
             Call Trace:\n {frame}\n vfs_read+0x91/0x150\n ksys_read+0x4f/0xb0\n\
             Modules linked in: xfs ext4 sd_mod tg3 ahci [last unloaded: acmefs]\n\
             ---[ end trace 0123456789abcdef ]---"
        );
        triaged(&rhel8().module("acmefs", "OE").unloaded_since("acmefs").log(Log::booted().lines(700.0, &lines)))
    };
    assert_eq!(first(&event("0xffffffffc0a3d0c5")), ("acmefs", Role::Unloaded, Confidence::Low));
    nobody(&event("vfs_open+0x10/0x20"));
}

#[test]
fn trampolines_of_tracers_are_no_distance_and_generated_code_is_no_module() {
    let event = Event::gpf()
        .ip("do_filp_open")
        .trace("ftrace_regs_call kprobe_ftrace_handler kretprobe_trampoline acmefs_hook[acmefs] vfs_read")
        .trace(SYSCALLS);
    let report = one(event);
    assert_eq!(first(&report).0, "acmefs");
    assert!(standing(&report)[0].ranking[0].contains("call-path, 1 function"), "{:?}", standing(&report)[0].ranking);
    let event = Event::gpf().ip("bpf_prog_6deef7357e7b4530[bpf]").trace("vfs_read").trace(SYSCALLS);
    nobody(&one(event));
}

fn loading(comm: &str, list: &str, frames: &str) -> Report {
    text(&format!(
        "BUG: unable to handle kernel NULL pointer dereference at 0000000000000028\n\
         Oops: 0000 [#1] SMP NOPTI\n\
         CPU: 2 PID: 512 Comm: {comm} Tainted: G           OE    --------- -  - {EL8} #1\n\
         RIP: 0010:kobject_get+0x22/0x90\n\
         Call Trace:\n {frames}\n ret_from_fork+0x35/0x40\n\
         Modules linked in: {list} xfs sd_mod ahci\n\
         ---[ end trace 0123456789abcdef ]---"
    ))
}

#[test]
fn a_module_that_another_task_is_loading_is_nobody() {
    let init = "do_init_module+0x5a/0x220\n load_module+0x14ca/0x17f0";
    assert_eq!(
        first(&loading("systemd-udevd", "acmefs(OE+)", init)),
        ("acmefs", Role::Loading, Confidence::Medium),
        "this task loads it"
    );
    nobody(&loading("systemd-udevd", "acmefs(OE+)", "bus_probe_device+0x22/0x90\n device_add+0x10/0x600"));
    nobody(&loading("java", "acmefs(OE+)", "bus_probe_device+0x22/0x90"));
    let several = loading("systemd-udevd", "acmefs(OE+) netvend(OE+)", init);
    assert_eq!(first(&several).2, Confidence::Low, "this task was at work on one of the two");
}

#[test]
fn of_several_handlers_of_an_interrupt_nobody_is_singled_out() {
    let report = |handlers: &str| {
        let lines = format!(
            "irq 16: nobody cared (try booting with the \"irqpoll\" option)\n\
             CPU: 0 PID: 0 Comm: swapper/0 Tainted: G           OE    --------- -  - {EL8} #1\n\
             Call Trace:\n <IRQ>\n dump_stack+0x41/0x60\n __report_bad_irq+0x3a/0xaf\n note_interrupt+0x10/0x20\n\
             handlers:\n{handlers}Disabling IRQ #16"
        );
        triaged(&rhel8().module("acmefs", "OE").module("netvend", "OE").log(Log::booted().lines(700.0, &lines)))
    };
    let acmefs = "[<00000000c0ffee01>] acmefs_irq [acmefs]\n";
    let netvend = "[<00000000c0ffee02>] netvend_irq [netvend]\n";
    assert_eq!(first(&report(acmefs)).2, Confidence::Medium);
    assert_eq!(first(&report(&format!("{acmefs}{netvend}"))).2, Confidence::Low);
}

#[test]
fn asking_for_memory_that_is_short_is_no_fault() {
    let report = text(&format!(
        "acmed: page allocation failure: order:4, mode:0x60c0c0(GFP_KERNEL|__GFP_COMP|__GFP_ZERO)\n\
         CPU: 2 PID: 512 Comm: acmed Tainted: G           OE    --------- -  - {EL8} #1\n\
         Call Trace:\n dump_stack+0x41/0x60\n warn_alloc.cold.120+0x7b/0x10d\n acmefs_grow+0x20/0x90 [acmefs]\n \
         vfs_read+0x91/0x150\n ksys_read+0x4f/0xb0\nMem-Info:"
    ));
    assert_eq!(first(&report).2, Confidence::Low, "{}", report.verdict);
    assert!(!step(&report, "install acmefs"), "{:?}", report.next_steps);
}

#[test]
fn a_module_that_only_waits_for_another_is_a_hint() {
    let event = Event::hung_task(120)
        .process("tar", 815)
        .trace("__schedule schedule cv_wait_common[spl] __cv_wait[spl] txg_wait_open[zfs] zpl_sync[zfs] vfs_read");
    let report = triaged(&rhel8().module("zfs", "POE").module("spl", "OE").log(Log::booted().event(500.0, event)));
    let told: Vec<(&str, Confidence)> = standing(&report).iter().map(|s| (s.module.as_str(), s.confidence)).collect();
    assert_eq!(told, [("zfs", Confidence::Medium), ("spl", Confidence::Low)]);
}

#[test]
fn what_the_watchdogs_own_interrupt_stopped_is_what_is_stuck_and_what_other_work_stopped_is_not() {
    let stuck = |above: &str| {
        let trace = format!("<IRQ> {above} </IRQ> _raw_spin_lock acmefs_scan[acmefs] vfs_read");
        one(Event::soft_lockup(23).ip("native_queued_spin_lock_slowpath").trace(&trace).trace(SYSCALLS))
    };
    let sampled = stuck("watchdog_timer_fn __hrtimer_run_queues hrtimer_interrupt smp_apic_timer_interrupt");
    assert_eq!(first(&sampled), ("acmefs", Role::CallPath, Confidence::Medium));
    let interrupted =
        stuck("watchdog_timer_fn hrtimer_interrupt smp_apic_timer_interrupt tasklet_action __do_softirq irq_exit");
    assert_eq!(first(&interrupted), ("acmefs", Role::CallPath, Confidence::Low), "the soft interrupt is stuck");
}

#[test]
fn who_waits_for_a_lock_is_not_the_point_while_somebody_else_is_stuck() {
    let waiter = Event::soft_lockup(22)
        .cpu(5)
        .process("ls", 77)
        .ip("native_queued_spin_lock_slowpath")
        .trace("_raw_spin_lock netvend_poll[netvend] vfs_read")
        .trace(SYSCALLS);
    let holder = Event::soft_lockup(22).cpu(3).process("cp", 78).ip("acmefs_scan[acmefs]").trace("kthread");
    let log = Log::booted().event(500.0, waiter).event(504.0, holder);
    let report = triaged(&rhel8().module("acmefs", "OE").module("netvend", "OE").log(log));
    assert_eq!(first(&report), ("acmefs", Role::Faulting, Confidence::High), "{}", report.verdict);
    assert_eq!(report.events[0].follows, Some(2), "the first that was told of only waits");
}

#[test]
fn a_name_that_kernels_ship_makes_nobody_third_party() {
    for name in ["ib_core", "lustre", "oracleasm", "drbd", "ploop", "amdgpu"] {
        let trace = format!("__schedule schedule {name}_wait[{name}] vfs_read");
        let log = Log::new().event(500.0, Event::hung_task(120).process("tar", 815).trace(&trace).trace(SYSCALLS));
        let report = rhel8()
            .module("acmefs", "OE")
            .without("sys/module")
            .without("proc")
            .without("sos_commands")
            .without("lsmod");
        let report = triaged(&report.without("lib").without("usr/lib").without("var/log/dmesg").messages(log));
        assert_eq!(module(&report, name).provenance, Provenance::Undetermined, "{name}");
        assert_eq!(module(&report, name).vendor, None, "{name}: whose it is depends on where it comes from");
        assert_eq!(first(&report).2, Confidence::Low, "{name}");
    }
}
