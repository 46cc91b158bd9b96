//! The same event told by several logs, told once.
//!
//! `dmesg`, `messages`, the journal and `vmcore-dmesg.txt` of one report repeat each other. Two tellings are the same
//! event when their kernel time stamps agree to a microsecond and their headlines are the same; where one of them has no
//! stamp, process, instruction pointer and the first frames must not contradict each other. Inside one log nothing is
//! ever merged: a hung task that is reported every two minutes was reported that often.

use std::collections::HashMap;
use std::sync::Arc;

use super::boot::BootTimes;
use super::weights::{FRAMES_COMPARED, SAME_STAMP_US};
use crate::facts::{EventKind, KernelEvent, LogFacts, Origin};

/// One event and everywhere it is told.
#[derive(Debug)]
pub(super) struct Told {
    /// The fullest telling.
    pub event: Arc<KernelEvent>,
    /// The others.
    pub also_at: Vec<Origin>,
    /// Which boot of the report, in order of time.
    pub boot: usize,
    /// Where the tellings are: (log, boot in that log).
    tellings: Vec<(usize, u32)>,
}

/// All events of a report, each once, in order of time as far as it is known.
pub(super) fn tell_once(logs: &mut [LogFacts], year_hint: Option<i16>) -> Vec<Told> {
    let mut index: HashMap<Key, Vec<usize>> = HashMap::new();
    let mut told: Vec<Told> = Vec::new();
    // The fullest source first: the log of the crash itself, then stamped ones.
    let mut order: Vec<usize> = (0..logs.len()).collect();
    order.sort_by_key(|&i| (logs.get(i).map(|l| std::cmp::Reverse(stamped_events(l))), i));
    for log_number in order {
        let Some(log) = logs.get_mut(log_number) else { continue };
        for event in std::mem::take(&mut log.events) {
            let same = find_same(&index, &told, &event, log_number);
            let keys = Key::all(&event);
            let number = match same.and_then(|i| told.get_mut(i).map(|t| (i, t))) {
                Some((i, known)) => {
                    known.hear(event, log_number);
                    i
                }
                None => {
                    let tellings = vec![(log_number, event.boot)];
                    told.push(Told { event: Arc::new(event), also_at: Vec::new(), boot: 0, tellings });
                    told.len() - 1
                }
            };
            for key in keys {
                let list = index.entry(key).or_default();
                if list.last() != Some(&number) {
                    list.push(number);
                }
            }
        }
    }
    put_in_order(&mut told, logs, year_hint);
    told
}

impl Told {
    /// An event that no log tells.
    pub fn alone(event: KernelEvent) -> Self {
        Self { event: Arc::new(event), also_at: Vec::new(), boot: usize::MAX, tellings: Vec::new() }
    }

    /// Where it is told: log, and the boot in that log.
    pub fn tellings(&self) -> &[(usize, u32)] {
        &self.tellings
    }

    /// Whether it is told in the boot that was running at collection.
    pub fn is_of_running_boot(&self, logs: &[LogFacts]) -> bool {
        self.tellings.iter().any(|&(log, boot)| logs.get(log).is_some_and(|l| super::boot::is_running(l, boot)))
    }

    /// Adds a telling, keeping the fuller one in front.
    fn hear(&mut self, event: KernelEvent, log: usize) {
        self.tellings.push((log, event.boot));
        if fullness(&event) > fullness(&self.event) {
            let shorter = std::mem::replace(&mut self.event, Arc::new(event));
            self.also_at.push(shorter.origin.clone());
        } else {
            self.also_at.push(event.origin);
        }
    }
}

fn stamped_events(log: &LogFacts) -> usize {
    log.events.iter().filter(|e| e.time_us.is_some()).count()
}

/// How much a telling has to say: headline, registers, list and frames.
fn fullness(event: &KernelEvent) -> (bool, bool, bool, bool, usize) {
    let list = event.linked_in.as_ref().is_some_and(|l| l.complete);
    (!event.garbled, !event.headless, list, event.ip.is_some(), event.frames.len())
}

/// What tellings of one event have in common.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Key {
    Stamp(EventKind, u64),
    Title(EventKind, String),
}

impl Key {
    fn all(event: &KernelEvent) -> Vec<Self> {
        let title = Self::Title(event.kind, event.title.clone());
        event.time_us.map(|t| Self::Stamp(event.kind, t)).into_iter().chain([title]).collect()
    }
}

/// The first event that may be the same and that this log has not told yet.
fn find_same(index: &HashMap<Key, Vec<usize>>, told: &[Told], event: &KernelEvent, log: usize) -> Option<usize> {
    let near = event.time_us.into_iter().flat_map(|t| [t, t.saturating_sub(1), t.saturating_add(1)]);
    let keys = near.map(|t| Key::Stamp(event.kind, t)).chain([Key::Title(event.kind, event.title.clone())]);
    keys.filter_map(|key| index.get(&key)).flatten().copied().find(|&i| {
        told.get(i).is_some_and(|t| t.tellings.iter().all(|(l, _)| *l != log) && may_be_same(&t.event, event))
    })
}

/// Whether two tellings contradict each other in nothing.
fn may_be_same(a: &KernelEvent, b: &KernelEvent) -> bool {
    fn agree<T: PartialEq>(a: &Option<T>, b: &Option<T>) -> bool {
        a.is_none() || b.is_none() || a == b
    }
    let stamps = match (a.time_us, b.time_us) {
        (Some(x), Some(y)) => x.abs_diff(y) <= SAME_STAMP_US.value,
        _ => a.title == b.title,
    };
    let symbol = |e: &KernelEvent| e.ip.as_ref().map(|ip| (ip.symbol.clone(), ip.offset));
    let frames = a.frames.iter().zip(&b.frames).take(FRAMES_COMPARED.count()).all(|(x, y)| x.symbol == y.symbol);
    let torn = a.garbled || b.garbled;
    stamps
        && agree(&a.release, &b.release)
        && (torn || (agree(&a.pid, &b.pid) && agree(&symbol(a), &symbol(b)) && (frames || a.headless || b.headless)))
}

/// Numbers the boots and sorts the events: boots by time, inside a boot by kernel time stamp, else by line.
fn put_in_order(told: &mut [Told], logs: &[LogFacts], year_hint: Option<i16>) {
    let boots = BootTimes::of(told.iter().map(|t| (t.tellings.as_slice(), &*t.event)), logs, year_hint);
    for t in told.iter_mut() {
        t.boot = t.tellings.first().map_or(0, |&(log, boot)| boots.order(log, boot));
    }
    let log_of = |t: &Told| t.tellings.first().map_or(0, |&(log, _)| log);
    told.sort_by(|a, b| {
        let stamps = a.event.time_us.zip(b.event.time_us).map_or(std::cmp::Ordering::Equal, |(x, y)| x.cmp(&y));
        let lines = (log_of(a), a.event.lines.0).cmp(&(log_of(b), b.event.lines.0));
        a.boot.cmp(&b.boot).then(stamps).then(lines)
    });
}
