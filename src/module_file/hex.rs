//! Bytes as modinfo prints them.

/// Upper-case hexadecimal with colons, as modinfo prints keys.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(bytes.len().saturating_mul(3));
    push_hex(&mut text, bytes);
    String::from_utf8(text).unwrap_or_default()
}

/// The same at the end of `text`; formatting with `{:02X}` would cost more than all else that is done for a module.
pub(super) fn push_hex(text: &mut Vec<u8>, bytes: &[u8]) {
    let digit = |bits: u8| b"0123456789ABCDEF".get(usize::from(bits)).copied().unwrap_or_default();
    let Some((first, rest)) = bytes.split_first() else { return };
    text.extend_from_slice(&[digit(first >> 4), digit(first & 0xf)]);
    // Places first, digits after: written one by one they would cost as much as reading the module.
    let start = text.len();
    text.resize(start.saturating_add(rest.len().saturating_mul(3)), b':');
    let places = text.get_mut(start..).unwrap_or_default().chunks_exact_mut(3);
    for (place, &byte) in places.zip(rest) {
        if let [_, high, low] = place {
            (*high, *low) = (digit(byte >> 4), digit(byte & 0xf));
        }
    }
}
