//! What the page knows of each report: short, since there may be thousands. What is not known or empty is left out.
//!
//! Text of an input passes through [`shown`]: letters that cannot be seen are shown as their numbers.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use super::super::selection::Selection;
use super::super::words;
use super::events::{Event, events};
use super::shown::{Quote, is_zero, shown};
use crate::facts::{SecureBoot, SignatureState};
use crate::triage::{self, Provenance, Role};

/// Witnesses of a module that are quoted.
const MOST_WITNESSES: usize = 4;
/// Problems told of a report.
const MOST_PROBLEMS: usize = 50;
/// Modules of a report that are told, and its suspects that are merely present.
const MOST_MODULES: usize = 60;

/// All that the page shows.
#[derive(Serialize)]
pub(super) struct Data {
    reports: Vec<Report>,
    groups: Vec<Group>,
    modules: Vec<Standing>,
    hosts: Vec<Host>,
}

impl Data {
    pub(super) fn new(reports: &[triage::Report], names: &[String], summary: &triage::Summary, all: bool) -> Self {
        let numbers = reports.iter().enumerate().map(|(number, report)| (report.label(), number)).collect();
        Self {
            reports: reports.iter().zip(names).map(|(report, name)| Report::new(report, name, all)).collect(),
            groups: summary.groups.iter().map(|group| Group::new(group, &numbers)).collect(),
            modules: summary.modules.iter().map(Standing::from).collect(),
            hosts: summary.hosts.iter().map(Host::from).collect(),
        }
    }
}

fn maybe(text: Option<&str>) -> Option<String> {
    text.map(shown)
}

#[derive(Serialize)]
struct Report {
    name: String,
    input: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    member: Option<String>,
    kind: &'static str,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    failed: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    collected: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    distro: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hardware: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kernel: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arch: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taint: Option<Taint>,
    #[serde(rename = "secureBoot", skip_serializing_if = "Option::is_none")]
    secure_boot: Option<(&'static str, Quote)>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    logs: Vec<(String, u64)>,
    verdict: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    events: Vec<Event>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suspects: Vec<Suspect>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    modules: Vec<Module>,
    #[serde(rename = "moreModules", skip_serializing_if = "is_zero")]
    more_modules: usize,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    remarks: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    steps: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    problems: Vec<(String, String)>,
    #[serde(rename = "moreProblems", skip_serializing_if = "is_zero")]
    more_problems: usize,
}

impl Report {
    fn new(report: &triage::Report, name: &str, all: bool) -> Self {
        let selection = Selection::of(report, all);
        let told: HashSet<u32> = selection.events.iter().map(|told| told.event.id).collect();
        let suspects = report.suspects.iter().filter(|suspect| told.contains(&suspect.event));
        let suspects: Vec<Suspect> =
            suspects.filter(|s| words::stands(s)).map(|suspect| Suspect::new(report, suspect)).collect();
        let modules = report.modules.iter().filter(|m| all || m.provenance != Provenance::Distribution);
        let kept = if all { report.modules.len() } else { MOST_MODULES };
        let more_modules = modules.clone().count().saturating_sub(kept);
        Self {
            name: shown(name),
            input: shown(&report.input),
            member: maybe(report.member.as_deref()),
            kind: report.kind.as_str(),
            failed: report.failed,
            host: maybe(report.host.as_deref()),
            collected: maybe(report.collected.as_deref()),
            distro: report.distro.as_ref().map(|distro| shown(&distro.pretty)),
            hardware: maybe(report.hardware.as_deref()),
            kernel: report.kernel.as_ref().map(|kernel| shown(&kernel.release)),
            arch: report.kernel.as_ref().and_then(|kernel| maybe(kernel.arch.as_deref())),
            taint: report.taint.as_ref().map(|taint| Taint::new(report, taint)),
            secure_boot: report
                .secure_boot
                .as_ref()
                .map(|state| (secure_boot_in_words(state.value), Quote::new(report, &state.origin, "secureboot"))),
            logs: report.logs_read.iter().map(|(path, lines)| (shown(path), *lines)).collect(),
            verdict: shown(&report.verdict),
            events: events(report, &selection, all),
            suspects,
            modules: modules.take(kept).map(|module| Module::new(report, module)).collect(),
            more_modules,
            remarks: report.remarks.iter().map(|text| shown(text)).collect(),
            steps: report.next_steps.iter().map(|text| shown(text)).collect(),
            problems: report.problems.iter().take(MOST_PROBLEMS).map(|p| (shown(&p.path), shown(&p.message))).collect(),
            more_problems: report.problems.len().saturating_sub(MOST_PROBLEMS),
        }
    }
}

fn secure_boot_in_words(state: SecureBoot) -> &'static str {
    match state {
        SecureBoot::Enabled => "enabled",
        SecureBoot::Disabled => "disabled",
        SecureBoot::Undetermined => "undetermined",
    }
}

