//! Reading the letters of a `Tainted:` text against the columns of a lineage.

use super::flag::TaintFlag;
use super::lineage::Lineage;
use super::table::{Column, Row, Table, columns};

/// Flags and reserved bits that a text shows when it is read by its columns.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reading {
    pub mask: u64,
    pub reserved: u64,
    /// The text ends before a column that cannot be blank: its end was cut off.
    pub cut: bool,
}

/// Reads a text (without blanks at its end) by the columns of one row; `None` where it does not fit them.
fn read_row(table: &Table, row: Row, text: &str) -> Option<Reading> {
    let mut reading = Reading::default();
    let mut printed = text.chars();
    for column in columns(row) {
        let Some(c) = printed.next() else {
            reading.cut |= matches!(column, Column::Reserved(_) | Column::Literal('-'));
            continue;
        };
        match column {
            Column::Literal(literal) if c == literal => {}
            Column::Literal(_) => return None,
            Column::Reserved(_) if c == '-' => {}
            Column::Reserved(bit) if c == '?' => reading.reserved |= 1u64.checked_shl(u32::from(bit))?,
            Column::Reserved(_) => return None,
            Column::Flag(bit) => {
                let flag = table.of_bit(bit)?;
                let clear = if bit == 0 { 'G' } else { ' ' };
                if flag.letter == Some(c) {
                    reading.mask |= flag.mask();
                } else if c != clear {
                    return None;
                }
            }
        }
    }
    if printed.next().is_none() { Some(reading) } else { None }
}

/// Reads a text by the first row of a lineage that it fits; a row that it ends too early for comes last.
pub(super) fn read_columns(lineage: Lineage, text: &str) -> Option<Reading> {
    let table = lineage.table();
    table.rows.iter().filter_map(|row| read_row(table, row, text)).min_by_key(|reading| reading.cut)
}

/// How well a text suits the columns of a lineage, the best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fit {
    /// Column by column, blanks and all.
    Whole,
    /// Column by column, but its end was cut off.
    Cut,
    /// Its dashes come in the same runs: what remains of columns when blanks were collapsed.
    Dashes,
    /// Not at all.
    No,
}

/// How well a text suits the columns of a lineage.
pub(super) fn fit(lineage: Lineage, text: &str) -> Fit {
    match read_columns(lineage, text) {
        Some(reading) if !reading.cut => Fit::Whole,
        Some(_) => Fit::Cut,
        None if text.contains('-') && has_dashes_of(lineage, text) => Fit::Dashes,
        None => Fit::No,
    }
}

/// True where the dashes of the text come in the same runs as in some row.
fn has_dashes_of(lineage: Lineage, text: &str) -> bool {
    lineage.table().rows.iter().any(|row| {
        let dashes = columns(row).map(|column| matches!(column, Column::Reserved(_) | Column::Literal('-')));
        runs(dashes).eq(runs(text.chars().map(|c| c == '-' || c == '?')))
    })
}

/// Lengths of the runs of `true`.
fn runs(marks: impl Iterator<Item = bool>) -> impl Iterator<Item = usize> {
    let mut marks = marks;
    std::iter::from_fn(move || {
        let mut length = 0usize;
        loop {
            match marks.next() {
                Some(true) => length = length.saturating_add(1),
                Some(false) if length > 0 => return Some(length),
                Some(false) => {}
                None if length > 0 => return Some(length),
                None => return None,
            }
        }
    })
}

/// The flags of the `Tainted:` text that a letter can stand for.
pub(super) fn flags_of_letter(lineage: Lineage, letter: char) -> impl Iterator<Item = &'static TaintFlag> {
    let table = lineage.table();
    let printed = table.printed_bits();
    table.flags.iter().filter(move |flag| flag.letter == Some(letter) && flag.mask() & printed != 0)
}
