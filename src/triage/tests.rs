//! The room as a whole, on facts made by hand.

use std::sync::Arc;

use super::fixtures::{event, frame, frames, ip, list, log, on_rhel8};
use super::*;
use crate::facts::{
    EventKind, InstructionPointer, IpSource, KernelRelease, LoadedModule, LogFacts, ModuleFile, ModuleFlags, NamedBy,
    NamedModule, Notice, NoticeKind, Origin, PrintedTaint, SignatureFacts, SignatureState, StackContext, Trigger,
    Witness,
};

fn conclude(facts: ReportFacts) -> Report {
    with_scope(facts, Scope::WhatMatters)
}

fn conclude_all(facts: ReportFacts) -> Report {
    with_scope(facts, Scope::Everything)
}

fn with_scope(facts: ReportFacts, scope: Scope) -> Report {
    let subject = Subject { input: "report".to_owned(), member: None, kind: InputKind::Sosreport };
    triage(subject, facts, scope)
}

fn of_logs(logs: Vec<LogFacts>) -> Report {
    conclude(ReportFacts { logs, ..ReportFacts::default() })
}

/// A report with one event on RHEL 8, whose list has a foreign module `acmefs` and an in-tree `xfs`.
fn of_event(make: impl FnOnce(&mut KernelEvent)) -> Report {
    let mut oops = on_rhel8(event(EventKind::Oops, "BUG: unable to handle kernel NULL pointer dereference", 1));
    oops.linked_in = list("xfs acmefs(POE) netvend(OE) overlay(t) dm_mod");
    make(&mut oops);
    of_logs(vec![log("dmesg", vec![oops])])
}

fn roles(report: &Report) -> Vec<(&str, &str, &str)> {
    let blamed = report.suspects.iter().filter(|s| s.role != Role::Present);
    blamed.map(|s| (s.module.as_str(), s.role.as_str(), s.confidence.as_str())).collect()
}

#[test]
fn module_at_the_instruction_pointer_is_faulting() {
    let report = of_event(|e| e.ip = ip("acmefs_read[acmefs]"));
    assert_eq!(roles(&report), [("acmefs", "faulting", "high")]);
    assert_eq!(
        report.verdict,
        "Oops in acmefs_read [acmefs] (dmesg:1): acmefs (proprietary, out-of-tree, unsigned) holds the instruction pointer."
    );
}

#[test]
fn module_of_the_distribution_is_never_a_suspect() {
    let report = of_event(|e| {
        e.ip = ip("xfs_ilock[xfs]");
        e.frames = frames("xfs_read[xfs] ovl_read[overlay] vfs_read");
    });
    assert_eq!(roles(&report), []);
    assert!(
        report.verdict.contains("2 third-party modules are loaded, none is in the backtrace"),
        "{}",
        report.verdict
    );
}

#[test]
fn helpers_on_top_of_the_stack_do_not_absorb_the_blame() {
    let report = of_event(|e| {
        e.ip = ip("native_queued_spin_lock_slowpath");
        e.frames = frames("_raw_spin_lock_irqsave netvend_poll[netvend] net_rx_action");
    });
    assert_eq!(roles(&report), [("netvend", "call-path", "high")]);
}

#[test]
fn distance_from_the_fault_lowers_the_confidence() {
    let near = of_event(|e| {
        e.ip = ip("kernel_thing");
        e.frames = frames("acmefs_read[acmefs] vfs_read");
    });
    assert_eq!(roles(&near), [("acmefs", "call-path", "medium")]);
    let far = of_event(|e| {
        e.ip = ip("a");
        e.frames = frames("b c d e acmefs_read[acmefs]");
    });
    assert_eq!(roles(&far), [("acmefs", "call-path", "low")]);
}

#[test]
fn stack_residue_is_a_hint_only() {
    let report = of_event(|e| {
        e.ip = ip("kfree");
        e.frames = frames("vfs_read ?acmefs_read[acmefs]");
    });
    assert_eq!(roles(&report), [("acmefs", "stale-frame", "low")]);
}

