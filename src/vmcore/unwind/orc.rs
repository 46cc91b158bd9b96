//! The ORC unwinder: for every place in code a table says where the caller's frame is.
//!
//! ```text
//! __start_orc_unwind_ip   a signed 32-bit distance from each element itself to a place in code, in order of place
//! __start_orc_unwind      an entry for each
//! ```
//! Modules have tables of their own. Source: arch/x86/kernel/unwind_orc.c.

use super::super::error::MemoryError;
use super::super::kernel::Kernel;
use super::super::memory::KernelMemory;
use super::super::modules::OrcTables;
use super::super::registers::{IRET_FRAME, PT_REGS, Registers};
use super::super::symbolize::Symbolizer;
use super::Step;
use super::orc_entry::{Base, Kind, OrcEntry, OrcFormat, SIZE};

/// Most entries of the kernel's table; kernels have 200,000 to 500,000.
const MAX_ENTRIES: u64 = 8 << 20;
/// Entries that are looked at to tell how registers are numbered.
const SAMPLE: u64 = 8192;

/// The unwind tables of a kernel.
pub(super) struct Orc {
    kernel: OrcTables,
    format: OrcFormat,
    /// Until 5.11 the offset of a stack pointer kept in memory counted before the word was read.
    offset_before_indirection: bool,
}

impl Orc {
    /// Finds the tables. The reason of a failure says what is missing.
    pub(super) fn of(kernel: &Kernel) -> Result<Self, String> {
        let symbol = |name: &str| kernel.needed("ORC", name).map_err(|e| e.to_string());
        let (places, stop) = (symbol("__start_orc_unwind_ip")?, symbol("__stop_orc_unwind_ip")?);
        let entries = symbol("__start_orc_unwind")?;
        let count = stop.checked_sub(places).map(|bytes| bytes / 4).filter(|n| (1..=MAX_ENTRIES).contains(n));
        let count = count.ok_or_else(|| format!("ORC: a table from {places:#x} to {stop:#x} is no table"))?;
        let sampled = count.min(SAMPLE);
        let middle = entries.wrapping_add((count - sampled) / 2 * SIZE);
        let (sample, _) = kernel
            .memory
            .bytes_with_gaps(middle, sampled * SIZE, SAMPLE * SIZE, "ORC entries")
            .map_err(|e| format!("ORC: {e}"))?;
        let version = kernel.version().unwrap_or((0, 0));
        Ok(Self {
            kernel: OrcTables { places, entries, count: count as u32 },
            format: OrcFormat::of(kernel.btf().ok(), version, &sample),
            offset_before_indirection: version < (5, 12),
        })
    }

    /// One step outwards.
    pub(super) fn step(&mut self, kernel: &Kernel, symbolizer: &Symbolizer, at: Registers, struck: bool) -> Step {
        let entry = match self.entry(kernel, symbolizer, at.ip, struck) {
            Ok(entry) => entry,
            Err(reason) => return Step::Lost(reason),
        };
        if matches!(entry.kind, Kind::Undefined | Kind::EndOfStack) || entry.sp == Base::Undefined {
            // Where ends are marked, what is undefined without the mark is garbage, or code that nobody unwinds from.
            return match entry.kind == Kind::EndOfStack || !self.format.marks_ends() {
                true => Step::End,
                false => Step::Lost(format!("the kernel cannot unwind from {:#x}", at.ip)),
            };
        }
        self.apply(&kernel.memory, entry, at).unwrap_or_else(|e| Step::Lost(format!("the stack at {:#x}: {e}", at.sp)))
    }

    /// The entry for a place: of a return address, for the call before it.
    fn entry(&self, kernel: &Kernel, symbolizer: &Symbolizer, ip: u64, struck: bool) -> Result<OrcEntry, String> {
        if ip == 0 {
            return Ok(OrcEntry::OF_NULL_CALL);
        }
        let place = if struck { ip } else { ip - 1 };
        let tables = match symbolizer.module(place) {
            Some(module) => module.orc,
            None => kernel.image.filter(|image| (image.start..image.end).contains(&place)).map(|_| self.kernel),
        };
        let tables = tables.ok_or_else(|| format!("no unwind table covers {ip:#x}"))?;
        let found = self.search(&kernel.memory, tables, place).map_err(|e| format!("ORC: {e}"))?;
        found.ok_or_else(|| format!("no unwind entry covers {ip:#x}"))
    }

    /// The last entry whose place is not behind the one asked for.
    fn search(&self, memory: &KernelMemory, tables: OrcTables, place: u64) -> Result<Option<OrcEntry>, MemoryError> {
        let (mut low, mut high) = (0, u64::from(tables.count));
        while low < high {
            let middle = low.midpoint(high);
            let element = tables.places.wrapping_add(4 * middle);
            let distance = i64::from(memory.u32(element)? as i32);
            match element.wrapping_add(distance as u64) <= place {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        let Some(index) = low.checked_sub(1) else { return Ok(None) };
        let bytes = memory.bytes(tables.entries.wrapping_add(SIZE * index), SIZE, SIZE, "an ORC entry")?;
        Ok(self.format.entry(&bytes))
    }

    /// Follows an entry.
    fn apply(&self, memory: &KernelMemory, entry: OrcEntry, at: Registers) -> Result<Step, MemoryError> {
        let add = |base: u64, offset: i16| base.wrapping_add(i64::from(offset) as u64);
        let base = match entry.sp {
            Base::Sp => Some(at.sp),
            Base::Bp => Some(at.bp),
            Base::Dx => at.dx,
            Base::Di => at.di,
            Base::R10 => at.r10,
            Base::R13 => at.r13,
            _ => None,
        };
        let sp = match (entry.sp, base) {
            (_, Some(base)) => add(base, entry.sp_offset),
            (Base::BpIndirect, _) => memory.u64(add(at.bp, entry.sp_offset))?,
            (Base::SpIndirect, _) if self.offset_before_indirection => memory.u64(add(at.sp, entry.sp_offset))?,
            (Base::SpIndirect, _) => add(memory.u64(at.sp)?, entry.sp_offset),
            (other, _) => {
                return Ok(Step::Lost(format!("the frame at {:#x} hangs on {other:?}, which is not known", at.ip)));
            }
        };
        let mut next = match entry.kind {
            Kind::Call => Registers { ip: memory.u64(sp.wrapping_sub(8))?, sp, ..at.without_scratch() },
            Kind::Registers => {
                let bytes = memory.bytes(sp, PT_REGS as u64, PT_REGS as u64, "registers")?;
                Registers::from_pt_regs(&bytes, memory.endian()).unwrap_or(at)
            }
            _ => {
                let bytes = memory.bytes(sp, IRET_FRAME as u64, IRET_FRAME as u64, "registers")?;
                at.with_iret_frame(&bytes, memory.endian()).unwrap_or(at)
            }
        };
        match entry.bp {
            Base::PreviousSp => next.bp = memory.u64(add(sp, entry.bp_offset))?,
            Base::Bp => next.bp = memory.u64(add(at.bp, entry.bp_offset))?,
            _ => {}
        }
        let struck = entry.signal.unwrap_or(false) || entry.kind != Kind::Call;
        Ok(if struck { Step::Interrupted(next) } else { Step::Caller(next) })
    }
}
