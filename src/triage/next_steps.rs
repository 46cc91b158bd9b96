//! What to do next, from a table of rules: each looks at the report and speaks only where its facts support it.

use std::collections::HashMap;
use std::iter;

use super::exonerate::is_interrupt_of_the_machine;
use super::finding::{Cause, Confidence, Event, Role, Suspect};
use super::incident::gravity;
use super::module::{Module, Provenance};
use super::remarks::LOG_TRUNCATED;
use super::report::{InputKind, Report};
use super::weights::{Gravity, SUSPECTS_FOLLOWED};
use crate::facts::{EventKind, StackContext};

/// What a rule looks at: the report, the event it is about, and those who stand in it.
struct Case<'r> {
    report: &'r Report,
    event: &'r Event,
    /// How grave the event is, and what followed from it.
    gravity: Gravity,
    suspects: Vec<(&'r Suspect, &'r Module)>,
}

/// The rules, in the order in which an engineer would go.
const RULES: &[fn(&Case<'_>) -> Option<String>] = &[
    hardware_first,
    ask_the_management_controller,
    look_at_storage,
    test_the_memory,
    who_asked_for_it,
    where_memory_went,
    turn_to_the_vendor,
    find_the_owner,
    find_the_origin,
    open_the_dump,
    collect_a_dump,
    collect_the_whole_log,
    collect_blocked_tasks,
    test_without_it,
    went_on,
];

/// The steps for the event a report is about; none without an event.
pub(super) fn next_steps(report: &Report) -> Vec<String> {
    let Some(event) = report.primary_event() else { return Vec::new() };
    let suspects = report
        .suspects_of(event.id)
        .filter(|s| s.role != Role::Present)
        .filter_map(|s| report.module(&s.module).map(|m| (s, m)))
        .take(SUSPECTS_FOLLOWED.count())
        .collect();
    let case = Case { report, event, gravity: gravity_of_story(report, event), suspects };
    RULES.iter().filter_map(|rule| rule(&case)).collect()
}

/// The gravest of an event and of those that follow from it, at once or by way of others.
fn gravity_of_story(report: &Report, first: &Event) -> Gravity {
    let by_id: HashMap<u32, &Event> = report.events.iter().map(|event| (event.id, event)).collect();
    let is_of_it = |event: &&Event| {
        let mut story = iter::successors(Some(event.id), |id| by_id.get(id).and_then(|event| event.follows));
        story.any(|id| id == first.id)
    };
    by_id.values().copied().filter(is_of_it).map(|event| gravity(&event.event)).max().unwrap_or(Gravity::Remark)
}

impl Case<'_> {
    /// Third-party modules whose standing carries further than a hint.
    fn suspected(&self) -> impl Iterator<Item = (&Suspect, &Module)> {
        self.suspects
            .iter()
            .filter(|(s, m)| {
                s.confidence < Confidence::Low
                    && s.context != StackContext::Interrupted
                    && m.provenance == Provenance::ThirdParty
            })
            .copied()
    }

    /// The task only waited for a device or a file server.
    fn waited_for_storage(&self) -> bool {
        self.event.kind() == EventKind::HungTask
            && self.event.exoneration.as_ref().is_some_and(|e| !e.evidence.is_empty())
    }

    fn died(&self) -> bool {
        self.gravity == Gravity::Death
    }
}

fn hardware_first(case: &Case<'_>) -> Option<String> {
    let machine = case.report.hardware.as_deref().unwrap_or("the machine");
    (case.event.cause == Cause::Hardware && !case.waited_for_storage()).then(|| {
        format!("Have the hardware of {machine} checked: the error log of its management controller, and what mcelog or rasdaemon decoded.")
    })
}

fn ask_the_management_controller(case: &Case<'_>) -> Option<String> {
    is_interrupt_of_the_machine(&case.event.event).then(|| {
        "Read the log of the machine's management controller: what sent the interrupt, or what had hung before, and did somebody ask for it?"
            .to_owned()
    })
}

