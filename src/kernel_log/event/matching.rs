//! Finds the starter of a line: by its first byte, then by the texts that may stand anywhere.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::before::without_prefix;
use super::headline::Headline;
use super::starters::{Place, Role, STARTERS, Starter};
use crate::kernel_log::scan::{hex, leading};

/// The rows that can begin with a byte, in the order of the table.
struct ByFirstByte(Vec<Vec<u16>>);

static HEADS: LazyLock<ByFirstByte> = LazyLock::new(|| {
    let mut rows = vec![Vec::new(); 256];
    for (at, starter) in (0u16..).zip(STARTERS).filter(|(_, starter)| starter.place == Place::Head) {
        if let Some(list) = starter.text.bytes().next().and_then(|first| rows.get_mut(usize::from(first))) {
            list.push(at);
        }
    }
    ByFirstByte(rows)
});

/// The texts that may stand anywhere, and their rows. `None` where the automaton could not be built, which no input causes.
static INSIDE: LazyLock<Option<(AhoCorasick, Vec<u16>)>> = LazyLock::new(|| {
    let rows: Vec<u16> = (0u16..).zip(STARTERS).filter(|(_, s)| s.place == Place::Inside).map(|(at, _)| at).collect();
    let texts = rows.iter().filter_map(|&at| Some(row(at)?.text));
    let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(texts).ok()?;
    Some((automaton, rows))
});

/// A row by its number.
pub(super) fn row(at: u16) -> Option<&'static Starter> {
    STARTERS.get(usize::from(at))
}

/// What the headline of a row says.
pub(super) fn headline(at: u16, text: &str) -> Headline<'_> {
    let mut headline = Headline::default();
    if let Some(starter) = row(at) {
        (starter.read)(text.trim(), &mut headline);
    }
    headline
}

/// The starter that a text begins with, behind prefixes of subsystems.
pub(super) fn at_head(text: &str) -> Option<u16> {
    let mut text = text;
    for _ in 0..3 {
        if let Some(found) = exactly_at_head(text) {
            return Some(found);
        }
        text = without_prefix(text)?;
    }
    None
}

fn exactly_at_head(text: &str) -> Option<u16> {
    let rows = HEADS.0.get(usize::from(*text.as_bytes().first()?))?;
    rows.iter()
        .copied()
        .find(|&at| row(at).is_some_and(|starter| text.starts_with(starter.text) && fits(starter, text)))
}

/// The starter that a text holds somewhere.
pub(super) fn inside(text: &str) -> Option<u16> {
    let (automaton, rows) = INSIDE.as_ref()?;
    automaton
        .find_overlapping_iter(text)
        .filter_map(|found| Some((text.get(..found.start())?, *rows.get(found.pattern().as_usize())?)))
        .find(|&(before, at)| row(at).is_some_and(|starter| (starter.before)(before) && fits(starter, text)))
        .map(|(_, at)| at)
}

fn fits(starter: &Starter, text: &str) -> bool {
    starter.also.iter().all(|also| text.contains(also)) && (starter.role != Role::Die || is_die_line(text))
}

/// `STR: XXXX [#N]`, with `ilc:N` on s390, `sig: N` on powerpc, `[N] SMP` on old x86_64, nothing on 2.4; the comma forms of a
/// general protection fault may lose their end to a wrap.
fn is_die_line(text: &str) -> bool {
    if text.starts_with("general protection fault, ") || text.starts_with("Oops: general protection fault, ") {
        return true;
    }
    let Some((before, number)) = text.split_once('[') else { return ends_in_code(text) };
    let digits = leading(number.strip_prefix('#').unwrap_or(number), |b| b.is_ascii_digit()).0;
    !digits.is_empty() && ends_in_code(before.split(" ilc:").next().unwrap_or(before))
}

/// `…: 0002`, `…: 96000004`, `…, sig: 11`.
fn ends_in_code(text: &str) -> bool {
    let Some((name, code)) = text.trim_end().rsplit_once(": ") else { return false };
    !name.is_empty() && name.len() <= 160 && matches!(hex(code), Some((_, "")))
}
