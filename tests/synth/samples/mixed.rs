//! Ubuntu, SUSE, and what `sos collect` brings home.

use super::{Content, Sample, truth_of};
use crate::synth::archive::{Container, bundle};
use crate::synth::event::Event;
use crate::synth::log::Log;
use crate::synth::module::Module;
use crate::synth::sosreport::Sosreport;
use crate::synth::truth::{EventTruth, Truth, known, suspect};

/// A fault in the slab allocator with a monitoring module in stack residue alone.
pub fn ubuntu() -> Sample {
    let gpf = Event::gpf().cpu(2).process("postgres", 51_330).ip("kmem_cache_alloc").trace(
        "?vendmon_record[vendmon] getname_flags.part.0 ?vendmon_hook_open[vendmon] getname_flags do_sys_openat2 __x64_sys_openat \
         do_syscall_64 entry_SYSCALL_64_after_hwframe",
    );
    let report = Sosreport::ubuntu("pg24", "6.8.0-31-generic")
        .with(
            Module::third_party("vendmon", "OE")
                .version("0.9.4")
                .about("Vendmon", "file access monitor")
                .path("updates/dkms/vendmon.ko"),
        )
        .dkms("vendmon/0.9.4, 6.8.0-31-generic, x86_64: installed")
        .package("vendmon-dkms", "0.9.4", "Vendmon")
        .hardware("QEMU", "Standard PC (Q35 + ICH9, 2009)")
        .log(Log::booted().event(40_112.75, gpf));
    let files = "sos_commands/kernel/dmesg sos_commands/kernel/dmesg_-T var/log/kern.log sos_commands/logs/journalctl_--no-pager";
    let truth = Truth {
        events: vec![EventTruth::new("gpf", Some("kmem_cache_alloc"), ("postgres", 51_330), files)],
        third_party: vec![known("vendmon", "OE")],
        suspect: suspect("vendmon", "stale-frame"),
        says: "The slab allocator met a bad pointer. vendmon (out of tree, unsigned) stands only in stale frames (`?`): a weak hint, \
               low confidence.",
        ..truth_of(&report)
    };
    Sample {
        name: report.root(),
        what: "Ubuntu 24.04, sos 4.5, a plain directory, DKMS: a general protection fault",
        content: Content::Directory(report.tree()),
        truths: vec![truth],
    }
}

/// A fault in a module that the vendor does not support, beside one that a partner does.
pub fn suse() -> Sample {
    let oops = Event::null_deref().cpu(7).process("orted", 9_120).ip("acmerdma_poll_cq[acmerdma]").trace(
        "acmerdma_ioctl[acmerdma] ?acmesan_probe[acmesan] __x64_sys_ioctl do_syscall_64 ?exc_page_fault \
         entry_SYSCALL_64_after_hwframe",
    );
    let report = Sosreport::suse("hpc-sle15", "5.14.21-150500.55.39-default")
        .with(Module::third_party("acmerdma", "OEN").version("23.10.0").path("updates/acmerdma.ko"))
        .with(Module::third_party("acmesan", "OX").path("updates/acmesan.ko"))
        .package("acmesan-kmp-default", "2.2_k5.14.21_150500.53", "Acme Systems Inc.")
        .log(Log::booted().event(7_310.25, oops));
    let truth = Truth {
        events: vec![EventTruth::new(
            "oops",
            Some("acmerdma_poll_cq[acmerdma]"),
            ("orted", 9_120),
            "boot.txt messages.txt",
        )],
        third_party: vec![known("acmesan", "OX"), known("acmerdma", "OEN")],
        suspect: suspect("acmerdma", "faulting"),
        says: "The fault is in acmerdma: out of tree, unsigned, not supported by the distribution (`N`). acmesan, externally \
               supported (`X`), is in a stale frame only.",
        ..truth_of(&report)
    };
    Sample {
        name: format!("{}.txz", report.root()),
        what: "SLE 15 SP5, supportconfig, `N` and `X`, frames with build ids: an oops",
        content: Content::File(report.archive(Container::TarXz)),
        truths: vec![truth],
    }
}

/// A clean node and one with a crash in a proprietary driver.
pub fn collected() -> Sample {
    let clean =
        Sosreport::rhel8("node1.example.com", "4.18.0-513.5.1.el8_9.x86_64").case("03800001").log(Log::booted());
    let oops = Event::bug_at("mm/slub.c", 379)
        .cpu(0)
        .process("acmebkp", 1_877)
        .ip("__slab_free")
        .trace(
            "?__wake_up_common_lock kfree acmebkp_release_map[acmebkp] acmebkp_ioctl[acmebkp] __x64_sys_ioctl do_syscall_64 \
             entry_SYSCALL_64_after_hwframe",
        )
        .then_panic("Fatal exception");
    let crashed = Sosreport::rhel9("node2.example.com", "5.14.0-427.13.1.el9_4.x86_64").case("03800001");
    let directory = crashed.crash_directory(201_600, 201_340);
    let crashed = crashed
        .with(Module::third_party("acmebkp", "POE").about("Acme Backup Inc.", "block change tracking"))
        .package("acmebkp-agent", "11.3.0", "Acme Backup Inc.")
        .secure_boot(false)
        .messages(Log::earlier_boot(201_600).then(&Log::booted()))
        .crash(&directory, Log::earlier_boot(201_600).event(201_340.0, oops));
    let member = |report: &Sosreport| format!("{}.tar.xz", report.root());
    let root = "sos-collector-03800001-2024-07-09-qvxkz";
    let members: Vec<_> =
        [&clean, &crashed].map(|report| (member(report), report.archive(Container::TarXz))).into_iter().collect();
    let truths = vec![
        Truth { member: Some(member(&clean)), says: "clean, taint 0.", ..truth_of(&clean) },
        Truth {
            member: Some(member(&crashed)),
            events: vec![
                EventTruth::new(
                    "bug",
                    Some("__slab_free"),
                    ("acmebkp", 1_877),
                    &format!("var/crash/{directory}/vmcore-dmesg.txt"),
                )
                .panics("Fatal exception"),
            ],
            third_party: vec![known("acmebkp", "POE")],
            suspect: suspect("acmebkp", "call-path"),
            says: "the slab allocator found a double free that acmebkp (proprietary, out of tree, unsigned) asked for: a suspect in \
                   the call path.",
            ..truth_of(&crashed)
        },
    ];
    Sample {
        name: format!("{root}.tar"),
        what: "a `sos collect` bundle: a plain tar of two `tar.xz`, RHEL 8 and RHEL 9",
        content: Content::File(bundle(root, u64::try_from(crashed.collected).unwrap(), &members)),
        truths,
    }
}