fn look_at_storage(case: &Case<'_>) -> Option<String> {
    let exoneration = case.event.exoneration.as_ref().filter(|_| case.waited_for_storage())?;
    let lines: Vec<String> = exoneration.evidence.iter().map(ToString::to_string).collect();
    Some(format!(
        "Find out why storage did not answer ({}): the paths, the array or file server, and the network between.",
        lines.join(", ")
    ))
}

fn test_the_memory(case: &Case<'_>) -> Option<String> {
    let flip = case.event.bad_address.as_ref()?.flipped.as_ref()?;
    Some(format!(
        "Test the memory of the machine, and look for ECC errors in the log of its management controller: bit {} of the bad address is flipped.",
        flip.bit
    ))
}

fn who_asked_for_it(case: &Case<'_>) -> Option<String> {
    (case.event.cause == Cause::Administrator)
        .then(|| "Ask why the crash was asked for: what did not respond, and since when?".to_owned())
}

fn where_memory_went(case: &Case<'_>) -> Option<String> {
    (case.event.cause == Cause::Resource && !case.waited_for_storage()).then(|| {
        "Look at the memory table that the kernel printed with it: which process or slab cache holds the memory?"
            .to_owned()
    })
}

fn turn_to_the_vendor(case: &Case<'_>) -> Option<String> {
    let (suspect, module, owner) = case.suspected().find_map(|(s, m)| m.vendor.as_ref().map(|o| (s, m, o)))?;
    let version = module.version.as_deref().map(|v| format!(" {v}")).unwrap_or_default();
    let contact = owner.contact.as_deref().map(|c| format!(" ({c})")).unwrap_or_default();
    let line = suspect.evidence.first().map(|o| format!("; the line to show: {o}")).unwrap_or_default();
    Some(format!("Open a case for {}{version} with {}, {}{contact}{line}.", module.name, owner.vendor, owner.product))
}

fn find_the_owner(case: &Case<'_>) -> Option<String> {
    let (_, module) = case.suspected().find(|(_, m)| m.vendor.is_none())?;
    let traces = [
        module.package.as_deref().map(|p| format!("package {p}")),
        module.signer.as_deref().map(|s| format!("signer {s}")),
        module.file.as_deref().map(|f| format!("file {f}")),
    ];
    let traces: Vec<String> = traces.into_iter().flatten().collect();
    let known = if traces.is_empty() { "its author in modinfo".to_owned() } else { traces.join(", ") };
    Some(format!("Find out who delivers {} ({known}): it is in no list of known products.", module.name))
}

fn find_the_origin(case: &Case<'_>) -> Option<String> {
    let (_, module) = case.suspects.iter().find(|(_, m)| m.provenance == Provenance::Undetermined)?;
    let name = &module.name;
    Some(format!("Collect `modinfo {name}` and /sys/module/{name}/taint: nothing here tells where {name} comes from."))
}

fn open_the_dump(case: &Case<'_>) -> Option<String> {
    let dump = case.report.crash_directories.iter().rev().find(|d| d.vmcore.is_some() && !d.incomplete)?;
    case.died()
        .then(|| format!("Open the memory dump in {} with the kernel's debug symbols: `bt -a`, `mod -t`.", dump.path))
}

fn collect_a_dump(case: &Case<'_>) -> Option<String> {
    let directories = &case.report.crash_directories;
    if !case.died()
        || case.event.cause == Cause::Hardware
        || directories.iter().any(|d| d.vmcore.is_some() && !d.incomplete)
    {
        return None;
    }
    if case.report.kind == InputKind::KernelLog {
        return Some("Ask for the vmcore of this crash and a sosreport: this is a log by itself.".to_owned());
    }
    Some(match directories.iter().find(|d| d.incomplete) {
        Some(cut) => format!("The dump in {} is incomplete: give kdump more room, and collect the next one whole.", cut.path),
        None if directories.is_empty() => {
            "No memory dump is in the report: check that kdump is enabled and tested, and collect the vmcore of the next crash."
                .to_owned()
        }
        None => "Ask for the vmcore itself: a crash directory is in the report, the dump is not.".to_owned(),
    })
}

