//! Tests of the room, by what they hold it to.

mod docs;
mod golden;
mod masks;
mod modules;
mod properties;
mod releases;

use super::*;

fn bits(decoded: &Decoded) -> Vec<u8> {
    decoded.flags.iter().filter_map(|flag| flag.bit).collect()
}

fn letters(decoded: &Decoded) -> String {
    decoded.flags.iter().filter_map(|flag| flag.letter).collect()
}

fn names(decoded: &Decoded) -> Vec<&'static str> {
    decoded.flags.iter().map(|flag| flag.name).collect()
}
