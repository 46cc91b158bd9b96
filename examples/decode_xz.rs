//! Decodes an xz file with the decoder that taintrace has, on one core, and does nothing with it: what a scan is measured by.
//!
//! ```text
//! cargo run --release --example decode_xz large.tar.xz
//! ```

use std::fs::File;
use std::io::{self, BufReader};

use xz2::stream::{CONCATENATED, Stream};

fn main() -> io::Result<()> {
    let path = std::env::args_os().nth(1).ok_or_else(|| io::Error::other("usage: decode_xz FILE"))?;
    let input = BufReader::with_capacity(1 << 16, File::open(path)?);
    let stream = Stream::new_stream_decoder(u64::MAX, CONCATENATED)?;
    let bytes = io::copy(&mut xz2::bufread::XzDecoder::new_stream(input, stream), &mut io::sink())?;
    println!("{bytes} bytes");
    Ok(())
}
