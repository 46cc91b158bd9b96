//! Which file of a report is evidence of what: the one place where a path is known.
//!
//! [`TABLE`] holds a row per kind of path and era; [`classify`] looks a path up. Paths are those below the root of a report,
//! such as `sys/module/nvidia/taint` or `sos_commands/kernel/lsmod`. `docs/evidence.md` lists the same rows for people, and
//! a test holds the two together.
//!
//! A row whose pattern begins with `*/**/` describes a file that may lie anywhere below the root; such rows are asked last.
//! Among the others no two match the same path.

mod name;
mod table;

use std::sync::LazyLock;

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

pub(super) use name::{
    begins_evidence, founds_sosreport, holds_no_report, is_archive, is_crash_entry, is_log, is_module_tree_entry,
    is_packed_directory, is_side_file, is_sos_entry, is_top_entry, report_name,
};
pub use table::TABLE;

use super::ReportKind;

/// What a file of a report tells, and so which parser reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EvidenceKind {
    /// The value of `kernel.tainted`.
    Tainted,
    /// `sysctl -a`, which holds `kernel.tainted` too.
    Sysctl,
    /// `/proc/modules`.
    ProcModules,
    /// `lsmod`.
    Lsmod,
    /// One attribute below `/sys/module/NAME/`.
    SysModule,
    /// Output of `modinfo`, for one module or many.
    Modinfo,
    /// A listing of files below `/lib/modules` (`find -ls`, `ls -lR`).
    ModuleListing,
    /// `modules.dep`.
    ModulesDep,
    /// A module file itself.
    ModuleFile,
    /// A certificate that modules may be signed with.
    Certificate,
    /// Installed RPM packages, in the formats of sos and of supportconfig.
    Rpms,
    /// `dpkg -l`.
    Debs,
    /// `dkms status`.
    Dkms,
    /// Kernel command line.
    Cmdline,
    /// A file of `modprobe.d`, or its predecessors.
    Modprobe,
    /// `mokutil --sb-state`.
    SecureBoot,
    /// `uname -a`.
    Uname,
    /// A kernel release alone (`uname -r`, `osrelease`).
    Release,
    /// `/proc/version`.
    ProcVersion,
    /// Host name.
    Hostname,
    /// `date`.
    Date,
    /// Version of sos.
    SosVersion,
    /// `os-release`.
    OsRelease,
    /// `redhat-release` and its like: one line for people.
    ReleaseFile,
    /// `debian_version`.
    DebianVersion,
    /// `lsb-release`.
    LsbRelease,
    /// One attribute of `/sys/class/dmi/id`.
    Dmi,
    /// `dmidecode`.
    Dmidecode,
    /// A counter in `/sys/kernel`.
    Counter,
    /// A memory dump in a crash directory: noted by name, not read here.
    Dump,
    /// `vmcore-creation.status`.
    DumpStatus,
    /// A kernel log.
    KernelLog,
    /// One record of the persistent store.
    Pstore,
    /// A file of supportconfig, made of sections that are evidence each.
    Supportconfig,
    /// A file that is known, but tells nothing that a report's facts have a place for: passed over.
    Known,
}

/// One row of the table.
#[derive(Debug, PartialEq, Eq)]
pub struct Row {
    /// Glob over the path below the root: `*` stays within a name, `**` does not, `{a,b}` are alternatives.
    pub pattern: &'static str,
    /// What such a file tells.
    pub kind: EvidenceKind,
    /// What kind of report such a path speaks of where no root is known yet; `None` where the name alone says too little.
    pub starts: Option<ReportKind>,
    /// Which collector, from which version on.
    pub era: &'static str,
    /// What is peculiar about it.
    pub note: &'static str,
    /// Paths that this row matches, one an era where they differ.
    pub examples: &'static [&'static str],
}

impl Row {
    /// Whether such a file may lie anywhere below the root.
    pub fn is_anywhere(&self) -> bool {
        self.pattern.starts_with("*/**/")
    }
}

/// The row for a path below the root of a report; `None` for a file that is no evidence.
pub fn classify(path: &str) -> Option<&'static Row> {
    let matches = MATCHER.matches(path);
    let mut rows = matches.iter().filter_map(|&at| TABLE.get(at));
    let first = rows.next()?;
    if !first.is_anywhere() {
        return Some(first);
    }
    rows.find(|row| !row.is_anywhere()).or(Some(first))
}

/// All patterns in one automaton. A pattern that is not a valid glob would leave the table empty; a test sees to that.
static MATCHER: LazyLock<GlobSet> = LazyLock::new(|| build().unwrap_or_else(|_| GlobSet::empty()));

fn build() -> Result<GlobSet, globset::Error> {
    let mut set = GlobSetBuilder::new();
    for row in TABLE {
        let glob = GlobBuilder::new(row.pattern).literal_separator(true).empty_alternates(true).build()?;
        set.add(glob);
    }
    set.build()
}

#[cfg(test)]
mod tests;
