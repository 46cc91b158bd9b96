//! kdump-compressed dumps (`makedumpfile -c`, `-l`, `-p`, `-z` and without), and diskdump, their ancestor.
//!
//! ```text
//! block 0        disk_dump_header: "KDUMP   ", version, utsname, status, block size, sizes of what follows
//! block 1…       kdump_sub_header: phys_base, pfn range of a split file, where VMCOREINFO and the notes are
//! then           two bitmaps: pages of memory, pages in this dump
//! then           a page_desc (24 bytes) for every page in the dump, in order of its frame number
//! ```
//! Source: makedumpfile's diskdump_mod.h; the 64-bit layout.

use super::super::bytes::{Endian, to_usize, until_nul};
use super::super::error::{MemoryError, VmcoreError};
use super::bitmap::PageBitmap;
use super::page::{self, Descriptor};
use super::source::Source;

/// `KDUMP   ` is written by makedumpfile, `DISKDUMP` by diskdump of 2.6 and by old makedumpfile.
pub(crate) const MAGICS: [&[u8]; 2] = [b"KDUMP   ", b"DISKDUMP"];
/// `DUMP_DH_COMPRESSED_INCOMPLETE`: makedumpfile ran out of space.
const STATUS_INCOMPLETE: u32 = 0x8;
/// Compression by the status bits of the header.
const COMPRESSIONS: [(u32, &str); 4] = [(0x1, "zlib"), (0x2, "lzo"), (0x4, "snappy"), (0x20, "zstd")];
/// Bytes of a page descriptor on disk.
const DESCRIPTOR: u64 = 24;
/// Most bytes of VMCOREINFO or notes that are read: 4096 CPUs have notes of 1.6 MB.
const MAX_NOTES: u64 = 16 << 20;

/// What the headers say.
#[derive(Clone, Debug)]
pub(crate) struct Header {
    /// Byte order of the machine.
    pub(crate) endian: Endian,
    /// `uname -m` of the kernel that wrote the dump.
    pub(crate) machine: String,
    /// `uname -r`.
    pub(crate) release: String,
    /// Status bits.
    pub(crate) status: u32,
    /// Bytes of a page.
    pub(crate) block_size: u64,
    /// One past the last frame number.
    pub(crate) max_pfn: u64,
    /// The physical address that the kernel image was moved by.
    pub(crate) phys_base: u64,
    /// Frame numbers in this file of a split set.
    pub(crate) split: Option<(u64, u64)>,
    /// Offset and size of VMCOREINFO.
    vmcoreinfo: (u64, u64),
    /// Offset and size of the ELF notes.
    notes: (u64, u64),
    /// Offset of the first bitmap.
    bitmaps_at: u64,
    /// Bytes of both bitmaps.
    bitmaps_size: u64,
}

/// One kdump-compressed file.
pub(crate) struct Kdump {
    source: Box<dyn Source>,
    /// What its headers say.
    pub(crate) header: Header,
    dumped: PageBitmap,
    descriptors_at: u64,
}

impl Kdump {
    /// Reads the headers; pages are read when asked for.
    pub(crate) fn open(source: Box<dyn Source>, name: &str) -> Result<Self, VmcoreError> {
        let header = Header::read(source.as_ref(), name)?;
        let half = header.max_pfn.div_ceil(8).div_ceil(header.block_size).saturating_mul(header.block_size);
        // Dumps that leave nothing out may have one bitmap alone.
        let (at, size) = match header.bitmaps_size >= half.saturating_mul(2) {
            true => (header.bitmaps_at + header.bitmaps_size / 2, header.bitmaps_size / 2),
            false => (header.bitmaps_at, header.bitmaps_size),
        };
        let first = header.split.map_or(0, |(start, _)| start);
        let dumped = PageBitmap::new(at, size, first, header.max_pfn);
        let descriptors_at = header.bitmaps_at.saturating_add(header.bitmaps_size);
        Ok(Self { source, header, dumped, descriptors_at })
    }

    /// The container as a person names it: `kdump-compressed (zlib)`.
    pub(crate) fn describe(&self) -> String {
        let by = COMPRESSIONS.iter().find(|(bit, _)| self.header.status & bit != 0);
        format!("kdump-compressed ({})", by.map_or("not packed", |(_, name)| name))
    }

    /// What the header admits to.
    pub(crate) fn incomplete(&self) -> bool {
        self.header.status & STATUS_INCOMPLETE != 0
    }

    /// The text of VMCOREINFO; empty where the sub-header has none.
    pub(crate) fn vmcoreinfo(&self) -> Vec<u8> {
        self.part(self.header.vmcoreinfo)
    }

    /// The ELF notes; empty where the sub-header has none.
    pub(crate) fn notes(&self) -> Vec<u8> {
        self.part(self.header.notes)
    }

