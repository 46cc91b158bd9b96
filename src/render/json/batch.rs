//! What a batch comes to, in the contract.

use schemars::JsonSchema;
use serde::Serialize;

use crate::triage;

/// What a batch comes to.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Summary<'a> {
    /// Inputs given or found.
    pub inputs: usize,
    /// Inputs of which nothing could be read.
    pub failed: usize,
    /// The same fault on several reports, most reports first.
    pub groups: Vec<Group<'a>>,
    /// Third-party modules over all reports: those that stand in most reports' events first.
    pub modules: Vec<Standing<'a>>,
    /// Hosts with more than one report, by name.
    pub hosts: Vec<HostHistory<'a>>,
}

impl<'a> From<&'a triage::Summary> for Summary<'a> {
    fn from(summary: &'a triage::Summary) -> Self {
        Self {
            inputs: summary.inputs,
            failed: summary.failed,
            groups: summary.groups.iter().map(Group::from).collect(),
            modules: summary.modules.iter().map(Standing::from).collect(),
            hosts: summary.hosts.iter().map(HostHistory::from).collect(),
        }
    }
}

/// The same fault on several reports.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Group<'a> {
    /// The same for the same fault on other hosts, kernels and builds: hexadecimal.
    pub signature: &'a str,
    /// The fault in words.
    pub title: &'a str,
    /// The module that most of them name.
    pub module: Option<&'a str>,
    /// Inputs (with member) that show it.
    pub reports: &'a [String],
    /// Hosts that show it, by name.
    pub hosts: &'a [String],
    /// How often it happened: two reports of one host that tell the same event count once.
    pub occurrences: usize,
}

impl<'a> From<&'a triage::Group> for Group<'a> {
    fn from(group: &'a triage::Group) -> Self {
        Self {
            signature: &group.signature,
            title: &group.title,
            module: group.module.as_deref(),
            reports: &group.reports,
            hosts: &group.hosts,
            occurrences: group.occurrences,
        }
    }
}

/// How often a third-party module stands in events, over all reports.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Standing<'a> {
    /// Module, as in `modules` of the reports.
    pub module: &'a str,
    /// Reports in which it stands in an event: at fault, named, or in a backtrace.
    pub in_backtrace: usize,
    /// Reports in which it is the first suspect of the primary event.
    pub first_suspect: usize,
    /// Reports in which it is loaded.
    pub loaded: usize,
}

impl<'a> From<&'a triage::Standing> for Standing<'a> {
    fn from(standing: &'a triage::Standing) -> Self {
        Self {
            module: &standing.module,
            in_backtrace: standing.in_backtrace,
            first_suspect: standing.first_suspect,
            loaded: standing.loaded,
        }
    }
}

/// The reports of one host in order of time.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HostHistory<'a> {
    /// Host name.
    pub host: &'a str,
    /// Its reports, the earliest first.
    pub reports: Vec<HostReport<'a>>,
}

impl<'a> From<&'a triage::HostHistory> for HostHistory<'a> {
    fn from(history: &'a triage::HostHistory) -> Self {
        Self { host: &history.host, reports: history.reports.iter().map(HostReport::from).collect() }
    }
}

/// One report of a host, and what changed since the one before.
#[derive(Debug, Serialize, JsonSchema)]
pub struct HostReport<'a> {
    /// Input, with member.
    pub report: &'a str,
    /// Time of collection, RFC 3339.
    pub collected: Option<&'a str>,
    /// What differs from the report before, a few words each; empty for the first.
    pub changes: &'a [String],
}

impl<'a> From<&'a triage::HostReport> for HostReport<'a> {
    fn from(report: &'a triage::HostReport) -> Self {
        Self { report: &report.report, collected: report.collected.as_deref(), changes: &report.changes }
    }
}
