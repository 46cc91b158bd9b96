//! Makes an event of a finished block: its lines are joined where they were wrapped, read, and concluded from.

use super::block::Block;
use super::conclude::{self, Context};
use super::reading::Reading;
use crate::facts::KernelEvent;
use crate::kernel_log::lines;

/// The event of a block; `None` where it holds none (a listing, a module list alone).
pub(super) fn event(block: &Block, context: &Context<'_>, truncated: bool) -> Option<KernelEvent> {
    if block.listing || block.lines.is_empty() {
        return None;
    }
    let lines = lines::rejoin(&block.lines, &block.text, block.dressed);
    let mut reading = Reading::new(block);
    for line in &lines {
        reading.line(line);
    }
    conclude::finish(reading, context, truncated)
}
