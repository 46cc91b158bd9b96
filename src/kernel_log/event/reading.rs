//! Reads the lines of a finished block one by one: headline, process, registers, frames, module list.

use super::block::Block;
use super::class::Class;
use super::headline::{Headline, Named};
use super::matching;
use super::process::{self, Where};
use super::starters::{Role, Roles};
use crate::facts::{EventKind, Frame, InstructionPointer, IpSource, LinkedIn, NamedBy, NamedModule};
use crate::kernel_log::lines::Logical;
use crate::kernel_log::linked_in;
use crate::kernel_log::scan::{between, decimal, hex, word};
use crate::kernel_log::trace::{self, FrameText, Piece, Pointer, Shape, Stack, pointer};

/// Frames kept of one trace; deeper than any kernel's stack.
const MAX_FRAMES: usize = 1024;
/// Modules that an event's text names, kept.
const MAX_NAMED: usize = 64;
/// A list of 2.4 that is as long may have been cut.
const LIST_2_4: usize = 150;

/// Nothing is mapped below; a jump to there is the kernel's own through a null pointer.
const PAGE: u64 = 0x1000;

/// A headline and where it stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Title<'a> {
    pub(super) text: &'a str,
    pub(super) no: u64,
    pub(super) time_us: Option<u64>,
    strength: u8,
}

/// The parts of an event while its lines are read.
pub(super) struct Reading<'a> {
    pub(super) block: &'a Block,
    /// The strongest headline so far.
    pub(super) headline: Option<Title<'a>>,
    pub(super) kind: Option<EventKind>,
    pub(super) roles: Roles,
    pub(super) at: Where<'a>,
    pub(super) taint_names: Vec<(char, String)>,
    pub(super) ip: Option<InstructionPointer>,
    /// The function a headline blames, where no register says it.
    pub(super) blamed: Option<InstructionPointer>,
    /// A function named without its module.
    pub(super) blamed_name: Option<(&'a str, u64)>,
    pub(super) frames: Vec<Frame>,
    stack: Stack,
    pub(super) list: Option<LinkedIn>,
    pub(super) named: Vec<NamedModule>,
    pub(super) oops_number: Option<u32>,
    pub(super) panic: Option<String>,
    /// The headline of a panic that a trace without a headline ended in.
    pub(super) panic_line: Option<Title<'a>>,
    pub(super) trap: Option<u64>,
    pub(super) garbled: bool,
    pub(super) saw: Saw,
    next_line_is_ip: bool,
    /// The instruction pointer is klogd's word.
    ip_is_translated: bool,
    /// The last line was `Oops: 0002` of 2.4.
    after_old_oops: bool,
}

/// What kinds of lines a block held.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Saw {
    pub(super) trace_head: bool,
    pub(super) process: bool,
    pub(super) end: bool,
    pub(super) handlers: bool,
    pub(super) breaking_event: bool,
    pub(super) hung_task_hint: bool,
    pub(super) colon_cpu: bool,
}

impl<'a> Reading<'a> {
    pub(super) fn new(block: &'a Block) -> Self {
        Self {
            block,
            headline: None,
            kind: None,
            roles: Roles::NONE,
            at: Where::default(),
            taint_names: Vec::new(),
            ip: None,
            blamed: None,
            blamed_name: None,
            frames: Vec::new(),
            stack: Stack::default(),
            list: None,
            named: Vec::new(),
            oops_number: None,
            panic: None,
            panic_line: None,
            trap: None,
            garbled: block.garbled,
            saw: Saw::default(),
            next_line_is_ip: false,
            ip_is_translated: false,
            after_old_oops: false,
        }
    }

    pub(super) fn line(&mut self, line: &'a Logical<'_>) {
        let text: &'a str = line.text.trim();
        let is_ip = std::mem::take(&mut self.next_line_is_ip);
        if let Class::Starter(row) = line.class {
            return self.starter(row, text, line);
        }
        match line.class {
            Class::List => self.list(text, line.no),
            Class::Process | Class::Monitor | Class::Where | Class::Info | Class::Dump => self.place(text, line),
            Class::Pointer => self.pointer(text, line.no),
            Class::TraceHead => {
                self.saw.trace_head = true;
                self.saw.breaking_event = false;
                // 2.4 and some tools put the first frames on the same line
                let frames = text.split_once(':').map_or("", |(_, frames)| frames);
                self.frames_of(frames, line.no, false);
            }
            Class::TraceAnew => self.frames.clear(),
            Class::Frame => self.frames_of(text, line.no, is_ip),
            Class::End => self.saw.end = true,
            Class::TaskRow => self.task_row(text),
            Class::Other => self.headless_list(text, line.no),
            _ => {}
        }
        self.after_old_oops = false;
    }

