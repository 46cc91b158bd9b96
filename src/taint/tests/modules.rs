//! Flags behind module names.

use super::*;
use crate::facts::{LoadState, ModuleFlags};

/// Names of what is set, in a fixed order.
fn words(taint: &ModuleTaint) -> Vec<&'static str> {
    let all = [
        (taint.proprietary, "proprietary"),
        (taint.out_of_tree, "out-of-tree"),
        (taint.unsigned, "unsigned"),
        (taint.forced, "forced"),
        (taint.staging, "staging"),
        (taint.livepatch, "livepatch"),
        (taint.tech_preview, "tech-preview"),
        (taint.unsupported, "unsupported"),
        (taint.externally_supported, "external"),
        (taint.partner_supported, "partner"),
        (taint.test, "test"),
    ];
    all.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect()
}

#[test]
fn module_letters_mean_what_their_lineage_says() {
    let rows: &[(Lineage, &str, &[&str])] = &[
        (Lineage::Rhel7_0, "OF", &["out-of-tree", "unsigned"]),
        (Lineage::Rhel6, "U", &["unsigned"]),
        (Lineage::Rhel6, "PU", &["proprietary", "unsigned"]),
        (Lineage::Rhel5, "PU", &["proprietary", "unsigned"]),
        (Lineage::Rhel5, "PFUT", &["proprietary", "unsigned", "forced", "tech-preview"]),
        (Lineage::Rhel4, "U", &["unsigned"]),
        (Lineage::Uek2, "U", &["unsigned"]),
        (Lineage::Ubuntu3_13, "POX+", &["proprietary", "out-of-tree", "unsigned"]),
        (Lineage::Suse, "N", &["unsupported"]),
        (Lineage::Suse4_4, "N", &["unsupported"]),
        (Lineage::Suse4_4, "EX", &["unsigned", "external"]),
        (Lineage::Suse4_12, "OEX", &["out-of-tree", "unsigned", "external"]),
        (Lineage::Suse, "OEXX", &["out-of-tree", "unsigned", "external"]),
        (Lineage::Suse6, "OEn", &["out-of-tree", "unsigned", "unsupported"]),
        (Lineage::Rhel7, "T", &["tech-preview"]),
        (Lineage::Rhel7, "POE", &["proprietary", "out-of-tree", "unsigned"]),
        (Lineage::Rhel7, "OEK", &["out-of-tree", "unsigned", "livepatch"]),
        (Lineage::Rhel7, "F", &["forced"]),
        (Lineage::Rhel8, "Et-", &["unsigned", "tech-preview"]),
        (Lineage::Rhel9, "OEX", &["out-of-tree", "unsigned", "tech-preview"]),
        (Lineage::Rhel9, "p", &["partner"]),
        (Lineage::Mainline, "CN", &["staging", "test"]),
        (Lineage::Mainline3_7, "POF", &["proprietary", "out-of-tree", "unsigned"]),
        (Lineage::Debian, "X", &[]),
        (Lineage::Rhel8, "", &[]),
    ];
    for (lineage, flags, expected) in rows {
        let taint = module_taint(*lineage, &ModuleFlags::parse(flags));
        assert_eq!(words(&taint), *expected, "{lineage:?} ({flags})");
        assert_eq!(taint.unknown, [], "{lineage:?} ({flags})");
    }
    assert_eq!(ModuleFlags::parse("POX+").state, LoadState::Coming);
}

#[test]
fn letters_of_other_lineages_are_unknown() {
    for (lineage, flags, unknown) in [
        (Lineage::Rhel8, "UE", &['U'][..]),
        (Lineage::Rhel6, "OE", &['O', 'E']),
        (Lineage::Rhel4, "P", &['P']),
        (Lineage::Rhel3, "P", &['P']),
        (Lineage::Mainline2_6, "U", &['U']),
        (Lineage::Mainline, "Q", &['Q']),
    ] {
        assert_eq!(module_taint(lineage, &ModuleFlags::parse(flags)).unknown, unknown, "{lineage:?} ({flags})");
    }
}

#[test]
fn u_is_unsigned_where_no_release_is_known() {
    assert!(module_taint(Lineage::Mainline, &ModuleFlags::parse("PU")).unsigned);
}

#[test]
fn what_lists_can_show() {
    let rows: &[(Lineage, [bool; 3], [bool; 3])] = &[
        (Lineage::Rhel3, [false, false, false], [false, false, false]),
        (Lineage::Rhel4, [false, false, true], [false, false, false]),
        (Lineage::Rhel5, [true, false, true], [true, false, true]),
        (Lineage::Rhel6, [true, false, true], [true, false, false]),
        (Lineage::Uek2, [true, false, true], [true, false, false]),
        (Lineage::Rhel7_0, [true, true, true], [true, true, true]),
        (Lineage::Rhel9, [true, true, true], [true, true, true]),
        (Lineage::Mainline2_6, [true, false, false], [true, false, false]),
        (Lineage::Mainline3_2, [true, true, false], [true, true, false]),
        (Lineage::Mainline3_7, [true, true, true], [true, true, true]),
        (Lineage::Suse, [true, true, true], [true, true, true]),
    ];
    for (lineage, lists, proc_modules) in rows {
        let flat = |shows: Shows| [shows.proprietary, shows.out_of_tree, shows.unsigned];
        assert_eq!(flat(list_shows(*lineage)), *lists, "{lineage:?}");
        assert_eq!(flat(proc_modules_shows(*lineage)), *proc_modules, "{lineage:?}");
    }
}
