//! Bytes to text: carriage returns, NULs, terminal colours, invalid UTF-8, escapes of syslog and dmesg, what a web page put
//! for signs and blanks and left at the end of a line.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memchr3};

use super::markup;
use crate::kernel_log::event::is_kernel_text;
use crate::kernel_log::linked_in::HEADING;

/// What some editors put before the first line.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// A carriage return as `cat -v` and mails show it.
const SHOWN_RETURN: &[u8] = b"^M";

/// A physical line as text: without CR, NUL and terminal control sequences. Invalid UTF-8 becomes `U+FFFD`.
pub(crate) fn clean(line: &[u8]) -> Cow<'_, str> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let mut line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    while let Some(rest) = line.strip_suffix(SHOWN_RETURN) {
        line = rest;
    }
    if memchr3(b'\r', 0, 0x1b, line).is_none() {
        return without_tags(without_entities(decoded(line)));
    }
    let mut kept = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'\r' | 0 => {}
            0x1b => rest = behind_escape(after),
            byte => kept.push(byte),
        }
    }
    without_tags(without_entities(Cow::Owned(decoded(&kept).into_owned())))
}

fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// `[&lt;ffffffff8103a744&gt;]` of a saved web page, and blanks that do not break.
fn without_entities(text: Cow<'_, str>) -> Cow<'_, str> {
    let text = if text.is_ascii() || !text.contains('\u{a0}') { text } else { Cow::Owned(text.replace('\u{a0}', " ")) };
    if memchr(b'&', text.as_bytes()).is_none() || !["&lt;", "&gt;", "&nbsp;"].iter().any(|name| text.contains(name)) {
        return text;
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&nbsp;", " ");
    Cow::Owned(text.replace("&amp;", "&"))
}

fn without_tags(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(markup::without_end(text)),
        Cow::Owned(mut text) => {
            text.truncate(markup::without_end(&text).len());
            Cow::Owned(text)
        }
    }
}

/// What follows the control sequence `ESC [ … letter` (or `ESC` and one byte).
fn behind_escape(text: &[u8]) -> &[u8] {
    match text.split_first() {
        Some((b'[', inside)) => {
            let end = inside.iter().take(32).position(|b| (0x40..=0x7e).contains(b));
            end.and_then(|end| inside.get(end + 1..)).unwrap_or(inside)
        }
        Some((_, rest)) => rest,
        None => text,
    }
}

/// Decodes what rsyslog (`#011`) and dmesg (`\x09`) make of control characters. A decoded newline splits the line.
pub(crate) fn unescape(text: &str) -> Cow<'_, str> {
    let Some(first) = memchr2(b'#', b'\\', text.as_bytes()) else { return Cow::Borrowed(text) };
    let Some((head, mut rest)) = text.split_at_checked(first) else { return Cow::Borrowed(text) };
    let mut decoded = String::from(head);
    let mut changed = false;
    while let Some(at) = memchr2(b'#', b'\\', rest.as_bytes()) {
        let Some((plain, escape)) = rest.split_at_checked(at) else { break };
        decoded.push_str(plain);
        match escape_code(escape) {
            Some((c, after)) => {
                decoded.push(c);
                rest = after;
                changed = true;
            }
            None => {
                let (sign, after) = escape.split_at_checked(1).unwrap_or((escape, ""));
                decoded.push_str(sign);
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    if changed { Cow::Owned(decoded) } else { Cow::Borrowed(text) }
}

/// `#011`, `#012`, … `#037` and `\x01` … `\x1f`: control characters only, so that ordinary text stays as it is.
fn escape_code(text: &str) -> Option<(char, &str)> {
    let (digits, after) = match text.strip_prefix("\\x") {
        Some(hexadecimal) => hexadecimal.split_at_checked(2)?,
        None => text.strip_prefix("#0")?.split_at_checked(2)?,
    };
    let code = u8::from_str_radix(digits, if text.starts_with('#') { 8 } else { 16 }).ok()?;
    (code < 0x20 && code > 0).then_some((char::from(code), after))
}

/// Splits a text into the lines that were merged into it: at decoded newlines, before the heading of a module list, and at a
/// priority in its middle where the kernel's grammar goes on behind it (`… vfs_write+0x1/0x2<4> [<…>] …`, serial logs of
/// kernels before 3.5).
pub(crate) fn split_merged(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(split_at_heading).flat_map(split_at_priorities)
}

/// A headline that lost its newline: `… hard LOCKUP on cpu 3dModules linked in: …`.
fn split_at_heading(text: &str) -> impl Iterator<Item = &str> {
    let at = text.find(HEADING).filter(|&at| text.get(..at).is_some_and(|before| !before.trim().is_empty()));
    let (line, list) =
        at.and_then(|at| text.split_at_checked(at)).map_or((text, None), |(line, list)| (line, Some(list)));
    std::iter::once(line).chain(list)
}

fn split_at_priorities(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let text = rest?;
        let (line, after) = split_at_priority(text);
        rest = after;
        Some(line)
    })
}

fn split_at_priority(text: &str) -> (&str, Option<&str>) {
    let mut from = 1;
    while let Some(at) = text.as_bytes().get(from..).and_then(|bytes| memchr(b'<', bytes)).map(|at| at + from) {
        from = at + 1;
        let Some((line, after)) = text.split_at_checked(at) else { continue };
        let mut bytes = after.bytes();
        let is_priority =
            bytes.next() == Some(b'<') && matches!(bytes.next(), Some(b'0'..=b'7')) && bytes.next() == Some(b'>');
        let behind = after.get(3..).unwrap_or_default();
        if is_priority && (behind.starts_with('[') || is_kernel_text(behind)) {
            return (line, Some(behind));
        }
    }
    (text, None)
}
