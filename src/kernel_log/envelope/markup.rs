//! Markup that a web page or a forum left around a line: tags of HTML and BBCode, bold text of Markdown.
//!
//! ```text
//! <td><span class="c1">[   12.345678] acmefs: mounted</span></td>
//! [COLOR=#000000][FONT=mono]Mar  3 10:00:00 host kernel: acmefs: mounted[/FONT][/COLOR]
//! **Mar  3 10:00:00 host kernel: acmefs: mounted**
//! ```
//!
//! Only names of the tables count: kernels print `<IRQ>`, `<d>` and `[drm]` themselves. What documents put around single
//! words and cells comes off only where an envelope stands in it: they quote headlines without one.

use super::{Found, stamp, syslog};
use crate::kernel_log::scan::{leading, skip_blanks};

/// HTML elements that begin a paste.
const PASTES: &[&str] = &["article", "blockquote", "body", "br", "code", "div", "html", "p", "pre", "samp", "tt"];
/// HTML elements that stand around cells and words as well.
const PARTS: &[&str] = &[
    "a", "b", "em", "font", "i", "kbd", "li", "ol", "small", "span", "strong", "table", "tbody", "td", "th", "tr", "ul",
];
/// BBCode that begins a paste or gives it a look.
const PASTE_CODES: &[&str] = &["code", "color", "font", "indent", "left", "pre", "quote", "size"];
/// BBCode around words as well.
const PART_CODES: &[&str] = &["b", "i", "u", "list"];
/// Bold text begins directly behind it; kernels print a blank or a third asterisk there.
const BOLD: &str = "**";
/// The longest attributes that are taken for some.
const LONGEST_TAG: usize = 200;
/// Tags before one line.
const MAX_TAGS: usize = 8;

/// A tag before a line.
pub(super) fn before(text: &str) -> Option<Found<'_>> {
    let (rest, alone) = tag(text)?;
    (alone || is_dressed(rest)).then_some(Found { rest, decoration: true, ..Found::default() })
}

/// What follows a tag, and whether it begins a paste: what it encloses does not end in the middle of the line.
fn tag(text: &str) -> Option<(&str, bool)> {
    if let Some((rest, name)) = element(text) {
        return Some((rest, is_of(PASTES, name) && !rest.contains("</code>")));
    }
    if let Some((rest, name)) = code(text) {
        return Some((rest, is_of(PASTE_CODES, name)));
    }
    Some((bold(text)?, false))
}

/// Whether an envelope stands behind the tags.
fn is_dressed(text: &str) -> bool {
    let mut text = skip_blanks(text);
    for _ in 0..MAX_TAGS {
        let Some((rest, _)) = tag(text) else { break };
        text = skip_blanks(rest);
    }
    let forms = [
        stamp::printk,
        stamp::bracketed_date,
        stamp::priority,
        syslog::bsd,
        syslog::logread,
        syslog::iso,
        syslog::full,
    ];
    forms.iter().any(|take| take(text).is_some())
}

/// A line without the tags at its end.
pub(super) fn without_end(text: &str) -> &str {
    let mut text = text;
    while let Some(rest) = without_last(text) {
        text = rest;
    }
    text
}

fn without_last(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let open = match text.as_bytes().last()? {
        b'>' => text.rfind('<')?,
        b']' => text.rfind("[/")?,
        _ => return None,
    };
    let (rest, tag) = text.split_at_checked(open)?;
    let ends_line = tag.starts_with("</") || tag.starts_with("[/") || tag.starts_with("<br") || tag.starts_with("<BR");
    let whole = || element(tag).or_else(|| code(tag)).is_some_and(|(rest, _)| rest.is_empty());
    (ends_line && whole()).then_some(rest)
}

/// What follows `<p>`, `</td>`, `<span class="c1">`, `<br />`, and the name.
fn element(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('<')?;
    let (name, rest) = leading(inside.strip_prefix('/').unwrap_or(inside), |b| b.is_ascii_alphabetic());
    let (attributes, rest) = rest.split_once('>')?;
    let attributes = attributes.trim_end_matches('/').trim_end();
    let plausible = attributes.is_empty()
        || (attributes.starts_with(' ') && attributes.contains('=') && attributes.len() <= LONGEST_TAG);
    (plausible && (is_of(PASTES, name) || is_of(PARTS, name))).then_some((rest, name))
}

/// What follows `[B]`, `[/FONT]`, `[COLOR=#000000]`, and the name.
fn code(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('[')?;
    let (name, rest) = leading(inside.strip_prefix('/').unwrap_or(inside), |b| b.is_ascii_alphabetic());
    let (value, rest) = rest.split_once(']')?;
    let plausible = value.is_empty() || (value.starts_with('=') && value.len() <= 64 && !value.contains('['));
    (plausible && (is_of(PASTE_CODES, name) || is_of(PART_CODES, name))).then_some((rest, name))
}

fn bold(text: &str) -> Option<&str> {
    let rest = text.strip_prefix(BOLD).filter(|rest| !rest.starts_with(['*', ' ']) && !rest.is_empty())?;
    Some(rest.trim_end().strip_suffix(BOLD).unwrap_or(rest))
}

fn is_of(names: &[&str], name: &str) -> bool {
    names.iter().any(|known| known.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_before_a_line_come_off() {
        let table = [
            ("<p>text", Some("text")),
            ("<pre><code>text", Some("<code>text")),
            ("</td><td>[   12.345678] text", Some("<td>[   12.345678] text")),
            ("<span class=\"c1\">Mar  3 10:00:00 host kernel: text", Some("Mar  3 10:00:00 host kernel: text")),
            ("<BR />", Some("")),
            ("[COLOR=#000000][B]text", Some("[B]text")),
            ("[code]text", Some("text")),
            ("**[   12.345678] text**", Some("[   12.345678] text")),
            ("**[   12.345678] text", Some("[   12.345678] text")),
            // documents that quote a headline
            ("<td>BUG: soft lockup - CPU#1</td>", None),
            ("<li><code>BUG: soft lockup - CPU#1</code></li>", None),
            ("<code>BUG: soft lockup</code> says that", None),
            ("[b]BUG: soft lockup[/b]", None),
            ("**Kernel panic - not syncing: x** | a row", None),
            // the kernel's own
            ("<IRQ>", None),
            ("</TASK>", None),
            ("<d> ffffffff812a4641", None),
            ("<0f> 0b", None),
            ("<p text", None),
            ("<b 0f 0b> 1", None),
            ("[drm] text", None),
            ("[COLOR of text]", None),
            ("** 77 printk messages dropped **", None),
            ("**********", None),
        ];
        for (line, rest) in table {
            assert_eq!(before(line).map(|found| found.rest), rest, "{line}");
        }
    }

    #[test]
    fn tags_at_the_end_come_off() {
        let table = [
            ("text</span></td>", "text"),
            ("text<br />", "text"),
            ("text [/FONT][/COLOR]", "text "),
            ("text", "text"),
            (" </IRQ>", " </IRQ>"),
            ("acme_io+0x1/0x2 [code]", "acme_io+0x1/0x2 [code]"),
            ("Code: 00 <0f>", "Code: 00 <0f>"),
        ];
        for (line, rest) in table {
            assert_eq!(without_end(line), rest, "{line}");
        }
    }
}
