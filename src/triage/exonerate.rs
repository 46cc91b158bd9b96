//! Events that are nobody's fault in the kernel: hardware, firmware, an administrator, a shortage, storage that did not answer.
//!
//! A hung task is told of after it has waited for two minutes. Where the same boot's log holds storage messages from that
//! time, the task waits for the device or the file server, and whoever stands in its backtrace waits with it:
//!
//! ```text
//! sd 2:0:0:1: timing out command, waited 180s                          the cause
//! INFO: task db:77 blocked for more than 120 seconds.                  what comes of it
//! ```

use std::collections::{HashMap, HashSet};

use super::finding::{Cause, Exoneration, Suspect};
use super::told::Told;
use super::weights::{FIRMWARE_LINES, STALL_LINES, STALL_MESSAGES, STALL_SHOWN, STALL_US};
use crate::facts::{EventKind, KernelEvent, LogFacts, Notice, NoticeKind, Origin, Trigger};

/// What an event is put down to apart from code, as far as it alone tells.
pub(super) fn cause_without_code(event: &KernelEvent) -> Option<Cause> {
    match (event.trigger, event.kind) {
        (Trigger::Administrator, _) => Some(Cause::Administrator),
        (Trigger::Hardware | Trigger::Firmware, _) | (_, EventKind::MachineCheck) => Some(Cause::Hardware),
        (Trigger::Resource, _) | (_, EventKind::Oom | EventKind::AllocFailure) => Some(Cause::Resource),
        _ => None,
    }
}

/// Panics that a handler of the machine's own interrupts or watchdogs calls for: part of the message, and what is so.
/// Sources: drivers/watchdog/hpwdt.c, drivers/char/ipmi/ipmi_watchdog.c, drivers/watchdog/pretimeout_panic.c.
const OF_THE_MACHINE: &[(&str, &str)] = &[
    (
        "An NMI occurred",
        "the machine's management controller sent an interrupt (NMI), by itself or because somebody asked for it",
    ),
    ("IPMI Watchdog: pre-timeout", "the machine's watchdog was about to run out: something had hung before"),
    ("watchdog pretimeout event", "the machine's watchdog was about to run out: something had hung before"),
];

/// What the handler of an interrupt of the machine says, if that is what panicked.
fn of_the_machine(event: &KernelEvent) -> Option<&'static str> {
    let panic = event.panic.as_deref()?;
    OF_THE_MACHINE.iter().find(|(words, _)| panic.contains(words)).map(|(_, reason)| *reason)
}

/// Whether an interrupt of the machine stopped it, of which its management controller knows more.
pub(super) fn is_interrupt_of_the_machine(event: &KernelEvent) -> bool {
    event.kind == EventKind::Nmi || of_the_machine(event).is_some()
}

/// The messages of storage and of the firmware of a report by log and boot, in order.
#[derive(Debug, Default)]
pub(super) struct Complaints<'a> {
    /// What was said of storage, by log and boot.
    storage: HashMap<(usize, u32), Vec<&'a Notice>>,
    /// What was said of the firmware, by log.
    firmware: HashMap<&'a str, Vec<&'a Notice>>,
}

impl<'a> Complaints<'a> {
    /// Gathers them from the logs.
    pub fn of(logs: &'a [LogFacts]) -> Self {
        let mut storage: HashMap<(usize, u32), Vec<&Notice>> = HashMap::new();
        let mut firmware: HashMap<&str, Vec<&Notice>> = HashMap::new();
        for (number, log) in logs.iter().enumerate() {
            for notice in log.notices.iter().filter(|n| n.kind.is_of_storage() && !is_removable(n)) {
                storage.entry((number, notice.boot)).or_default().push(notice);
            }
            let of_firmware = log.notices.iter().filter(|n| n.kind == NoticeKind::FirmwareBug);
            firmware.entry(&log.path).or_default().extend(of_firmware);
        }
        Self { storage, firmware }
    }
}

/// Why nobody is suspected of an event; `None` where code may be at fault. `standing` are the modules that would be.
pub(super) fn exoneration(told: &Told, said: &Complaints<'_>, standing: &[Suspect]) -> Option<Exoneration> {
    let event = &told.event;
    let why = by_itself(event).or_else(|| by_firmware(event, said)).or_else(|| by_storage(told, said, standing))?;
    Some(Exoneration { bystanders: standing.iter().map(|s| s.module.clone()).collect(), ..why })
}

