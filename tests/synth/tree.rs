//! A tree of files as a report has it, before it is written to a directory or an archive.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// A file with its contents.
    File(Vec<u8>),
    /// A symbolic link and its target.
    Symlink(String),
    /// A hard link to a path of the same tree (archives only).
    Hardlink(String),
    /// An empty directory.
    Directory,
    /// A named pipe (archives only).
    Fifo,
    /// A character device (archives only).
    CharDevice,
}

/// An entry with its mode.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What it is.
    pub node: Node,
    /// Permission bits.
    pub mode: u32,
}

/// A tree: paths below `root`, in order of their bytes.
#[derive(Clone, Debug)]
pub struct Tree {
    /// Name of the directory that holds all.
    pub root: String,
    /// Modification time of every entry, in seconds since 1970.
    pub mtime: u64,
    /// Entries by path.
    pub entries: BTreeMap<String, Entry>,
}

impl Tree {
    /// An empty tree.
    pub fn new(root: &str, mtime: u64) -> Self {
        Self { root: root.to_owned(), mtime, entries: BTreeMap::new() }
    }

    /// Adds or replaces a file.
    pub fn file(&mut self, path: &str, contents: impl Into<Vec<u8>>) {
        self.put(path, Node::File(contents.into()), 0o644);
    }

    /// Adds or replaces a symbolic link.
    pub fn symlink(&mut self, path: &str, target: &str) {
        self.put(path, Node::Symlink(target.to_owned()), 0o777);
    }

    /// Adds or replaces any entry.
    pub fn put(&mut self, path: &str, node: Node, mode: u32) {
        self.entries.insert(path.to_owned(), Entry { node, mode });
    }

    /// Removes an entry.
    pub fn remove(&mut self, path: &str) {
        self.entries.remove(path);
    }

    /// Contents of a file.
    pub fn read(&self, path: &str) -> Option<&[u8]> {
        match &self.entries.get(path)?.node {
            Node::File(contents) => Some(contents),
            _ => None,
        }
    }

    /// Number of regular files.
    pub fn files(&self) -> usize {
        self.entries.values().filter(|entry| matches!(entry.node, Node::File(_))).count()
    }

    /// Writes the tree below `parent` as a directory of the root's name, in the place of an older one.
    pub fn write_to(&self, parent: &Path) -> io::Result<()> {
        let root = parent.join(&self.root);
        if root.is_dir() {
            fs::remove_dir_all(&root)?;
        }
        for (path, entry) in &self.entries {
            let target = root.join(path);
            match &entry.node {
                Node::Directory => fs::create_dir_all(&target)?,
                other => {
                    if let Some(folder) = target.parent() {
                        fs::create_dir_all(folder)?;
                    }
                    match other {
                        Node::File(contents) => fs::write(&target, contents)?,
                        #[cfg(unix)]
                        Node::Symlink(to) => std::os::unix::fs::symlink(to, &target)?,
                        _ => {}
                    }
                }
            }
        }
        Ok(())
    }
}
