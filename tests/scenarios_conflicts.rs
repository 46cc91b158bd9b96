//! What the parts of a report say against each other, and who owns what: one report built for each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod scenario_support;
mod synth;

use scenario_support::*;
use synth::{Event, Log, Module as Built, Sosreport};
use taintrace::triage::Report;

fn oops() -> Event {
    Event::null_deref().process("cp", 31337).ip("acmefs_read[acmefs]").trace("vfs_read").trace(SYSCALLS)
}

#[test]
fn a_letter_that_no_module_accounts_for_is_told_beside_those_that_are_accounted_for() {
    let with_mask = |mask: &str| {
        let report = rhel8().module("acmefs", "OE").log(Log::booted().event(100.0, oops()));
        triaged(&report.file("proc/sys/kernel/tainted", mask))
    };
    // O and E are acmefs's; P is nobody's; D and W are the kernel's own.
    let told = with_mask("13057\n");
    assert!(remark(&told, "no module accounts").contains("tainted P ("), "{:?}", told.remarks);
    no_remark(&with_mask("13056\n"), "accounts");
}

#[test]
fn a_letter_whose_module_was_unloaded_since_names_it() {
    let report = rhel8().module("acmefs", "OE").module("netvend", "POE").unloaded_since("netvend");
    let report = report.log(Log::booted().event(100.0, oops())).file("proc/sys/kernel/tainted", "12417\n");
    let told = triaged(&report);
    let said = remark(&told, "unloaded since");
    assert!(said.contains("tainted P") && said.contains("netvend"), "{said}");
}

#[test]
fn a_letter_of_a_module_that_an_event_calls_unloaded_names_it() {
    let lines = format!(
        "BUG: unable to handle kernel NULL pointer dereference at 0000000000000028\n\
         Oops: 0000 [#1] SMP NOPTI\n\
         CPU: 2 PID: 31337 Comm: cp Kdump: loaded Tainted: P           OE    --------- -  - {EL8} #1\n\
         RIP: 0010:acmefs_read+0x22/0x90 [acmefs]\n\
         Call Trace:\n vfs_read+0x91/0x150\n ksys_read+0x4f/0xb0\n\
         Modules linked in: acmefs(OE) xfs sd_mod tg3 ahci [last unloaded: netvend(POE)]\n\
         ---[ end trace 0123456789abcdef ]---"
    );
    let report = rhel8().module("acmefs", "OE").log(Log::booted().lines(700.0, &lines));
    let told = triaged(&report.file("proc/sys/kernel/tainted", "12417\n"));
    let said = remark(&told, "unloaded since");
    assert!(said.contains("tainted P") && said.contains("netvend"), "{said}");
}

#[test]
fn counters_are_compared_with_the_boot_that_they_count() {
    let base = Sosreport::rhel10("db1.example.com", EL10).module("acmefs", "OE");
    let counted = |log: Log, count: &str| triaged(&base.clone().messages(log).file("sys/kernel/oops_count", count));
    let earlier = || Log::earlier_boot(90_000).event(100.0, oops());
    let both = earlier().then(&Log::booted().event(100.0, oops()));
    no_remark(&counted(both.clone(), "1\n"), "oops_count");
    assert!(remark(&counted(both, "2\n"), "oops_count").contains("hold 1"), "the other is of a boot that is over");
    let gone = counted(earlier().then(&Log::booted()), "1\n");
    assert!(remark(&gone, "oops_count").contains("hold 0"), "the log of this boot has lost it");
}

#[test]
fn an_address_that_was_placed_says_so() {
    let base = rhel8().module("acmefs", "OE");
    let inside = base.machine.module_address("acmefs") + 0x123;
    let lines = format!(
        "BUG: unable to handle kernel NULL pointer dereference at 0000000000000028\n\
         Oops: 0000 [#1] SMP NOPTI\n\
         CPU: 2 PID: 31337 Comm: cp Kdump: loaded Tainted: G           OE    --------- -  - {EL8} #1\n\
         RIP: 0010:0x{inside:016x}\n\
         Call Trace:\n 0x{inside:016x}\n vfs_read+0x91/0x150\n ksys_read+0x4f/0xb0\n\
         ---[ end trace 0123456789abcdef ]---"
    );
    let report = triaged(&base.clone().log(Log::booted().lines(700.0, &lines)));
    let event = &report.events[0].event;
    let ip = event.ip.as_ref().unwrap();
    assert_eq!((ip.module.as_deref(), ip.placed), (Some("acmefs"), true));
    let placed: Vec<bool> = event.frames.iter().map(|f| f.placed).collect();
    assert_eq!(placed, [true, false, false]);
    let printed = triaged(&base.log(Log::booted().event(700.0, oops())));
    assert!(printed.events[0].event.ip.as_ref().is_some_and(|ip| !ip.placed), "the log itself names it");
}

fn owner(report: &Report, name: &str) -> Option<String> {
    module(report, name).vendor.as_ref().map(|o| format!("{}: {}", o.vendor, o.product))
}

#[test]
fn an_owner_is_found_by_name_package_signer_author_and_by_what_its_package_says() {
    let log = || Log::booted().event(100.0, oops());
    let scini = triaged(&rhel8().module("scini", "POE").log(log()));
    assert!(owner(&scini, "scini").unwrap().starts_with("Dell: PowerFlex"), "{:?}", owner(&scini, "scini"));
    let signed = Built::third_party("acmefs", "O").signed_by("NVIDIA Kernel Module Signing Key");
    assert!(owner(&triaged(&rhel8().with(signed).log(log())), "acmefs").unwrap().starts_with("NVIDIA"));
    let path = Built::third_party("acmefs", "OE").path("extra/falcon-sensor/acmefs.ko");
    assert!(owner(&triaged(&rhel8().with(path).log(log())), "acmefs").unwrap().starts_with("CrowdStrike"));
    let unknown = triaged(&rhel8().module("acmefs", "OE").log(log()));
    assert_eq!(owner(&unknown, "acmefs"), None);
    assert!(step(&unknown, "Find out who delivers acmefs"), "{:?}", unknown.next_steps);
}

#[test]
fn the_same_event_in_five_files_and_two_archives_of_one_host_happened_once() {
    let crash = Log::earlier_boot(90_000).event(7_000.0, oops());
    let build = |case: &str| {
        let report = rhel8().case(case).module("acmefs", "OE");
        let directory = report.crash_directory(90_000, 7_001);
        triaged(&report.crash(&directory, crash.clone()).messages(crash.clone().then(&Log::booted())))
    };
    let reports = [build("03800001"), build("03800002")];
    for report in &reports {
        assert_eq!(report.events.len(), 1, "{:?}", report.events);
        assert!(report.events[0].also_at.len() >= 2, "{:?}", report.events[0].also_at);
    }
    let summary = taintrace::triage::summarize(&reports, 2);
    assert_eq!(summary.groups.len(), 1);
    assert_eq!((summary.groups[0].reports.len(), summary.groups[0].occurrences), (2, 1));
}
