//! Kernel events: where one starts and ends, what it says, and which of them are one.
//!
//! [`starters`] lists the headlines, [`grammar`] puts every line into a [`class`], [`block`] collects the lines of one event,
//! [`assembler`] gives each line to the block it belongs to, [`build`] makes an event of a finished block, [`ledger`] keeps the events.

mod assembler;
mod before;
mod block;
mod build;
mod class;
mod conclude;
mod grammar;
mod headline;
mod heads;
mod ledger;
mod matching;
mod phase;
mod process;
mod proof;
mod quotes;
mod reading;
mod recent;
mod starters;
#[cfg(test)]
pub(super) mod tests;

pub(super) use assembler::{Assembler, Output};

pub(super) use class::Class;
pub(super) use conclude::Context;
pub(super) use grammar::{begins_like_kernel, classify, classify_cut, is_kernel_text};
pub(super) use ledger::{Kept, Ledger};
pub(super) use process::release;
pub(super) use recent::LOOK_BACK;
