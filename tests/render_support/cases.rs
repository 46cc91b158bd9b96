//! The invented reports.

use std::sync::Arc;

use taintrace::facts::{
    Blacklist, CrashDirectory, Distro, EventKind, LinkedModule, Located, ModuleFlags, NamedBy, NamedModule, Origin,
    PrintedTaint, SecureBoot, SignatureState, StackContext,
};
use taintrace::taint::Lineage;
use taintrace::triage::{Cause, Confidence, InputKind, KernelTaint, Provenance, Report, Role};

use super::{EventWith, With, event, flags, module, owner, report, suspect};

const EL7: &str = "3.10.0-1160.21.1.el7.x86_64";

/// A file system of somebody else holds the instruction pointer, another one of theirs had called it.
pub fn crash_in_a_third_party_module() -> Report {
    let dmesg = "sos_commands/kernel/dmesg";
    let mut acmefs = module("acmefs", "POE");
    acmefs.license = Some("Proprietary".to_owned());
    acmefs.version = Some("7.2.1-180".to_owned());
    acmefs.package = Some("acme-storage-client-7.2.1-180.el7.x86_64".to_owned());
    acmefs.vendor = owner("Acme Storage", "AcmeFS client", "https://support.acme.example");
    acmefs.signature = SignatureState::Unsigned;
    acmefs.conflicts =
        vec!["the module list shows POE at var/log/messages:20415, sys/module/acmefs/taint shows OE".to_owned()];
    let mut report = report("/cases/03412345/sosreport-db07-03412345-2021-05-10-xkqmrtz.tar.xz")
        .running(EL7, Lineage::Rhel7)
        .tainted(12289, "POE", "proc/sys/kernel/tainted")
        .log(dmesg, 1803)
        .log("var/log/messages", 20_600)
        .module(acmefs)
        .module(module("acmevol", "POE"))
        .module(module("vxio", "POE"))
        .module(module("vxspec", "POE"))
        .event(
            event(
                1,
                EventKind::Warning,
                "WARNING: at fs/xfs/xfs_aops.c:1045 xfs_vm_releasepage",
                Origin::line(dmesg, 988),
            )
            .at("xfs_vm_releasepage", Some("xfs"))
            .process("kswapd0", 155)
            .frames(&[("shrink_page_list", None, true)]),
        )
        .event(
            event(
                2,
                EventKind::Oops,
                "BUG: unable to handle kernel NULL pointer dereference at 0000000000000018",
                Origin::line(dmesg, 1042),
            )
            .at("acmefs_read", Some("acmefs"))
            .process("cp", 31337)
            .release(EL7)
            .linked(&[("acmefs", "POE"), ("acmevol", "POE"), ("xfs", ""), ("libcrc32c", "")])
            .panic("Kernel panic - not syncing: Fatal exception")
            .frames(&[
                ("native_sched_clock", None, false),
                ("acmevol_submit", Some("acmevol"), true),
                ("vfs_read", None, true),
                ("SyS_read", None, true),
                ("system_call_fastpath", None, true),
                ("a", None, true),
                ("b", None, true),
                ("c", None, true),
                ("d", None, true),
                ("e", None, true),
            ])
            .primary(),
        );
    report.events[1].also_at = vec![
        Origin::line("var/log/messages", 20412),
        Origin::line("var/crash/127.0.0.1-2021-05-10/vmcore-dmesg.txt", 990),
    ];
    report.events[1].cause = Cause::Module;
    report.host = Some("db07.example".to_owned());
    report.hardware = Some("Dell Inc. PowerEdge R740".to_owned());
    report.collected = Some("2021-05-10T21:58:03+02:00".to_owned());
    report.distro = Some(Distro {
        id: "rhel".to_owned(),
        version: Some("7.9".to_owned()),
        pretty: "Red Hat Enterprise Linux Server release 7.9 (Maipo)".to_owned(),
    });
    report.secure_boot =
        Some(Located::new(SecureBoot::Disabled, Origin::line("sos_commands/boot/mokutil_--sb-state", 1)));
    report.modules_loaded = 142;
    report.remarks = vec!["Secure Boot is off, so nothing kept unsigned modules from loading.".to_owned()];
    let mut faulting = suspect("acmefs", 2, Role::Faulting, Confidence::High, Origin::line(dmesg, 1047));
    faulting.flags = Some("POE".to_owned());
    faulting.reason = "The instruction pointer stands in acmefs_read of acmefs.".to_owned();
    let mut caller = suspect("acmevol", 2, Role::CallPath, Confidence::Medium, Origin::line(dmesg, 1063));
    caller.flags = Some("POE".to_owned());
    caller.frame = Some(1);
    caller.reason = "acmevol_submit is a reliable frame of the backtrace, 2 below the fault.".to_owned();
    report
        .suspect(faulting)
        .suspect(caller)
        .bystanders(2)
        .bystanders(1)
        .verdict(
            "acmefs (proprietary, out-of-tree, unsigned) of Acme Storage was executing acmefs_read when process cp hit a NULL \
             pointer and the kernel panicked; acmevol had called it.",
        )
        .problem("var/log/journal/7d0c/system.journal", "the binary journal is not read; ask for the output of journalctl -k")
}

