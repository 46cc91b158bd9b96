//! What the triage table says of each report, before it is known how wide the columns are. All text is escaped here.

use crate::facts::Origin;
use crate::triage::{InputKind, Module, Report, Role, Suspect};

use super::super::selection::{Selection, Told};
use super::super::wrap::cut;
use super::super::{escape, words};

/// Letters of a cell that are shown; names that people gave are far shorter.
const MOST_LETTERS: usize = 240;

/// How a row is coloured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    /// Names of reports, headings.
    Strong,
    /// The log proves that the module was running, or names it.
    Proof,
    /// On the way to the fault.
    Path,
    /// A hint.
    Hint,
    /// Nothing to see here.
    Quiet,
    /// Could not be read.
    Failure,
    /// As it is.
    Plain,
}

impl From<Role> for Tone {
    fn from(role: Role) -> Self {
        match role {
            Role::Faulting | Role::Named => Self::Proof,
            Role::CallPath => Self::Path,
            Role::StaleFrame | Role::Unloaded | Role::Loading => Self::Hint,
            Role::Present => Self::Quiet,
        }
    }
}

/// The rows of one report.
pub(super) struct Block {
    pub(super) report: String,
    pub(super) kernel: String,
    pub(super) rows: Vec<Row>,
}

/// A row of a block.
pub(super) enum Row {
    /// A module in an event, or an event in which none stands, or a module without an event.
    Finding(Finding),
    /// A sentence about the report as a whole.
    Sentence(String, Tone),
}

/// One row with columns.
pub(super) struct Finding {
    /// The event; `None` where it is that of the row above.
    pub(super) event: Option<EventWords>,
    pub(super) subject: Subject,
    /// File and line to open.
    pub(super) place: String,
    pub(super) tone: Tone,
}

/// An event in the words of the table; what is not known is empty.
#[derive(Default)]
pub(super) struct EventWords {
    pub(super) kind: String,
    /// What is said behind the symbol, or behind the kind where there is none beside it: `, panic`.
    pub(super) ending: String,
    pub(super) symbol: String,
    pub(super) process: String,
}

/// Who stands in the event.
pub(super) enum Subject {
    Module { name: String, flags: String, role: String },
    Sentence(String),
}

/// Escaped, and cut where it is longer than anybody would read in a table.
fn shown(text: &str) -> String {
    cut(&escape::terminal(text), MOST_LETTERS)
}

fn place(origin: Option<&Origin>) -> String {
    origin.map_or_else(String::new, |origin| shown(&origin.to_string()))
}

impl Block {
    /// The rows of a report that is called `name` here.
    pub(super) fn of(report: &Report, selection: &Selection<'_>, name: &str, all: bool) -> Self {
        let rows = if report.failed { failure(report) } else { findings(report, selection, all) };
        Self {
            report: shown(name),
            kernel: report.kernel.as_ref().map_or_else(|| "-".to_owned(), |kernel| shown(&kernel.release)),
            rows,
        }
    }
}

/// Why nothing could be read.
fn failure(report: &Report) -> Vec<Row> {
    let reason = report.problems.first().map_or("no reason is known", |problem| problem.message.as_str());
    vec![Row::Sentence(format!("could not be read: {}", shown(reason)), Tone::Failure)]
}

fn findings(report: &Report, selection: &Selection<'_>, all: bool) -> Vec<Row> {
    let mark = all && selection.events.len() > 1;
    let mut rows: Vec<Row> = selection.events.iter().flat_map(|told| event_rows(told, mark)).collect();
    if selection.events.is_empty() {
        rows.push(Row::Sentence(no_event(report, selection), Tone::Plain));
    }
    rows.extend(selection.modules.iter().map(|module| Row::Finding(module_row(module))));
    if selection.untold_modules > 0 {
        let more = words::count(selection.untold_modules, "more third-party module");
        rows.push(Row::Sentence(format!("{more} (--all shows them)"), Tone::Quiet));
    }
    rows
}

/// The modules that stand in an event, a row each, and one for those that do not.
fn event_rows(told: &Told<'_>, mark_primary: bool) -> Vec<Row> {
    let event = &told.event;
    let mark = if mark_primary && event.primary { "* " } else { "" };
    let mut words = Some(EventWords {
        kind: format!("{mark}{}", event.event.kind_name()),
        ending: words::ending(event),
        symbol: shown(&words::symbol(event).unwrap_or_default()),
        process: shown(&words::process(event)),
    });
    let mut rows: Vec<Row> = told
        .standing
        .iter()
        .map(|suspect| Row::Finding(suspect_row(suspect, words.take(), &event.event.origin)))
        .collect();
    if let Some(sentence) = told.bystanders_in_words() {
        let place = if words.is_some() { place(Some(&event.event.origin)) } else { String::new() };
        let subject = Subject::Sentence(sentence);
        rows.push(Row::Finding(Finding { event: words.take(), subject, place, tone: Tone::Quiet }));
    }
    rows
}

fn suspect_row(suspect: &Suspect, event: Option<EventWords>, origin: &Origin) -> Finding {
    Finding {
        event,
        subject: Subject::Module {
            name: shown(&suspect.module),
            flags: shown(words::flags(suspect.flags.as_deref())),
            role: words::role(suspect),
        },
        place: place(Some(suspect.evidence.first().unwrap_or(origin))),
        tone: suspect.role.into(),
    }
}

/// A module that stands in no event.
fn module_row(module: &Module) -> Finding {
    Finding {
        event: Some(EventWords::default()),
        subject: Subject::Module {
            name: shown(&module.name),
            flags: shown(words::flags(module.flags.as_deref())),
            role: words::loaded(module).to_owned(),
        },
        place: place(module.origins.first()),
        tone: Tone::Plain,
    }
}

/// What is said in place of an event.
fn no_event(report: &Report, selection: &Selection<'_>) -> String {
    let events = match (report.events.len(), report.logs_read.len()) {
        (0, 0) if report.kind == InputKind::ModuleTree && report.tree.is_some() => {
            let modules = report.tree.as_ref().map_or(0, |tree| tree.modules);
            format!("module tree of {}", words::count(modules, "module"))
        }
        (0, 0) => "no kernel log was read".to_owned(),
        (0, logs) => format!("no kernel event in {}", words::count(logs, "log")),
        (events, _) => format!("{}, none with a third-party module in it", words::count(events, "event")),
    };
    let modules = selection.modules.len() + selection.untold_modules;
    match modules {
        0 => format!("{events}; no third-party module known"),
        modules => format!("{events}; {}:", words::count(modules, "third-party module")),
    }
}
