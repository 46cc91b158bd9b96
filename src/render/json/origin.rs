//! Where something stands.

use schemars::JsonSchema;
use serde::Serialize;

use crate::facts;

/// A place in an input.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Origin<'a> {
    /// Path below the root of the report, or the input's own name where it is one file.
    pub path: &'a str,
    /// Line, counted from 1; null where the file as a whole is meant or has no lines.
    pub line: Option<u64>,
}

impl<'a> From<&'a facts::Origin> for Origin<'a> {
    fn from(origin: &'a facts::Origin) -> Self {
        Self { path: &origin.path, line: origin.line }
    }
}
