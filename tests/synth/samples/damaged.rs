//! An archive that was cut in transfer, and a log that came alone.

use super::{Content, Sample, truth_of};
use crate::synth::archive::Container;
use crate::synth::event::Event;
use crate::synth::log::Log;
use crate::synth::module::Module;
use crate::synth::sosreport::Sosreport;
use crate::synth::truth::{EventTruth, Truth, known, suspect};

/// The last part of the archive is missing: what stands before it says enough.
pub fn truncated() -> Sample {
    let oops = Event::null_deref().cpu(1).process("find", 30_444).ip("acmefs_lookup[acmefs]").trace(
        "acmefs_get_inode[acmefs] lookup_real __lookup_hash lookup_slow link_path_walk path_lookupat filename_lookup \
         user_path_at_empty user_path_at vfs_fstatat SYSC_newlstat SyS_newlstat system_call_fastpath",
    );
    let report = Sosreport::rhel7("cut79.example.com", "3.10.0-1160.el7.x86_64")
        .module("acmefs", "OE")
        .package("kmod-acmefs", "3.2.0-1.el7", "Acme Systems Inc.")
        .log(Log::booted().event(3_311.5, oops));
    let mut bytes = report.archive(Container::TarXz);
    bytes.truncate(bytes.len() * 3 / 4);
    let truth = Truth {
        whole: false,
        events: vec![EventTruth::new(
            "oops",
            Some("acmefs_lookup[acmefs]"),
            ("find", 30_444),
            "sos_commands/kernel/dmesg sos_commands/logs/journalctl_--no-pager",
        )],
        third_party: vec![known("acmefs", "OE")],
        suspect: suspect("acmefs", "faulting"),
        says: "The archive ends in the middle, and the output says so. What precedes the cut shows an oops in acmefs (out of tree, \
               unsigned).",
        ..truth_of(&report)
    };
    Sample {
        name: format!("{}.tar.xz", report.archive_stem()),
        what: "RHEL 7.9, sos 3.9, cut after three quarters of its bytes",
        content: Content::File(bytes),
        truths: vec![truth],
    }
}

/// The log of a crash that an administrator set off.
pub fn lone_log() -> Sample {
    let report = Sosreport::rhel8("test8.example.com", "4.18.0-513.5.1.el8_9.x86_64")
        .with(Module::third_party("acmeedr", "OE").version("7.1.2"));
    let log = Log::booted().line(5_120.25, "sysrq: SysRq : Trigger a crash").event(5_120.250_031, Event::sysrq_crash());
    let text = log.render(&report.machine, crate::synth::Envelope::Stamped);
    let truth = Truth {
        kind: "kernel-log",
        host: None,
        tainted: None,
        events: vec![
            EventTruth::new("oops", Some("sysrq_handle_crash"), ("bash", 2_718), "vmcore-dmesg.txt")
                .panics("Fatal exception"),
        ],
        third_party: vec![known("acmeedr", "OE")],
        suspect: None,
        says: "An administrator crashed the host by SysRq: nobody to blame, though acmeedr (out of tree, unsigned) is loaded.",
        ..truth_of(&report)
    };
    Sample {
        name: "vmcore-dmesg.txt".to_owned(),
        what: "RHEL 8.9, a kernel log by itself: a crash set off by SysRq",
        content: Content::File(text.into_bytes()),
        truths: vec![truth],
    }
}
