//! Kernel logs of every dialect: text in, [`KernelEvent`](crate::facts::KernelEvent)s, notices and boots out.
//!
//! ```
//! use taintrace::kernel_log::LogReader;
//!
//! let mut reader = LogReader::new("var/log/messages");
//! reader.feed(b"Mar  3 10:00:00 host kernel: BUG: soft lockup - CPU#3 stuck for 22s! [acmed:77]\n");
//! let log = reader.finish();
//! assert_eq!(log.events[0].pid, Some(77));
//! ```
//!
//! A line passes these stations: [`reader`] (bytes to lines; most never leave it, see [`prefilter`]), [`envelope`] (what
//! syslog, the journal, a mail put before it), [`event`] (which event it belongs to), and when an event is over [`lines`]
//! (wraps undone), [`trace`] and [`linked_in`] (frames, registers, modules). [`notice`] and [`boot`] see every line too.

mod boot;
mod encoding;
mod envelope;
mod event;
mod lines;
mod linked_in;
mod names;
mod notice;
mod prefilter;
mod pstore;
mod reader;
mod rotation;
mod scan;
mod sniff;
mod sorter;
#[cfg(test)]
mod tests;
mod trace;

pub use pstore::join_pstore;
pub use reader::LogReader;
pub use rotation::newest_last;
pub use sniff::looks_like_kernel_log;
