//! Where module files are: listings, `modules.dep`, and trees of modules themselves.
//!
//! ```text
//! find /lib/modules/*/extra … -ls
//!   134217 12 lrwxrwxrwx 1 root root 60 Mar  3 2020 /lib/modules/5.14.0-70/weak-updates/a.ko -> /lib/modules/5.14.0-1/extra/a.ko
//! ls -lR
//!   /lib/modules/5.14.0-427/extra/acme:
//!   -rw-r--r--. 1 root root 812345 2024-05-01 10:00 acme.ko.xz
//! modules.dep
//!   kernel/fs/xfs/xfs.ko.xz: kernel/lib/libcrc32c.ko.xz
//!   /lib/modules/2.6.18-274.el5/kernel/fs/jbd/jbd.ko:       module-init-tools before 3.5
//! ```
//!
//! Sources: findutils `-ls`, coreutils `ls`, depmod of modutils, module-init-tools and kmod.

use std::io::{self, Read};
use std::sync::Arc;

use super::module_path::{in_tree, module_name};
use super::{Draft, Source};
use crate::facts::{ModuleLocation, Origin};

/// Bytes of a module file that are held: above the largest driver, with its debugging information.
const LARGEST_MODULE: u64 = 128 << 20;

/// A listing in the style of `find`, `find -ls` or `ls -lR`.
pub(super) fn read_listing(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    let mut folder = String::new();
    while let Some(line) = lines.next()? {
        let text = line.text.trim();
        if let Some(heading) = text.strip_suffix(':').filter(|heading| heading.starts_with('/')) {
            heading.clone_into(&mut folder);
            continue;
        }
        let (entry, target) = match text.split_once(" -> ") {
            Some((entry, target)) => (entry, Some(target)),
            None => (text, None),
        };
        let Some(file) = listed_file(entry) else { continue };
        let Some(name) = module_name(file).filter(|_| !file.ends_with(".o")) else { continue };
        let full;
        let path = if file.contains('/') {
            file
        } else {
            full = format!("{folder}/{file}");
            &full
        };
        let tree = in_tree(path);
        let Some(kernel) = tree.kernel else { continue };
        let location = ModuleLocation {
            name,
            kernel: Some(kernel.to_owned()),
            path: tree.path.to_owned(),
            link_target: target.map(str::to_owned),
            needs: Vec::new(),
            origin: line.origin(),
        };
        if !draft.add_location(location) {
            return Ok(());
        }
    }
    Ok(())
}

/// The last column: from the path of the tree on where there is one, since a path may hold spaces.
fn listed_file(entry: &str) -> Option<&str> {
    let tree = ["/usr/lib/modules/", "/lib/modules/"].iter().find_map(|tree| entry.find(tree));
    match tree {
        Some(at) => entry.get(at..),
        None => entry.split_whitespace().next_back(),
    }
}

/// `modules.dep`: one line a module, what it needs behind a colon.
pub(super) fn read_modules_dep(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let kernel = in_tree(source.member).kernel.map(str::to_owned).or_else(|| draft.tree_of_kernel());
    let mut lines = source.lines();
    while let Some(line) = lines.next()? {
        // 2.4 continues a list of needs on lines that begin with a blank.
        if line.text.starts_with([' ', '\t']) {
            continue;
        }
        let Some((path, needs)) = line.text.split_once(':') else { continue };
        let Some(name) = module_name(path) else { continue };
        let tree = in_tree(path);
        let location = ModuleLocation {
            name,
            kernel: tree.kernel.map(str::to_owned).or_else(|| kernel.clone()),
            path: tree.path.to_owned(),
            link_target: None,
            needs: needs.split_whitespace().filter_map(module_name).collect(),
            origin: line.origin(),
        };
        if !draft.add_location(location) {
            return Ok(());
        }
    }
    Ok(())
}

