//! VMCOREINFO: what the kernel exports about itself for the tools that read its dump.
//!
//! ```text
//! OSRELEASE=6.1.0-56-amd64
//! SYMBOL(_stext)=ffffffffb8200000      address, hexadecimal
//! NUMBER(phys_base)=-819986432         decimal or 0x…
//! OFFSET(list_head.next)=0             bytes, decimal
//! SIZE(printk_info)=88                 bytes, decimal
//! LENGTH(mem_section)=4096             elements, decimal
//! KERNELOFFSET=37200000                hexadecimal
//! CRASHTIME=1795581700                 seconds since 1970
//! ```
//! It stands in an ELF note or in the kdump sub-header. QEMU writes no note unless the guest has a vmcoreinfo device;
//! then the page itself is looked for: it is the one that starts with `OSRELEASE=`. Source: kernel/crash_core.c
//! (kernel/vmcore_info.c since 6.9), Documentation/admin-guide/kdump/vmcoreinfo.rst.

use std::collections::BTreeMap;

use super::bytes::until_nul;
use super::container::{PhysicalMemory, ScanEnd};

/// Most bytes that are read of it; the kernel keeps it in one page.
const MAX_BYTES: usize = 64 << 10;

/// The entries of VMCOREINFO.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vmcoreinfo {
    plain: BTreeMap<String, String>,
    numbers: BTreeMap<String, u64>,
    /// How it was found: `vmcoreinfo`, or `vmcoreinfo found by a scan`.
    pub by: &'static str,
}

impl Vmcoreinfo {
    /// Reads the text; lines without `=` and values that are no numbers where they should be are left out.
    pub(crate) fn parse(text: &[u8], by: &'static str) -> Self {
        let mut info = Self { by, ..Self::default() };
        let text = String::from_utf8_lossy(until_nul(text.get(..MAX_BYTES).unwrap_or(text)));
        for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
            let radix = match key.split_once('(') {
                Some(("SYMBOL", _)) => 16,
                Some(("NUMBER" | "OFFSET" | "SIZE" | "LENGTH", _)) => 10,
                _ => {
                    info.plain.insert(key.to_owned(), value.trim_end().to_owned());
                    continue;
                }
            };
            if let Some(number) = number(value.trim(), radix) {
                info.numbers.insert(key.to_owned(), number);
            }
        }
        info
    }

    /// A value that is text: `OSRELEASE`, `BUILD-ID`, `PAGESIZE`, `KERNELOFFSET`, `CRASHTIME`.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.plain.get(key).map(String::as_str)
    }

    /// Address of a symbol.
    pub fn symbol(&self, name: &str) -> Option<u64> {
        self.entry("SYMBOL", name)
    }

    /// A `NUMBER`; negative ones as two's complement.
    pub fn number(&self, name: &str) -> Option<u64> {
        self.entry("NUMBER", name)
    }

    /// Offset of a structure member in bytes: `printk_info.ts_nsec`.
    pub fn offset(&self, member: &str) -> Option<u64> {
        self.entry("OFFSET", member)
    }

    /// Size of a structure in bytes.
    pub fn size(&self, name: &str) -> Option<u64> {
        self.entry("SIZE", name)
    }

    /// Bytes of a page.
    pub(crate) fn page_size(&self) -> Option<u64> {
        let size = self.text("PAGESIZE")?.parse().ok()?;
        (4096..=1 << 20).contains(&size).then_some(size).filter(|size: &u64| size.is_power_of_two())
    }

    /// The first of several symbols that is there.
    pub(crate) fn first_symbol(&self, names: &[&str]) -> Option<u64> {
        names.iter().find_map(|name| self.symbol(name))
    }

    /// Names of all symbols, in alphabetical order.
    pub fn symbols(&self) -> impl Iterator<Item = &str> {
        self.numbers.keys().filter_map(|key| key.strip_prefix("SYMBOL(")?.strip_suffix(')'))
    }

    fn entry(&self, kind: &str, name: &str) -> Option<u64> {
        self.numbers.get(&format!("{kind}({name})")).copied()
    }
}

/// `-819986432`, `4096`, `0x1000`; hexadecimal without prefix where the radix is 16.
fn number(value: &str, radix: u32) -> Option<u64> {
    let (negative, digits) = value.strip_prefix('-').map_or((false, value), |rest| (true, rest));
    let magnitude = match digits.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16),
        None => u64::from_str_radix(digits, radix),
    };
    magnitude.ok().map(|n| if negative { n.wrapping_neg() } else { n })
}

/// Looks for the page that holds VMCOREINFO. `Err` says why it was not found.
pub(crate) fn scan(memory: &PhysicalMemory, limit: u64, progress: &dyn Fn(u64)) -> Result<Vmcoreinfo, String> {
    const START: &[u8] = b"OSRELEASE=";
    let mut found = None;
    let end = memory.scan(START.len(), limit, progress, &mut |address, page| {
        if !page.starts_with(START) {
            return false;
        }
        let mut text = vec![0; 4096];
        let whole = memory.read(address, &mut text).is_ok() && text.windows(7).any(|w| w == b"SYMBOL(");
        if whole {
            found = Some(Vmcoreinfo::parse(&text, "vmcoreinfo found by a scan"));
        }
        whole
    });
    found.ok_or_else(|| match end {
        ScanEnd::Done => "no note, none in the sub-header, and no page of the dump starts with it".to_owned(),
        ScanEnd::Lost(address) => {
            format!("no note, none in the sub-header, and from physical address {address:#x} on no page can be read")
        }
        ScanEnd::Limit(bytes) => format!("no note, and none in the first {} MiB that were scanned", bytes >> 20),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_entry_has_its_own_notation() {
        let info = Vmcoreinfo::parse(
            b"OSRELEASE=6.1.0-9-test\nSYMBOL(_stext)=ffffffff81000000\nNUMBER(phys_base)=-4096\n\
              NUMBER(KERNEL_IMAGE_SIZE)=0x40000000\nOFFSET(list_head.prev)=8\nSIZE(printk_info)=88\n\
              LENGTH(mem_section)=2048\nKERNELOFFSET=2be00000\nCRASHTIME=1700000000\n\0SYMBOL(after)=1\n",
            "vmcoreinfo",
        );
        assert_eq!(info.text("OSRELEASE"), Some("6.1.0-9-test"));
        assert_eq!(info.symbol("_stext"), Some(0xffff_ffff_8100_0000));
        assert_eq!(info.number("phys_base"), Some(4096_u64.wrapping_neg()));
        assert_eq!(info.number("KERNEL_IMAGE_SIZE"), Some(0x4000_0000));
        assert_eq!(info.offset("list_head.prev"), Some(8));
        assert_eq!(info.size("printk_info"), Some(88));
        assert_eq!(info.text("KERNELOFFSET"), Some("2be00000"));
        assert_eq!(info.symbol("after"), None, "what is behind the NUL is not its text");
        assert_eq!(info.symbols().collect::<Vec<_>>(), ["_stext"]);
    }

    #[test]
    fn damaged_lines_are_left_out_alone() {
        let info = Vmcoreinfo::parse(b"\xff\xfe\nSYMBOL(prb)=zz\nSIZE()=\nSYMBOL(ok)=10\nnonsense\n=\n", "vmcoreinfo");
        assert_eq!(info.symbol("prb"), None);
        assert_eq!(info.symbol("ok"), Some(16));
    }
}