#[test]
fn interrupted_task_ranks_under_all_that_ran() {
    let report = of_event(|e| {
        e.ip = ip("list_thing");
        e.frames = vec![
            frame("netvend_irq[netvend]", StackContext::Irq),
            frame("acmefs_write[acmefs]", StackContext::Interrupted),
        ];
    });
    assert_eq!(roles(&report), [("netvend", "call-path", "medium"), ("acmefs", "call-path", "low")]);
}

#[test]
fn named_by_the_kernel_is_stronger_than_a_frame() {
    let report = of_event(|e| {
        e.kind = EventKind::Kasan;
        e.named = vec![NamedModule { module: "acmefs".into(), by: NamedBy::Headline, symbol: None, line: 1 }];
        e.frames = frames("kasan_report acmefs_read[acmefs]");
    });
    assert_eq!(roles(&report), [("acmefs", "named", "high")]);
}

#[test]
fn the_watchdog_itself_is_not_where_a_cpu_hung() {
    let lockup = |below: &str| {
        let watchdog = "dump_stack panic watchdog_overflow_callback __perf_event_overflow perf_event_overflow \
                        intel_pmu_handle_irq perf_event_nmi_handler nmi_handle.isra.0 do_nmi end_repeat_nmi";
        let frames = watchdog.split_whitespace().map(|f| frame(f, StackContext::Nmi));
        let below = below.split_whitespace().map(|f| frame(f, StackContext::Interrupted));
        let mut event = event(EventKind::HardLockup, "Watchdog detected hard LOCKUP on cpu 4", 1);
        event.frames = frames.chain(below).collect();
        of_logs(vec![log("dmesg", vec![event])]).verdict
    };
    assert!(lockup("").starts_with("Hard lockup (dmesg:1)"), "{}", lockup(""));
    let known = lockup("_raw_spin_lock acme_poll");
    assert!(known.starts_with("Hard lockup in acme_poll (dmesg:1)"), "{known}");
}

#[test]
fn a_data_race_is_neither_damage_nor_a_report_of_kasan() {
    let race = || KernelEvent {
        ip: ip("acme_sync"),
        ..event(EventKind::Kasan, "BUG: KCSAN: data-race in acme_sync / vfs_read", 1)
    };
    let alone = of_logs(vec![log("dmesg", vec![race()])]);
    assert!(alone.verdict.starts_with("Data race (KCSAN) in acme_sync"), "{}", alone.verdict);
    let hung = event(EventKind::HungTask, "INFO: task acmed:77 blocked for more than 120 seconds.", 2);
    let both = of_logs(vec![log("dmesg", vec![race(), hung])]);
    assert_eq!(both.primary_event().map(|e| e.kind()), Some(EventKind::HungTask));
    let kfence = event(EventKind::Kasan, "BUG: KFENCE: use-after-free read in acme_sync+0x1/0x2", 1);
    let kfence = of_logs(vec![log("dmesg", vec![kfence])]);
    assert!(kfence.verdict.starts_with("KFENCE report"), "{}", kfence.verdict);
}

#[test]
fn module_that_no_list_knows_is_of_undetermined_origin() {
    let mut oops = on_rhel8(event(EventKind::Oops, "Oops", 1));
    oops.ip = ip("qstor_poll[qstor]");
    let report = of_logs(vec![log("dmesg", vec![oops])]);
    assert_eq!(roles(&report), [("qstor", "faulting", "low")]);
    assert_eq!(report.module("qstor").map(|m| m.provenance), Some(Provenance::Undetermined));
    assert!(report.verdict.contains("origin undetermined"), "{}", report.verdict);
}

#[test]
fn name_that_no_kernel_ships_tells_where_a_module_comes_from() {
    let mut hung = event(EventKind::HungTask, "INFO: task x:1 blocked for more than 120 seconds.", 1);
    hung.frames = frames("__schedule schedule txg_wait_open[zfs]");
    let report = of_logs(vec![log("dmesg", vec![hung])]);
    assert_eq!(roles(&report), [("zfs", "call-path", "medium")]);
}

