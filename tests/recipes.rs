//! `docs/recipes.md`: each recipe is run over `sample-reports/`, and prints what stands below it. Where its tool is not
//! installed it is skipped with a message. `TAINTRACE_UPDATE=1` writes what was printed into the document.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod support;

use std::fs;
use std::path::Path;
use std::process::Command;

use support::taintrace;

/// A block of commands, and the block of text below it.
struct Recipe {
    script: String,
    printed: Option<String>,
    /// Line of the document behind which the printed text belongs.
    line: usize,
}

fn recipes(document: &str) -> Vec<Recipe> {
    let mut found: Vec<Recipe> = Vec::new();
    let mut block: Option<(&str, Vec<&str>)> = None;
    for (number, line) in document.lines().enumerate() {
        match (&mut block, line.strip_prefix("```")) {
            (None, Some(kind)) => block = Some((kind, Vec::new())),
            (None, None) => {}
            (Some((_, lines)), None) => lines.push(line),
            (Some((kind, lines)), Some(_)) => {
                let text = lines.join("\n");
                match (*kind, found.last_mut()) {
                    ("sh", _) => found.push(Recipe { script: text, printed: None, line: number }),
                    ("text", Some(last)) => last.printed = Some(text),
                    _ => {}
                }
                block = None;
            }
        }
    }
    found
}

/// Whether a tool is there. DuckDB is often there as a Python package: a small script then stands in for its shell.
fn has(tool: &str, folder: &Path) -> bool {
    let runs = |command: &mut Command| command.output().is_ok_and(|done| done.status.success());
    if runs(Command::new(tool).arg("--version")) {
        return true;
    }
    if tool != "duckdb" || !runs(Command::new("python3").args(["-c", "import duckdb"])) {
        return false;
    }
    let script = folder.join("duckdb");
    fs::write(&script, "#!/bin/sh\nexec python3 -c 'import duckdb, sys; duckdb.sql(sys.argv[1])' \"$2\"\n").unwrap();
    runs(Command::new("chmod").arg("+x").arg(&script))
}

#[cfg(unix)]
#[test]
fn each_recipe_prints_what_the_document_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scratch = tempfile::tempdir().unwrap();
    for format in ["json", "ndjson", "csv"] {
        let file = scratch.path().join(format!("triage.{format}"));
        let scan = taintrace()
            .current_dir(root)
            .args(["scan", "--format", format, "sample-reports", "-o"])
            .arg(&file)
            .output()
            .unwrap();
        assert_eq!(scan.status.code(), Some(1), "one of the samples is cut");
    }
    let path = root.join("docs/recipes.md");
    let mut document = fs::read_to_string(&path).unwrap();
    let recipes = recipes(&document);
    assert!(recipes.len() >= 8);
    let paths = format!("{}:{}", scratch.path().display(), std::env::var("PATH").unwrap_or_default());
    let mut printed = Vec::new();
    for recipe in &recipes {
        let tool = recipe.script.split_whitespace().next().unwrap();
        if !has(tool, scratch.path()) {
            eprintln!("NOT RUN: {tool} is not installed");
            continue;
        }
        let done = Command::new("bash")
            .args(["-ec", &recipe.script])
            .current_dir(&scratch)
            .env("PATH", &paths)
            .output()
            .unwrap();
        assert!(done.status.success(), "{}\n{}", recipe.script, String::from_utf8_lossy(&done.stderr));
        let text = String::from_utf8(done.stdout).unwrap().trim_end().to_owned();
        if std::env::var_os("TAINTRACE_UPDATE").is_none() {
            assert_eq!(Some(&text), recipe.printed.as_ref(), "{}", recipe.script);
        }
        printed.push((recipe, text));
    }
    if std::env::var_os("TAINTRACE_UPDATE").is_some() {
        // From the end, so that the lines before stay where they are.
        for (recipe, text) in printed.iter().rev() {
            let mut lines: Vec<&str> = document.lines().collect();
            let block = format!("\n```text\n{text}\n```");
            let old = recipe.printed.as_ref().map_or(0, |old| old.lines().count() + 3);
            lines.splice(recipe.line + 1..recipe.line + 1 + old, [block.as_str()]);
            document = lines.join("\n") + "\n";
        }
        fs::write(&path, document).unwrap();
    }
}