fn collect_the_whole_log(case: &Case<'_>) -> Option<String> {
    let event = &case.event.event;
    if event.headless || case.report.remarks.iter().any(|r| r.starts_with(LOG_TRUNCATED)) {
        return Some(
            "Collect the logs from before: rotated /var/log/messages, `journalctl -k -b -1`, or the console's log; what came first is not in this report."
                .to_owned(),
        );
    }
    event.truncated.then(|| "Collect the whole log: this one ends inside the event.".to_owned())
}

fn collect_blocked_tasks(case: &Case<'_>) -> Option<String> {
    let stuck = matches!(case.event.kind(), EventKind::HungTask | EventKind::SoftLockup | EventKind::RcuStall);
    (stuck && !case.waited_for_storage() && case.event.cause != Cause::Administrator).then(|| {
        "When it is stuck again, collect `echo w > /proc/sysrq-trigger` and `echo l > /proc/sysrq-trigger`, then a vmcore: who holds what the task waits for?"
            .to_owned()
    })
}

fn test_without_it(case: &Case<'_>) -> Option<String> {
    let (_, module) = case.suspected().find(|(s, m)| s.role < Role::StaleFrame && m.loaded != Some(false))?;
    let name = &module.name;
    if let Some(kept) = case.report.blacklists.iter().find(|b| b.module == *name) {
        return Some(format!(
            "{name} was loaded although `{}` keeps it out ({}): find out what loads it.",
            kept.text, kept.origin
        ));
    }
    Some(format!(
        "To test without {name}, where nothing needs it: `install {name} /bin/false` in /etc/modprobe.d/{name}.conf, rebuild the initramfs, and boot."
    ))
}

