//! RHEL 5, 6 and 7.1.

use super::{Sample, truth_of};
use crate::synth::archive::Container;
use crate::synth::event::Event;
use crate::synth::log::Log;
use crate::synth::module::Module;
use crate::synth::sosreport::Sosreport;
use crate::synth::truth::{EventTruth, ModuleTruth, Truth, suspect};

/// A fault in an unsigned GPL file system; the host went on.
pub fn rhel5() -> Sample {
    let event = Event::null_deref()
        .cpu(1)
        .process("backup.sh", 3121)
        .ip("acmefs_readdir[acmefs]")
        .trace("filldir vfs_readdir filldir sys_getdents audit_syscall_entry tracesys");
    let report = Sosreport::rhel5("dbnode1.example.com", "2.6.18-274.el5")
        .case("1500231")
        .with(Module::third_party("acmelock", "E"))
        .with(Module::third_party("acmefs", "E").version("2.1.0-4").depends("acmelock"))
        .package("acmefs-kmod", "2.1.0-4.el5", "Acme Systems Inc.")
        .log(Log::booted().event(93_211.0, event));
    let truth = Truth {
        events: vec![EventTruth::new("oops", Some("acmefs_readdir[acmefs]"), ("backup.sh", 3121), "var/log/messages")],
        third_party: ["acmefs", "acmelock"].map(|name| unsigned(name, "U", Some(false), None)).to_vec(),
        suspect: suspect("acmefs", "faulting"),
        says: "The fault is in acmefs, an unsigned module; acmelock, unsigned too, is only loaded. The release keeps no \
               out-of-tree mark.",
        ..truth_of(&report)
    };
    Sample::archive(
        &report,
        Container::TarBz2,
        "RHEL 5.7, sos 1.7, `(U)`: an oops that did not end in a panic, in `messages` alone",
        truth,
    )
}

/// A fault in the block layer with a proprietary driver as its caller.
pub fn rhel6() -> Sample {
    let event = Event::null_deref()
        .cpu(6)
        .process("scsi_eh_2", 612)
        .ip("blk_finish_request")
        .trace(
            "__blk_end_request scsivend_complete[scsivend] scsivend_isr_tasklet[scsivend] tasklet_action __do_softirq \
             call_softirq do_softirq ?elv_queue_empty irq_exit do_IRQ ret_from_intr",
        )
        .then_panic("Fatal exception in interrupt");
    let report = Sosreport::rhel6("erp6.example.com", "2.6.32-504.el6.x86_64").case("2200417");
    let directory = report.crash_directory(412_600, 412_350);
    let report = report
        .with(Module::third_party("scsivend", "PE").version("5.02.11").about("Scsivend GmbH", "Scsivend HBA driver"))
        .module("acmemp", "E")
        .last_unloaded("scsivend_diag")
        .package("scsivend-kmod", "5.02.11-1", "Scsivend GmbH")
        .messages(Log::earlier_boot(412_600).then(&Log::booted()))
        .crash(&directory, Log::earlier_boot(412_600).event(412_350.25, event));
    let truth = Truth {
        events: vec![
            EventTruth::new(
                "oops",
                Some("blk_finish_request"),
                ("scsi_eh_2", 612),
                &format!("var/crash/{directory}/vmcore-dmesg.txt"),
            )
            .panics("Fatal exception in interrupt"),
        ],
        third_party: vec![unsigned("scsivend", "PU", Some(true), None), unsigned("acmemp", "U", Some(false), None)],
        suspect: suspect("scsivend", "call-path"),
        says: "The fault is in the block layer, called from scsivend, proprietary and unsigned: a suspect in the call path, two \
               frames above the fault. acmemp is only loaded.",
        ..truth_of(&report)
    };
    Sample::archive(
        &report,
        Container::TarXz,
        "RHEL 6.6, sos 2.2, `(P)(U)` and `last unloaded`: a panic whose log is in `vmcore-dmesg.txt` (with `<N>`, without stamps)",
        truth,
    )
}

/// Hung tasks waiting inside an unsigned file system, after a warning that has nothing to do with it.
pub fn rhel71() -> Sample {
    let warning = Event::warning("net/core/dev.c", 2265)
        .cpu(9)
        .process("swapper/9", 0)
        .ip("skb_warn_bad_offload")
        .text("tg3: caps=(0x0000000400014b89, 0x0000000000000000) len=1514 data_len=1448 gso_size=1448 gso_type=1 ip_summed=3")
        .trace("__skb_gso_segment dev_hard_start_xmit sch_direct_xmit dev_queue_xmit ip_finish_output ip_output");
    let hung = |comm: &str, pid: u32| {
        Event::hung_task(120).cpu(2).process(comm, pid).trace(
            "schedule_preempt_disabled __mutex_lock_slowpath mutex_lock acmefs_lock_inode[acmefs] acmefs_write[acmefs] vfs_write \
             SyS_write system_call_fastpath",
        )
    };
    let report = Sosreport::rhel7("web71.example.com", "3.10.0-229.el7.x86_64")
        .module("acmefs", "OE")
        .package("kmod-acmefs", "3.0.2-7.el7", "Acme Systems Inc.")
        .hardware("Dell Inc.", "PowerEdge R630")
        .log(
            Log::booted()
                .event(11_020.5, warning)
                .event(86_520.75, hung("httpd", 20_117))
                .event(86_640.75, hung("httpd", 20_121)),
        );
    let files = "sos_commands/kernel/dmesg var/log/messages sos_commands/logs/journalctl_--all_--this-boot_--no-pager";
    let truth = Truth {
        events: vec![
            EventTruth::new("warning", Some("skb_warn_bad_offload"), ("swapper/9", 0), files),
            EventTruth::new("hung-task", None, ("httpd", 20_117), files),
            EventTruth::new("hung-task", None, ("httpd", 20_121), files),
        ],
        third_party: vec![ModuleTruth { out_of_tree: Some(true), ..unsigned("acmefs", "OF", Some(false), Some(true)) }],
        suspect: suspect("acmefs", "call-path"),
        says: "Two tasks wait for a mutex that acmefs takes (out of tree, unsigned: `F` on this kernel). The warning of the \
               network stack before them names nobody.",
        ..truth_of(&report)
    };
    Sample::archive(
        &report,
        Container::TarGz,
        "RHEL 7.1, sos 3.2, `(OF)`: a warning of the kernel's own, then two hung tasks",
        truth,
    )
}

fn unsigned(
    name: &'static str,
    flags: &'static str,
    proprietary: Option<bool>,
    out_of_tree: Option<bool>,
) -> ModuleTruth {
    ModuleTruth { name, flags, unsigned: Some(true), out_of_tree, proprietary }
}
