//! Letters in the taint of the kernel that no loaded module accounts for: their module is gone, or nobody speaks of it.
//!
//! ```text
//! proc/sys/kernel/tainted: 4097 (P and O)     proc/modules: acmefs (O)     so who set P?
//! ```

use super::merge::Modules;
use super::module::Module;
use super::report::Report;
use crate::facts::Origin;
use crate::taint::{TaintClass, TaintFlag};

/// How a module answers for the flags of one class; `None` where nothing tells.
type Answer = fn(&Module) -> Option<bool>;

/// The classes that a module sets and shows. Technology previews are left out: the kernel sets that flag for its own parts too.
const ANSWERS: &[(TaintClass, Answer)] = &[
    (TaintClass::Proprietary, |m| m.proprietary),
    (TaintClass::OutOfTree, |m| m.out_of_tree),
    (TaintClass::Unsigned, |m| m.unsigned),
    (TaintClass::Forced, |m| shows(m, "forced")),
    (TaintClass::Staging, |m| shows(m, "staging")),
    (TaintClass::Livepatch, |m| shows(m, "livepatch")),
    (TaintClass::ExternallySupported, |m| shows(m, "externally supported")),
    (TaintClass::PartnerSupported, |m| shows(m, "partner supported")),
];

fn shows(module: &Module, word: &str) -> Option<bool> {
    module
        .flags
        .as_ref()
        .map(|_| module.other_taints.contains(&word))
        .or(module.other_taints.contains(&word).then_some(true))
}

/// A sentence for the letters that nobody accounts for, and one for those whose module is no longer loaded; `of_dump` tells
/// that the mask was read in a dump.
pub(super) fn letters(report: &Report, modules: &Modules, of_dump: bool) -> Vec<String> {
    let Some(taint) = report.taint.as_ref().filter(|_| report.modules_loaded > 0) else { return Vec::new() };
    // Letters read from an event are those of its own list, which must be whole to be searched.
    let whole = taint.value.is_some() || list_is_whole(report);
    // A mask from the running kernel is of the modules that are loaded now; any other is of those at the crash.
    let of_now = taint.value.is_some() && !of_dump;
    let known: Vec<Module> = modules.iter().collect();
    let (mut nobody, mut gone) = (String::new(), Vec::new());
    for flag in taint.flags.iter().filter(|_| whole) {
        let Some((letter, answer)) = question(flag) else { continue };
        if flag.class == TaintClass::Unsigned && modules.signing().everything_unsigned {
            continue;
        }
        let yes = |m: &&Module| answer(m) == Some(true);
        if known.iter().filter(yes).any(|m| !of_now || !modules.is_gone(&m.name)) {
            continue;
        }
        match known.iter().find(yes).map(gone_by_witness).or_else(|| gone_by_event(report, letter)) {
            Some(module) => gone.push((letter, module)),
            None => nobody.push(letter),
        }
    }
    let mut sentences: Vec<String> = gone
        .iter()
        .map(|(letter, (module, by))| {
            format!("The kernel is tainted {letter} ({}): {module} sets it{by}, and was unloaded since.", taint.origin)
        })
        .collect();
    if !nobody.is_empty() {
        sentences.push(format!(
            "The kernel is tainted {nobody} ({}), but no module accounts for it: it was unloaded since, or its witnesses are missing.",
            taint.origin
        ));
    }
    sentences
}

/// The name of a module and who speaks of it.
fn gone_by_witness(module: &Module) -> (String, String) {
    let by = module.origins.first().map(|o| format!(" by {o}")).unwrap_or_default();
    (module.name.clone(), by)
}

/// A module that an event's list tells to be unloaded, with its flags.
fn gone_by_event(report: &Report, letter: char) -> Option<(String, String)> {
    report.events.iter().find_map(|event| {
        let list = event.event.linked_in.as_ref()?;
        let mut unloaded = list.last_unloaded.iter().chain(list.unloaded_tainted.iter().map(|(module, _)| module));
        let module = unloaded.find(|module| module.flags.letters.contains(letter))?;
        Some((module.name.clone(), format!(" by {}", Origin::line(event.event.origin.path.clone(), list.line))))
    })
}

fn question(flag: &TaintFlag) -> Option<(char, Answer)> {
    let (_, answer) = ANSWERS.iter().find(|(class, _)| *class == flag.class)?;
    Some((flag.letter?, *answer))
}

fn list_is_whole(report: &Report) -> bool {
    let list = report.primary_event().and_then(|e| e.event.linked_in.as_ref());
    list.is_some_and(|list| list.complete)
}
