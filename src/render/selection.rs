//! Which events and modules of a report are told, and which are only counted.
//!
//! What matters: the event the report is about, further events that ended in a panic, and those in which a module
//! stands. In each of them, modules that were merely loaded are counted. `all` tells everything, in order of time.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::facts::EventKind;
use crate::triage::{Event, Module, Provenance, Report, Suspect, canonical};

use super::words;

/// Events told besides the primary one.
const MOST_EVENTS: usize = 11;
/// Modules told of a report without an event.
const MOST_MODULES: usize = 8;

/// An event that is told.
pub(super) struct Told<'r> {
    /// The event.
    pub(super) event: &'r Event,
    /// Suspects with a row of their own.
    pub(super) standing: Vec<&'r Suspect>,
    /// How many third-party modules were loaded and no more.
    strangers: usize,
    /// How many modules of unknown origin were loaded and no more.
    unknown: usize,
}

/// What of a report is told.
pub(super) struct Selection<'r> {
    /// Events in the order of telling.
    pub(super) events: Vec<Told<'r>>,
    /// Events that are only counted.
    pub(super) untold_events: Vec<&'r Event>,
    /// Modules that are told apart from any event.
    pub(super) modules: Vec<&'r Module>,
    /// Third-party modules left out of `modules`.
    pub(super) untold_modules: usize,
}

impl<'r> Selection<'r> {
    /// Chooses; with `all`, everything.
    pub(super) fn of(report: &'r Report, all: bool) -> Self {
        let mut suspects: HashMap<u32, Vec<&Suspect>> = HashMap::new();
        for suspect in &report.suspects {
            suspects.entry(suspect.event).or_default().push(suspect);
        }
        let third_party: HashSet<&str> = report.third_party().map(|module| module.name.as_str()).collect();
        let loaded: HashSet<&str> =
            report.third_party().filter(|m| m.loaded != Some(false)).map(|module| module.name.as_str()).collect();
        let mut events = Vec::new();
        let mut untold_events = Vec::new();
        for event in &report.events {
            let (standing, bystanders): (Vec<_>, Vec<_>) =
                suspects.remove(&event.id).unwrap_or_default().into_iter().partition(|s| all || words::stands(s));
            let unknown = bystanders.iter().filter(|s| !third_party.contains(s.module.as_str())).count();
            let mut told = Told { event, standing, strangers: bystanders.len() - unknown, unknown };
            if !(all || event.primary || told.matters()) {
                untold_events.push(event);
                continue;
            }
            // Bystanders have suspects of the event that the report is about only.
            if bystanders.is_empty() {
                told.strangers = told.strangers_by_lists(&third_party, &loaded);
            }
            events.push(told);
        }
        if !all {
            events.sort_by_key(|told| !told.event.primary);
            untold_events.extend(events.drain(events.len().min(MOST_EVENTS)..).map(|told| told.event));
        }
        let (modules, untold_modules) = modules(report, &events, all);
        Self { events, untold_events, modules, untold_modules }
    }

    /// `9 warning, 1 hung-task`: kinds of the events that are only counted, most frequent first.
    pub(super) fn untold_kinds(&self) -> String {
        let mut kinds: BTreeMap<(EventKind, &str), usize> = BTreeMap::new();
        for event in &self.untold_events {
            *kinds.entry((event.kind(), event.event.kind_name())).or_default() += 1;
        }
        let mut kinds: Vec<_> = kinds.into_iter().collect();
        kinds.sort_by_key(|(kind, number)| (std::cmp::Reverse(*number), *kind));
        kinds.iter().map(|((_, name), number)| format!("{number} {name}")).collect::<Vec<_>>().join(", ")
    }
}

impl Told<'_> {
    /// How many third-party modules the event's own list has beside those that stand in it; without a list, how many the
    /// report knows to be loaded.
    fn strangers_by_lists(&self, third_party: &HashSet<&str>, loaded: &HashSet<&str>) -> usize {
        let stands = |name: &str| self.standing.iter().any(|suspect| suspect.module == name);
        let Some(list) = &self.event.event.linked_in else {
            return loaded.iter().filter(|name| !stands(name)).count();
        };
        let listed: HashSet<String> = list.modules.iter().map(|module| canonical(&module.name)).collect();
        listed.iter().filter(|name| third_party.contains(name.as_str()) && !stands(name)).count()
    }

    fn matters(&self) -> bool {
        !self.standing.is_empty() || self.event.event.panic.is_some() || self.event.kind() == EventKind::Panic
    }

    /// What is to be said of those that were loaded and no more; `None` where nothing is.
    ///
    /// `12 third-party modules loaded, none in the backtrace`
    pub(super) fn bystanders_in_words(&self) -> Option<String> {
        let event = &self.event.event;
        let excused = self.event.exoneration.as_ref().map_or(&[][..], |e| e.bystanders.as_slice());
        if let Some((first, rest)) = excused.split_first() {
            let others = if rest.is_empty() { String::new() } else { format!(" and {} more", rest.len()) };
            return Some(format!("{first}{others} in the backtrace, not named as the cause"));
        }
        let loaded = match (self.strangers, self.unknown) {
            (0, 0) if !self.standing.is_empty() => return None,
            (0, 0) if event.linked_in.as_ref().is_some_and(|list| list.complete) => {
                return Some("no third-party module loaded".to_owned());
            }
            (0, 0) => return Some("no third-party module known to be loaded".to_owned()),
            (strangers, 0) => format!("{} loaded", words::count(strangers, &self.more("third-party module"))),
            (0, unknown) => format!("{} of unknown origin loaded", words::count(unknown, &self.more("module"))),
            (strangers, unknown) => format!(
                "{} and {unknown} of unknown origin loaded",
                words::count(strangers, &self.more("third-party module"))
            ),
        };
        let trace = match (event.frames.is_empty() && event.ip.is_none(), event.truncated || event.garbled) {
            (true, _) => "; the event has no backtrace",
            (false, true) => ", none in what is left of the backtrace",
            (false, false) => ", none in the backtrace",
        };
        Some(format!("{loaded}{trace}"))
    }

    /// The noun, as an addition to the rows before it where there are any.
    fn more(&self, noun: &str) -> String {
        if self.standing.is_empty() { noun.to_owned() } else { format!("more {noun}") }
    }
}

/// Modules to tell apart from events, and how many third-party ones were left out.
fn modules<'r>(report: &'r Report, events: &[Told<'r>], all: bool) -> (Vec<&'r Module>, usize) {
    if all {
        let standing: HashSet<&str> =
            events.iter().flat_map(|told| &told.standing).map(|suspect| suspect.module.as_str()).collect();
        return (report.modules.iter().filter(|module| !standing.contains(module.name.as_str())).collect(), 0);
    }
    if !events.is_empty() {
        return (Vec::new(), 0);
    }
    let mut modules: Vec<_> = report.modules.iter().filter(|m| m.provenance == Provenance::ThirdParty).collect();
    let untold = modules.len().saturating_sub(MOST_MODULES);
    modules.truncate(MOST_MODULES);
    (modules, untold)
}
