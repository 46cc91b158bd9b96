//! Mail that was saved as it was sent: lines broken at a width of 76 behind a `=`, and bytes as `=XX`.
//!
//! ```text
//! > [   12.345678] CPU: 3 PID: 142 Comm: acmed Kdump: loaded Tainted=
//! : G           O      6.1.0 #1
//! ```
//!
//! No `=` stands for itself there, which tells a soft break from a line that happens to end in one.
//!
//! Source: RFC 2045, section 6.7.

use std::borrow::Cow;

use memchr::{memchr, memmem};

/// Columns of a line that had to be broken, with its `=`: 76 at most, a few less where an escape would have been torn.
const WIDTHS: std::ops::RangeInclusive<usize> = 73..=76;

/// A line without its soft break; `None` where it has none.
pub(crate) fn broken(line: &[u8]) -> Option<&[u8]> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let text = line.strip_suffix(b"=")?;
    // a mail that answers may have quoted the broken lines
    let fits = WIDTHS.contains(&line.len()) || WIDTHS.contains(&line.len().saturating_sub(quote(line).len()));
    (fits && has_escapes_only(text)).then_some(text)
}

/// The rest of a broken line: what follows the quote marks that both have.
pub(crate) fn rest<'a>(first: &[u8], next: &'a [u8]) -> &'a [u8] {
    let next = next.strip_suffix(b"\r").unwrap_or(next);
    let marks = quote(first);
    if marks.is_empty() { next } else { next.strip_prefix(marks).unwrap_or(next) }
}

/// The marks of a reply: `> > `.
fn quote(line: &[u8]) -> &[u8] {
    let length = line.iter().take_while(|b| matches!(b, b'>' | b' ')).count();
    line.split_at_checked(length).map(|(marks, _)| marks).filter(|marks| marks.contains(&b'>')).unwrap_or_default()
}

/// Every `=` begins an escape.
fn has_escapes_only(text: &[u8]) -> bool {
    let mut rest = text;
    while let Some((_, behind)) = memchr(b'=', rest).and_then(|at| rest.split_at_checked(at + 1)) {
        if escape(behind).is_none() {
            return false;
        }
        rest = behind;
    }
    true
}

/// The byte of two capital hexadecimal digits.
fn escape(text: &[u8]) -> Option<u8> {
    let digits = text.get(..2).filter(|digits| digits.iter().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'F')))?;
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Whether a line shows by itself that it is encoded: an escaped `=` or a blank that does not break, and no other `=`.
pub(crate) fn shows(line: &[u8]) -> bool {
    memchr(b'=', line).is_some()
        && (memmem::find(line, b"=3D").is_some() || memmem::find(line, b"=C2=A0").is_some())
        && has_escapes_only(line)
}

/// Decodes the escapes of a line.
pub(crate) fn decode(line: &[u8]) -> Cow<'_, [u8]> {
    if memchr(b'=', line).is_none() {
        return Cow::Borrowed(line);
    }
    let mut decoded = Vec::with_capacity(line.len());
    let mut rest = line;
    while let Some((plain, behind)) = memchr(b'=', rest).and_then(|at| rest.split_at_checked(at)) {
        decoded.extend_from_slice(plain);
        let sign = behind.get(1..).unwrap_or_default();
        match escape(sign) {
            // a newline would be a line of its own
            Some(byte) if byte != b'\n' => {
                decoded.push(byte);
                rest = sign.get(2..).unwrap_or_default();
            }
            _ => {
                decoded.push(b'=');
                rest = sign;
            }
        }
    }
    decoded.extend_from_slice(rest);
    Cow::Owned(decoded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of a width that ends in `=`.
    fn wide(head: &str, width: usize) -> Vec<u8> {
        format!("{head:x<fill$}=", fill = width - 1).into_bytes()
    }

    #[test]
    fn soft_breaks_are_told_from_lines_that_end_in_a_sign() {
        for width in WIDTHS {
            assert_eq!(broken(&wide("CPU: 3 ", width)).map(<[u8]>::len), Some(width - 1), "{width}");
        }
        assert!(broken(&wide("> > CPU: 3 ", 80)).is_some(), "quoted after it was broken");
        assert!(broken(&wide("a=3Db ", 76)).is_some());
        let no: &[Vec<u8>] = &[
            wide("CPU: 3 ", 72),
            wide("CPU: 3 ", 77),
            wide("root=/dev/sda ", 76),
            "=".repeat(76).into_bytes(),
            "=".repeat(66).into_bytes(),
            b"errors=".to_vec(),
        ];
        for line in no {
            assert_eq!(broken(line), None, "{}", String::from_utf8_lossy(line));
        }
    }

    #[test]
    fn the_rest_of_a_broken_line_loses_the_quote_marks_it_shares() {
        assert_eq!(rest(b"> Tainted=", b": G"), b": G");
        assert_eq!(rest(b"> > Tainted=", b"> > : G\r"), b": G");
        assert_eq!(rest(b"[<ffffffffa0=", b">] acme_io"), b">] acme_io");
    }

    #[test]
    fn escapes_are_decoded_where_a_line_shows_them() {
        assert!(shows(b"errno=3D-117 a=20"));
        assert!(shows(b"Tainted: P=C2=A0=C2=A0 O"));
        assert!(!shows(b"errno=20"), "a number");
        assert!(!shows(b"a=3D b=c"), "a sign of its own");
        assert_eq!(&*decode(b"errno=3D-117=20 a=b=0A"), b"errno=-117  a=b=0A");
        assert_eq!(&*decode(b"plain"), b"plain");
    }
}
