//! Names of archive members made safe: relative, `/`-separated, never leading out of the archive.
//!
//! `./sosreport-a//etc/../hostname` becomes `sosreport-a/hostname`, `/etc/passwd` becomes `etc/passwd`,
//! `../../etc/passwd` too, and the last two are told.

/// Whether a name as stored would lead out of the archive if it were followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    Inside,
    Outside,
}

/// Writes the cleaned form of a name as stored into `path`.
pub(super) fn clean(stored: &[u8], path: &mut String) -> Reach {
    path.clear();
    let text = String::from_utf8_lossy(stored);
    let mut reach = if text.starts_with('/') { Reach::Outside } else { Reach::Inside };
    for part in text.split('/') {
        match part {
            "" | "." => {}
            ".." if path.is_empty() => reach = Reach::Outside,
            ".." => path.truncate(path.rfind('/').unwrap_or(0)),
            name => {
                if !path.is_empty() {
                    path.push('/');
                }
                path.push_str(name);
            }
        }
    }
    reach
}

/// The last component of a path.
pub(super) fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// All but the last component; empty for a path of one.
pub(super) fn parent(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(parent, _)| parent)
}

/// The path of an entry for people: behind its containers, joined by `!`.
pub(super) fn joined(container: &[String], path: &str) -> String {
    let mut whole = String::new();
    for part in container.iter().map(String::as_str).chain([path]).filter(|part| !part.is_empty()) {
        if !whole.is_empty() {
            whole.push('!');
        }
        whole.push_str(part);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_are_cleaned_and_escapes_told() {
        let rows: [(&[u8], &str, Reach); 10] = [
            (b"a/b", "a/b", Reach::Inside),
            (b"./a//b/./c/", "a/b/c", Reach::Inside),
            (b"a/x/../b", "a/b", Reach::Inside),
            (b"a/..", "", Reach::Inside),
            (b"./", "", Reach::Inside),
            (b"/etc/passwd", "etc/passwd", Reach::Outside),
            (b"../../etc/passwd", "etc/passwd", Reach::Outside),
            (b"a/../../b", "b", Reach::Outside),
            (b"sys/dev-disk\\x2duuid", "sys/dev-disk\\x2duuid", Reach::Inside),
            (b"log/\xff\xfe", "log/\u{fffd}\u{fffd}", Reach::Inside),
        ];
        for (stored, path, reach) in rows {
            let mut cleaned = String::from("left over");
            assert_eq!((clean(stored, &mut cleaned), cleaned.as_str()), (reach, path), "{stored:?}");
        }
    }

    proptest! {
        #[test]
        fn a_cleaned_name_never_leads_out_and_is_stable(stored in proptest::collection::vec(
            prop_oneof![Just(b'/'), Just(b'.'), Just(b'a'), any::<u8>()], 0..40)) {
            let mut path = String::new();
            clean(&stored, &mut path);
            prop_assert!(!path.starts_with('/') && !path.ends_with('/'));
            prop_assert!(path.is_empty() || path.split('/').all(|part| !matches!(part, "" | "." | "..")));
            let mut again = String::new();
            prop_assert_eq!(clean(path.as_bytes(), &mut again), Reach::Inside);
            prop_assert_eq!(path, again);
        }
    }
}
