//! Letters of a module's taint bits, which differ from one distribution to the next.

use crate::taint::{Decoded, decode_value};

/// The letters of a module's taints in bit order; `None` where a bit is set that no module of this kernel has.
pub(super) fn all_of_module(taints: u64, release: Option<&str>) -> Option<String> {
    let decoded = decode_value(taints, release);
    let whole = decoded.unknown_bits.is_empty() && decoded.flags.iter().all(|flag| flag.per_module);
    whole.then(|| letters(&decoded))
}

/// The letters of a module's taints in bit order; bits that no module has are left out.
pub(super) fn of_module(taints: u64, release: Option<&str>) -> String {
    letters(&decode_value(taints, release))
}

fn letters(decoded: &Decoded) -> String {
    decoded.flags.iter().filter(|flag| flag.per_module).filter_map(|flag| flag.letter).collect()
}
