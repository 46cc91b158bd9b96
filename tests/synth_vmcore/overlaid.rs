//! A good dump with foreign bytes over some of its places: what fuzz targets read.

use std::sync::OnceLock;

use super::containers::Dump;
use super::{Synth, physical};

/// Lays `data` over one of the places (its first byte says which, its second how far from the place's start) and
/// reads everything.
pub fn read(places: &[&'static str], data: &[u8]) {
    static GOOD: OnceLock<Dump> = OnceLock::new();
    let mut dump = GOOD.get_or_init(|| Synth::default().build()).clone();
    let [which, shift, bytes @ ..] = data else { return };
    let place = places[usize::from(*which) % places.len()];
    let address = dump.places.get(place).unwrap_or_else(|| panic!("the dump has no place {place}"));
    let at = physical(*address) + u64::from(*shift);
    dump.memory.write(at, &bytes[..bytes.len().min(64 << 10)]);
    let options = taintrace::vmcore::OpenOptions::default();
    let dump = taintrace::vmcore::Vmcore::from_reader("overlaid", dump.elf().as_slice(), &options);
    if let Ok(dump) = dump {
        let _ = dump.facts(taintrace::facts::Origin::file("overlaid"));
    }
}
