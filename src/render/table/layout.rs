//! How the columns of the table are laid out in a terminal of some width.
//!
//! Four layouts, from all on one line to all stacked; the first in which no name has to be broken is taken:
//!
//! ```text
//! report | kernel | event in symbol | process | module | flags | role | where      (and no heading)
//! event in symbol | process | module | flags | role | where                       below a heading: report, kernel
//! event           | module                  | where
//! symbol          | flags role              |
//! process         |                         |
//! event           | module
//! symbol          | flags role
//! process         | where
//! ```

use std::borrow::Cow;

use super::super::wrap::{columns, in_two_lines};
use super::rows::{Block, Finding, Row, Subject};

/// Blanks between two columns.
pub(super) const GAP: usize = 2;
/// Blanks before what hangs below a name.
const HANGING: usize = 2;
/// A name longer than this does not decide about the layout; it is broken.
const LONGEST_NAME: usize = 48;
/// Columns that a sentence in place of a module would gladly have.
const SENTENCE: usize = 72;

/// What can stand in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Report,
    Kernel,
    Event,
    Symbol,
    EventInSymbol,
    Process,
    Module,
    Flags,
    Role,
    FlagsAndRole,
    Where,
}

impl Field {
    /// Its name in the head of the table.
    pub(super) fn head(self) -> &'static str {
        match self {
            Self::Report => "report",
            Self::Kernel => "kernel",
            Self::Event | Self::EventInSymbol => "event",
            Self::Symbol => "symbol",
            Self::Process => "process",
            Self::Module => "module",
            Self::Flags => "flags",
            Self::Role => "role",
            Self::FlagsAndRole => "flags, role",
            Self::Where => "where",
        }
    }

    /// Blanks before it in its column: what belongs to a module hangs below its name.
    pub(super) fn indent(self, column: &[Self]) -> usize {
        if column.first() == Some(&Self::Module) && self != Self::Module { HANGING } else { 0 }
    }

    /// Its text in a row; `None` where a sentence takes its place.
    pub(super) fn text<'a>(self, block: &'a Block, finding: &'a Finding) -> Option<Cow<'a, str>> {
        let event = finding.event.as_ref();
        Some(match (self, &finding.subject) {
            (Self::Report, _) => block.report.as_str().into(),
            (Self::Kernel, _) => block.kernel.as_str().into(),
            (Self::Event, _) => event.map_or(Cow::default(), |event| format!("{}{}", event.kind, event.ending).into()),
            (Self::Symbol, _) => event.map_or("", |event| event.symbol.as_str()).into(),
            (Self::EventInSymbol, _) => event.map_or(Cow::default(), |event| {
                let before = if event.symbol.is_empty() { "" } else { " in " };
                format!("{}{before}{}{}", event.kind, event.symbol, event.ending).into()
            }),
            (Self::Process, _) => event.map_or("", |event| event.process.as_str()).into(),
            (Self::Where, Subject::Sentence(_)) if finding.place.is_empty() => return None,
            (Self::Where, _) => finding.place.as_str().into(),
            (Self::Module, Subject::Module { name, .. }) => name.as_str().into(),
            (Self::Flags, Subject::Module { flags, .. }) => flags.as_str().into(),
            (Self::Role, Subject::Module { role, .. }) => role.as_str().into(),
            (Self::FlagsAndRole, Subject::Module { flags, role, .. }) => format!("{flags}  {role}").into(),
            (Self::Module, Subject::Sentence(sentence)) => sentence.as_str().into(),
            (Self::Flags | Self::Role | Self::FlagsAndRole, Subject::Sentence(_)) => return None,
        })
    }
}

/// What stands over a column.
pub(super) fn head(column: &[Field]) -> String {
    let heads: Vec<&str> = column.iter().map(|field| field.head()).collect();
    heads.join(", ")
}

/// Columns, each a stack of fields.
#[derive(Debug)]
pub(super) struct Layout {
    /// Report and kernel stand on a line of their own above the rows.
    pub(super) heading: bool,
    pub(super) columns: &'static [&'static [Field]],
}

use Field::{Event, EventInSymbol, Flags, FlagsAndRole, Kernel, Module, Process, Report, Role, Symbol, Where};

static LAYOUTS: [Layout; 3] = [
    Layout {
        heading: false,
        columns: &[&[Report], &[Kernel], &[EventInSymbol], &[Process], &[Module], &[Flags], &[Role], &[Where]],
    },
    Layout { heading: true, columns: &[&[EventInSymbol], &[Process], &[Module], &[Flags], &[Role], &[Where]] },
    Layout { heading: true, columns: &[&[Event, Symbol, Process], &[Module, FlagsAndRole], &[Where]] },
];

/// The layout for terminals in which the others break names.
static NARROW: Layout = Layout { heading: true, columns: &[&[Event, Symbol, Process], &[Module, FlagsAndRole, Where]] };

/// A layout with the width of each column.
#[derive(Debug)]
pub(super) struct Fitted {
    pub(super) layout: &'static Layout,
    pub(super) widths: Vec<usize>,
    /// Columns of the terminal that the table takes.
    pub(super) width: usize,
    /// Where the kernel begins in a heading.
    pub(super) kernel_at: usize,
}

