//! Several hundred inputs made to do harm: each ends, is a row, takes no more memory than a report may, and keeps what is sound.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod hostile_inputs;
mod support;
mod synth;

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use hostile_inputs::{CONTAINERS, Hostile, Promise, write_all};
use rayon::prelude::*;
use serde_json::Value;
use support::{scan_json, suspects, taintrace};
use synth::{Container, bad};

/// A process that has not ended by then hangs; every input takes a fraction of a second on an idle machine.
const HANGS: Duration = Duration::from_secs(60);
/// Memory that no input may make a process take.
const MOST_KIB: u64 = 256 * 1024;
/// Time that no input may take, however large, where the program is built for release.
const MOST_TIME: Duration = Duration::from_secs(10);
/// Inputs that the corpus has at least.
const FEWEST: usize = 400;

/// What one run did.
struct Ran {
    json: Value,
    took: Duration,
    peak_kib: u64,
}

/// The most memory that a process has held so far; 0 where the system does not tell, or it has ended.
fn peak_kib(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak =
        status.lines().find_map(|line| line.strip_prefix("VmHWM:")).and_then(|text| text.split_whitespace().next());
    peak.and_then(|kib| kib.parse().ok()).unwrap_or(0)
}

/// Runs a command on an input, with its output in files, so that no pipe fills.
fn run(command: &str, path: &Path, scratch: &Path) -> Result<Ran, String> {
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    let (out, err) = (scratch.join(format!("{name}.{command}.out")), scratch.join(format!("{name}.{command}.err")));
    let mut process = taintrace();
    process.args([command, "--format", "json"]).arg(path);
    process.stdout(File::create(&out).unwrap()).stderr(File::create(&err).unwrap()).stdin(Stdio::null());
    let start = Instant::now();
    let mut child = process.spawn().unwrap();
    let mut peak = 0;
    let status = loop {
        peak = peak.max(peak_kib(child.id()));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if start.elapsed() > HANGS {
            child.kill().unwrap();
            return Err(format!("{command} {name}: hangs"));
        }
        std::thread::sleep(Duration::from_millis(2));
    };
    let said = String::from_utf8_lossy(&fs::read(&err).unwrap()).into_owned();
    if !matches!(status.code(), Some(0 | 1)) || said.contains("panicked") {
        return Err(format!("{command} {name}: {status}: {said}"));
    }
    let json =
        serde_json::from_slice(&fs::read(&out).unwrap()).map_err(|e| format!("{command} {name}: no JSON: {e}"))?;
    fs::remove_file(out).unwrap();
    if peak > MOST_KIB {
        return Err(format!("{command} {name}: takes {peak} KiB"));
    }
    Ok(Ran { json, took: start.elapsed(), peak_kib: peak })
}

fn titles(report: &Value) -> Vec<String> {
    let events = report["events"].as_array().into_iter().flatten();
    events.map(|event| event["title"].as_str().unwrap_or_default().to_owned()).collect()
}

/// What is wrong with the reading of an input.
fn complaint(input: &Hostile, scan: &Ran, whole: &HashMap<&str, Vec<String>>) -> Option<String> {
    let name = input.path.file_name().unwrap().to_string_lossy();
    let Some(report) = scan.json["reports"].get(0) else { return Some(format!("{name}: no row")) };
    let told = report["problems"].as_array().map_or(0, Vec::len);
    if input.promise.reason() && told == 0 {
        return Some(format!("{name}: no reason is told"));
    }
    if input.promise.event() && suspects(report).first() != Some(&("acmefs", "faulting")) {
        return Some(format!("{name}: the sound part is lost: {:?}", suspects(report)));
    }
    if input.promise == Promise::Prefix {
        let suffix = whole.keys().filter(|suffix| name.ends_with(**suffix)).max_by_key(|suffix| suffix.len())?;
        let known = &whole[suffix];
        let invented = titles(report).into_iter().find(|title| !known.iter().any(|whole| whole.starts_with(title)));
        return invented.map(|title| format!("{name}: {title:?} is not in the whole"));
    }
    None
}

