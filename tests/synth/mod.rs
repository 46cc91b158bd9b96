//! Builders for test inputs: module lists, kernel log events, envelopes, sosreports, archives, and damaged inputs.
//!
//! A test says what matters and leaves the rest to the builder:
//!
//! ```ignore
//! let log = Log::booted().event(5321.25, Event::null_deref().ip("acmefs_read[acmefs]").trace("vfs_read sys_read"));
//! let report = Sosreport::rhel7("host", "3.10.0-1160.el7.x86_64").module("acmefs", "POE").log(log);
//! std::fs::write(&path, report.archive(Container::TarXz))?;
//! ```
//!
//! Include it as `mod synth;` at the root of a test file (or by `#[path]` in an example): it names itself `crate::synth`.
//! Everything is invented and deterministic: the same calls give the same bytes. Formats follow the kernels'
//! `arch/x86/kernel/{dumpstack,process}*.c`, `kernel/{module,panic,hung_task}.c` and sos's plugins at their releases.
#![allow(dead_code, reason = "each test file includes this module and uses its own part of it")]
#![allow(unused_imports, reason = "the names below are for whoever includes this module")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "builders of test inputs may stop at the first surprise"
)]

pub mod archive;
pub mod bad;
pub mod catalogue;
pub mod clock;
pub mod envelope;
pub mod event;
pub mod filler;
pub mod kernel;
pub mod log;
pub mod machine;
pub mod modinfo;
pub mod module;
pub mod numbers;
pub mod print;
pub mod samples;
pub mod sosreport;
pub mod supportconfig;
pub mod tree;
pub mod truth;

pub use archive::{Container, bundle};
pub use clock::Clock;
pub use envelope::Envelope;
pub use event::{Code, Event, TraceLine};
pub use kernel::{Dialect, Kernel};
pub use log::{Log, Wrap};
pub use machine::Machine;
pub use module::Module;
pub use sosreport::{Era, Sosreport};
pub use tree::{Node, Tree};
