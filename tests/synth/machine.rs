//! The machine a report comes from: kernel, modules, hardware. Events are printed in its terms.

use super::clock::Clock;
use super::kernel::{Dialect, Kernel};
use super::module::Module;
use super::numbers::number;

/// What events and files of one report have in common.
#[derive(Clone, Debug)]
pub struct Machine {
    /// Host name, as the log prints it.
    pub host: String,
    /// Kernel.
    pub kernel: Kernel,
    /// Loaded modules, newest first, as `/proc/modules` and module lists have them.
    pub modules: Vec<Module>,
    /// DMI vendor and product.
    pub hardware: (String, String),
    /// When it booted.
    pub clock: Clock,
    /// kdump is loaded (RHEL 7.7 and later say so in events).
    pub kdump: bool,
    /// `[last unloaded: …]` of module lists, where one was unloaded.
    pub last_unloaded: Option<String>,
}

impl Machine {
    /// A machine with no modules yet.
    pub fn new(host: &str, release: &str, booted: i64) -> Self {
        Self {
            host: host.to_owned(),
            kernel: Kernel::new(release),
            modules: Vec::new(),
            hardware: ("HP".to_owned(), "ProLiant DL380 Gen9".to_owned()),
            clock: Clock { booted },
            kdump: true,
            last_unloaded: None,
        }
    }

    /// Shorthand for the kernel's dialect.
    pub fn dialect(&self) -> Dialect {
        self.kernel.dialect
    }

    /// The host name without its domain, as syslog prints it.
    pub fn short_host(&self) -> &str {
        self.host.split('.').next().unwrap_or(&self.host)
    }

    /// Taint letters of all loaded modules together, in the builder's alphabet.
    pub fn module_taints(&self) -> String {
        let mut all: Vec<char> =
            self.modules.iter().flat_map(|m| m.flags.chars()).filter(|c| c.is_alphabetic()).collect();
        all.sort_unstable();
        all.dedup();
        all.into_iter().collect()
    }

    /// Where a module is loaded: one after the other, oldest lowest. A name that is not loaded gets a place above all.
    pub fn module_address(&self, name: &str) -> u64 {
        let mut address = self.kernel.dialect.facts().module_base + 0x1_0000;
        for module in self.modules.iter().rev() {
            if module.name == name {
                return address;
            }
            address += module.size.div_ceil(0x1000) * 0x1000 + 0x4000;
        }
        address + 0x20_0000 + number(name) % 0x100 * 0x1000
    }

    /// Modules that need the named one, newest first.
    pub fn users_of(&self, name: &str) -> Vec<&str> {
        let users = self.modules.iter().filter(|m| m.depends.iter().any(|d| d == name));
        users.map(|m| m.name.as_str()).collect()
    }

    /// The head line of this kernel: `#1 SMP Tue Aug 25 17:23:54 UTC 2020` without the host.
    pub fn version_banner(&self) -> String {
        let (number, flavour) = match self.kernel.dialect {
            Dialect::Ubuntu => ("#31-Ubuntu", "SMP PREEMPT_DYNAMIC Sat Apr 20 00:40:06 UTC 2024"),
            Dialect::Suse => ("#1", "SMP PREEMPT_DYNAMIC Thu Dec 7 12:30:41 UTC 2023 (a3c7d1e)"),
            Dialect::El10 => ("#1", "SMP PREEMPT_DYNAMIC Wed Mar 5 10:11:12 UTC 2025"),
            Dialect::El9 => ("#1", "SMP PREEMPT_DYNAMIC Fri May 10 09:08:07 EDT 2024"),
            Dialect::El5 => ("#1", "SMP Fri Jul 22 04:43:29 EDT 2011"),
            _ => ("#1", "SMP Wed Oct 7 06:07:08 EDT 2020"),
        };
        format!("{number} {flavour}")
    }
}
