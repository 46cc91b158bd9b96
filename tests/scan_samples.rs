//! The main job on `sample-reports/`: what is printed agrees with what was judged by hand in `expected.json`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::{run, scan_json, stdout, suspects};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-reports")
}

fn expected() -> Vec<Value> {
    let text = std::fs::read(samples().join("expected.json")).unwrap();
    let json: Value = serde_json::from_slice(&text).unwrap();
    json["samples"].as_array().unwrap().clone()
}

/// Pairs each expected report with the one that was printed for it.
fn pairs() -> Vec<(String, Value, Value)> {
    let mut pairs = Vec::new();
    for sample in expected() {
        let input = sample["input"].as_str().unwrap();
        let printed = scan_json(&samples().join(input), &[]);
        let printed = printed["reports"].as_array().unwrap().clone();
        let wanted = sample["reports"].as_array().unwrap();
        assert_eq!(printed.len(), wanted.len(), "{input}: number of reports");
        for (want, got) in wanted.iter().zip(printed) {
            pairs.push((input.to_owned(), want.clone(), got));
        }
    }
    assert!(pairs.len() >= 12);
    pairs
}

#[test]
fn host_kernel_and_kind_are_told() {
    for (input, want, got) in pairs() {
        assert_eq!(got["kind"], want["kind"], "{input}");
        assert_eq!(got["host"], want["host"], "{input}");
        assert_eq!(got["kernel"]["release"], want["release"], "{input}");
        // `expected.json` has the name of the archive, the output its path inside the bundle.
        let name = |member: &Value| member.as_str().map(|m| m.rsplit('/').next().unwrap_or(m).to_owned());
        assert_eq!(name(&got["member"]), name(&want["member"]), "{input}");
        if want["whole"] == true {
            assert_eq!(got["taint"]["value"], want["tainted"], "{input}");
        }
    }
}

#[test]
fn each_event_is_told_once_with_all_its_places() {
    for (input, want, got) in pairs() {
        let (want, got) = (want["events"].as_array().unwrap(), got["events"].as_array().unwrap());
        let line = |e: &Value| format!("{} {} {}", e["kind"], e["ip"]["symbol"], e["pid"]);
        let (wanted, found): (Vec<_>, Vec<_>) = (want.iter().map(line).collect(), got.iter().map(line).collect());
        assert_eq!(found, wanted, "{input}");
        for (want, got) in want.iter().zip(got) {
            assert_eq!(got["comm"], want["comm"], "{input}");
            assert_eq!(got["ip"]["module"], want["ip"]["module"], "{input}");
            let mut places: Vec<&str> = vec![got["origin"]["path"].as_str().unwrap()];
            places.extend(got["also_at"].as_array().unwrap().iter().map(|o| o["path"].as_str().unwrap()));
            places.sort_unstable();
            let mut wanted: Vec<&str> =
                want["seen_in"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
            wanted.sort_unstable();
            assert_eq!(places, wanted, "{input}");
        }
    }
}

#[test]
fn third_party_modules_have_their_three_properties() {
    for (input, want, got) in pairs() {
        let foreign: Vec<&Value> =
            got["modules"].as_array().unwrap().iter().filter(|m| m["provenance"] == "third-party").collect();
        let mut names: Vec<&str> = foreign.iter().map(|m| m["name"].as_str().unwrap()).collect();
        names.sort_unstable();
        let wanted = want["third_party"].as_array().unwrap();
        let mut wanted_names: Vec<&str> = wanted.iter().map(|m| m["name"].as_str().unwrap()).collect();
        wanted_names.sort_unstable();
        assert_eq!(names, wanted_names, "{input}");
        for want in wanted {
            let got = foreign.iter().find(|m| m["name"] == want["name"]).unwrap();
            for property in ["unsigned", "out_of_tree", "proprietary"] {
                if want[property].is_null() {
                    continue;
                }
                assert_eq!(got[property], want[property], "{input}: {property} of {}", want["name"]);
            }
        }
    }
}

#[test]
fn the_first_suspect_is_the_right_one_or_nobody() {
    for (input, want, got) in pairs() {
        let first = suspects(&got).first().copied();
        let wanted = want["first_suspect"].as_object();
        let wanted = wanted.map(|s| (s["module"].as_str().unwrap(), s["role"].as_str().unwrap()));
        assert_eq!(first, wanted, "{input}: {}", got["verdict"]);
    }
}

#[test]
fn what_could_not_be_read_is_a_problem_and_nothing_else_is() {
    for (input, want, got) in pairs() {
        let whole = got["problems"].as_array().unwrap().is_empty();
        assert_eq!(Value::from(whole), want["whole"], "{input}: {:#}", got["problems"]);
    }
}

#[test]
fn a_batch_keeps_the_order_and_says_that_one_input_was_cut() {
    let output = run(["scan", "--format", "ndjson", samples().to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<Value> = stdout(&output).lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let inputs: Vec<&str> = lines.iter().map(|r| r["input"].as_str().unwrap()).collect();
    let mut sorted = inputs.clone();
    sorted.sort_unstable();
    assert_eq!(inputs, sorted);
    assert_eq!(lines.len(), pairs().len());
}

#[test]
fn jobs_do_not_change_the_output() {
    let of = |jobs: &str| stdout(&run(["scan", "--format", "json", "--jobs", jobs, samples().to_str().unwrap()]));
    assert_eq!(of("1"), of("4"));
}
