//! kallsyms tables, as a kernel has them before 6.2: offsets, base, number, names, markers, tokens.

use std::collections::BTreeMap;

use super::TEXT;
use super::memory::Region;

/// Symbols by address.
#[derive(Default)]
pub struct SymbolTable {
    symbols: Vec<(u64, char, String)>,
    per_cpu: Vec<(u64, String)>,
}

/// How a kernel without a word in VMCOREINFO lays its tables out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// 4.6 and later: offsets of 32 bits, a base; number and markers of 32 bits.
    Offsets,
    /// Before 4.6: addresses, number and markers of 64 bits.
    Addresses,
    /// As the first, with the order of names (3 bytes each) between markers and tokens.
    OffsetsAndOrder,
}

/// A token that stands for more than one letter.
const LONG_TOKEN: (u8, &str) = (0x90, "acme_");

impl SymbolTable {
    pub fn add(&mut self, kind: char, name: &str, address: u64) {
        self.symbols.push((address, kind, name.to_owned()));
    }

    /// A per-CPU variable, by its offset.
    pub fn add_per_cpu(&mut self, name: &str, offset: u64) {
        self.per_cpu.push((offset, name.to_owned()));
    }

    /// Addresses of the variables.
    pub fn places(&self) -> BTreeMap<&'static str, u64> {
        const KEPT: [&str; 5] =
            ["modules", "tainted_mask", "__start_BTF", "__start_orc_unwind", "__start_orc_unwind_ip"];
        let find = |name: &'static str| Some((name, self.symbols.iter().find(|s| s.2 == name)?.0));
        KEPT.into_iter().filter_map(find).collect()
    }

    /// Writes the tables; the result is where they are. The first symbol of the image is `_stext`; enough others follow for a table of its size.
    pub fn write(
        mut self,
        image: &mut Region,
        told: bool,
        layout: Layout,
        info: &mut Vec<String>,
    ) -> Vec<(&'static str, u64)> {
        self.add('T', "_stext", TEXT);
        self.add('T', "_etext", TEXT + 0x8_0000);
        for n in 0..5000_u64 {
            self.add('t', &format!("filler_{n:04}"), TEXT + 0x1_0000 + 64 * n);
        }
        self.symbols.sort();
        let old = layout == Layout::Addresses;
        let percpu = self.per_cpu.iter().map(|(offset, name)| (*offset, format!("A{name}")));
        let plain = self.symbols.iter().map(|(address, kind, name)| (*address, format!("{kind}{name}")));
        let entries: Vec<(u64, String)> = percpu.chain(plain).collect();

        let offset = |address: u64| match address.checked_sub(TEXT) {
            Some(distance) => -1 - distance as i32,
            None => address as i32,
        };
        let offsets: Vec<u8> = match old {
            true => entries.iter().flat_map(|(address, _)| address.to_le_bytes()).collect(),
            false => entries.iter().flat_map(|(address, _)| offset(*address).to_le_bytes()).collect(),
        };
        let (mut names, mut markers) = (Vec::new(), Vec::new());
        for (index, (_, name)) in entries.iter().enumerate() {
            if index % 256 == 0 {
                let at = (names.len() as u64).to_le_bytes();
                markers.extend(&at[..if old { 8 } else { 4 }]);
            }
            let packed = pack(name);
            names.push(packed.len() as u8);
            names.extend(packed);
        }
        let (tokens, index) = tokens();
        let offsets_at = image.place(8, &offsets);
        let base_at = if old { 0 } else { image.word(TEXT) };
        let number_at = image.place(8, &(entries.len() as u32).to_le_bytes());
        let names_at = image.place(8, &names);
        image.place(8, &markers);
        if layout == Layout::OffsetsAndOrder {
            let order: Vec<u8> =
                (0..entries.len() as u32).flat_map(|n| [(n >> 16) as u8, (n >> 8) as u8, n as u8]).collect();
            image.place(8, &order);
        }
        let tokens_at = image.place(8, &tokens);
        let index_at = image.place(8, &index);
        let tables = [
            ("kallsyms_offsets", offsets_at),
            ("kallsyms_relative_base", base_at),
            ("kallsyms_num_syms", number_at),
            ("kallsyms_names", names_at),
            ("kallsyms_token_table", tokens_at),
            ("kallsyms_token_index", index_at),
        ];
        if told {
            info.extend(tables.map(|(name, at)| format!("SYMBOL({name})={at:x}")));
        }
        tables.to_vec()
    }
}

fn pack(name: &str) -> Vec<u8> {
    let (token, text) = LONG_TOKEN;
    match name.split_once(text) {
        Some((before, after)) => [before.as_bytes(), &[token], after.as_bytes()].concat(),
        None => name.as_bytes().to_vec(),
    }
}

/// Letters stand for themselves; other tokens are unused, but for one.
fn tokens() -> (Vec<u8>, Vec<u8>) {
    let (mut table, mut index) = (Vec::new(), Vec::new());
    for token in 0..=255_u8 {
        index.extend((table.len() as u16).to_le_bytes());
        match token {
            b'!'..=b'~' => table.push(token),
            t if t == LONG_TOKEN.0 => table.extend(LONG_TOKEN.1.as_bytes()),
            _ => table.extend(b"un"),
        }
        table.push(0);
    }
    (table, index)
}
