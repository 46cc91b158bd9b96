//! ELF notes: the GNU build id, and the signature note of RHEL 6.
//!
//! A note section is a row of `namesz descsz type name desc`, name and desc padded to four bytes. A build id has type
//! 3 and name `GNU`; the signature of RHEL 6 has type 100 and name `module.sig`.
//!
//! Source: gABI 4.1 chapter 5 "Note Section"; binutils (`NT_GNU_BUILD_ID`); `module_verify_sig()` of RHEL 6's
//! kernel/module-verify-sig.c.

use super::elf::Layout;
use super::hex::hex;

/// Type of the note that holds a GNU build id.
const NT_GNU_BUILD_ID: u64 = 3;

/// The build id in a note section, in lower-case hexadecimal.
pub(super) fn build_id(section: &[u8], layout: Layout) -> Option<String> {
    let id = description(section, layout, b"GNU", |kind| kind == NT_GNU_BUILD_ID)?;
    Some(hex(id).replace(':', "").to_ascii_lowercase())
}

/// The signature packet in a `.note.module.sig` section.
pub(super) fn module_signature(section: &[u8], layout: Layout) -> Option<&[u8]> {
    // The name alone tells; the type was 100 in the kernels that were read.
    description(section, layout, b"module.sig", |_| true)
}

/// The first note of this name and type.
fn description<'a>(
    section: &'a [u8],
    layout: Layout,
    wanted: &[u8],
    is_wanted: impl Fn(u64) -> bool,
) -> Option<&'a [u8]> {
    let mut rest = section;
    loop {
        let (header, after) = rest.split_at_checked(12)?;
        let [name_size, size, kind] = [0, 4, 8].map(|offset| layout.number(header, offset, 4));
        let (name, after) = padded(after, name_size)?;
        let (description, after) = padded(after, size)?;
        if name.strip_suffix(b"\0").unwrap_or(name) == wanted && is_wanted(kind) {
            return Some(description);
        }
        rest = after;
    }
}

/// Splits off `size` bytes and their padding to four; the padding of the last note may be missing.
fn padded(bytes: &[u8], size: u64) -> Option<(&[u8], &[u8])> {
    let size = usize::try_from(size).ok()?;
    let (taken, _) = bytes.split_at_checked(size)?;
    Some((taken, bytes.get(size.checked_next_multiple_of(4)?..).unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LITTLE: Layout = Layout { wide: true, big_endian: false };
    const BIG: Layout = Layout { wide: true, big_endian: true };

    #[test]
    fn the_build_id_is_found_behind_other_notes_in_both_byte_orders() {
        let little = b"\x06\0\0\0\x01\0\0\0\0\x01\0\0Linux\0\0\0x\0\0\0\x04\0\0\0\x03\0\0\0\x03\0\0\0GNU\0\xab\x01\xff";
        assert_eq!(build_id(little, LITTLE).as_deref(), Some("ab01ff"));
        let big = b"\0\0\0\x04\0\0\0\x02\0\0\0\x03GNU\0\xab\x01";
        assert_eq!(build_id(big, BIG).as_deref(), Some("ab01"));
        assert_eq!(build_id(big, LITTLE), None);
    }

    #[test]
    fn a_signature_note_is_known_by_its_name() {
        let note = b"\x0b\0\0\0\x02\0\0\0\x64\0\0\0module.sig\0\0\x88\x00";
        assert_eq!(module_signature(note, LITTLE), Some(b"\x88\x00".as_slice()));
        assert_eq!(module_signature(&note[..20], LITTLE), None);
    }
}
