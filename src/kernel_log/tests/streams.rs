//! Two CPUs at a time, boots, pieces of any size, long lines, foreign bytes.

use proptest::prelude::*;

use super::eras::LOGS;
use super::{only, read, told};
use crate::facts::EventKind::{self, *};
use crate::facts::{KernelEvent, LogFacts};
use crate::kernel_log::LogReader;

/// A soft lockup of one CPU.
fn lockup(cpu: u32, symbol: &str) -> Vec<String> {
    [
        format!("watchdog: BUG: soft lockup - CPU#{cpu} stuck for 22s! [acmed{cpu}:{cpu}7]"),
        "Modules linked in: acmefs(OE) widgetdrv(POE) ext4".to_owned(),
        format!("CPU: {cpu} PID: {cpu}7 Comm: acmed{cpu} Tainted: P           OE      6.1.0 #1"),
        format!("RIP: 0010:{symbol}+0x1/0x2 [acmefs]"),
        "Call Trace:".to_owned(),
        format!(" {symbol}_caller+0x1/0x2 [acmefs]"),
        " kthread+0x116/0x130".to_owned(),
        " ret_from_fork+0x22/0x40".to_owned(),
        "acmefs: back again".to_owned(),
    ]
    .to_vec()
}

/// Lines of both, taken in turns.
fn interleaved(a: &[String], b: &[String], prefix: impl Fn(usize, usize) -> String) -> String {
    let mut text = String::new();
    for (at, (x, y)) in a.iter().zip(b).enumerate() {
        text += &format!("{}{x}\n{}{y}\n", prefix(at, 0), prefix(at, 1));
    }
    text
}

#[test]
fn callers_tell_two_cpus_apart() {
    let text = interleaved(&lockup(1, "acme_one"), &lockup(2, "acme_two"), |at, cpu| {
        format!("[  100.{at:06}][    C{}] ", cpu + 1)
    });
    let log = read(&text);
    assert_eq!(log.events.len(), 2);
    for (event, (cpu, symbol)) in log.events.iter().zip([(1, "acme_one"), (2, "acme_two")]) {
        assert_eq!((event.kind, event.cpu, event.garbled), (SoftLockup, Some(cpu), false));
        assert_eq!(event.ip.as_ref().unwrap().symbol.as_deref(), Some(symbol));
        assert_eq!(event.frames.len(), 3);
        assert_eq!(event.linked_in.as_ref().unwrap().modules.len(), 3);
    }
}

#[test]
fn without_callers_nothing_is_invented() {
    let text = interleaved(&lockup(1, "acme_one"), &lockup(2, "acme_two"), |at, _| format!("[  100.{at:06}] "));
    let log = read(&text);
    assert_eq!(log.events.len(), 2);
    for (event, cpu) in log.events.iter().zip([1, 2]) {
        assert_eq!((event.kind, event.cpu, event.garbled), (SoftLockup, Some(cpu), true));
        assert_eq!((event.ip.as_ref(), event.frames.len()), (None, 0), "{}", told(event));
        assert_eq!(event.comm.as_deref(), Some(format!("acmed{cpu}").as_str()));
        assert_eq!(event.linked_in.as_ref().unwrap().modules.len(), 3, "both print the same list");
    }
}

#[test]
fn one_after_the_other_is_not_garbled() {
    let text: String = lockup(1, "acme_one")
        .iter()
        .chain(&lockup(2, "acme_two"))
        .map(|line| format!("[  100.000000] {line}\n"))
        .collect();
    let log = read(&text);
    assert_eq!(
        log.events.iter().map(|e| (e.cpu, e.garbled, e.frames.len())).collect::<Vec<_>>(),
        [(Some(1), false, 3), (Some(2), false, 3)]
    );
}

