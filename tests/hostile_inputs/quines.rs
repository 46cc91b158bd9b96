//! Archives that hold themselves, byte for byte: who unpacks what an archive holds never comes to an end.
//!
//! DEFLATE is taken as a language of two instructions that print: `Ln` (a stored block, RFC 1951 3.2.4) prints the `n`
//! units behind it, `Rn` (a block of fixed codes, 3.2.6) prints the last `n` units once more. Both are five bytes long,
//! one unit, and so a program can print instructions. [`deflated`] is one that prints itself between a head and a tail of
//! any bytes, as Russ Cox described it in "Zip Files All The Way Down" (2010).
//!
//! The checksum in head or tail is that of the whole, itself included. CRC-32 is affine over GF(2), so that one is the
//! solution of 32 linear equations.

use super::{Corpus, Promise};
use crate::synth::{Container, bad};

/// Bytes of an instruction.
const UNIT: usize = 5;

pub(super) fn add(corpus: &mut Corpus) {
    let (gzip, zip) = (gzip("r"), zip(MEMBER));
    for name in ["quine.gz", "quine.tar.gz", "quine.log.gz", "quine.ko.gz"] {
        corpus.add(name, &gzip, Promise::Reason);
    }
    for name in ["quine.zip", "quine.ko.zip"] {
        corpus.add(name, &zip, Promise::Reason);
    }
    let beside: [(&str, &str, &[u8], Promise); 8] = [
        ("gzip-dmesg", "var/log/dmesg.1.gz", &gzip, Promise::EventAndReason),
        ("gzip-messages", "var/log/messages-20240505.gz", &gzip, Promise::EventAndReason),
        ("gzip-tainted", "proc/sys/kernel/tainted", &gzip, Promise::EventAndReason),
        ("gzip-packed-directory", "proc/fs.tar", &gzip, Promise::EventAndReason),
        ("gzip-module", "lib/modules/4.18.0/extra/quine.ko.gz", &gzip, Promise::EventAndReason),
        ("zip-messages", "var/log/messages-20240505.zip", &zip, Promise::EventAndReason),
        ("zip-packed-directory", "sys.tar", &zip, Promise::Event),
        ("zip-report", "var/tmp/sosreport-inner.zip", &zip, Promise::EventAndReason),
    ];
    for container in [Container::TarXz, Container::Zip] {
        for (name, path, quine, promise) in beside {
            let mut tree = bad::report().tree();
            tree.file(path, quine);
            corpus.add(&format!("quine-{name}{}", container.suffix()), &container.pack(&tree), promise);
        }
    }
}

/// The member of the zip: named as a report, so that it is gone into.
const MEMBER: &str = "case/sosreport-quine-2024-05-01-abcdefg.zip";

/// A gzip file (RFC 1952) that unpacks to itself. Its head is 12 to 15 bytes long: a name of one to four letters.
fn gzip(name: &str) -> Vec<u8> {
    sealed(|crc, size, seed| {
        let head = [b"\x1f\x8b\x08\x08", &seed.to_le_bytes()[..], b"\0\xff", name.as_bytes(), b"\0"].concat();
        deflated(&head, &[crc.to_le_bytes(), size.to_le_bytes()].concat())
    })
}

/// A zip whose one member is the zip (APPNOTE.TXT 4.3.7, 4.3.12, 4.3.16). The name is 33 to 80 bytes long.
fn zip(name: &str) -> Vec<u8> {
    let length = u16::try_from(name.len()).unwrap().to_le_bytes();
    sealed(|crc, size, seed| {
        let (head_size, central_size) = (30 + name.len(), 46 + name.len());
        let tail_size = central_size + 22;
        let word = |number: usize| u32::try_from(number).unwrap().to_le_bytes();
        let packed = word((size as usize).saturating_sub(head_size + tail_size));
        let directory = word((size as usize).saturating_sub(tail_size));
        // Version 2.0, no flags, deflate; the seconds of a time on 2024-05-01.
        let [second, ..] = (seed % 30).to_le_bytes();
        let common = [
            &[20, 0, 0, 0, 8, 0, second, 0, 0xa1, 0x58],
            &crc.to_le_bytes()[..],
            &packed,
            &size.to_le_bytes(),
            &length,
            &[0; 2],
        ]
        .concat();
        let head = [b"PK\x03\x04", &common[..], name.as_bytes()].concat();
        let central = [b"PK\x01\x02\x14\0", &common[..], &[0; 14], name.as_bytes()].concat();
        let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0", &word(central_size)[..], &directory, &[0; 2]].concat();
        deflated(&head, &[central, end].concat())
    })
}

