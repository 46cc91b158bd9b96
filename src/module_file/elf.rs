//! The ELF object of a module: which sections it has, and where.
//!
//! Both classes and both byte orders (s390x and older ppc64 are big-endian), sections looked up by name as the kernel
//! does it. Only the section table and its names are read; no crate's reader is used because those want the whole
//! file in memory and give up on damage that leaves `.modinfo` whole.
//!
//! Source: gABI 4.1 chapter 4 (header, section header table, extended numbering), `setup_load_info()` in
//! kernel/module.c (kernel/module/main.c since 5.18).

use std::borrow::Cow;
use std::io;

use super::image::Image;

/// A section that a module may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Section {
    /// Offset in the file, in bytes.
    pub(super) offset: u64,
    /// Size in bytes.
    pub(super) size: u64,
    /// Address, nought in a module.
    pub(super) address: u64,
}

/// The sections that this room reads; the first of each name counts, as for kmod.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sections {
    /// `.modinfo`: key=value strings.
    pub(super) modinfo: Option<Section>,
    /// `.gnu.linkonce.this_module`: the `struct module` with the name.
    pub(super) this_module: Option<Section>,
    /// `.note.gnu.build-id`.
    pub(super) build_id: Option<Section>,
    /// `.module_sig`: signature of RHEL 4 and 5 (and 6 in the field).
    pub(super) module_sig: Option<Section>,
    /// `.note.module.sig`: signature of RHEL 6.
    pub(super) note_module_sig: Option<Section>,
}

/// One ELF object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Elf {
    /// How its numbers are read.
    pub(super) layout: Layout,
    /// Sections by name.
    pub(super) sections: Sections,
    /// Where the last section or the section table ends: what follows is appended.
    pub(super) end: u64,
}

/// Width and order of an object's numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    /// ELFCLASS64.
    pub(super) wide: bool,
    /// ELFDATA2MSB.
    pub(super) big_endian: bool,
}

/// What keeps an ELF object from being read.
#[derive(Debug, thiserror::Error)]
pub(super) enum ElfError {
    /// Not as the ELF document has it.
    #[error("{what} at offset {offset}")]
    Malformed {
        /// What was found and what was expected.
        what: &'static str,
        /// Offset in bytes.
        offset: u64,
    },
    /// A part lies outside of the file.
    #[error("{what} ({length} bytes at offset {offset}) lies beyond the end at {end}: the file is cut or damaged")]
    Beyond {
        /// Which part.
        what: &'static str,
        /// Offset in bytes.
        offset: u64,
        /// Length in bytes.
        length: u64,
        /// Length of the file.
        end: u64,
    },
    /// Reading the file failed.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// A section that takes no room in the file.
pub(super) const SHT_NOBITS: u32 = 8;
/// `e_shstrndx` where the index stands in section 0 instead.
const SHN_XINDEX: u64 = 0xffff;
/// How much the names of the sections take most times.
const NAMES_BEFORE_TABLE: u64 = 1 << 10;
/// Names longer than this in all are no module's.
const LONGEST_NAMES: u64 = 16 << 20;

/// One entry of the section table.
pub(super) struct Header {
    /// Offset of its name among the names.
    pub(super) name: u64,
    /// `sh_type`.
    pub(super) kind: u32,
    /// `sh_flags`.
    pub(super) flags: u64,
    /// Where it is.
    pub(super) section: Section,
    /// `sh_link`: of relocations the symbols, of symbols their names.
    pub(super) link: u64,
    /// `sh_info`: of relocations the section that they change.
    pub(super) info: u64,
    /// `sh_addralign`.
    pub(super) alignment: u64,
}

/// Where the header says that the section table is.
#[derive(Clone, Copy)]
struct TablePlace {
    offset: u64,
    /// Bytes of an entry.
    entry_size: u64,
    /// How many entries; 0 where there are more than 16 bits tell.
    count: u64,
}

/// The section table, read as it is gone through: a module has some fifty entries, of which five are wanted.
struct Table<'i> {
    layout: Layout,
    bytes: Cow<'i, [u8]>,
    /// Bytes of an entry.
    entry: usize,
    /// Where it ends in the file.
    end: u64,
}

