//! Two modules in the module area, linked into the list of the kernel.

use super::memory::Region;
use super::stack::{Function, orc_tables};
use super::types::{MODULE, MODULE_SIZE};

/// Where modules are loaded.
pub const AREA: u64 = 0xffff_ffff_c040_0000;
/// Bytes of each module, and of its code.
const SIZE: u64 = 0x4000;
const CODE: u64 = 0x1000;

/// The modules, and what is known of them.
pub struct Loaded {
    pub region: Region,
    /// Functions of `acme`, the outermost first.
    pub functions: Vec<Function>,
    /// List nodes, newest module first.
    pub nodes: Vec<u64>,
}

/// What a module is to be.
struct Plan {
    name: &'static str,
    taints: u64,
    signature_ok: u8,
    version: &'static str,
    functions: &'static [&'static str],
}

/// Newest first, as the list has them.
const PLANS: [Plan; 2] = [
    Plan {
        name: "acme",
        taints: 1 | 1 << 12 | 1 << 13,
        signature_ok: 0,
        version: "4.2",
        functions: &["acme_write", "acme_queue", "acme_poke"],
    },
    Plan { name: "dummy", taints: 0, signature_ok: 1, version: "", functions: &["dummy_xmit"] },
];

/// Loads both modules.
pub fn load(image: &mut Region, head: u64, orc: bool) -> Loaded {
    let mut region = Region::new(AREA, (SIZE * PLANS.len() as u64) as usize);
    let offset = |name: &str| u64::from(MODULE.iter().find(|(n, _)| *n == name).expect("a member").1);
    let mut functions = Vec::new();
    let mut nodes = Vec::new();
    for (index, plan) in PLANS.iter().enumerate() {
        let base = AREA + SIZE * index as u64;
        let mut part = Region::new(base, SIZE as usize);
        part.skip(CODE as usize);
        let own: Vec<Function> = plan
            .functions
            .iter()
            .enumerate()
            .map(|(i, &name)| Function { name, start: base + 0x40 + 0x40 * i as u64, size: 0x40 })
            .collect();
        let strings: Vec<u8> = own.iter().flat_map(|f| [f.name.as_bytes(), b"\0"].concat()).collect();
        let strtab = part.place(1, &[b"\0".to_vec(), strings].concat());
        let (mut symtab, mut name_at) = (vec![0; 24], 1_u32);
        for function in &own {
            symtab.extend(name_at.to_le_bytes());
            symtab.extend([2, 0, 1, 0]);
            symtab.extend(function.start.to_le_bytes());
            symtab.extend(function.size.to_le_bytes());
            name_at += function.name.len() as u32 + 1;
        }
        let count = own.len() as u64 + 1;
        let symtab = part.place(8, &symtab);
        let kallsyms: Vec<u8> = [symtab, count, strtab].into_iter().flat_map(u64::to_le_bytes).collect();
        let kallsyms = part.place(8, &kallsyms);
        let module = part.alloc(64, MODULE_SIZE as usize);
        part.set(module + offset("name"), plan.name.as_bytes());
        part.set_u64(module + offset("taints"), plan.taints);
        part.set(module + offset("sig_ok"), &[plan.signature_ok]);
        part.set_u64(module + offset("core_layout"), base);
        part.set_u64(module + offset("core_layout") + 8, SIZE);
        part.set_u64(module + offset("kallsyms"), kallsyms);
        if !plan.version.is_empty() {
            let version = part.place(1, &[plan.version.as_bytes(), b"\0"].concat());
            part.set_u64(module + offset("version"), version);
        }
        if orc {
            let (places, entries, count) = orc_tables(&own, base + CODE, &mut part);
            for (i, value) in [count, places, entries].into_iter().enumerate() {
                part.set_u64(module + offset("arch") + 8 * i as u64, value);
            }
        }
        nodes.push(module + offset("list"));
        region.set(base, &part.bytes);
        functions.extend(own);
    }
    link(image, &mut region, head, &nodes);
    Loaded { region, functions, nodes }
}

/// Makes a ring of the head and the nodes.
fn link(image: &mut Region, region: &mut Region, head: u64, nodes: &[u64]) {
    let ring: Vec<u64> = [&[head], nodes].concat();
    for (index, &node) in ring.iter().enumerate() {
        let next = ring[(index + 1) % ring.len()];
        let previous = ring[(index + ring.len() - 1) % ring.len()];
        let target = if node == head { &mut *image } else { &mut *region };
        target.set_u64(node, next);
        target.set_u64(node + 8, previous);
    }
}
