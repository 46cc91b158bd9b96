//! JSON inside a script element: `<`, `>` and `&` are written as `\u003c`, `\u003e` and `\u0026`, so that no text in it ends
//! the element, begins a comment or is read as a reference.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

/// The value as JSON that a script element can hold.
pub(super) fn json(value: &impl Serialize) -> io::Result<String> {
    let mut out = Vec::new();
    value.serialize(&mut Serializer::with_formatter(&mut out, Harmless))?;
    String::from_utf8(out).map_err(io::Error::other)
}

struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(&mut self, out: &mut W, fragment: &str) -> io::Result<()> {
        for piece in fragment.split_inclusive(['<', '>', '&']) {
            let (text, mark) = match piece.char_indices().next_back() {
                Some((at, mark @ ('<' | '>' | '&'))) => (piece.get(..at).unwrap_or_default(), Some(mark)),
                _ => (piece, None),
            };
            out.write_all(text.as_bytes())?;
            if let Some(mark) = mark {
                write!(out, "\\u{:04x}", u32::from(mark))?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn whatever_the_text_it_is_harmless_and_whole(text in any::<String>()) {
            let printed = json(&text).unwrap();
            prop_assert!(!printed.contains(['<', '>', '&']));
            prop_assert_eq!(serde_json::from_str::<String>(&printed).unwrap(), text);
        }
    }

    #[test]
    fn no_text_ends_the_element_and_a_parser_gives_it_back() {
        let texts = ["</script><script>alert(1)</script>", "<!--<script", "a&lt;b", "plain", ""];
        let printed = json(&texts).unwrap();
        assert!(!printed.contains(['<', '>', '&']), "{printed}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&printed).unwrap(), texts);
    }
}