#[test]
fn where_everything_is_unsigned_the_mark_tells_nothing() {
    let mut oops = event(EventKind::Oops, "Oops", 1);
    oops.linked_in = list("a(E) b(E) c(E) d(E) mine(OE) e(E)");
    oops.ip = ip("b_fn[b]");
    oops.frames = frames("mine_fn[mine]");
    let report = of_logs(vec![log("dmesg", vec![oops])]);
    assert_eq!(report.module("mine").map(|m| m.provenance), Some(Provenance::ThirdParty));
    assert_eq!(roles(&report).iter().map(|r| r.0).collect::<Vec<_>>(), ["mine"]);
    assert!(report.remarks.iter().any(|r| r.contains("built without signatures")), "{:?}", report.remarks);
}

#[test]
fn hardware_administrator_and_memory_name_nobody() {
    let triggers = [Trigger::Hardware, Trigger::Administrator];
    for trigger in triggers {
        let report = of_event(|e| {
            e.trigger = trigger;
            e.frames = frames("acmefs_read[acmefs]");
        });
        assert_eq!(roles(&report), [], "{trigger:?}");
    }
    let oom = of_event(|e| {
        e.kind = EventKind::Oom;
        e.frames = frames("out_of_memory acmefs_read[acmefs]");
    });
    assert_eq!(roles(&oom), []);
}

#[test]
fn crash_an_administrator_asked_for_is_not_the_point_while_something_hung_before() {
    let hung = event(EventKind::HungTask, "INFO: task db:77 blocked for more than 120 seconds.", 10);
    let mut crash = event(EventKind::Oops, "sysrq: SysRq : Trigger a crash", 90);
    crash.trigger = Trigger::Administrator;
    let report = of_logs(vec![log("vmcore-dmesg.txt", vec![hung, crash])]);
    assert_eq!(report.primary_event().map(Event::kind), Some(EventKind::HungTask));
}

#[test]
fn same_event_in_two_logs_is_told_once_and_two_of_one_log_stay_two() {
    let at = |time: u64, line| {
        let mut hung = event(EventKind::HungTask, "INFO: task db:77 blocked for more than 120 seconds.", line);
        hung.time_us = Some(time);
        hung.pid = Some(77);
        hung
    };
    let unstamped = |line| KernelEvent { time_us: None, ..at(0, line) };
    let report = of_logs(vec![
        log("dmesg", vec![at(1_000, 10), at(121_000_000, 40)]),
        log("var/log/messages", vec![unstamped(500), unstamped(900)]),
        log("journal", vec![at(1_001, 7), at(121_000_000, 70)]),
    ]);
    let told: Vec<(String, usize)> =
        report.events.iter().map(|e| (e.event.origin.to_string(), e.also_at.len())).collect();
    assert_eq!(told, [("dmesg:10".to_owned(), 2), ("dmesg:40".to_owned(), 2)]);
}

#[test]
fn fuller_telling_goes_in_front() {
    let full = || {
        let mut oops = on_rhel8(event(EventKind::Oops, "Oops: 0000 [#1]", 5));
        oops.time_us = Some(77);
        oops.ip = ip("acmefs_read[acmefs]");
        oops.linked_in = list("acmefs(OE)");
        oops
    };
    let cut = || KernelEvent { linked_in: None, ip: None, truncated: true, ..full() };
    let report = of_logs(vec![log("var/log/messages", vec![cut()]), log("vmcore-dmesg.txt", vec![full()])]);
    assert_eq!(report.events.len(), 1);
    assert_eq!(report.events[0].event.origin.path.as_ref(), "vmcore-dmesg.txt");
    assert_eq!(report.events[0].also_at.len(), 1);
}

#[test]
fn second_oops_follows_from_the_first() {
    let at = |number, time, line| {
        let mut oops = on_rhel8(event(EventKind::Oops, &format!("Oops: 0002 [#{number}] SMP"), line));
        oops.oops_number = Some(number);
        oops.time_us = Some(time);
        oops.ip = ip(if number == 1 { "xfs_ilock[xfs]" } else { "acmefs_read[acmefs]" });
        oops.linked_in = list("xfs acmefs(POE)");
        oops
    };
    let report = of_logs(vec![log("dmesg", vec![at(1, 1_000, 5), at(2, 9_000, 50)])]);
    assert_eq!(report.primary_event().map(|e| e.id), Some(1));
    assert_eq!(report.events[1].follows, Some(1));
    assert_eq!(roles(&report), [("acmefs", "faulting", "medium")]);
    assert!(report.verdict.contains("Nobody is named"), "{}", report.verdict);
}

