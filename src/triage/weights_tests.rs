//! What each number decides: the tables, and beside them the suspects of a set of events.

use std::fmt::Write;
use std::sync::Arc;

use super::fixtures::{event, frame, frames, ip, list, log, on_rhel8};
use super::weights::{CAPS, GRAVITY, STEPS, THRESHOLDS};
use super::{InputKind, Report, Scope, Subject, triage};
use crate::facts::{
    EventKind, KernelEvent, KernelRelease, LinkedIn, LinkedModule, LogFacts, ModuleFlags, NamedBy, NamedModule, Notice,
    NoticeKind, Origin, ReportFacts, StackContext,
};

fn judged(events: Vec<KernelEvent>, notices: Vec<Notice>) -> Report {
    let logs = vec![LogFacts { notices, ..log("dmesg", events) }];
    let facts = ReportFacts { logs, ..ReportFacts::default() };
    triage(Subject { input: "x".into(), member: None, kind: InputKind::Sosreport }, facts, Scope::WhatMatters)
}

fn listed(kind: EventKind, line: u64) -> KernelEvent {
    let modules = list("acmefs(POE) netvend(OE) xfs sd_mod ahci tg3 dm_mod");
    KernelEvent { linked_in: modules, ..on_rhel8(event(kind, kind.as_str(), line)) }
}

/// An event whose third-party frame stands under so many kernel functions.
fn at_distance(distance: usize) -> KernelEvent {
    let trace = "shrink_slab do_shrink shrink_node balance_pgdat kswapd".split(' ').take(distance);
    let text = trace.chain(["acmefs_count[acmefs]"]).collect::<Vec<_>>().join(" ");
    KernelEvent { ip: ip("_raw_spin_lock"), frames: frames(&text), ..listed(EventKind::Gpf, 1) }
}

fn named(by: NamedBy) -> KernelEvent {
    let named = vec![NamedModule { module: "acmefs".into(), by, symbol: None, line: 3 }];
    KernelEvent { named, ..listed(EventKind::Warning, 1) }
}

fn at(seconds: u64, event: KernelEvent) -> KernelEvent {
    KernelEvent { time_us: Some(seconds * 1_000_000), pid: Some(7), ..event }
}

/// A third-party module that only waits for another.
fn under_spl() -> KernelEvent {
    let trace = "schedule cv_wait_common[netvend] acmefs_wait[acmefs]";
    KernelEvent { frames: frames(trace), ..listed(EventKind::HungTask, 1) }
}

/// A warning, and a death on the same task so much later.
fn warned(seconds: u64) -> Vec<KernelEvent> {
    let death = KernelEvent { ip: ip("acmefs_read[acmefs]"), ..listed(EventKind::Oops, 50) };
    vec![at(100, listed(EventKind::Warning, 1)), at(100 + seconds, death)]
}

/// A death, and a lockup so much later.
fn echoed(seconds: u64) -> Vec<KernelEvent> {
    let lockup = KernelEvent { ip: ip("netvend_poll[netvend]"), ..listed(EventKind::SoftLockup, 50) };
    vec![at(100, listed(EventKind::Oops, 1)), at(100 + seconds, lockup)]
}

/// So many of ten modules are unsigned.
fn unsigned_of_ten(unsigned: usize) -> KernelEvent {
    let names = ["acmefs", "xfs", "sd_mod", "ahci", "tg3", "dm_mod", "nfs", "ext4", "lpfc", "ipv6"];
    let marked =
        names.iter().enumerate().map(|(n, name)| if n < unsigned { format!("{name}(E)") } else { (*name).into() });
    let modules = marked.collect::<Vec<String>>().join(" ");
    KernelEvent {
        linked_in: list(&modules),
        ip: ip("acmefs_read[acmefs]"),
        ..on_rhel8(event(EventKind::Oops, "oops", 1))
    }
}

/// A fault in acmefs whose headline prints an address.
fn at_address(address: &str) -> KernelEvent {
    let title = format!("general protection fault, probably for non-canonical address 0x{address}: 0000 [#1]");
    KernelEvent { title, ip: ip("acmefs_read[acmefs]"), ..listed(EventKind::Gpf, 1) }
}

