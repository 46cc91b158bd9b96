//! The lines of one event while they arrive: what belongs to it, and where it ends.
//!
//! An event ends at its end mark, at another headline, at a second dump, at a new boot, when nothing of an event's grammar
//! has come for twenty lines, or when a minute has passed.

use super::class::Class;
use super::grammar::classify_cut;
use super::matching;
use super::phase::{Phase, Seen};
use super::process;
use super::starters::{Place, Role, Roles, Starter};
use crate::kernel_log::envelope::{Caller, Line};
use crate::kernel_log::lines::{self, Kept};
use crate::kernel_log::linked_in;
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
    /// Lines of the module list are known to be missing.
    pub(super) list_cut: bool,
    pub(super) cpu: Option<u32>,
    seen: Seen,
    in_list: bool,
    /// An empty line ended the list: names below it are prose.
    list_over: bool,
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
            list_cut: false,
            cpu: None,
            seen: Seen::default(),
            in_list: false,
            list_over: false,
            quiet: 0,
            foreign: 0,
            last_time: None,
            last_grammar: 0,
        }
    }

    /// Whether registers or a trace are still to come.
    pub(super) fn awaits_more(&self) -> bool {
        self.phase.awaits_more()
    }

    /// Whether frames have come.
    pub(super) fn has_trace(&self) -> bool {
        self.seen.frames > 0
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
            Class::Blank => {
                self.list_over |= self.in_list && !line.dressed && !self.is_double_spaced();
                return Offer::Taken;
            }
            Class::Noise => {
                self.list_cut |= self.in_list && line.text.contains("dropped");
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
        if names && self.list_over && !line.dressed {
            self.quiet += 1;
            return if self.quiet > QUIET_LIMIT { Offer::Exhausted } else { Offer::Foreign };
        }
        if self.keeps_pieces(line) && !self.listing {
            self.keep(line, Class::Other);
        }
        self.seen.pointer_follows |= self.phase == Phase::Head && is_end_of_rip(line.text);
        if piece || names {
            if names {
                self.list_over = false; // a record with an envelope: its own pieces may follow
                self.quiet = 0;
                self.last_grammar = self.lines.len();
            }
            return Offer::Taken;
        }
        self.quiet += 1;
        if self.quiet > QUIET_LIMIT { Offer::Exhausted } else { Offer::Foreign }
    }

    /// An empty line stands between any two, as where every line ended in two carriage returns.
    fn is_double_spaced(&self) -> bool {
        let mut last = self.lines.iter().rev().map(|line| line.no);
        last.next().zip(last.next()).is_some_and(|(last, before)| before + 1 < last)
    }

    /// In a block with envelopes, a line without one is the rest of the line before, unless it shows what else it is. In a
    /// block without, the function of a warning is, where a mailer broke the headline before it.
    fn is_piece(&self, line: &Line<'_>, class: Class) -> bool {
        let Some(last) = self.lines.last().filter(|last| last.no + 1 == line.no && !line.dressed) else { return false };
        let text = self.text.get(last.start..last.end).unwrap_or_default();
        let of_warning = || class == Class::Frame && lines::is_function_of(last.class, text, line.text);
        let piece = if self.dressed { !class.begins_line(line.text) } else { of_warning() };
        piece && !self.listing
    }

    /// Whether the rest of a wrapped line still belongs to the event.
    fn keeps_pieces(&self, line: &Line<'_>) -> bool {
        let behind_process = self.seen.process_last
            && self.phase == Phase::Tail
            && self.lines.last().is_some_and(|last| last.no + 1 == line.no);
        self.awaits_more() || behind_process
    }

    fn keep_piece(&mut self, line: &Line<'_>, class: Class) -> Offer {
        if self.keeps_pieces(line) {
            self.keep(line, class);
            self.last_grammar = self.lines.len();
            self.seen.pointer_follows |= is_end_of_rip(line.text);
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
        let Some(next) = self.phase.behind(class, &self.seen) else { return true };
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
            Role::Listing => {
                self.offer_grammar(line, if self.seen.frames > 0 { Class::OtherTrace } else { Class::Info })
            }
            Role::Panic if !self.listing => {
                self.phase = if self.seen.frames > 0 || self.phase == Phase::Tail { Phase::Others } else { self.phase };
                self.begin(line, row)
            }
            Role::CrashListing => Offer::Refused,
            // `…: 0000 [#1] SMP` behind a cut is the end of a headline
            _ if self.dressed && !line.dressed && starter.place == Place::Inside => self.offer_other(line),
            _ if self.phase != Phase::Head || self.listing => Offer::Refused,
            _ if self.roles == Roles::NONE => self.offer_head_to_pointer(line, row, starter),
            _ if self.roles.all_in(starter.after) => self.begin(line, row),
            _ => Offer::Refused,
        }
    }

    /// `IP: …` stands between a pre-line and its fault: where the pre-line is missing, the fault that follows is still its own.
    fn offer_head_to_pointer(&mut self, line: &Line<'_>, row: u16, starter: &Starter) -> Offer {
        let is_pointer_only = self
            .lines
            .iter()
            .all(|l| matches!(l.class, Class::Pointer | Class::Monitor | Class::Dump | Class::Info | Class::Other));
        let follows_pre_line = starter.role == Role::Die && starter.after.has(Role::PreLine);
        // xmon tells of a BUG behind its registers
        let in_monitor = starter.role == Role::Bug && self.lines.iter().any(|l| l.class == Class::Monitor);
        if is_pointer_only && (follows_pre_line || in_monitor) { self.begin(line, row) } else { Offer::Refused }
    }

    /// Takes a headline.
    pub(super) fn begin(&mut self, line: &Line<'_>, row: u16) -> Offer {
        let Some(starter) = matching::row(row) else { return Offer::Refused };
        self.seen.bare = starter.bare && (self.seen.bare || self.roles == Roles::NONE);
        (self.seen.trace_only, self.seen.process_last) = (starter.trace_only, starter.process_last);
        self.roles = self.roles.with(starter.role);
        self.listing |= starter.role == Role::Listing;
        self.cpu = self.cpu.or(matching::headline(row, line.text).cpu);
        self.in_list = false;
        self.seen.pointer_follows = ends_in_pointer(line.text);
        self.last_time = line.time_us.or(self.last_time);
        if !self.listing {
            self.keep(line, Class::Starter(row));
            self.last_grammar = self.lines.len();
        }
        Offer::Taken
    }

    fn offer_grammar(&mut self, line: &Line<'_>, class: Class) -> Offer {
        if self.phase == Phase::Trace && class == Class::TaskRow && self.roles == Roles::NONE && self.seen.task_rows > 0
        {
            self.listing = true; // one task after the other: the head of the listing was cut away
            return Offer::Taken;
        }
        let Some(next) = self.phase.behind(class, &self.seen) else { return Offer::Refused };
        let own = self.awaits_more() && next != Phase::Others;
        let closes = next == Phase::Tail && self.phase != Phase::Tail;
        self.phase = next;
        if own || closes || class == Class::End {
            self.note(line, class);
            self.keep(line, class);
            self.last_grammar = self.lines.len();
        }
        Offer::Taken
    }

    /// Remembers what decides about later lines.
    fn note(&mut self, line: &Line<'_>, class: Class) {
        self.in_list = class == Class::List;
        self.list_over = false;
        let was_pointer =
            std::mem::replace(&mut self.seen.pointer_follows, class == Class::Pointer && ends_in_pointer(line.text));
        match class {
            Class::Frame if was_pointer => {}
            Class::Frame => self.seen.frames += 1,
            Class::List => self.seen.list = true,
            Class::TraceAnew => self.seen.frames = 0,
            Class::TaskRow => self.seen.task_rows += 1,
            Class::Process | Class::Monitor | Class::Where => {
                self.cpu = self.cpu.or_else(|| process::read(line.text).cpu)
            }
            _ => {}
        }
    }

    /// Keeps a line.
    fn keep(&mut self, line: &Line<'_>, class: Class) {
        if self.lines.len() >= MAX_LINES || self.text.len() + line.text.len() > MAX_BYTES {
            self.list_cut |= self.in_list;
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
