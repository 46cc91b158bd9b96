//! Logs wrapped by terminals, pagers and mailers, at any width.

use std::collections::BTreeSet;

use super::eras::LOGS;
use super::read;
use crate::facts::KernelEvent;

/// Modules with flags, as printed.
fn flagged(events: &[KernelEvent]) -> BTreeSet<String> {
    let modules = events.iter().flat_map(|e| &e.linked_in).flat_map(|list| &list.modules);
    modules.filter(|m| !m.flags.letters.is_empty()).map(|m| format!("{}({})", m.name, m.flags)).collect()
}

/// The logs whose events have flagged modules, all of them again with a long list.
fn logs() -> Vec<(String, String)> {
    let long = " acmelock(POE) widget_core(OE) widget_rdma(OE) xt_conntrack nf_conntrack_netlink nf_nat_masquerade_ipv4 snd_hda_codec_hdmi acme_raid(POE) ext4 mbcache jbd2 sd_mod crct10dif_generic acmenet_vf(OE+) libahci";
    let lengthen = |line: &str| match line.contains("Modules linked in: ") {
        true => format!("{}{long}", line.split(" [last").next().unwrap_or(line)),
        false => line.to_owned(),
    };
    let lists = |log: &&str| log.contains("Modules linked in: ");
    let texts = LOGS.iter().filter(|(_, log, _)| lists(log));
    texts.map(|(name, log, _)| ((*name).to_owned(), log.lines().map(|line| lengthen(line) + "\n").collect())).collect()
}

/// Cuts every line at a column, in the middle of words.
fn cut(log: &str, width: usize) -> String {
    let mut text = String::new();
    for line in log.lines() {
        let mut rest = line;
        while let Some((head, tail)) = rest.split_at_checked(width).filter(|(_, tail)| !tail.is_empty()) {
            text += head;
            text.push('\n');
            rest = tail;
        }
        text += rest;
        text.push('\n');
    }
    text
}

