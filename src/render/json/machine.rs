//! What the JSON contract tells of the machine: distribution, kernel and its taint, Secure Boot, crash directories.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{facts, triage};

use super::contract::Origin;
use super::names::SecureBootState;

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
