//! The lines of one event while they arrive: what belongs to it, and where it ends.
//!
//! An event ends at its end mark, at another headline, at a second dump, at a new boot, when nothing of an event's grammar
//! has come for twenty lines, or when a minute has passed.

use super::grammar::{Class, classify_cut};
use super::headline::Headline;
use super::matching;
use super::process;
use super::starters::{Place, Role, Roles, Starter};
use crate::kernel_log::envelope::{Caller, Line};
use crate::kernel_log::lines::Kept;
use crate::kernel_log::linked_in;
use crate::kernel_log::scan::leading;
use crate::kernel_log::trace::{Pointer, pointer};

/// Lines without grammar after which an event is over.
const QUIET_LIMIT: u32 = 20;
/// Lines of programs that may stand between the lines of an event.
const FOREIGN_LIMIT: u32 = 400;
/// Lines and bytes kept of one block; no kernel prints more about one event.
const MAX_LINES: usize = 4096;
const MAX_BYTES: usize = 1 << 20;
/// Kernel time between two lines of one event, in microseconds.
const GAP_US: u64 = 60_000_000;

/// How far an event has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Headline, registers, process.
    Head,
    /// Its own trace.
    Trace,
    /// Traces of other CPUs or tasks.
    Others,
    /// Behind the end mark.
    Tail,
}

/// What a block made of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Offer {
    /// It is part of the block.
    Taken,
    /// It is not, and the block goes on.
    Foreign,
    /// It begins something else: the block is over.
    Refused,
    /// It is not, and the block is over.
    Exhausted,
}

/// A block of lines.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) caller: Option<Caller>,
    pub(super) lines: Vec<Kept>,
    pub(super) text: String,
    pub(super) wall: Option<String>,
    /// The messages of a driver that stand directly before a dump without a headline, oldest first.
    pub(super) own_messages: Vec<OwnMessage>,
    pub(super) roles: Roles,
    pub(super) phase: Phase,
    /// A listing that somebody asked for, or tasks without a headline: no event.
    pub(super) listing: bool,
    pub(super) dressed: bool,
    /// Lines of two CPUs could not be told apart.
    pub(super) garbled: bool,
    /// Lines are known to be missing.
    pub(super) lines_dropped: bool,
    pub(super) cpu: Option<u32>,
    bare: bool,
    frames: u32,
    has_list: bool,
    in_list: bool,
    task_rows: u32,
    /// The last line ended in `RIP:`: the next frame is the instruction pointer.
    pointer_follows: bool,
    quiet: u32,
    foreign: u32,
    last_time: Option<u64>,
    last_grammar: usize,
}

/// A line of a driver before its own dump.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OwnMessage {
    pub(super) no: u64,
    pub(super) text: String,
    pub(super) time_us: Option<u64>,
}

impl OwnMessage {
    /// The word that the driver's messages begin with: `acmefs` of `acmefs: mounted`.
    pub(super) fn driver(&self) -> &str {
        prefix(&self.text).unwrap_or_default()
    }
}

/// `acmefs` of `acmefs: mounted`, `NVRM` of `NVRM: Xid …`, `acme` of `acme 0000:3b:00.0: …`.
pub(super) fn prefix(text: &str) -> Option<&str> {
    let (name, rest) = leading(text.trim_start(), |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic()) && (2..=32).contains(&name.len());
    (named && rest.starts_with([':', ' ', '('])).then_some(name)
}

impl Block {
    /// A block that begins with this line.
    pub(super) fn new(line: &Line<'_>) -> Self {
        Self {
            caller: line.caller,
            lines: Vec::new(),
            text: String::new(),
            wall: line.wall.map(str::to_owned),
            own_messages: Vec::new(),
            roles: Roles::NONE,
            phase: Phase::Head,
            listing: false,
            dressed: line.dressed,
            garbled: false,
            lines_dropped: false,
            cpu: None,
            bare: false,
            frames: 0,
            has_list: false,
            in_list: false,
            task_rows: 0,
            pointer_follows: false,
            quiet: 0,
            foreign: 0,
            last_time: None,
            last_grammar: 0,
        }
    }

    /// Whether registers or a trace are still to come.
    pub(super) fn awaits_more(&self) -> bool {
        matches!(self.phase, Phase::Head | Phase::Trace)
    }

    /// Whether frames have come.
    pub(super) fn has_trace(&self) -> bool {
        self.frames > 0
    }

    /// Whether it began with a headline.
    pub(super) fn has_headline(&self) -> bool {
        self.roles != Roles::NONE
    }

    /// A line came that may be this block's or another's: it is kept by neither.
    pub(super) fn garble(&mut self, line: &Line<'_>) {
        self.garbled = true;
        self.quiet = 0;
        self.last_time = line.time_us.or(self.last_time);
    }

    /// Whether the last line taken ended the input inside of this event.
    pub(super) fn is_open_ended(&self) -> bool {
        self.awaits_more() && self.quiet == 0
    }

