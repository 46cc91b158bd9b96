//! What the OpenPGP signature of a module of RHEL 5 and 6 (and of UEK 2) covers: a selection of its sections.
//!
//! ```text
//! .bss         name, type, flags, size, alignment
//! .rela.text   the same, the place of .text in this list, then every relocation with what its symbol says
//! .text        name, type, flags, size, alignment, contents
//! ```
//!
//! Sections that are loaded and the relocations for them, by name. What stripping and adding a section may change is left
//! out or put in other words: the number of a section is its place in this list, counted from 1; in place of a symbol's
//! number stands what the symbol says; undefined symbols are named. Numbers are as wide as in the file, and in its order.
//!
//! Source: kernel/module-verify-sig.c of RHEL 6 (2.6.32) and kernel/module-verify.c of UEK 2 (2.6.39), which agree.

use std::borrow::Cow;

use crate::module_file::elf::{Elf, Header, Layout, SHT_NOBITS};
use crate::module_file::image::Image;

const SHT_SYMTAB: u32 = 2;
const SHT_RELA: u32 = 4;
const SHT_REL: u32 = 9;
/// The section is loaded.
const SHF_ALLOC: u64 = 2;
/// The section of an undefined symbol.
const SHN_UNDEF: u64 = 0;
/// Names of sections and symbols longer than this are no module's; the kernel takes 128 bytes of a symbol.
const LONGEST_NAME: usize = 512;

/// Why the selection could not be read.
pub(super) type Unread = String;

/// Takes pieces, in order.
type Take<'t> = dyn FnMut(&[u8]) + 't;

/// Hands all that is signed to `take`, but for the section that holds the signature.
pub(super) fn read(image: &Image, elf: &Elf, signature: &str, take: &mut Take) -> Result<(), Unread> {
    let (headers, names) = elf.table(image).map_err(|error| error.to_string())?;
    let mut selection = Selection { layout: elf.layout, image, headers, names, chosen: Vec::new(), places: Vec::new() };
    selection.choose(signature.as_bytes())?;
    let symbols = selection.symbols()?;
    for &number in &selection.chosen {
        let header = selection.header(number)?;
        selection.head(header, take)?;
        match header.kind {
            SHT_REL | SHT_RELA => selection.relocations(header, symbols.as_ref(), take)?,
            SHT_NOBITS => {}
            _ => take(&selection.contents(header)?),
        }
    }
    Ok(())
}

struct Selection<'i> {
    layout: Layout,
    image: &'i Image<'i>,
    headers: Vec<Header>,
    names: Cow<'i, [u8]>,
    /// Numbers of the sections that are signed, by name.
    chosen: Vec<usize>,
    /// The place of every section among the chosen, counted from 1.
    places: Vec<Option<u32>>,
}

