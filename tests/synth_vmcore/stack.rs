//! Code, unwind tables and the stack of a task whose write() made `acme` fault.
//!
//! Every function starts with `push rbp; mov rsp, rbp`, so that frames are found by ORC and by frame pointers alike.

use super::TEXT;
use super::memory::Region;
use super::modules::Loaded;
use super::symbols::SymbolTable;

/// Where the stack is mapped.
const STACK: u64 = 0xffff_c900_0001_0000;
const STACK_SIZE: usize = 0x4000;

/// A function of the kernel or of a module.
#[derive(Clone, Copy, Debug)]
pub struct Function {
    pub name: &'static str,
    pub start: u64,
    pub size: u64,
}

/// Functions of the image, in order of address.
const FUNCTIONS: [&str; 11] = [
    "delay_tsc",
    "panic",
    "oops_end",
    "exc_page_fault",
    "asm_exc_page_fault",
    "vfs_write",
    "ksys_write",
    "do_syscall_64",
    "entry_SYSCALL_64_after_hwframe",
    "default_idle",
    "schedule",
];

/// How a frame is found: numbers of an ORC entry of 6.4 and later with the register numbers of before 7.x.
const CALL: u16 = 2 << 8 | 1 << 4 | 5;
const REGISTERS: u16 = 1 << 11 | 3 << 8 | 5;
const END: u16 = 1 << 8;

/// The stack, and the notes of both CPUs.
pub struct KernelStack {
    pub region: Region,
    pub panicked: Vec<u8>,
    pub idle: Vec<u8>,
}

