//! Where lines were wrapped, and whether a blank was lost there.
//!
//! A terminal or a pager cuts every line at the same column, in the middle of a word if need be: nothing was lost. A mailer
//! breaks at a blank and eats it, at any column up to its limit, when the next word did not fit. Texts that were cut by the
//! one and then the other tell it by breaks where the next word would have fitted.

use std::collections::HashSet;

use super::{Link, Piece};
use crate::kernel_log::event::Class;
use crate::kernel_log::names;
use crate::kernel_log::scan::{is_module_byte, leading, word};

/// What stands between two pieces of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Glue {
    /// They touch.
    Nothing,
    /// A blank was eaten.
    Blank,
}

/// Mailers wrap at 72 to 80 columns; terminals are often wider.
const WIDEST_MAIL: usize = 80;
/// Letters of a name that tells something alone.
const TELLING_NAME: usize = 3;
/// Less is no width of a terminal.
const NARROWEST: usize = 40;

/// One break that left no blank on either side.
#[derive(Clone, Copy, Debug)]
struct Break {
    /// The piece behind it.
    at: usize,
    /// Columns of the line before it.
    width: usize,
    /// Columns of the word behind it.
    next_word: usize,
    /// Whether the line before it wears an envelope (whose host name may have been replaced after wrapping).
    dressed: bool,
    /// It is in a module list, where one blank stands between two words.
    in_list: bool,
}

/// What the columns say of one break, and whether there is more than this break to say it.
#[derive(Clone, Copy, Debug)]
struct Verdict {
    at: usize,
    glue: Glue,
    sure: bool,
}

/// The glue of every wrapped piece of a block.
#[derive(Debug)]
pub(super) struct Wrap {
    glue: Vec<Glue>,
}

