//! ELF core dumps of a machine: `/proc/vmcore`, `makedumpfile -E`, QEMU's `dump-guest-memory`.
//!
//! Program headers are found through `e_phoff` and `e_phentsize` alone: QEMU 7.2 puts them behind its section headers
//! and leaves `e_ehsize` and the virtual addresses wrong. Source: elf(5), QEMU dump/dump.c, Linux fs/proc/vmcore.c.

use std::ops::Range;

use super::super::bytes::{Endian, to_usize};
use super::super::error::{MemoryError, VmcoreError};
use super::source::Source;

/// First bytes of an ELF file.
pub(crate) const MAGIC: &[u8] = b"\x7fELF";
/// `ET_CORE`.
const TYPE_CORE: u16 = 4;
/// Program header types.
const PT_LOAD: u32 = 1;
const PT_NOTE: u32 = 4;
/// `e_phnum` of a file with more program headers than 16 bits count; `sh_info` of section 0 has the number.
const PN_XNUM: u16 = 0xffff;
/// Most program headers that are read.
const MAX_SEGMENTS: u64 = 1 << 20;
/// Most bytes of notes that are read.
const MAX_NOTES: u64 = 16 << 20;

/// A run of physical memory in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Segment {
    /// First physical address.
    pub(crate) physical: u64,
    /// Kernel address that it is mapped at; QEMU leaves it 0.
    pub(crate) virtual_address: u64,
    /// Offset in the file.
    offset: u64,
    /// Bytes in the file.
    in_file: u64,
    /// Bytes in memory; those beyond the bytes in the file are zeros that were left out.
    in_memory: u64,
}

impl Segment {
    /// One past its last physical address.
    pub(crate) fn end(&self) -> u64 {
        self.physical.saturating_add(self.in_memory)
    }
}

/// An ELF core.
pub(crate) struct ElfCore {
    source: Box<dyn Source>,
    /// Byte order of the machine.
    pub(crate) endian: Endian,
    /// `e_machine`.
    pub(crate) machine: u16,
    /// Its memory, in order of physical address.
    pub(crate) segments: Vec<Segment>,
    /// Physical addresses whose bytes are in the file, as ranges in order that do not touch.
    stored: Vec<Range<u64>>,
    /// Its notes, one after the other.
    pub(crate) notes: Vec<u8>,
    /// What the headers promise and the file does not hold.
    pub(crate) problem: Option<String>,
}

impl ElfCore {
    /// Reads the headers and the notes; memory is read when asked for.
    pub(crate) fn open(source: Box<dyn Source>, name: &str) -> Result<Self, VmcoreError> {
        let fail = |offset: u64, what: &str| VmcoreError::Header { name: name.to_owned(), offset, what: what.into() };
        let header = source.read_vec(0, 64).map_err(|e| fail(0, &e.to_string()))?;
        match header.get(4) {
            Some(2) => {}
            Some(1) => return Err(fail(4, "a 32-bit ELF core, and only dumps of 64-bit machines are read")),
            _ => return Err(fail(4, "not an ELF class")),
        }
        let endian = match header.get(5) {
            Some(1) => Endian::Little,
            Some(2) => Endian::Big,
            _ => return Err(fail(5, "not an ELF byte order")),
        };
        let short = || fail(0, "the ELF header is cut short");
        if endian.u16(&header, 16).ok_or_else(short)? != TYPE_CORE {
            return Err(fail(16, "an ELF file that is no core dump"));
        }
        let machine = endian.u16(&header, 18).ok_or_else(short)?;
        let table = ProgramHeaders::locate(source.as_ref(), endian, &header).ok_or_else(short)?;
        let mut core = Self {
            source,
            endian,
            machine,
            segments: Vec::new(),
            stored: Vec::new(),
            notes: Vec::new(),
            problem: None,
        };
        core.read_segments(table);
        Ok(core)
    }

