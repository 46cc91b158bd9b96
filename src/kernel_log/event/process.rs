//! The lines that say where an event happened: CPU, process, taint, release.
//!
//! ```text
//! CPU: 3 UID: 0 PID: 77 Comm: kworker/3:1 Kdump: loaded Tainted: P           OE      6.12.0-55.el10.x86_64 #1
//! Pid: 77, comm: acmed Tainted: P           ---------------    2.6.32-696.el6.x86_64 #1
//! EIP:    0060:[<c016b7ec>]    Tainted: P  VLI
//! cpu 0x3: Vector: 300 (Data Access) at [c00000036da077a0]                xmon
//!     pid   = 77, comm = acmed
//! ```
//!
//! Source: `dump_stack_print_info()` in lib/dump_stack.c, `show_regs_common()` and the `show_regs()` of each architecture
//! before 3.10, `excprint()` in arch/powerpc/xmon/xmon.c, `print_tainted()` in kernel/panic.c.

use crate::facts::PrintedTaint;
use crate::kernel_log::scan::{between, decimal, hex, leading, number_after, skip_blanks, word};

/// `uname -r` has 64 bytes.
const LONGEST_RELEASE: usize = 64;
/// What lockdep says a task does, behind `COMM/PID` (kernel/locking/lockdep.c).
const LOCKDEP_DEEDS: &[&str] = &[
    " is trying to acquire lock",
    " is trying to release lock",
    " is trying to contend lock",
    " is trying to lock",
    " is leaving the kernel with locks still held",
    " is exiting with locks still held",
    " is freeing memory ",
    " just changed the state of lock",
    " [HC",
];
/// Flags of the longest taint legend.
const MAX_FLAGS: usize = 32;

/// Where an event happened, as far as one line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Where<'a> {
    pub(super) cpu: Option<u32>,
    pub(super) pid: Option<u32>,
    pub(super) comm: Option<&'a str>,
    pub(super) taint: Option<PrintedTaint>,
    pub(super) release: Option<&'a str>,
}

/// Reads any of these lines; what it does not hold stays `None`.
pub(super) fn read(text: &str) -> Where<'_> {
    let text = text.trim();
    let mut found = Where::default();
    if let Some((taint, behind)) = taint(text) {
        found.taint = Some(taint);
        found.release = if is_release(text) { release(text) } else { release(behind) };
    }
    match head(text) {
        Head::Process => {
            found.cpu = number_after(text, "CPU: ").and_then(small);
            found.pid = number_after(text, "PID: ").or_else(|| number_after(text, "Pid: ")).and_then(small);
            found.comm = comm(text);
            found.release = found.release.or_else(|| release(text));
        }
        Head::Cpu => {
            found.cpu =
                decimal(skip_blanks(text.trim_start_matches(['C', 'P', 'U', ':']))).and_then(|(cpu, _)| small(cpu))
        }
        Head::OldProcess => {
            found.comm = between(text, "Process ", " (pid: ");
            found.pid = number_after(text, "(pid: ").and_then(small);
        }
        Head::PowerTask => {
            found.pid = between(text, "[", "]").and_then(|pid| pid.parse().ok());
            found.comm = between(text, "'", "'");
            found.cpu = number_after(text, "CPU: ").and_then(small);
        }
        Head::Registers => {
            found.release = found.release.or_else(|| release(text));
            found.cpu = number_after(text, "] CPU: ").and_then(small);
        }
        Head::Monitor => {
            found.cpu = text.strip_prefix("cpu 0x").and_then(hex).and_then(|(cpu, _)| small(cpu));
            found.pid = number_after(text, "pid   = ").and_then(small);
            found.comm = text.split_once(", comm = ").map(|(_, comm)| comm);
            found.release = text.strip_prefix("Linux version ").and_then(release);
        }
        Head::Atomic => {
            found.pid = number_after(text, "pid: ").and_then(small);
            found.comm = text.split_once("name: ").map(|(_, name)| name);
        }
        Head::ByTask => found.task(text.rsplit_once(" by task ").map(|(_, task)| word(task).0)),
        Head::Lockdep => found.task(lockdep_task(text)),
        Head::Other => {}
    }
    found.comm = found.comm.map(str::trim).filter(|comm| is_comm(comm));
    found
}

