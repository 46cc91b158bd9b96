//! Which files were asked for: those that were named, those in folders, and those that a pattern fits.
//!
//! ```text
//! acme.ko   -   lib/modules/   'extra/**/*.ko.xz'     the shell on some systems leaves patterns as they are
//! ```

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use crate::cli::paths;
use crate::facts::Problem;
use crate::module_file;

/// Endings of module files in folders and archives; a file that was named itself is told by its contents.
pub(super) const MODULES: [&str; 5] = [".ko", ".ko.gz", ".ko.xz", ".ko.zst", ".ko.bz2"];
/// Endings of packages in folders.
const PACKAGES: [&str; 2] = [".rpm", ".deb"];
/// Folders in folders; a tree of modules has a dozen.
const DEEPEST: usize = 64;

/// Files, and what kept others from being found.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub files: Vec<PathBuf>,
    pub problems: Vec<Problem>,
}

/// The files that paths stand for: of a folder its modules and packages, by name. Links inside of folders are passed
/// over, since what they lead to is there by its own name or belongs to another folder.
pub(super) fn expand(named: &[PathBuf]) -> Found {
    let mut found = Found::default();
    for path in named {
        let before = (found.files.len(), found.problems.len());
        let fitting = paths::fitting(path);
        let is_pattern = fitting.is_some();
        match fitting {
            Some(fitting) => found.fitting(path, fitting),
            None if path.is_dir() => found.below(path),
            None => found.files.push(path.clone()),
        }
        if before == (found.files.len(), found.problems.len()) {
            let what = if is_pattern { "nothing fits this pattern" } else { "nothing in this folder is" };
            found
                .problems
                .push(Problem::new(path.to_string_lossy(), format!("{what} a module file or driver package")));
        }
    }
    found
}

impl Found {
    fn below(&mut self, folder: &Path) {
        let Self { files, problems } = list(folder, DEEPEST);
        self.files.extend(files);
        self.problems.extend(problems);
    }

    /// Folders are looked into, but for those that `**` passes through.
    fn fitting(&mut self, pattern: &Path, fitting: Vec<PathBuf>) {
        let passes = pattern.to_string_lossy().contains("**");
        for path in fitting {
            match path.is_dir() {
                true if !passes => self.below(&path),
                true => {}
                false => self.files.push(path),
            }
        }
    }
}

/// The files below a folder in the order of their paths; folders beside each other are read in parallel.
fn list(folder: &Path, depth: usize) -> Found {
    let mut found = Found::default();
    let entries = match entries(folder) {
        Ok(entries) => entries,
        Err(error) => {
            found.problems.push(Problem::new(folder.to_string_lossy(), error.to_string()));
            return found;
        }
    };
    let folders: Vec<&OsString> = entries.iter().filter(|(_, is_folder)| *is_folder).map(|(name, _)| name).collect();
    let Some(depth) = depth.checked_sub(1).or(folders.is_empty().then_some(0)) else {
        let message = "folders below this one are not read: too deep";
        found.problems.push(Problem::new(folder.to_string_lossy(), message));
        return found;
    };
    let list_one = |name: &&OsString| list(&folder.join(name), depth);
    let mut below = folders.par_iter().map(list_one).collect::<Vec<_>>().into_iter();
    for (name, is_folder) in &entries {
        if *is_folder {
            let Found { files, problems } = below.next().unwrap_or_default();
            found.files.extend(files);
            found.problems.extend(problems);
        } else if is_wanted(folder, name) {
            found.files.push(folder.join(name));
        }
    }
    found
}

/// Names in a folder, sorted, and whether they are folders; what is neither a file nor a folder is left out.
fn entries(folder: &Path) -> io::Result<Vec<(OsString, bool)>> {
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        if kind.is_dir() || kind.is_file() {
            entries.push((entry.file_name(), kind.is_dir()));
        }
    }
    entries.sort_unstable();
    Ok(entries)
}

fn is_wanted(folder: &Path, name: &OsStr) -> bool {
    let text = name.to_string_lossy();
    has_ending(&text, &MODULES)
        || has_ending(&text, &PACKAGES)
        || (text.ends_with(".o") && is_module_of_2_4(&folder.join(name)))
}

/// Whether a file's name ends in one of these.
pub(super) fn has_ending(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| name.ends_with(ending))
}

/// Any object file ends in `.o`, and so do the parts of later modules; only modules of 2.4 tell their kernel so.
fn is_module_of_2_4(path: &Path) -> bool {
    let read = module_file::open(path, crate::facts::Origin::file(""));
    read.is_ok_and(|module| module.file.field("kernel_version").is_some())
}
