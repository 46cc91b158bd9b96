//! Memory dumps, read directly: no debuginfo, no external program, nothing written to disk.
//!
//! ```no_run
//! use taintrace::facts::Origin;
//! use taintrace::vmcore::{OpenOptions, Vmcore};
//!
//! let dump = Vmcore::open("vmcore".as_ref(), &OpenOptions::default())?;
//! print!("{}", String::from_utf8_lossy(&dump.log()?.to_text()));
//! let facts = dump.facts(Origin::file("vmcore"));
//! for frame in facts.frames.iter().flat_map(|frames| &frames.value) {
//!     println!("{:?} {:?}", frame.symbol, frame.module);
//! }
//! # Ok::<(), taintrace::vmcore::VmcoreError>(())
//! ```
//!
//! From the outside in:
//!
//! | layer | does |
//! |---|---|
//! | `container` | ELF, kdump-compressed, flattened, split, wrapped: physical memory, notes, VMCOREINFO's text |
//! | `vmcoreinfo` | what the kernel exports about itself |
//! | `translate`, `memory` | kernel addresses to bytes |
//! | `printk` | the log |
//! | `kallsyms`, `btf`, `kernel` | symbols and layouts of structures |
//! | `modules`, `cpus`, `tasks` | what was loaded and what ran |
//! | `symbolize`, `unwind` | addresses to functions, stacks to backtraces |
//! | `facts` | all of it, each part failing alone |
//!
//! A dump comes from strangers. No size, count or pointer in it is believed beyond a limit; lists and tables may be
//! cyclic, pages may be missing.

mod btf;
mod bytes;
mod container;
mod cpus;
mod error;
mod facts;
mod image;
mod kallsyms;
mod kernel;
mod letters;
mod memory;
mod modules;
mod printk;
mod registers;
mod symbolize;
mod tasks;
mod translate;
mod unwind;
mod vmcoreinfo;

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(crate) use container::one_of_each_set;
use container::{Container, PhysicalMemory};
pub(crate) use error::NOT_A_DUMP;
pub use error::VmcoreError;
use kernel::Kernel;
use memory::KernelMemory;
pub use printk::{Caller, KernelLog, LogRecord};
use translate::{Machine, Translator};
pub use vmcoreinfo::Vmcoreinfo;

use crate::facts::{Origin, VmcoreFacts};

/// Bytes of a page where nothing tells.
const PAGE: u64 = 4096;

/// A step that takes long, and how far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step {
    /// A packed dump is unpacked into memory.
    Unpacking {
        /// Bytes unpacked so far.
        bytes: u64,
    },
    /// Nothing in the headers tells of VMCOREINFO, and all of memory is gone through for it.
    Scanning {
        /// Bytes of memory gone through so far.
        bytes: u64,
    },
}

/// Is told of the steps that take long, now and then.
pub type Progress = Arc<dyn Fn(Step) + Send + Sync>;

/// Limits, and the other files of a split dump.
#[derive(Clone)]
pub struct OpenOptions {
    /// The other files of a `makedumpfile --split` set; where none are named, those beside the dump are looked at.
    pub split_files: Vec<PathBuf>,
    /// Most bytes of a packed dump that are held in memory, zeros not counted.
    pub spool_limit: u64,
    /// Most bytes that a packed dump may unpack to.
    pub unpacked_limit: u64,
    /// Most bytes of memory that a scan goes through (looking for VMCOREINFO where no header tells it).
    pub scan_limit: u64,
    /// Called now and then while a step runs that takes long.
    pub progress: Option<Progress>,
}

impl Default for OpenOptions {
    /// 512 MiB held, 64 GiB unpacked, 32 GiB scanned.
    fn default() -> Self {
        Self {
            split_files: Vec::new(),
            spool_limit: 512 << 20,
            unpacked_limit: 64 << 30,
            scan_limit: 32 << 30,
            progress: None,
        }
    }
}

impl OpenOptions {
    fn tell(&self, step: Step) {
        self.progress.iter().for_each(|progress| progress(step));
    }
}

/// Whether a file starts like a memory dump that is not packed: an ELF core, kdump-compressed, or flattened.
///
/// `prefix` should have 20 bytes or more. A packed dump (gz, xz, zst) can only be told once it is unpacked.
pub fn is_vmcore(prefix: &[u8]) -> bool {
    container::is_dump(prefix)
}

/// How a dump lies on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OnDisk {
    /// As it is: it is read at positions.
    Plain,
    /// Packed (gz, bz2, xz, zst): it is unpacked into memory.
    Packed,
}

/// What a file is by its first bytes, unpacked where they are packed; `None` for what is no dump or cannot be opened.
pub(crate) fn on_disk(path: &Path) -> Option<OnDisk> {
    let file = File::open(path).ok()?;
    let mut prefix = Vec::new();
    (&file).take(64).read_to_end(&mut prefix).ok()?;
    if is_vmcore(&prefix) {
        return Some(OnDisk::Plain);
    }
    let unpacked = container::prefix_of_packed(io::Cursor::new(prefix).chain(file))?;
    is_vmcore(&unpacked).then_some(OnDisk::Packed)
}

