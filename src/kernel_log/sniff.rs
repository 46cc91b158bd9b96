//! Is an unknown text worth reading as a kernel log?

use super::envelope::{Journal, Speaker, Taken, clean, open};
use super::reader::LogReader;

/// Lines that carry the kernel's own envelope and nothing else that tells.
const ENOUGH_LINES: usize = 3;

/// Whether the beginning of a text (the first 64 KiB are enough) is worth reading as a kernel log: it holds an event, a
/// notice or a boot, or lines that carry a kernel's time stamp or tag.
///
/// A text that begins with long quiet stretches of a program's log may be turned down; whoever knows from the name that it
/// is a log should not ask.
pub fn looks_like_kernel_log(prefix: &[u8]) -> bool {
    let mut journal = Journal::default();
    let from_kernel = |line: &&[u8]| {
        let text = clean(line);
        match journal.take(&text) {
            Taken::No => {
                let line = open(0, &text, 0);
                line.speaker == Speaker::Kernel && !line.text.trim().is_empty()
            }
            Taken::Nothing => false,
            Taken::Messages(messages) => messages.iter().any(|message| message.speaker == Speaker::Kernel),
        }
    };
    if prefix.split(|&b| b == b'\n').filter(from_kernel).take(ENOUGH_LINES).count() >= ENOUGH_LINES {
        return true;
    }
    let mut reader = LogReader::new("");
    reader.feed(prefix);
    let log = reader.finish();
    !(log.events.is_empty() && log.notices.is_empty() && log.boots.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernel_logs_are_told_from_other_texts() {
        let yes: &[(&str, &str)] = &[
            ("dmesg", "[    0.000000] a\n[    0.000000] b\n[    0.000001] c\n"),
            (
                "syslog",
                "Mar  3 10:00:00 h kernel: a\nMar  3 10:00:00 h sshd[1]: b\nMar  3 10:00:00 h kernel: c\nMar  3 10:00:00 h kernel: d\n",
            ),
            ("a bare oops", "Unable to handle kernel NULL pointer dereference at virtual address 00000000\n"),
            ("one notice", "acmefs: loading out-of-tree module taints kernel.\n"),
            ("a boot", "Linux version 2.4.21-63.ELsmp (build@host) #1 SMP\n"),
            (
                "json",
                "{\"MESSAGE\":\"a\",\"_TRANSPORT\":\"kernel\"}\n{\"MESSAGE\":\"b\",\"_TRANSPORT\":\"kernel\"}\n{\"MESSAGE\":\"c\",\"_TRANSPORT\":\"kernel\"}\n",
            ),
        ];
        for (name, text) in yes {
            assert!(looks_like_kernel_log(text.as_bytes()), "{name}");
        }
        let no: &[(&str, &str)] = &[
            ("nothing", ""),
            ("prose", "The kernel panicked when it saw the bug.\nA warning: beware.\n"),
            ("a program's log", "2020-03-03 10:00:00 INFO: task started\n2020-03-03 10:00:01 WARNING: low on disk\n"),
            ("binary", "\u{0}\u{1}\u{2}ELF\n\u{0}\u{0}\n"),
            ("userland syslog", "Mar  3 10:00:00 h sshd[1]: kernel panic\nMar  3 10:00:00 h cron[2]: Oops\n"),
        ];
        for (name, text) in no {
            assert!(!looks_like_kernel_log(text.as_bytes()), "{name}");
        }
    }
}
