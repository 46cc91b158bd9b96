//! How each kernel prints an event on x86_64: the lines in their order, without envelope.
//!
//! Sources: `arch/x86/kernel/dumpstack*.c`, `arch/x86/mm/fault.c`, `kernel/panic.c`, `kernel/watchdog.c` (`softlockup.c`
//! before 2.6.38), `kernel/hung_task.c`, `lib/bug.c` at the kernels of each dialect.

mod code;
mod hung;
mod modern;
mod old;
mod registers;
mod seven;

use super::event::{Event, Kind};
use super::kernel::Dialect;
use super::machine::Machine;
use super::numbers::{hex, number};

/// What happened earlier in this boot: it shows in taints and counters.
#[derive(Clone, Debug, Default)]
pub struct Past {
    /// Letters that events have set: `W`, `D`, `L`.
    pub taints: String,
    /// Oopses so far.
    pub oopses: u32,
}

/// Prints one event and notes in `past` what it leaves behind.
pub fn print(machine: &Machine, event: &Event, past: &mut Past) -> Vec<String> {
    let taints = format!("{}{}{}", machine.module_taints(), past.taints, event.extra_taint);
    if event.is_oops() {
        past.oopses += 1;
    }
    let mut printer = Printer { machine, event, taints, oops: past.oopses, lines: Vec::new() };
    match (&event.kind, machine.dialect()) {
        (Kind::HungTask(_), _) => printer.hung_task(),
        (_, Dialect::El5 | Dialect::El6) => printer.old(),
        (_, Dialect::El71 | Dialect::El79) => printer.seven(),
        _ => printer.modern(),
    }
    let left = match event.kind {
        Kind::Warning(..) => "W",
        Kind::SoftLockup(_) if !matches!(machine.dialect(), Dialect::El5 | Dialect::El6 | Dialect::El71) => "L",
        _ if event.is_oops() => "D",
        _ => "",
    };
    past.taints.push_str(left);
    printer.lines
}

/// The log level of a printed line: the alerts and emergencies, warnings for the rest.
pub fn level(text: &str) -> u8 {
    const LEVELS: [(&str, u8); 8] = [
        ("BUG: soft lockup", 0),
        ("NMI watchdog: BUG", 0),
        ("watchdog: BUG", 0),
        ("Kernel panic", 0),
        ("BUG: ", 1),
        ("IP: ", 1),
        ("RIP  ", 1),
        ("INFO: task", 3),
    ];
    LEVELS.iter().find(|(start, _)| text.starts_with(start)).map_or(4, |(_, level)| *level)
}

impl Event {
    /// Whether it is one that `die()` reports.
    pub fn is_oops(&self) -> bool {
        matches!(
            self.kind,
            Kind::NullDeref(_) | Kind::PagingRequest(_) | Kind::Gpf | Kind::DivideError | Kind::BugAt(..)
        )
    }
}

/// Prints one event of one machine.
struct Printer<'a> {
    machine: &'a Machine,
    event: &'a Event,
    taints: String,
    oops: u32,
    lines: Vec<String>,
}

impl Printer<'_> {
    fn line(&mut self, text: impl Into<String>) {
        self.lines.push(text.into());
    }

    /// A number that is this event's own.
    fn seed(&self, what: &str) -> String {
        format!("{what} {} {} {} {}", self.machine.host, self.event.pid, self.event.ip.symbol, self.oops)
    }

    fn taint(&self) -> String {
        self.machine.kernel.taint_text(&self.taints)
    }

    /// `3.10.0-1160.el7.x86_64 #1`, with SUSE's release and build id.
    fn release(&self) -> String {
        let release = &self.machine.kernel.release;
        match self.machine.dialect() {
            Dialect::Suse => format!("{release} #1 SLE15-SP5 {}", hex("vmlinux build id", 40)),
            Dialect::Ubuntu => format!("{release} #31-Ubuntu"),
            _ => format!("{release} #1"),
        }
    }

    /// `Modules linked in: …`, broken where a record of the kernel's log is full.
    fn linked_in(&mut self) {
        const RECORD: usize = 992;
        let limit = match self.machine.dialect() {
            Dialect::El5 | Dialect::El6 => usize::MAX,
            _ => RECORD,
        };
        let tokens = self.machine.modules.iter();
        let mut tokens: Vec<String> =
            tokens.map(|m| format!(" {}{}", m.name, self.machine.kernel.module_flags(&m.flags))).collect();
        tokens.extend(self.machine.last_unloaded.as_ref().map(|name| format!(" [last unloaded: {name}]")));
        let mut line = "Modules linked in:".to_owned();
        for token in tokens {
            if line.len() + token.len() > limit {
                self.line(std::mem::take(&mut line));
            }
            line.push_str(&token);
        }
        self.line(line);
        if self.machine.dialect() == Dialect::Suse {
            self.supported();
        }
    }

    fn supported(&mut self) {
        let (proprietary, unsupported) = (self.taints.contains('P'), self.taints.contains('N'));
        self.line(match (proprietary, unsupported, self.taints.contains('X')) {
            (true, true, _) => "Supported: No, Proprietary and Unsupported modules are loaded",
            (true, false, _) => "Supported: No, Proprietary modules are loaded",
            (false, true, _) => "Supported: No, Unsupported modules are loaded",
            (false, false, true) => "Supported: Yes, External",
            (false, false, false) => "Supported: Yes",
        });
    }

    fn hardware(&mut self) {
        let (vendor, product) = &self.machine.hardware;
        self.line(format!("Hardware name: {vendor} {product}, BIOS P89 07/20/2020"));
    }

    fn end_trace(&mut self) {
        let id = match self.machine.dialect() {
            Dialect::El9 | Dialect::El10 | Dialect::Ubuntu | Dialect::Suse => "0".repeat(16),
            _ => hex(&self.seed("end trace"), 16),
        };
        self.line(format!("---[ end trace {id} ]---"));
    }

    /// The panic that follows, where one does.
    fn kernel_panic(&mut self) {
        let Some(message) = self.event.panic.clone() else { return };
        let zero = if self.machine.dialect() == Dialect::El5 { " <0>" } else { "" };
        self.line(format!("{zero}Kernel panic - not syncing: {message}"));
        match self.machine.dialect() {
            Dialect::El5 | Dialect::El71 => {}
            Dialect::El6 => self.old_panic_trace(),
            _ => self.kernel_offset(&message),
        }
    }

    fn kernel_offset(&mut self, message: &str) {
        let offset = self.machine.dialect().facts().text_base - 0xffff_ffff_8100_0000;
        self.line(format!(
            "Kernel Offset: 0x{offset:x} from 0xffffffff81000000 (relocation range: 0xffffffff80000000-0xffffffffbfffffff)"
        ));
        if self.machine.dialect().facts().end_panic_line {
            self.line(format!("---[ end Kernel panic - not syncing: {message} ]---"));
        }
    }

    /// The value of a faulting address, as CR2 shows it.
    fn fault_address(&self) -> u64 {
        match self.event.kind {
            Kind::NullDeref(address) | Kind::PagingRequest(address) => address,
            _ => 0x7f00_0000_0000 + number(&self.seed("cr2")) % 0xff_ffff * 0x1000,
        }
    }
}
