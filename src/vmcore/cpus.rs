//! The CPUs of a dump: which one panicked, what ran on each, and where each stood.

use super::container::notes;
use super::error::VmcoreError;
use super::kernel::Kernel;
use super::registers::{self, Registers};

/// Most CPUs that are looked at; the kernel is built for at most 8192.
const MAX_CPUS: usize = 8192;
/// `panic_cpu` while nothing has panicked.
const NO_CPU: u32 = u32::MAX;
/// Bytes of a command name.
const COMM: usize = 16;

/// A CPU whose registers are in the dump.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cpu {
    /// Its number.
    pub(crate) number: u32,
    /// Its registers.
    pub(crate) registers: Registers,
    /// Process id of the note, where the crashing kernel wrote it itself.
    pub(crate) note_pid: Option<u32>,
}

/// A task, by what a person knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Task {
    pub(crate) pid: Option<u32>,
    pub(crate) comm: Option<String>,
}

/// All CPUs with registers, in order. Notes stand in the order of the CPUs that had them saved.
pub(crate) fn with_registers(kernel: &Kernel) -> Vec<Cpu> {
    let container = &kernel.memory.physical().container;
    let (bytes, endian) = (container.notes(), container.endian());
    let machine = kernel.memory.translator().machine();
    let notes = notes::prstatus(&bytes, endian);
    let online = online_cpus(kernel);
    let numbers: Vec<u32> = match online.len() == notes.len() {
        true => online,
        false => (0..notes.len() as u32).collect(),
    };
    let by_qemu = notes::notes(&bytes, endian).any(|note| note.name == b"QEMU");
    let cpu = |(note, number): (&Vec<u8>, u32)| {
        Some(Cpu {
            number,
            registers: Registers::from_prstatus(note, endian, machine)?,
            note_pid: registers::pid_of_prstatus(note, endian).filter(|_| !by_qemu),
        })
    };
    notes.iter().zip(numbers).take(MAX_CPUS).filter_map(cpu).collect()
}

/// Numbers of the CPUs that are online; empty where that is not known.
fn online_cpus(kernel: &Kernel) -> Vec<u32> {
    let Some(mask) = kernel.symbol("__cpu_online_mask") else { return Vec::new() };
    let words = kernel.symbol("nr_cpu_ids").and_then(|at| kernel.memory.u32(at).ok()).unwrap_or(0).div_ceil(64);
    let word = |index: u32| kernel.memory.u64(mask.wrapping_add(8 * u64::from(index))).unwrap_or(0);
    (0..words.min((MAX_CPUS / 64) as u32))
        .flat_map(|index| {
            let word = word(index);
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| 64 * index + bit)
        })
        .collect()
}

/// The CPU that panicked; `None` where none did.
pub(crate) fn panicked(kernel: &Kernel) -> Result<Option<u32>, VmcoreError> {
    const PART: &str = "panicking CPU";
    let address = kernel.symbol("panic_cpu").map_or_else(|| kernel.needed(PART, "crashing_cpu"), Ok)?;
    match kernel.memory.u32(address) {
        Ok(NO_CPU) => Ok(None),
        Ok(cpu) if (cpu as usize) < MAX_CPUS => Ok(Some(cpu)),
        Ok(cpu) => Err(VmcoreError::part(PART, format!("it has number {cpu}, and no machine has that many"))),
        Err(error) => Err(VmcoreError::part(PART, error)),
    }
}

/// The task that ran on a CPU.
pub(crate) fn current(kernel: &Kernel, cpu: u32) -> Option<Task> {
    let memory = &kernel.memory;
    let btf = kernel.btf().ok()?;
    let offsets = kernel.symbol("__per_cpu_offset")?;
    let base = memory.u64(offsets.wrapping_add(8 * u64::from(cpu))).ok()?;
    // A variable of its own, but a member of `pcpu_hot` from 6.2 to 6.14.
    let variable = match kernel.symbol("pcpu_hot") {
        Some(hot) => hot.wrapping_add(btf.offset("pcpu_hot", "current_task")?),
        None => kernel.symbol("current_task")?,
    };
    let task = memory.u64(base.wrapping_add(variable)).ok()?;
    let member = |name: &str| Some(task.wrapping_add(btf.offset("task_struct", name)?));
    let comm = member("comm").and_then(|at| memory.string(at, COMM).ok()).filter(|comm| !comm.is_empty());
    Some(Task {
        pid: member("pid").and_then(|at| memory.u32(at).ok()),
        comm: comm.map(|comm| String::from_utf8_lossy(&comm).into_owned()),
    })
}
