//! Installed RPM packages, in the formats in which sos and supportconfig ask for them.
//!
//! ```text
//! installed-rpms        kernel-3.10.0-1160.el7.x86_64              Tue Mar  3 10:00:00 2020
//! package-data          kmod-acme-4.2-1.x86_64<TAB>Tue 03 Mar…<TAB>1583226000<TAB>Acme, Inc.<TAB>build1<TAB>…<TAB>RSA/SHA256, …
//! supportconfig         SIGNATURE                                VENDOR                       PACKAGE
//!                       RSA/SHA256, Mon 1 …, Key ID 70af9e81     SUSE LLC <https://www.suse.com/>   kernel-default-5.14.21-1
//! supportconfig         NAME                                DISTRIBUTION                        VERSION
//!                       kernel-default                      SUSE Linux Enterprise 15            5.14.21-1
//! ```
//!
//! A name may hold `-`, version and release may not: the last two dashes end the name. Sources: the plug-in `rpm` of sos;
//! `rpm_info()` in supportconfig; the rpm query format.

use std::io;

use super::{Draft, Source};
use crate::facts::Package;

/// Architectures that rpm appends to a package.
const ARCHITECTURES: &[&str] = &[
    "x86_64", "noarch", "i386", "i486", "i586", "i686", "athlon", "ia64", "ppc", "ppc64", "ppc64le", "s390", "s390x",
    "aarch64", "armv7hl", "riscv64", "src", "(none)",
];

/// Which columns a line has, where a heading (or the command) tells.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Columns {
    /// The package, and what may follow: a date, or columns separated by tabs.
    Package,
    /// Signature, vendor, package.
    SignatureVendorPackage,
    /// Name, distribution, version.
    NameDistributionVersion,
}

/// A list of installed packages.
pub(super) fn read(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let by_name = source.member.contains("_NAME_-35_DISTRIBUTION");
    let mut columns = if by_name { Columns::NameDistributionVersion } else { Columns::Package };
    let mut lines = source.lines();
    while let Some(line) = lines.next()? {
        let mut words = line.text.split_whitespace();
        columns = match (words.next(), words.next(), words.next()) {
            (Some("SIGNATURE"), Some("VENDOR"), Some("PACKAGE")) => Columns::SignatureVendorPackage,
            (Some("NAME"), Some("DISTRIBUTION"), Some("VERSION")) => Columns::NameDistributionVersion,
            _ => columns,
        };
        let Some(package) = parse(&line.text, columns) else { continue };
        let Parsed { name, version, vendor } = package;
        let package = Package {
            name: name.to_owned(),
            version: version.to_owned(),
            vendor: vendor.map(str::to_owned),
            origin: line.origin(),
        };
        if !draft.add_package(package) {
            return Ok(());
        }
    }
    Ok(())
}

struct Parsed<'a> {
    name: &'a str,
    version: &'a str,
    vendor: Option<&'a str>,
}

fn parse(text: &str, columns: Columns) -> Option<Parsed<'_>> {
    match columns {
        Columns::Package => {
            let (package, rest) = text.trim_start().split_once([' ', '\t']).unwrap_or((text.trim(), ""));
            let (name, version) = name_and_version(package)?;
            Some(Parsed { name, version, vendor: vendor_behind_the_date(rest) })
        }
        Columns::SignatureVendorPackage => {
            let (rest, package) = text.trim_end().rsplit_once(char::is_whitespace)?;
            let (name, version) = name_and_version(package)?;
            // The signature is padded with two blanks, and so ends at the first pair; the vendor is what is left.
            let (_, vendor) = rest.trim_start().split_once("  ")?;
            Some(Parsed { name, version, vendor: printed(vendor) })
        }
        Columns::NameDistributionVersion => {
            let (rest, version) = text.trim_end().rsplit_once(char::is_whitespace)?;
            let name = rest.split_whitespace().next()?;
            version.contains('-').then_some(Parsed { name, version, vendor: None })
        }
    }
}

/// In columns separated by tabs the vendor follows the time of installation in seconds.
fn vendor_behind_the_date(rest: &str) -> Option<&str> {
    let mut columns = rest.split('\t').map(str::trim);
    columns.find(|column| column.len() >= 9 && column.bytes().all(|b| b.is_ascii_digit()))?;
    columns.next().and_then(printed)
}

fn printed(text: &str) -> Option<&str> {
    let text = text.trim();
    (!text.is_empty() && text != "(none)").then_some(text)
}

