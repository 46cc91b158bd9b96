//! Finds the tables of kallsyms in the kernel image of kernels that do not tell where they are (before 6.0).
//!
//! ```text
//! [offsets, relative_base | addresses], num_syms, names, markers, [order of names], token_table, token_index
//! ```
//! Everything is aligned to 8 bytes. The token table can be told by its digits: all ten of them occur in names and
//! stand for themselves, `0\0 1\0 … 9\0`, as tokens 0x30 to 0x39. That the 256 offsets behind it fit proves it. The
//! markers before it (offset of every 256th name, the first one 0) lead to the names. The order of names, 3 bytes each,
//! is there where the change of 6.2 that looks names up faster was taken over. Source: scripts/kallsyms.c, `write_src()`.

use std::ops::ControlFlow;

use super::super::error::VmcoreError;
use super::super::image::KernelImage;
use super::super::memory::KernelMemory;
use super::fail;
use super::tables::Tables;

/// `0` to `9` as tokens.
const DIGITS: &[u8] = b"0\x001\x002\x003\x004\x005\x006\x007\x008\x009\x00";
/// Number of the first of them.
const FIRST_DIGIT: usize = 0x30;
/// Bytes around the digits that hold the token table and its index.
const AROUND: u64 = 8 << 10;
/// Fewest markers of a table that is believed: 4096 symbols.
const MIN_MARKERS: usize = 16;
/// Most markers.
const MAX_MARKERS: u64 = 16 << 10;
/// Most bytes of markers and order of names together: 300,000 symbols.
const MAX_ORDER: u64 = 1 << 20;
/// Names between two markers, and the most bytes they take.
const STRIDE: u64 = 256;
const MAX_STRIDE_BYTES: u64 = STRIDE * 514;

/// The token table and its index, proved.
struct TokenTable {
    table: u64,
    index: u64,
}

/// The markers: their address, how many there are, and the last of them.
struct Markers {
    at: u64,
    count: u64,
    last: u64,
}

/// Searches the image.
pub(super) fn find(memory: &KernelMemory, image: KernelImage) -> Result<Tables, VmcoreError> {
    let mut found = Err(fail("VMCOREINFO has no kallsyms symbols, and no token table stands in the kernel image"));
    let _ = image.find(memory, DIGITS, &mut |digits| {
        let Some(tokens) = token_table(memory, digits) else { return ControlFlow::Continue(()) };
        found = tables(memory, &tokens);
        match found {
            Ok(_) => ControlFlow::Break(()),
            Err(_) => ControlFlow::Continue(()),
        }
    });
    found
}

/// The token table around digits, if the index behind it fits.
fn token_table(memory: &KernelMemory, digits: u64) -> Option<TokenTable> {
    let start = digits.saturating_sub(AROUND / 2);
    let (bytes, _) = memory.bytes_with_gaps(start, AROUND, AROUND, "a token table").ok()?;
    let at = usize::try_from(digits - start).ok()?;
    // Back over 0x30 strings; the table itself starts at a multiple of 8, after up to 7 NULs of padding.
    let mut first = at;
    for _ in 0..FIRST_DIGIT {
        let before = bytes.get(..first.checked_sub(1)?)?;
        first = before.iter().rposition(|&b| b == 0).map_or(0, |nul| nul + 1);
    }
    (first.saturating_sub(15)..=first).rev().filter(|&c| (start + c as u64).is_multiple_of(8)).find_map(|candidate| {
        let offsets = string_offsets(bytes.get(candidate..)?)?;
        let packed: Vec<u8> = offsets.iter().flat_map(|&o| memory.endian().u16_bytes(o)).collect();
        let index = memchr::memmem::find(bytes.get(candidate..)?, &packed)?;
        let index = start + (candidate + index) as u64;
        Some(TokenTable { table: start + candidate as u64, index })
    })
}

/// Where each of the 256 strings starts.
fn string_offsets(bytes: &[u8]) -> Option<Vec<u16>> {
    let mut offsets = Vec::with_capacity(256);
    let mut at = 0;
    for _ in 0..256 {
        offsets.push(u16::try_from(at).ok()?);
        at += bytes.get(at..)?.iter().position(|&b| b == 0)? + 1;
    }
    Some(offsets)
}

