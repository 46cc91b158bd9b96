//! What a memory dump says.

use super::event::{Frame, InstructionPointer};
use super::log::LogFacts;
use super::module::LoadedModule;
use super::origin::{Origin, Problem};
use super::release::KernelRelease;

/// A value read from a dump, and by which means it was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found<T> {
    /// The value.
    pub value: T,
    /// The means: `vmcoreinfo`, `kallsyms+btf`, `module-ring scan`, `calibrated by the log`, …
    pub by: &'static str,
}

/// What one CPU was doing when the dump was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CpuFacts {
    /// CPU number.
    pub cpu: u32,
    /// Process that was running there.
    pub pid: Option<u32>,
    /// Its command name.
    pub comm: Option<String>,
    /// Instruction pointer.
    pub ip: Option<InstructionPointer>,
    /// Backtrace.
    pub frames: Option<Found<Vec<Frame>>>,
}

/// A task that slept and could not be woken (state `D`) when the dump was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockedTask {
    /// Process id.
    pub pid: Option<u32>,
    /// Command name.
    pub comm: Option<String>,
    /// Backtrace.
    pub frames: Found<Vec<Frame>>,
}

/// What a memory dump says; every part may be missing alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VmcoreFacts {
    /// The dump.
    pub origin: Origin,
    /// Container, such as `kdump-compressed (zlib)`.
    pub container: String,
    /// Kernel release.
    pub release: Option<Found<KernelRelease>>,
    /// Machine, such as `x86_64`.
    pub arch: Option<&'static str>,
    /// Time of the crash as seconds since 1970.
    pub crash_time: Option<i64>,
    /// Taint mask at the time of the dump.
    pub tainted: Option<Found<u64>>,
    /// Loaded modules with their taints.
    pub modules: Option<Found<Vec<LoadedModule>>>,
    /// CPU that panicked.
    pub panic_cpu: Option<u32>,
    /// Process that was running there.
    pub pid: Option<u32>,
    /// Its command name.
    pub comm: Option<String>,
    /// Instruction pointer of that CPU.
    pub ip: Option<InstructionPointer>,
    /// Its backtrace.
    pub frames: Option<Found<Vec<Frame>>>,
    /// What the other CPUs were doing (all CPUs where none panicked).
    pub other_cpus: Vec<CpuFacts>,
    /// Tasks in state `D`, as far as they are kept.
    pub blocked_tasks: Vec<BlockedTask>,
    /// The kernel log inside the dump.
    pub log: Option<LogFacts>,
    /// What could not be read, and why.
    pub problems: Vec<Problem>,
}
