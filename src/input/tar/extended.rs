//! What stands before a member and speaks of it: POSIX extended headers and GNU's long names.
//!
//! ```text
//! 30 mtime=1700000000.123456789
//! 63 path=sosreport-host/sys/module/a_module_with_a_long_name/taint
//! ```
//!
//! Source: POSIX.1-2024, `pax`, "pax Extended Header"; GNU tar manual, "Storing Sparse Files", for `GNU.sparse.*`.

use super::header::{decimal, text};
use super::sparse::PaxSparse;

/// Longest content of such a header that is held: xattrs of 64 KiB and a path are far below.
pub(super) const MOST: u64 = 1 << 20;

/// What was said of the next member.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Extended {
    pub path: Option<Vec<u8>>,
    pub link_target: Option<Vec<u8>>,
    pub size: Option<u64>,
    pub mtime: Option<i64>,
    pub sparse: PaxSparse,
    /// Some of it makes no sense.
    pub malformed: bool,
    /// Without what it says the member cannot be read; why.
    pub unusable: Option<&'static str>,
}

impl Extended {
    /// Takes the content of a GNU long name.
    pub fn long_name(&mut self, content: &[u8]) {
        self.path = Some(text(content).to_vec());
    }

    /// Takes the content of a GNU long link target.
    pub fn long_link(&mut self, content: &[u8]) {
        self.link_target = Some(text(content).to_vec());
    }

    /// Takes the content of a POSIX extended header. Records that make no sense end it.
    pub fn records(&mut self, mut content: &[u8]) {
        while let Some((key, value, rest)) = record(content) {
            self.record(key, value);
            content = rest;
        }
        self.malformed |= content.iter().any(|byte| *byte != 0);
    }

    fn record(&mut self, key: &[u8], value: &[u8]) {
        match key {
            b"path" => self.path = Some(value.to_vec()),
            b"linkpath" => self.link_target = Some(value.to_vec()),
            b"size" => match decimal(value) {
                Some(size) => self.size = Some(size),
                None => self.unusable = Some("the size in its extended header is no number"),
            },
            b"mtime" => self.mtime = seconds(value),
            _ => {
                if let Some(sparse) = key.strip_prefix(b"GNU.sparse.") {
                    self.sparse.record(sparse, value);
                }
            }
        }
    }
}

/// Cuts the first record off: its decimal length, which counts itself, a blank, key, `=`, value, line feed.
fn record(content: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let digits = content.iter().position(|byte| *byte == b' ')?;
    let length = usize::try_from(decimal(content.get(..digits)?)?).ok()?;
    let (record, rest) = content.split_at_checked(length)?;
    let field = record.get(digits + 1..)?.strip_suffix(b"\n")?;
    let equals = field.iter().position(|byte| *byte == b'=')?;
    let (key, value) = field.split_at_checked(equals)?;
    Some((key, value.get(1..)?, rest))
}

/// Whole seconds of a time such as `1700000000.123456789` or `-1.5`, rounded towards zero.
fn seconds(value: &[u8]) -> Option<i64> {
    let (negative, digits) = value.strip_prefix(b"-").map_or((false, value), |digits| (true, digits));
    let whole = digits.split(|byte| *byte == b'.').next()?;
    let seconds = i64::try_from(decimal(whole)?).ok()?;
    Some(if negative { -seconds } else { seconds })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(content: &[u8]) -> Extended {
        let mut extended = Extended::default();
        extended.records(content);
        extended
    }

    #[test]
    fn records_are_cut_by_their_length_and_not_by_line_feeds() {
        let extended = of(b"25 SCHILY.xattr.x=a\nb\n\0c\n20 mtime=1700000000\n18 path=dir/na\nme\n11 size=42\n");
        assert_eq!(extended.path.as_deref(), Some(&b"dir/na\nme"[..]));
        assert_eq!((extended.size, extended.mtime, extended.malformed), (Some(42), Some(1_700_000_000), false));
    }

    #[test]
    fn a_malformed_record_is_noted_and_what_was_before_is_kept() {
        for content in
            [&b"11 path=ab\n99 size=1\n"[..], b"11 path=ab\nx\n", b"11 path=ab\n8 size=\n", b"11 path=ab\n6 ab\n"]
        {
            let extended = of(content);
            assert_eq!(extended.path.as_deref(), Some(&b"ab"[..]), "{content:?}");
            assert!(extended.malformed || extended.unusable.is_some(), "{content:?}");
        }
    }

    #[test]
    fn times_lose_their_fraction() {
        for (text, value) in [(&b"1.9"[..], Some(1)), (b"-2.5", Some(-2)), (b"x", None), (b"", None)] {
            assert_eq!(seconds(text), value, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn any_content_is_read_without_panic(content in proptest::collection::vec(
            prop_oneof![Just(b'1'), Just(b' '), Just(b'='), Just(b'\n'), any::<u8>()], 0..80)) {
            of(&content);
        }
    }
}
