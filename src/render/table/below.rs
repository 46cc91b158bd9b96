//! What stands below the triage table: a verdict per report, and what a batch comes to.

use std::io::{self, Write};

use crate::triage::{Group, Report, Standing, Summary};

use super::super::explain::explained;
use super::super::selection::Selection;
use super::super::wrap::{cut, wrap};
use super::super::{Style, escape, words};
use super::grid::{GridCell, line};
use super::rows::Tone;

/// Letters of a sentence that are shown.
const MOST_LETTERS: usize = 2000;
/// Problems of one report that are told.
const MOST_PROBLEMS: usize = 10;
/// Groups of a batch that are told.
const MOST_GROUPS: usize = 20;
/// Reports of one group that are named.
const MOST_NAMES: usize = 6;

/// Blanks before the sentences of a report.
const INDENT: usize = 2;

/// The verdict of a report, remarks, events that have no row, and what could not be read.
pub(super) fn report(
    report: &Report,
    selection: &Selection<'_>,
    name: &str,
    style: &Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page { style, out };
    page.report(report, selection, name)
}

/// Counts and groups of a batch.
pub(super) fn summary(summary: &Summary, reports: &[Report], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let page = Page { style, out };
    page.summary(summary, reports)
}

struct Page<'a> {
    style: &'a Style,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn report(mut self, report: &Report, selection: &Selection<'_>, name: &str) -> io::Result<()> {
        writeln!(self.out)?;
        self.name(name)?;
        self.sentence(&report.verdict, Tone::Plain)?;
        let mut owned: Vec<&str> = Vec::new();
        for suspect in selection.events.iter().flat_map(|told| &told.standing).filter(|s| words::stands(s)) {
            let owner = report.module(&suspect.module).and_then(words::owner);
            if let Some(owner) = owner.filter(|_| !owned.contains(&suspect.module.as_str())) {
                owned.push(&suspect.module);
                self.item("owner", &format!("{}: {owner}", suspect.module), Tone::Plain)?;
            }
        }
        for remark in &report.remarks {
            self.item("note", remark, Tone::Plain)?;
        }
        if self.style.explain {
            for suspect in selection.events.iter().flat_map(|told| &told.standing).filter(|s| words::stands(s)) {
                let label = format!("event {}, {}", suspect.event, suspect.module);
                self.item(&label, &explained(report, suspect), Tone::Quiet)?;
            }
        }
        if !selection.untold_events.is_empty() {
            self.sentence(&format!("not shown: {} (--all shows them)", selection.untold_kinds()), Tone::Quiet)?;
        }
        if self.style.all && selection.events.len() > 1 && report.primary_event().is_some() {
            self.sentence("* the event that the verdict is about", Tone::Quiet)?;
        }
        let told = if self.style.all { report.problems.len() } else { MOST_PROBLEMS };
        for problem in report.problems.iter().take(told) {
            let text = if problem.path.is_empty() {
                problem.message.clone()
            } else {
                format!("{}: {}", problem.path, problem.message)
            };
            self.item("could not be read", &text, Tone::Failure)?;
        }
        match report.problems.len().saturating_sub(told) {
            0 => Ok(()),
            more => self.sentence(&format!("{} (--all shows them)", words::count(more, "more problem")), Tone::Failure),
        }
    }

    fn summary(mut self, summary: &Summary, reports: &[Report]) -> io::Result<()> {
        writeln!(self.out)?;
        let partly = reports.iter().filter(|r| !r.failed && !r.problems.is_empty()).count();
        let unread = match (summary.failed, partly) {
            (0, 0) => "all could be read".to_owned(),
            (0, partly) => format!("{partly} read only in part"),
            (failed, 0) => format!("{failed} could not be read"),
            (failed, partly) => format!("{failed} could not be read, {partly} read only in part"),
        };
        let read =
            format!("{} in {}, {unread}", words::count(reports.len(), "report"), words::count(summary.inputs, "input"));
        self.name(&read)?;
        let told = if self.style.all { summary.groups.len() } else { MOST_GROUPS };
        for group in summary.groups.iter().take(told) {
            let mut names: Vec<&str> = group.reports.iter().map(String::as_str).collect();
            let unnamed = if self.style.all { 0 } else { names.len().saturating_sub(MOST_NAMES) };
            names.truncate(names.len() - unnamed);
            let more = if unnamed > 0 { format!(" and {unnamed} more") } else { String::new() };
            let head = format!("{}{}: {}", words::count(group.reports.len(), "report"), spread(group), group.title);
            self.sentence(&head, Tone::Plain)?;
            self.indented(2 * INDENT, &format!("{}{more}", names.join(", ")), Tone::Quiet)?;
        }
        self.more(summary.groups.len(), told, "more group")?;
        self.league(summary, reports.len())?;
        self.hosts(summary)
    }

    /// `scini in the backtrace of 7 of 40 reports, loaded in 31`
    fn league(&mut self, summary: &Summary, reports: usize) -> io::Result<()> {
        // Without --all, those that stand somewhere: that a module is loaded is in its report.
        let mut rows: Vec<&Standing> =
            summary.modules.iter().filter(|row| self.style.all || row.in_backtrace > 0).collect();
        let all = rows.len();
        rows.truncate(if self.style.all { all } else { MOST_GROUPS });
        for row in &rows {
            let text = format!(
                "{} in the backtrace of {} of {}, loaded in {}",
                row.module,
                row.in_backtrace,
                words::count(reports, "report"),
                row.loaded
            );
            self.sentence(&text, Tone::Plain)?;
        }
        self.more(all, rows.len(), "more module")
    }

    /// `db07: 2 reports; sosreport-db08.tar.xz: acmefs 1.0 -> 1.1, acmefs newly unsigned`
    fn hosts(&mut self, summary: &Summary) -> io::Result<()> {
        let told = if self.style.all { summary.hosts.len() } else { MOST_GROUPS };
        for host in summary.hosts.iter().take(told) {
            self.sentence(&format!("{}: {}", host.host, words::count(host.reports.len(), "report")), Tone::Plain)?;
            for report in host.reports.iter().filter(|r| !r.changes.is_empty()) {
                let when = report.collected.as_deref().map(|c| format!(" ({c})")).unwrap_or_default();
                self.indented(
                    2 * INDENT,
                    &format!("{}{when}: {}", report.report, report.changes.join(", ")),
                    Tone::Quiet,
                )?;
            }
        }
        self.more(summary.hosts.len(), told, "more host")
    }

    fn more(&mut self, all: usize, told: usize, noun: &str) -> io::Result<()> {
        match all.saturating_sub(told) {
            0 => Ok(()),
            more => self.sentence(&format!("{} (--all shows them)", words::count(more, noun)), Tone::Quiet),
        }
    }

    fn name(&mut self, name: &str) -> io::Result<()> {
        self.indented(0, name, Tone::Strong)
    }

    fn sentence(&mut self, text: &str, tone: Tone) -> io::Result<()> {
        if text.is_empty() { Ok(()) } else { self.indented(INDENT, text, tone) }
    }

    /// `label: text`, further lines hanging below the first.
    fn item(&mut self, label: &str, text: &str, tone: Tone) -> io::Result<()> {
        let text = format!("{label}: {}", cut(&escape::terminal(text), MOST_LETTERS));
        let lines = wrap(&text, self.style.width.saturating_sub(2 * INDENT));
        for (nth, text) in lines.iter().enumerate() {
            self.indented(if nth == 0 { INDENT } else { 2 * INDENT }, text, tone)?;
        }
        Ok(())
    }

    fn indented(&mut self, indent: usize, text: &str, tone: Tone) -> io::Result<()> {
        let width = self.style.width.saturating_sub(indent);
        let cell = GridCell::new(&cut(&escape::terminal(text), MOST_LETTERS), width, tone);
        line(&[cell], indent, self.style.colour, self.out)
    }
}

/// ` on 3 hosts, 5 times`, where that says more than the number of reports.
fn spread(group: &Group) -> String {
    let hosts = match group.hosts.len() {
        hosts if hosts == 0 || group.reports.len() == 1 => String::new(),
        hosts => format!(" on {}", words::count(hosts, "host")),
    };
    if group.occurrences == group.reports.len() {
        hosts
    } else {
        format!("{hosts}, happened {}", words::count(group.occurrences, "time"))
    }
}
