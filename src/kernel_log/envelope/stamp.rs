//! Envelopes that the kernel, dmesg, crash and the hypervisor put before a line, and the decorations of a paste.
//!
//! Source: `print_time()`, `print_caller()`, `info_print_ext_header()` in kernel/printk/printk.c; util-linux dmesg.c.

use super::{Caller, Found, Speaker};
use crate::kernel_log::event::{Class, classify};
use crate::kernel_log::scan::{decimal, leading, skip_blanks, word};

/// `[   12.345678] `, with caller `[   12.345678][  T123] ` or `[   12.345678] [T123] `; dmesg -d adds `<    0.000012>`.
pub(super) fn printk(text: &str) -> Option<Found<'_>> {
    let inside = skip_blanks(text.strip_prefix('[')?);
    let (time_us, rest) = seconds(inside)?;
    let rest = match skip_blanks(rest).strip_prefix('<') {
        Some(delta) => skip_blanks(delta.split_once('>')?.1),
        None => skip_blanks(rest),
    };
    let rest = behind_cpu(rest).strip_prefix(']')?;
    let (caller, rest) = match caller(rest) {
        Some((caller, rest)) => (Some(caller), rest),
        None => phone_caller(rest).unwrap_or((None, rest)),
    };
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    Some(Found { rest, time_us: Some(time_us), caller, speaker: Some(Speaker::Kernel), ..Found::default() })
}

/// `12.345678` in microseconds.
fn seconds(text: &str) -> Option<(u64, &str)> {
    let (seconds, rest) = decimal(text)?;
    let (fraction, rest) = leading(rest.strip_prefix('.')?, |b| b.is_ascii_digit());
    if !(3..=9).contains(&fraction.len()) {
        return None;
    }
    let digits = fraction.bytes().chain(std::iter::repeat(b'0')).take(6);
    let micros = digits.fold(0, |sum, digit| sum * 10 + u64::from(digit - b'0'));
    Some((seconds.checked_mul(1_000_000)?.checked_add(micros)?, rest))
}

/// `[  T123]` or `[    C5]`, directly behind the time or one blank away.
fn caller(text: &str) -> Option<(Caller, &str)> {
    let inside = skip_blanks(text.strip_prefix(' ').unwrap_or(text).strip_prefix('[')?);
    let (make, digits): (fn(u32) -> Caller, _) = match inside.strip_prefix('T') {
        Some(digits) => (Caller::Task, digits),
        None => (Caller::Cpu, inside.strip_prefix('C')?),
    };
    let (number, rest) = decimal(digits)?;
    // Android's kernels print both: `[T329@C6]`
    let rest = rest.strip_prefix("@C").and_then(decimal).map_or(rest, |(_, rest)| rest);
    Some((make(u32::try_from(number).ok()?), rest.strip_prefix(']')?))
}

/// Kernels of phones and boards put the CPU into the stamp: `[   12.345678,1] `, `[   12.345678@1] `.
fn behind_cpu(text: &str) -> &str {
    let cpu = || text.strip_prefix([',', '@']).and_then(decimal).filter(|(cpu, _)| *cpu < 1024);
    cpu().map_or(text, |(_, rest)| rest)
}

/// Who printed a line of a phone's kernel, in the forms of several makers: ` [c4] `, ` c1   1042 `, `  (0)[1234:comm]`,
/// ` [0:      swapper/0:    1] `, ` [pid:1234,cpu1,comm]`. A CPU alone is no caller: a task may go to another while it prints.
fn phone_caller(text: &str) -> Option<(Option<Caller>, &str)> {
    let text = skip_blanks(text);
    if let Some((cpu, rest)) = text.strip_prefix("[c").and_then(decimal) {
        return (cpu < 1024).then_some((None, rest.strip_prefix(']').filter(|rest| rest.starts_with(' '))?));
    }
    let of_task = |cpu: u64, pid: u64| {
        let (cpu, pid) = (u32::try_from(cpu).ok()?, u32::try_from(pid).ok()?);
        (cpu < 1024).then_some(Some(if pid == 0 { Caller::Cpu(cpu) } else { Caller::Task(pid) }))
    };
    if let Some((cpu, rest)) = text.strip_prefix('c').and_then(decimal) {
        let (pid, rest) = decimal(skip_blanks(rest.strip_prefix(' ')?))?;
        return rest.starts_with(' ').then_some((of_task(cpu, pid)?, rest));
    }
    if let Some((cpu, rest)) = text.strip_prefix('(').and_then(decimal) {
        let (pid, rest) = decimal(rest.strip_prefix(")[")?)?;
        let (_comm, rest) = rest.strip_prefix(':')?.split_once(']').filter(|(comm, _)| comm.len() <= 32)?;
        return Some((of_task(cpu, pid)?, rest));
    }
    if let Some((pid, rest)) = text.strip_prefix("[pid:").and_then(decimal) {
        let (cpu, rest) = decimal(rest.strip_prefix(",cpu")?)?;
        let (_comm, rest) = rest.strip_prefix(',')?.split_once(']').filter(|(comm, _)| comm.len() <= 32)?;
        return Some((of_task(cpu, pid)?, rest));
    }
    let (cpu, rest) = decimal(text.strip_prefix('[')?)?;
    let (inside, rest) = rest.strip_prefix(':')?.split_once(']')?;
    let (_comm, pid) = inside.rsplit_once(':')?;
    let (pid, left) = decimal(skip_blanks(pid))?;
    let whole = left.is_empty() && inside.len() <= 48 && rest.starts_with(' ');
    whole.then_some((of_task(cpu, pid)?, rest))
}