#[test]
fn words_of_another_list_and_foreign_lines_do_not_disturb() {
    let text = "[1.000001] divide error: 0000 [#1] SMP NOPTI\n[1.000002]  nfit\n[1.000003] CPU: 3 PID: 77 Comm: acmed Tainted: G           OE 5.10.0 #1\n[1.000004] RIP: 0010:acme_div+0x17/0x40 [acmefs]\n[1.000005]  kvm\n[1.000006] Call Trace:\n[1.000007]  acme_a+0x38/0xa0 [acmefs]\n[1.000008]  ext4\n[1.000000] widgetnet: link is up\n[1.000009]  kthread+0x118/0x140\n[1.000010] Modules linked in: acmefs(OE)\n[1.000011]  sd_mod\n[1.000012]  nfit kvm ext4 sd_mod sg\n[1.000013] widgetnet: link is down\n[1.000014]  libata(E)\n[1.000015]  [last unloaded: oldmod]\n[1.000016] ---[ end trace cc9dbb180f9ae537 ]---\n";
    let event = only(text);
    assert_eq!(event.frames.len(), 2);
    let list = event.linked_in.unwrap();
    let names: Vec<_> = list.modules.iter().map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["acmefs", "sd_mod", "nfit", "kvm", "ext4", "sg", "libata"]);
    assert_eq!(list.last_unloaded.as_ref().unwrap().name, "oldmod");
    assert!(!event.garbled);
}

#[test]
fn characters_of_two_cpus_in_one_line_are_marked() {
    let text = "BUG: soft lockup - CPU#3 stuck for 10s! [acmed:77]\nCall Trace:\n [<ffffffff80094409>] acme_a+0x90/0xfd\n [<ffffffff800944 [<ffffffff80094509>] acme_b+0x90/0xfd09>] acme_c+0x1/0x2\n [<ffffffff80094609>] acme_d+0x1/0x [<ffffffff80094709>] acme_e+0x1/0x2\n [<ffffffff8003297c>] kthread+0xfe/0x132\n";
    assert!(only(text).garbled);
}

#[test]
fn lines_of_programs_do_not_disturb() {
    let mut text = String::new();
    for line in lockup(1, "acme_one") {
        text += &format!(
            "Mar  3 10:00:00 host kernel: {line}\nMar  3 10:00:00 host acmed[77]: Call Trace: not ours\nMar  3 10:00:00 host dockerd: BUG: not ours either\n"
        );
    }
    let event = only(&text);
    assert_eq!((event.frames.len(), event.linked_in.unwrap().modules.len()), (3, 3));
    assert_eq!(event.wall.as_deref(), Some("Mar  3 10:00:00"));
}

#[test]
fn boots_are_counted() {
    let bug = "BUG: soft lockup - CPU#1 stuck for 22s! [acmed:77]";
    let table: &[(&str, String, &[u32], usize)] = &[
        ("from the start", format!("[    0.000000] Linux version 6.1.0 (x)\n[    9.000000] {bug}\n"), &[0], 1),
        (
            "from the middle",
            format!("[  999.000000] {bug}\n[    0.000000] Linux version 6.1.0 (x)\n[    9.000000] {bug}\n"),
            &[0, 1],
            1,
        ),
        (
            "two boots",
            format!(
                "[    0.000000] Linux version 6.1.0 (x)\n[    9.000000] {bug}\n[    0.000000] Linux version 6.2.0 (x)\n[    9.000000] {bug}\n"
            ),
            &[0, 1],
            2,
        ),
        (
            "a marker and its kernel",
            format!(
                "[  999.000000] {bug}\n-- Reboot --\n[    0.000000] Linux version 6.1.0 (x)\n[    9.000000] {bug}\n"
            ),
            &[0, 1],
            1,
        ),
        (
            "a marker of newer journals",
            format!("[  999.000000] {bug}\n-- Boot 3c1f6b0d2e4a5f60718293a4b5c6d7e8 --\n[    9.000000] {bug}\n"),
            &[0, 1],
            1,
        ),
        ("a stamp far back", format!("[  999.000000] {bug}\n[    9.000000] {bug}\n"), &[0, 1], 1),
        ("a stamp a little back", format!("[  999.000000] {bug}\n[  998.000000] {bug}\n"), &[0], 0),
    ];
    for (what, text, boots, count) in table {
        let log = read(text);
        assert_eq!(log.events.iter().map(|e| e.boot).collect::<Vec<_>>(), *boots, "{what}");
        assert_eq!(log.boots.len(), *count, "{what}");
    }
    let log = read("Mar  3 10:00:00 h kernel: Linux version 3.10.0-1160.el7.x86_64 (mockbuild@x) (gcc) #1 SMP\n");
    assert_eq!(log.boots[0].release.as_ref().unwrap().as_str(), "3.10.0-1160.el7.x86_64");
    assert_eq!((log.boots[0].origin.line, log.boots[0].wall.as_deref()), (Some(1), Some("Mar  3 10:00:00")));
}

