//! What happens to one line: cleaned, taken out of its journal and its envelopes, put into a class, and given to those whom
//! it concerns.

use std::collections::HashMap;
use std::sync::Arc;

use super::boot::Boots;
use super::envelope::{self, Journal, Line, Speaker, Taken, quoted_printable};
use super::event::{Assembler, Class, Context, Kept, Ledger, Output, classify, classify_cut};
use super::notice::{self, Found};
use crate::facts::{LogFacts, Notice, NoticeKind, Origin};

/// Notices kept of one log.
const MAX_NOTICES: usize = 10_000;
/// Bytes that a line of encoded mail may grow to when its pieces are joined.
const MAX_JOINED: usize = 64 * 1024;
/// Characters kept of a notice's text.
const NOTICE_TEXT: usize = 400;

/// Everything that is known of a log so far.
#[derive(Debug)]
pub(super) struct Sorter {
    path: Arc<str>,
    journal: Journal,
    boots: Boots,
    assembler: Assembler,
    ledger: Ledger,
    notices: Vec<Notice>,
    notices_dropped: u64,
    floods: Floods,
    last_no: u64,
    /// The last lines were those of xmon, powerpc's monitor.
    in_monitor: bool,
    /// A line of encoded mail that goes on.
    broken: Option<Broken>,
    /// Lines of the open events were encoded mail.
    encoded: bool,
}

/// The pieces of a line so far, joined, without the last soft break.
#[derive(Debug)]
struct Broken {
    no: u64,
    text: Vec<u8>,
}

/// Storage messages that come in floods: one of a kind about one device stands for those that follow it closely.
#[derive(Debug, Default)]
struct Floods {
    last: HashMap<(NoticeKind, Option<String>), Said>,
}

/// When a message was last kept.
#[derive(Clone, Copy, Debug)]
struct Said {
    boot: u32,
    time_us: Option<u64>,
    no: u64,
}

/// Messages that follow one closer than this are told by it, in microseconds.
const FLOOD_US: u64 = 10_000_000;
/// The same in lines, where there are no stamps.
const FLOOD_LINES: u64 = 100;
/// Devices and kinds that are kept apart; of more, the messages are left out.
const MAX_FLOODS: usize = 1_000;

impl Floods {
    /// Whether a message is one of a flood of which one was kept.
    fn repeats(&mut self, found: &Found<'_>, said: Said) -> bool {
        let key = (found.kind, found.detail.map(|detail| detail.chars().take(NOTICE_TEXT).collect()));
        if let Some(last) = self.last.get_mut(&key) {
            let close = match (last.time_us, said.time_us) {
                (Some(before), Some(now)) => now.abs_diff(before) < FLOOD_US,
                _ => said.no.abs_diff(last.no) < FLOOD_LINES,
            };
            let repeats = last.boot == said.boot && close;
            if !repeats {
                *last = said;
            }
            return repeats;
        }
        if self.last.len() < MAX_FLOODS {
            self.last.insert(key, said);
            return false;
        }
        true
    }
}

impl Sorter {
    pub(super) fn new(path: Arc<str>) -> Self {
        Self {
            path,
            journal: Journal::default(),
            boots: Boots::default(),
            assembler: Assembler::default(),
            ledger: Ledger::default(),
            notices: Vec::new(),
            notices_dropped: 0,
            floods: Floods::default(),
            last_no: 0,
            in_monitor: false,
            broken: None,
            encoded: false,
        }
    }

    /// No event is open, and no line.
    pub(super) fn is_idle(&self) -> bool {
        self.assembler.is_idle() && self.broken.is_none()
    }

    /// Whether a line can matter although no event is open; `before` is the line before it.
    pub(super) fn wants(&self, before: &[u8], line: &[u8]) -> bool {
        let decoded = if quoted_printable::shows(line) { quoted_printable::decode(line) } else { line.into() };
        let text = envelope::clean(&decoded);
        if let Taken::Messages(messages) = self.journal.clone().take(&text) {
            let lines =
                messages.iter().flat_map(|message| message.text.split('\n').map(|text| (message.speaker, text)));
            return lines
                .filter(|(speaker, _)| *speaker != Speaker::Program)
                .any(|(_, text)| matters(&envelope::open(0, text, 0)));
        }
        let opened = envelope::open(0, &text, 0);
        if opened.dressed || matters(&opened) {
            return matters(&opened);
        }
        // the line before may have been cut in its first words
        let before = envelope::clean(before);
        let head = envelope::open(0, &before, 0);
        head.dressed && head.speaker != Speaker::Program && classify_cut(head.text, opened.text).is_some_and(opens)
    }

    /// Takes a line of the log, without its newline. Lines may be left out between two calls.
    pub(super) fn line(&mut self, no: u64, line: &[u8]) {
        if no != self.last_no + 1 {
            self.end_broken();
            self.close_all(false);
        }
        self.last_no = no;
        let piece = quoted_printable::broken(line);
        if let Some(mut broken) = self.broken.take() {
            let rest = quoted_printable::rest(&broken.text, piece.unwrap_or(line));
            if broken.text.len() + rest.len() <= MAX_JOINED && !begins_anew(rest) {
                broken.text.extend_from_slice(rest);
                match piece {
                    Some(_) => self.broken = Some(broken),
                    None => self.whole(broken.no, &broken.text, true),
                }
                return;
            }
            broken.text.push(b'=');
            self.whole(broken.no, &broken.text, false);
        }
        match piece {
            Some(piece) => self.broken = Some(Broken { no, text: piece.to_vec() }),
            None => self.whole(no, line, false),
        }
    }

