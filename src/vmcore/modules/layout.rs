//! Where the members of `struct module` are.

use super::super::btf::Btf;

/// Offsets in bytes from the start of `struct module`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct ModuleLayout {
    pub(super) state: u64,
    pub(super) list: u64,
    pub(super) name: u64,
    pub(super) taints: Option<u64>,
    pub(super) sig_ok: Option<u64>,
    pub(super) version: Option<u64>,
    pub(super) srcversion: Option<u64>,
    /// Each piece of the module's memory: offset of its base and of its size.
    pub(super) memory: Vec<(u64, u64)>,
    pub(super) symbols: Option<SymbolMembers>,
    pub(super) orc: Option<OrcMembers>,
    pub(super) users: Option<UserMembers>,
}

/// Members that lead to the symbol table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SymbolMembers {
    /// Offset of the pointer to `struct mod_kallsyms`; `None` where the members are the module's own (before 4.5).
    pub(super) pointer: Option<u64>,
    pub(super) symtab: u64,
    pub(super) count: u64,
    pub(super) strtab: u64,
}

/// Members of the module's ORC tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OrcMembers {
    pub(super) count: u64,
    pub(super) places: u64,
    pub(super) entries: u64,
}

/// Members that lead to the modules which use one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UserMembers {
    /// Offset of the list's head in `struct module`.
    pub(super) head: u64,
    /// Offset of the list's node in `struct module_use`.
    pub(super) node: u64,
    /// Offset of the pointer to the using module.
    pub(super) source: u64,
}

impl ModuleLayout {
    /// The layout that the kernel itself tells.
    pub(super) fn from_btf(btf: &Btf) -> Option<Self> {
        let offset = |path: &str| btf.offset("module", path);
        Some(Self {
            state: offset("state")?,
            list: offset("list")?,
            name: offset("name")?,
            taints: offset("taints"),
            sig_ok: offset("sig_ok"),
            version: offset("version"),
            srcversion: offset("srcversion"),
            memory: memory(btf),
            symbols: symbols(btf),
            orc: (|| {
                Some(OrcMembers {
                    count: offset("arch.num_orcs")?,
                    places: offset("arch.orc_unwind_ip")?,
                    entries: offset("arch.orc_unwind")?,
                })
            })(),
            users: (|| {
                Some(UserMembers {
                    head: offset("source_list")?,
                    node: btf.offset("module_use", "source_list")?,
                    source: btf.offset("module_use", "source")?,
                })
            })(),
        })
    }

    /// What all 64-bit kernels from 2.6 to 7.x have in common: state, list and name come first.
    pub(super) fn of_all_kernels() -> Self {
        Self {
            state: 0,
            list: 8,
            name: 24,
            taints: None,
            sig_ok: None,
            version: None,
            srcversion: None,
            memory: Vec::new(),
            symbols: None,
            orc: None,
            users: None,
        }
    }
}

/// `mem[]` (6.4 and later), `core_layout` and `init_layout` (4.5 and later), or four members of their own.
fn memory(btf: &Btf) -> Vec<(u64, u64)> {
    const PAIRS: [(&str, &str); 4] = [
        ("core_layout.base", "core_layout.size"),
        ("init_layout.base", "init_layout.size"),
        ("module_core", "core_size"),
        ("module_init", "init_size"),
    ];
    if let Some(array) = btf.array("module", "mem") {
        let inner = btf.offset("module_memory", "base").zip(btf.offset("module_memory", "size"));
        let pieces = u64::from(array.count.min(16));
        return (0..pieces)
            .flat_map(|index| {
                let start = array.offset + index * array.element;
                inner.map(|(base, size)| (start + base, start + size))
            })
            .collect();
    }
    let offset = |path: &str| btf.offset("module", path);
    PAIRS.iter().filter_map(|(base, size)| offset(base).zip(offset(size))).collect()
}

fn symbols(btf: &Btf) -> Option<SymbolMembers> {
    let pointer = btf.offset("module", "kallsyms");
    let structure = if pointer.is_some() { "mod_kallsyms" } else { "module" };
    Some(SymbolMembers {
        pointer,
        symtab: btf.offset(structure, "symtab")?,
        count: btf.offset(structure, "num_symtab")?,
        strtab: btf.offset(structure, "strtab")?,
    })
}
