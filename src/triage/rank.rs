//! From roles to suspects: who may be suspected at all, how far that carries, and the sentence that says why.
//!
//! A module of the distribution is never a suspect, however often it stands in a backtrace. One whose origin nothing tells
//! is named as such, with low confidence. Hardware, an administrator and a lack of memory exonerate everybody.

use super::correlate::{Stand, stands};
use super::incident::cause_without_code;
use super::kernel_wide;
use super::merge::Modules;
use super::report::{Cause, Confidence, Provenance, Role, Suspect};
use super::vendor;
use super::weights::{CAPS, Limit, STEPS};
use crate::facts::{EventKind, KernelEvent, NamedBy, Origin, StackContext, Trigger};
use crate::taint::Lineage;

/// Suspects of one event, strongest first, without those that are merely present.
pub(super) fn suspects(
    id: u32,
    event: &KernelEvent,
    modules: &Modules,
    lineage: Lineage,
    after_death: bool,
) -> Vec<Suspect> {
    let exonerated = matches!(cause_without_code(event), Some(Cause::Hardware | Cause::Administrator))
        || matches!(event.kind, EventKind::Oom | EventKind::Nmi)
        || (event.kind == EventKind::Panic && event.trigger == Trigger::Resource);
    if exonerated {
        return Vec::new();
    }
    let mut judged: Vec<(Stand, Provenance, Option<String>)> = stands(event)
        .into_iter()
        .map(|stand| {
            let (provenance, flags) = origin_of(event, modules, &stand, lineage);
            // On a build without signatures the marks tell nothing apart; that it was just being loaded does.
            let loading = flags.as_deref().is_some_and(|f| f.ends_with('+'));
            match provenance {
                Provenance::Distribution if loading && modules.signing().everything_unsigned => {
                    (stand, Provenance::Undetermined, flags)
                }
                known => (stand, known, flags),
            }
        })
        .filter(|(_, provenance, _)| *provenance != Provenance::Distribution)
        .collect();
    let foreign = judged.iter().any(|(_, provenance, _)| *provenance == Provenance::ThirdParty);
    judged.retain(|(stand, provenance, _)| {
        *provenance == Provenance::ThirdParty || !foreign || worth_naming_beside_foreign(stand)
    });
    judged
        .into_iter()
        .map(|(stand, provenance, flags)| suspect(id, event, &stand, provenance, flags, after_death))
        .collect()
}

/// Of modules whose origin nothing tells, beside one that is known to be foreign: the one at fault, and those that a
/// vendor is known to replace. The others are most likely the distribution's.
fn worth_naming_beside_foreign(stand: &Stand) -> bool {
    matches!(stand.role, Role::Faulting | Role::Named) || vendor::has_vendor_builds(&stand.module)
}

/// Third-party modules that are loaded and stand nowhere in an event.
pub(super) fn present(
    id: u32,
    event: &KernelEvent,
    modules: &Modules,
    lineage: Lineage,
    known: &[Suspect],
) -> Vec<Suspect> {
    let Some(list) = &event.linked_in else { return Vec::new() };
    let line = Origin::line(event.origin.path.clone(), list.line);
    list.modules
        .iter()
        .filter_map(|m| {
            let (provenance, flags) = modules.in_list(list, &m.name, lineage)?;
            let name = super::merge::canonical(&m.name);
            let elsewhere = known.iter().any(|s| s.module == name);
            (provenance == Provenance::ThirdParty && !elsewhere).then(|| Suspect {
                reason: format!("{name} is loaded and stands nowhere in the backtrace"),
                module: name,
                event: id,
                role: Role::Present,
                confidence: Confidence::Low,
                ranking: Vec::new(),
                flags: Some(flags),
                frame: None,
                context: StackContext::Task,
                evidence: vec![line.clone()],
            })
        })
        .collect()
}

/// Where a module comes from at the time of an event: by the event's own list, else by the rest of the report, else by
/// the taint of the kernel as a whole: where that lacks a letter, no module has it.
fn origin_of(event: &KernelEvent, modules: &Modules, stand: &Stand, lineage: Lineage) -> (Provenance, Option<String>) {
    let listed = event.linked_in.as_ref().and_then(|list| modules.in_list(list, &stand.module, lineage));
    match listed {
        Some((provenance, flags)) if provenance != Provenance::Undetermined => (provenance, Some(flags)),
        listed => {
            let merged = modules.get(&stand.module);
            let provenance = match merged.provenance {
                Provenance::Undetermined if kernel_wide::rules_out_foreign_modules(event) => Provenance::Distribution,
                known => known,
            };
            (provenance, listed.map(|(_, f)| f).or(merged.flags))
        }
    }
}

