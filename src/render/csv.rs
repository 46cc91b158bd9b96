//! CSV for spreadsheets (RFC 4180: CRLF, quotes where needed): one table in which each row stands by itself.
//!
//! The column `record` tells what a row is about. Every report has one row of the kind `report`; then come its
//! `suspect` rows (a module and how it stands in an event), `event` rows (an event in which none stands), `module` rows
//! (each module once) and `problem` rows. Facts of the report are repeated in each row, so that filtering keeps them.
//!
//! ```text
//! record,report,member,…,event,event_kind,…,module,flags,role,…
//! suspect,sosreport-db07.tar.xz,,…,1,oops,…,acmefs,POE,faulting,…
//! ```

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use serde::{Serialize, Serializer};

use crate::facts::Origin;
use crate::triage::{Event, Module, Report, Suspect};

use super::json::contract::{Cause, Confidence, EventKind, InputKind, Provenance, Role, SignatureState};
use super::{Style, escape, words};

/// Prints the head and the rows of each report. Without `style.all`, modules that were merely loaded during an event
/// have no `suspect` row for it; their `module` row stays.
///
/// No cell is read as a formula by a spreadsheet, and each row is one line (see [`escape::csv`]).
///
/// # Errors
/// Those of `out`.
pub fn csv(reports: &[Report], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    out.write_all(&head()?)?;
    let mut writer = writer(false, out);
    for report in reports {
        rows(report, style.all, &mut |row| writer.serialize(row)).map_err(of_output)?;
    }
    writer.flush()
}

/// An error of the output as it was: a closed pipe is told by its kind.
fn of_output(error: ::csv::Error) -> io::Error {
    match error.into_kind() {
        ::csv::ErrorKind::Io(error) => error,
        other => io::Error::other(format!("{other:?}")),
    }
}

fn writer<W: Write>(head: bool, out: W) -> ::csv::Writer<W> {
    ::csv::WriterBuilder::new().has_headers(head).terminator(::csv::Terminator::CRLF).from_writer(out)
}

/// The line of column names. They are the fields of [`Row`], which `csv` prints with the first row only.
fn head() -> io::Result<Vec<u8>> {
    let mut lines = Vec::new();
    writer(true, &mut lines).serialize(Row::default()).map_err(of_output)?;
    let end = lines.iter().position(|byte| *byte == b'\n').map_or(lines.len(), |at| at + 1);
    lines.truncate(end);
    Ok(lines)
}

/// A cell that came out of an input.
#[derive(Clone, Copy, Debug, Default)]
struct Cell<'a>(&'a str);

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&escape::csv(self.0))
    }
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Self(text)
    }
}

impl<'a> From<&'a Option<String>> for Cell<'a> {
    fn from(text: &'a Option<String>) -> Self {
        Self(text.as_deref().unwrap_or_default())
    }
}

/// `yes`, `no`, or empty where it is not known.
fn known(value: Option<bool>) -> &'static str {
    match value {
        Some(true) => "yes",
        Some(false) => "no",
        None => "",
    }
}

/// What a row is about.
#[derive(Clone, Copy, Debug, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
enum Record {
    #[default]
    Report,
    Suspect,
    Event,
    Module,
    Problem,
}

/// One row; what does not apply is empty. Columns are only ever added, at the end.
#[derive(Clone, Debug, Default, Serialize)]
struct Row<'a> {
    record: Record,
    report: Cell<'a>,
    member: Cell<'a>,
    input_kind: Option<InputKind>,
    host: Cell<'a>,
    collected: Cell<'a>,
    kernel: Cell<'a>,
    arch: Cell<'a>,
    taint: Option<u64>,
    taint_flags: String,
    event: Option<u32>,
    event_kind: Option<EventKind>,
    title: Cell<'a>,
    uptime: Option<String>,
    wall: Cell<'a>,
    primary: &'static str,
    follows: Option<u32>,
    caused_by: Option<Cause>,
    cpu: Option<u32>,
    process: Cell<'a>,
    pid: Option<u32>,
    symbol: Cell<'a>,
    module: Cell<'a>,
    flags: Cell<'a>,
    role: Option<Role>,
    confidence: Option<Confidence>,
    provenance: Option<Provenance>,
    unsigned: &'static str,
    out_of_tree: &'static str,
    proprietary: &'static str,
    signature: Option<SignatureState>,
    license: Cell<'a>,
    version: Cell<'a>,
    package: Cell<'a>,
    vendor: Cell<'a>,
    loaded: &'static str,
    path: Cell<'a>,
    line: Option<u64>,
    text: Cell<'a>,
}

