//! BTF of the structures that the dump has, and the structures that are not modules.

use super::memory::Region;
use super::symbols::SymbolTable;

/// Members of `struct module`: name and offset in bytes. The layout is this kernel's own.
pub const MODULE: [(&str, u32); 10] = [
    ("state", 0),
    ("list", 8),
    ("name", 24),
    ("version", 104),
    ("srcversion", 112),
    ("sig_ok", 128),
    ("core_layout", 160),
    ("taints", 320),
    ("kallsyms", 336),
    ("arch", 352),
];
/// Bytes of `struct module`.
pub const MODULE_SIZE: u32 = 448;
/// Offsets of `pid`, `comm` in `struct task_struct`.
pub const TASK: [(&str, u32); 2] = [("pid", 64), ("comm", 96)];

/// Builds BTF.
#[derive(Default)]
struct Builder {
    types: Vec<u8>,
    strings: Vec<u8>,
    count: u32,
}

impl Builder {
    fn string(&mut self, text: &str) -> u32 {
        if text.is_empty() {
            return 0;
        }
        let at = self.strings.len() as u32;
        self.strings.extend(text.as_bytes());
        self.strings.push(0);
        at
    }

    fn add(&mut self, words: &[u32]) -> u32 {
        self.types.extend(words.iter().flat_map(|w| w.to_le_bytes()));
        self.count += 1;
        self.count
    }

    fn int(&mut self, name: &str, size: u32) -> u32 {
        let name = self.string(name);
        self.add(&[name, 1 << 24, size, size * 8])
    }

    /// A structure whose members are (name, type, offset in bits).
    fn structure(&mut self, name: &str, size: u32, members: &[(&str, u32, u32)]) -> u32 {
        self.aggregate(name, size, 4 << 24, members)
    }

    fn aggregate(&mut self, name: &str, size: u32, info: u32, members: &[(&str, u32, u32)]) -> u32 {
        let mut words = vec![self.string(name), info | members.len() as u32, size];
        for (name, kind, offset) in members {
            words.extend([self.string(name), *kind, *offset]);
        }
        self.add(&words)
    }
}

/// The BTF of the kernel.
pub fn btf() -> Vec<u8> {
    let mut b = Builder { strings: vec![0], ..Builder::default() };
    let long = b.int("long unsigned int", 8);
    let list = b.structure("list_head", 16, &[("next", long, 0), ("prev", long, 64)]);
    let layout = b.structure("module_layout", 24, &[("base", long, 0), ("size", long, 64)]);
    b.structure("mod_kallsyms", 32, &[("symtab", long, 0), ("num_symtab", long, 64), ("strtab", long, 128)]);
    let arch = [("num_orcs", long, 0), ("orc_unwind_ip", long, 64), ("orc_unwind", long, 128)];
    let arch = b.structure("mod_arch_specific", 24, &arch);
    // The members behind a structure without a name, as kernels have some.
    let inner: Vec<(&str, u32, u32)> = MODULE
        .iter()
        .map(|&(name, offset)| {
            let kind = match name {
                "list" => list,
                "core_layout" => layout,
                "arch" => arch,
                _ => long,
            };
            (name, kind, offset * 8)
        })
        .collect();
    let (first, rest) = inner.split_at(3);
    let base = rest[0].2;
    let moved: Vec<(&str, u32, u32)> = rest.iter().map(|&(n, k, o)| (n, k, o - base)).collect();
    let unnamed = b.structure("", MODULE_SIZE - base / 8, &moved);
    b.structure("module", MODULE_SIZE, &[first, &[("", unnamed, base)]].concat());
    let task: Vec<(&str, u32, u32)> = TASK.iter().map(|&(name, offset)| (name, long, offset * 8)).collect();
    b.structure("task_struct", 256, &task);
    let field = |bits: u32, width: u32| width << 24 | bits;
    let orc = [
        ("sp_offset", long, field(0, 0)),
        ("bp_offset", long, field(16, 0)),
        ("sp_reg", long, field(32, 4)),
        ("bp_reg", long, field(36, 4)),
        ("type", long, field(40, 3)),
        ("signal", long, field(43, 1)),
    ];
    b.aggregate("orc_entry", 6, 4 << 24 | 1 << 31, &orc);
    let mut bytes = vec![0x9f, 0xeb, 1, 0];
    for word in [24, 0, b.types.len(), b.types.len(), b.strings.len()] {
        bytes.extend((word as u32).to_le_bytes());
    }
    [bytes, b.types, b.strings].concat()
}

/// A `task_struct`; the result is its address.
pub fn task(image: &mut Region, pid: u32, comm: &str) -> u64 {
    let at = image.alloc(64, 256);
    image.set(at + u64::from(TASK[0].1), &pid.to_le_bytes());
    image.set(at + u64::from(TASK[1].1), comm.as_bytes());
    at
}

/// Per-CPU memory of two CPUs, of which CPU 0 runs a task.
pub fn current_task(image: &mut Region, symbols: &mut SymbolTable, task: u64) {
    const OFFSET: u64 = 0x40;
    symbols.add_per_cpu("current_task", OFFSET);
    let areas = [image.alloc(64, 256), image.alloc(64, 256)];
    image.set_u64(areas[0] + OFFSET, task);
    let offsets: Vec<u8> = areas.iter().flat_map(|area| area.to_le_bytes()).collect();
    let at = image.place(8, &offsets);
    symbols.add('D', "__per_cpu_offset", at);
}
