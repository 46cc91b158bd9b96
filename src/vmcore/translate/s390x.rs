//! s390x page tables: up to three region tables, a segment table, page tables. Everything is big-endian.
//!
//! How many levels there are is told by the type bits of the root's first entry. The kernel image stood at its
//! physical place until 6.9; since then VMCOREINFO has `KERNELOFFSET` and `KERNELOFFPHYS`. Source: z/Architecture
//! Principles of Operation, chapter 3; arch/s390/include/asm/pgtable.h; arch/s390/kernel/vmcore_info.c.

use super::super::container::PhysicalMemory;
use super::super::error::MemoryError;
use super::super::vmcoreinfo::Vmcoreinfo;
use super::{Mapped, Walk};

/// Invalid bit of region and segment entries, and of page entries.
const INVALID: u64 = 0x20;
const PAGE_INVALID: u64 = 0x400;
/// Format control: a region-third or segment entry that maps a large page.
const LARGE: u64 = 0x400;
/// Address of the next region or segment table.
const TABLE: u64 = !0xfff;
/// Address of a page table (half a page).
const PAGE_TABLE: u64 = !0x7ff;

/// Address bits below the index of each kind of table, by the type bits of its entries.
const SHIFTS: [u32; 4] = [20, 31, 42, 53];

/// The kernel's own page tables.
pub(super) struct PageTables {
    root: u64,
    /// Type of the root's entries: 3 region first, 2 region second, 1 region third, 0 segment.
    kind: usize,
}

impl PageTables {
    pub(super) fn new(memory: &PhysicalMemory, info: &Vmcoreinfo) -> Result<Self, String> {
        let root = info.symbol("swapper_pg_dir").ok_or("VMCOREINFO has no swapper_pg_dir")?;
        let hex = |key: &str| info.text(key).and_then(|text| u64::from_str_radix(text, 16).ok());
        let root = match (hex("KERNELOFFSET"), hex("KERNELOFFPHYS")) {
            (Some(virtual_start), Some(physical)) => root.wrapping_sub(virtual_start).wrapping_add(physical),
            _ => root,
        };
        let first = memory.u64(root).map_err(|e| format!("the root of the page tables: {e}"))?;
        Ok(Self { root, kind: (first >> 2 & 3) as usize })
    }
}

impl Walk for PageTables {
    fn walk(&self, memory: &PhysicalMemory, address: u64) -> Result<Mapped, MemoryError> {
        let unmapped = MemoryError::Unmapped(address);
        let mut table = self.root;
        for (kind, shift) in SHIFTS.into_iter().enumerate().rev().skip(SHIFTS.len() - 1 - self.kind) {
            let entry = memory.u64(table.wrapping_add(8 * (address >> shift & 0x7ff)))?;
            if entry & INVALID != 0 {
                return Err(unmapped);
            }
            if kind <= 1 && entry & LARGE != 0 {
                let size = 1_u64 << shift;
                let within = address & (size - 1);
                return Ok(Mapped { physical: (entry & !(size - 1)) + within, length: size - within });
            }
            table = entry & if kind == 0 { PAGE_TABLE } else { TABLE };
        }
        let entry = memory.u64(table.wrapping_add(8 * (address >> 12 & 0xff)))?;
        if entry & PAGE_INVALID != 0 {
            return Err(unmapped);
        }
        let within = address & 0xfff;
        Ok(Mapped { physical: (entry & TABLE) + within, length: 0x1000 - within })
    }
}
