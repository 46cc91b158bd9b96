//! Printed texts and what they have to decode to.

use super::*;

/// A text, the lineage that printed it, and its bits.
type Row = (&'static str, Lineage, &'static [u8]);

/// Texts that carry their release.
const WITH_RELEASE: &[Row] = &[
    ("Tainted: P           OE  ------------ T 3.10.0-1160.21.1.el7.x86_64", Lineage::Rhel7, &[0, 12, 13, 29]),
    ("Tainted: GF          O--------------   3.10.0-229.14.1.el7.x86_64", Lineage::Rhel7_0, &[1, 12]),
    ("Tainted: GF          O--------------   3.10.0-123.el7.x86_64", Lineage::Rhel7_0, &[1, 12]),
    ("Tainted: G           OE    --------- -t - 4.18.0-147.el8.ppc64le", Lineage::Rhel8, &[12, 13, 29]),
    ("Tainted: G        W  OE    --------  ---  5.14.0-284.11.1.el9_2.x86_64", Lineage::Rhel9_2, &[9, 12, 13]),
    ("Tainted: G               X  -------  ---  5.14.0-427.20.1.el9_4.s390x", Lineage::Rhel9_4, &[16]),
    ("Tainted: G  ------ h---  6.12.0-211.49.1.el10_2", Lineage::Rhel10, &[27]),
    ("Tainted: G           OE     N 5.14.21-150500.55.39-default", Lineage::Suse, &[12, 13, 31]),
    ("Tainted: P           OX 3.13.0-45-generic", Lineage::Ubuntu3_13, &[0, 12, 13]),
    // The eras around them.
    ("Tainted: P      VLI", Lineage::Mainline, &[0]),
    ("Tainted: PF   (2.6.9-89.29.1.ELsmp)", Lineage::Rhel4, &[0, 1]),
    ("Tainted: G      2.6.18-164.el5 #1", Lineage::Rhel5, &[]),
    ("Tainted: P      --------------------- T 2.6.18-308.el5", Lineage::Rhel5, &[0, 29]),
    ("Tainted: P           ---------------   2.6.32-504.el6.x86_64", Lineage::Rhel6, &[0]),
    ("Tainted: P        W  --------------- HT 2.6.32-431.el6.x86_64", Lineage::Rhel6, &[0, 9, 28, 29]),
    ("Tainted: G           --L------------    2.6.32-696.10.1.el6.x86_64", Lineage::Rhel6, &[14]),
    ("Tainted: G        W  OEL ------------   3.10.0-957.el7.x86_64", Lineage::Rhel7, &[9, 12, 13, 14]),
    ("Tainted: G           OE  ------------   4.14.0-115.el7a.aarch64", Lineage::Rhel7, &[12, 13]),
    ("Tainted: G          I      --------- -  - 4.18.0-348.el8.x86_64", Lineage::Rhel8, &[11]),
    ("Tainted: G        W       T---------r- u- 4.18.0-348.el8.x86_64", Lineage::Rhel8, &[9, 17, 27, 30]),
    ("Tainted: G           OE    --------- ---  5.14.0-70.22.1.el9_0.x86_64", Lineage::Rhel9_0, &[12, 13]),
    ("Tainted: G        W  OE     ------p ---u 5.14.0-687.5.1.el9_8.x86_64", Lineage::Rhel9, &[9, 12, 13, 26, 31]),
    ("Tainted: G           OEL    -------  ---  6.12.0-55.el10.aarch64", Lineage::Rhel10_0, &[12, 13, 14]),
    ("Tainted: G           OE     -------- ---  6.12.24-1.el9.x86_64", Lineage::Ark, &[12, 13]),
    ("Tainted: G        W        --------- ---  5.17.0-0.rc4.96.fc36.x86_64", Lineage::Ark, &[9]),
    ("Tainted: P           OE     -------  ---  6.11.0-0.rc4.38.fc41.x86_64", Lineage::Ark, &[0, 12, 13]),
    ("Tainted: P           OE      6.5.6-200.fc38.x86_64", Lineage::Fedora, &[0, 12, 13]),
    ("Tainted: G           E X 3.0.101-0.46-default", Lineage::Suse3_0, &[13, 31]),
    ("Tainted: P          N  2.6.32.59-0.7-default", Lineage::Suse2_6, &[0, 30]),
    ("Tainted: G           OE K X 4.4.180-94.100-default", Lineage::Suse4_4, &[12, 13, 15, 31]),
    ("Tainted: G           OE      4.12.14-197.29-default", Lineage::Suse4_12, &[12, 13]),
    ("Tainted: G           O  KX    5.3.18-53-default", Lineage::Suse, &[12, 15, 16]),
    ("Tainted: G           OE  X  n 6.4.0-150600.23.14-default", Lineage::Suse6, &[12, 13, 16, 31]),
    ("Tainted: PF          O 3.13.0-24-generic", Lineage::Mainline3_7, &[0, 1, 12]),
    ("Tainted: P           O 3.2.0-35-generic #55-Ubuntu", Lineage::Mainline3_2, &[0, 12]),
    ("Tainted: P           OE      6.5.0-45-generic", Lineage::Ubuntu, &[0, 12, 13]),
    ("Tainted: P         C OE      6.1.0-18-amd64", Lineage::Debian, &[0, 10, 12, 13]),
    ("Tainted: G           OE   4.14.121-109.96.amzn2.x86_64", Lineage::Amazon, &[12, 13]),
    ("Tainted: GF          O 3.8.13-16.2.1.el6uek.x86_64", Lineage::Uek3, &[1, 12]),
    ("Tainted: P            2.6.39-400.17.1.el6uek.x86_64", Lineage::Uek2, &[0]),
    ("Tainted: G           OE    N 6.12.0-100.el9uek.x86_64", Lineage::Uek, &[12, 13, 18]),
];

