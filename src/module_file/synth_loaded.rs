//! A module for tests whose sections are loaded and have relocations, and what the kernels of RHEL 5 and 6 sign of it.
//!
//! Nothing here shares code with what reads it: the file is written by hand, and so is the list of what is signed.

#![allow(dead_code, missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

const SHT_SYMTAB: u32 = 2;
const SHT_STRTAB: u32 = 3;
const SHT_RELA: u32 = 4;
const SHT_NOBITS: u32 = 8;
const SHT_REL: u32 = 9;

pub const TEXT: &[u8] = b"forty bytes of text, which do nothing....";
const DATA: &[u8] = b"sixteen of data.";

/// A machine's way to write numbers.
#[derive(Clone, Copy, Debug)]
pub struct Machine {
    pub wide: bool,
    pub big_endian: bool,
}

pub const MACHINES: [Machine; 4] = [
    Machine { wide: true, big_endian: false },
    Machine { wide: true, big_endian: true },
    Machine { wide: false, big_endian: false },
    Machine { wide: false, big_endian: true },
];

impl Machine {
    fn bytes(self, value: u64, width: usize) -> Vec<u8> {
        if self.big_endian { value.to_be_bytes()[8 - width..].to_vec() } else { value.to_le_bytes()[..width].to_vec() }
    }

    fn word(self, value: u64) -> Vec<u8> {
        self.bytes(value, if self.wide { 8 } else { 4 })
    }

    pub fn row(self, numbers: &[(u64, usize)]) -> Vec<u8> {
        numbers.iter().flat_map(|(value, width)| self.bytes(*value, *width)).collect()
    }

    /// What is signed of a section's row in the table.
    fn head(self, name: &str, kind: u32, flags: u64, size: usize, alignment: u64) -> Vec<u8> {
        let rest = [flags, size as u64, alignment].map(|value| self.word(value)).concat();
        [name.as_bytes(), &self.bytes(kind.into(), 4), &rest].concat()
    }
}

/// One section.
#[derive(Clone)]
pub struct Part {
    pub name: &'static str,
    pub kind: u32,
    pub flags: u64,
    /// Section that `sh_link` and `sh_info` name.
    pub link: &'static str,
    pub info: &'static str,
    pub alignment: u64,
    pub contents: Vec<u8>,
}

pub fn part(name: &'static str, kind: u32, flags: u64, alignment: u64, contents: &[u8]) -> Part {
    Part { name, kind, flags, link: "", info: "", alignment, contents: contents.to_vec() }
}

/// A module with everything that the selection treats in its own way.
#[derive(Clone)]
pub struct Module {
    pub machine: Machine,
    pub parts: Vec<Part>,
    /// Symbols: name, kind, section, value, size.
    pub symbols: Vec<(&'static str, u8, &'static str, u64, u64)>,
}

impl Module {
    pub fn new(machine: Machine) -> Self {
        let vermagic = b"license=GPL\0vermagic=2.6.32-504.el6.x86_64 SMP mod_unload \0";
        let mut parts = vec![
            part(".text", 1, 6, 16, TEXT),
            part(".rela.text", SHT_RELA, 0, 8, b""),
            part(".data", 1, 3, 8, DATA),
            part(".rel.data", SHT_REL, 0, 8, b""),
            part(".bss", SHT_NOBITS, 3, 32, &[0; 100]),
            part(".modinfo", 1, 2, 1, vermagic),
            part(".debug_info", 1, 0, 1, b"what stripping takes away"),
            part(".rela.debug_info", SHT_RELA, 0, 8, b""),
            part(".symtab", SHT_SYMTAB, 0, 8, b""),
            part(".strtab", SHT_STRTAB, 0, 1, b""),
            part(".shstrtab", SHT_STRTAB, 0, 1, b""),
        ];
        for (relocations, changed) in
            [(".rela.text", ".text"), (".rel.data", ".data"), (".rela.debug_info", ".debug_info")]
        {
            let part = parts.iter_mut().find(|part| part.name == relocations).unwrap();
            (part.link, part.info) = (".symtab", changed);
        }
        parts.iter_mut().find(|part| part.name == ".symtab").unwrap().link = ".strtab";
        let symbols = vec![
            ("", 0, "", 0, 0),
            ("here", 2, ".data", 8, 4),
            ("start", 0x12, ".text", 16, 24),
            ("outside", 0x10, "", 0, 0),
        ];
        Self { machine, parts, symbols }
    }

    pub fn with(mut self, name: &'static str, kind: u32, flags: u64, contents: &[u8]) -> Self {
        self.parts.insert(3, part(name, kind, flags, 4, contents));
        self
    }

    /// Of a kernel of this release.
    pub fn of_release(mut self, release: &str) -> Self {
        let modinfo = self.parts.iter_mut().find(|part| part.name == ".modinfo").unwrap();
        modinfo.contents = format!("license=GPL\0vermagic={release} SMP \0").into_bytes();
        self
    }

    /// As the linker might have written it on another day.
    pub fn in_another_order(mut self) -> Self {
        self.parts.reverse();
        self.symbols[1..].reverse();
        self
    }

    /// Without what tells of the source.
    pub fn stripped(mut self) -> Self {
        self.parts.retain(|part| !part.name.contains("debug"));
        self
    }

    fn index(&self, section: &str) -> u64 {
        self.parts.iter().position(|part| part.name == section).map_or(0, |at| at as u64 + 1)
    }

