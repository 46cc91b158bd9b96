//! All that one report told, before anything is concluded from it.

use super::log::LogFacts;
use super::module::{LoadedModule, ModuleFile, ModuleLocation};
use super::origin::{Located, Origin, Problem};
use super::quote::Quotes;
use super::release::KernelRelease;
use super::vmcore::VmcoreFacts;

/// The distribution a report comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Distro {
    /// `ID` of os-release, or derived from the release file: `rhel`, `sles`, `ubuntu`.
    pub id: String,
    /// Version, such as `7.9`.
    pub version: Option<String>,
    /// The line a person reads: `Red Hat Enterprise Linux Server release 7.9 (Maipo)`.
    pub pretty: String,
}

/// Who and when.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Host {
    /// Host name.
    pub hostname: Option<Located<String>>,
    /// Time of collection as RFC 3339 (without an offset where the report has none that can be resolved).
    pub collected: Option<Located<String>>,
    /// Running kernel at collection (`uname -r`).
    pub release: Option<Located<KernelRelease>>,
    /// Machine, such as `x86_64`.
    pub arch: Option<Located<String>>,
    /// Distribution.
    pub distro: Option<Located<Distro>>,
    /// Version of sos (or supportconfig) that made the report.
    pub collector: Option<Located<String>>,
    /// Kernel command line.
    pub cmdline: Option<Located<String>>,
    /// Hardware: vendor and product of the DMI data.
    pub hardware: Option<Located<String>>,
}

/// An installed package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Name.
    pub name: String,
    /// Version and release as printed.
    pub version: String,
    /// Vendor, where the listing has it.
    pub vendor: Option<String>,
    /// Where.
    pub origin: Origin,
}

/// A line of `dkms status`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DkmsEntry {
    /// Package or module name as dkms knows it.
    pub name: String,
    /// Version.
    pub version: String,
    /// Kernel release it is built for.
    pub kernel: Option<String>,
    /// `installed`, `built`, `added`, with notes as printed.
    pub status: String,
    /// Where.
    pub origin: Origin,
}

/// A module that is kept from loading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blacklist {
    /// Module.
    pub module: String,
    /// The line that says so: `blacklist foo`, `install foo /bin/true`, `modprobe.blacklist=foo`.
    pub text: String,
    /// Where.
    pub origin: Origin,
}

/// State of UEFI Secure Boot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SecureBoot {
    /// On.
    Enabled,
    /// Off.
    Disabled,
    /// The tool could not tell (no EFI, no variables).
    Undetermined,
}

/// What a crash directory (`var/crash/HOST-DATE/`) holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrashDirectory {
    /// Path of the directory in the report.
    pub path: String,
    /// A dump is there (`vmcore`, `vmcore.flat`), with its size in bytes where known.
    pub vmcore: Option<Option<u64>>,
    /// `vmcore-incomplete` is there, or the status file says so.
    pub incomplete: bool,
    /// `vmcore-dmesg.txt` (or `dmesg.*` on Debian) is there.
    pub has_dmesg: bool,
    /// Text of `vmcore-creation.status`.
    pub status: Option<String>,
}

/// Counters in `/sys/kernel`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CounterKind {
    /// `oops_count`.
    Oops,
    /// `warn_count`.
    Warn,
    /// `softlockup_count`.
    SoftLockup,
    /// `hardlockup_count`.
    HardLockup,
}

/// All that one report told. Every list may be empty: nothing here says that a file was there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReportFacts {
    /// Host, kernel and time.
    pub host: Host,
    /// `kernel.tainted` values, from every file that has one.
    pub tainted: Vec<Located<u64>>,
    /// Witnesses of loaded modules.
    pub loaded: Vec<LoadedModule>,
    /// What module files say, through modinfo or by themselves.
    pub module_files: Vec<ModuleFile>,
    /// Where module files are.
    pub locations: Vec<ModuleLocation>,
    /// Files of certificates (X.509, PEM or DER) that signatures of modules may be checked with.
    pub certificates: Vec<Located<Vec<u8>>>,
    /// Installed packages.
    pub packages: Vec<Package>,
    /// DKMS modules.
    pub dkms: Vec<DkmsEntry>,
    /// Modules kept from loading.
    pub blacklists: Vec<Blacklist>,
    /// Secure Boot, from mokutil or the log.
    pub secure_boot: Option<Located<SecureBoot>>,
    /// Crash directories.
    pub crash_directories: Vec<CrashDirectory>,
    /// Counters.
    pub counters: Vec<Located<(CounterKind, u64)>>,
    /// Kernel logs.
    pub logs: Vec<LogFacts>,
    /// Memory dumps.
    pub dumps: Vec<VmcoreFacts>,
    /// Lines of other files than logs that a finding may cite.
    pub quotes: Quotes,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

impl ReportFacts {
    /// Adds a dump; its log is a kernel log of the report like the others, and so are its problems.
    pub fn add_dump(&mut self, mut dump: VmcoreFacts) {
        self.logs.extend(dump.log.take());
        self.problems.append(&mut dump.problems);
        self.dumps.push(dump);
    }
}
