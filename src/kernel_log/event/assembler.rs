//! Gives every line to the block it belongs to: by its caller where one is printed, else by the CPU it names, else by what
//! the open blocks still wait for. What cannot be told apart is given to none, and the blocks are marked as garbled.

use std::collections::VecDeque;

use super::block::{Block, Offer, OwnMessage, prefix};
use super::build::{self, Context};
use super::grammar::{Class, classify_cut};
use super::ledger::Ledger;
use super::matching;
use super::process;
use super::starters::Place;
use crate::kernel_log::envelope::{Caller, Line, Speaker};

/// Lines kept for a trace whose head comes before anything that tells it.
pub(crate) const LOOK_BACK: usize = 40;
/// Blocks open at a time.
const MAX_OPEN: usize = 8;
/// Kernel time between a driver's message and its own dump, in microseconds.
const OWN_MESSAGE_US: u64 = 5_000_000;

/// The open blocks and the lines just before.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    open: Vec<Block>,
    recent: VecDeque<Recent>,
    /// The block that took the last line.
    last: usize,
}

/// A line that belongs to no block yet.
#[derive(Debug)]
struct Recent {
    no: u64,
    text: String,
    width: usize,
    class: Class,
    dressed: bool,
    time_us: Option<u64>,
    caller: Option<Caller>,
    wall: Option<String>,
}

impl Recent {
    fn line(&self) -> Line<'_> {
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

impl Assembler {
    /// No block is open: lines that are no starters do not matter.
    pub(crate) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// A program's line.
    pub(crate) fn program_line(&mut self, ledger: &mut Ledger, context: &Context<'_>) {
        let exhausted = |block: &mut Block| block.program_line() == Offer::Exhausted;
        while let Some(at) = self.open.iter_mut().position(exhausted) {
            self.close(at, ledger, context, false);
        }
    }

    /// A line of the kernel.
    pub(crate) fn line(&mut self, line: &Line<'_>, class: Class, ledger: &mut Ledger, context: &Context<'_>) {
        while let Some(at) = self.open.iter().position(|block| block.is_stale(line)) {
            self.close(at, ledger, context, false);
        }
        match self.candidates(line).as_slice() {
            [] => self.start(line, class, ledger, context),
            [at] => self.offer(*at, line, class, ledger, context),
            several => self.offer_to_one_of(several, line, class, ledger, context),
        }
    }

    /// Ends everything: a new boot, or lines were skipped.
    pub(crate) fn close_all(&mut self, ledger: &mut Ledger, context: &Context<'_>, input_ended: bool) {
        while !self.open.is_empty() {
            self.close(0, ledger, context, input_ended);
        }
        self.recent.clear();
    }

    /// The blocks that a line can belong to.
    fn candidates(&self, line: &Line<'_>) -> Vec<usize> {
        let continues_last = line.caller.is_none() && !line.dressed;
        if continues_last && self.open.get(self.last).is_some_and(|block| block.dressed) {
            return vec![self.last];
        }
        let same = |block: &Block| block.caller == line.caller;
        self.open.iter().enumerate().filter(|(_, block)| same(block)).map(|(at, _)| at).collect()
    }

    fn offer(&mut self, at: usize, line: &Line<'_>, class: Class, ledger: &mut Ledger, context: &Context<'_>) {
        let Some(block) = self.open.get_mut(at) else { return };
        let offer = block.offer(line, class);
        self.last = at;
        match offer {
            Offer::Taken => {}
            Offer::Foreign => self.remember(line, class),
            Offer::Exhausted => {
                self.close(at, ledger, context, false);
                self.remember(line, class);
            }
            Offer::Refused => {
                if !self.runs_beside(at, line, class) {
                    self.close(at, ledger, context, false);
                }
                self.start(line, class, ledger, context);
            }
        }
    }

    /// Whether a headline is that of another CPU which reports at the same time.
    fn runs_beside(&self, at: usize, line: &Line<'_>, class: Class) -> bool {
        let (Some(block), Class::Starter(row)) = (self.open.get(at), class) else { return false };
        let other = matching::row(row).and_then(|starter| {
            let mut headline = super::headline::Headline::default();
            (starter.read)(line.text.trim(), &mut headline);
            headline.cpu
        });
        block.awaits_more() && !block.has_trace() && block.cpu.zip(other).is_some_and(|(mine, other)| mine != other)
    }