fn by_itself(event: &KernelEvent) -> Option<Exoneration> {
    let because = |cause, reason: &str| {
        Some(Exoneration { cause, reason: reason.to_owned(), evidence: Vec::new(), bystanders: Vec::new() })
    };
    if let Some(reason) = of_the_machine(event) {
        return because(Cause::Unknown, reason);
    }
    match (event.trigger, event.kind) {
        (Trigger::Administrator, _) => because(Cause::Administrator, "asked for by an administrator"),
        (Trigger::Firmware, _) => because(Cause::Hardware, "the kernel complains of the machine's firmware"),
        (Trigger::Hardware, _) | (_, EventKind::MachineCheck) => because(Cause::Hardware, "reported by the hardware"),
        (_, EventKind::Nmi) => because(Cause::Unknown, "an interrupt that no code had asked for"),
        (_, EventKind::Oom) | (Trigger::Resource, EventKind::Panic) => because(Cause::Resource, "memory ran out"),
        _ => None,
    }
}

/// A warning right behind a complaint about the firmware.
fn by_firmware(event: &KernelEvent, said: &Complaints<'_>) -> Option<Exoneration> {
    let first = event.lines.0;
    let is_right_before = |line: u64| line < first && first - line <= FIRMWARE_LINES.value;
    let of_firmware = said.firmware.get(&*event.origin.path).filter(|_| event.kind == EventKind::Warning)?;
    let notice = of_firmware.iter().find(|notice| notice.origin.line.is_some_and(is_right_before))?;
    Some(Exoneration {
        cause: Cause::Hardware,
        reason: format!("the kernel complains of the machine's firmware right before it (`{}`)", notice.text),
        evidence: vec![notice.origin.clone()],
        bystanders: Vec::new(),
    })
}

/// Storage or a file server that did not answer while the task waited.
fn by_storage(told: &Told, said: &Complaints<'_>, standing: &[Suspect]) -> Option<Exoneration> {
    if told.event.kind != EventKind::HungTask {
        return None;
    }
    let mut befores: Vec<Vec<&Notice>> = told
        .tellings()
        .iter()
        .filter_map(|place| said.storage.get(place))
        .map(|said| silent_before(&told.event, said))
        .collect();
    if serves_files(&told.event) {
        befores.iter_mut().for_each(|before| before.retain(|notice| notice.kind != NoticeKind::ServerSilent));
    }
    let before = befores.into_iter().max_by_key(Vec::len).filter(|found| !found.is_empty())?;
    if standing.iter().any(|s| before.iter().any(|n| is_device_of(n, &s.module))) {
        return None;
    }
    let server = before.iter().any(|n| n.kind == NoticeKind::ServerSilent);
    let device = before.iter().find(|n| n.kind != NoticeKind::ServerSilent);
    // The device is nearer than a server: what the server stores is behind its own.
    let (cause, what) = match device {
        Some(_) => (Cause::Hardware, "storage did not answer"),
        None if server => (Cause::Resource, "a file server did not answer"),
        None => return None,
    };
    let first = before.first().map(|n| format!(" (`{}`, {})", n.text, n.origin)).unwrap_or_default();
    let shown = before.len().saturating_sub(STALL_SHOWN.count());
    let evidence: Vec<Origin> = before.iter().skip(shown).map(|n| n.origin.clone()).collect();
    Some(Exoneration { cause, reason: format!("{what} before it{first}"), evidence, bystanders: Vec::new() })
}

/// Whether the task is one of an NFS server: it is what a client waits for, and waits for none itself.
fn serves_files(event: &KernelEvent) -> bool {
    event.frames.iter().any(|frame| frame.module.as_deref() == Some("nfsd"))
}

/// Of the storage messages of one boot those that fall into the time in which a task waited, oldest first.
fn silent_before<'a>(event: &KernelEvent, said: &[&'a Notice]) -> Vec<&'a Notice> {
    let behind = said.partition_point(|notice| age(event, notice).is_some());
    let before = said.get(..behind).unwrap_or_default().iter().rev().take(STALL_MESSAGES.count());
    let mut back: HashSet<Option<&str>> = HashSet::new();
    let mut silent: Vec<&Notice> = Vec::new();
    for notice in before.take_while(|notice| age(event, notice) == Some(Age::Near)) {
        let server = notice.detail.as_deref();
        match notice.kind {
            NoticeKind::ServerBack => drop(back.insert(server)),
            // A server that answered again before the task was told of is not what it waits for.
            NoticeKind::ServerSilent if back.contains(&server) => {}
            _ => silent.push(notice),
        }
    }
    silent.reverse();
    silent
}

/// How long before an event something was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Age {
    /// While the task waited.
    Near,
    /// Before.
    Far,
}

/// `None` for what was said after the event. Without stamps only the order in one log tells.
fn age(event: &KernelEvent, notice: &Notice) -> Option<Age> {
    let (distance, most) = match (notice.time_us, event.time_us) {
        (Some(said), Some(hung)) => (hung.checked_sub(said)?, STALL_US.value),
        _ if event.origin.path != notice.origin.path => return None,
        _ => (event.lines.0.checked_sub(notice.origin.line?)?, STALL_LINES.value),
    };
    Some(if distance <= most { Age::Near } else { Age::Far })
}

