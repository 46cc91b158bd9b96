//! Gives every line to the block it belongs to: by its caller where one is printed, else by the CPU it names, else by what
//! the open blocks still wait for. What cannot be told apart is given to none, and the blocks are marked as garbled.

use super::block::{Block, Offer};
use super::build;
use super::class::Class;
use super::conclude::Context;
use super::ledger::Ledger;
use super::matching;
use super::process;
use super::recent::{Recent, RecentLines};
use super::starters::Place;
use crate::kernel_log::envelope::{Line, Speaker};

/// Blocks open at a time.
const MAX_OPEN: usize = 8;

/// The open blocks and the lines just before.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    open: Vec<Block>,
    recent: RecentLines,
    /// The block that took the last line.
    last: usize,
}

/// Where finished events go.
#[derive(Debug)]
pub(crate) struct Output<'a> {
    pub(crate) ledger: &'a mut Ledger,
    pub(crate) context: Context<'a>,
}

/// The blocks that a line can belong to.
enum Owner {
    Nobody,
    One(usize),
    Several(Vec<usize>),
}

impl Assembler {
    /// No block is open: lines that open none do not matter.
    pub(crate) fn is_idle(&self) -> bool {
        self.open.is_empty()
    }

    /// A program's line.
    pub(crate) fn program_line(&mut self, out: &mut Output<'_>) {
        for at in (0..self.open.len()).rev() {
            if self.open.get_mut(at).is_some_and(|block| block.program_line() == Offer::Exhausted) {
                self.close(at, out, false);
            }
        }
    }

    /// A line of the kernel.
    pub(crate) fn line(&mut self, line: &Line<'_>, class: Class, out: &mut Output<'_>) {
        while let Some(at) = self.open.iter().position(|block| block.is_stale(line)) {
            self.close(at, out, false);
        }
        match self.owner(line) {
            Owner::Nobody => self.start(line, class, out),
            Owner::One(at) => self.offer(at, line, class, out),
            Owner::Several(blocks) => self.offer_to_one_of(&blocks, line, class, out),
        }
    }

    /// Ends everything: a new boot, or lines were skipped.
    pub(crate) fn close_all(&mut self, out: &mut Output<'_>, input_ended: bool) {
        while !self.open.is_empty() {
            self.close(0, out, input_ended);
        }
        self.recent.clear();
    }

    fn owner(&self, line: &Line<'_>) -> Owner {
        let continues_last = line.caller.is_none() && !line.dressed;
        if continues_last && self.open.get(self.last).is_some_and(|block| block.dressed) {
            return Owner::One(self.last);
        }
        let mut same = self.open.iter().enumerate().filter(|(_, block)| block.caller == line.caller).map(|(at, _)| at);
        match (same.next(), same.next()) {
            (None, _) => Owner::Nobody,
            (Some(only), None) => Owner::One(only),
            (Some(first), Some(second)) => Owner::Several([first, second].into_iter().chain(same).collect()),
        }
    }

    fn offer(&mut self, at: usize, line: &Line<'_>, class: Class, out: &mut Output<'_>) {
        let Some(block) = self.open.get_mut(at) else { return };
        let offer = block.offer(line, class);
        self.last = at;
        match offer {
            Offer::Taken => {}
            Offer::Foreign => self.recent.push(line, class),
            Offer::Exhausted => {
                self.close(at, out, false);
                self.recent.push(line, class);
            }
            Offer::Refused => {
                if !self.runs_beside(at, line, class) {
                    self.close(at, out, false);
                }
                self.start(line, class, out);
            }
        }
    }

    /// Whether a headline is that of another CPU which reports at the same time.
    fn runs_beside(&self, at: usize, line: &Line<'_>, class: Class) -> bool {
        let (Some(block), Class::Starter(row)) = (self.open.get(at), class) else { return false };
        let other = matching::headline(row, line.text).cpu;
        block.awaits_more() && !block.has_trace() && block.cpu.zip(other).is_some_and(|(mine, other)| mine != other)
    }

