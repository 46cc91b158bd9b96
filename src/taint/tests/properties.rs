//! What holds for every mask and every text.

use proptest::prelude::*;

use super::*;

fn lineages() -> impl Strategy<Value = Lineage> {
    prop::sample::select(Lineage::ALL)
}

/// Texts of the characters that taint texts are made of.
fn taint_like() -> impl Strategy<Value = String> {
    "(Tainted: |Not tainted |)[PGFSRMBUDAWCIOELKXTNJHZVnpthru \\-?\\[\\]=,()\\t]{0,60}( 3.10.0-1160.el7| 5.14.21-1.2-default|\\)| VLI|)"
}

/// Masks of bits that some kernel knows, and any.
fn masks() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        any::<u64>().prop_map(|mask| mask & 0xFFFF_FFFF),
        any::<u64>().prop_map(|mask| mask & 0xF_FFFF)
    ]
}

proptest! {
    #[test]
    fn a_mask_survives_being_printed(lineage in lineages(), mask in masks()) {
        let shown = mask & lineage.table().printed_bits();
        let printed = print_mask(lineage, shown);
        let decoded = printed_by(lineage, &printed);
        prop_assert_eq!(decoded.value, Some(shown), "{:?} {:?}: {:?}", lineage, printed, decoded);
        prop_assert_eq!(&decoded.unknown_letters, &[]);
    }

    #[test]
    fn every_row_of_columns_can_be_read(lineage in lineages(), mask in masks()) {
        for row in lineage.table().rows {
            let shown = mask & decoded::row_bits(row);
            let printed = decoded::print_row(lineage.table(), row, shown);
            let decoded = printed_by(lineage, &printed);
            prop_assert_eq!((decoded.lineage, decoded.value), (lineage, Some(shown)), "{:?} {:?}", lineage, printed);
        }
    }

    #[test]
    fn a_mask_survives_being_printed_and_trimmed(lineage in lineages(), mask in masks()) {
        let shown = mask & lineage.table().printed_bits();
        let printed = print_mask(lineage, shown);
        let decoded = printed_by(lineage, printed.trim_end());
        prop_assert_eq!(decoded.value, Some(shown), "{:?} {:?}: {:?}", lineage, printed, decoded);
    }

    #[test]
    fn a_mask_survives_collapsed_blanks(lineage in lineages(), mask in masks()) {
        // Both `N` of SUSE are left out: which one it was is lost with the blanks.
        let both_n = if lineage == Lineage::Suse { 1 << 18 | 1 << 31 } else { 0 };
        let shown = mask & lineage.table().printed_bits() & !both_n;
        let printed = print_mask(lineage, shown);
        let collapsed = printed.split_whitespace().collect::<Vec<_>>().join(" ");
        let decoded = printed_by(lineage, &collapsed);
        prop_assert_eq!(decoded.value, Some(shown), "{:?} {:?}: {:?}", lineage, collapsed, decoded);
    }

    #[test]
    fn the_release_behind_the_letters_changes_no_flag(lineage in lineages(), mask in masks()) {
        let printed = print_mask(lineage, mask & lineage.table().printed_bits());
        let release = release_of(lineage);
        let alone = decode_printed(&printed, Some(release));
        let followed = decode_printed(&format!("{printed} {release} #1"), None);
        prop_assert_eq!(alone.flags, followed.flags, "{:?} {:?}", lineage, printed);
    }

    #[test]
    fn a_decoded_mask_loses_no_bit(lineage in lineages(), mask in any::<u64>()) {
        let decoded = decode_mask(lineage, mask);
        let known = decoded.flags.iter().fold(0, |bits, flag| bits | flag.mask());
        let unknown = decoded.unknown_bits.iter().fold(0, |bits, bit| bits | 1u64 << bit);
        prop_assert_eq!((known | unknown, known & unknown), (mask, 0));
    }

    #[test]
    fn any_text_is_read_without_panic(text in any::<String>(), release in any::<Option<String>>(), mask in any::<u64>()) {
        decode_all(&text, release.as_deref(), mask);
    }

    #[test]
    fn taint_like_text_is_read_without_panic(text in taint_like(), release in "[0-9.]{0,12}-[0-9a-z.]{0,20}", mask in any::<u64>()) {
        decode_all(&text, Some(&release), mask);
        decode_all(&text, None, mask);
    }

    #[test]
    fn module_letters_are_read_without_panic(lineage in lineages(), letters in any::<String>()) {
        let flags = crate::facts::ModuleFlags { letters, ..Default::default() };
        let taint = module_taint(lineage, &flags);
        prop_assert!(taint.unknown.iter().all(|letter| flags.letters.contains(*letter)));
    }
}

