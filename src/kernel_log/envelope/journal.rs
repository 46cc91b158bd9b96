//! Journals whose entries are not lines: `journalctl -o json`, `-o export`, `-o verbose`, `dmesg --json`, container logs.
//!
//! ```text
//! {"MESSAGE":"acmefs: mounted","_TRANSPORT":"kernel","_SOURCE_MONOTONIC_TIMESTAMP":"12345678"}
//! MESSAGE=acmefs: mounted
//!          "msg": "acmefs: mounted"
//! ```
//!
//! Source: systemd's docs/JOURNAL_EXPORT_FORMATS.md, util-linux dmesg.c.

use std::borrow::Cow;

use serde::Deserialize;

use super::Speaker;
use crate::kernel_log::scan::{leading, skip_blanks};

/// The names under which a message stands: journal, dmesg, container runtimes.
const MESSAGE_KEYS: &[&str] = &["\"MESSAGE\"", "\"msg\"", "\"log\"", "\"message\""];

/// What a line of a journal turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Taken<'a> {
    /// No journal: an ordinary line.
    No,
    /// Fields and braces: nobody's words.
    Nothing,
    /// Messages, each of one or more lines.
    Messages(Vec<Message<'a>>),
}

/// A message taken out of its entry.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Message<'a> {
    pub(crate) text: Cow<'a, str>,
    pub(crate) time_us: Option<u64>,
    pub(crate) speaker: Speaker,
}

/// What earlier lines said about the entry that the next line belongs to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    time_us: Option<u64>,
    speaker: Speaker,
    boot_id: String,
    new_boot: bool,
    size_follows: bool,
    /// The last line was one of JSON: a bracket alone is another.
    in_json: bool,
}

impl Journal {
    /// Removes the eight bytes of length that stand before a message which the export format calls binary.
    pub(crate) fn raw<'a>(&mut self, line: &'a [u8]) -> &'a [u8] {
        let behind_size = if std::mem::take(&mut self.size_follows) { line.get(8..) } else { None };
        self.size_follows = line == b"MESSAGE";
        behind_size.unwrap_or(line)
    }

    /// True once after an entry of another boot began.
    pub(crate) fn new_boot(&mut self) -> bool {
        std::mem::take(&mut self.new_boot)
    }

    /// Looks whether a line is one of a journal.
    pub(crate) fn take<'a>(&mut self, text: &'a str) -> Taken<'a> {
        let text = skip_blanks(text);
        let structure = || text.trim_end_matches([',', '{', '[', ' ']).len() <= 1;
        let taken = match text.as_bytes().first() {
            Some(b'{') if MESSAGE_KEYS.iter().any(|key| text.contains(key)) => self.objects(text),
            Some(b'{') if structure() => Taken::Nothing,
            Some(b'}' | b']') if self.in_json && structure() => Taken::Nothing,
            Some(b'"') => self.member(text),
            Some(b'A'..=b'Z' | b'_') => self.field(text),
            _ => Taken::No,
        };
        self.in_json = taken != Taken::No && text.starts_with(['{', '}', ']', '"']);
        taken
    }

    /// One object a line, or all of `dmesg --json` on one line.
    fn objects<'a>(&mut self, line: &'a str) -> Taken<'a> {
        let many = skip_blanks(line.get(1..).unwrap_or_default()).starts_with("\"dmesg\"");
        let mut messages = Vec::new();
        for object in line.split(if many { "},{" } else { "\n" }) {
            let Some(text) = MESSAGE_KEYS.iter().find_map(|key| message(object, key)) else { continue };
            let speaker = speaker(string(object, "\"_TRANSPORT\"").as_deref());
            let stamps = ["\"_SOURCE_MONOTONIC_TIMESTAMP\"", "\"__MONOTONIC_TIMESTAMP\""];
            let micros = stamps.iter().find_map(|key| string(object, key)?.parse().ok());
            let time_us = micros.or_else(|| seconds(value(object, "\"time\"")?));
            if let Some(id) = string(object, "\"_BOOT_ID\"") {
                self.boot(&id);
            }
            messages.push(Message { text, time_us, speaker });
        }
        Taken::Messages(messages)
    }

    /// One member a line, as `dmesg --json` prints it.
    fn member<'a>(&mut self, line: &'a str) -> Taken<'a> {
        if let Some(time) = value(line, "\"time\"") {
            self.time_us = seconds(time);
            return Taken::Nothing;
        }
        if let Some(text) = message(line, "\"msg\"") {
            return Taken::Messages(vec![Message { text, time_us: self.time_us, speaker: Speaker::Kernel }]);
        }
        let structure = ["\"pri\":", "\"fac\":", "\"caller\":", "\"dmesg\":"].iter().any(|key| line.starts_with(key));
        if structure { Taken::Nothing } else { Taken::No }
    }

    /// One field a line, as `-o export` and `-o verbose` print them.
    fn field<'a>(&mut self, line: &'a str) -> Taken<'a> {
        let (name, rest) = leading(line, |b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_');
        let Some(value) = rest.strip_prefix('=').filter(|_| name.len() >= 4) else {
            return if line == "MESSAGE" { Taken::Nothing } else { Taken::No };
        };
        match name {
            "MESSAGE" => {
                let text = Cow::Borrowed(value);
                return Taken::Messages(vec![Message { text, time_us: self.time_us, speaker: self.speaker }]);
            }
            "__CURSOR" => {
                self.time_us = None;
                self.speaker = Speaker::Unsaid;
            }
            "_SOURCE_MONOTONIC_TIMESTAMP" => self.time_us = value.parse().ok(),
            "__MONOTONIC_TIMESTAMP" => self.time_us = self.time_us.or_else(|| value.parse().ok()),
            "_TRANSPORT" => self.speaker = speaker(Some(value)),
            "_BOOT_ID" => self.boot(value),
            _ => {}
        }
        Taken::Nothing
    }

    fn boot(&mut self, id: &str) {
        if self.boot_id != id && id.len() <= 64 {
            self.new_boot |= !self.boot_id.is_empty();
            self.boot_id = id.to_owned();
        }
    }
}

