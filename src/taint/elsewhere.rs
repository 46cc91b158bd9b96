//! What a bit or a letter means to other lineages: said where the lineage had to be assumed.

use std::collections::BTreeMap;

use super::flag::TaintFlag;
use super::lineage::Lineage;

/// How many lineages a note names for one meaning.
const NAMED: usize = 3;

/// `bit 29 is TECH_PREVIEW of RHEL 5, RHEL 6, …`; `None` where every lineage agrees with `here`.
pub(super) fn bit_note(bit: u8, here: Option<&TaintFlag>) -> Option<String> {
    let others = others(here, |flag| flag.bit == Some(bit))?;
    Some(format!("bit {bit} elsewhere: {others}"))
}

/// The same for a letter of the `Tainted:` text.
pub(super) fn letter_note(letter: char, here: Option<&TaintFlag>) -> Option<String> {
    let others = others(here, |flag| flag.letter == Some(letter) && flag.bit.is_some())?;
    Some(format!("{letter} elsewhere: {others}"))
}

fn others(here: Option<&TaintFlag>, same_key: impl Fn(&TaintFlag) -> bool) -> Option<String> {
    let mut owners: BTreeMap<(Option<u8>, &str), Vec<&str>> = BTreeMap::new();
    for lineage in Lineage::ALL {
        for flag in lineage.flags().iter().filter(|flag| same_key(flag)) {
            if here.is_none_or(|here| (here.bit, here.class) != (flag.bit, flag.class)) {
                owners.entry((flag.bit, flag.meaning)).or_default().push(lineage.label());
            }
        }
    }
    let texts: Vec<String> = owners.into_iter().map(|((bit, meaning), labels)| phrase(bit, meaning, &labels)).collect();
    if texts.is_empty() { None } else { Some(texts.join("; ")) }
}

fn phrase(bit: Option<u8>, meaning: &str, labels: &[&str]) -> String {
    let bit = bit.map(|bit| format!("bit {bit}, ")).unwrap_or_default();
    let named: Vec<&str> = labels.iter().copied().take(NAMED).collect();
    let more = if labels.len() > NAMED { ", …" } else { "" };
    format!("{bit}{meaning} ({}{more})", named.join(", "))
}
