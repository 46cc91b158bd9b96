//! Breaks text at a number of columns, and as seldom as possible inside a name.
//!
//! `var/crash/127.0.0.1-2021-05-10-21:50:54/vmcore-dmesg.txt:1042` in 45 columns:
//!
//! ```text
//! var/crash/127.0.0.1-2021-05-10-21:50:54/
//! vmcore-dmesg.txt:1042
//! ```

use unicode_width::UnicodeWidthChar;

/// Columns that a text takes in a terminal, each letter by itself: never less than what is shown.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// How well a line can end behind a letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Break {
    /// Between any two letters.
    Letter,
    /// Behind `-`, `_`, `.` and other joints of a name.
    Joint,
    /// Behind a slash.
    Slash,
    /// At a blank.
    Blank,
}

impl Break {
    fn behind(c: char) -> Self {
        match c {
            ' ' => Self::Blank,
            '/' => Self::Slash,
            '-' | '_' | '.' | ':' | ',' | ';' | '+' | '@' | '=' | '!' => Self::Joint,
            _ => Self::Letter,
        }
    }
}

/// The fewest columns in which a path takes at most two lines, broken behind a slash.
pub(super) fn in_two_lines(path: &str) -> usize {
    let whole = columns(path);
    let mut before = 0;
    let mut least = whole;
    for part in path.split_inclusive('/') {
        before += columns(part);
        least = least.min(before.max(whole - before));
    }
    least
}

/// Lines of at most `width` columns (a letter wider than that stands alone). Blanks at the break are dropped.
///
/// A line ends at the last blank in it; where it has none, behind the last slash; then behind a joint; then anywhere.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (line, after) = rest.split_at_checked(line_end(rest, width)).unwrap_or((rest, ""));
        lines.push(line.trim_end().to_owned());
        rest = after.trim_start();
    }
    if lines.is_empty() {
        lines.push(String::new());
    }
    lines
}

/// Byte at which the first line of a text ends.
fn line_end(text: &str, width: usize) -> usize {
    let mut used = 0;
    let mut best: Option<(Break, usize)> = None;
    for (at, c) in text.char_indices() {
        used += c.width().unwrap_or(0);
        // A blank may stand behind the last column: it is dropped.
        if used > width && (c != ' ' || used > width + 1) {
            return best.map_or(at + c.len_utf8(), |(_, end)| end);
        }
        let found = (Break::behind(c), at + c.len_utf8());
        if best.is_none_or(|best| found.0 >= best.0) {
            best = Some(found);
        }
    }
    text.len()
}

/// A text cut to at most `limit` letters, with a sign where it was cut.
pub(super) fn cut(text: &str, limit: usize) -> String {
    match text.char_indices().nth(limit) {
        None => text.to_owned(),
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_path_breaks_behind_a_slash() {
        assert_eq!(
            wrap("var/crash/127.0.0.1-2021-05-10-21:50:54/vmcore-dmesg.txt:1042", 45),
            ["var/crash/127.0.0.1-2021-05-10-21:50:54/", "vmcore-dmesg.txt:1042"]
        );
    }

    #[test]
    fn a_sentence_breaks_at_blanks_and_keeps_its_names_whole() {
        assert_eq!(
            wrap("in acmefs_read [acmefs] at var/log/messages:12", 24),
            ["in acmefs_read [acmefs]", "at var/log/messages:12"]
        );
    }

    #[test]
    fn a_name_longer_than_the_line_breaks_at_a_joint() {
        assert_eq!(wrap("symev_rh_ES_6_2_6_32_431", 12), ["symev_rh_ES_", "6_2_6_32_431"]);
        assert_eq!(wrap("aaaaaaa", 3), ["aaa", "aaa", "a"]);
    }

    #[test]
    fn a_blank_behind_the_last_column_costs_no_line() {
        assert_eq!(wrap("four four", 4), ["four", "four"]);
    }

    #[test]
    fn nothing_is_one_empty_line() {
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn a_path_takes_two_lines_broken_at_its_best_slash() {
        for (path, expected) in
            [("var/crash/2021-05-10/dmesg.txt:9", 21), ("dmesg:12", 8), ("sos_commands/kernel/dmesg:1042", 17), ("", 0)]
        {
            let width = in_two_lines(path);
            assert_eq!(width, expected, "{path}");
            assert!(wrap(path, width).len() <= 2, "{path}");
        }
    }

    proptest! {
        #[test]
        fn no_line_is_wider_and_no_letter_is_lost(text in "[ a-z/_日-]{0,120}", width in 2usize..40) {
            let lines = wrap(&text, width);
            for line in &lines {
                prop_assert!(columns(line) <= width, "{line:?}");
            }
            let letters = |s: &str| s.chars().filter(|c| *c != ' ').collect::<String>();
            prop_assert_eq!(letters(&lines.concat()), letters(&text));
        }
    }
}