    /// Several blocks without callers are open: the CPU tells, or what only one of them still waits for.
    fn offer_to_one_of(
        &mut self,
        several: &[usize],
        line: &Line<'_>,
        class: Class,
        ledger: &mut Ledger,
        context: &Context<'_>,
    ) {
        let waiting: Vec<usize> =
            several.iter().copied().filter(|&at| self.open.get(at).is_some_and(Block::awaits_more)).collect();
        if let [only] = waiting.as_slice() {
            return self.offer(*only, line, class, ledger, context);
        }
        match class {
            Class::Process | Class::Where => {
                let cpu = process::read(line.text).cpu;
                let named = several
                    .iter()
                    .copied()
                    .find(|&at| cpu.is_some() && self.open.get(at).is_some_and(|b| b.cpu == cpu));
                match named {
                    Some(at) => self.offer(at, line, class, ledger, context),
                    None => self.garble(&waiting, line),
                }
            }
            Class::Starter(_) => self.offer(several.last().copied().unwrap_or(0), line, class, ledger, context),
            // all CPUs print the same list
            Class::List | Class::Other | Class::Noise => self.offer_to_all(several, line, class, ledger, context),
            Class::End => {
                let first = waiting.first().or(several.first()).copied().unwrap_or(0);
                self.offer(first, line, class, ledger, context);
            }
            Class::Frame | Class::Pointer => self.garble(&waiting, line),
            _ => {}
        }
    }

    fn offer_to_all(
        &mut self,
        several: &[usize],
        line: &Line<'_>,
        class: Class,
        ledger: &mut Ledger,
        context: &Context<'_>,
    ) {
        let mut exhausted = Vec::new();
        for &at in several {
            if self.open.get_mut(at).is_some_and(|block| block.offer(line, class) == Offer::Exhausted) {
                exhausted.push(at);
            }
        }
        for at in exhausted.into_iter().rev() {
            self.close(at, ledger, context, false);
        }
    }

    fn garble(&mut self, waiting: &[usize], line: &Line<'_>) {
        for &at in waiting {
            if let Some(block) = self.open.get_mut(at) {
                block.garble(line);
            }
        }
    }

    /// No block wants the line: it opens one, or is remembered.
    fn start(&mut self, line: &Line<'_>, class: Class, ledger: &mut Ledger, context: &Context<'_>) {
        let opens = match class {
            Class::Starter(row) => !self.is_cut_headline(line, row),
            Class::Process | Class::TraceHead | Class::List | Class::Pointer => true,
            Class::Frame => line.dressed && line.speaker == Speaker::Kernel,
            _ => false,
        };
        if self.open.len() >= MAX_OPEN {
            self.close(0, ledger, context, false);
        }
        let block = match class {
            _ if !opens => match self.cut_opening(line, class) {
                Some(block) => block,
                None => return self.remember(line, class),
            },
            Class::Starter(row) => with_headline(line, row),
            class => self.headless(line, class),
        };
        self.last = self.open.len();
        self.open.push(block);
    }

    /// `…: 0000 [#1] SMP` without an envelope, behind a line with one, may be the end of a headline.
    fn is_cut_headline(&self, line: &Line<'_>, row: u16) -> bool {
        let inside = matching::row(row).is_some_and(|starter| starter.place == Place::Inside);
        inside && !line.dressed && self.recent.back().is_some_and(|last| last.dressed && last.no + 1 == line.no)
    }

    /// A block whose first line was cut in its first words: it is told only by the piece behind it.
    fn cut_opening(&mut self, line: &Line<'_>, class: Class) -> Option<Block> {
        if !matches!(class, Class::Other | Class::Starter(_)) || line.dressed {
            return None;
        }
        let last =
            self.recent.back().filter(|last| last.class == Class::Other && last.dressed && last.no + 1 == line.no)?;
        let whole = classify_cut(&last.text, line.text)?;
        let first = self.recent.pop_back()?;
        let mut block = match whole {
            Class::Starter(row) => with_headline(&first.line(), row),
            Class::Process | Class::TraceHead | Class::List | Class::Pointer => self.headless(&first.line(), whole),
            _ => {
                self.recent.push_back(first);
                return None;
            }
        };
        block.offer(line, class);
        Some(block)
    }

