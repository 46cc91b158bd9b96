//! The room as a whole, on modules that are built here.

use super::synth::{self, FIELDS, Key, Ko, Signer, Style};
use super::*;
use crate::facts::SignatureState::{self, *};
use crate::taint::Lineage;

fn origin() -> Origin {
    Origin::file("extra/frob.ko")
}

fn inspected(bytes: &[u8]) -> Inspected<'_> {
    read("extra/frob.ko", bytes, origin()).unwrap()
}

fn plain() -> Vec<u8> {
    Ko::new(FIELDS).build()
}

fn trusting(signers: &[&Signer]) -> TrustStore {
    let mut trust = TrustStore::new();
    for signer in signers {
        trust.add_pem_or_der(&signer.certificate, &origin()).unwrap();
    }
    trust
}

/// State before and after checking, and the reason.
fn checked(bytes: &[u8], trust: &TrustStore) -> (SignatureState, SignatureState, String) {
    let mut module = inspected(bytes);
    let before = module.file.signature.state;
    let after = module.verify(trust);
    assert_eq!(after, module.file.signature.state);
    (before, after, module.file.signature.reason.clone().unwrap_or_default())
}

#[test]
fn fields_name_and_build_id_are_read_for_every_class_and_byte_order() {
    for (wide, big_endian) in [(true, false), (true, true), (false, false), (false, true)] {
        let ko = Ko::new(FIELDS).on(wide, big_endian).with_note(".note.gnu.build-id", b"GNU\0", 3, &[0xab; 20]);
        let bytes = ko.with_this_module("other-name").build();
        let file = inspected(&bytes).file;
        let fields: Vec<(&str, &str)> = file.fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(fields, FIELDS, "{wide} {big_endian}");
        assert_eq!(file.name, "frob");
        assert_eq!(file.build_id.unwrap(), "ab".repeat(20));
        assert_eq!(file.signature.state, Unsigned);
        assert_eq!(file.signature.reason, None);
    }
}

#[test]
fn the_name_falls_back_to_struct_module_and_then_to_the_file() {
    let nameless = [("license", "GPL")];
    for wide in [true, false] {
        let bytes = Ko::new(&nameless).on(wide, false).with_this_module("from-struct").build();
        assert_eq!(inspected(&bytes).file.name, "from_struct");
    }
    let bytes = Ko::new(&nameless).build();
    assert_eq!(read("/x/foo-bar.ko.xz", &bytes, origin()).unwrap().file.name, "foo_bar");
}