/// From the token table back to everything before it.
fn tables(memory: &KernelMemory, tokens: &TokenTable) -> Result<Tables, VmcoreError> {
    let markers = [4, 8].into_iter().find_map(|width| markers(memory, tokens.table, width));
    let markers = markers.or_else(|| markers_before_order(memory, tokens.table));
    let markers = markers.ok_or_else(|| fail("a token table was found by a scan, but no markers before it"))?;
    let (count, names) = names(memory, &markers)
        .ok_or_else(|| fail("a token table was found by a scan, but no number of symbols that fits its markers"))?;
    let num_syms = names.saturating_sub(8);
    let base_at = num_syms.saturating_sub(8);
    let base = memory.u64(base_at).ok();
    Ok(Tables {
        count,
        names,
        token_table: tokens.table,
        token_index: tokens.index,
        offsets: Some(base_at.saturating_sub(count.saturating_mul(4)) & !7),
        base,
        addresses: Some(num_syms.saturating_sub(count.saturating_mul(8))),
    })
}

/// The markers of `width` bytes that end at the token table: they ascend from 0.
fn markers(memory: &KernelMemory, table: u64, width: u64) -> Option<Markers> {
    let value = |at: u64| match width {
        4 => memory.u32(at).map(u64::from),
        _ => memory.u64(at),
    };
    let mut at = table.checked_sub(width)?;
    // An odd number of 32-bit markers is padded.
    if value(at).ok()? == 0 {
        at = at.checked_sub(width)?;
    }
    let last = value(at).ok()?;
    let mut next = last;
    for count in 1..MAX_MARKERS {
        if next == 0 {
            return (count as usize > MIN_MARKERS).then_some(Markers { at, count, last });
        }
        at = at.checked_sub(width)?;
        let here = value(at).ok()?;
        let apart = next.checked_sub(here)?;
        if !(2 * STRIDE..=MAX_STRIDE_BYTES).contains(&apart) {
            return None;
        }
        next = here;
    }
    None
}

/// Markers of 32 bits with the order of names behind them: its length must fit their number.
fn markers_before_order(memory: &KernelMemory, table: u64) -> Option<Markers> {
    let start = table.checked_sub(MAX_ORDER)?;
    let (bytes, _) = memory.bytes_with_gaps(start, MAX_ORDER, MAX_ORDER, "the order of names").ok()?;
    let value = |at: usize| memory.endian().u32(&bytes, at).map(u64::from);
    let plausible = |before: u64, here: u64| {
        here.checked_sub(before).is_some_and(|apart| (2 * STRIDE..=MAX_STRIDE_BYTES).contains(&apart))
    };
    (0..bytes.len()).step_by(8).find_map(|first| {
        let (mut last, mut count) = (value(first).filter(|&zero| zero == 0)?, 1_u64);
        while count < MAX_MARKERS
            && let Some(next) = value(first + 4 * count as usize).filter(|&next| plausible(last, next))
        {
            (last, count) = (next, count + 1);
        }
        let behind = bytes.len().checked_sub(first + 4 * count as usize)? as u64;
        let fits = (3 * STRIDE * (count - 1)..=3 * STRIDE * count + 16).contains(&behind);
        (count as usize > MIN_MARKERS && fits).then_some(Markers { at: start + first as u64, count, last })
    })
}

/// Number of symbols, and where the names start. The last names, fewer than 256, are of unknown length: the number
/// before the names says where they start.
fn names(memory: &KernelMemory, markers: &Markers) -> Option<(u64, u64)> {
    let highest = markers.at.checked_sub(markers.last)? & !7;
    (0..MAX_STRIDE_BYTES / 8).filter_map(|step| highest.checked_sub(8 * step)).find_map(|names| {
        let number = memory.u64(names.checked_sub(8)?).ok()?;
        // 64 bit in old kernels, 32 bit with padding in newer ones: big-endian machines have it in the upper half.
        let count = if number >> 32 == 0 || number as u32 != 0 { number } else { number >> 32 };
        let fits = count.div_ceil(STRIDE) == markers.count && second_marker_fits(memory, names, markers);
        fits.then_some((count, names))
    })
}

/// Whether 256 names from `names` on end where the second marker says.
fn second_marker_fits(memory: &KernelMemory, names: u64, markers: &Markers) -> bool {
    let second = [4, 8].map(|width| match width {
        4 => memory.u32(markers.at + 4).map(u64::from).unwrap_or(0),
        _ => memory.u64(markers.at + 8).unwrap_or(0),
    });
    let mut at = names;
    for _ in 0..STRIDE {
        let Ok(first) = memory.u8(at) else { return false };
        let length = match first & 0x80 {
            0 => 1 + u64::from(first),
            _ => 2 + (u64::from(first & 0x7f) | memory.u8(at + 1).map_or(0, u64::from) << 7),
        };
        at = at.saturating_add(length);
    }
    second.contains(&(at - names))
}
