//! One line of a backtrace, in the dialects of all kernels since 2.4.
//!
//! ```text
//!  [<ffffffffa01c2f10>] ? acme_submit+0x53/0xa0 [acmefs]          2.6 (i386) to 4.9
//!  acme_submit+0x53/0xa0 [acmefs 84caed98…]                       4.10 and later, build id optional
//!  [<ffffffff8840933a>] :acmefs:acme_submit+0x2d/0x1da            2.6.18 x86_64
//! <ffffffffa0123456>{:acmefs:acme_submit+410}                     2.6.9 x86_64, decimal, several a line
//!  <f8a31b2c> acme_submit+0x53/0xa0 [acmefs]  <c0123456> …        2.6.16 and 2.6.17 i386, several a line
//! [<f8a31b2c>] acme_submit [acmefs] 0x2f4 (0xe3d57e90)            2.4 i386, several a line
//! [c0000036cc9dbbc0] [c00800000e586ab4] acme_submit+0xac/0x1b0 [acmefs] (unreliable)     powerpc
//! [c0000036cc9dbbc0] c00800000e586ab4 acme_submit+0xac/0x1b0 [acmefs]                     xmon, the monitor of powerpc
//! ([<00000000801234ac>] acme_submit+0x220/0x400)                  s390, return address of a new section
//!  0xffffffc008b586b0 [acmefs@0000000060c924be+0x2a000]           kernels without kallsyms: module, its base and size
//!  acme_submit [acmefs] from acme_write+0x18/0x1c [acmefs]        32-bit ARM since 5.18
//!  #8 [ffffa7eb08d8fd80] acme_submit at ffffffffc0ba916e [acmefs] crash `bt`
//! ```
//!
//! Source: `print_symbol()`, `%pS`/`%pB` in lib/vsprintf.c, arch/*/kernel/{traps,dumpstack,process}.c, klogd's own
//! translation (`[acme_submit+83/160]`), scripts/decode_stacktrace.sh.

use super::context::{self, Mark};
use super::symbol::{self, Bare};
use super::text::FrameText;
use crate::kernel_log::scan::{hex, leading, skip_blanks};

/// What a line of a trace holds, from left to right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece<'a> {
    /// A frame.
    Frame(FrameText<'a>),
    /// A change of the stack.
    Mark(Mark),
}

/// How much of a line was a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// All of it.
    Whole,
    /// It began as one, but something else follows: two CPUs wrote into one line, or it was cut.
    Mixed,
    /// Nothing.
    No,
}

/// Reads a line of a trace and hands its pieces to `take`.
pub(crate) fn read<'a>(text: &'a str, mut take: impl FnMut(Piece<'a>)) -> Shape {
    let mut rest = text.trim();
    let mut seen = false;
    loop {
        while let Some((mark, after)) = context::mark(rest) {
            take(Piece::Mark(mark));
            seen = true;
            rest = after.trim_start();
        }
        if rest.is_empty() {
            return if seen { Shape::Whole } else { Shape::No };
        }
        let Some(One { frame, shares_line, rest: after }) = one(rest) else {
            return if seen { Shape::Mixed } else { Shape::No };
        };
        take(Piece::Frame(frame));
        seen = true;
        rest = after.trim_start();
        if rest.is_empty() {
            return Shape::Whole;
        }
        if !shares_line {
            return Shape::Mixed;
        }
    }
}

/// The single frame of a line, where it holds exactly one.
pub(crate) fn single(text: &str) -> Option<FrameText<'_>> {
    let one = one(text.trim())?;
    one.rest.trim().is_empty().then_some(one.frame)
}

/// A frame at the start of a line.
struct One<'a> {
    frame: FrameText<'a>,
    /// The dialect prints several frames a line.
    shares_line: bool,
    rest: &'a str,
}

impl<'a> One<'a> {
    fn alone((frame, rest): (FrameText<'a>, &'a str)) -> Self {
        Self { frame, shares_line: false, rest }
    }
}

fn one(text: &str) -> Option<One<'_>> {
    match text.as_bytes().first()? {
        b'[' if text.starts_with("[<") || text.starts_with("[]") => behind_address(text),
        b'[' => stack_and_address(text).or_else(|| klogd_pair(text)),
        b'<' if text.contains(">{") => braces(text),
        b'<' => angled(text).or_else(|| plain(text)),
        b'(' => section_start(text).map(One::alone),
        b'#' => crash_listing(text).map(One::alone),
        _ => called_from(text).map(One::alone).or_else(|| plain(text)),
    }
}

