//! The two ways in which a note is written: Markdown, and plain text for trackers that show none.
//!
//! Text of the input enters through [`Page::text`] (prose) and [`Page::name`] (names, paths) only; everything else is ours.

use std::io::{self, Write};

use super::super::escape;
use super::super::wrap::{columns, cut, wrap};

/// How a note is marked up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Markup {
    /// CommonMark with the tables of GitHub.
    Markdown,
    /// Plain text in lines of at most 78 columns, names apart.
    Plain,
}

/// Columns of a plain note.
const PLAIN: usize = 78;
/// Letters of one piece of the input that are shown.
const MOST_LETTERS: usize = 1000;

/// Writes one note.
pub(super) struct Page<'a> {
    markup: Markup,
    out: &'a mut dyn Write,
    /// Nothing stands below the heading yet.
    fresh: bool,
    /// The last thing written is a block, from which what follows stands apart.
    behind_block: bool,
}

impl<'a> Page<'a> {
    pub(super) fn new(markup: Markup, out: &'a mut dyn Write) -> Self {
        Self { markup, out, fresh: true, behind_block: false }
    }

    /// Prose of the input, such as a sentence.
    pub(super) fn text(&self, text: &str) -> String {
        match self.markup {
            Markup::Markdown => escape::markdown(&cut(text, MOST_LETTERS)),
            Markup::Plain => escape::terminal(&cut(text, MOST_LETTERS)).into_owned(),
        }
    }

    /// A sentence of ours, in which backticks mark what is to be typed. Where a name in it brought backticks of its own, all
    /// of them are text.
    pub(super) fn sentence(&self, text: &str) -> String {
        let pieces: Vec<&str> = text.split('`').collect();
        let paired = pieces.len() % 2 == 1 && pieces.iter().skip(1).step_by(2).all(|code| !code.trim().is_empty());
        if self.markup == Markup::Plain || !paired {
            return self.text(text);
        }
        let blank = |is: bool| if is { " " } else { "" };
        let prose = |piece: &str| {
            let (before, behind) = (piece.starts_with(' '), piece.len() > 1 && piece.ends_with(' '));
            format!("{}{}{}", blank(before), self.text(piece), blank(behind))
        };
        let piece = |(nth, piece): (usize, &&str)| if nth % 2 == 0 { prose(piece) } else { self.name(piece) };
        pieces.iter().enumerate().map(piece).collect()
    }

    /// A name, a path or a value of the input.
    pub(super) fn name(&self, text: &str) -> String {
        match self.markup {
            Markup::Markdown => escape::markdown_code(&cut(text, MOST_LETTERS)),
            Markup::Plain => escape::terminal(&cut(text, MOST_LETTERS)).into_owned(),
        }
    }

    /// The sentence that the note begins with.
    pub(super) fn lead(&mut self, text: &str) -> io::Result<()> {
        match self.markup {
            Markup::Markdown if !text.is_empty() => writeln!(self.out, "**{text}**"),
            _ => self.hanging("", text),
        }
    }

    pub(super) fn heading(&mut self, text: &str) -> io::Result<()> {
        self.fresh = true;
        self.behind_block = false;
        match self.markup {
            Markup::Markdown => writeln!(self.out, "\n## {text}\n"),
            Markup::Plain => writeln!(self.out, "\n{text}\n{}", "-".repeat(columns(text))),
        }
    }

    pub(super) fn paragraph(&mut self, text: &str) -> io::Result<()> {
        self.apart()?;
        self.hanging("", text)
    }

    pub(super) fn item(&mut self, text: &str) -> io::Result<()> {
        if self.behind_block {
            self.apart()?;
        }
        self.fresh = false;
        self.hanging("- ", text)
    }

    /// A blank line, unless a heading has just made one.
    fn apart(&mut self) -> io::Result<()> {
        self.behind_block = false;
        if std::mem::take(&mut self.fresh) { Ok(()) } else { writeln!(self.out) }
    }

    /// Lines of a log or of a backtrace, as they are. They are escaped here.
    pub(super) fn block<'t>(&mut self, lines: impl IntoIterator<Item = &'t str>) -> io::Result<()> {
        let lines: Vec<String> =
            lines.into_iter().map(|line| escape::terminal(&cut(line, MOST_LETTERS)).into_owned()).collect();
        if lines.is_empty() {
            return Ok(());
        }
        self.apart()?;
        match self.markup {
            Markup::Markdown => {
                let fence = "`".repeat(longest_run(&lines, '`').max(2) + 1);
                writeln!(self.out, "{fence}text")?;
                lines.iter().try_for_each(|line| writeln!(self.out, "{line}"))?;
                writeln!(self.out, "{fence}")
            }
            Markup::Plain => lines.iter().try_for_each(|line| writeln!(self.out, "    {line}")),
        }?;
        self.behind_block = true;
        Ok(())
    }

    /// A table without its empty columns; in plain text an item per row, `head: cell` of all cells that are not empty.
    pub(super) fn table(&mut self, heads: &[&str], rows: &[Vec<String>]) -> io::Result<()> {
        if self.markup == Markup::Plain {
            return rows.iter().try_for_each(|row| self.item(&in_words(heads, row)));
        }
        self.fresh = false;
        let used: Vec<bool> =
            (0..heads.len()).map(|nth| rows.iter().any(|row| row.get(nth).is_some_and(|c| !c.is_empty()))).collect();
        let mut line = |cells: &mut dyn Iterator<Item = &str>| {
            let cells: Vec<&str> = cells.zip(&used).filter_map(|(cell, used)| used.then_some(cell)).collect();
            writeln!(self.out, "| {} |", cells.join(" | "))
        };
        line(&mut heads.iter().copied())?;
        line(&mut heads.iter().map(|_| "---"))?;
        rows.iter().try_for_each(|row| line(&mut row.iter().map(String::as_str)))
    }

    /// In plain text, lines that hang below the first; in Markdown one line, which its reader wraps.
    fn hanging(&mut self, mark: &str, text: &str) -> io::Result<()> {
        if self.markup == Markup::Markdown {
            return writeln!(self.out, "{mark}{text}");
        }
        let indent = " ".repeat(mark.len());
        for (nth, line) in wrap(text, PLAIN.saturating_sub(mark.len())).iter().enumerate() {
            writeln!(self.out, "{}{line}", if nth == 0 { mark } else { &indent })?;
        }
        Ok(())
    }
}

/// `acmefs; flags: POE; version: 7.2`: the first cell, and the others behind their heads.
fn in_words(heads: &[&str], row: &[String]) -> String {
    let cells = heads.iter().zip(row).enumerate().filter(|(_, (_, cell))| !cell.is_empty());
    let words: Vec<String> =
        cells.map(|(nth, (head, cell))| if nth == 0 { cell.clone() } else { format!("{head}: {cell}") }).collect();
    words.join("; ")
}

/// The longest run of one letter in any of the lines.
fn longest_run(lines: &[String], letter: char) -> usize {
    let runs = lines.iter().flat_map(|line| line.split(|c| c != letter));
    runs.map(str::len).max().unwrap_or(0)
}
