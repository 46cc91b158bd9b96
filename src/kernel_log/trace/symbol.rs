//! The function of a frame or of an instruction pointer: `acme_submit+0x53/0xa0 [acmefs]` and what else it may look like.

use super::text::FrameText;
use crate::kernel_log::scan::{bracketed_module, decimal, hex_0x, is_module_byte, leading, skip_blanks};

/// Whether a name without an offset is a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Bare {
    /// Yes: an address stands before it.
    Accepted,
    /// No: any word of a message could be one.
    Refused,
}

/// Reads a function with its offset, module and what may follow them. Gives the frame and the rest of the line.
pub(crate) fn read(text: &str, bare: Bare) -> Option<(FrameText<'_>, &str)> {
    if let Some((address, rest)) = hex_0x(text) {
        return raw_address(address, rest);
    }
    let (named, text) = module_first(text);
    let (mut frame, rest) = with_offset(text)
        .or_else(|| with_source_line(text))
        .or_else(|| (bare == Bare::Accepted).then(|| alone(text)).flatten())?;
    let (module, rest) = module(rest);
    let (reliable, rest) = trailing(rest);
    frame.module = named.or(module).or(frame.module).filter(|&m| m != "kernel");
    frame.reliable = reliable;
    Some((frame, rest))
}

/// `0xffffffffc0123456`: an address that has no symbol. A kernel without kallsyms still names the module.
fn raw_address(address: u64, rest: &str) -> Option<(FrameText<'_>, &str)> {
    let (module, rest) = module_at_base(rest).map_or((None, rest), |(module, rest)| (Some(module), rest));
    let (reliable, rest) = trailing(rest);
    let bounded = rest.is_empty() || rest.starts_with([' ', ')', ']']);
    let frame = FrameText { address: Some(address), module, reliable, ..FrameText::default() };
    (bounded && address > 0).then_some((frame, rest))
}

/// ` [acmefs@0000000060c924be+0x2a000]`: a module with its base, which may be hidden, and its size.
fn module_at_base(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = leading(skip_blanks(text).strip_prefix('[')?, is_module_byte);
    let (_base, rest) = leading(rest.strip_prefix('@')?, |b| b.is_ascii_alphanumeric() || b"_()".contains(&b));
    let (_size, rest) = hex_0x(rest.strip_prefix('+')?)?;
    let rest = rest.strip_prefix(']')?;
    (1..=64).contains(&name.len()).then_some((name, rest))
}

/// 2.6.9 and 2.6.18 x86_64 put the module first: `:acmefs:acme_submit`.
fn module_first(text: &str) -> (Option<&str>, &str) {
    let Some(inside) = text.strip_prefix(':') else { return (None, text) };
    match inside.split_once(':') {
        Some((module, rest)) if (1..=64).contains(&module.len()) && module.bytes().all(is_module_byte) => {
            (Some(module), rest)
        }
        _ => (None, text),
    }
}

/// `acme_submit+0x53/0xa0`, `acme_submit + 0x53/0xa0`, `acme_submit+83/160`, `acme_submit+410`.
fn with_offset(text: &str) -> Option<(FrameText<'_>, &str)> {
    let mut from = 0;
    // a Rust or C++ name may hold a plus itself
    loop {
        let plus = from + text.get(from..)?.find('+')?;
        let (name, rest) = text.split_at_checked(plus)?;
        if let Some((offset, size, rest)) = offset(rest.strip_prefix('+')?) {
            let name = name.trim_end();
            let frame = FrameText { symbol: Some(name), offset: Some(offset), size, ..FrameText::default() };
            return is_symbol(name).then_some((frame, rest));
        }
        from = plus + 1;
    }
}

fn offset<'a>(text: &'a str) -> Option<(u64, Option<u64>, &'a str)> {
    let number = |text: &'a str| if text.starts_with("0x") { hex_0x(text) } else { decimal(text) };
    let (offset, rest) = number(skip_blanks(text))?;
    let size =
        rest.strip_prefix('/').or_else(|| skip_blanks(rest).strip_prefix("/ ")).and_then(|r| number(skip_blanks(r)));
    match size {
        Some((size, rest)) => Some((offset, Some(size), rest)),
        None => Some((offset, None, rest)),
    }
}

