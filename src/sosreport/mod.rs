//! What is in a report: which of its files are evidence, and a parser for each kind.
//!
//! The pipeline walks an input (an archive or a folder) once and asks [`Reports::interest`] about each member; what is of
//! interest it hands to [`Reports::read`]; at the end [`Reports::finish`] gives the reports that were in it.
//!
//! * [`layout`] is the one table from path to kind of evidence, for every era of sos, for supportconfig and crash directories;
//! * `roots` finds out where in the input a report begins, and `registry` keeps which member belongs to which report;
//! * `evidence` has a parser per kind: it reads a file by the line and adds to the `draft` of its report;
//! * `draft` puts together what several files say of one thing.
//!
//! Paths in facts are below the root of the report they belong to.

mod draft;
mod evidence;
mod folder;
pub mod layout;
mod lines;
mod registry;
mod reports;
mod roots;

pub use folder::is_report_root;
pub use reports::{DumpReader, FoundReport, Interest, MemberKind, ModuleReader, ReportKind, Reports};