/// Cuts as a terminal does, and loses the blanks at the ends of lines, as copying from one does.
fn cut_and_trimmed(log: &str, width: usize) -> String {
    cut(log, width).lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// Breaks lines at blanks, which it eats, as a mailer does.
fn mailed(log: &str, width: usize) -> String {
    let mut text = String::new();
    for line in log.lines() {
        let mut rest = line;
        while rest.len() > width {
            let Some(at) = rest[..=width].rfind(' ').filter(|&at| !rest[..at].trim().is_empty()) else { break };
            text += &rest[..at];
            text.push('\n');
            rest = &rest[at + 1..];
        }
        text += rest;
        text.push('\n');
    }
    text
}

/// Keeps the blank at the end of a broken line, as format=flowed does.
fn flowed(log: &str, width: usize) -> String {
    let broken = mailed(log, width);
    let whole: BTreeSet<&str> = log.lines().collect();
    let ends: BTreeSet<&str> = log.lines().filter_map(|line| mailed_last(line, width)).collect();
    broken
        .lines()
        .map(
            |line| if whole.contains(line) || ends.contains(line) { format!("{line}\n") } else { format!("{line} \n") },
        )
        .collect()
}

fn mailed_last(line: &str, width: usize) -> Option<&str> {
    let last_len = mailed(line, width).lines().last()?.len();
    line.get(line.len() - last_len..)
}

type Wrap = fn(&str, usize) -> String;

#[test]
fn no_width_loses_a_flagged_module() {
    // mailers break at 80 columns at most; a single break further out is taken for a terminal's
    let ways: &[(&str, Wrap, usize)] = &[
        ("cut", cut, 200),
        ("cut and trimmed", cut_and_trimmed, 200),
        ("mailed", mailed, 80),
        ("flowed", flowed, 200),
    ];
    let mut wrong = Vec::new();
    for (name, log) in logs() {
        let expected = flagged(&read(&log).events);
        assert!(!expected.is_empty(), "{name}");
        for (way, wrap, widest) in ways {
            for width in 72..=*widest {
                let got = flagged(&read(&wrap(&log, width)).events);
                if got != expected {
                    let lost: Vec<_> = expected.difference(&got).collect();
                    let made: Vec<_> = got.difference(&expected).collect();
                    wrong.push(format!("{name} {way} at {width}: lost {lost:?}, made {made:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Kind, function, process, frames of every event.
fn essence(events: &[KernelEvent]) -> Vec<String> {
    let one = |e: &KernelEvent| {
        let ip = e.ip.as_ref().map(|ip| (ip.symbol.clone(), ip.module.clone()));
        let frames: Vec<_> = e.frames.iter().map(|f| (f.symbol.clone(), f.module.clone(), f.reliable)).collect();
        format!("{:?} {ip:?} {:?} {:?} {:?} {frames:?}", e.kind, e.cpu, e.pid, e.comm)
    };
    events.iter().map(one).collect()
}

#[test]
fn a_terminal_of_any_width_shows_the_same_events() {
    let mut wrong = Vec::new();
    for (name, log, _) in LOGS {
        let expected = essence(&read(log).events);
        for width in 72..=200 {
            let got = essence(&read(&cut(log, width)).events);
            if got != expected {
                wrong.push(format!("{name} cut at {width}:\n  {}\n  {}", expected.join("\n  "), got.join("\n  ")));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_mailer_that_broke_the_lines_of_a_warning_makes_no_oops_of_it() {
    let warning = |cpu: &str, tail: &str| {
        format!(
            "------------[ cut here ]------------\nWARNING: CPU: 0 PID: 77 at drivers/acme/acme_map.c:140\nacme_map_setup+0x7e/0xa2 [acmefs]\nModules linked in: acmefs(OE)\n{cpu}\n{tail}\nHardware name: ACME Board (DT)\nRIP: 0010:acme_map_setup+0x7e/0xa2 [acmefs]\nCall Trace:\n acme_probe+0x54/0x20c [acmefs]\n kthread+0x116/0x130\n ret_from_fork+0xe/0x1c\n---[ end trace 0000000000000000 ]---\n"
        )
    };
    let table = [
        ("CPU: 0 PID: 77 Comm: acmed Not tainted", "6.7.0-rc1-acme-01489-g995c2f0b8b7e #259"),
        ("CPU: 0 PID: 77 Comm: acmed Tainted: G", "OE      6.7.0-rc1-acme-01489-g995c2f0b8b7e #259"),
        ("CPU: 0 PID: 77 Comm: acmed Tainted: G           OE", "6.7.0-rc1-acme-01489-g995c2f0b8b7e #259"),
    ];
    for (cpu, tail) in table {
        let text = warning(cpu, tail);
        for text in [text.clone(), text.lines().map(|line| format!("> {line}\n")).collect()] {
            let event = super::only(&text);
            assert_eq!(event.kind, crate::facts::EventKind::Warning, "{cpu}");
            assert_eq!((event.frames.len(), event.pid, event.headless), (3, Some(77), false), "{cpu}");
            let release = event.release.as_ref().map(crate::facts::KernelRelease::as_str);
            assert_eq!(release, Some("6.7.0-rc1-acme-01489-g995c2f0b8b7e"), "{cpu}");
            assert!(event.title.ends_with("acme_map.c:140 acme_map_setup+0x7e/0xa2 [acmefs]"), "{}", event.title);
        }
    }
    let older = "WARNING: at drivers/acme/acme_map.c:140\nacme_map_setup+0x7e/0xa2 [acmefs]() (Not tainted)\nPid: 77, comm: acmed Not tainted 2.6.32-504.el6.x86_64 #1\nCall Trace:\n [<ffffffff8106e3e7>] ? acme_probe+0x54/0x20c [acmefs]\n";
    assert_eq!(super::only(older).ip.unwrap().symbol.as_deref(), Some("acme_map_setup"));
}

#[test]
fn a_build_id_on_a_line_of_its_own_is_no_part_of_the_name() {
    let text = "Oops: 0002 [#1] SMP\nCPU: 1 PID: 77 Comm: acmed Tainted: G OE 6.1.0 #1\nCall Trace:\n acme_journal_read+0x79/0x320 [acmefs\n84caed98b44e76c86965d753e9c55a9000b306ce]\n kthread+0x116/0x130\n";
    let event = super::only(text);
    assert_eq!(event.frames[0].module.as_deref(), Some("acmefs"));
}
