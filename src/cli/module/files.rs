//! Every module in a file: a `.ko` by itself, a driver package, an archive; or in what comes on standard input.

use std::fs::File;
use std::io::{self, BufRead, Cursor, Read};
use std::path::Path;

use super::expand::{MODULES, has_ending};
use crate::facts::{Origin, Problem};
use crate::input::{self, Entry, EntryKind, InputError, Interest, Limits, Source, Visitor, Walked};
use crate::module_file::{self, Inspected, ModuleFileError, package};

/// What tells a compressed module from a compressed archive.
const HEAD: u64 = 128 << 10;
/// Bytes of a module in an archive that are held.
const LARGEST_MODULE: u64 = 512 << 20;
/// How standard input is called.
const STANDARD_INPUT: &str = "standard input";

/// What a file is, by its contents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Module,
    Package,
    Archive,
}

impl Kind {
    fn of_file(path: &Path) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut head = Vec::new();
        file.by_ref().take(20).read_to_end(&mut head)?;
        if !head.starts_with(b"\x7fELF") && !package::is_package(&head) {
            file.take(HEAD).read_to_end(&mut head)?;
        }
        Ok(Self::of(&head))
    }

    fn of(head: &[u8]) -> Self {
        if package::is_package(head) {
            Self::Package
        } else if head.starts_with(b"\x7fELF") || module_file::is_module(head) {
            Self::Module
        } else {
            Self::Archive
        }
    }
}

/// Whether a path means standard input.
fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Whether a file may hold several modules; of standard input it is not known beforehand.
pub(super) fn may_hold_many(path: &Path) -> bool {
    !is_standard_input(path) && Kind::of_file(path).is_ok_and(|kind| kind != Kind::Module)
}

/// What is done with every module, or with why there is none.
type Each<'e> = dyn FnMut(Result<Inspected<'_>, Problem>) + 'e;

/// Hands on every module of a file, or why it could not be read.
pub(super) fn each_module(path: &Path, each: &mut Each) {
    if is_standard_input(path) {
        return from_standard_input(each);
    }
    let name = path.to_string_lossy();
    // Nearly all are what their names say: these are opened once.
    if name.ends_with(".ko") {
        match module_file::open(path, Origin::file(&*name)) {
            Err(ModuleFileError::NotAModule { .. }) => {}
            read => return each(named(&name, read)),
        }
    }
    match Kind::of_file(path) {
        Err(error) => each(Err(Problem::new(name, error.to_string()))),
        Ok(Kind::Module) => each(named(&name, module_file::open(path, Origin::file(&*name)))),
        Ok(Kind::Package) => match File::open(path) {
            Ok(mut file) => in_package(&mut file, &name, each),
            Err(error) => each(Err(Problem::new(name, error.to_string()))),
        },
        Ok(Kind::Archive) => {
            in_archive(&name, each, |modules| input::walk(&Source::Path(path.to_owned()), &Limits::default(), modules))
        }
    }
}

/// What comes is told by its first bytes, and read once: a module is held, a package or an archive is not.
fn from_standard_input(each: &mut Each) {
    let mut head = Vec::new();
    if let Err(error) = io::stdin().lock().take(HEAD).read_to_end(&mut head) {
        return each(Err(Problem::new(STANDARD_INPUT, error.to_string())));
    }
    let kind = Kind::of(&head);
    let mut whole = Cursor::new(head).chain(io::stdin());
    match kind {
        Kind::Package => in_package(&mut whole, STANDARD_INPUT, each),
        Kind::Archive => in_archive(STANDARD_INPUT, each, |modules| {
            input::walk_reader(whole, STANDARD_INPUT, &Limits::default(), modules)
        }),
        Kind::Module => match held(&mut whole) {
            Ok(bytes) => each(read_inside(STANDARD_INPUT, &bytes)),
            Err(error) => each(Err(Problem::new(STANDARD_INPUT, error.to_string()))),
        },
    }
}

/// The bytes of one module.
fn held(bytes: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut contents = Vec::new();
    bytes.take(LARGEST_MODULE + 1).read_to_end(&mut contents)?;
    if contents.len() as u64 > LARGEST_MODULE {
        let message = format!("a module file of more than {} MiB is not read", LARGEST_MODULE >> 20);
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, message));
    }
    Ok(contents)
}

fn in_package(package: &mut dyn Read, name: &str, each: &mut Each) {
    let read = package::for_each_module(name, package, &mut |module| {
        each(read_inside(&format!("{name}!{}", module.path), module.bytes));
    });
    match read {
        Ok(0) => each(Err(Problem::new(name, "no kernel module in this package"))),
        Ok(_) => {}
        Err(error) => each(Err(Problem::of(name, &error))),
    }
}

fn in_archive(name: &str, each: &mut Each, walk: impl FnOnce(&mut ArchivedModules<'_>) -> Result<Walked, InputError>) {
    let mut modules = ArchivedModules { name, found: 0, each };
    let walked = walk(&mut modules);
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
    each: &'a mut Each<'a>,
}

impl Visitor for ArchivedModules<'_> {
    fn interest(&mut self, entry: &Entry<'_>) -> Interest {
        match entry.kind {
            EntryKind::Directory => Interest::Descend,
            EntryKind::File if has_ending(entry.path, &MODULES) => Interest::Read,
            _ => Interest::Skip,
        }
    }

    fn read(&mut self, entry: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
        self.found += 1;
        let path = format!("{}!{}", self.name, entry.path);
        match held(bytes) {
            Ok(contents) => (self.each)(read_inside(&path, &contents)),
            Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                (self.each)(Err(Problem::new(path, error.to_string())));
            }
            Err(error) => return Err(error),
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
    read.map_err(|error| Problem::of(name, &error))
}