#[test]
fn printed_texts_decode_to_their_bits() {
    for (text, lineage, expected) in WITH_RELEASE {
        let decoded = decode_printed(text, None);
        assert_eq!((decoded.lineage, &*bits(&decoded)), (*lineage, *expected), "{text:?}: {decoded:#?}");
    }
}

#[test]
fn collapsed_blanks_lose_no_flag_and_no_lineage() {
    for (text, lineage, expected) in WITH_RELEASE.iter().filter(|(text, ..)| text.contains("-- ")) {
        let collapsed = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let decoded = decode_printed(&collapsed, None);
        assert_eq!(&*bits(&decoded), *expected, "{collapsed:?}: {decoded:#?}");
        // The 6.12 kernel of CIQ and RHEL 9.2 have the same dashes and the same flags.
        assert!(decoded.lineage == *lineage || text.contains("6.12.24"), "{collapsed:?}: {:?}", decoded.lineage);
    }
}

/// Texts as an event keeps them: right-trimmed, without `Tainted:` and release. Their dashes tell the lineage.
#[test]
fn dashes_tell_the_lineage_without_a_release() {
    let rows: &[(&str, Lineage, &[u8])] = &[
        ("P      ---------------------", Lineage::Rhel5, &[0]),
        ("P           ---------------", Lineage::Rhel6, &[0]),
        ("P           --L------------", Lineage::Rhel6, &[0, 14]),
        ("GF          O--------------", Lineage::Rhel7_0, &[1, 12]),
        ("G OE ------------ T", Lineage::Rhel7, &[12, 13, 29]),
        ("G W OE --------- -t -", Lineage::Rhel8, &[9, 12, 13, 29]),
        ("G           OE    --------- ---", Lineage::Rhel9_0, &[12, 13]),
        ("G           OE    --------  ---", Lineage::Rhel9_2, &[12, 13]),
        ("G           OE     -------  ---", Lineage::Rhel9_4, &[12, 13]),
        ("P           OE      ------  ---", Lineage::Rhel9, &[0, 12, 13]),
        ("G           E X", Lineage::Suse3_0, &[13, 31]),
        ("P           OX", Lineage::Ubuntu3_13, &[0, 12, 13]),
    ];
    for (text, lineage, expected) in rows {
        let decoded = decode_printed(text, None);
        assert_eq!((decoded.lineage, &*bits(&decoded)), (*lineage, *expected), "{text:?}: {decoded:#?}");
        assert_eq!(Lineage::of_release_and_printed(None, text), *lineage, "{text:?}");
        assert!(decoded.notes.iter().any(|note| note.starts_with("the columns are those of")), "{text:?}: {decoded:?}");
    }
}

#[test]
fn columns_overrule_the_release() {
    let rows: &[(&str, &str, Lineage)] = &[
        ("5.14.0-611.9.1.el9_7.x86_64", "P        W  OE     -------  ---", Lineage::Rhel9_4),
        ("6.12.0-211.el10.x86_64", "P        W  OE     -------  ---", Lineage::Rhel10_0),
        ("3.10.0-327.el7.x86_64", "GF          O--------------", Lineage::Rhel7_0),
        ("6.15.0-100.fc43.x86_64", "G             L     ------  ---", Lineage::Ark),
        ("3.13.0-24-generic", "P           OX", Lineage::Ubuntu3_13),
        ("6.4.0-150600.23.14-default", "G           OE     N", Lineage::Suse),
    ];
    for (release, text, lineage) in rows {
        let decoded = decode_printed(text, Some(release));
        assert_eq!(decoded.lineage, *lineage, "{release} {text:?}");
        assert_eq!(Lineage::of_release_and_printed(Some(release), text), *lineage, "{release} {text:?}");
        assert!(decoded.notes.iter().any(|note| note.ends_with("as the release says")), "{text:?}: {decoded:?}");
    }
}

