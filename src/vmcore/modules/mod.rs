//! The modules that were loaded, with their taints.
//!
//! | what the dump has | list | taints |
//! |---|---|---|
//! | symbols and BTF | `modules` | `module.taints` |
//! | symbols alone | `modules` | calibrated by the log |
//! | neither (RHEL 7) | the ring in the module area | calibrated by the log |
//!
//! Calibrated: the log's `Modules linked in:` has the flags of each module, and one word of the structure agrees with
//! all of them. Where there is no such list, or several words agree, the taints are undetermined. Memory and symbols
//! of modules are then told by their shape.

mod calibrate;
mod layout;
mod list;
mod ring;
mod shape;
#[cfg(test)]
mod tests;

use std::ops::Range;

use super::error::VmcoreError;
use super::kernel::Kernel;
use crate::facts::{LinkedIn, LoadState, LoadedModule, ModuleFlags, Origin, Witness};
use layout::ModuleLayout;

/// What errors call it.
pub(crate) const PART: &str = "module list";
/// Most modules that are read; machines have up to 300.
const MAX_MODULES: usize = 4096;
/// Longest module name that is read; `MODULE_NAME_LEN` is 56.
const MAX_NAME: usize = 64;

/// A module as the dump has it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Module {
    /// Address of its `struct module`.
    pub(crate) address: u64,
    /// Name.
    pub(crate) name: String,
    /// Taint bits; `None` where they are undetermined.
    pub(crate) taints: Option<u64>,
    /// Load state.
    pub(crate) state: LoadState,
    /// Whether the kernel accepted its signature.
    pub(crate) signature_ok: Option<bool>,
    /// Its memory, text first.
    pub(crate) memory: Vec<Range<u64>>,
    /// `version` of modinfo.
    pub(crate) version: Option<String>,
    /// `srcversion` of modinfo.
    pub(crate) srcversion: Option<String>,
    /// Modules that use it.
    pub(crate) used_by: Vec<String>,
    /// Its symbol table.
    pub(crate) symbols: Option<SymbolTable>,
    /// Its ORC tables.
    pub(crate) orc: Option<OrcTables>,
}

/// Where a module's symbols are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SymbolTable {
    /// Address of its `Elf64_Sym` entries.
    pub(crate) symtab: u64,
    /// Number of them.
    pub(crate) count: u32,
    /// Address of their names.
    pub(crate) strtab: u64,
}

/// Where a module's unwind tables are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OrcTables {
    /// Address of the places.
    pub(crate) places: u64,
    /// Address of the entries.
    pub(crate) entries: u64,
    /// Number of them.
    pub(crate) count: u32,
}

impl Module {
    /// Whether an address is in the module's memory.
    pub(crate) fn holds(&self, address: u64) -> bool {
        self.memory.iter().any(|range| range.contains(&address))
    }

    /// The module as a witness of the report.
    pub(crate) fn to_fact(&self, letters: impl Fn(u64) -> String, origin: &Origin) -> LoadedModule {
        let size = self.memory.iter().fold(0_u64, |sum, range| sum.saturating_add(range.end - range.start));
        LoadedModule {
            flags: self.taints.map(|taints| ModuleFlags { letters: letters(taints), state: self.state }),
            size: (!self.memory.is_empty()).then_some(size),
            address: self.memory.first().map(|range| range.start),
            used_by: self.used_by.clone(),
            version: self.version.clone(),
            srcversion: self.srcversion.clone(),
            signature_ok: self.signature_ok,
            ..LoadedModule::named(self.name.as_str(), Witness::Vmcore, origin.clone())
        }
    }
}

/// The module list, and how it was found.
pub(crate) struct ModuleList {
    /// Modules, the one loaded last first.
    pub(crate) modules: Vec<Module>,
    /// The means.
    pub(crate) by: &'static str,
    /// What is missing, and why.
    pub(crate) problems: Vec<String>,
}

impl ModuleList {
    /// Reads the list by the best means that the dump allows. `linked_in` are the lists of the dump's own log.
    pub(crate) fn read(kernel: &Kernel, linked_in: &[&LinkedIn]) -> Result<Self, VmcoreError> {
        let layout = kernel.btf().ok().and_then(ModuleLayout::from_btf);
        match (kernel.symbol("modules"), layout) {
            (Some(head), Some(layout)) => {
                let (modules, problems) = list::read(kernel, head, &layout)?;
                Ok(Self { modules, by: kernel.by_symbols_and_layouts(), problems })
            }
            (Some(head), None) => {
                let (modules, problems) = list::read(kernel, head, &ModuleLayout::of_all_kernels())?;
                Ok(Self { modules, by: kernel.by_symbols(), problems }.calibrated(kernel, linked_in))
            }
            (None, layout) => {
                let (known, layout) = (layout.is_some(), layout.unwrap_or_else(ModuleLayout::of_all_kernels));
                let head = ring::find_head(kernel)?;
                let (modules, problems) = list::read(kernel, head, &layout)?;
                let found = Self { modules, by: "module-ring scan", problems };
                Ok(if known { found } else { found.calibrated(kernel, linked_in) })
            }
        }
    }

    /// Fills in what the layout would tell: the taints where one word of the structures agrees with the log.
    fn calibrated(mut self, kernel: &Kernel, linked_in: &[&LinkedIn]) -> Self {
        let structures = shape::Structure::all(kernel, &self.modules);
        shape::complete(kernel, &structures, &mut self.modules);
        match calibrate::taints(kernel, &self.modules, &structures, linked_in) {
            Ok(taints) => {
                for (module, taints) in self.modules.iter_mut().zip(taints) {
                    module.taints = Some(u64::from(taints));
                }
                self.by = match self.by {
                    "module-ring scan" => "module-ring scan, taints calibrated by the log",
                    "kallsyms found by a scan" => "kallsyms found by a scan, taints calibrated by the log",
                    _ => "kallsyms, taints calibrated by the log",
                };
            }
            Err(reason) => self.problems.push(format!("taints of modules are undetermined: {reason}")),
        }
        self
    }
}
