//! The same fault on several reports: a signature that does not change with addresses, offsets, kernels and envelopes.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::finding::{Cause, Event, Role};
use super::helpers::helper;
use super::history;
use super::report::Report;
use super::summary::{Group, Standing, Summary};
use super::verdict::event_in_words;
use super::weights::FRAMES_SIGNED;
use crate::facts::KernelEvent;

/// What the reports of a batch have in common. `inputs` counts what was named or found; a bundle may hold several reports.
pub fn summarize(reports: &[Report], inputs: usize) -> Summary {
    Summary {
        inputs,
        failed: reports.iter().filter(|r| r.failed).count(),
        groups: groups(reports),
        modules: league(reports),
        hosts: history::of_hosts(reports),
    }
}

/// Reports by the signature of their primary event, most reports first.
fn groups(reports: &[Report]) -> Vec<Group> {
    let mut gathered: BTreeMap<String, Gathered<'_>> = BTreeMap::new();
    for (number, report) in reports.iter().enumerate() {
        if let Some(event) = report.primary_event() {
            gathered.entry(signature(&event.event)).or_default().add(number, report, event);
        }
    }
    let mut groups: Vec<Group> = gathered.into_iter().map(|(signature, gathered)| gathered.group(signature)).collect();
    groups.sort_by(|a, b| b.reports.len().cmp(&a.reports.len()).then_with(|| a.title.cmp(&b.title)));
    groups
}

/// What is gathered of one group.
#[derive(Default)]
struct Gathered<'a> {
    title: String,
    reports: Vec<String>,
    hosts: BTreeSet<&'a str>,
    /// Modules by the number of reports that name them first.
    blamed: BTreeMap<String, usize>,
    occurrences: BTreeSet<Occurrence<'a>>,
}

impl<'a> Gathered<'a> {
    fn add(&mut self, number: usize, report: &'a Report, event: &Event) {
        if self.reports.is_empty() {
            self.title = event_in_words(&event.event);
        }
        self.reports.push(report.label());
        self.hosts.extend(report.host.as_deref());
        if let Some(module) = blamed(report, event) {
            *self.blamed.entry(module).or_default() += 1;
        }
        self.occurrences.insert(Occurrence::of(number, report, &event.event));
    }

    fn group(self, signature: String) -> Group {
        let most = self.blamed.into_iter().max_by_key(|(name, reports)| (*reports, Reverse(name.clone())));
        Group {
            signature,
            title: self.title,
            module: most.map(|(name, _)| name),
            reports: self.reports,
            hosts: self.hosts.into_iter().map(str::to_owned).collect(),
            occurrences: self.occurrences.len(),
        }
    }
}

/// What tells one happening of a fault from the next: its host, stamp and process; a report of its own without them.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Occurrence<'a> {
    Stamped(&'a str, u64, Option<u32>),
    /// By the clock on the wall, where the kernel's own stamp is missing.
    Dated(&'a str, String, Option<u32>),
    Unstamped(usize),
}

impl<'a> Occurrence<'a> {
    fn of(number: usize, report: &'a Report, event: &KernelEvent) -> Self {
        match (&report.host, event.time_us, &event.wall) {
            (Some(host), Some(time), _) => Self::Stamped(host, time, event.pid),
            (Some(host), None, Some(wall)) => Self::Dated(host, wall.clone(), event.pid),
            _ => Self::Unstamped(number),
        }
    }
}

/// Third-party modules by the number of reports in whose events they stand, then by the number in which they are loaded.
fn league(reports: &[Report]) -> Vec<Standing> {
    let mut league: BTreeMap<&str, Standing> = BTreeMap::new();
    for report in reports {
        let standing: BTreeSet<&str> =
            report.suspects.iter().filter(|s| s.role != Role::Present).map(|s| s.module.as_str()).collect();
        let first = report.primary_event().and_then(|e| blamed(report, e));
        for module in report.third_party() {
            let row = league.entry(&module.name).or_default();
            row.in_backtrace += usize::from(standing.contains(module.name.as_str()));
            row.first_suspect += usize::from(first.as_ref() == Some(&module.name));
            row.loaded += usize::from(module.loaded == Some(true));
        }
    }
    let named = league.into_iter().map(|(name, row)| Standing { module: name.to_owned(), ..row });
    let mut league: Vec<Standing> = named.filter(|row| row.loaded > 0 || row.in_backtrace > 0).collect();
    league.sort_by(|a, b| {
        (b.in_backtrace, b.loaded).cmp(&(a.in_backtrace, a.loaded)).then_with(|| a.module.cmp(&b.module))
    });
    league
}

fn blamed(report: &Report, event: &Event) -> Option<String> {
    let first = report.suspects_of(event.id).find(|s| s.role != Role::Present)?;
    (event.cause == Cause::Module).then(|| first.module.clone())
}

/// 64 bits of FNV-1a over kind, function and the first frames, in hexadecimal.
pub(super) fn signature(event: &KernelEvent) -> String {
    let mut parts = vec![event.kind.as_str().to_owned()];
    parts.extend(event.ip.as_ref().map(|ip| place(ip.symbol.as_deref(), ip.module.as_deref())));
    let frames = event.frames.iter().filter(|f| f.reliable && f.symbol.as_deref().is_none_or(|s| helper(s).is_none()));
    parts.extend(frames.take(FRAMES_SIGNED.count()).map(|f| place(f.symbol.as_deref(), f.module.as_deref())));
    let hash = parts
        .join("\n")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

/// A function without what a compiler appends (`.isra.3`, `.cold`), and its module.
fn place(symbol: Option<&str>, module: Option<&str>) -> String {
    let symbol = symbol.unwrap_or("?");
    let stem = symbol.find('.').filter(|&dot| dot > 0).map_or(symbol, |dot| symbol.get(..dot).unwrap_or(symbol));
    format!("{stem} [{}]", module.unwrap_or(""))
}
