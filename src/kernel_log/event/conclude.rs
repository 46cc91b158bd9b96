//! What follows from the lines of a block taken together: the kind where no headline says it, the title, the module of a
//! blamed function, what set it off.

use std::sync::Arc;

use super::class::Class;
use super::proof;
use super::reading::{Reading, Title};
use super::recent::driver_of;
use super::starters::Role;
use crate::facts::{
    EventKind, Frame, InstructionPointer, IpSource, KernelEvent, KernelRelease, LinkedIn, NamedBy, NamedModule, Origin,
    Trigger,
};

/// What a block cannot know of itself.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    pub(crate) path: &'a Arc<str>,
    pub(crate) boot: u32,
}

/// Longest title kept.
const MAX_TITLE: usize = 400;
/// Words of a message that speaks of a failure; of a driver's messages before its own dump the first such is the title.
const FAILURE_WORDS: &[&str] = &[
    "rror", "ail", "imeout", "imed out", "Xid", "ssert", "PANIC", "BUG", "orrupt", "nvalid", "ault", "bort", "onsisten",
];
/// Functions that print a trace for their caller.
const DUMPERS: &[&str] = &["dump_stack", "show_stack", "dump_backtrace", "spl_dumpstack", "libcfs_debug_dumpstack"];
/// Functions of the path into a dump: a listing of crash that has one shows the task that crashed.
const DUMP_PATH: &[&str] =
    &["machine_kexec", "crash_kexec", "__crash_kexec", "oops_end", "die", "panic", "xen_panic_event"];

/// What a warning about the firmware says (drivers/iommu/intel/dmar.c; `FW_BUG` of include/linux/printk.h).
const FIRMWARE: &[&str] = &["Your BIOS is broken", "[Firmware Bug]"];

/// Makes the event of what was read.
pub(super) fn finish(mut read: Reading<'_>, context: &Context<'_>, truncated: bool) -> Option<KernelEvent> {
    let Verdict { kind, headless } = verdict(&mut read)?;
    resolve_blame(&mut read);
    resolve_caches(&mut read);
    let title = title(&mut read, kind)?;
    let (first, last) = (read.block.lines.first()?.no, read.block.lines.last()?.no);
    let trigger = trigger(&read, kind, &title.text);
    let whole = read.saw.end || reaches_bottom(&read.frames);
    let linked_in = linked_in(&mut read, truncated);
    let at = read.at;
    Some(KernelEvent {
        kind: if is_lockup_panic(kind, &title.text) { EventKind::HardLockup } else { kind },
        origin: Origin::line(Arc::clone(context.path), title.no),
        lines: (first.min(title.no), last),
        time_us: title.time_us,
        title: title.text,
        wall: read.block.wall.clone(),
        boot: context.boot,
        release: at.release.map(KernelRelease::new),
        cpu: at.cpu,
        pid: at.pid,
        comm: at.comm.map(str::to_owned),
        taint: at.taint,
        taint_names: read.taint_names,
        ip: executing(read.ip, read.blamed),
        frames: read.frames,
        linked_in,
        named: read.named,
        trigger,
        oops_number: read.oops_number,
        panic: read.panic.as_deref().map(cut),
        headless,
        garbled: read.garbled,
        truncated: truncated && !whole,
        repeats: 0,
    })
}

/// The kind, and whether its headline is missing.
struct Verdict {
    kind: EventKind,
    headless: bool,
}

fn verdict(read: &mut Reading<'_>) -> Option<Verdict> {
    if let Some(kind) = read.kind {
        return Some(Verdict { kind, headless: false });
    }
    let kind = is_worth_reporting(read).then(|| proved_kind(read))?;
    match read.panic_line {
        // the hypervisor's headline stands below its trace
        Some(panic) if kind == EventKind::Other => {
            read.headline = Some(panic);
            Some(Verdict { kind: EventKind::Panic, headless: false })
        }
        _ => Some(Verdict { kind, headless: true }),
    }
}

/// 2.6.32 panics at once where later kernels report the lockup first.
fn is_lockup_panic(kind: EventKind, title: &str) -> bool {
    kind == EventKind::Panic && title.to_ascii_lowercase().contains("hard lockup")
}

