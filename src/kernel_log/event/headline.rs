//! What a headline says besides its kind: CPU, process, function, modules it names.

use super::process;
use crate::facts::NamedBy;
use crate::kernel_log::scan::{between, decimal, is_module_byte, leading, number_after, skip_blanks, word};
use crate::kernel_log::trace::{FrameText, single};

/// A module named by a headline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named<'a> {
    pub(super) module: &'a str,
    pub(super) by: NamedBy,
    pub(super) symbol: Option<&'a str>,
}

/// What was read from one headline.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Headline<'a> {
    pub(super) cpu: Option<u32>,
    pub(super) pid: Option<u32>,
    pub(super) comm: Option<&'a str>,
    /// The function it blames.
    pub(super) function: Option<FrameText<'a>>,
    /// A function whose module only the frames can tell.
    pub(super) function_name: Option<&'a str>,
    pub(super) named: Option<Named<'a>>,
    /// The message of a panic.
    pub(super) panic: Option<&'a str>,
    pub(super) oops_number: Option<u32>,
}

/// Reads a headline of one row.
pub(super) type Read = for<'a> fn(&'a str, &mut Headline<'a>);

/// Nothing but the kind.
pub(super) fn nothing<'a>(_: &'a str, _: &mut Headline<'a>) {}

/// `Oops: 0000 [#1] SMP`; `[1] SMP` on old x86_64.
pub(super) fn die<'a>(text: &'a str, out: &mut Headline<'a>) {
    let number = between(text, "[#", "]").or_else(|| between(text, " [", "]"));
    out.oops_number = number.and_then(|number| number.parse().ok());
}

/// `Kernel panic - not syncing: MESSAGE`, 2.4 `Kernel panic: MESSAGE`. Stack protector and friends name a function.
pub(super) fn panic<'a>(text: &'a str, out: &mut Headline<'a>) {
    let message =
        text.split_once("not syncing: ").or_else(|| text.split_once("panic: ")).map_or("", |(_, message)| message);
    out.panic = Some(message.trim());
    out.cpu = number_after(message, " on cpu ").and_then(small);
    out.function = message.split_once("corrupted in: ").and_then(|(_, function)| single(function));
}

/// `kernel BUG at FILE:LINE!`, `kernel BUG in FUNCTION at FILE:LINE!`.
pub(super) fn bug<'a>(text: &'a str, out: &mut Headline<'a>) {
    out.function_name = between(text, "BUG in ", " at ").filter(|name| !name.contains(' '));
    out.cpu = number_after(text, " on CPU#").and_then(small);
}

/// `WARNING: CPU: 3 PID: 77 at FILE:LINE FUNCTION`, `WARNING: at FILE:LINE FUNCTION() (Tainted: …)`, `Badness in FUNCTION at …`.
pub(super) fn warning<'a>(text: &'a str, out: &mut Headline<'a>) {
    out.cpu = number_after(text, "CPU: ").and_then(small);
    out.pid = number_after(text, "PID: ").and_then(small);
    if let Some(name) = between(text, "Badness in ", " at ") {
        out.function_name = Some(name);
        return;
    }
    let Some((_, place)) = text.split_once(" at ") else { return };
    // scripts/decode_stacktrace.sh: `FILE:LINE FUNCTION (FILE:LINE) MODULE`
    out.function = Some(word(place)).filter(|(file, _)| file.contains(':')).and_then(|(_, rest)| single(rest));
    if out.function.is_some() {
        return;
    }
    let function = place.split_once(" (").map_or(place, |(function, _)| function).trim_end();
    let function = function.strip_suffix("()").unwrap_or(function);
    let (file, rest) = word(function);
    let behind_file = if file.contains(':') { skip_blanks(rest) } else { function };
    out.function = single(behind_file);
    if out.function.is_none() {
        // RHEL 5 `FILE:LINE FUNCTION`, 2.6.18 `FILE:LINE/FUNCTION`
        let name =
            if behind_file.is_empty() { function.rsplit_once('/').map_or("", |(_, name)| name) } else { behind_file };
        out.function_name = Some(name).filter(|name| !name.is_empty() && !name.contains([' ', '.', ':']));
    }
}

