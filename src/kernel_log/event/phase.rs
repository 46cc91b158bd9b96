//! How far an event has come, and what the next line makes of it.

use super::class::Class;

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

/// What the lines so far decide about those to come.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Seen {
    /// Its headlines print no registers and no trace: those that follow are another event's.
    pub(super) bare: bool,
    /// Its headline prints a trace and nothing else.
    pub(super) trace_only: bool,
    /// The process stands behind all traces.
    pub(super) process_last: bool,
    /// The last line ended in `RIP:`: the next frame is the instruction pointer.
    pub(super) pointer_follows: bool,
    pub(super) list: bool,
    pub(super) frames: u32,
    pub(super) task_rows: u32,
}

impl Phase {
    /// Registers or the event's own trace are still to come.
    pub(super) fn awaits_more(self) -> bool {
        matches!(self, Self::Head | Self::Trace)
    }

    /// The phase behind a line of a class; `None` where the line begins something else.
    pub(super) fn behind(self, class: Class, seen: &Seen) -> Option<Self> {
        let opens = matches!(
            class,
            Class::Process | Class::Monitor | Class::List | Class::TraceHead | Class::Frame | Class::Pointer
        );
        match (self, class) {
            (Self::Head, _) if seen.bare && opens => None,
            (Self::Head, Class::Frame) if seen.pointer_follows => Some(Self::Head),
            (Self::Head, Class::Frame) => Some(Self::Trace),
            (Self::Head, Class::OtherTrace) => Some(Self::Others),
            (Self::Head, Class::End) => Some(Self::Tail),
            (Self::Head, _) => Some(Self::Head),
            (Self::Trace | Self::Others, Class::Process) if seen.process_last => Some(Self::Tail),
            (Self::Trace, Class::Process) => None,
            (Self::Trace | Self::Others, Class::Monitor) => None,
            (Self::Trace, Class::List) if seen.list || seen.trace_only => None,
            (Self::Trace, Class::Pointer) if seen.trace_only => None,
            (Self::Trace, Class::TraceHead | Class::OtherTrace | Class::TaskRow) => Some(Self::Others),
            (_, Class::TraceAnew) => Some(Self::Head),
            (Self::Trace | Self::Others, Class::End) => Some(Self::Tail),
            (Self::Trace | Self::Others, _) => Some(self),
            (Self::Tail, _) if opens && class != Class::Pointer => None,
            (Self::Tail, _) => Some(Self::Tail),
        }
    }
}
