//! BTF: the layouts of the kernel's structures, which kernels built with `CONFIG_DEBUG_INFO_BTF` carry in memory.
//!
//! ```text
//! header   magic 0xeb9f u16, version u8, flags u8, hdr_len u32, type_off, type_len, str_off, str_len u32
//! types    name_off u32, info u32 (vlen 0-15, kind 24-28, kind_flag 31), size or type u32, then by kind
//! member   name_off u32, type u32, offset u32 in bits (with kind_flag: bit-field size 24-31, offset 0-23)
//! strings  each with a NUL, the first one empty
//! ```
//! Types count from 1. Source: Documentation/bpf/btf.rst, include/uapi/linux/btf.h.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::ops::Range;

use super::bytes::{Endian, until_nul};
use super::error::VmcoreError;

/// Magic, version 1, flags 0 and header size 24, as they stand in little-endian memory.
pub(crate) const START_LITTLE: &[u8] = b"\x9f\xeb\x01\x00\x18\x00\x00\x00";
/// The same in big-endian memory.
pub(crate) const START_BIG: &[u8] = b"\xeb\x9f\x01\x00\x00\x00\x00\x18";
/// Most bytes of BTF that are read; vmlinux has 3 to 8 MiB.
pub(crate) const MAX_BYTES: u64 = 32 << 20;
/// Most members that one question may look at: damaged types can contain themselves.
const MAX_STEPS: u32 = 200_000;
/// Most structures that one without a name may be nested in.
const MAX_DEPTH: u32 = 16;
/// Most types behind a `const` or a `typedef`.
const MAX_WRAPPED: u32 = 32;

/// Kinds that are asked for. Source: `BTF_KIND_*`.
mod kind {
    pub(super) const ARRAY: u32 = 3;
    pub(super) const STRUCT: u32 = 4;
    pub(super) const UNION: u32 = 5;
    /// Typedef, volatile, const, restrict, type tag: a name or a quality for another type.
    pub(super) const WRAPPERS: [u32; 5] = [8, 9, 10, 11, 18];
}

/// Bytes behind the 12 of the header, by kind: a constant, and for each of `vlen` elements.
const BEHIND: [(usize, usize); 20] = [
    (0, 0),  // unknown
    (4, 0),  // int
    (0, 0),  // pointer
    (12, 0), // array
    (0, 12), // struct
    (0, 12), // union
    (0, 8),  // enum
    (0, 0),  // forward
    (0, 0),  // typedef
    (0, 0),  // volatile
    (0, 0),  // const
    (0, 0),  // restrict
    (0, 0),  // function
    (0, 8),  // function prototype
    (4, 0),  // variable
    (0, 12), // data section
    (0, 0),  // float
    (4, 0),  // declaration tag
    (0, 0),  // type tag
    (0, 12), // enum of 64 bits
];

/// The types of a kernel.
pub(crate) struct Btf {
    endian: Endian,
    bytes: Vec<u8>,
    /// Where the types and the strings are in the bytes.
    types: Range<usize>,
    strings: Range<usize>,
    /// Offset of each type; type 0 is `void` and has none.
    starts: Vec<u32>,
    by_name: RefCell<HashMap<String, Option<u32>>>,
}

/// Where a member is in its structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    /// Offset in bits.
    pub(crate) bits: u64,
    /// Bits of a bit-field; `None` for a plain member.
    pub(crate) width: Option<u32>,
    /// Number of its type.
    type_id: u32,
}

impl Member {
    /// Offset in bytes.
    pub(crate) fn offset(&self) -> u64 {
        self.bits / 8
    }
}

/// An array member.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Array {
    /// Offset in bytes.
    pub(crate) offset: u64,
    /// Bytes of an element.
    pub(crate) element: u64,
    /// Number of elements.
    pub(crate) count: u32,
}

/// The first 12 bytes of a type.
#[derive(Clone, Copy)]
struct Head {
    at: usize,
    name: u32,
    kind: u32,
    vlen: u32,
    kind_flag: bool,
    size_or_type: u32,
}

impl Btf {
    /// How many bytes a header asks for, header included; `None` where it is none.
    pub(crate) fn length(header: &[u8], endian: Endian) -> Option<u64> {
        let word = |at: usize| endian.u32(header, at).map(u64::from);
        if endian.u16(header, 0)? != 0xeb9f || header.get(2) != Some(&1) {
            return None;
        }
        let (types_end, strings_end) = (word(8)? + word(12)?, word(16)? + word(20)?);
        Some(word(4)? + types_end.max(strings_end))
    }