impl<'a> Where<'a> {
    /// Takes `COMM/PID`.
    fn task(&mut self, task: Option<&'a str>) {
        let task = task.and_then(|task| task.rsplit_once('/'));
        self.comm = task.map(|(comm, _)| comm);
        self.pid = task.and_then(|(_, pid)| pid.parse().ok());
    }
}

/// The task of `acmed/77 is trying to acquire lock:`. Nearly every line is given up for want of a slash.
pub(super) fn lockdep_task(text: &str) -> Option<&str> {
    text.match_indices('/').find_map(|(slash, _)| {
        let (comm, pid) = (text.get(..slash)?, text.get(slash + 1..)?);
        let (digits, deed) = leading(pid, |b| b.is_ascii_digit());
        let told = is_comm(comm) && LOCKDEP_DEEDS.iter().any(|known| deed.starts_with(known));
        told.then(|| text.get(..slash + 1 + digits.len())).flatten()
    })
}

/// `6.1.0-rc3 #1 Not tainted`: lockdep prints release and taint without a process.
pub(super) fn is_lockdep_banner(text: &str) -> bool {
    is_release(text) && text.contains(" #") && (text.contains("Not tainted") || text.contains(" Tainted: "))
}

/// A line of the head that xmon prints.
pub(super) fn is_monitor(text: &str) -> bool {
    match text {
        _ if text.starts_with("cpu 0x") => text.contains(": Vector: "),
        _ if text.starts_with("lr: ") => text.get(4..).and_then(hex).is_some_and(|(_, rest)| rest.starts_with(':')),
        _ if text.starts_with("pid   = ") => text.contains(", comm = "),
        _ => text.starts_with("current = 0x") || text.starts_with("paca    = 0x"),
    }
}

/// The forms of these lines.
enum Head {
    Process,
    Cpu,
    OldProcess,
    PowerTask,
    Registers,
    Monitor,
    Atomic,
    ByTask,
    Lockdep,
    Other,
}

fn head(text: &str) -> Head {
    match () {
        () if text.contains(" Comm: ") || text.contains("comm: ") => Head::Process,
        () if text.starts_with("CPU: ") && text.contains("ainted") => Head::Process, // s390 of RHEL 5 and 6
        () if text.starts_with("CPU") => Head::Cpu,
        () if text.starts_with("Process ") => Head::OldProcess,
        () if text.starts_with("TASK = ") || text.starts_with("TASK: ") => Head::PowerTask,
        () if ["EIP", "EFLAGS", "REGS"].iter().any(|head| text.starts_with(head)) => Head::Registers,
        () if text.starts_with("Linux version ") || is_monitor(text) => Head::Monitor,
        () if text.starts_with("in_atomic") => Head::Atomic,
        () if text.contains(" by task ") => Head::ByTask,
        () if lockdep_task(text).is_some() => Head::Lockdep,
        () => Head::Other,
    }
}

/// A row of a task list: `acmed  D 0000… 0 77 2 0x…` (free stack, PID, parent, flags), `task:acmed state:D stack:0 pid:77 …`.
pub(super) fn task_row(text: &str) -> Where<'_> {
    if let Some(row) = text.strip_prefix("task:") {
        let comm = row.split_once(" state:").map(|(comm, _)| comm.trim()).filter(|comm| is_comm(comm));
        let pid =
            row.split_once(" pid:").and_then(|(_, pid)| decimal(skip_blanks(pid))).and_then(|(pid, _)| small(pid));
        return Where { comm, pid, ..Where::default() };
    }
    let mut words = text.split_ascii_whitespace();
    let comm = words.next().filter(|comm| is_comm(comm));
    let is_pointer = |word: &str| matches!(word.len(), 8 | 16) && word.bytes().all(|b| b.is_ascii_hexdigit());
    let mut numbers =
        words.skip(1).filter(|word| !matches!(*word, "running" | "task" | "stopped" | "?") && !is_pointer(word));
    let pid = numbers.nth(1).and_then(|pid| pid.parse().ok());
    Where { comm, pid, ..Where::default() }
}

