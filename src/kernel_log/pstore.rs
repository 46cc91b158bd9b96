//! Puts the chunks of pstore back together.
//!
//! A dying kernel writes its log backwards into records of a few KiB, the newest first; each begins with a line such as
//! `Oops#1 Part3`. The file names carry the back end and an id: `dmesg-efi-158322600003001`, `dmesg-erst-…`,
//! `dmesg-ramoops-0` (a whole dump, headed `====1583226000.123456-D`).
//!
//! Source: fs/pstore/platform.c, drivers/firmware/efi/efi-pstore.c (`generic_id()`: time, part and count in one number),
//! fs/pstore/ram.c.

use std::collections::BTreeMap;

use super::scan::{decimal, leading};

/// What tells one dump from another: its folder, its time (or id), its reason with its number.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Dump {
    folder: String,
    back_end: String,
    time: u64,
    reason: String,
}

/// Joins the chunks of each dump, the oldest text first. Takes file names with their contents and gives, in the order of
/// their time, the name of each dump's first chunk with the whole text. A file without a header is a dump of its own.
pub fn join_pstore(chunks: Vec<(String, Vec<u8>)>) -> Vec<(String, Vec<u8>)> {
    let mut dumps: BTreeMap<Dump, Vec<(u64, String, Vec<u8>)>> = BTreeMap::new();
    for (name, bytes) in chunks {
        let (dump, part, text) = split(&name, &bytes);
        dumps.entry(dump).or_default().push((part, name, text.to_vec()));
    }
    let join = |mut parts: Vec<(u64, String, Vec<u8>)>| {
        // the highest part number is the oldest text
        parts.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
        let name = parts.iter().map(|(_, name, _)| name).min().cloned()?;
        let mut text = Vec::new();
        for (_, _, part) in parts {
            text.extend_from_slice(&part);
            if text.last().is_some_and(|&b| b != b'\n') {
                text.push(b'\n');
            }
        }
        Some((name, text))
    };
    dumps.into_values().filter_map(join).collect()
}

/// The dump that a chunk belongs to, its part, and its text without the header.
fn split<'a>(name: &str, bytes: &'a [u8]) -> (Dump, u64, &'a [u8]) {
    let (folder, file) = name.rsplit_once('/').unwrap_or(("", name));
    let (back_end, id) = file.rsplit_once('-').unwrap_or((file, ""));
    let id = decimal(id).map_or(0, |(id, _)| id);
    let (ram_time, bytes) = ram_header(bytes);
    let Some((reason, part, text)) = part_header(bytes) else {
        let dump = Dump { folder: folder.to_owned(), back_end: file.to_owned(), time: id, reason: String::new() };
        return (dump, 1, bytes);
    };
    // efi and erst put time, part and count into the id; a back end that only counts has small ids
    let time = ram_time.unwrap_or(if id >= 100_000_000_000 { id / 100_000 } else { 0 });
    (Dump { folder: folder.to_owned(), back_end: back_end.to_owned(), time, reason }, part, text)
}

/// `====1583226000.123456-D`.
fn ram_header(bytes: &[u8]) -> (Option<u64>, &[u8]) {
    let parse = || {
        let (line, rest) = split_line(bytes)?;
        let (seconds, tail) = decimal(line.strip_prefix("====")?)?;
        tail.starts_with('.').then_some((Some(seconds), rest))
    };
    parse().unwrap_or((None, bytes))
}

/// `Oops#1 Part3`.
fn part_header(bytes: &[u8]) -> Option<(String, u64, &[u8])> {
    let (line, rest) = split_line(bytes)?;
    let (reason, part) = line.split_once(" Part")?;
    let (word, number) = reason.split_once('#')?;
    let known = !word.is_empty() && leading(word, |b| b.is_ascii_alphanumeric() || b == b'-' || b == b' ').1.is_empty();
    let (part, left) = decimal(part)?;
    decimal(number)?;
    (known && left.is_empty()).then(|| (reason.to_owned(), part, rest))
}

fn split_line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().take(80).position(|&b| b == b'\n')?;
    let (line, rest) = bytes.split_at_checked(end)?;
    Some((std::str::from_utf8(line).ok()?.trim_end(), rest.get(1..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(name: &str, text: &str) -> (String, Vec<u8>) {
        (name.to_owned(), text.as_bytes().to_vec())
    }

    fn joined(chunks: &[(String, Vec<u8>)]) -> Vec<(String, String)> {
        join_pstore(chunks.to_vec()).into_iter().map(|(name, text)| (name, String::from_utf8(text).unwrap())).collect()
    }

    #[test]
    fn the_newest_part_comes_last() {
        let chunks = [
            chunk("sys/fs/pstore/dmesg-efi-158322600001001", "Panic#1 Part1\nthird\n"),
            chunk("sys/fs/pstore/dmesg-efi-158322600003001", "Panic#1 Part3\nfirst\n"),
            chunk("sys/fs/pstore/dmesg-efi-158322600002001", "Panic#1 Part2\nsecond"),
        ];
        let expected = ("sys/fs/pstore/dmesg-efi-158322600001001".to_owned(), "first\nsecond\nthird\n".to_owned());
        assert_eq!(joined(&chunks), [expected]);
    }

    #[test]
    fn dumps_of_different_times_and_reasons_stay_apart() {
        let chunks = [
            chunk("dmesg-efi-158322690001002", "Panic#2 Part1\nb\n"),
            chunk("dmesg-efi-158322600001001", "Oops#1 Part1\na\n"),
            chunk("dmesg-ramoops-0", "====1583227000.123456-D\nPanic#1 Part1\nc\n"),
        ];
        let texts: Vec<_> = joined(&chunks).into_iter().map(|(_, text)| text).collect();
        assert_eq!(texts, ["a\n", "b\n", "c\n"]);
    }

    #[test]
    fn part_ten_is_older_than_part_nine() {
        let chunks: Vec<_> = (1..=12)
            .map(|part| chunk(&format!("dmesg-erst-{part}"), &format!("Oops#1 Part{part}\n{part}\n")))
            .collect();
        assert_eq!(joined(&chunks)[0].1, "12\n11\n10\n9\n8\n7\n6\n5\n4\n3\n2\n1\n");
    }

    #[test]
    fn what_has_no_header_stands_alone() {
        let chunks = [chunk("dmesg.txt", "[    1.000000] a\n"), chunk("console-ramoops-0", "b\n"), chunk("empty", "")];
        assert_eq!(joined(&chunks).len(), 3);
    }
}
