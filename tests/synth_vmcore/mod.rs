//! Builds small memory dumps in code: what a kernel of x86_64 has in memory when it has crashed, as far as a reader
//! without debuginfo looks at it.
//!
//! ```text
//! kernel image   page table root, log, symbols, BTF, ORC, taint mask, head of the module list
//! module area    two modules: `acme` (P, O, E; its function faulted) and `dummy` (no taint)
//! stack          a panic after a page fault in `acme`, called from a write() in user mode
//! ```
//! Which of these a dump has is the builder's choice, and so is its container.

// Each test uses a part of it, and may stop at the first surprise.
#![allow(dead_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

pub mod containers;
pub mod log;
pub mod machines;
pub mod memory;
pub mod modules;
pub mod overlaid;
pub mod stack;
pub mod symbols;
pub mod types;

use std::collections::BTreeMap;

use containers::Dump;
use log::LogForm;
use memory::{IMAGE_BASE, Memory, Paging, Region};
use symbols::SymbolTable;

/// First address of the kernel image, moved by KASLR.
pub const TEXT: u64 = 0xffff_ffff_9200_0000;
/// Where the image is in physical memory.
pub const IMAGE_PHYSICAL: u64 = 0x0300_0000;
/// Where the modules are in physical memory.
pub const MODULES_PHYSICAL: u64 = 0x0100_0000;
/// Bytes of the image.
pub const IMAGE_SIZE: u64 = 2 << 20;
/// Taint mask: P, D, O, E.
pub const TAINTED: u64 = 1 | 1 << 7 | 1 << 12 | 1 << 13;
/// Release of the kernel.
pub const RELEASE: &str = "6.1.0-synthetic";

/// How the symbol table can be found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kallsyms {
    /// VMCOREINFO tells of it.
    Told,
    /// It is in memory, and VMCOREINFO does not tell.
    Hidden,
    /// There is none.
    Absent,
}

/// The physical address of a kernel address of the image or of a module.
pub fn physical(address: u64) -> u64 {
    match address >= modules::AREA {
        true => MODULES_PHYSICAL + (address - modules::AREA),
        false => IMAGE_PHYSICAL + (address - TEXT),
    }
}

/// What a dump is to have.
#[derive(Clone, Debug)]
pub struct Synth {
    pub kallsyms: Kallsyms,
    pub symbol_layout: symbols::Layout,
    pub paging: Paging,
    pub btf: bool,
    pub orc: bool,
    pub log_form: LogForm,
    /// `Modules linked in:` of the log.
    pub linked_in: &'static str,
    /// Release in VMCOREINFO.
    pub release: &'static str,
}

impl Default for Synth {
    fn default() -> Self {
        Self {
            kallsyms: Kallsyms::Told,
            symbol_layout: symbols::Layout::Offsets,
            paging: Paging::default(),
            btf: true,
            orc: true,
            log_form: LogForm::Ringbuffer,
            linked_in: "acme(POE) dummy",
            release: RELEASE,
        }
    }
}

impl Synth {
    /// A kernel like that of RHEL 7: no BTF, no ORC, frame pointers, records as log, symbols that nothing tells of.
    pub fn like_rhel7() -> Self {
        Self {
            kallsyms: Kallsyms::Hidden,
            symbol_layout: symbols::Layout::Addresses,
            btf: false,
            orc: false,
            log_form: LogForm::Records,
            release: "3.10.0-1160.synthetic.el7.x86_64",
            ..Self::default()
        }
    }

    /// The messages of the log, with their time stamps in nanoseconds.
    pub fn messages(&self) -> Vec<(u64, String)> {
        let line = |n: u64, text: &str| (n * 1_001_000, text.to_owned());
        let mut lines = vec![line(0, &format!("Linux version {} (synth)", self.release))];
        lines.extend((1..40).map(|n| line(n, &format!("acme0: ring {n} of 40 is up"))));
        lines.push(line(900, "BUG: kernel NULL pointer dereference, address: 0000000000000040"));
        lines.push(line(901, &format!("Modules linked in: {}", self.linked_in)));
        lines.push(line(902, "Kernel panic - not syncing: Fatal exception"));
        lines
    }

