//! The JSON contract: printed JSON against the schema in docs/, and the schema against the types.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test may stop at the first surprise.

mod render_support;
mod support;

use render_support::*;
use serde_json::Value;
use support::assert_documented;
use taintrace::facts::{EventKind, Origin, SignatureState};
use taintrace::render::{json, ndjson_line, schema};
use taintrace::triage::{Report, Role, Summary};

fn printed(reports: &[Report]) -> String {
    let mut out = Vec::new();
    json(reports, &summary(reports), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn line(report: &Report) -> String {
    let mut out = Vec::new();
    ndjson_line(report, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn every_report() -> Vec<Report> {
    let mut reports = batch();
    reports.push(filled_with(EVIL));
    reports.push(report("nothing is known of it"));
    reports
}

/// `TAINTRACE_UPDATE=1 cargo test --test render_json` writes the file anew.
#[test]
fn the_schema_in_docs_is_that_of_the_types() {
    assert_documented("taintrace.schema.json", &schema());
}

#[test]
fn a_printed_document_fits_the_schema() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for reports in [every_report(), Vec::new()] {
        let document: Value = serde_json::from_str(&printed(&reports)).unwrap();
        let errors: Vec<String> =
            validator.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}");
    }
}

#[test]
fn the_schema_refuses_what_the_contract_does_not_allow() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    let good: Value = serde_json::from_str(&printed(&batch())).unwrap();
    assert!(validator.is_valid(&good));
    for (pointer, bad) in [
        ("/schema", Value::from("taintrace/2")),
        ("/reports/0/kind", "tarball".into()),
        ("/reports/0/events/0/id", "1".into()),
        ("/reports/0/events/0/kind", "crash".into()),
        ("/reports/0/suspects/0/role", "guilty".into()),
        ("/reports/0/verdict", Value::Null),
        ("/reports/0/modules/0/loaded", "yes".into()),
        ("/summary/inputs", Value::from(-1)),
    ] {
        let mut document = good.clone();
        *document.pointer_mut(pointer).unwrap() = bad;
        assert!(!validator.is_valid(&document), "{pointer} is not checked");
    }
}

#[test]
fn a_line_of_ndjson_is_the_report_of_the_document() {
    let reports = every_report();
    let document: Value = serde_json::from_str(&printed(&reports)).unwrap();
    for (report, expected) in reports.iter().zip(document["reports"].as_array().unwrap()) {
        let line = line(report);
        assert_eq!(line.matches('\n').count(), 1);
        assert!(line.ends_with("}\n"));
        assert_eq!(&serde_json::from_str::<Value>(&line).unwrap(), expected);
    }
}

#[test]
fn a_document_has_a_line_per_report() {
    let reports = batch();
    assert_eq!(printed(&reports).lines().count(), reports.len() + 2);
    assert!(printed(&[]).starts_with("{\"schema\":\"taintrace/1\",\"reports\":["));
}

/// Names and types of `taintrace/1`, as they were promised; one that is lost or renamed fails here.
#[test]
fn every_field_that_was_promised_is_there() {
    let document: Value = serde_json::from_str(&printed(&[crash_in_a_third_party_module()])).unwrap();
    let report = &document["reports"][0];
    let event = &report["events"][1];
    let promised: [(&str, &Value, &[&str]); 11] = [
        ("document", &document, &["schema", "reports", "summary"]),
        ("summary", &document["summary"], &["inputs", "failed", "groups"]),
        ("group", &document["summary"]["groups"][0], &["signature", "title", "module", "reports"]),
        (
            "report",
            report,
            &[
                "input",
                "member",
                "kind",
                "host",
                "collected",
                "kernel",
                "taint",
                "modules",
                "events",
                "suspects",
                "verdict",
                "problems",
            ],
        ),
        ("kernel", &report["kernel"], &["release", "lineage", "arch"]),
        ("taint", &report["taint"], &["value", "flags", "origin"]),
        ("flag", &report["taint"]["flags"][0], &["bit", "letter", "name"]),
        (
            "module",
            &report["modules"][0],
            &[
                "name",
                "flags",
                "signature",
                "signer",
                "out_of_tree",
                "proprietary",
                "license",
                "version",
                "file",
                "package",
                "vendor",
                "loaded",
                "conflicts",
                "origins",
            ],
        ),
        (
            "event",
            event,
            &[
                "id",
                "kind",
                "title",
                "origin",
                "also_at",
                "time",
                "release",
                "cpu",
                "pid",
                "comm",
                "taint",
                "ip",
                "frames",
                "modules_linked_in",
                "last_unloaded",
                "caused_by",
                "primary",
                "follows",
            ],
        ),
        ("suspect", &report["suspects"][0], &["module", "event", "role", "confidence", "flags", "reason", "evidence"]),
        ("problem", &report["problems"][0], &["path", "message"]),
    ];
    for (what, value, fields) in promised {
        for field in fields {
            assert!(value.get(field).is_some(), "{what} has no {field}: {value}");
        }
    }
    for (what, value, fields) in [
        ("ip", &event["ip"], &["symbol", "module"][..]),
        ("frame", &event["frames"][0], &["symbol", "module", "reliable"]),
        ("linked module", &event["modules_linked_in"][0], &["name", "flags"]),
        ("origin", &event["origin"], &["path", "line"]),
    ] {
        for field in fields {
            assert!(value.get(field).is_some(), "{what} has no {field}: {value}");
        }
    }
}

#[test]
fn values_say_what_the_report_says() {
    let document: Value = serde_json::from_str(&printed(&[crash_in_a_third_party_module()])).unwrap();
    let report = &document["reports"][0];
    for (pointer, expected) in [
        ("/taint/value", Value::from(12289)),
        ("/taint/flags/1/bit", 12.into()),
        ("/events/1/time", 814.101_234.into()),
        ("/events/1/taint", "P OE".into()),
        ("/events/1/taint_printed", "P           OE".into()),
        ("/events/1/ip/address", "0xffffffffc0a1b2c3".into()),
        ("/events/1/frames/0/reliable", false.into()),
        ("/events/1/modules_linked_in/0/flags", "POE".into()),
        ("/events/1/modules_linked_in/2/flags", Value::Null),
        ("/events/1/caused_by", "module".into()),
        ("/events/1/also_at/0/line", 20412.into()),
        ("/suspects/0/role", "faulting".into()),
        ("/suspects/1/frame", 1.into()),
        ("/modules/0/vendor", "Acme Storage".into()),
        ("/modules/0/unsigned", true.into()),
        ("/secure_boot/state", "disabled".into()),
        ("/member", Value::Null),
    ] {
        assert_eq!(report.pointer(pointer), Some(&expected), "{pointer}");
    }
}

#[test]
fn not_tainted_is_not_the_same_as_not_printed() {
    let origin = || Origin::line("dmesg", 1);
    let not_tainted = event(1, EventKind::Oops, "Oops", origin());
    let not_tainted = not_tainted.edit(|event| event.taint = Some(taintrace::facts::PrintedTaint::NotTainted));
    let not_printed = event(2, EventKind::Oops, "Oops", origin()).edit(|event| event.taint = None);
    let value: Value = serde_json::from_str(&line(&report("a").event(not_tainted).event(not_printed))).unwrap();
    assert_eq!(value["events"][0]["taint"], "");
    assert_eq!(value["events"][1]["taint"], Value::Null);
}

#[test]
fn names_are_those_that_the_facts_have() {
    let origin = || Origin::line("dmesg", 1);
    for kind in [EventKind::RcuStall, EventKind::MachineCheck, EventKind::NetdevWatchdog, EventKind::Ubsan] {
        let value: Value = serde_json::from_str(&line(&report("a").event(event(1, kind, "x", origin())))).unwrap();
        assert_eq!(value["events"][0]["kind"], kind.as_str());
    }
    for role in
        [Role::Faulting, Role::Named, Role::CallPath, Role::StaleFrame, Role::Unloaded, Role::Loading, Role::Present]
    {
        let suspect = suspect("acmefs", 1, role, taintrace::triage::Confidence::Low, origin());
        let value: Value = serde_json::from_str(&line(&report("a").suspect(suspect))).unwrap();
        assert_eq!(value["suspects"][0]["role"], role.as_str());
    }
    let mut acmefs = module("acmefs", "POE");
    acmefs.signature = SignatureState::Mismatch;
    let value: Value = serde_json::from_str(&line(&report("a").module(acmefs))).unwrap();
    assert_eq!(value["modules"][0]["signature"], "mismatch");
}

#[test]
fn hostile_text_comes_back_as_it_was_and_is_harmless_on_the_way() {
    let printed = printed(&[filled_with(EVIL)]);
    assert!(!printed.chars().any(|c| c != '\n' && taintrace::render::escape::is_hidden(c)));
    let value: Value = serde_json::from_str(&printed).unwrap();
    for pointer in ["/input", "/host", "/verdict", "/events/0/comm", "/modules/0/name", "/suspects/0/evidence/0/path"] {
        assert_eq!(value["reports"][0].pointer(pointer).unwrap(), EVIL, "{pointer}");
    }
    let astral: Value = serde_json::from_str(&line(&report("tag \u{e0041} face \u{1f600}"))).unwrap();
    assert_eq!(astral["input"], "tag \u{e0041} face \u{1f600}");
}

#[test]
fn two_runs_print_the_same_bytes() {
    assert_eq!(printed(&every_report()), printed(&every_report()));
    let mut empty = Vec::new();
    json(&[], &Summary::default(), &mut empty).unwrap();
    assert!(serde_json::from_slice::<Value>(&empty).is_ok());
}

/// docs/json.md names every field that can be printed.
#[test]
fn the_guide_names_every_field() {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/json.md")).unwrap();
    let schema = schema();
    for (what, definition) in schema["$defs"].as_object().unwrap() {
        for field in definition["properties"].as_object().into_iter().flat_map(serde_json::Map::keys) {
            let named = [format!("`{field}`"), format!(".{field}`"), format!("\"{field}\"")];
            assert!(named.iter().any(|name| guide.contains(name)), "docs/json.md does not tell {field} of {what}");
        }
    }
}

/// docs/json.md says that a line of ndjson is this part of the schema.
#[test]
fn a_line_of_ndjson_fits_its_part_of_the_schema() {
    let mut part = schema();
    part.as_object_mut().unwrap().retain(|key, _| key.starts_with('$'));
    part["$ref"] = "#/$defs/Report".into();
    let validator = jsonschema::validator_for(&part).unwrap();
    for report in every_report() {
        let value: Value = serde_json::from_str(&line(&report)).unwrap();
        assert!(validator.is_valid(&value), "{}", report.input);
    }
    assert!(!validator.is_valid(&Value::from(1)));
}
