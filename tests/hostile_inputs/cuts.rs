//! Archives of every format, cut at every 4 KiB, and with one bit turned over.

use std::io::Write;

use super::{Corpus, Promise};
use crate::synth::{Container, bad};

/// Every format.
pub const CONTAINERS: [Container; 6] =
    [Container::Tar, Container::TarXz, Container::TarGz, Container::TarBz2, Container::TarZst, Container::Zip];
/// Bytes between two cuts.
const STEP: usize = 4096;
/// A plain tar is cut in larger steps: it has ten times the bytes.
const TAR_STEP: usize = 16 * 1024;
/// Bits turned over in each format.
const FLIPS: usize = 24;

/// The sound archive.
pub fn whole(container: Container) -> Vec<u8> {
    bad::report().archive(container)
}

/// The sound archive in xz blocks of 32 KiB, which are decoded side by side.
fn in_blocks() -> Vec<u8> {
    let mut options = xz2::stream::MtStreamBuilder::new();
    let stream = options.threads(1).preset(6).block_size(32 << 10).encoder().unwrap();
    let mut encoder = xz2::write::XzEncoder::new_stream(Vec::new(), stream);
    encoder.write_all(&whole(Container::Tar)).unwrap();
    encoder.finish().unwrap()
}

/// Every packed form and its suffix.
fn packed() -> Vec<(String, Vec<u8>)> {
    let plain = CONTAINERS.map(|container| (container.suffix().to_owned(), whole(container)));
    plain.into_iter().chain([("-blocks.tar.xz".to_owned(), in_blocks())]).collect()
}

pub(super) fn add(corpus: &mut Corpus) {
    for (suffix, bytes) in packed() {
        let step = if suffix == Container::Tar.suffix() { TAR_STEP } else { STEP };
        for at in (step..bytes.len()).step_by(step) {
            corpus.add(&format!("cut-{at:07}{suffix}"), &bytes[..at], Promise::Prefix);
        }
        for flip in 0..FLIPS {
            let at = flip * bytes.len() / FLIPS + flip;
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << (flip % 8);
            corpus.add(&format!("flip-{at:07}{suffix}"), &bytes, Promise::Row);
        }
    }
}