    /// Several blocks without callers are open: the CPU tells, or what only one of them still waits for.
    fn offer_to_one_of(&mut self, blocks: &[usize], line: &Line<'_>, class: Class, out: &mut Output<'_>) {
        let waits = |at: &usize| self.open.get(*at).is_some_and(Block::awaits_more);
        let waiting: Vec<usize> = blocks.iter().copied().filter(waits).collect();
        if let [only] = waiting.as_slice() {
            return self.offer(*only, line, class, out);
        }
        match class {
            Class::Process | Class::Where => {
                let cpu = process::read(line.text).cpu;
                let is_of = |at: &usize| cpu.is_some() && self.open.get(*at).is_some_and(|block| block.cpu == cpu);
                match blocks.iter().copied().find(is_of) {
                    Some(at) => self.offer(at, line, class, out),
                    None => self.garble(&waiting, line),
                }
            }
            Class::Starter(_) => self.offer(blocks.last().copied().unwrap_or(0), line, class, out),
            // all CPUs print the same list
            Class::List | Class::Other | Class::Noise => self.offer_to_all(blocks, line, class, out),
            Class::End => self.offer(waiting.first().or(blocks.first()).copied().unwrap_or(0), line, class, out),
            Class::Frame | Class::Pointer => self.garble(&waiting, line),
            _ => {}
        }
    }

    fn offer_to_all(&mut self, blocks: &[usize], line: &Line<'_>, class: Class, out: &mut Output<'_>) {
        for &at in blocks.iter().rev() {
            if self.open.get_mut(at).is_some_and(|block| block.offer(line, class) == Offer::Exhausted) {
                self.close(at, out, false);
            }
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
    fn start(&mut self, line: &Line<'_>, class: Class, out: &mut Output<'_>) {
        let block = match class {
            Class::Starter(row) if !self.is_cut_headline(line, row) => Some(with_headline(line, row)),
            Class::Process | Class::TraceHead | Class::List | Class::Pointer => Some(self.headless(line, class)),
            Class::Frame if line.dressed && line.speaker == Speaker::Kernel => Some(self.headless(line, class)),
            Class::Starter(_) | Class::Other if !line.dressed => self.cut_opening(line, class),
            _ => None,
        };
        let Some(block) = block else { return self.recent.push(line, class) };
        if self.open.len() >= MAX_OPEN {
            self.close(0, out, false);
        }
        self.last = self.open.len();
        self.open.push(block);
    }

    /// `…: 0000 [#1] SMP` without an envelope, behind a line with one, may be the end of a headline.
    fn is_cut_headline(&self, line: &Line<'_>, row: u16) -> bool {
        let inside = matching::row(row).is_some_and(|starter| starter.place == Place::Inside);
        inside && !line.dressed && self.recent.is_behind_dressed(line)
    }

    /// A block whose first line was cut in its first words: it is told only by the piece behind it.
    fn cut_opening(&mut self, piece: &Line<'_>, class: Class) -> Option<Block> {
        let (first, whole) = self.recent.take_cut(piece)?;
        let mut block = match whole {
            Class::Starter(row) => with_headline(&first.line(), row),
            whole => self.headless(&first.line(), whole),
        };
        block.offer(piece, class);
        Some(block)
    }

    /// A block whose headline is missing: the lines of its grammar just before belong to it, and a headline that was
    /// wrapped in the middle of its words may be among them.
    fn headless(&mut self, line: &Line<'_>, class: Class) -> Block {
        let claimed = self.recent.claim(line);
        let mut lines = claimed.iter().map(Recent::line);
        let first = lines.next().unwrap_or(*line);
        let mut block = Block::new(&first);
        for recent in &claimed {
            match recent.class {
                Class::Starter(row) => block.begin(&recent.line(), row),
                class => block.offer(&recent.line(), class),
            };
        }
        block.offer(line, class);
        if class != Class::List && !block.has_headline() {
            block.own_messages = self.recent.own_messages(&first);
        }
        block
    }

    fn close(&mut self, at: usize, out: &mut Output<'_>, input_ended: bool) {
        if at >= self.open.len() {
            return;
        }
        let mut block = self.open.remove(at);
        self.last = self.open.len().saturating_sub(1);
        let truncated = input_ended && block.is_open_ended();
        block.seal();
        if let Some(event) = build::event(&block, &out.context, truncated) {
            out.ledger.add(event, &block);
        }
    }
}

fn with_headline(line: &Line<'_>, row: u16) -> Block {
    let mut block = Block::new(line);
    block.begin(line, row);
    block
}
