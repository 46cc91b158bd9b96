//! The register lines that say which function was executing.
//!
//! ```text
//! RIP: 0010:acme_submit+0x53/0xa0 [acmefs]                                x86_64, 4.10 and later
//! RIP: 0010:[<ffffffffa01c2f10>]  [<ffffffffa01c2f10>] acme_submit+0x53/0xa0 [acmefs]     before
//! EIP is at acme_submit+0x53/0xa0 [acmefs]                                i386
//! EIP:    0060:[acmefs:acme_submit+83/160]    Tainted: P  VLI             i386, translated by klogd
//! pc: c00800000e586ab4: acme_submit+0xac/0x1b0 [acmefs]                  xmon, the monitor of powerpc
//! NIP [c00800000e586ab4] acme_submit+0xac/0x1b0 [acmefs]                  powerpc
//! Krnl PSW : 0704e00180000000 000003ff801234ac (acme_submit+0x5e/0x98 [acmefs])           s390
//! pc : acme_submit+0x53/0xa0 [acmefs]                                     arm64
//! [exception RIP: acme_submit+71]                                         crash `bt`
//! ```
//!
//! Source: `__show_regs()`/`show_regs()` of each architecture; the selector's low two bits are the privilege level.

use super::frame::{self, bracketed_address};
use super::symbol::{self, Bare};
use super::text::FrameText;
use crate::kernel_log::scan::{hex, leading, skip_blanks};