#[test]
fn last_boot_that_crashed_is_the_one_the_report_is_about() {
    let crash = |boot, time: u64, day: &str, line| {
        let mut oops = on_rhel8(event(EventKind::Oops, "Oops: 0000 [#1]", line));
        (oops.boot, oops.time_us, oops.wall) = (boot, Some(time), Some(format!("2024-05-{day}T10:00:00+00:00")));
        oops
    };
    let warning = |boot, line| {
        let mut warning = event(EventKind::Warning, "WARNING: at a.c:1 f()", line);
        (warning.boot, warning.time_us) = (boot, Some(5));
        warning.wall = Some("2024-05-30T10:00:00+00:00".to_owned());
        warning
    };
    let events = vec![crash(0, 900, "10", 5), crash(1, 300, "20", 60), warning(2, 90)];
    let report = of_logs(vec![log("journal", events)]);
    let primary = report.primary_event().map(|e| e.event.origin.line);
    assert_eq!(primary, Some(Some(60)));
}

#[test]
fn state_at_the_crash_beats_state_at_collection_and_both_are_told() {
    let mut oops = on_rhel8(event(EventKind::Oops, "Oops", 1));
    oops.linked_in = list("acmefs(OE) xfs");
    let mut now = LoadedModule::named("acmefs", Witness::ProcModules, Origin::line("proc/modules", 3));
    now.flags = Some(ModuleFlags::parse("POE"));
    let logs = vec![log("vmcore-dmesg.txt", vec![oops])];
    let report = conclude(ReportFacts { logs, loaded: vec![now], ..ReportFacts::default() });
    let acmefs = report.module("acmefs").unwrap();
    assert_eq!(acmefs.flags.as_deref(), Some("OE"));
    assert_eq!(acmefs.proprietary, Some(false));
    assert_eq!(acmefs.conflicts, ["proprietary by proc/modules:3, not proprietary by vmcore-dmesg.txt:7"]);
}

#[test]
fn message_for_the_first_offender_does_not_clear_the_others() {
    let notice = Notice {
        kind: NoticeKind::VerificationFailed,
        module: Some("acme-fs".to_owned()),
        detail: None,
        text: String::new(),
        time_us: None,
        boot: 0,
        origin: Origin::line("dmesg", 4),
    };
    let second = LoadedModule::named("netvend", Witness::Lsmod, Origin::line("lsmod", 2));
    let logs = vec![LogFacts { notices: vec![notice], ..log("dmesg", Vec::new()) }];
    let mut facts = ReportFacts { logs, loaded: vec![second], ..ReportFacts::default() };
    facts.host.release =
        Some(Located::new(crate::facts::KernelRelease::new("4.18.0-553.el8_10.x86_64"), Origin::file("uname")));
    let subject = Subject { input: "r".to_owned(), member: None, kind: InputKind::Sosreport };
    let report = triage(subject, facts, Scope::Everything);
    assert_eq!(report.module("acme_fs").map(|m| m.unsigned), Some(Some(true)));
    assert_eq!(report.module("netvend").map(|m| (m.unsigned, m.provenance)), Some((None, Provenance::Undetermined)));
}

/// What modinfo says of a module for a kernel.
fn modinfo(name: &str, release: &str, fields: &[(&str, &str)], state: SignatureState) -> ModuleFile {
    let vermagic = format!("{release} SMP mod_unload modversions ");
    let fields = fields.iter().copied().chain([("vermagic", vermagic.as_str())]);
    ModuleFile {
        name: name.to_owned(),
        filename: None,
        builtin: false,
        fields: fields.map(|(k, v)| (k.to_owned(), v.to_owned())).collect(),
        signature: SignatureFacts { state, ..SignatureFacts::default() },
        build_id: None,
        witness: Witness::Modinfo,
        origin: Origin::line("modinfo_ALL_MODULES", 1),
    }
}

