//! Split sets: `makedumpfile --split` spreads one dump over several files, each with a range of frame numbers.
//!
//! All files carry the same headers and bitmap; each has the descriptors and pages of its own range. The other files
//! are those that the caller named, else those beside the first one that belong to it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::super::OpenOptions;
use super::super::error::MemoryError;
use super::kdump::{self, Kdump};
use super::source::{FileSource, Source};

/// Most files of one directory that are looked at for the rest of a set.
const MAX_SIBLINGS: usize = 1024;

/// Most split sets of one input that are put together beforehand.
const MAX_SETS: usize = 64;

/// One or several kdump-compressed files that make up a dump.
pub(crate) struct SplitSet {
    first: Kdump,
    /// Whether the first is a file on disk, which others may lie beside.
    on_disk: bool,
    others: Vec<Kdump>,
    /// Named files that do not belong to the set.
    strangers: Vec<String>,
}

impl SplitSet {
    /// Finds the rest of a set; a dump in one file is a set of one.
    pub(crate) fn gather(first: Kdump, path: Option<&Path>, options: &OpenOptions) -> Self {
        let mut set = Self { first, on_disk: path.is_some(), others: Vec::new(), strangers: Vec::new() };
        if set.first.header.split.is_none() {
            return set;
        }
        for named in options.split_files.iter().filter(|named| Some(named.as_path()) != path) {
            match open_member(named) {
                Some(member) if set.belongs(&member) => set.others.push(member),
                _ => set.strangers.push(format!("{} is not a part of this split dump", named.display())),
            }
        }
        if options.split_files.is_empty() {
            let beside = path.map(siblings).unwrap_or_default();
            for member in beside.iter().filter_map(|path| open_member(path)) {
                if set.belongs(&member) {
                    set.others.push(member);
                }
            }
        }
        set
    }

    /// The file that was opened.
    pub(crate) fn first(&self) -> &Kdump {
        &self.first
    }

    fn files(&self) -> impl Iterator<Item = &Kdump> {
        std::iter::once(&self.first).chain(&self.others)
    }

    /// Same kernel, same memory, and a range that no file of the set has yet.
    fn belongs(&self, other: &Kdump) -> bool {
        let apart =
            |range: (u64, u64)| self.files().filter_map(|f| f.header.split).all(|known| are_apart(known, range));
        are_of_one_dump(&self.first, other) && other.header.split.is_some_and(apart)
    }

    /// Container, packing and number of files.
    pub(crate) fn describe(&self) -> String {
        match self.others.len() {
            0 => self.first.describe(),
            n => format!("{}, {} files", self.first.describe(), n + 1),
        }
    }

    /// What is missing of the dump.
    pub(crate) fn problems(&self) -> Vec<String> {
        let mut problems = self.strangers.clone();
        if self.files().any(Kdump::incomplete) {
            problems.push("the header says that the dump is incomplete: makedumpfile could not write all of it".into());
        }
        let mut ranges: Vec<_> = self.files().filter_map(|f| f.header.split).collect();
        ranges.sort_unstable();
        let mut reached = 0;
        for (start, end) in ranges.iter().copied().chain([(self.first.header.max_pfn, u64::MAX)]) {
            if start > reached && !ranges.is_empty() {
                let remedy = match self.on_disk {
                    true => "put it beside this one",
                    false => "unpack all of them into one folder and name one",
                };
                problems.push(format!(
                    "a file of the split dump is missing: the one with frames {reached:#x} to {start:#x}; {remedy}"
                ));
            }
            reached = reached.max(end);
        }
        problems
    }

    /// Reads a page from the file that has it.
    pub(crate) fn read_page(&self, pfn: u64, page: &mut [u8]) -> Result<(), MemoryError> {
        match self.files().find(|file| file.covers(pfn)) {
            Some(file) => file.read_page(pfn, page),
            None => Err(MemoryError::NotDumped(pfn.saturating_mul(self.first.header.block_size))),
        }
    }

    /// The first frame at or after `pfn` that is in any file.
    pub(crate) fn next_page(&self, pfn: u64) -> Option<u64> {
        self.files().filter_map(|file| file.next_page(pfn)).min()
    }
}

/// Leaves one file of each split set: opening it finds the others, which lie beside it. All else stays, in its order.
///
/// `path_of` gives the path of an item that may be a dump.
pub(crate) fn one_of_each_set<T>(items: Vec<T>, path_of: impl Fn(&T) -> Option<&Path>) -> Vec<T> {
    let mut sets: Vec<Vec<(PathBuf, Kdump)>> = Vec::new();
    let mut is_first = |item: &T| {
        let Some((path, file)) = path_of(item).and_then(|path| Some((path, open_member(path)?))) else { return true };
        let Some(range) = file.header.split else { return true };
        let has_room = sets.len() < MAX_SETS;
        let set = sets.iter_mut().find(|set| {
            set.first().is_some_and(|(known, first)| known.parent() == path.parent() && are_of_one_dump(first, &file))
                && set.iter().filter_map(|(_, f)| f.header.split).all(|known| are_apart(known, range))
        });
        match set {
            Some(set) => {
                set.push((path.to_owned(), file));
                false
            }
            // A directory with more sets than this is no reason to hold files open for each.
            None => {
                if has_room {
                    sets.push(vec![(path.to_owned(), file)]);
                }
                true
            }
        }
    };
    items.into_iter().filter(|item| is_first(item)).collect()
}

/// Whether two files say the same of kernel and memory.
fn are_of_one_dump(one: &Kdump, other: &Kdump) -> bool {
    let (ours, theirs) = (&one.header, &other.header);
    ours.release == theirs.release
        && ours.machine == theirs.machine
        && ours.block_size == theirs.block_size
        && ours.max_pfn == theirs.max_pfn
        && ours.phys_base == theirs.phys_base
        && one.vmcoreinfo() == other.vmcoreinfo()
}

fn are_apart(one: (u64, u64), other: (u64, u64)) -> bool {
    one.1 <= other.0 || other.1 <= one.0
}

/// Other kdump-compressed files in the directory of a dump.
fn siblings(path: &Path) -> Vec<PathBuf> {
    let directory = path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Ok(entries) = fs::read_dir(directory) else { return Vec::new() };
    let mut found: Vec<PathBuf> = entries
        .take(MAX_SIBLINGS)
        .filter_map(Result::ok)
        .filter(|entry| entry.file_type().is_ok_and(|t| t.is_file()))
        .map(|entry| entry.path())
        .filter(|other| other.file_name() != path.file_name())
        .collect();
    found.sort();
    found
}

/// Opens a file that may be a member of a set.
fn open_member(path: &Path) -> Option<Kdump> {
    let source = FileSource::new(File::open(path).ok()?).ok()?;
    let prefix = source.read_vec(0, 8).ok()?;
    kdump::MAGICS.contains(&prefix.as_slice()).then_some(())?;
    Kdump::open(Box::new(source), &path.display().to_string()).ok()
}