impl Table<'_> {
    fn headers(&self) -> impl Iterator<Item = Header> {
        self.bytes.chunks_exact(self.entry).map(|bytes| self.layout.section_header(bytes))
    }
}

impl Elf {
    /// Reads header and section table.
    pub(super) fn read(image: &mut Image) -> Result<Self, ElfError> {
        let ident = part(image, "the ELF header", 0, 16)?;
        if !ident.starts_with(b"\x7fELF") {
            return Err(ElfError::Malformed { what: "no ELF magic", offset: 0 });
        }
        let layout = Layout {
            wide: choice(&ident, 4, "the ELF class is neither 32 nor 64 bit")?,
            big_endian: choice(&ident, 5, "the ELF byte order is neither little nor big")?,
        };
        let place = layout.table_place(image)?;
        // Linkers put the names right before the table; what follows it is the signature.
        image.read_tail(place.offset.saturating_sub(NAMES_BEFORE_TABLE))?;
        let image = &*image;
        let table = layout.section_table(image, place)?;
        let names = layout.section_names(image, &table)?;
        let mut elf = Self { layout, sections: Sections::default(), end: table.end };
        for header in table.headers().skip(1).filter(|header| header.kind != SHT_NOBITS) {
            let Some(end) = header.section.offset.checked_add(header.section.size) else { continue };
            if end > image.length() {
                continue;
            }
            elf.end = elf.end.max(end);
            let name = usize::try_from(header.name).ok().and_then(|from| names.get(from..)).unwrap_or_default();
            if let Some(slot) = elf.sections.slot(name) {
                slot.get_or_insert(header.section);
            }
        }
        Ok(elf)
    }

    /// The whole section table, and the names that it speaks of.
    pub(super) fn table<'i>(&self, image: &'i Image) -> Result<(Vec<Header>, Cow<'i, [u8]>), ElfError> {
        let table = self.layout.section_table(image, self.layout.table_place(image)?)?;
        let names = self.layout.section_names(image, &table)?;
        Ok((table.headers().collect(), names))
    }
}

impl Sections {
    /// Where a section is kept whose NUL-terminated name `names` begins with.
    fn slot(&mut self, names: &[u8]) -> Option<&mut Option<Section>> {
        if names.starts_with(b".modinfo\0") {
            Some(&mut self.modinfo)
        } else if names.starts_with(b".gnu.linkonce.this_module\0") {
            Some(&mut self.this_module)
        } else if names.starts_with(b".note.gnu.build-id\0") {
            Some(&mut self.build_id)
        } else if names.starts_with(b".module_sig\0") {
            Some(&mut self.module_sig)
        } else if names.starts_with(b".note.module.sig\0") {
            Some(&mut self.note_module_sig)
        } else {
            None
        }
    }
}

/// Some bytes of eight.
struct Bytes {
    order: [u8; 8],
    from: usize,
    width: usize,
}

impl AsRef<[u8]> for Bytes {
    fn as_ref(&self) -> &[u8] {
        self.order.get(self.from..).and_then(|bytes| bytes.get(..self.width)).unwrap_or_default()
    }
}

impl Layout {
    /// A number of 2, 4 or 8 bytes; 0 where the bytes end before it.
    pub(super) fn number(self, bytes: &[u8], offset: usize, width: usize) -> u64 {
        let rest = bytes.get(offset..).unwrap_or_default();
        match (width, self.big_endian) {
            (2, false) => rest.first_chunk().map_or(0, |&number| u16::from_le_bytes(number).into()),
            (2, true) => rest.first_chunk().map_or(0, |&number| u16::from_be_bytes(number).into()),
            (4, false) => rest.first_chunk().map_or(0, |&number| u32::from_le_bytes(number).into()),
            (4, true) => rest.first_chunk().map_or(0, |&number| u32::from_be_bytes(number).into()),
            (_, false) => rest.first_chunk().map_or(0, |&number| u64::from_le_bytes(number)),
            (_, true) => rest.first_chunk().map_or(0, |&number| u64::from_be_bytes(number)),
        }
    }

