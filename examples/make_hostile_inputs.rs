//! Writes several hundred damaged and hostile inputs: `cargo run --example make_hostile_inputs FOLDER`.
//!
//! The builder is that of the tests, `tests/hostile_inputs/`.
#![allow(dead_code, unused_imports, reason = "the tests use more of the builders")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "builders of test inputs may stop")]

#[path = "../tests/hostile_inputs/mod.rs"]
mod hostile_inputs;
#[path = "../tests/synth/mod.rs"]
mod synth;

use std::path::PathBuf;

fn main() {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: make_hostile_inputs FOLDER");
        std::process::exit(2);
    };
    let corpus = hostile_inputs::write_all(&folder);
    println!("wrote {} inputs to {}", corpus.inputs.len(), folder.display());
}
