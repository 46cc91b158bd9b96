//! `Tainted:` texts: which lineage printed them, and what they say.
//!
//! ```text
//! CPU: 27 PID: 8147  Kdump: loaded Tainted: P           OE  ------------ T 3.10.0-1160.21.1.el7.x86_64 #1
//! WARNING: at kernel/sched.c:100 foo+0x1/0x2() (Tainted: P           ---------------   )
//! EIP:    0060:[<c0150f4b>]    Tainted: P      VLI
//! Tainted: G W OE ------------
//! ```
//!
//! Letters are read by their columns where the text fits those of the lineage, and by themselves where blanks were
//! collapsed or cut. Source: `print_tainted()` in `kernel/panic.c`; see [`super::table`].

use super::choice::{Basis, choose};
use super::columns::{flags_of_letter, read_columns};
use super::decoded::{Decoded, assumed, decode_mask};
use super::elsewhere::letter_note;
use super::flag::TaintFlag;
use super::lineage::Lineage;
use super::text::TaintText;

/// What a `Tainted:` text says; `release` is the kernel's, where it is known from elsewhere.
///
/// Takes the text with or without `Tainted: ` and what stands before it, with a release, `)` or ` VLI` behind it, with
/// collapsed blanks, the verbose form, and `Not tainted`. Without a release the one behind the letters counts.
pub fn decode_printed(printed: &str, release: Option<&str>) -> Decoded {
    let text = TaintText::find(printed);
    let release = release.or(text.release);
    if let Some(names) = text.verbose {
        return of_names(&names, release);
    }
    if text.letters.is_empty() {
        return without_letters(&text, release);
    }
    let choice = choose(release, text.letters);
    let mut decoded = read_letters(choice.lineage, text.letters);
    decoded.notes.splice(0..0, choice.notes(release));
    decoded.notes.extend(choice.lineage.table().hidden.map(str::to_owned));
    if choice.basis == Basis::Assumed {
        decoded.notes.extend(letters_elsewhere(choice.lineage, text.letters));
    }
    decoded
}

fn read_letters(lineage: Lineage, letters: &str) -> Decoded {
    let Some(reading) = read_columns(lineage, letters) else {
        return of_letters(lineage, letters);
    };
    let mut decoded = decode_mask(lineage, reading.mask | reading.reserved);
    if reading.cut {
        decoded.notes.push("the end of the text is cut off: flags of the last columns may be missing".to_owned());
    }
    decoded
}

/// Letters by themselves, wherever they stand.
fn of_letters(lineage: Lineage, letters: &str) -> Decoded {
    let mut mask = 0u64;
    let mut unknown: Vec<char> = Vec::new();
    let mut notes: Vec<String> = Vec::new();
    for letter in letters.chars().filter(|c| c.is_ascii_alphabetic()) {
        let flags: Vec<_> = flags_of_letter(lineage, letter).collect();
        let unset = flags.iter().rev().find(|flag| mask & flag.mask() == 0);
        match unset {
            Some(flag) => {
                if flags.len() > 1 {
                    let names: Vec<&str> = flags.iter().map(|flag| flag.name).collect();
                    notes.push(format!("{letter} can be {}; {} is taken", names.join(" or "), flag.name));
                }
                mask |= flag.mask();
            }
            None if letter == 'G' || !flags.is_empty() || unknown.contains(&letter) => {}
            None => unknown.push(letter),
        }
    }
    let mut decoded = decode_mask(lineage, mask);
    if !unknown.is_empty() {
        decoded.value = None;
    }
    decoded.unknown_letters = unknown;
    decoded.notes.extend(notes);
    decoded
}

fn letters_elsewhere(lineage: Lineage, letters: &str) -> Vec<String> {
    let mut seen: Vec<char> = Vec::new();
    for letter in letters.chars().filter(|c| c.is_ascii_alphabetic() && *c != 'G') {
        if !seen.contains(&letter) {
            seen.push(letter);
        }
    }
    seen.into_iter().filter_map(|letter| letter_note(letter, flags_of_letter(lineage, letter).last())).collect()
}

/// The verbose form: names say what letters cannot.
fn of_names(names: &[(char, String)], release: Option<&str>) -> Decoded {
    let lineage = of_names_known(names, release.map_or(Lineage::Mainline, Lineage::of_release));
    let mut mask = 0u64;
    let mut unknown: Vec<char> = Vec::new();
    for (letter, name) in names {
        match flag_named(lineage, name) {
            Some(flag) => mask |= flag.mask(),
            None if unknown.contains(letter) => {}
            None => unknown.push(*letter),
        }
    }
    let mut decoded = decode_mask(lineage, mask);
    if !unknown.is_empty() {
        decoded.value = None;
    }
    decoded.unknown_letters = unknown;
    if release.and_then(Lineage::known_release).is_none() {
        decoded.notes.insert(0, assumed(lineage, release));
    }
    decoded
}

/// The lineage of the release, or another one of those that print names, if only that knows them all.
fn of_names_known(names: &[(char, String)], of_release: Lineage) -> Lineage {
    let knows_all = |lineage: &Lineage| names.iter().all(|(_, name)| flag_named(*lineage, name).is_some());
    [of_release, Lineage::Rhel10, Lineage::Suse6].into_iter().find(knows_all).unwrap_or(of_release)
}

fn flag_named(lineage: Lineage, name: &str) -> Option<&'static TaintFlag> {
    lineage.flags().iter().find(|flag| flag.name == name)
}

fn without_letters(text: &TaintText<'_>, release: Option<&str>) -> Decoded {
    let mut decoded = Decoded::clean(release.map_or(Lineage::Mainline, Lineage::of_release));
    if !text.not_tainted {
        decoded.value = None;
        decoded.notes.push("no taint letters in the text; expected one such as \"Tainted: P           OE\"".to_owned());
    }
    decoded
}