/// Hands out all rows of a report, in order.
fn rows(
    report: &Report,
    all: bool,
    write: &mut dyn FnMut(Row<'_>) -> Result<(), ::csv::Error>,
) -> Result<(), ::csv::Error> {
    let modules: HashMap<&str, &Module> = report.modules.iter().map(|module| (module.name.as_str(), module)).collect();
    let events: HashMap<u32, &Event> = report.events.iter().map(|event| (event.id, event)).collect();
    let common = Row::of(report);
    write(Row { text: report.verdict.as_str().into(), ..common.clone() })?;
    let mut told: HashSet<u32> = HashSet::new();
    for suspect in report.suspects.iter().filter(|suspect| all || words::stands(suspect)) {
        let mut row = Row { record: Record::Suspect, ..common.clone() };
        if let Some(module) = modules.get(suspect.module.as_str()) {
            row = row.module(module);
        }
        if let Some(event) = events.get(&suspect.event) {
            row = row.event(event);
            told.insert(event.id);
        }
        write(row.suspect(suspect))?;
    }
    for event in report.events.iter().filter(|event| !told.contains(&event.id)) {
        write(Row { record: Record::Event, ..common.clone() }.event(event))?;
    }
    for module in &report.modules {
        let conflicts = module.conflicts.join(" ");
        let row = Row { record: Record::Module, ..common.clone() }.module(module);
        write(Row { text: conflicts.as_str().into(), ..row })?;
    }
    for problem in &report.problems {
        let (path, text) = (problem.path.as_str().into(), problem.message.as_str().into());
        write(Row { record: Record::Problem, path, text, ..common.clone() })?;
    }
    Ok(())
}

impl<'a> Row<'a> {
    /// What every row of a report tells.
    fn of(report: &'a Report) -> Self {
        let kernel = report.kernel.as_ref();
        let flags = report.taint.iter().flat_map(|taint| &taint.flags);
        Self {
            report: report.input.as_str().into(),
            member: (&report.member).into(),
            input_kind: Some(report.kind.into()),
            host: (&report.host).into(),
            collected: (&report.collected).into(),
            kernel: kernel.map(|kernel| kernel.release.as_str().into()).unwrap_or_default(),
            arch: kernel.map(|kernel| (&kernel.arch).into()).unwrap_or_default(),
            taint: report.taint.as_ref().and_then(|taint| taint.value),
            taint_flags: flags.filter_map(|flag| flag.letter).collect(),
            ..Self::default()
        }
    }

    fn event(self, event: &'a Event) -> Self {
        let printed = event.event.as_ref();
        Self {
            event: Some(event.id),
            event_kind: Some(printed.kind.into()),
            title: printed.title.as_str().into(),
            uptime: printed.time_us.map(words::uptime),
            wall: (&printed.wall).into(),
            primary: known(Some(event.primary)),
            follows: event.follows,
            caused_by: Some(event.cause.into()),
            cpu: printed.cpu,
            process: (&printed.comm).into(),
            pid: printed.pid,
            symbol: printed.ip.as_ref().map(|ip| (&ip.symbol).into()).unwrap_or_default(),
            ..self
        }
        .at(Some(&printed.origin))
    }

    fn module(self, module: &'a Module) -> Self {
        Self {
            module: module.name.as_str().into(),
            flags: (&module.flags).into(),
            provenance: Some(module.provenance.into()),
            unsigned: known(module.unsigned),
            out_of_tree: known(module.out_of_tree),
            proprietary: known(module.proprietary),
            signature: Some(module.signature.into()),
            license: (&module.license).into(),
            version: (&module.version).into(),
            package: (&module.package).into(),
            vendor: module.vendor.as_ref().map(|owner| owner.vendor.as_str().into()).unwrap_or_default(),
            loaded: known(module.loaded),
            ..self
        }
        .at(module.origins.first())
    }

    fn suspect(self, suspect: &'a Suspect) -> Self {
        Self {
            module: suspect.module.as_str().into(),
            flags: (&suspect.flags).into(),
            role: Some(suspect.role.into()),
            confidence: Some(suspect.confidence.into()),
            text: suspect.reason.as_str().into(),
            ..self
        }
        .at(suspect.evidence.first())
    }

    /// The place to open; the one that is there stays where there is no other.
    fn at(self, origin: Option<&'a Origin>) -> Self {
        match origin {
            Some(origin) => Self { path: origin.path.as_ref().into(), line: origin.line, ..self },
            None => self,
        }
    }
}
