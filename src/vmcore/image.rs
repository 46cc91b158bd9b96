//! The kernel image in memory, and searches through it for what no symbol points to.

use std::ops::ControlFlow;

use super::memory::KernelMemory;

/// Granularity at which the image is mapped.
const STEP: u64 = 2 << 20;
/// Most of an image that is searched: large kernels have 100 MiB with their data.
const MAX_IMAGE: u64 = 256 << 20;
/// Bytes that are searched at once, and by how much two pieces overlap.
const PIECE: u64 = 1 << 20;
const OVERLAP: u64 = 4096;
/// Pieces in a row that are not in the dump before a search gives up: what follows is no image.
const MAX_LOST: u32 = 8;

/// The range of kernel addresses that the image is mapped at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KernelImage {
    /// First address.
    pub(crate) start: u64,
    /// One past the last.
    pub(crate) end: u64,
}

/// Most places that are looked at: what is looked for is rare, and each look costs.
const MAX_PLACES: u32 = 64;

impl KernelImage {
    /// The mapping around `_stext`: it ends where two steps in a row are not mapped.
    pub(crate) fn around(memory: &KernelMemory, stext: u64) -> Self {
        let start = stext & !(STEP - 1);
        let mut end = start;
        let mapped = |address: u64| memory.translator().mapping(memory.physical(), address).is_ok();
        while end.saturating_sub(start) < MAX_IMAGE && (mapped(end) || mapped(end.wrapping_add(STEP))) {
            end = end.saturating_add(STEP);
        }
        Self { start, end }
    }

    /// Shows each place where `pattern` stands to `visit`, until it breaks off or has seen enough of them. Pages that are not in the dump read as
    /// zeros.
    pub(crate) fn find(
        self,
        memory: &KernelMemory,
        pattern: &[u8],
        visit: &mut dyn FnMut(u64) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let finder = memchr::memmem::Finder::new(pattern);
        let (mut at, mut lost_pieces, mut places) = (self.start, 0, 0);
        while at < self.end && lost_pieces < MAX_LOST {
            let length = (PIECE + OVERLAP).min(self.end - at);
            let piece = memory.bytes_with_gaps(at, length, PIECE + OVERLAP, "a piece of the kernel image");
            let (bytes, lost) = piece.unwrap_or_default();
            lost_pieces = if lost == length { lost_pieces + 1 } else { 0 };
            for offset in finder.find_iter(&bytes).take_while(|&offset| (offset as u64) < PIECE) {
                visit(at.saturating_add(offset as u64))?;
                places += 1;
                if places == MAX_PLACES {
                    return ControlFlow::Continue(());
                }
            }
            at = at.saturating_add(PIECE);
        }
        ControlFlow::Continue(())
    }
}
