//! From roles to suspects: who may be suspected at all, how far that carries, and the sentence that says why.
//!
//! A module of the distribution is never a suspect, however often it stands in a backtrace. One whose origin nothing tells
//! is named as such, with low confidence. What exonerates everybody is decided before.

use std::collections::BTreeSet;

use super::bad_address::TAKEN_OUT;
use super::correlate::{Stand, stands};
use super::finding::{BadAddress, Confidence, Role, Suspect};
use super::helpers::{Helper, helper};
use super::merge::Modules;
use super::module::Provenance;
use super::vendor;
use super::weights::{CAPS, Limit, STEPS};
use crate::facts::{EventKind, KernelEvent, NamedBy, Origin, StackContext};
use crate::taint::Lineage;

/// What is known of an event beyond its own lines.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Circumstances<'a> {
    /// It follows from an earlier death: the ground is damaged. A warning leaves it as it was.
    pub after_death: bool,
    /// It follows from an error that the hardware reported.
    pub after_hardware: bool,
    /// What the address of its headline betrays.
    pub bad_address: Option<&'a BadAddress>,
    /// The taint of the kernel, here or later in the boot, shows that no foreign module was loaded.
    pub no_foreign_modules: bool,
}

/// Suspects of one event, strongest first, without those that are merely present.
pub(super) fn suspects(
    id: u32,
    event: &KernelEvent,
    modules: &Modules,
    lineage: Lineage,
    circumstances: Circumstances<'_>,
) -> Vec<Suspect> {
    let mut judged: Vec<(Stand, Provenance, Option<String>)> = stands(event)
        .into_iter()
        .map(|stand| {
            let (provenance, flags) = origin_of(event, modules, &stand, lineage, circumstances);
            // On a build without signatures the marks tell nothing apart; that it was just being loaded does.
            let loading = flags.as_deref().is_some_and(|f| f.ends_with('+'));
            match provenance {
                Provenance::Distribution if loading && modules.signing().everything_unsigned => {
                    (stand, Provenance::Undetermined, flags)
                }
                known => (stand, known, flags),
            }
        })
        .filter(|(_, provenance, _)| match provenance {
            Provenance::Distribution => false,
            // Everybody asks for memory: that some of it was asked for here is no hint by itself.
            Provenance::Undetermined => event.kind != EventKind::AllocFailure,
            Provenance::ThirdParty => true,
        })
        .collect();
    let foreign = judged.iter().any(|(_, provenance, _)| *provenance == Provenance::ThirdParty);
    judged.retain(|(stand, provenance, _)| {
        *provenance == Provenance::ThirdParty || !foreign || worth_naming_beside_foreign(stand)
    });
    judged
        .into_iter()
        .map(|(stand, provenance, flags)| suspect(id, event, &stand, provenance, flags, circumstances))
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
    standing: &BTreeSet<&str>,
) -> Vec<Suspect> {
    let Some(list) = &event.linked_in else { return Vec::new() };
    let line = Origin::line(event.origin.path.clone(), list.line);
    list.modules
        .iter()
        .filter_map(|m| {
            let (provenance, flags) = modules.in_list(list, &m.name, lineage)?;
            let name = super::name::canonical(&m.name);
            let stands = standing.contains(name.as_str());
            (provenance == Provenance::ThirdParty && !stands).then(|| Suspect {
                reason: format!("{name} is loaded and stands nowhere in the backtrace"),
                module: name,
                event: id,
                role: Role::Present,
                confidence: Confidence::Low,
                ranking: Vec::new(),
                may_be_victim: false,
                flags: Some(flags),
                frame: None,
                distance: None,
                context: StackContext::Task,
                evidence: vec![line.clone()],
            })
        })
        .collect()
}