/// Places the functions of the image and names them.
pub fn functions(symbols: &mut SymbolTable) -> Vec<Function> {
    let place =
        |(i, name): (usize, &&'static str)| Function { name, start: TEXT + 0x1000 + 0x80 * i as u64, size: 0x80 };
    let functions: Vec<Function> = FUNCTIONS.iter().enumerate().map(place).collect();
    for function in &functions {
        symbols.add('T', function.name, function.start);
    }
    functions
}

/// The entry for one function.
fn entry_of(function: &Function) -> [u8; 6] {
    let (sp, bp, bits) = match function.name {
        "asm_exc_page_fault" | "entry_SYSCALL_64_after_hwframe" => (0, 0, REGISTERS),
        "default_idle" => (0, 0, END),
        _ => (16_i16, -16_i16, CALL),
    };
    let mut entry = [0; 6];
    entry[..2].copy_from_slice(&sp.to_le_bytes());
    entry[2..4].copy_from_slice(&bp.to_le_bytes());
    entry[4..].copy_from_slice(&bits.to_le_bytes());
    entry
}

/// Places and entries of functions, and of what follows them; their addresses and the number of entries.
pub fn orc_tables(functions: &[Function], end: u64, region: &mut Region) -> (u64, u64, u64) {
    let count = functions.len() as u64 + 1;
    let places = region.alloc(8, 4 * count as usize);
    for (i, start) in functions.iter().map(|f| f.start).chain([end]).enumerate() {
        let element = places + 4 * i as u64;
        region.set(element, &((start as i64 - element as i64) as i32).to_le_bytes());
    }
    let entries: Vec<u8> = functions.iter().flat_map(entry_of).chain([0; 6]).collect();
    let entries = region.place(8, &entries);
    (places, entries, count)
}

/// The tables of the image.
pub fn unwind_tables(functions: &[Function], image: &mut Region, symbols: &mut SymbolTable) {
    let (places, entries, count) = orc_tables(functions, TEXT + 0x8_0000, image);
    symbols.add('D', "__start_orc_unwind_ip", places);
    symbols.add('D', "__stop_orc_unwind_ip", places + 4 * count);
    symbols.add('D', "__start_orc_unwind", entries);
}

/// Registers as the kernel saves them.
fn pt_regs(ip: u64, cs: u64, sp: u64, bp: u64) -> Vec<u8> {
    let mut words = [0_u64; 21];
    (words[4], words[16], words[17], words[19]) = (bp, ip, cs, sp);
    words.iter().flat_map(|w| w.to_le_bytes()).collect()
}

fn prstatus(pid: u32, registers: &[u8]) -> Vec<u8> {
    let mut note = vec![0; 336];
    note[32..36].copy_from_slice(&pid.to_le_bytes());
    note[112..112 + registers.len()].copy_from_slice(registers);
    note
}

/// What a backtrace should have, innermost first: function, offset and module.
pub const EXPECTED: [(&str, u64, Option<&str>); 12] = [
    ("delay_tsc", 0x11, None),
    ("panic", 0x20, None),
    ("oops_end", 0x20, None),
    ("exc_page_fault", 0x20, None),
    ("asm_exc_page_fault", 0x20, None),
    ("acme_poke", 0x05, Some("acme")),
    ("acme_queue", 0x20, Some("acme")),
    ("acme_write", 0x20, Some("acme")),
    ("vfs_write", 0x20, None),
    ("ksys_write", 0x20, None),
    ("do_syscall_64", 0x20, None),
    ("entry_SYSCALL_64_after_hwframe", 0x20, None),
];

/// Writes frames from the outermost one inwards.
struct Writer {
    region: Region,
    sp: u64,
    bp: u64,
}

impl Writer {
    fn push(&mut self, word: u64) {
        self.sp -= 8;
        self.region.set_u64(self.sp, word);
    }

    /// A call: the return address, then the frame pointer of the caller.
    fn call(&mut self, return_to: u64) {
        self.push(return_to);
        self.push(self.bp);
        self.bp = self.sp;
    }

    /// An exception: registers, and a frame pointer that is marked to point at them.
    fn strike(&mut self, registers: &[u8]) {
        self.sp -= registers.len() as u64;
        self.region.set(self.sp, registers);
        self.bp = self.sp | 1;
    }
}

/// What the backtrace of a sleeping task should have.
pub const EXPECTED_OF_SLEEPER: [&str; 4] = ["schedule", "vfs_write", "do_syscall_64", "entry_SYSCALL_64_after_hwframe"];

/// The stack of a task that sleeps.
pub struct Sleeper {
    pub region: Region,
    /// Where its registers are.
    pub sp: u64,
}

/// A task that sleeps in a write().
pub fn sleeper(image: &[Function]) -> Sleeper {
    let inside = |name: &str| image.iter().find(|f| f.name == name).expect("a function").start + 0x20;
    let start = STACK + 0x1_0000;
    let mut w = Writer { region: Region::new(start, STACK_SIZE), sp: start + STACK_SIZE as u64 - 64, bp: 0 };
    w.strike(&pt_regs(0x0040_2000, 0x33, 0x7ffd_0000_1000, 0));
    for caller in ["entry_SYSCALL_64_after_hwframe", "do_syscall_64", "vfs_write"] {
        w.call(inside(caller));
    }
    // schedule() was left by a switch: its return address, then bp bx r12 r13 r14 r15 below it.
    w.push(inside("schedule"));
    w.push(w.bp);
    w.sp -= 40;
    Sleeper { sp: w.sp, region: w.region }
}

/// The stack after the panic.
pub fn after_fault(image: &[Function], loaded: &Loaded) -> KernelStack {
    let all: Vec<Function> = image.iter().chain(&loaded.functions).copied().collect();
    let inside = |name: &str| {
        let expected = EXPECTED.iter().find(|(n, ..)| *n == name).expect("a frame");
        all.iter().find(|f| f.name == name).expect("a function").start + expected.1
    };
    let mut w = Writer { region: Region::new(STACK, STACK_SIZE), sp: STACK + STACK_SIZE as u64 - 64, bp: 0 };
    w.strike(&pt_regs(0x0040_1000, 0x33, 0x7ffd_0000_0000, 0));
    for caller in
        ["entry_SYSCALL_64_after_hwframe", "do_syscall_64", "ksys_write", "vfs_write", "acme_write", "acme_queue"]
    {
        w.call(inside(caller));
    }
    let struck = pt_regs(inside("acme_poke"), 0x10, w.sp, w.bp);
    w.strike(&struck);
    for caller in ["asm_exc_page_fault", "exc_page_fault", "oops_end", "panic"] {
        w.call(inside(caller));
    }
    let now = pt_regs(inside("delay_tsc"), 0x10, w.sp, w.bp);
    let idle_start = all.iter().find(|f| f.name == "default_idle").expect("a function").start;
    let idle = pt_regs(idle_start + 8, 0x10, STACK + 0x100, 0);
    KernelStack { panicked: prstatus(4711, &now), idle: prstatus(0, &idle), region: w.region }
}