impl Fitted {
    /// Blanks before the first column.
    pub(super) fn indent(&self) -> usize {
        self.layout.indent()
    }
}

/// Needs of a column: at least, and gladly.
#[derive(Clone, Copy, Debug, Default)]
struct Need {
    /// Blanks before the field that is measured.
    indent: usize,
    least: usize,
    gladly: usize,
    /// Columns of the longest sentence that begins here and runs over what tells of a module.
    sentence: usize,
}

impl Need {
    fn grow(&mut self, least: usize, gladly: usize) {
        self.least = self.least.max(least.min(LONGEST_NAME) + self.indent);
        self.gladly = self.gladly.max(gladly + self.indent);
    }
}

/// The first layout that fits into `width` columns without a broken name, else the narrow one.
pub(super) fn fit(blocks: &[Block], width: usize) -> Fitted {
    for layout in &LAYOUTS {
        let needs = layout.needs(blocks);
        let least: usize = needs.iter().map(|need| need.least).sum();
        if least + layout.around() <= width {
            return layout.fitted(&needs, width, blocks);
        }
    }
    NARROW.fitted(&NARROW.needs(blocks), width, blocks)
}

impl Layout {
    fn indent(&self) -> usize {
        if self.heading { GAP } else { 0 }
    }

    /// Blanks before and between the columns.
    fn around(&self) -> usize {
        self.indent() + GAP * self.columns.len().saturating_sub(1)
    }

    fn needs(&self, blocks: &[Block]) -> Vec<Need> {
        let mut needs: Vec<Need> = Vec::with_capacity(self.columns.len());
        for column in self.columns {
            let mut need = Need::default();
            for field in *column {
                need.indent = field.indent(column);
                for block in blocks {
                    block.rows.iter().for_each(|row| field.measure(block, row, &mut need));
                }
            }
            let head = head(column).len();
            need.least = need.least.max(head);
            need.gladly = need.gladly.max(head);
            needs.push(need);
        }
        let run_over = self.columns.iter().zip(&needs).filter(|(column, _)| matches!(column, [Flags] | [Role]));
        let run_over: usize = run_over.map(|(_, need)| GAP + need.least).sum();
        for need in &mut needs {
            need.gladly = need.gladly.max(need.sentence.saturating_sub(run_over));
        }
        needs
    }

    /// The widths of the columns, and of all together.
    fn fitted(&'static self, needs: &[Need], width: usize, blocks: &[Block]) -> Fitted {
        let widths = share(needs, width.saturating_sub(self.around()));
        let rows = widths.iter().sum::<usize>() + self.around();
        let kernel = blocks.iter().map(|block| columns(&block.kernel)).max().unwrap_or(0).max(Kernel.head().len());
        let report = blocks.iter().map(|block| columns(&block.report)).max().unwrap_or(0).max(Report.head().len());
        let kernel_at = (report + GAP).min(width.saturating_sub(kernel.min(width / 2)));
        let heading = if self.heading { kernel_at + kernel } else { 0 };
        let sentences = blocks.iter().flat_map(|block| &block.rows).map(|row| match row {
            Row::Sentence(sentence, _) => columns(sentence) + self.indent(),
            Row::Finding(_) => 0,
        });
        let width = sentences.fold(rows.max(heading), usize::max).min(width);
        Fitted { layout: self, widths, width, kernel_at }
    }
}

impl Field {
    fn measure(self, block: &Block, row: &Row, need: &mut Need) {
        let Row::Finding(finding) = row else {
            match self {
                Self::Report => need.grow(columns(&block.report), columns(&block.report)),
                Self::Kernel => need.grow(columns(&block.kernel), columns(&block.kernel)),
                _ => {}
            }
            return;
        };
        let Some(text) = self.text(block, finding) else { return };
        let whole = columns(&text);
        let least = match (self, &finding.subject) {
            (Self::Module, Subject::Sentence(_)) => return need.sentence = need.sentence.max(whole.min(SENTENCE)),
            (Self::Where, _) => in_two_lines(&text),
            _ => whole,
        };
        need.grow(least, whole);
    }
}

/// To each column what it needs, then what it would gladly have, small wishes first.
fn share(needs: &[Need], room: usize) -> Vec<usize> {
    let mut widths: Vec<usize> = needs.iter().map(|need| need.least).collect();
    shrink(&mut widths, room);
    let mut spare = room.saturating_sub(widths.iter().sum());
    let mut wishes: Vec<(usize, &mut usize)> =
        needs.iter().zip(&mut widths).map(|(need, width)| (need.gladly.saturating_sub(*width), width)).collect();
    wishes.sort_by_key(|(wish, _)| *wish);
    for (wish, width) in wishes {
        let given = wish.min(spare);
        *width += given;
        spare -= given;
    }
    widths
}

/// Takes from the widest column until all fit; a column keeps two at least.
fn shrink(widths: &mut [usize], room: usize) {
    while widths.iter().sum::<usize>() > room {
        match widths.iter_mut().max() {
            Some(widest) if *widest > 2 => *widest -= 1,
            _ => return,
        }
    }
}
