//! Walks inputs and reads every byte of them, to see what a walk alone costs: `walk [--skip] PATH…`.
//!
//! `--skip` passes over all content instead. Compare with `xz -dc PATH >/dev/null`.

use std::io::{self, BufRead};
use std::path::PathBuf;
use std::time::Instant;

use taintrace::input::{Entry, EntryKind, Interest, Limits, Visitor, expand, walk};

#[derive(Default)]
struct Reader {
    skip: bool,
    entries: u64,
    bytes: u64,
    lines: u64,
}

impl Visitor for Reader {
    fn interest(&mut self, entry: &Entry<'_>) -> Interest {
        self.entries += 1;
        match entry.kind {
            EntryKind::File if self.skip => Interest::Skip,
            EntryKind::File if [".tar.xz", ".tar.gz", ".tar"].iter().any(|ending| entry.path.ends_with(ending)) => {
                Interest::Descend
            }
            EntryKind::File => Interest::Read,
            _ => Interest::Skip,
        }
    }

    fn read(&mut self, _: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
        loop {
            let available = bytes.fill_buf()?;
            if available.is_empty() {
                return Ok(());
            }
            let count = available.len();
            self.lines += memchr::memchr_iter(b'\n', available).count() as u64;
            self.bytes += count as u64;
            bytes.consume(count);
        }
    }

    fn problem(&mut self, path: &str, message: String) {
        eprintln!("{path}: {message}");
    }
}

fn main() {
    let mut reader = Reader::default();
    let (flags, paths): (Vec<String>, Vec<String>) =
        std::env::args().skip(1).partition(|argument| argument == "--skip");
    reader.skip = !flags.is_empty();
    let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
    for source in expand(&paths, &|_| true) {
        let started = Instant::now();
        match walk(&source, &Limits::default(), &mut reader) {
            Ok(walked) => println!("{}: {walked:?} in {:.3} s", source.name(), started.elapsed().as_secs_f64()),
            Err(error) => eprintln!("{error}"),
        }
    }
    println!("{} entries, {} bytes and {} lines read", reader.entries, reader.bytes, reader.lines);
}