#[test]
fn a_cut_text_stays_with_its_release_and_says_so() {
    for text in ["P           OE  -----", "P           OE"] {
        let decoded = decode_printed(text, Some("3.10.0-1160.el7.x86_64"));
        assert_eq!((decoded.lineage, bits(&decoded)), (Lineage::Rhel7, vec![0, 12, 13]), "{text:?}");
        assert!(decoded.notes.iter().any(|note| note.contains("cut off")), "{text:?}: {decoded:?}");
    }
}

#[test]
fn text_around_the_letters_is_left_out() {
    let rows: &[(&str, Option<&str>, &[u8])] = &[
        ("CPU: 3 PID: 12 Comm: a b(c) Kdump: loaded Tainted: P           OE     5.2.14 #1", None, &[0, 12, 13]),
        ("EIP:    0060:[<c0150f4b>]    Tainted: P      VLI", Some("2.6.9-89.EL"), &[0]),
        ("WARNING: at a.c:1 f+0x1/0x2() (Tainted: P           -- ------------   )", None, &[0]),
        ("BUG kmalloc-64 (Tainted: P    B      OE): Redzone", Some("4.6.0"), &[0, 5, 12, 13]),
        ("REGS: c0 TRAP: 0900   Tainted: G           OE  ------------    (3.10.0-1099.el7.ppc64le)", None, &[12, 13]),
        ("(POE)", None, &[0, 12, 13]),
        ("POE", None, &[0, 12, 13]),
        ("G    OE", None, &[12, 13]),
        ("P\tO\n E", None, &[0, 12, 13]),
    ];
    for (text, release, expected) in rows {
        let decoded = decode_printed(text, *release);
        assert_eq!(&*bits(&decoded), *expected, "{text:?}: {decoded:#?}");
        assert_eq!(decoded.unknown_letters, [], "{text:?}");
    }
}

#[test]
fn not_tainted_is_a_value_of_zero() {
    for text in
        ["Not tainted", "CPU: 1 PID: 1 Comm: x Not tainted 6.1.0-18-amd64 #1", "      Not tainted  2.6.32-754.el6"]
    {
        let decoded = decode_printed(text, None);
        assert_eq!((decoded.value, decoded.is_clean(), &*decoded.notes), (Some(0), true, &[][..]), "{text:?}");
    }
    assert_eq!(decode_printed("Not tainted 4.18.0-553.el8.x86_64 #1", None).lineage, Lineage::Rhel8);
}

#[test]
fn a_text_without_letters_has_no_value() {
    for text in ["", "Tainted: ", "12289", "hello world", "Tainted: [garbled"] {
        let decoded = decode_printed(text, None);
        assert_eq!((decoded.value, decoded.is_clean(), decoded.notes.len()), (None, true, 1), "{text:?}: {decoded:?}");
    }
}

#[test]
fn unknown_letters_are_kept_and_leave_the_value_open() {
    // A vendor kernel with a flag of its own among the dashes.
    let decoded = decode_printed("G           O E ----V-------   3.10.0-229.42.1.105.x86_64", None);
    assert_eq!((decoded.value, &*decoded.unknown_letters), (None, &['E', 'V'][..]), "{decoded:?}");
    assert_eq!(letters(&decoded), "O");
    assert!(decoded.notes.iter().any(|note| note.contains("dashes")), "{decoded:?}");
}

#[test]
fn an_unrecognised_release_is_said_to_be_assumed() {
    let decoded = decode_printed("P           OE", Some("6.12.4-gentoo-r1"));
    assert_eq!(decoded.lineage, Lineage::Mainline);
    assert!(
        decoded.notes.iter().any(|note| note.contains("assumed") && note.contains("6.12.4-gentoo-r1")),
        "{decoded:?}"
    );
    let decoded = decode_printed("P           OE", None);
    assert!(decoded.notes.iter().any(|note| note.contains("no kernel release is known")), "{decoded:?}");
}

