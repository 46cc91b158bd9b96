//! ORC entries: how to find the caller's stack pointer from a place in code.
//!
//! ```text
//! sp_offset i16, bp_offset i16, then 16 bits: sp_reg:4, bp_reg:4, type:2 or 3, signal:1, end:1
//! ```
//! The bits moved in 6.3 and 6.4, and registers were numbered anew in 7.x. BTF tells the bits; the numbers are told by
//! which of them stands for the stack pointer, which is the one that most entries name. Source:
//! arch/x86/include/asm/orc_types.h of each version.

use super::super::btf::Btf;
use super::super::bytes::Endian;

/// Bytes of an entry.
pub(super) const SIZE: u64 = 6;

/// What a stack or frame pointer is computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Base {
    Undefined,
    /// The caller's stack pointer, once it is known.
    PreviousSp,
    Sp,
    Bp,
    Dx,
    Di,
    R10,
    R13,
    /// The word at the frame pointer plus the offset.
    BpIndirect,
    /// The word at the stack pointer, plus the offset.
    SpIndirect,
    Unknown,
}

/// What is on the stack there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Undefined,
    EndOfStack,
    /// A return address below the caller's stack pointer.
    Call,
    /// A `pt_regs` at it.
    Registers,
    /// The part of it that the processor pushes.
    PartialRegisters,
}

/// One entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OrcEntry {
    pub(super) sp_offset: i16,
    pub(super) bp_offset: i16,
    pub(super) sp: Base,
    pub(super) bp: Base,
    pub(super) kind: Kind,
    /// Whether the place above is an instruction that was struck; `None` where the kernel does not say.
    pub(super) signal: Option<bool>,
}

impl OrcEntry {
    /// What the kernel assumes where a NULL pointer was called: the return address is on top of the stack.
    pub(super) const OF_NULL_CALL: Self =
        Self { sp_offset: 8, bp_offset: 0, sp: Base::Sp, bp: Base::Undefined, kind: Kind::Call, signal: None };
}

/// Register numbers until 7.x, and since.
const REGISTERS_OLD: [Base; 10] = [
    Base::Undefined,
    Base::PreviousSp,
    Base::Dx,
    Base::Di,
    Base::Bp,
    Base::Sp,
    Base::R10,
    Base::R13,
    Base::BpIndirect,
    Base::SpIndirect,
];
const REGISTERS_NEW: [Base; 11] = [
    Base::Undefined,
    Base::Unknown,
    Base::Dx,
    Base::Sp,
    Base::Bp,
    Base::Di,
    Base::R10,
    Base::R13,
    Base::PreviousSp,
    Base::SpIndirect,
    Base::BpIndirect,
];
/// Number of the stack pointer in each.
const SP_OLD: u16 = 5;
const SP_NEW: u16 = 3;
/// Types of 2 bits (until 6.3), and of 3.
const KINDS_OLD: [Kind; 4] = [Kind::Call, Kind::Registers, Kind::PartialRegisters, Kind::Call];
const KINDS_NEW: [Kind; 5] = [Kind::Undefined, Kind::EndOfStack, Kind::Call, Kind::Registers, Kind::PartialRegisters];

/// A field of the 16 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Bits {
    shift: u32,
    width: u32,
}

impl Bits {
    fn of(self, word: u16) -> u16 {
        let mask = (1_u32 << self.width.min(16)) - 1;
        (u32::from(word).checked_shr(self.shift).unwrap_or(0) & mask) as u16
    }
}

/// How the entries of one kernel are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct OrcFormat {
    sp: Bits,
    bp: Bits,
    kind: Bits,
    signal: Option<Bits>,
    end: Option<Bits>,
    renumbered: bool,
}

impl OrcFormat {
    /// The format of a kernel: from BTF, else by its version; `sample` holds entries.
    pub(super) fn of(btf: Option<&Btf>, version: (u32, u32), sample: &[u8]) -> Self {
        let told = btf.and_then(Self::told);
        let mut format = told.unwrap_or_else(|| Self::by_version(version));
        let count = |number: u16| {
            let entries = sample.chunks_exact(SIZE as usize);
            entries.filter(|e| Endian::Little.u16(e, 4).is_some_and(|word| format.sp.of(word) == number)).count()
        };
        format.renumbered = count(SP_NEW) > count(SP_OLD);
        format
    }

