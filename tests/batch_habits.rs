//! What somebody who scans many inputs does: lists of paths, results in a directory, a second run, Ctrl-C, pipes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod support;

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use support::{run, stdout, taintrace};

fn samples() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("sample-reports")
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A log with one fault, and its module if `flags` name one.
fn log(path: &Path, symbol: &str) {
    let text = format!(
        "[   10.500000] BUG: unable to handle kernel NULL pointer dereference at 0000000000000008\n\
         [   10.500001] IP: [<ffffffffa0271b2c>] {symbol}+0x2c/0x90 [acmefs]\n\
         [   10.500002] Modules linked in: acmefs(POE) xfs\n\
         [   10.500003] CPU: 1 PID: 77 Comm: cp Tainted: P           OE  ------------   3.10.0-1160.el7.x86_64 #1\n\
         [   10.500004] RIP: 0010:[<ffffffffa0271b2c>]  [<ffffffffa0271b2c>] {symbol}+0x2c/0x90 [acmefs]\n\
         [   10.500005] ---[ end trace 0123456789abcdef ]---\n"
    );
    std::fs::write(path, text).unwrap();
}

/// Names and contents of the results in a directory.
fn results(folder: &Path) -> Vec<(String, String)> {
    let mut found: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read_to_string(path).unwrap()))
        .collect();
    found.sort();
    found
}

