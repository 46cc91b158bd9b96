//! The lines of one block, and how they become whole again: wraps undone, records of one list put together, foreign lines
//! left standing between.
//!
//! A line is a continuation of the one before where the block's lines wear envelopes and it wears none, where a module list
//! goes on, or where the line before is exactly as wide as everything was cut to.

#[cfg(test)]
mod tests;
mod wrap;

use std::borrow::Cow;

use super::event::{Class, release};
use super::{linked_in, trace};
use wrap::{Glue, Wrap};

/// A line as it was kept; its text is a range of the block's.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) no: u64,
    pub(super) start: usize,
    pub(super) end: usize,
    /// Columns of the physical line; 0 where unknown.
    pub(super) width: usize,
    pub(super) class: Class,
    /// It wore an envelope.
    pub(super) dressed: bool,
    pub(super) time_us: Option<u64>,
}

/// A line put together.
#[derive(Clone, Debug)]
pub(super) struct Logical<'a> {
    pub(super) no: u64,
    pub(super) class: Class,
    pub(super) text: Cow<'a, str>,
    pub(super) time_us: Option<u64>,
}

/// One line with its text.
#[derive(Clone, Copy)]
struct Piece<'a> {
    kept: Kept,
    text: &'a str,
}

/// How a piece hangs on what came before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Not at all.
    Own,
    /// The rest of a wrapped line.
    Wrapped,
    /// A further record of a module list.
    Record,
}

/// Puts the lines of a block together.
pub(super) fn rejoin<'a>(kept: &[Kept], text: &'a str, dressed: bool) -> Vec<Logical<'a>> {
    let pieces: Vec<Piece<'a>> =
        kept.iter().map(|&kept| Piece { kept, text: text.get(kept.start..kept.end).unwrap_or_default() }).collect();
    let links = links(&pieces, dressed);
    let wrap = Wrap::measure(&pieces, &links);
    let mut lines: Vec<Logical<'a>> = Vec::with_capacity(pieces.len());
    let mut list = None;
    for (at, (piece, link)) in pieces.iter().zip(links).enumerate() {
        let target = match link {
            Link::Own => None,
            Link::Wrapped => lines.len().checked_sub(1),
            Link::Record => list,
        };
        if let Some(line) = target.and_then(|target| lines.get_mut(target)) {
            let glue = if link == Link::Record { record_glue(line, piece) } else { wrap.glue(at) };
            append(line, piece.text, glue);
            continue;
        }
        match piece.kept.class {
            Class::List => list = Some(lines.len()),
            class if class.is_grammar() => list = None,
            _ => {}
        }
        lines.push(Logical {
            no: piece.kept.no,
            class: piece.kept.class,
            text: Cow::Borrowed(piece.text),
            time_us: piece.kept.time_us,
        });
    }
    lines
}

fn append(line: &mut Logical<'_>, text: &str, glue: Glue) {
    let whole = line.text.to_mut();
    if glue == Glue::Blank {
        whole.push(' ');
    }
    whole.push_str(text);
}

/// A further record begins with the blank before a name, unless a mailer took it. klogd cut lines at 1000 bytes, anywhere.
fn record_glue(line: &Logical<'_>, piece: &Piece<'_>) -> Glue {
    let blank = piece.text.starts_with([' ', '\t']) || line.text.ends_with(' ');
    let cut_by_klogd = line.time_us.is_none() && (960..=1024).contains(&(line.text.len() % 1024));
    if blank || cut_by_klogd { Glue::Nothing } else { Glue::Blank }
}

