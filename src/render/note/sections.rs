//! The sections of a case note, in the order in which they are read. One without content has no heading.

use std::collections::HashSet;
use std::io;

use crate::facts::{Origin, StackContext};
use crate::triage::{Event, Module, Provenance, Report, Suspect};

use super::super::explain::explained;
use super::super::json::contract::SignatureState;
use super::super::quote;
use super::super::selection::Selection;
use super::super::words;
use super::page::Page;
use super::trace;

/// Paths named in a list, the rest is counted.
const MOST_PATHS: usize = 4;
/// Witnesses of a module that are quoted.
const MOST_WITNESSES: usize = 3;
/// Problems told, the rest is counted.
const MOST_PROBLEMS: usize = 30;

/// A report and what of it is told.
pub(super) struct Note<'r> {
    pub(super) report: &'r Report,
    pub(super) selection: Selection<'r>,
    pub(super) all: bool,
}

impl Note<'_> {
    /// The first few of a list, and how many more there are.
    pub(super) fn listed(&self, mut items: Vec<String>) -> String {
        let told = if self.all { items.len() } else { items.len().min(MOST_PATHS) };
        let more = items.len() - told;
        items.truncate(told);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("{}{more}", items.join(", "))
    }

    pub(super) fn events(&self, page: &mut Page<'_>) -> io::Result<()> {
        if self.report.events.is_empty() {
            return Ok(());
        }
        page.heading("What happened")?;
        let mut told: Vec<_> = self.selection.events.iter().collect();
        told.sort_by_key(|told| told.event.id);
        for told in told {
            page.item(&self.event(page, told.event))?;
        }
        if !self.selection.untold_events.is_empty() {
            page.item(&format!("Not told here: {}", self.selection.untold_kinds()))?;
        }
        Ok(())
    }

    /// `Event 2, 812.101234 s after boot: oops in acmefs_read, process cp (31337), at var/log/messages:1042`
    fn event(&self, page: &Page<'_>, event: &Event) -> String {
        let printed = &event.event;
        let symbol = words::symbol(event).map(|symbol| format!(" in {}", page.name(&symbol))).unwrap_or_default();
        let process = match words::process(event) {
            process if process.is_empty() => process,
            process => format!(", process {}", page.name(&process)),
        };
        let mut text = format!("Event {}", event.id);
        if let Some(wall) = &printed.wall {
            text += &format!(", {}", page.text(wall));
        }
        if let Some(time) = printed.time_us {
            text += &format!(", {} s after boot", words::uptime(time));
        }
        let (kind, ending) = (printed.kind_name(), words::ending(event));
        text += &format!(": {kind}{symbol}{ending}{process}, at {}", place(page, &printed.origin));
        let also: Vec<String> = event.also_at.iter().map(|origin| place(page, origin)).collect();
        if !also.is_empty() {
            text += &format!(", also at {}", self.listed(also));
        }
        if let Some(cause) = event.follows {
            text += &format!("; it follows from event {cause}");
        }
        if event.primary {
            text += " (this note is about it)";
        }
        text
    }

    pub(super) fn primary_event(&self, page: &mut Page<'_>) -> io::Result<()> {
        let Some(event) = self.report.primary_event() else { return Ok(()) };
        let printed = &event.event;
        page.heading("The event")?;
        let cpu = printed.cpu.map(|cpu| format!("CPU {cpu}"));
        let process = Some(words::process(event)).filter(|text| !text.is_empty());
        let facts: Vec<String> = [
            Some(format!("{}{}", printed.kind_name(), words::ending(event))),
            process.map(|process| page.name(&process)),
            cpu,
            words::taint(event).map(|taint| page.name(&taint)),
            printed.release.as_ref().map(|release| page.name(release.as_str())),
        ]
        .into_iter()
        .flatten()
        .collect();
        page.paragraph(&facts.join(", "))?;
        let trace = trace::lines(self.report, event, self.all);
        let panic = words::panic(printed);
        let lines =
            std::iter::once(printed.title.as_str()).chain(trace.iter().map(String::as_str)).chain(panic.as_deref());
        page.block(lines)?;
        if let Some(module) = printed.linked_in.as_ref().and_then(|list| list.last_unloaded.as_ref()) {
            let flags = module.flags.to_string();
            let flags = if flags.is_empty() { flags } else { format!(" ({})", page.name(&flags)) };
            page.paragraph(&format!("Last unloaded before it: {}{flags}.", page.name(&module.name)))?;
        }
        let states = [
            (printed.headless, "The head of this event was cut away."),
            (printed.garbled, "Lines of several CPUs are mixed in this event; it may be incomplete."),
            (printed.truncated, "The log ends inside this event."),
        ];
        for (_, sentence) in states.iter().filter(|(holds, _)| *holds) {
            page.paragraph(sentence)?;
        }
        Ok(())
    }

    pub(super) fn modules(&self, page: &mut Page<'_>) -> io::Result<()> {
        let listed: Vec<&Module> = self
            .report
            .modules
            .iter()
            .filter(|module| self.all || module.provenance != Provenance::Distribution)
            .collect();
        if listed.is_empty() {
            return Ok(());
        }
        let undetermined = listed.iter().any(|module| module.provenance == Provenance::Undetermined);
        page.heading(match (self.all, undetermined) {
            (true, _) => "Modules",
            (false, true) => "Third-party modules, and those of undetermined origin",
            (false, false) => "Third-party modules",
        })?;
        let heads = ["module", "flags", "state", "signature", "licence", "version", "package", "owner", "loaded"];
        let rows: Vec<Vec<String>> = listed.iter().map(|module| self.module_row(page, module)).collect();
        page.table(&heads, &rows)
    }

    fn module_row(&self, page: &Page<'_>, module: &Module) -> Vec<String> {
        let text = |value: Option<&str>| value.map(|value| page.text(value)).unwrap_or_default();
        let signature = match (SignatureState::from(module.signature), &module.signer) {
            (SignatureState::Unknown, _) => String::new(),
            (state, Some(signer)) => format!("{}, {}", state.as_str(), page.text(signer)),
            (state, None) => state.as_str().to_owned(),
        };
        let foreign = module.provenance == Provenance::ThirdParty;
        let owner = words::owner(module).or_else(|| foreign.then(|| "unknown".to_owned()));
        vec![
            page.name(&module.name),
            page.name(words::flags(module.flags.as_deref())),
            page.text(&module.in_words()),
            signature,
            text(module.license.as_deref()),
            text(module.version.as_deref()),
            text(module.package.as_deref()),
            text(owner.as_deref()),
            module.loaded.map_or("", |loaded| if loaded { "yes" } else { "no" }).to_owned(),
        ]
    }

    pub(super) fn evidence(&self, page: &mut Page<'_>) -> io::Result<()> {
        let suspects: Vec<_> = self.selection.events.iter().flat_map(|told| &told.standing).collect();
        let bystanders: Vec<_> = self
            .selection
            .events
            .iter()
            .filter_map(|told| told.bystanders_in_words().map(|words| (told.event, words)))
            .collect();
        let apart = self.selection.modules.iter().filter(|module| module.provenance != Provenance::Distribution);
        let apart: Vec<_> = apart.filter(|module| !module.origins.is_empty()).collect();
        if suspects.is_empty() && bystanders.is_empty() && apart.is_empty() {
            return Ok(());
        }
        page.heading("Evidence")?;
        let mut described = HashSet::new();
        for suspect in suspects {
            let module = page.name(&suspect.module);
            let role = words::role(suspect);
            page.item(&format!("Event {}, {module}, {role}: {}", suspect.event, page.text(&suspect.reason)))?;
            let first_time = described.insert(suspect.module.as_str());
            let quotes = self.quotes(suspect, first_time);
            page.block(quotes.iter().map(String::as_str))?;
        }
        for (event, words) in bystanders {
            let why = event.exoneration.as_ref();
            let reason = why.map(|e| format!("{}; ", page.text(&e.reason))).unwrap_or_default();
            page.item(&format!("Event {}: {reason}{}.", event.id, page.text(&words)))?;
            let origins = std::iter::once(&event.event.origin).chain(why.iter().flat_map(|e| &e.evidence));
            let quotes: Vec<String> = origins.map(|origin| quote::line(self.report, origin, "")).collect();
            page.block(quotes.iter().map(String::as_str))?;
        }
        for module in apart {
            page.item(&format!("{}: {}", page.name(&module.name), page.text(&module.in_words())))?;
            let quotes = module.origins.iter().take(MOST_WITNESSES);
            let quotes: Vec<String> = quotes.map(|o| quote::line(self.report, o, &module.name)).collect();
            page.block(quotes.iter().map(String::as_str))?;
        }
        Ok(())
    }

    /// The lines behind a suspicion, then (once a module) those that tell where the module comes from.
    fn quotes(&self, suspect: &Suspect, with_origins: bool) -> Vec<String> {
        let module = self.report.module(&suspect.module).filter(|_| with_origins);
        let of_module = module.iter().flat_map(|module| module.origins.iter().take(MOST_WITNESSES));
        let mut told = HashSet::new();
        let places = suspect.evidence.iter().chain(of_module).filter(|origin| told.insert(*origin));
        places.map(|origin| quote::line(self.report, origin, &suspect.module)).collect()
    }

    pub(super) fn conflicts_and_remarks(&self, page: &mut Page<'_>) -> io::Result<()> {
        let conflicts: Vec<_> = self
            .report
            .modules
            .iter()
            .flat_map(|module| module.conflicts.iter().map(move |conflict| (module, conflict)))
            .collect();
        if !conflicts.is_empty() {
            page.heading("Where the sources disagree")?;
            for (module, conflict) in conflicts {
                page.item(&format!("{}: {}", page.name(&module.name), page.text(conflict)))?;
            }
        }
        if !self.report.remarks.is_empty() {
            page.heading("Also worth knowing")?;
            for remark in &self.report.remarks {
                page.item(&page.text(remark))?;
            }
        }
        Ok(())
    }

    /// Owners of the modules that stand in an event that is told.
    pub(super) fn where_to_turn(&self, page: &mut Page<'_>) -> io::Result<()> {
        let standing = self.selection.events.iter().flat_map(|told| &told.standing);
        // Whoever was only interrupted has nothing to do with it.
        let standing: HashSet<&str> =
            standing.filter(|s| s.context != StackContext::Interrupted).map(|s| s.module.as_str()).collect();
        let owned: Vec<_> = self
            .report
            .third_party()
            .filter(|module| standing.contains(module.name.as_str()))
            .filter_map(|module| module.vendor.as_ref().map(|owner| (module, owner)))
            .collect();
        if owned.is_empty() {
            return Ok(());
        }
        page.heading("Where to turn")?;
        for (module, owner) in owned {
            let contact = owner.contact.as_deref().map(|contact| format!(": {}", page.text(contact)));
            let name = page.name(&module.name);
            let owner = format!("{}, {}", page.text(&owner.vendor), page.text(&owner.product));
            page.item(&format!("{name}: {owner}{}", contact.unwrap_or_default()))?;
        }
        Ok(())
    }

    /// How each suspect came to its rank.
    pub(super) fn ranking(&self, page: &mut Page<'_>) -> io::Result<()> {
        let standing = self.selection.events.iter().flat_map(|told| &told.standing).filter(|s| words::stands(s));
        let ranked: Vec<_> = standing.collect();
        if ranked.is_empty() {
            return Ok(());
        }
        page.heading("How this was ranked")?;
        for suspect in ranked {
            let module = page.name(&suspect.module);
            let how = page.text(&explained(self.report, suspect));
            page.item(&format!("Event {}, {module}: {how}", suspect.event))?;
        }
        Ok(())
    }

    pub(super) fn next_steps(&self, page: &mut Page<'_>) -> io::Result<()> {
        if self.report.next_steps.is_empty() {
            return Ok(());
        }
        page.heading("Next steps")?;
        for step in &self.report.next_steps {
            page.item(&page.sentence(step))?;
        }
        Ok(())
    }

    pub(super) fn what_could_not_be_read(&self, page: &mut Page<'_>) -> io::Result<()> {
        let problems = &self.report.problems;
        if problems.is_empty() {
            return Ok(());
        }
        page.heading("What could not be read")?;
        let told = if self.all { problems.len() } else { MOST_PROBLEMS };
        for problem in problems.iter().take(told) {
            page.item(&format!("{}: {}", page.name(&problem.path), page.text(&problem.message)))?;
        }
        match problems.len().saturating_sub(told) {
            0 => Ok(()),
            more => page.item(&format!("and {more} more")),
        }
    }
}

pub(super) fn place(page: &Page<'_>, origin: &Origin) -> String {
    page.name(&origin.to_string())
}
