//! The tables of kallsyms: where they are, and their entries.

use std::rc::Rc;

use super::super::bytes::to_usize;
use super::super::error::VmcoreError;
use super::super::memory::KernelMemory;
use super::super::vmcoreinfo::Vmcoreinfo;
use super::{Scheme, fail};

/// Most symbols; kernels have 100,000 to 300,000.
const MAX_SYMBOLS: u64 = 2 << 20;
/// Most bytes of names; kernels have 2 to 5 MiB.
const MAX_NAMES: u64 = 32 << 20;
/// Most bytes of the token table; real ones have about 1000.
const MAX_TOKENS: u64 = 16 << 10;
/// Number of tokens.
const TOKENS: usize = 256;
/// Names between two that are found directly.
const STRIDE: u64 = 256;
/// Longest name that is written out: `KSYM_NAME_LEN`.
const MAX_NAME: usize = 512;
/// Letters that `nm` gives symbols.
const TYPES: &[u8] = b"aAbBcCdDgGinNpPrRsStTuUvVwW?-";

/// An entry of the table of addresses, before its scheme is applied.
pub(super) type Place = u64;

/// Where the tables are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tables {
    /// Number of symbols.
    pub(super) count: u64,
    /// Address of the names.
    pub(super) names: u64,
    /// Address of the token table.
    pub(super) token_table: u64,
    /// Address of the token index.
    pub(super) token_index: u64,
    /// Address of the 32-bit offsets, where there are some.
    pub(super) offsets: Option<u64>,
    /// What they are relative to.
    pub(super) base: Option<u64>,
    /// Address of the 64-bit addresses of old kernels.
    pub(super) addresses: Option<u64>,
}

impl Tables {
    /// The tables that VMCOREINFO tells of; `None` where it tells of none.
    pub(super) fn told(memory: &KernelMemory, info: &Vmcoreinfo) -> Option<Result<Self, VmcoreError>> {
        let names = info.symbol("kallsyms_names")?;
        let needed = |name: &str| info.symbol(name).ok_or_else(|| fail(format!("VMCOREINFO has no SYMBOL({name})")));
        let read = || {
            let count = memory.u32(needed("kallsyms_num_syms")?).map_err(fail)?;
            let base = info.symbol("kallsyms_relative_base").map(|at| memory.u64(at)).transpose().map_err(fail)?;
            Ok(Self {
                count: u64::from(count),
                names,
                token_table: needed("kallsyms_token_table")?,
                token_index: needed("kallsyms_token_index")?,
                offsets: Some(needed("kallsyms_offsets")?),
                base,
                addresses: None,
            })
        };
        Some(read())
    }

    /// The entries under each scheme that these tables may have.
    pub(super) fn schemes(&self, memory: &KernelMemory) -> Vec<(Rc<[Place]>, Scheme)> {
        let endian = memory.endian();
        let table = |at: u64, width: usize| -> Rc<[Place]> {
            let length = self.count.min(MAX_SYMBOLS) * width as u64;
            let raw = memory.bytes_with_gaps(at, length, length, "symbol addresses");
            let word = |entry: &[u8]| match width {
                4 => endian.u32(entry, 0).map(Place::from),
                _ => endian.u64(entry, 0),
            };
            raw.iter().flat_map(|(raw, _)| raw.chunks_exact(width)).filter_map(word).collect()
        };
        let mut schemes = Vec::new();
        if let Some(at) = self.offsets {
            let places = table(at, 4);
            if let Some(base) = self.base {
                schemes.push((Rc::clone(&places), Scheme::PerCpu { base }));
                schemes.push((Rc::clone(&places), Scheme::Relative { base }));
            }
            schemes.push((places, Scheme::Place { table: at }));
        }
        if let Some(at) = self.addresses {
            schemes.push((table(at, 8), Scheme::Absolute));
        }
        schemes
    }
}

/// The strings that names are made of.
pub(super) struct Tokens {
    text: Vec<u8>,
    index: Vec<u16>,
}

impl Tokens {
    pub(super) fn read(memory: &KernelMemory, tables: &Tables) -> Result<Self, VmcoreError> {
        let raw = memory.bytes(tables.token_index, 2 * TOKENS as u64, MAX_TOKENS, "the token index").map_err(fail)?;
        let index: Vec<u16> = raw.chunks_exact(2).filter_map(|w| memory.endian().u16(w, 0)).collect();
        let last = u64::from(index.last().copied().unwrap_or(0));
        let mut text = memory.bytes(tables.token_table, last, u64::MAX, "the token table").map_err(fail)?;
        text.extend(memory.string(tables.token_table.wrapping_add(last), STRIDE as usize).map_err(fail)?);
        Ok(Self { text, index })
    }

