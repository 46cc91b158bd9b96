//! A good dump with foreign bytes over some of its places: what fuzz targets read.

use std::sync::OnceLock;

use super::containers::Dump;
use super::{Synth, physical};

/// Lays pieces of `data` over places of a good dump and reads everything.
///
/// A piece is a byte that says which place, two that say how far from its start, one that says how many bytes, and
/// these bytes.
pub fn read(places: &[&'static str], mut data: &[u8]) {
    static GOOD: OnceLock<Dump> = OnceLock::new();
    let mut dump = GOOD.get_or_init(|| Synth::default().build()).clone();
    while let [which, low, high, length, rest @ ..] = data {
        let place = places[usize::from(*which) % places.len()];
        let address = dump.places.get(place).unwrap_or_else(|| panic!("the dump has no place {place}"));
        let (bytes, later) = rest.split_at(rest.len().min(usize::from(*length)));
        dump.memory.write(physical(*address) + u64::from(u16::from_le_bytes([*low, *high])), bytes);
        data = later;
    }
    let options = taintrace::vmcore::OpenOptions::default();
    let dump = taintrace::vmcore::Vmcore::from_reader("overlaid", dump.elf().as_slice(), &options);
    if let Ok(dump) = dump {
        let _ = dump.facts(taintrace::facts::Origin::file("overlaid"));
    }
}
