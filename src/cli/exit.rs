//! The one place that knows exit statuses.

use std::io;
use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Status {
    /// Every input was read whole.
    Whole,
    /// Some input could be read only in part or not at all.
    Partial,
    /// Wrong usage.
    Usage,
    /// A finding at or above `--fail-on`.
    Found,
    /// Ctrl-C: not all inputs were read.
    Interrupted,
}

/// The exit status of a program that Ctrl-C ended: 128 and the number of the signal.
pub(super) const INTERRUPTED: u8 = 130;

impl Status {
    /// Help and version are no errors; everything else clap prints is wrong usage.
    pub fn from_usage(message: &clap::Error) -> Self {
        if message.use_stderr() { Self::Usage } else { Self::Whole }
    }

    /// Prints an error, unless it is only that nobody reads the output any more.
    pub fn from_error(error: &anyhow::Error) -> Self {
        if is_closed_pipe(error) {
            return Self::Whole;
        }
        eprintln!("taintrace: {error:#}");
        if error.is::<UsageError>() { Self::Usage } else { Self::Partial }
    }
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        Self::from(match status {
            Status::Whole => 0,
            Status::Partial => 1,
            Status::Usage => 2,
            Status::Found => 3,
            Status::Interrupted => INTERRUPTED,
        })
    }
}

/// Wrong usage that only the command itself can tell.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(pub String);

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<io::Error>())
        .any(|cause| cause.kind() == io::ErrorKind::BrokenPipe)
}
