//! Headers of syslog daemons and of `journalctl`: a date, a host, a tag.
//!
//! Source: RFC 3164, RFC 5424, rsyslog's templates, the `-o short…` modes of journalctl(1).

use super::stamp::is_clock;
use super::{Found, Speaker};
use crate::kernel_log::event::begins_like_kernel;
use crate::kernel_log::scan::{decimal, leading, skip_blanks, word};

/// `Mar  3 10:00:00 host kernel: text`; the month may be of any language, the year may follow the day.
pub(super) fn bsd(text: &str) -> Option<Found<'_>> {
    let (month, rest) = word(text);
    let is_name = month.len() <= 16 && month.chars().any(char::is_alphabetic) && !month.contains([':', '[', '=', '/']);
    if !is_name || rest.is_empty() {
        return None;
    }
    let (day, rest) = decimal(skip_blanks(rest))?;
    let mut rest = skip_blanks(rest.strip_prefix('.').unwrap_or(rest));
    if !(1..=31).contains(&day) {
        return None;
    }
    if let Some((1970..=9999, after)) = decimal(rest)
        && after.starts_with(' ')
    {
        rest = skip_blanks(after);
    }
    let (clock, after) = word(rest);
    let wall = text.strip_suffix(after)?;
    (is_clock(clock) && clock.len() >= 8).then(|| header(wall, after))
}

/// busybox's `logread`: `Tue Mar  3 10:00:00 2020 kern.warn kernel: text`, without a host.
pub(super) fn logread(text: &str) -> Option<Found<'_>> {
    let (_weekday, rest) = text.split_at_checked(3).filter(|(_, rest)| rest.starts_with(' '))?;
    let (_month, rest) = word(skip_blanks(rest));
    let (day, rest) = decimal(skip_blanks(rest))?;
    let (clock, rest) = word(skip_blanks(rest));
    let (year, after) = decimal(skip_blanks(rest))?;
    let wall = text.strip_suffix(after)?;
    let (priority, after) = word(skip_blanks(after));
    let dated = (1..=31).contains(&day) && is_clock(clock) && clock.len() == 8 && (1970..=9999).contains(&year);
    if !dated || !priority.contains('.') {
        return None;
    }
    tag(skip_blanks(after), Found { wall: Some(wall), ..Found::default() })
}

/// `2020-03-03T10:00:00,123456+01:00 host kernel: text`, `2020-03-03 10:00:00 text`; dmesg's has no host.
pub(super) fn iso(text: &str) -> Option<Found<'_>> {
    let (wall, rest) = iso_date(text)?;
    if wall.contains(',') {
        let rest = rest.strip_prefix(' ').unwrap_or(rest);
        return Some(Found { rest, wall: Some(wall), speaker: Some(Speaker::Kernel), ..Found::default() });
    }
    Some(header(wall, rest))
}

fn iso_date(text: &str) -> Option<(&str, &str)> {
    let (year, rest) = leading(text, |b| b.is_ascii_digit());
    let (month, rest) = leading(rest.strip_prefix('-')?, |b| b.is_ascii_digit());
    let (day, rest) = leading(rest.strip_prefix('-')?, |b| b.is_ascii_digit());
    if (year.len(), month.len(), day.len()) != (4, 2, 2) {
        return None;
    }
    let (clock, rest) = word(rest.strip_prefix(['T', ' '])?);
    let wall = text.strip_suffix(rest)?;
    is_clock(clock).then_some((wall, rest))
}

/// `Tue 2020-03-03 10:00:00 CET host kernel: text` (journalctl -o short-full).
pub(super) fn full(text: &str) -> Option<Found<'_>> {
    let (weekday, rest) = word(text);
    if weekday.len() > 16 || !weekday.chars().all(|c| c.is_alphabetic() || c == '.') {
        return None;
    }
    let (_, rest) = iso_date(skip_blanks(rest))?;
    let (zone, rest) = word(skip_blanks(rest));
    let wall = text.strip_suffix(rest)?;
    (!zone.is_empty() && zone.len() <= 8).then(|| header(wall, rest))
}