    /// Reads BTF. Types behind a damaged one are left out.
    pub(crate) fn parse(bytes: Vec<u8>, endian: Endian) -> Result<Self, VmcoreError> {
        let fail = |reason: &str| VmcoreError::part("BTF", reason);
        if Self::length(&bytes, endian).is_none() {
            return Err(fail("no BTF header stands at its start"));
        }
        let section = |offset_at: usize, length_at: usize| {
            let word = |at: usize| endian.u32(&bytes, at).map(|v| v as usize);
            let start = word(4)?.checked_add(word(offset_at)?)?;
            let range = start..start.checked_add(word(length_at)?)?;
            (range.end <= bytes.len()).then_some(range)
        };
        let types = section(8, 12).ok_or_else(|| fail("its types are cut short"))?;
        let strings = section(16, 20).ok_or_else(|| fail("its strings are cut short"))?;
        let mut btf = Self { endian, bytes, types, strings, starts: vec![u32::MAX], by_name: RefCell::default() };
        btf.index();
        Ok(btf)
    }

    /// The 32-bit field at an offset of the types.
    fn word(&self, at: usize, offset: usize) -> Option<u32> {
        self.endian.u32(self.bytes.get(self.types.clone())?, at.checked_add(offset)?)
    }

    fn index(&mut self) {
        let mut at = 0;
        while let Some(head) = self.head_at(at) {
            let Some(&(fixed, each)) = BEHIND.get(head.kind as usize) else { return };
            self.starts.push(at as u32);
            at += 12 + fixed + each * head.vlen as usize;
        }
    }

    fn head_at(&self, at: usize) -> Option<Head> {
        let word = |offset: usize| self.word(at, offset);
        let info = word(4)?;
        Some(Head {
            at,
            name: word(0)?,
            kind: info >> 24 & 0x1f,
            vlen: info & 0xffff,
            kind_flag: info >> 31 == 1,
            size_or_type: word(8)?,
        })
    }

    fn head(&self, id: u32) -> Option<Head> {
        let start = self.starts.get(id as usize).copied().filter(|&start| start != u32::MAX)?;
        self.head_at(start as usize)
    }

    fn name_at(&self, offset: u32) -> &[u8] {
        let strings = self.bytes.get(self.strings.clone()).unwrap_or_default();
        until_nul(strings.get(offset as usize..).unwrap_or_default())
    }

    /// The structure (or union) of a name.
    fn structure(&self, name: &str) -> Option<u32> {
        if let Some(known) = self.by_name.borrow().get(name) {
            return *known;
        }
        let is_it = |id: &u32| {
            self.head(*id).is_some_and(|head| {
                matches!(head.kind, kind::STRUCT | kind::UNION) && self.name_at(head.name) == name.as_bytes()
            })
        };
        let found = (1..self.starts.len() as u32).find(is_it);
        self.by_name.borrow_mut().insert(name.to_owned(), found);
        found
    }

    /// The type behind names and qualities.
    fn strip(&self, mut id: u32) -> Option<(u32, Head)> {
        for _ in 0..MAX_WRAPPED {
            let head = self.head(id)?;
            if !kind::WRAPPERS.contains(&head.kind) {
                return Some((id, head));
            }
            id = head.size_or_type;
        }
        None
    }

