//! Finds the list of modules without symbols: by its shape.
//!
//! `struct module` starts with the state, the list node at 8 and the name at 24, on all 64-bit kernels. In the area
//! where modules are loaded, every place with a small state, a node whose neighbours point back at it, and a name is
//! taken for a module. Following the ring from there, the one node outside the area is the head.

use std::ops::Range;

use super::super::error::VmcoreError;
use super::super::kernel::Kernel;
use super::{MAX_MODULES, PART};

/// Where x86_64 loads modules: from behind the kernel image (512 MiB or 1 GiB) on.
const MODULE_AREA: Range<u64> = 0xffff_ffff_a000_0000..0xffff_ffff_ff00_0000;
/// Kernel addresses that list nodes may have.
const KERNEL: u64 = 0xffff_8000_0000_0000;
/// Most pages of the area that are looked through: 256 MiB.
const MAX_PAGES: usize = 1 << 16;
/// Most places that are followed before the search gives up.
const MAX_CANDIDATES: usize = 256;
/// Bytes of a page.
const PAGE: u64 = 4096;
/// Offsets in `struct module`.
const LIST: u64 = 8;
const NAME: usize = 24;

/// The address of the list's head.
pub(super) fn find_head(kernel: &Kernel) -> Result<u64, VmcoreError> {
    let fail = |reason: &str| VmcoreError::part(PART, format!("{reason} (and there are no symbols to find it by)"));
    if kernel.memory.translator().machine() != super::super::translate::Machine::X86_64 {
        return Err(fail("the module area of this machine is not searched"));
    }
    let image = kernel.image.map_or(0..0, |image| image.start..image.end);
    let pages = kernel.memory.translator().mapped_pages(kernel.memory.physical(), MODULE_AREA, MAX_PAGES);
    let area = |address: u64| {
        MODULE_AREA.contains(&address)
            && !image.contains(&address)
            && pages.binary_search(&(address & !(PAGE - 1))).is_ok()
    };
    let mut tried = 0;
    for &page in pages.iter().filter(|page| !image.contains(page)) {
        let Ok(bytes) = kernel.memory.bytes(page, PAGE, PAGE, "a page of the module area") else { continue };
        for offset in (0..bytes.len()).step_by(8) {
            let address = page + offset as u64;
            if !looks_like_module(kernel, &bytes, offset) || !is_linked(kernel, address + LIST) {
                continue;
            }
            if let Some(head) = head_of(kernel, address + LIST, &area) {
                return Ok(head);
            }
            tried += 1;
            if tried == MAX_CANDIDATES {
                return Err(fail("too many places of the module area look like modules"));
            }
        }
    }
    Err(fail("no module stands in the module area"))
}

/// A small state, two kernel pointers, and a name of a module.
fn looks_like_module(kernel: &Kernel, page: &[u8], offset: usize) -> bool {
    let endian = kernel.memory.endian();
    let pointer = |at: usize| endian.u64(page, at).is_some_and(|p| p >= KERNEL && p.is_multiple_of(8));
    let name = || {
        let bytes = page.get(offset + NAME..).unwrap_or_default();
        let name = super::super::bytes::until_nul(bytes.get(..56).unwrap_or(bytes));
        (2..56).contains(&name.len()) && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
    };
    endian.u32(page, offset).is_some_and(|state| state <= 3) && pointer(offset + 8) && pointer(offset + 16) && name()
}

/// Whether both neighbours of a node point back at it.
fn is_linked(kernel: &Kernel, node: u64) -> bool {
    let word = |address: u64| kernel.memory.u64(address);
    let next = word(node).and_then(|next| word(next.wrapping_add(8)));
    let previous = word(node.wrapping_add(8)).and_then(word);
    next.is_ok_and(|back| back == node) && previous.is_ok_and(|forth| forth == node)
}

/// The one node of the ring that is outside the area; `None` where there is none, or more than one.
fn head_of(kernel: &Kernel, node: u64, area: &dyn Fn(u64) -> bool) -> Option<u64> {
    let (mut head, mut at) = (None, node);
    for _ in 0..=MAX_MODULES {
        if !area(at) {
            if head.is_some() {
                return None;
            }
            head = Some(at);
        }
        at = kernel.memory.u64(at).ok()?;
        if at == node {
            return head;
        }
    }
    None
}