fn suspect(
    id: u32,
    event: &KernelEvent,
    stand: &Stand,
    provenance: Provenance,
    flags: Option<String>,
    after_death: bool,
) -> Suspect {
    let path = &event.origin.path;
    let (confidence, ranking) = confidence(event, stand, provenance, after_death);
    Suspect {
        module: stand.module.clone(),
        event: id,
        role: stand.role,
        confidence,
        ranking,
        flags,
        frame: stand.frame,
        context: stand.context,
        reason: reason(event, stand, provenance),
        evidence: vec![Origin::line(path.clone(), stand.line), event.origin.clone()],
    }
}

/// How far the suspicion carries, and each row of the tables that had a say in it.
fn confidence(
    event: &KernelEvent,
    stand: &Stand,
    provenance: Provenance,
    after_death: bool,
) -> (Confidence, Vec<String>) {
    let step = STEPS.iter().find(|s| s.role == stand.role && stand.distance <= s.up_to);
    let (mut confidence, why) = step.map_or((Confidence::Low, ""), |s| (s.confidence, s.why));
    let place = match (stand.role, stand.distance) {
        (Role::CallPath, 1) => "call-path, 1 function from the fault".to_owned(),
        (Role::CallPath, n) => format!("call-path, {n} functions from the fault"),
        (role, _) => role.as_str().to_owned(),
    };
    let mut ranking = vec![format!("{place}: {} ({why})", confidence.as_str())];
    for cap in CAPS.iter().filter(|c| limited(c.limit, event, stand, provenance, after_death)) {
        confidence = confidence.max(cap.at_most);
        ranking.push(format!("at most {}: {}", cap.at_most.as_str(), cap.why));
    }
    (confidence, ranking)
}

fn limited(limit: Limit, event: &KernelEvent, stand: &Stand, provenance: Provenance, after_death: bool) -> bool {
    match limit {
        Limit::Undetermined => provenance == Provenance::Undetermined,
        Limit::Interrupted => stand.context == StackContext::Interrupted,
        Limit::NamesWork => {
            matches!(stand.by, Some(NamedBy::Workqueue | NamedBy::IrqHandler | NamedBy::OwnMessage))
        }
        Limit::Sampled => {
            stand.role != Role::Faulting
                && matches!(
                    event.kind,
                    EventKind::HungTask | EventKind::SoftLockup | EventKind::HardLockup | EventKind::RcuStall
                )
        }
        Limit::AfterDeath => after_death,
        Limit::Garbled => event.garbled,
    }
}

/// One sentence that says how the module stands in the event.
fn reason(event: &KernelEvent, stand: &Stand, provenance: Provenance) -> String {
    let module = &stand.module;
    let function = match &stand.symbol {
        Some(symbol) => format!("{symbol} [{module}]"),
        None if stand.placed => format!("code at a bare address that proc/modules places in {module}"),
        None => module.clone(),
    };
    let said = match stand.role {
        Role::Faulting => format!("{function} was executing"),
        Role::Named => match stand.by {
            Some(NamedBy::Workqueue) => format!("{function} is the work that was running"),
            Some(NamedBy::NetdevWatchdog) => format!("the kernel names {module} as the driver of the device"),
            Some(NamedBy::SlabCache) => format!("the slab cache is {module}'s"),
            Some(NamedBy::IrqHandler) => format!("{function} is a handler of the interrupt"),
            Some(NamedBy::OwnMessage) => format!("{module} printed the message itself"),
            Some(NamedBy::Headline) | None => format!("the headline names {function}"),
        },
        Role::CallPath => call_path_reason(event, stand, &function),
        Role::StaleFrame => format!("{function} is only stack residue (marked ? or unreliable)"),
        Role::Unloaded => {
            format!("{module} was unloaded before, and the fault is at a nameless address in module space")
        }
        Role::Loading => format!("{module} was being loaded or unloaded by this task"),
        Role::Present => format!("{module} is loaded and stands nowhere in the backtrace"),
    };
    match provenance {
        Provenance::Undetermined => format!("{said}; nothing tells whether it is the distribution's"),
        _ => said,
    }
}

fn call_path_reason(event: &KernelEvent, stand: &Stand, function: &str) -> String {
    if stand.context == StackContext::Interrupted {
        return format!("{function} is in the task that was interrupted, not in the code that failed");
    }
    match (stand.distance, event.kind) {
        (0, EventKind::HungTask) => format!("{function} is what the task waits in"),
        (0, _) => format!("{function} called the function that failed"),
        (1, _) => format!("{function} is in the call path, one function above it"),
        (n, _) => format!("{function} is in the call path, {n} functions above it"),
    }
}