#[test]
fn modinfo_of_rhel6_says_nothing_about_signatures_or_the_tree() {
    let of = |release: &str| {
        let file = modinfo("acmefs", release, &[("license", "Proprietary")], SignatureState::Unsigned);
        let report = conclude(ReportFacts { module_files: vec![file], ..ReportFacts::default() });
        let module = report.module("acmefs").unwrap();
        (module.proprietary, module.out_of_tree, module.unsigned)
    };
    assert_eq!(of("2.6.32-504.el6.x86_64"), (Some(true), None, None));
    assert_eq!(of("3.10.0-1160.el7.x86_64"), (Some(true), Some(true), Some(true)));
}

#[test]
fn taint_that_no_module_accounts_for_is_told() {
    let loaded = LoadedModule {
        flags: Some(ModuleFlags::default()),
        ..LoadedModule::named("xfs", Witness::ProcModules, Origin::line("proc/modules", 1))
    };
    let tainted = vec![Located::new(12_288, Origin::line("proc/sys/kernel/tainted", 1))];
    let mut facts = ReportFacts { loaded: vec![loaded], tainted, ..ReportFacts::default() };
    facts.host.release =
        Some(Located::new(crate::facts::KernelRelease::new("4.18.0-553.el8_10.x86_64"), Origin::file("uname")));
    let report = conclude(facts);
    assert!(report.remarks.iter().any(|r| r.contains("tainted OE")), "{:?}", report.remarks);
    assert_eq!(report.third_party().count(), 0);
}

#[test]
fn nothing_read_is_not_a_clean_bill() {
    let report = conclude(ReportFacts::default());
    assert!(report.verdict.starts_with("No kernel log was found"), "{}", report.verdict);
    let problems = vec![crate::facts::Problem::new("a.tar.xz", "not an archive")];
    let failed = conclude(ReportFacts { problems, ..ReportFacts::default() });
    assert!(failed.failed);
    assert_eq!(failed.verdict, "Nothing could be read.");
}

#[test]
fn same_fault_on_two_kernels_has_one_signature() {
    let on = |release: &str, symbol: &str| {
        let mut oops = event(EventKind::Oops, "Oops", 1);
        oops.release = Some(crate::facts::KernelRelease::new(release));
        oops.ip = ip(symbol);
        oops.frames = frames("_raw_spin_lock vfs_read ksys_read do_syscall_64");
        let mut report = of_logs(vec![log("dmesg", vec![oops])]);
        report.input = release.to_owned();
        report
    };
    let reports = [
        on("4.18.0-553.el8_10.x86_64", "acmefs_read[acmefs]"),
        on("5.14.0-427.el9_4.x86_64", "acmefs_read.isra.0[acmefs]"),
    ];
    let summary = summarize(&reports, 2);
    assert_eq!(summary.groups.len(), 1, "{:#?}", summary.groups);
    assert_eq!(summary.groups[0].reports.len(), 2);
}

#[test]
fn equal_lists_are_heard_once() {
    let shared = list("acmefs(OE) xfs");
    let events = (0..50).map(|n| {
        let mut hung = on_rhel8(event(EventKind::HungTask, "hung", 10 * n));
        hung.linked_in = shared.clone();
        hung
    });
    let report = of_logs(vec![log("dmesg", events.collect())]);
    assert_eq!(report.module("acmefs").map(|m| m.origins.len()), Some(1));
    assert_eq!(Arc::strong_count(shared.as_ref().unwrap()), 51);
}