    /// Nothing follows a line that was broken.
    fn end_broken(&mut self) {
        if let Some(mut broken) = self.broken.take() {
            broken.text.push(b'=');
            self.whole(broken.no, &broken.text, false);
        }
    }

    /// A line whose pieces were joined, where it is one of mail that was saved encoded.
    fn whole(&mut self, no: u64, line: &[u8], joined: bool) {
        let encoded = joined || self.encoded || quoted_printable::shows(line);
        let decoded = if encoded { quoted_printable::decode(line) } else { line.into() };
        self.decoded(no, &decoded, joined);
        self.encoded = encoded && !self.assembler.is_idle();
    }

    fn decoded(&mut self, no: u64, line: &[u8], joined: bool) {
        let line = self.journal.raw(line);
        let text = envelope::clean(line);
        match self.journal.take(&text) {
            Taken::No => self.physical(no, &text, joined),
            Taken::Nothing => {}
            Taken::Messages(messages) => {
                for message in messages {
                    for text in message.text.split('\n') {
                        let opened = envelope::open(no, text, 0);
                        let speaker = if opened.speaker == Speaker::Unsaid { message.speaker } else { opened.speaker };
                        let time_us = opened.time_us.or(message.time_us);
                        self.logical(&Line { time_us, speaker, dressed: true, ..opened });
                    }
                }
            }
        }
    }

    /// One line of a file that is no journal. The columns of one that was joined tell nothing of wraps.
    fn physical(&mut self, no: u64, text: &str, joined: bool) {
        let width = match () {
            () if joined => 0,
            () if text.is_ascii() => text.len(),
            () => text.chars().count(),
        };
        let opened = envelope::open(no, text, width);
        let decoded = envelope::unescape(opened.text);
        let mut first = true;
        for text in envelope::split_merged(&decoded) {
            // what was merged into the line had lost its own envelope
            self.logical(&Line { text, dressed: opened.dressed || !first, ..opened });
            first = false;
        }
    }

    fn logical(&mut self, line: &Line<'_>) {
        if line.speaker == Speaker::Program {
            return self.program_line();
        }
        let mut class = classify(line.text);
        if self.in_monitor && line.text.trim_start().starts_with("Linux version ") {
            class = Class::Monitor; // xmon prints the version of the kernel that runs
        }
        self.in_monitor = class == Class::Monitor || (self.in_monitor && matches!(class, Class::Starter(_)));
        let boot = self.boots.current();
        let boots = class != Class::Monitor && self.boots.line(line, &self.path);
        if boots || (self.journal.new_boot() && self.boots.journal_boot(line, &self.path)) {
            let context = Context { path: &self.path, boot };
            self.assembler.close_all(&mut Output { ledger: &mut self.ledger, context }, false);
        }
        if class == Class::Other {
            self.notice(line);
        }
        let context = Context { path: &self.path, boot: self.boots.current() };
        self.assembler.line(line, class, &mut Output { ledger: &mut self.ledger, context });
    }

    fn program_line(&mut self) {
        let context = Context { path: &self.path, boot: self.boots.current() };
        self.assembler.program_line(&mut Output { ledger: &mut self.ledger, context });
    }

    fn notice(&mut self, line: &Line<'_>) {
        let Some(found) = notice::read(line.text) else { return };
        let said = Said { boot: self.boots.current(), time_us: line.time_us, no: line.no };
        if found.kind.comes_in_floods() && self.floods.repeats(&found, said) {
            return;
        }
        if self.notices.len() >= MAX_NOTICES {
            self.notices_dropped += 1;
            return;
        }
        self.notices.push(Notice {
            kind: found.kind,
            module: found.module.map(str::to_owned),
            detail: found.detail.map(|detail| detail.chars().take(NOTICE_TEXT).collect()),
            text: line.text.trim().chars().take(NOTICE_TEXT).collect(),
            time_us: line.time_us,
            boot: self.boots.current(),
            origin: Origin::line(Arc::clone(&self.path), line.no),
        });
    }

    fn close_all(&mut self, input_ended: bool) {
        let context = Context { path: &self.path, boot: self.boots.current() };
        self.assembler.close_all(&mut Output { ledger: &mut self.ledger, context }, input_ended);
    }

    /// The facts of the log, which had so many lines.
    pub(super) fn finish(mut self, lines: u64) -> LogFacts {
        self.end_broken();
        self.close_all(self.last_no == lines);
        let Kept { events, quotes, dropped: events_dropped } = self.ledger.finish();
        let Self { path, boots, notices, notices_dropped, .. } = self;
        let like_a_fault = None;
        LogFacts {
            path,
            events,
            notices,
            boots: boots.list,
            lines,
            like_a_fault,
            events_dropped,
            notices_dropped,
            quotes,
        }
    }
}

/// Whether a line shows that it is not the rest of the one before.
fn begins_anew(line: &[u8]) -> bool {
    let text = envelope::clean(line);
    let opened = envelope::open(0, &text, 0);
    let class = classify(opened.text);
    opened.time_us.is_some()
        || opened.wall.is_some()
        || (matches!(class, Class::Starter(_)) && class.begins_line(opened.text))
}

/// Whether a line of its own opens something, or says something alone.
fn matters(line: &Line<'_>) -> bool {
    if line.speaker == Speaker::Program {
        return false;
    }
    let decoded = envelope::unescape(line.text);
    envelope::split_merged(&decoded).any(|text| match classify(text) {
        Class::Other => notice::read(text).is_some() || Boots::is_boot(text),
        class => opens(class),
    })
}

fn opens(class: Class) -> bool {
    match class {
        Class::Starter(_) | Class::Process | Class::TraceHead | Class::List | Class::Pointer | Class::Frame => true,
        Class::End | Class::OtherTrace => true, // what comes before may have had no anchor
        _ => false,
    }
}