    /// The log as it should be printed.
    pub fn expected_log(&self) -> String {
        let line = |(ns, text): (u64, String)| match self.log_form {
            LogForm::Plain => format!("<4>{text}\n"),
            _ => format!("[{:5}.{:06}] {text}\n", ns / 1_000_000_000, ns % 1_000_000_000 / 1000),
        };
        self.messages().into_iter().map(line).collect()
    }

    /// Builds the memory and the notes of the dump.
    pub fn build(&self) -> Dump {
        let mut memory = Memory::default();
        let mut image = Region::new(TEXT, IMAGE_SIZE as usize);
        let mut symbols = SymbolTable::default();
        let mut info = vec![
            format!("OSRELEASE={}", self.release),
            "PAGESIZE=4096".to_owned(),
            format!("NUMBER(phys_base)={}", IMAGE_PHYSICAL.wrapping_sub(TEXT - IMAGE_BASE) as i64),
            format!("SYMBOL(_stext)={TEXT:x}"),
            format!("NUMBER(pgtable_l5_enabled)={}", u8::from(self.paging.five_levels)),
            format!("NUMBER(sme_mask)={}", self.paging.encryption),
            "NUMBER(KERNEL_IMAGE_SIZE)=1073741824".to_owned(),
            "CRASHTIME=1700000000".to_owned(),
        ];
        let code = stack::functions(&mut symbols);
        image.skip(0x10_0000);
        let root = image.alloc(4096, 4096);
        info.push(format!("SYMBOL(init_top_pgt)={root:x}"));

        let log = log::write(self, &mut image, &mut info);
        symbols.add('D', "tainted_mask", image.word(TAINTED));
        symbols.add('d', "panic_cpu", image.word(0));
        let head = image.alloc(8, 16);
        symbols.add('D', "modules", head);
        let loaded = modules::load(&mut image, head, self.orc);
        if self.btf {
            let btf = image.place(8, &types::btf());
            symbols.add('D', "__start_BTF", btf);
        }
        if self.orc {
            stack::unwind_tables(&code, &mut image, &mut symbols);
        }
        let sleeper = stack::sleeper(&code);
        let task = |pid, comm, state, sp| types::Task { pid, comm, state, sp };
        let tasks = [
            task(0, "swapper/0", 0, sleeper.sp),
            task(4711, "synth-writer", 0, sleeper.sp),
            task(80, "kworker/0:1", 0x402, sleeper.sp),
            task(4712, "synth-waiter", 2, sleeper.sp),
        ];
        let tasks = types::tasks(&mut image, &tasks);
        symbols.add('D', "init_task", tasks[0]);
        types::current_task(&mut image, &mut symbols, tasks[1]);
        let mut places: BTreeMap<&'static str, u64> = symbols.places();
        places.extend([("root", root), ("acme", loaded.nodes[0]), ("dummy", loaded.nodes[1])]);
        places.extend(log);
        if self.kallsyms != Kallsyms::Absent {
            let told = self.kallsyms == Kallsyms::Told;
            places.extend(symbols.write(&mut image, told, self.symbol_layout, &mut info));
        }
        let kernel_stack = stack::after_fault(&code, &loaded);
        memory.map_image(&image, IMAGE_PHYSICAL);
        memory.map_pages(&loaded.region, MODULES_PHYSICAL);
        memory.map_pages(&kernel_stack.region, 0x0180_0000);
        memory.map_pages(&sleeper.region, 0x0190_0000);
        memory.finish_tables(IMAGE_PHYSICAL + (root - TEXT), self.paging);
        let text = info.join("\n") + "\n";
        Dump {
            memory,
            vmcoreinfo: text.into_bytes(),
            prstatus: vec![kernel_stack.panicked, kernel_stack.idle],
            release: self.release,
            machine: ("x86_64", 62),
            places,
        }
    }
}
