//! The files of supportconfig: sections, each the output of a command, a configuration file or a log.
//!
//! ```text
//! #==[ Command ]======================================#
//! # /sbin/modinfo acme
//! filename:       /lib/modules/5.14.21-default/updates/acme.ko
//!
//! #==[ Configuration File ]===========================#
//! # /proc/sys/kernel/tainted
//! 12289
//!
//! #==[ Log File ]=====================================#
//! # /var/log/messages - Last 500 Lines
//! ```
//!
//! A section is classified as if it were a file of a sosreport: a path by itself, a command by the name that sos would give
//! the file of its output. The section is read by the parser for that; its origins name the real file and line. Source:
//! `log_cmd`, `conf_files` and `log_files` of supportconfig.rc.

use std::io::{self, BufRead, Read};
use std::sync::Arc;

use super::{Draft, Source};
use crate::facts::{Located, Origin};
use crate::sosreport::layout::{self, EvidenceKind};
use crate::sosreport::lines::{LineEnd, append_line, without_end};

/// What the heading of a section begins with.
const HEADING: &[u8] = b"#==[ ";

/// Whether a text is made of sections: by its beginning, as far as it is in memory.
pub(crate) fn has_sections(beginning: &[u8]) -> bool {
    beginning.starts_with(HEADING) || memchr::memmem::find(beginning, b"\n#==[ ").is_some()
}

/// A file of supportconfig.
pub(super) fn read(source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let path = source.path.clone();
    let mut text = Section::new(source.before, source.input);
    read_preamble(&path, &mut text, draft)?;
    while text.enter()? {
        if let Some(label) = text.label()? {
            read_section(&path, &label, &mut text, draft)?;
        }
        text.skip()?;
    }
    Ok(())
}

/// What stands before the first section: the version of the script, in some of the files.
fn read_preamble(path: &Arc<str>, text: &mut Section<'_>, draft: &mut Draft) -> io::Result<()> {
    while let Some(line) = text.line()? {
        if let Some((_, version)) = line.split_once("Script Version:")
            && let Some(version) = version.split_whitespace().next()
        {
            let origin = Origin::line(path.clone(), text.number);
            draft.host.collector.offer(0, Located::new(format!("supportconfig {version}"), origin));
        }
    }
    Ok(())
}

fn read_section(path: &Arc<str>, label: &str, text: &mut Section<'_>, draft: &mut Draft) -> io::Result<()> {
    let Some(member) = member_of(label) else { return Ok(()) };
    let Some(row) = layout::classify(&member) else { return Ok(()) };
    if row.kind == EvidenceKind::Supportconfig {
        return Ok(());
    }
    draft.note(row.kind, &member, None);
    let source = Source { path: path.clone(), member: &member, before: text.number, input: text };
    super::read(row.kind, source, draft)
}

/// The path that the label of a section stands for: `/etc/modprobe.d/x.conf - Last 500 Lines` or `/sbin/lsmod | sort`.
fn member_of(label: &str) -> Option<String> {
    let label = label.trim();
    let path = label.split(" - ").next().unwrap_or(label);
    if label.ends_with("File not found") {
        return None;
    }
    let mut words = path.split_whitespace();
    let is_command =
        words.next().is_none_or(|first| !first.starts_with('/') || first.contains("bin/")) || words.next().is_some();
    if is_command { Some(command_file(label)) } else { Some(path.trim_start_matches('/').to_owned()) }
}

/// The name that sos gives the output of a command: no folder of programs, and `_` for all but letters, digits, `-`, `.`.
fn command_file(command: &str) -> String {
    let command = ["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"]
        .iter()
        .find_map(|folder| command.strip_prefix(folder))
        .unwrap_or(command);
    let mut name = String::with_capacity(command.len());
    for c in command.chars() {
        match c {
            '/' => name.push('.'),
            c if c.is_alphanumeric() || matches!(c, '-' | '.' | '_') => name.push(c),
            _ if name.ends_with('_') => {}
            _ => name.push('_'),
        }
    }
    format!("sos_commands/supportconfig/{}", name.trim_matches([' ', '.', '_', '-']))
}

