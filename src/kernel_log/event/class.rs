//! The classes that a line of a log can be put into.

use super::matching;
use super::starters::Place;

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// A headline; the number is that of its row.
    Starter(u16),
    /// `Modules linked in:`.
    List,
    /// `CPU: 3 PID: 77 Comm: …`, `Pid: 77, comm: … Tainted: …`: the head of a dump.
    Process,
    /// Says something of where the event happened, but opens nothing: `CPU 3`, `Process acmed (pid: 77, …`.
    Where,
    /// The head of xmon, powerpc's monitor, which writes to the console itself: `cpu 0x3: Vector: 300 (Data Access) at […]`.
    Monitor,
    /// An instruction pointer.
    Pointer,
    /// Registers, stack words, code bytes.
    Dump,
    /// `Call Trace:`.
    TraceHead,
    /// `stack backtrace:` of lockdep: what was printed before is not the trace.
    TraceAnew,
    /// A frame, or a mark between frames.
    Frame,
    /// A second trace follows that is not the event's own.
    OtherTrace,
    /// `---[ end trace … ]---`.
    End,
    /// Follows the end: `note: acmed[77] exited …`, `Kernel Offset: …`.
    Tail,
    /// Any other line of an event.
    Info,
    /// A row of a task list: `acmed  D 0000… 0 77 2 0x…`.
    TaskRow,
    /// Says that lines are missing or repeated.
    Noise,
    /// Nothing.
    Blank,
    /// None of these.
    Other,
}

impl Class {
    /// Whether a line of this class, which wears no envelope where others do, begins one and is not the rest of a wrapped
    /// line: the end of a long symbol looks like a frame, a register's value like a dump.
    pub(crate) fn begins_line(self, text: &str) -> bool {
        match self {
            Self::Starter(row) => matching::row(row).is_some_and(|starter| starter.place == Place::Head),
            Self::List
            | Self::Process
            | Self::Monitor
            | Self::Pointer
            | Self::TraceHead
            | Self::TraceAnew
            | Self::OtherTrace
            | Self::End => true,
            Self::Frame => text.starts_with([' ', '\t', '[', '?', '<', '(', '#']),
            // powerpc prints its general registers as one record of several lines
            Self::Dump => text.starts_with("GPR"),
            Self::Where | Self::Tail | Self::Info | Self::TaskRow | Self::Noise | Self::Blank | Self::Other => false,
        }
    }

    /// Part of the grammar of events.
    pub(crate) fn is_grammar(self) -> bool {
        !matches!(self, Self::Noise | Self::Blank | Self::Other)
    }
}
