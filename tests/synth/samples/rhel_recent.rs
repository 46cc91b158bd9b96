//! RHEL 7.9, 8, 9 and 10.

use super::{Sample, truth_of};
use crate::synth::archive::Container;
use crate::synth::event::Event;
use crate::synth::log::{Log, Wrap};
use crate::synth::module::Module;
use crate::synth::sosreport::Sosreport;
use crate::synth::truth::{EventTruth, Truth, known, suspect};

/// A warning, an oops and a panic out of one proprietary driver, with others beside it.
pub fn rhel79() -> Sample {
    let warning = Event::warning("kernel/softirq.c", 161)
        .cpu(4)
        .process("acmevol_io/4", 2211)
        .ip("__local_bh_enable_ip")
        .trace("_raw_spin_unlock_bh acmevol_finish[acmevol] acmevol_io_thread[acmevol] kthread ?kthread_create_on_node ret_from_fork_nospec_begin");
    let oops = Event::paging_request(0xdead_0000_0000_0110)
        .cpu(4)
        .process("acmevol_io/4", 2211)
        .ip("acmevol_requeue[acmevol]")
        .trace("acmevol_finish[acmevol] ?acmevol_requeue[acmevol] acmevol_io_thread[acmevol] kthread ?kthread_create_on_node ret_from_fork_nospec_begin")
        .then_panic("Fatal exception");
    let report = Sosreport::rhel7("vm79.example.com", "3.10.0-1160.21.1.el7.x86_64").case("02944410");
    let directory = report.crash_directory(122_260, 122_006);
    let report = report
        .with(Module::third_party("scini", "POE").about("Dell EMC", "PowerFlex data client"))
        .with(Module::third_party("acmecommon", "POE"))
        .with(Module::third_party("acmevol", "POE").depends("acmecommon"))
        .module("overlay", "T")
        .package("acmevol", "4.1.0-22", "Acme Systems Inc.")
        .secure_boot(false)
        .messages(Log::earlier_boot(122_260).then(&Log::booted()))
        .crash(
            &directory,
            Log::earlier_boot(122_260).event(122_004.25, warning).event(122_006.5, oops).wrap(Wrap::ModuleList(100)),
        );
    let file = format!("var/crash/{directory}/vmcore-dmesg.txt");
    let process = ("acmevol_io/4", 2211);
    let truth = Truth {
        events: vec![
            EventTruth::new("warning", Some("__local_bh_enable_ip"), process, &file),
            EventTruth::new("oops", Some("acmevol_requeue[acmevol]"), process, &file).panics("Fatal exception"),
        ],
        third_party: ["acmecommon", "acmevol", "scini"].map(|name| known(name, "POE")).to_vec(),
        suspect: suspect("acmevol", "faulting"),
        says: "acmevol (proprietary, out of tree, unsigned) is at the instruction pointer of the oops that panicked the host, and \
               in the trace of the warning two seconds before. acmecommon and scini are only loaded; overlay is a technology preview \
               of the distribution, not a third party.",
        ..truth_of(&report)
    };
    Sample::archive(
        &report,
        Container::TarXz,
        "RHEL 7.9, sos 3.9, `(POE)` and `overlay(T)`: warning, oops, panic in one `vmcore-dmesg.txt` whose module lists are wrapped in the middle of words",
        truth,
    )
}