impl Selection<'_> {
    fn header(&self, number: usize) -> Result<&Header, Unread> {
        self.headers.get(number).ok_or_else(|| format!("there is no section {number}"))
    }

    /// The section whose number stands in a field.
    fn numbered(&self, number: u64) -> Result<&Header, Unread> {
        self.header(usize::try_from(number).unwrap_or(usize::MAX))
    }

    fn name(&self, header: &Header) -> Result<&[u8], Unread> {
        name_at(&self.names, header.name).ok_or_else(|| format!("the section name at {} is none", header.name))
    }

    fn contents(&self, header: &Header) -> Result<Cow<'_, [u8]>, Unread> {
        self.image.get(header.section.offset, header.section.size).map_err(|error| format!("a section: {error}"))
    }

    /// Chooses the sections, sorts them, and numbers them anew.
    fn choose(&mut self, signature: &[u8]) -> Result<(), Unread> {
        let mut chosen = Vec::new();
        let mut size: u64 = 0;
        for (number, header) in self.headers.iter().enumerate().skip(1) {
            let is_signed = header.flags & SHF_ALLOC != 0
                || matches!(header.kind, SHT_REL | SHT_RELA) && self.numbered(header.info)?.flags & SHF_ALLOC != 0;
            let name = self.name(header)?;
            if is_signed && name != signature {
                chosen.push((name, number));
                size = size.saturating_add(if header.kind == SHT_NOBITS { 0 } else { header.section.size });
            }
        }
        if size > self.image.length() {
            return Err("its sections overlap".to_owned());
        }
        chosen.sort_by_key(|(name, _)| *name);
        let mut places = vec![None; self.headers.len()];
        for (place, (_, number)) in (1..).zip(&chosen) {
            if let Some(slot) = places.get_mut(*number) {
                *slot = Some(place);
            }
        }
        self.chosen = chosen.into_iter().map(|(_, number)| number).collect();
        self.places = places;
        Ok(())
    }

    /// The place of a section whose number stands in a field.
    fn place(&self, number: u64) -> Result<u64, Unread> {
        let place = usize::try_from(number).ok().and_then(|number| self.places.get(number).copied().flatten());
        place.map(u64::from).ok_or_else(|| format!("a relocation speaks of section {number}, which is not loaded"))
    }

    /// What the section table says of a section.
    fn head(&self, header: &Header, take: &mut Take) -> Result<(), Unread> {
        let word = self.layout.word();
        take(self.name(header)?);
        for (number, width) in
            [(u64::from(header.kind), 4), (header.flags, word), (header.section.size, word), (header.alignment, word)]
        {
            take(self.layout.bytes(number, width).as_ref());
        }
        if matches!(header.kind, SHT_REL | SHT_RELA) {
            take(self.layout.bytes(self.place(header.info)?, 4).as_ref());
        }
        Ok(())
    }

    /// The symbols, of which a module has one table.
    fn symbols(&self) -> Result<Option<Symbols<'_>>, Unread> {
        let table = self.headers.iter().zip(0..).find(|(header, _)| header.kind == SHT_SYMTAB);
        let Some((header, number)) = table else { return Ok(None) };
        let names = self.contents(self.numbered(header.link)?)?;
        Ok(Some(Symbols { number, table: self.contents(header)?, names }))
    }

    fn relocations(&self, header: &Header, symbols: Option<&Symbols>, take: &mut Take) -> Result<(), Unread> {
        let layout = self.layout;
        let symbols = symbols.filter(|symbols| symbols.number == header.link);
        let symbols = symbols.ok_or("relocations speak of a table of symbols that is not the module's")?;
        let words = if header.kind == SHT_RELA { 3 } else { 2 };
        for entry in self.contents(header)?.chunks_exact(words * layout.word()) {
            let relocation = Relocation::read(entry, layout);
            let symbol = Symbol::read(&symbols.table, relocation.symbol, layout).ok_or_else(|| {
                format!("a relocation speaks of symbol {}, of which there is none", relocation.symbol)
            })?;
            let is_numbered = symbol.section != SHN_UNDEF && symbol.section < self.headers.len() as u64;
            let section = if is_numbered { self.place(symbol.section)? } else { symbol.section };
            for piece in [relocation.offset, relocation.addend, symbol.value, symbol.size] {
                take(piece);
            }
            let section = layout.bytes(section, 2);
            if layout.wide {
                take(layout.bytes(relocation.kind, 4).as_ref());
                take(section.as_ref());
            } else {
                take(section.as_ref());
                take(layout.bytes(relocation.kind, 1).as_ref());
            }
            take(&[symbol.info, symbol.other]);
            if symbol.section == SHN_UNDEF {
                take(name_at(&symbols.names, symbol.name).ok_or("a relocation speaks of a symbol without a name")?);
                take(b"\0");
            }
        }
        Ok(())
    }
}

/// The table of symbols.
struct Symbols<'i> {
    /// The number of its section.
    number: u64,
    table: Cow<'i, [u8]>,
    names: Cow<'i, [u8]>,
}

/// One relocation.
struct Relocation<'b> {
    offset: &'b [u8],
    /// Empty where the relocations have none.
    addend: &'b [u8],
    /// Number of its symbol.
    symbol: u64,
    kind: u64,
}

impl<'b> Relocation<'b> {
    fn read(entry: &'b [u8], layout: Layout) -> Self {
        let word = layout.word();
        let info = layout.number(entry, word, word);
        let (symbol, kind) = if layout.wide { (info >> 32, info & 0xffff_ffff) } else { (info >> 8, info & 0xff) };
        let offset = entry.get(..word).unwrap_or_default();
        Self { offset, addend: entry.get(2 * word..).unwrap_or_default(), symbol, kind }
    }
}

/// What a symbol says.
struct Symbol<'b> {
    /// Offset of its name.
    name: u64,
    value: &'b [u8],
    size: &'b [u8],
    info: u8,
    other: u8,
    /// Number of its section.
    section: u64,
}

impl<'b> Symbol<'b> {
    fn read(symbols: &'b [u8], number: u64, layout: Layout) -> Option<Self> {
        let length = if layout.wide { 24 } else { 16 };
        let entry = symbols.chunks_exact(length).nth(usize::try_from(number).ok()?)?;
        let (value, kind) = if layout.wide { (8, 4) } else { (4, 12) };
        let word = layout.word();
        Some(Self {
            name: layout.number(entry, 0, 4),
            value: entry.get(value..value + word)?,
            size: entry.get(value + word..value + 2 * word)?,
            info: *entry.get(kind)?,
            other: *entry.get(kind + 1)?,
            section: layout.number(entry, kind + 2, 2),
        })
    }
}

/// The name at an offset of a table of names, without its end.
fn name_at(names: &[u8], offset: u64) -> Option<&[u8]> {
    let rest = names.get(usize::try_from(offset).ok()?..)?;
    let end = memchr::memchr(0, rest.get(..LONGEST_NAME).unwrap_or(rest))?;
    rest.get(..end)
}
