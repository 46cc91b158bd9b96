//! What an engineer would conclude: one report built for each situation, and the verdict it must get.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod scenario_support;
mod synth;

use scenario_support::*;
use synth::{Event, Log, Module as Built, Sosreport};
use taintrace::triage::{Cause, Confidence, Provenance, Role, Suspect};

fn acmefs_oops() -> Event {
    Event::null_deref().process("cp", 31337).ip("acmefs_read[acmefs]").trace("vfs_read").trace(SYSCALLS)
}

#[test]
fn the_report_is_about_the_first_cause_of_the_last_boot_that_crashed() {
    let report = rhel8().module("acmefs", "OE").module("netvend", "OE");
    let earlier =
        Log::earlier_boot(500_000).event(9_000.0, Event::gpf().ip("netvend_poll[netvend]").trace("net_rx_action"));
    let warning = Event::warning("lib/refcount.c", 28)
        .process("cp", 31337)
        .text("refcount_t: underflow; use-after-free.")
        .ip("refcount_warn_saturate")
        .trace("acmefs_put[acmefs] vfs_read")
        .trace(SYSCALLS);
    let crash = Log::earlier_boot(90_000)
        .event(7_000.1, warning)
        .event(7_000.4, acmefs_oops())
        .event(7_001.0, Event::paging_request(0xdead_beef).process("sync", 99).ip("strlen").trace("iterate_supers"))
        .event(7_060.0, Event::soft_lockup(23).process("ls", 100).ip("native_queued_spin_lock_slowpath"));
    let directory = report.crash_directory(90_000, 7_001);
    let both = earlier.then(&crash).then(&Log::booted());
    let report = triaged(&report.crash(&directory, crash).messages(both));

    let told: Vec<(&str, Option<u32>, bool)> =
        report.events.iter().map(|e| (e.kind().as_str(), e.follows, e.primary)).collect();
    assert_eq!(
        told,
        [
            ("gpf", None, false),
            ("warning", None, true),
            ("oops", Some(2), false),
            ("oops", Some(3), false),
            ("soft-lockup", Some(3), false)
        ]
    );
    assert_eq!(first(&report), ("acmefs", Role::CallPath, Confidence::High));
    let crash = &report.events[2];
    assert!(crash.also_at.len() >= 2, "told in the crash directory, messages and the journal: {:?}", crash.also_at);
}

#[test]
fn the_kernels_own_text_names_a_module_that_stands_in_no_frame() {
    let event = Event::warning("net/sched/sch_generic.c", 467)
        .process("swapper/3", 0)
        .text("NETDEV WATCHDOG: ens1f0 (netvend): transmit queue 3 timed out")
        .ip("dev_watchdog")
        .trace("<IRQ> call_timer_fn run_timer_softirq __do_softirq </IRQ> cpuidle_enter_state do_idle");
    let report =
        triaged(&rhel8().module("netvend", "OE").module("acmefs", "POE").log(Log::booted().event(812.5, event)));
    assert_eq!(first(&report), ("netvend", Role::Named, Confidence::High));
    assert_eq!(standing(&report).len(), 1, "acmefs is only loaded");

    let event = Event::gpf().process("kworker/3:1", 77).workqueue("events", "netvend_reset[netvend]").ip("strlen");
    let report =
        triaged(&rhel8().module("netvend", "OE").log(Log::booted().event(812.5, event.trace("worker_thread"))));
    assert_eq!(first(&report), ("netvend", Role::Named, Confidence::Medium));
}

#[test]
fn what_was_only_interrupted_ranks_under_all_that_ran() {
    let event = Event::gpf()
        .ip("kfree_skb")
        .trace("<IRQ> netvend_clean[netvend] net_rx_action __do_softirq irq_exit </IRQ> acmefs_read[acmefs] vfs_read")
        .trace(SYSCALLS);
    let report = rhel8().module("acmefs", "POE").module("netvend", "OE").log(Log::booted().event(99.0, event));
    let report = triaged(&report);
    let told: Vec<(&str, Confidence)> = standing(&report).iter().map(|s| (s.module.as_str(), s.confidence)).collect();
    assert_eq!(told, [("netvend", Confidence::Medium), ("acmefs", Confidence::Low)]);
    let acmefs = standing(&report)[1];
    assert!(acmefs.reason.contains("interrupted"), "{}", acmefs.reason);
    assert!(acmefs.ranking.iter().any(|r| r.contains("only interrupted")), "{:?}", acmefs.ranking);
}