/// `NAME-VERSION-RELEASE[.ARCH]` without the architecture.
fn name_and_version(package: &str) -> Option<(&str, &str)> {
    let package = match package.rsplit_once('.') {
        Some((head, tail)) if ARCHITECTURES.contains(&tail) => head,
        _ => package,
    };
    let release = package.rfind('-')?;
    let version = package.get(..release)?.rfind('-')?;
    let (name, rest) = package.split_at_checked(version)?;
    let rest = rest.get(1..)?;
    let is_version = rest.starts_with(|c: char| c.is_ascii_alphanumeric());
    (!name.is_empty() && is_version && !package.contains('/')).then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use crate::sosreport::evidence::tests::{Collected, read};

    fn rows(path: &str, text: &str) -> Vec<String> {
        read(path, text)
            .packages
            .iter()
            .map(|p| format!("{} {} {}", p.name, p.version, p.vendor.as_deref().unwrap_or("-")))
            .collect()
    }

    #[test]
    fn installed_rpms_have_a_name_that_may_hold_dashes() {
        let text = "\
kmod-acme-gpl-4.2-1.el8.x86_64                              Tue Mar  3 10:00:00 2020
gpg-pubkey-fd431d51-4ae0493b.(none)                         Tue 03 Mar 2020 10:00:00 AM CET
kernel-3.10.0-1160.el7.x86_64
perl-4:5.26-1.el8.noarch\tx
error: rpmdb: something
";
        assert_eq!(
            rows("installed-rpms", text),
            [
                "kmod-acme-gpl 4.2-1.el8 -",
                "gpg-pubkey fd431d51-4ae0493b -",
                "kernel 3.10.0-1160.el7 -",
                "perl 4:5.26-1.el8 -"
            ]
        );
    }

    #[test]
    fn package_data_has_the_vendor() {
        let text = "kmod-acme-4.2-1.x86_64\tTue Mar  3 10:00:00 2020\t1583226000\tAcme, Inc.\tbuild1.acme.example\t(none)\tRSA/SHA256, Key ID 1\n\
                    local-1-1.noarch\tTue Mar  3 10:00:00 2020\t1583226000\t(none)\tlocalhost\t(none)\t(none)\n";
        assert_eq!(rows("sos_commands/rpm/package-data", text), ["kmod-acme 4.2-1 Acme, Inc.", "local 1-1 -"]);
    }

    #[test]
    fn the_same_package_of_two_lists_is_one_with_its_vendor() {
        let mut report = Collected::new();
        report.add("installed-rpms", "kmod-acme-4.2-1.x86_64   Tue Mar  3 10:00:00 2020\nb-1-1.noarch x\n");
        report.add("sos_commands/rpm/package-data", "kmod-acme-4.2-1.x86_64\td\t1583226000\tAcme, Inc.\tb\tc\td\n");
        let facts = report.finish();
        let got: Vec<_> = facts.packages.iter().map(|p| (p.name.as_str(), p.vendor.as_deref())).collect();
        assert_eq!(got, [("kmod-acme", Some("Acme, Inc.")), ("b", None)]);
        assert_eq!(facts.packages[0].origin.to_string(), "sos_commands/rpm/package-data:1");
    }

    #[test]
    fn supportconfig_lists_vendor_and_distribution_in_columns() {
        let vendor = "\
SIGNATURE                                                       VENDOR                              PACKAGE
RSA/SHA256, Mon 01 Jan 2024 10:00:00 AM UTC, Key ID 70af9e8139db7c82  SUSE LLC <https://www.suse.com/>             kernel-default-5.14.21-150500.1
(none)  (none)                               acme-kmp-default-4.2_k5.14-1
";
        assert_eq!(
            rows("sos_commands/supportconfig/rpm_-qa_--queryformat_SIGPGP_pgpsig_-35_VENDOR", vendor),
            ["kernel-default 5.14.21-150500.1 SUSE LLC <https://www.suse.com/>", "acme-kmp-default 4.2_k5.14-1 -",]
        );
        let distribution = "\
NAME                                DISTRIBUTION                        VERSION
acme-kmp-default                    home:acme / SLE_15                  4.2_k5.14-1
";
        assert_eq!(
            rows("sos_commands/supportconfig/rpm_-qa_--queryformat_-35_NAME", distribution),
            ["acme-kmp-default 4.2_k5.14-1 -"]
        );
    }
}
