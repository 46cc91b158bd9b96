//! The table of evidence paths.
//!
//! Sources: the plug-ins `kernel`, `logs`, `kdump`, `boot`, `rpm`, `dpkg`, `general`, `host`, `date` of sos at its releases
//! 1.7, 2.2, 3.x and 4.x; how sos makes a file name of a command (`PluginBase.mangleCommand` in 1.7 and 2.2,
//! `Plugin._mangle_command` later); `bin/supportconfig` of supportutils; kdump-tools of Debian.
//!
//! `sos_commands/{*/,*.}NAME` covers both forms that sos gave its command output: `kernel/lsmod` since 2.2 and the flat
//! `kernel.lsmod` of 1.6 and 1.7, where a second file of the same name had a `z` appended.

use super::EvidenceKind::{self, *};
use super::Row;
use crate::sosreport::ReportKind::{self, CrashDirectory, Directory, ModuleTree, Sosreport, Supportconfig as Sc};

const fn row(
    kind: EvidenceKind,
    pattern: &'static str,
    starts: Option<ReportKind>,
    era: &'static str,
    note: &'static str,
    examples: &'static [&'static str],
) -> Row {
    Row { pattern, kind, starts, era, note, examples }
}

const SOS: Option<ReportKind> = Some(Sosreport);
const TREE: Option<ReportKind> = Some(Directory);
const CRASH: Option<ReportKind> = Some(CrashDirectory);
const MODULES: Option<ReportKind> = Some(ModuleTree);

