//! What the path of a module file tells: its module and the kernel it is for.
//!
//! ```text
//! /lib/modules/5.14.0-427.el9.x86_64/weak-updates/acme-gpl.ko.xz
//!              kernel                path below it    module acme_gpl
//! ```
//!
//! The kernel maps `-` to `_` in names of modules (`KBUILD_MODNAME`); files keep what their makefile said.

/// Endings of module files; `.o` is that of 2.4.
const ENDINGS: &[&str] = &[".ko", ".ko.xz", ".ko.gz", ".ko.zst", ".ko.bz2", ".o"];

/// A module's name as the kernel has it.
pub(super) fn canonical(name: &str) -> String {
    name.trim().replace('-', "_")
}

/// The module in a file, by the path of the file; `None` for anything but a module file.
pub(super) fn module_name(path: &str) -> Option<String> {
    let file = path.rsplit('/').next()?;
    let stem = ENDINGS.iter().find_map(|ending| file.strip_suffix(ending))?;
    (!stem.is_empty()).then(|| canonical(stem))
}

/// A path in a tree of modules, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TreePath<'a> {
    /// Release whose tree it is.
    pub kernel: Option<&'a str>,
    /// Path below the tree.
    pub path: &'a str,
}

/// Splits `/lib/modules/RELEASE/extra/foo.ko`; a path without `lib/modules/` is taken to be below the tree already.
pub(super) fn in_tree(path: &str) -> TreePath<'_> {
    let below = path
        .split_once("/lib/modules/")
        .map(|(_, below)| below)
        .or_else(|| path.strip_prefix("lib/modules/"))
        .and_then(|below| below.split_once('/'));
    match below {
        Some((kernel, path)) => TreePath { kernel: Some(kernel), path },
        None => TreePath { kernel: None, path },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_module_files() {
        for (path, want) in [
            ("/lib/modules/5.14.0/extra/acme-gpl.ko.xz", Some("acme_gpl")),
            ("kernel/fs/xfs/xfs.ko", Some("xfs")),
            ("e1000.o", Some("e1000")),
            ("acme.ko.zst", Some("acme")),
            ("acme.ko.sig", None),
            ("modules.dep", None),
            (".ko", None),
            ("", None),
        ] {
            assert_eq!(module_name(path).as_deref(), want, "{path}");
        }
    }

    #[test]
    fn trees_are_told_by_their_folder() {
        for (path, kernel, below) in [
            ("/lib/modules/5.14.0-427/extra/a.ko", Some("5.14.0-427"), "extra/a.ko"),
            ("/usr/lib/modules/6.1/kernel/a.ko", Some("6.1"), "kernel/a.ko"),
            ("lib/modules/6.1/updates/a.ko", Some("6.1"), "updates/a.ko"),
            ("extra/a.ko", None, "extra/a.ko"),
            ("/lib/modules/6.1", None, "/lib/modules/6.1"),
        ] {
            assert_eq!(in_tree(path), TreePath { kernel, path: below }, "{path}");
        }
    }
}