#[test]
fn letters_with_several_meanings_are_explained_where_the_lineage_is_assumed() {
    for (letter, elsewhere) in [('T', "bit 29"), ('X', "bit 31"), ('N', "bit 30"), ('F', "unsigned")] {
        let decoded = decode_printed(&format!("G {letter}"), None);
        let note = decoded.notes.iter().find(|note| note.starts_with(&format!("{letter} elsewhere"))).cloned();
        assert!(note.is_some_and(|note| note.contains(elsewhere)), "{letter}: {decoded:?}");
    }
}

#[test]
fn n_of_suse_is_unsupported_and_said_to_be_ambiguous_where_it_is() {
    let release = Some("5.14.21-150500.55.39-default");
    // Column 19 belongs to NO_SUPPORT, column 18 to TEST.
    let decoded = decode_printed("G           OE     N", release);
    assert_eq!((names(&decoded), decoded.notes.len()), (vec!["OOT_MODULE", "UNSIGNED_MODULE", "NO_SUPPORT"], 0));
    assert_eq!(bits(&decode_printed("G           OE    N", release)), [12, 13, 18]);
    // Collapsed.
    let decoded = decode_printed("G OE N", release);
    assert_eq!(bits(&decoded), [12, 13, 31]);
    assert!(decoded.notes.iter().any(|note| note.contains("TEST or NO_SUPPORT")), "{decoded:?}");
    assert_eq!(bits(&decode_printed("G OE N N", release)), [12, 13, 18, 31]);
}

#[test]
fn what_a_lineage_hides_is_noted() {
    for (text, words) in [
        ("G      --------------------- 2.6.18-308.el5", "bit 6, value 64"),
        ("P           ---------------   2.6.32-504.el6.x86_64", "(U)"),
        ("G           OE      4.12.14-197.29-default", "bits 30 and 31"),
    ] {
        let decoded = decode_printed(text, None);
        assert!(decoded.notes.iter().any(|note| note.contains(words)), "{text:?}: {decoded:?}");
    }
    let decoded = decode_printed("GF          O--------------   3.10.0-229.14.1.el7.x86_64", None);
    assert!(decoded.notes.iter().any(|note| note.contains("cannot tell which")), "{decoded:?}");
}

#[test]
fn a_reserved_bit_that_is_set_is_unknown() {
    let decoded = decode_printed("G           OE  --?---------   3.10.0-957.el7.x86_64", None);
    assert_eq!((&*decoded.unknown_bits, decoded.value), (&[18][..], Some(1 << 12 | 1 << 13 | 1 << 18)), "{decoded:?}");
}

#[test]
fn the_verbose_line_gives_letters_and_names() {
    type Row = (&'static str, Option<&'static [(char, &'static str)]>);
    let rows: &[Row] = &[
        ("Tainted: [P]=PROPRIETARY_MODULE, [O]=OOT_MODULE", Some(&[('P', "PROPRIETARY_MODULE"), ('O', "OOT_MODULE")])),
        ("[   93.38] Tainted: [L]=SOFTLOCKUP", Some(&[('L', "SOFTLOCKUP")])),
        ("[E]=UNSIGNED_MODULE", Some(&[('E', "UNSIGNED_MODULE")])),
        // Another line was printed into it.
        ("Tainted: [P]=PROPRIETARY_MODULE, [O]=OOT_MODFatal exception", Some(&[('P', "PROPRIETARY_MODULE")])),
        ("Tainted: [O]=oot", None),
        ("Tainted: P           OE", None),
        ("Not tainted", None),
        ("", None),
    ];
    for (line, expected) in rows {
        let flags = decode_verbose(line);
        let flags: Option<Vec<(char, &str)>> =
            flags.as_ref().map(|flags| flags.iter().map(|(letter, name)| (*letter, name.as_str())).collect());
        assert_eq!(flags.as_deref(), *expected, "{line:?}");
    }
}

#[test]
fn the_verbose_line_decodes_by_names() {
    let decoded = decode_printed("Tainted: [P]=PROPRIETARY_MODULE, [O]=OOT_MODULE, [E]=UNSIGNED_MODULE", None);
    assert_eq!((decoded.value, decoded.lineage), (Some(12289), Lineage::Mainline));
    // Only RHEL has this name.
    let decoded = decode_printed("Tainted: [p]=PARTNER_SUPPORTED, [O]=OOT_MODULE", None);
    assert_eq!((bits(&decoded), decoded.lineage), (vec![12, 26], Lineage::Rhel10));
    let decoded = decode_printed("Tainted: [Q]=QUITE_NEW", Some("6.12.0-54.el10.x86_64"));
    assert_eq!((decoded.value, &*decoded.unknown_letters), (None, &['Q'][..]));
}