/// Kinds after which the kernel goes on as before, where nothing died of them.
fn went_on(case: &Case<'_>) -> Option<String> {
    let why = match case.event.kind() {
        EventKind::AllocFailure => "a failed allocation is often tried again and harmless by itself",
        EventKind::Warning => "a warning by itself stops nothing",
        EventKind::Kasan if case.event.event.is_data_race() => "a data race by itself stops nothing",
        _ => return None,
    };
    (case.gravity <= Gravity::Warning && case.event.cause != Cause::Hardware)
        .then(|| format!("No crash is in these logs: {why}. Look for what was noticed at that time."))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{event, frames, ip, list, log, on_rhel8};
    use super::super::{InputKind, Report, Scope, Subject, triage};
    use crate::facts::{Blacklist, CrashDirectory, EventKind, KernelEvent, Origin, ReportFacts, Trigger};

    fn conclude(facts: ReportFacts) -> Report {
        triage(Subject { input: "x".into(), member: None, kind: InputKind::Sosreport }, facts, Scope::WhatMatters)
    }

    fn facts(kind: EventKind, code: &str) -> ReportFacts {
        let made = KernelEvent {
            ip: ip(code),
            frames: frames("vfs_read"),
            linked_in: list("xfs scini(POE) acmefs(OE) sd_mod dm_mod tg3"),
            ..on_rhel8(event(kind, "headline", 1))
        };
        ReportFacts { logs: vec![log("dmesg", vec![made])], ..ReportFacts::default() }
    }

    fn dump(incomplete: bool) -> CrashDirectory {
        CrashDirectory { path: "var/crash/x".into(), vmcore: Some(None), incomplete, has_dmesg: true, status: None }
    }

    /// Whether each of the words stands in one of the steps.
    fn tells(report: &Report, words: &[&str]) {
        let steps = &report.next_steps;
        for word in words {
            assert!(steps.iter().any(|s| s.contains(word)), "{word:?} is not in {steps:#?}");
        }
    }

    fn tells_nothing_of(report: &Report, words: &[&str]) {
        for word in words {
            assert!(report.next_steps.iter().all(|s| !s.contains(word)), "{word:?} is in {:#?}", report.next_steps);
        }
    }

    #[test]
    fn a_known_owner_is_named_with_the_line_to_show_and_an_unknown_one_is_to_be_found() {
        let known = conclude(facts(EventKind::Oops, "netSock_Send[scini]"));
        tells(&known, &["Open a case for scini with", "dmesg:4", "install scini /bin/false", "kdump is enabled"]);
        let unknown = conclude(facts(EventKind::Oops, "acmefs_read[acmefs]"));
        tells(&unknown, &["Find out who delivers acmefs", "install acmefs /bin/false"]);
        tells_nothing_of(&unknown, &["Open a case"]);
    }

    #[test]
    fn a_dump_is_opened_and_one_that_was_cut_is_to_be_made_again() {
        let with = |directory| ReportFacts {
            crash_directories: vec![directory],
            ..facts(EventKind::Oops, "acmefs_read[acmefs]")
        };
        let whole = conclude(with(dump(false)));
        tells(&whole, &["Open the memory dump in var/crash/x"]);
        tells_nothing_of(&whole, &["kdump"]);
        tells(&conclude(with(dump(true))), &["var/crash/x is incomplete"]);
        let bare = CrashDirectory { vmcore: None, ..dump(false) };
        tells(&conclude(with(bare)), &["Ask for the vmcore itself"]);
    }

    #[test]
    fn nobody_is_told_to_remove_a_module_that_is_no_suspect() {
        let innocent = conclude(facts(EventKind::Oops, "xfs_read[xfs]"));
        tells_nothing_of(&innocent, &["install ", "Open a case", "Find out who"]);
        let mut asked = facts(EventKind::Oops, "acmefs_read[acmefs]");
        asked.logs.iter_mut().flat_map(|l| &mut l.events).for_each(|e| e.trigger = Trigger::Administrator);
        let asked = conclude(asked);
        tells(&asked, &["Ask why the crash was asked for"]);
        tells_nothing_of(&asked, &["install "]);
        let broken = conclude(facts(EventKind::MachineCheck, "acmefs_read[acmefs]"));
        tells(&broken, &["Have the hardware"]);
        tells_nothing_of(&broken, &["install ", "kdump"]);
    }

    #[test]
    fn a_warning_that_a_death_followed_from_is_a_crash() {
        let mut facts = facts(EventKind::Warning, "acmefs_read[acmefs]");
        tells(&conclude(facts.clone()), &["No crash is in these logs"]);
        let at = |event: KernelEvent, us| KernelEvent { time_us: Some(us), pid: Some(7), ..event };
        let events = &mut facts.logs[0].events;
        let warning = at(events.remove(0), 1_000_000);
        let death = at(on_rhel8(event(EventKind::Oops, "died", 40)), 1_000_200);
        events.extend([warning, death]);
        let report = conclude(facts);
        assert_eq!(report.events[1].follows, Some(report.events[0].id));
        tells_nothing_of(&report, &["No crash is in these logs"]);
        tells(&report, &["kdump is enabled"]);
    }

    #[test]
    fn a_module_that_is_kept_out_and_stands_in_an_event_is_a_question_of_its_own() {
        let line = Blacklist {
            module: "acmefs".into(),
            text: "blacklist acmefs".into(),
            origin: Origin::line("etc/modprobe.d/local.conf", 3),
        };
        let facts = ReportFacts { blacklists: vec![line], ..facts(EventKind::Oops, "acmefs_read[acmefs]") };
        tells(
            &conclude(facts),
            &["acmefs was loaded although `blacklist acmefs` keeps it out (etc/modprobe.d/local.conf:3)"],
        );
    }

    #[test]
    fn without_an_event_there_is_nothing_to_do() {
        assert!(conclude(ReportFacts::default()).next_steps.is_empty());
    }
}
