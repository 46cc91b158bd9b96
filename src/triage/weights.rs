//! Every number that decides a rank or a confidence, each with its reason. Nothing else in this room holds one.
//!
//! A golden test prints these tables together with the suspects of a set of events: whoever changes a number sees what
//! it changes.

use super::finding::{Confidence, Role};
use crate::facts::EventKind;

/// How grave a kind of event is. The gravest kind of a report is the one that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Gravity {
    /// Tells of a shortage or of something odd; the kernel goes on as before.
    Remark,
    /// The kernel found itself in a state it should not be in, and goes on.
    Warning,
    /// Work has stopped or memory is damaged: a crash is near, or the machine looks dead from outside.
    Stuck,
    /// The task, or the machine, died of it.
    Death,
}

/// The gravity of each kind; whatever ended in a panic is a death.
pub(super) const GRAVITY: &[(Gravity, &[EventKind], &str)] = &[
    (
        Gravity::Death,
        &[
            EventKind::Oops,
            EventKind::Bug,
            EventKind::Gpf,
            EventKind::DoubleFault,
            EventKind::Panic,
            EventKind::HardLockup,
        ],
        "the task is killed or the machine stops",
    ),
    (
        Gravity::Stuck,
        &[
            EventKind::SoftLockup,
            EventKind::HungTask,
            EventKind::RcuStall,
            EventKind::Kasan,
            EventKind::ListCorruption,
            EventKind::BadPage,
            EventKind::AtomicSleep,
            EventKind::MachineCheck,
        ],
        "work has stopped, or memory is known to be damaged",
    ),
    (
        Gravity::Warning,
        &[EventKind::Warning, EventKind::Ubsan, EventKind::NetdevWatchdog],
        "an assumption failed and the kernel went on",
    ),
    (
        Gravity::Remark,
        &[EventKind::AllocFailure, EventKind::Oom, EventKind::Nmi, EventKind::Other],
        "a shortage, or a trace that somebody asked for",
    ),
];

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
        0,
        Confidence::Medium,
        "it is gone and code ran at a nameless address in module space: plausible, not proved",
    ),
    step(
        Role::Unloaded,
        ANY,
        Confidence::Low,
        "a nameless frame in module space is as often a trampoline of ftrace, kprobes or BPF",
    ),
    step(Role::Loading, 0, Confidence::Medium, "its init or exit function was under way in the same task"),
    step(Role::Loading, ANY, Confidence::Low, "several modules were being loaded, and this task was at work on one"),
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
    /// Every frame of the event carries the mark of residue.
    AllMarked,
    /// A sample of a stuck CPU or a waiting task, in which the module was not executing.
    Sampled,
    /// The event follows from an earlier death.
    AfterDeath,
    /// Lines of two CPUs are mixed.
    Garbled,
    /// Its function only reports, checks or waits for its caller.
    OnlyHelps,
    /// The event is about damage that was found, not done, at this place.
    FoundDamage,
    /// The bad address is one bit off a valid one.
    BitFlip,
    /// The event follows from an error that the hardware reported.
    AfterHardware,
    /// An allocation failed for it.
    Shortage,
    /// Several handlers share the interrupt.
    SharedInterrupt,
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
    cap(Limit::AllMarked, Confidence::Medium, "every frame is marked `?`, so that none is surer than another"),
    cap(Limit::Sampled, Confidence::Medium, "a sample shows where a CPU or task waits, not why"),
    cap(Limit::AfterDeath, Confidence::Medium, "what follows a first death runs on damaged ground"),
    cap(Limit::Garbled, Confidence::Medium, "lines of several CPUs are mixed"),
    cap(Limit::OnlyHelps, Confidence::Low, "its function only reports, checks or waits for its caller"),
    cap(
        Limit::FoundDamage,
        Confidence::Medium,
        "it came upon damaged or freed memory: whoever damaged or freed it may stand nowhere here",
    ),
    cap(
        Limit::BitFlip,
        Confidence::Medium,
        "the bad address is one bit off a valid one: the memory itself may be at fault",
    ),
    cap(Limit::AfterHardware, Confidence::Low, "the hardware had just reported an error"),
    cap(Limit::Shortage, Confidence::Low, "it asked for memory that was short: asking is no fault"),
    cap(Limit::SharedInterrupt, Confidence::Low, "it is one of several handlers of the interrupt"),
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
/// How long before a hung task storage must have been silent to be what it waits for.
pub(super) const STALL_US: Threshold = threshold(
    "storage that did not answer before a hung task, microseconds",
    600_000_000,
    "the hung task had waited 120 seconds when it was told of, and SCSI gives up on a command after 180 and its retries",
);
/// As `STALL_US`, for logs without time stamps.
pub(super) const STALL_LINES: Threshold =
    threshold("the same in a log without time stamps, lines", 200, "the block of a hung task has 20 to 40 lines");
/// How many storage messages before a hung task are looked at.
pub(super) const STALL_MESSAGES: Threshold =
    threshold("storage messages looked at before a hung task", 64, "the nearest tell as much as all of a flood");
/// How many of them are evidence.
pub(super) const STALL_SHOWN: Threshold =
    threshold("storage messages shown as evidence", 3, "one to open, two to see that it went on");
/// How far above a warning a complaint about the firmware may stand to belong to it.
pub(super) const FIRMWARE_LINES: Threshold = threshold(
    "lines from a complaint about the firmware to its warning",
    3,
    "the line of scissors and a headline that was wrapped stand between",
);
/// From which bit on a flipped bit is told of.
pub(super) const FLIPPED_BIT: Threshold = threshold(
    "lowest bit that is told as flipped",
    31,
    "below, the wrong and the right address are both in the 2 GiB of kernel code and modules: any wrong sum does that",
);
/// How far from a known address of the kernel's image another one may be.
pub(super) const IMAGE_BYTES: Threshold =
    threshold("size of a kernel image, bytes", 67_108_864, "text and data of distribution kernels take 30 to 60 MiB");
/// How far two time stamps of one event may differ.
pub(super) const SAME_STAMP_US: Threshold =
    threshold("difference of two time stamps of one event, microseconds", 1, "some envelopes round, others cut");
/// How many modules the verdict lists.
pub(super) const LISTED_IN_VERDICT: Threshold =
    threshold("modules listed by name in the verdict", 4, "a sentence stays a sentence");
/// How many suspects the next steps look at.
pub(super) const SUSPECTS_FOLLOWED: Threshold =
    threshold("suspects that the next steps look at", 3, "an engineer opens one case, two at most");
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
pub(super) const THRESHOLDS: &[&Threshold] = &[
    &ECHO_US,
    &CONSEQUENCE_US,
    &STALL_US,
    &STALL_LINES,
    &STALL_SHOWN,
    &STALL_MESSAGES,
    &FIRMWARE_LINES,
    &FLIPPED_BIT,
    &IMAGE_BYTES,
    &SAME_STAMP_US,
    &UNSIGNED_BUILD_MODULES,
    &UNSIGNED_BUILD_PERCENT,
    &FRAMES_SIGNED,
    &FRAMES_COMPARED,
    &LISTED_IN_VERDICT,
    &SUSPECTS_FOLLOWED,
];