/// A stamp whose beginning was cut away: `7.901224] text`, `88][  T123] text`, `123] text`, `] text`.
pub(super) fn cut(text: &str) -> Option<Found<'_>> {
    let digits = text.strip_prefix(['T', 'C']).unwrap_or(text);
    let (stamp, rest) = leading(digits, |b| b.is_ascii_digit() || b == b'.');
    let rest = rest.strip_prefix(']')?;
    let (caller, rest) = caller(rest).map_or((None, rest), |(caller, rest)| (Some(caller), rest));
    let rest = rest.strip_prefix(' ')?;
    let has_fraction = stamp.split_once('.').is_some_and(|(_, fraction)| fraction.len() == 6);
    // `] :acmefs:acme_io+…` is the end of a frame
    let begins = |class| {
        matches!(
            class,
            Class::Starter(_) | Class::List | Class::Process | Class::Pointer | Class::TraceHead | Class::End
        )
    };
    let told = has_fraction || caller.is_some() || (stamp.len() <= 10 && begins(classify(rest)));
    (told && stamp.len() <= 17).then_some(Found { rest, caller, speaker: Some(Speaker::Kernel), ..Found::default() })
}

/// `[Tue Mar  3 10:00:00 2020] ` (dmesg -T), `[Mar 3 10:00] ` and `[  +0.000012] ` (dmesg -e), `[2020-03-03 10:00:00] `.
pub(super) fn bracketed_date(text: &str) -> Option<Found<'_>> {
    let (inside, rest) = text.strip_prefix('[')?.split_once(']')?;
    let rest = rest.strip_prefix(' ').or(rest.is_empty().then_some(rest))?;
    if let Some(delta) = skip_blanks(inside).strip_prefix('+') {
        let (_, left) = seconds(delta)?;
        return left.is_empty().then_some(Found { rest, speaker: Some(Speaker::Kernel), ..Found::default() });
    }
    let names_a_time = inside.len() <= 48 && inside.contains(':') && inside.split([' ', 'T']).any(is_clock);
    names_a_time.then_some(Found { rest, wall: Some(inside), speaker: Some(Speaker::Kernel), ..Found::default() })
}

/// The clock that a program of a serial console puts before each line: `10:00:00.123456 text`, `[10-00-00.123]text`. Whose
/// words follow it does not say.
pub(super) fn clock(text: &str) -> Option<Found<'_>> {
    let bracketed = text.strip_prefix('[');
    let wall = bracketed.unwrap_or(text);
    let separator = if wall.as_bytes().get(2) == Some(&b'-') && bracketed.is_some() { '-' } else { ':' };
    let mut rest = wall;
    for at in 0..3 {
        let (digits, after) = leading(rest, |b| b.is_ascii_digit());
        if digits.len() != 2 {
            return None;
        }
        rest = if at < 2 { after.strip_prefix(separator)? } else { after };
    }
    let (fraction, after) = leading(rest.strip_prefix(['.', ','])?, |b| b.is_ascii_digit());
    let wall = wall.strip_suffix(after)?;
    let rest = if bracketed.is_some() { after.strip_prefix(']')? } else { after };
    let ends = bracketed.is_some() || rest.is_empty() || rest.starts_with([' ', '\t']);
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    (ends && (3..=9).contains(&fraction.len())).then_some(Found { rest, wall: Some(wall), ..Found::default() })
}

