//! `date`: when the report was made.
//!
//! ```text
//! Tue Mar  3 10:00:00 CET 2020             the C locale
//! Tue 03 Mar 2020 10:00:00 AM CET          en_US since coreutils 8.31
//! Tue  3 Mar 10:00:00 GMT 2020             en_GB
//! 2020-03-03T10:00:00+01:00                hand-made
//! Mi 3. Mär 10:00:00 CET 2020              other languages: the month may be told by no table
//! ```
//!
//! A zone is resolved where its abbreviation means one thing only, or is numeric. `CST`, `IST` and `BST` mean several, and
//! then the time is given without an offset. Where the month is not English, there is no answer.

use std::io;

use jiff::civil::DateTime;
use jiff::tz::Offset;

use super::{Draft, Source};

/// The first line that is a date.
pub(super) fn read(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let utc = source.member.ends_with("utc") || source.member.ends_with("-u");
    let mut lines = source.lines();
    while let Some(line) = lines.next()? {
        let Some(time) = timestamp(&line.text) else { continue };
        let trust = match (time.has_offset, utc) {
            (true, false) => 0,
            (true, true) => 1,
            (false, _) => 2,
        };
        draft.host.collected.offer(trust, line.located(time.text));
        return Ok(());
    }
    Ok(())
}

struct Timestamp {
    /// As RFC 3339, the offset left out where it is not known.
    text: String,
    has_offset: bool,
}

fn timestamp(text: &str) -> Option<Timestamp> {
    let parts = Parts::of(text)?;
    let (hour, minute, second) = parts.clock?;
    let hour = match (parts.half, hour) {
        (Some(Half::Am), 12) => 0,
        (Some(Half::Pm), hour @ 1..12) => hour + 12,
        (_, hour) => hour,
    };
    let time = DateTime::new(parts.year?, parts.month?, parts.day?, hour, minute, second, 0).ok()?;
    let text = match parts.offset {
        None => time.to_string(),
        Some(offset) if offset.is_zero() => format!("{time}Z"),
        Some(offset) => {
            let minutes = offset.seconds() / 60;
            let sign = if minutes < 0 { '-' } else { '+' };
            format!("{time}{sign}{:02}:{:02}", minutes.abs() / 60, minutes.abs() % 60)
        }
    };
    Some(Timestamp { text, has_offset: parts.offset.is_some() })
}

enum Half {
    Am,
    Pm,
}

/// What the words of a line are, whatever their order.
#[derive(Default)]
struct Parts {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    clock: Option<(i8, i8, i8)>,
    half: Option<Half>,
    offset: Option<Offset>,
}

impl Parts {
    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let mut parts = Self::default();
        if let Some((date, time)) = text.split_once('T')
            && parts.iso_date(date)
        {
            let zone = time.find(['Z', '+', '-']).unwrap_or(time.len());
            let (time, zone) = time.split_at_checked(zone)?;
            parts.clock = clock(time);
            parts.offset = offset(zone);
            return Some(parts);
        }
        for word in text.split_whitespace() {
            parts.word(word.trim_end_matches([',', '.']));
        }
        Some(parts)
    }

    fn word(&mut self, word: &str) {
        if self.iso_date(word) {
        } else if let Some(clock) = clock(word) {
            self.clock = Some(clock);
        } else if let Some(month) = month(word) {
            self.month.get_or_insert(month);
        } else if word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit()) {
            self.year = word.parse().ok();
        } else if word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit()) {
            self.day = word.parse().ok();
        } else if word.eq_ignore_ascii_case("am") {
            self.half = Some(Half::Am);
        } else if word.eq_ignore_ascii_case("pm") {
            self.half = Some(Half::Pm);
        } else if self.clock.is_some() {
            self.offset = self.offset.or_else(|| offset(word));
        }
    }

    fn iso_date(&mut self, word: &str) -> bool {
        let mut numbers = word.split('-');
        let (Some(year), Some(month), Some(day), None) =
            (numbers.next(), numbers.next(), numbers.next(), numbers.next())
        else {
            return false;
        };
        let (Ok(year), Ok(month), Ok(day)) = (year.parse(), month.parse(), day.parse()) else { return false };
        (self.year, self.month, self.day) = (Some(year), Some(month), Some(day));
        true
    }
}

/// `HH:MM:SS`, with a fraction that is left out.
fn clock(word: &str) -> Option<(i8, i8, i8)> {
    let mut numbers = word.split(':');
    let (hour, minute, second) = (numbers.next()?, numbers.next()?, numbers.next()?);
    let second = second.split(['.', ',']).next()?;
    numbers.next().is_none().then_some((hour.parse().ok()?, minute.parse().ok()?, second.parse().ok()?))
}

