//! Why an input could not be walked at all.

use std::io;

use thiserror::Error;

use super::format::Format;

/// Why nothing of an input could be read. What is wrong with single entries is told as a problem instead.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InputError {
    /// It is not there, or may not be read.
    #[error("{path}: cannot be opened: {source}")]
    Open {
        /// As the user named it.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// Reading failed at its very start.
    #[error("{path}: cannot be read: {source}")]
    Read {
        /// As the user named it.
        path: String,
        /// Why.
        source: io::Error,
    },
    /// It has no bytes.
    #[error("{path}: is empty (0 bytes); was it copied whole?")]
    Empty {
        /// As the user named it.
        path: String,
    },
    /// A FIFO, a device or a socket was named.
    #[error("{path}: is neither a file nor a directory; a stream can be given on standard input, as `-`")]
    NotAFile {
        /// As the user named it.
        path: String,
    },
    /// It is encrypted.
    #[error("{path}: is {}; decrypt it first{}", format.describe(), if *format == Format::Gpg { " (gpg --decrypt)" } else { "" })]
    Encrypted {
        /// As the user named it.
        path: String,
        /// How.
        format: Format,
    },
    /// It is of a format that is known and not read.
    #[error("{path}: is {}, which is not read here; unpack it and name the folder", format.describe())]
    Foreign {
        /// As the user named it.
        path: String,
        /// Which.
        format: Format,
    },
    /// A zip that cannot be held in memory came as a stream, which a zip's directory at its end does not allow.
    #[error("{path}: is a zip archive of more than {limit} bytes in a stream; name the file itself, or unpack it")]
    ZipInStream {
        /// As the user named it.
        path: String,
        /// How many bytes are held in memory.
        limit: u64,
    },
}

impl InputError {
    /// The input, as the user named it.
    pub fn path(&self) -> &str {
        match self {
            Self::Open { path, .. }
            | Self::Read { path, .. }
            | Self::Empty { path }
            | Self::NotAFile { path }
            | Self::Encrypted { path, .. }
            | Self::Foreign { path, .. }
            | Self::ZipInStream { path, .. } => path,
        }
    }

    /// What is wrong, without the path in front.
    pub fn reason(&self) -> String {
        let whole = self.to_string();
        let reason = whole.strip_prefix(self.path()).and_then(|rest| rest.strip_prefix(": "));
        reason.map_or(whole.clone(), str::to_owned)
    }
}