#[test]
fn each_ends_in_a_row_and_keeps_what_is_sound() {
    let folder = tempfile::tempdir().unwrap();
    let scratch = tempfile::tempdir().unwrap();
    let corpus = write_all(folder.path());
    assert!(corpus.inputs.len() >= FEWEST, "{} inputs", corpus.inputs.len());
    let whole = CONTAINERS.map(|container| {
        let path = scratch.path().join(format!("whole{}", container.suffix()));
        fs::write(&path, hostile_inputs::whole(container)).unwrap();
        (container.suffix(), titles(&scan_json(&path, &[])["reports"][0]))
    });
    let whole = HashMap::from(whole);
    let slowest = Mutex::new((Duration::ZERO, String::new()));
    let largest = AtomicU64::new(0);
    let complaints: Vec<String> = corpus
        .inputs
        .par_iter()
        .flat_map_iter(|input| {
            let name = input.path.file_name().unwrap().to_string_lossy().into_owned();
            let scan = run("scan", &input.path, scratch.path());
            let module = (name.contains(".ko") || name.starts_with("package-"))
                .then(|| run("module", &input.path, scratch.path()).err())
                .flatten();
            let scanned = match scan {
                Ok(scan) => {
                    largest.fetch_max(scan.peak_kib, Ordering::Relaxed);
                    let mut slowest = slowest.lock().unwrap();
                    if scan.took > slowest.0 {
                        *slowest = (scan.took, name);
                    }
                    complaint(input, &scan, &whole)
                }
                Err(complaint) => Some(complaint),
            };
            scanned.into_iter().chain(module)
        })
        .collect();
    let slowest = slowest.into_inner().unwrap();
    let peak = largest.into_inner();
    println!("{} inputs; slowest {:?} ({}); most memory {peak} KiB", corpus.inputs.len(), slowest.0, slowest.1);
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), corpus.inputs.len(), complaints.join("\n"));
}

/// The large ones, at a size that takes gigabytes of disk: `cargo test --release --test hostile -- --ignored --nocapture`.
#[test]
#[ignore = "writes gigabytes; run it built for release"]
fn the_largest_end_in_time_and_memory() {
    use Promise::{Event, EventAndReason as Both};
    type Write = fn(&Path) -> std::io::Result<PathBuf>;
    // The last column is the number of events in what is sound before and behind.
    let inputs: [(&str, Promise, usize, Write); 5] = [
        ("a million empty files, tar", Both, 1, |to| bad::many_entries(to, Container::Tar, 1_000_000)),
        ("a million empty files, tar.gz", Both, 1, |to| bad::many_entries(to, Container::TarGz, 1_000_000)),
        ("two million empty files, tar.xz", Both, 1, |to| bad::many_entries(to, Container::TarXz, 2_000_000)),
        ("10 GiB of zeros, tar.zst", Both, 1, |to| bad::zeros_in_tar(to, Container::TarZst, 10 << 30)),
        ("a line of 1 GiB", Event, 2, |to| bad::long_line(to, 1 << 30)),
    ];
    let scratch = tempfile::tempdir().unwrap();
    let mut complaints = Vec::new();
    for (what, promise, events, write) in inputs {
        let input = Hostile { path: write(scratch.path()).unwrap(), promise };
        match run("scan", &input.path, scratch.path()) {
            Ok(scan) => {
                println!("{what}: {:.2} s, {} KiB", scan.took.as_secs_f64(), scan.peak_kib);
                let late = !cfg!(debug_assertions) && scan.took > MOST_TIME;
                complaints.extend(late.then(|| format!("{what}: takes {:?}", scan.took)));
                complaints.extend(complaint(&input, &scan, &HashMap::new()));
                let found = titles(&scan.json["reports"][0]).len();
                complaints.extend((found != events).then(|| format!("{what}: {found} events")));
            }
            Err(complaint) => complaints.push(complaint),
        }
        fs::remove_file(&input.path).unwrap();
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}
