//! Names of result files: readable, safe on every file system, and never the same for two reports.
//!
//! `sosreport-db07.tar.xz-3f9a0c1b77de.md`: the report's own name with what is unusual replaced, and a digest of the
//! input's absolute path and the report's place in it, which tells two reports of one name apart.

use std::path::Path;

use sha2::{Digest, Sha256};

use crate::input::Source;
use crate::triage::Report;

/// Letters of a report's name that are kept.
const MOST_LETTERS: usize = 80;
/// Bytes of the digest: the chance that two of a million inputs have the same is below one in five hundred.
const DIGEST: usize = 6;

/// The digest of an input and the number of a report in it, as hexadecimal.
pub(super) fn key(source: &Source, nth: usize) -> String {
    let mut digest = Sha256::new();
    match source {
        Source::Path(path) => {
            let absolute = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            digest.update(absolute.as_os_str().as_encoded_bytes());
        }
        other => digest.update(other.name().as_bytes()),
    }
    digest.update([0]);
    digest.update(nth.to_le_bytes());
    digest.finalize().iter().take(DIGEST).map(|byte| format!("{byte:02x}")).collect()
}

/// The file of a report.
pub(super) fn file_name(report: &Report, key: &str, extension: &str) -> String {
    let name = report.member.as_deref().unwrap_or(&report.input);
    let name = Path::new(name).file_name().map(|name| name.to_string_lossy()).unwrap_or_default();
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-') { c } else { '_' };
    let name: String = name.chars().take(MOST_LETTERS).map(safe).collect();
    // A name that begins with a dot is hidden, one that begins with a dash is taken for an option.
    let name = name.trim_start_matches(['.', '-']);
    let name = if name.is_empty() { "report" } else { name };
    format!("{name}-{key}.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Options;

    fn named(name: &str) -> String {
        let source = Source::Bytes { name: name.into(), bytes: (*b"").into() };
        let report = crate::scan_source(&source, &Options::default()).remove(0);
        file_name(&report, "0123456789ab", "md")
    }

    #[test]
    fn a_name_is_safe_whatever_the_input_is_called() {
        for (name, file) in [
            ("cases/sosreport-db07.tar.xz", "sosreport-db07.tar.xz-0123456789ab.md"),
            ("..", "report-0123456789ab.md"),
            ("a/.hidden", "hidden-0123456789ab.md"),
            ("-rf", "rf-0123456789ab.md"),
            ("new\nline \u{202e}é*?:\\\"", "new_line____________-0123456789ab.md"),
        ] {
            let got = named(name);
            assert!(got.ends_with("-0123456789ab.md") && got.is_ascii(), "{name:?}: {got}");
            assert!(!got.starts_with(['.', '-']) && !got.contains(['/', '\\', ' ', '\n']), "{name:?}: {got}");
            if !name.contains('\n') {
                assert_eq!(got, file);
            }
        }
        assert!(named(&"x".repeat(400)).len() < 120);
    }

    #[test]
    fn two_inputs_of_one_name_have_two_keys() {
        let key = |path: &str, nth| super::key(&Source::Path(path.into()), nth);
        assert_ne!(key("a/dmesg", 0), key("b/dmesg", 0));
        assert_ne!(key("a/dmesg", 0), key("a/dmesg", 1));
        assert_eq!(key("a/dmesg", 0), key("./a/dmesg", 0));
    }
}