fn speaker(transport: Option<&str>) -> Speaker {
    match transport {
        None => Speaker::Unsaid,
        Some("kernel") => Speaker::Kernel,
        Some(_) => Speaker::Program,
    }
}

/// The text behind `"KEY":`.
fn value<'a>(object: &'a str, key: &str) -> Option<&'a str> {
    let rest = skip_blanks(object.split_once(key)?.1);
    Some(skip_blanks(rest.strip_prefix(':')?))
}

/// A string, decoded.
fn string<'a>(object: &'a str, key: &str) -> Option<Cow<'a, str>> {
    first(value(object, key)?)
}

/// A message: a string, or the numbers of its bytes where it is no UTF-8.
fn message<'a>(object: &'a str, key: &str) -> Option<Cow<'a, str>> {
    let value = value(object, key)?;
    let bytes = || Some(String::from_utf8_lossy(&first::<Vec<u8>>(value)?).into_owned());
    first(value).or_else(|| bytes().map(Cow::Owned))
}

/// The JSON value at the start of a text that goes on behind it.
fn first<'a, T: Deserialize<'a>>(text: &'a str) -> Option<T> {
    serde_json::Deserializer::from_str(text).into_iter::<T>().next()?.ok()
}

/// `12.345678` in microseconds.
fn seconds(text: &str) -> Option<u64> {
    let (number, _) = leading(text, |b| b.is_ascii_digit() || b == b'.');
    let (seconds, fraction) = number.split_once('.').unwrap_or((number, ""));
    let micros: u64 = format!("{fraction:0<6}").get(..6)?.parse().ok()?;
    seconds.parse::<u64>().ok()?.checked_mul(1_000_000)?.checked_add(micros)
}