#[test]
fn helpers_on_top_pass_the_question_on_to_their_caller() {
    let tops = [
        ("refcount_warn_saturate", Confidence::High),
        // Whoever adds to a list comes upon what anybody did to it.
        ("__list_add_valid", Confidence::Medium),
        ("queued_spin_lock_slowpath", Confidence::High),
        ("kmem_cache_free", Confidence::High),
        ("_raw_spin_lock", Confidence::High),
    ];
    for (top, confidence) in tops {
        let event = Event::gpf().ip(top).trace("acmefs_put[acmefs] vfs_read").trace(SYSCALLS);
        let report = triaged(&rhel8().module("acmefs", "OE").log(Log::booted().event(99.0, event)));
        assert_eq!(first(&report), ("acmefs", Role::CallPath, confidence), "{top}");
    }
    let event = Event::gpf().ip("ext4_put_super").trace("acmefs_put[acmefs] vfs_read").trace(SYSCALLS);
    let report = triaged(&rhel8().module("acmefs", "OE").log(Log::booted().event(99.0, event)));
    assert_eq!(first(&report).2, Confidence::Medium, "a function that does work of its own is a distance");
}

#[test]
fn on_a_kernel_without_signatures_the_mark_for_unsigned_tells_nobody_apart() {
    let mut report = rhel8().module("acmefs", "OE");
    for module in report.machine.modules.iter_mut().filter(|m| !m.is_third_party()) {
        module.flags = "E".to_owned();
    }
    let event = Event::gpf().ip("xfs_iread[xfs]").trace("acmefs_read[acmefs] vfs_read").trace(SYSCALLS);
    let report = triaged(&report.log(Log::booted().event(99.0, event)));
    remark(&report, "marked unsigned");
    let named: Vec<&str> = standing(&report).iter().map(|s| s.module.as_str()).collect();
    assert_eq!(named, ["acmefs"], "out of tree still counts, unsigned does not");
}

#[test]
fn a_vendors_build_that_replaces_a_module_of_the_kernel_is_third_party() {
    let build = Built::third_party("bnxt_en", "OE").path("updates/bnxt_en.ko");
    let event = Event::null_deref().ip("bnxt_poll[bnxt_en]").trace("net_rx_action __do_softirq");
    let log = Log::booted().event(99.0, event);
    let report = triaged(&rhel8().with(build).log(log.clone()));
    assert_eq!(first(&report), ("bnxt_en", Role::Faulting, Confidence::High));
    assert_eq!(module(&report, "bnxt_en").provenance, Provenance::ThirdParty);
    let report = triaged(&rhel8().log(log));
    assert_eq!(standing(&report), Vec::<&Suspect>::new(), "the distribution's own build is nobody's suspect");
    assert!(report.verdict.contains("Nobody is named"), "{}", report.verdict);
}

#[test]
fn a_signed_module_can_be_out_of_tree_or_proprietary() {
    for (flags, out_of_tree, proprietary) in [("O", true, false), ("PO", true, true), ("P", false, true)] {
        let report = triaged(&rhel8().module("acmefs", flags).log(Log::booted().event(99.0, acmefs_oops())));
        let acmefs = module(&report, "acmefs");
        assert_eq!(acmefs.provenance, Provenance::ThirdParty, "{flags}");
        let answers = (acmefs.unsigned, acmefs.out_of_tree, acmefs.proprietary);
        assert_eq!(answers, (Some(false), Some(out_of_tree), Some(proprietary)), "{flags}");
        assert_eq!(first(&report).0, "acmefs", "{flags}");
    }
}

fn hung_in_acmefs() -> Event {
    Event::hung_task(120).process("tar", 815).trace("__schedule schedule acmefs_lock[acmefs] vfs_read").trace(SYSCALLS)
}

#[test]
fn without_a_list_in_the_log_the_rest_of_the_report_is_the_witness() {
    let report = rhel8().module("acmefs", "POE").without("sys/module");
    let report = triaged(&report.log(Log::booted().event(500.0, hung_in_acmefs())));
    assert_eq!(first(&report), ("acmefs", Role::CallPath, Confidence::Medium));
    let acmefs = module(&report, "acmefs");
    assert_eq!(acmefs.flags.as_deref(), Some("POE"));
    assert_eq!(&*acmefs.origins[0].path, "proc/modules");
}

#[test]
fn where_nothing_tells_the_origin_it_is_undetermined_and_never_clean() {
    let report = rhel8().module("qxstore", "OE").without("sys/module").without("proc").without("sos_commands/kernel");
    let event = Event::hung_task(120).process("tar", 815).trace("__schedule schedule qxstore_wait[qxstore] vfs_read");
    let log = Log::new().event(500.0, event);
    let report = triaged(&report.without("lsmod").without("lib").without("usr/lib").without("var/log/dmesg").log(log));
    let (name, role, confidence) = first(&report);
    assert_eq!((name, role, confidence), ("qxstore", Role::CallPath, Confidence::Low));
    assert_eq!(module(&report, "qxstore").provenance, Provenance::Undetermined);
    assert!(report.verdict.contains("origin undetermined"), "{}", report.verdict);
}