    /// Whether so much kernel time has passed that this line cannot belong to it.
    pub(super) fn is_stale(&self, line: &Line<'_>) -> bool {
        line.time_us.zip(self.last_time).is_some_and(|(now, last)| now.saturating_sub(last) > GAP_US)
    }

    /// A program wrote a line.
    pub(super) fn program_line(&mut self) -> Offer {
        self.foreign += 1;
        if self.foreign > FOREIGN_LIMIT { Offer::Exhausted } else { Offer::Foreign }
    }

    /// Offers a line of the kernel.
    pub(super) fn offer(&mut self, line: &Line<'_>, class: Class) -> Offer {
        let offer = match class {
            Class::Blank => return Offer::Taken,
            Class::Noise => {
                self.lines_dropped |= line.text.contains("dropped");
                return Offer::Taken;
            }
            Class::Other => return self.offer_other(line),
            class if self.is_piece(line, class) => {
                if self.cut_headline(line) {
                    Offer::Refused
                } else {
                    self.keep_piece(line, class)
                }
            }
            Class::Starter(row) => self.offer_starter(line, row),
            class if self.listing => listing_takes(class),
            class => self.offer_grammar(line, class),
        };
        if offer == Offer::Taken {
            self.quiet = 0;
            self.foreign = 0;
            self.last_time = line.time_us.or(self.last_time);
        }
        offer
    }

    /// A line that is no grammar: a piece of a wrapped line, a name list without its heading, or foreign.
    fn offer_other(&mut self, line: &Line<'_>) -> Offer {
        let piece = self.dressed && !line.dressed;
        if piece && self.cut_headline(line) {
            return Offer::Refused;
        }
        let names = self.in_list && linked_in::is_continuation(line.text);
        if self.awaits_more() && !self.listing {
            self.keep(line, Class::Other);
        }
        self.pointer_follows |= self.phase == Phase::Head && is_end_of_rip(line.text);
        if piece || names {
            if names {
                self.quiet = 0;
                self.last_grammar = self.lines.len();
            }
            return Offer::Taken;
        }
        self.quiet += 1;
        if self.quiet > QUIET_LIMIT { Offer::Exhausted } else { Offer::Foreign }
    }

    /// In a block with envelopes, a line without one is the rest of the line before, unless it shows what else it is.
    fn is_piece(&self, line: &Line<'_>, class: Class) -> bool {
        let adjacent = self.lines.last().is_some_and(|last| last.no + 1 == line.no);
        self.dressed && !line.dressed && adjacent && !self.listing && !class.begins_line(line.text)
    }

    fn keep_piece(&mut self, line: &Line<'_>, class: Class) -> Offer {
        if self.awaits_more() {
            self.keep(line, class);
            self.last_grammar = self.lines.len();
            self.pointer_follows |= is_end_of_rip(line.text);
        }
        Offer::Taken
    }

    /// A line that was cut in its first words shows what it is when the next piece comes. True where it is a headline.
    fn cut_headline(&mut self, line: &Line<'_>) -> bool {
        let Some(last) = self.lines.last().filter(|last| last.class == Class::Other && last.dressed) else {
            return false;
        };
        let Some(head) = self.text.get(last.start..last.end) else { return false };
        let Some(class) = classify_cut(head, line.text).filter(|_| self.awaits_more()) else { return false };
        if matches!(class, Class::Starter(_)) {
            return true;
        }
        let Some(next) = self.next_phase(class) else { return true };
        if let Some(last) = self.lines.last_mut() {
            last.class = class;
        }
        self.note(line, class);
        self.phase = next;
        self.quiet = 0;
        self.last_grammar = self.lines.len();
        false
    }

    fn offer_starter(&mut self, line: &Line<'_>, row: u16) -> Offer {
        let Some(starter) = matching::row(row) else { return Offer::Refused };
        match starter.role {
            Role::Listing if starter.text.starts_with(['s', 'S']) && starter.text.contains("Show") => Offer::Refused,
            Role::Listing => self.offer_grammar(line, if self.frames > 0 { Class::OtherTrace } else { Class::Info }),
            Role::Panic if !self.listing => {
                self.phase = if self.frames > 0 || self.phase == Phase::Tail { Phase::Others } else { self.phase };
                self.begin(line, row, starter)
            }
            Role::CrashListing => Offer::Refused,
            // `…: 0000 [#1] SMP` behind a cut is the end of a headline
            _ if self.dressed && !line.dressed && starter.place == Place::Inside => self.offer_other(line),
            _ if self.phase != Phase::Head || self.listing || self.roles == Roles::NONE => Offer::Refused,
            _ if self.roles.all_in(starter.after) => self.begin(line, row, starter),
            _ => Offer::Refused,
        }
    }

