//! Prints one line of cells, each with a width, wrapped inside of it. A cell may stand in for several columns.

use std::io::{self, Write};

use comfy_table::{Attribute, Cell, Color, ColumnConstraint, Table, Width, presets};

use super::super::wrap::wrap;
use super::layout::GAP;
use super::rows::Tone;

/// A cell of one row, wrapped.
pub(super) struct GridCell {
    pub(super) lines: Vec<String>,
    pub(super) width: usize,
    pub(super) tone: Tone,
}

impl GridCell {
    pub(super) fn new(text: &str, width: usize, tone: Tone) -> Self {
        let mut cell = Self { lines: Vec::new(), width, tone };
        cell.add(text, 0);
        cell
    }

    /// Adds a text below, behind `indent` blanks. Nothing is added for no text.
    pub(super) fn add(&mut self, text: &str, indent: usize) {
        if !text.is_empty() {
            let lines = wrap(text, self.width.saturating_sub(indent));
            self.lines.extend(lines.into_iter().map(|line| format!("{:indent$}{line}", "")));
        }
    }

    fn drawn(&self) -> Cell {
        let cell = Cell::new_owned(self.lines.join("\n"));
        match self.tone {
            Tone::Plain => cell,
            Tone::Strong => cell.add_attribute(Attribute::Bold),
            Tone::Proof => cell.fg(Color::Red).add_attribute(Attribute::Bold),
            Tone::Path => cell.fg(Color::Yellow),
            Tone::Hint => cell.fg(Color::Cyan),
            Tone::Quiet => cell.add_attribute(Attribute::Dim),
            Tone::Failure => cell.fg(Color::Magenta),
        }
    }
}

/// Prints the cells beside each other behind `indent` blanks.
pub(super) fn line(cells: &[GridCell], indent: usize, colour: bool, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).force_no_tty().add_row(cells.iter().map(GridCell::drawn).collect::<Vec<_>>());
    if colour {
        table.enforce_styling().style_text_only();
    }
    let last = cells.len().saturating_sub(1);
    for (nth, (column, cell)) in table.column_iter_mut().zip(cells).enumerate() {
        let left = if nth == 0 { indent } else { 0 };
        let right = if nth == last { 0 } else { GAP };
        column.set_padding((narrow(left), narrow(right)));
        column.set_constraint(ColumnConstraint::Absolute(Width::Fixed(narrow(left + cell.width + right))));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

fn narrow(columns: usize) -> u16 {
    u16::try_from(columns).unwrap_or(u16::MAX)
}
