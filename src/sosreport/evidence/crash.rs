//! Crash directories: what kdump left behind, told by the names of the files.
//!
//! ```text
//! var/crash/127.0.0.1-2024-05-01-10:00:00/
//!   vmcore  vmcore-incomplete  vmcore.flat      the dump, whole, cut, or to be reassembled
//!   vmcore-dmesg.txt  kexec-dmesg.log           the log of the kernel that crashed, of the one that wrote the dump
//!   vmcore-creation.status                      how the writing ended
//! var/crash/202405011000/                       Debian and Ubuntu
//!   dump.202405011000  dmesg.202405011000
//! ```
//!
//! Sources: kdump-lib-initramfs.sh of kexec-tools, `kdump-config` of kdump-tools.

use std::collections::BTreeMap;
use std::io;

use super::{Draft, Source};
use crate::facts::CrashDirectory;

/// Lines of `vmcore-creation.status` that are kept.
const STATUS_LINES: usize = 8;
/// Directories that are kept: a report names a handful.
const MOST_DIRECTORIES: usize = 10_000;

/// Splits a path into the directory (`.` for the root) and the name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or((".", path))
}

/// The directory that a file is in.
fn directory<'a>(
    directories: &'a mut BTreeMap<String, CrashDirectory>,
    member: &str,
) -> Option<&'a mut CrashDirectory> {
    let (path, _) = split(member);
    if directories.len() >= MOST_DIRECTORIES && !directories.contains_key(path) {
        return None;
    }
    Some(directories.entry(path.to_owned()).or_insert_with(|| CrashDirectory {
        path: path.to_owned(),
        vmcore: None,
        incomplete: false,
        has_dmesg: false,
        status: None,
    }))
}

/// Notes a dump. `size` is in bytes.
pub(crate) fn note_dump(directories: &mut BTreeMap<String, CrashDirectory>, member: &str, size: Option<u64>) {
    let (_, name) = split(member);
    let Some(directory) = directory(directories, member) else { return };
    if name.contains("incomplete") {
        directory.incomplete = true;
    }
    // The whole dump is the one to name where both are there.
    if directory.vmcore.is_none() || !name.contains("incomplete") {
        directory.vmcore = Some(size);
    }
}

/// Notes a log, where it is one that kdump writes.
pub(crate) fn note_log(directories: &mut BTreeMap<String, CrashDirectory>, member: &str) {
    let (path, name) = split(member);
    let of_crash = name.starts_with("vmcore-dmesg")
        || (name.starts_with("dmesg.") && (path.starts_with("var/crash/") || (path == "." && name != "dmesg.txt")));
    let of_capture = name == "kexec-dmesg.log";
    if !of_crash && !of_capture {
        return;
    }
    if let Some(directory) = directory(directories, member)
        && of_crash
    {
        directory.has_dmesg = true;
    }
}

/// `vmcore-creation.status`.
pub(super) fn read_status(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut text = String::new();
    let member = source.member;
    let mut lines = source.lines();
    for _ in 0..STATUS_LINES {
        let Some(line) = lines.next()? else { break };
        let line = line.text.trim();
        if !line.is_empty() && text.len() + line.len() < 1024 {
            text.push_str(if text.is_empty() { "" } else { "; " });
            text.push_str(line);
        }
    }
    if let Some(directory) = directory(&mut draft.crash_directories, member) {
        let lower = text.to_ascii_lowercase();
        directory.incomplete |= lower.contains("incomplete") || lower.contains("fail");
        directory.status = (!text.is_empty()).then_some(text);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::facts::CrashDirectory;
    use crate::sosreport::evidence::tests::Collected;

    #[test]
    fn a_directory_is_told_by_the_names_in_it() {
        let mut report = Collected::new();
        report.note("var/crash/a/vmcore", 4096);
        report.add("var/crash/a/vmcore-dmesg.txt", "");
        report.add("var/crash/b/vmcore-creation.status", "saving vmcore failed\n");
        report.note("var/crash/b/vmcore-incomplete", 10);
        report.note("var/crash/202405011000/dump.202405011000", 7);
        report.add("var/crash/202405011000/dmesg.202405011000", "");
        report.add("srv/dumps/c/vmcore-dmesg.txt", "");
        let whole = |path: &str, size| CrashDirectory {
            path: path.to_owned(),
            vmcore: Some(Some(size)),
            incomplete: false,
            has_dmesg: true,
            status: None,
        };
        let directories = report.finish().crash_directories;
        assert_eq!(
            directories,
            [
                CrashDirectory { vmcore: None, ..whole("srv/dumps/c", 0) },
                whole("var/crash/202405011000", 7),
                whole("var/crash/a", 4096),
                CrashDirectory {
                    path: "var/crash/b".to_owned(),
                    vmcore: Some(Some(10)),
                    incomplete: true,
                    has_dmesg: false,
                    status: Some("saving vmcore failed".to_owned()),
                },
            ]
        );
    }

    #[test]
    fn the_whole_dump_is_named_where_an_incomplete_one_lies_beside_it() {
        for order in [["vmcore", "vmcore-incomplete"], ["vmcore-incomplete", "vmcore"]] {
            let mut report = Collected::new();
            for name in order {
                report.note(&format!("var/crash/a/{name}"), if name == "vmcore" { 100 } else { 1 });
            }
            let directory = &report.finish().crash_directories[0];
            assert_eq!((directory.vmcore, directory.incomplete), (Some(Some(100)), true), "{order:?}");
        }
    }
}
