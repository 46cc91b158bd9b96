//! Kernel addresses to physical ones, one file per machine.
//!
//! | machine | how | from VMCOREINFO |
//! |---|---|---|
//! | x86_64 | page tables, 4 or 5 levels | `init_top_pgt`…, `phys_base`, `pgtable_l5_enabled`, `sme_mask` |
//! | arm64 | kernel image by `kimage_voffset`, else page tables | `swapper_pg_dir`, `VA_BITS`, `TCR_EL1_T1SZ` |
//! | ppc64le | linear map and kernel image, else radix page tables | `swapper_pg_dir`, `PAGE_OFFSET` |
//! | s390x | page tables of 3 to 5 levels | `swapper_pg_dir`, `SDMA`, `__kaslr_offset` |

mod arm64;
mod ppc64le;
mod s390x;
mod x86_64;

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::ops::Range;

use lru::LruCache;

use super::container::PhysicalMemory;
use super::error::MemoryError;
use super::vmcoreinfo::Vmcoreinfo;

/// Translations that are kept.
const KEPT: NonZeroUsize = match NonZeroUsize::new(4096) {
    Some(n) => n,
    None => NonZeroUsize::MIN,
};
/// Bytes of the unit in which translations are kept.
const UNIT: u64 = 4096;

/// Where a kernel address is in physical memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mapped {
    /// Physical address.
    pub(crate) physical: u64,
    /// Bytes from there on that are mapped together.
    pub(crate) length: u64,
}

/// A walk of one machine.
trait Walk: Send {
    /// The physical address, and how far the mapping reaches.
    fn walk(&self, memory: &PhysicalMemory, address: u64) -> Result<Mapped, MemoryError>;

    /// Bytes from an address on that the tables do not map; 0 where they map it.
    fn hole(&self, _memory: &PhysicalMemory, _address: u64) -> u64 {
        UNIT
    }
}

/// A machine that is known, by its names in `uname -m` and ELF headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Machine {
    X86_64,
    Arm64,
    Ppc64,
    S390x,
}

/// Names of each machine; the first is the one that facts carry.
const MACHINES: [(Machine, &[&str]); 4] = [
    (Machine::X86_64, &["x86_64"]),
    (Machine::Arm64, &["aarch64", "arm64"]),
    (Machine::Ppc64, &["ppc64le", "ppc64"]),
    (Machine::S390x, &["s390x"]),
];

impl Machine {
    /// A machine by its name.
    pub(crate) fn named(name: &str) -> Option<Self> {
        MACHINES.iter().find(|(_, names)| names.contains(&name)).map(|(machine, _)| *machine)
    }

    /// Its name in `uname -m`.
    pub(crate) fn name(self) -> &'static str {
        let row = MACHINES.iter().find(|(machine, _)| *machine == self);
        row.and_then(|(_, names)| names.first()).copied().unwrap_or("unknown")
    }
}

/// Kernel addresses to physical ones.
pub(crate) struct Translator {
    machine: Machine,
    walk: Box<dyn Walk>,
    kept: RefCell<LruCache<u64, u64>>,
}

impl Translator {
    /// A translator for the machine of a dump. The reason of a failure says what VMCOREINFO lacks.
    pub(crate) fn new(machine: Machine, memory: &PhysicalMemory, info: &Vmcoreinfo) -> Result<Self, String> {
        let walk: Box<dyn Walk> = match machine {
            Machine::X86_64 => Box::new(x86_64::PageTables::new(memory, info)?),
            Machine::Arm64 => Box::new(arm64::PageTables::new(info)?),
            Machine::Ppc64 => Box::new(ppc64le::Regions::new(info)?),
            Machine::S390x => Box::new(s390x::PageTables::new(memory, info)?),
        };
        Ok(Self { machine, walk, kept: RefCell::new(LruCache::new(KEPT)) })
    }

    /// The machine whose addresses these are.
    pub(crate) fn machine(&self) -> Machine {
        self.machine
    }

    /// The physical address of a kernel address, with the bytes to the end of its unit.
    pub(crate) fn translate(&self, memory: &PhysicalMemory, address: u64) -> Result<Mapped, MemoryError> {
        let (unit, within) = (address / UNIT, address % UNIT);
        let known = self.kept.borrow_mut().get(&unit).copied();
        let base = match known {
            Some(base) => base,
            None => {
                let base = self.walk.walk(memory, address - within)?.physical;
                self.kept.borrow_mut().put(unit, base);
                base
            }
        };
        Ok(Mapped { physical: base.wrapping_add(within), length: UNIT - within })
    }

    /// The mapping of an address as the page tables have it: the whole of a large page, or why it is not mapped.
    pub(crate) fn mapping(&self, memory: &PhysicalMemory, address: u64) -> Result<Mapped, MemoryError> {
        self.walk.walk(memory, address)
    }

    /// The pages that are mapped between two addresses, in pieces of [`UNIT`] bytes; at most `limit` of them.
    pub(crate) fn mapped_pages(&self, memory: &PhysicalMemory, range: Range<u64>, limit: usize) -> Vec<u64> {
        let (mut pages, mut at) = (Vec::new(), range.start & !(UNIT - 1));
        while at < range.end && pages.len() < limit {
            let hole = self.walk.hole(memory, at);
            if hole == 0 {
                pages.push(at);
            }
            let Some(next) = at.checked_add(hole.max(UNIT)) else { break };
            at = next;
        }
        pages
    }
}