/// The name behind `Comm: `, up to what follows it.
fn comm(text: &str) -> Option<&str> {
    let (_, name) = text.split_once("Comm: ").or_else(|| text.split_once("comm: "))?;
    let ends = [" Kdump: ", " Tainted: ", " Not tainted", " Tainted"];
    let end = ends.iter().filter_map(|end| name.find(end)).min();
    end.map_or(Some(name), |end| name.get(..end))
}

/// A command name: the kernel keeps 15 bytes; kworkers append the name of their queue.
pub(super) fn is_comm(text: &str) -> bool {
    (1..=64).contains(&text.len())
}

/// `Not tainted`, or the text behind `Tainted: ` up to the release; and what follows.
pub(super) fn taint(text: &str) -> Option<(PrintedTaint, &str)> {
    if let Some((_, behind)) = text.split_once("Not tainted") {
        return Some((PrintedTaint::NotTainted, behind));
    }
    let (_, behind) = text.split_once("Tainted: ")?;
    if behind.starts_with('[') {
        return None; // the legend of 6.11 and later
    }
    let ends = [release_at(behind), behind.find(')'), behind.find(" (").map(|at| at + 1), behind.find(" VLI")];
    let end = ends.into_iter().flatten().min().unwrap_or(behind.len());
    let (letters, rest) = behind.split_at_checked(end)?;
    let letters = letters.trim_end();
    (!letters.is_empty() && letters.len() <= 64).then(|| (PrintedTaint::Tainted(letters.to_owned()), rest))
}

/// The letters and names of `Tainted: [P]=PROPRIETARY_MODULE, [O]=OOT_MODULE`.
pub(super) fn taint_legend(text: &str) -> Vec<(char, String)> {
    let Some((_, legend)) = text.split_once("Tainted: [") else { return Vec::new() };
    let pairs = legend.split(", ").filter_map(|pair| pair.trim_start_matches('[').split_once("]="));
    pairs.filter_map(|(letter, name)| Some((letter.chars().next()?, name.trim().to_owned()))).take(MAX_FLAGS).collect()
}

/// The kernel release in a text: `3.10.0-1160.el7.x86_64`.
pub(crate) fn release(text: &str) -> Option<&str> {
    let (release, _) = word(text.get(release_at(text)?..)?);
    let release = release.trim_end_matches([')', ',']);
    // `(2.4.21-63.ELsmp/i686)`
    let release = release.split_once('/').map_or(release, |(release, _)| release);
    (release.len() <= LONGEST_RELEASE).then_some(release)
}

/// Where a release begins: three numbers with dots between, at the start of a word.
fn release_at(text: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(rest) = text.get(from..).filter(|rest| !rest.is_empty()) {
        if is_release(rest) {
            return Some(from);
        }
        from += rest.find([' ', '(']).map_or(rest.len(), |at| at + 1);
    }
    None
}

fn is_release(text: &str) -> bool {
    let number = |text: &str| {
        let (digits, _) = leading(text, |b| b.is_ascii_digit());
        (1..=3).contains(&digits.len()).then_some(digits.len())
    };
    let mut rest = text;
    for last in [false, false, true] {
        let Some(after) = number(rest).and_then(|length| rest.get(length..)) else { return false };
        match after.strip_prefix('.') {
            Some(after) if !last => rest = after,
            _ => return last && !after.starts_with(':'),
        }
    }
    true
}

fn small(number: u64) -> Option<u32> {
    u32::try_from(number).ok()
}