    /// 2.4 prints the names of the modules directly below `Oops: 0002`, without a heading, cut at 160 columns.
    fn headless_list(&mut self, text: &str, no: u64) {
        if self.after_old_oops && self.list.is_none() && linked_in::is_continuation(text) && text.contains(' ') {
            let mut list = linked_in::read(text, no);
            list.complete = text.len() < LIST_2_4;
            self.list = Some(list);
        }
    }

    fn starter(&mut self, row: u16, text: &'a str, line: &Logical<'_>) {
        let Some(starter) = matching::row(row) else { return };
        self.roles = self.roles.with(starter.role);
        let headline = matching::headline(row, text);
        if starter.role == Role::Panic && (self.kind.is_some() || !self.frames.is_empty()) {
            self.panic = self.panic.take().or(headline.panic.map(str::to_owned));
            let title = Title { text, no: line.no, time_us: line.time_us, strength: starter.strength };
            self.panic_line = self.panic_line.or(Some(title));
            return;
        }
        if self.headline.is_none_or(|known| starter.strength > known.strength) && starter.strength > 0 {
            self.headline = Some(Title { text, no: line.no, time_us: line.time_us, strength: starter.strength });
            self.kind = starter.kind;
        }
        self.panic = self.panic.take().or(headline.panic.map(str::to_owned));
        self.oops_number = self.oops_number.or(headline.oops_number);
        let by_headline = Where { cpu: headline.cpu, pid: headline.pid, comm: headline.comm, ..process::read(text) };
        self.merge_place(Where { release: None, ..by_headline });
        self.take_blame(&headline, line.no);
        self.after_old_oops = starter.role == Role::Die && headline.oops_number.is_none();
        // `… at 0000000000000000 RIP: ` of 2.6.9 and 2.6.18: the function stands on the next line
        self.next_line_is_ip = text.ends_with("RIP:");
    }

    fn take_blame(&mut self, headline: &Headline<'a>, no: u64) {
        if let Some(function) = headline.function {
            self.blamed = self.blamed.take().or_else(|| ip(function, IpSource::Headline, no));
        }
        if let Some(name) = headline.function_name {
            self.blamed_name = self.blamed_name.or(Some((name, no)));
        }
        if let Some(Named { module, by, symbol }) = headline.named {
            self.name(module, by, symbol, no);
        }
    }

    fn name(&mut self, module: &str, by: NamedBy, symbol: Option<&str>, line: u64) {
        let known = self.named.iter().any(|known| known.module == module && known.by == by);
        if !known && self.named.len() < MAX_NAMED {
            self.named.push(NamedModule { module: module.to_owned(), by, symbol: symbol.map(str::to_owned), line });
        }
    }

    fn merge_place(&mut self, found: Where<'a>) {
        let at = &mut self.at;
        at.cpu = at.cpu.or(found.cpu);
        at.pid = at.pid.or(found.pid);
        at.comm = at.comm.or(found.comm);
        at.taint = at.taint.take().or(found.taint);
        at.release = at.release.or(found.release);
    }

    /// Lines that say where, and the other lines between headline and trace.
    fn place(&mut self, text: &'a str, line: &Logical<'_>) {
        self.saw.process |= line.class == Class::Process;
        self.saw.colon_cpu |= line.class == Class::Where && text.starts_with("CPU ") && text.ends_with(':');
        if matches!(line.class, Class::Process | Class::Monitor | Class::Where)
            || text.contains("ainted")
            || text.starts_with("in_atomic")
        {
            self.merge_place(process::read(text));
        } else if text.starts_with("EFLAGS") {
            self.merge_place(Where { release: process::release(text), ..Where::default() });
        } else if line.class == Class::Info {
            self.info(text, line.no);
        }
        if text.starts_with("Tainted: [") && self.taint_names.is_empty() {
            self.taint_names = process::taint_legend(text);
        }
        let trap = || text.split_once("TRAP: ").or_else(|| text.split_once(": Vector: "));
        self.trap = self.trap.or_else(|| Some(hex(trap()?.1)?.0));
    }

    fn info(&mut self, text: &'a str, no: u64) {
        if let Some(work) = text.strip_prefix("Workqueue: ") {
            let function = work.split_once(' ').map_or("", |(_, function)| function);
            if let Some(module) = between(function, "[", "]").map(|inside| word(inside).0) {
                let symbol = word(function).0;
                self.name(module, NamedBy::Workqueue, Some(symbol), no);
            }
        } else if text.contains(" by task ") {
            self.merge_place(process::read(text));
        } else if text.starts_with("\"echo 0 >") {
            self.saw.hung_task_hint = true;
        } else if text.starts_with("handlers:") {
            self.saw.handlers = true;
        } else if text.starts_with("Last Breaking-Event-Address") {
            self.saw.breaking_event = true;
        } else if self.kind == Some(EventKind::RcuStall) && self.at.cpu.is_none() {
            self.at.cpu =
                decimal(text).filter(|(_, rest)| rest.starts_with('-')).and_then(|(cpu, _)| u32::try_from(cpu).ok());
        }
    }

