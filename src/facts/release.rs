//! The name of a kernel build, which decides how everything else of it is read.

use std::fmt;

/// A kernel release as `uname -r` prints it, such as `3.10.0-1160.el7.x86_64`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KernelRelease(String);

impl KernelRelease {
    /// Takes a release as printed.
    pub fn new(release: impl Into<String>) -> Self {
        Self(release.into())
    }

    /// The release as printed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for KernelRelease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
