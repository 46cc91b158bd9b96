//! The events of one log: repeats folded into the first, a bounded number kept, equal module lists shared.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use super::block::Block;
use super::quotes;
use crate::facts::{Frame, KernelEvent, LinkedIn, LinkedModule};

/// Events kept of one log.
const MAX_EVENTS: usize = 10_000;
/// Memory that they may take, in bytes, roughly counted.
const MAX_BYTES: usize = 64 << 20;

/// What is kept of a log.
pub(crate) struct Kept {
    /// Events in order of their first line.
    pub(crate) events: Vec<KernelEvent>,
    /// Lines of them that may be cited, by number.
    pub(crate) quotes: Vec<(u64, Box<str>)>,
    /// How many events were not kept.
    pub(crate) dropped: u64,
}

/// The events found so far.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    events: Vec<KernelEvent>,
    by_identity: HashMap<u64, usize>,
    last_list: Option<Arc<LinkedIn>>,
    quotes: Vec<(u64, Box<str>)>,
    bytes: usize,
    dropped: u64,
}

impl Ledger {
    /// Adds an event and the lines of its block that may be cited, or counts it as a repeat of one that came before.
    pub(super) fn add(&mut self, mut event: KernelEvent, block: &Block) {
        let identity = identity(&event);
        if let Some(known) = self.by_identity.get(&identity).and_then(|&at| self.events.get_mut(at))
            && is_same(known, &event)
        {
            known.repeats = known.repeats.saturating_add(1);
            return;
        }
        if self.events.len() >= MAX_EVENTS || self.bytes >= MAX_BYTES {
            self.dropped += 1;
            return;
        }
        let shared = self.share_list(&mut event);
        self.bytes += bytes(&event, shared);
        for (no, text) in quotes::of_event(&event, block, shared) {
            self.bytes += text.len() + size_of::<(u64, Box<str>)>();
            self.quotes.push((no, text));
        }
        self.by_identity.entry(identity).or_insert(self.events.len());
        self.events.push(event);
    }

    /// A machine prints the same list again and again; one copy serves all. True where the event has no copy of its own.
    fn share_list(&mut self, event: &mut KernelEvent) -> bool {
        let Some(list) = &event.linked_in else { return true };
        if let Some(last) = self.last_list.as_ref().filter(|last| is_same_list(last, list)) {
            event.linked_in = Some(Arc::clone(last));
            return true;
        }
        self.last_list = Some(Arc::clone(list));
        false
    }

    /// All that is kept, in order of lines.
    pub(crate) fn finish(mut self) -> Kept {
        self.events.sort_by_key(|event| event.lines.0);
        self.quotes.sort_by_key(|(no, _)| *no);
        Kept { events: self.events, quotes: self.quotes, dropped: self.dropped }
    }
}

/// What an event takes of memory.
fn bytes(event: &KernelEvent, shared_list: bool) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let frames: usize = event.frames.iter().map(|f| size_of::<Frame>() + text(&f.symbol) + text(&f.module)).sum();
    let list = event.linked_in.as_ref().filter(|_| !shared_list);
    let modules = |list: &LinkedIn| list.modules.len() + list.unloaded_tainted.len();
    let names = list.map_or(0, |list| modules(list) * (size_of::<LinkedModule>() + 16));
    size_of::<KernelEvent>() + event.title.len() + text(&event.panic) + frames + names
}

fn is_same_list(a: &LinkedIn, b: &LinkedIn) -> bool {
    a.modules == b.modules
        && a.last_unloaded == b.last_unloaded
        && a.unloaded_tainted == b.unloaded_tainted
        && a.complete == b.complete
}

/// What makes two events one that happened again: kind, boot, process, instruction pointer, frames. Without a pointer and
/// frames nothing but the headline is left to tell.
fn identity(event: &KernelEvent) -> u64 {
    let mut hasher = DefaultHasher::new();
    (event.kind, event.boot, event.pid, &event.comm, event.headless, event.garbled).hash(&mut hasher);
    if let Some(ip) = &event.ip {
        (&ip.symbol, &ip.module, ip.offset).hash(&mut hasher);
    }
    for frame in &event.frames {
        (&frame.symbol, &frame.module, frame.offset, frame.reliable).hash(&mut hasher);
    }
    if event.ip.is_none() && event.frames.is_empty() {
        event.title.hash(&mut hasher);
    }
    hasher.finish()
}

fn is_same(a: &KernelEvent, b: &KernelEvent) -> bool {
    let pointer = |event: &KernelEvent| event.ip.as_ref().map(|ip| (ip.symbol.clone(), ip.module.clone(), ip.offset));
    let frames = a.frames.len() == b.frames.len()
        && a.frames
            .iter()
            .zip(&b.frames)
            .all(|(x, y)| (&x.symbol, &x.module, x.offset, x.reliable) == (&y.symbol, &y.module, y.offset, y.reliable));
    let told = a.ip.is_some() || !a.frames.is_empty() || a.title == b.title;
    (a.kind, a.boot, a.pid, &a.comm, a.panic.is_some()) == (b.kind, b.boot, b.pid, &b.comm, b.panic.is_some())
        && pointer(a) == pointer(b)
        && frames
        && told
}
