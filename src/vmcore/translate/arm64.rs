//! arm64 page tables (TTBR1): pages of 4, 16 or 64 KiB, 36 to 52 address bits, 2 to 5 levels.
//!
//! The root is a symbol of the kernel image, which stands `kimage_voffset` above its physical place. Where a table is
//! missing from the dump, the image can still be found: it is in one piece. Source: Arm ARM,
//! VMSAv8-64 translation; arch/arm64/kernel/vmcore_info.c (what VMCOREINFO exports).

use std::ops::Range;

use super::super::container::PhysicalMemory;
use super::super::error::MemoryError;
use super::super::vmcoreinfo::Vmcoreinfo;
use super::{Mapped, Walk};

/// Bytes of the smallest page.
const PAGE: u64 = 4096;
/// Bytes from `_stext` on that every image has.
const IMAGE_SIZE: u64 = 32 << 20;

/// The kernel's own page tables.
pub(super) struct PageTables {
    root: u64,
    /// Bits of an address within a page.
    page_shift: u32,
    /// Address bits that the tables resolve.
    va_bits: u32,
    levels: u32,
    /// Addresses that are taken to be of the kernel image where the tables are missing.
    image: Range<u64>,
    /// Distance of the image from its physical place.
    image_offset: u64,
}

impl PageTables {
    pub(super) fn new(info: &Vmcoreinfo) -> Result<Self, String> {
        let root = info.symbol("swapper_pg_dir").ok_or("VMCOREINFO has no swapper_pg_dir")?;
        let offset = info
            .number("kimage_voffset")
            .ok_or("VMCOREINFO has no kimage_voffset (kernels before 4.12), so the kernel image cannot be placed")?;
        let page_shift = match info.text("PAGESIZE") {
            Some("4096") | None => 12,
            Some("16384") => 14,
            Some("65536") => 16,
            Some(other) => return Err(format!("a page size of {other} bytes, which arm64 does not have")),
        };
        let configured = info.number("VA_BITS").and_then(|bits| u32::try_from(bits).ok());
        let in_use = info.number("TCR_EL1_T1SZ").map(|t1sz| 64 - (t1sz as u32).min(63)).or(configured);
        let in_use = in_use.ok_or("VMCOREINFO has neither VA_BITS nor TCR_EL1_T1SZ")?;
        if !(36..=52).contains(&in_use) {
            return Err(format!("{in_use} address bits, which arm64 does not have"));
        }
        let levels = |bits: u32| (bits - page_shift).div_ceil(page_shift - 3);
        // A kernel built for 52 bits runs on processors of 48 with the same root table, of which it uses the end.
        let va_bits = match configured {
            Some(more) if more > in_use && more <= 52 && levels(more) == levels(in_use) => more,
            _ => in_use,
        };
        let stext = info.symbol("_stext").unwrap_or(root);
        Ok(Self {
            root: root.wrapping_sub(offset),
            page_shift,
            va_bits,
            levels: levels(in_use),
            image: stext..stext.saturating_add(IMAGE_SIZE),
            image_offset: offset,
        })
    }

    /// Physical address in a descriptor. Pages of 64 KiB keep bits 48 to 51 in bits 12 to 15 of it.
    fn target(&self, descriptor: u64) -> u64 {
        let low = descriptor & 0x0000_ffff_ffff_ffff & !((1 << self.page_shift) - 1);
        match self.page_shift {
            16 => low | (descriptor >> 12 & 0xf) << 48,
            _ => low,
        }
    }
}

impl Walk for PageTables {
    fn walk(&self, memory: &PhysicalMemory, address: u64) -> Result<Mapped, MemoryError> {
        match self.walk_tables(memory, address) {
            Err(MemoryError::NotDumped(_) | MemoryError::Damaged { .. }) if self.image.contains(&address) => {
                Ok(Mapped { physical: address.wrapping_sub(self.image_offset), length: PAGE - address % PAGE })
            }
            other => other,
        }
    }
}

impl PageTables {
    fn walk_tables(&self, memory: &PhysicalMemory, address: u64) -> Result<Mapped, MemoryError> {
        let per_level = self.page_shift - 3;
        let mut table = self.root;
        for level in (0..self.levels).rev() {
            let shift = self.page_shift + level * per_level;
            let bits = if level + 1 == self.levels { self.va_bits - shift } else { per_level };
            let index = address >> shift & ((1 << bits) - 1);
            let descriptor = memory.u64(table.wrapping_add(8 * index))?;
            let leaf = match descriptor & 3 {
                3 if level > 0 => false,
                3 => true,
                1 if level > 0 => true,
                _ => return Err(MemoryError::Unmapped(address)),
            };
            if leaf {
                let size = 1_u64 << shift;
                let within = address & (size - 1);
                let base = self.target(descriptor) & !(size - 1);
                return Ok(Mapped { physical: base + within, length: size - within });
            }
            table = self.target(descriptor);
        }
        Err(MemoryError::Unmapped(address))
    }
}