#[test]
fn where_nobody_stands_in_the_warning_the_verdict_tells_of_the_death_behind_it() {
    let at = |time, event: KernelEvent| KernelEvent { time_us: Some(time), pid: Some(7), ..event };
    let warning = at(10_000_000, on_rhel8(event(EventKind::Warning, "WARNING: at lib/x.c:1 x_check", 1)));
    let mut death = at(10_400_000, on_rhel8(event(EventKind::Oops, "BUG: unable to handle page fault", 50)));
    death.ip = ip("acmefs_read[acmefs]");
    death.linked_in = list("xfs acmefs(POE) dm_mod");
    let report = of_logs(vec![log("dmesg", vec![warning, death])]);
    assert_eq!(roles(&report), [("acmefs", "faulting", "high")], "a warning does not damage the ground");
    assert!(report.verdict.starts_with("Warning"), "{}", report.verdict);
    assert!(
        report.verdict.contains("In what followed at once, oops in acmefs_read [acmefs] (dmesg:50), acmefs"),
        "{}",
        report.verdict
    );
}

#[test]
fn a_panic_for_want_of_memory_names_nobody() {
    let report = of_event(|e| {
        e.kind = EventKind::Panic;
        e.trigger = Trigger::Resource;
        e.frames = frames("out_of_memory acmefs_alloc[acmefs]");
    });
    assert_eq!(roles(&report), []);
}

#[test]
fn on_suse_without_a_mark_for_out_of_tree_the_marks_of_support_tell_what_is_its_own() {
    let of = |release: &str, modules: &str| {
        let mut oops = on_rhel8(event(EventKind::Oops, "BUG: unable to handle kernel NULL pointer dereference", 1));
        oops.release = Some(KernelRelease::new(release));
        oops.taint = Some(PrintedTaint::Tainted("G".to_owned()));
        oops.linked_in = list(modules);
        conclude_all(ReportFacts { logs: vec![log("dmesg", vec![oops])], ..ReportFacts::default() })
    };
    let provenance = |report: &Report, name: &str| report.module(name).map(|m| m.provenance);
    let marked = of("2.6.32.59-0.7-default", "nfsd acmefs(N) netvend(X)");
    assert_eq!(provenance(&marked, "nfsd"), Some(Provenance::Distribution));
    assert_eq!(provenance(&marked, "acmefs"), Some(Provenance::Undetermined), "N: not supported, whoever made it");
    assert_eq!(provenance(&marked, "netvend"), Some(Provenance::ThirdParty));
    // openSUSE has such kernels too, and marks nothing; 3.0 is SLE only.
    let unmarked = of("2.6.27.7-9-default", "nfsd acmefs");
    assert_eq!(provenance(&unmarked, "nfsd"), Some(Provenance::Undetermined));
    assert_eq!(provenance(&of("3.0.101-0.46-default", "nfsd"), "nfsd"), Some(Provenance::Distribution));
}

#[test]
fn what_a_partner_supports_and_the_distribution_built_is_the_distributions() {
    let of = |release: &str, modules: &str| {
        let mut oops = on_rhel8(event(EventKind::Oops, "BUG: unable to handle kernel NULL pointer dereference", 1));
        oops.release = Some(KernelRelease::new(release));
        oops.taint = Some(PrintedTaint::Tainted("G              X".to_owned()));
        oops.linked_in = list(modules);
        oops.ip = ip("netvsc_poll[hv_netvsc]");
        conclude(ReportFacts { logs: vec![log("dmesg", vec![oops])], ..ReportFacts::default() })
    };
    // `O` and `E` are marks of this kernel: without them it was built and signed by SUSE.
    assert_eq!(roles(&of("5.14.21-150500.55.39-default", "hv_netvsc(X) ext4")), []);
    assert_eq!(roles(&of("5.14.21-150500.55.39-default", "hv_netvsc(OEX) ext4")), [("hv_netvsc", "faulting", "high")]);
    // 2.6.32 has neither mark.
    assert_eq!(roles(&of("2.6.32.59-0.7-default", "hv_netvsc(X) ext4")), [("hv_netvsc", "faulting", "high")]);
}

#[test]
fn without_a_release_a_missing_mark_acquits_only_where_others_have_it() {
    let of = |modules: &str| {
        let oops = KernelEvent {
            linked_in: list(modules),
            ip: ip("acme_read[acme]"),
            ..event(EventKind::Oops, "Oops: 0000 [#1]", 1)
        };
        of_logs(vec![log("dmesg", vec![oops])])
    };
    assert_eq!(roles(&of("acme ext4")), [("acme", "faulting", "low")], "its origin is undetermined");
    assert_eq!(roles(&of("acme ext4 netvend(OE)")), []);
}

