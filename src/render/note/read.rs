//! The section of a case note that tells what was read, and of which machine.

use std::io;

use crate::facts::SecureBoot;
use crate::triage::Dump;

use super::super::words;
use super::page::Page;
use super::sections::{Note, place};

/// A memory dump, and by which means its parts were found.
fn dump_read(page: &mut Page<'_>, dump: &Dump) -> io::Result<()> {
    let parts = [
        ("release", dump.release_by),
        ("taint mask", dump.taint_by),
        ("modules", dump.modules_by),
        ("backtrace", dump.backtrace_by),
    ];
    let parts = parts
        .map(|(part, by)| format!("{part} {}", by.map_or_else(|| "not found".to_owned(), |by| format!("by {by}"))));
    page.item(&format!(
        "Memory dump: {} ({}); {}",
        place(page, &dump.origin),
        page.name(&dump.container),
        parts.join("; ")
    ))
}

impl Note<'_> {
    pub(super) fn what_was_read(&self, page: &mut Page<'_>) -> io::Result<()> {
        let report = self.report;
        page.heading("What was read")?;
        let member = report.member.as_deref().map(|member| format!(", member {}", page.name(member)));
        let input = page.name(&report.input);
        page.item(&format!("Input: {input} ({}){}", report.kind.as_str(), member.unwrap_or_default()))?;
        let host: Vec<String> = [
            report.host.as_deref().map(|host| page.name(host)),
            report.distro.as_ref().map(|distro| page.text(&distro.pretty)),
            report.hardware.as_deref().map(|hardware| page.text(hardware)),
        ]
        .into_iter()
        .flatten()
        .collect();
        if !host.is_empty() {
            page.item(&format!("Host: {}", host.join(", ")))?;
        }
        if let Some(collected) = &report.collected {
            page.item(&format!("Collected: {}", page.text(collected)))?;
        }
        if let Some(kernel) = &report.kernel {
            let arch = kernel.arch.as_deref().map(|arch| format!(", {}", page.name(arch))).unwrap_or_default();
            page.item(&format!("Kernel: {} ({}{arch})", page.name(&kernel.release), kernel.lineage.as_str()))?;
        }
        self.taint(page)?;
        self.sources(page)
    }

    fn taint(&self, page: &mut Page<'_>) -> io::Result<()> {
        let Some(taint) = &self.report.taint else { return Ok(()) };
        let value = taint.value.map_or_else(|| "mask not known".to_owned(), |value| value.to_string());
        let flags: Vec<String> = taint
            .flags
            .iter()
            .map(|flag| match flag.letter {
                Some(letter) => format!("{} {}", page.name(&letter.to_string()), flag.name),
                None => flag.name.to_owned(),
            })
            .collect();
        let flags = if flags.is_empty() { String::new() } else { format!(" ({})", flags.join(", ")) };
        page.item(&format!("Taint of the kernel: {value}{flags}, read in {}", place(page, &taint.origin)))
    }

    fn sources(&self, page: &mut Page<'_>) -> io::Result<()> {
        let report = self.report;
        if let Some(state) = &report.secure_boot {
            let word = match state.value {
                SecureBoot::Enabled => "enabled",
                SecureBoot::Disabled => "disabled",
                SecureBoot::Undetermined => "undetermined",
            };
            page.item(&format!("Secure Boot: {word}, read in {}", place(page, &state.origin)))?;
        }
        if report.modules_loaded > 0 {
            let third_party = report.third_party().filter(|module| module.loaded == Some(true)).count();
            page.item(&format!("Modules loaded: {}, third-party among them: {third_party}", report.modules_loaded))?;
        }
        if !report.logs_read.is_empty() {
            let logs = report.logs_read.iter().map(|(path, lines)| {
                let path = page.name(path);
                format!("{path} ({})", words::count(usize::try_from(*lines).unwrap_or(usize::MAX), "line"))
            });
            page.item(&format!("Kernel logs: {}", self.listed(logs.collect())))?;
        }
        if !report.blacklists.is_empty() {
            let kept = report.blacklists.iter();
            let kept = kept.map(|list| format!("{} by {}", page.name(&list.module), place(page, &list.origin)));
            page.item(&format!("Kept from loading: {}", self.listed(kept.collect())))?;
        }
        for directory in &report.crash_directories {
            let dump = match (directory.vmcore, directory.incomplete) {
                (_, true) => "an incomplete dump",
                (Some(_), false) => "a dump",
                (None, false) => "no dump",
            };
            let log = if directory.has_dmesg { "the kernel log of the crash" } else { "no kernel log" };
            page.item(&format!("Crash directory: {} with {dump} and {log}", page.name(&directory.path)))?;
        }
        report.dumps.iter().try_for_each(|dump| dump_read(page, dump))
    }
}