/// Whether a device is one that a module itself makes: block drivers name their devices after themselves (`scinia` of scini,
/// `emcpowera` of emcp). It does not wait for others, then.
fn is_device_of(notice: &Notice, module: &str) -> bool {
    notice.detail.as_deref().is_some_and(|device| device.starts_with(module))
}

/// Floppy and optical drives fail whenever somebody looks into an empty one.
fn is_removable(notice: &Notice) -> bool {
    let digits = |rest: &str| rest.bytes().all(|b| b.is_ascii_digit());
    let device = notice.detail.as_deref().unwrap_or_default();
    ["fd", "sr", "scd"].iter().any(|kind| device.strip_prefix(kind).is_some_and(digits))
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{event, frames, log};
    use super::super::told::tell_once;
    use super::*;

    #[test]
    fn a_task_of_a_file_server_does_not_wait_for_one() {
        let mut silent = Notice {
            kind: NoticeKind::ServerSilent,
            module: None,
            detail: Some("files".to_owned()),
            text: "nfs: server files not responding, still trying".to_owned(),
            time_us: None,
            boot: 0,
            origin: Origin::line("dmesg", 1),
        };
        let excused = |trace: &str, notice: &Notice| {
            let mut hung = event(EventKind::HungTask, "INFO: task nfsd:77 blocked for more than 120 seconds.", 9);
            hung.frames = frames(trace);
            let mut logs = [LogFacts { notices: vec![notice.clone()], ..log("dmesg", vec![hung]) }];
            let told = tell_once(&mut logs, None);
            exoneration(&told[0], &Complaints::of(&logs), &[]).is_some()
        };
        assert!(excused("rpc_wait_bit_killable[sunrpc] nfs4_open[nfs]", &silent));
        assert!(!excused("rwsem_down_write_slowpath nfsd_unlink[nfsd]", &silent));
        (silent.kind, silent.detail) = (NoticeKind::StorageError, Some("sda".to_owned()));
        assert!(excused("rwsem_down_write_slowpath nfsd_unlink[nfsd]", &silent));
    }

    #[test]
    fn a_warning_right_behind_a_complaint_about_the_firmware_is_the_firmwares() {
        let of = |kind: EventKind, line: u64| {
            let notice = Notice {
                kind: NoticeKind::FirmwareBug,
                module: None,
                detail: None,
                text: "[Firmware Bug]: Unable to handle paging request in EFI runtime service".to_owned(),
                time_us: None,
                boot: 0,
                origin: Origin::line("dmesg", line),
            };
            let warning = event(kind, "WARNING: CPU: 1 PID: 7 at x.c:1", 40);
            let mut logs = [LogFacts { notices: vec![notice], ..log("dmesg", vec![warning]) }];
            let told = tell_once(&mut logs, None);
            exoneration(&told[0], &Complaints::of(&logs), &[]).map(|why| why.cause)
        };
        assert_eq!(of(EventKind::Warning, 39), Some(Cause::Hardware));
        assert_eq!(of(EventKind::Warning, 20), None, "long before");
        assert_eq!(of(EventKind::Oops, 39), None);
    }

    #[test]
    fn panics_that_the_machine_called_for_are_nobodys() {
        for panic in [
            "An NMI occurred. Depending on your system the reason for the NMI is logged in any one of these places:",
            "00: An NMI occurred, please see the log of the management controller.",
            "IPMI Watchdog: pre-timeout",
            "watchdog pretimeout event",
        ] {
            let mut panicked = event(EventKind::Panic, panic, 1);
            panicked.panic = Some(panic.to_owned());
            assert!(by_itself(&panicked).is_some_and(|why| why.cause == Cause::Unknown), "{panic}");
            assert!(is_interrupt_of_the_machine(&panicked), "{panic}");
        }
        let mut other = event(EventKind::Panic, "acme: giving up", 1);
        other.panic = Some("acme: giving up".to_owned());
        assert!(by_itself(&other).is_none() && !is_interrupt_of_the_machine(&other));
    }

    #[test]
    fn empty_drives_are_no_storage() {
        let failed = |device: &str| Notice {
            kind: NoticeKind::StorageError,
            module: None,
            detail: Some(device.to_owned()),
            text: String::new(),
            time_us: None,
            boot: 0,
            origin: Origin::file("dmesg"),
        };
        for (device, removable) in [("sr0", true), ("fd0", true), ("sda", false), ("sdsr0", false), ("dm-0", false)] {
            assert_eq!(is_removable(&failed(device)), removable, "{device}");
        }
    }
}