#[test]
fn without_a_backtrace_nobody_is_acquitted() {
    let of = |make: fn(&mut KernelEvent)| of_event(make).verdict;
    let by_headline = of(|e| {
        e.ip = ip("some_function").map(|ip| InstructionPointer { source: IpSource::Headline, ..ip });
    });
    assert!(
        by_headline.ends_with("the log holds no backtrace of it, so none of the 2 third-party modules can be judged.")
    );
    assert!(of(|_| {}).contains("neither instruction pointer nor backtrace, so none of the 2"));
    assert!(of(|e| e.frames = frames("vfs_read")).contains("none is in the backtrace"));
}

#[test]
fn a_later_taint_of_the_same_boot_acquits_what_ran_before_it() {
    let at = |us: u64, line: u64, taint: Option<&str>, code: &str| KernelEvent {
        time_us: Some(us),
        release: Some(KernelRelease::new("6.1.0-21-amd64")),
        taint: taint.map(|text| PrintedTaint::Tainted(text.to_owned())),
        ip: ip(code),
        ..event(EventKind::Warning, "WARNING: CPU: 1 PID: 7 at x.c:1", line)
    };
    let of = |later: &str| {
        let first = at(1_000_000, 1, None, "rxe_run[rdma_rxe]");
        let second = at(90_000_000, 40, Some(later), "schedule");
        of_logs(vec![log("dmesg", vec![first, second])])
    };
    assert_eq!(roles(&of("G    B   W         ")), []);
    assert_eq!(roles(&of("G    B   W   O     ")), [("rdma_rxe", "faulting", "low")]);
}

#[test]
fn an_error_that_the_hardware_had_not_corrected_is_told_beside_a_later_event_of_the_boot() {
    let said = |line: u64, boot: u32| Notice {
        kind: NoticeKind::HardwareError,
        module: None,
        detail: None,
        text: "EDAC MC3: 1 UE memory read error on DIMM#0".to_owned(),
        time_us: None,
        boot,
        origin: Origin::line("dmesg", line),
    };
    let of = |notice: Notice| {
        let oops = on_rhel8(event(EventKind::Oops, "Oops: 0000 [#1]", 40));
        of_logs(vec![LogFacts { notices: vec![notice], ..log("dmesg", vec![oops]) }])
    };
    let told = |report: &Report| {
        report.remarks.iter().any(|r| r.contains("EDAC MC3: 1 UE memory read error on DIMM#0 (dmesg:7)"))
    };
    assert!(told(&of(said(7, 0))));
    assert!(!told(&of(said(50, 0))), "after the event");
    assert!(!told(&of(said(7, 1))), "of another boot");
}

#[test]
fn a_log_that_could_not_be_read_whole_is_no_all_clear() {
    let of = |line: Option<u64>| of_logs(vec![LogFacts { like_a_fault: line, ..log("dmesg", vec![]) }]).verdict;
    assert_eq!(of(None), "No kernel fault in one kernel log. No list of loaded modules was found.");
    assert!(of(Some(9)).starts_with("No kernel fault in one kernel log that could be read; dmesg:9 reads like one"));
}

#[test]
fn an_allocation_that_failed_names_third_parties_only() {
    let of = |code: &str| {
        of_event(|e| {
            e.kind = EventKind::AllocFailure;
            e.linked_in = list("acmefs(OE) dm_mod");
            e.frames = frames(code);
        })
    };
    assert_eq!(roles(&of("warn_alloc acmefs_read[acmefs]")), [("acmefs", "call-path", "low")]);
    let alone = of_logs(vec![log(
        "dmesg",
        vec![KernelEvent {
            frames: frames("warn_alloc ttm_pool_alloc[ttm]"),
            ..event(EventKind::AllocFailure, "acmed: page allocation failure: order:9", 1)
        }],
    )]);
    assert_eq!(roles(&alone), []);
    assert!(alone.verdict.contains("memory ran out. No module is named."), "{}", alone.verdict);
}