/// acmefs right under a function.
fn under(kind: EventKind, function: &str) -> KernelEvent {
    KernelEvent { ip: ip(function), frames: frames("acmefs_open[acmefs] vfs_open"), ..listed(kind, 1) }
}

/// A list that tells acmefs to be unloaded, and a nameless address in module space.
fn unloaded(at_ip: bool) -> KernelEvent {
    let nameless = Some(0xffff_ffff_c0a1_b2c3);
    let mut event = KernelEvent { ip: ip("vfs_read"), frames: frames("vfs_open"), ..listed(EventKind::Oops, 1) };
    let gone = LinkedModule { name: "acmefs".into(), flags: ModuleFlags::parse("POE") };
    let modules = list("netvend(OE) xfs sd_mod ahci tg3 dm_mod").unwrap();
    event.linked_in = Some(Arc::new(LinkedIn { last_unloaded: Some(gone), ..(*modules).clone() }));
    match (at_ip, event.ip.as_mut(), event.frames.first_mut()) {
        (true, Some(ip), _) => (ip.symbol, ip.address) = (None, nameless),
        (_, _, Some(frame)) => (frame.symbol, frame.address) = (None, nameless),
        _ => {}
    }
    event
}

/// A storage message so long before a hung task at 1000 s.
fn stalled(seconds: u64) -> Notice {
    Notice {
        kind: NoticeKind::StorageStalled,
        module: None,
        detail: Some("2:0:0:1".to_owned()),
        text: "sd 2:0:0:1: timing out command, waited 180s".to_owned(),
        time_us: Some((1_000 - seconds) * 1_000_000),
        boot: 0,
        origin: Origin::line("dmesg", 1),
    }
}

fn cases() -> Vec<(String, Vec<KernelEvent>, Vec<Notice>)> {
    let mut all: Vec<_> = plain_cases().into_iter().map(|(name, events)| (name, events, Vec::new())).collect();
    let hung = KernelEvent { frames: frames("schedule acmefs_wait[acmefs]"), ..listed(EventKind::HungTask, 50) };
    for seconds in [600, 601] {
        let name = format!("hung task {seconds} s after storage did not answer");
        all.push((name, vec![at(1_000, hung.clone())], vec![stalled(seconds)]));
    }
    all
}

/// A warning in whose trace every frame is marked `?`.
fn all_marked(release: &str) -> KernelEvent {
    let frames = frames("?warn_slowpath_null ?acmefs_read[acmefs] ?vfs_read ?sys_read");
    KernelEvent { frames, release: Some(KernelRelease::new(release)), ..listed(EventKind::Warning, 1) }
}

