//! Makes text that strangers wrote harmless in each kind of output.
//!
//! Names, titles and paths come out of logs and archives that anybody can write, so they may hold escape sequences of
//! terminals (`\x1b[2J`), marks that reorder text (U+202E), letters without width (U+200B), Markdown, HTML, or formulas
//! of a spreadsheet. Nothing is dropped: what cannot be shown as it is, is shown as its number.
//!
//! Sources: Unicode Standard Annex 9 (bidirectional marks) and 14 (line separators); CommonMark 0.31 section 2.4 and the
//! GitHub tables extension; the OWASP page on CSV injection.

use std::borrow::Cow;
use std::fmt::Write;

use unicode_width::UnicodeWidthChar;

/// Whether a letter cannot be seen, or changes how others are seen: controls, marks of direction, letters without width.
///
/// ```
/// # use taintrace::render::escape::is_hidden;
/// assert!(is_hidden('\u{1b}') && is_hidden('\u{202e}') && is_hidden('\u{200b}'));
/// assert!(!is_hidden('é') && !is_hidden(' '));
/// ```
pub fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{3164}' | '\u{ffa0}' | '\u{feff}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{e0000}'..='\u{e0fff}')
        || c.width().unwrap_or(0) == 0
}

/// Whether any letter of a text is [hidden](is_hidden). Nearly all text is ASCII, which needs no table of widths.
pub(super) fn hides_something(text: &str) -> bool {
    // Without an early end the compiler looks at many bytes at a time.
    let plain = text.bytes().fold(true, |plain, byte| plain & matches!(byte, b' '..=b'~'));
    !plain && text.chars().any(is_hidden)
}

/// Shows what cannot be seen: `\n`, `\x1b`, `\u{202e}`. A backslash stays as it is, so the result is for eyes, not for parsing.
///
/// ```
/// # use taintrace::render::escape::terminal;
/// assert_eq!(terminal("acme\u{1b}[31m"), r"acme\x1b[31m");
/// ```
pub fn terminal(text: &str) -> Cow<'_, str> {
    replaced(text, |c, shown| match c {
        '\n' => shown.push_str(r"\n"),
        '\r' => shown.push_str(r"\r"),
        '\t' => shown.push_str(r"\t"),
        c if u32::from(c) < 0x100 => push(shown, format_args!(r"\x{:02x}", u32::from(c))),
        c => push(shown, format_args!(r"\u{{{:x}}}", u32::from(c))),
    })
}

/// Text inside a paragraph, a list item or a table cell of Markdown: shown as it is, whatever it holds.
///
/// A bar becomes `&#124;`, which holds inside and outside of tables. `_` inside a word is left alone: it marks nothing
/// there, and function names stay readable in the source.
///
/// ```
/// # use taintrace::render::escape::markdown;
/// assert_eq!(markdown("acme_read [acme] <b>"), r"acme_read \[acme\] &lt;b&gt;");
/// ```
pub fn markdown(text: &str) -> String {
    let visible = terminal(text);
    let visible = visible.trim();
    let mut out = String::with_capacity(visible.len() + 8);
    let mut letters = visible.chars().peekable();
    let mut before = ' ';
    let mut number_so_far = true;
    while let Some(c) = letters.next() {
        let starts = out.is_empty();
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '|' => out.push_str("&#124;"),
            '_' if before.is_alphanumeric() && letters.peek().is_some_and(|next| next.is_alphanumeric()) => {
                out.push('_')
            }
            '\\' | '`' | '*' | '_' | '[' | ']' | '~' | '$' | '^' | '{' | '}' => push(&mut out, format_args!("\\{c}")),
            '#' | '-' | '+' | '=' | ':' if starts => push(&mut out, format_args!("\\{c}")),
            '.' | ')' if number_so_far && !starts && letters.peek().is_none_or(|next| *next == ' ') => {
                push(&mut out, format_args!("\\{c}"));
            }
            c => out.push(c),
        }
        number_so_far &= c.is_ascii_digit();
        before = c;
    }
    out
}

/// A code span of Markdown, for names and paths; text that a code span cannot hold everywhere becomes [`markdown`] text.
///
/// ```
/// # use taintrace::render::escape::markdown_code;
/// assert_eq!(markdown_code("var/log/messages:12"), "`var/log/messages:12`");
/// ```
pub fn markdown_code(text: &str) -> String {
    let visible = terminal(text);
    let visible = visible.trim();
    if visible.is_empty() || visible.contains(['`', '|']) {
        return markdown(visible);
    }
    format!("`{visible}`")
}

/// A cell of a CSV file, before quoting: on one line, and never read as a formula.
///
/// A cell that begins with `=`, `+`, `-` or `@` (or their full-width forms), even behind blanks, gets a `'` before it.
///
/// ```
/// # use taintrace::render::escape::csv;
/// assert_eq!(csv("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
/// ```
pub fn csv(text: &str) -> Cow<'_, str> {
    let visible = terminal(text);
    let first = visible.trim_start().chars().next();
    match first {
        Some('=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠') => Cow::Owned(format!("'{visible}")),
        _ => visible,
    }
}

/// Text or a quoted attribute of HTML.
///
/// ```
/// # use taintrace::render::escape::html;
/// assert_eq!(html("<img onerror=\"x\">"), "&lt;img onerror=&quot;x&quot;&gt;");
/// ```
pub fn html(text: &str) -> Cow<'_, str> {
    let visible = terminal(text);
    if !visible.contains(['&', '<', '>', '"', '\'']) {
        return visible;
    }
    let mut out = String::with_capacity(visible.len() + 16);
    for c in visible.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// The text with each hidden letter replaced; borrowed where there is none.
fn replaced(text: &str, show: impl Fn(char, &mut String)) -> Cow<'_, str> {
    if !hides_something(text) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_hidden(c) { show(c, &mut shown) } else { shown.push(c) }
    }
    Cow::Owned(shown)
}

/// Writing into a `String` cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}