/// The text up to the next heading, as an input of its own.
struct Section<'a> {
    input: &'a mut dyn BufRead,
    /// The line that is being handed out, and how much of it has been taken.
    line: Vec<u8>,
    taken: usize,
    /// Number of that line in the file.
    number: u64,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// `line` belongs to the section.
    Inside,
    /// `line` is the heading of the next section.
    AtHeading,
    /// There is no more.
    AtEnd,
}

impl<'a> Section<'a> {
    fn new(before: u64, input: &'a mut dyn BufRead) -> Self {
        Self { input, line: Vec::new(), taken: 0, number: before, state: State::Inside }
    }

    /// Goes behind the heading that was reached; false at the end of the file.
    fn enter(&mut self) -> io::Result<bool> {
        self.skip()?;
        if self.state == State::AtEnd {
            return Ok(false);
        }
        self.state = State::Inside;
        self.line.clear();
        self.taken = 0;
        Ok(true)
    }

    /// The line behind the heading, without its `# `.
    fn label(&mut self) -> io::Result<Option<String>> {
        Ok(self.line()?.and_then(|line| line.strip_prefix("# ").map(str::to_owned)))
    }

    /// Reads what is left of the section.
    fn skip(&mut self) -> io::Result<()> {
        while self.advance()? {
            self.taken = self.line.len();
        }
        Ok(())
    }

    /// The next line of the section; `None` at its end.
    fn line(&mut self) -> io::Result<Option<String>> {
        if !self.advance()? {
            return Ok(None);
        }
        let line = self.line.get(self.taken..).unwrap_or_default();
        let text = String::from_utf8_lossy(without_end(line)).into_owned();
        self.taken = self.line.len();
        Ok(Some(text))
    }

    /// Sees to it that there are bytes to be taken; false at the end of the section.
    fn advance(&mut self) -> io::Result<bool> {
        if self.state != State::Inside {
            return Ok(false);
        }
        if self.taken < self.line.len() {
            return Ok(true);
        }
        self.line.clear();
        self.taken = 0;
        if append_line(self.input, &mut self.line)? == LineEnd::Nothing {
            self.state = State::AtEnd;
            return Ok(false);
        }
        if self.line.starts_with(HEADING) {
            self.state = State::AtHeading;
        }
        // A heading is counted too: the next line is the first of its section.
        self.number = self.number.saturating_add(1);
        // What a long line has lost is its end as well.
        if self.line.len() >= crate::sosreport::lines::LONGEST && !self.line.ends_with(b"\n") {
            self.line.push(b'\n');
        }
        Ok(self.state == State::Inside)
    }
}

impl BufRead for Section<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.advance()? { Ok(self.line.get(self.taken..).unwrap_or_default()) } else { Ok(&[]) }
    }

    fn consume(&mut self, amount: usize) {
        self.taken = self.taken.saturating_add(amount).min(self.line.len());
    }
}

