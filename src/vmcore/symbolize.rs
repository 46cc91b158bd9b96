//! Addresses to functions, in the kernel image and in modules, as the kernel itself names them.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::kernel::Kernel;
use super::modules::{Module, SymbolTable};

/// Most symbols of a module that are read; large drivers have 20,000.
const MAX_SYMBOLS: u32 = 1 << 17;
/// Most modules whose symbols are kept.
const MAX_TABLES: usize = 32;
/// Bytes of an `Elf64_Sym`.
const ENTRY: usize = 24;
/// Longest symbol name that is read.
const MAX_NAME: usize = 512;
/// Farthest that an address may be from the last symbol of the image.
const MAX_TAIL: u64 = 1 << 18;

/// A place in code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Place {
    /// Function; `None` where the module has no symbols.
    pub(crate) symbol: Option<String>,
    /// Module; `None` for the kernel image.
    pub(crate) module: Option<String>,
    /// Bytes into the function.
    pub(crate) offset: Option<u64>,
    /// Size of the function in bytes.
    pub(crate) size: Option<u64>,
}

/// Finds the functions of one dump.
pub(crate) struct Symbolizer<'k, 'd> {
    kernel: &'k Kernel<'d>,
    modules: &'k [Module],
    tables: RefCell<HashMap<u64, Rc<[ModuleSymbol]>>>,
}

/// A symbol of a module, its name not yet read.
#[derive(Clone, Copy)]
struct ModuleSymbol {
    address: u64,
    name: u32,
}

impl<'k, 'd> Symbolizer<'k, 'd> {
    /// For a kernel and its modules.
    pub(crate) fn new(kernel: &'k Kernel<'d>, modules: &'k [Module]) -> Self {
        Self { kernel, modules, tables: RefCell::default() }
    }

    /// The module whose memory holds an address.
    pub(crate) fn module(&self, address: u64) -> Option<&'k Module> {
        self.modules.iter().find(|module| module.holds(address))
    }

    /// Whether an address is in code: of the image, or the first piece of a module.
    pub(crate) fn is_code(&self, address: u64) -> bool {
        let symbol = |name| self.kernel.symbol(name);
        let between = |from, to| symbol(from).zip(symbol(to)).is_some_and(|(a, b)| (a..b).contains(&address));
        between("_stext", "_etext")
            || between("_sinittext", "_einittext")
            || self.modules.iter().any(|m| m.memory.first().is_some_and(|text| text.contains(&address)))
    }

    /// The function at an address; `None` where nothing is known of it.
    pub(crate) fn place(&self, address: u64) -> Option<Place> {
        if let Some(module) = self.module(address) {
            return Some(self.in_module(module, address));
        }
        let image = self.kernel.image?;
        if !(image.start..image.end).contains(&address) {
            return None;
        }
        let symbol = self.kernel.kallsyms.as_ref().ok()?.at(address)?;
        let offset = address - symbol.address;
        if symbol.size.is_none() && offset > MAX_TAIL {
            return None;
        }
        Some(Place { symbol: Some(symbol.name), module: None, offset: Some(offset), size: symbol.size })
    }

    /// The function that a return address goes back to: a call at the very end of a function returns behind it.
    pub(crate) fn return_place(&self, address: u64) -> Option<Place> {
        let place = self.place(address.checked_sub(1)?)?;
        Some(Place { offset: place.offset.map(|offset| offset + 1), ..place })
    }

    /// The nearest symbol below an address, and the next one above it.
    fn in_module(&self, module: &Module, address: u64) -> Place {
        let named = Place { module: Some(module.name.clone()), ..Place::default() };
        let Some(table) = module.symbols else { return named };
        let symbols = self.table(table);
        let after = symbols.partition_point(|s| s.address <= address);
        let Some(start) = after.checked_sub(1).and_then(|i| symbols.get(i)).map(|s| s.address) else { return named };
        // Of several symbols at one address the first of the table; the sort is stable.
        let first = symbols.partition_point(|s| s.address < start);
        let Some(name) = symbols.get(first).and_then(|s| self.name(table, s.name)) else { return named };
        let piece_end = module.memory.iter().find(|range| range.contains(&address)).map(|range| range.end);
        let next = symbols.get(after).map(|s| s.address).into_iter().chain(piece_end).min();
        Place {
            symbol: Some(name),
            offset: Some(address - start),
            size: next.map(|next| next.saturating_sub(start)),
            ..named
        }
    }

    /// The symbols of a module, by address; those that are not defined in it and those without a name are left out.
    fn table(&self, table: SymbolTable) -> Rc<[ModuleSymbol]> {
        if let Some(known) = self.tables.borrow().get(&table.symtab) {
            return Rc::clone(known);
        }
        let endian = self.kernel.memory.endian();
        let length = u64::from(table.count.min(MAX_SYMBOLS)) * ENTRY as u64;
        let raw = self.kernel.memory.bytes_with_gaps(table.symtab, length, length, "a symbol table");
        let (raw, _) = raw.unwrap_or_default();
        let symbol = |entry: &[u8]| {
            let (name, section) = (endian.u32(entry, 0)?, endian.u16(entry, 6)?);
            let address = endian.u64(entry, 8)?;
            (section != 0 && address != 0 && name != 0).then_some(ModuleSymbol { address, name })
        };
        let mut symbols: Vec<ModuleSymbol> = raw.chunks_exact(ENTRY).filter_map(symbol).collect();
        symbols.sort_by_key(|s| s.address);
        let symbols: Rc<[ModuleSymbol]> = symbols.into();
        let mut tables = self.tables.borrow_mut();
        if tables.len() >= MAX_TABLES {
            tables.clear();
        }
        tables.insert(table.symtab, Rc::clone(&symbols));
        symbols
    }

    fn name(&self, table: SymbolTable, offset: u32) -> Option<String> {
        let name = self.kernel.memory.string(table.strtab.wrapping_add(u64::from(offset)), MAX_NAME).ok()?;
        (!name.is_empty()).then(|| String::from_utf8_lossy(&name).into_owned())
    }
}
