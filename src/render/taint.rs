//! A decoded taint as a table: letter, bit, name, and what it means on that kernel.

use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};

use super::Style;
use super::escape::terminal;
use crate::taint::{Decoded, TaintFlag};

/// Prints each flag on a line of its own, then what could not be decoded and what the reader should know.
///
/// # Errors
/// Those of the writer.
pub fn taint(decoded: &Decoded, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let value = decoded.value.map_or_else(String::new, |v| format!("{v} (0x{v:x}), "));
    writeln!(out, "{value}{}", decoded.lineage.label())?;
    if decoded.is_clean() {
        writeln!(out, "Not tainted.")?;
    } else {
        writeln!(out, "{}", table(&decoded.flags, style))?;
    }
    for bit in &decoded.unknown_bits {
        writeln!(out, "bit {bit}: no meaning is known for this kernel")?;
    }
    for letter in &decoded.unknown_letters {
        writeln!(out, "{}: no meaning is known for this kernel", terminal(&letter.to_string()))?;
    }
    for note in &decoded.notes {
        writeln!(out, "Note: {}", terminal(note))?;
    }
    Ok(())
}

fn table(flags: &[&'static TaintFlag], style: &Style) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(style.width).unwrap_or(u16::MAX));
    table.set_header(["letter", "bit", "flag", "meaning"]);
    for flag in flags {
        let letter = flag.letter.map_or_else(|| "-".to_owned(), String::from);
        let bit = flag.bit.map_or_else(|| "-".to_owned(), |b| b.to_string());
        table.add_row([letter, bit, flag.name.to_owned(), flag.meaning.to_owned()]);
    }
    table
}