#[test]
fn hardware_administrators_and_a_lack_of_memory_exonerate_every_module() {
    let mce = "mce: [Hardware Error]: CPU 3: Machine Check Exception: 5 Bank 4: b200000000070005\n\
               mce: [Hardware Error]: TSC 1c2a9a8d5d \n\
               mce: [Hardware Error]: PROCESSOR 0:306f2 TIME 1715377854 SOCKET 0 APIC 6 microcode 43\n\
               Kernel panic - not syncing: Fatal machine check";
    let oom = "Kernel panic - not syncing: Out of memory: system-wide panic_on_oom is enabled\n\
               CPU: 1 PID: 815 Comm: java Kdump: loaded Tainted: P           OE    --------- -  - 4.18.0-513.5.1.el8_9.x86_64 #1\n\
               Call Trace:\n dump_stack+0x41/0x60\n panic+0xe7/0x2ac\n out_of_memory.cold.36+0x2f/0x97\n \
               acmefs_alloc+0x20/0x90 [acmefs]\n __alloc_pages_slowpath+0xc00/0xd00";
    let rows = [
        (Log::booted().lines(700.0, mce), Cause::Hardware),
        (
            Log::booted().line(699.0, "sysrq: SysRq : Trigger a crash").event(700.0, Event::sysrq_crash()),
            Cause::Administrator,
        ),
        (Log::booted().lines(700.0, oom), Cause::Resource),
    ];
    for (log, cause) in rows {
        let report = rhel8().module("acmefs", "POE");
        let directory = report.crash_directory(90_000, 701);
        let report = triaged(&report.crash(&directory, log));
        let event = report.primary_event().unwrap();
        assert_eq!(event.cause, cause, "{}", report.verdict);
        assert_eq!(standing(&report), Vec::<&Suspect>::new(), "{}", report.verdict);
    }
}

#[test]
fn a_module_that_was_unloaded_is_suspected_where_nameless_module_code_ran() {
    let text = "BUG: unable to handle kernel paging request at ffffffffc0a1b2c3\n\
                Oops: 0010 [#1] SMP NOPTI\n\
                CPU: 2 PID: 0 Comm: swapper/2 Kdump: loaded Tainted: G           OE    --------- -  - 4.18.0-513.5.1.el8_9.x86_64 #1\n\
                RIP: 0010:0xffffffffc0a1b2c3\n\
                Call Trace:\n <IRQ>\n call_timer_fn+0x2e/0x130\n run_timer_softirq+0x1d5/0x410\n </IRQ>\n\
                Modules linked in: xfs libcrc32c sd_mod tg3 ahci [last unloaded: acmefs]\n\
                ---[ end trace 0123456789abcdef ]---";
    let report =
        triaged(&rhel8().module("acmefs", "OE").unloaded_since("acmefs").log(Log::booted().lines(700.0, text)));
    assert_eq!(first(&report), ("acmefs", Role::Unloaded, Confidence::Medium));
    let named = text.replace("RIP: 0010:0xffffffffc0a1b2c3", "RIP: 0010:run_timer_softirq+0x10/0x20");
    let report =
        triaged(&rhel8().module("acmefs", "OE").unloaded_since("acmefs").log(Log::booted().lines(700.0, &named)));
    assert_eq!(standing(&report), Vec::<&Suspect>::new(), "it is gone, and nothing points to it");
}

#[test]
fn the_second_oops_follows_from_the_first() {
    let second = Event::null_deref().process("ls", 5).ip("netvend_poll[netvend]").trace("net_rx_action");
    let log = Log::booted().event(100.0, acmefs_oops()).event(4_000.0, second);
    let report = triaged(&rhel8().module("acmefs", "OE").module("netvend", "OE").log(log));
    assert_eq!(report.primary_event().unwrap().id, 1);
    assert_eq!(report.events[1].event.oops_number, Some(2));
    assert_eq!(report.events[1].follows, Some(1));
    let netvend = report.suspects_of(2).find(|s| s.module == "netvend").unwrap();
    assert_eq!(netvend.confidence, Confidence::Medium, "it ran on damaged ground: {:?}", netvend.ranking);
}

#[test]
fn taint_letters_tell_of_an_event_before_the_log_begins() {
    let log = |event| Log::new().event(9_000.0, event);
    for letters in ["W", "D"] {
        let report = triaged(&rhel8().module("acmefs", "OE").log(log(acmefs_oops().taint(letters))));
        let told = remark(&report, "log truncated");
        assert!(told.contains(letters), "{told}");
    }
    no_remark(&triaged(&rhel8().module("acmefs", "OE").log(log(acmefs_oops()))), "log truncated");
    let warned = Event::warning("kernel/cpu.c", 120).ip("cpu_probe").trace("kernel_init");
    let whole = Log::booted().event(80.0, warned).event(9_000.0, acmefs_oops());
    no_remark(&triaged(&rhel8().module("acmefs", "OE").log(whole)), "log truncated");
}