impl Read for Section<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Witness;
    use crate::sosreport::evidence::tests::Collected;

    #[test]
    fn labels_are_the_paths_that_sos_would_have() {
        for (label, want) in [
            ("/proc/sys/kernel/tainted", Some("proc/sys/kernel/tainted")),
            ("/var/log/messages - Last 500 Lines", Some("var/log/messages")),
            ("/etc/modprobe.conf - File not found", None),
            ("/sbin/modinfo acme", Some("sos_commands/supportconfig/modinfo_acme")),
            ("/usr/bin/lsmod | sort", Some("sos_commands/supportconfig/lsmod_sort")),
            ("/bin/date", Some("sos_commands/supportconfig/date")),
            ("date", Some("sos_commands/supportconfig/date")),
            ("dmesg -T", Some("sos_commands/supportconfig/dmesg_-T")),
            ("grep -i acme /var/log/messages", Some("sos_commands/supportconfig/grep_-i_acme_.var.log.messages")),
        ] {
            assert_eq!(member_of(label).as_deref(), want, "{label}");
        }
    }

    #[test]
    fn sections_are_read_by_the_parsers_of_their_kind() {
        let modules = "\
#==[ Command ]======================================#
# /sbin/lsmod | sort
Module                  Size  Used by
acme                   16384  0

#==[ Command ]======================================#
# /sbin/modinfo acme
filename:       /lib/modules/5.14.21-default/updates/acme.ko
license:        Proprietary
vermagic:       5.14.21-default SMP preempt mod_unload modversions

# Known Module Parameter Values
/sys/module/acme/parameters/debug=0

#==[ Configuration File ]===========================#
# /lib/modules/5.14.21-default/modules.dep
updates/acme.ko:

#==[ Configuration File ]===========================#
# /etc/modprobe.d/50-acme.conf
blacklist b
";
        let mut report = Collected::new();
        report.add("modules.txt", modules);
        report.add(
            "basic-health-check.txt",
            "#==[ Configuration File ]===========================#\r\n# /proc/sys/kernel/tainted\r\n12289\r\n",
        );
        let facts = report.finish();
        assert_eq!(facts.loaded.len(), 1);
        assert_eq!((facts.loaded[0].name.as_str(), facts.loaded[0].witness), ("acme", Witness::Lsmod));
        assert_eq!(facts.loaded[0].origin.to_string(), "modules.txt:4");
        assert_eq!(facts.module_files[0].field("license"), Some("Proprietary"));
        assert_eq!(facts.module_files[0].origin.to_string(), "modules.txt:8");
        assert_eq!(facts.locations[0].kernel.as_deref(), Some("5.14.21-default"));
        assert_eq!(facts.locations[0].origin.to_string(), "modules.txt:17");
        assert_eq!(facts.blacklists[0].origin.to_string(), "modules.txt:21");
        assert_eq!(facts.tainted[0].value, 12289);
        assert_eq!(facts.tainted[0].origin.to_string(), "basic-health-check.txt:3");
    }

    #[test]
    fn logs_inside_a_file_keep_its_line_numbers() {
        let text = "\
                          Script Version: 3.1.16-1.0
#==[ Command ]======================================#
# /bin/uname -a
Linux db1 5.14.21-default #1 SMP x86_64 x86_64 x86_64 GNU/Linux

#==[ Log File ]=====================================#
# /var/log/boot.msg
Linux version 5.14.21-default
#==[ Command ]======================================#
# journalctl --no-pager --boot 0
x
Linux version 5.14.21-default
#==[ Command ]======================================#
# journalctl --no-pager --disk-usage
Archived journals take up 1G
";
        let mut report = Collected::new();
        report.add("boot.txt", text);
        let facts = report.finish();
        let boots: Vec<_> = facts.logs.iter().map(|log| (log.lines, log.boots[0].origin.to_string())).collect();
        assert_eq!(boots, [(1, "boot.txt:8".to_owned()), (2, "boot.txt:12".to_owned())]);
        assert_eq!(facts.host.release.map(|r| r.origin.to_string()).as_deref(), Some("boot.txt:4"));
        assert_eq!(facts.host.collector.map(|c| c.value).as_deref(), Some("supportconfig 3.1.16-1.0"));
    }

    #[test]
    fn a_crash_directory_in_crash_txt_is_noted() {
        let text = "#==[ Configuration File ]===========================#\n# /var/crash/2024-05-01-10:00/vmcore-dmesg.txt\nx\n";
        let mut report = Collected::new();
        report.add("crash.txt", text);
        let facts = report.finish();
        assert_eq!(facts.crash_directories[0].path, "var/crash/2024-05-01-10:00");
        assert!(facts.crash_directories[0].has_dmesg);
    }

    #[test]
    fn a_file_without_sections_is_read_to_its_end() {
        let mut report = Collected::new();
        report.add("messages.txt", "no heading at all\n");
        assert!(report.finish().logs.is_empty());
    }
}
