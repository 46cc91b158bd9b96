//! Which files were asked for, and every module in each: a `.ko` by itself, a driver package, an archive.

use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::facts::{Origin, Problem};
use crate::input::{self, Entry, EntryKind, Interest, Limits, Source, Visitor};
use crate::module_file::{self, Inspected, ModuleFileError, package};

/// Endings of module files in folders and archives; a file that was named itself is told by its contents.
const MODULES: [&str; 5] = [".ko", ".ko.gz", ".ko.xz", ".ko.zst", ".ko.bz2"];
/// Endings of packages in folders.
const PACKAGES: [&str; 2] = [".rpm", ".deb"];
/// What tells a compressed module from a compressed archive.
const HEAD: u64 = 128 << 10;
/// Bytes of a module in an archive that are held.
const LARGEST_MODULE: u64 = 512 << 20;

/// The files that paths stand for: of a folder its modules and packages, by name. Links inside of folders are passed
/// over, since what they lead to is there by its own name or belongs to another folder.
pub(super) fn expand(paths: &[PathBuf], problems: &mut Vec<Problem>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        for entry in WalkDir::new(path).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.file_type().is_file() && is_wanted(entry.path()) => files.push(entry.into_path()),
                Ok(_) => {}
                Err(error) => {
                    let place = error.path().unwrap_or(path).to_string_lossy().into_owned();
                    let why = error.io_error().map_or_else(|| error.to_string(), ToString::to_string);
                    problems.push(Problem::new(place, why));
                }
            }
        }
        if files.len() == before {
            problems.push(Problem::new(path.to_string_lossy(), "no module file or driver package in this folder"));
        }
    }
    files
}

fn is_wanted(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    ends_with_any(&name, &MODULES) || ends_with_any(&name, &PACKAGES)
}

fn ends_with_any(name: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| name.ends_with(ending))
}

/// What a file is, by its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Module,
    Package,
    Archive,
}

impl Kind {
    fn of(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut head = Vec::new();
        file.by_ref().take(20).read_to_end(&mut head)?;
        if head.starts_with(b"\x7fELF") {
            return Ok(Self::Module);
        }
        if package::is_package(&head) {
            return Ok(Self::Package);
        }
        file.take(HEAD).read_to_end(&mut head)?;
        Ok(if module_file::is_module(&head) { Self::Module } else { Self::Archive })
    }
}

/// Whether a file may hold several modules.
pub(super) fn may_hold_many(path: &Path) -> bool {
    Kind::of(path).is_ok_and(|kind| kind != Kind::Module)
}

/// Hands on every module of a file, or why it could not be read.
pub(super) fn each_module(path: &Path, each: &mut dyn FnMut(Result<Inspected<'_>, Problem>)) {
    let name = path.to_string_lossy();
    let kind = match Kind::of(path) {
        Ok(kind) => kind,
        Err(error) => return each(Err(Problem::new(name, error.to_string()))),
    };
    match kind {
        Kind::Module => each(named(&name, module_file::open(path, Origin::file(&*name)))),
        Kind::Package => in_package(path, &name, each),
        Kind::Archive => in_archive(path, &name, each),
    }
}

fn in_package(path: &Path, name: &str, each: &mut dyn FnMut(Result<Inspected<'_>, Problem>)) {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) => return each(Err(Problem::new(name, error.to_string()))),
    };
    let read = package::for_each_module(name, &mut file, &mut |module| {
        each(read_inside(&format!("{name}!{}", module.path), module.bytes));
    });
    match read {
        Ok(0) => each(Err(Problem::new(name, "no kernel module in this package"))),
        Ok(_) => {}
        Err(error) => each(Err(Problem::new(name, without_name(name, error.to_string())))),
    }
}

fn in_archive(path: &Path, name: &str, each: &mut dyn FnMut(Result<Inspected<'_>, Problem>)) {
    let mut modules = ArchivedModules { name, found: 0, each };
    let walked = input::walk(&Source::Path(path.to_owned()), &Limits::default(), &mut modules);
    let found = modules.found;
    match walked {
        Err(error) => each(Err(Problem::new(name, error.reason()))),
        Ok(_) if found == 0 => {
            each(Err(Problem::new(name, "neither a kernel module nor a package or archive that holds one")));
        }
        Ok(_) => {}
    }
}

/// Picks the modules out of an archive.
struct ArchivedModules<'a> {
    name: &'a str,
    found: u64,
    each: &'a mut dyn FnMut(Result<Inspected<'_>, Problem>),
}

impl Visitor for ArchivedModules<'_> {
    fn interest(&mut self, entry: &Entry<'_>) -> Interest {
        match entry.kind {
            EntryKind::Directory => Interest::Descend,
            EntryKind::File if ends_with_any(entry.path, &MODULES) => Interest::Read,
            _ => Interest::Skip,
        }
    }

    fn read(&mut self, entry: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
        self.found += 1;
        let path = format!("{}!{}", self.name, entry.path);
        let mut contents = Vec::new();
        bytes.take(LARGEST_MODULE + 1).read_to_end(&mut contents)?;
        if contents.len() as u64 > LARGEST_MODULE {
            let message = format!("a module file of more than {} MiB is not read", LARGEST_MODULE >> 20);
            (self.each)(Err(Problem::new(path, message)));
        } else {
            (self.each)(read_inside(&path, &contents));
        }
        Ok(())
    }

    fn problem(&mut self, path: &str, message: String) {
        // What was told counts as found: there is no need to say that nothing was there.
        self.found += 1;
        let place = if path == self.name { path.to_owned() } else { format!("{}!{path}", self.name) };
        (self.each)(Err(Problem::new(place, message)));
    }
}

fn read_inside<'b>(path: &str, bytes: &'b [u8]) -> Result<Inspected<'b>, Problem> {
    named(path, module_file::read(path, bytes, Origin::file(path)))
}

fn named<'b>(name: &str, read: Result<Inspected<'b>, ModuleFileError>) -> Result<Inspected<'b>, Problem> {
    read.map_err(|error| Problem::new(name, without_name(name, error.to_string())))
}

/// Problems have the path beside the message.
fn without_name(name: &str, message: String) -> String {
    match message.strip_prefix(name).and_then(|rest| rest.strip_prefix(": ")) {
        Some(rest) => rest.to_owned(),
        None => message,
    }
}
