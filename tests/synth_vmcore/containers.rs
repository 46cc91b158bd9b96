//! The containers of a dump: ELF core, kdump-compressed, split and flattened.

use std::collections::BTreeMap;
use std::io::Write;

use super::memory::Memory;

/// Memory, notes and what the headers say.
#[derive(Clone)]
pub struct Dump {
    pub memory: Memory,
    pub vmcoreinfo: Vec<u8>,
    /// NT_PRSTATUS of each CPU.
    pub prstatus: Vec<Vec<u8>>,
    pub release: &'static str,
    /// `uname -m` and `e_machine`.
    pub machine: (&'static str, u16),
    /// Kernel addresses of what tests want to damage.
    pub places: BTreeMap<&'static str, u64>,
}

/// How pages of a kdump file are packed: the status bit of the header, which is also the flag of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packing {
    Stored = 0,
    Zlib = 1,
    Snappy = 4,
    Zstd = 0x20,
}

/// What a kdump file is to be.
#[derive(Clone, Copy, Debug)]
pub struct KdumpPlan {
    pub packing: Packing,
    /// Range of frames of one file of a split set.
    pub split: Option<(u64, u64)>,
    /// One past the last frame that the bitmaps have room for.
    pub max_pfn: u64,
}

impl KdumpPlan {
    pub fn packed(packing: Packing) -> Self {
        Self { packing, split: None, max_pfn: 1 << 16 }
    }
}

/// Takes bytes at an offset.
pub type Put<'a> = dyn FnMut(u64, &[u8]) + 'a;

/// Collects what is put.
pub fn collect(write: impl FnOnce(&mut Put)) -> Vec<u8> {
    let mut bytes: Vec<u8> = Vec::new();
    write(&mut |offset, part| {
        let (from, to) = (offset as usize, offset as usize + part.len());
        bytes.resize(bytes.len().max(to), 0);
        bytes[from..to].copy_from_slice(part);
    });
    bytes
}

