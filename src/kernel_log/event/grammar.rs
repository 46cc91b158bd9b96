//! What a line can be in an event, told by how it begins. Every line is put into one class once; the rest of the room works
//! on classes.
//!
//! Source: the order and the words of `show_regs()`, `__die()`, `__warn()`, `print_report()` and their like; each head
//! below is a literal of the kernel.

use super::class::Class::{self, Dump, Info, Monitor, Noise, Pointer, Process, Where};
use super::heads;
use super::matching;
use super::process;
use crate::kernel_log::scan::{decimal, hex, leading, skip_blanks};
use crate::kernel_log::trace::{self, Shape, pointer};

/// The class of a line without its envelopes.
pub(crate) fn classify(text: &str) -> Class {
    let text = text.trim();
    let Some(&first) = text.as_bytes().first() else { return Class::Blank };
    if let Some(row) = matching::at_head(text) {
        return Class::Starter(row);
    }
    if first == b'C'
        && text.starts_with("CPU")
        && let Some(class) = cpu(text)
    {
        return class;
    }
    if is_hardware_error(first, text) {
        return matching::inside(text).map_or(Info, Class::Starter);
    }
    if let Some(class) = by_head(text) {
        return class;
    }
    let is_trace = || {
        let mut worth = false;
        trace::read(text, |_| worth = true) != Shape::No && worth
    };
    match () {
        () if is_trace() => Class::Frame,
        () if is_dump(first, text) => Dump,
        () if is_rule(text) || is_rcu_row(text) || process::is_lockdep_banner(text) => Info,
        () if process::lockdep_task(text).is_some() => Where,
        () if is_task_row(text) => Class::TaskRow,
        () if text.contains("printk messages dropped") || text.contains("callbacks suppressed") => Noise,
        () => matching::inside(text).map_or(Class::Other, Class::Starter),
    }
}

/// Whether a text without its envelopes is the kernel's grammar.
pub(crate) fn is_kernel_text(text: &str) -> bool {
    classify(text).is_grammar()
}

/// Whether a text begins with one of the kernel's words; decides where a host or a tag could as well be text.
pub(crate) fn begins_like_kernel(text: &str) -> bool {
    let Some(&first) = text.as_bytes().first() else { return false };
    matching::at_head(text).is_some() || by_head(text).is_some() || (first == b'C' && cpu(text).is_some())
}

/// The class of a line that was cut in its first words, told by it and the piece behind it.
pub(crate) fn classify_cut(head: &str, piece: &str) -> Option<Class> {
    let glued = |glue: &str| classify(&format!("{head}{glue}{piece}"));
    ["", " "].iter().map(|glue| glued(glue)).find(|class| class.is_grammar())
}

fn by_head(text: &str) -> Option<Class> {
    match heads::class(text)? {
        // a register that is cut in its value is no dump of another
        Pointer => Some(pointer(text).map_or(Class::Other, |_| Pointer)),
        Monitor if !process::is_monitor(text) => None,
        Process if !text.contains("comm:") => None,
        Process if !text.contains("ainted") => Some(Where), // show_regs() of i386 prints it inside of a dump
        Where if text.starts_with("Process ") && !text.contains("(pid: ") => None,
        class => Some(class),
    }
}

/// `CPU: 3 PID: 77 Comm: …` opens a dump; `CPU 3`, `CPU:    3`, `CPU 3:` only say where.
fn cpu(text: &str) -> Option<Class> {
    if text.starts_with("CPU: ") && (text.contains(" Comm: ") || text.contains("ainted")) {
        return Some(Process);
    }
    let number = skip_blanks(text.strip_prefix("CPU")?.trim_start_matches(':'));
    let (_, rest) = decimal(number)?;
    let rest = rest.trim();
    // a wrapped process line ends anywhere
    let cut = text.starts_with("CPU: ") && (rest.starts_with("PID: ") || rest.starts_with("UID: "));
    match rest {
        _ if cut => Some(Process),
        "" | ":" => Some(Where),
        _ => None,
    }
}

/// Registers (`RAX: 0000…`, `x29: …`, `eax: …`, `GPR00: …`), words of a stack, lines of a memory dump.
fn is_dump(first: u8, text: &str) -> bool {
    if first == b'>' || first == b'^' {
        return text == "^"
            || text.strip_prefix('>').is_some_and(|rest| leading(rest, |b| b.is_ascii_hexdigit()).0.len() >= 8);
    }
    if let Some((name, value)) = text.split_once(':') {
        let name = name.trim_end();
        let named = (1..=9).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b' ');
        let value = skip_blanks(value);
        let digits = leading(value, |b| b.is_ascii_hexdigit()).0.len();
        let ends = value.get(digits..).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '(', ':']));
        let address = name.len() >= 8 && matches!(hex(name), Some((_, "")));
        if (named && digits >= 4 && ends) || (address && digits >= 2 && ends) {
            return true;
        }
    }
    is_stack_words(text)
}

/// At least two words of 8 or 16 hexadecimal digits and nothing else.
fn is_stack_words(text: &str) -> bool {
    let mut words = 0;
    for word in text.split_ascii_whitespace() {
        let word = word.trim_matches(['<', '>']);
        let wide = matches!(word.len(), 8 | 16) && word.bytes().all(|b| b.is_ascii_hexdigit());
        if !wide && word != "XXXXXXXX" {
            return false;
        }
        words += 1;
    }
    words >= 2
}

/// `=======` fences and separators.
fn is_rule(text: &str) -> bool {
    text.len() >= 16 && text.bytes().all(|b| b == b'=' || b == b'-')
}

/// `3-....: (1 GPs behind) idle=…`, `(detected by 2, t=60002 jiffies, …)`, `(t=60000 jiffies …`.
fn is_rcu_row(text: &str) -> bool {
    if text.starts_with("(detected by ") || text.starts_with("(t=") {
        return true;
    }
    let Some((_, rest)) = decimal(text) else { return false };
    let Some(flags) = rest.strip_prefix('-') else { return false };
    let (flags, rest) =
        leading(flags, |b| matches!(b, b'.' | b'!' | b'O' | b'o' | b'N' | b'D' | b'x' | b'n' | b'r' | b'?'));
    !flags.is_empty() && rest.starts_with(':')
}

/// `mce: [Hardware Error]: TSC …`, `{1}[Hardware Error]: …`.
fn is_hardware_error(first: u8, text: &str) -> bool {
    matches!(first, b'm' | b'[' | b'{') && text.find("[Hardware Error]: ").is_some_and(|at| at <= 12)
}

/// `acmed           D 0000000000000000     0    77      2 0x00000080`, `task:acmed state:D stack:0 pid:77 ppid:2 flags:0x…`.
fn is_task_row(text: &str) -> bool {
    if text.starts_with("task:") {
        return text.contains(" state:") && text.contains("pid:");
    }
    let mut words = text.split_ascii_whitespace();
    let (Some(_comm), Some(state)) = (words.next(), words.next()) else { return false };
    let is_state = matches!(state, "R" | "S" | "D" | "T" | "t" | "Z" | "X" | "x" | "K" | "W" | "P" | "I" | "N");
    let mut numbers = 0;
    is_state
        && words.all(|word| {
            let number = hex(word.strip_prefix("0x").unwrap_or(word)).is_some_and(|(_, rest)| rest.is_empty());
            numbers += usize::from(number);
            number || matches!(word, "running" | "task" | "?" | "stopped" | "current" | "(L-TLB)" | "(NOTLB)")
        })
        && numbers >= 2
}