/// Months by their first three letters in English.
fn month(word: &str) -> Option<i8> {
    const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    const FULL: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_ascii_lowercase();
    let at = MONTHS.iter().position(|m| **m == word).or_else(|| FULL.iter().position(|m| **m == word))?;
    i8::try_from(at + 1).ok()
}

/// Abbreviations that mean one offset only, in minutes east of UTC. Source: the tz database (names `CST`, `IST`, `BST`, `AST`,
/// `SST` and `MST` of Malaysia stand for several zones and are left out).
const ZONES: &[(&str, i32)] = &[
    ("UTC", 0),
    ("GMT", 0),
    ("Z", 0),
    ("UCT", 0),
    ("WET", 0),
    ("WEST", 60),
    ("CET", 60),
    ("CEST", 120),
    ("MET", 60),
    ("MEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("SAST", 120),
    ("EAT", 180),
    ("CAT", 120),
    ("WAT", 60),
    ("EST", -300),
    ("EDT", -240),
    ("CDT", -300),
    ("MDT", -360),
    ("PDT", -420),
    ("PST", -480),
    ("AKST", -540),
    ("AKDT", -480),
    ("HST", -600),
    ("NST", -210),
    ("NDT", -150),
    ("JST", 540),
    ("KST", 540),
    ("HKT", 480),
    ("PKT", 300),
    ("WIB", 420),
    ("WITA", 480),
    ("WIT", 540),
    ("AWST", 480),
    ("ACST", 570),
    ("ACDT", 630),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
];

fn offset(word: &str) -> Option<Offset> {
    let minutes = match ZONES.iter().find(|(name, _)| *name == word) {
        Some((_, minutes)) => *minutes,
        None => numeric_offset(word)?,
    };
    Offset::from_seconds(minutes.checked_mul(60)?).ok()
}

/// `+01`, `+0530`, `-03:30`.
fn numeric_offset(word: &str) -> Option<i32> {
    let (sign, digits) = match word.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, word.strip_prefix('+')?),
    };
    let digits = digits.replace(':', "");
    if digits.len() > 4 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes: i32 = if minutes.is_empty() { 0 } else { minutes.parse().ok()? };
    Some(sign * (hours.parse::<i32>().ok()? * 60 + minutes))
}

#[cfg(test)]
mod tests {
    use crate::sosreport::evidence::tests::{Collected, read};

    #[test]
    fn dates_in_the_forms_of_coreutils() {
        for (text, want) in [
            ("Tue Mar  3 10:00:00 CET 2020\n", Some("2020-03-03T10:00:00+01:00")),
            ("Tue 03 Mar 2020 10:00:00 PM UTC\n", Some("2020-03-03T22:00:00Z")),
            ("Tue 03 Mar 2020 12:00:00 AM EST\n", Some("2020-03-03T00:00:00-05:00")),
            ("Tue  3 Mar 10:00:00 GMT 2020\n", Some("2020-03-03T10:00:00Z")),
            ("Tue Mar  3 10:00:00 -03 2020\n", Some("2020-03-03T10:00:00-03:00")),
            ("Tue Mar  3 10:00:00 +0545 2020\n", Some("2020-03-03T10:00:00+05:45")),
            ("Tue Mar  3 10:00:00 CST 2020\n", Some("2020-03-03T10:00:00")), // China, or the middle of America
            ("Tue 2020-03-03 10:00:00 IST\n", Some("2020-03-03T10:00:00")),
            ("2020-03-03T10:00:00+01:00\n", Some("2020-03-03T10:00:00+01:00")),
            ("2020-03-03T10:00:00.123Z\n", Some("2020-03-03T10:00:00Z")),
            ("Tue Feb 30 10:00:00 UTC 2020\n", None),
            ("Mi 3. Mär 10:00:00 CET 2020\n", None),
            ("date: command not found\n", None),
            ("", None),
        ] {
            let got = read("date", text).host.collected.map(|c| c.value);
            assert_eq!(got.as_deref(), want, "{text}");
        }
    }

    #[test]
    fn utc_stands_in_where_the_zone_of_the_host_means_several() {
        let mut report = Collected::new();
        report.add("sos_commands/date/date", "Tue Mar  3 10:00:00 CST 2020\n");
        report.add("sos_commands/date/date_--utc", "Tue Mar  3 16:00:00 UTC 2020\n");
        assert_eq!(report.finish().host.collected.map(|c| c.value).as_deref(), Some("2020-03-03T16:00:00Z"));
    }
}
