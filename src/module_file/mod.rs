//! One kernel module file: what it says of itself, and whether its signature holds.
//!
//! ```text
//! lpfc.ko.xz ─► container ─► image ─► elf ─► modinfo    license=GPL, vermagic=…
//!                                      │      note       build id
//!                                      └────► signature  PKCS#7, X.509 id, .module_sig ─► verify (certificates)
//! ```
//!
//! [`read`] takes a file's bytes, [`open`] a path (of a plain `.ko` it reads a few KiB only). Either gives an
//! [`Inspected`], which holds the facts and answers further: [`Inspected::verify`] with a [`TrustStore`],
//! [`Inspected::taints`] for the flags that a kernel would set on loading it, [`Inspected::describe`] for text like
//! that of modinfo, [`Inspected::explain`] for what the usual checks by hand would say.
//!
//! "Signed" is not "trusted": a signature that nobody checked, one whose key is not among the certificates, one that
//! does not fit the contents and one that is damaged are four [`SignatureState`](crate::facts::SignatureState)s.

mod container;
mod contract;
mod describe;
mod elf;
mod explain;
mod hex;
mod image;
mod load;
mod modinfo;
mod note;
pub mod package;
mod signature;
mod verify;

#[cfg(test)]
mod synth;
#[cfg(test)]
mod synth_loaded;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::fs::File;
use std::io;
use std::path::Path;

pub use self::contract::{Contract, ModuleRecord, ProblemRecord, SignatureRecord, TaintRecord, schema};
pub use self::explain::Check;
pub use self::verify::{CertificateError, TrustStore};

use self::container::Container;
use self::elf::{Elf, ElfError};
use self::image::Image;
use self::signature::Signature;
use crate::facts::{ModuleFile, Origin, Witness};

/// Why a file could not be read as a module.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModuleFileError {
    /// The first bytes are those of nothing that a module comes in.
    #[error("{name}: not a kernel module: neither ELF nor gzip, xz or zstd by its first bytes")]
    NotAModule {
        /// The file.
        name: String,
    },
    /// The compressed stream is damaged, cut, or grows too large.
    #[error("{name}: the {container} stream cannot be unpacked: {source}; is the file complete?")]
    Unpack {
        /// The file.
        name: String,
        /// `gzip`, `xz` or `zstd`.
        container: &'static str,
        /// What the decoder said.
        source: io::Error,
    },
    /// The ELF object is damaged or cut.
    #[error("{name}: not readable as an ELF object: {what}")]
    Elf {
        /// The file.
        name: String,
        /// What was found and what was expected, with the offset.
        what: String,
    },
    /// An object without `.modinfo`: no kernel module, or one of debug information only.
    #[error("{name}: an ELF object without a .modinfo section, so not a kernel module (a debug file of one?)")]
    NoModinfo {
        /// The file.
        name: String,
    },
    /// A `.modinfo` section larger than any module's.
    #[error("{name}: a .modinfo section of {size} bytes or with more strings than any module has; not read")]
    LargeModinfo {
        /// The file.
        name: String,
        /// Its size in bytes.
        size: u64,
    },
    /// The file could not be read.
    #[error("{name}: {source}")]
    Io {
        /// The file.
        name: String,
        /// What the operating system said.
        source: io::Error,
    },
}

/// A module file that was read: its facts, and what verifying and explaining it need.
#[derive(Debug)]
pub struct Inspected<'a> {
    /// The facts, as they are handed on; `signature` changes when [`Inspected::verify`] is called.
    pub file: ModuleFile,
    image: Image<'a>,
    elf: Elf,
    signatures: Vec<Signature>,
}

/// Reads a module file from its bytes, compressed or not.
///
/// `name` is the file's name or path on the machine it came from; it is what `filename` will be, and the module's name
/// where the file does not tell one.
///
/// # Errors
/// Files that are no module, or too damaged to tell what they say of themselves. A damaged signature is no error.
pub fn read<'a>(name: &str, bytes: &'a [u8], origin: Origin) -> Result<Inspected<'a>, ModuleFileError> {
    let image = match container(name, bytes)? {
        Container::Elf => Cow::Borrowed(bytes),
        packed => Cow::Owned(unpack(name, packed, bytes)?),
    };
    inspect(name, Image::Bytes(image), origin)
}

