//! What the tests of the parsers share: a report put together from paths and texts, and properties that hold for all kinds.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use proptest::prelude::*;

use crate::facts::{Origin, ReportFacts};
use crate::sosreport::ModuleReader;
use crate::sosreport::draft::Draft;
use crate::sosreport::evidence::{self, Source};
use crate::sosreport::layout::{self, EvidenceKind, TABLE};

/// A report that is being put together.
pub(crate) struct Collected {
    draft: Draft,
}

impl Collected {
    pub fn new() -> Self {
        Self { draft: Draft::default() }
    }

    pub fn read_modules_with(self, reader: ModuleReader) -> Self {
        Self { draft: Draft::new(Some(reader), None) }
    }

    /// Adds a file by its path below the root.
    pub fn add(&mut self, path: &str, text: &str) {
        self.add_bytes(path, &mut text.as_bytes()).expect("memory can be read");
    }

    pub fn add_bytes(&mut self, path: &str, input: &mut dyn BufRead) -> io::Result<()> {
        let row = layout::classify(path).unwrap_or_else(|| panic!("{path} is no evidence"));
        self.draft.note(row.kind, path, None);
        evidence::read(row.kind, Source { path: Arc::from(path), member: path, before: 0, input }, &mut self.draft)
    }

    /// Adds a file that is noted by its name only.
    pub fn note(&mut self, path: &str, size: u64) {
        let row = layout::classify(path).unwrap_or_else(|| panic!("{path} is no evidence"));
        self.draft.note(row.kind, path, Some(size));
    }

    pub fn finish(self) -> ReportFacts {
        self.draft.finish().0
    }
}

/// What one file tells by itself.
pub(crate) fn read(path: &str, text: &str) -> ReportFacts {
    let mut report = Collected::new();
    report.add(path, text);
    report.finish()
}

/// An input that ends with an error.
pub(crate) struct Failing<'a>(pub &'a [u8]);

impl Read for Failing<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into)? {
            0 => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "the archive ends here")),
            count => Ok(count),
        }
    }
}

fn is_read(kind: EvidenceKind) -> bool {
    !matches!(kind, EvidenceKind::Dump | EvidenceKind::Known)
}

#[test]
fn an_error_of_the_input_is_returned_by_every_parser_and_facts_before_it_are_kept() {
    for row in TABLE.iter().filter(|row| is_read(row.kind)) {
        let mut report = Collected::new();
        let mut input = BufReader::new(Failing(b""));
        let outcome = report.add_bytes(row.examples[0], &mut input);
        // A parser that holds the whole file has nothing to say of an empty one.
        let holds_nothing = row.kind == EvidenceKind::ModuleFile;
        assert!(outcome.is_err() || holds_nothing, "{}", row.pattern);
    }
    let mut report = Collected::new();
    let mut input = BufReader::new(Failing(b"one 1 0 - Live 0x1 (POE)\ntwo 2 0 - Li"));
    assert!(report.add_bytes("proc/modules", &mut input).is_err());
    let facts = report.finish();
    assert_eq!(facts.loaded.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["one"]);
}

#[test]
fn an_empty_file_tells_nothing_but_that_it_is_there() {
    for row in TABLE.iter().filter(|row| is_read(row.kind)) {
        let facts = read(row.examples[0], "");
        assert!(facts.problems.is_empty(), "{}", row.pattern);
        assert!(
            facts.packages.is_empty() && facts.module_files.is_empty() && facts.tainted.is_empty(),
            "{}",
            row.pattern
        );
        assert!(facts.host == crate::facts::Host::default(), "{}", row.pattern);
    }
}