/// `10:00` or `10:00:00`, with or without a fraction and an offset.
pub(super) fn is_clock(text: &str) -> bool {
    let two_digits = |text: &str| leading(text, |b| b.is_ascii_digit()).0.len() == 2;
    text.len() <= 32
        && text.split_once(':').is_some_and(|(hours, rest)| hours.len() == 2 && two_digits(hours) && two_digits(rest))
}

/// `<4>`; syslog facilities add to it (`<12>`, and a bogus `<48>` was seen). `<d>` and `<c>` are the kernel's own before 3.6.
/// Two digits with a blank behind are a byte of a code line.
pub(super) fn priority(text: &str) -> Option<Found<'_>> {
    let inside = text.strip_prefix('<')?;
    let kernel = |rest| Some(Found { rest, speaker: Some(Speaker::Kernel), ..Found::default() });
    if let Some(rest) = inside.strip_prefix("d>").or_else(|| inside.strip_prefix("c>")) {
        return kernel(rest);
    }
    let (number, rest) = decimal(inside)?;
    let rest = rest.strip_prefix('>')?;
    match number {
        0..=7 if inside.as_bytes().get(1) == Some(&b'>') => kernel(rest),
        0..=191 if !rest.is_empty() && !rest.starts_with(' ') => Some(Found { rest, ..Found::default() }),
        _ => None,
    }
}

/// `/dev/kmsg` and netconsole's extended form: `6,1234,5678901,-,caller=T1;text`.
pub(super) fn kmsg(text: &str) -> Option<Found<'_>> {
    let (_, rest) = decimal(text)?;
    let (_, rest) = decimal(rest.strip_prefix(',')?)?;
    let (time_us, rest) = decimal(rest.strip_prefix(',')?)?;
    let (flags, rest) = rest.strip_prefix(',')?.split_once(';')?;
    if flags.contains(' ') {
        return None;
    }
    let caller = flags.split_once("caller=").and_then(|(_, id)| caller_id(id));
    Some(Found { rest, time_us: Some(time_us), caller, speaker: Some(Speaker::Kernel), ..Found::default() })
}

fn caller_id(text: &str) -> Option<Caller> {
    let number = |digits| decimal(digits).and_then(|(number, _)| u32::try_from(number).ok());
    match text.strip_prefix('T') {
        Some(digits) => number(digits).map(Caller::Task),
        None => number(text.strip_prefix('C')?).map(Caller::Cpu),
    }
}

/// dmesg -x: facility and level as words, padded to six columns.
pub(super) fn decoded_priority(text: &str) -> Option<Found<'_>> {
    const FACILITIES: &[&str] =
        &["kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "cron", "authpriv", "ftp"];
    const LEVELS: &[&str] = &["emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"];
    let (facility, rest) = leading(text, |b| b.is_ascii_lowercase());
    let (level, after) = leading(skip_blanks(rest).strip_prefix(':')?, |b| b.is_ascii_lowercase());
    let rest = skip_blanks(after).strip_prefix(": ")?;
    let known = FACILITIES.contains(&facility) && LEVELS.contains(&level);
    let speaker = if facility == "kern" { Speaker::Kernel } else { Speaker::Program };
    known.then_some(Found { rest, speaker: Some(speaker), ..Found::default() })
}

/// `(XEN) text`.
pub(super) fn hypervisor(text: &str) -> Option<Found<'_>> {
    let rest = text.strip_prefix("(XEN)")?;
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    Some(Found { rest, caller: Some(Caller::Hypervisor), speaker: Some(Speaker::Kernel), ..Found::default() })
}

/// `> text` of a reply, `| text` of a chat; one level at a time.
pub(super) fn quote(text: &str) -> Option<Found<'_>> {
    let rest = text.strip_prefix('>').or_else(|| text.strip_prefix("| "))?;
    // `>ffff88…: 00 00` of KASAN and `>00007fff…:` of s390 point at a byte, `>] acme_io+…` is the end of an address
    let hex = leading(rest, |b| b.is_ascii_hexdigit()).0.len();
    let rest = rest.strip_prefix(' ').unwrap_or(rest);
    (hex < 8 && !rest.starts_with([']', '{'])).then_some(Found { rest, decoration: true, ..Found::default() })
}

/// `crash> text`.
pub(super) fn prompt(text: &str) -> Option<Found<'_>> {
    let (prompt, rest) = word(text);
    (prompt == "crash>").then(|| Found { rest: skip_blanks(rest), decoration: true, ..Found::default() })
}
