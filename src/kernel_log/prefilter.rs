//! The texts without which a line cannot matter while no event is open.
//!
//! Every headline, every opening of a dump, every notice and every marker of a boot holds one of these anchors (a test
//! holds the tables to it). One vectorised search for all of them passes over the rest of a log at memory speed. The search
//! compares four bytes at a time, so an anchor begins where its text is least like ordinary prose: at a capital, a sign, a
//! rare pair of letters.

use aho_corasick::{AhoCorasick, MatchKind};

/// The anchors. At most 64, the number that the vectorised search takes.
const ANCHORS: &[&str] = &[
    // headlines
    "BUG: ",
    "BUG ",
    "Oops",
    "[#1]",
    "Kernel panic",
    "WARNING: ",
    "Badness ",
    "INFO: t",
    "INFO: RCU",
    "INFO: rcu",
    "INFO: possible",
    "l protection fault",
    "to handle kernel",
    "Hard LOCKUP",
    "LOCKUP",
    "bad: scheduling while",
    "Debug: sleep",
    "t_add ",
    "t_del corr",
    "Bad page",
    "UBSAN: ",
    "NETDEV WATCH",
    "page allocation ",
    "vmalloc",
    "Machine Check",
    "Machine check in",
    "APEI Generic",
    "NMI received",
    "NMI: PCI",
    "NMI: IOCK",
    "oom-killer",
    ": nobody cared",
    "cut here ]",
    "PANIC",
    "VERIFY",
    "ASSERT",
    "LBUG",
    "SysRq",
    "sysrq: ",
    "NMI backtrace",
    // openings of dumps
    "Call Trace",
    "Call trace",
    "Modules linked in",
    "Tainted: ",
    "Not tainted",
    "RIP: ",
    "EIP",
    "NIP [",
    "Krnl PSW",
    "PC is at",
    "pc : ",
    "+0x",
    // boots
    "Linux version ",
    "-- Reboot",
    "-- Boot ",
    // notices
    "taints kernel",
    "g kernel",
    "kernel taint",
];

/// Finds anchors.
#[derive(Debug)]
pub(super) struct Prefilter {
    /// `None`: every line is one.
    anchors: Option<AhoCorasick>,
}

impl Prefilter {
    pub(super) fn new() -> Self {
        // an automaton of these few literals is always built; without one every line would be looked at
        Self { anchors: AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(ANCHORS).ok() }
    }

    #[cfg(test)]
    pub(super) fn everything() -> Self {
        Self { anchors: None }
    }

    /// Start and end of the next anchor.
    pub(super) fn find(&self, bytes: &[u8]) -> Option<(usize, usize)> {
        match &self.anchors {
            Some(anchors) => anchors.find(bytes).map(|found| (found.start(), found.end())),
            None => (!bytes.is_empty()).then_some((0, 0)),
        }
    }
}
