//! The address at which a fault happened: what it betrays when it is no address that anybody meant.
//!
//! ```text
//! BUG: unable to handle page fault for address: dead000000000108        a list entry that was taken out
//! general protection fault, probably for non-canonical address 0x6b6b6b6b6b6b6b83: 0000 [#1]      freed memory
//! BUG: unable to handle page fault for address: fffffffbc0a1b2c3        one bit off an address in acmefs
//! ```
//!
//! Sources: include/linux/poison.h; Documentation/arch/x86/x86_64/mm.rst; the headlines of arch/*/mm/fault.c and
//! arch/x86/kernel/traps.c.

use super::finding::{BadAddress, FlippedBit};
use super::weights::{FLIPPED_BIT, IMAGE_BYTES};
use crate::facts::{EventKind, KernelEvent};

/// A range of addresses and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KnownRange {
    /// First address.
    pub start: u64,
    /// First address behind it.
    pub end: u64,
    /// Words for it.
    pub whose: String,
}

/// What `list_del()` leaves in an entry. Nobody but the owner of a list writes it.
pub(super) const TAKEN_OUT: &str = "the mark of a list entry that was taken out";

/// Poison values: first address, first behind, what they stand for. Offsets of members are added to them.
const POISON: &[(u64, u64, &str)] = &[
    (0xdead_0000_0000_0000, 0xdead_0000_0000_1000, TAKEN_OUT),
    (0x0010_0100, 0x0010_0200, TAKEN_OUT),
    (0x0020_0200, 0x0020_0300, TAKEN_OUT),
    (0x6b6b_6b6b_6b6b_6000, 0x6b6b_6b6b_6b6b_8000, "the mark of freed memory"),
    (0x6b6b_6000, 0x6b6b_8000, "the mark of freed memory"),
    (0x5a5a_5a5a_5a5a_5000, 0x5a5a_5a5a_5a5a_7000, "the mark of memory that was never written"),
    (0xaaaa_aaaa_aaaa_a000, 0xaaaa_aaaa_aaaa_c000, "the mark of a freed page"),
];

/// Where KASAN keeps what it knows of the lower half of the address space, a byte for eight: x86_64, and arm64 in its two eras.
/// A read through a NULL pointer reads there first, and faults there. Source: `KASAN_SHADOW_OFFSET` of these machines,
/// `kasan_non_canonical_hook()` in mm/kasan/report.c.
const SHADOWS: [u64; 3] = [0xdfff_fc00_0000_0000, 0xdfff_8000_0000_0000, 0xdfff_2000_0000_0000];
/// Bytes of it: an eighth of 47 bits.
const SHADOW_BYTES: u64 = 1 << 44;

/// Bits 47 to 63 of an x86_64 address with four levels of page tables: all set in the kernel's half.
const CANONICAL: u64 = 0x1_ffff;
/// First bit of them.
const SIGN_BIT: u32 = 47;
/// Kernel image and modules of x86_64: the last 2 GiB.
const CODE_STARTS: u64 = 0xffff_ffff_8000_0000;

/// What the address in the headline of a fault tells; `modules` are the ranges of the boot that the event is of, in order.
pub(super) fn read(event: &KernelEvent, modules: &[KnownRange]) -> Option<BadAddress> {
    let faults = matches!(event.kind, EventKind::Oops | EventKind::Gpf | EventKind::Bug | EventKind::DoubleFault);
    let address = meant(in_headline(&event.title).filter(|_| faults)?);
    let poison = POISON.iter().find(|(start, end, _)| (*start..*end).contains(&address)).map(|(_, _, what)| *what);
    let flipped = || off_a_range(address, event, modules).or_else(|| off_canonical(address, &event.title));
    Some(BadAddress { address, poison, flipped: if poison.is_some() { None } else { flipped() } })
}

/// The address that was to be read: where the fault is in KASAN's shadow, the one that the shadow is of.
fn meant(address: u64) -> u64 {
    let shadow = SHADOWS.iter().filter_map(|start| address.checked_sub(*start)).find(|offset| *offset < SHADOW_BYTES);
    shadow.map_or(address, |offset| offset << 3)
}

/// The address behind `at`, `address` or `for` in a headline.
fn in_headline(title: &str) -> Option<u64> {
    let words = title.split_whitespace();
    let before = title.split_whitespace().map(|word| word.trim_end_matches(':'));
    words
        .skip(1)
        .zip(before)
        .filter(|(_, before)| matches!(*before, "at" | "address" | "for"))
        .filter_map(|(word, _)| {
            let digits = word.trim_end_matches([',', ':', '.', ';']);
            let plain = digits.strip_prefix("0x");
            let digits = plain.unwrap_or(digits);
            let long = plain.is_some() || digits.len() >= 8;
            (long && digits.bytes().all(|b| b.is_ascii_hexdigit())).then(|| u64::from_str_radix(digits, 16).ok())?
        })
        .last()
}