/// A register counts before the function that the headline blames, unless it is a bare address.
fn executing(register: Option<InstructionPointer>, blamed: Option<InstructionPointer>) -> Option<InstructionPointer> {
    match (register, blamed) {
        (Some(bare), Some(blamed)) if bare.symbol.is_none() && bare.module.is_none() && blamed.symbol.is_some() => {
            Some(InstructionPointer { address: blamed.address.or(bare.address), ..blamed })
        }
        (register, blamed) => register.or(blamed),
    }
}

fn reaches_bottom(frames: &[Frame]) -> bool {
    let is_bottom = |frame: &Frame| frame.symbol.as_deref().is_some_and(proof::is_bottom);
    frames.iter().rev().take(3).any(is_bottom)
}

/// The module list; it is not complete where lines were dropped or the input ended in it.
fn linked_in(read: &mut Reading<'_>, truncated: bool) -> Option<Arc<LinkedIn>> {
    let mut list = read.list.take()?;
    let is_last = read.block.lines.iter().all(|line| line.no <= list.line || !line.class.is_grammar());
    list.complete &= !(read.block.list_cut || truncated && is_last);
    Some(Arc::new(list))
}

/// A trace without a headline counts where it says where the kernel was; a module list alone, a line of registers of user
/// mode, or a listing of crash that shows a sleeping task do not.
fn is_worth_reporting(read: &Reading<'_>) -> bool {
    let frames = read.frames.len();
    if read.block.roles.has(Role::CrashListing) {
        let crashed = |frame: &Frame| frame.symbol.as_deref().is_some_and(|symbol| DUMP_PATH.contains(&symbol));
        return read.ip.as_ref().is_some_and(|ip| ip.source == IpSource::Dump) && read.frames.iter().any(crashed);
    }
    // ARM shows the registers and the way into the kernel of a program that it kills (arch/arm/mm/fault.c)
    if read.frames.iter().any(|frame| frame.symbol.as_deref() == Some("__do_user_fault")) {
        return false;
    }
    read.ip.is_some()
        || (frames >= 1 && (read.saw.trace_head || read.saw.process))
        || (frames >= 3 && read.block.dressed)
}

fn proved_kind(read: &Reading<'_>) -> EventKind {
    if read.saw.hung_task_hint {
        return EventKind::HungTask;
    }
    let symbols = read.frames.iter().filter_map(|frame| frame.symbol.as_deref());
    let fatal = read.panic.as_ref().is_some_and(|panic| panic.starts_with("Fatal exception"));
    let by_registers = || match () {
        () if fatal => Some(EventKind::Oops),
        // show_regs() of 2.6.18 prints `CPU 3:`, an oops `CPU 3 `
        () if read.saw.colon_cpu && read.ip.is_some() => Some(EventKind::SoftLockup),
        () if read.saw.end && read.ip.as_ref().is_some_and(|ip| ip.source == IpSource::Register) => {
            Some(EventKind::Oops)
        }
        () => None,
    };
    let by_trap = || read.trap.and_then(proof::by_trap);
    by_trap().or_else(|| proof::by_functions(symbols)).or_else(by_registers).unwrap_or(EventKind::Other)
}

/// A function that a headline names without its module stands in the trace with it.
fn resolve_blame(read: &mut Reading<'_>) {
    let Some((name, line)) = read.blamed_name.filter(|_| read.blamed.is_none()) else { return };
    let frame = read.frames.iter().find(|frame| frame.symbol.as_deref() == Some(name));
    let module = frame.and_then(|frame| frame.module.clone());
    if let Some(module) = module.clone().filter(|_| read.block.roles.has(Role::Assertion)) {
        read.named.push(NamedModule { module, by: NamedBy::OwnMessage, symbol: Some(name.to_owned()), line });
    }
    read.blamed = Some(InstructionPointer {
        symbol: Some(name.to_owned()),
        module,
        offset: frame.and_then(|frame| frame.offset),
        size: frame.and_then(|frame| frame.size),
        address: frame.and_then(|frame| frame.address),
        placed: false,
        source: IpSource::Headline,
        line,
    });
}