/// `WARNING: FILE:LINE at FUNCTION, CPU#3: COMM/PID`.
pub(super) fn warning_6_19<'a>(text: &'a str, out: &mut Headline<'a>) {
    let Some((place, process)) = text.rsplit_once(", CPU#") else { return };
    out.function = place.split_once(" at ").and_then(|(_, function)| single(function));
    out.cpu = decimal(process).and_then(|(cpu, _)| small(cpu));
    if let Some((_, process)) = process.split_once(": ") {
        comm_and_pid(process, '/', out);
    }
}

/// `BUG: soft lockup - CPU#3 stuck for 22s! [COMM:PID]`, 2.6.17 `BUG: soft lockup detected on CPU#3!`.
pub(super) fn soft_lockup<'a>(text: &'a str, out: &mut Headline<'a>) {
    cpu_number(text, out);
    if let Some((_, process)) = text.rsplit_once(" [") {
        comm_and_pid(process.trim_end().trim_end_matches(']'), ':', out);
    }
}

/// `Watchdog detected hard LOCKUP on cpu 3`, `CPU 3 self-detected hard LOCKUP @ FUNCTION`.
pub(super) fn hard_lockup<'a>(text: &'a str, out: &mut Headline<'a>) {
    let numbers = [" on cpu ", " on CPU", "CPU:", "CPU "];
    out.cpu = numbers.iter().find_map(|before| number_after(text, before)).and_then(small);
    out.function = text.split_once(" @ ").and_then(|(_, function)| single(function));
}

/// `INFO: task COMM:PID blocked for more than 120 seconds.`
pub(super) fn hung_task<'a>(text: &'a str, out: &mut Headline<'a>) {
    if let Some(process) = between(text, "INFO: task ", " blocked for") {
        comm_and_pid(process, ':', out);
    }
}

/// `… stall on CPU 3 (t=…)`, `… stall on CPU { 3} (t=…)`, `… stalls on CPUs/tasks: { 3} (detected by 1, …)`.
pub(super) fn rcu<'a>(text: &'a str, out: &mut Headline<'a>) {
    let braced = text.split_once('{').map(|(_, cpus)| skip_blanks(cpus));
    let plain = || text.split_once("CPU ").map(|(_, cpu)| cpu);
    out.cpu = braced.or_else(plain).and_then(decimal).and_then(|(cpu, _)| small(cpu));
}

/// `BUG: scheduling while atomic: COMM/PID/0xCOUNT`; RHEL 5 has the count before the PID.
pub(super) fn atomic<'a>(text: &'a str, out: &mut Headline<'a>) {
    let Some((_, process)) = text.split_once("atomic: ") else { return };
    let Some((head, last)) = process.trim_end().rsplit_once('/') else { return };
    if last.starts_with("0x") {
        comm_and_pid(head, '/', out);
    } else if let Some((comm, _count)) = head.rsplit_once('/') {
        out.comm = Some(comm);
        out.pid = last.parse().ok();
    }
}

/// `BUG: Bad page state in process COMM  pfn:1234`.
pub(super) fn bad_page<'a>(text: &'a str, out: &mut Headline<'a>) {
    let Some((_, process)) = text.split_once(" in process ") else { return };
    let comm = process.split_once("  ").map_or(process, |(comm, _)| comm);
    out.comm = Some(comm.trim().trim_matches('\'')).filter(|comm| !comm.is_empty());
}

/// `COMM: page allocation failure: order:4, …`, `COMM: vmalloc error: …`.
pub(super) fn alloc<'a>(text: &'a str, out: &mut Headline<'a>) {
    let message =
        ["page allocation", "vmalloc error", "vmalloc: allocation"].iter().find_map(|what| text.split_once(what));
    out.comm = message.and_then(|(comm, _)| comm.trim_end().strip_suffix(':')).filter(|comm| process::is_comm(comm));
}

/// `COMM invoked oom-killer: …`.
pub(super) fn oom<'a>(text: &'a str, out: &mut Headline<'a>) {
    out.comm = text.split_once(" invoked oom-killer").map(|(comm, _)| comm).filter(|comm| process::is_comm(comm));
}

