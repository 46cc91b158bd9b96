//! Finding the letters in a line that has a `Tainted:` text.
//!
//! ```text
//! CPU: 27 PID: 8147 Comm: x Tainted: P           OE  ------------ T 3.10.0-1160.21.1.el7.x86_64 #1
//! WARNING: at kernel/sched.c:100 foo+0x1/0x2() (Tainted: P           ---------------   )
//! EIP:    0060:[<c0150f4b>]    Tainted: P      VLI
//! ```
//!
//! The text ends at the release, at a closing parenthesis or at the ` VLI` of i386 (2.6). Source: the callers of
//! `print_tainted()`.

use super::lineage::Lineage;
use super::verbose::decode_verbose;

/// More than any kernel prints, which is 32 columns.
const LONGEST_TEXT: usize = 128;

/// The parts of a text.
pub(super) struct TaintText<'a> {
    /// `Not tainted` was printed.
    pub not_tainted: bool,
    /// From `P` or `G` to the last letter or dash, right-trimmed.
    pub letters: &'a str,
    /// The release behind them.
    pub release: Option<&'a str>,
    /// Flags of the verbose form.
    pub verbose: Option<Vec<(char, String)>>,
}

impl<'a> TaintText<'a> {
    pub fn find(printed: &'a str) -> Self {
        let nothing = Self { not_tainted: false, letters: "", release: None, verbose: None };
        let (before, behind) = printed.split_once("Tainted:").unwrap_or(("", printed));
        let first = if before.is_empty() { printed } else { before };
        if let Some((_, behind)) = first.split_once("Not tainted") {
            let release = behind.split_ascii_whitespace().next().and_then(release_token);
            return Self { not_tainted: true, release, ..nothing };
        }
        if let Some(names) = decode_verbose(behind) {
            return Self { verbose: Some(names), ..nothing };
        }
        let behind = behind.trim_start().trim_start_matches('(');
        let (letters, release) = cut(behind);
        Self { letters, release, ..nothing }
    }
}

/// Cuts a text behind its last letter or dash; the release if it follows.
fn cut(text: &str) -> (&str, Option<&str>) {
    let mut end = 0usize;
    let mut at = 0usize;
    for token in text.split_inclusive(|c: char| c.is_ascii_whitespace()) {
        let word = token.trim_ascii();
        let letters = word.split(')').next().unwrap_or_default();
        if !letters.is_empty() {
            let too_long = at.saturating_add(letters.len()) > LONGEST_TEXT;
            if too_long || letters == "VLI" || !letters.chars().all(is_printed) {
                return (text.get(..end).unwrap_or_default(), release_token(word));
            }
            end = at.saturating_add(letters.len());
        }
        if letters.len() < word.len() {
            break;
        }
        at = at.saturating_add(token.len());
    }
    (text.get(..end).unwrap_or_default(), None)
}

/// `3.10.0-1160.el7.x86_64`, `(2.6.9-89.ELsmp)`
fn release_token(word: &str) -> Option<&str> {
    let word = word.trim_start_matches('(');
    let release = word.split(')').next().unwrap_or_default();
    if release.starts_with(|c: char| c.is_ascii_digit()) && release.contains('.') { Some(release) } else { None }
}

/// A letter that some kernel could print: all capitals, and the small letters of the tables.
fn is_printed(c: char) -> bool {
    c.is_ascii_uppercase()
        || matches!(c, '-' | '?')
        || Lineage::ALL.iter().any(|lineage| lineage.flags().iter().any(|flag| flag.letter == Some(c)))
}
