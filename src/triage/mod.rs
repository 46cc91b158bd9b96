//! Facts to findings: one record per module, the same event seen in several logs told once, and who stands in it.
//!
//! The steps, in order: tell each event once ([`told`]), find the event the report is about ([`incident`]), merge the
//! witnesses of each module ([`merge`]), see how each module stands in each event ([`correlate`]), decide who may be
//! suspected and how far that carries ([`rank`]), whether anybody may be at all ([`exonerate`]), and say it in a sentence
//! ([`verdict`]).

mod address;
mod bad_address;
mod batch;
mod boot;
mod conflicts;
mod correlate;
mod counters;
mod dumped;
mod exonerate;
mod finding;
#[cfg(test)]
mod fixtures;
mod helpers;
mod history;
mod incident;
mod kernel_wide;
mod merge;
mod module;
mod name;
mod next_steps;
mod other_stacks;
mod places;
mod quotes;
mod rank;
mod remarks;
mod report;
mod summary;
mod testimony;
#[cfg(test)]
mod tests;
mod told;
mod unaccounted;
mod vendor;
mod verdict;
mod weights;
#[cfg(test)]
mod weights_tests;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use crate::facts::{KernelEvent, Located, NoticeKind, Origin, PrintedTaint, Quotes, ReportFacts, SecureBoot, Witness};
use crate::taint::{self, Lineage};

pub use batch::summarize;
pub use finding::{BadAddress, Cause, Confidence, Event, Exoneration, FlippedBit, Role, Suspect};
pub use module::{Module, ModuleTree, Owner, Provenance, TreePlace, WeakUpdate};
pub use report::{Dump, InputKind, Kernel, KernelTaint, OtherStack, Report};
pub use summary::{Group, HostHistory, HostReport, Standing, Summary};

use merge::Modules;
pub(crate) use name::canonical;
use remarks::Compared;
use told::Told;

/// How much of what was found a report keeps.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Third-party modules, and those of undetermined origin that stand in an event.
    #[default]
    WhatMatters,
    /// Every module.
    Everything,
}

/// Where a report came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The input as the user named it.
    pub input: String,
    /// Path inside a bundle.
    pub member: Option<String>,
    /// What it is.
    pub kind: InputKind,
}

/// Concludes what the facts of one report allow.
pub fn triage(subject: Subject, mut facts: ReportFacts, scope: Scope) -> Report {
    let like_a_fault =
        facts.logs.iter().filter_map(|log| Some(Origin::line(log.path.clone(), log.like_a_fault?))).collect();
    let logs_read: Vec<(String, u64)> = facts.logs.iter().map(|l| (l.path.to_string(), l.lines)).collect();
    let year = facts.host.collected.as_ref().and_then(|c| c.value.get(..4)?.parse().ok());
    let mut told = told::tell_once(&mut facts.logs, year);
    let differences = dumped::join(&mut told, &facts.dumps);
    let ranges = address::place(&mut told, &facts);
    let boots: Vec<usize> = told.iter().map(|t| t.boot).collect();
    let follows = incident::follow_ups(&told);
    let primary = incident::primary(&told, &follows);

    let mut tree = places::trees(&facts);
    // Of module files by themselves the kernel is the one that they are for.
    let of_tree = || tree.as_ref().filter(|_| subject.kind == InputKind::ModuleTree)?.releases.first().cloned();
    let release = report_release(&facts, primary.and_then(|p| told.get(p))).or_else(of_tree);
    let lineage_of = |event: Option<&KernelEvent>| lineage_of(event, release.as_deref());
    let modules = Modules::merge(&facts, &told, primary, &lineage_of);
    let complaints = exonerate::Complaints::of(&facts.logs);
    let seen = Seen { modules: &modules, complaints: &complaints, ranges: &ranges };
    let ended = counters::ended_boots(&told, &facts.logs);
    let (events, suspects) = judge(told, &follows, primary, &seen, &lineage_of);

    let primary_event = events.iter().find(|e| e.primary);
    let lineage = lineage_of(primary_event.map(|e| &*e.event));
    let failed =
        logs_read.is_empty() && modules.loaded() == 0 && facts.module_files.is_empty() && !facts.problems.is_empty();
    let kept = kept_modules(&modules, &suspects, scope);
    if let Some(tree) = &mut tree {
        tree.third_party = third_party_files(&kept, &facts);
    }
    let mut report = Report {
        input: subject.input,
        member: subject.member,
        kind: subject.kind,
        failed,
        taint: kernel_taint(&facts, primary_event, lineage),
        kernel: release.map(|release| Kernel { release, lineage, arch: arch(&facts) }),
        secure_boot: secure_boot(&facts),
        modules_loaded: modules.loaded(),
        modules: kept,
        tree,
        blacklists: facts.blacklists,
        crash_directories: facts.crash_directories,
        dumps: other_stacks::dumps(&facts.dumps, &modules),
        host: facts.host.hostname.map(|h| h.value),
        collected: facts.host.collected.map(|c| c.value),
        distro: facts.host.distro.map(|d| d.value),
        hardware: facts.host.hardware.map(|h| h.value),
        events,
        suspects,
        remarks: differences,
        next_steps: Vec::new(),
        like_a_fault,
        logs_read,
        verdict: String::new(),
        quotes: Quotes::default(),
        problems: facts.problems,
    };
    let compared = Compared {
        modules: &modules,
        counters: &facts.counters,
        boots: &boots,
        ended: &ended,
        mask_of_dump: facts.dumps.iter().any(|d| d.tainted.is_some()),
        logs: &facts.logs,
    };
    report.remarks.extend(other_stacks::remarks(report.primary_event(), &report.dumps));
    report.remarks.extend(remarks::remarks(&report, &compared));
    report.next_steps = next_steps::next_steps(&report);
    report.verdict = verdict::verdict(&report);
    report.quotes = quotes::cited(&report, &facts.quotes, &facts.logs);
    report
}

