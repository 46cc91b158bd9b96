//! Events on the page: all of them on the timeline, those that are told with their backtraces.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::super::selection::Selection;
use super::super::words;
use super::shown::{Quote, is_zero, shown};
use crate::facts::StackContext;
use crate::triage::{self, Provenance, Report};

/// Events on a timeline.
const MOST_EVENTS: usize = 300;
/// Frames of a backtrace.
const MOST_FRAMES: usize = 60;

/// One event; without `frames` and `place` where it is on the timeline only.
#[derive(Serialize)]
pub(super) struct Event {
    id: u32,
    kind: &'static str,
    title: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    ending: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    symbol: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    process: String,
    /// Seconds since boot.
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    wall: Option<String>,
    /// Which log and which boot of it: stamps of two of them have nothing in common.
    boot: String,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    primary: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    follows: Option<u32>,
    quote: Quote,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<Detail>,
}

/// What is told of an event that matters.
#[derive(Serialize)]
struct Detail {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<String>,
    cause: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cpu: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    panic: Option<String>,
    /// What the modules that stand nowhere in it come to.
    #[serde(skip_serializing_if = "Option::is_none")]
    bystanders: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    states: Vec<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    frames: Vec<Frame>,
    #[serde(rename = "moreFrames", skip_serializing_if = "is_zero")]
    more_frames: usize,
}

/// A line of the stack.
#[derive(Serialize)]
struct Frame {
    code: String,
    /// `ip`, `?`, or nothing.
    #[serde(skip_serializing_if = "str::is_empty")]
    lead: &'static str,
    /// Which stack begins here.
    #[serde(skip_serializing_if = "Option::is_none")]
    stack: Option<&'static str>,
    /// Role of its module in this event, or `third-party`, `undetermined`.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    line: u64,
}

/// The events of a report, in order.
pub(super) fn events(report: &Report, selection: &Selection<'_>, all: bool) -> Vec<Event> {
    let told: HashMap<u32, Option<String>> =
        selection.events.iter().map(|told| (told.event.id, told.bystanders_in_words())).collect();
    let mut untold = 0;
    let kept = report.events.iter().filter(|event| {
        untold += usize::from(!told.contains_key(&event.id));
        told.contains_key(&event.id) || all || untold <= MOST_EVENTS
    });
    kept.map(|event| {
        let detail = told.get(&event.id).map(|bystanders| Detail::new(report, event, bystanders.clone()));
        Event::new(report, event, detail)
    })
    .collect()
}

impl Event {
    fn new(report: &Report, event: &triage::Event, detail: Option<Detail>) -> Self {
        let printed = &event.event;
        #[expect(clippy::cast_precision_loss, reason = "microseconds of an uptime fit 53 bits for 285 years")]
        let seconds = |us: u64| us as f64 / 1e6;
        Self {
            id: event.id,
            kind: printed.kind_name(),
            title: shown(&printed.title),
            ending: words::ending(event),
            symbol: words::symbol(event).map(|symbol| shown(&symbol)),
            process: shown(&words::process(event)),
            time: printed.time_us.map(seconds),
            wall: printed.wall.as_deref().map(shown),
            boot: shown(&format!("{}, boot {}", printed.origin.path, u64::from(printed.boot) + 1)),
            primary: event.primary,
            follows: event.follows,
            quote: Quote::new(report, &printed.origin, ""),
            detail,
        }
    }
}

impl Detail {
    fn new(report: &Report, event: &triage::Event, bystanders: Option<String>) -> Self {
        let printed = &event.event;
        let states = [
            (printed.headless, "The head of this event was cut away."),
            (printed.garbled, "Lines of several CPUs are mixed in this event; it may be incomplete."),
            (printed.truncated, "The log ends inside this event."),
        ];
        let marks = Marks::of(report, event);
        let mut frames: Vec<Frame> =
            printed.ip.iter().map(|ip| marks.frame("ip", &words::pointer(ip), ip.module.as_deref(), ip.line)).collect();
        let mut context = StackContext::Task;
        for frame in printed.frames.iter().take(MOST_FRAMES) {
            let lead = if frame.reliable { "" } else { "?" };
            let mut line = marks.frame(lead, &words::code(frame), frame.module.as_deref(), frame.line);
            line.stack = (frame.context != context).then(|| stack(frame.context));
            context = frame.context;
            frames.push(line);
        }
        Self {
            also: event.also_at.iter().map(|origin| shown(&origin.to_string())).collect(),
            cause: event.cause.as_str(),
            cpu: printed.cpu,
            taint: words::taint(event).map(|taint| shown(&taint)),
            panic: words::panic(printed).map(|panic| shown(&panic)),
            bystanders,
            states: states.iter().filter(|(holds, _)| *holds).map(|(_, words)| *words).collect(),
            frames,
            more_frames: printed.frames.len().saturating_sub(MOST_FRAMES),
        }
    }
}

fn stack(context: StackContext) -> &'static str {
    match context {
        StackContext::Task => "task",
        StackContext::Irq => "interrupt",
        StackContext::Nmi => "NMI",
        StackContext::Exception => "exception",
        StackContext::Interrupted => "interrupted task",
    }
}

/// What the modules of a backtrace are.
struct Marks<'r> {
    roles: HashMap<&'r str, &'static str>,
    third_party: HashSet<&'r str>,
    undetermined: HashSet<&'r str>,
}

impl<'r> Marks<'r> {
    fn of(report: &'r Report, event: &triage::Event) -> Self {
        let of = |provenance: Provenance| {
            let modules = report.modules.iter().filter(move |module| module.provenance == provenance);
            modules.map(|module| module.name.as_str()).collect()
        };
        Self {
            roles: report.suspects_of(event.id).map(|s| (s.module.as_str(), s.role.as_str())).collect(),
            third_party: of(Provenance::ThirdParty),
            undetermined: of(Provenance::Undetermined),
        }
    }

    fn frame(&self, lead: &'static str, code: &str, module: Option<&str>, line: u64) -> Frame {
        let name = module.map(|module| module.replace('-', "_"));
        let mark = name.as_deref().and_then(|name| {
            let other = self.third_party.contains(name).then_some("third-party");
            let other = other.or_else(|| self.undetermined.contains(name).then_some("undetermined"));
            self.roles.get(name).copied().or(other)
        });
        Frame { code: shown(code), lead, stack: None, mark, module: module.map(shown), line }
    }
}
