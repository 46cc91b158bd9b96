//! ppc64: the linear region, which holds the kernel image, and radix page tables for the rest.
//!
//! Addresses from 0xc000000000000000 are physical memory one to one. Modules and vmalloc are behind page tables; those
//! of the radix MMU (POWER9 and later) are walked, those of the hash MMU are not. Radix entries are big-endian on
//! little-endian kernels, too. Source: Power ISA 3.0 book III, 5.7.10; arch/powerpc/include/asm/book3s/64/radix.h;
//! arch/powerpc/kexec/core.c (what VMCOREINFO exports).

use super::super::container::PhysicalMemory;
use super::super::error::MemoryError;
use super::super::vmcoreinfo::Vmcoreinfo;
use super::{Mapped, Walk};

/// First address of the linear region, and one past its last.
const LINEAR: std::ops::Range<u64> = 0xc000_0000_0000_0000..0xc008_0000_0000_0000;
/// Address bits that radix tables resolve, and those of the root table.
const RADIX_BITS: u32 = 52;
const ROOT_BITS: u32 = 13;
/// Entry bits: valid, and leaf.
const VALID: u64 = 1 << 63;
const LEAF: u64 = 1 << 62;
/// Address of the next table, and the number of index bits of it.
const NEXT_TABLE: u64 = 0x0fff_ffff_ffff_ff00;
const NEXT_BITS: u64 = 0x1f;
/// Address of a page.
const PAGE: u64 = 0x01ff_ffff_ffff_f000;

/// The linear region and the radix tables.
pub(super) struct Regions {
    /// Physical address of the root; `None` where the dump does not say that the MMU is a radix one.
    root: Option<u64>,
}

impl Regions {
    pub(super) fn new(info: &Vmcoreinfo) -> Result<Self, String> {
        let radix = info.number("RADIX_MMU").is_some_and(|flag| flag != 0);
        let root = info.symbol("swapper_pg_dir").filter(|root| radix && LINEAR.contains(root));
        Ok(Self { root: root.map(|address| address - LINEAR.start) })
    }
}

impl Walk for Regions {
    fn walk(&self, memory: &PhysicalMemory, address: u64) -> Result<Mapped, MemoryError> {
        if LINEAR.contains(&address) {
            return Ok(Mapped { physical: address - LINEAR.start, length: LINEAR.end - address });
        }
        let mut table = self.root.ok_or_else(|| {
            MemoryError::Unsupported(format!(
                "address {address:#x} is behind the hash page table, which is not walked (VMCOREINFO has no RADIX_MMU)"
            ))
        })?;
        let (mut shift, mut bits) = (RADIX_BITS, ROOT_BITS);
        while bits > 0 && shift > bits {
            shift -= bits;
            let index = address >> shift & ((1 << bits) - 1);
            let entry = memory.u64(table.wrapping_add(8 * index))?;
            // The word was read in the kernel's order; entries are big-endian.
            let entry = if memory.endian() == super::super::bytes::Endian::Little { entry.swap_bytes() } else { entry };
            if entry & VALID == 0 {
                break;
            }
            if entry & LEAF != 0 {
                let size = 1_u64 << shift;
                let within = address & (size - 1);
                return Ok(Mapped { physical: (entry & PAGE & !(size - 1)) + within, length: size - within });
            }
            table = entry & NEXT_TABLE;
            bits = (entry & NEXT_BITS) as u32;
        }
        Err(MemoryError::Unmapped(address))
    }
}
