//! Releases and their lineages.

use super::*;

#[test]
fn releases_give_their_lineage() {
    let rows: &[(&str, Lineage)] = &[
        ("2.4.21-63.ELsmp", Lineage::Rhel3),
        ("2.6.9-89.29.1.ELsmp", Lineage::Rhel4),
        ("2.6.9-11.EL", Lineage::Rhel4),
        ("2.6.18-274.7.1.el5", Lineage::Rhel5),
        ("2.6.18-398.el5xen", Lineage::Rhel5),
        ("2.6.32-754.el6.x86_64", Lineage::Rhel6),
        ("3.10.0-123.el7.x86_64", Lineage::Rhel7_0),
        ("3.10.0-229.14.1.el7.x86_64", Lineage::Rhel7_0),
        ("3.10.0-239.el7.x86_64", Lineage::Rhel7),
        ("3.10.0-1160.el7.x86_64", Lineage::Rhel7),
        ("3.10.0-862.2.3.el7_lustre.x86_64", Lineage::Rhel7),
        ("3.10.0-693.rt56.617.el7.x86_64", Lineage::Rhel7),
        ("4.14.0-115.el7a.0.1.aarch64", Lineage::Rhel7),
        ("4.18.0-553.16.1.el8_10.x86_64", Lineage::Rhel8),
        ("4.18.0-193.rt13.51.el8.x86_64", Lineage::Rhel8),
        ("5.14.0-70.13.1.el9_0.x86_64", Lineage::Rhel9_0),
        ("5.14.0-162.6.1.el9_1.x86_64", Lineage::Rhel9_0),
        ("5.14.0-284.11.1.el9_2.x86_64", Lineage::Rhel9_2),
        ("5.14.0-362.8.1.el9_3.x86_64", Lineage::Rhel9_4),
        ("5.14.0-427.20.1.el9_4.s390x", Lineage::Rhel9_4),
        ("5.14.0-570.12.1.el9_6.x86_64", Lineage::Rhel9_4),
        ("5.14.0-611.9.1.el9_7.x86_64", Lineage::Rhel9),
        ("6.12.0-54.el10.aarch64", Lineage::Rhel10_0),
        ("6.12.0-211.49.1.el10_2.x86_64", Lineage::Rhel10),
        ("6.12.0-8.test.eln.x86_64", Lineage::Ark),
        ("6.15.4-1.el9.elrepo.x86_64", Lineage::Mainline),
        ("3.10.108-1.el7.elrepo.x86_64", Lineage::Mainline3_7),
        ("5.10.103-1.nutanix.el7.x86_64", Lineage::Mainline),
        ("2.6.32-200.23.1.el5uek", Lineage::Uek2),
        ("2.6.39-400.17.1.el6uek.x86_64", Lineage::Uek2),
        ("3.8.13-118.el7uek.x86_64", Lineage::Uek3),
        ("4.1.12-124.48.6.el7uek.x86_64", Lineage::Uek),
        ("5.15.0-200.131.27.el9uek.x86_64", Lineage::Uek),
        ("2.6.32.59-0.7-default", Lineage::Suse2_6),
        ("3.0.101-108.71-xen", Lineage::Suse3_0),
        ("3.12.74-60.64.40-default", Lineage::Suse4_4),
        ("4.4.180-94.100-default", Lineage::Suse4_4),
        ("4.12.14-122.124-default", Lineage::Suse4_12),
        ("4.12.14-lp151.28.91-default", Lineage::Suse4_12),
        ("4.12.14-6.34-azure", Lineage::Suse4_12),
        ("5.3.18-lp152.60-default", Lineage::Suse),
        ("5.14.21-150500.55.39-default", Lineage::Suse),
        ("6.4.0-150600.23.14-default", Lineage::Suse6),
        ("6.5.4-1-default", Lineage::Suse6),
        ("3.11.10-21-desktop", Lineage::Mainline3_7),
        ("2.6.32-74-generic", Lineage::Mainline2_6),
        ("3.2.0-35-generic-pae", Lineage::Mainline3_2),
        ("3.11.0-15-generic", Lineage::Mainline3_7),
        ("3.13.0-24-generic", Lineage::Mainline3_7),
        ("3.13.0-34-lowlatency", Lineage::Mainline3_7),
        ("3.13.0-36-generic", Lineage::Ubuntu3_13),
        ("3.13.0-144-generic", Lineage::Ubuntu3_13),
        ("4.15.0-1015-azure", Lineage::Ubuntu),
        ("5.15.0-1034-azure-fde", Lineage::Ubuntu),
        ("6.8.0-31-generic", Lineage::Ubuntu),
        ("3.2.0-4-amd64", Lineage::Mainline3_2),
        ("3.16.0-4-686-pae", Lineage::Debian),
        ("6.1.0-0.deb11.5-cloud-amd64", Lineage::Debian),
        ("6.12.117+deb13-amd64", Lineage::Debian),
        ("3.4.76-65.111.amzn1.x86_64", Lineage::Mainline3_2),
        ("4.14.121-109.96.amzn2.x86_64", Lineage::Amazon),
        ("6.1.10-15.42.amzn2023.x86_64", Lineage::Amazon),
        ("3.8.9-200.fc18.x86_64", Lineage::Mainline3_7),
        ("6.5.6-200.fc38.x86_64", Lineage::Fedora),
        ("5.15.102-1-pve", Lineage::Mainline),
        ("6.12.4-gentoo-r1", Lineage::Mainline),
        ("4.6.0+", Lineage::Mainline),
        ("2.6.17-rc5", Lineage::Mainline2_6),
        ("", Lineage::Mainline),
        ("not a release", Lineage::Mainline),
        ("99999999999.99999999999.9-99999999999999.el7", Lineage::Mainline),
    ];
    for (release, lineage) in rows {
        assert_eq!(Lineage::of_release(release), *lineage, "{release:?}");
    }
}

