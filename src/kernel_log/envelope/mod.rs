//! Takes the envelopes off a line: what syslog, the journal, dmesg, a serial console or a mail put before the kernel's text.
//!
//! ```text
//! > Mar  3 10:00:00 host kernel: <4>[   12.345678][  T123] acmefs: mounted
//! ```
//!
//! holds a quote, a syslog header, a priority, a time stamp and a caller. Envelopes are taken off from the outside in, in
//! any order and nesting, by one table of forms. A form that does not fit changes nothing, so text is never eaten. What no
//! form knows is taken off only where a whole header follows it.

mod clean;
mod collector;
mod journal;
mod markup;
pub(super) mod quoted_printable;
mod stamp;
mod syslog;
#[cfg(test)]
mod tests;

pub(super) use clean::{clean, split_merged, unescape};
pub(super) use journal::{Journal, Taken};

use super::scan::skip_blanks;

/// Who printed a line, as `CONFIG_PRINTK_CALLER` tells it: `[  T123]` or `[    C5]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Caller {
    /// A task.
    Task(u32),
    /// A CPU, outside of a task.
    Cpu(u32),
    /// The Xen hypervisor, which writes into the same console.
    Hypervisor,
}

/// Whose words a line holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Speaker {
    /// The envelope does not say.
    #[default]
    Unsaid,
    /// The kernel (`kernel:`, a printk time stamp, `_TRANSPORT=kernel`).
    Kernel,
    /// A program.
    Program,
}

/// One line without its envelopes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// Line of the log, counted from 1.
    pub(super) no: u64,
    /// What is left: the kernel's text, with the blanks it began with.
    pub(super) text: &'a str,
    /// Columns of the whole line as it stood in the file; 0 where it was taken out of a journal.
    pub(super) width: usize,
    /// Kernel time in microseconds since boot.
    pub(super) time_us: Option<u64>,
    /// Wall-clock stamp as printed.
    pub(super) wall: Option<&'a str>,
    /// Who printed it.
    pub(super) caller: Option<Caller>,
    /// Whose words they are.
    pub(super) speaker: Speaker,
    /// At least one envelope was there.
    pub(super) dressed: bool,
}

/// What one form found: its facts, and the rest of the line.
#[derive(Clone, Copy, Debug, Default)]
struct Found<'a> {
    rest: &'a str,
    time_us: Option<u64>,
    wall: Option<&'a str>,
    caller: Option<Caller>,
    speaker: Option<Speaker>,
    /// Decoration (quotes, indentation) is no envelope: every line of a paste has it.
    decoration: bool,
}

/// A form of envelope: what it looks like, the first bytes it can have, and the function that takes it off.
struct Form {
    #[cfg_attr(not(test), allow(dead_code))]
    example: &'static str,
    take: for<'a> fn(&'a str) -> Option<Found<'a>>,
    /// May stand behind a printk time stamp too.
    inside: bool,
}

/// Every form. The order matters only where two fit: the stricter one comes first.
const FORMS: &[Form] = &[
    Form { example: "[   12.345678][  T123] text", take: stamp::printk, inside: true },
    Form { example: "[Tue Mar  3 10:00:00 2020] text", take: stamp::bracketed_date, inside: true },
    Form { example: "<4>text", take: stamp::priority, inside: true },
    Form { example: "6,1234,5678901,-;text", take: stamp::kmsg, inside: false },
    Form { example: "kern  :warn  : text", take: stamp::decoded_priority, inside: false },
    Form { example: "10:00:00.123456 text", take: stamp::clock, inside: false },
    Form { example: "<p>text", take: markup::before, inside: true },
    Form { example: "Mar  3 10:00:00 host kernel: text", take: syslog::bsd, inside: false },
    Form { example: "Tue Mar  3 10:00:00 2020 kern.warn kernel: text", take: syslog::logread, inside: false },
    Form { example: "2020-03-03T10:00:00+01:00 host kernel: text", take: syslog::iso, inside: false },
    Form { example: "Tue 2020-03-03 10:00:00 CET host kernel: text", take: syslog::full, inside: false },
    Form { example: "1583226000.123456 host kernel: text", take: syslog::unix, inside: false },
    Form { example: "1 2020-03-03T10:00:00Z host kernel - - - text", take: syslog::rfc5424, inside: false },
    Form { example: "host kernel: text", take: syslog::host_only, inside: true },
    Form { example: "message repeated 2 times: [ text]", take: syslog::repeated, inside: true },
    Form { example: "(XEN) text", take: stamp::hypervisor, inside: true },
    Form { example: "> text", take: stamp::quote, inside: false },
    Form { example: "crash> text", take: stamp::prompt, inside: false },
    Form { example: "7.901224] text", take: stamp::cut, inside: false },
];

/// A line can wear so many envelopes; more would be an attack on patience.
const DEPTH: usize = 8;

/// Takes all envelopes off a line.
pub(super) fn open(no: u64, text: &str, width: usize) -> Line<'_> {
    let mut line = Line { no, text, width, ..Line::default() };
    let mut stamped = false;
    for _ in 0..DEPTH {
        let rest = skip_blanks(line.text);
        let known = FORMS.iter().filter(|form| !stamped || form.inside).find_map(|form| (form.take)(rest));
        let unsaid = || line.speaker == Speaker::Unsaid;
        let Some(found) = known.or_else(|| collector::behind_prefix(rest).filter(|_| unsaid())) else { break };
        line.text = found.rest;
        line.time_us = found.time_us.or(line.time_us);
        line.wall = line.wall.or(found.wall);
        line.caller = found.caller.or(line.caller);
        line.dressed |= !found.decoration;
        stamped |= found.time_us.is_some();
        if let Some(speaker) = found.speaker {
            line.speaker = speaker;
        }
        if line.speaker == Speaker::Program {
            break;
        }
    }
    line
}
