//! Writes `sample-reports/` anew: `cargo run --example make_sample_reports [FOLDER]`.
//!
//! The builder is that of the tests, `tests/synth/`; each sample is a function in `tests/synth/samples/`.

#[path = "../tests/synth/mod.rs"]
mod synth;

use std::path::PathBuf;

fn main() -> std::io::Result<()> {
    let folder = std::env::args_os().nth(1).map(PathBuf::from);
    let folder = folder.unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("sample-reports"));
    synth::samples::write_all(&folder)?;
    println!("wrote {}", folder.display());
    Ok(())
}