/// The longest names that real reports have.
pub fn long_names() -> Report {
    let symev = "symev_rh_ES_6_2_6_32_431_el6_x86_64";
    let dmesg = "var/crash/127.0.0.1-2021-05-10-21:50:54/vmcore-dmesg.txt";
    let mut stale = suspect("mpt3sas_vendor_build", 1, Role::StaleFrame, Confidence::Low, Origin::line(dmesg, 1071));
    stale.flags = Some("U".to_owned());
    let mut path = suspect(symev, 1, Role::CallPath, Confidence::Medium, Origin::line(dmesg, 1042));
    path.flags = Some("PU".to_owned());
    report("/cases/03399999/sosreport-orap0117.prod.example.com-03399999-2021-05-10-kdzwvnq.tar.xz")
        .running("2.6.32-431.29.2.el6.x86_64", Lineage::Mainline)
        .log(dmesg, 1100)
        .module(module(symev, "PU"))
        .module(module("mpt3sas_vendor_build", "U"))
        .module(module("emcpdm", "PU"))
        .event(
            event(
                1,
                EventKind::SoftLockup,
                "BUG: soft lockup - CPU#7 stuck for 67s! [kworker/u161:0:12345]",
                Origin::line(dmesg, 1030),
            )
            .at("native_queued_spin_lock_slowpath", None)
            .process("kworker/u161:0", 12345)
            .frames(&[("PowerPlatformBottomDispatch", Some(symev), true)])
            .panic("Kernel panic - not syncing: softlockup: hung tasks")
            .edit(|event| event.repeats = 37)
            .primary(),
        )
        .suspect(path)
        .suspect(stale)
        .bystanders(1)
        .verdict(&format!("{symev} (proprietary, unsigned) stands in the call path of the soft lockup."))
}

/// A crash with third-party modules loaded and none of them in it.
pub fn innocent() -> Report {
    let log = "var/log/messages";
    let names = ["nvidia", "nvidia_modeset", "nvidia_drm", "vboxdrv", "falcon_lsm_serviceable", "zfs", "spl"];
    let mut report = names
        .iter()
        .fold(report("/cases/03500001/sosreport-web12-2022-11-02-qqwlrdm.tar.xz"), |report, name| {
            report.module(module(name, "POE"))
        })
        .running("4.18.0-425.3.1.el8.x86_64", Lineage::Mainline)
        .log(log, 51_234)
        .event(
            event(
                1,
                EventKind::ListCorruption,
                "list_del corruption. prev->next should be ffff8f",
                Origin::line(log, 4021),
            )
            .at("__list_del_entry_valid.cold.1", None)
            .process("systemd-udevd", 1022)
            .frames(&[("ep_remove", None, true)])
            .primary(),
        );
    for id in 2..9 {
        let kind = if id % 3 == 0 { EventKind::HungTask } else { EventKind::Warning };
        report = report
            .event(
                event(id, kind, "again", Origin::line(log, 4100 + u64::from(id))).frames(&[("schedule", None, true)]),
            )
            .bystanders(id);
    }
    report.bystanders(1).verdict("No third-party module stands in the backtrace of the list corruption; 7 were loaded.")
}

/// Nothing happened, nothing is tainted.
pub fn clean() -> Report {
    report("/cases/03500001/sosreport-web13-2022-11-02-aakeple.tar.xz")
        .running("5.14.0-284.11.1.el9_2.x86_64", Lineage::Mainline)
        .log("sos_commands/kernel/dmesg", 1640)
        .log("sos_commands/logs/journalctl_--no-pager", 88_000)
        .verdict("No kernel event in 2 logs, and no third-party module is known.")
}

/// Nothing happened, but modules of others are there.
pub fn modules_without_an_event() -> Report {
    let mut undetermined = module("mystery", "");
    undetermined.provenance = Provenance::Undetermined;
    undetermined.flags = None;
    let mut on_disk = module("wl", "POE");
    on_disk.loaded = Some(false);
    on_disk.origins = vec![Origin::line("sos_commands/kernel/modinfo_ALL_MODULES", 7_221)];
    report("/cases/03500001/sosreport-ws77-2023-01-17-nlslrst.tar.xz")
        .running("5.15.0-58-generic", Lineage::Mainline)
        .log("var/log/kern.log", 903)
        .module(module("nvidia", "POE"))
        .module(on_disk)
        .module(undetermined)
        .verdict("No kernel event; 2 third-party modules are known, 1 of them loaded: nvidia.")
}

/// An input of which nothing could be read.
pub fn failed() -> Report {
    let mut report = report("/cases/03500001/sosreport-db09-2022-11-02-zzzzzzz.tar.xz")
        .verdict("Nothing could be read.")
        .problem(
            "sosreport-db09-2022-11-02-zzzzzzz.tar.xz",
            "the xz stream ends after 1048576 bytes, inside its first block; the upload was cut, ask for the file again",
        );
    report.failed = true;
    report.kind = InputKind::Directory;
    report
}