#[test]
fn a_megabyte_of_letters_is_read_in_time_and_space() {
    for piece in ["P ", "-", "- ", "PX", "V ", "[P]=P, ", "Tainted: "] {
        let text = format!("Tainted: {}", piece.repeat(1_000_000 / piece.len()));
        let decoded = decode_printed(&text, None);
        assert!(decoded.notes.iter().map(String::len).sum::<usize>() < 10_000, "{piece:?}");
    }
}

/// Everything that reads strangers' text.
fn decode_all(text: &str, release: Option<&str>, mask: u64) {
    let decoded = decode_printed(text, release);
    assert_eq!(decoded.lineage, decode_printed(text, release).lineage);
    let _ = (decode_verbose(text), decode_value(mask, Some(text)), gpl_compatible(text), Lineage::of_release(text));
    let _ = (Lineage::of_release_and_printed(release, text), Lineage::named(text), print_mask(decoded.lineage, mask));
}

/// Decodes as text of a kernel of this lineage.
fn printed_by(lineage: Lineage, printed: &str) -> Decoded {
    decode_printed(printed, Some(release_of(lineage)))
}

/// A release of each lineage.
fn release_of(lineage: Lineage) -> &'static str {
    match lineage {
        Lineage::Rhel3 => "2.4.21-63.ELsmp",
        Lineage::Rhel4 => "2.6.9-89.ELsmp",
        Lineage::Rhel5 => "2.6.18-274.el5",
        Lineage::Rhel6 => "2.6.32-504.el6.x86_64",
        Lineage::Rhel7_0 => "3.10.0-229.el7.x86_64",
        Lineage::Rhel7 => "3.10.0-1160.el7.x86_64",
        Lineage::Rhel8 => "4.18.0-553.el8.x86_64",
        Lineage::Rhel9_0 => "5.14.0-70.el9.x86_64",
        Lineage::Rhel9_2 => "5.14.0-284.el9.x86_64",
        Lineage::Rhel9_4 => "5.14.0-427.el9.x86_64",
        Lineage::Rhel9 => "5.14.0-611.el9.x86_64",
        Lineage::Rhel10_0 => "6.12.0-54.el10.x86_64",
        Lineage::Rhel10 => "6.12.0-211.el10.x86_64",
        Lineage::Ark => "6.17.0-0.rc1.eln.x86_64",
        Lineage::Suse2_6 => "2.6.32.59-0.7-default",
        Lineage::Suse3_0 => "3.0.101-108.71-default",
        Lineage::Suse4_4 => "4.4.180-94.100-default",
        Lineage::Suse4_12 => "4.12.14-122.124-default",
        Lineage::Suse => "5.14.21-150500.55-default",
        Lineage::Suse6 => "6.4.0-150600.23-default",
        Lineage::Ubuntu3_13 => "3.13.0-144-generic",
        Lineage::Ubuntu => "6.8.0-31-generic",
        Lineage::Debian => "6.1.0-18-amd64",
        Lineage::Amazon => "6.1.10-15.42.amzn2023.x86_64",
        Lineage::Fedora => "6.5.6-200.fc38.x86_64",
        Lineage::Uek2 => "2.6.39-400.el6uek.x86_64",
        Lineage::Uek3 => "3.8.13-118.el7uek.x86_64",
        Lineage::Uek => "5.15.0-200.el9uek.x86_64",
        Lineage::Mainline2_6 => "2.6.34",
        Lineage::Mainline3_2 => "3.4.1",
        Lineage::Mainline3_7 => "3.10.1",
        Lineage::Mainline => "6.12.1",
    }
}

#[test]
fn every_lineage_has_a_release_that_gives_it() {
    for lineage in Lineage::ALL {
        assert_eq!(Lineage::of_release(release_of(*lineage)), *lineage);
    }
}