/// A function without an address, or an address without a function: all that stands in a line of 4.10 and later.
fn plain(text: &str) -> Option<One<'_>> {
    let (text, reliable) = doubt(text);
    let (frame, rest) = symbol::read(text, Bare::Refused)?;
    let printed = match frame.symbol {
        // the kernel itself prints hexadecimal offsets with the size of the function
        Some(_) => frame.offset.is_none() || (frame.size.is_some() && (text.contains("+0x") || text.contains("+ 0x"))),
        // a debugger's `0x1e01 is in acme_submit (submit.c:123).` is neither the kernel's number nor the whole line
        None => frame.address.is_some_and(is_kernel_address) && !skip_blanks(rest).starts_with(char::is_alphanumeric),
    };
    printed.then(|| One::alone((FrameText { reliable: reliable && frame.reliable, ..frame }, rest)))
}

/// Whether code of a kernel can be at an address: in the upper half of 64 bits, or of 32 bits from the lowest base that
/// i386, ARM (with its modules below) and MIPS can be built for. s390 and sparc, whose kernels are low, print addresses in
/// brackets only.
pub(crate) fn is_kernel_address(address: u64) -> bool {
    address >> 63 == 1 || (0x3f00_0000..=0xffff_ffff).contains(&address)
}

/// `? ` marks stack residue.
fn doubt(text: &str) -> (&str, bool) {
    match text.strip_prefix("? ") {
        Some(rest) => (skip_blanks(rest), false),
        None => (text, true),
    }
}

/// `[<c0123456>]`; the address may be hidden (`[<0>]`, `[<(ptrval)>]`) or gone (`[<>]`, and `[]` where a web page took it
/// for a tag).
pub(super) fn bracketed_address(text: &str) -> Option<(Option<u64>, &str)> {
    if let Some(rest) = text.strip_prefix("[]") {
        return Some((None, rest));
    }
    let (inside, rest) = text.strip_prefix("[<")?.split_once(">]")?;
    let inside = inside.trim();
    if inside.len() > 24 {
        return None;
    }
    match hex(inside.strip_prefix("0x").unwrap_or(inside)) {
        Some((address, "")) => Some(((address != 0).then_some(address), rest)),
        _ if inside.is_empty() || inside.starts_with('(') => Some((None, rest)),
        _ => None,
    }
}

/// Every dialect that begins with `[<address>]`.
fn behind_address(text: &str) -> Option<One<'_>> {
    let (address, rest) = bracketed_address(text)?;
    let mut rest = skip_blanks(rest);
    if rest.starts_with('{') {
        return braced(rest, address);
    }
    // RIP lines print the address twice
    while let Some((_, after)) = bracketed_address(rest) {
        rest = skip_blanks(after);
    }
    if let Some(one) = arm_pair(rest, address) {
        return Some(One::alone(one));
    }
    let (rest, reliable) = doubt(rest);
    if let Some((frame, after)) = symbol::read_2_4(rest) {
        return Some(One { frame: FrameText { address, reliable, ..frame }, shares_line: true, rest: after });
    }
    let (frame, after) = symbol::read(rest, Bare::Accepted)?;
    let reliable = reliable && frame.reliable;
    Some(One::alone((FrameText { address: address.or(frame.address), reliable, ..frame }, after)))
}

/// 32-bit ARM: `(acme_submit+0x0/0x30 [acmefs]) from [<c0011a5c>] (acme_write+0x18/0x1c)`.
fn arm_pair(text: &str, address: Option<u64>) -> Option<(FrameText<'_>, &str)> {
    let (inside, rest) = text.strip_prefix('(')?.split_once(')')?;
    if !rest.starts_with(" from ") {
        return None;
    }
    let (frame, _) = symbol::read(inside, Bare::Accepted)?;
    Some((FrameText { address, reliable: true, ..frame }, ""))
}

/// 32-bit ARM since 5.18: `acme_submit [acmefs] from acme_write+0x18/0x1c [acmefs]`, a whole line.
fn called_from(text: &str) -> Option<(FrameText<'_>, &str)> {
    let (function, caller) = text.split_once(" from ")?;
    let (frame, left) = symbol::read(function, Bare::Accepted)?;
    let (caller, rest) = symbol::read(caller, Bare::Refused)?;
    let printed = frame.symbol.is_some() && frame.offset.is_none() && caller.size.is_some();
    (printed && left.is_empty() && rest.is_empty()).then_some((frame, ""))
}

/// 2.6.9 x86_64: `<ffffffffa0123456>{:acmefs:acme_submit+410}`.
fn braces(text: &str) -> Option<One<'_>> {
    let (address, rest) = hex(text.strip_prefix('<')?)?;
    braced(skip_blanks(rest.strip_prefix('>')?), Some(address))
}