    /// Bytes of an address.
    pub(super) fn word(self) -> usize {
        if self.wide { 8 } else { 4 }
    }

    /// The bytes of a number, the reverse of [`Layout::number`].
    pub(super) fn bytes(self, number: u64, width: usize) -> impl AsRef<[u8]> {
        let order = if self.big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
        let from = if self.big_endian { order.len().saturating_sub(width) } else { 0 };
        Bytes { order, from, width }
    }

    /// What the header says of the section table.
    fn table_place(self, image: &Image) -> Result<TablePlace, ElfError> {
        let header = part(image, "the ELF header", 0, if self.wide { 64 } else { 52 })?;
        let (table, entry_size, count, expected) = if self.wide {
            (self.number(&header, 40, 8), self.number(&header, 58, 2), self.number(&header, 60, 2), 64)
        } else {
            (self.number(&header, 32, 4), self.number(&header, 46, 2), self.number(&header, 48, 2), 40)
        };
        if table == 0 {
            return Err(ElfError::Malformed { what: "there is no section table", offset: 0 });
        }
        if entry_size != expected {
            return Err(ElfError::Malformed { what: "the size of a section header is wrong", offset: 0 });
        }
        Ok(TablePlace { offset: table, entry_size, count })
    }

    /// All section headers.
    fn section_table<'i>(self, image: &'i Image, place: TablePlace) -> Result<Table<'i>, ElfError> {
        let TablePlace { offset: table, entry_size, count } = place;
        let first = self.section_header(&part(image, "the section table", table, entry_size)?);
        let count = if count == 0 { first.section.size } else { count };
        let size = count.saturating_mul(entry_size);
        let bytes = part(image, "the section table", table, size)?;
        let entry = usize::try_from(entry_size).unwrap_or(usize::MAX);
        Ok(Table { layout: self, bytes, entry, end: table.saturating_add(size) })
    }

    fn section_header(self, bytes: &[u8]) -> Header {
        let word = self.word();
        let at = |wide: usize, narrow: usize| if self.wide { wide } else { narrow };
        Header {
            name: self.number(bytes, 0, 4),
            kind: u32::try_from(self.number(bytes, 4, 4)).unwrap_or_default(),
            flags: self.number(bytes, 8, word),
            section: Section {
                address: self.number(bytes, at(16, 12), word),
                offset: self.number(bytes, at(24, 16), word),
                size: self.number(bytes, at(32, 20), word),
            },
            link: self.number(bytes, at(40, 24), 4),
            info: self.number(bytes, at(44, 28), 4),
            alignment: self.number(bytes, at(48, 32), word),
        }
    }

    /// The string table that holds the names of the sections.
    fn section_names<'i>(self, image: &'i Image, table: &Table) -> Result<Cow<'i, [u8]>, ElfError> {
        let header = part(image, "the ELF header", 0, if self.wide { 64 } else { 52 })?;
        let index = match self.number(&header, if self.wide { 62 } else { 50 }, 2) {
            SHN_XINDEX => table.headers().next().map_or(0, |first| first.link),
            index => index,
        };
        let names = usize::try_from(index).ok().and_then(|index| table.headers().nth(index));
        let section = match names {
            Some(header) if index != 0 && header.section.size <= LONGEST_NAMES => header.section,
            _ => return Err(ElfError::Malformed { what: "there are no section names", offset: 0 }),
        };
        part(image, "the table of section names", section.offset, section.size)
    }
}

/// A part of the image, with a name for the message where it lies outside.
fn part<'i>(image: &'i Image, what: &'static str, offset: u64, length: u64) -> Result<Cow<'i, [u8]>, ElfError> {
    image.get(offset, length).map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ElfError::Beyond { what, offset, length, end: image.length() },
        _ => error.into(),
    })
}

/// A byte that is 1 or 2, as false or true.
fn choice(ident: &[u8], offset: usize, what: &'static str) -> Result<bool, ElfError> {
    match ident.get(offset) {
        Some(1) => Ok(false),
        Some(2) => Ok(true),
        _ => Err(ElfError::Malformed { what, offset: u64::try_from(offset).unwrap_or_default() }),
    }
}
