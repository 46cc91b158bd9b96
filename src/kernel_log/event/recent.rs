//! The lines just before, which belong to no block: a dump's head comes before anything that tells it, a driver's message
//! stands before the dump that it asks for, and a headline may have been wrapped in the middle of its words.

use std::collections::VecDeque;

use super::block::OwnMessage;
use super::class::Class;
use super::grammar::classify_cut;
use super::matching;
use crate::kernel_log::envelope::{Caller, Line, Speaker};
use crate::kernel_log::scan::leading;

/// Lines kept.
pub(crate) const LOOK_BACK: usize = 40;
/// Lines that may stand between two lines of one dump (blank ones are not remembered).
const NEIGHBOURS: u64 = 3;
/// Kernel time between a driver's message and its own dump, in microseconds.
const OWN_MESSAGE_US: u64 = 5_000_000;

/// A line that belongs to no block yet.
#[derive(Debug)]
pub(super) struct Recent {
    no: u64,
    text: String,
    width: usize,
    pub(super) class: Class,
    dressed: bool,
    time_us: Option<u64>,
    caller: Option<Caller>,
    wall: Option<String>,
}

impl Recent {
    /// The line again.
    pub(super) fn line(&self) -> Line<'_> {
        Line {
            no: self.no,
            text: &self.text,
            width: self.width,
            time_us: self.time_us,
            wall: self.wall.as_deref(),
            caller: self.caller,
            speaker: Speaker::Kernel,
            dressed: self.dressed,
        }
    }
}

/// The last lines, oldest first.
#[derive(Debug, Default)]
pub(super) struct RecentLines(VecDeque<Recent>);

impl RecentLines {
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Remembers a line; the oldest gives it its memory.
    pub(super) fn push(&mut self, line: &Line<'_>, class: Class) {
        if matches!(class, Class::Blank | Class::Noise) {
            return;
        }
        let oldest = if self.0.len() < LOOK_BACK { None } else { self.0.pop_front() };
        let mut text = oldest.map_or_else(String::new, |oldest| oldest.text);
        text.clear();
        text.push_str(line.text);
        let Line { no, width, dressed, time_us, caller, .. } = *line;
        let wall = line.wall.map(str::to_owned);
        self.0.push_back(Recent { no, text, width, class, dressed, time_us, caller, wall });
    }

    /// Whether `line` stands directly behind a remembered line with an envelope.
    pub(super) fn is_behind_dressed(&self, line: &Line<'_>) -> bool {
        self.0.back().is_some_and(|last| last.dressed && last.no + 1 == line.no)
    }

    /// The line before `piece`, where it was cut in its first words and only both show what it is: taken out, with its class.
    pub(super) fn take_cut(&mut self, piece: &Line<'_>) -> Option<(Recent, Class)> {
        let last =
            self.0.back().filter(|last| last.class == Class::Other && last.dressed && last.no + 1 == piece.no)?;
        let class = classify_cut(&last.text, piece.text)?;
        let opens =
            matches!(class, Class::Starter(_) | Class::Process | Class::TraceHead | Class::List | Class::Pointer);
        Some((if opens { self.0.pop_back()? } else { return None }, class))
    }

    /// Takes out the lines before `line` that belong to its dump, oldest first.
    pub(super) fn claim(&mut self, line: &Line<'_>) -> Vec<Recent> {
        let mut claimed = Vec::new();
        let mut pieces = Vec::new();
        let mut next = line.no;
        while let Some(recent) = self.0.pop_back() {
            if recent.caller != line.caller && recent.dressed || recent.no + NEIGHBOURS < next {
                self.0.push_back(recent);
                break;
            }
            next = recent.no;
            match recent.class {
                Class::Where | Class::Info | Class::Dump | Class::Process | Class::Monitor | Class::TaskRow => {
                    claimed.append(&mut pieces);
                    claimed.push(recent);
                }
                Class::Other if !recent.dressed && line.dressed => pieces.push(recent),
                _ => {
                    match wrapped_headline(&recent, &pieces) {
                        Some(row) => {
                            claimed.append(&mut pieces);
                            claimed.push(Recent { class: Class::Starter(row), ..recent });
                        }
                        None => self.0.push_back(recent),
                    }
                    break;
                }
            }
        }
        self.0.extend(pieces.into_iter().rev());
        claimed.reverse();
        claimed
    }

    /// The messages of one driver directly before a dump that begins with `first`: they begin with the same word.
    pub(super) fn own_messages(&self, first: &Line<'_>) -> Vec<OwnMessage> {
        let mut no = first.no;
        let mut messages = Vec::new();
        let mut driver = None;
        for recent in self.0.iter().rev() {
            let name = driver_of(&recent.text);
            let since = first.time_us.zip(recent.time_us).map(|(dump, message)| dump.saturating_sub(message));
            let fits = recent.class == Class::Other
                && recent.caller == first.caller
                && recent.no + NEIGHBOURS >= no
                && since.is_none_or(|since| since <= OWN_MESSAGE_US);
            if !fits || name.is_none() || driver.is_some_and(|driver| Some(driver) != name) {
                break;
            }
            driver = name;
            no = recent.no;
            messages.push(OwnMessage { no, text: recent.text.trim().to_owned(), time_us: recent.time_us });
        }
        messages.reverse();
        messages
    }
}

/// The row of a headline that only the joined pieces (the last first) show.
fn wrapped_headline(first: &Recent, pieces: &[Recent]) -> Option<u16> {
    if first.class != Class::Other || pieces.is_empty() {
        return None;
    }
    let joined = |glue: &str| {
        let rest = pieces.iter().rev().map(|piece| piece.text.as_str());
        std::iter::once(first.text.as_str()).chain(rest).collect::<Vec<_>>().join(glue)
    };
    ["", " "].iter().find_map(|glue| matching::at_head(joined(glue).trim()))
}

/// `acmefs` of `acmefs: mounted`, `NVRM` of `NVRM: Xid …`, `acme` of `acme 0000:3b:00.0: …`.
pub(super) fn driver_of(message: &str) -> Option<&str> {
    let (name, rest) = leading(message.trim_start(), |b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic()) && (2..=32).contains(&name.len());
    (named && rest.starts_with([':', ' ', '('])).then_some(name)
}