/// Where a module comes from at the time of an event: by the event's own list, else by the rest of the report, else by
/// the taint of the kernel as a whole: where that lacks a letter, no module has it.
fn origin_of(
    event: &KernelEvent,
    modules: &Modules,
    stand: &Stand,
    lineage: Lineage,
    circumstances: Circumstances<'_>,
) -> (Provenance, Option<String>) {
    let listed = event.linked_in.as_ref().and_then(|list| modules.in_list(list, &stand.module, lineage));
    match listed {
        Some((provenance, flags)) if provenance != Provenance::Undetermined => (provenance, Some(flags)),
        listed => {
            let merged = modules.get(&stand.module);
            let provenance = match merged.provenance {
                Provenance::Undetermined if circumstances.no_foreign_modules => Provenance::Distribution,
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
    circumstances: Circumstances<'_>,
) -> Suspect {
    let path = &event.origin.path;
    let of_frame = |frame: usize| event.frames.get(frame).map(|frame| frame.line);
    let mut lines = vec![stand.line];
    lines.extend(stand.frame.and_then(of_frame).filter(|line| *line != stand.line));
    let evidence = lines.into_iter().map(|line| Origin::line(path.clone(), line));
    let (confidence, ranking) = confidence(event, stand, provenance, circumstances);
    // Residue and loading are no access to anything.
    let acted = matches!(stand.role, Role::Faulting | Role::Named | Role::CallPath)
        && stand.context != StackContext::Interrupted;
    let may_be_victim = acted && found_damage(event, stand, circumstances);
    Suspect {
        module: stand.module.clone(),
        event: id,
        role: stand.role,
        confidence,
        ranking,
        flags,
        frame: stand.frame,
        distance: stand.frame.map(|_| stand.distance),
        context: stand.context,
        may_be_victim,
        reason: reason(event, stand, provenance, may_be_victim),
        evidence: evidence.chain([event.origin.clone()]).collect(),
    }
}

/// How far the suspicion carries, and each row of the tables that had a say in it.
fn confidence(
    event: &KernelEvent,
    stand: &Stand,
    provenance: Provenance,
    circumstances: Circumstances<'_>,
) -> (Confidence, Vec<String>) {
    let step = STEPS.iter().find(|s| s.role == stand.role && stand.distance <= s.up_to);
    let (mut confidence, why) = step.map_or((Confidence::Low, ""), |s| (s.confidence, s.why));
    let place = match (stand.role, stand.distance) {
        (Role::CallPath, 1) => "call-path, 1 function from the fault".to_owned(),
        (Role::CallPath, n) => format!("call-path, {n} functions from the fault"),
        (role, _) => role.as_str().to_owned(),
    };
    let mut ranking = vec![format!("{place}: {} ({why})", confidence.as_str())];
    for cap in CAPS.iter().filter(|c| limited(c.limit, event, stand, provenance, circumstances)) {
        confidence = confidence.max(cap.at_most);
        ranking.push(format!("at most {}: {}", cap.at_most.as_str(), cap.why));
    }
    (confidence, ranking)
}

fn limited(
    limit: Limit,
    event: &KernelEvent,
    stand: &Stand,
    provenance: Provenance,
    circumstances: Circumstances<'_>,
) -> bool {
    match limit {
        Limit::Undetermined => provenance == Provenance::Undetermined,
        Limit::Interrupted => stand.context == StackContext::Interrupted,
        // Its frame right under the fault is the better witness.
        Limit::NamesWork => stand.is_named_for_work() && stand.frame.is_none(),
        Limit::AllMarked => stand.all_marked,
        Limit::Sampled => {
            stand.role != Role::Faulting
                && matches!(
                    event.kind,
                    EventKind::HungTask | EventKind::SoftLockup | EventKind::HardLockup | EventKind::RcuStall
                )
        }
        Limit::AfterDeath => circumstances.after_death,
        Limit::Garbled => event.garbled,
        Limit::OnlyHelps => stand.helps && stand.role == Role::CallPath,
        Limit::FoundDamage => found_damage(event, stand, circumstances),
        Limit::BitFlip => circumstances.bad_address.is_some_and(|b| b.flipped.is_some()),
        Limit::AfterHardware => circumstances.after_hardware,
        Limit::Shortage => event.kind == EventKind::AllocFailure,
        Limit::SharedInterrupt => {
            stand.by == Some(NamedBy::IrqHandler)
                && event.named.iter().filter(|n| n.by == NamedBy::IrqHandler).count() > 1
        }
    }
}

/// Words of reports about memory that was found damaged or freed: mm/slub.c, mm/kasan/report.c, mm/kfence/report.c.
const DAMAGE: &[&str] = &[
    "use-after-free",
    "double-free",
    "double free",
    "invalid-free",
    "memory corruption",
    "Poison overwritten",
    "Redzone",
    "Object already free",
    "Freechain corrupt",
    "Freepointer corrupt",
];

/// Whether the event tells where damage was found, which need not be where it was done.
fn found_damage(event: &KernelEvent, stand: &Stand, circumstances: Circumstances<'_>) -> bool {
    use EventKind::{BadPage, Bug, DoubleFault, Gpf, Kasan, ListCorruption, Oops, Other, Warning};
    let at_ip = || event.ip.as_ref().and_then(|ip| ip.symbol.as_deref()).and_then(helper);
    match event.kind {
        ListCorruption | BadPage => true,
        Kasan | Bug if DAMAGE.iter().any(|word| event.title.contains(word)) => true,
        Oops | Gpf | Bug | DoubleFault | Warning | Other => {
            // Code that walks its own list onto an entry that was taken out has nobody else to thank for it.
            let own_list = |poison: &str| poison == TAKEN_OUT && stand.role == Role::Faulting;
            circumstances.bad_address.and_then(|b| b.poison).is_some_and(|poison| !own_list(poison))
                || stand.by == Some(NamedBy::SlabCache)
                || at_ip() == Some(Helper::Finds)
        }
        _ => false,
    }
}

/// One sentence that says how the module stands in the event.
fn reason(event: &KernelEvent, stand: &Stand, provenance: Provenance, may_be_victim: bool) -> String {
    let module = &stand.module;
    let function = match &stand.symbol {
        Some(symbol) => format!("{symbol} [{module}]"),
        None if stand.placed => format!("code at a bare address that proc/modules places in {module}"),
        None => module.clone(),
    };
    let said = match stand.role {
        Role::Faulting => format!("{function} was executing"),
        Role::Named => match stand.by {
            Some(NamedBy::Workqueue) if stand.frame.is_some() => {
                format!("{function} is the work that was running, and {module} called the function that failed")
            }
            Some(NamedBy::Workqueue) => format!("{function} is the work that was running"),
            Some(NamedBy::NetdevWatchdog) => format!("the kernel names {module} as the driver of the device"),
            Some(NamedBy::SlabCache) => format!("the slab cache is {module}'s"),
            Some(NamedBy::IrqHandler) => format!("{function} is a handler of the interrupt"),
            Some(NamedBy::OwnMessage) => format!("{module} printed the message itself"),
            Some(NamedBy::Headline) | None => format!("the headline names {function}"),
        },
        Role::CallPath => call_path_reason(event, stand, &function),
        Role::StaleFrame => format!("{function} is only stack residue (marked ? or unreliable)"),
        Role::Unloaded if stand.distance > 0 => {
            format!("{module} was unloaded before, and a frame is a nameless address in module space")
        }
        Role::Unloaded => {
            format!("{module} was unloaded before, and the fault is at a nameless address in module space")
        }
        Role::Loading => format!("{module} was being loaded or unloaded by this task"),
        Role::Present => format!("{module} is loaded and stands nowhere in the backtrace"),
    };
    let victim = if may_be_victim { ", where damaged or freed memory was found: it may be the victim" } else { "" };
    match provenance {
        Provenance::Undetermined => format!("{said}{victim}; nothing tells whether it is the distribution's"),
        _ => format!("{said}{victim}"),
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
