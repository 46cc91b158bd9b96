//! The line behind a citation, short enough to stand beside it: `dmesg:1042: RIP: 0010:acmefs_read+0x2c/0x90 [acmefs]`.
//!
//! Of a long line, such as a list of modules, the piece around the name that it is cited for:
//!
//! ```text
//! proc/modules:12: acmefs 98304 1 - Live 0x0000000000000000 (POE)
//! dmesg:1077: … nfsd auth_rpcgss acmefs(POE) acmevol(OE) sunrpc …
//! ```

use crate::facts::Origin;
use crate::triage::Report;

/// Letters of a quoted line that are shown.
const MOST_LETTERS: usize = 180;

/// The text of a cited line, as far as it is known; `name` is what it is cited for.
pub(super) fn text(report: &Report, origin: &Origin, name: &str) -> Option<String> {
    report.quotes.get(origin).map(|text| piece(text, name))
}

/// `dmesg:1042: text`, as grep prints it; without text the place alone.
pub(super) fn line(report: &Report, origin: &Origin, name: &str) -> String {
    match text(report, origin, name) {
        Some(text) => format!("{origin}: {text}"),
        None => origin.to_string(),
    }
}

/// A line, or what stands around the name in it.
fn piece(text: &str, name: &str) -> String {
    let letters = text.chars().count();
    if letters <= MOST_LETTERS {
        return text.to_owned();
    }
    let at = place_of(text, name).or_else(|| place_of(text, &name.replace('_', "-")));
    let before = at.and_then(|at| text.get(..at)).map_or(0, |before| before.chars().count());
    let first = before.saturating_sub(MOST_LETTERS / 2).min(letters - MOST_LETTERS);
    let shown: String = text.chars().skip(first).take(MOST_LETTERS).collect();
    let (head, tail) = (if first > 0 { "… " } else { "" }, if first + MOST_LETTERS < letters { " …" } else { "" });
    format!("{head}{}{tail}", shown.trim())
}

/// Where a name stands by itself: `acme` is not in `acmefs`.
fn place_of(text: &str, name: &str) -> Option<usize> {
    let joins = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(name).map(|(at, _)| at).find(|&at| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let behind = text.get(at + name.len()..).and_then(|behind| behind.chars().next());
        !name.is_empty() && !before.is_some_and(joins) && !behind.is_some_and(joins)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_line_is_quoted_whole() {
        assert_eq!(
            piece("RIP: 0010:acmefs_read+0x2c/0x90 [acmefs]", "acmefs"),
            "RIP: 0010:acmefs_read+0x2c/0x90 [acmefs]"
        );
    }

    #[test]
    fn of_a_long_list_the_piece_around_the_name_is_quoted() {
        let list = format!("Modules linked in: {} acme(POE) {}", "acmefs ".repeat(60), "xfs ".repeat(90));
        let piece = piece(&list, "acme");
        assert!(piece.contains(" acme(POE) ") && piece.starts_with("… ") && piece.ends_with(" …"), "{piece}");
        assert!(piece.chars().count() <= MOST_LETTERS + 4);
    }

    #[test]
    fn a_long_line_without_the_name_is_cut_at_its_end() {
        let text = "é".repeat(400);
        assert_eq!(piece(&text, "acme"), format!("{} …", "é".repeat(MOST_LETTERS)));
        assert_eq!(piece(&text, ""), piece(&text, "acme"));
    }
}