    fn read_segments(&mut self, table: ProgramHeaders) {
        let bytes = table.count.min(MAX_SEGMENTS).saturating_mul(table.entry);
        let raw = self.source.read_vec(table.offset, to_usize(bytes)).unwrap_or_default();
        if (raw.len() as u64) < table.count.saturating_mul(table.entry) {
            self.problem = Some(format!("the file ends inside its {} program headers", table.count));
        }
        for entry in raw.chunks_exact(to_usize(table.entry).max(1)) {
            let field = |at: usize| self.endian.u64(entry, at).unwrap_or(0);
            let (offset, in_file) = (field(8), field(32));
            match self.endian.u32(entry, 0) {
                Some(PT_LOAD) => self.segments.push(Segment {
                    offset,
                    in_file,
                    virtual_address: field(16),
                    physical: field(24),
                    in_memory: field(40).max(in_file),
                }),
                Some(PT_NOTE) => {
                    let left = MAX_NOTES.saturating_sub(self.notes.len() as u64);
                    self.notes.extend(self.source.read_vec(offset, to_usize(in_file.min(left))).unwrap_or_default());
                }
                _ => {}
            }
        }
        self.segments.sort_by_key(|s| s.physical);
        self.stored = stored(&self.segments, self.source.len());
        let end = self.segments.iter().map(|s| s.offset.saturating_add(s.in_file)).max().unwrap_or(0);
        let missing = end.saturating_sub(self.source.len());
        if missing > 0 && self.problem.is_none() {
            self.problem = Some(format!(
                "the file is truncated: its headers promise {end} bytes, {missing} more than there are; copy it again"
            ));
        }
    }

    /// Reads memory at a physical address. All of `buffer` must be in the dump.
    pub(crate) fn read(&self, address: u64, buffer: &mut [u8]) -> Result<(), MemoryError> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let at = address.checked_add(done as u64).ok_or(MemoryError::NotDumped(address))?;
            let segment = self.segment_at(at).ok_or(MemoryError::NotDumped(at))?;
            let n = rest.len().min(to_usize(segment.end() - at));
            let part = rest.get_mut(..n).unwrap_or_default();
            let within = at - segment.physical;
            let stored = to_usize(segment.in_file.saturating_sub(within)).min(n);
            let (held, left_out) = part.split_at_mut_checked(stored).unwrap_or_default();
            self.source
                .read_exact_at(segment.offset.saturating_add(within), held)
                .map_err(|e| MemoryError::Damaged { address: at, reason: e.to_string() })?;
            left_out.fill(0);
            done += n;
        }
        Ok(())
    }

    /// The first physical address at or after one whose bytes are in the file: what was left out of a segment, and what
    /// lies behind the end of the file, holds nothing to look for.
    pub(crate) fn next_stored(&self, address: u64) -> Option<u64> {
        let range = self.stored.get(self.stored.partition_point(|range| range.end <= address))?;
        Some(range.start.max(address))
    }

    /// The segment that holds a physical address. Overlapping segments are not made by any writer.
    fn segment_at(&self, address: u64) -> Option<&Segment> {
        let after = self.segments.partition_point(|s| s.physical <= address);
        let candidate = after.checked_sub(1).and_then(|i| self.segments.get(i))?;
        (address < candidate.end()).then_some(candidate)
    }
}

/// The ranges of memory that segments in order of their addresses have bytes of in a file of `length` bytes.
fn stored(segments: &[Segment], length: u64) -> Vec<Range<u64>> {
    let mut ranges: Vec<Range<u64>> = Vec::new();
    for segment in segments {
        let held = segment.in_file.min(length.saturating_sub(segment.offset));
        let range = segment.physical..segment.physical.saturating_add(held);
        match ranges.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ if range.is_empty() => {}
            _ => ranges.push(range),
        }
    }
    ranges
}

/// Where the program headers stand.
#[derive(Clone, Copy)]
struct ProgramHeaders {
    offset: u64,
    entry: u64,
    count: u64,
}

impl ProgramHeaders {
    fn locate(source: &dyn Source, endian: Endian, header: &[u8]) -> Option<Self> {
        let count = match endian.u16(header, 56)? {
            PN_XNUM => {
                let section = source.read_vec(endian.u64(header, 40)?, 64).ok()?;
                u64::from(endian.u32(&section, 44)?)
            }
            count => u64::from(count),
        };
        let entry = u64::from(endian.u16(header, 54)?);
        (entry >= 56).then_some(Self { offset: endian.u64(header, 32)?, entry, count })
    }
}
