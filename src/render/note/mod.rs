//! The case note: what an engineer pastes into a case. Two runs give the same bytes.
//!
//! ```text
//! **acmefs (proprietary, out-of-tree, unsigned) was executing when the kernel oopsed …**
//!
//! ## What was read
//!
//! - Input: `sosreport-db07.tar.xz` (sosreport)
//! - Kernel: `3.10.0-1160.21.1.el7.x86_64` (rhel7, `x86_64`)
//! ```

mod page;
mod read;
mod sections;
mod trace;

use std::io::{self, Write};

use crate::triage::Report;

use super::Style;
use super::selection::Selection;
pub use page::Markup;
use page::Page;
use sections::Note;

/// Prints the note of one report: the verdict, what was read, events in order, the primary event with its backtrace,
/// third-party modules, evidence, conflicts, and what could not be read. With `style.all`, every event, frame and
/// module; width and colour have no bearing.
///
/// # Errors
/// Those of `out`.
pub fn note(report: &Report, markup: Markup, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let mut page = Page::new(markup, out);
    let selection = Selection::of(report, style.all);
    let note = Note { report, selection, all: style.all };
    page.lead(&page.text(&report.verdict))?;
    note.what_was_read(&mut page)?;
    if report.failed {
        return note.what_could_not_be_read(&mut page);
    }
    note.events(&mut page)?;
    note.primary_event(&mut page)?;
    note.modules(&mut page)?;
    note.evidence(&mut page)?;
    if style.explain {
        note.ranking(&mut page)?;
    }
    note.conflicts_and_remarks(&mut page)?;
    note.where_to_turn(&mut page)?;
    note.next_steps(&mut page)?;
    note.what_could_not_be_read(&mut page)
}