fn plain_cases() -> Vec<(String, Vec<KernelEvent>)> {
    let one = |name: &str, event: KernelEvent| (name.to_owned(), vec![event]);
    let mut cases = vec![
        one("faulting", KernelEvent { ip: ip("acmefs_read[acmefs]"), ..listed(EventKind::Oops, 1) }),
        one("named by the headline", named(NamedBy::Headline)),
        one("named as the work", named(NamedBy::Workqueue)),
        one(
            "named as the work, and right under the fault",
            KernelEvent { frames: frames("acmefs_read[acmefs] process_one_work"), ..named(NamedBy::Workqueue) },
        ),
        one("every frame marked, on 2.6.32", all_marked("2.6.32-754.el6.x86_64")),
        one("every frame marked, on 4.18", all_marked("4.18.0-553.el8_10.x86_64")),
        one(
            "stack residue",
            KernelEvent { frames: frames("?acmefs_read[acmefs] vfs_read"), ..listed(EventKind::Gpf, 1) },
        ),
        one(
            "interrupted",
            KernelEvent {
                ip: ip("kfree_skb"),
                frames: vec![frame("acmefs_read[acmefs]", StackContext::Interrupted)],
                ..listed(EventKind::Gpf, 1)
            },
        ),
        one(
            "hung task",
            KernelEvent { frames: frames("schedule acmefs_wait[acmefs]"), ..listed(EventKind::HungTask, 1) },
        ),
        one("origin undetermined", KernelEvent { ip: ip("quux_read[quux]"), ..event(EventKind::Oops, "oops", 1) }),
        one("mixed lines", KernelEvent { garbled: true, ip: ip("acmefs_read[acmefs]"), ..listed(EventKind::Oops, 1) }),
    ];
    cases.extend((0..=5).map(|n| one(&format!("call path, distance {n}"), at_distance(n))));
    cases.extend([1, 2].map(|s| (format!("death {s} s after a warning"), warned(s))));
    cases.extend([120, 121].map(|s| (format!("lockup {s} s after a death"), echoed(s))));
    let handlers = |modules: &[&str]| {
        let by = NamedBy::IrqHandler;
        let named = modules.iter().map(|m| NamedModule { module: (*m).into(), by, symbol: None, line: 3 }).collect();
        KernelEvent { named, ..listed(EventKind::Other, 1) }
    };
    cases.extend([
        one("freed memory", at_address("6b6b6b6b6b6b6b83")),
        one("an entry of its own list that was taken out", at_address("dead000000000108")),
        one("a flipped bit", at_address("ff7f888112345678")),
        one("any other address", at_address("3f5f888112345678")),
        one("a fault in the allocator", under(EventKind::Gpf, "kmem_cache_alloc")),
        one("a BUG where memory is freed", under(EventKind::Bug, "kfree")),
        one("list corruption", under(EventKind::ListCorruption, "__list_del_entry_valid")),
        one("an allocation that failed", under(EventKind::AllocFailure, "warn_alloc")),
        one("its function only waits", under_spl()),
        one("a handler of an interrupt", handlers(&["acmefs"])),
        one("two handlers of an interrupt", handlers(&["acmefs", "netvend"])),
        one("unloaded, and nameless code ran", unloaded(true)),
        one("unloaded, and a frame is nameless", unloaded(false)),
    ]);
    cases.extend([8, 9].map(|n| one(&format!("{n} of 10 modules unsigned"), unsigned_of_ten(n))));
    cases
}

#[test]
fn a_changed_number_changes_this_golden_file() {
    let mut text = String::from("steps\n");
    for s in STEPS {
        let up_to = if s.up_to == usize::MAX { "any".to_owned() } else { s.up_to.to_string() };
        let _ = writeln!(text, "  {:<11} up to {up_to:<3} {:<6} {}", s.role.as_str(), s.confidence.as_str(), s.why);
    }
    text.push_str("gravity\n");
    for (gravity, kinds, why) in GRAVITY {
        let kinds: Vec<&str> = kinds.iter().map(|k| k.as_str()).collect();
        let _ = writeln!(text, "  {:<8} {}: {why}", format!("{gravity:?}"), kinds.join(", "));
    }
    text.push_str("caps\n");
    for c in CAPS {
        let _ = writeln!(text, "  {:<12} {:<6} {}", format!("{:?}", c.limit), c.at_most.as_str(), c.why);
    }
    text.push_str("thresholds\n");
    for t in THRESHOLDS {
        let _ = writeln!(text, "  {}: {} ({})", t.name, t.value, t.why);
    }
    for (name, events, notices) in cases() {
        let report = judged(events, notices);
        let _ = writeln!(text, "{name}");
        for event in &report.events {
            let follows = event.follows.map(|f| format!(", follows {f}")).unwrap_or_default();
            let primary = if event.primary { ", primary" } else { "" };
            let cause = if event.exoneration.is_some() { format!(", {}", event.cause.as_str()) } else { String::new() };
            let _ = writeln!(text, "  event {} {}{primary}{follows}{cause}", event.id, event.kind().as_str());
        }
        for s in report.suspects.iter().filter(|s| s.role != super::Role::Present) {
            let _ = writeln!(text, "  {} in {}: {} {}", s.module, s.event, s.role.as_str(), s.confidence.as_str());
        }
    }
    insta::assert_snapshot!(text);
}
