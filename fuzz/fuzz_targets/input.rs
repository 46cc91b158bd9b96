#![no_main]
//! Any bytes, walked as an input of their own and as what comes on standard input: no panic, no hang, limits held.

use std::io::{self, BufRead, Cursor};

use libfuzzer_sys::fuzz_target;
use taintrace::input::{Entry, EntryKind, Interest, Limits, Source, Visitor, walk, walk_reader};

/// Wants everything: walks what may be an archive, reads the rest, by turns.
struct Greedy {
    asked: u64,
    bytes: u64,
}

impl Visitor for Greedy {
    fn interest(&mut self, entry: &Entry<'_>) -> Interest {
        assert!(!entry.path.is_empty() && entry.path.split('/').all(|part| !matches!(part, "" | "." | "..")));
        self.asked += 1;
        match entry.kind {
            EntryKind::File if self.asked % 3 == 0 => Interest::Descend,
            _ => Interest::Read,
        }
    }

    fn read(&mut self, _: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
        self.bytes += io::copy(bytes, &mut io::sink())?;
        Ok(())
    }

    fn problem(&mut self, _: &str, _: String) {}
}

fuzz_target!(|data: &[u8]| {
    let limits = Limits {
        entry_bytes: 4 << 20,
        total_bytes: 16 << 20,
        ratio_from: 1 << 20,
        entries: 10_000,
        decoder_memory: 32 << 20,
        zip_in_memory: 1 << 20,
        ..Limits::default()
    };
    let mut greedy = Greedy { asked: 0, bytes: 0 };
    let source = Source::Bytes { name: "input".into(), bytes: data.into() };
    let _ = walk(&source, &limits, &mut greedy);
    // Two passes, and holes on top of what was decompressed.
    assert!(greedy.bytes <= 4 * (limits.total_bytes + data.len() as u64), "{} bytes", greedy.bytes);
    let _ = walk_reader(Cursor::new(data.to_vec()), "stdin", &limits, &mut Greedy { asked: 0, bytes: 0 });
});