/// One flipped bit leads into a module, or to the kernel's own code where frames tell where that stands.
fn off_a_range(address: u64, event: &KernelEvent, modules: &[KnownRange]) -> Option<FlippedBit> {
    let image = event.frames.iter().filter(|f| f.module.is_none() && f.symbol.is_some()).filter_map(|f| f.address);
    let code = image.filter(|a| *a >= CODE_STARTS).min();
    let whose = |intended: u64| {
        let behind = modules.partition_point(|range| range.start <= intended);
        let range = behind.checked_sub(1).and_then(|at| modules.get(at)).filter(|range| intended < range.end);
        let near = |a: &u64| intended >= CODE_STARTS && a.abs_diff(intended) < IMAGE_BYTES.value;
        range.map(|r| r.whose.clone()).or_else(|| code.filter(near).map(|_| "the kernel's own code".to_owned()))
    };
    let bits = u32::try_from(FLIPPED_BIT.value).unwrap_or(u32::MAX)..u64::BITS;
    let mut found = bits.filter_map(|bit| {
        let intended = address ^ 1u64.checked_shl(bit)?;
        Some(FlippedBit { bit, intended, inside: whose(intended)? })
    });
    let first = found.next()?;
    // Two bits that would both do tell of none.
    found.next().is_none().then_some(first)
}

/// The kernel itself says that the address is no canonical one, and one bit is all that it lacks.
fn off_canonical(address: u64, title: &str) -> Option<FlippedBit> {
    let missing = !(address >> SIGN_BIT) & CANONICAL;
    if !title.contains("non-canonical") || missing.count_ones() != 1 {
        return None;
    }
    let bit = SIGN_BIT + missing.trailing_zeros();
    let intended = address | 1u64.checked_shl(bit)?;
    Some(FlippedBit { bit, intended, inside: "the kernel's half of the address space".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::event;
    use super::*;

    fn of(title: &str) -> Option<BadAddress> {
        let acmefs = KnownRange { start: 0xffff_ffff_c0a0_0000, end: 0xffff_ffff_c0a2_0000, whose: "acmefs".into() };
        read(&event(EventKind::Oops, title, 1), &[acmefs])
    }

    #[test]
    fn the_address_is_read_from_every_form_of_headline() {
        let rows = [
            ("BUG: unable to handle kernel paging request at ffffc90000001000", 0xffff_c900_0000_1000),
            ("BUG: unable to handle page fault for address: ffffc90000001000", 0xffff_c900_0000_1000),
            ("BUG: kernel NULL pointer dereference, address: 0000000000000028", 0x28),
            (
                "general protection fault, probably for non-canonical address 0x6b6b6b6b6b6b6b83: 0000 [#1] SMP",
                0x6b6b_6b6b_6b6b_6b83,
            ),
            ("Unable to handle kernel paging request at virtual address dead000000000108", 0xdead_0000_0000_0108),
            ("BUG: Unable to handle kernel data access at 0xc0000003", 0xc000_0003),
        ];
        for (title, address) in rows {
            assert_eq!(of(title).map(|b| b.address), Some(address), "{title}");
        }
        for title in ["Oops: 0000 [#1] SMP", "kernel BUG at mm/slub.c:305!", "BUG: stuck at deadbeef_fn"] {
            assert_eq!(of(title), None, "{title}");
        }
    }

    #[test]
    fn the_shadow_of_an_address_near_null_is_no_flipped_bit() {
        for (address, meant) in [
            ("dffffc0000000077", 0x3b8),
            ("dfff800000000001", 8),
            ("dfff200000000003", 0x18),
            ("dffffc1fffffffff", 0xff_ffff_fff8),
        ] {
            let title = format!(
                "general protection fault, probably for non-canonical address 0x{address}: 0000 [#1] SMP KASAN"
            );
            let bad = of(&title).unwrap();
            assert_eq!((bad.address, bad.poison, bad.flipped), (meant, None, None), "{address}");
        }
    }

    #[test]
    fn poison_is_told_and_is_no_flipped_bit() {
        let bad = of("BUG: unable to handle page fault for address: dead000000000108").unwrap();
        assert!(bad.poison.is_some_and(|p| p.contains("list")), "{bad:?}");
        assert_eq!(bad.flipped, None);
    }

    #[test]
    fn a_flipped_bit_is_told_only_where_one_bit_leads_to_a_known_place() {
        let flipped = |title: &str| of(title).and_then(|b| b.flipped).map(|f| (f.bit, f.inside));
        let page = |address: &str| flipped(&format!("BUG: unable to handle page fault for address: {address}"));
        assert_eq!(page("fffffffbc0a1b2c3"), Some((34, "acmefs".into())));
        assert_eq!(page("7fffffffc0a1b2c3"), Some((63, "acmefs".into())));
        assert_eq!(page("ffffffffc0a3b2c3"), None, "beside the module: any wrong sum does that");
        assert_eq!(page("fffffff3c0a1b2c3"), None, "two bits");
        assert_eq!(page("0000000000000028"), None);
        let gpf = |address: &str| {
            flipped(&format!("general protection fault, probably for non-canonical address 0x{address}: 0000 [#1]"))
        };
        assert_eq!(gpf("ff7f888112345678").map(|f| f.0), Some(55));
        assert_eq!(gpf("3f5f888112345678"), None);
        assert_eq!(gpf("0000800000000010"), None, "an address of user mode has all of them cleared");
    }
}
