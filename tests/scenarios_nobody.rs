//! Crashes that are nobody's fault in the kernel, and those beside them that are somebody's: one report built for each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod scenario_support;
mod synth;

use scenario_support::*;
use synth::{Event, Log};
use taintrace::facts::EventKind;
use taintrace::triage::{Cause, Confidence, Report, Role};

/// A task that acmefs lets wait for a page.
fn hung() -> Event {
    Event::hung_task(120)
        .process("tar", 815)
        .trace("__schedule schedule io_schedule bit_wait_io acmefs_wait[acmefs] vfs_read")
        .trace(SYSCALLS)
}

/// The hung task at 1000 s, behind lines that came before.
fn hung_after(seconds: f64, lines: &str) -> Report {
    with_acmefs(Log::booted().lines(seconds, lines).event(1_000.0, hung()))
}

#[test]
fn a_hung_task_over_storage_that_did_not_answer_is_put_down_to_the_storage() {
    let lines = [
        "sd 2:0:0:1: timing out command, waited 180s",
        "sd 2:0:0:1: rejecting I/O to offline device",
        "blk_update_request: I/O error, dev sdc, sector 8192 op 0x1:(WRITE) flags 0x0",
        "nvme nvme0: I/O 12 QID 3 timeout, aborting",
        "sd 0:0:5:0: attempting task abort! scmd(00000000c0ffee00)",
        "device-mapper: multipath: 253:3: Failing path 8:16.",
    ];
    for line in lines {
        let report = hung_after(850.0, line);
        let event = report.primary_event().unwrap();
        assert_eq!((event.kind(), event.cause), (EventKind::HungTask, Cause::Hardware), "{line}");
        nobody(&report);
        let said = &report.verdict;
        assert!(said.contains("storage did not answer before it") && said.contains(line), "{said}");
        assert!(said.contains("acmefs stands in the backtrace, and is not named"), "{said}");
        assert!(
            report.suspects.iter().all(|s| s.module != "acmefs"),
            "nor is it merely present: {:?}",
            report.suspects
        );
        assert_eq!(event.exoneration.as_ref().map(|e| e.evidence.len()), Some(1), "{line}");
        assert!(step(&report, "why storage did not answer") && !step(&report, "install acmefs"), "{line}");
    }
}

#[test]
fn a_file_server_that_is_silent_is_the_cause_and_one_that_came_back_is_not() {
    let silent = "nfs: server files.example.com not responding, still trying";
    let report = hung_after(860.0, silent);
    assert_eq!(report.primary_event().unwrap().cause, Cause::Resource);
    nobody(&report);
    assert!(report.verdict.contains("a file server did not answer"), "{}", report.verdict);
    let report = hung_after(860.0, &format!("{silent}\nnfs: server files.example.com OK"));
    assert_eq!(first(&report), ("acmefs", Role::CallPath, Confidence::Medium));
    let report = hung_after(860.0, &format!("{silent}\nnfs: server other.example.com OK"));
    nobody(&report);
}

#[test]
fn storage_that_failed_at_another_time_or_in_an_empty_drive_excuses_nobody() {
    let named = ("acmefs", Role::CallPath, Confidence::Medium);
    let error = "blk_update_request: I/O error, dev sdc, sector 8192";
    assert_eq!(first(&hung_after(20.0, error)), named, "a quarter of an hour before");
    let after = Log::booted().event(1_000.0, hung()).line(1_005.0, error);
    assert_eq!(first(&with_acmefs(after)), named, "it came after");
    let earlier = Log::earlier_boot(90_000).line(990.0, error).then(&Log::booted().event(1_000.0, hung()));
    assert_eq!(first(&triaged(&rhel8().module("acmefs", "OE").messages(earlier))), named, "in another boot");
    for drive in ["sr0", "fd0"] {
        assert_eq!(first(&hung_after(990.0, &format!("blk_update_request: I/O error, dev {drive}, sector 0"))), named);
    }
    let stuck = Event::soft_lockup(23).ip("acmefs_scan[acmefs]").trace("acmefs_sync[acmefs] kthread");
    let report = with_acmefs(Log::booted().line(990.0, error).event(1_000.0, stuck));
    assert_eq!(first(&report), ("acmefs", Role::Faulting, Confidence::High), "who executes does not wait for a disk");
}

#[test]
fn a_module_whose_own_device_failed_does_not_wait_for_others() {
    let report = hung_after(990.0, "blk_update_request: I/O error, dev acmefsa, sector 8192");
    assert_eq!(first(&report), ("acmefs", Role::CallPath, Confidence::Medium), "{}", report.verdict);
}