fn note(name: &str, kind: u32, descriptor: &[u8], big: bool) -> Vec<u8> {
    let word = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
    let mut bytes = Vec::new();
    for value in [name.len() as u32 + 1, descriptor.len() as u32, kind] {
        bytes.extend(word(value));
    }
    for part in [[name.as_bytes(), b"\0"].concat().as_slice(), descriptor] {
        bytes.extend(part);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes
}

impl Dump {
    fn is_big(&self) -> bool {
        self.machine.0 == "s390x"
    }

    fn notes(&self, with_vmcoreinfo: bool) -> Vec<u8> {
        let mut notes: Vec<u8> = self.prstatus.iter().flat_map(|d| note("CORE", 1, d, self.is_big())).collect();
        if with_vmcoreinfo {
            notes.extend(note("VMCOREINFO", 0, &self.vmcoreinfo, self.is_big()));
        }
        notes
    }

    /// Runs of pages that follow each other: first frame and number.
    fn runs(&self) -> Vec<(u64, u64)> {
        let mut runs: Vec<(u64, u64)> = Vec::new();
        for &pfn in self.memory.pages.keys() {
            match runs.last_mut() {
                Some((start, count)) if *start + *count == pfn => *count += 1,
                _ => runs.push((pfn, 1)),
            }
        }
        runs
    }

    /// An ELF core. Memory starts at `memory_at` of the file.
    pub fn write_elf(&self, memory_at: u64, with_vmcoreinfo: bool, put: &mut Put) {
        let runs = self.runs();
        let big = self.is_big();
        let u16b = |v: u16| if big { v.to_be_bytes() } else { v.to_le_bytes() };
        let u32b = |v: u32| if big { v.to_be_bytes() } else { v.to_le_bytes() };
        let u64b = |v: u64| if big { v.to_be_bytes() } else { v.to_le_bytes() };
        let notes = self.notes(with_vmcoreinfo);
        let mut header = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        header[5] = if big { 2 } else { 1 };
        header.extend([u16b(4), u16b(self.machine.1)].concat());
        header.extend(u32b(1));
        header.extend([u64b(0), u64b(64), u64b(0)].concat());
        header.extend(u32b(0));
        header.extend([64, 56, 1 + runs.len() as u16, 0, 0, 0].map(u16b).concat());
        let mut segment = |kind: u32, offset: u64, virt: u64, phys: u64, size: u64| {
            header.extend([u32b(kind), u32b(7)].concat());
            header.extend([offset, virt, phys, size, size, 0].map(u64b).concat());
        };
        let notes_at = 64 + 56 * (1 + runs.len() as u64);
        segment(4, notes_at, 0, 0, notes.len() as u64);
        let mut at = memory_at;
        for &(pfn, count) in &runs {
            segment(1, at, 0, pfn * 4096, count * 4096);
            at += count * 4096;
        }
        assert!(notes_at + notes.len() as u64 <= memory_at, "headers reach into memory");
        put(0, &header);
        put(notes_at, &notes);
        let mut at = memory_at;
        for page in self.memory.pages.values() {
            put(at, page.as_slice());
            at += 4096;
        }
    }

    pub fn elf(&self) -> Vec<u8> {
        collect(|put| self.write_elf(1 << 16, true, put))
    }

    /// An ELF core whose only note is this.
    pub fn elf_with_note(&self, name: &str, kind: u32, descriptor: &[u8]) -> Vec<u8> {
        let extra = note(name, kind, descriptor, self.is_big());
        let mut bytes = collect(|put| self.write_elf(1 << 16, false, put));
        let at = 64 + 56 * (1 + self.runs().len());
        bytes[at..at + extra.len()].copy_from_slice(&extra);
        // Size of the segment of notes, in the file and in memory.
        for field in [32, 40] {
            bytes[64 + field..72 + field].copy_from_slice(&(extra.len() as u64).to_le_bytes());
        }
        bytes
    }

    /// An ELF core without a VMCOREINFO note; the text is in a page of its own.
    pub fn elf_with_vmcoreinfo_in_memory(&self) -> Vec<u8> {
        let mut dump = self.clone();
        dump.memory.write(0x0280_0000, &self.vmcoreinfo);
        collect(|put| dump.write_elf(1 << 16, false, put))
    }

    /// A kdump-compressed file, written from its start to its end.
    pub fn write_kdump(&self, plan: KdumpPlan, put: &mut Put) {
        const BLOCK: u64 = 4096;
        let mut header = b"KDUMP   ".to_vec();
        header.extend(6_u32.to_le_bytes());
        for field in ["Linux", "synth", self.release, "#1", self.machine.0, ""] {
            let end = header.len() + 65;
            header.extend(field.as_bytes());
            header.resize(end, 0);
        }
        header.resize(424, 0);
        let bitmap = plan.max_pfn.div_ceil(8).div_ceil(BLOCK);
        let cpus = self.prstatus.len() as u32;
        for word in [plan.packing as u32, BLOCK as u32, 4, 2 * bitmap as u32, plan.max_pfn as u32, 0, 0, 0, 0, cpus] {
            header.extend(word.to_le_bytes());
        }
        let notes = self.notes(false);
        let (info_at, notes_at) = (BLOCK + 1024, BLOCK + 8192);
        let (start, end) = plan.split.unwrap_or((0, 0));
        let mut sub = Vec::new();
        sub.extend(0x2000_0000_u64.to_le_bytes());
        sub.extend([31_u32, u32::from(plan.split.is_some())].map(u32::to_le_bytes).concat());
        let info_size = self.vmcoreinfo.len() as u64;
        let words = [start, end, info_at, info_size, notes_at, notes.len() as u64, 0, 0, start, end, plan.max_pfn];
        sub.extend(words.map(u64::to_le_bytes).concat());
        put(0, &header);
        put(BLOCK, &sub);
        put(info_at, &self.vmcoreinfo);
        put(notes_at, &notes);

        let bitmaps_at = BLOCK * 5;
        let mut bits: std::collections::BTreeMap<u64, u8> = std::collections::BTreeMap::new();
        for &pfn in self.memory.pages.keys() {
            *bits.entry(pfn / 8).or_default() |= 1 << (pfn % 8);
        }
        for (&at, &byte) in &bits {
            put(bitmaps_at + at, &[byte]);
            put(bitmaps_at + bitmap * BLOCK + at, &[byte]);
        }
        let own = |pfn: &u64| plan.split.is_none_or(|(start, end)| (start..end).contains(pfn));
        let pages: Vec<_> = self.memory.pages.iter().filter(|(pfn, _)| own(pfn)).collect();
        let mut descriptor_at = bitmaps_at + 2 * bitmap * BLOCK;
        let mut data_at = descriptor_at + 24 * pages.len() as u64;
        for (_, page) in pages {
            let (packed, flag) = pack(page.as_slice(), plan.packing);
            let mut descriptor = data_at.to_le_bytes().to_vec();
            descriptor.extend([packed.len() as u32, flag].map(u32::to_le_bytes).concat());
            descriptor.extend([0; 8]);
            put(descriptor_at, &descriptor);
            put(data_at, &packed);
            descriptor_at += 24;
            data_at += packed.len() as u64;
        }
    }

    pub fn kdump(&self, plan: KdumpPlan) -> Vec<u8> {
        collect(|put| self.write_kdump(plan, put))
    }
}

fn pack(page: &[u8], packing: Packing) -> (Vec<u8>, u32) {
    let packed = match packing {
        Packing::Stored => page.to_vec(),
        Packing::Zlib => {
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(page).and_then(|()| encoder.finish()).expect("zlib")
        }
        Packing::Snappy => snap::raw::Encoder::new().compress_vec(page).expect("snappy"),
        Packing::Zstd => zstd::bulk::compress(page, 1).expect("zstd"),
    };
    // A page that does not shrink is stored as it is.
    match packed.len() < page.len() {
        true => (packed, packing as u32),
        false => (page.to_vec(), 0),
    }
}

/// A dump as a stream of records of `size` bytes, in an order that is not that of the dump; the header comes twice.
pub fn flatten(dump: &[u8], size: usize) -> Vec<u8> {
    let mut stream = b"makedumpfile\0\0\0\0".to_vec();
    stream.extend([1_u64, 1].map(u64::to_be_bytes).concat());
    stream.resize(4096, 0);
    let mut record = |offset: usize, bytes: &[u8]| {
        stream.extend([offset as u64, bytes.len() as u64].map(u64::to_be_bytes).concat());
        stream.extend(bytes);
    };
    record(0, &[0xff; 100]);
    let pieces: Vec<(usize, &[u8])> = dump.chunks(size).enumerate().map(|(i, bytes)| (i * size, bytes)).collect();
    for &(offset, bytes) in pieces.iter().rev() {
        record(offset, bytes);
    }
    stream.extend([u64::MAX; 2].map(u64::to_be_bytes).concat());
    stream
}