    fn task_row(&mut self, text: &'a str) {
        let found = process::task_row(text);
        self.merge_place(found);
    }

    fn list(&mut self, text: &str, no: u64) {
        let names = text.strip_prefix(linked_in::HEADING).unwrap_or(text);
        let list = linked_in::read(names, no);
        // some dumps print it twice, and the first may be cut
        if self.list.as_ref().is_none_or(|known| known.modules.len() < list.modules.len()) {
            self.list = Some(list);
        }
    }

    fn pointer(&mut self, text: &'a str, no: u64) {
        let Some(found) = pointer(text) else { return };
        // `EIP: 0060:[<…>]    Tainted: P` and `EIP is at … (2.4.21-63.ELsmp/i686)`
        if text.starts_with("EIP") {
            let found = process::read(text);
            self.merge_place(Where { cpu: found.cpu, taint: found.taint, release: found.release, ..Where::default() });
        }
        match found {
            // arm64 shows the registers of a program that it kills; what they hold says that they are a program's
            Pointer::Kernel(frame) if self.headline.is_none() && is_of_a_program(text, &frame) => {}
            Pointer::Kernel(frame) if self.frames.is_empty() => self.take_ip(frame, IpSource::Register, no),
            Pointer::Translated(frame) if self.frames.is_empty() && self.ip.is_none() => {
                self.take_ip(frame, IpSource::Register, no);
                self.ip_is_translated = true;
            }
            Pointer::Repeated(frame) if self.ip.is_none() => self.take_ip(frame, IpSource::Register, no),
            Pointer::Dump(frame) => self.take_ip(frame, IpSource::Dump, no),
            Pointer::NextLine(address) if self.frames.is_empty() => {
                self.take_ip(FrameText { address, ..FrameText::default() }, IpSource::Register, no);
                self.next_line_is_ip = true;
            }
            _ => {}
        }
    }

    /// The first pointer wins; a later one may add the function to an address.
    fn take_ip(&mut self, frame: FrameText<'_>, source: IpSource, no: u64) {
        let known = self.ip.as_ref().is_some_and(|ip| ip.symbol.is_some()) && !self.ip_is_translated;
        if known || (frame.symbol.is_none() && self.ip.is_some()) {
            return;
        }
        if let Some(found) = ip(frame, source, no) {
            let address = self.ip.as_ref().and_then(|ip| ip.address);
            self.ip = Some(InstructionPointer { address: found.address.or(address), ..found });
            self.ip_is_translated = false;
        }
    }

    fn frames_of(&mut self, text: &'a str, no: u64, is_ip: bool) {
        if let Some(frame) = trace::single(text).filter(|_| is_ip) {
            return self.take_ip(frame, IpSource::Register, no);
        }
        if self.saw.handlers {
            if let Some(FrameText { module: Some(module), symbol, .. }) = trace::single(text) {
                self.name(module, NamedBy::IrqHandler, symbol, no);
            }
            return;
        }
        if self.saw.breaking_event {
            return;
        }
        let (mut stack, frames) = (self.stack, &mut self.frames);
        let shape = trace::read(text, |piece| match piece {
            Piece::Mark(mark) => stack.apply(mark),
            Piece::Frame(frame) if frames.len() < MAX_FRAMES => frames.push(owned(frame, stack, no)),
            Piece::Frame(_) => {}
        });
        self.stack = stack;
        // a second frame in one line of a dialect that prints one: two CPUs wrote at a time
        let starts = |mark: &str| text.matches(mark).nth(1).is_some();
        self.garbled |= shape == Shape::Mixed && (starts("[<") || starts("+0x"));
    }
}

/// `pc : 0x4003f4`: registers that do not say in which mode they were.
fn is_of_a_program(text: &str, frame: &FrameText<'_>) -> bool {
    let modeless = ["pc : ", "PC is at ", "epc : "].iter().any(|head| text.starts_with(head));
    let nameless = frame.symbol.is_none() && frame.module.is_none();
    modeless && nameless && frame.address.is_some_and(|address| address >= PAGE && !trace::is_kernel_address(address))
}

fn owned(frame: FrameText<'_>, stack: Stack, line: u64) -> Frame {
    Frame {
        symbol: frame.symbol.map(str::to_owned),
        module: frame.module.map(str::to_owned),
        offset: frame.offset,
        size: frame.size,
        address: frame.address,
        reliable: frame.reliable,
        context: stack.context(),
        placed: false,
        line,
    }
}

/// An instruction pointer that says something.
fn ip(frame: FrameText<'_>, source: IpSource, line: u64) -> Option<InstructionPointer> {
    let FrameText { symbol, module, offset, size, address, .. } = frame;
    let says = symbol.is_some() || address.is_some();
    let (symbol, module) = (symbol.map(str::to_owned), module.map(str::to_owned));
    says.then_some(InstructionPointer { symbol, module, offset, size, address, placed: false, source, line })
}