#[test]
fn a_panic_that_the_watchdog_of_hung_tasks_asked_for_is_about_the_task_that_hung() {
    let panic = |log: Log| {
        let panic =
            Event::panic("hung_task: blocked tasks").process("khungtaskd", 55).trace("dump_stack panic watchdog");
        let log = log.event(1_000.0, hung()).event(1_000.2, panic);
        let report = rhel8().module("acmefs", "OE");
        let directory = report.crash_directory(90_000, 1_001);
        triaged(&report.crash(&directory, log))
    };
    let boot = || Log::earlier_boot(90_000);
    let report = panic(boot());
    assert_eq!(report.primary_event().map(|e| e.kind()), Some(EventKind::HungTask), "{}", report.verdict);
    assert_eq!(first(&report).0, "acmefs");
    let report = panic(boot().line(900.0, "sd 2:0:0:1: timing out command, waited 180s"));
    assert_eq!(report.primary_event().map(|e| e.cause), Some(Cause::Hardware), "{}", report.verdict);
    nobody(&report);
}

#[test]
fn the_firmware_is_a_cause_and_its_letter_is_nobodys_fault() {
    let broken = Event::warning("drivers/iommu/dmar.c", 846)
        .text("Your BIOS is broken; DMAR reported at address 0!")
        .ip("warn_invalid_dmar")
        .trace("acmefs_probe[acmefs] pci_device_probe");
    let report = with_acmefs(Log::booted().event(30.0, broken));
    assert_eq!(report.primary_event().unwrap().cause, Cause::Hardware);
    nobody(&report);
    assert!(report.verdict.contains("firmware"), "{}", report.verdict);

    let oops = Event::null_deref().ip("acmefs_read[acmefs]").trace("vfs_read").trace(SYSCALLS);
    let boot = Log::booted().line(1.0, "[Firmware Bug]: TSC_DEADLINE disabled due to Errata");
    let report = rhel8().module("acmefs", "OE").log(boot.event(900.0, oops.clone().taint("I")));
    let report = triaged(&report.file("proc/sys/kernel/tainted", "14336\n"));
    let told = remark(&report, "fault of the firmware");
    assert!(told.contains("TSC_DEADLINE") && told.contains("proc/sys/kernel/tainted"), "{told}");
    assert_eq!(first(&report), ("acmefs", Role::Faulting, Confidence::High), "the letter excuses nobody either");
    no_remark(&with_acmefs(Log::booted().event(900.0, oops)), "firmware");
}

const MACHINE_CHECK: &str = "mce: [Hardware Error]: CPU 3: Machine Check Exception: 5 Bank 4: b200000000070005\n\
                             mce: [Hardware Error]: TSC 1c2a9a8d5d \n\
                             mce: [Hardware Error]: PROCESSOR 0:306f2 TIME 1715377854 SOCKET 0 APIC 6 microcode 43";

#[test]
fn what_follows_a_machine_check_at_once_is_no_suspicion_of_a_module() {
    let oops = || Event::null_deref().cpu(3).ip("acmefs_read[acmefs]").trace("vfs_read").trace(SYSCALLS);
    let report = with_acmefs(Log::booted().lines(900.0, MACHINE_CHECK).event(900.3, oops()));
    let primary = report.primary_event().unwrap();
    assert_eq!((primary.kind(), primary.cause), (EventKind::MachineCheck, Cause::Hardware));
    nobody(&report);
    let later = report.suspects.iter().find(|s| s.module == "acmefs" && s.event != primary.id).expect("it is told");
    assert_eq!(later.confidence, Confidence::Low, "{:?}", later.ranking);

    let report = with_acmefs(Log::booted().lines(100.0, MACHINE_CHECK).event(900.3, oops()));
    assert_eq!(first(&report).0, "acmefs", "a quarter of an hour later it is another story");
    assert!(remark(&report, "hardware had reported an error").contains("dmesg"));
}

/// A page fault in acmefs of the running boot, at an address that is so far from the module's own code.
fn fault_off(bits: u64) -> Report {
    let base = rhel8().module("acmefs", "OE");
    let address = (base.machine.module_address("acmefs") + 0x123) ^ bits;
    let fault = Event::paging_request(address).ip("acmefs_read[acmefs]").trace("vfs_read").trace(SYSCALLS);
    triaged(&base.log(Log::booted().event(700.0, fault)))
}

#[test]
fn a_bit_that_flipped_in_an_address_is_told_and_keeps_the_suspicion_down() {
    let report = fault_off(1 << 35);
    assert_eq!(first(&report), ("acmefs", Role::Faulting, Confidence::Medium));
    let told = remark(&report, "one bit");
    assert!(told.contains("bit 35") && told.contains("acmefs"), "{told}");
    assert!(step(&report, "Test the memory"), "{:?}", report.next_steps);
    for bits in [0x3 << 35, 1 << 20, 0] {
        let report = fault_off(bits);
        assert_eq!(first(&report).2, Confidence::High, "{bits:x}");
        no_remark(&report, "one bit");
    }
}

#[test]
fn an_unknown_interrupt_is_nobodys() {
    let lines = "Uhhuh. NMI received for unknown reason 2d on CPU 3.\nDo you have a strange power saving mode enabled?\n\
                 Dazed and confused, but trying to continue";
    let report = with_acmefs(Log::booted().lines(500.0, lines));
    nobody(&report);
    assert!(report.verdict.contains("Nobody is named"), "{}", report.verdict);
}
