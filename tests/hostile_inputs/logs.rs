//! Logs that are all headline, all frames, all list; lines without end; journals that are none.

use super::{Corpus, Promise};
use crate::synth::{Node, bad};

/// Bytes of a log that is nothing but one thing.
const SIZE: usize = 256 << 10;
/// Headlines, each of which opens an event.
const HEADLINES: &[&str] = &[
    "BUG: unable to handle kernel NULL pointer dereference at 0000000000000008",
    "Oops: 0000 [#1] SMP",
    "general protection fault: 0000 [#1] SMP",
    "kernel BUG at mm/slub.c:3341!",
    "WARNING: CPU: 3 PID: 77 at kernel/acme.c:1 acme_io+0x1/0x2 [acmefs]",
    "Kernel panic - not syncing: Fatal exception",
    "BUG: soft lockup - CPU#3 stuck for 22s! [acmed:77]",
    "INFO: task acmed:77 blocked for more than 120 seconds.",
    "INFO: rcu_sched self-detected stall on CPU",
    "------------[ cut here ]------------",
    "---[ end trace 0000000000000000 ]---",
    "Call Trace:",
    "PID: 62215  TASK: ffff8cd0660b4000  CPU: 3   COMMAND: \"acmed\"",
    "sysrq: Show Blocked State",
    "Linux version 5.14.0-70.el9.x86_64 (x@y) #1 SMP",
    "acmefs: loading out-of-tree module taints kernel.",
];

pub(super) fn add(corpus: &mut Corpus) {
    let fill = |line: &str| format!("{line}\n").repeat(SIZE / (line.len() + 1)).into_bytes();
    for (number, headline) in HEADLINES.iter().enumerate() {
        corpus.add(&format!("log-only-headline-{number:02}.log"), &fill(headline), Promise::Row);
    }
    let all: String = HEADLINES.iter().map(|line| format!("[    1.000001] {line}\n")).collect();
    corpus.add("log-all-headlines.log", all.repeat(SIZE / all.len()).as_bytes(), Promise::Row);
    let shapes: [(&str, String); 12] = [
        ("frames", " acme_submit+0x53/0xa0 [acmefs]".to_owned()),
        ("doubtful-frames", " ? acme_submit+0x53/0xa0 [acmefs]".to_owned()),
        ("lists", "Modules linked in: acmefs(POE) ext4 jbd2".to_owned()),
        ("one-list", format!("Modules linked in: {}", "acme_nothing_more(OE) ".repeat(40_000))),
        ("registers", "RIP: 0010:acme_submit+0x53/0xa0 [acmefs]".to_owned()),
        ("quotes", format!("{}BUG: soft lockup - CPU#3 stuck", "> ".repeat(20_000))),
        ("envelopes", format!("{}BUG: soft lockup", "Mar  3 10:00:00 host kernel: [    1.000001] ".repeat(2_000))),
        ("repeated", format!("{}BUG: soft lockup", "message repeated 2 times: [ ".repeat(4_000))),
        ("brackets", "[".repeat(100_000)),
        (
            "stamps",
            "[99999999999999999999.999999] BUG: soft lockup - CPU#99999999999 stuck for 99999999999s!".to_owned(),
        ),
        ("anchors", "+0x Oops BUG: RIP: Tainted: [#1] ".repeat(3_000)),
        ("escapes", "\u{1b}[31mBUG: soft lockup\u{1b}]0;title\u{7}\u{1b}[2J".repeat(1_000)),
    ];
    for (name, line) in shapes {
        corpus.add(&format!("log-{name}.log"), &fill(&line), Promise::Row);
    }
    corpus.add("log-one-line.log", &b"BUG: unable to handle ".repeat((16 << 20) / 22), Promise::Row);
    corpus.add("log-carriage-returns.log", &b"Oops: 0000 [#1] SMP\r".repeat(SIZE / 20), Promise::Row);
    corpus.add("log-backspaces.log", &b"Oops\x08\x08\x08\x08".repeat(SIZE / 8), Promise::Row);
    journals(corpus);
    in_report(corpus);
}

/// Journals in JSON and in export form whose structure is the attack.
fn journals(corpus: &mut Corpus) {
    let nested = format!("{{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":{}\n", "[".repeat(200_000));
    let numbers = format!("{{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":[{}1]}}\n", "999,".repeat(200_000));
    let escapes = format!("{{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"{}\"}}\n", "\\ud800\\u0000\\u001b".repeat(50_000));
    let open = "{\"_TRANSPORT\":\"kernel\",\"MESSAGE\":\"BUG: \n".repeat(20_000);
    let mut export = b"_TRANSPORT=kernel\nMESSAGE\n".to_vec();
    export.extend(u64::MAX.to_le_bytes());
    export.extend(b"BUG: soft lockup - CPU#3 stuck for 22s! [acmed:77]\n\n");
    let dmesg = format!("{{\"dmesg\": [{}", "{\"pri\": 4, \"time\": 1e308, \"msg\": \"BUG: x\"},\n".repeat(20_000));
    let texts: [(&str, &[u8]); 6] = [
        ("nested", nested.as_bytes()),
        ("numbers", numbers.as_bytes()),
        ("escapes", escapes.as_bytes()),
        ("open", open.as_bytes()),
        ("export-length", &export),
        ("dmesg-json", dmesg.as_bytes()),
    ];
    for (name, text) in texts {
        corpus.add(&format!("journal-{name}.json"), text, Promise::Row);
    }
}

/// The sound report with one file of evidence replaced: what is beside it must still be found.
fn in_report(corpus: &mut Corpus) {
    let long = "x".repeat(1 << 20);
    let files: [(&str, String); 12] = [
        ("proc/modules", format!("{long} 1 0 - Live 0x0 (OE)\n").repeat(2)),
        ("proc/sys/kernel/tainted", "9".repeat(100_000)),
        ("proc/cmdline", "\u{1b}[2J".repeat(10_000)),
        ("proc/version", "Linux version ".repeat(10_000)),
        ("lsmod", "a a a\n".repeat(100_000)),
        ("installed-rpms", "kmod-acme-1-1.x86_64 x\n".repeat(120_000)),
        ("etc/os-release", format!("NAME={long}\nVERSION_ID=\"\n")),
        ("etc/modprobe.d/x.conf", "blacklist acmefs\n".repeat(120_000)),
        ("date", "Fri Feb 30 99:99:99 UTC 99999\n".to_owned()),
        ("uname", "\0".repeat(10_000)),
        ("hostname", "<script>alert(1)</script>|\u{202e}\n".to_owned()),
        ("sys/module/acmefs/taint", long.clone()),
    ];
    for (path, text) in files {
        let mut tree = bad::report().tree();
        tree.put(path, Node::File(text.into_bytes()), 0o644);
        let name = format!("report-{}.tar.zst", path.replace('/', "-"));
        corpus.add(&name, &crate::synth::Container::TarZst.pack(&tree), Promise::Event);
    }
}