/// A module file: its place, and what the module reader says of it.
pub(super) fn read_module(source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let Source { path, member, input, .. } = source;
    note_place(&path, member, None, draft);
    let Some(reader) = draft.module_reader() else { return Ok(()) };
    let mut bytes = Vec::new();
    input.take(LARGEST_MODULE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST_MODULE {
        draft.problem(&path, format!("a module file of more than {} MiB is not read", LARGEST_MODULE >> 20));
        return Ok(());
    }
    match reader(&path, &bytes) {
        Ok(file) => {
            draft.add_module_file(file);
        }
        Err(message) => draft.problem(&path, message),
    }
    Ok(())
}

/// A link in a tree of modules, such as those of weak-updates; `target` is as it is stored.
pub(crate) fn note_link(member: &str, target: &str, draft: &mut Draft) {
    note_place(&Arc::from(member), member, Some(target), draft);
}

fn note_place(path: &Arc<str>, member: &str, target: Option<&str>, draft: &mut Draft) {
    let Some(name) = module_name(member) else { return };
    let tree = in_tree(member);
    draft.add_location(ModuleLocation {
        name,
        kernel: tree.kernel.map(str::to_owned).or_else(|| draft.tree_of_kernel()),
        path: tree.path.to_owned(),
        link_target: target.map(str::to_owned),
        needs: Vec::new(),
        origin: Origin::file(path.clone()),
    });
}

#[cfg(test)]
mod tests {
    use crate::facts::ModuleFile;
    use crate::sosreport::evidence::tests::{Collected, read};

    fn rows(path: &str, text: &str) -> Vec<String> {
        read(path, text)
            .locations
            .iter()
            .map(|l| {
                let target = l.link_target.as_ref().map(|t| format!(" -> {t}")).unwrap_or_default();
                format!(
                    "{} {} {}{target} @{}",
                    l.name,
                    l.kernel.as_deref().unwrap_or("?"),
                    l.path,
                    l.origin.line.unwrap_or(0)
                )
            })
            .collect()
    }

    #[test]
    fn find_ls_shows_files_and_the_targets_of_links() {
        let text = "\
 134217      0 drwxr-xr-x   2 root     root           24 Mar  3  2020 /lib/modules/5.14.0-1/extra
 134218    800 -rw-r--r--   1 root     root       812345 Mar  3  2020 /lib/modules/5.14.0-1/extra/acme-gpl.ko.xz
 134219      0 lrwxrwxrwx   1 root     root           60 Mar  3 10:00 /lib/modules/5.14.0-70/weak-updates/acme-gpl.ko.xz -> /lib/modules/5.14.0-1/extra/acme-gpl.ko.xz
find: '/lib/modules/5.14.0-2/updates': No such file or directory
";
        assert_eq!(
            rows("sos_commands/kernel/find_.lib.modules.5.14.0-1.extra_-ls", text),
            [
                "acme_gpl 5.14.0-1 extra/acme-gpl.ko.xz @2",
                "acme_gpl 5.14.0-70 weak-updates/acme-gpl.ko.xz -> /lib/modules/5.14.0-1/extra/acme-gpl.ko.xz @3",
            ]
        );
    }

    #[test]
    fn ls_names_the_folder_in_a_heading() {
        let text = "\
/lib/modules/5.14.0-1/extra:
total 0
drwxr-xr-x. 2 root root 24 2020-03-03 10:00 acme

/lib/modules/5.14.0-1/extra/acme:
total 800
-rw-r--r--. 1 root root 812345 2020-03-03 10:00 acme.ko.xz
lrwxrwxrwx. 1 root root     60 Mar  3 10:00 b.ko -> ../b/b.ko

/boot:
-rw-r--r--. 1 root root 1 Mar  3 10:00 c.ko
";
        assert_eq!(
            rows("sos_commands/kernel/ls_-lanR_.lib.modules", text),
            ["acme 5.14.0-1 extra/acme/acme.ko.xz @7", "b 5.14.0-1 extra/acme/b.ko -> ../b/b.ko @8"]
        );
    }

    #[test]
    fn modules_dep_of_every_era() {
        for (path, text, want) in [
            (
                "usr/lib/modules/5.14.0-1/modules.dep",
                "kernel/fs/xfs/xfs.ko.xz: kernel/lib/libcrc32c.ko.xz\nextra/acme.ko:\n",
                vec!["xfs 5.14.0-1 kernel/fs/xfs/xfs.ko.xz @1", "acme 5.14.0-1 extra/acme.ko @2"],
            ),
            (
                "lib/modules/2.6.18-274.el5/modules.dep",
                "/lib/modules/2.6.18-274.el5/kernel/fs/jbd/jbd.ko:\r\n",
                vec!["jbd 2.6.18-274.el5 kernel/fs/jbd/jbd.ko @1"],
            ),
            (
                "lib/modules/2.4.21-4.EL/modules.dep",
                "/lib/modules/2.4.21-4.EL/kernel/net/a.o:\t/lib/modules/2.4.21-4.EL/kernel/net/b.o \\\n\t/lib/modules/2.4.21-4.EL/kernel/net/c.o\n",
                vec!["a 2.4.21-4.EL kernel/net/a.o @1"],
            ),
            ("modules.dep", "updates/acme.ko:", vec!["acme ? updates/acme.ko @1"]),
        ] {
            assert_eq!(rows(path, text), want, "{path}");
        }
    }

    #[test]
    fn a_tree_of_modules_is_read_with_the_reader_that_was_given() {
        fn reader(path: &str, bytes: &[u8]) -> Result<ModuleFile, String> {
            Err(format!("{path} has {} bytes", bytes.len()))
        }
        let mut report = Collected::new().read_modules_with(std::sync::Arc::new(reader));
        report.add("lib/modules/5.14.0-1/extra/acme.ko", "\u{7f}ELF");
        let facts = report.finish();
        assert_eq!(facts.problems[0].message, "lib/modules/5.14.0-1/extra/acme.ko has 4 bytes");
        assert_eq!(facts.locations[0].path, "extra/acme.ko");
        assert_eq!(facts.locations[0].kernel.as_deref(), Some("5.14.0-1"));
    }
}
