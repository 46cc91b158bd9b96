//! Facts to findings: one record per module, the same event seen in several logs told once, and who stands in it.

mod report;

pub use report::{
    Cause, Confidence, Event, Group, InputKind, Kernel, KernelTaint, Module, Owner, Provenance, Report, Role, Summary,
    Suspect,
};
