//! Masks, the tables behind them, and what kernels print.

use super::*;

#[test]
fn masks_decode_to_their_flags() {
    let rows: &[(Lineage, u64, &str, &[&str])] = &[
        (Lineage::Rhel7, 12289, "POE", &["PROPRIETARY_MODULE", "OOT_MODULE", "UNSIGNED_MODULE"]),
        (Lineage::Rhel7, 536883201, "POET", &["PROPRIETARY_MODULE", "OOT_MODULE", "UNSIGNED_MODULE", "TECH_PREVIEW"]),
        (Lineage::Rhel5, 64, "U", &["UNSIGNED_MODULE"]),
        (Lineage::Mainline, 64, "U", &["USER"]),
        (Lineage::Suse, 102400, "OKX", &["OOT_MODULE", "LIVEPATCH", "AUX"]),
        (Lineage::Suse4_4, 0xC000_0000, "NX", &["NO_SUPPORT", "EXTERNAL_SUPPORT"]),
        (Lineage::Rhel9, 65536, "X", &["AUX"]),
        (Lineage::Rhel8, 1 << 30, "u", &["UNPRIVILEGED_BPF"]),
        (Lineage::Rhel9, 1 << 31, "u", &["UNPRIVILEGED_BPF"]),
        (Lineage::Rhel7_0, 4098, "FO", &["FORCED_MODULE", "OOT_MODULE"]),
        (Lineage::Mainline, 0, "", &[]),
    ];
    for (lineage, mask, expected_letters, expected_names) in rows {
        let decoded = decode_mask(*lineage, *mask);
        assert_eq!(letters(&decoded), *expected_letters, "{lineage:?} {mask}");
        assert_eq!(names(&decoded), *expected_names, "{lineage:?} {mask}");
        assert_eq!((decoded.value, &*decoded.unknown_bits), (Some(*mask), &[][..]), "{lineage:?} {mask}");
    }
}

#[test]
fn a_tech_preview_is_told_in_every_rhel() {
    for (lineage, mask) in
        [(Lineage::Rhel5, 1 << 29), (Lineage::Rhel7, 1 << 29), (Lineage::Rhel8, 1 << 29), (Lineage::Rhel9, 1 << 16)]
    {
        let classes: Vec<_> = decode_mask(lineage, mask).flags.iter().map(|flag| flag.class).collect();
        assert_eq!(classes, [TaintClass::TechPreview], "{lineage:?}");
    }
}

#[test]
fn bits_without_a_flag_are_unknown() {
    assert_eq!(decode_mask(Lineage::Rhel7_0, 1 << 13).unknown_bits, [13]);
    assert_eq!(decode_mask(Lineage::Mainline, 1 << 29 | 1 << 63).unknown_bits, [29, 63]);
}

#[test]
fn a_value_without_a_release_is_explained() {
    let decoded = decode_value(536883201, None);
    assert_eq!((decoded.lineage, &*decoded.unknown_bits), (Lineage::Mainline, &[29][..]));
    assert!(decoded.notes.iter().any(|note| note.contains("assumed")), "{decoded:?}");
    assert!(decoded.notes.iter().any(|note| note.contains("bit 29") && note.contains("RHEL 5")), "{decoded:?}");
    assert_eq!(decode_value(536883201, Some("3.10.0-1160.el7.x86_64")), decode_mask(Lineage::Rhel7, 536883201));
    assert_eq!(decode_value(0, None).notes, [""; 0]);
}

#[test]
fn masks_print_as_their_kernel_prints_them() {
    let rows: &[(Lineage, u64, &str)] = &[
        (Lineage::Rhel3, 3, "Tainted: PF"),
        (Lineage::Rhel4, 1, "Tainted: P     "),
        (Lineage::Rhel5, 64, "Tainted: G     ---------------------  "),
        (Lineage::Rhel5, 1 << 29, "Tainted: G     --------------------- T"),
        (Lineage::Rhel6, 1, "Tainted: P           ---------------   "),
        (Lineage::Rhel6, 1 | 1 << 14, "Tainted: P           --L------------   "),
        (Lineage::Rhel7_0, 4098, "Tainted: GF          O--------------  "),
        (Lineage::Rhel7, 536883201, "Tainted: P           OE  ------------ T"),
        (Lineage::Rhel8, 1 << 12 | 1 << 13 | 1 << 29, "Tainted: G           OE    --------- -t -"),
        (Lineage::Rhel9_0, 1 << 11, "Tainted: G          I      --------- --- "),
        (Lineage::Rhel9_2, 12800, "Tainted: G        W  OE    --------  --- "),
        (Lineage::Rhel9_4, 1 << 16, "Tainted: G               X  -------  --- "),
        (Lineage::Rhel10, 1 << 27, "Tainted: G                   ------ h--- "),
        (Lineage::Rhel9, 1 << 22, "Tainted: G                   --?---  --- "),
        (Lineage::Suse4_4, 1 | 1 << 30, "Tainted: P               N "),
        (Lineage::Suse, 12288 | 1 << 31, "Tainted: G           OE     N"),
        (Lineage::Suse6, 12288 | 1 << 31, "Tainted: G           OE     n"),
        (Lineage::Suse6, 1 << 19, "Tainted: G                  J "),
        (Lineage::Ubuntu3_13, 12289, "Tainted: P           OX"),
        (Lineage::Mainline, 12289, "Tainted: P           OE      "),
        (Lineage::Mainline, 0, "Not tainted"),
    ];
    for (lineage, mask, expected) in rows {
        assert_eq!(print_mask(*lineage, *mask), *expected, "{lineage:?} {mask}");
    }
}

#[test]
fn tables_are_sound() {
    for lineage in Lineage::ALL {
        let flags = lineage.flags();
        let with_bits: Vec<u8> = flags.iter().filter_map(|flag| flag.bit).collect();
        assert!(with_bits.is_sorted_by(|a, b| a < b), "{lineage:?}: bits out of order or twice: {with_bits:?}");
        assert!(flags.iter().all(|flag| flag.letter.is_some() && !flag.meaning.is_empty()), "{lineage:?}");
        for row in lineage.table().rows {
            for column in table::columns(row) {
                if let table::Column::Flag(bit) = column {
                    assert!(lineage.table().of_bit(bit).is_some(), "{lineage:?}: no flag for column {bit}");
                }
            }
        }
        assert_eq!(Lineage::named(lineage.as_str()), Some(*lineage));
    }
    assert_eq!(Lineage::named("rhel11"), None);
}

#[test]
fn printed_letters_are_unique_save_for_n_of_suse() {
    for lineage in Lineage::ALL {
        let printed = lineage.table().printed_bits();
        let mut letters: Vec<char> =
            lineage.flags().iter().filter(|flag| flag.mask() & printed != 0).filter_map(|flag| flag.letter).collect();
        letters.sort_unstable();
        let twice: Vec<char> = letters.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]).collect();
        let allowed: &[char] = if *lineage == Lineage::Suse { &['N'] } else { &[] };
        assert_eq!(twice, allowed, "{lineage:?}");
    }
}

#[test]
fn licences_count_letter_by_letter() {
    for license in ["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"] {
        assert!(gpl_compatible(license), "{license}");
    }
    for license in ["", "unspecified", "gpl", "GPLv2", "GPL-2.0", "BSD", "MIT", "Apache-2.0", "Proprietary", "GPL "] {
        assert!(!gpl_compatible(license), "{license}");
    }
}