    /// A block whose headline is missing: the lines of its grammar just before belong to it, and a headline that was
    /// wrapped in the middle of its words may be among them.
    fn headless(&mut self, line: &Line<'_>, class: Class) -> Block {
        let claimed = self.claim(line);
        let own_messages =
            if matches!(class, Class::List) { Vec::new() } else { self.own_messages(line, claimed.first()) };
        let mut block = claimed.first().map_or_else(|| Block::new(line), |first| Block::new(&first.line()));
        for recent in &claimed {
            match recent.class {
                Class::Starter(row) => {
                    if let Some(starter) = matching::row(row) {
                        block.begin(&recent.line(), row, starter);
                    }
                }
                class => {
                    block.offer(&recent.line(), class);
                }
            }
        }
        block.offer(line, class);
        block.own_messages = if block.has_headline() { Vec::new() } else { own_messages };
        block
    }

    /// Takes the lines before `line` that belong to its dump out of the remembered ones, oldest first.
    fn claim(&mut self, line: &Line<'_>) -> Vec<Recent> {
        let mut claimed = Vec::new();
        let mut pieces = Vec::new();
        let mut next = line.no;
        while let Some(recent) = self.recent.pop_back() {
            if recent.caller != line.caller && recent.dressed || recent.no + 3 < next {
                self.recent.push_back(recent);
                break;
            }
            next = recent.no;
            let heads =
                matches!(recent.class, Class::Where | Class::Info | Class::Dump | Class::Process | Class::TaskRow);
            match recent.class {
                _ if heads => {
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
                        None => self.recent.push_back(recent),
                    }
                    break;
                }
            }
        }
        self.recent.extend(pieces.into_iter().rev());
        claimed.reverse();
        claimed
    }

    /// The messages of one driver directly before a dump: they begin with the same word.
    fn own_messages(&self, line: &Line<'_>, first: Option<&Recent>) -> Vec<OwnMessage> {
        let (mut no, time) = first.map_or((line.no, line.time_us), |first| (first.no, first.time_us));
        let mut messages = Vec::new();
        let mut driver = None;
        for recent in self.recent.iter().rev() {
            let name = prefix(&recent.text);
            let late =
                time.zip(recent.time_us).is_some_and(|(dump, message)| dump.saturating_sub(message) > OWN_MESSAGE_US);
            let fits = recent.class == Class::Other && recent.caller == line.caller && recent.no + 3 >= no && !late;
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

    fn remember(&mut self, line: &Line<'_>, class: Class) {
        if matches!(class, Class::Blank | Class::Noise) {
            return;
        }
        let mut text = match self.recent.len() < LOOK_BACK {
            true => String::new(),
            false => self.recent.pop_front().map_or_else(String::new, |oldest| oldest.text),
        };
        text.clear();
        text.push_str(line.text);
        let Line { no, width, dressed, time_us, caller, .. } = *line;
        let wall = line.wall.map(str::to_owned);
        self.recent.push_back(Recent { no, text, width, class, dressed, time_us, caller, wall });
    }

    fn close(&mut self, at: usize, ledger: &mut Ledger, context: &Context<'_>, input_ended: bool) {
        if at >= self.open.len() {
            return;
        }
        let mut block = self.open.remove(at);
        self.last = self.open.len().saturating_sub(1);
        let truncated = input_ended && block.is_open_ended();
        block.seal();
        if let Some(event) = build::event(&block, context, truncated) {
            ledger.add(event);
        }
    }
}

fn with_headline(line: &Line<'_>, row: u16) -> Block {
    let mut block = Block::new(line);
    if let Some(starter) = matching::row(row) {
        block.begin(line, row, starter);
    }
    block
}

/// The row of a headline that only the joined pieces show.
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