/// A slab cache names a module where its name is that of a listed module or begins with it.
fn resolve_caches(read: &mut Reading<'_>) {
    let listed = read.list.iter().flat_map(|list| &list.modules).map(|module| module.name.as_str());
    let names: Vec<&str> = listed.chain(read.frames.iter().filter_map(|frame| frame.module.as_deref())).collect();
    read.named.retain_mut(|named| {
        if named.by != NamedBy::SlabCache {
            return true;
        }
        let is_of = |module: &&&str| {
            named.module.strip_prefix(**module).is_some_and(|rest| rest.is_empty() || rest.starts_with(['_', '-']))
        };
        match names.iter().filter(is_of).max_by_key(|module| module.len()) {
            Some(module) => {
                named.module = (*module).to_owned();
                true
            }
            None => false,
        }
    });
}

struct OwnedTitle {
    text: String,
    no: u64,
    time_us: Option<u64>,
}

/// The headline; for a driver's own dump its message; else a description of the first line.
fn title(read: &mut Reading<'_>, kind: EventKind) -> Option<OwnedTitle> {
    if let Some(Title { text, no, time_us, .. }) = read.headline {
        return Some(OwnedTitle { text: cut(text), no, time_us });
    }
    if let Some(title) = own_message(read, kind) {
        return Some(title);
    }
    let first = read.block.lines.iter().find(|line| line.class != Class::Other)?;
    let text = read.block.text.get(first.start..first.end).unwrap_or_default().trim();
    Some(OwnedTitle { text: cut(&format!("trace without headline: {text}")), no: first.no, time_us: first.time_us })
}

/// A driver that called `dump_stack()` itself: it is the caller, and its message stands before the dump.
fn own_message(read: &mut Reading<'_>, kind: EventKind) -> Option<OwnedTitle> {
    let messages = &read.block.own_messages;
    let driver = messages.last().filter(|_| kind == EventKind::Other).and_then(|message| driver_of(&message.text))?;
    let caller = dump_caller(&read.frames, driver)?;
    let (module, symbol) = (caller.module.clone()?, caller.symbol.clone());
    let fails = |text: &str| FAILURE_WORDS.iter().any(|word| text.contains(word));
    let message = messages.iter().find(|message| fails(&message.text)).or_else(|| messages.last())?;
    read.named.push(NamedModule { module, by: NamedBy::OwnMessage, symbol, line: message.no });
    Some(OwnedTitle { text: cut(&message.text), no: message.no, time_us: message.time_us })
}

/// The frame that called for the dump: behind `dump_stack()`, or, where the kernel leaves that out (before 3.10), the first,
/// when its module's name is that of the messages.
fn dump_caller<'a>(frames: &'a [Frame], driver: &str) -> Option<&'a Frame> {
    let is_dumper =
        |frame: &Frame| frame.symbol.as_deref().is_some_and(|s| DUMPERS.iter().any(|dumper| s.starts_with(dumper)));
    let dumpers = frames.iter().take_while(|frame| is_dumper(frame) || !frame.reliable).count();
    if frames.iter().take(dumpers.max(1)).any(is_dumper) {
        return frames.get(dumpers);
    }
    let plain = |name: &str| name.to_ascii_lowercase().replace('-', "_");
    frames.first().filter(|first| first.module.as_deref().is_some_and(|module| plain(module) == plain(driver)))
}

fn cut(text: &str) -> String {
    text.chars().take(MAX_TITLE).collect()
}

fn trigger(read: &Reading<'_>, kind: EventKind, title: &str) -> Trigger {
    let panic = read.panic.as_deref().unwrap_or_default();
    let says = |what: &str| panic.contains(what) || title.contains(what);
    let by_function = read
        .ip
        .as_ref()
        .and_then(|ip| ip.symbol.as_deref())
        .is_some_and(|symbol| symbol.starts_with("sysrq_handle_crash"));
    match kind {
        _ if read.block.roles.has(Role::Administrator) || by_function => Trigger::Administrator,
        _ if says("sysrq triggered crash") || says("NMI: Not continuing") => Trigger::Administrator,
        EventKind::MachineCheck => Trigger::Hardware,
        EventKind::Warning if FIRMWARE.iter().any(|text| read.block.text.contains(text)) => Trigger::Firmware,
        _ if says("machine check") || says("Machine check") || says("Fatal hardware error") => Trigger::Hardware,
        EventKind::Oom | EventKind::AllocFailure => Trigger::Resource,
        _ if says("ut of memory") => Trigger::Resource,
        _ => Trigger::Unstated,
    }
}