    /// The string of a token.
    fn get(&self, token: u8) -> &[u8] {
        let start = self.index.get(usize::from(token)).copied().map(usize::from);
        let rest = start.and_then(|start| self.text.get(start..)).unwrap_or_default();
        super::super::bytes::until_nul(rest)
    }
}

/// The names, packed as the kernel keeps them.
pub(super) struct Names {
    packed: Vec<u8>,
    tokens: Tokens,
    /// Where every 256th name starts.
    markers: Vec<usize>,
    count: u64,
}

impl Names {
    /// Reads and checks all names.
    pub(super) fn read(memory: &KernelMemory, tables: &Tables, tokens: Tokens) -> Result<Self, VmcoreError> {
        let &Tables { count, names, token_table, .. } = tables;
        if !(1..=MAX_SYMBOLS).contains(&count) {
            return Err(fail(format!("the table claims {count} symbols")));
        }
        // The token table stands behind the names on every kernel; where it does not, no name is longer than 512 tokens
        // and few are longer than 32.
        let length = match token_table.checked_sub(names) {
            Some(distance) if distance <= MAX_NAMES => distance,
            _ => count.saturating_mul(32).min(MAX_NAMES),
        };
        let (packed, lost) = memory.bytes_with_gaps(names, length, MAX_NAMES, "symbol names").map_err(fail)?;
        let mut names = Self { packed, tokens, markers: Vec::new(), count };
        names.check().map_err(|reason| match lost {
            0 => fail(reason),
            _ => fail(format!("{reason}; {lost} bytes of the names are not in the dump")),
        })?;
        Ok(names)
    }

    /// Walks all names once: each must be whole and start with a type.
    fn check(&mut self) -> Result<(), String> {
        let mut at = 0;
        for index in 0..self.count {
            if index % STRIDE == 0 {
                self.markers.push(at);
            }
            let (name, next) = self.packed_at(at).ok_or_else(|| format!("name {index} of {} is cut", self.count))?;
            let kind = name.first().and_then(|&token| self.tokens.get(token).first());
            if !kind.is_some_and(|kind| TYPES.contains(kind)) {
                return Err(format!("name {index} of {} does not start with a type", self.count));
            }
            at = next;
        }
        self.packed.truncate(at);
        self.packed.shrink_to_fit();
        Ok(())
    }

    /// The tokens of the name at an offset, and the offset of the next one.
    fn packed_at(&self, at: usize) -> Option<(&[u8], usize)> {
        let rest = self.packed.get(at..)?;
        let (&first, rest) = rest.split_first()?;
        // Lengths from 128 on take a second byte (6.1 and later); older kernels have no names that long.
        let (length, rest, head) = match first & 0x80 {
            0 => (usize::from(first), rest, 1),
            _ => {
                let (&second, rest) = rest.split_first()?;
                (usize::from(first & 0x7f) | usize::from(second) << 7, rest, 2)
            }
        };
        Some((rest.get(..length)?, at + head + length))
    }

    /// Writes a name, without its type, into `out`.
    fn expand(&self, packed: &[u8], out: &mut Vec<u8>) {
        out.clear();
        for &token in packed {
            let text = self.tokens.get(token);
            out.extend_from_slice(text.get(..MAX_NAME).unwrap_or(text));
            if out.len() > MAX_NAME {
                break;
            }
        }
        if !out.is_empty() {
            out.remove(0);
        }
    }

    /// Shows every name to `visit`, with its index.
    pub(super) fn each(&self, visit: &mut dyn FnMut(u64, &[u8])) {
        let (mut at, mut name) = (0, Vec::new());
        for index in 0..self.count {
            let Some((packed, next)) = self.packed_at(at) else { return };
            self.expand(packed, &mut name);
            visit(index, &name);
            at = next;
        }
    }

    /// The index of the first symbol of a name.
    pub(super) fn find(&self, wanted: &str) -> Option<u64> {
        let mut found = None;
        self.each(&mut |index, name| {
            if found.is_none() && name == wanted.as_bytes() {
                found = Some(index);
            }
        });
        found
    }

    /// The name of a symbol.
    pub(super) fn get(&self, index: u64) -> Option<String> {
        let mut at = self.markers.get(to_usize(index / STRIDE)).copied()?;
        for _ in 0..index % STRIDE {
            at = self.packed_at(at)?.1;
        }
        let mut name = Vec::new();
        self.expand(self.packed_at(at)?.0, &mut name);
        Some(String::from_utf8_lossy(&name).into_owned())
    }
}
