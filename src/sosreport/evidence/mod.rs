//! A parser per kind of evidence. Each file opens with a sample of what it reads.
//!
//! A parser takes what it knows and passes over the rest: a line it does not understand, an empty file and a file that
//! stops in the middle are no errors. The only error is that the input could not be read, and what was read until then is
//! kept.

mod certificate;
mod crash;
mod date;
mod deb;
mod distro;
mod dkms;
mod hardware;
mod host;
mod loaded;
mod log;
mod modinfo;
mod modprobe;
mod module_files;
mod module_path;
mod rpm;
mod secure_boot;
mod signature;
mod supportconfig;
mod sys_module;
mod taint;

use std::io::{self, BufRead};
use std::sync::Arc;

pub(super) use crash::{note_dump, note_log};
pub(super) use host::machine_of_release;
pub(super) use log::PstoreRecords;
pub(super) use module_files::note_link;
pub(super) use supportconfig::has_sections;
pub(super) use sys_module::{SysModule, loaded as loaded_by_sys_module};

use super::draft::Draft;
use super::layout::EvidenceKind;
use super::lines::Lines;

/// One file of a report, or a section of one that is a file in its own right.
pub(super) struct Source<'a> {
    /// Path that origins name.
    pub path: Arc<str>,
    /// Path by which it was classified; of a section, that of the file or command it holds.
    pub member: &'a str,
    /// Lines of the file before this section.
    pub before: u64,
    /// The contents.
    pub input: &'a mut dyn BufRead,
}

impl Source<'_> {
    /// The contents by the line.
    pub fn lines(&mut self) -> Lines<'_> {
        Lines::new(self.path.clone(), self.before, self.input)
    }
}

/// Reads one file into the draft of its report.
pub(super) fn read(kind: EvidenceKind, source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let parser: fn(Source<'_>, &mut Draft) -> io::Result<()> = match kind {
        EvidenceKind::Tainted => taint::read_value,
        EvidenceKind::Sysctl => taint::read_sysctl,
        EvidenceKind::ProcModules => loaded::read_proc_modules,
        EvidenceKind::Lsmod => loaded::read_lsmod,
        EvidenceKind::SysModule => sys_module::read,
        EvidenceKind::Modinfo => modinfo::read,
        EvidenceKind::ModuleListing => module_files::read_listing,
        EvidenceKind::ModulesDep => module_files::read_modules_dep,
        EvidenceKind::ModuleFile => module_files::read_module,
        EvidenceKind::Certificate => certificate::read,
        EvidenceKind::Rpms => rpm::read,
        EvidenceKind::Debs => deb::read,
        EvidenceKind::Dkms => dkms::read,
        EvidenceKind::Cmdline => modprobe::read_cmdline,
        EvidenceKind::Modprobe => modprobe::read,
        EvidenceKind::SecureBoot => secure_boot::read,
        EvidenceKind::Uname => host::read_uname,
        EvidenceKind::Release => host::read_release,
        EvidenceKind::ProcVersion => host::read_proc_version,
        EvidenceKind::Hostname => host::read_hostname,
        EvidenceKind::SosVersion => host::read_sos_version,
        EvidenceKind::Date => date::read,
        EvidenceKind::OsRelease => distro::read_os_release,
        EvidenceKind::ReleaseFile => distro::read_release_file,
        EvidenceKind::DebianVersion => distro::read_debian_version,
        EvidenceKind::LsbRelease => distro::read_lsb_release,
        EvidenceKind::Dmi => hardware::read_dmi,
        EvidenceKind::Dmidecode => hardware::read_dmidecode,
        EvidenceKind::Counter => taint::read_counter,
        EvidenceKind::DumpStatus => crash::read_status,
        EvidenceKind::KernelLog => log::read,
        EvidenceKind::Pstore => log::read_pstore,
        EvidenceKind::Supportconfig => supportconfig::read,
        EvidenceKind::Dump | EvidenceKind::Known => return Ok(()),
    };
    parser(source, draft)
}

#[cfg(test)]
pub(super) mod tests;
