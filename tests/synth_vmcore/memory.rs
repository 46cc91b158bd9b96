//! Physical memory, regions of kernel addresses in it, and x86_64 page tables over them.

use std::collections::BTreeMap;

/// Address 0 of the kernel image on x86_64.
pub const IMAGE_BASE: u64 = 0xffff_ffff_8000_0000;
/// Where page tables are put.
const TABLES: u64 = 0x0200_0000;

/// A run of kernel addresses that is filled from its start.
#[derive(Clone)]
pub struct Region {
    pub start: u64,
    pub bytes: Vec<u8>,
    used: usize,
}

impl Region {
    /// A region of zeros.
    pub fn new(start: u64, size: usize) -> Self {
        Self { start, bytes: vec![0; size], used: 0 }
    }

    /// Leaves bytes free.
    pub fn skip(&mut self, bytes: usize) {
        self.used += bytes;
    }

    /// Takes aligned bytes; the result is their address.
    pub fn alloc(&mut self, align: usize, size: usize) -> u64 {
        self.used = self.used.next_multiple_of(align);
        let at = self.start + self.used as u64;
        self.used += size;
        assert!(self.used <= self.bytes.len(), "the region is full");
        at
    }

    /// Takes aligned bytes and fills them.
    pub fn place(&mut self, align: usize, bytes: &[u8]) -> u64 {
        let at = self.alloc(align, bytes.len());
        self.set(at, bytes);
        at
    }

    /// A 64-bit word.
    pub fn word(&mut self, value: u64) -> u64 {
        self.place(8, &value.to_le_bytes())
    }

    /// Overwrites bytes at an address.
    pub fn set(&mut self, at: u64, bytes: &[u8]) {
        let from = (at - self.start) as usize;
        self.bytes[from..from + bytes.len()].copy_from_slice(bytes);
    }

    pub fn set_u64(&mut self, at: u64, value: u64) {
        self.set(at, &value.to_le_bytes());
    }
}

/// Pages by frame number; those that were never written are not in the dump.
#[derive(Clone, Default)]
pub struct Memory {
    pub pages: BTreeMap<u64, Box<[u8; 4096]>>,
    /// Kernel page to physical page, for [`Memory::finish_tables`].
    mapped: BTreeMap<u64, u64>,
}

impl Memory {
    /// Writes bytes at a physical address.
    pub fn write(&mut self, at: u64, bytes: &[u8]) {
        let (mut at, mut rest) = (at, bytes);
        while !rest.is_empty() {
            let within = (at % 4096) as usize;
            let (part, later) = rest.split_at(rest.len().min(4096 - within));
            let page = self.pages.entry(at / 4096).or_insert_with(|| Box::new([0; 4096]));
            page[within..within + part.len()].copy_from_slice(part);
            (at, rest) = (at + part.len() as u64, later);
        }
    }

    /// Puts a region in memory, page by page, at a physical address.
    pub fn map_pages(&mut self, region: &Region, physical: u64) {
        self.write(physical, &region.bytes);
        for page in (0..region.bytes.len() as u64).step_by(4096) {
            self.mapped.insert(region.start + page, physical + page);
        }
    }

    /// Puts the kernel image in memory; its pages of 2 MiB are mapped by [`Memory::finish_tables`].
    pub fn map_image(&mut self, image: &Region, physical: u64) {
        self.write(physical, &image.bytes);
        for page in (0..image.bytes.len() as u64).step_by(2 << 20) {
            self.mapped.insert((image.start + page) | 1, physical + page);
        }
    }

    /// Writes page tables whose root is at a physical address.
    pub fn finish_tables(&mut self, root: u64, paging: Paging) {
        let shifts: &[u32] = if paging.five_levels { &[48, 39, 30, 21, 12] } else { &[39, 30, 21, 12] };
        let mut next = TABLES;
        let mut tables: BTreeMap<(u32, u64), u64> = BTreeMap::new();
        for (address, physical) in self.mapped.clone() {
            // Bit 0 of the address marks a page of 2 MiB.
            let (large, address) = (address & 1 == 1, address & !1);
            let last = if large { 21 } else { 12 };
            let mut table = root;
            for &shift in shifts {
                let slot = table + ((address >> shift) & 511) * 8;
                if shift == last {
                    let bits = if large { 0x1e3 } else { 0x163 };
                    self.write(slot, &(physical | bits | paging.encryption).to_le_bytes());
                    break;
                }
                let lower = *tables.entry((shift, address >> shift)).or_insert_with(|| {
                    next += 4096;
                    next - 4096
                });
                self.write(slot, &(lower | 0x67 | paging.encryption).to_le_bytes());
                table = lower;
            }
        }
    }
}

/// How page tables are to be.
#[derive(Clone, Copy, Debug, Default)]
pub struct Paging {
    pub five_levels: bool,
    /// The bit of encrypted pages; 0 for none.
    pub encryption: u64,
}