fn links(pieces: &[Piece<'_>], dressed: bool) -> Vec<Link> {
    let cut_at = if dressed { None } else { wrap::common_cut(pieces) };
    let mut links = Vec::with_capacity(pieces.len());
    let mut in_list = false;
    let mut before: Option<(&Piece<'_>, Class)> = None;
    for piece in pieces {
        let link = match before {
            None => Link::Own,
            Some((last, owner)) if dressed => dressed_link(last, owner, piece, in_list),
            Some((last, owner)) => bare_link(last, owner, piece, in_list, cut_at),
        };
        let owner = match (link, before) {
            (Link::Own, _) => piece.kept.class,
            (Link::Record, _) => Class::List,
            (Link::Wrapped, Some((_, owner))) => owner,
            (Link::Wrapped, None) => piece.kept.class,
        };
        in_list = owner == Class::List || (in_list && !owner.is_grammar());
        before = Some((piece, owner));
        links.push(link);
    }
    links
}

/// In a block with envelopes, a line without one continues the line before, unless it is a whole line of its own (powerpc
/// and s390 print some dumps as one record of several lines).
fn dressed_link(last: &Piece<'_>, owner: Class, piece: &Piece<'_>, in_list: bool) -> Link {
    if piece.kept.dressed {
        let is_record = in_list && piece.kept.class == Class::Other && linked_in::is_continuation(piece.text);
        return if is_record { Link::Record } else { Link::Own };
    }
    let adjacent = piece.kept.no <= last.kept.no + 1;
    if adjacent && !is_own_line(piece, last, owner) { Link::Wrapped } else { Link::Own }
}

/// In a block without envelopes only the text can tell.
fn bare_link(last: &Piece<'_>, owner: Class, piece: &Piece<'_>, in_list: bool, cut_at: Option<usize>) -> Link {
    let adjacent = piece.kept.no == last.kept.no + 1;
    let is_names = matches!(piece.kept.class, Class::Other) && linked_in::is_continuation(piece.text);
    if in_list && is_names {
        return if adjacent && owner == Class::List { Link::Wrapped } else { Link::Record };
    }
    if !adjacent || is_own_line(piece, last, owner) {
        return Link::Own;
    }
    let full = cut_at.is_some_and(|cut| last.kept.width >= cut);
    let broken_off = matches!(owner, Class::Starter(_) | Class::Process)
        && is_incomplete(last, owner)
        && !matches!(piece.kept.class, Class::Frame | Class::Pointer);
    let torn = piece.kept.class == Class::Other && wrap::is_torn_apart(last, piece);
    let goes_on =
        is_function_of(owner, last.text, piece.text) || (owner == Class::Process && is_release_of(last, piece));
    if full || broken_off || torn || goes_on { Link::Wrapped } else { Link::Own }
}

/// Lines that cannot be the rest of another.
fn is_own_line(piece: &Piece<'_>, last: &Piece<'_>, owner: Class) -> bool {
    let broken_off = || is_incomplete(last, owner);
    match piece.kept.class {
        Class::Frame if is_function_of(owner, last.text, piece.text) => false,
        Class::Frame if piece.text.starts_with(' ') => !broken_off(),
        Class::Process | Class::Pointer => !broken_off(),
        class => class.begins_line(piece.text),
    }
}

/// `WARNING: CPU: 0 PID: 1 at arch/acme.c:140` and `acme_setup+0x7e/0xa2`: a headline of this kind never ends in its line of
/// the source, and a frame begins with a blank or a bracket.
pub(super) fn is_function_of(owner: Class, headline: &str, text: &str) -> bool {
    if !matches!(owner, Class::Starter(_))
        || !headline.starts_with("WARNING: ")
        || text.starts_with([' ', '\t', '[', '?'])
    {
        return false;
    }
    let place = headline.trim_end().rsplit([' ', '\t']).next().unwrap_or_default();
    place
        .rsplit_once(':')
        .is_some_and(|(file, line)| file.contains('.') && !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit()))
}

/// `CPU: 0 PID: 1 Comm: acmed Not tainted` and `6.7.0-rc1 #259`, `… Tainted: G` and `OE      6.7.0-rc1 #259`.
fn is_release_of(last: &Piece<'_>, piece: &Piece<'_>) -> bool {
    let is_flags = |word: &&str| word.bytes().all(|b| b.is_ascii_alphabetic() || b == b'-') && word.len() <= 20;
    let mut words = piece.text.split_ascii_whitespace().skip_while(is_flags);
    let begins = words.next().is_some_and(|word| release(word) == Some(word));
    begins && piece.kept.class == Class::Other && last.text.contains("ainted") && release(last.text).is_none()
}

/// A line that breaks off where the kernel never ends one.
fn is_incomplete(last: &Piece<'_>, owner: Class) -> bool {
    let text = last.text.trim_end();
    match owner {
        Class::Starter(_) => {
            [" at", " in process", " on", " in", ":", " R", " RI", " RIP"].iter().any(|end| text.ends_with(end))
        }
        Class::Process => text.ends_with("Comm:") || text.ends_with("Kdump: loaded") || !text.contains("ainted"),
        Class::Frame => trace::single(text).is_none_or(|frame| frame.symbol.is_some() && frame.size.is_none()),
        _ => false,
    }
}