/// Reads a module file on disk; of one that is not compressed, only the parts that are needed.
///
/// The file stays open until the result is dropped, and must not change meanwhile.
///
/// # Errors
/// As [`read`], and what opening and reading the file gives.
pub fn open(path: &Path, origin: Origin) -> Result<Inspected<'static>, ModuleFileError> {
    let name = path.to_string_lossy();
    let failed = |source| ModuleFileError::Io { name: name.clone().into_owned(), source };
    let image = Image::of_file(File::open(path).map_err(failed)?).map_err(failed)?;
    let length = image.length();
    match container(&name, &image.get(0, length.min(8)).map_err(failed)?)? {
        Container::Elf => inspect(&name, image, origin),
        packed => {
            if length > container::LARGEST_MODULE {
                return Err(failed(io::ErrorKind::FileTooLarge.into()));
            }
            let unpacked = unpack(&name, packed, &image.get(0, length).map_err(failed)?)?;
            inspect(&name, Image::Bytes(Cow::Owned(unpacked)), origin)
        }
    }
}

/// Whether a file that begins with these bytes is an ELF object file, as modules are, compressed or not.
///
/// 20 bytes tell it of a plain module. A compressed one is unpacked to see what is inside, since archives share its
/// magic; 128 KiB (a zstd block) are always enough, fewer most times.
pub fn is_module(prefix: &[u8]) -> bool {
    let Some(container) = Container::of(prefix) else { return false };
    let mut head = [0; 18];
    if container.unpack_head(prefix, &mut head) < head.len() {
        return false;
    }
    // `e_type` is 1, ET_REL, in the byte order that `EI_DATA` tells.
    let [b'\x7f', b'E', b'L', b'F', _, order, .., a, b] = head else { return false };
    matches!((order, a, b), (1, 1, 0) | (2, 0, 1))
}

fn container(name: &str, head: &[u8]) -> Result<Container, ModuleFileError> {
    Container::of(head).ok_or_else(|| ModuleFileError::NotAModule { name: name.to_owned() })
}

fn unpack(name: &str, container: Container, bytes: &[u8]) -> Result<Vec<u8>, ModuleFileError> {
    let failed = |source| ModuleFileError::Unpack { name: name.to_owned(), container: container.name(), source };
    container.unpack(bytes).map_err(failed)
}

fn inspect<'a>(name: &str, mut image: Image<'a>, origin: Origin) -> Result<Inspected<'a>, ModuleFileError> {
    let io_failed = |source| ModuleFileError::Io { name: name.to_owned(), source };
    let elf = Elf::read(&mut image).map_err(|error| match error {
        ElfError::Io(source) => io_failed(source),
        damage => ModuleFileError::Elf { name: name.to_owned(), what: damage.to_string() },
    })?;
    let fields = fields(name, &image, &elf)?;
    let build_id = elf.sections.build_id.and_then(|section| {
        let bytes = image.get(section.offset, section.size.min(4096)).ok()?;
        note::build_id(&bytes, elf.layout)
    });
    let signatures = signature::find(&image, &elf).map_err(io_failed)?;
    let file = ModuleFile {
        name: module_name(name, &fields, &image, &elf),
        filename: Some(name.to_owned()),
        builtin: false,
        fields,
        signature: signature::facts(&image, &elf, &signatures).map_err(io_failed)?,
        build_id,
        witness: Witness::ModuleFile,
        origin,
    };
    Ok(Inspected { file, image, elf, signatures })
}

fn fields(name: &str, image: &Image, elf: &Elf) -> Result<Vec<(String, String)>, ModuleFileError> {
    let name = || name.to_owned();
    let section = elf.sections.modinfo.ok_or_else(|| ModuleFileError::NoModinfo { name: name() })?;
    let too_large = || ModuleFileError::LargeModinfo { name: name(), size: section.size };
    if section.size > modinfo::LARGEST_SECTION {
        return Err(too_large());
    }
    let bytes =
        image.get(section.offset, section.size).map_err(|source| ModuleFileError::Io { name: name(), source })?;
    modinfo::fields(&bytes).ok_or_else(too_large)
}

/// The name: what `.modinfo` tells (4.13 and later), else what `struct module` holds, else that of the file.
fn module_name(path: &str, fields: &[(String, String)], image: &Image, elf: &Elf) -> String {
    let told = fields.iter().find(|(key, value)| key == "name" && !value.is_empty()).map(|(_, value)| value.clone());
    let this_module = || modinfo::this_module_name(image, elf.sections.this_module?, elf.layout);
    let name = told.or_else(this_module).unwrap_or_else(|| modinfo::stem(path).to_owned());
    if name.contains('-') { name.replace('-', "_") } else { name }
}

impl Inspected<'_> {
    /// The release of the kernel that the module was built for: `4.18.0-372.26.1.el8_6.x86_64`.
    pub fn release(&self) -> Option<&str> {
        modinfo::release(&self.file.fields)
    }

    /// What `vermagic` tells beside the release, such as `SMP`, `preempt`, `mod_unload` and `modversions`.
    pub fn build_options(&self) -> impl Iterator<Item = &str> {
        modinfo::build_options(&self.file.fields)
    }
}