#[test]
fn a_boot_ends_an_event() {
    let text = "[  999.000000] Oops: 0002 [#1] SMP\n[    0.000000] Linux version 6.1.0 (x)\n[    0.000001] CPU: 0 PID: 0 Comm: swapper Not tainted 6.1.0 #1\n";
    let event = only(text);
    assert_eq!((event.pid, event.boot, event.truncated), (None, 0, false));
}

#[test]
fn notices_carry_their_boot_and_place() {
    let text = "[    0.000000] Linux version 6.1.0 (x)\n[    5.000000] acmefs: loading out-of-tree module taints kernel.\nquiet\n[    0.000000] Linux version 6.1.0 (x)\n[    6.500000] widgetdrv: module license 'Acme' taints kernel.\n";
    let log = read(text);
    let got: Vec<_> = log.notices.iter().map(|n| (n.module.as_deref(), n.boot, n.origin.line, n.time_us)).collect();
    assert_eq!(got, [(Some("acmefs"), 0, Some(2), Some(5_000_000)), (Some("widgetdrv"), 1, Some(5), Some(6_500_000))]);
    assert_eq!(log.notices[1].detail.as_deref(), Some("Acme"));
}

#[test]
fn journals_hold_events_too() {
    let lines = lockup(1, "acme_one");
    let json: String = lines
        .iter()
        .map(|line| {
            format!(
                "{{\"MESSAGE\":{:?},\"_TRANSPORT\":\"kernel\",\"_SOURCE_MONOTONIC_TIMESTAMP\":\"7000000\"}}\n",
                line
            )
        })
        .collect();
    let export: String = lines.iter().map(|line| format!("__CURSOR=s=1;i=2\n__REALTIME_TIMESTAMP=1583226000000000\n__MONOTONIC_TIMESTAMP=7000000\n_BOOT_ID=3c1f\nPRIORITY=4\n_TRANSPORT=kernel\n_MACHINE_ID=1\n_HOSTNAME=h\nMESSAGE={line}\n_SOURCE_MONOTONIC_TIMESTAMP=7000000\n\n")).collect();
    let verbose: String = lines.iter().map(|line| format!("Tue 2020-03-03 10:00:00.123456 CET [s=1;i=2;b=3]\n    _BOOT_ID=3c1f\n    _TRANSPORT=kernel\n    MESSAGE={line}\n")).collect();
    let dmesg: String = lines.iter().map(|line| format!("      {{\n         \"pri\": 4,\n         \"time\":    7.000000,\n         \"msg\": {line:?}\n      }},\n")).collect();
    let one_line = format!(
        "{{\"dmesg\":[{}]}}\n",
        lines
            .iter()
            .map(|line| format!("{{\"pri\":4,\"time\":7.000000,\"msg\":{line:?}}}"))
            .collect::<Vec<_>>()
            .join(",")
    );
    let multi = format!("{{\"MESSAGE\":{:?},\"_TRANSPORT\":\"kernel\"}}\n", lines.join("\n"));
    for (name, text) in [
        ("json", json),
        ("export", export),
        ("verbose", verbose),
        ("dmesg", dmesg),
        ("one line", one_line),
        ("multi-line", multi),
    ] {
        let event = only(&text);
        assert_eq!((event.kind, event.cpu, event.frames.len()), (SoftLockup, Some(1), 3), "{name}");
        assert_eq!(event.linked_in.as_ref().unwrap().modules.len(), 3, "{name}");
    }
}