/// A memory dump whose headers and VMCOREINFO were read.
pub struct Vmcore {
    physical: PhysicalMemory,
    /// VMCOREINFO, or why there is none.
    info: Result<Vmcoreinfo, String>,
    machine: Option<Machine>,
    /// Kernel addresses, or why they cannot be translated.
    translator: Result<Translator, String>,
}

impl Vmcore {
    /// Opens a dump.
    pub fn open(path: &Path, options: &OpenOptions) -> Result<Self, VmcoreError> {
        Ok(Self::with_container(Container::open(path, options)?, options))
    }

    /// Reads a dump from a stream that cannot seek.
    pub fn from_reader(name: &str, reader: impl Read, options: &OpenOptions) -> Result<Self, VmcoreError> {
        Ok(Self::with_container(Container::from_reader(name, reader, options)?, options))
    }

    fn with_container(container: Container, options: &OpenOptions) -> Self {
        let told = container.vmcoreinfo().map(|text| Vmcoreinfo::parse(&text, "vmcoreinfo"));
        let page_size = container.page_size().or_else(|| told.as_ref().and_then(Vmcoreinfo::page_size));
        let physical = PhysicalMemory::new(container, page_size.unwrap_or(PAGE));
        let progress = |bytes| options.tell(Step::Scanning { bytes });
        let info = match told {
            Some(info) => Ok(info),
            None => vmcoreinfo::scan(&physical, options.scan_limit, &progress),
        };
        let machine = physical.container.machine().and_then(Machine::named);
        let translator = match (&info, machine) {
            (Ok(info), Some(machine)) => Translator::new(machine, &physical, info),
            (Err(reason), _) => Err(reason.clone()),
            (_, None) => Err(format!("machine {} is not read", physical.container.machine().unwrap_or("unknown"))),
        };
        Self { physical, info, machine, translator }
    }

    /// The container as a person names it: `kdump-compressed (zlib)`.
    pub fn container(&self) -> String {
        self.physical.container.describe()
    }

    /// What the kernel exports about itself; `None` where the dump has none.
    pub fn vmcoreinfo(&self) -> Option<&Vmcoreinfo> {
        self.info.as_ref().ok()
    }

    /// Machine, such as `x86_64`.
    pub fn arch(&self) -> Option<&'static str> {
        self.machine.map(|machine| machine.name())
    }

    /// Time of the crash in seconds since 1970, as the crashing kernel wrote it.
    pub fn crash_time(&self) -> Option<i64> {
        self.vmcoreinfo()?.text("CRASHTIME")?.parse().ok()
    }

    /// Time of the boot in seconds since 1970, right to within seconds: the time of the crash, less the newest stamp of
    /// the log. `None` where the kernel did not note when it crashed (dumps that a hypervisor made).
    pub fn boot_time(&self) -> Option<i64> {
        let crashed = self.crash_time()?;
        let newest = self.log().ok()?.records().filter_map(|record| record.timestamp_ns).max()?;
        crashed.checked_sub(i64::try_from(newest / 1_000_000_000).ok()?)
    }

    /// The kernel log.
    pub fn log(&self) -> Result<KernelLog, VmcoreError> {
        let (memory, info) = self.memory("kernel log")?;
        KernelLog::read(&memory, info)
    }

    /// Everything that can be read: each part that fails is a problem and leaves the others alone.
    pub fn facts(&self, origin: Origin) -> VmcoreFacts {
        facts::gather(self, origin)
    }

    /// What is known so far to be missing or damaged.
    pub fn problems(&self) -> Vec<String> {
        let container = &self.physical.container;
        container.problems.iter().cloned().chain(self.physical.damage()).collect()
    }

    /// The kernel in the dump.
    fn kernel(&self) -> Result<Kernel<'_>, VmcoreError> {
        let (memory, info) = self.memory("kernel memory")?;
        Ok(Kernel::new(memory, info))
    }

    /// Kernel memory and VMCOREINFO, for a part that needs both.
    fn memory(&self, part: &'static str) -> Result<(KernelMemory<'_>, &Vmcoreinfo), VmcoreError> {
        let info = self.info.as_ref().map_err(|reason| VmcoreError::NoVmcoreinfo(reason.clone()))?;
        let translator = self.translator.as_ref().map_err(|reason| VmcoreError::part(part, reason))?;
        Ok((KernelMemory::new(&self.physical, translator), info))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_can_be_read_on_another_thread() {
        fn is_send<T: Send>() {}
        is_send::<Vmcore>();
        is_send::<OpenOptions>();
    }

    #[test]
    fn dumps_are_told_by_their_first_bytes() {
        let core = [b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".as_slice(), &[4, 0, 62, 0]].concat();
        let object = [b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".as_slice(), &[1, 0, 62, 0]].concat();
        let rows: [(&[u8], bool); 7] = [
            (&core, true),
            (&object, false),
            (b"KDUMP   \x06\0\0\0", true),
            (b"DISKDUMP\x01\0\0\0", true),
            (b"makedumpfile\0\0\0\0", true),
            (b"makedumpfile Completed.", false),
            (b"", false),
        ];
        for (prefix, is) in rows {
            assert_eq!(is_vmcore(prefix), is, "{}", prefix.escape_ascii());
        }
    }
}