/// One report of a bundle, read in part.
pub fn bundle_member() -> Report {
    let log = "sos_commands/kernel/dmesg";
    let mut named = suspect("ice_oot", 1, Role::Named, Confidence::High, Origin::line(log, 700));
    named.flags = Some("OE".to_owned());
    let mut report = report("/cases/03600000/sos-collector-cluster-2024-02-01-abcde.tar.xz")
        .running("5.14.0-362.8.1.el9_3.x86_64", Lineage::Mainline)
        .log(log, 2000)
        .module(module("ice_oot", "OE"))
        .event(
            event(
                1,
                EventKind::NetdevWatchdog,
                "NETDEV WATCHDOG: ens1f0 (ice_oot): transmit queue 4 timed out",
                Origin::line(log, 700),
            )
            .at("dev_watchdog", None)
            .process("swapper/3", 0)
            .frames(&[("call_timer_fn", None, true)])
            .primary(),
        )
        .suspect(named)
        .verdict("The kernel names ice_oot (out-of-tree, unsigned) in a transmit timeout of ens1f0.")
        .problem(
            "sos_commands/logs/journalctl_--no-pager",
            "the file ends inside a line; the archive is cut here, what came before was read",
        );
    report.member = Some("cluster/sosreport-node3-2024-02-01-wlrmtcx.tar.xz".to_owned());
    report.suspects[0].context = StackContext::Irq;
    report
}

/// Text that attacks each output.
pub const EVIL: &str = "\u{1b}[2J\u{202e}=cmd|'/C calc'!A0`|<img src=x onerror=alert(1)>\n## [x](javascript:1) *b* _i_\u{200b}\0</script>&amp;```";

/// The same text in every field that comes out of an input.
pub fn filled_with(evil: &str) -> Report {
    let at = || Origin::line(evil, 1);
    let mut bad = module(evil, "POE");
    bad.flags = Some(evil.to_owned());
    for field in [&mut bad.license, &mut bad.version, &mut bad.package, &mut bad.signer, &mut bad.file] {
        *field = Some(evil.to_owned());
    }
    bad.vendor = owner(evil, evil, evil);
    bad.signature = SignatureState::Signed;
    bad.conflicts = vec![evil.to_owned()];
    bad.origins = vec![at()];
    let mut suspected = suspect(evil, 1, Role::Faulting, Confidence::High, at());
    suspected.flags = Some(evil.to_owned());
    suspected.reason = evil.to_owned();
    suspected.ranking = vec![evil.to_owned()];
    let mut report = report(evil)
        .running(evil, Lineage::Mainline)
        .log(evil, 1)
        .module(bad)
        .event(
            event(1, EventKind::Oops, evil, at())
                .at(evil, Some(evil))
                .process(evil, 1)
                .frames(&[(evil, Some(evil), true)])
                .release(evil)
                .panic(evil)
                .linked(&[(evil, "POE")])
                .edit(|event| {
                    event.wall = Some(evil.to_owned());
                    event.taint = Some(PrintedTaint::Tainted(evil.to_owned()));
                    event.taint_names = vec![('P', evil.to_owned())];
                    let (module, flags) = (evil.to_owned(), ModuleFlags::parse("OE"));
                    let list = Arc::make_mut(event.linked_in.as_mut().unwrap());
                    list.last_unloaded = Some(LinkedModule { name: module.clone(), flags: flags.clone() });
                    list.unloaded_tainted = vec![(LinkedModule { name: module.clone(), flags }, 2)];
                    event.named =
                        vec![NamedModule { module, by: NamedBy::Headline, symbol: Some(evil.to_owned()), line: 1 }];
                })
                .primary(),
        )
        .suspect(suspected)
        .verdict(evil)
        .problem(evil, evil);
    report.member = Some(evil.to_owned());
    report.host = Some(evil.to_owned());
    report.collected = Some(evil.to_owned());
    report.hardware = Some(evil.to_owned());
    report.distro = Some(Distro { id: evil.to_owned(), version: Some(evil.to_owned()), pretty: evil.to_owned() });
    report.remarks = vec![evil.to_owned()];
    report.next_steps = vec![evil.to_owned()];
    report.events[0].also_at = vec![at()];
    report.taint = Some(KernelTaint { value: None, flags: flags("POE"), origin: at() });
    report.secure_boot = Some(Located::new(SecureBoot::Enabled, at()));
    report.quotes.keep(at(), evil);
    report.blacklists = vec![Blacklist { module: evil.to_owned(), text: evil.to_owned(), origin: at() }];
    report.crash_directories = vec![CrashDirectory {
        path: evil.to_owned(),
        vmcore: Some(Some(4096)),
        incomplete: false,
        has_dmesg: true,
        status: Some(evil.to_owned()),
    }];
    report
}

/// All but the hostile one, as one batch.
pub fn batch() -> Vec<Report> {
    vec![
        crash_in_a_third_party_module(),
        long_names(),
        innocent(),
        clean(),
        modules_without_an_event(),
        failed(),
        bundle_member(),
    ]
}
