use std::io::BufReader;

use proptest::prelude::*;

use super::*;
use crate::facts::SignatureState;
use crate::sosreport::evidence::tests::{Collected, Failing, read};

const PATH: &str = "sos_commands/kernel/modinfo_ALL_MODULES";

fn files(text: &str) -> Vec<ModuleFile> {
    read(PATH, text).module_files
}

/// name, signature state, first line
fn summary(text: &str) -> Vec<(String, SignatureState, u64)> {
    files(text).into_iter().map(|f| (f.name, f.signature.state, f.origin.line.unwrap_or(0))).collect()
}

const SIGNED: &str = "\
filename:       /lib/modules/4.18.0-372.el8.x86_64/kernel/drivers/net/foo-bar.ko.xz
version:        1.2
license:        GPL v2
description:    A card
srcversion:     01A0BD7710E80AD60DDE1B4
alias:          pci:v00008086d*
depends:        dca,ptp
retpoline:      Y
intree:         Y
name:           foo_bar
vermagic:       4.18.0-372.el8.x86_64 SMP mod_unload modversions 
sig_id:         PKCS#7
signer:         Distribution kernel signing key
sig_key:        67:C6:8a:84
sig_hashalgo:   sha256
signature:      A1:18:22:A5:10:2C:DD:3A:9D:FE:55:ED:F5:0B:87:25:D1:5F:A2:15:
\t\t7F:78:6A:F8
parm:           depth:int
";

const UNSIGNED: &str = "\
filename:       /lib/modules/4.18.0-372.el8.x86_64/extra/acme.ko
version:        0.6.3
license:        Proprietary
name:           acme
vermagic:       4.18.0-372.el8.x86_64 SMP mod_unload modversions 
parm:           depth:int
";

#[test]
fn signed_and_unsigned_as_the_article_shows_them() {
    let files = files(&format!("{SIGNED}{UNSIGNED}"));
    assert_eq!(files.len(), 2);
    let signature = &files[0].signature;
    assert_eq!(signature.state, SignatureState::Signed);
    assert_eq!(signature.kind, Some("pkcs7"));
    assert_eq!(signature.signer.as_deref(), Some("Distribution kernel signing key"));
    assert_eq!(signature.key.as_deref(), Some("67:C6:8A:84"));
    assert_eq!(signature.hash.as_deref(), Some("sha256"));
    assert_eq!(files[0].name, "foo_bar");
    assert_eq!(files[0].field("intree"), Some("Y"));
    assert_eq!(files[0].field("alias"), None, "aliases are left out");
    assert!(files[0].fields.iter().all(|(key, _)| !key.starts_with("sig")));
    assert_eq!(files[1].signature.state, SignatureState::Unsigned);
    assert_eq!(files[1].field("license"), Some("Proprietary"));
    assert_eq!(files[1].filename.as_deref(), Some("/lib/modules/4.18.0-372.el8.x86_64/extra/acme.ko"));
    assert_eq!(files[1].origin.line, Some(19));
}

#[test]
fn what_each_kmod_prints_of_a_signature() {
    use SignatureState::{Signed, Unknown};
    // what is printed behind vermagic, state, kind, hash
    for (printed, state, kind, hash) in [
        ("signer: Key\nsig_key: 01:02\nsig_hashalgo: sha256\n", Signed, None, Some("sha256")), // kmod 20
        ("signer: \nsig_key: \nsig_hashalgo: md4\n", Unknown, None, None),                     // kmod 20, PKCS#7
        (
            "sig_id: PKCS#7\nsigner:\nsig_key:\nsig_hashalgo: md4\nsignature: 30:82\n\t\t01\n",
            Signed,
            Some("pkcs7"),
            None,
        ),
        ("sig_id: PKCS#7\nsigner:\nsig_key:\nsig_hashalgo: unknown\nsignature: 30\n", Signed, Some("pkcs7"), None),
        (
            "sig_id: X509\nsigner: Org: Key\nsig_key: 01\nsig_hashalgo: sha1\nsignature: 01\n",
            Signed,
            Some("x509-id"),
            Some("sha1"),
        ),
        ("sig_id: PGP\nsignature: 88\n", Signed, None, None),
        ("sig_hashalgo: md4\nsigner: Really MD4\n", Signed, None, Some("md4")),
    ] {
        let text = format!("filename: /lib/modules/4.18.0/a.ko\nvermagic: 4.18.0 SMP\n{printed}");
        let files = files(&text);
        let got = &files[0].signature;
        assert_eq!((got.state, got.kind, got.hash.as_deref()), (state, kind, hash), "{printed}");
        assert_eq!(files.len(), 1, "{printed}");
    }
}

#[test]
fn kernels_before_3_7_hide_their_signatures_from_modinfo() {
    for (vermagic, state) in [
        ("2.6.18-274.el5 SMP mod_unload gcc-4.1", SignatureState::Unknown),
        ("2.6.32-504.el6.x86_64 SMP mod_unload modversions", SignatureState::Unknown),
        ("2.6.39-400.el6uek.x86_64 SMP", SignatureState::Unknown),
        ("3.6.11 SMP", SignatureState::Unknown),
        ("3.7.0 SMP", SignatureState::Unsigned),
        ("3.10.0-1160.el7.x86_64 SMP", SignatureState::Unsigned),
        ("6.12.0 SMP", SignatureState::Unsigned),
    ] {
        let text = format!("filename: /lib/modules/x/a.ko\nvermagic: {vermagic}\nlicense: GPL\n");
        assert_eq!(summary(&text)[0].1, state, "{vermagic}");
    }
}

