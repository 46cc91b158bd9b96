//! Lines as they were printed, kept where a finding may cite them.
//!
//! A citation is worth most where the line itself stands beside it: a case note is read by people who do not have the
//! report at hand. Few lines can be cited, and only those are kept, each cut at a number of bytes.

use std::collections::BTreeMap;

use super::origin::Origin;

/// Bytes kept of a line.
const LONGEST: usize = 400;
/// Bytes kept of a line that lists modules: a finding cites one name in it, which may stand at its end.
const LONGEST_LIST: usize = 8192;

/// The text of a line that may be cited: its beginning, without blanks around it.
pub fn quotable(text: &str) -> &str {
    beginning(text.trim(), LONGEST)
}

/// The same for a list of modules.
pub fn quotable_list(text: &str) -> &str {
    beginning(text.trim(), LONGEST_LIST)
}

fn beginning(text: &str, bytes: usize) -> &str {
    let end = (0..=bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
    end.and_then(|end| text.get(..end)).unwrap_or(text)
}

/// Lines of several files, by their place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Quotes {
    lines: BTreeMap<Origin, Box<str>>,
    bytes: usize,
}

impl Quotes {
    /// Keeps the text of a line; the first that comes for a place stays. Blank lines are not worth citing.
    pub fn keep(&mut self, origin: Origin, text: &str) {
        if text.is_empty() || self.lines.contains_key(&origin) {
            return;
        }
        self.bytes = self.bytes.saturating_add(text.len() + size_of::<(Origin, Box<str>)>());
        self.lines.insert(origin, text.into());
    }

    /// The text of a line.
    pub fn get(&self, origin: &Origin) -> Option<&str> {
        self.lines.get(origin).map(|text| &**text)
    }

    /// All lines, by path and number.
    pub fn iter(&self) -> impl Iterator<Item = (&Origin, &str)> {
        self.lines.iter().map(|(origin, text)| (origin, &**text))
    }

    /// Memory that they take, in bytes, about.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_text_of_a_place_stays() {
        let mut quotes = Quotes::default();
        quotes.keep(Origin::line("dmesg", 3), "BUG: one");
        quotes.keep(Origin::line("dmesg", 3), "BUG: two");
        quotes.keep(Origin::line("dmesg", 4), "");
        assert_eq!(quotes.get(&Origin::line("dmesg", 3)), Some("BUG: one"));
        assert_eq!(quotes.iter().count(), 1);
        assert!(quotes.bytes() > 8);
    }

    #[test]
    fn a_long_line_is_cut_between_letters() {
        let text = format!("  {}é", "a".repeat(LONGEST - 1));
        assert_eq!(quotable(&text).len(), LONGEST - 1);
        assert_eq!(quotable_list(&text).len(), LONGEST + 1);
    }
}