/// How many third-party modules there are files of.
fn third_party_files(kept: &[Module], facts: &ReportFacts) -> usize {
    let files = facts.module_files.iter().filter(|file| file.witness == Witness::ModuleFile);
    let files: BTreeSet<String> = files.map(|file| name::canonical(&file.name)).collect();
    kept.iter().filter(|m| m.provenance == Provenance::ThirdParty && files.contains(&m.name)).count()
}

/// The release of the primary event, else of the running kernel, else of any event or dump.
fn report_release(facts: &ReportFacts, primary: Option<&Told>) -> Option<String> {
    let of_event = primary.and_then(|t| t.event.release.as_ref());
    let of_dump = || facts.dumps.iter().find_map(|d| d.release.as_ref()).map(|f| &f.value);
    let of_boot = || facts.logs.iter().rev().flat_map(|l| l.boots.iter().rev()).find_map(|b| b.release.as_ref());
    let running = || facts.host.release.as_ref().map(|r| &r.value);
    of_event.or_else(of_dump).or_else(running).or_else(of_boot).map(ToString::to_string)
}

fn lineage_of(event: Option<&KernelEvent>, report_release: Option<&str>) -> Lineage {
    let release = event.and_then(|e| e.release.as_ref()).map_or(report_release, |r| Some(r.as_str()));
    match event.and_then(|e| e.taint.as_ref()) {
        Some(PrintedTaint::Tainted(printed)) => Lineage::of_release_and_printed(release, printed),
        _ => Lineage::of_release(release.unwrap_or_default()),
    }
}

/// What events are judged by.
struct Seen<'a> {
    modules: &'a Modules,
    complaints: &'a exonerate::Complaints<'a>,
    ranges: &'a address::Ranges,
}

