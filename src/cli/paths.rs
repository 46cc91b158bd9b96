//! Which inputs a command line names: arguments, patterns that no shell expanded, and lists of paths.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;

use super::exit::UsageError;

/// The paths of arguments, patterns replaced by what they match, then those of a list.
pub(super) fn named(arguments: &[PathBuf], list: Option<&Path>) -> anyhow::Result<Vec<PathBuf>> {
    let mut paths: Vec<PathBuf> = arguments.iter().flat_map(|path| matches(path)).collect();
    if let Some(list) = list {
        paths.extend(listed(list)?);
    }
    Ok(paths)
}

/// A path that is there, one that is no pattern, and a pattern without a match stand for themselves: the scan then says that
/// there is no such file.
fn matches(path: &Path) -> Vec<PathBuf> {
    fitting(path).filter(|found| !found.is_empty()).unwrap_or_else(|| vec![path.to_owned()])
}

/// What a quoted pattern (`'cases/*/sosreport-*.tar.xz'`) fits, by name: `*` and `?` stay inside of a name, `**` does not.
/// `None` for a path that is there or is no pattern.
pub(super) fn fitting(path: &Path) -> Option<Vec<PathBuf>> {
    let pattern = path.to_str().filter(|text| text.contains(['*', '?', '[']) && !path.exists())?;
    Some(glob::glob(pattern).ok()?.filter_map(Result::ok).collect())
}

/// Paths of a list: NUL-separated where a NUL is in it, else one a line.
fn listed(list: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut bytes = Vec::new();
    if list == Path::new("-") {
        io::stdin().read_to_end(&mut bytes).context("cannot read the list of paths from standard input")?;
    } else {
        bytes = std::fs::read(list).with_context(|| format!("cannot read the list of paths {}", list.display()))?;
    }
    let separator = if bytes.contains(&0) { 0 } else { b'\n' };
    let paths: Vec<PathBuf> = bytes
        .split(|b| *b == separator)
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .filter(|line| !line.is_empty())
        .map(path_of)
        .collect();
    if paths.is_empty() {
        return Err(UsageError(format!("no paths in {}", list.display())).into());
    }
    Ok(paths)
}

#[cfg(unix)]
fn path_of(bytes: &[u8]) -> PathBuf {
    use std::os::unix::ffi::OsStrExt;
    PathBuf::from(std::ffi::OsStr::from_bytes(bytes))
}

#[cfg(not(unix))]
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}
