//! The contract `taintrace-module/1`: printed JSON against the schema in docs/, and the schema against the types.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests may stop")]

#[path = "../src/module_file/synth.rs"]
mod synth;

mod support;

use serde_json::{Value, json};
use support::{assert_documented, run};
use synth::{FIELDS, Key, Ko, Signer, Style};
use taintrace::facts::{Origin, Problem};
use taintrace::module_file::{Contract, read, schema};
use taintrace::render::{self, ModulesJson};

/// `TAINTRACE_UPDATE=1 cargo test --test module_schema` writes the file anew.
#[test]
fn the_schema_in_docs_is_that_of_the_types() {
    assert_documented("module.schema.json", &schema());
}

/// What `taintrace module --format json` prints of modules of every state, and of none.
fn printed() -> Vec<Value> {
    let folder = tempfile::tempdir().unwrap();
    let plain = Ko::new(FIELDS).build();
    let signer = Signer::new(Key::p256(1), "Example key", 9);
    let files = [
        ("unsigned.ko", plain.clone()),
        ("signed.ko", signer.signed(plain.clone(), Style::Plain)),
        ("malformed.ko", synth::append_pkcs7(plain, b"rubbish")),
        ("none.ko", b"no module".to_vec()),
    ];
    for (name, bytes) in &files {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    std::fs::create_dir(folder.path().join("empty")).unwrap();
    ["", "signed.ko", "none.ko", "empty"]
        .iter()
        .map(|name| {
            let path = folder.path().join(name);
            let output = run(["module".as_ref(), "--format".as_ref(), "json".as_ref(), path.as_os_str()]);
            serde_json::from_slice(&output.stdout).unwrap()
        })
        .collect()
}

#[test]
fn printed_documents_fit_the_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let documents = printed();
    let counts: Vec<(usize, usize)> = documents
        .iter()
        .map(|document| ["modules", "problems"].map(|key| document[key].as_array().unwrap().len()).into())
        .collect();
    assert_eq!(counts, [(3, 1), (1, 0), (0, 1), (0, 1)]);
    for document in &documents {
        let errors: Vec<String> = validator.iter_errors(document).map(|error| error.to_string()).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn the_schema_refuses_what_the_contract_does_not_allow() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let good = printed().swap_remove(1);
    assert!(validator.is_valid(&good));
    for (pointer, value) in [
        ("/schema", json!(1)),
        ("/modules/0/fields/0", json!(["license"])),
        ("/modules/0/signature/state", Value::Null),
        ("/modules/0/taints/0/letter", json!(79)),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        assert!(!validator.is_valid(&bad), "{pointer}");
    }
}

#[test]
fn a_document_in_pieces_is_the_same_as_in_one() {
    let plain = Ko::new(FIELDS).build();
    let strange = Ko::new(&[("license", "GPL\u{1b}[2J\u{202e}"), ("author", "\"A\" \\ B")]).build();
    let problems = [Problem::new("x.ko", "cut\nhere")];
    for (files, problems) in [
        (vec![], &problems[..0]),
        (vec![], &problems[..]),
        (vec![&plain], &[]),
        (vec![&plain, &strange, &plain], &problems),
    ] {
        let modules: Vec<_> =
            files.iter().map(|bytes| read("frob.ko", bytes, Origin::file("frob.ko")).unwrap()).collect();
        let mut whole = Vec::new();
        let records = modules.iter().map(|module| module.record()).collect();
        render::modules_json(&Contract::new(records, problems), &mut whole).unwrap();
        let (mut pieces, mut json) = (Vec::new(), ModulesJson::default());
        for module in &modules {
            let mut record = String::new();
            render::module_json(module, &mut record).unwrap();
            json.records(&record, &mut pieces).unwrap();
        }
        json.finish(problems, &mut pieces).unwrap();
        assert_eq!(String::from_utf8(pieces).unwrap(), String::from_utf8(whole).unwrap());
    }
}
