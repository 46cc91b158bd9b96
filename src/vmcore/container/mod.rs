//! What a dump is packed in, and physical memory out of it.
//!
//! | first bytes | container |
//! |---|---|
//! | `\x7fELF` | ELF core: `/proc/vmcore`, `makedumpfile -E`, QEMU |
//! | `KDUMP   `, `DISKDUMP` | kdump-compressed, one file or a split set |
//! | `makedumpfile` | one of these, flattened into a stream |
//! | gz, xz, zst, bz2 | one of these, wrapped: unpacked into memory within a limit |

mod bitmap;
mod elf;
mod flattened;
mod kdump;
pub(crate) mod notes;
mod page;
mod physical;
mod source;
mod split;
mod spool;
mod wrapped;

pub(crate) use physical::{PhysicalMemory, ScanEnd};
pub(crate) use split::one_of_each_set;
pub(crate) use wrapped::prefix_of_packed;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::bytes::Endian;
use super::error::{MemoryError, VmcoreError};
use super::{OpenOptions, Step};
use elf::ElfCore;
use flattened::Flattened;
use kdump::Kdump;
use source::{FileSource, Source};
use split::SplitSet;
use spool::{Spool, SpoolEnd, SpoolLimits};

/// A dump whose headers were read.
pub(crate) struct Container {
    format: Format,
    /// Words that go before the format's own: `flattened`, `zstd-wrapped`.
    layers: Vec<&'static str>,
    /// What is known to be missing or damaged.
    pub(crate) problems: Vec<String>,
}

enum Format {
    Elf(ElfCore),
    Kdump(Box<SplitSet>),
}

/// Whether bytes start like a memory dump (not wrapped): ELF core, kdump-compressed or flattened.
///
/// 20 bytes are enough; an ELF file must say that it is a core.
pub(crate) fn is_dump(prefix: &[u8]) -> bool {
    let core = |e: Endian| e.u16(prefix, 16) == Some(4);
    let order = if prefix.get(5) == Some(&2) { Endian::Big } else { Endian::Little };
    (prefix.starts_with(elf::MAGIC) && prefix.get(4) == Some(&2) && core(order))
        || kdump::MAGICS.iter().any(|magic| prefix.starts_with(magic))
        || prefix.starts_with(flattened::MAGIC)
}

impl Container {
    /// Opens a file, unwrapping it where it must be.
    pub(crate) fn open(path: &Path, options: &OpenOptions) -> Result<Self, VmcoreError> {
        let io = |source| VmcoreError::Io { path: path.to_owned(), source };
        let name = path.display().to_string();
        let mut file = File::open(path).map_err(io)?;
        let mut prefix = [0; 16];
        let n = FileSource::new(file.try_clone().map_err(io)?).and_then(|s| s.read_at(0, &mut prefix)).map_err(io)?;
        match wrapped::detect(prefix.get(..n).unwrap_or_default()) {
            Some(_) => Self::from_reader(&name, &mut file, options),
            None => Self::from_source(Box::new(FileSource::new(file).map_err(io)?), &name, Some(path), options),
        }
    }

    /// Spools a stream, unwrapping it where it must be.
    pub(crate) fn from_reader(name: &str, reader: impl Read, options: &OpenOptions) -> Result<Self, VmcoreError> {
        let too_large = |what: String| VmcoreError::TooLarge { name: name.to_owned(), what };
        let limits = SpoolLimits { kept: options.spool_limit, unpacked: options.unpacked_limit };
        let (layer, stream) = wrapped::unwrap(reader).map_err(too_large)?;
        let progress = |bytes| options.tell(Step::Unpacking { bytes });
        let (spool, end) = Spool::fill(stream, limits, &progress).map_err(too_large)?;
        let mut container = Self::from_source(Box::new(spool), name, None, options)?;
        container.layers.extend(layer);
        if let SpoolEnd::Broken(error) = end {
            container
                .problems
                .push(format!("the packed dump is truncated or damaged ({error}); what came before is used"));
        }
        Ok(container)
    }

    fn from_source(
        source: Box<dyn Source>,
        name: &str,
        path: Option<&Path>,
        options: &OpenOptions,
    ) -> Result<Self, VmcoreError> {
        let prefix = source.read_vec(0, 64).unwrap_or_default();
        let mut problems = Vec::new();
        let mut layers = Vec::new();
        let (source, prefix) = match prefix.starts_with(flattened::MAGIC) {
            true => {
                let (source, problem) = Flattened::new(source);
                problems.extend(problem);
                layers.push("flattened");
                let prefix = source.read_vec(0, 64).unwrap_or_default();
                (Box::new(source) as Box<dyn Source>, prefix)
            }
            false => (source, prefix),
        };
        let format = if prefix.starts_with(elf::MAGIC) {
            let core = ElfCore::open(source, name)?;
            if notes::are_of_process(&core.notes, core.endian) {
                return Err(VmcoreError::NotADump { name: name.to_owned() });
            }
            problems.extend(core.problem.clone());
            Format::Elf(core)
        } else if kdump::MAGICS.iter().any(|magic| prefix.starts_with(magic)) {
            let first = Kdump::open(source, name)?;
            let set = SplitSet::gather(first, path, options);
            problems.extend(set.problems());
            Format::Kdump(Box::new(set))
        } else {
            return Err(VmcoreError::NotADump { name: name.to_owned() });
        };
        Ok(Self { format, layers, problems })
    }