    /// Takes a headline.
    pub(super) fn begin(&mut self, line: &Line<'_>, row: u16, starter: &Starter) -> Offer {
        self.bare = starter.bare && (self.bare || self.roles == Roles::NONE);
        self.roles = self.roles.with(starter.role);
        self.listing |= starter.role == Role::Listing;
        let mut headline = Headline::default();
        (starter.read)(line.text.trim(), &mut headline);
        self.cpu = self.cpu.or(headline.cpu);
        self.in_list = false;
        self.pointer_follows = ends_in_pointer(line.text);
        self.last_time = line.time_us.or(self.last_time);
        if !self.listing {
            self.keep(line, Class::Starter(row));
            self.last_grammar = self.lines.len();
        }
        Offer::Taken
    }

    fn offer_grammar(&mut self, line: &Line<'_>, class: Class) -> Offer {
        if self.phase == Phase::Trace && class == Class::TaskRow && self.roles == Roles::NONE && self.task_rows > 0 {
            self.listing = true; // one task after the other: the head of the listing was cut away
            return Offer::Taken;
        }
        let Some(next) = self.next_phase(class) else { return Offer::Refused };
        let own = self.awaits_more() && next != Phase::Others;
        self.phase = next;
        if own || class == Class::End {
            self.note(line, class);
            self.keep(line, class);
            self.last_grammar = self.lines.len();
        }
        Offer::Taken
    }

    /// How far the event is behind a line of this class; `None` where the line begins something else.
    fn next_phase(&self, class: Class) -> Option<Phase> {
        let opens = matches!(class, Class::Process | Class::List | Class::TraceHead | Class::Frame | Class::Pointer);
        match (self.phase, class) {
            (Phase::Head, _) if self.bare && opens => None,
            (Phase::Head, Class::Frame) if self.pointer_follows => Some(Phase::Head),
            (Phase::Head, Class::Frame) => Some(Phase::Trace),
            (Phase::Head, Class::OtherTrace) => Some(Phase::Others),
            (Phase::Head, Class::End) => Some(Phase::Tail),
            (Phase::Head, _) => Some(Phase::Head),
            (Phase::Trace, Class::Process) => None,
            (Phase::Trace, Class::List) if self.has_list => None,
            (Phase::Trace, Class::TraceHead | Class::OtherTrace | Class::TaskRow) => Some(Phase::Others),
            (_, Class::TraceAnew) => Some(Phase::Head),
            (Phase::Trace | Phase::Others, Class::End) => Some(Phase::Tail),
            (Phase::Trace | Phase::Others, _) => Some(self.phase),
            (Phase::Tail, _) if opens && class != Class::Pointer => None,
            (Phase::Tail, _) => Some(Phase::Tail),
        }
    }

    /// Remembers what decides about later lines.
    fn note(&mut self, line: &Line<'_>, class: Class) {
        self.in_list = class == Class::List;
        let was_pointer =
            std::mem::replace(&mut self.pointer_follows, class == Class::Pointer && ends_in_pointer(line.text));
        match class {
            Class::Frame if was_pointer => {}
            Class::Frame => self.frames += 1,
            Class::List => self.has_list = true,
            Class::TraceAnew => self.frames = 0,
            Class::TaskRow => self.task_rows += 1,
            Class::Process | Class::Where => self.cpu = self.cpu.or_else(|| process::read(line.text).cpu),
            _ => {}
        }
    }

    /// Keeps a line.
    fn keep(&mut self, line: &Line<'_>, class: Class) {
        if self.lines.len() >= MAX_LINES || self.text.len() + line.text.len() > MAX_BYTES {
            self.lines_dropped = true;
            return;
        }
        let start = self.text.len();
        self.text.push_str(line.text);
        let (end, Line { no, width, dressed, time_us, .. }) = (self.text.len(), *line);
        self.lines.push(Kept { no, start, end, width, class, dressed, time_us });
    }

    /// Forgets the foreign lines behind the last line that belonged.
    pub(super) fn seal(&mut self) {
        let keep_pieces =
            self.lines.iter().skip(self.last_grammar).take_while(|line| self.dressed && !line.dressed).count();
        self.lines.truncate(self.last_grammar + keep_pieces);
    }
}

/// `… at 0000000000000048 RIP: ` and `RIP: 0010:[<ffffffffa0271b2c>] `: the function stands on the next line.
fn ends_in_pointer(text: &str) -> bool {
    let text = text.trim_end();
    text.ends_with("RIP:") || matches!(pointer(text), Some(Pointer::NextLine(_)))
}

/// The end of `RIP:` behind a cut.
fn is_end_of_rip(piece: &str) -> bool {
    let piece = piece.trim();
    !piece.is_empty() && "RIP:".ends_with(piece) || piece.ends_with(" RIP:")
}

/// A listing takes everything that looks like a part of it.
fn listing_takes(class: Class) -> Offer {
    if class.is_grammar() { Offer::Taken } else { Offer::Foreign }
}
