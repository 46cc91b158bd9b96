//! What to do next, from a table of rules: each looks at the report and speaks only where its facts support it.

use super::incident::{Gravity, gravity};
use super::report::{Cause, Confidence, Event, Module, Provenance, Report, Role, Suspect};
use crate::facts::{EventKind, StackContext};

/// How many modules one step names.
const NAMED_AT_MOST: usize = 3;

/// What a rule looks at: the report, the event it is about, and those who stand in it.
struct Case<'r> {
    report: &'r Report,
    event: &'r Event,
    suspects: Vec<(&'r Suspect, &'r Module)>,
}

/// The rules, in the order in which an engineer would go.
const RULES: &[fn(&Case<'_>) -> Option<String>] = &[
    hardware_first,
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
        .take(NAMED_AT_MOST)
        .collect();
    let case = Case { report, event, suspects };
    RULES.iter().filter_map(|rule| rule(&case)).collect()
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

    fn died(&self) -> bool {
        gravity(&self.event.event) == Gravity::Death
    }
}

fn hardware_first(case: &Case<'_>) -> Option<String> {
    let machine = case.report.hardware.as_deref().unwrap_or("the machine");
    (case.event.cause == Cause::Hardware).then(|| {
        format!("Have the hardware of {machine} checked: the error log of its management controller, and what mcelog or rasdaemon decoded.")
    })
}

fn who_asked_for_it(case: &Case<'_>) -> Option<String> {
    (case.event.cause == Cause::Administrator)
        .then(|| "Ask why the crash was asked for: what did not respond, and since when?".to_owned())
}

fn where_memory_went(case: &Case<'_>) -> Option<String> {
    (case.event.cause == Cause::Resource).then(|| {
        "Look at the memory table that the kernel printed with it: which process or slab cache holds the memory?"
            .to_owned()
    })
}

fn turn_to_the_vendor(case: &Case<'_>) -> Option<String> {
    let (suspect, module, owner) = case.suspected().find_map(|(s, m)| m.vendor.as_ref().map(|o| (s, m, o)))?;
    let version = module.version.as_deref().map(|v| format!(" {v}")).unwrap_or_default();
    let contact = owner.contact.as_deref().map(|c| format!(" ({c})")).unwrap_or_default();
    let line = suspect.evidence.first().map(|o| format!(", with {o}")).unwrap_or_default();
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
    let cut = event.headless || event.truncated || case.report.remarks.iter().any(|r| r.starts_with("log truncated"));
    cut.then(|| {
        "Collect the logs from before: rotated /var/log/messages, `journalctl -k -b -1`, or the console's log; what came first is not in this report."
            .to_owned()
    })
}

fn collect_blocked_tasks(case: &Case<'_>) -> Option<String> {
    let stuck = matches!(case.event.kind(), EventKind::HungTask | EventKind::SoftLockup | EventKind::RcuStall);
    (stuck && case.event.cause != Cause::Administrator).then(|| {
        "When it is stuck again, collect `echo w > /proc/sysrq-trigger` and `echo l > /proc/sysrq-trigger`, then a vmcore: who holds what the task waits for?"
            .to_owned()
    })
}

fn test_without_it(case: &Case<'_>) -> Option<String> {
    let (_, module) = case.suspected().find(|(s, m)| s.role < Role::StaleFrame && m.loaded != Some(false))?;
    let name = &module.name;
    if let Some(kept) = case.report.blacklists.iter().find(|b| b.module == *name) {
        return Some(format!(
            "{name} was loaded although {} keeps it out ({}): find out what loads it.",
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
        _ => return None,
    };
    (gravity(&case.event.event) <= Gravity::Warning && case.event.cause != Cause::Hardware)
        .then(|| format!("No crash is in these logs: {why}. Look for what was noticed at that time."))
}
