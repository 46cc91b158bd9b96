//! The order of rotated logs.
//!
//! logrotate appends a number that grows with age (`messages.1`, `messages.2.gz`) or, with `dateext`, a date
//! (`messages-20200301.xz`); the live file has neither and is the newest.

use super::scan::leading;

/// Sorts logs by the paths they have, so that each one's oldest rotation comes first and its live file last; logs of different
/// names are ordered by name.
pub fn newest_last<T>(logs: &mut [T], path: impl Fn(&T) -> &str) {
    logs.sort_by_cached_key(|log| key(path(log)));
}

/// Name without its rotation, then age.
fn key(path: &str) -> (String, Age) {
    let compressed = [".gz", ".xz", ".bz2", ".zst"].iter().find_map(|end| path.strip_suffix(end));
    let path = compressed.unwrap_or(path);
    let is_digits = |text: &str| !text.is_empty() && leading(text, |b| b.is_ascii_digit()).1.is_empty();
    if let Some((name, number)) = path.rsplit_once('.').filter(|(_, number)| is_digits(number) && number.len() <= 4) {
        return (name.to_owned(), Age::Number(u32::MAX - number.parse().unwrap_or(0)));
    }
    // messages-20200301, messages-20200301-1583226000, messages-2020-03-01
    if let Some((name, date)) = path.match_indices('-').find_map(|(at, _)| dated(path, at)) {
        return (name, Age::Date(date));
    }
    (path.to_owned(), Age::Live)
}

fn dated(path: &str, dash: usize) -> Option<(String, String)> {
    let (name, date) = path.split_at_checked(dash)?;
    let date: String = date.bytes().filter(u8::is_ascii_digit).map(char::from).collect();
    let plain = leading(path.get(dash + 1..)?, |b| b.is_ascii_digit() || b == b'-').1;
    // `messages-20200301.log` keeps its suffix in the name
    let whole = date.len() >= 8 && (plain.is_empty() || plain.starts_with('.')) && !name.ends_with('/');
    whole.then(|| (format!("{name}{plain}"), date))
}

/// Older comes first.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Age {
    Date(String),
    Number(u32),
    Live,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(paths: &[&str]) -> Vec<String> {
        let mut paths: Vec<String> = paths.iter().map(|&path| path.to_owned()).collect();
        newest_last(&mut paths, String::as_str);
        paths
    }

    #[test]
    fn rotations_come_in_order_of_time() {
        let table: &[&[&str]] = &[
            &["var/log/messages.10.gz", "var/log/messages.2.gz", "var/log/messages.1", "var/log/messages"],
            &["var/log/messages-20200223.xz", "var/log/messages-20200301.xz", "var/log/messages"],
            &["kern.log-20200223-1582412400.gz", "kern.log-20200301-1583017200", "kern.log"],
            &["boot.log-2020-02-23", "boot.log-2020-03-01", "boot.log"],
        ];
        for expected in table {
            let mut mixed: Vec<&str> = expected.to_vec();
            mixed.reverse();
            assert_eq!(sorted(&mixed), *expected);
        }
    }

    #[test]
    fn logs_of_different_names_are_not_mixed() {
        let expected = ["var/log/kern.log.1", "var/log/kern.log", "var/log/messages.1", "var/log/messages"];
        assert_eq!(
            sorted(&["var/log/messages", "var/log/kern.log", "var/log/messages.1", "var/log/kern.log.1"]),
            expected
        );
    }
}
