//! What a `struct module` of unknown layout points at: its memory and its symbols, told by their shape.
//!
//! | member | shape |
//! |---|---|
//! | memory | a page-aligned address and a size 8 or 12 bytes behind it, which together hold the structure itself |
//! | symbols | an address in that memory where an ELF symbol table starts (24 zeros), with its number and its strings |
//!
//! A shape counts only where it stands at the same offset in all modules, and nowhere else in them. Source:
//! include/linux/module.h of 3.10 (members of the module's own) and 4.5 (`module_layout`, `mod_kallsyms`).

use std::ops::Range;

use super::super::kernel::Kernel;
use super::{Module, SymbolTable};

/// Bytes of `struct module` that are looked through: behind the name.
const FROM: usize = 80;
const TO: usize = 1536;
/// Largest module.
const MAX_SIZE: u64 = 256 << 20;
/// Where the size stands behind the address: `core_layout`, and `module_core`.
const SIZE_AT: [usize; 2] = [8, 12];
/// Where number and strings stand behind the symbols: `mod_kallsyms`, and 3.10.
const SYMBOLS_AT: [(u64, u64); 2] = [(8, 16), (16, 24)];
/// Bytes of an `Elf64_Sym`.
const ENTRY: u64 = 24;

/// Bytes of a module's structure.
pub(super) struct Structure {
    pub(super) address: u64,
    pub(super) bytes: Vec<u8>,
}

impl Structure {
    /// Reads the structures of modules; what is not in the dump is zero.
    pub(super) fn all(kernel: &Kernel, modules: &[Module]) -> Vec<Self> {
        let read = |module: &Module| {
            let bytes = kernel.memory.bytes_with_gaps(module.address, TO as u64, TO as u64, "a module");
            Self { address: module.address, bytes: bytes.map(|(bytes, _)| bytes).unwrap_or_default() }
        };
        modules.iter().map(read).collect()
    }

    /// Offsets that hold something: a table of them is gone through for each shape.
    pub(super) fn offsets(step: usize) -> impl Iterator<Item = usize> {
        (FROM..TO).step_by(step)
    }
}

/// Fills in memory and symbols of modules where their shape tells.
pub(super) fn complete(kernel: &Kernel, structures: &[Structure], modules: &mut [Module]) {
    let Some(memory) = memory(kernel, structures) else { return };
    let symbols = symbols(kernel, structures, &memory);
    for (index, (module, range)) in modules.iter_mut().zip(memory).enumerate() {
        module.memory = vec![range];
        module.symbols = symbols.as_ref().and_then(|tables| tables.get(index)).copied();
    }
}

/// The memory of each module.
fn memory(kernel: &Kernel, structures: &[Structure]) -> Option<Vec<Range<u64>>> {
    let endian = kernel.memory.endian();
    let range = |s: &Structure, offset: usize, size_at: usize| {
        let start = endian.u64(&s.bytes, offset).filter(|start| *start != 0 && start.is_multiple_of(4096))?;
        let size = u64::from(endian.u32(&s.bytes, offset + size_at)?);
        let range = start..start.checked_add(size)?;
        (size <= MAX_SIZE && range.contains(&s.address)).then_some(range)
    };
    let mut found = Structure::offsets(8).flat_map(|offset| SIZE_AT.map(|size_at| (offset, size_at))).filter_map(
        |(offset, size_at)| structures.iter().map(|s| range(s, offset, size_at)).collect::<Option<Vec<_>>>(),
    );
    let first = found.next().filter(|ranges| !ranges.is_empty())?;
    found.all(|other| other == first).then_some(first)
}

/// The symbol table of each module: members of its own, or behind a pointer.
fn symbols(kernel: &Kernel, structures: &[Structure], memory: &[Range<u64>]) -> Option<Vec<SymbolTable>> {
    let direct = |s: &Structure, range: &Range<u64>, offset: usize, at: (u64, u64)| {
        table(kernel, s.address.wrapping_add(offset as u64), range, at)
    };
    let behind = |s: &Structure, range: &Range<u64>, offset: usize, at: (u64, u64)| {
        let pointer = kernel.memory.endian().u64(&s.bytes, offset).filter(|pointer| range.contains(pointer))?;
        table(kernel, pointer, range, at)
    };
    let all = |offset: usize, at: (u64, u64)| {
        let each = || structures.iter().zip(memory);
        let own = each().map(|(s, range)| direct(s, range, offset, at)).collect::<Option<Vec<_>>>();
        own.or_else(|| each().map(|(s, range)| behind(s, range, offset, at)).collect::<Option<Vec<_>>>())
    };
    let places = Structure::offsets(8).flat_map(|offset| SYMBOLS_AT.map(|at| (offset, at)));
    let mut found = places.filter_map(|(offset, at)| all(offset, at));
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// The table whose address, number and strings stand from `members` on, if that is what they are.
fn table(kernel: &Kernel, members: u64, range: &Range<u64>, (count, strings): (u64, u64)) -> Option<SymbolTable> {
    let memory = &kernel.memory;
    let symtab = memory.u64(members).ok().filter(|at| range.contains(at) && at.is_multiple_of(8))?;
    let count = memory.u32(members.wrapping_add(count)).ok().filter(|&count| count > 1)?;
    let strtab = memory.u64(members.wrapping_add(strings)).ok().filter(|at| range.contains(at))?;
    let inside = symtab.checked_add(ENTRY * u64::from(count)).is_some_and(|end| end <= range.end);
    let starts = memory.bytes(symtab, ENTRY, ENTRY, "a symbol").is_ok_and(|null| null.iter().all(|&b| b == 0))
        && memory.u64(symtab.wrapping_add(ENTRY + 8)).is_ok_and(|value| value == 0 || range.contains(&value))
        && memory.u32(symtab.wrapping_add(ENTRY)).is_ok_and(|name| u64::from(name) < range.end - strtab)
        && memory.u8(strtab).is_ok_and(|byte| byte == 0);
    (inside && starts).then_some(SymbolTable { symtab, count, strtab })
}
