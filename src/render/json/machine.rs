//! What the JSON contract tells of the machine: distribution, kernel and its taint, Secure Boot, crash directories.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{facts, triage};

use super::names::SecureBootState;
use super::origin::Origin;

/// A distribution.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Distro<'a> {
    /// `rhel`, `sles`, `ubuntu`, as in os-release.
    pub id: &'a str,
    /// Version, such as `7.9`.
    pub version: Option<&'a str>,
    /// The line that a person reads.
    pub pretty: &'a str,
}

impl<'a> From<&'a facts::Distro> for Distro<'a> {
    fn from(distro: &'a facts::Distro) -> Self {
        Self { id: &distro.id, version: distro.version.as_deref(), pretty: &distro.pretty }
    }
}

/// A kernel.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Kernel<'a> {
    /// Release as `uname -r` prints it.
    pub release: &'a str,
    /// Which taint tables hold for it, such as `rhel7`, `mainline`.
    pub lineage: &'a str,
    /// Machine, such as `x86_64`.
    pub arch: Option<&'a str>,
}

impl<'a> From<&'a triage::Kernel> for Kernel<'a> {
    fn from(kernel: &'a triage::Kernel) -> Self {
        Self { release: &kernel.release, lineage: kernel.lineage.as_str(), arch: kernel.arch.as_deref() }
    }
}

/// Taint of a kernel as a whole.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Taint<'a> {
    /// The mask, where a file gives it.
    pub value: Option<u64>,
    /// Its flags in order of their bits.
    pub flags: Vec<Flag>,
    /// Where it was read.
    pub origin: Origin<'a>,
}

impl<'a> From<&'a triage::KernelTaint> for Taint<'a> {
    fn from(taint: &'a triage::KernelTaint) -> Self {
        let flags = taint.flags.iter().map(|flag| Flag {
            bit: flag.bit,
            letter: flag.letter,
            name: flag.name,
            meaning: flag.meaning,
        });
        Self { value: taint.value, flags: flags.collect(), origin: (&taint.origin).into() }
    }
}

/// A taint flag.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Flag {
    /// Number of its bit; null where this kernel has the letter only.
    pub bit: Option<u8>,
    /// Letter; null where this kernel prints none.
    pub letter: Option<char>,
    /// Name, such as `PROPRIETARY_MODULE`.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// State of Secure Boot.
#[derive(Debug, Serialize, JsonSchema)]
pub struct SecureBoot<'a> {
    /// The state.
    pub state: SecureBootState,
    /// Where it was read.
    pub origin: Origin<'a>,
}

impl<'a> From<&'a facts::Located<facts::SecureBoot>> for SecureBoot<'a> {
    fn from(state: &'a facts::Located<facts::SecureBoot>) -> Self {
        Self { state: state.value.into(), origin: (&state.origin).into() }
    }
}

/// What a crash directory of kdump holds.
#[derive(Debug, Serialize, JsonSchema)]
pub struct CrashDirectory<'a> {
    /// Path of the directory.
    pub path: &'a str,
    /// A dump is there.
    pub vmcore: bool,
    /// Its size in bytes.
    pub vmcore_bytes: Option<u64>,
    /// The dump is known to be incomplete.
    pub incomplete: bool,
    /// The kernel log of the crash is there (`vmcore-dmesg.txt`).
    pub dmesg: bool,
    /// What the status file says.
    pub status: Option<&'a str>,
}

/// A memory dump that was read. What begins with `found_` says by which means; null where nothing was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Dump<'a> {
    /// The dump.
    pub origin: Origin<'a>,
    /// Its container, such as `kdump-compressed (zlib)`.
    pub container: &'a str,
    /// Kernel release: `vmcoreinfo`, `vmcoreinfo found by a scan`, `kdump header`.
    pub found_release: Option<&'a str>,
    /// Taint mask: `kallsyms`, `kallsyms found by a scan`.
    pub found_taint: Option<&'a str>,
    /// Modules: such as `kallsyms+btf`, `module-ring scan, taints calibrated by the log`.
    pub found_modules: Option<&'a str>,
    /// Backtrace of the CPU that panicked: `orc`, `frame pointers`, `stack scan`, `registers`.
    pub found_backtrace: Option<&'a str>,
    /// CPU that panicked.
    pub panic_cpu: Option<u32>,
    /// Time of the crash in seconds since 1970, as the kernel noted it.
    pub crash_time: Option<i64>,
    /// Stacks of other CPUs, then of blocked tasks, that hold third-party code: evidence of little weight.
    pub other_stacks: Vec<OtherStack<'a>>,
}

impl<'a> From<&'a triage::Dump> for Dump<'a> {
    fn from(dump: &'a triage::Dump) -> Self {
        Self {
            origin: (&dump.origin).into(),
            container: &dump.container,
            found_release: dump.release_by,
            found_taint: dump.taint_by,
            found_modules: dump.modules_by,
            found_backtrace: dump.backtrace_by,
            panic_cpu: dump.panic_cpu,
            crash_time: dump.crash_time,
            other_stacks: dump.other_stacks.iter().map(OtherStack::from).collect(),
        }
    }
}

/// A stack in a dump that holds third-party code on a reliable frame.
#[derive(Debug, Serialize, JsonSchema)]
pub struct OtherStack<'a> {
    /// CPU; null for a task that slept and could not be woken (state `D`).
    pub cpu: Option<u32>,
    /// Process.
    pub pid: Option<u32>,
    /// Its command name.
    pub comm: Option<&'a str>,
    /// Module of the topmost such frame.
    pub module: &'a str,
    /// Its function.
    pub symbol: Option<&'a str>,
    /// How the backtrace was made.
    pub found: &'a str,
}

impl<'a> From<&'a triage::OtherStack> for OtherStack<'a> {
    fn from(stack: &'a triage::OtherStack) -> Self {
        Self {
            cpu: stack.cpu,
            pid: stack.pid,
            comm: stack.comm.as_deref(),
            module: &stack.module,
            symbol: stack.symbol.as_deref(),
            found: stack.by,
        }
    }
}

impl<'a> From<&'a facts::CrashDirectory> for CrashDirectory<'a> {
    fn from(directory: &'a facts::CrashDirectory) -> Self {
        Self {
            path: &directory.path,
            vmcore: directory.vmcore.is_some(),
            vmcore_bytes: directory.vmcore.flatten(),
            incomplete: directory.incomplete,
            dmesg: directory.has_dmesg,
            status: directory.status.as_deref(),
        }
    }
}
