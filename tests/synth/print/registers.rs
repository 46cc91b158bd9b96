//! Register blocks, stack words and code bytes.

use super::Printer;
use crate::synth::kernel::Dialect;
use crate::synth::numbers::{hex, number};

impl Printer<'_> {
    /// A pointer into the direct mapping.
    fn pointer(&self, what: &str) -> u64 {
        self.machine.dialect().facts().data_base + number(&self.seed(what)) % 0x2_0000_0000 / 8 * 8
    }

    /// Base of the task's stack.
    pub(super) fn stack_base(&self) -> u64 {
        self.pointer("stack") / 0x4000 * 0x4000
    }

    /// The task structure.
    pub(super) fn task(&self) -> u64 {
        self.pointer("task") / 0x20 * 0x20
    }

    fn register(&self, name: &str) -> u64 {
        match number(&self.seed(name)) % 4 {
            0 => 0,
            1 => number(name) % 0x1000,
            _ => self.pointer(name),
        }
    }

    /// `RSP:` to `CR2:`, and the debug registers where this kernel prints them.
    pub(super) fn registers(&mut self) {
        let gap = if self.modern_stamps() { " " } else { "  " };
        let rsp = self.stack_base() + 0x3d98;
        self.line(format!("RSP: 0018:{rsp:016x}{gap}EFLAGS: 00010246"));
        const NAMES: [&str; 15] =
            ["RAX", "RBX", "RCX", "RDX", "RSI", "RDI", "RBP", "R08", "R09", "R10", "R11", "R12", "R13", "R14", "R15"];
        for names in NAMES.chunks(3) {
            let columns: Vec<String> =
                names.iter().map(|name| format!("{name}: {:016x}", self.register(name))).collect();
            self.line(columns.join(" "));
        }
        let thread = 0x7f00_0000_0000 + number(&self.seed("fs")) % 0xffff_ffff / 0x40 * 0x40;
        self.line(format!("FS:  {thread:016x}(0000) GS:{:016x}(0000) knlGS:0000000000000000", self.pointer("gs")));
        let es = if self.machine.dialect() == Dialect::El5 { "000000008005003b" } else { "0000000080050033" };
        self.line(format!("CS:  0010 DS: 0000 ES: 0000 CR0: {es}"));
        let tables = number(&self.seed("cr3")) % 0xff_ffff * 0x1000;
        self.line(format!("CR2: {:016x} CR3: {tables:016x} CR4: 00000000003607e0", self.fault_address()));
        if !matches!(self.machine.dialect(), Dialect::El5) {
            let zero = "0000000000000000";
            self.line(format!("DR0: {zero} DR1: {zero} DR2: {zero}"));
            self.line(format!("DR3: {zero} DR6: 00000000fffe0ff0 DR7: 0000000000000400"));
        }
    }

    /// Whether the kernel is one that prints `RIP: 0010:symbol` without addresses (4.10 and later).
    pub(super) fn modern_stamps(&self) -> bool {
        !matches!(self.machine.dialect(), Dialect::El5 | Dialect::El6 | Dialect::El71 | Dialect::El79)
    }

    /// `PGD 2f1c4067 PUD 2f1c5067 PMD 0 `.
    pub(super) fn page_tables(&mut self) {
        let entry = |what: &str| number(&self.seed(what)) % 0xf_ffff * 0x1000 + 0x67;
        let text = match self.machine.dialect() {
            Dialect::El5 | Dialect::El6 | Dialect::El71 | Dialect::El79 => {
                format!("PGD {:x} PUD {:x} PMD 0 ", entry("pgd"), entry("pud"))
            }
            _ => "PGD 0 P4D 0 ".to_owned(),
        };
        self.line(text);
    }

    /// Words of the raw stack, in the form of 2.6 and early 3.10 kernels.
    pub(super) fn stack_words(&mut self, continuation: &str) {
        for row in 0..3 {
            let words: Vec<String> =
                (0..4).map(|n| format!("{:016x}", self.register(&format!("word {row} {n}")))).collect();
            let start = if row == 0 { " " } else { continuation };
            self.line(format!("{start}{}", words.join(" ")));
        }
    }

    /// `Code: 48 8b … <48> 8b …`.
    pub(super) fn code_bytes(&mut self, what: &str) {
        let digits = hex(&self.seed(what), 128);
        let byte = |n: usize| &digits[n * 2..n * 2 + 2];
        let bytes: Vec<String> =
            (0..64).map(|n| if n == 43 { format!("<{}>", byte(n)) } else { byte(n).to_owned() }).collect();
        let tail = if self.modern_stamps() { "" } else { " " };
        self.line(format!("Code: {}{tail}", bytes.join(" ")));
    }

    /// User-mode registers at the end of a trace that began with a system call.
    pub(super) fn user_registers(&mut self) {
        let text = 0x7f00_0000_0000 + number(&self.seed("user")) % 0xff_ffff_ffff;
        self.line(format!("RIP: 0033:0x{text:x}"));
        self.code_bytes("user code");
        self.line(format!(
            "RSP: 002b:00007ffd{} EFLAGS: 00000246 ORIG_RAX: 0000000000000000",
            hex(&self.seed("ursp"), 8)
        ));
        for names in [["RAX", "RBX", "RCX"], ["RDX", "RSI", "RDI"], ["RBP", "R08", "R09"]] {
            let columns: Vec<String> = names
                .iter()
                .map(|n| format!("{n}: {:016x}", number(&self.seed(&format!("user {n}"))) % 0x7fff_ffff))
                .collect();
            self.line(columns.join(" "));
        }
    }
}