#[test]
fn rsyslog_escapes_hide_nothing() {
    let body = lockup(1, "acme_one").join("#012");
    let event = only(&format!("Mar  3 10:00:00 host kernel: {body}\n"));
    assert_eq!((event.cpu, event.frames.len()), (Some(1), 3));
}

/// All facts that do not depend on where a line was printed.
fn tell(log: &LogFacts) -> String {
    let events: Vec<String> = log.events.iter().map(|e| format!("{:?} {} {}", e.lines, e.repeats, told(e))).collect();
    format!("{}{:?}{:?}{}", events.join("\n"), log.notices, log.boots, log.lines)
}

fn fed(text: &[u8], sizes: impl Iterator<Item = usize>) -> LogFacts {
    let mut reader = LogReader::new("log");
    let mut rest = text;
    for size in sizes {
        let (now, later) = rest.split_at(size.clamp(1, rest.len().max(1)).min(rest.len()));
        reader.feed(now);
        rest = later;
        if rest.is_empty() {
            break;
        }
    }
    reader.feed(rest);
    reader.finish()
}

/// Every era one after the other, with quiet stretches between.
fn long_log(quiet: usize) -> String {
    let chatter: String = (0..quiet)
        .map(|at| format!("Mar  3 10:00:00 host acmed[{at}]: request {at} took {} ms\n", at * 7 % 31))
        .collect();
    LOGS.iter().map(|(_, log, _)| format!("{chatter}{log}{chatter}")).collect()
}

#[test]
fn byte_by_byte_is_as_whole() {
    let text = long_log(30);
    let whole = tell(&read(&text));
    assert_eq!(tell(&fed(text.as_bytes(), std::iter::repeat(1))), whole);
    assert_eq!(tell(&fed(text.as_bytes(), (1..).map(|n| n * 37 % 4099))), whole);
}

#[test]
fn a_buffered_reader_is_as_whole() {
    let text = long_log(30);
    let mut reader = LogReader::new("log");
    reader.read(&mut std::io::BufReader::with_capacity(777, text.as_bytes())).unwrap();
    assert_eq!(tell(&reader.finish()), tell(&read(&text)));
}

#[test]
fn passing_over_quiet_stretches_misses_nothing() {
    for quiet in [0, 1, 25, 60] {
        let text = long_log(quiet);
        let mut every_line = LogReader::looking_at_every_line("log");
        every_line.feed(text.as_bytes());
        assert_eq!(tell(&read(&text)), tell(&every_line.finish()), "{quiet} quiet lines");
    }
}

#[test]
fn a_line_without_end_costs_nothing() {
    let mut reader = LogReader::new("log");
    reader.feed(b"[    1.000000] BUG: soft lockup - CPU#1 stuck for 22s! [acmed:77]\n");
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..100 {
        reader.feed(&piece);
    }
    reader.feed(b" BUG: unable to handle kernel paging request\n[    2.000000] BUG: soft lockup - CPU#2 stuck for 22s! [acmed:78]\n");
    let log = reader.finish();
    assert_eq!(log.lines, 3);
    assert_eq!(log.events.iter().map(|e| e.origin.line).collect::<Vec<_>>(), [Some(1), Some(3)]);
}

#[test]
fn long_lines_are_cut_the_same_whole_or_in_pieces() {
    let text = format!(
        "a {}BUG: soft lockup - CPU#1 stuck for 22s! [acmed:77]\n[1.000000] Oops: 0000 [#1] SMP {}\n{}\nBUG: soft lockup - CPU#2 stuck for 22s! [acmed:78]",
        "x".repeat(70_000),
        "y".repeat(90_000),
        "z".repeat(400_000)
    );
    let whole = tell(&read(&text));
    for size in [1000, 65_536, 65_537, 262_144] {
        assert_eq!(tell(&fed(text.as_bytes(), std::iter::repeat(size))), whole, "{size}");
    }
    assert_eq!(read(&text).events.len(), 2);
}

#[test]
fn a_log_without_a_last_newline_is_read_whole() {
    assert_eq!(read("a\nb\nBUG: soft lockup - CPU#1 stuck for 22s! [acmed:77]").lines, 3);
    assert_eq!(read("").lines, 0);
    assert_eq!(read("\n").lines, 1);
}

