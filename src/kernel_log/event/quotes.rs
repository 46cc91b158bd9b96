//! The lines of a block that a finding about its event may cite: headline, pointer, frames of modules, module list, names.

use std::collections::BTreeSet;

use super::block::Block;
use crate::facts::{KernelEvent, quotable, quotable_list};

/// Number and text of each; of an event that shares the module list of another, without that list.
pub(super) fn of_event(event: &KernelEvent, block: &Block, shared_list: bool) -> Vec<(u64, Box<str>)> {
    let list = event.linked_in.as_ref().filter(|_| !shared_list).map(|list| list.line);
    let mut wanted: BTreeSet<u64> = event.frames.iter().filter(|f| f.module.is_some()).map(|f| f.line).collect();
    wanted.extend(event.origin.line);
    wanted.extend(event.ip.as_ref().map(|ip| ip.line));
    wanted.extend(event.named.iter().map(|named| named.line));
    wanted.extend(list);
    let of_block = block.lines.iter().filter_map(|kept| Some((kept.no, block.text.get(kept.start..kept.end)?)));
    let before = block.own_messages.iter().map(|message| (message.no, message.text.as_str()));
    let mut quotes = Vec::with_capacity(wanted.len());
    for (no, text) in before.chain(of_block) {
        if wanted.remove(&no) {
            let text = if Some(no) == list { quotable_list(text) } else { quotable(text) };
            quotes.push((no, text.into()));
        }
    }
    quotes
}
