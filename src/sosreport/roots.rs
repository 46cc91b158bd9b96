//! Where in an input a report begins.
//!
//! ```text
//! sosreport-db1-2024-05-01-abcdefg/proc/modules      below one top folder, the usual case
//! proc/modules                                       no folder above
//! backup/x/host-2013050110/sos_commands/…            deeper, and no telling name (sos 2.2)
//! sosreport-a/…  sosreport-b/…                       several side by side
//! sosreport-a/var/lib/docker/overlay2/1/proc/modules not a report: it is inside of one
//! ```
//!
//! A root is found with the first path that shows it: by the name of its folder, by a folder that only sos makes, or by a
//! path of the evidence table that says enough by itself. The shallowest place that fits is taken. Paths that say too little
//! (`date`, `etc/hostname`) make a root that is only supposed; it counts once a better path confirms it, or if nothing
//! better is found in the whole input.

use super::layout;
use super::reports::ReportKind;

/// How deep a root is looked for.
pub(super) const DEEPEST: usize = 10;

/// A place where a report may begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// Path of the root; empty for the top of the input.
    pub root: &'a str,
    /// The kind that the path speaks of; `None` where the root is only supposed.
    pub kind: Option<ReportKind>,
}

/// The root that a path shows.
pub(super) fn find(path: &str) -> Option<Place<'_>> {
    let mut supposed = None;
    let mut above: Option<&str> = None;
    let mut at = 0;
    for _ in 0..DEEPEST {
        let (root, rest) = path.split_at_checked(at)?;
        let root = root.trim_end_matches('/');
        let name = rest.split('/').next().unwrap_or(rest);
        let is_last = name.len() == rest.len();
        // Most names can begin no path of the table, and this is asked of every member until a root is known.
        let row = if is_last || layout::begins_evidence(name) { layout::classify(rest) } else { None };
        let kind = match above.and_then(layout::report_name) {
            Some(kind) if row.is_some() || layout::is_top_entry(name) => Some(kind),
            _ if layout::founds_sosreport(name) => Some(ReportKind::Sosreport),
            _ => row.filter(|row| !row.is_anywhere()).and_then(|row| row.starts),
        };
        if kind.is_some() {
            return Some(Place { root, kind });
        }
        if supposed.is_none() && row.is_some_and(|row| !row.is_anywhere()) {
            supposed = Some(Place { root, kind: None });
        }
        if is_last || layout::holds_no_report(above, name) {
            break;
        }
        above = Some(name);
        at += name.len() + 1;
    }
    supposed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_found_at_any_depth_and_by_any_marker() {
        use ReportKind::{CrashDirectory, Directory, ModuleTree, Sosreport, Supportconfig};
        for (path, want) in [
            ("proc/modules", Some(("", Some(Directory)))),
            ("sosreport-a-2024/proc/modules", Some(("sosreport-a-2024", Some(Sosreport)))),
            ("nts_db1_240501_1000/modules.txt", Some(("nts_db1_240501_1000", Some(Supportconfig)))),
            ("sosreport-a-2024/root/anaconda-ks.cfg", Some(("sosreport-a-2024", Some(Sosreport)))),
            ("sosreport-2024/sosreport-a/date", Some(("sosreport-2024/sosreport-a", Some(Sosreport)))),
            ("var/tmp/sosreport-a/etc/hostname", Some(("var/tmp/sosreport-a", Some(Sosreport)))),
            ("backup/x/host-2013050110/sos_commands/block/lsblk", Some(("backup/x/host-2013050110", Some(Sosreport)))),
            ("host.1-7a/sos_commands/kernel.lsmod", Some(("host.1-7a", Some(Sosreport)))),
            ("h/installed-rpms", Some(("h", Some(Sosreport)))),
            ("scc_db1_240501_1000/basic-environment.txt", Some(("scc_db1_240501_1000", Some(Supportconfig)))),
            (
                "127.0.0.1-2024-05-01-10:00:00/vmcore-dmesg.txt",
                Some(("127.0.0.1-2024-05-01-10:00:00", Some(CrashDirectory))),
            ),
            ("h/var/crash/a/vmcore-dmesg.txt", Some(("h", Some(Directory)))),
            ("vmcore", Some(("", Some(CrashDirectory)))),
            ("5.14.0-427/kernel/fs/xfs/xfs.ko.xz", Some(("5.14.0-427", Some(ModuleTree)))),
            ("usr/lib/modules/5.14.0/extra/a.ko", Some(("", Some(ModuleTree)))),
            ("h/date", Some(("h", None))),
            ("h/etc/hostname", Some(("h", None))),
            ("h/var/lib/docker/overlay2/1/proc/modules", None),
            ("h/var/lib/docker/overlay2/1/sos_commands/x", None),
            ("sos-collector-2024-abcde/sos_reports/manifest.json", None),
            ("sos-collector-2024-abcde/sos_logs/ui.log", None),
            ("src/drivers/Makefile", None),
            ("", None),
        ] {
            let got = find(path).map(|place| (place.root, place.kind));
            assert_eq!(got, want, "{path}");
        }
    }
}
