//! Every number that decides a rank or a confidence, each with its reason. Nothing else in this room holds one.
//!
//! A golden test prints these tables together with the suspects of a set of events: whoever changes a number sees what
//! it changes.

use super::report::{Confidence, Role};

/// One step of the confidence table.
pub(super) struct Step {
    pub role: Role,
    /// The step holds up to this distance from the fault: functions in between that are no helpers.
    pub up_to: usize,
    pub confidence: Confidence,
    pub why: &'static str,
}

const fn step(role: Role, up_to: usize, confidence: Confidence, why: &'static str) -> Step {
    Step { role, up_to, confidence, why }
}

const ANY: usize = usize::MAX;

/// How far a role carries. The first row that fits holds.
pub(super) const STEPS: &[Step] = &[
    step(Role::Faulting, ANY, Confidence::High, "its code was executing"),
    step(Role::Named, ANY, Confidence::High, "the kernel's own checks point at it"),
    step(
        Role::CallPath,
        0,
        Confidence::High,
        "only helpers stand between its call and the fault: look at its arguments",
    ),
    step(Role::CallPath, 3, Confidence::Medium, "the few functions in between may have failed on their own account"),
    step(Role::CallPath, ANY, Confidence::Low, "far from the fault: it started the work, often as a hook of another's"),
    step(Role::StaleFrame, ANY, Confidence::Low, "residue of earlier calls is never evidence by itself"),
    step(
        Role::Unloaded,
        ANY,
        Confidence::Medium,
        "it is gone and something pointed into module space: plausible, not proved",
    ),
    step(Role::Loading, ANY, Confidence::Medium, "its init or exit function was under way in the same task"),
    step(Role::Present, ANY, Confidence::Low, "being loaded proves nothing"),
];

/// What keeps a confidence down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Limit {
    /// Nothing tells that the module is foreign.
    Undetermined,
    /// Its frame belongs to the task that an interrupt stopped.
    Interrupted,
    /// The text names the work, the handler or the printer.
    NamesWork,
    /// A sample of a stuck CPU or a waiting task, in which the module was not executing.
    Sampled,
    /// The event follows from an earlier death.
    AfterDeath,
    /// Lines of two CPUs are mixed.
    Garbled,
}

/// One cap.
pub(super) struct Cap {
    pub limit: Limit,
    /// The most that is left.
    pub at_most: Confidence,
    pub why: &'static str,
}

const fn cap(limit: Limit, at_most: Confidence, why: &'static str) -> Cap {
    Cap { limit, at_most, why }
}

/// Caps; each that applies holds.
pub(super) const CAPS: &[Cap] = &[
    cap(Limit::Undetermined, Confidence::Low, "nothing tells whether it is the distribution's"),
    cap(Limit::Interrupted, Confidence::Low, "the task was only interrupted by what failed"),
    cap(Limit::NamesWork, Confidence::Medium, "the text names the work that was queued, not the code that failed"),
    cap(Limit::Sampled, Confidence::Medium, "a sample shows where a CPU or task waits, not why"),
    cap(Limit::AfterDeath, Confidence::Medium, "what follows a first death runs on damaged ground"),
    cap(Limit::Garbled, Confidence::Medium, "lines of several CPUs are mixed"),
];

/// A number by itself.
#[cfg_attr(not(test), expect(dead_code, reason = "names and reasons are read in the golden test and by people"))]
pub(super) struct Threshold {
    pub name: &'static str,
    pub value: u64,
    pub why: &'static str,
}

const fn threshold(name: &'static str, value: u64, why: &'static str) -> Threshold {
    Threshold { name, value, why }
}

/// How long after a death a lockup or panic is still its echo.
pub(super) const ECHO_US: Threshold = threshold(
    "echo of a death, microseconds",
    120_000_000,
    "the watchdogs report within two of their periods, the hung-task watchdog within its 120 seconds",
);
/// How long after a warning a death on the same task or CPU is its consequence.
pub(super) const CONSEQUENCE_US: Threshold =
    threshold("consequence of a warning, microseconds", 1_000_000, "the warned-of state is used at once or not at all");
/// From how many modules on a kernel can count as a build without signatures.
pub(super) const UNSIGNED_BUILD_MODULES: Threshold =
    threshold("modules of a build without signatures, at least", 5, "of fewer modules, most may well be a vendor's");
/// From which share of unsigned modules on it counts as one.
pub(super) const UNSIGNED_BUILD_PERCENT: Threshold = threshold(
    "unsigned share of a build without signatures, per cent",
    90,
    "a distribution kernel with a large third-party stack stays far below: most of its 80 to 200 modules are its own",
);
/// How many frames under the helpers make a signature.
pub(super) const FRAMES_SIGNED: Threshold =
    threshold("frames in a signature", 3, "enough to tell callers apart, few enough to survive inlining");
/// How many frames two tellings of one event are compared by.
pub(super) const FRAMES_COMPARED: Threshold =
    threshold("frames compared between two tellings", 4, "logs that drop lines drop them late in the trace");

impl Threshold {
    /// The value as a count.
    pub const fn count(&self) -> usize {
        // All values are far below 2^32.
        self.value as usize
    }
}

#[cfg(test)]
pub(super) const THRESHOLDS: &[&Threshold] =
    &[&ECHO_US, &CONSEQUENCE_US, &UNSIGNED_BUILD_MODULES, &UNSIGNED_BUILD_PERCENT, &FRAMES_SIGNED, &FRAMES_COMPARED];