/// i386 of 2.6.16 and 2.6.17: `<f8a31b2c> acme_submit+0x53/0xa0 [acmefs]`, two in a line.
fn angled(text: &str) -> Option<One<'_>> {
    let inside = text.strip_prefix('<')?;
    let (address, rest) = hex(inside)?;
    let (frame, after) = symbol::read(skip_blanks(rest.strip_prefix('>')?), Bare::Refused)?;
    let printed = inside.len() - rest.len() == 8 && (frame.size.is_some() || frame.symbol.is_none());
    printed.then_some(One { frame: FrameText { address: Some(address), ..frame }, shares_line: true, rest: after })
}

fn braced(text: &str, address: Option<u64>) -> Option<One<'_>> {
    let (inside, rest) = text.strip_prefix('{')?.split_once('}')?;
    let (frame, left) = symbol::read(inside, Bare::Accepted)?;
    left.is_empty().then_some(One { frame: FrameText { address, ..frame }, shares_line: true, rest })
}

/// powerpc: `[stack pointer] [address] symbol`; xmon prints `[stack pointer] address symbol`.
fn stack_and_address(text: &str) -> Option<One<'_>> {
    let (_, rest) = hex(text.strip_prefix('[')?)?;
    let rest = skip_blanks(rest.strip_prefix(']')?);
    let (address, rest, bare) = match rest.strip_prefix('[') {
        Some(inside) => {
            hex(inside).and_then(|(address, rest)| Some((address, rest.strip_prefix(']')?, Bare::Accepted)))?
        }
        None => {
            hex(rest).filter(|(_, after)| rest.len() - after.len() >= 8).map(|(a, after)| (a, after, Bare::Refused))?
        }
    };
    let (frame, rest) = symbol::read(skip_blanks(rest), bare)?;
    Some(One::alone((FrameText { address: Some(address), ..frame }, rest)))
}

/// klogd's translation, alone (2.4) or before the kernel's own text.
fn klogd_pair(text: &str) -> Option<One<'_>> {
    let (frame, rest) = translated(text)?;
    let rest = skip_blanks(rest);
    if !rest.is_empty() && !rest.starts_with(['[', '<']) {
        let (own, reliable) = doubt(rest);
        if let Some((frame, rest)) = symbol::read(own, Bare::Refused) {
            return Some(One::alone((FrameText { reliable, ..frame }, rest)));
        }
    }
    Some(One { frame, shares_line: true, rest })
}

/// What klogd makes of `[<c0123456>]`: `[acme_submit+83/160]` or `[acmefs:acme_submit+83/160]`.
/// A translation that names `pg0` is bogus: klogd took a module's address for the end of the kernel image.
pub(super) fn translated(text: &str) -> Option<(FrameText<'_>, &str)> {
    let (inside, rest) = text.strip_prefix('[')?.split_once(']')?;
    let (module, name) = inside.split_once(':').map_or((None, inside), |(module, name)| (Some(module), name));
    let (frame, left) = symbol::read(name, Bare::Refused)?;
    if !left.is_empty() || module.is_some_and(|module| module.len() > 64) {
        return None;
    }
    let symbol = frame.symbol.filter(|&symbol| symbol != "pg0");
    Some((FrameText { symbol, module, ..frame }, rest))
}

/// s390: `([<address>] symbol)`, the first frame behind a change of registers. It is the return address in a register
/// and not residue of the stack.
fn section_start(text: &str) -> Option<(FrameText<'_>, &str)> {
    let (address, rest) = bracketed_address(text.strip_prefix('(')?)?;
    let rest = skip_blanks(rest);
    let close = rest.rfind(')')?;
    let (inside, after) = rest.split_at_checked(close)?;
    let (frame, left) = symbol::read(inside.trim_end(), Bare::Accepted)?;
    left.is_empty().then_some((FrameText { address, ..frame }, after.strip_prefix(')')?))
}

/// crash: `#8 [ffffa7eb08d8fd80] acme_submit at ffffffffc0ba916e [acmefs]`.
fn crash_listing(text: &str) -> Option<(FrameText<'_>, &str)> {
    let (number, rest) = leading(text.strip_prefix('#')?, |b| b.is_ascii_digit());
    let (_, rest) = hex(skip_blanks(rest).strip_prefix('[')?)?;
    let (name, rest) = skip_blanks(rest.strip_prefix(']')?).split_once(" at ")?;
    let (frame, left) = symbol::read(name.trim(), Bare::Accepted)?;
    let (address, rest) = hex(rest)?;
    let (module, rest) = symbol::module(rest);
    let (reliable, rest) = symbol::trailing(rest);
    (!number.is_empty() && left.is_empty())
        .then_some((FrameText { address: Some(address), module: module.or(frame.module), reliable, ..frame }, rest))
}