    fn relocation(&self, offset: u64, symbol: &str, kind: u64, addend: Option<u64>) -> Vec<u8> {
        let symbol = self.symbols.iter().position(|(name, ..)| *name == symbol).unwrap() as u64;
        let info = if self.machine.wide { symbol << 32 | kind } else { symbol << 8 | kind };
        [Some(offset), Some(info), addend].into_iter().flatten().flat_map(|value| self.machine.word(value)).collect()
    }

    fn contents(&self, part: &Part, names: &str) -> Vec<u8> {
        match part.name {
            ".rela.text" => {
                [self.relocation(4, "outside", 2, Some(0xffff_fffc)), self.relocation(12, "here", 1, Some(3))].concat()
            }
            ".rel.data" => self.relocation(0, "start", 1, None),
            ".rela.debug_info" => self.relocation(2, "start", 1, Some(0)),
            ".symtab" => self.symbols.iter().flat_map(|symbol| self.symbol(*symbol)).collect(),
            ".strtab" => self.symbols.iter().flat_map(|(name, ..)| format!("{name}\0").into_bytes()).collect(),
            ".shstrtab" => names.as_bytes().to_vec(),
            _ => part.contents.clone(),
        }
    }

    fn symbol(&self, (name, kind, section, value, size): (&str, u8, &str, u64, u64)) -> Vec<u8> {
        let name_at: usize = self
            .symbols
            .iter()
            .map(|(other, ..)| *other)
            .take_while(|other| *other != name)
            .map(|other| other.len() + 1)
            .sum();
        let (name, kind, section) = ((name_at as u64, 4), [(kind.into(), 1), (0, 1)], (self.index(section), 2));
        let row = if self.machine.wide {
            [name, kind[0], kind[1], section, (value, 8), (size, 8)]
        } else {
            [name, (value, 4), (size, 4), kind[0], kind[1], section]
        };
        self.machine.row(&row)
    }

    pub fn build(&self) -> Vec<u8> {
        let Machine { wide, big_endian } = self.machine;
        let (word, header_size, entry_size) = if wide { (8, 64, 64) } else { (4, 52, 40) };
        let names: String =
            ["\0".to_owned()].into_iter().chain(self.parts.iter().map(|part| format!("{}\0", part.name))).collect();
        let mut body = vec![0; header_size];
        let mut table = vec![0; entry_size];
        let mut name_at = 1;
        for part in &self.parts {
            let contents = self.contents(part, &names);
            body.resize(body.len().next_multiple_of(16), 0);
            let offset = body.len() as u64;
            if part.kind != SHT_NOBITS {
                body.extend_from_slice(&contents);
            }
            table.extend(self.machine.row(&[
                (name_at, 4),
                (part.kind.into(), 4),
                (part.flags, word),
                (0, word),
                (offset, word),
                (contents.len() as u64, word),
                (self.index(part.link), 4),
                (self.index(part.info), 4),
                (part.alignment, word),
                (0, word),
            ]));
            name_at += part.name.len() as u64 + 1;
        }
        let table_at = body.len() as u64;
        body.extend_from_slice(&table);
        let mut header = vec![0x7f, b'E', b'L', b'F', 1 + u8::from(wide), 1 + u8::from(big_endian), 1];
        header.resize(16, 0);
        header.extend(self.machine.row(&[
            (1, 2),
            (62, 2),
            (1, 4),
            (0, word),
            (0, word),
            (table_at, word),
            (0, 4),
            (header_size as u64, 2),
            (0, 4),
            (entry_size as u64, 2),
            (self.parts.len() as u64 + 1, 2),
            (self.index(".shstrtab"), 2),
        ]));
        body[..header_size].copy_from_slice(&header);
        body
    }

    /// What is signed, written down.
    pub fn signed(&self) -> Vec<u8> {
        let machine = self.machine;
        let word = |value| machine.word(value);
        let entry = if machine.wide { 8 } else { 4 };
        let modinfo = &self.parts.iter().find(|part| part.name == ".modinfo").unwrap().contents;
        // kind and section as they stand behind the words
        let end = |kind: u64, section: u64, info: u8| {
            let kind = machine.bytes(kind, if machine.wide { 4 } else { 1 });
            let section = machine.bytes(section, 2);
            let both = if machine.wide { [kind, section] } else { [section, kind] }.concat();
            [both.as_slice(), &[info, 0]].concat()
        };
        [
            machine.head(".bss", SHT_NOBITS, 3, 100, 32),
            machine.head(".data", 1, 3, DATA.len(), 8),
            DATA.to_vec(),
            machine.head(".modinfo", 1, 2, modinfo.len(), 1),
            modinfo.clone(),
            machine.head(".rel.data", SHT_REL, 0, 2 * entry, 8),
            machine.bytes(2, 4),
            [word(0), word(16), word(24), end(1, 6, 0x12)].concat(),
            machine.head(".rela.text", SHT_RELA, 0, 6 * entry, 8),
            machine.bytes(6, 4),
            [word(4), word(0xffff_fffc), word(0), word(0), end(2, 0, 0x10), b"outside\0".to_vec()].concat(),
            [word(12), word(3), word(8), word(4), end(1, 2, 2)].concat(),
            machine.head(".text", 1, 6, TEXT.len(), 16),
            TEXT.to_vec(),
        ]
        .concat()
    }
}
