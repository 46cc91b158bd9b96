//! Writes large reports to measure with: `cargo run --release --example make_bench_reports FOLDER`.
//!
//! `large.tar.xz` (one report of 300 MB, packed as `xz -6` does), `blocks.tar.xz` (the same in blocks of 24 MiB, as `xz -T`
//! makes them), `batch/*.tar.xz` (forty of 20 MB), and `large/`, the first one unpacked. Each has one fault.
#![allow(dead_code, reason = "the tests use more of the builders")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "builders of test inputs may stop")]

#[path = "../tests/synth/mod.rs"]
mod synth;

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use synth::archive::tar;
use synth::{Node, Tree, bad};

const MB: usize = 1_000_000;
/// Share of a report's bytes that is the system log; the journal has as much, the rest is listings.
const LOG_SHARE: usize = 3;

/// Pseudo-random numbers, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % limit
    }
}

const PROGRAMS: &[&str] = &["systemd[1]", "sshd[2201]", "kernel", "crond[1533]", "NetworkManager[901]", "acmed[7120]"];
const WORDS: &[&str] = &[
    "session",
    "opened",
    "for",
    "user",
    "started",
    "device",
    "entered",
    "state",
    "forwarding",
    "link",
    "becomes",
    "ready",
    "connection",
    "from",
    "closed",
    "request",
    "took",
    "status",
    "volume",
    "mounted",
    "filesystem",
    "with",
    "ordered",
    "data",
    "mode",
    "interface",
    "accepted",
    "publickey",
    "timeout",
    "retrying",
    "unit",
    "succeeded",
    "reached",
    "target",
];

/// What a busy machine writes to its logs.
fn chatter(size: usize, numbers: &mut Numbers) -> String {
    let mut log = String::with_capacity(size + 256);
    let mut seconds = 0;
    while log.len() < size {
        seconds += numbers.below(3);
        let clock = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        let program = PROGRAMS[numbers.below(PROGRAMS.len())];
        let _ = write!(log, "Jan 23 {:02}:{:02}:{:02} hurt {program}:", clock.0, clock.1, clock.2);
        for _ in 0..5 + numbers.below(9) {
            let _ = write!(log, " {}", WORDS[numbers.below(WORDS.len())]);
        }
        let _ = writeln!(log, " {:x}", numbers.below(1 << 30));
    }
    log
}

/// The sound report of the tests, filled up to a size.
fn report(size: usize, seed: u64) -> Tree {
    let mut numbers = Numbers(seed);
    let mut tree = bad::report().tree();
    let own = tree.read("var/log/messages").unwrap_or_default().to_vec();
    let log = chatter(size / LOG_SHARE, &mut numbers);
    tree.put("var/log/messages", Node::File([log.as_bytes(), &own].concat()), 0o644);
    tree.file("sos_commands/logs/journalctl_--no-pager", chatter(size / LOG_SHARE, &mut numbers));
    let mut left = size - 2 * (size / LOG_SHARE);
    for number in 0.. {
        let bytes = (20_000 + numbers.below(60_000)).min(left);
        tree.file(&format!("sos_commands/general/listing_{number}"), chatter(bytes, &mut numbers));
        left -= bytes;
        if left == 0 {
            return tree;
        }
    }
    tree
}

fn xz(bytes: &[u8], preset: u32) -> Vec<u8> {
    let mut encoder = xz2::write::XzEncoder::new(Vec::new(), preset);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn in_blocks(bytes: &[u8]) -> Vec<u8> {
    let mut options = xz2::stream::MtStreamBuilder::new();
    options.threads(2).preset(6).block_size(24 << 20);
    let mut encoder = xz2::write::XzEncoder::new_stream(Vec::new(), options.encoder().unwrap());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn write(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder.join("batch"))?;
    let mut large = report(300 * MB, 1);
    let bytes = tar(&large);
    fs::write(folder.join("large.tar.xz"), xz(&bytes, 6))?;
    fs::write(folder.join("blocks.tar.xz"), in_blocks(&bytes))?;
    large.root = "large".to_owned();
    large.write_to(folder)?;
    for number in 0..40 {
        let small = report(20 * MB, 100 + number);
        fs::write(folder.join(format!("batch/sosreport-{number:02}.tar.xz")), xz(&tar(&small), 1))?;
    }
    Ok(())
}

fn main() -> std::io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: make_bench_reports FOLDER");
        std::process::exit(2);
    };
    write(&folder)?;
    println!("wrote {}", folder.display());
    Ok(())
}
