//! Modules that are kept from loading: by the configuration of modprobe and by the kernel command line.
//!
//! ```text
//! blacklist acme                              no loading by alias
//! install acme /bin/true                      no loading by name either
//! BOOT_IMAGE=… ro modprobe.blacklist=acme,b module_blacklist=c
//! ```
//!
//! Sources: modprobe.d(5); Documentation/admin-guide/kernel-parameters.txt.

use std::io;

use super::{Draft, Source};
use crate::facts::{Blacklist, Origin};
use crate::sosreport::lines::shortened;

/// Bytes of a line that are kept.
const LONGEST_TEXT: usize = 512;

/// Commands that stand for a module without loading it.
const DO_NOTHING: &[&str] = &["true", "false", ":", "exit", "echo", "null"];

/// A file of `modprobe.d`.
pub(super) fn read(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    while let Some(line) = lines.next()? {
        let text = line.text.trim();
        let mut words = text.split_whitespace();
        let module = match (words.next(), words.next(), words.next()) {
            (Some("blacklist"), Some(module), _) => module,
            (Some("install"), Some(module), Some(command)) if does_nothing(command) => module,
            (Some("alias"), Some(module), Some("off")) => module, // modutils of 2.4
            _ => continue,
        };
        if !draft.add_blacklist(Blacklist {
            module: module.to_owned(),
            text: shortened(text, LONGEST_TEXT).to_owned(),
            origin: line.origin(),
        }) {
            return Ok(());
        }
    }
    Ok(())
}

fn does_nothing(command: &str) -> bool {
    command.rsplit('/').next().is_some_and(|name| DO_NOTHING.contains(&name))
}

/// `/proc/cmdline`.
pub(super) fn read_cmdline(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    let Some(line) = lines.first()? else { return Ok(()) };
    let text = line.text.trim();
    for word in text.split_whitespace() {
        let Some((key, list)) = word.split_once('=') else { continue };
        if matches!(key, "modprobe.blacklist" | "module_blacklist") {
            add_list(key, list, &line.origin(), draft);
        }
    }
    draft.host.cmdline.offer(0, line.located(text.to_owned()));
    Ok(())
}

fn add_list(key: &str, list: &str, origin: &Origin, draft: &mut Draft) {
    for module in list.trim_matches('"').split(',').filter(|module| !module.is_empty()) {
        let text = format!("{key}={module}");
        if !draft.add_blacklist(Blacklist { module: module.to_owned(), text, origin: origin.clone() }) {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::sosreport::evidence::tests::read;

    fn rows(path: &str, text: &str) -> Vec<String> {
        read(path, text)
            .blacklists
            .iter()
            .map(|b| format!("{}: {} @{}", b.module, b.text, b.origin.line.unwrap_or(0)))
            .collect()
    }

    #[test]
    fn blacklist_and_install_lines() {
        let text = "# blacklist commented\nblacklist acme # why\n  install b /bin/true\ninstall c /sbin/modprobe -i c\r\ninstall d /usr/bin/false\nalias eth9 off\noptions e x=1\nblacklist\n";
        assert_eq!(
            rows("etc/modprobe.d/local.conf", text),
            [
                "acme: blacklist acme # why @2",
                "b: install b /bin/true @3",
                "d: install d /usr/bin/false @5",
                "eth9: alias eth9 off @6"
            ]
        );
    }

    #[test]
    fn the_command_line_may_name_several() {
        let text = "BOOT_IMAGE=/vmlinuz ro modprobe.blacklist=acme,b quiet module_blacklist=c,\n";
        assert_eq!(
            rows("proc/cmdline", text),
            ["acme: modprobe.blacklist=acme @1", "b: modprobe.blacklist=b @1", "c: module_blacklist=c @1"]
        );
        let facts = read("proc/cmdline", text);
        assert_eq!(facts.host.cmdline.map(|c| c.value).as_deref(), Some(text.trim()));
    }
}