/// A soft lockup under a spin lock that an unsigned network driver waits for; four files tell it.
pub fn rhel8() -> Sample {
    let lockup =
        Event::soft_lockup(22).cpu(11).process("ksoftirqd/11", 68).ip("native_queued_spin_lock_slowpath").trace(
            "_raw_spin_lock netvend_tx_reclaim[netvend] netvend_poll[netvend] __napi_poll net_rx_action __do_softirq \
             run_ksoftirqd smpboot_thread_fn kthread ?set_kthread_struct ret_from_fork",
        );
    let log = Log::booted().event(171_203.5, lockup);
    let report = Sosreport::rhel8("edge8.example.com", "4.18.0-513.5.1.el8_9.x86_64").case("03712209");
    let directory = report.crash_directory(0, 171_900);
    let driver =
        Module::third_party("netvend", "OE").version("8.60.1").about("Netvend Ltd.", "Netvend Ethernet driver");
    let report = report
        .with(driver.path("extra/netvend/netvend.ko"))
        .package("kmod-netvend", "8.60.1-1.el8", "Netvend Ltd.")
        .secure_boot(false)
        .log(log.clone())
        .crash(&directory, log);
    let files = format!(
        "sos_commands/kernel/dmesg sos_commands/kernel/dmesg_-T var/log/messages sos_commands/logs/journalctl_--no-pager \
         var/crash/{directory}/vmcore-dmesg.txt"
    );
    let truth = Truth {
        events: vec![EventTruth::new(
            "soft-lockup",
            Some("native_queued_spin_lock_slowpath"),
            ("ksoftirqd/11", 68),
            &files,
        )],
        third_party: vec![known("netvend", "OE")],
        suspect: suspect("netvend", "call-path"),
        says: "One soft lockup, told by five files: the CPU spins on a lock that netvend (out of tree, unsigned) asks for; netvend \
               is the first frame below the kernel's lock helpers.",
        ..truth_of(&report)
    };
    Sample::archive(
        &report,
        Container::Zip,
        "RHEL 8.9, sos 4.6, `(OE)`, repacked as zip: one soft lockup that did not stop the host, in dmesg, `dmesg -T`, messages, journal and in a log that was saved into `var/crash` by hand",
        truth,
    )
}

/// Nothing wrong at all.
pub fn rhel9() -> Sample {
    let report = Sosreport::rhel9("clean9.example.com", "5.14.0-427.13.1.el9_4.x86_64")
        .secure_boot(true)
        .log(Log::booted().line(16.25, "Kernel is locked down from EFI Secure Boot mode; see man kernel_lockdown.7"));
    let truth = Truth { says: "Clean: no event, no third-party module, taint 0.", ..truth_of(&report) };
    Sample::archive(&report, Container::TarZst, "RHEL 9.4, sos 4.7: nothing wrong", truth)
}

/// A crash in a file system of the distribution while proprietary modules are loaded and have no part in it.
pub fn rhel10() -> Sample {
    let oops = Event::null_deref()
        .cpu(5)
        .process("kworker/5:2", 88_112)
        .workqueue("xfs-conv/dm-0", "xfs_end_io[xfs]")
        .ip("xfs_bmapi_read[xfs]")
        .trace(
            "xfs_iomap_write_unwritten[xfs] xfs_end_ioend[xfs] xfs_end_io[xfs] process_one_work worker_thread \
             ?__pfx_worker_thread kthread ?__pfx_kthread ret_from_fork ?__pfx_kthread ret_from_fork_asm",
        )
        .then_panic("Fatal exception");
    let report = Sosreport::rhel10("gpu10.example.com", "6.12.0-55.9.1.el10_0.x86_64");
    let directory = report.crash_directory(89_160, 88_900);
    let report = report
        .with(Module::third_party("nvidia", "POE").about("NVIDIA", "GPU driver").license("NVIDIA"))
        .with(Module::third_party("acmenic", "O").version("1.9.3").signed_by("Acme Systems Secure Boot Signing"))
        .package("acmenic-kmod", "1.9.3-2", "Acme Systems Inc.")
        .secure_boot(false)
        .messages(Log::earlier_boot(89_160).then(&Log::booted()))
        .crash(&directory, Log::earlier_boot(89_160).event(88_900.125, oops));
    let truth = Truth {
        events: vec![
            EventTruth::new(
                "oops",
                Some("xfs_bmapi_read[xfs]"),
                ("kworker/5:2", 88_112),
                &format!("var/crash/{directory}/vmcore-dmesg.txt"),
            )
            .panics("Fatal exception"),
        ],
        third_party: vec![known("acmenic", "O"), known("nvidia", "POE")],
        suspect: None,
        says: "The crash is in xfs, which came with the kernel. nvidia (proprietary, out of tree, unsigned) and acmenic (out of \
               tree, signed by its vendor) are loaded and in no frame: nobody to blame among them.",
        ..truth_of(&report)
    };
    Sample::archive(
        &report,
        Container::TarXz,
        "RHEL 10.0, sos 4.9, the taint spelled out in a line of its own: a panic in the kernel's own code with third parties loaded",
        truth,
    )
}