#[test]
fn unknown_releases_are_not_claimed_for_a_distribution() {
    for release in ["6.12.4-gentoo-r1", "4.6.0+", "5.2.14", "5.10.103-1.nutanix.el7.x86_64", "2.6.16.60-0.21-smp", ""] {
        assert_eq!(Lineage::known_release(release), None, "{release:?}");
    }
}

/// Real logs with hand-judged truth, where they are at hand: every letter a reader found is decoded, none is unknown.
#[test]
fn real_texts_decode_to_what_a_reader_found() {
    let shared =
        std::env::var("TAINTRACE_SHARED").unwrap_or_else(|_| format!("{}/../shared", env!("CARGO_MANIFEST_DIR")));
    let Ok(cases) = std::fs::read_dir(format!("{shared}/corpus/cases")) else {
        eprintln!("skipped: no judged logs in {shared}");
        return;
    };
    let mut texts = 0;
    for path in cases.flatten().map(|case| case.path()).filter(|path| path.extension().is_some_and(|e| e == "json")) {
        let truth: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        for event in truth["events"].as_array().into_iter().flatten() {
            let Some(text) = event["tainted_string"].as_str() else { continue };
            texts += 1;
            let decoded = decode_printed(text, truth["release"].as_str());
            let found = letters(&decoded);
            let judged = event["tainted_flags"].as_array().into_iter().flatten().filter_map(|flag| flag.as_str());
            let missing: Vec<&str> = judged.filter(|flag| *flag != "G" && !found.contains(flag)).collect();
            assert!(missing.is_empty(), "{}: {text:?}: {missing:?} missing in {decoded:#?}", path.display());
            assert!(decoded.value.is_some(), "{}: {text:?}: {decoded:#?}", path.display());
        }
    }
    assert!(texts > 0, "no taint text in {shared}");
}
