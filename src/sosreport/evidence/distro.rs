//! Which distribution the host runs.
//!
//! ```text
//! os-release       ID="rhel"  VERSION_ID="9.4"  PRETTY_NAME="Red Hat Enterprise Linux 9.4 (Plow)"
//! redhat-release   Red Hat Enterprise Linux Server release 7.9 (Maipo)
//! SuSE-release     SUSE Linux Enterprise Server 11 (x86_64) / VERSION = 11 / PATCHLEVEL = 4
//! debian_version   12.5
//! lsb-release      DISTRIB_ID=Ubuntu  DISTRIB_RELEASE=22.04  DISTRIB_DESCRIPTION="Ubuntu 22.04.4 LTS"
//! ```
//!
//! Where both are there, os-release names the distribution and the one-line file may know the version better (CentOS 7 has
//! `VERSION_ID="7"`, but `release 7.9.2009`). Source: os-release(5); the release packages of the distributions.

use std::io;

use super::{Draft, Source};
use crate::facts::Distro;
use crate::sosreport::lines::Line;

/// What the one-line files call a distribution, and its `ID` in os-release. The first that fits counts.
const IDS: &[(&str, &str)] = &[
    ("Red Hat", "rhel"),
    ("CentOS", "centos"),
    ("Rocky", "rocky"),
    ("AlmaLinux", "almalinux"),
    ("Fedora", "fedora"),
    ("Oracle", "ol"),
    ("Enterprise Linux Enterprise Linux", "ol"),
    ("Scientific", "scientific"),
    ("Amazon", "amzn"),
    ("Alibaba", "alinux"),
    ("SUSE Linux Enterprise Desktop", "sled"),
    ("SUSE Linux Enterprise", "sles"),
    ("openSUSE", "opensuse"),
    ("Ubuntu", "ubuntu"),
    ("Debian", "debian"),
];

/// `os-release`.
pub(super) fn read_os_release(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    let (mut distro, mut place, mut name) = (Distro::default(), None, String::new());
    while let Some(line) = lines.next()? {
        let Some((key, value)) = assignment(&line.text) else { continue };
        match key {
            "ID" => {
                distro.id = value.to_ascii_lowercase();
                place = Some(line.origin());
            }
            "VERSION_ID" => distro.version = Some(value.to_owned()).filter(|version| !version.is_empty()),
            "PRETTY_NAME" => distro.pretty = value.to_owned(),
            "NAME" => name = value.to_owned(),
            _ => {}
        }
    }
    if let Some(place) = place {
        if distro.pretty.is_empty() {
            distro.pretty = name;
        }
        draft.host.os_release.offer(0, crate::facts::Located::new(distro, place));
    }
    Ok(())
}

/// `lsb-release` of Ubuntu.
pub(super) fn read_lsb_release(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    let (mut distro, mut place) = (Distro::default(), None);
    while let Some(line) = lines.next()? {
        let Some((key, value)) = assignment(&line.text) else { continue };
        match key {
            "DISTRIB_ID" => {
                distro.id = value.to_ascii_lowercase();
                place = Some(line.origin());
            }
            "DISTRIB_RELEASE" => distro.version = Some(value.to_owned()),
            "DISTRIB_DESCRIPTION" => distro.pretty = value.to_owned(),
            _ => {}
        }
    }
    if let Some(place) = place {
        draft.host.release_file.offer(1, crate::facts::Located::new(distro, place));
    }
    Ok(())
}

/// `redhat-release` and its like; `SuSE-release` goes on with `VERSION` and `PATCHLEVEL`.
pub(super) fn read_release_file(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    let Some(mut distro) = lines.first()?.and_then(|line| Some(line.located(from_pretty(&line)?))) else {
        return Ok(());
    };
    let mut version = None;
    while let Some(line) = lines.next()? {
        match assignment(&line.text) {
            Some(("VERSION", value)) => version = Some(value.to_owned()),
            Some(("PATCHLEVEL", value)) => version = version.map(|version: String| format!("{version}.{value}")),
            _ => {}
        }
    }
    if version.is_some() {
        distro.value.version = version;
    }
    draft.host.release_file.offer(0, distro);
    Ok(())
}

