//! The texts without which a line cannot matter while no event is open.
//!
//! Every opening of an event, every notice and every marker of a boot holds one of these anchors, or stands a few lines above
//! one (a test holds the tables to it); lines before an anchor are looked back at. A vectorised search for the anchors passes
//! over the rest of a log at memory speed. It compares the first four bytes of each, so an anchor begins where a text is least
//! like prose: at a capital, a sign, or in the middle of a word where few other words have the same letters. The search sorts
//! beginnings into a few buckets, and takes every mixture of those in one bucket for a find that it has to look at. Small
//! letters are searched for in two groups of few beginnings therefore; of capitals and signs logs have so few that one does.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::memmem;

/// Anchors with capitals and signs. At most 64, the number that the vectorised search takes.
const CAPITALS: &[&str] = &[
    // headlines
    "BUG: ",
    "BUG ",
    "Oops",
    "[#1]",
    "Kernel panic",
    "Panic on CPU",
    "WARNING: at ",
    "WARNING: CPU: ",
    ", CPU#",
    "Badness ",
    "INFO: task",
    "INFO: RCU",
    "INFO: rcu",
    "INFO: trying",
    "Unable to handle",
    "Unhandled fault",
    "LOCKUP",
    "UBSAN: ",
    "NETDEV WATCH",
    "Machine Check",
    "APEI Generic",
    "NMI received",
    "NMI: ",
    "PANIC",
    "VERIFY",
    "ASSERT",
    "LBUG",
    // parts of dumps
    "Call Trace",
    "Call trace",
    "Modules linked",
    "Tainted: ",
    "Not tainted",
    "RIP: ",
    "EIP is at",
    "Krnl PSW",
    "---[ end",
    "Mem-",
    // boots
    "Linux version ",
    "-- Reboot",
    "-- Boot ",
    // notices
    "Disabling lock",
    "Unknown symbol",
    "GPL-only",
    "SUSE",
    "ELF checks",
    "An attempt to load",
    "Loading of ",
    "Lockdown: ",
    "Kernel is locked",
    "Request for unkn",
    "PKCS#7",
    "Secure boot ",
    "X.509 cert",
    "TECH PREVIEW",
    "Partner supp",
    "Unmaintained ",
    "Deprecated D",
    "Deprecated H",
    "Disabled H",
    "by Red Hat",
    "UNSUPPORTED HARD",
    "[Firmware Bug]",
    "I/O error",
    "=DID_",
];

/// What kernels say of modules, without the capitals and signs that would put it above.
const OF_MODULES: &[&str] = &[
    "ts kernel", // taints
    "ng kernel", // tainting
    "el taint",  // kernel
    "taging directory",
    "retpoline compiler",
    "inheriting taint",
    ": version magic",
    "ol version for", // symbol
    "isagrees about version",
    "wn public key",     // unknown
    "rification failed", // signature verification
    "t error encountered",
    "n blacklist",
    "lacklisted",
];

/// What drivers say of storage.
const OF_STORAGE: &[&str] = &[
    "ponding, ", // not responding
    "onded in ", // has not responded
    "nfs: server ",
    "g out command", // timing
    "y after error recovery",
    "FC remote port",
    "rd resetting link",
    "pting task abort", // attempting
    "pting device reset",
    "pting target reset",
    "pting host reset",
    "g I/O to ", // rejecting
    " QID ",
    "sued nexus",
    "SUED nexus",
    "SCSI layer issued ",
    "g fusion",
    "nn error (", // conn
    " UE memory ",
    "y=Uncorrected", // severity
    "uas_eh_",
    "Failing path",
];

/// What stands between symbol and offset in every frame.
const OFFSET: &str = "+0x";

/// Finds anchors.
#[derive(Debug)]
pub(super) struct Prefilter {
    /// `None`: every line is one.
    groups: Option<Groups>,
}

/// The three lists of anchors, and the offset of a frame.
#[derive(Debug)]
struct Groups {
    lists: [AhoCorasick; 3],
    offset: memmem::Finder<'static>,
}

/// The next anchor of each group in one text, so that none is searched for twice.
#[derive(Debug, Default)]
pub(super) struct Scan {
    next: [Next; 4],
}

/// Start and end of an anchor.
pub(super) type Hit = (usize, usize);

#[derive(Clone, Copy, Debug, Default)]
enum Next {
    /// Not searched for.
    #[default]
    Unknown,
    /// The next one.
    At(Hit),
    /// There is none.
    None,
}

static ANCHORS: LazyLock<Prefilter> = LazyLock::new(Prefilter::new);
#[cfg(test)]
static EVERYTHING: Prefilter = Prefilter { groups: None };