    /// Whether a structure is known.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.structure(name).is_some()
    }

    /// A member by its path, such as `core_layout.base`; members of anonymous structures are found as C finds them.
    pub(crate) fn member(&self, structure: &str, path: &str) -> Option<Member> {
        let mut found = Member { bits: 0, width: None, type_id: self.structure(structure)? };
        let steps = Cell::new(MAX_STEPS);
        for name in path.split('.') {
            let (id, _) = self.strip(found.type_id)?;
            let inner = self.member_of(id, name.as_bytes(), &steps, MAX_DEPTH)?;
            found = Member { bits: found.bits.checked_add(inner.bits)?, ..inner };
        }
        Some(found)
    }

    /// Offset of a member in bytes.
    pub(crate) fn offset(&self, structure: &str, path: &str) -> Option<u64> {
        self.member(structure, path).map(|member| member.offset())
    }

    fn member_of(&self, id: u32, name: &[u8], steps: &Cell<u32>, depth: u32) -> Option<Member> {
        let deeper = depth.checked_sub(1)?;
        let head = self.head(id).filter(|head| matches!(head.kind, kind::STRUCT | kind::UNION))?;
        for index in 0..head.vlen {
            steps.set(steps.get().checked_sub(1)?);
            let at = head.at.checked_add(12 * (1 + index as usize))?;
            let word = |offset: usize| self.word(at, offset);
            let (member_name, type_id, offset) = (word(0)?, word(4)?, word(8)?);
            let (bits, width) = match head.kind_flag {
                true => (offset & 0x00ff_ffff, Some(offset >> 24).filter(|&width| width > 0)),
                false => (offset, None),
            };
            let member = Member { bits: u64::from(bits), width, type_id };
            match self.name_at(member_name) {
                found if found == name => return Some(member),
                b"" => {
                    let inner = self.strip(type_id).and_then(|(id, _)| self.member_of(id, name, steps, deeper));
                    if let Some(inner) = inner {
                        return Some(Member { bits: member.bits.checked_add(inner.bits)?, ..inner });
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// An array member, with the size of its elements where they are structures.
    pub(crate) fn array(&self, structure: &str, path: &str) -> Option<Array> {
        let member = self.member(structure, path)?;
        let (_, head) = self.strip(member.type_id).filter(|(_, head)| head.kind == kind::ARRAY)?;
        let word = |offset: usize| self.word(head.at, offset);
        let (_, element) = self.strip(word(12)?)?;
        Some(Array { offset: member.offset(), element: u64::from(element.size_or_type), count: word(20)? })
    }
}

/// Reads BTF at an address whose header says how long it is.
pub(crate) fn read_at(memory: &super::memory::KernelMemory, address: u64) -> Result<Btf, VmcoreError> {
    let fail = |reason: String| VmcoreError::part("BTF", reason);
    let header = memory.bytes(address, 24, 24, "a BTF header").map_err(|e| fail(e.to_string()))?;
    let length =
        Btf::length(&header, memory.endian()).ok_or_else(|| fail(format!("no BTF header stands at {address:#x}")))?;
    let (bytes, lost) =
        memory.bytes_with_gaps(address, length, MAX_BYTES, "the BTF").map_err(|e| fail(e.to_string()))?;
    if lost > 0 {
        return Err(fail(format!("{lost} of its {length} bytes are not in the dump")));
    }
    Btf::parse(bytes, memory.endian())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// BTF of `struct inner { int a; int b; }`, `struct outer { long x; struct { const inner in; }; inner many[3]; }`.
    fn sample() -> Vec<u8> {
        let strings = b"\0int\0inner\0a\0b\0outer\0x\0in\0many\0long\0flags\0kind\0on\0";
        let at = |name: &str| {
            let needle = [b"\0", name.as_bytes(), b"\0"].concat();
            memchr::memmem::find(strings, &needle).unwrap() as u32 + 1
        };
        let info = |kind: u32, vlen: u32| kind << 24 | vlen;
        let words: Vec<u32> = [
            vec![at("int"), info(1, 0), 4, 32],                                             // 1
            vec![at("inner"), info(4, 2), 8, at("a"), 1, 0, at("b"), 1, 32],                // 2
            vec![0, info(10, 0), 2],                                                        // 3 const inner
            vec![0, info(4, 1), 8, at("in"), 3, 0],                                         // 4 anonymous
            vec![0, info(3, 0), 0, 2, 1, 3],                                                // 5 inner[3]
            vec![at("outer"), info(4, 3), 40, at("x"), 1, 0, 0, 4, 64, at("many"), 5, 128], // 6
            vec![at("flags"), 1 << 31 | info(4, 2), 2, at("kind"), 1, 3 << 24 | 8, at("on"), 1, 1 << 24 | 11], // 7
        ]
        .concat();
        let types: Vec<u8> = words.iter().flat_map(|w| w.to_le_bytes()).collect();
        let mut bytes = START_LITTLE.to_vec();
        for word in [0, types.len(), types.len(), strings.len()] {
            bytes.extend((word as u32).to_le_bytes());
        }
        [bytes, types, strings.to_vec()].concat()
    }

    #[test]
    fn members_are_found_as_c_finds_them() {
        let btf = Btf::parse(sample(), Endian::Little).unwrap();
        assert_eq!(btf.starts.len(), 8);
        assert_eq!(btf.offset("outer", "x"), Some(0));
        assert_eq!(btf.offset("outer", "in.b"), Some(12), "through an anonymous structure and a const");
        assert_eq!(btf.array("outer", "many"), Some(Array { offset: 16, element: 8, count: 3 }));
        assert_eq!(btf.offset("outer", "none"), None);
        assert_eq!(btf.offset("stranger", "x"), None);
        assert!(btf.has("inner") && !btf.has("int"));
    }

    #[test]
    fn bit_fields_have_a_width() {
        let btf = Btf::parse(sample(), Endian::Little).unwrap();
        let kind = btf.member("flags", "kind").unwrap();
        assert_eq!((kind.bits, kind.width), (8, Some(3)));
        assert_eq!(btf.member("flags", "on").unwrap().bits, 11);
    }

    #[test]
    fn garbage_is_refused_or_left_out() {
        assert!(Btf::parse(Vec::new(), Endian::Little).is_err());
        let good = sample();
        assert!(Btf::parse(good[..good.len() - 1].to_vec(), Endian::Little).is_err());
        // A structure that contains itself without a name ends the search.
        let mut cyclic = good.clone();
        let outer_second_member = 24 + 4 * (4 + 9 + 3 + 6 + 6 + 3 + 3);
        assert_eq!(cyclic[outer_second_member + 4], 4, "the anonymous structure");
        cyclic[outer_second_member + 4] = 6;
        let btf = Btf::parse(cyclic, Endian::Little).unwrap();
        assert_eq!(btf.offset("outer", "none"), None);
        let mut unknown_kind = good;
        unknown_kind[24 + 7] = 0x1f;
        assert_eq!(Btf::parse(unknown_kind, Endian::Little).unwrap().starts.len(), 1);
    }
}
