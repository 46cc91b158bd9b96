//! Whether a folder on disk is a report, or a folder of reports.

use std::path::Path;

use super::layout;

/// Whether a folder on disk is a report (or a crash directory, or a tree of modules) rather than a folder of reports. Looks
/// at names in it, not at contents; a folder that cannot be read is none.
pub fn is_report_root(dir: &Path) -> bool {
    /// Names that are looked at: a report has some dozens.
    const MOST_NAMES: usize = 10_000;
    /// Paths that only the root of a file system has.
    const INSIDE: &[&str] = &[
        "proc/modules",
        "proc/sys/kernel",
        "proc/cmdline",
        "sys/module",
        "var/log",
        "var/crash",
        "lib/modules",
        "usr/lib/modules",
    ];

    let Ok(entries) = std::fs::read_dir(dir) else { return false };
    let entries = entries.take(MOST_NAMES).filter_map(Result::ok);
    let names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    let any = |test: fn(&str) -> bool| names.iter().any(|name| test(name));
    if any(|name| layout::founds_sosreport(name) || name == "basic-environment.txt") {
        return true;
    }
    let holds_reports = any(|name| layout::is_archive(name) || layout::report_name(name).is_some());
    let by_its_files =
        any(|name| layout::is_sos_entry(name) || layout::is_crash_entry(name) || layout::is_module_tree_entry(name));
    INSIDE.iter().any(|path| dir.join(path).exists()) || (by_its_files && !holds_reports)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn folder_with(paths: &[&str]) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for path in paths {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "x").unwrap();
        }
        dir
    }

    #[test]
    fn reports_and_folders_of_reports() {
        for (paths, want) in [
            (&["sos_commands/kernel/lsmod"][..], true),
            (&["installed-rpms"], true),
            (&["basic-environment.txt", "modules.txt"], true),
            (&["proc/sys/kernel/tainted"], true),
            (&["var/log/messages"], true),
            (&["vmcore-dmesg.txt", "vmcore"], true),
            (&["modules.dep", "kernel/fs/xfs/xfs.ko.xz"], true),
            (&["acme.ko"], true),
            (&["lib/modules/5.14.0/extra/acme.ko"], true),
            (&["sosreport-a.tar.xz", "acme.ko"], false),
            (&["sosreport-a/proc/modules", "sosreport-b/proc/modules"], false),
            (&["sosreport-a/proc/modules", "vmcore"], false),
            (&["sos_logs/ui.log", "sos_reports/manifest.json", "sosreport-a.tar.xz"], false),
            (&["sos_reports/sos.txt"], true),
            (&["messages", "dmesg.log"], false),
            (&["127.0.0.1-2024-05-01-10:00:00/vmcore"], false),
            (&[], false),
        ] {
            let dir = folder_with(paths);
            assert_eq!(is_report_root(dir.path()), want, "{paths:?}");
        }
        assert!(!is_report_root(Path::new("/nonexistent/folder")));
    }
}