/// `debian_version`: a number, or `trixie/sid`.
pub(super) fn read_debian_version(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    let Some(line) = lines.first()? else { return Ok(()) };
    let version = line.text.trim();
    if version.contains(char::is_whitespace) {
        return Ok(());
    }
    let distro = Distro {
        id: "debian".to_owned(),
        version: Some(version.to_owned()),
        pretty: format!("Debian GNU/Linux {version}"),
    };
    draft.host.release_file.offer(2, line.located(distro));
    Ok(())
}

fn from_pretty(line: &Line<'_>) -> Option<Distro> {
    let pretty = line.text.trim();
    let (_, id) = IDS.iter().find(|(name, _)| pretty.contains(name))?;
    let mut words = pretty.split_whitespace().skip_while(|word| *word != "release").skip(1);
    let version =
        words.next().or_else(|| pretty.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit())));
    Some(Distro { id: (*id).to_owned(), version: version.map(str::to_owned), pretty: pretty.to_owned() })
}

/// `KEY=value`, `KEY="value"` or `KEY = value`.
fn assignment(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once('=')?;
    Some((key.trim(), value.trim().trim_matches(['"', '\''])))
}

#[cfg(test)]
mod tests {
    use crate::sosreport::evidence::tests::Collected;

    #[test]
    fn distributions_by_their_files() {
        let centos = "NAME=\"CentOS Linux\"\nVERSION=\"7 (Core)\"\nID=\"centos\"\nVERSION_ID=\"7\"\nPRETTY_NAME=\"CentOS Linux 7 (Core)\"\n";
        for (files, id, version, pretty) in [
            (
                vec![("etc/redhat-release", "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n")],
                "rhel",
                Some("7.9"),
                "Red Hat Enterprise Linux Server release 7.9 (Maipo)",
            ),
            (
                vec![("etc/os-release", centos), ("etc/redhat-release", "CentOS Linux release 7.9.2009 (Core)\n")],
                "centos",
                Some("7.9.2009"),
                "CentOS Linux 7 (Core)",
            ),
            (
                vec![("etc/SuSE-release", "SUSE Linux Enterprise Server 11 (x86_64)\nVERSION = 11\nPATCHLEVEL = 4\n")],
                "sles",
                Some("11.4"),
                "SUSE Linux Enterprise Server 11 (x86_64)",
            ),
            (
                vec![
                    ("etc/debian_version", "bookworm/sid\n"),
                    ("etc/os-release", "PRETTY_NAME=\"Ubuntu 22.04.4 LTS\"\nVERSION_ID=\"22.04\"\nID=ubuntu\n"),
                ],
                "ubuntu",
                Some("22.04"),
                "Ubuntu 22.04.4 LTS",
            ),
            (vec![("etc/debian_version", "5.0.10\n")], "debian", Some("5.0.10"), "Debian GNU/Linux 5.0.10"),
            (
                vec![(
                    "etc/lsb-release",
                    "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=10.04\nDISTRIB_DESCRIPTION=\"Ubuntu 10.04 LTS\"\n",
                )],
                "ubuntu",
                Some("10.04"),
                "Ubuntu 10.04 LTS",
            ),
        ] {
            let mut report = Collected::new();
            for (path, text) in &files {
                report.add(path, text);
            }
            let distro = report.finish().host.distro.map(|d| d.value).unwrap_or_default();
            assert_eq!(
                (distro.id.as_str(), distro.version.as_deref(), distro.pretty.as_str()),
                (id, version, pretty),
                "{files:?}"
            );
        }
    }

    #[test]
    fn a_line_that_names_no_distribution_is_no_answer() {
        let mut report = Collected::new();
        report.add("etc/system-release", "cat: no such file\n");
        assert_eq!(report.finish().host.distro, None);
    }
}
