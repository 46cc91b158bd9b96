//! The triage table for a terminal: a block of rows per report, and below it what each report comes to.
//!
//! ```text
//! report                                                                    kernel
//!   event       process       module   flags  role             where
//! ────────────────────────────────────────────────────────────────────────────────
//! sosreport-db07-2021-05-10.tar.xz                     3.10.0-1160.21.1.el7.x86_64
//!   oops in acmefs_read  cp (31337)  acmefs  POE  faulting (high)  var/log/messages:1042
//! ```

mod below;
mod grid;
mod layout;
mod rows;

use std::io::{self, Write};

use crate::triage::{Report, Summary};

use super::selection::Selection;
use super::wrap::columns;
use super::{Style, words};
use grid::{GridCell, line};
use layout::{Field, Fitted, GAP, fit};
use rows::{Block, Finding, Row, Tone};

/// Columns of the narrowest terminal that is catered for.
const NARROWEST: usize = 40;
/// Columns of the widest one.
const WIDEST: usize = 1000;

/// Prints the triage table, then a verdict per report with its remarks and problems, then what a batch comes to.
///
/// No line is wider than `style.width` (at least 40 columns). Text of the input is escaped.
///
/// # Errors
/// Those of `out`.
pub fn table(reports: &[Report], summary: &Summary, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let style = Style { width: style.width.clamp(NARROWEST, WIDEST), ..*style };
    let names = words::names(reports);
    let selections: Vec<Selection<'_>> = reports.iter().map(|report| Selection::of(report, style.all)).collect();
    if !reports.is_empty() {
        let blocks: Vec<Block> = reports
            .iter()
            .zip(&selections)
            .zip(&names)
            .map(|((report, selection), name)| Block::of(report, selection, name, style.all))
            .collect();
        let printer = Printer { fitted: fit(&blocks, style.width), colour: style.colour };
        printer.print(&blocks, out)?;
    }
    for ((report, selection), name) in reports.iter().zip(&selections).zip(&names) {
        below::report(report, selection, name, &style, out)?;
    }
    if reports.len() > 1 {
        below::summary(summary, reports, &style, out)?;
    }
    Ok(())
}

struct Printer {
    fitted: Fitted,
    colour: bool,
}

impl Printer {
    fn print(&self, blocks: &[Block], out: &mut dyn Write) -> io::Result<()> {
        self.head(out)?;
        for block in blocks {
            self.rule(out)?;
            self.block(block, out)?;
        }
        self.rule(out)
    }

    fn rule(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", "─".repeat(self.fitted.width))
    }

    fn head(&self, out: &mut dyn Write) -> io::Result<()> {
        if self.fitted.layout.heading {
            self.heading(Field::Report.head(), Field::Kernel.head(), out)?;
        }
        let cells: Vec<GridCell> =
            self.columns().map(|(fields, width)| GridCell::new(&layout::head(fields), width, Tone::Strong)).collect();
        line(&cells, self.fitted.indent(), self.colour, out)
    }

    /// Report and kernel on a line of their own; the kernel on the next one where the report's name runs into it.
    fn heading(&self, report: &str, kernel: &str, out: &mut dyn Write) -> io::Result<()> {
        let (whole, left) = (self.fitted.width, self.fitted.kernel_at.saturating_sub(GAP));
        let kernel = GridCell::new(kernel, whole.saturating_sub(self.fitted.kernel_at), Tone::Plain);
        if columns(report) <= left {
            return line(&[GridCell::new(report, left, Tone::Strong), kernel], 0, self.colour, out);
        }
        line(&[GridCell::new(report, whole, Tone::Strong)], 0, self.colour, out)?;
        line(&[kernel], self.fitted.kernel_at, self.colour, out)
    }

    fn block(&self, block: &Block, out: &mut dyn Write) -> io::Result<()> {
        if self.fitted.layout.heading {
            self.heading(&block.report, &block.kernel, out)?;
        }
        let mut event = Vec::new();
        let mut rows = block.rows.iter().enumerate().peekable();
        while let Some((nth, row)) = rows.next() {
            let mut cells = match row {
                Row::Finding(finding) => self.finding(block, finding, nth == 0),
                Row::Sentence(sentence, tone) => self.sentence(block, sentence, *tone, nth == 0),
            };
            if matches!(row, Row::Finding(_)) && self.fitted.layout.heading {
                let goes_on = matches!(rows.peek(), Some((_, Row::Finding(Finding { event: None, .. }))));
                share(&mut event, &mut cells, goes_on);
            }
            line(&cells, self.fitted.indent(), self.colour, out)?;
        }
        Ok(())
    }

    fn columns(&self) -> impl Iterator<Item = (&'static [Field], usize)> {
        self.fitted.layout.columns.iter().copied().zip(self.fitted.widths.iter().copied())
    }

    fn finding(&self, block: &Block, finding: &Finding, first: bool) -> Vec<GridCell> {
        let cell = |(fields, width): (&'static [Field], usize)| {
            let mut cell = GridCell::new("", width, Self::tone(fields, finding));
            for field in fields.iter().filter(|field| first || !matches!(field, Field::Report | Field::Kernel)) {
                cell.add(&field.text(block, finding).unwrap_or_default(), field.indent(fields));
            }
            cell
        };
        self.spans(block, finding).into_iter().map(cell).collect()
    }

    /// The columns of a row; one that a sentence runs over is part of the one before it.
    fn spans(&self, block: &Block, finding: &Finding) -> Vec<(&'static [Field], usize)> {
        let mut spans: Vec<(&'static [Field], usize)> = Vec::new();
        for (fields, width) in self.columns() {
            let run_over = fields.iter().all(|field| field.text(block, finding).is_none());
            match spans.last_mut() {
                Some((_, span)) if run_over => *span += GAP + width,
                _ => spans.push((fields, width)),
            }
        }
        spans
    }

    /// Only what tells of the module is coloured.
    fn tone(fields: &[Field], finding: &Finding) -> Tone {
        match fields.first() {
            Some(Field::Report) => Tone::Strong,
            Some(Field::Module | Field::Flags | Field::Role) => finding.tone,
            _ => Tone::Plain,
        }
    }

    /// A sentence across all columns but those of the report and its kernel.
    fn sentence(&self, block: &Block, sentence: &str, tone: Tone, first: bool) -> Vec<GridCell> {
        let mut cells = Vec::new();
        let mut left = self.fitted.width.saturating_sub(self.fitted.indent());
        for (fields, width) in self.columns() {
            let (text, tone) = match fields {
                [Field::Report] => (block.report.as_str(), Tone::Strong),
                [Field::Kernel] => (block.kernel.as_str(), Tone::Plain),
                _ => break,
            };
            cells.push(GridCell::new(if first { text } else { "" }, width, tone));
            left = left.saturating_sub(width + GAP);
        }
        cells.push(GridCell::new(sentence, left, tone));
        cells
    }
}

/// Lets the lines that tell of an event run on beside the further rows of that event.
fn share(event: &mut Vec<String>, cells: &mut [GridCell], goes_on: bool) {
    let Some((first, others)) = cells.split_first_mut() else { return };
    event.append(&mut first.lines);
    let beside = others.iter().map(|cell| cell.lines.len()).max().unwrap_or(0);
    let here = if goes_on { beside.min(event.len()) } else { event.len() };
    first.lines = event.drain(..here).collect();
}
