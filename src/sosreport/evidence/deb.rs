//! `dpkg -l`: installed packages of Debian and Ubuntu.
//!
//! ```text
//! Desired=Unknown/Install/Remove/Purge/Hold
//! ||/ Name                 Version             Architecture Description
//! +++-====================-===================-============-=====================
//! ii  acme-dkms            4.2-1               all          Acme accelerator
//! rc  old-driver           1.0                 amd64        removed, its configuration is left
//! ```
//!
//! Source: dpkg-query(1): the second letter is the state, `i` for installed.

use std::io;

use super::{Draft, Source};
use crate::facts::Package;

/// The list of packages.
pub(super) fn read(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    while let Some(line) = lines.next()? {
        let mut fields = line.text.split_whitespace();
        let (Some(state), Some(name), Some(version)) = (fields.next(), fields.next(), fields.next()) else { continue };
        if !is_installed(state) || !version.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            continue;
        }
        // `libc6:amd64` names the architecture of a package that may be installed for several.
        let name = name.split(':').next().unwrap_or(name).to_owned();
        let package = Package { name, version: version.to_owned(), vendor: None, origin: line.origin() };
        if !draft.add_package(package) {
            return Ok(());
        }
    }
    Ok(())
}

fn is_installed(state: &str) -> bool {
    let mut letters = state.bytes();
    let wanted = letters.next().is_some_and(|b| b"uihrp".contains(&b));
    let installed = letters.next() == Some(b'i');
    wanted && installed && letters.all(|b| b == b'R') && state.len() <= 3
}

#[cfg(test)]
mod tests {
    use crate::sosreport::evidence::tests::read;

    #[test]
    fn installed_packages_only() {
        let text = "\
Desired=Unknown/Install/Remove/Purge/Hold
||/ Name           Version      Architecture Description
+++-==============-============-============-====================
ii  acme-dkms      4.2-1        all          Acme accelerator
hi  libc6:amd64    2.36-9       amd64        held back
rc  old-driver     1.0          amd64        removed
";
        let packages = read("installed-debs", text).packages;
        let got: Vec<_> = packages.iter().map(|p| (p.name.as_str(), p.version.as_str(), p.origin.line)).collect();
        assert_eq!(got, [("acme-dkms", "4.2-1", Some(4)), ("libc6", "2.36-9", Some(5))]);
    }
}
