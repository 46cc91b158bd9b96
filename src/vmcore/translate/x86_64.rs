//! x86_64 page tables: 4 or 5 levels of 512 entries, pages of 4 KiB, 2 MiB and 1 GiB.
//!
//! The root is a symbol of the kernel image, whose own place in memory is told by `phys_base`. Where a table is missing
//! from the dump, the image can still be found: it is in one piece. Source: Intel SDM volume 3, chapter 4;
//! arch/x86/kernel/machine_kexec_64.c (what VMCOREINFO exports).

use super::super::container::PhysicalMemory;
use super::super::error::MemoryError;
use super::super::vmcoreinfo::Vmcoreinfo;
use super::{Mapped, Walk};

/// `__START_KERNEL_map`: address 0 of the kernel image.
pub(crate) const IMAGE_BASE: u64 = 0xffff_ffff_8000_0000;
/// `KERNEL_IMAGE_SIZE` without KASLR; with it VMCOREINFO has the number.
const IMAGE_SIZE: u64 = 512 << 20;
/// Names of the root table, newest first.
const ROOTS: [&str; 3] = ["init_top_pgt", "init_level4_pgt", "swapper_pg_dir"];
/// Bytes of the smallest page.
const PAGE: u64 = 4096;
/// Entry bits: present, and large page.
const PRESENT: u64 = 1;
const LARGE: u64 = 1 << 7;
/// Physical address bits of an entry.
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
/// Address bits below each level of a walk, from the fifth level to the first.
const SHIFTS: [u32; 5] = [48, 39, 30, 21, 12];

/// The kernel's own page tables.
pub(super) struct PageTables {
    root: u64,
    /// Physical address of [`IMAGE_BASE`].
    phys_base: u64,
    /// One past the last address that the kernel image can have.
    image_end: u64,
    five_levels: bool,
    /// The bit that AMD's memory encryption sets in entries.
    encryption: u64,
}

impl PageTables {
    pub(super) fn new(memory: &PhysicalMemory, info: &Vmcoreinfo) -> Result<Self, String> {
        let root = info.first_symbol(&ROOTS).ok_or("VMCOREINFO has no root of the page tables (init_top_pgt)")?;
        let phys_base = info
            .number("phys_base")
            .or_else(|| memory.container.phys_base(IMAGE_BASE))
            .ok_or("neither VMCOREINFO nor the headers say where the kernel image is (phys_base)")?;
        Ok(Self {
            root: root.wrapping_sub(IMAGE_BASE).wrapping_add(phys_base),
            phys_base,
            image_end: IMAGE_BASE + info.number("KERNEL_IMAGE_SIZE").unwrap_or(IMAGE_SIZE).min(1 << 30),
            five_levels: info.number("pgtable_l5_enabled") == Some(1),
            encryption: info.number("sme_mask").unwrap_or(0),
        })
    }
}

impl Walk for PageTables {
    fn walk(&self, memory: &PhysicalMemory, address: u64) -> Result<Mapped, MemoryError> {
        match self.walk_tables(memory, address).map_err(|miss| miss.error) {
            Err(MemoryError::NotDumped(_) | MemoryError::Damaged { .. })
                if (IMAGE_BASE..self.image_end).contains(&address) =>
            {
                let physical = (address - IMAGE_BASE).wrapping_add(self.phys_base);
                Ok(Mapped { physical, length: PAGE - address % PAGE })
            }
            other => other,
        }
    }

    fn hole(&self, memory: &PhysicalMemory, address: u64) -> u64 {
        self.walk_tables(memory, address).map_or_else(|miss| miss.hole, |_| 0)
    }
}

/// An address that the tables do not map.
struct Miss {
    error: MemoryError,
    /// Bytes from the address on that share its fate.
    hole: u64,
}

impl PageTables {
    fn walk_tables(&self, memory: &PhysicalMemory, address: u64) -> Result<Mapped, Miss> {
        let mut table = self.root;
        for shift in SHIFTS.into_iter().skip(usize::from(!self.five_levels)) {
            let index = address >> shift & 511;
            let size = 1_u64 << shift;
            let miss = |error| Miss { error, hole: size - (address & (size - 1)) };
            let entry = memory.u64(table.wrapping_add(8 * index)).map_err(miss)?;
            if entry & PRESENT == 0 {
                return Err(miss(MemoryError::Unmapped(address)));
            }
            let target = entry & ADDRESS & !self.encryption;
            if shift == 12 || (entry & LARGE != 0 && shift <= 30) {
                let within = address & (size - 1);
                return Ok(Mapped { physical: (target & !(size - 1)) + within, length: size - within });
            }
            table = target;
        }
        Err(Miss { error: MemoryError::Unmapped(address), hole: PAGE })
    }
}