impl Wrap {
    /// Looks at all breaks of a block.
    pub(super) fn measure(pieces: &[Piece<'_>], links: &[Link]) -> Self {
        let mut glue = vec![Glue::Nothing; pieces.len()];
        let breaks = tight_breaks(pieces, links);
        if breaks.is_empty() {
            return Self { glue };
        }
        let names = named(pieces);
        let verdicts = if cut_by_width(pieces, links, &breaks) {
            by_width(pieces, &breaks)
        } else {
            by_words(pieces, links, &breaks)
        };
        for Verdict { at, glue: by_columns, sure } in verdicts {
            let neighbours = pieces.get(at.wrapping_sub(1)).zip(pieces.get(at));
            let by_text =
                neighbours.and_then(|(last, next)| by_text(last, next).or_else(|| by_names(last, next, &names, sure)));
            if let Some(slot) = glue.get_mut(at) {
                *slot = by_text.unwrap_or(by_columns);
            }
        }
        Self { glue }
    }

    /// The glue before a piece.
    pub(super) fn glue(&self, at: usize) -> Glue {
        self.glue.get(at).copied().unwrap_or(Glue::Nothing)
    }
}

/// Breaks that left no blank: only there something is to be decided.
fn tight_breaks(pieces: &[Piece<'_>], links: &[Link]) -> Vec<Break> {
    let mut breaks = Vec::new();
    let mut last: Option<&Piece<'_>> = None;
    let mut in_list = false;
    for (at, (piece, link)) in pieces.iter().zip(links).enumerate() {
        match link {
            Link::Own => in_list = piece.kept.class == Class::List,
            Link::Record => in_list = true,
            Link::Wrapped => {}
        }
        if let Some(last) = last.filter(|_| *link == Link::Wrapped) {
            let blank = last.text.ends_with([' ', '\t']) || piece.text.starts_with([' ', '\t']) || last.text.is_empty();
            let next_word = word(piece.text).0.chars().count();
            if !blank {
                breaks.push(Break { at, width: last.kept.width, next_word, dressed: last.kept.dressed, in_list });
            }
        }
        last = Some(piece);
    }
    breaks
}

/// The widest line with an envelope, and without.
fn widest(pieces: &[Piece<'_>]) -> impl Fn(bool) -> usize {
    let widest = |dressed| pieces.iter().filter(|p| p.kept.dressed == dressed).map(|p| p.kept.width).max().unwrap_or(0);
    let (bare, dressed) = (widest(false), widest(true));
    move |is_dressed| if is_dressed { dressed } else { bare }
}

/// Whether the breaks are at the column where no line goes on: the cut of a terminal.
fn cut_by_width(pieces: &[Piece<'_>], links: &[Link], breaks: &[Break]) -> bool {
    let widest = widest(pieces);
    // other lines than lists lose runs of blanks at a cut
    let lists_tell = breaks.iter().any(|b| b.in_list && b.width > WIDEST_MAIL);
    let breaks: Vec<Break> = breaks.iter().copied().filter(|b| b.in_list || !lists_tell).collect();
    let exact = breaks.iter().filter(|b| b.width == widest(b.dressed)).count();
    if exact >= 2 && exact * 2 >= breaks.len() {
        return true;
    }
    // a blank at the cut may have been stripped
    let near = breaks.iter().filter(|b| b.width + 1 >= widest(b.dressed)).count();
    let wide = breaks.iter().any(|b| b.width > WIDEST_MAIL);
    near == breaks.len() && exact > 0 && (wide || blank_at_cut(pieces, links, &widest) || mid_word(pieces, &breaks))
}

/// A wrapped line that is as wide as the cut and keeps its blank there.
fn blank_at_cut(pieces: &[Piece<'_>], links: &[Link], widest: &impl Fn(bool) -> usize) -> bool {
    let mut wraps =
        pieces.iter().zip(pieces.iter().skip(1)).zip(links.iter().skip(1)).filter(|(_, link)| **link == Link::Wrapped);
    wraps.any(|((last, next), _)| last.kept.width == widest(last.kept.dressed) && next.text.starts_with(' '))
}

fn mid_word(pieces: &[Piece<'_>], breaks: &[Break]) -> bool {
    let text =
        |b: &Break| pieces.get(b.at.wrapping_sub(1)).zip(pieces.get(b.at)).and_then(|(last, next)| by_text(last, next));
    breaks.iter().any(|b| text(b) == Some(Glue::Nothing))
}

fn by_width(pieces: &[Piece<'_>], breaks: &[Break]) -> Vec<Verdict> {
    let widest = widest(pieces);
    let cut = widest(true).max(widest(false));
    let verdict = |b: &Break| {
        let at_cut = breaks.iter().filter(|other| other.dressed == b.dressed && other.width == b.width).count();
        let glue = if b.width >= widest(b.dressed) { Glue::Nothing } else { Glue::Blank };
        // one column less: the cut met a blank, or the host's name was replaced by a shorter one
        Verdict { at: b.at, glue, sure: at_cut >= 2 && b.width + 1 != cut }
    };
    breaks.iter().map(verdict).collect()
}

/// A mailer's breaks lost a blank. Where the next word would have fitted, the text had been cut before it was mailed: at its
/// own common length in the middle of a word, one less where that cut met a blank.
fn by_words(pieces: &[Piece<'_>], links: &[Link], breaks: &[Break]) -> Vec<Verdict> {
    let limit = mail_limit(breaks);
    let fitted: Vec<&Break> = breaks.iter().filter(|b| b.width < limit && b.width + 1 + b.next_word <= limit).collect();
    let mut lengths = Vec::with_capacity(fitted.len());
    let (mut length, mut cuts) = (0, fitted.iter().peekable());
    for (at, (piece, link)) in pieces.iter().zip(links).enumerate() {
        if let Some(cut) = cuts.next_if(|cut| cut.at == at) {
            lengths.push((cut.at, length));
            length = 0;
        } else if *link != Link::Wrapped {
            length = 0;
        }
        length += piece.kept.width + 1;
    }
    let longest = lengths.iter().map(|(_, length)| *length).max().unwrap_or(0);
    let common = lengths.iter().filter(|(_, length)| *length == longest).count() >= 2;
    let earlier_cut = |at| common && lengths.binary_search(&(at, longest)).is_ok();
    let glue = |b: &Break| if earlier_cut(b.at) { Glue::Nothing } else { Glue::Blank };
    breaks.iter().map(|b| Verdict { at: b.at, glue: glue(b), sure: breaks.len() >= 2 }).collect()
}

/// The limit that explains most breaks: the line fits, with the next word it would not have.
fn mail_limit(breaks: &[Break]) -> usize {
    let explained =
        |limit: usize| breaks.iter().filter(|b| b.width <= limit && b.width + 1 + b.next_word > limit).count();
    let candidates = breaks.iter().map(|b| b.width).filter(|width| *width <= 4 * WIDEST_MAIL);
    candidates.max_by_key(|&limit| (explained(limit), limit)).unwrap_or(WIDEST_MAIL)
}

/// What the text itself says: a bracket or an offset is never torn apart, flags are never apart from their name, a name
/// follows closed flags, and no name begins or ends with an underscore.
fn by_text(last: &Piece<'_>, next: &Piece<'_>) -> Option<Glue> {
    let (head, _) = word(next.text);
    let tail = last.text.rsplit([' ', '\t']).next().unwrap_or(last.text);
    if tail.starts_with('[') && is_build_id(head) {
        return Some(Glue::Blank);
    }
    if is_torn_apart(last, next) || head.starts_with(['(', '_']) || tail.ends_with('_') {
        return Some(Glue::Nothing);
    }
    let is_name = |text: &str| !text.contains([':', '<', '/']);
    (is_name(head) && is_name(tail) && tail.ends_with(')')).then_some(Glue::Blank)
}

/// `84caed98b44e76c86965d753e9c55a9000b306ce]`, which a blank parts from its module.
fn is_build_id(head: &str) -> bool {
    head.strip_suffix(']').is_some_and(|id| id.len() == 40 && id.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// A bracket or an offset that begins in the one line ends in the other.
pub(super) fn is_torn_apart(last: &Piece<'_>, next: &Piece<'_>) -> bool {
    let (head, _) = word(next.text);
    let tail = last.text.rsplit([' ', '\t']).next().unwrap_or(last.text);
    let brackets = [('[', ']'), ('(', ')'), ('{', '}'), ('<', '>')];
    brackets.iter().any(|&pair| is_torn(tail, head, pair)) || is_torn_offset(tail, head) || head.starts_with('{')
}

/// A bracket opens in the one and closes in the other.
fn is_torn(tail: &str, head: &str, (open, close): (char, char)) -> bool {
    let opened = tail.rfind(open).is_some_and(|open| tail.rfind(close).is_none_or(|close| close < open));
    let closes = head.find(close).is_some_and(|close| head.find(open).is_none_or(|open| close < open));
    opened && closes
}

/// `acme_submit+0x5` and `3/0xa0`, `acme_submit+0x53/0xa` and `0`.
fn is_torn_offset(tail: &str, head: &str) -> bool {
    let Some((_, offset)) = tail.rsplit_once("+0x") else { return false };
    let is_hex = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_hexdigit());
    match offset.split_once("/0x") {
        Some((_, size)) => is_hex(head) && (size.is_empty() || is_hex(size)),
        None => head.contains("/0x") || head.starts_with("0x") || head.starts_with("x"),
    }
}

/// The modules that the frames of a block name.
fn named<'a>(pieces: &[Piece<'a>]) -> HashSet<&'a str> {
    let frames =
        pieces.iter().filter(|piece| matches!(piece.kept.class, Class::Frame | Class::Pointer | Class::Starter(_)));
    frames
        .filter_map(|piece| piece.text.rsplit_once('[').and_then(|(_, name)| name.trim_end().strip_suffix(']')))
        .collect()
}

/// What names say: the two halves are one that is known, or each is one. Where the columns are not sure, one known name at
/// the break is enough.
fn by_names(last: &Piece<'_>, next: &Piece<'_>, named: &HashSet<&str>, sure: bool) -> Option<Glue> {
    let tail = last.text.rsplit([' ', '\t']).next().unwrap_or_default();
    let (head, behind) = leading(word(next.text).0, is_module_byte);
    if head.is_empty()
        || tail.is_empty()
        || !tail.bytes().all(is_module_byte)
        || !(behind.is_empty() || behind.starts_with('('))
    {
        return None;
    }
    let known = |name: &str| named.contains(name) || names::is_common(name);
    let whole = known(&format!("{tail}{head}"));
    // a short name is easily a half by chance
    let tells = |name: &str| name.len() >= TELLING_NAME && known(name);
    match (whole, known(tail) && known(head)) {
        (true, true) => None,
        (true, false) => Some(Glue::Nothing),
        (false, true) => Some(Glue::Blank),
        (false, false) => (!sure && (tells(tail) || tells(head))).then_some(Glue::Blank),
    }
}

/// The width at which a text without envelopes was cut: at least two lines are exactly as wide as the widest, and what
/// follows them is not a line of its own.
pub(super) fn common_cut(pieces: &[Piece<'_>]) -> Option<usize> {
    let widest = pieces.iter().map(|p| p.kept.width).max()?;
    let loose = |class| matches!(class, Class::Other | Class::Dump | Class::Info | Class::TaskRow);
    let pairs = pieces.iter().zip(pieces.iter().skip(1));
    let cuts = pairs.filter(|(last, next)| last.kept.width == widest && loose(next.kept.class)).count();
    (widest >= NARROWEST && cuts >= 2).then_some(widest)
}
