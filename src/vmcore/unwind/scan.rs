//! The last resort: every word of the stack that points into code. Most of them are left over from earlier calls.

use super::super::kernel::Kernel;
use super::super::registers::Registers;
use super::super::symbolize::Symbolizer;
use super::{Backtrace, frame};
use crate::facts::Frame;

/// Bytes of a kernel stack on the machines that are read.
const STACK: u64 = 16 << 10;
/// Most frames that are taken.
const MAX_FRAMES: usize = 64;

/// Adds what the stack holds to a backtrace that came to nothing.
pub(super) fn add(kernel: &Kernel, symbolizer: &Symbolizer, registers: Registers, walked: Backtrace) -> Backtrace {
    let start = registers.sp & !7;
    let length = STACK - start % STACK;
    let Ok((stack, _)) = kernel.memory.bytes_with_gaps(start, length, STACK, "a stack") else { return walked };
    let words = stack.chunks_exact(8).filter_map(|word| kernel.memory.endian().u64(word, 0));
    let found: Vec<Frame> = words
        .filter(|&word| symbolizer.is_code(word))
        .map(|word| Frame { reliable: false, ..frame(symbolizer, word, false) })
        .take(MAX_FRAMES)
        .collect();
    if found.is_empty() {
        return walked;
    }
    let frames = walked.frames.iter().take(1).cloned().chain(found).collect();
    Backtrace { frames, by: "stack scan", ..walked }
}
