//! ELF notes of a dump: registers of each CPU (`CORE`, NT_PRSTATUS), `VMCOREINFO`, and QEMU's own.
//!
//! ```text
//! namesz u32, descsz u32, type u32, name padded to 4, descriptor padded to 4; again and again
//! ```

use super::super::bytes::{Endian, until_nul};

/// Registers of a thread (here: of a CPU). Source: elf.h.
const NT_PRSTATUS: u32 = 1;
/// Auxiliary vector of a process.
const NT_AUXV: u32 = 6;

/// One note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Note<'a> {
    /// Owner, without its NUL.
    pub(crate) name: &'a [u8],
    /// Type; its meaning depends on the owner.
    pub(crate) kind: u32,
    /// Contents.
    pub(crate) descriptor: &'a [u8],
}

/// All notes in order; a note that is cut short ends them.
pub(crate) fn notes(mut bytes: &[u8], endian: Endian) -> impl Iterator<Item = Note<'_>> {
    std::iter::from_fn(move || {
        let size = |at: usize| Some(endian.u32(bytes, at)? as usize);
        let (name_size, size, kind) = (size(0)?, size(4)?, endian.u32(bytes, 8)?);
        let name_at = 12_usize;
        let at = name_at.checked_add(name_size.checked_next_multiple_of(4)?)?;
        let end = at.checked_add(size)?;
        let note = Note {
            name: until_nul(bytes.get(name_at..name_at.checked_add(name_size)?)?),
            kind,
            descriptor: bytes.get(at..end)?,
        };
        bytes = bytes.get(end.checked_next_multiple_of(4)?..).unwrap_or_default();
        Some(note)
    })
}

/// The text of VMCOREINFO.
pub(crate) fn vmcoreinfo(bytes: &[u8], endian: Endian) -> Option<Vec<u8>> {
    notes(bytes, endian).find(|n| n.name == b"VMCOREINFO").map(|n| n.descriptor.to_vec())
}

/// The NT_PRSTATUS descriptors, in order: one for each CPU that could save its registers.
pub(crate) fn prstatus(bytes: &[u8], endian: Endian) -> Vec<Vec<u8>> {
    notes(bytes, endian).filter(|n| n.name == b"CORE" && n.kind == NT_PRSTATUS).map(|n| n.descriptor.to_vec()).collect()
}

/// Whether they are of a process: its auxiliary vector is in every process's core, and no machine has one.
pub(crate) fn are_of_process(bytes: &[u8], endian: Endian) -> bool {
    notes(bytes, endian).any(|n| n.name == b"CORE" && n.kind == NT_AUXV)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(name: &[u8], kind: u32, descriptor: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [name.len() as u32, descriptor.len() as u32, kind] {
            bytes.extend(word.to_le_bytes());
        }
        for part in [name, descriptor] {
            bytes.extend(part);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        bytes
    }

    #[test]
    fn notes_are_told_by_owner_and_type() {
        let bytes = [
            note(b"CORE\0", 1, b"cpu zero"),
            note(b"QEMU\0", 0, b"qemu's"),
            note(b"CORE\0", 1, b"cpu one"),
            note(b"VMCOREINFO\0", 0, b"OSRELEASE=6.1.0\n"),
        ]
        .concat();
        assert_eq!(prstatus(&bytes, Endian::Little), [b"cpu zero".to_vec(), b"cpu one".to_vec()]);
        assert_eq!(vmcoreinfo(&bytes, Endian::Little).unwrap(), b"OSRELEASE=6.1.0\n");
    }

    #[test]
    fn a_lying_size_ends_the_notes() {
        let mut bytes = [note(b"CORE\0", 1, b"good"), note(b"CORE\0", 1, b"bad!")].concat();
        let second = note(b"CORE\0", 1, b"good").len();
        bytes[second + 4..second + 8].copy_from_slice(&u32::MAX.to_le_bytes());
        assert_eq!(prstatus(&bytes, Endian::Little), [b"good".to_vec()]);
        assert_eq!(notes(&[0xff; 40], Endian::Little).count(), 0);
        assert_eq!(notes(&[0; 1200], Endian::Little).count(), 100, "empty notes are bounded by their bytes");
    }
}
