//! kallsyms: the kernel's own table of symbols, with which it prints its backtraces.
//!
//! ```text
//! names        for each symbol, by address: length (1 byte; 2 where the top bit is set), then that many tokens
//! token_table  256 strings with NUL; the first letter of an expanded name is the symbol's type
//! token_index  256 offsets into it, 16 bit each
//! offsets      for each symbol 32 bit, of one of the schemes below; kernels before 4.6 have addresses of 64 bit
//! ```
//! Which scheme a kernel has is decided by the address of `_stext`, which VMCOREINFO tells too. Where VMCOREINFO does
//! not have the tables (before 6.0), the image is searched for them: see [`search`]. Source: kernel/kallsyms.c,
//! scripts/kallsyms.c.

mod search;
mod tables;

use std::collections::HashMap;
use std::rc::Rc;

use super::error::VmcoreError;
use super::image::KernelImage;
use super::memory::KernelMemory;
use super::vmcoreinfo::Vmcoreinfo;
use tables::{Names, Place, Tables, Tokens};

/// What errors call it.
const PART: &str = "kernel symbols";

/// A symbol and what surrounds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Symbol {
    /// Name, without its type letter.
    pub(crate) name: String,
    /// First address.
    pub(crate) address: u64,
    /// Bytes to the next symbol at another address; `None` for the last one.
    pub(crate) size: Option<u64>,
}

/// How addresses are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    /// Offset to a base (most machines, 4.6 and later).
    Relative { base: u64 },
    /// As [`Scheme::Relative`], but positive values are per-CPU offsets as they are, and negative ones count down from
    /// the base (x86 with SMP, before 6.15).
    PerCpu { base: u64 },
    /// Offset to the place of the value itself (7.x).
    Place { table: u64 },
    /// Addresses as they are (before 4.6).
    Absolute,
}

/// The symbol table of the kernel image.
pub(crate) struct Kallsyms {
    names: Names,
    places: Rc<[Place]>,
    scheme: Scheme,
    /// How it was found: `kallsyms`, or `kallsyms found by a scan`.
    pub(crate) by: &'static str,
}

impl Kallsyms {
    /// Finds and reads the table.
    pub(crate) fn read(memory: &KernelMemory, info: &Vmcoreinfo, image: KernelImage) -> Result<Self, VmcoreError> {
        let (tables, by) = match Tables::told(memory, info) {
            Some(tables) => (tables?, "kallsyms"),
            None => {
                let tables = search::find(memory, image)?;
                (tables, "kallsyms found by a scan")
            }
        };
        let stext = info.symbol("_stext").ok_or_else(|| fail("VMCOREINFO has no _stext to tell the scheme by"))?;
        Self::decode(memory, tables, stext, by)
    }

    fn decode(memory: &KernelMemory, tables: Tables, stext: u64, by: &'static str) -> Result<Self, VmcoreError> {
        let tokens = Tokens::read(memory, &tables)?;
        let names = Names::read(memory, &tables, tokens)?;
        let index = names.find("_stext").ok_or_else(|| fail("no symbol is named _stext: the names are damaged"))?;
        for (places, scheme) in tables.schemes(memory) {
            let place = usize::try_from(index).ok().and_then(|i| places.get(i)).copied();
            if place.is_some_and(|place| scheme.address(index, place) == stext) {
                return Ok(Self { names, places, scheme, by });
            }
        }
        Err(fail(format!("no scheme gives _stext its address {stext:#x}")))
    }

    /// Addresses of several symbols in one pass; a name that stands more than once has its first address.
    pub(crate) fn addresses(&self, wanted: &[&'static str]) -> HashMap<&'static str, u64> {
        let mut found = HashMap::new();
        self.names.each(&mut |index, name| {
            if let Some(&key) = wanted.iter().find(|w| w.as_bytes() == name)
                && let Some(address) = self.address(index)
            {
                found.entry(key).or_insert(address);
            }
        });
        found
    }

    /// The symbol that an address is in, as the kernel names it: of several at one address the first.
    pub(crate) fn at(&self, address: u64) -> Option<Symbol> {
        let after = self.partition(|a| a <= address);
        let start = self.address(after.checked_sub(1)?)?;
        let first = self.partition(|a| a < start);
        let size = self.address(after).map(|next| next.saturating_sub(start));
        Some(Symbol { name: self.names.get(first)?, address: start, size })
    }

    /// The first index whose address does not satisfy a condition; addresses ascend.
    fn partition(&self, below: impl Fn(u64) -> bool) -> u64 {
        let (mut low, mut high) = (0, self.places.len() as u64);
        while low < high {
            let middle = low.midpoint(high);
            match self.address(middle).is_some_and(&below) {
                true => low = middle + 1,
                false => high = middle,
            }
        }
        low
    }

    fn address(&self, index: u64) -> Option<u64> {
        let place = usize::try_from(index).ok().and_then(|i| self.places.get(i))?;
        Some(self.scheme.address(index, *place))
    }
}

impl Scheme {
    /// The address of symbol `index`, whose entry is `place`.
    fn address(self, index: u64, place: Place) -> u64 {
        let signed = place as u32 as i32;
        match self {
            Self::Absolute => place,
            Self::Relative { base } => base.wrapping_add(place),
            Self::PerCpu { .. } if signed >= 0 => place,
            Self::PerCpu { base } => base.wrapping_sub(1).wrapping_sub(i64::from(signed) as u64),
            Self::Place { table } => table.wrapping_add(4 * index).wrapping_add(i64::from(signed) as u64),
        }
    }
}

/// A failure of the symbol table.
fn fail(reason: impl ToString) -> VmcoreError {
    VmcoreError::part(PART, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_scheme_has_its_own_arithmetic() {
        let base = 0xffff_ffff_8100_0000;
        let minus = |n: i32| u64::from(n as u32);
        let rows = [
            (Scheme::Absolute, 7, base + 5, base + 5),
            (Scheme::Relative { base }, 7, 0x90, base + 0x90),
            (Scheme::PerCpu { base }, 7, 0x90, 0x90),
            (Scheme::PerCpu { base }, 7, minus(-1), base),
            (Scheme::PerCpu { base }, 7, minus(-0x91), base + 0x90),
            (Scheme::Place { table: base }, 2, minus(-8), base),
        ];
        for (scheme, index, place, address) in rows {
            assert_eq!(scheme.address(index, place), address, "{scheme:?} {place:#x}");
        }
    }
}