    fn part(&self, (offset, size): (u64, u64)) -> Vec<u8> {
        match offset {
            0 => Vec::new(),
            _ => self.source.read_vec(offset, to_usize(size.min(MAX_NOTES))).unwrap_or_default(),
        }
    }

    /// Whether this file of a split set answers for a frame.
    pub(crate) fn covers(&self, pfn: u64) -> bool {
        self.header.split.is_none_or(|(start, end)| (start..end).contains(&pfn))
    }

    /// Reads one page into `page`, which has the size of a block.
    pub(crate) fn read_page(&self, pfn: u64, page: &mut [u8]) -> Result<(), MemoryError> {
        let address = pfn.saturating_mul(self.header.block_size);
        let damaged = |reason: String| MemoryError::Damaged { address, reason };
        let rank = self.dumped.rank(self.source.as_ref(), pfn).map_err(|e| damaged(format!("bitmap: {e}")))?;
        let index = rank.ok_or(MemoryError::NotDumped(address))?;
        let at = self.descriptors_at.saturating_add(index.saturating_mul(DESCRIPTOR));
        let mut raw = [0; DESCRIPTOR as usize];
        self.source.read_exact_at(at, &mut raw).map_err(|e| damaged(format!("its descriptor: {e}")))?;
        let descriptor = Descriptor::parse(&raw, self.header.endian);
        page::read(self.source.as_ref(), descriptor, page).map_err(damaged)
    }

    /// The first frame at or after `pfn` that is in the dump.
    pub(crate) fn next_page(&self, pfn: u64) -> Option<u64> {
        let (start, end) = self.header.split.unwrap_or((0, self.header.max_pfn));
        self.dumped.next(self.source.as_ref(), pfn.max(start)).filter(|&found| found < end)
    }
}

impl Header {
    fn read(source: &dyn Source, name: &str) -> Result<Self, VmcoreError> {
        let fail = |offset: u64, what: String| VmcoreError::Header { name: name.to_owned(), offset, what };
        let short = || fail(source.len(), "the headers of the kdump file are cut short".to_owned());
        let bytes = source.read_vec(0, 512).map_err(|e| fail(0, e.to_string()))?;
        let endian =
            byte_order(&bytes).ok_or_else(|| fail(8, "a header version that no makedumpfile writes".into()))?;
        let u32_at = |at: usize| endian.u32(&bytes, at).ok_or_else(short);
        let uname = |index: usize| {
            let field = bytes.get(12 + 65 * index..77 + 65 * index).unwrap_or_default();
            String::from_utf8_lossy(until_nul(field)).into_owned()
        };
        let (version, machine) = (u32_at(8)?, uname(4));
        if is_32_bit(&machine) {
            return Err(fail(
                12,
                format!("machine `{machine}` has 32 bits, and only dumps of 64-bit machines are read"),
            ));
        }
        let block_size = u64::from(u32_at(428)?);
        if !(block_size.is_power_of_two() && (512..=1 << 20).contains(&block_size)) {
            return Err(fail(428, format!("the block size is {block_size}, not a page size")));
        }
        let sub = source.read_vec(block_size, 104).map_err(|e| fail(block_size, e.to_string()))?;
        let field = |since: u32, at: usize| if version >= since { endian.u64(&sub, at).unwrap_or(0) } else { 0 };
        let split = endian.u32(&sub, 12).filter(|&flag| version >= 2 && flag != 0).map(|_| match version {
            6.. => (field(6, 80), field(6, 88)),
            _ => (field(2, 16), field(2, 24)),
        });
        let max_pfn = match version {
            6.. => field(6, 96),
            _ => u64::from(u32_at(440)?),
        };
        Ok(Self {
            endian,
            machine,
            release: uname(2),
            status: u32_at(424)?,
            block_size,
            max_pfn,
            phys_base: field(1, 0),
            split,
            vmcoreinfo: (field(3, 32), field(3, 40)),
            notes: (field(4, 48), field(4, 56)),
            bitmaps_at: block_size.saturating_mul(1 + u64::from(u32_at(432)?)),
            bitmaps_size: block_size.saturating_mul(u64::from(u32_at(436)?)),
        })
    }
}

/// The header version is small: it tells the byte order.
fn byte_order(header: &[u8]) -> Option<Endian> {
    [Endian::Little, Endian::Big].into_iter().find(|e| e.u32(header, 8).is_some_and(|version| version < 0x100))
}

/// Machines whose headers have another layout.
fn is_32_bit(machine: &str) -> bool {
    matches!(machine, "i386" | "i486" | "i586" | "i686" | "ppc" | "s390") || machine.starts_with("armv")
}
