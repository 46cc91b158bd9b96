//! Names that tell what a folder or an archive is before any evidence in it has been seen.
//!
//! ```text
//! sosreport-db1-01234567-2024-05-01-abcdefg/      a report
//! sos-collector-2024-05-01-abcde/                 a bundle of archives that are reports each
//! sosreport-db1-…/sos_commands/…                  the folder above `sos_commands` is the root of a report
//! sosreport-db1-…/var/lib/docker/overlay2/…       holds the files of other systems, not evidence
//! ```

use crate::sosreport::ReportKind;

/// Beginnings of the names of folders that are a report each: sos 3.0 and later, the cleaner soscleaner, and supportconfig
/// (`nts_` up to 2020).
const REPORTS: &[(&str, ReportKind)] = &[
    ("sosreport-", ReportKind::Sosreport),
    ("soscleaner-", ReportKind::Sosreport),
    ("scc_", ReportKind::Supportconfig),
    ("nts_", ReportKind::Supportconfig),
];

/// What kind of report a folder (or archive) is by its name; `None` where the name does not tell.
pub fn report_name(name: &str) -> Option<ReportKind> {
    let known = REPORTS.iter().find(|(start, _)| name.starts_with(start)).map(|(_, kind)| *kind);
    known.or_else(|| name.ends_with("-obfuscated").then_some(ReportKind::Sosreport))
}

/// Whether an entry of this name makes the folder it is in the root of a sosreport, whatever is below it.
pub fn founds_sosreport(name: &str) -> bool {
    matches!(name, "sos_commands" | "sos_strings" | "installed-rpms" | "installed-debs")
}

/// Whether only sos makes an entry of this name. The latter two are in the bundles of `sos collect` too, and so say nothing of
/// what else is in their folder.
pub fn is_sos_entry(name: &str) -> bool {
    founds_sosreport(name) || matches!(name, "sos_reports" | "sos_logs")
}

/// Whether an entry of this name is found in the root of a report: the top of a file system.
pub fn is_top_entry(name: &str) -> bool {
    is_sos_entry(name)
        || matches!(
            name,
            "boot" | "dev" | "environment" | "etc" | "lib" | "proc" | "root" | "run" | "sys" | "usr" | "var"
        )
}

/// Whether a path of the table of more than one name, other than those that may lie anywhere, can begin with this name.
pub fn begins_evidence(name: &str) -> bool {
    is_top_entry(name) || matches!(name, "kernel" | "extra" | "updates" | "weak-updates" | "misc")
}

/// Whether an entry of this name makes the folder it is in a crash directory.
pub fn is_crash_entry(name: &str) -> bool {
    super::classify(name).and_then(|row| row.starts) == Some(ReportKind::CrashDirectory)
}

/// Whether an entry of this name makes the folder it is in a tree of modules.
pub fn is_module_tree_entry(name: &str) -> bool {
    super::classify(name).and_then(|row| row.starts) == Some(ReportKind::ModuleTree)
}

/// Whether nothing below a path that ends in these two names is a report: parts of a running system, roots of containers.
pub fn holds_no_report(parent: Option<&str>, name: &str) -> bool {
    match name {
        "proc" | "sys" | "etc" | "usr" | "lib" | "lib64" | "boot" | "run" | "dev" | "overlay" | "overlay2" => true,
        "cache" if parent == Some("var") => true,
        name => is_sos_entry(name),
    }
}

/// Ends of the names of archives.
const ARCHIVES: &[&str] = &[
    ".tar",
    ".tar.gz",
    ".tgz",
    ".tar.xz",
    ".txz",
    ".tar.bz2",
    ".tbz",
    ".tbz2",
    ".tar.zst",
    ".tzst",
    ".tar.Z",
    ".tar.lzma",
    ".zip",
];

/// Whether a file of this name is an archive.
pub fn is_archive(name: &str) -> bool {
    ARCHIVES.iter().any(|end| name.ends_with(end))
}

/// Whether a file is a folder of the report that sos packed in place, such as `proc/fs.tar` or `sys.tar`; `path` is below
/// the root.
pub fn is_packed_directory(path: &str) -> bool {
    let Some(stem) = path.strip_suffix(".tar") else { return false };
    stem.split('/').next().is_some_and(is_top_entry) && !stem.starts_with("var/tmp") && !stem.starts_with("root/")
}

/// Whether a file of this name belongs to another and says nothing by itself: checksums.
pub fn is_side_file(name: &str) -> bool {
    [".md5", ".sha1", ".sha256", ".sha512", ".md5sum"].iter().any(|end| name.ends_with(end))
}

/// Words that the names of kernel logs begin with, whoever named the file.
const LOGS: &[&str] = &[
    "dmesg",
    "messages",
    "kern",
    "syslog",
    "console",
    "vmcore-dmesg",
    "journal",
    "netconsole",
    "serial",
    "oops",
    "panic",
    "crash",
];

/// Whether a file that belongs to no report is taken for a kernel log by its name.
pub fn is_log(name: &str) -> bool {
    let stem = [".gz", ".xz", ".bz2", ".zst"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(name);
    LOGS.iter().any(|start| stem.starts_with(start)) || stem.ends_with(".log") || stem.ends_with(".txt")
}