impl Prefilter {
    /// The one that all logs share.
    pub(super) fn anchors() -> &'static Self {
        &ANCHORS
    }

    fn new() -> Self {
        let build = |anchors| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(anchors);
        let lists = || Ok::<_, aho_corasick::BuildError>([build(CAPITALS)?, build(OF_MODULES)?, build(OF_STORAGE)?]);
        // an automaton of so few literals is always built; without one every line would be looked at
        Self { groups: lists().ok().map(|lists| Groups { lists, offset: memmem::Finder::new(OFFSET) }) }
    }

    #[cfg(test)]
    pub(super) fn everything() -> &'static Self {
        &EVERYTHING
    }

    /// The next anchor in `bytes` behind `from`, which never goes back in one scan.
    pub(super) fn find(&self, bytes: &[u8], from: usize, scan: &mut Scan) -> Option<Hit> {
        let Some(groups) = &self.groups else { return (from < bytes.len()).then_some((from, from)) };
        let mut first: Option<Hit> = None;
        for (group, next) in scan.next.iter_mut().enumerate() {
            let known = match *next {
                Next::At((start, _)) => start >= from,
                Next::None => true,
                Next::Unknown => false,
            };
            if !known {
                let found = bytes.get(from..).and_then(|rest| groups.find(group, rest));
                *next = found.map_or(Next::None, |(start, end)| Next::At((from + start, from + end)));
            }
            if let Next::At(hit) = *next
                && first.is_none_or(|known| hit < known)
            {
                first = Some(hit);
            }
        }
        first
    }
}

impl Groups {
    /// The first anchor of a group; the group behind the lists is the offset.
    fn find(&self, group: usize, bytes: &[u8]) -> Option<Hit> {
        match self.lists.get(group) {
            Some(list) => list.find(bytes).map(|hit| (hit.start(), hit.end())),
            None => self.offset.find(bytes).map(|start| (start, start + OFFSET.len())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel_log::{event, notice};

    /// Headlines that stand a few lines above a part of a dump which has an anchor.
    const TOLD_BY_THEIR_DUMP: &[&str] = &[
        "general protection fault: 0000",
        "general protection fault, maybe",
        "invalid operand: 0000",
        "Bad mode in",
        "kernel tried to execute",
        "Kernel attempted to",
        "unable to handle kernel",
        "Insufficient stack space",
        "kernel stack overflow",
        "Kernel stack overflow",
        "SError Interrupt",
        "------------[ cut here ]",
        "----------- [cut here ]",
        "WARNING: possible",
        "WARNING: inconsistent",
        "WARNING: bad unlock",
        "WARNING: suspicious",
        "WARNING: held lock",
        "WARNING: lock held",
        "WARNING: bad contention",
        "WARNING: Nested lock",
        "[ INFO: ",
        "INFO: possible",
        "list_add ",
        "list_del ",
        "slist_del ",
        "usercopy: ",
        "bad: scheduling",
        "Debug: sleeping",
        "Bad page state",
        "acmed: page allocation",
        "acmed: vmalloc",
        "acme agent invoked oom-killer",
        "oom-killer: ",
        "Machine check in",
        "irq 16: nobody cared",
        "SysRq",
        "sysrq: ",
        "NMI backtrace",
        "Sending NMI",
        "sending NMI",
        "Task dump",
        "PID: ",
        "Oops: double fault: 0000 [#2]",
    ];

    fn is_found(line: &str) -> bool {
        Prefilter::anchors().find(line.as_bytes(), 0, &mut Scan::default()).is_some()
    }

    #[test]
    fn nothing_that_matters_is_without_an_anchor() {
        let dumps = [
            "CPU: 3 PID: 77 Comm: acmed Not tainted 6.1.0 #1",
            "Pid: 77, comm: acmed Tainted: P           ----------------    2.6.32-504.el6.x86_64 #1",
            "Modules linked in: ext4",
            "Call Trace:",
            "Call trace:",
            "RIP: 0010:acme_io+0x1/0x2",
            "EIP is at acme_io+0x1/0x2",
            "EIP:    0060:[<c016b7ec>]    Tainted: P",
            "Krnl PSW : 0704e00180000000 000003ff801d36ae",
            " acme_io+0x1/0x2",
            "Linux version 6.1.0",
            "-- Reboot --",
            "-- Boot 3c1f --",
        ];
        let told = |line: &&str| !TOLD_BY_THEIR_DUMP.iter().any(|head| line.starts_with(head));
        let lines = event::tests::headlines()
            .filter(told)
            .chain(notice::tests::CASES.iter().map(|(line, ..)| *line))
            .chain(dumps);
        let missed: Vec<_> = lines.filter(|line| !is_found(line)).collect();
        assert!(missed.is_empty(), "{missed:#?}");
    }

    #[test]
    fn there_are_no_more_anchors_than_the_vectorised_search_takes_and_tells_apart() {
        assert!(CAPITALS.len() <= 64, "{}", CAPITALS.len());
        for list in [OF_MODULES, OF_STORAGE] {
            let beginnings: std::collections::BTreeSet<_> = list.iter().map(|anchor| anchor.get(..4)).collect();
            assert!(beginnings.len() <= 19, "{beginnings:?}");
        }
        assert!([CAPITALS, OF_MODULES, OF_STORAGE].concat().iter().all(|anchor| anchor.len() >= 4));
    }

    #[test]
    fn anchors_of_all_groups_come_in_order() {
        let text = b"x taints kernel y BUG: f+0x1/0x2 nfs: server z tainting kernel";
        let (prefilter, mut scan) = (Prefilter::anchors(), Scan::default());
        let mut from = 0;
        let mut starts = Vec::new();
        while let Some((start, end)) = prefilter.find(text, from, &mut scan) {
            starts.push(start);
            from = end;
        }
        assert_eq!(starts, [6, 18, 24, 33, 53]);
    }
}