/// `BUG: KASAN: use-after-free in FUNCTION [module]`; KCSAN names two functions, `in F / G`.
pub(super) fn sanitizer<'a>(text: &'a str, out: &mut Headline<'a>) {
    let Some((_, function)) = text.rsplit_once(" in ") else { return };
    let function = function.split_once(" / ").map_or(function, |(first, _)| first).trim_end();
    out.function = single(function);
    match out.function {
        Some(FrameText { module: Some(module), symbol, .. }) => {
            out.named = Some(Named { module, by: NamedBy::Headline, symbol });
        }
        Some(_) => {}
        None => out.function_name = Some(function).filter(|name| !name.contains(' ')),
    }
}

/// `BUG CACHE (Tainted: …): MESSAGE`, before 3.2 `BUG CACHE: MESSAGE`: whether the cache is a module's is decided when the module list is known.
pub(super) fn slab<'a>(text: &'a str, out: &mut Headline<'a>) {
    let cache =
        between(text, "BUG ", " (").or_else(|| between(text, "BUG ", ": ")).filter(|cache| !cache.contains(' '));
    out.named = cache.map(|module| Named { module, by: NamedBy::SlabCache, symbol: None });
}

/// `NETDEV WATCHDOG: eth0 (acmenet): transmit queue 3 timed out`, `acmenet 0000:3b:00.0 eth0: NETDEV WATCHDOG: CPU: 3: …`.
pub(super) fn netdev<'a>(text: &'a str, out: &mut Headline<'a>) {
    let Some((device, message)) = text.split_once("NETDEV WATCHDOG: ") else { return };
    out.cpu = message.strip_prefix("CPU: ").and_then(decimal).and_then(|(cpu, _)| small(cpu));
    let bus_device = word(device.trim_start());
    let driver = between(message, " (", "):").or((bus_device.1.len() > 1).then_some(bus_device.0));
    let driver = driver.filter(|driver| !driver.is_empty() && driver.bytes().all(is_module_byte));
    out.named = driver.map(|module| Named { module, by: NamedBy::NetdevWatchdog, symbol: None });
}

/// `CPU 3: Machine Check Exception: 5 Bank 4: …`.
pub(super) fn machine_check<'a>(text: &'a str, out: &mut Headline<'a>) {
    out.cpu = number_after(text, "CPU ").and_then(small);
}

/// `Uhhuh. NMI received for unknown reason 2d on CPU 3.`
pub(super) fn nmi<'a>(text: &'a str, out: &mut Headline<'a>) {
    out.cpu = number_after(text, " on CPU ").and_then(small);
}

/// `CPU#3` or `CPU3`.
pub(super) fn cpu_number<'a>(text: &'a str, out: &mut Headline<'a>) {
    out.cpu = number_after(text, "CPU#")
        .or_else(|| number_after(text, "CPU "))
        .or_else(|| number_after(text, "CPU"))
        .and_then(small);
}

/// `PANIC at FILE:LINE:FUNCTION()`.
pub(super) fn spl_panic<'a>(text: &'a str, out: &mut Headline<'a>) {
    out.function_name = text.rsplit_once(':').map(|(_, name)| name.trim_end().trim_end_matches("()"));
}

/// `LustreError: 123:0:(FILE:LINE:FUNCTION()) ASSERTION( … ) failed:`, `… LBUG`.
pub(super) fn lustre<'a>(text: &'a str, out: &mut Headline<'a>) {
    out.function_name = between(text, "(", "()").and_then(|place| place.rsplit_once(':')).map(|(_, name)| name);
}

/// `PID: 62215  TASK: ffff8cd0660b4000  CPU: 3   COMMAND: "acmed"`.
pub(super) fn crash_listing<'a>(text: &'a str, out: &mut Headline<'a>) {
    out.pid = number_after(text, "PID: ").and_then(small);
    out.cpu = number_after(text, "CPU: ").and_then(small);
    out.comm = between(text, "COMMAND: \"", "\"");
}

/// `COMM:PID` or `COMM/PID`; the name itself may hold the separator.
fn comm_and_pid<'a>(text: &'a str, separator: char, out: &mut Headline<'a>) {
    let Some((comm, pid)) = text.rsplit_once(separator) else { return };
    let (digits, _) = leading(pid.trim_start(), |b| b.is_ascii_digit());
    if let Ok(pid) = digits.parse() {
        out.comm = Some(comm).filter(|comm| process::is_comm(comm));
        out.pid = Some(pid);
    }
}

fn small(number: u64) -> Option<u32> {
    u32::try_from(number).ok()
}