/// Whether a log that is cut may name an event so, where the whole log names it otherwise: a part proves less.
fn may_become(part: EventKind, whole: EventKind) -> bool {
    part == whole
        || match part {
            // no headline yet, or only the text of one
            Other => true,
            ListCorruption | NetdevWatchdog => matches!(whole, Bug | Warning),
            // the text of a warning comes on a line of its own
            Warning => whole == HardLockup,
            Oops => matches!(whole, Gpf | DoubleFault | Bug),
            _ => false,
        }
}

#[test]
fn no_prefix_contradicts_the_whole() {
    for (name, log, _) in LOGS {
        let whole = read(log).events;
        let lines: Vec<&str> = log.split_inclusive('\n').collect();
        for cut in 0..lines.len() {
            let part = read(&lines[..cut].concat()).events;
            assert!(part.len() <= whole.len(), "{name} cut at {cut}");
            for (part, whole) in part.iter().zip(&whole) {
                check_part(part, whole, &format!("{name} cut at {cut}"));
            }
        }
    }
}

fn check_part(part: &KernelEvent, whole: &KernelEvent, what: &str) {
    assert!(may_become(part.kind, whole.kind), "{what}: {:?} became {:?}", part.kind, whole.kind);
    assert!(part.frames.len() <= whole.frames.len(), "{what}");
    assert!(part.pid.is_none() || part.pid == whole.pid, "{what}");
    if let (Some(part), Some(whole)) = (&part.ip, &whole.ip) {
        assert!(part.symbol.is_none() || part.symbol == whole.symbol, "{what}: {part:?} {whole:?}");
    }
}

/// Pieces of real grammar and of nonsense.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let lines: Vec<&str> = LOGS.iter().flat_map(|(_, log, _)| log.lines()).collect();
    let line = prop_oneof![
        6 => proptest::sample::select(lines).prop_map(|line| line.as_bytes().to_vec()),
        1 => proptest::collection::vec(any::<u8>(), 0..60),
        1 => "[\\[\\]<>(){}:+/?#0-9a-fx _.-]{0,60}".prop_map(String::into_bytes),
    ];
    let ending = prop_oneof![8 => Just(b"\n".to_vec()), 1 => Just(b"\r\n".to_vec()), 1 => Just(b"<4>".to_vec()), 1 => Just(Vec::new())];
    proptest::collection::vec((line, ending), 0..60)
        .prop_map(|lines| lines.into_iter().flat_map(|(line, end)| [line, end].concat()).collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
        fed(&bytes, std::iter::repeat(611));
    }

    #[test]
    fn grammar_in_any_order_is_read_the_same_in_any_pieces(bytes in soup(), size in 1_usize..600) {
        let whole = tell(&fed(&bytes, std::iter::repeat(usize::MAX)));
        prop_assert_eq!(tell(&fed(&bytes, std::iter::repeat(size))), whole);
    }
}

#[test]
fn a_fault_in_a_form_that_is_not_read_is_told_by_its_line() {
    let of = |log: &str| {
        let facts = read(log);
        (facts.events.len(), facts.like_a_fault)
    };
    let mips = "quiet\nUnhandled kernel unaligned access[#1]:\nCPU: 1 PID: 7 Comm: acmed Not tainted 5.10.0 #1\nepc   : 807b3328 acme_io+0x8/0x44\n";
    assert_eq!(of(mips), (0, Some(2)));
    assert_eq!(of("| 12 | Kernel panic - not syncing: acme gave up |\n"), (0, Some(1)));
    let read = "x\nKernel panic - not syncing: acme gave up\n";
    assert_eq!(of(read), (1, None));
    for quiet in [
        "acmed: Oops, that went wrong\nStarting Kernel Oops watcher\n",
        "SysRq : Show Blocked State\nacmed D 0 77 2 0x80\nCall Trace:\n acme_wait+0x1/0x2 [acmefs]\n",
    ] {
        assert_eq!(of(quiet).1, None, "{quiet}");
    }
}