/// All rows. The order is that of `docs/evidence.md`.
#[rustfmt::skip]
pub static TABLE: &[Row] = &[
    // Taint of the kernel.
    row(Tainted, "proc/sys/kernel/tainted", TREE, "sos 1.6+", "state at collection, not at the crash",
        &["proc/sys/kernel/tainted"]),
    row(Sysctl, "sos_commands/{*/,*.}sysctl_-a*", SOS, "sos 1.6+", "line `kernel.tainted = N`",
        &["sos_commands/kernel/sysctl_-a", "sos_commands/kernel.sysctl_-a"]),

    // Modules that are loaded.
    row(ProcModules, "proc/modules", TREE, "sos 3.0+", "flags in parentheses at the end of a line; RHEL 6 leaves out its `(U)`",
        &["proc/modules"]),
    row(SysModule, "sys/module/*/{taint,initstate,refcnt,version,srcversion}", TREE, "sos 3.0+; version since 3.5.1",
        "taint is an empty line where a module is clean; a directory without initstate, taint and refcnt is built into the kernel",
        &["sys/module/nvidia/taint", "sys/module/ext4/initstate", "sys/module/zfs/version"]),
    row(Lsmod, "sos_commands/{*/,*.}lsmod{,z*,_[0-9]*,_sort}", SOS, "sos 1.6+, supportconfig", "tells no taint",
        &["sos_commands/kernel/lsmod", "sos_commands/kernel.lsmod"]),
    row(Lsmod, "lsmod", None, "sos 1.6+", "a link in the root to the output of lsmod", &["lsmod"]),

    // What module files say of themselves.
    row(Modinfo, "sos_commands/{*/,*.}modinfo_*", SOS, "sos 1.6+, supportconfig",
        "one file a module up to 1.7, all names in one (cut) file name up to 3.5, modinfo_ALL_MODULES since 3.5.1; also of other plug-ins",
        &["sos_commands/kernel.modinfo_ext3", "sos_commands/kernel/modinfo_ext4_jbd2_mbcache_sd_mod",
          "sos_commands/kernel/modinfo_ALL_MODULES", "sos_commands/powerpath/modinfo_emcp"]),
    row(ModuleFile, "{,usr/}lib/modules/*/**/*.ko{,.gz,.xz,.zst,.bz2}", MODULES, "never by sos: whole trees that were copied",
        "read with the module reader that the pipeline hands in", &["lib/modules/5.14.0-427.el9.x86_64/extra/acme.ko.xz",
          "usr/lib/modules/6.1.0-18-amd64/updates/dkms/acme.ko"]),
    row(ModuleFile, "{kernel,extra,updates,weak-updates,misc}/**/*.ko{,.gz,.xz,.zst,.bz2}", MODULES, "a module tree by itself",
        "the folder /lib/modules/RELEASE is the root", &["kernel/fs/xfs/xfs.ko.xz", "extra/acme.ko"]),
    row(ModuleFile, "*.ko{,.gz,.xz,.zst,.bz2}", MODULES, "module files by themselves", "the folder they are in is the root",
        &["acme.ko", "acme.ko.zst"]),

    // Where module files are.
    row(ModuleListing, "sos_commands/{*/,*.}find_*lib.modules*", SOS, "sos 3.3+",
        "extra, updates and weak-updates of all kernels; targets of links tell weak updates",
        &["sos_commands/kernel/find_.lib.modules.4.18.0-372.el8.x86_64.extra_.lib.modules.4.18.0-372.el8.x86_64.weak-updates_-ls"]),
    row(ModuleListing, "sos_commands/{*/,*.}ls_-*lib.modules*", SOS, "sos, by other plug-ins", "`ls -lR` style: a heading names the folder",
        &["sos_commands/kernel/ls_-lanR_.lib.modules"]),
    row(ModulesDep, "{,usr/}lib/modules/*/modules.dep", MODULES, "sos 1.6+, supportconfig",
        "the only file that sos copies from there; below usr/lib with a link lib -> usr/lib on merged-usr systems",
        &["lib/modules/2.6.18-274.el5/modules.dep", "usr/lib/modules/6.1.0-18-amd64/modules.dep"]),
    row(ModulesDep, "modules.dep", MODULES, "a module tree by itself", "", &["modules.dep"]),

    row(Certificate, "{usr/share/doc/kernel-keys,etc/uefi/certs,etc/keys,var/lib/shim-signed/mok,var/lib/dkms,etc/dkms}/**/*.{x509,der,cer,crt,pem,pub}", None,
        "never by sos: whole trees that were copied", "what signatures of module files in the report are checked with",
        &["usr/share/doc/kernel-keys/5.14.0-427.el9.x86_64/kernel-signing-ca.cer", "var/lib/dkms/mok.pub", "var/lib/shim-signed/mok/MOK.der"]),
    row(Certificate, "{usr/src/*,{,usr/}lib/modules/*/{build,source}}/certs/*.{x509,der,pem}", None, "never by sos: whole trees that were copied", "of a kernel that was built here",
        &["usr/src/linux-headers-6.1.0-18-amd64/certs/signing_key.x509", "lib/modules/6.1.0/build/certs/signing_key.x509"]),

    // Packages.
    row(Rpms, "installed-rpms", SOS, "sos 1.6+", "a link in the root to the output of rpm -qa", &["installed-rpms"]),
    row(Rpms, "sos_commands/{*/,*.}{sh_-c_rpm,rpm}_*-qa*", SOS, "sos 1.6+, supportconfig", "NAME-VERSION-RELEASE.ARCH and a date",
        &["sos_commands/rpm/sh_-c_rpm_--nodigest_-qa_--qf_-59_NVRA_INSTALLTIME_date_sort_-V", "sos_commands/rpm.rpm_-qa_--qf__NAME_-_VE"]),
    row(Rpms, "sos_commands/rpm/package-data*", SOS, "sos 3.6+", "columns separated by tabs, among them vendor, build host and signature",
        &["sos_commands/rpm/package-data"]),
    row(Debs, "installed-debs", SOS, "sos 3.0+", "a link in the root to the output of dpkg -l", &["installed-debs"]),
    row(Debs, "sos_commands/{*/,*.}dpkg_-l*", SOS, "sos 3.0+", "no vendor", &["sos_commands/dpkg/dpkg_-l"]),
    row(Dkms, "sos_commands/{*/,*.}dkms_status*", SOS, "sos 1.6+", "`name, version, …` up to dkms 2, `name/version, …` since 3",
        &["sos_commands/kernel/dkms_status", "sos_commands/kernel.dkms_status"]),

    // What is kept from loading, and Secure Boot.
    row(Cmdline, "proc/cmdline", TREE, "sos 1.6+, supportconfig", "also modprobe.blacklist= and module_blacklist=", &["proc/cmdline"]),
    row(Modprobe, "{etc,lib,usr/lib,run,usr/local/lib}/modprobe.d/*", None, "sos 3.0+, supportconfig", "blacklist and install lines",
        &["etc/modprobe.d/blacklist.conf", "usr/lib/modprobe.d/dist-blacklist.conf", "run/modprobe.d/x.conf"]),
    row(Modprobe, "etc/{modprobe.conf,modules.conf,conf.modules}{,.*}", None, "sos 1.6+, supportconfig", "before modprobe.d",
        &["etc/modprobe.conf", "etc/modules.conf", "etc/modprobe.conf.local"]),
    row(SecureBoot, "sos_commands/{*/,*.}mokutil_--sb-state*", SOS, "sos 3.8+, supportconfig", "the state only, no list of keys",
        &["sos_commands/boot/mokutil_--sb-state"]),

    // Host, kernel and time.
    row(Uname, "sos_commands/{*/,*.}uname_-a*", SOS, "sos 1.6+, supportconfig", "",
        &["sos_commands/kernel/uname_-a", "sos_commands/kernel.uname_-a"]),
    row(Uname, "uname", None, "sos 1.6+", "a link in the root to the output of uname -a", &["uname"]),
    row(Release, "sos_commands/{*/,*.}uname_-r", SOS, "sos, supportconfig", "", &["sos_commands/kernel/uname_-r"]),
    row(Release, "proc/sys/kernel/osrelease", TREE, "sos 1.6+", "", &["proc/sys/kernel/osrelease"]),
    row(ProcVersion, "proc/version", TREE, "sos 1.6+", "", &["proc/version"]),
    row(Hostname, "sos_commands/{*/,*.}hostname", SOS, "sos 1.6+", "", &["sos_commands/host/hostname", "sos_commands/general.hostname"]),
    row(Hostname, "hostname", None, "sos 1.6+", "a link in the root to the output of hostname", &["hostname"]),
    row(Hostname, "{etc/hostname,etc/HOSTNAME,proc/sys/kernel/hostname}", None, "sos 3.0+, supportconfig", "",
        &["etc/hostname", "etc/HOSTNAME", "proc/sys/kernel/hostname"]),
    row(Date, "sos_commands/{*/,*.}date{,_--utc,_-u}", SOS, "sos 1.6+; --utc since 3.6", "in the zone and language of the host, save --utc",
        &["sos_commands/date/date", "sos_commands/general.date", "sos_commands/date/date_--utc"]),
    row(Date, "date", None, "sos 1.6+", "a link in the root to the output of date", &["date"]),
    row(SosVersion, "version.txt", None, "sos 3.0+", "`sosreport: 4.5.6`", &["version.txt"]),
    row(OsRelease, "{etc,usr/lib}/os-release", None, "sos 3.0+, supportconfig", "", &["etc/os-release", "usr/lib/os-release"]),
    row(ReleaseFile, "etc/{redhat,centos,rocky,almalinux,fedora,oracle,enterprise,system,amazon,SuSE,sles}-release", None,
        "sos 1.6+, supportconfig", "one line; SuSE-release has VERSION and PATCHLEVEL below it", &["etc/redhat-release", "etc/SuSE-release"]),
    row(DebianVersion, "etc/debian_version", None, "sos 3.0+", "the version alone", &["etc/debian_version"]),
    row(LsbRelease, "etc/lsb-release", None, "sos 3.0+", "Ubuntu: DISTRIB_ID and its like", &["etc/lsb-release"]),
    row(Dmi, "sys/{class,devices/virtual}/dmi/id/{sys_vendor,product_name}", TREE, "sos 3.0+", "",
        &["sys/class/dmi/id/sys_vendor", "sys/devices/virtual/dmi/id/product_name"]),
    row(Dmidecode, "sos_commands/{*/,*.}dmidecode", SOS, "sos 1.6+, supportconfig", "",
        &["sos_commands/hardware/dmidecode", "sos_commands/hardware.dmidecode"]),
    row(Dmidecode, "dmidecode", None, "sos 1.6+", "a link in the root to the output of dmidecode", &["dmidecode"]),
    row(Counter, "sys/kernel/{oops,warn,softlockup,hardlockup}_count", TREE, "sos 4.9.2+", "a cross-check on the events found",
        &["sys/kernel/oops_count", "sys/kernel/hardlockup_count"]),

    // Crash directories. kdump.conf may set another place than var/crash.
    row(KernelLog, "var/crash/*/{vmcore-dmesg.txt,vmcore-dmesg-incomplete.txt,kexec-dmesg.log,dmesg.txt}", TREE,
        "sos 3.1+, supportconfig", "the log of the kernel that crashed, and of the one that wrote the dump; dmesg.txt is SUSE's name",
        &["var/crash/127.0.0.1-2024-05-01-10:00:00/vmcore-dmesg.txt", "var/crash/127.0.0.1-2024-05-01-10:00:00/kexec-dmesg.log"]),
    row(KernelLog, "{vmcore-dmesg.txt,vmcore-dmesg-incomplete.txt,kexec-dmesg.log}", CRASH, "a crash directory by itself", "",
        &["vmcore-dmesg.txt", "kexec-dmesg.log"]),
    row(KernelLog, "*/**/{vmcore-dmesg.txt,vmcore-dmesg-incomplete.txt,kexec-dmesg.log}", None, "sos 3.1+",
        "the place that kdump.conf names", &["srv/dumps/db1/127.0.0.1-2024-05-01-10:00:00/vmcore-dmesg.txt"]),
    row(KernelLog, "var/crash/*/dmesg.[0-9]*", TREE, "Debian, Ubuntu", "kdump-tools", &["var/crash/202405011000/dmesg.202405011000"]),
    row(KernelLog, "dmesg.[0-9][0-9][0-9][0-9][0-9]*", CRASH, "Debian, Ubuntu: a crash directory by itself", "", &["dmesg.202405011000"]),
    row(KernelLog, "dmesg.txt", None, "SUSE: a crash directory by itself", "", &["dmesg.txt"]),
    row(Dump, "var/crash/*/{vmcore,vmcore-incomplete,vmcore.flat,dump.[0-9]*,dump-incomplete.[0-9]*}", TREE,
        "sos 4.7.2+ when asked for; Debian, Ubuntu: dump.*", "noted with its size; dumps are read by path",
        &["var/crash/127.0.0.1-2024-05-01-10:00:00/vmcore", "var/crash/202405011000/dump.202405011000"]),
    row(Dump, "{vmcore,vmcore-incomplete,vmcore.flat,dump.[0-9][0-9][0-9][0-9][0-9]*,dump-incomplete.[0-9]*}", CRASH,
        "a crash directory by itself", "", &["vmcore", "vmcore-incomplete", "vmcore.flat", "dump.202405011000"]),
    row(Dump, "*/**/{vmcore,vmcore-incomplete,vmcore.flat}", None, "sos 4.7.2+ when asked for", "the place that kdump.conf names",
        &["srv/dumps/db1/127.0.0.1-2024-05-01-10:00:00/vmcore"]),
    row(DumpStatus, "var/crash/*/vmcore-creation.status", TREE, "sos 3.1+", "how the writing of the dump ended",
        &["var/crash/127.0.0.1-2024-05-01-10:00:00/vmcore-creation.status"]),
    row(DumpStatus, "vmcore-creation.status", CRASH, "a crash directory by itself", "", &["vmcore-creation.status"]),
    row(DumpStatus, "*/**/vmcore-creation.status", None, "sos 3.1+", "the place that kdump.conf names",
        &["srv/dumps/db1/127.0.0.1-2024-05-01-10:00:00/vmcore-creation.status"]),
    row(Known, "var/crash/{*/,}kexec_cmd", None, "Debian, Ubuntu", "the command line of the crash kernel", &["var/crash/kexec_cmd",
        "var/crash/202405011000/kexec_cmd"]),

    // Kernel logs.
    row(KernelLog, "sos_commands/{*/,*.}dmesg{,z*,_now*,_-[a-zA-Z],_--ctime,_[0-9]*,.[0-9]*}", SOS, "sos 1.6+, supportconfig",
        "at collection; -T has wall-clock stamps", &["sos_commands/kernel/dmesg", "sos_commands/kernel/dmesg_-T",
        "sos_commands/general/dmesg_now", "sos_commands/general.dmesgz"]),
    row(KernelLog, "dmesg", None, "sysreport, hand-made reports", "", &["dmesg"]),
    row(KernelLog, "var/log/dmesg*", TREE, "sos 1.6+", "at boot, whatever the suffix", &["var/log/dmesg", "var/log/dmesg.old", "var/log/dmesg.1.gz"]),
    row(KernelLog, "var/log/{messages,kern.log,syslog}*", TREE, "sos 2.2+, supportconfig", "at most 25 MB each; rotated and compressed ones too",
        &["var/log/messages", "var/log/messages-20240505.gz", "var/log/kern.log.1", "var/log/syslog"]),
    row(KernelLog, "var/log/{warn,localmessages,boot.msg,boot.omsg,kernel,console}*", None, "supportconfig, sites with a log for the kernel", "",
        &["var/log/warn", "var/log/boot.msg", "var/log/kernel.log"]),
    row(KernelLog, "sos_commands/{logs,systemd}/journalctl_{--no-pager,--all_--this-boot_--no-pager,-o_export,-k,-b}{,_--catalog}{,_--boot*,_--since*,_-o*}",
        SOS, "sos 3.2+", "at most 100 MB; the journals of single units are passed over",
        &["sos_commands/logs/journalctl_--no-pager", "sos_commands/logs/journalctl_--no-pager_--catalog_--boot",
          "sos_commands/logs/journalctl_--no-pager_--boot_-1", "sos_commands/logs/journalctl_--all_--this-boot_--no-pager"]),
    row(KernelLog, "sos_commands/supportconfig/journalctl_--no-pager{,_--output*,_--lines*}{,_--boot*}", None, "supportconfig",
        "messages.txt and boot.txt of systems without a syslog", &["sos_commands/supportconfig/journalctl_--no-pager_--boot_0",
          "sos_commands/supportconfig/journalctl_--no-pager_--output_short-iso_--lines_200000"]),
    row(KernelLog, "sos_strings/*/var.log.{messages,kern.log,syslog,dmesg,warn,kernel}*", SOS, "sos 3.0+",
        "the end of a log that was too long; a link stands at its own path", &["sos_strings/logs/var.log.messages.tailed"]),
    row(KernelLog, "sos_strings/*/{journalctl_--no-pager,journalctl_--all_--this-boot_--no-pager,dmesg}{,_--catalog}{,_--boot*,_-T}.tailed", SOS,
        "sos 3.7+", "the end of command output that was too long",
        &["sos_strings/logs/journalctl_--no-pager.tailed", "sos_strings/logs/journalctl_--no-pager_--boot_-1.tailed"]),
    row(KernelLog, "sos_commands/{*/,*.}tail_{messages,kern.log,syslog,dmesg}*", SOS, "sos 2.2", "the end of a log that was too long",
        &["sos_commands/general/tail_messages", "sos_commands/general.tail_messages.1"]),
    row(KernelLog, "{messages,warn,localmessages}-[0-9]*{,.txt}", None, "supportconfig -l", "rotated logs beside messages.txt",
        &["messages-20240505.txt"]),
    row(Pstore, "sys/fs/pstore/*", TREE, "sos 3.9+", "records of a crash in parts, newest part first", &["sys/fs/pstore/dmesg-efi-171456480001001"]),
    row(Pstore, "var/lib/systemd/pstore/**", TREE, "sos 4.0+", "the same, moved there by systemd", &["var/lib/systemd/pstore/1714564800/dmesg.txt",
          "var/lib/systemd/pstore/dmesg-erst-7362184"]),

    // supportconfig: files made of sections.
    row(Supportconfig, "basic-environment.txt", Some(Sc), "supportconfig", "date, uname, release files", &["basic-environment.txt"]),
    row(Supportconfig, "{basic-health-check,boot,crash,env,hardware,messages,messages_localwarn,modules,proc,rpm,supportconfig,sysctl,updates}.txt", None,
        "supportconfig", "each section under `#==[ … ]==` is classified by its command or path, as if it were a file of its own",
        &["modules.txt", "boot.txt", "crash.txt", "messages.txt", "rpm.txt", "updates.txt", "basic-health-check.txt"]),

    // Known, but with no place among the facts.
    row(Known, "etc/modules-load.d/*", None, "sos 3.0+", "modules loaded at boot", &["etc/modules-load.d/zfs.conf"]),
    row(Known, "boot/config-*", None, "sos 3.0+", "CONFIG_MODULE_SIG and its like", &["boot/config-5.14.0-427.el9.x86_64"]),
    row(Known, "proc/{kallsyms,ksyms,keys}", None, "sos 1.6+ (ksyms), 3.0+", "symbols with [module], addresses may be zeros; keys of the kernel",
        &["proc/kallsyms", "proc/ksyms", "proc/keys"]),
    row(Known, "sos_commands/{*/,*.}keyctl_show*", SOS, "sos 3.0+", "the keyrings", &["sos_commands/keyutils/keyctl_show"]),
    row(Known, "sys/kernel/livepatch/**", None, "sos 4.0+", "live patches and whether they are enabled", &["sys/kernel/livepatch/kpatch_1/enabled"]),
    row(Known, "sos_commands/kpatch/*", SOS, "sos 3.4+", "live patches", &["sos_commands/kpatch/kpatch_list"]),
    row(Known, "sys/module/*/parameters/*", None, "sos 1.6+", "all of sys/module in 2.2", &["sys/module/scsi_mod/parameters/max_luns"]),
    row(Known, "{lspci,sos_commands/*/lspci*,sos_commands/*.lspci*}", None, "sos 1.6+", "devices", &["lspci", "sos_commands/pci/lspci_-nnvv"]),
    row(Known, "etc/kdump.conf", None, "sos 3.0+", "where crash directories are", &["etc/kdump.conf"]),
];