/// Turns told events into judged ones, with the suspects of all: those of the primary event first.
fn judge(
    told: Vec<Told>,
    follows: &[Option<usize>],
    primary: Option<usize>,
    seen: &Seen<'_>,
    lineage_of: &dyn Fn(Option<&KernelEvent>) -> Lineage,
) -> (Vec<Event>, Vec<Suspect>) {
    let modules = seen.modules;
    let number = |index: usize| u32::try_from(index).unwrap_or(u32::MAX).saturating_add(1);
    let (mut first, mut rest) = (Vec::new(), Vec::new());
    let indices = |is: &dyn Fn(&KernelEvent) -> bool| -> BTreeSet<usize> {
        told.iter().enumerate().filter(|(_, t)| is(&t.event)).map(|(i, _)| i).collect()
    };
    let deaths = indices(&|e| incident::gravity(e) == weights::Gravity::Death);
    // Taint does not go away: what a later event of the boot lacks, its earlier ones lacked.
    let mut clean: HashMap<(usize, Arc<str>), usize> = HashMap::new();
    for index in indices(&kernel_wide::rules_out_foreign_modules) {
        if let Some(told) = told.get(index) {
            clean.insert((told.boot, Arc::clone(&told.event.origin.path)), index);
        }
    }
    let of_hardware = indices(&|e| exonerate::cause_without_code(e) == Some(Cause::Hardware));
    let mut events = Vec::with_capacity(told.len());
    for (index, told) in told.into_iter().enumerate() {
        let follow_up = follows.get(index).copied().flatten();
        let lineage = lineage_of(Some(&told.event));
        let bad_address = bad_address::read(&told.event, seen.ranges.of_boot(told.boot));
        let circumstances = rank::Circumstances {
            after_death: follow_up.is_some_and(|cause| deaths.contains(&cause)),
            after_hardware: follow_up.is_some_and(|cause| of_hardware.contains(&cause)),
            bad_address: bad_address.as_ref(),
            no_foreign_modules: clean
                .get(&(told.boot, Arc::clone(&told.event.origin.path)))
                .is_some_and(|last| index <= *last),
        };
        let mut suspects = rank::suspects(number(index), &told.event, modules, lineage, circumstances);
        let exoneration = exonerate::exoneration(&told, seen.complaints, &suspects);
        if exoneration.is_some() {
            suspects.clear();
        }
        let cause = exoneration.as_ref().map(|e| e.cause);
        let cause = cause.or_else(|| exonerate::cause_without_code(&told.event));
        let cause = cause.or_else(|| (!suspects.is_empty()).then_some(Cause::Module));
        if Some(index) == primary {
            let named = suspects.iter().map(|s| s.module.as_str());
            let named: BTreeSet<&str> =
                named.chain(exoneration.iter().flat_map(|e| &e.bystanders).map(String::as_str)).collect();
            let present = rank::present(number(index), &told.event, modules, lineage, &named);
            suspects.extend(present);
            first = suspects;
        } else {
            rest.extend(suspects);
        }
        events.push(Event {
            id: number(index),
            event: told.event,
            also_at: told.also_at,
            cause: cause.unwrap_or_default(),
            exoneration,
            bad_address,
            primary: Some(index) == primary,
            follows: follow_up.map(number),
        });
    }
    first.extend(rest);
    (events, first)
}

/// Third-party modules by name, then the undetermined ones that are suspects; or all.
fn kept_modules(modules: &Modules, suspects: &[Suspect], scope: Scope) -> Vec<Module> {
    let mut suspected: BTreeSet<&str> = suspects.iter().map(|s| s.module.as_str()).collect();
    let mut kept: Vec<Module> = Vec::new();
    for module in modules.iter() {
        let suspect = suspected.remove(module.name.as_str());
        if suspect || scope == Scope::Everything || module.provenance == Provenance::ThirdParty {
            kept.push(module);
        }
    }
    // Suspects that no witness but the backtrace speaks of.
    kept.extend(suspected.into_iter().map(|name| modules.get(name)));
    kept.sort_by(|a, b| a.provenance.cmp(&b.provenance).then_with(|| a.name.cmp(&b.name)));
    kept
}

/// The taint mask at collection; else the letters of the primary event.
fn kernel_taint(facts: &ReportFacts, primary: Option<&Event>, lineage: Lineage) -> Option<KernelTaint> {
    let of_dump = facts.dumps.iter().find_map(|d| d.tainted.as_ref().map(|t| (t.value, d.origin.clone())));
    let mask = of_dump.or_else(|| facts.tainted.first().map(|t| (t.value, t.origin.clone())));
    if let Some((value, origin)) = mask {
        let decoded = taint::decode_mask(lineage, value);
        return Some(KernelTaint { value: Some(value), flags: decoded.flags, origin });
    }
    let event = &primary?.event;
    let PrintedTaint::Tainted(printed) = event.taint.as_ref()? else { return None };
    let decoded = taint::decode_printed(printed, event.release.as_ref().map(|r| r.as_str()));
    // Letters do not give the mask: some bits have none.
    Some(KernelTaint { value: None, flags: decoded.flags, origin: event.origin.clone() })
}

fn arch(facts: &ReportFacts) -> Option<String> {
    let of_dump = facts.dumps.iter().find_map(|d| d.arch).map(str::to_owned);
    facts.host.arch.as_ref().map(|a| a.value.clone()).or(of_dump)
}

/// What mokutil says, else what the kernel logged.
fn secure_boot(facts: &ReportFacts) -> Option<Located<SecureBoot>> {
    facts.secure_boot.clone().or_else(|| {
        let said = facts.logs.iter().flat_map(|l| &l.notices).rev().find_map(|n| match n.kind {
            NoticeKind::SecureBootEnabled => Some((SecureBoot::Enabled, n)),
            NoticeKind::SecureBootDisabled => Some((SecureBoot::Disabled, n)),
            _ => None,
        });
        said.map(|(state, notice)| Located::new(state, notice.origin.clone()))
    })
}
