//! Choosing the lineage of a printed text: the release proposes, the columns dispose.
//!
//! A log that says `5.14.0-427.el9` and prints `-------  ---` is RHEL 9.4; one that says nothing and prints
//! `------------ T` is RHEL 7.

use std::cmp::Reverse;

use super::columns::{Fit, fit};
use super::decoded::assumed;
use super::lineage::Lineage;
use super::text::TaintText;

/// A text of this length without dashes can be placed by its columns alone, if its blanks are not collapsed.
const TELLING_LENGTH: usize = 13;

impl Lineage {
    /// The lineage that printed a `Tainted:` text. The release speaks first; a text whose columns it cannot have printed
    /// overrules it. Without a release the one behind the letters counts.
    pub fn of_release_and_printed(release: Option<&str>, printed: &str) -> Self {
        let text = TaintText::find(printed);
        choose(release.or(text.release), text.letters).lineage
    }
}

/// What a lineage was chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// The release names a distribution, and the text does not contradict.
    Release,
    /// The columns, which the release does not explain.
    Columns,
    /// Nothing.
    Assumed,
}

pub(super) struct Choice {
    pub lineage: Lineage,
    pub basis: Basis,
    /// Other lineages that print the same columns.
    alike: Vec<Lineage>,
    /// The text has dashes, and no lineage has them so.
    strange_dashes: bool,
}

/// Chooses the lineage for the letters of a text.
pub(super) fn choose(release: Option<&str>, letters: &str) -> Choice {
    let known = release.and_then(Lineage::known_release);
    let start = release.map_or(Lineage::Mainline, Lineage::of_release);
    let basis = if known.is_some() { Basis::Release } else { Basis::Assumed };
    let has_dashes = letters.contains('-');
    let telling = has_dashes || (letters.len() >= TELLING_LENGTH && letters.contains("  "));
    if !telling || fit(start, letters) != Fit::No {
        return Choice { lineage: start, basis, alike: Vec::new(), strange_dashes: false };
    }
    let found = fitting(start, letters);
    match found.split_first() {
        Some((lineage, alike)) => {
            Choice { lineage: *lineage, basis: Basis::Columns, alike: alike.to_vec(), strange_dashes: false }
        }
        None => Choice { lineage: start, basis, alike: Vec::new(), strange_dashes: has_dashes },
    }
}

/// The lineages that the text suits best, those of the same family first: `rhel9` before `rhel10` where the release says
/// `rhel9.4`. A text without dashes has to suit whole.
fn fitting(start: Lineage, letters: &str) -> Vec<Lineage> {
    let worst = if letters.contains('-') { Fit::Dashes } else { Fit::Whole };
    let fits: Vec<(Lineage, Fit)> = Lineage::ALL.iter().map(|lineage| (*lineage, fit(*lineage, letters))).collect();
    let best = fits.iter().map(|(_, fit)| *fit).min().filter(|best| *best <= worst);
    let suits = |(lineage, fit)| if Some(fit) == best { Some(lineage) } else { None };
    let mut found: Vec<Lineage> = fits.into_iter().filter_map(suits).collect();
    found.sort_by_key(|lineage| Reverse(common_prefix(lineage.as_str(), start.as_str())));
    found
}

fn common_prefix(a: &str, b: &str) -> usize {
    a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count()
}

impl Choice {
    /// What is to be said of the choice.
    pub fn notes(&self, release: Option<&str>) -> Vec<String> {
        let mut notes = Vec::new();
        match self.basis {
            Basis::Release => {}
            Basis::Assumed => notes.push(assumed(self.lineage, release)),
            Basis::Columns => {
                let mut note = format!("the columns are those of {}", self.lineage.label());
                if !self.alike.is_empty() {
                    let labels: Vec<&str> = self.alike.iter().map(|lineage| lineage.label()).collect();
                    note.push_str(&format!(" (and of {})", labels.join(", ")));
                }
                if let Some(known) = release.and_then(Lineage::known_release) {
                    note.push_str(&format!(", not of {} as the release says", known.label()));
                }
                notes.push(note);
            }
        }
        if self.strange_dashes {
            notes.push(
                "the dashes are those of no kernel that is known here; the letters were read by themselves".to_owned(),
            );
        }
        notes
    }
}