/// Words that steer parsers into their branches.
fn text() -> impl Strategy<Value = Vec<u8>> {
    let words = prop_oneof![
        Just("filename: ".to_owned()),
        Just("name: ".to_owned()),
        Just("(builtin)".to_owned()),
        Just("signature: AA:BB".to_owned()),
        Just("modinfo: ERROR: ".to_owned()),
        Just("vermagic: 5.14.0 ".to_owned()),
        Just("/lib/modules/5.14.0/extra/a.ko".to_owned()),
        Just(" -> ".to_owned()),
        Just("#==[ Command ]===#\n# /sbin/modinfo a\n".to_owned()),
        Just("#==[ Log File ]===#\n# /var/log/messages\n".to_owned()),
        Just("acme 1 0 - Live 0x1 (POE)".to_owned()),
        Just("acme, 1.0, 5.14: installed".to_owned()),
        Just("ID=rhel".to_owned()),
        Just("kernel.tainted = 1".to_owned()),
        Just("SIGNATURE VENDOR PACKAGE".to_owned()),
        Just("kernel-1-2.x86_64\t1\t1583226000\tv".to_owned()),
        Just("Tue Mar  3 10:00:00 CET 2020".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\t".to_owned()),
        "\\PC{0,20}",
    ];
    let piece = prop_oneof![4 => words.prop_map(String::into_bytes), 1 => prop::collection::vec(any::<u8>(), 0..20)];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

#[test]
fn lines_that_a_finding_may_cite_are_kept() {
    for (path, text, at, line) in [
        ("proc/modules", "xfs 10 0 - Live 0x0\nacme 10 0 - Live 0x0 (POE)\n", 2, "acme 10 0 - Live 0x0 (POE)"),
        ("sos_commands/kernel/lsmod", "Module Size Used by\nacme 1024 0\n", 2, "acme 1024 0"),
        ("sys/module/acme/taint", "POE\n", 1, "POE"),
        (
            "sos_commands/kernel/modinfo_ALL_MODULES",
            "filename:       /a/acme.ko\nlicense: GPL\n",
            1,
            "filename: /a/acme.ko",
        ),
        ("proc/sys/kernel/tainted", "12289\n", 1, "12289"),
        ("sos_commands/kernel/sysctl_-a", "a = 1\nkernel.tainted = 512\n", 2, "kernel.tainted = 512"),
        ("sos_commands/boot/mokutil_--sb-state", "SecureBoot enabled\n", 1, "SecureBoot enabled"),
    ] {
        let facts = read(path, text);
        assert_eq!(facts.quotes.get(&Origin::line(path, at)), Some(line), "{path}");
    }
}

proptest! {
    #[test]
    fn no_parser_panics_and_every_line_it_names_exists(bytes in text(), row in 0..TABLE.len()) {
        let row = &TABLE[row];
        let lines = bytes.split(|b| *b == b'\n').count() as u64;
        for example in row.examples {
            let mut report = Collected::new();
            report.add_bytes(example, &mut bytes.as_slice()).expect("memory can be read");
            let facts = report.finish();
            let origins = facts.loaded.iter().map(|m| &m.origin)
                .chain(facts.module_files.iter().map(|m| &m.origin))
                .chain(facts.locations.iter().map(|m| &m.origin))
                .chain(facts.packages.iter().map(|m| &m.origin))
                .chain(facts.blacklists.iter().map(|m| &m.origin))
                .chain(facts.tainted.iter().map(|m| &m.origin));
            for origin in origins {
                prop_assert_eq!(&*origin.path, *example);
                prop_assert!(origin.line.is_none_or(|line| (1..=lines).contains(&line)), "{} of {}", origin, lines);
            }
        }
    }

    #[test]
    fn how_the_input_is_cut_into_buffers_changes_nothing(bytes in text(), row in 0..TABLE.len(), capacity in 1usize..64) {
        let example = TABLE[row].examples[0];
        let mut whole = Collected::new();
        whole.add_bytes(example, &mut bytes.as_slice()).expect("memory can be read");
        let mut pieces = Collected::new();
        pieces.add_bytes(example, &mut BufReader::with_capacity(capacity, bytes.as_slice())).expect("memory can be read");
        prop_assert_eq!(whole.finish(), pieces.finish());
    }
}
