//! Logs that somebody saved as UTF-16, as PowerShell's `>` and Notepad do: told by the mark at their beginning.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::{Decoder, UTF_16BE, UTF_16LE};

/// Turns the bytes of a log into those of UTF-8, in pieces of any size.
pub(super) enum Encoding {
    /// Nothing has come yet but, perhaps, the first byte of a mark.
    Unknown(Option<u8>),
    /// As it is: UTF-8, or the bytes of an older time.
    Plain,
    /// UTF-16.
    Wide(Box<Decoder>),
}

impl Encoding {
    pub(super) fn new() -> Self {
        Self::Unknown(None)
    }

    /// The next bytes, as UTF-8.
    pub(super) fn plain<'b>(&mut self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        match self {
            Self::Plain => Cow::Borrowed(bytes),
            Self::Wide(decoder) => Cow::Owned(decoded(decoder, bytes)),
            Self::Unknown(held) => {
                let held = *held;
                self.begin(held, bytes)
            }
        }
    }

    fn begin<'b>(&mut self, held: Option<u8>, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        let Some((&next, rest)) = bytes.split_first() else { return Cow::Borrowed(bytes) };
        let (first, behind) = match held {
            Some(first) => (first, Some((next, rest))),
            None => (next, rest.split_first().map(|(second, rest)| (*second, rest))),
        };
        let mut decoder = match (first, behind) {
            (0xff | 0xfe, None) => {
                *self = Self::Unknown(Some(first));
                return Cow::Borrowed(&[]);
            }
            (0xff, Some((0xfe, _))) => UTF_16LE.new_decoder_without_bom_handling(),
            (0xfe, Some((0xff, _))) => UTF_16BE.new_decoder_without_bom_handling(),
            _ => {
                *self = Self::Plain;
                return match held {
                    Some(first) => Cow::Owned([&[first], bytes].concat()),
                    None => Cow::Borrowed(bytes),
                };
            }
        };
        let text = decoded(&mut decoder, behind.map_or(&[], |(_, rest)| rest));
        *self = Self::Wide(Box::new(decoder));
        Cow::Owned(text)
    }
}

/// What the bytes say; half a letter at their end is kept for the next ones.
fn decoded(decoder: &mut Decoder, bytes: &[u8]) -> Vec<u8> {
    let mut text = vec![0; decoder.max_utf8_buffer_length(bytes.len()).unwrap_or_default()];
    let (_, _, written, _) = decoder.decode_to_utf8(bytes, &mut text, false);
    text.truncate(written);
    text
}

impl fmt::Debug for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown(_) => "Unknown",
            Self::Plain => "Plain",
            Self::Wide(_) => "Wide",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[    1.000000] acmefs: größe 😀\r\n[    2.000000] BUG\r\n";

    fn wide(big_endian: bool) -> Vec<u8> {
        let units = "\u{feff}".encode_utf16().chain(TEXT.encode_utf16());
        units.flat_map(|unit| if big_endian { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    }

    fn read(bytes: &[u8], piece: usize) -> Vec<u8> {
        let mut encoding = Encoding::new();
        bytes.chunks(piece).flat_map(|piece| encoding.plain(piece).into_owned()).collect()
    }

    #[test]
    fn both_orders_are_read_in_pieces_of_any_size() {
        for bytes in [wide(false), wide(true), TEXT.as_bytes().to_vec()] {
            for piece in [1, 2, 3, 7, bytes.len()] {
                assert_eq!(String::from_utf8(read(&bytes, piece)).unwrap(), TEXT, "{piece}");
            }
        }
    }

    #[test]
    fn what_only_begins_like_a_mark_is_left_as_it_is() {
        for bytes in [&b"\xff"[..], b"\xffabc", b"\xfe\xfe\n", b"", b"a\xff\xfe"] {
            let whole = if bytes == b"\xff" { &[][..] } else { bytes };
            for piece in [1, 2, 9] {
                assert_eq!(read(bytes, piece), whole, "{bytes:x?} {piece}");
            }
        }
    }
}
