//! Writes the dump that the tests build, with as much more memory as is asked for: to see what a large one costs.
//!
//! ```text
//! cargo run --example synthetic_dump -- /tmp/vmcore 200        kdump-compressed, 200 MiB and a little
//! /usr/bin/time -v target/release/taintrace scan /tmp/vmcore
//! ```

#[path = "../tests/synth_vmcore/mod.rs"]
mod synth_vmcore;

use std::fs::File;
use std::os::unix::fs::FileExt;

use synth_vmcore::Synth;
use synth_vmcore::containers::{KdumpPlan, Packing};

/// Frame that the additional memory begins at: 4 GiB.
const FIRST: u64 = 1 << 20;
const PAGE: u64 = 4096;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: synthetic_dump FILE MIB";
    let (path, size) = (arguments.next().ok_or(usage)?, arguments.next().ok_or(usage)?.parse::<u64>()?);
    let mut dump = Synth::default().build();
    let pages = (size << 20) / PAGE;
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for number in 0..pages {
        // Noise, so that nothing packs.
        let noise: Vec<u8> = (0..PAGE / 8)
            .flat_map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                state.to_le_bytes()
            })
            .collect();
        dump.memory.write((FIRST + number) * PAGE, &noise);
    }
    let file = File::create(&path)?;
    let plan = KdumpPlan { max_pfn: FIRST + pages, ..KdumpPlan::packed(Packing::Snappy) };
    let mut failed = None;
    dump.write_kdump(plan, &mut |offset, bytes| {
        if let Err(error) = file.write_all_at(bytes, offset) {
            failed.get_or_insert(error);
        }
    });
    failed.map_or(Ok(()), |error| Err(error.into()))
}
