//! The plain data that every room speaks: what was read, and where.
//!
//! Nothing here knows how a fact was parsed or what follows from it. A fact carries its [`Origin`], so that whatever is
//! said later can be checked by opening that line.

mod event;
mod link;
mod log;
mod module;
mod origin;
mod quote;
mod release;
mod report;
mod vmcore;

pub use event::{
    EventKind, Frame, InstructionPointer, IpSource, KernelEvent, LinkedIn, LinkedModule, NamedBy, NamedModule,
    PrintedTaint, StackContext, Trigger,
};
pub(crate) use link::link_end;
pub use log::{Boot, LogFacts, Notice, NoticeKind};
pub use module::{
    LoadState, LoadedModule, ModuleFile, ModuleFlags, ModuleLocation, SignatureFacts, SignatureState, Witness,
};
pub use origin::{Located, Origin, Problem};
pub use quote::{Quotes, quotable, quotable_list};
pub use release::KernelRelease;
pub use report::{Blacklist, CounterKind, CrashDirectory, Distro, DkmsEntry, Host, Package, ReportFacts, SecureBoot};
pub use vmcore::{BlockedTask, CpuFacts, Found, VmcoreFacts};