#[test]
fn the_text_is_that_of_modinfo_with_the_findings_below() {
    let bytes = plain();
    let mut text = String::new();
    inspected(&bytes).describe(&mut text).unwrap();
    let expected = "\
filename:       extra/frob.ko
license:        GPL
author:         A. Writer <a@example.org>
alias:          pci:v00001AF4d*
alias:          pci:v00001AF5d*
name:           frob
vermagic:       6.1.0-9-amd64 SMP preempt mod_unload modversions 
parm:           depth:depth of the queue (int)
sig_state:      unsigned
taint:          O (it has no intree field: it was not built in the kernel's own tree)
taint:          E (it has no appended signature)
";
    assert_eq!(text, expected);
}

#[test]
fn fields_are_asked_for_by_name_as_with_modinfo() {
    let signer = Signer::new(Key::p256(1), "Example key", 9);
    let bytes = signer.signed(plain(), Style::Plain);
    let module = inspected(&bytes);
    for (field, values) in [
        ("license", vec!["GPL"]),
        ("alias", vec!["pci:v00001AF4d*", "pci:v00001AF5d*"]),
        ("parm", vec!["depth:depth of the queue (int)"]),
        ("parmtype", vec!["depth:int"]),
        ("filename", vec!["extra/frob.ko"]),
        ("signer", vec!["Example key"]),
        ("sig_key", vec!["09"]),
        ("sig_id", vec!["PKCS#7"]),
        ("sig_state", vec!["signed (nobody checked it)"]),
        ("nothing", vec![]),
    ] {
        assert_eq!(module.field(field), values, "{field}");
    }
}

#[test]
fn a_signature_is_signed_until_checked_then_verified_or_untrusted() {
    for (seed, key) in [Key::rsa(1), Key::p256(1)].into_iter().enumerate() {
        let signer = Signer::new(key, "Example key", 9);
        let stranger = Signer::new(Key::p256(2), "Example key", 10);
        for style in [Style::Plain, Style::Attributes, Style::KeyId, Style::Embedded] {
            let bytes = signer.signed(plain(), style);
            let outcome = |trust: &TrustStore| (checked(&bytes, trust).0, checked(&bytes, trust).1);
            assert_eq!(outcome(&trusting(&[&signer])), (Signed, Verified), "{seed} {style:?}");
            assert_eq!(outcome(&trusting(&[&stranger])), (Signed, Untrusted), "{seed} {style:?}");
            assert_eq!(outcome(&TrustStore::new()), (Signed, Signed), "{seed} {style:?}");
        }
    }
}

#[test]
fn changed_contents_are_told_from_a_key_that_is_not_there() {
    for key in [Key::rsa(1), Key::p256(1)] {
        let is_rsa = matches!(key, Key::Rsa(_));
        let signer = Signer::new(key, "Example key", 9);
        let stranger = Signer::new(Key::p256(2), "Example key", 10);
        for style in [Style::Plain, Style::Attributes, Style::Embedded] {
            let mut bytes = signer.signed(plain(), style);
            // In .text, which nothing else reads.
            bytes[70] ^= 1;
            let (_, state, reason) = checked(&bytes, &trusting(&[&signer]));
            assert_eq!(state, Mismatch, "{style:?}");
            assert_eq!(
                reason.contains("changed after it was signed"),
                is_rsa || style == Style::Attributes,
                "{reason}"
            );
            let (_, state, _) = checked(&bytes, &trusting(&[&stranger]));
            assert_eq!(state, if style == Style::Plain { Untrusted } else { Mismatch }, "{style:?}");
        }
    }
}

#[test]
fn another_key_under_the_same_serial_is_a_mismatch_that_says_so() {
    let signer = Signer::new(Key::rsa(1), "Example key", 9);
    let impostor = Signer::new(Key::rsa(2), "Example key", 9);
    let bytes = signer.signed(plain(), Style::Plain);
    let (_, state, reason) = checked(&bytes, &trusting(&[&impostor]));
    assert_eq!(state, Mismatch);
    assert!(reason.contains("another one of that serial"), "{reason}");
    // With both at hand the right one is found.
    assert_eq!(checked(&bytes, &trusting(&[&impostor, &signer])).1, Verified);
}

#[test]
fn a_certificate_that_came_along_counts_where_a_given_one_issued_it() {
    let root = Signer::new(Key::rsa(3), "Example root", 1);
    let other_root = Signer::new(Key::rsa(4), "Example root", 1);
    let signer = Signer::issued_by(&root, Key::p256(5), "Example vendor", 2);
    let bytes = signer.signed(plain(), Style::Embedded);
    let (_, state, reason) = checked(&bytes, &trusting(&[&root]));
    assert_eq!(state, Verified, "{reason}");
    assert!(reason.contains("Example vendor") && reason.contains("Example root"), "{reason}");
    assert_eq!(checked(&bytes, &trusting(&[&other_root])).1, Untrusted, "the same name is not the same key");
    assert_eq!(checked(&signer.signed(plain(), Style::Plain), &trusting(&[&root])).1, Untrusted, "nothing came along");
}

#[test]
fn the_signatures_of_3_7_to_4_2_are_checked_by_key_identifier() {
    let signer = Signer::new(Key::rsa(1), "Example: module key", 9);
    let stranger = Signer::new(Key::rsa(2), "Example: module key", 10);
    let bytes = signer.signed_by_x509_id(plain());
    let module = inspected(&bytes);
    assert_eq!(module.file.signature.kind, Some("x509-id"));
    assert_eq!(module.field("sig_id"), ["X509"]);
    assert_eq!(module.field("signer"), ["Example: module key"]);
    assert_eq!(module.field("sig_key"), [["09"; 20].join(":")]);
    assert_eq!(module.field("sig_hashalgo"), ["sha256"]);
    assert_eq!(checked(&bytes, &trusting(&[&signer])).1, Verified);
    assert_eq!(checked(&bytes, &trusting(&[&stranger])).1, Untrusted);
    let mut changed = bytes.clone();
    changed[70] ^= 1;
    assert_eq!(checked(&changed, &trusting(&[&signer])).1, Mismatch);
}

#[test]
fn of_several_signatures_the_last_one_speaks() {
    let inner = Signer::new(Key::p256(1), "Inner key", 1);
    let outer = Signer::new(Key::p256(2), "Outer key", 2);
    let bytes = outer.signed(inner.signed(plain(), Style::Plain), Style::Plain);
    let file = inspected(&bytes).file;
    assert_eq!(file.signature.signer.as_deref(), Some("Outer key"));
    assert!(file.signature.reason.unwrap().contains("1 more below it"));
    assert_eq!(checked(&bytes, &trusting(&[&outer])).1, Verified);
    assert_eq!(checked(&bytes, &trusting(&[&inner])).1, Untrusted);
}

#[test]
fn broken_signatures_are_malformed_and_lost_ones_unsigned_each_with_its_reason() {
    let signer = Signer::new(Key::p256(1), "Example key", 9);
    let message = signer.pkcs7(&plain(), Style::Plain);
    let good = signer.signed(plain(), Style::Plain);
    let cut = |bytes: usize| good[..good.len() - bytes].to_vec();
    let mut foreign_oid = message.clone();
    foreign_oid[12] ^= 1;
    let with_length = |length: u32| {
        let mut bytes = good.clone();
        let at = bytes.len() - synth::MAGIC.len() - 4;
        bytes[at..at + 4].copy_from_slice(&length.to_be_bytes());
        bytes
    };
    for (what, bytes, state, why) in [
        ("length beyond the file", with_length(0x7fff_ffff), Malformed, "2147483647 bytes"),
        ("no length", with_length(0), Malformed, "of 0 bytes"),
        ("length too short", with_length(100), Malformed, "PKCS#7"),
        ("message cut", synth::append_pkcs7(plain(), &message[..message.len() - 30]), Malformed, "is cut"),
        ("not DER", synth::append_pkcs7(plain(), b"rubbish"), Malformed, "not a PKCS#7 message"),
        ("other contents", synth::append_pkcs7(plain(), &foreign_oid), Malformed, "no SignedData"),
        ("fields that must be nought", synth::append(plain(), [1, 4, 2], b"", b"", &message), Malformed, "nought"),
        ("unknown type", synth::append(plain(), [0, 0, 9], b"", b"", b"xx"), Malformed, "type 9"),
        ("OpenPGP type", synth::append(plain(), [0, 2, 0], b"", b"", b"xx"), Malformed, "type 0"),
        ("RSA number cut", synth::append(plain(), [1, 4, 1], b"s", b"k", b"\0\x09xx"), Malformed, "length before"),
        ("magic only", [plain().as_slice(), synth::MAGIC].concat(), Malformed, ""),
        ("magic cut", cut(10), Unsigned, "10 bytes short"),
        ("file cut inside the message", cut(100), Unsigned, "file is cut"),
        ("trailing bytes", [good.as_slice(), b"\n\n"].concat(), Unsigned, "followed by 2 more bytes"),
        ("stripped", plain(), Unsigned, ""),
    ] {
        let file = inspected(&bytes).file;
        let reason = file.signature.reason.clone().unwrap_or_default();
        assert_eq!(file.signature.state, state, "{what}: {reason}");
        assert!(reason.contains(why), "{what}: {reason}");
        assert_eq!(checked(&bytes, &trusting(&[&signer])).1, state, "{what} stays what it is when checked");
        assert_eq!(file.field("license"), Some("GPL"), "{what}: what the module says can still be read");
    }
}

/// A packet of version 3: DSA, SHA-1.
const PACKET: &[u8] =
    &[0x88, 25, 3, 5, 0, 0x4a, 0, 0, 0, 0xa1, 2, 3, 4, 5, 6, 7, 8, 17, 2, 0xf9, 0x48, 0, 8, 0xff, 0, 1, 1];

fn el6_fields() -> Vec<(&'static str, &'static str)> {
    vec![("license", "GPL"), ("vermagic", "2.6.32-504.16.2.el6.x86_64 SMP mod_unload modversions ")]
}

#[test]
fn rhel_4_to_6_signatures_are_found_in_either_section_and_are_not_checked() {
    let section = Ko::new(&el6_fields()).with(".module_sig", 1, PACKET.to_vec()).build();
    let note = Ko::new(&el6_fields()).with_note(".note.module.sig", b"module.sig\0", 100, PACKET).build();
    let signer = Signer::new(Key::p256(1), "Example key", 9);
    for (bytes, kind) in [(section, "module_sig"), (note, "note.module.sig")] {
        let module = inspected(&bytes);
        let signature = &module.file.signature;
        assert_eq!(signature.state, Signed, "{kind}");
        assert_eq!(signature.kind, Some(kind));
        assert_eq!(signature.key.as_deref(), Some("A1:02:03:04:05:06:07:08"));
        assert_eq!(signature.hash.as_deref(), Some("sha1"));
        assert_eq!(signature.reason.as_deref(), Some("made 2009-05-05T08:59:44Z"));
        assert_eq!(module.field("signer"), Vec::<String>::new(), "modinfo knows nothing of it");
        assert_eq!(module.taints(Lineage::Rhel6), []);
        let (_, state, reason) = checked(&bytes, &trusting(&[&signer]));
        assert_eq!(state, Signed);
        assert!(reason.contains("not checked") && reason.ends_with("made 2009-05-05T08:59:44Z"), "{reason}");
    }
}

#[test]
fn the_flags_on_loading_follow_the_lineage_and_each_has_its_reason() {
    let letters = |module: &Inspected, lineage| -> String { module.taints(lineage).iter().map(|(l, _)| *l).collect() };
    let fields = |extra: &[(&'static str, &'static str)]| [extra, &[("vermagic", "6.1.0 SMP ")]].concat();
    for (extra, lineage, expected) in [
        (vec![("license", "GPL")], Lineage::Mainline, "OE"),
        (vec![("license", "GPL"), ("intree", "Y")], Lineage::Mainline, "E"),
        (vec![("license", "Proprietary")], Lineage::Mainline, "POE"),
        (vec![("license", "GPL-2.0"), ("intree", "Y")], Lineage::Mainline, "PE"),
        (vec![("intree", "Y")], Lineage::Mainline, "PE"),
        (vec![("license", "GPL"), ("license", "Proprietary"), ("intree", "Y")], Lineage::Mainline, "E"),
        (vec![("license", "GPL"), ("intree", "Y"), ("staging", "Y"), ("livepatch", "Y")], Lineage::Mainline, "CEK"),
        (vec![("license", "GPL"), ("intree", "Y"), ("test", "Y")], Lineage::Mainline, "EN"),
        (vec![("license", "GPL"), ("intree", "Y"), ("name", "lve")], Lineage::Mainline, "PE"),
        (vec![("license", "Proprietary")], Lineage::Rhel3, "P"),
        (vec![("license", "Proprietary"), ("staging", "Y")], Lineage::Rhel5, "PU"),
        (vec![("license", "GPL"), ("staging", "Y")], Lineage::Rhel6, "CU"),
        (vec![("license", "GPL")], Lineage::Rhel7_0, "FO"),
        (vec![("license", "GPL"), ("supported", "external")], Lineage::Suse, "OEX"),
        (vec![("license", "GPL")], Lineage::Suse, "OEN"),
        (vec![("license", "GPL"), ("supported", "yes"), ("intree", "Y")], Lineage::Suse, "E"),
    ] {
        let bytes = Ko::new(&fields(&extra)).build();
        let module = inspected(&bytes);
        let mut found: Vec<char> = letters(&module, lineage).chars().collect();
        let mut wanted: Vec<char> = expected.chars().collect();
        found.sort_unstable();
        wanted.sort_unstable();
        assert_eq!(found, wanted, "{extra:?} on {lineage:?}");
        assert!(module.taints(lineage).iter().all(|(_, reason)| !reason.is_empty()));
    }
}

#[test]
fn a_signature_sets_the_unsigned_flag_only_where_its_kernel_does_not_read_it() {
    let signer = Signer::new(Key::rsa(1), "Example key", 9);
    let unsigned = |bytes: &[u8], lineage| inspected(bytes).taints(lineage).iter().any(|(l, _)| "EFU".contains(*l));
    let pkcs7 = signer.signed(plain(), Style::Plain);
    let old = |vermagic| signer.signed_by_x509_id(Ko::new(&[("license", "GPL"), ("vermagic", vermagic)]).build());
    let section = Ko::new(FIELDS).with(".module_sig", 1, PACKET.to_vec()).build();
    for (what, bytes, lineage, expected) in [
        ("PKCS#7 on a new kernel", &pkcs7, Lineage::Mainline, false),
        ("PKCS#7 on RHEL 6", &pkcs7, Lineage::Rhel6, true),
        ("X.509 id on RHEL 7", &old("3.10.0-1160.el7.x86_64 SMP "), Lineage::Rhel7, false),
        ("X.509 id on 6.1", &old("6.1.0-9-amd64 SMP "), Lineage::Mainline, true),
        (".module_sig on 6.1", &section, Lineage::Mainline, true),
        (".module_sig on RHEL 6", &section, Lineage::Rhel6, false),
    ] {
        assert_eq!(unsigned(bytes, lineage), expected, "{what}");
    }
}

#[test]
fn a_module_that_no_kernel_would_load_is_said_to_be_refused_rather_than_tainting() {
    let signer = Signer::new(Key::rsa(1), "Example key", 9);
    let mut changed = signer.signed(plain(), Style::Plain);
    changed[70] ^= 1;
    let mut module = inspected(&changed);
    assert_eq!(module.refusal(Lineage::Mainline), None, "nobody has checked it yet");
    module.verify(&trusting(&[&signer]));
    assert!(module.refusal(Lineage::Mainline).unwrap().contains("does not fit"));
    let damaged = synth::append_pkcs7(plain(), b"rubbish");
    assert!(inspected(&damaged).refusal(Lineage::Mainline).unwrap().contains("damaged"));
    assert_eq!(inspected(&damaged).refusal(Lineage::Rhel3), None, "RHEL 3 looks at no signature");
}

#[test]
fn what_is_no_module_is_an_error_that_names_the_file_and_the_fault() {
    let whole = plain();
    let cut = whole[..whole.len() - 100].to_vec();
    let mut class = whole.clone();
    class[4] = 7;
    let mut entries = whole.clone();
    entries[58] = 3;
    let no_modinfo = {
        let mut ko = Ko::new(FIELDS);
        ko.sections.remove(1);
        ko.build()
    };
    let no_bits = {
        let mut ko = Ko::new(FIELDS);
        ko.sections[1].1 = 8;
        ko.build()
    };
    for (bytes, why) in [
        (b"#!/bin/sh".to_vec(), "neither ELF nor"),
        (vec![], "neither ELF nor"),
        (b"\x7fELF".to_vec(), "cut or damaged"),
        (cut, "the section table"),
        (class, "neither 32 nor 64 bit"),
        (entries, "size of a section header"),
        (no_modinfo, "without a .modinfo"),
        (no_bits, "without a .modinfo"),
        (b"\xfd7zXZ\0 and rubbish".to_vec(), "xz stream"),
        (b"\x1f\x8b and rubbish".to_vec(), "gzip stream"),
        (b"\x28\xb5\x2f\xfd and rubbish".to_vec(), "zstd stream"),
    ] {
        let message = read("dir/frob.ko", &bytes, origin()).unwrap_err().to_string();
        assert!(message.starts_with("dir/frob.ko: ") && message.contains(why), "{message}");
    }
}

#[test]
fn an_object_is_told_from_an_executable_and_from_an_archive() {
    let object = plain();
    let gzipped = {
        use std::io::Write;
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(&object).unwrap();
        encoder.finish().unwrap()
    };
    let mut executable = object.clone();
    executable[16] = 2;
    let archive = zstd::encode_all(b"dir/\0\0\0not an object at all, but the start of a tar".as_slice(), 1).unwrap();
    for (what, prefix, expected) in [
        ("object", &object[..20], true),
        ("big-endian object", &Ko::new(FIELDS).on(true, true).build(), true),
        ("gzip of it", &gzipped, true),
        ("zstd of it", &zstd::encode_all(object.as_slice(), 1).unwrap(), true),
        ("executable", &executable, false),
        ("archive", &archive, false),
        ("too short", &object[..10], false),
        ("empty", &[], false),
    ] {
        assert_eq!(is_module(prefix), expected, "{what}");
    }
}

#[test]
fn compressed_modules_and_files_on_disk_give_the_same_facts() {
    let signer = Signer::new(Key::p256(1), "Example key", 9);
    let bytes = signer.signed(plain(), Style::Attributes);
    let packed = zstd::encode_all(bytes.as_slice(), 3).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let expected = inspected(&bytes).file;
    for (name, contents) in [("frob.ko", &bytes), ("frob.ko.zst", &packed)] {
        let path = folder.path().join(name);
        std::fs::write(&path, contents).unwrap();
        let mut module = open(&path, origin()).unwrap();
        let file = ModuleFile { filename: expected.filename.clone(), ..module.file.clone() };
        assert_eq!(file, expected, "{name}");
        assert_eq!(module.verify(&trusting(&[&signer])), Verified, "{name}");
    }
    let error = open(&folder.path().join("none.ko"), origin()).unwrap_err().to_string();
    assert!(error.contains("none.ko"), "{error}");
}

#[test]
fn certificates_are_read_from_pem_and_der_one_or_several() {
    let [first, second] = [(1, "First"), (2, "Second")].map(|(n, name)| Signer::new(Key::p256(n), name, n));
    let pem = format!("Some text\n{}between\n{}", first.pem(), second.pem());
    let crlf = pem.replace('\n', "\r\n");
    let der = [first.certificate.as_slice(), &second.certificate].concat();
    for (what, bytes) in [("PEM", pem.as_bytes()), ("PEM with CR", crlf.as_bytes()), ("DER", &der)] {
        let mut trust = TrustStore::new();
        assert_eq!(trust.add_pem_or_der(bytes, &origin()).unwrap(), 2, "{what}");
        assert_eq!(trust.len(), 2);
    }
    for (bytes, why) in [
        (b"nothing of the kind".to_vec(), "no X.509 certificate"),
        (b"".to_vec(), "no X.509 certificate"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec(), "certificate 1 in it"),
        ([first.certificate.as_slice(), b"0\x05xx"].concat(), "certificate 2 in it"),
    ] {
        let message = TrustStore::new().add_pem_or_der(&bytes, &origin()).unwrap_err().to_string();
        assert!(message.starts_with("extra/frob.ko: ") && message.contains(why), "{message}");
    }
}

#[test]
fn the_record_of_a_module_is_that_of_the_contract() {
    let signer = Signer::new(Key::p256(1), "Example key", 9);
    let bytes = signer.signed(plain(), Style::Plain);
    let contract = Contract::new(vec![inspected(&bytes).record()], &[crate::facts::Problem::new("x.ko", "cut")]);
    let json = serde_json::to_value(&contract).unwrap();
    assert_eq!(json["schema"], "taintrace-module/1");
    assert_eq!(json["modules"][0]["file"], "extra/frob.ko");
    assert_eq!(json["modules"][0]["name"], "frob");
    assert_eq!(json["modules"][0]["fields"][0], serde_json::json!(["license", "GPL"]));
    assert_eq!(json["modules"][0]["build_id"], serde_json::Value::Null);
    let signature = serde_json::json!({
        "state": "signed", "kind": "pkcs7", "signer": "Example key", "key": "09", "hash": "sha256", "reason": null
    });
    assert_eq!(json["modules"][0]["signature"], signature);
    assert_eq!(json["modules"][0]["taints"][0]["letter"], "O");
    assert_eq!(json["problems"][0], serde_json::json!({"path": "x.ko", "message": "cut"}));
}

mod never_panics {
    use proptest::prelude::*;

    use super::*;

    fn look_at(bytes: &[u8]) {
        let signer = Signer::new(Key::p256(1), "Example key", 9);
        if let Ok(mut module) = read("x.ko", bytes, origin()) {
            module.verify(&trusting(&[&signer]));
            let mut text = String::new();
            module.describe(&mut text).unwrap();
            module.explain().unwrap();
        }
    }

    proptest! {
        #[test]
        fn whatever_byte_of_a_signed_module_is_changed(at: prop::sample::Index, value: u8, wide: bool, big: bool) {
            let signer = Signer::new(Key::p256(1), "Example key", 9);
            let ko = Ko::new(FIELDS).on(wide, big).with_note(".note.module.sig", b"module.sig\0", 100, PACKET);
            let mut bytes = signer.signed(ko.build(), Style::Embedded);
            let at = at.index(bytes.len());
            bytes[at] = value;
            look_at(&bytes);
        }

        #[test]
        fn wherever_a_signed_module_is_cut(at: prop::sample::Index) {
            let signer = Signer::new(Key::p256(1), "Example key", 9);
            let bytes = signer.signed(plain(), Style::Attributes);
            look_at(&bytes[..at.index(bytes.len())]);
        }

        #[test]
        fn whatever_stands_behind_the_magic_numbers(bytes: Vec<u8>) {
            for magic in [b"\x7fELF\x02\x01".as_slice(), b"\x1f\x8b\x08", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"] {
                look_at(&[magic, &bytes].concat());
                is_module(&[magic, &bytes].concat());
            }
            look_at(&synth::append_pkcs7(plain(), &bytes));
            let _ = TrustStore::new().add_pem_or_der(&bytes, &origin());
        }
    }
}
