//! What a log collector, a terminal or `grep` put before a line that has an envelope already.
//!
//! ```text
//! 2020-03-03 10:00:00 +0100 | messages | Mar  3 10:00:00 host kernel: acmefs: mounted
//! /var/log/messages:77:Mar  3 10:00:00 host kernel: acmefs: mounted
//! 10:00:00.123456  <6>[   12.345678] acmefs: mounted
//! ```
//!
//! Such prefixes have no common form. One is taken for what it is where a whole header of syslog or a printk time stamp
//! follows and it does not read like a sentence: people and programs quote lines of a kernel in the middle of their own.

use memchr::memchr_iter;

use super::{Found, Speaker, stamp, syslog};
use crate::kernel_log::event::{Class, classify};
use crate::kernel_log::scan::word;

/// Columns in which the known envelope has to begin.
const LONGEST: usize = 200;
/// No date's first word is longer.
const LONGEST_DATE: usize = 48;
/// What stands between the fields of a collector.
const SEPARATORS: &[char] = &['|', ':', ',', ';', '=', '-', '>', '<', '[', ']', '(', ')', '{', '}', '/', '#', '│'];

/// A known envelope behind an unknown prefix.
pub(super) fn behind_prefix(text: &str) -> Option<Found<'_>> {
    if !may_hold_one(text.as_bytes()) {
        return None;
    }
    let found = starts(text).find_map(|start| {
        let (prefix, rest) = text.split_at_checked(start)?;
        known(rest).filter(|_| is_prefix(prefix))
    });
    found.filter(|_| !is_kernels_own(text))
}

/// Whether a clock or the opening of a stamp is there at all; nearly every line has neither.
fn may_hold_one(text: &[u8]) -> bool {
    let head = text.get(..LONGEST + LONGEST_DATE).unwrap_or(text);
    let digit = |at: Option<usize>| at.and_then(|at| head.get(at)).is_some_and(u8::is_ascii_digit);
    memchr_iter(b':', head).any(|at| digit(at.checked_sub(1)) && digit(at.checked_add(1)))
        || memchr_iter(b'[', head).any(|at| head.get(at + 1) == Some(&b' ') || digit(at.checked_add(1)))
}

/// The line itself is the kernel's, without what may stand anywhere in it.
fn is_kernels_own(text: &str) -> bool {
    let class = classify(text);
    class.is_grammar() && (class.begins_line(text) || !matches!(class, Class::Starter(_)))
}

/// Where an envelope may begin: behind a blank or a separator.
fn starts(text: &str) -> impl Iterator<Item = usize> {
    let pairs = text.char_indices().zip(text.chars().skip(1)).take_while(|((at, _), _)| *at < LONGEST);
    pairs.filter_map(|((at, before), next)| {
        let behind = at + before.len_utf8();
        let begins = match next {
            '[' => true,
            next => (before == ' ' || before == '\t' || SEPARATORS.contains(&before)) && next.is_alphanumeric(),
        };
        begins.then_some(behind)
    })
}

/// A whole header of syslog that says whose words follow, or a printk time stamp as the kernel prints it.
fn known(text: &str) -> Option<Found<'_>> {
    if text.starts_with('[') {
        return stamp::printk(text).filter(|_| has_microseconds(text));
    }
    let blank = text.bytes().take(LONGEST_DATE).any(|b| b == b' ' || b == b'\t');
    if !blank || word(text).0.contains(['"', '\'', '`', '*', '(', '<']) {
        return None;
    }
    let says = |found: &Found<'_>| found.speaker.is_some();
    let by_kernel = |found: &Found<'_>| found.speaker == Some(Speaker::Kernel);
    syslog::bsd(text).filter(says).or_else(|| syslog::iso(text).filter(by_kernel))
}

fn has_microseconds(text: &str) -> bool {
    let stamp = text.split([']', ',']).next().unwrap_or_default();
    stamp.split_once('.').is_some_and(|(_, fraction)| fraction.len() == 6)
}

/// Fields, numbers, names of hosts and files, the prompt of a console; no quotation, no words of any language in a row.
fn is_prefix(text: &str) -> bool {
    if text.trim_end().strip_suffix(" login:").is_some_and(|host| !host.trim().contains(' ')) {
        return true;
    }
    if text.chars().any(|c| matches!(c, '"' | '\'' | '`') || (!c.is_ascii() && c.is_alphabetic())) {
        return false;
    }
    let is_word = |word: &str| word.len() >= 2 && word.bytes().all(|b| b.is_ascii_alphabetic());
    let in_a_row = |field: &str| field.split_ascii_whitespace().filter(|word| is_word(word)).count();
    let mut words = 0;
    text.split(SEPARATORS).all(|field| {
        let here = in_a_row(field);
        words += here;
        here <= 1
    }) && words <= 4
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_collectors_come_off() {
        let table: &[(&str, Option<Speaker>)] = &[
            ("+0100 | messages | Mar  3 10:00:00 host kernel: text", Some(Speaker::Kernel)),
            ("/var/log/messages-20200303:Mar  3 10:00:00 host kernel: text", Some(Speaker::Kernel)),
            ("messages:77:Mar  3 10:00:00 host kernel: text", Some(Speaker::Kernel)),
            ("messages:77:Mar  3 10:00:00 host acmed[7]: text", Some(Speaker::Program)),
            ("[pod/acme-7f9/log] 2020-03-03T10:00:00+01:00 host kernel: text", Some(Speaker::Kernel)),
            ("stdout F Mar  3 10:00:00 host kernel: text", Some(Speaker::Kernel)),
            ("host1 | CHANGED | Mar  3 10:00:00 host1 kernel: text", Some(Speaker::Kernel)),
            ("│Mar  3 10:00:00 host kernel: text", Some(Speaker::Kernel)),
            ("10:00:00.971730  <1>[    4.344702] text", Some(Speaker::Kernel)),
            ("[10-00-26.598][    8.718469] text", Some(Speaker::Kernel)),
            ("(tty1) acme-board: [    8.718469] text", Some(Speaker::Kernel)),
        ];
        for (line, speaker) in table {
            let found = behind_prefix(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((found.rest, found.speaker), ("text", *speaker), "{line}");
        }
    }

    #[test]
    fn sentences_that_quote_a_kernel_line_are_no_prefix() {
        let lines = [
            "we have seen Mar  3 10:00:00 host kernel: BUG: soft lockup - CPU#1 stuck for 22s!",
            "agent forwarded this line: Mar  3 10:00:00 host kernel: BUG: x",
            "text: \"2020-03-03T10:00:00+01:00 host kernel: BUG: x\",",
            "    '[   12.345678] BUG: x',",
            "reader.feed(b\"Mar  3 10:00:00 host kernel: BUG: x\\n\");",
            "print('Mar  3 10:00:00 host kernel: BUG: x')",
            "出现 Mar  3 10:00:00 host kernel: BUG: x",
            "the log says [   12.345678] BUG: x",
            "took [12.5] s and [1234.567]",
            "acme_io+0x1/0x2 [acmefs] [   12.345678] BUG: x",
            "Modules linked in: ext4 [   12.345678] BUG: x",
            "released on Mar  3 10:00:00",
        ];
        for line in lines {
            assert!(behind_prefix(line).is_none(), "{line}");
        }
    }
}
