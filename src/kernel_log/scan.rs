//! The small steps of reading a line from the left: numbers, words, brackets. Each gives what it read and the rest.

/// Splits off the leading bytes that `keep` accepts; they must be ASCII.
pub(super) fn leading(text: &str, keep: impl Fn(u8) -> bool) -> (&str, &str) {
    let length = text.bytes().take_while(|&b| b.is_ascii() && keep(b)).count();
    text.split_at_checked(length).unwrap_or((text, ""))
}

/// A decimal number that fits 64 bits.
pub(super) fn decimal(text: &str) -> Option<(u64, &str)> {
    let (digits, rest) = leading(text, |b| b.is_ascii_digit());
    Some((digits.parse().ok()?, rest))
}

/// A hexadecimal number of 1 to 16 digits without `0x`.
pub(super) fn hex(text: &str) -> Option<(u64, &str)> {
    let (digits, rest) = leading(text, |b| b.is_ascii_hexdigit());
    if digits.len() > 16 {
        return None;
    }
    Some((u64::from_str_radix(digits, 16).ok()?, rest))
}

/// A hexadecimal number with `0x`.
pub(super) fn hex_0x(text: &str) -> Option<(u64, &str)> {
    hex(text.strip_prefix("0x")?)
}

/// Everything up to the next blank, and the rest with its blanks.
pub(super) fn word(text: &str) -> (&str, &str) {
    text.find([' ', '\t']).and_then(|at| text.split_at_checked(at)).unwrap_or((text, ""))
}

/// Removes leading blanks and tabs.
pub(super) fn skip_blanks(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

/// What stands between the first `open` and the next `close`.
pub(super) fn between<'a>(text: &'a str, open: &str, close: &str) -> Option<&'a str> {
    Some(text.split_once(open)?.1.split_once(close)?.0)
}

/// The number behind the first `literal`, blanks between them or not.
pub(super) fn number_after(text: &str, literal: &str) -> Option<u64> {
    Some(decimal(skip_blanks(text.split_once(literal)?.1))?.0)
}

/// True for the bytes of a module's name. Dashes and dots occur before 2.6 and in the names of files.
pub(super) fn is_module_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.')
}

/// The `name` and the build id of `[name]` or `[name 84caed98…]`; the closing bracket may be missing at a cut.
pub(super) fn bracketed_module(text: &str) -> Option<(&str, &str)> {
    let inside = text.strip_prefix('[')?;
    let (name, rest) = leading(inside, is_module_byte);
    if name.is_empty() || name.len() > 64 {
        return None;
    }
    if let Some(rest) = rest.strip_prefix(']') {
        return Some((name, rest));
    }
    let (id, rest) = leading(rest.strip_prefix(' ')?, |b| b.is_ascii_hexdigit());
    if id.len() < 16 {
        return None;
    }
    Some((name, rest.strip_prefix(']')?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stop_where_they_end() {
        assert_eq!(decimal("42 rest"), Some((42, " rest")));
        assert_eq!(decimal("x"), None);
        assert_eq!(decimal("99999999999999999999"), None);
        assert_eq!(hex("c01f>]"), Some((0xc01f, ">]")));
        assert_eq!(hex("11111111111111111"), None, "17 digits are no address");
        assert_eq!(hex_0x("0x1f/0x20"), Some((0x1f, "/0x20")));
    }

    #[test]
    fn a_module_may_carry_its_build_id() {
        let id = "84caed98b44e76c86965d753e9c55a9000b306ce";
        assert_eq!(bracketed_module("[acmefs] tail"), Some(("acmefs", " tail")));
        assert_eq!(bracketed_module(&format!("[acmefs {id}]")), Some(("acmefs", "")));
        assert_eq!(bracketed_module("[not a module]"), None);
        assert_eq!(bracketed_module("[]"), None);
    }
}