/// Taint of a kernel.
#[derive(Serialize)]
struct Taint {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    flags: Vec<(Option<char>, &'static str)>,
    quote: Quote,
}

impl Taint {
    fn new(report: &triage::Report, taint: &triage::KernelTaint) -> Self {
        Self {
            // As text: a script's numbers have 53 bits.
            value: taint.value.map(|value| value.to_string()),
            flags: taint.flags.iter().map(|flag| (flag.letter, flag.name)).collect(),
            quote: Quote::new(report, &taint.origin, ""),
        }
    }
}

/// A module that stands in an event.
#[derive(Serialize)]
struct Suspect {
    module: String,
    event: u32,
    role: &'static str,
    confidence: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<String>,
    reason: String,
    ranking: Vec<String>,
    quotes: Vec<Quote>,
}

impl Suspect {
    fn new(report: &triage::Report, suspect: &triage::Suspect) -> Self {
        let quote = |origin| Quote::new(report, origin, &suspect.module);
        Self {
            module: shown(&suspect.module),
            event: suspect.event,
            role: suspect.role.as_str(),
            confidence: suspect.confidence.as_str(),
            flags: maybe(suspect.flags.as_deref()),
            reason: shown(&suspect.reason),
            ranking: suspect.ranking.iter().map(|text| shown(text)).collect(),
            quotes: suspect.evidence.iter().map(quote).collect(),
        }
    }
}

/// A module, with the witnesses of where it comes from.
#[derive(Serialize)]
struct Module {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    flags: Option<String>,
    words: String,
    #[serde(rename = "thirdParty", skip_serializing_if = "std::ops::Not::not")]
    third_party: bool,
    /// The strongest role in any event; none for one that stands nowhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signature: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    license: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    package: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    contact: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    loaded: Option<bool>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    conflicts: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    quotes: Vec<Quote>,
}

impl Module {
    fn new(report: &triage::Report, module: &triage::Module) -> Self {
        let owner = module.vendor.as_ref();
        let roles = report.suspects.iter().filter(|s| s.module == module.name && words::stands(s));
        let witnesses = module.origins.iter().take(MOST_WITNESSES);
        Self {
            name: shown(&module.name),
            flags: maybe(module.flags.as_deref()),
            words: shown(&module.in_words()),
            third_party: module.provenance == Provenance::ThirdParty,
            role: roles.map(|suspect| suspect.role).min().map(Role::as_str),
            signature: (module.signature != SignatureState::Unknown).then(|| module.signature.as_str()),
            signer: maybe(module.signer.as_deref()),
            license: maybe(module.license.as_deref()),
            version: maybe(module.version.as_deref()),
            package: maybe(module.package.as_deref()),
            owner: owner.map(|owner| shown(&format!("{}, {}", owner.vendor, owner.product))),
            contact: owner.and_then(|owner| maybe(owner.contact.as_deref())),
            loaded: module.loaded,
            conflicts: module.conflicts.iter().map(|text| shown(text)).collect(),
            quotes: witnesses.map(|origin| Quote::new(report, origin, &module.name)).collect(),
        }
    }
}

/// The same fault on several reports, by their numbers on the page.
#[derive(Serialize)]
struct Group {
    title: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    module: Option<String>,
    reports: Vec<usize>,
    hosts: usize,
    occurrences: usize,
}

impl Group {
    fn new(group: &triage::Group, numbers: &HashMap<String, usize>) -> Self {
        Self {
            title: shown(&group.title),
            module: maybe(group.module.as_deref()),
            reports: group.reports.iter().filter_map(|label| numbers.get(label).copied()).collect(),
            hosts: group.hosts.len(),
            occurrences: group.occurrences,
        }
    }
}

/// How often a module stands in events.
#[derive(Serialize)]
struct Standing {
    module: String,
    standing: usize,
    first: usize,
    loaded: usize,
}

impl From<&triage::Standing> for Standing {
    fn from(row: &triage::Standing) -> Self {
        Self { module: shown(&row.module), standing: row.in_backtrace, first: row.first_suspect, loaded: row.loaded }
    }
}

/// What changed between the reports of a host.
#[derive(Serialize)]
struct Host {
    host: String,
    reports: Vec<(String, Option<String>, Vec<String>)>,
}

impl From<&triage::HostHistory> for Host {
    fn from(history: &triage::HostHistory) -> Self {
        let report = |report: &triage::HostReport| {
            let changes = report.changes.iter().map(|change| shown(change)).collect();
            (shown(&report.report), maybe(report.collected.as_deref()), changes)
        };
        Self { host: shown(&history.host), reports: history.reports.iter().map(report).collect() }
    }
}