/// scripts/decode_stacktrace.sh: `acme_submit (drivers/acme/submit.c:123 (discriminator 2)) acmefs`.
fn with_source_line(text: &str) -> Option<(FrameText<'_>, &str)> {
    let (name, rest) = text.split_once(" (")?;
    let (place, rest) = rest.split_once(')')?;
    let (file, line) = place.split_once(':')?;
    if !is_symbol(name) || !file.contains('.') || file.contains(' ') || !line.starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let rest = if place.contains('(') { rest.strip_prefix(')')? } else { rest };
    let plain = skip_blanks(rest);
    let (module, left) = leading(plain, is_module_byte);
    let frame = FrameText { symbol: Some(name), ..FrameText::default() };
    if !module.is_empty() && left.trim().is_empty() {
        return Some((FrameText { module: Some(module), ..frame }, ""));
    }
    Some((frame, rest))
}

/// A name with nothing behind it but a module.
fn alone(text: &str) -> Option<(FrameText<'_>, &str)> {
    let (name, rest) = leading(text, is_symbol_byte);
    // `[<e0000000045399d0>]    Not tainted` is no function
    let bounded = rest.is_empty() || (rest.starts_with(' ') && !skip_blanks(rest).starts_with(char::is_alphanumeric));
    (bounded && is_symbol(name)).then_some((FrameText { symbol: Some(name), ..FrameText::default() }, rest))
}

/// 2.4: `acme_submit [acmefs] 0x2f4 (0xe3d57e90)`; functions of the kernel image carry `[kernel]`.
pub(super) fn read_2_4(text: &str) -> Option<(FrameText<'_>, &str)> {
    let (name, rest) = match text.strip_prefix("[unresolved]") {
        Some(rest) => (None, rest),
        None => {
            let (name, rest) = leading(text, is_symbol_byte);
            (Some(name).filter(|name| is_symbol(name)), skip_blanks(rest))
        }
    };
    let (module, rest) = if name.is_some() { bracketed_module(rest)? } else { ("kernel", rest) };
    let (offset, rest) = hex_0x(skip_blanks(rest))?;
    let rest = match skip_blanks(rest).strip_prefix("(0x") {
        Some(stack) => stack.split_once(')')?.1,
        None => rest,
    };
    let module = Some(module).filter(|&m| m != "kernel");
    Some((FrameText { symbol: name, module, offset: Some(offset), reliable: true, ..FrameText::default() }, rest))
}

/// ` [acmefs]` behind a function.
pub(super) fn module(text: &str) -> (Option<&str>, &str) {
    match bracketed_module(skip_blanks(text)) {
        Some((module, rest)) => (Some(module), rest),
        None => (None, text),
    }
}

/// What may stand behind a frame: `(unreliable)`, arm64's `(P)`, powerpc's traced return `(acme_submit+0x0/0x8)`, a line
/// of source. Gives whether the frame is reliable, and the rest.
pub(super) fn trailing(text: &str) -> (bool, &str) {
    let mut reliable = true;
    let mut rest = text;
    loop {
        let next = skip_blanks(rest);
        let Some((inside, after)) = next.strip_prefix('(').and_then(|inside| inside.split_once(')')) else {
            return (reliable, source_line(next).unwrap_or(rest));
        };
        match inside {
            "unreliable" => reliable = false,
            _ if inside.len() <= 4 && inside.bytes().all(|b| b.is_ascii_uppercase()) => {}
            _ if with_offset(inside).is_some() || alone(inside).is_some_and(|(_, rest)| rest.is_empty()) => {}
            _ => return (reliable, rest),
        }
        rest = after;
    }
}

/// `drivers/acme/submit.c:123` behind a frame.
fn source_line(text: &str) -> Option<&str> {
    let (file, line) = text.trim_end().rsplit_once(':')?;
    let is_line = file.contains('.') && !file.contains(' ') && line.bytes().all(|b| b.is_ascii_digit());
    is_line.then_some("")
}

fn is_symbol_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'$' | b'@')
}

/// `acme_submit.isra.3`, `.text.lock.acme`, `__pfx_acme`, Rust's `_RNv…` and `<T as Trait>::f`.
pub(super) fn is_symbol(name: &str) -> bool {
    let Some(&first) = name.as_bytes().first() else { return false };
    if first.is_ascii_digit() || name.len() > 512 {
        return false;
    }
    name.bytes().all(is_symbol_byte) || (first != b'[' && name.contains("::") && !name.contains(": "))
}