/// The file that `make` gives for its own CRC-32 and size. Where no checksum is right, another seed is tried.
fn sealed(make: impl Fn(u32, u32, u32) -> Vec<u8>) -> Vec<u8> {
    let size = u32::try_from(make(0, 0, 0).len()).unwrap();
    // Three seeds of ten have one.
    let mut sealed = (0..1000).filter_map(|seed| {
        let crc = own_checksum(|crc| checksum(&make(crc, size, seed)))?;
        Some(make(crc, size, seed))
    });
    sealed.next().unwrap()
}

fn checksum(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// The `x` of `of(x) = x`, for an affine `of`: `of(x) = of(0) + M x`, and so `(M + 1) x = of(0)`. `None` where that has not
/// exactly one solution.
fn own_checksum(of: impl Fn(u32) -> u32) -> Option<u32> {
    let constant = of(0);
    let column = |bit: u32| of(1 << bit) ^ constant ^ (1 << bit);
    let columns: Vec<u32> = (0..32).map(column).collect();
    // An equation is a row: its 32 coefficients, and its right side above them.
    let mut rows: Vec<u64> = (0..32)
        .map(|row| {
            let coefficients = columns.iter().enumerate().map(|(at, column)| u64::from(column >> row & 1) << at);
            coefficients.fold(u64::from(constant >> row & 1) << 32, |row, bit| row | bit)
        })
        .collect();
    for unknown in 0..32 {
        let pivot = (unknown..32).find(|row| rows[*row] >> unknown & 1 == 1)?;
        rows.swap(unknown, pivot);
        let (pivot, bit) = (rows[unknown], 1 << unknown);
        rows.iter_mut()
            .enumerate()
            .filter(|(at, row)| *at != unknown && **row & bit != 0)
            .for_each(|(_, row)| *row ^= pivot);
    }
    Some(rows.iter().enumerate().fold(0, |solution, (at, row)| solution | u32::from(row >> 32 == 1) << at))
}

/// Head, a program that prints head, itself and tail, and tail.
///
/// Beside each line stands how what is printed by then compares with the program up to there.
fn deflated(head: &[u8], tail: &[u8]) -> Vec<u8> {
    let units = |count: usize| print(count * UNIT);
    let (print_head, print_tail) = (print(head.len() + UNIT), print(tail.len() + UNIT));
    // The first line prints the head and the instruction behind it, whose last byte is then the last one printed.
    let again_head = again(head.len() + UNIT, *print_head.last().unwrap(), false);
    let again_tail = again(tail.len() + UNIT, *tail.last().unwrap(), true);
    let (l0, l1, l4, r4) = (units(0), units(1), units(4), again(4 * UNIT, 0, false));
    let program: &[&[&[u8]]] = &[
        &[head],
        &[&print_head, head, &print_head],  // behind by its last two parts
        &[&again_head],                     // behind by itself
        &[&l1, &again_head],                // behind by its two parts
        &[&l1, &l1],                        // behind by again_head l1 l1
        &[&l4, &again_head, &l1, &l1, &l4], // behind by what it printed
        &[&r4],                             // behind by itself
        &[&l4, &r4, &l4, &r4, &l4],         // behind by r4 l4
        &[&r4],                             // ahead by l4
        &[&l4, &r4, &l0, &l0, &print_tail], // even
        &[&r4],                             // ahead by three units
        &[&l0, &l0],                        // ahead by one, the next
        &[&print_tail, &again_tail, tail],  // even
        &[&again_tail],                     // ahead by the tail
        &[tail],
    ];
    program.concat().concat()
}

/// `L`: prints the next bytes.
fn print(count: usize) -> [u8; UNIT] {
    let [low, high] = u16::try_from(count).unwrap().to_le_bytes();
    [0, low, high, !low, !high]
}

/// `R`: prints the last bytes once more, `last` being the last of them; `ends` the program, where the rest of the unit is
/// padding. Elsewhere it must be full: of the ways to say it one is taken that is.
fn again(count: usize, last: u8, ends: bool) -> [u8; UNIT] {
    let mut ways = (0..8).filter_map(|way| {
        let (in_two, literal, idle) = (way & 1 != 0, way & 2 != 0, way & 4 != 0);
        let copied = count - usize::from(literal);
        let half = if in_two { copied / 2 } else { 0 };
        let lengths = [half, copied - half];
        if lengths.iter().any(|length| !matches!(length, 0 | 3..=257)) {
            return None;
        }
        let mut bits = Bits::default();
        if idle {
            bits.fixed_block(false).symbol(256);
        }
        bits.fixed_block(ends);
        lengths.into_iter().filter(|length| *length > 0).for_each(|length| bits.copy(length, count));
        if literal {
            bits.symbol(u32::from(last));
        }
        bits.symbol(256);
        (bits.count == 40 || (ends && (33..40).contains(&bits.count))).then_some(bits.bits)
    });
    let bits = ways.next().unwrap_or_else(|| panic!("no block of {UNIT} bytes repeats {count}: take another name"));
    let [a, b, c, d, e, ..] = bits.to_le_bytes();
    [a, b, c, d, e]
}

/// Bits as DEFLATE packs them, the first the lowest.
#[derive(Default)]
struct Bits {
    bits: u64,
    count: u32,
}

impl Bits {
    fn number(&mut self, value: u32, width: u32) {
        self.bits |= u64::from(value).checked_shl(self.count).unwrap_or(0);
        self.count += width;
    }

    /// A code of the fixed Huffman tree, whose highest bit comes first.
    fn code(&mut self, code: u32, width: u32) {
        self.number(code.reverse_bits() >> (32 - width), width);
    }

    fn fixed_block(&mut self, last: bool) -> &mut Self {
        self.number(u32::from(last), 1);
        self.number(1, 2);
        self
    }

    /// A literal (below 256), the end of the block (256) or a length (RFC 1951, 3.2.6).
    fn symbol(&mut self, symbol: u32) {
        match symbol {
            0..=143 => self.code(0x30 + symbol, 8),
            144..=255 => self.code(0x190 + symbol - 144, 9),
            256..=279 => self.code(symbol - 256, 7),
            _ => self.code(0xc0 + symbol - 280, 8),
        }
    }

    /// A length of 3 to 257 and a distance (3.2.5): beyond the first few, four lengths and two distances of each power of
    /// two have a symbol, and the bits below follow it.
    fn copy(&mut self, length: usize, distance: usize) {
        let (length, distance) = (u32::try_from(length - 3).unwrap(), u32::try_from(distance - 1).unwrap());
        let extra = length.max(4).ilog2() - 2;
        self.symbol(257 + 4 * extra + (length >> extra));
        self.number(length & ((1 << extra) - 1), extra);
        let extra = distance.max(2).ilog2() - 1;
        self.code(2 * extra + (distance >> extra), 5);
        self.number(distance & ((1 << extra) - 1), extra);
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read};

    use super::*;

    #[test]
    fn the_gzip_holds_itself() {
        for name in ["r", "ab", "abcd"] {
            let quine = gzip(name);
            let mut content = Vec::new();
            let mut decoder = flate2::bufread::GzDecoder::new(quine.as_slice());
            // The decoder compares the checksum and the size that follow.
            decoder.read_to_end(&mut content).unwrap();
            assert!(content == quine && decoder.into_inner().is_empty(), "{name}");
        }
    }

    #[test]
    fn the_zip_holds_itself() {
        for name in [MEMBER, &"r".repeat(33), &"r".repeat(80)] {
            let quine = zip(name);
            let mut archive = zip::ZipArchive::new(Cursor::new(&quine)).unwrap();
            assert_eq!(archive.len(), 1);
            let mut member = archive.by_index(0).unwrap();
            let mut content = Vec::new();
            // The reader compares the checksum.
            member.read_to_end(&mut content).unwrap();
            assert_eq!((member.name().unwrap().as_ref(), member.size()), (name, quine.len() as u64));
            assert!(content == quine, "{name}");
        }
    }
}