#[test]
fn a_block_that_is_not_complete_proves_nothing() {
    for text in [
        "filename: /lib/modules/5.14.0/a.ko\nlicense: GPL\n",
        "filename: /lib/modules/5.14.0/a.ko\nvermagic: 5.14.0 SMP", // no line end: the output was cut
        "filename: /lib/modules/5.14.0/a.ko\nvermagic: 5.14.0 SMP\nsi",
    ] {
        let files = files(text);
        assert_eq!(files[0].signature.state, SignatureState::Unknown, "{text}");
        assert!(files[0].signature.reason.is_some(), "{text}");
    }
}

#[test]
fn a_name_before_builtin_belongs_to_the_block_it_opens() {
    let text = format!(
        "modinfo: ERROR: Module acpi not found.\n\
         name:           crc_t10dif\nfilename:       (builtin)\nlicense:        GPL\nfile:           lib/crc-t10dif\n\
         {UNSIGNED}\
         name:           8250\nfilename:       (builtin)\nlicense:        GPL\n\
         name:           efivarfs\nfilename:       (builtin)\n\
         filename:       /lib/modules/4.18.0/kernel/a-b.ko\nlicense: GPL\nname: a_b\n\
         name:           last\nfilename:       (builtin)\n"
    );
    let got: Vec<_> = files(&text).into_iter().map(|f| (f.name, f.builtin, f.origin.line.unwrap())).collect();
    let want = [
        ("crc_t10dif", true, 2),
        ("acme", false, 6),
        ("8250", true, 12),
        ("efivarfs", true, 15),
        ("a_b", false, 17),
        ("last", true, 20),
    ];
    assert_eq!(got, want.map(|(name, builtin, line)| (name.to_owned(), builtin, line)));
}

#[test]
fn the_license_of_a_module_stays_its_own_next_to_builtins() {
    let text = "name: a\nfilename: (builtin)\nlicense: GPL\nname: b\nfilename: (builtin)\nlicense: BSD\n";
    let got: Vec<_> = files(text).iter().map(|f| (f.name.clone(), f.field("license").map(str::to_owned))).collect();
    assert_eq!(got, [("a".to_owned(), Some("GPL".to_owned())), ("b".to_owned(), Some("BSD".to_owned()))]);
}

#[test]
fn a_builtin_without_a_name_is_named_by_its_file() {
    assert_eq!(summary("filename: (builtin)\nfile: lib/crc-t10dif\n")[0].0, "crc_t10dif");
}

#[test]
fn a_complaint_may_stand_in_the_middle_of_a_line() {
    let text = "filename:       /lib/modules/4.18.0/a.ko\nlicenmodinfo: ERROR: Module ppp not found.\n\
                modinfo: ERROR: Module x not found.\nse:        GPL\nvermagic:       4.18.0 SMP\n";
    let files = files(text);
    assert_eq!(files[0].field("license"), Some("GPL"));
    assert_eq!(files[0].signature.state, SignatureState::Unsigned);
}

#[test]
fn one_file_a_module_as_sos_1_7_made_them() {
    let text = "filename:       /lib/modules/2.6.9-89.EL/kernel/fs/jbd/jbd.ko\nauthor:         A\r\nlicense:        GPL\r\nvermagic:       2.6.9-89.EL 686 REGPARM\r\n";
    let facts = read("sos_commands/kernel.modinfo_jbd", text);
    assert_eq!(facts.module_files[0].name, "jbd");
    assert_eq!(facts.module_files[0].field("license"), Some("GPL"));
}

#[test]
fn values_of_modutils_are_in_quotes() {
    let text = "filename:    /lib/modules/2.4.21-4.EL/kernel/drivers/net/e1000/e1000.o\nlicense:     \"GPL\"\n";
    let files = files(text);
    assert_eq!((files[0].name.as_str(), files[0].field("license")), ("e1000", Some("GPL")));
}

#[test]
fn a_description_of_several_lines_is_one_value() {
    let text = "filename: /lib/modules/5.0/a.ko\ndescription: First\n   second\nthird\nlicense: GPL\n\n# Known Module Parameter Values\n/sys/module/a/parameters/x=1\n";
    let files = files(text);
    assert_eq!(files[0].field("description"), Some("First\nsecond\nthird"));
    assert_eq!(files[0].field("license"), Some("GPL"), "what follows a blank line is not modinfo's");
}

proptest! {
    #[test]
    fn an_archive_that_ends_early_calls_no_signed_module_unsigned(cut in 0usize..SIGNED.len()) {
        let mut report = Collected::new();
        prop_assert!(report.add_bytes(PATH, &mut BufReader::new(Failing(&SIGNED.as_bytes()[..cut]))).is_err());
        for file in report.finish().module_files {
            prop_assert_ne!(file.signature.state, SignatureState::Unsigned, "cut at {}", cut);
        }
    }

    #[test]
    fn blocks_of_a_prefix_are_a_prefix_of_the_blocks(cut in 0usize..3 * SIGNED.len()) {
        let text = format!("{SIGNED}{UNSIGNED}{SIGNED}");
        let whole = files(&text);
        let part = files(&text[..cut.min(text.len())]);
        let complete = part.len().saturating_sub(1);
        prop_assert_eq!(&part[..complete], &whole[..complete]);
    }
}