#[test]
fn counters_above_what_the_logs_hold_are_told() {
    let report = Sosreport::rhel10("db1.example.com", EL10).module("acmefs", "OE");
    let log = Log::booted().event(100.0, acmefs_oops());
    let told = triaged(&report.clone().log(log.clone()).file("sys/kernel/oops_count", "3\n"));
    let text = remark(&told, "sys/kernel/oops_count");
    assert!(text.contains('3') && text.contains('1'), "{text}");
    no_remark(&triaged(&report.log(log)), "oops_count");
}

#[test]
fn an_unsigned_module_under_secure_boot_is_worth_telling() {
    let log = Log::booted().event(100.0, acmefs_oops());
    let report = rhel8().module("acmefs", "OE").log(log.clone());
    let told = triaged(&report.clone().secure_boot(true));
    assert!(remark(&told, "Secure Boot is on").contains("acmefs"));
    no_remark(&triaged(&report.secure_boot(false)), "Secure Boot");
    no_remark(&triaged(&rhel8().module("acmefs", "O").secure_boot(true).log(log)), "Secure Boot");
}

#[test]
fn flags_at_the_crash_differ_from_the_flags_now() {
    let report = rhel8().module("acmefs", "OE");
    let crash = Log::earlier_boot(90_000).event(7_000.0, acmefs_oops());
    let directory = report.crash_directory(90_000, 7_001);
    let report = report.file("sys/module/acmefs/taint", "O\n").crash(&directory, crash);
    let report = triaged(&report);
    let acmefs = module(&report, "acmefs");
    assert_eq!(acmefs.unsigned, Some(true), "the state at the crash counts");
    let conflict = acmefs.conflicts.iter().find(|c| c.contains("unsigned")).expect("both are told");
    assert!(conflict.contains("vmcore-dmesg.txt") && conflict.contains("sys/module/acmefs/taint"), "{conflict}");
}

#[test]
fn a_signed_file_that_the_kernel_calls_unsigned_has_a_reason_to_be_told() {
    let signed = Built::third_party("acmefs", "OE").signed_by("Acme Systems Module Signing Key");
    let report = triaged(&rhel8().with(signed).log(Log::booted().event(100.0, acmefs_oops())));
    let acmefs = module(&report, "acmefs");
    assert_eq!(acmefs.unsigned, Some(true));
    let told = acmefs.conflicts.iter().find(|c| c.contains("key is not enrolled")).expect("the conflict is told");
    assert!(told.contains("Acme Systems Module Signing Key"), "{told}");
}

#[test]
fn bare_addresses_of_the_running_boot_are_placed_by_the_module_ranges() {
    let base = rhel8().module("acmefs", "OE");
    let inside = base.machine.module_address("acmefs") + 0x123;
    let text = format!(
        "BUG: unable to handle kernel NULL pointer dereference at 0000000000000028\n\
         Oops: 0000 [#1] SMP NOPTI\n\
         CPU: 2 PID: 31337 Comm: cp Kdump: loaded Tainted: G           OE    --------- -  - {EL8} #1\n\
         RIP: 0010:0x{inside:016x}\n\
         Call Trace:\n vfs_read+0x91/0x150\n ksys_read+0x4f/0xb0\n do_syscall_64+0x5b/0x1b0\n\
         ---[ end trace 0123456789abcdef ]---"
    );
    let report = triaged(&base.clone().log(Log::booted().lines(700.0, &text)));
    assert_eq!(first(&report), ("acmefs", Role::Faulting, Confidence::High));
    assert!(standing(&report)[0].reason.contains("proc/modules"), "{}", standing(&report)[0].reason);
    // In an earlier boot the modules stood elsewhere.
    let directory = base.crash_directory(90_000, 701);
    let report = triaged(&base.crash(&directory, Log::earlier_boot(90_000).lines(700.0, &text)));
    assert_eq!(standing(&report), Vec::<&Suspect>::new());
}

#[test]
fn a_seven_prints_what_an_eight_prints_and_gets_the_same_verdict() {
    let report = triaged(
        &Sosreport::rhel7("db1.example.com", EL7).module("acmefs", "POE").log(Log::booted().event(9.0, acmefs_oops())),
    );
    assert_eq!(first(&report), ("acmefs", Role::Faulting, Confidence::High));
    assert!(report.verdict.contains("proprietary, out-of-tree, unsigned"), "{}", report.verdict);
}
