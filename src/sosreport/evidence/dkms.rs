//! `dkms status`: modules that are built on the host itself.
//!
//! ```text
//! acme, 4.2, 5.4.0-80-generic, x86_64: installed                     dkms 2
//! acme/4.2, 5.14.0-427.el9.x86_64, x86_64: installed (original_module exists)      dkms 3
//! acme/4.3: added                                                    known, built for no kernel
//! ```
//!
//! Source: `show_status()` in the dkms script.

use std::io;

use super::{Draft, Source};
use crate::facts::DkmsEntry;

/// One entry a line.
pub(super) fn read(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    while let Some(line) = lines.next()? {
        let Some((what, status)) = line.text.split_once(": ") else { continue };
        let mut fields = what.split(',').map(str::trim);
        let Some(first) = fields.next() else { continue };
        let (name, version) = match first.split_once('/') {
            Some((name, version)) => (name, Some(version)),
            None => (first, fields.next()),
        };
        let Some(version) = version else { continue };
        let status = status.trim();
        let plain = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
        if !plain(name) || !plain(version) || status.is_empty() {
            continue;
        }
        let entry = DkmsEntry {
            name: name.to_owned(),
            version: version.to_owned(),
            kernel: fields.next().filter(|kernel| plain(kernel)).map(str::to_owned),
            status: status.to_owned(),
            origin: line.origin(),
        };
        if !draft.add_dkms(entry) {
            return Ok(());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::sosreport::evidence::tests::read;

    #[test]
    fn both_forms_of_a_line() {
        let text = "\
Deprecated feature: REMAKE_INITRD (/var/lib/dkms/acme/4.2/source/dkms.conf)
acme, 4.2, 5.4.0-80-generic, x86_64: installed
acme/4.2, 5.14.0-427.el9.x86_64, x86_64: installed (original_module exists)\r
acme/4.3: added
old, 1.0: added
Error! Could not locate dkms.conf file.
";
        let dkms = read("sos_commands/kernel/dkms_status", text).dkms;
        let got: Vec<_> = dkms
            .iter()
            .map(|d| (d.name.as_str(), d.version.as_str(), d.kernel.as_deref(), d.status.as_str()))
            .collect();
        assert_eq!(
            got,
            [
                ("acme", "4.2", Some("5.4.0-80-generic"), "installed"),
                ("acme", "4.2", Some("5.14.0-427.el9.x86_64"), "installed (original_module exists)"),
                ("acme", "4.3", None, "added"),
                ("old", "1.0", None, "added"),
            ]
        );
    }
}
