//! Taint masks: what a value means, and how its kernel prints it.
//!
//! `12289` is `P`, `O` and `E`, printed by RHEL 7 as `Tainted: P           OE  ------------  `. The value is that of
//! `/proc/sys/kernel/tainted` (`kernel.tainted` of sysctl), where bit n stands for 1 << n.

use super::elsewhere::bit_note;
use super::flag::TaintFlag;
use super::lineage::Lineage;
use super::table::{Column, Row, Table, columns};

/// What a taint value or a `Tainted:` text means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded {
    /// Whose table was used.
    pub lineage: Lineage,
    /// The mask. Of a text, only the bits it shows; `None` where a letter of it has no known bit.
    pub value: Option<u64>,
    /// Flags that are set, in the order of their bits.
    pub flags: Vec<&'static TaintFlag>,
    /// Bits that are set and have no flag in this lineage.
    pub unknown_bits: Vec<u8>,
    /// Letters that no flag of this lineage has.
    pub unknown_letters: Vec<char>,
    /// What was assumed, and what cannot be told.
    pub notes: Vec<String>,
}

impl Decoded {
    /// Nothing set.
    pub(super) fn clean(lineage: Lineage) -> Self {
        let (flags, unknown_bits, unknown_letters) = (Vec::new(), Vec::new(), Vec::new());
        Self { lineage, value: Some(0), flags, unknown_bits, unknown_letters, notes: Vec::new() }
    }

    /// True where neither a flag nor anything unknown is set.
    pub fn is_clean(&self) -> bool {
        self.flags.is_empty() && self.unknown_bits.is_empty() && self.unknown_letters.is_empty()
    }

    /// Notes of the flags themselves.
    pub(super) fn add_flag_notes(&mut self) {
        self.notes.extend(self.flags.iter().filter_map(|flag| flag.note).map(str::to_owned));
    }
}

/// What a mask means to a kernel of this lineage.
pub fn decode_mask(lineage: Lineage, mask: u64) -> Decoded {
    let mut decoded = Decoded { value: Some(mask), ..Decoded::clean(lineage) };
    for bit in bits(mask) {
        match lineage.table().of_bit(bit) {
            Some(flag) => decoded.flags.push(flag),
            None => decoded.unknown_bits.push(bit),
        }
    }
    decoded.add_flag_notes();
    decoded
}

fn bits(mask: u64) -> impl Iterator<Item = u8> {
    (0..64u8).filter(move |bit| mask >> bit & 1 == 1)
}

/// What a mask means to the kernel of a release; the notes say where the lineage was assumed.
pub fn decode_value(mask: u64, release: Option<&str>) -> Decoded {
    let mut decoded = decode_mask(release.map_or(Lineage::Mainline, Lineage::of_release), mask);
    if release.and_then(Lineage::known_release).is_none() && mask != 0 {
        decoded.notes.insert(0, assumed(decoded.lineage, release));
        let notes: Vec<String> =
            bits(mask).filter_map(|bit| bit_note(bit, decoded.lineage.table().of_bit(bit))).collect();
        decoded.notes.extend(notes);
    }
    decoded
}

/// The note for a lineage that nothing speaks for.
pub(super) fn assumed(lineage: Lineage, release: Option<&str>) -> String {
    let label = lineage.label();
    match release {
        Some(release) => {
            let release: String = release.chars().take(80).collect();
            format!("no distribution is recognised in the release {release:?}: its kernel is assumed to be {label}")
        }
        None => format!("no kernel release is known: {label} is assumed"),
    }
}

/// What the kernel prints for a mask: `Not tainted`, or `Tainted: ` and all columns with their blanks and dashes.
///
/// Releases of one lineage can differ in how many columns follow the last flag, which shows as blanks at the end. Bits
/// without a column are not printed.
pub fn print_mask(lineage: Lineage, mask: u64) -> String {
    if mask == 0 {
        return "Not tainted".to_owned();
    }
    let table = lineage.table();
    let shown = table.printed_bits() & mask;
    let covers = |row: &&Row| row_bits(row) & shown == shown;
    let row = table.rows.iter().find(covers).or(table.rows.first()).copied().unwrap_or_default();
    print_row(table, row, mask)
}

/// `Tainted: ` and the columns of one row.
pub(super) fn print_row(table: &Table, row: Row, mask: u64) -> String {
    let text = columns(row).map(|column| printed_column(table, column, mask));
    "Tainted: ".chars().chain(text).collect()
}

/// The bits that have a column in a row.
pub(super) fn row_bits(row: Row) -> u64 {
    columns(row).fold(0, |bits, column| match column {
        Column::Flag(bit) => bits | 1u64.checked_shl(u32::from(bit)).unwrap_or(0),
        Column::Reserved(_) | Column::Literal(_) => bits,
    })
}

fn printed_column(table: &Table, column: Column, mask: u64) -> char {
    let is_set = |bit: u8| mask.checked_shr(u32::from(bit)).unwrap_or(0) & 1 == 1;
    match column {
        Column::Literal(c) => c,
        Column::Reserved(bit) if is_set(bit) => '?',
        Column::Reserved(_) => '-',
        Column::Flag(bit) if is_set(bit) => table.of_bit(bit).and_then(|flag| flag.letter).unwrap_or(' '),
        Column::Flag(0) => 'G',
        Column::Flag(_) => ' ',
    }
}
