//! What can go wrong with a dump: as a whole ([`VmcoreError`]), and at one address ([`MemoryError`]).

use std::io;
use std::path::PathBuf;

/// What is said of files that are no dumps.
pub(crate) const NOT_A_DUMP: &str = "not a memory dump: expected an ELF core of a kernel (not of a process), or `KDUMP`, \
                                     `DISKDUMP` or `makedumpfile` at the start";

/// Why a dump, or one part of what it should tell, could not be read.
#[derive(Debug, thiserror::Error)]
pub enum VmcoreError {
    /// The operating system could not open or read the file.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        source: io::Error,
    },
    /// Neither ELF core of a machine, nor kdump-compressed, nor flattened.
    #[error("{name}: {NOT_A_DUMP}")]
    NotADump {
        /// The input as the user named it.
        name: String,
    },
    /// A header that cannot be worked with.
    #[error("{name}: {what} at offset {offset:#x}")]
    Header {
        /// The input as the user named it.
        name: String,
        /// Offset in bytes from the start of the (unwrapped) dump.
        offset: u64,
        /// What was expected, what was found, and what to do.
        what: String,
    },
    /// A wrapped dump that does not fit the limits of [`OpenOptions`](super::OpenOptions).
    #[error(
        "{name}: {what}; unpack it to disk (gzip -d, xz -d, zstd -d, tar -x) and name the dump itself, which is read where it lies"
    )]
    TooLarge {
        /// The input as the user named it.
        name: String,
        /// Which limit was met, and what to do.
        what: String,
    },
    /// The dump has no VMCOREINFO, so nothing in it can be found.
    #[error("no VMCOREINFO: {0}")]
    NoVmcoreinfo(String),
    /// One part of the dump is missing, unsupported or damaged.
    #[error("{part}: {reason}")]
    Part {
        /// What was asked for: `kernel log`, `module list`, ….
        part: &'static str,
        /// What was expected and what was found.
        reason: String,
    },
}

impl VmcoreError {
    /// What is wrong, without the name of the dump in front.
    pub fn reason(&self) -> String {
        let whole = self.to_string();
        let name = match self {
            Self::Io { path, .. } => path.display().to_string(),
            Self::NotADump { name } | Self::Header { name, .. } | Self::TooLarge { name, .. } => name.clone(),
            Self::NoVmcoreinfo(_) | Self::Part { .. } => return whole,
        };
        let reason = whole.strip_prefix(name.as_str()).and_then(|rest| rest.strip_prefix(": "));
        reason.map_or(whole.clone(), str::to_owned)
    }

    /// One part that failed, and the reason.
    pub(crate) fn part(part: &'static str, reason: impl ToString) -> Self {
        Self::Part { part, reason: reason.to_string() }
    }
}

/// Why memory could not be read at one address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum MemoryError {
    /// The page tables have no entry for this kernel address.
    #[error("kernel address {0:#x} is not mapped")]
    Unmapped(u64),
    /// The page is not in the dump: filtered out, or no memory.
    #[error("the page at physical address {0:#x} is not in the dump (filtered out, or no memory there)")]
    NotDumped(u64),
    /// The page should be there and is not.
    #[error("the page at physical address {address:#x} is damaged: {reason}")]
    Damaged {
        /// Physical address in bytes.
        address: u64,
        /// What was expected and found.
        reason: String,
    },
    /// A size in the dump that no kernel has.
    #[error("{what} would take {bytes} bytes, more than the {limit} that are read")]
    TooMuch {
        /// What was to be read.
        what: &'static str,
        /// Its size as the dump claims it.
        bytes: u64,
        /// The most that is accepted.
        limit: u64,
    },
    /// The reader does not know how to find memory on this machine.
    #[error("{0}")]
    Unsupported(String),
}
