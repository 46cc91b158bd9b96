//! Backtraces and instruction pointers: which function of which module, and how far it can be trusted.

mod context;
mod frame;
mod pointer;
mod symbol;
#[cfg(test)]
mod tests;
mod text;

pub(crate) use context::Stack;
pub(crate) use frame::{Piece, Shape, is_kernel_address, read, single};
pub(crate) use pointer::{Pointer, pointer};
pub(crate) use text::FrameText;
