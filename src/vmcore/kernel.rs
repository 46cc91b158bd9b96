//! The kernel in a dump: its memory, its symbols and the layouts of its structures, as far as they could be found.

use std::cell::OnceCell;
use std::collections::HashMap;
use std::ops::ControlFlow;

use super::btf::{self, Btf};
use super::bytes::Endian;
use super::error::VmcoreError;
use super::image::KernelImage;
use super::kallsyms::Kallsyms;
use super::memory::KernelMemory;
use super::vmcoreinfo::Vmcoreinfo;

/// Symbols that are asked for, looked up in one pass over the table.
const SYMBOLS: [&str; 18] = [
    "modules",
    "tainted_mask",
    "panic_cpu",
    "_stext",
    "_etext",
    "_sinittext",
    "_einittext",
    "__start_BTF",
    "__start_orc_unwind",
    "__start_orc_unwind_ip",
    "__stop_orc_unwind_ip",
    "__per_cpu_offset",
    "__cpu_online_mask",
    "current_task",
    "pcpu_hot",
    "init_task",
    "nr_cpu_ids",
    "crashing_cpu",
];

/// What is known of the kernel in a dump.
pub(crate) struct Kernel<'d> {
    /// Its memory.
    pub(crate) memory: KernelMemory<'d>,
    /// What it exports about itself.
    pub(crate) info: &'d Vmcoreinfo,
    /// Its image in memory; `None` where `_stext` is not told.
    pub(crate) image: Option<KernelImage>,
    /// Its symbols.
    pub(crate) kallsyms: Result<Kallsyms, VmcoreError>,
    symbols: HashMap<&'static str, u64>,
    btf: OnceCell<Result<Btf, VmcoreError>>,
}

impl<'d> Kernel<'d> {
    /// Finds the symbols; the layouts are read when they are asked for.
    pub(crate) fn new(memory: KernelMemory<'d>, info: &'d Vmcoreinfo) -> Self {
        let image = info.symbol("_stext").map(|stext| KernelImage::around(&memory, stext));
        let kallsyms = match image {
            Some(image) => Kallsyms::read(&memory, info, image),
            None => Err(VmcoreError::part("kernel symbols", "VMCOREINFO has no _stext")),
        };
        let symbols = kallsyms.as_ref().map(|table| table.addresses(&SYMBOLS)).unwrap_or_default();
        Self { memory, info, image, kallsyms, symbols, btf: OnceCell::new() }
    }

    /// The address of a symbol.
    pub(crate) fn symbol(&self, name: &str) -> Option<u64> {
        self.symbols.get(name).copied().or_else(|| self.info.symbol(name))
    }

    /// The address of a symbol, or the reason why it is not known.
    pub(crate) fn needed(&self, part: &'static str, name: &str) -> Result<u64, VmcoreError> {
        self.symbol(name).ok_or_else(|| match &self.kallsyms {
            Ok(_) => VmcoreError::part(part, format!("the kernel has no symbol {name}")),
            Err(reason) => VmcoreError::part(part, format!("no symbol {name}: {reason}")),
        })
    }

    /// The layouts of the kernel's structures.
    pub(crate) fn btf(&self) -> Result<&Btf, &VmcoreError> {
        self.btf.get_or_init(|| self.read_btf()).as_ref()
    }

    /// How facts are found that need symbols and layouts.
    pub(crate) fn by_symbols_and_layouts(&self) -> &'static str {
        match &self.kallsyms {
            Ok(table) if table.by == "kallsyms" => "kallsyms+btf",
            Ok(_) => "kallsyms (found by a scan)+btf",
            Err(_) => "btf",
        }
    }

    /// How facts are found that need symbols alone.
    pub(crate) fn by_symbols(&self) -> &'static str {
        self.kallsyms.as_ref().map_or("vmcoreinfo", |table| table.by)
    }

    /// The same kernel to a reader who does not see its layouts and, without `symbols`, its symbols.
    #[cfg(test)]
    pub(crate) fn blinded(mut self, symbols: bool) -> Self {
        self.btf = OnceCell::from(Err(VmcoreError::part("BTF", "hidden by the test")));
        if !symbols {
            self.kallsyms = Err(VmcoreError::part("kernel symbols", "hidden by the test"));
            self.symbols.clear();
        }
        self
    }

    fn read_btf(&self) -> Result<Btf, VmcoreError> {
        if let Some(address) = self.symbol("__start_BTF") {
            return btf::read_at(&self.memory, address);
        }
        let image = self.image.ok_or_else(|| VmcoreError::part("BTF", "VMCOREINFO has no _stext"))?;
        let start = match self.memory.endian() {
            Endian::Little => btf::START_LITTLE,
            Endian::Big => btf::START_BIG,
        };
        let mut found =
            Err(VmcoreError::part("BTF", "the kernel has none: neither a symbol nor a header in its image"));
        let _ = image.find(&self.memory, start, &mut |address| match btf::read_at(&self.memory, address) {
            Ok(btf) if btf.has("module") || btf.has("task_struct") => {
                found = Ok(btf);
                ControlFlow::Break(())
            }
            _ => ControlFlow::Continue(()),
        });
        found
    }

    /// Release as two numbers: `(5, 10)`.
    pub(crate) fn version(&self) -> Option<(u32, u32)> {
        let mut numbers = self.info.text("OSRELEASE")?.split(|c: char| !c.is_ascii_digit());
        let mut next = || numbers.next()?.parse().ok();
        Some((next()?, next()?))
    }
}