fn arguments<'a>(fixed: &[&'a str], paths: &[&'a Path]) -> Vec<&'a str> {
    fixed.iter().copied().chain(paths.iter().map(|path| path.to_str().unwrap())).collect()
}

#[test]
fn a_directory_gets_a_result_per_report_under_names_that_never_meet() {
    let scratch = tempfile::tempdir().unwrap();
    for folder in ["a", "b", "c d"] {
        std::fs::create_dir(scratch.path().join(folder)).unwrap();
        log(&scratch.path().join(folder).join("dmesg.txt"), "acmefs_read");
    }
    let out = scratch.path().join("notes");
    let bundle = samples().join("sos-collector-03800001-2024-07-09-qvxkz.tar");
    let paths = [&*scratch.path().join("a"), &*scratch.path().join("b"), &*scratch.path().join("c d"), &*bundle];
    let done = run(arguments(&["scan", "--format", "note", "--out-dir", out.to_str().unwrap()], &paths));
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert_eq!(stdout(&done), "");
    let results = results(&out);
    assert_eq!(results.len(), 5, "three logs, and the two members of the bundle: {results:#?}");
    for (name, text) in &results {
        assert!(name.ends_with(".md") && name.is_ascii() && !name.contains(' '), "{name}");
        assert!(text.contains("## What was read"), "{name}");
    }
    assert_eq!(results.iter().filter(|(name, _)| name.starts_with("dmesg.txt-")).count(), 3);
    assert!(stderr(&done).contains("5 results written, 0 inputs unchanged"), "{}", stderr(&done));
}

#[test]
fn each_format_can_be_written_per_report() {
    let scratch = tempfile::tempdir().unwrap();
    log(&scratch.path().join("dmesg"), "acmefs_read");
    let input = scratch.path().join("dmesg");
    for (format, extension) in
        [("table", "txt"), ("json", "json"), ("ndjson", "ndjson"), ("csv", "csv"), ("note", "md"), ("html", "html")]
    {
        let out = scratch.path().join(format);
        run(arguments(&["scan", "-q", "--format", format, "--out-dir", out.to_str().unwrap()], &[&input]));
        let results = results(&out);
        assert_eq!(results.len(), 1, "{format}");
        assert!(results[0].0.ends_with(&format!(".{extension}")), "{format}: {}", results[0].0);
        assert!(results[0].1.contains("acmefs"), "{format}");
    }
}

#[test]
fn resume_reads_only_what_changed_and_ends_with_the_same_status() {
    let scratch = tempfile::tempdir().unwrap();
    let (one, two) = (scratch.path().join("one.log"), scratch.path().join("two.log"));
    log(&one, "acmefs_read");
    log(&two, "acmefs_write");
    let out = scratch.path().join("out");
    let scan = |more: &[&str]| {
        let fixed = ["scan", "--format", "json", "--out-dir", out.to_str().unwrap(), "--resume"];
        run(arguments(&[&fixed[..], more].concat(), &[&one, &two]))
    };
    let first = scan(&["--fail-on", "faulting"]);
    assert_eq!(first.status.code(), Some(3), "{}", stderr(&first));
    assert!(stderr(&first).contains("2 results written, 0 inputs unchanged"));
    let before = results(&out);

    let again = scan(&["--fail-on", "faulting"]);
    assert_eq!(again.status.code(), Some(3), "what is not read again counts all the same");
    assert!(stderr(&again).contains("0 results written, 2 inputs unchanged"), "{}", stderr(&again));
    assert_eq!(results(&out), before);

    log(&two, "acmefs_write_through");
    let changed = scan(&[]);
    assert_eq!(changed.status.code(), Some(0));
    assert!(stderr(&changed).contains("1 results written, 1 inputs unchanged"), "{}", stderr(&changed));
    assert!(results(&out).iter().any(|(_, text)| text.contains("acmefs_write_through")));

    std::fs::remove_file(out.join(&before[0].0)).unwrap();
    assert!(stderr(&scan(&[])).contains("1 results written"), "a result that is gone is made again");
    assert!(stderr(&scan(&["--all"])).contains("2 results written"), "other settings are other results");
    for entry in std::fs::read_dir(out.join(".taintrace")).unwrap() {
        std::fs::write(entry.unwrap().path(), "{ cut").unwrap();
    }
    assert!(stderr(&scan(&[])).contains("2 results written"), "a record that cannot be read is none");
}

#[test]
fn a_report_in_a_directory_has_changed_when_a_file_in_it_has() {
    let scratch = tempfile::tempdir().unwrap();
    let crash = scratch.path().join("127.0.0.1-2024-05-10-21:50:54");
    std::fs::create_dir(&crash).unwrap();
    log(&crash.join("vmcore-dmesg.txt"), "acmefs_read");
    let out = scratch.path().join("out");
    let scan = || stderr(&run(arguments(&["scan", "--out-dir", out.to_str().unwrap(), "--resume"], &[&crash])));
    assert!(scan().contains("1 results written, 0 inputs unchanged"));
    assert!(scan().contains("0 results written, 1 inputs unchanged"));
    log(&crash.join("vmcore-dmesg.txt"), "acmefs_read_more");
    assert!(scan().contains("1 results written, 0 inputs unchanged"));
}

#[test]
fn lists_of_paths_are_by_line_or_by_nul() {
    let scratch = tempfile::tempdir().unwrap();
    let (one, two) = (scratch.path().join("one.log"), scratch.path().join("with\nline.log"));
    log(&one, "acmefs_read");
    log(&two, "acmefs_write");
    let (one, two) = (one.to_str().unwrap(), two.to_str().unwrap());
    let list = scratch.path().join("list");
    for (text, reports) in [(format!("{one}\r\n\n"), 1), (format!("{one}\0{two}\0"), 2)] {
        std::fs::write(&list, &text).unwrap();
        let of_file = run(["scan", "--format", "ndjson", "--paths-from", list.to_str().unwrap()]);
        assert_eq!(stdout(&of_file).lines().count(), reports, "{text:?}");
        assert_eq!(of_file.status.code(), Some(0));
        let mut child = taintrace();
        let child = child.args(["scan", "--format", "ndjson", "--paths-from", "-"]).stdin(Stdio::piped());
        let mut child = child.stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
        assert_eq!(stdout(&child.wait_with_output().unwrap()), stdout(&of_file));
    }
    std::fs::write(&list, "\n").unwrap();
    assert_eq!(run(["scan", "--paths-from", list.to_str().unwrap()]).status.code(), Some(2));
}

#[test]
fn a_quoted_pattern_is_expanded_and_a_file_of_that_name_wins() {
    let scratch = tempfile::tempdir().unwrap();
    for name in ["b.log", "a.log", "[x].log"] {
        log(&scratch.path().join(name), "acmefs_read");
    }
    let inputs = |pattern: &str| {
        let pattern = scratch.path().join(pattern);
        let lines = stdout(&run(["scan", "--format", "ndjson", pattern.to_str().unwrap()]));
        let name = |line: &str| -> serde_json::Value { serde_json::from_str(line).unwrap() };
        let names =
            lines.lines().map(|line| name(line)["input"].as_str().unwrap().rsplit('/').next().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(inputs("?.log"), ["a.log", "b.log"]);
    assert_eq!(inputs("[x].log"), ["[x].log"]);
    assert_eq!(inputs("*.none"), ["*.none"], "a pattern without a match is an input that is not there");
}

#[test]
fn verbose_has_a_line_per_input_and_quiet_none() {
    let scratch = tempfile::tempdir().unwrap();
    log(&scratch.path().join("one.log"), "acmefs_read");
    let (input, out) = (scratch.path().join("one.log"), scratch.path().join("out"));
    let told = stderr(&run(arguments(&["scan", "-v"], &[&input])));
    assert!(told.contains("taintrace: [1/1] ") && told.contains("one.log: reports 1, problems 0"), "{told}");
    assert_eq!(stderr(&run(arguments(&["scan"], &[&input]))), "");
    assert_eq!(stderr(&run(arguments(&["scan", "-q", "--out-dir", out.to_str().unwrap()], &[&input]))), "");
    assert_eq!(run(["scan", "-q", "-v", "x"]).status.code(), Some(2));
    assert_eq!(run(["scan", "--resume", "x"]).status.code(), Some(2), "resume needs a directory");
}

#[test]
fn colour_is_asked_for_or_not() {
    let sample = samples().join("vmcore-dmesg.txt");
    let coloured = |mut command: Command, arguments: &[&str]| {
        let output = command.arg("scan").args(arguments).arg(&sample).output().unwrap();
        String::from_utf8(output.stdout).unwrap().contains('\u{1b}')
    };
    let no_color = || {
        let mut command = taintrace();
        command.env("NO_COLOR", "1");
        command
    };
    assert!(!coloured(taintrace(), &[]), "no terminal");
    assert!(!coloured(no_color(), &[]));
    assert!(coloured(taintrace(), &["--color", "always"]));
    assert!(coloured(no_color(), &["--color", "always"]), "what is typed outranks the environment");
    assert!(!coloured(taintrace(), &["--color", "never"]));
}

#[cfg(unix)]
#[test]
fn ctrl_c_prints_what_is_done_and_exits_130() {
    for format in ["table", "ndjson", "json", "csv", "note", "html"] {
        let mut command = taintrace();
        let sample = samples().join("vmcore-dmesg.txt");
        // Standard input stays open: the second input is never done.
        command.args(["scan", "-v", "--jobs", "2", "--format", format]).arg(&sample).arg("-");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let held = child.stdin.take();
        let mut told = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        told.read_line(&mut line).unwrap();
        assert!(line.contains("[1/2]"), "{line}");
        let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let mut printed = String::new();
        child.stdout.take().unwrap().read_to_string(&mut printed).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.code(), Some(130), "{format}");
        assert!(printed.contains("sysrq_handle_crash"), "{format}: {printed}");
        let mut rest = String::new();
        told.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("interrupted"), "{rest}");
        drop(held);
    }
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_silent() {
    for format in ["table", "ndjson", "html"] {
        let mut child = taintrace();
        child.args(["scan", "--format", format]).arg(samples()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = child.spawn().unwrap();
        drop(child.stdout.take());
        let done = child.wait_with_output().unwrap();
        assert_eq!(stderr(&done), "", "{format}");
        assert_eq!(done.status.code(), Some(0), "{format}");
    }
}

#[test]
fn man_pages_and_completions_come_from_the_same_definitions() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("man1");
    assert_eq!(run(["man", "--out", folder.to_str().unwrap()]).status.code(), Some(0));
    let pages: Vec<String> = results(&folder).into_iter().map(|(name, _)| name).collect();
    for page in ["taintrace.1", "taintrace-scan.1", "taintrace-note.1", "taintrace-module.1", "taintrace-dmesg.1"] {
        assert!(pages.iter().any(|name| name == page), "{page}: {pages:?}");
    }
    let scan = std::fs::read_to_string(folder.join("taintrace-scan.1")).unwrap();
    assert!(scan.contains("out\\-dir") && scan.contains("Examples"), "{scan}");
    assert!(stdout(&run(["man"])).contains(".TH taintrace 1"));
    for (shell, word) in [("bash", "complete -F"), ("zsh", "#compdef taintrace"), ("fish", "complete -c taintrace")] {
        assert!(stdout(&run(["completions", shell])).contains(word), "{shell}");
    }
}

#[test]
fn every_command_has_an_example_in_its_help() {
    for command in ["scan", "note", "dmesg", "module", "taint", "man", "completions"] {
        let help = stdout(&run([command, "--help"]));
        assert!(help.contains("Example") && help.contains(&format!("  taintrace {command}")), "{command}: {help}");
    }
}