    /// The container as a person names it: `flattened kdump-compressed (zlib), zstd-wrapped`.
    pub(crate) fn describe(&self) -> String {
        let mut words = match &self.format {
            Format::Elf(_) => "ELF".to_owned(),
            Format::Kdump(set) => set.describe(),
        };
        for layer in &self.layers {
            match *layer {
                "flattened" => words.insert_str(0, "flattened "),
                other => words = format!("{words} in {other}"),
            }
        }
        words
    }

    /// Byte order of the machine that crashed.
    pub(crate) fn endian(&self) -> Endian {
        match &self.format {
            Format::Elf(core) => core.endian,
            Format::Kdump(set) => set.first().header.endian,
        }
    }

    /// Machine as `uname -m` names it; `None` for an ELF machine that this reader does not know.
    pub(crate) fn machine(&self) -> Option<&str> {
        match &self.format {
            Format::Elf(core) => ELF_MACHINES.iter().find(|(number, _)| *number == core.machine).map(|(_, name)| *name),
            Format::Kdump(set) => Some(set.first().header.machine.as_str()),
        }
    }

    /// Kernel release in the header; only kdump-compressed dumps have one.
    pub(crate) fn release(&self) -> Option<&str> {
        match &self.format {
            Format::Elf(_) => None,
            Format::Kdump(set) => Some(set.first().header.release.as_str()).filter(|release| !release.is_empty()),
        }
    }

    /// The text of VMCOREINFO from the sub-header or a note.
    pub(crate) fn vmcoreinfo(&self) -> Option<Vec<u8>> {
        let text = match &self.format {
            Format::Elf(_) => None,
            Format::Kdump(set) => Some(set.first().vmcoreinfo()).filter(|text| !text.is_empty()),
        };
        text.or_else(|| notes::vmcoreinfo(&self.notes(), self.endian()))
    }

    /// All ELF notes.
    pub(crate) fn notes(&self) -> Vec<u8> {
        match &self.format {
            Format::Elf(core) => core.notes.clone(),
            Format::Kdump(set) => set.first().notes(),
        }
    }

    /// Bytes of a page, where the container tells.
    pub(crate) fn page_size(&self) -> Option<u64> {
        match &self.format {
            Format::Elf(_) => None,
            Format::Kdump(set) => Some(set.first().header.block_size),
        }
    }

    /// Where the kernel image was moved to: from the sub-header, or from the segment that maps addresses at and above
    /// `image_base`.
    pub(crate) fn phys_base(&self, image_base: u64) -> Option<u64> {
        match &self.format {
            Format::Elf(core) => core
                .segments
                .iter()
                .find(|s| s.virtual_address >= image_base)
                .map(|s| s.physical.wrapping_sub(s.virtual_address - image_base)),
            Format::Kdump(set) => Some(set.first().header.phys_base),
        }
    }

    /// Reads one page of `page.len()` bytes.
    fn read_page(&self, number: u64, page: &mut [u8]) -> Result<(), MemoryError> {
        match &self.format {
            Format::Elf(core) => core.read(number.saturating_mul(page.len() as u64), page),
            Format::Kdump(set) => set.read_page(number, page),
        }
    }

    /// Reads at least the first `prefix` bytes of a page; only uncompressed dumps save work by a short one.
    fn read_prefix<'p>(&self, number: u64, page: &'p mut [u8], prefix: usize) -> Result<&'p [u8], MemoryError> {
        match &self.format {
            Format::Elf(core) => {
                let address = number.saturating_mul(page.len() as u64);
                let part = page.get_mut(..prefix).unwrap_or_default();
                core.read(address, part)?;
                Ok(part)
            }
            Format::Kdump(set) => {
                set.read_page(number, page)?;
                Ok(page)
            }
        }
    }

    /// The first page at or after `number` that the dump has bytes of.
    fn next_page(&self, number: u64, page_size: u64) -> Option<u64> {
        match &self.format {
            Format::Kdump(set) => set.next_page(number),
            Format::Elf(core) => {
                let address = core.next_stored(number.checked_mul(page_size)?)?;
                Some(number.max(address.div_ceil(page_size)))
            }
        }
    }
}

/// Machines by `e_machine`. Source: elf.h.
const ELF_MACHINES: [(u16, &str); 5] =
    [(62, "x86_64"), (183, "aarch64"), (21, "ppc64"), (22, "s390x"), (243, "riscv64")];
