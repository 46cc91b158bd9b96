use std::collections::BTreeSet;

use super::*;

fn matching(path: &str) -> Vec<&'static Row> {
    MATCHER.matches(path).into_iter().map(|at| &TABLE[at]).collect()
}

#[test]
fn every_pattern_is_a_glob() {
    assert_eq!(build().unwrap().len(), TABLE.len());
}

#[test]
fn every_row_matches_its_examples_and_no_other_row_does() {
    for row in TABLE {
        assert!(!row.examples.is_empty(), "{} has no example", row.pattern);
        for example in row.examples {
            assert_eq!(classify(example), Some(row), "{example}");
            // Rows for files that may lie anywhere give way to the others.
            let rivals = matching(example).into_iter().filter(|other| other.is_anywhere() == row.is_anywhere());
            let rivals: Vec<_> = rivals.filter(|other| *other != row).map(|other| other.pattern).collect();
            assert!(rivals.is_empty(), "{example} of {} is matched by {rivals:?} too", row.pattern);
        }
    }
}

#[test]
fn paths_of_evidence_begin_with_known_names() {
    for row in TABLE.iter().filter(|row| !row.is_anywhere()) {
        for (first, _) in row.examples.iter().filter_map(|example| example.split_once('/')) {
            assert!(begins_evidence(first), "{first} of {}", row.pattern);
        }
    }
}

#[test]
fn every_kind_of_evidence_has_a_row() {
    use EvidenceKind::*;
    let all = [
        Tainted,
        Sysctl,
        ProcModules,
        Lsmod,
        SysModule,
        Modinfo,
        ModuleListing,
        ModulesDep,
        ModuleFile,
        Certificate,
        Rpms,
        Debs,
        Dkms,
        Cmdline,
        Modprobe,
        SecureBoot,
        Uname,
        Release,
        ProcVersion,
        Hostname,
        Date,
        SosVersion,
        OsRelease,
        ReleaseFile,
        DebianVersion,
        LsbRelease,
        Dmi,
        Dmidecode,
        Counter,
        Dump,
        DumpStatus,
        KernelLog,
        Pstore,
        Supportconfig,
        Known,
    ];
    let rows: BTreeSet<_> = TABLE.iter().map(|row| row.kind).collect();
    assert_eq!(rows, all.into_iter().collect());
}

#[test]
fn every_era_of_sos_is_covered() {
    use EvidenceKind::*;
    for (path, kind) in [
        // sos 1.6 and 1.7: flat names
        ("sos_commands/kernel.modinfo_qla2xxx", Modinfo),
        ("sos_commands/kernel.lsmod", Lsmod),
        ("sos_commands/kernel.uname_-a", Uname),
        ("sos_commands/kernel.sysctl_-a", Sysctl),
        ("sos_commands/general.dmesg", KernelLog),
        ("sos_commands/general.dmesgz", KernelLog),
        ("sos_commands/rpm.rpm_-qa_--qf__NAME_-_VERSI", Rpms),
        ("lib/modules/2.6.9-89.EL/modules.dep", ModulesDep),
        // sos 2.2
        ("sos_commands/kernel/modinfo_ipv6_dm_mirror_dm_multipath_scsi_dh_video_backlig", Modinfo),
        ("sos_commands/general/dmesg_now", KernelLog),
        ("sos_commands/general/tail_messages", KernelLog),
        // sos 3.0 to 3.5
        ("sos_commands/logs/journalctl_--all_--this-boot_--no-pager", KernelLog),
        ("sys/module/acme/taint", SysModule),
        ("proc/modules", ProcModules),
        // later
        ("sos_commands/kernel/modinfo_ALL_MODULES", Modinfo),
        ("sos_commands/kernel/dmesg_-T", KernelLog),
        ("sos_commands/logs/journalctl_--no-pager_--boot", KernelLog),
        ("sos_commands/logs/journalctl_--no-pager_--since_-3days", KernelLog),
        ("sys/module/acme/version", SysModule),
        ("sos_strings/logs/journalctl_--no-pager_--boot_-1.tailed", KernelLog),
        ("usr/lib/modules/6.12.0-55.el10.x86_64/modules.dep", ModulesDep),
        ("sos_commands/nvme/modinfo_nvme", Modinfo),
    ] {
        assert_eq!(classify(path).map(|row| row.kind), Some(kind), "{path}");
    }
}

#[test]
fn files_that_look_alike_are_no_evidence() {
    for path in [
        "",
        "var/log/boot.log",
        "var/log/secure",
        "sos_commands/logs/journalctl_--disk-usage",
        "sos_commands/logs/journalctl_--list-boots",
        "sos_commands/kdump/journalctl_--no-pager_--unit_kdump",
        "sos_commands/hardware/dmesg_grep_-e_e820._-e_agp.",
        "sos_commands/rpm/rpm_-Va",
        "sos_commands/kernel/uname_-r/extra",
        "var/lib/docker/overlay2/1/proc/modules",
        "sys/module/acme/holders/other",
        "sos_containers/web/lsmod",
        "proc/sys/kernel/taintedness",
        "lib/modules/5.14.0/modules.alias",
    ] {
        assert_eq!(classify(path).map(|row| row.pattern), None, "{path}");
    }
}

#[test]
fn names_of_archives_and_folders() {
    for (name, archive) in [("sosreport-a.tar.xz", true), ("x.tgz", true), ("messages.gz", false), ("tar", false)] {
        assert_eq!(is_archive(name), archive, "{name}");
    }
    for (path, packed) in [
        ("proc/fs.tar", true),
        ("sys.tar", true),
        ("var/log.tar", true),
        ("sos_commands/kernel.tar", true),
        ("proc/fs.tar.gz", false),
        ("backup.tar", false),
        ("root/old.tar", false),
        ("var/tmp/x.tar", false),
    ] {
        assert_eq!(is_packed_directory(path), packed, "{path}");
    }
    for (name, log) in [
        ("console.log", true),
        ("messages-20240501.gz", true),
        ("oops.txt", true),
        ("vmlinuz", false),
        ("foo.ko", false),
    ] {
        assert_eq!(is_log(name), log, "{name}");
    }
}

/// The page for people and the table name the same patterns in the same order.
#[test]
fn the_page_lists_the_table() {
    let page = include_str!("../../../docs/evidence.md");
    let rows: Vec<&str> = page.lines().filter(|line| line.starts_with("| `")).collect();
    let want: Vec<String> = TABLE.iter().map(page_row).collect();
    for (row, want) in rows.iter().zip(&want) {
        assert_eq!(row, want, "docs/evidence.md differs from the table");
    }
    assert_eq!(rows.len(), want.len(), "docs/evidence.md has another number of rows than the table");
}

fn page_row(row: &Row) -> String {
    let kind = format!("{:?}", row.kind);
    let pattern = row.pattern.replace('|', "\\|");
    format!("| `{pattern}` | {kind} | {} | {} |", row.era, row.note).replace("  |", " |")
}