    fn told(btf: &Btf) -> Option<Self> {
        let bits = |name: &str| {
            let member = btf.member("orc_entry", name)?;
            Some(Bits { shift: u32::try_from(member.bits.checked_sub(32)?).ok()?, width: member.width? })
        };
        Some(Self {
            sp: bits("sp_reg")?,
            bp: bits("bp_reg")?,
            kind: bits("type")?,
            signal: bits("signal"),
            end: bits("end"),
            renumbered: false,
        })
    }

    fn by_version(version: (u32, u32)) -> Self {
        let field = |shift, width| Bits { shift, width };
        let (kind, signal, end) = match version {
            (6, 4..) | (7.., _) => (field(8, 3), Some(field(11, 1)), None),
            (6, 3) => (field(8, 2), Some(field(10, 1)), Some(field(11, 1))),
            (..=3, _) | (4, ..=18) => (field(8, 2), None, None),
            _ => (field(8, 2), None, Some(field(10, 1))),
        };
        Self { sp: field(0, 4), bp: field(4, 4), kind, signal, end, renumbered: false }
    }

    /// Whether the entries say where a stack ends (since 4.20 or so); before, an undefined stack pointer does.
    pub(super) fn marks_ends(&self) -> bool {
        self.end.is_some() || self.kind.width == 3
    }

    /// Reads one entry.
    pub(super) fn entry(&self, bytes: &[u8]) -> Option<OrcEntry> {
        let word = Endian::Little.u16(bytes, 4)?;
        let base = |bits: Bits| {
            let number = usize::from(bits.of(word));
            let known = if self.renumbered { REGISTERS_NEW.get(number) } else { REGISTERS_OLD.get(number) };
            known.copied().unwrap_or(Base::Unknown)
        };
        let number = usize::from(self.kind.of(word));
        let kind = match self.kind.width {
            2 => KINDS_OLD.get(number),
            _ => KINDS_NEW.get(number),
        };
        let ends = self.end.is_some_and(|bits| bits.of(word) == 1);
        let kind = if ends { Kind::EndOfStack } else { kind.copied().unwrap_or(Kind::Undefined) };
        Some(OrcEntry {
            sp_offset: Endian::Little.u16(bytes, 0)? as i16,
            bp_offset: Endian::Little.u16(bytes, 2)? as i16,
            sp: base(self.sp),
            bp: base(self.bp),
            kind,
            signal: self.signal.map(|bits| bits.of(word) == 1),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(sp_offset: i16, bp_offset: i16, bits: u16) -> Vec<u8> {
        [sp_offset.to_le_bytes(), bp_offset.to_le_bytes(), bits.to_le_bytes()].concat()
    }

    #[test]
    fn bits_move_with_the_version() {
        let registers = |bits, version| OrcFormat::of(None, version, &[]).entry(&entry(16, -16, bits)).unwrap();
        let old = registers(1 << 8 | 1 << 4 | 5, (5, 10));
        assert_eq!((old.sp, old.bp, old.kind, old.signal), (Base::Sp, Base::PreviousSp, Kind::Registers, None));
        assert_eq!((old.sp_offset, old.bp_offset), (16, -16));
        assert_eq!(registers(1 << 10 | 5, (5, 10)).kind, Kind::EndOfStack);
        let new = registers(1 << 11 | 3 << 8 | 5, (6, 4));
        assert_eq!((new.kind, new.signal), (Kind::Registers, Some(true)));
        assert_eq!(registers(5, (6, 12)).kind, Kind::Undefined);
        assert_eq!(registers(7 << 8, (6, 12)).kind, Kind::Undefined);
    }

    #[test]
    fn most_entries_name_the_stack_pointer() {
        let mostly_three: Vec<u8> = [3, 3, 3, 4, 5].into_iter().flat_map(|sp| entry(8, 0, sp | 2 << 8)).collect();
        let format = OrcFormat::of(None, (7, 3), &mostly_three);
        assert_eq!(format.entry(&entry(8, 0, 2 << 8 | 8 << 4 | 3)).unwrap().bp, Base::PreviousSp);
        let mostly_five: Vec<u8> = [5, 5, 4, 3].into_iter().flat_map(|sp| entry(8, 0, sp)).collect();
        assert_eq!(OrcFormat::of(None, (6, 1), &mostly_five).entry(&entry(8, 0, 3)).unwrap().sp, Base::Di);
    }
}
