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
/// Members of `struct task_struct`.
pub const TASK: [(&str, u32); 6] =
    [("pid", 64), ("comm", 96), ("tasks", 128), ("__state", 144), ("thread", 152), ("signal", 200)];
/// Bytes of `struct task_struct`, and the offset of a thread's node in it.
const TASK_SIZE: u32 = 256;
const THREAD_NODE: u32 = 208;
/// Offsets of `thread.sp`, of the head of threads in `struct signal_struct`.
const THREAD_SP: u32 = 24;
const THREAD_HEAD: u32 = 16;

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
    let thread = b.structure("thread_struct", 32, &[("sp", long, THREAD_SP * 8)]);
    b.structure("signal_struct", 64, &[("thread_head", list, THREAD_HEAD * 8)]);
    let kind = |name: &str| match name {
        "tasks" => list,
        "thread" => thread,
        _ => long,
    };
    let mut task: Vec<(&str, u32, u32)> = TASK.iter().map(|&(name, offset)| (name, kind(name), offset * 8)).collect();
    task.push(("thread_node", list, THREAD_NODE * 8));
    b.structure("task_struct", TASK_SIZE, &task);
    b.structure("inactive_task_frame", 56, &[("r15", long, 0), ("bp", long, 320), ("ret_addr", long, 384)]);
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

/// What a task is to be.
pub struct Task {
    pub pid: u32,
    pub comm: &'static str,
    pub state: u32,
    /// Where its registers are on its stack.
    pub sp: u64,
}

/// Tasks in a list, each with itself as its only thread; the first one heads it. The result is their addresses.
pub fn tasks(image: &mut Region, tasks: &[Task]) -> Vec<u64> {
    let addresses: Vec<u64> = tasks.iter().map(|_| image.alloc(64, TASK_SIZE as usize)).collect();
    let member = |name: &str| u64::from(TASK.iter().find(|(n, _)| *n == name).expect("a member").1);
    for (index, (task, &at)) in tasks.iter().zip(&addresses).enumerate() {
        image.set(at + member("pid"), &task.pid.to_le_bytes());
        image.set(at + member("comm"), task.comm.as_bytes());
        image.set(at + member("__state"), &task.state.to_le_bytes());
        image.set_u64(at + member("thread") + u64::from(THREAD_SP), task.sp);
        let next = addresses[(index + 1) % addresses.len()];
        let previous = addresses[(index + addresses.len() - 1) % addresses.len()];
        image.set_u64(at + member("tasks"), next + member("tasks"));
        image.set_u64(at + member("tasks") + 8, previous + member("tasks"));
        let signal = image.alloc(8, 64);
        let (head, node) = (signal + u64::from(THREAD_HEAD), at + u64::from(THREAD_NODE));
        image.set_u64(at + member("signal"), signal);
        for (from, to) in [(head, node), (node, head)] {
            image.set_u64(from, to);
            image.set_u64(from + 8, to);
        }
    }
    addresses
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
