//! Texts of an input as the page shows them, and lines that it quotes.

use serde::Serialize;

use super::super::wrap::cut;
use super::super::{escape, quote};
use crate::facts::Origin;
use crate::triage;

/// Letters of one piece of text.
const MOST_LETTERS: usize = 600;

/// Text of an input, ready to be looked at.
pub(super) fn shown(text: &str) -> String {
    escape::terminal(&cut(text, MOST_LETTERS)).into_owned()
}

/// A place, and the line there where it is known.
#[derive(Serialize)]
pub(super) struct Quote {
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}

impl Quote {
    pub(super) fn new(report: &triage::Report, origin: &Origin, name: &str) -> Self {
        Self { at: shown(&origin.to_string()), text: quote::text(report, origin, name).map(|text| shown(&text)) }
    }
}

pub(super) fn is_zero(number: &usize) -> bool {
    *number == 0
}