/// `1583226000.123456 host kernel: text` (journalctl -o short-unix).
pub(super) fn unix(text: &str) -> Option<Found<'_>> {
    let (stamp, rest) = word(text);
    let (seconds, micros) = stamp.split_once('.')?;
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    (seconds.len() == 10 && micros.len() == 6 && digits(seconds) && digits(micros)).then(|| header(stamp, rest))
}

/// `1 2020-03-03T10:00:00Z host kernel - - - text`, behind its priority.
pub(super) fn rfc5424(text: &str) -> Option<Found<'_>> {
    let (wall, rest) = iso_date(text.strip_prefix("1 ")?)?;
    let (_host, rest) = word(skip_blanks(rest));
    let (app, rest) = word(skip_blanks(rest));
    let (_process, rest) = word(skip_blanks(rest));
    let (_message_id, rest) = word(skip_blanks(rest));
    let rest = skip_blanks(rest);
    let rest = match rest.strip_prefix("- ") {
        Some(text) => text,
        None if rest.starts_with('[') => rest.split_once("] ").map_or(rest, |(_, text)| text),
        None => rest.strip_prefix('-').unwrap_or(rest),
    };
    let rest = rest.strip_prefix('\u{feff}').unwrap_or(rest);
    let speaker = if app == "kernel" { Speaker::Kernel } else { Speaker::Program };
    Some(Found { rest, wall: Some(wall), speaker: Some(speaker), ..Found::default() })
}

/// `host kernel: text` or `kernel: text`: what is left where the date was cut away, and journalctl -o short-monotonic.
/// `kernel:[   12.345678] text` is syslogd's message to all terminals.
pub(super) fn host_only(text: &str) -> Option<Found<'_>> {
    let (host, rest) = word(text);
    let rest = text.strip_prefix("kernel:").or_else(|| skip_blanks(rest).strip_prefix("kernel:"))?;
    let is_host = text.starts_with("kernel:") || (host.len() <= 255 && !host.contains(['[', '"', '=']));
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    is_host.then_some(Found { rest, speaker: Some(Speaker::Kernel), ..Found::default() })
}

/// rsyslog's `message repeated 2 times: [ text]`.
pub(super) fn repeated(text: &str) -> Option<Found<'_>> {
    let (_, rest) = decimal(text.strip_prefix("message repeated ")?)?;
    let inside = rest.strip_prefix(" times: [")?;
    let inside = inside.strip_suffix(']').unwrap_or(inside);
    Some(Found { rest: inside.strip_prefix(' ').unwrap_or(inside), ..Found::default() })
}

/// Host and tag behind a date.
fn header<'a>(wall: &'a str, rest: &'a str) -> Found<'a> {
    let plain = rest.strip_prefix(' ').unwrap_or(rest);
    let dated = Found { rest: plain, wall: Some(wall), ..Found::default() };
    let (host, rest) = word(plain);
    let text_at_once = host.is_empty() || host.contains('[') || host.starts_with('<') || begins_like_kernel(plain);
    if text_at_once {
        return dated;
    }
    if let Some(found) = tag(plain, dated) {
        return found; // no host
    }
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    tag(rest, dated).unwrap_or(Found { rest, ..dated })
}

/// `kernel: ` or a program's tag, such as `sshd[123]: `.
fn tag<'a>(text: &'a str, dated: Found<'a>) -> Option<Found<'a>> {
    let (name, after) = leading(text, |b| b.is_ascii_graphic() && b != b':' && b != b'[');
    if name.is_empty() || name.len() > 64 {
        return None;
    }
    let after = match after.strip_prefix('[') {
        Some(id) => {
            let (_, rest) = leading(id, |b| b.is_ascii_digit());
            rest.strip_prefix(']')?
        }
        None => after,
    };
    let rest = after.strip_prefix(':')?;
    let rest = rest.strip_prefix(' ').or(rest.is_empty().then_some(rest))?;
    if matches!(name, "kernel" | "vmunix") {
        return Some(Found { rest, speaker: Some(Speaker::Kernel), ..dated });
    }
    if begins_like_kernel(text) {
        return None; // `BUG: …` behind a host without a tag
    }
    Some(Found { rest, speaker: Some(Speaker::Program), ..dated })
}
