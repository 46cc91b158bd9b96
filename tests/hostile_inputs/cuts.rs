//! Archives of every format, cut at every 4 KiB, and with one bit turned over.

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

pub(super) fn add(corpus: &mut Corpus) {
    for container in CONTAINERS {
        let bytes = whole(container);
        let step = if container == Container::Tar { TAR_STEP } else { STEP };
        for at in (step..bytes.len()).step_by(step) {
            corpus.add(&format!("cut-{at:07}{}", container.suffix()), &bytes[..at], Promise::Prefix);
        }
        for flip in 0..FLIPS {
            let at = flip * bytes.len() / FLIPS + flip;
            let mut bytes = bytes.clone();
            bytes[at] ^= 1 << (flip % 8);
            corpus.add(&format!("flip-{at:07}{}", container.suffix()), &bytes, Promise::Row);
        }
    }
}
