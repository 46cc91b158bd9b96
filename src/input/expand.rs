//! From what the user named to the list of inputs: a directory of reports is many.

use std::fs;
use std::path::{Path, PathBuf};

use super::source::Source;

/// Directories inside a batch directory that are looked into.
const DEPTH: usize = 4;

/// Endings of files that lie beside reports and are none: checksums and signatures.
const SIDE_FILES: &[&str] = &[".md5", ".sha1", ".sha256", ".sha512", ".asc", ".sig"];

/// How the names of texts about a collection begin, and how those of documents and scripts end, in lower case.
const TEXT_NAMES: &[&str] =
    &["readme", "license", "licence", "copying", "changelog", "contents", "index", "manifest", "notes"];
const TEXT_ENDINGS: &[&str] =
    &[".md", ".rst", ".html", ".pdf", ".json", ".csv", ".yml", ".yaml", ".toml", ".py", ".sh"];

/// Lists the inputs that paths stand for, in their order; `-` is standard input.
///
/// A path that is named is always an input, unless it is a directory that is no input as a whole but holds some: then
/// each archive, report directory and other file in it is one, sorted by name, down to four directories. Side files
/// (`.md5`, `.sha256`), hidden files and texts such as a README are left out. A directory that holds nothing stands for
/// itself, and so does what cannot be read: the walk then says why.
///
/// `is_report_root` is asked of every directory, whether it is one input as a whole (the root of a report, a crash
/// directory, a module tree), and of every text that would be left out, whether it is wanted.
pub fn expand(paths: &[PathBuf], is_report_root: &dyn Fn(&Path) -> bool) -> Vec<Source> {
    let mut sources = Vec::new();
    for path in paths {
        if path.as_os_str() == "-" {
            sources.push(Source::Stdin);
            continue;
        }
        let before = sources.len();
        if path.is_dir() && !is_report_root(path) {
            collect(path, DEPTH, is_report_root, &mut sources);
        }
        if sources.len() == before {
            sources.push(Source::Path(path.clone()));
        }
    }
    sources
}

/// Lists the inputs in a directory. Symbolic links to files and reports count, others are not followed.
fn collect(directory: &Path, depth: usize, is_report_root: &dyn Fn(&Path) -> bool, sources: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(directory) else {
        // Named, so that it is not lost; the walk tells why it cannot be read.
        sources.push(Source::Path(directory.to_owned()));
        return;
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let Some(name) = path.file_name().map(|name| name.to_string_lossy().to_lowercase()) else { continue };
        let Ok(metadata) = fs::metadata(&path) else { continue };
        if name.starts_with('.') {
            continue;
        } else if metadata.is_file() {
            if !is_side_file(&name) && (!is_text_about(&name) || is_report_root(&path)) {
                sources.push(Source::Path(path));
            }
        } else if metadata.is_dir() {
            if is_report_root(&path) {
                sources.push(Source::Path(path));
            } else if depth > 1 && !path.is_symlink() {
                collect(&path, depth - 1, is_report_root, sources);
            }
        }
    }
}

fn is_side_file(name: &str) -> bool {
    SIDE_FILES.iter().any(|ending| name.ends_with(ending))
}

fn is_text_about(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or(name);
    TEXT_NAMES.contains(&stem) || TEXT_ENDINGS.iter().any(|ending| name.ends_with(ending))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{create_dir_all, write};

    fn listed(root: &Path, named: &[&str]) -> Vec<String> {
        let is_report = |path: &Path| path.join("sos_commands").is_dir() || path.ends_with("wanted/README.txt");
        let paths: Vec<PathBuf> =
            named.iter().map(|name| if *name == "-" { "-".into() } else { root.join(name) }).collect();
        let name = |source: &Source| match source {
            Source::Path(path) => path.strip_prefix(root).unwrap_or(path).display().to_string(),
            other => other.name(),
        };
        expand(&paths, &is_report).iter().map(name).collect()
    }

    #[test]
    fn a_directory_of_reports_is_many_inputs() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for directory in ["batch/b-report/sos_commands", "batch/case-1/a-report/sos_commands", "empty", "wanted"] {
            create_dir_all(root.join(directory)).unwrap();
        }
        for file in [
            "batch/z.tar.xz",
            "batch/z.tar.xz.sha256",
            "batch/z.tar.xz.md5",
            "batch/README.md",
            "batch/.hidden",
            "batch/case-1/console.log",
            "batch/b-report/uname",
            "batch/notes.txt",
            "wanted/README.txt",
            "wanted/LICENSE",
        ] {
            write(root.join(file), "x").unwrap();
        }
        assert_eq!(
            listed(root, &["batch"]),
            ["batch/b-report", "batch/case-1/a-report", "batch/case-1/console.log", "batch/z.tar.xz"]
        );
        assert_eq!(listed(root, &["wanted"]), ["wanted/README.txt"]);
        assert_eq!(
            listed(root, &["empty", "-", "missing", "batch/z.tar.xz.md5", "batch/b-report"]),
            ["empty", "standard input", "missing", "batch/z.tar.xz.md5", "batch/b-report"],
            "what is named is an input, whatever it is"
        );
    }

    #[test]
    #[cfg(unix)]
    fn links_to_reports_count_and_loops_do_not() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        create_dir_all(root.join("store/report/sos_commands")).unwrap();
        create_dir_all(root.join("batch")).unwrap();
        write(root.join("store/a.tar"), "x").unwrap();
        for (target, link) in [("../store/report", "r"), ("../store/a.tar", "a"), ("..", "up"), ("nowhere", "lost")] {
            std::os::unix::fs::symlink(target, root.join("batch").join(link)).unwrap();
        }
        assert_eq!(listed(root, &["batch"]), ["batch/a", "batch/r"]);
    }
}
