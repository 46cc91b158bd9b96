//! Who the host is: kernel release, machine, name, and the version of the collector.
//!
//! ```text
//! uname -a        Linux db1 5.14.0-427.el9.x86_64 #1 SMP PREEMPT_DYNAMIC Fri Feb 23 01:51:18 EST 2024 x86_64 x86_64 x86_64 GNU/Linux
//! uname -r        5.14.0-427.el9.x86_64
//! /proc/version   Linux version 5.14.0-427.el9.x86_64 (mockbuild@x86-01) (gcc …) #1 SMP …
//! hostname        db1.example.com
//! version.txt     sosreport: 4.5.6
//! ```
//!
//! Where several files tell the same, the order of trust is the number given to `offer`: the lower one stands.

use std::io;

use super::{Draft, Source};
use crate::facts::KernelRelease;

/// Machines of `uname -m`.
const MACHINES: &[&str] = &[
    "x86_64",
    "i386",
    "i486",
    "i586",
    "i686",
    "athlon",
    "ia64",
    "aarch64",
    "armv7l",
    "armv6l",
    "ppc",
    "ppc64",
    "ppc64le",
    "s390",
    "s390x",
    "riscv64",
    "loongarch64",
    "mips64",
    "sparc64",
    "alpha",
];

/// `uname -a`.
pub(super) fn read_uname(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    let Some(line) = lines.first()? else { return Ok(()) };
    let mut words = line.text.split_whitespace();
    let (Some("Linux"), Some(host), Some(release)) = (words.next(), words.next(), words.next()) else { return Ok(()) };
    draft.host.hostname.offer(2, line.located(host.to_owned()));
    draft.host.release.offer(0, line.located(KernelRelease::new(release)));
    if let Some(machine) = machine(words.rev()) {
        draft.host.arch.offer(0, line.located(machine.to_owned()));
    }
    Ok(())
}

/// The machine stands first of up to three names (machine, processor, platform) before `GNU/Linux`; the latter two may be
/// `unknown`.
fn machine<'a>(words_from_the_end: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    words_from_the_end
        .skip_while(|word| *word == "GNU/Linux")
        .take(3)
        .take_while(|word| *word == "unknown" || MACHINES.contains(word))
        .filter(|word| *word != "unknown")
        .last()
}

/// `uname -r` and `/proc/sys/kernel/osrelease`.
pub(super) fn read_release(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    if let Some(line) = lines.first()?
        && let Some(release) = kernel_release(line.text.trim())
    {
        draft.host.release.offer(1, line.located(release));
    }
    Ok(())
}

/// `/proc/version`.
pub(super) fn read_proc_version(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    if let Some(line) = lines.first()?
        && let Some(rest) = line.text.trim_start().strip_prefix("Linux version ")
        && let Some(release) = rest.split_whitespace().next().and_then(kernel_release)
    {
        draft.host.release.offer(2, line.located(release));
    }
    Ok(())
}

fn kernel_release(text: &str) -> Option<KernelRelease> {
    let is_release =
        text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('.') && !text.contains(char::is_whitespace);
    is_release.then(|| KernelRelease::new(text))
}

/// The machine that a release ends in, such as `x86_64` of `5.14.0-427.el9.x86_64`.
pub(crate) fn machine_of_release(release: &KernelRelease) -> Option<&'static str> {
    let (_, last) = release.as_str().rsplit_once(['.', '-'])?;
    let last = if last == "amd64" { "x86_64" } else { last };
    MACHINES.iter().find(|machine| **machine == last).copied()
}

/// `hostname`, and the files that hold it.
pub(super) fn read_hostname(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let trust = u8::from(source.member.starts_with("etc/") || source.member.starts_with("proc/"));
    let mut lines = source.lines();
    while let Some(line) = lines.next()? {
        let name = line.text.trim();
        let is_name = !name.is_empty() && !name.starts_with('#') && !name.contains(char::is_whitespace);
        if is_name {
            draft.host.hostname.offer(trust, line.located(name.to_owned()));
            return Ok(());
        }
    }
    Ok(())
}

/// `version.txt`.
pub(super) fn read_sos_version(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    if let Some(line) = lines.first()?
        && let Some((tool, version)) = line.text.split_once(':')
        && tool.trim_start().starts_with("sos")
        && let Some(version) = version.split_whitespace().next()
    {
        draft.host.collector.offer(0, line.located(format!("sos {version}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::sosreport::evidence::tests::{Collected, read};

    #[test]
    fn uname_of_every_distribution() {
        for (text, host, release, arch) in [
            (
                "Linux db1 3.10.0-1160.el7.x86_64 #1 SMP Mon Oct 19 16:18:59 UTC 2020 x86_64 x86_64 x86_64 GNU/Linux\n",
                "db1",
                "3.10.0-1160.el7.x86_64",
                Some("x86_64"),
            ),
            (
                "Linux old 2.6.9-89.ELsmp #1 SMP Mon Apr 20 10:34:33 EDT 2009 i686 athlon i386 GNU/Linux\n",
                "old",
                "2.6.9-89.ELsmp",
                Some("i686"),
            ),
            (
                "Linux deb 6.1.0-18-amd64 #1 SMP PREEMPT_DYNAMIC Debian 6.1.76-1 (2024-02-01) x86_64 GNU/Linux\n",
                "deb",
                "6.1.0-18-amd64",
                Some("x86_64"),
            ),
            (
                "Linux z 5.14.21-default #1 SMP Mon Mar 4 10:00:00 UTC 2024 (abc1234) s390x unknown unknown GNU/Linux\n",
                "z",
                "5.14.21-default",
                Some("s390x"),
            ),
        ] {
            let facts = read("sos_commands/kernel/uname_-a", text).host;
            assert_eq!(facts.hostname.map(|h| h.value).as_deref(), Some(host), "{text}");
            assert_eq!(facts.release.map(|r| r.value.to_string()).as_deref(), Some(release), "{text}");
            assert_eq!(facts.arch.map(|a| a.value).as_deref(), arch, "{text}");
        }
        assert_eq!(read("uname", "bash: uname: command not found\n").host, crate::facts::Host::default());
    }

    #[test]
    fn the_hostname_command_is_believed_before_uname() {
        let mut report = Collected::new();
        report.add("uname", "Linux short 5.14.0 #1 SMP x86_64 GNU/Linux\n");
        report.add("hostname", "short.example.com\n");
        report.add("etc/hostname", "other\n");
        assert_eq!(report.finish().host.hostname.map(|h| h.origin.to_string()).as_deref(), Some("hostname:1"));
    }

    #[test]
    fn the_release_alone_tells_the_machine() {
        let host = read("proc/version", "Linux version 4.18.0-80.el8.aarch64 (mockbuild@x) (gcc) #1 SMP\n").host;
        assert_eq!(host.release.map(|r| r.value.to_string()).as_deref(), Some("4.18.0-80.el8.aarch64"));
        assert_eq!(host.arch.map(|a| a.value).as_deref(), Some("aarch64"));
    }

    #[test]
    fn version_txt_names_the_collector() {
        for (text, want) in [
            ("sosreport: 3.9\n", Some("sos 3.9")),
            ("sosreport: 4.5.6\n\n## Extended\n", Some("sos 4.5.6")),
            ("something else\n", None),
        ] {
            assert_eq!(read("version.txt", text).host.collector.map(|c| c.value).as_deref(), want, "{text}");
        }
    }
}
