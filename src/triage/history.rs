//! The reports of one host in order of time, and what changed between them.

use std::collections::BTreeMap;

use super::module::Module;
use super::report::Report;
use super::summary::{HostHistory, HostReport};

/// Hosts with more than one report, by name. Reports without a time of collection come first, in the order given.
pub(super) fn of_hosts(reports: &[Report]) -> Vec<HostHistory> {
    let mut hosts: BTreeMap<&str, Vec<&Report>> = BTreeMap::new();
    for report in reports.iter().filter(|r| !r.failed) {
        if let Some(host) = report.host.as_deref() {
            hosts.entry(host).or_default().push(report);
        }
    }
    hosts.into_iter().filter(|(_, reports)| reports.len() > 1).map(|(host, reports)| history(host, reports)).collect()
}

fn history(host: &str, mut reports: Vec<&Report>) -> HostHistory {
    reports.sort_by_key(|r| r.collected.as_deref().map(instant));
    let before = std::iter::once(None).chain(reports.iter().copied().map(Some));
    let told = reports.iter().zip(before).map(|(report, before)| HostReport {
        report: report.label(),
        collected: report.collected.clone(),
        changes: before.map(|before| changes(before, report)).unwrap_or_default(),
    });
    HostHistory { host: host.to_owned(), reports: told.collect() }
}

/// What a time of collection sorts by: seconds since 1970 where it has an offset or is taken for UTC, else its text.
fn instant(rfc3339: &str) -> (i64, String) {
    let with_offset = rfc3339.parse::<jiff::Timestamp>().ok();
    let civil = || jiff::tz::TimeZone::UTC.to_timestamp(rfc3339.parse::<jiff::civil::DateTime>().ok()?).ok();
    (with_offset.or_else(civil).map_or(0, jiff::Timestamp::as_second), rfc3339.to_owned())
}

/// Kernel and third-party modules: added, removed, another version, newly unsigned.
fn changes(before: &Report, now: &Report) -> Vec<String> {
    let mut changes = Vec::new();
    let kernels = before.kernel.as_ref().zip(now.kernel.as_ref()).filter(|(old, new)| old.release != new.release);
    changes.extend(kernels.map(|(old, new)| format!("kernel {} -> {}", old.release, new.release)));
    let (old, new) = (loaded(before), loaded(now));
    for (name, module) in &new {
        match old.get(name) {
            None => changes.push(format!("{name} added{}", version(module))),
            Some(was) => changes.extend(changed(was, module)),
        }
    }
    // A report in which no module at all was seen does not show that one is gone.
    if now.modules_loaded > 0 {
        let gone = old.iter().filter(|(name, _)| !new.contains_key(*name));
        changes.extend(gone.map(|(name, module)| format!("{name} removed{}", version(module))));
    }
    changes
}

fn loaded(report: &Report) -> BTreeMap<&str, &Module> {
    report.third_party().filter(|m| m.loaded != Some(false)).map(|m| (m.name.as_str(), m)).collect()
}

fn changed(was: &Module, now: &Module) -> Vec<String> {
    let name = &now.name;
    let mut changed = Vec::new();
    let versions = was.version.as_ref().zip(now.version.as_ref()).filter(|(old, new)| old != new);
    changed.extend(versions.map(|(old, new)| format!("{name} {old} -> {new}")));
    match (was.unsigned, now.unsigned) {
        (Some(false), Some(true)) => changed.push(format!("{name} newly unsigned")),
        (Some(true), Some(false)) => changed.push(format!("{name} signed now")),
        _ => {}
    }
    changed
}

fn version(module: &Module) -> String {
    module.version.as_deref().map(|v| format!(" ({v})")).unwrap_or_default()
}