/// What a register line says of the instruction pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pointer<'a> {
    /// It pointed into this function, or at this address.
    Kernel(FrameText<'a>),
    /// klogd's word for it, in place of an address: what the kernel itself says weighs more.
    Translated(FrameText<'a>),
    /// User mode: not the code this report is about.
    User,
    /// The function stands on the next line.
    NextLine(Option<u64>),
    /// Repeats a register of a dump that came before, as `RIP  [<…>] …` at the end of an oops does.
    Repeated(FrameText<'a>),
    /// Read by crash from the exception frame.
    Dump(FrameText<'a>),
}

/// How the text behind a register's name is laid out.
#[derive(Clone, Copy)]
enum Layout {
    /// `0010:` and a function, an address, or both.
    Selector,
    /// A function, with or without its address.
    Function,
    /// A hexadecimal address only.
    Address,
    /// An old-style repetition.
    Repeat,
    /// An address, a colon and a function.
    Monitor,
    /// PSW mask, PSW address, `(function)`.
    Psw,
    /// `[exception RIP: …]`.
    Exception,
}

/// Every head of such a line.
const HEADS: &[(&str, Layout)] = &[
    ("RIP: ", Layout::Selector),
    ("RIP:", Layout::Selector),
    ("RIP  ", Layout::Repeat),
    ("RIP [", Layout::Repeat),
    ("RIP <", Layout::Repeat),
    ("EIP is at ", Layout::Function),
    ("EIP: [", Layout::Repeat),
    ("EIP: ", Layout::Selector),
    ("IP: ", Layout::Function),
    ("PC is at ", Layout::Function),
    ("caller is ", Layout::Function),
    ("pc: ", Layout::Monitor),
    ("pc : ", Layout::Function),
    ("epc : ", Layout::Function),
    ("ERA: ", Layout::Function),
    ("NIP: ", Layout::Address),
    ("NIP ", Layout::Function),
    ("Krnl PSW : ", Layout::Psw),
    ("[exception RIP: ", Layout::Exception),
];

/// Reads a register line.
pub(crate) fn pointer(text: &str) -> Option<Pointer<'_>> {
    let text = text.trim();
    let (rest, layout) = HEADS.iter().find_map(|(head, layout)| Some((text.strip_prefix(head)?, *layout)))?;
    let rest = skip_blanks(rest);
    match layout {
        Layout::Selector => selector(rest),
        Layout::Function => function(rest).map(Pointer::Kernel),
        Layout::Repeat => function(text.trim_start_matches(['E', 'R', 'I', 'P', ':', ' '])).map(Pointer::Repeated),
        Layout::Address => Some(Pointer::Kernel(FrameText { address: Some(hex(rest)?.0), ..FrameText::default() })),
        Layout::Monitor => monitor(rest),
        Layout::Psw => psw(rest),
        Layout::Exception => {
            let (frame, _) = symbol::read(rest.strip_suffix(']').unwrap_or(rest), Bare::Accepted)?;
            Some(Pointer::Dump(frame))
        }
    }
}

/// `0010:…`; behind 4.10 to 4.14's repetition at the end stands no selector but a function at once.
fn selector(text: &str) -> Option<Pointer<'_>> {
    if text.is_empty() {
        return Some(Pointer::NextLine(None));
    }
    let selector = hex(text).and_then(|(selector, rest)| Some((selector, rest.strip_prefix(':')?)));
    let Some((selector, rest)) = selector else {
        let (function, _) = text.split_once(" RSP").unwrap_or((text, ""));
        return self::function(function.trim()).map(Pointer::Repeated);
    };
    if selector & 3 == 3 {
        return Some(Pointer::User);
    }
    let rest = skip_blanks(rest);
    if let Some((address, after)) = bracketed_address(rest) {
        let after = skip_blanks(after);
        if bracketed_address(after).map_or(after, |(_, after)| skip_blanks(after)).is_empty() {
            return Some(Pointer::NextLine(address));
        }
    }
    let is_translated = rest.starts_with('[') && !rest.starts_with("[<");
    function(rest).map(if is_translated { Pointer::Translated } else { Pointer::Kernel })
}

/// A function, an address, or both; what follows on the line (taint, flags) does not matter.
fn function<'a>(text: &'a str) -> Option<FrameText<'a>> {
    if let Some(frame) = frame::single(text) {
        return Some(frame);
    }
    let braced = |text: &'a str| frame::single(text.get(..=text.find('}')?)?);
    if text.starts_with('<') {
        return braced(text);
    }
    if let Some((address, rest)) = bracketed_address(text) {
        let named = skip_blanks(bracketed_address(skip_blanks(rest)).map_or(rest, |(_, rest)| rest));
        let plain = |text: &'a str| Some(symbol::read(text, Bare::Refused)?.0);
        let function = braced(text).or_else(|| braced(named)).or_else(|| plain(named));
        return Some(FrameText { address, ..function.unwrap_or_default() });
    }
    if let Some((translated, mut rest)) = frame::translated(text) {
        // RIP lines have it twice
        while let Some((_, after)) = frame::translated(skip_blanks(rest)) {
            rest = after;
        }
        return Some(symbol::read(skip_blanks(rest), Bare::Refused).map_or(translated, |(own, _)| own));
    }
    if let Some((address, rest)) = text.strip_prefix('[').and_then(hex) {
        let named = skip_blanks(rest.strip_prefix(']')?);
        let function = symbol::read(named, Bare::Accepted).map(|(frame, _)| frame);
        return Some(FrameText { address: Some(address), ..function.unwrap_or_default() });
    }
    if let Some((frame, _)) = symbol::read_2_4(text).or_else(|| symbol::read(text, Bare::Refused)) {
        return Some(frame);
    }
    let bare = text.strip_prefix("0x");
    let (digits, _) = leading(bare.unwrap_or(text), |b| b.is_ascii_hexdigit());
    let (address, _) = hex(digits)?;
    (bare.is_some() || digits.len() >= 8).then_some(FrameText { address: Some(address), ..FrameText::default() })
}

/// `c00800000e586ab4: acme_submit+0xac/0x1b0 [acmefs]`; of an address without a function nothing stands behind the colon.
fn monitor(text: &str) -> Option<Pointer<'_>> {
    let (address, rest) = hex(text).filter(|(_, rest)| text.len() - rest.len() >= 8)?;
    let rest = rest.strip_prefix(':')?;
    let frame = symbol::read(skip_blanks(rest), Bare::Refused).map(|(frame, _)| frame);
    Some(Pointer::Kernel(FrameText { address: Some(address), ..frame.unwrap_or_default() }))
}

/// `0704e00180000000 000003ff801234ac (acme_submit+0x5e/0x98 [acmefs])`; 31-bit kernels print two short words.
fn psw(text: &str) -> Option<Pointer<'_>> {
    let (_, rest) = hex(text)?;
    let (address, rest) = hex(skip_blanks(rest))?;
    let inside = skip_blanks(rest).strip_prefix('(').map(|inside| inside.trim_end().trim_end_matches(')'));
    let frame = inside.and_then(|inside| Some(symbol::read(inside, Bare::Accepted)?.0)).unwrap_or_default();
    Some(Pointer::Kernel(FrameText { address: Some(address), ..frame }))
}
