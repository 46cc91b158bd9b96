//! Memory dumps, read directly: no debuginfo, no external program, nothing written to disk.

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

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use container::{Container, PhysicalMemory};
pub use error::VmcoreError;
use kernel::Kernel;
use memory::KernelMemory;
pub use printk::{Caller, KernelLog, LogRecord};
use translate::{Machine, Translator};
pub use vmcoreinfo::Vmcoreinfo;

use crate::facts::{Origin, VmcoreFacts};

/// Tells how far a scan over the whole dump has come, in bytes of memory.
pub type ScanProgress = Arc<dyn Fn(u64) + Send + Sync>;

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
    /// Called now and then while a scan runs.
    pub progress: Option<ScanProgress>,
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

/// Whether a file starts like a memory dump that is not packed: an ELF core, kdump-compressed, or flattened.
///
/// `prefix` should have 20 bytes or more. A packed dump (gz, xz, zst) can only be told once it is unpacked.
pub fn is_vmcore(prefix: &[u8]) -> bool {
    container::is_dump(prefix)
}

/// A memory dump whose headers and VMCOREINFO were read.
pub struct Vmcore {
    physical: PhysicalMemory,
    info: Option<Vmcoreinfo>,
    /// Why there is no VMCOREINFO.
    no_info: String,
    machine: Option<Machine>,
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
        let text = container.vmcoreinfo();
        let info = text.map(|text| Vmcoreinfo::parse(&text, "vmcoreinfo"));
        let told = info
            .as_ref()
            .and_then(|i| i.text("PAGESIZE")?.parse::<u64>().ok())
            .filter(|s| s.is_power_of_two() && (4096..=1 << 20).contains(s));
        let page_size = container.page_size().or(told).unwrap_or(4096);
        let physical = PhysicalMemory::new(container, page_size);
        let quiet: ScanProgress = Arc::new(|_| {});
        let progress = options.progress.as_ref().unwrap_or(&quiet);
        let (info, no_info) = match info {
            Some(info) => (Some(info), String::new()),
            None => match vmcoreinfo::scan(&physical, options.scan_limit, progress.as_ref()) {
                Ok(info) => (Some(info), String::new()),
                Err(reason) => (None, reason),
            },
        };
        let machine = physical.container.machine().and_then(Machine::named);
        let translator = match (&info, machine) {
            (Some(info), Some(machine)) => Translator::new(machine, &physical, info),
            (None, _) => Err(no_info.clone()),
            (_, None) => Err(format!("machine {}", physical.container.machine().unwrap_or("unknown"))),
        };
        Self { physical, info, no_info, machine, translator }
    }

    /// The container as a person names it: `kdump-compressed (zlib)`.
    pub fn container(&self) -> String {
        self.physical.container.describe()
    }

    /// What the kernel exports about itself; `None` where the dump has none.
    pub fn vmcoreinfo(&self) -> Option<&Vmcoreinfo> {
        self.info.as_ref()
    }

    /// Machine, such as `x86_64`.
    pub fn arch(&self) -> Option<&'static str> {
        self.machine.map(|machine| machine.name())
    }

    /// Time of the crash in seconds since 1970, as the crashing kernel wrote it.
    pub fn crash_time(&self) -> Option<i64> {
        self.info.as_ref()?.text("CRASHTIME")?.parse().ok()
    }

    /// The kernel log.
    pub fn log(&self) -> Result<KernelLog, VmcoreError> {
        let info = self.info.as_ref().ok_or_else(|| VmcoreError::NoVmcoreinfo(self.no_info.clone()))?;
        let translator = self.translator.as_ref().map_err(|reason| VmcoreError::part("kernel log", reason))?;
        KernelLog::read(&KernelMemory::new(&self.physical, translator), info)
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

    fn kernel(&self) -> Result<Kernel<'_>, VmcoreError> {
        facts::kernel(self)
    }
}
