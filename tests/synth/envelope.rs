//! Kernel lines as files hold them: the prefix each kind of file puts before them.

use super::clock::Clock;
use super::machine::Machine;

/// A line the kernel printed.
#[derive(Clone, Debug)]
pub struct Record {
    /// Microseconds since boot.
    pub micros: u64,
    /// Log level, 0 to 7.
    pub level: u8,
    /// Text.
    pub text: String,
    /// A second line of a record: printed without a prefix where the file is a copy of the kernel's own buffer.
    pub continued: bool,
    /// Seconds from the machine's boot time to the boot this line is of.
    pub shift: i64,
}

impl Record {
    /// A line of its own.
    pub fn new(micros: u64, level: u8, text: &str, shift: i64) -> Self {
        Self { micros, level, text: text.to_owned(), continued: false, shift }
    }
}

/// What stands before a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Envelope {
    /// Nothing, as RHEL 5 and 6 print `dmesg`.
    Bare,
    /// `[ 1234.567890] `: dmesg and vmcore-dmesg.txt.
    Stamped,
    /// `<4>`, without a stamp: vmcore-dmesg.txt of RHEL 6.
    Priority,
    /// `<4>[ 1234.567890] `.
    PriorityStamped,
    /// `[Tue Mar  3 10:00:00 2020] `: `dmesg -T`.
    Human,
    /// `Mar  3 10:00:00 host kernel: `: rsyslog on Red Hat.
    Syslog,
    /// The same with the kernel's stamp behind it: rsyslog on Ubuntu.
    SyslogStamped,
    /// `2024-05-10T21:50:54.076112+00:00 host kernel: [    1.234567] `: rsyslog on SUSE and Ubuntu 24.04.
    SyslogIso,
    /// `Mar 03 10:00:00 host kernel: `: `journalctl --no-pager`.
    Journal,
    /// `[    1.234567] host kernel: `: `journalctl -o short-monotonic`.
    JournalMonotonic,
}

/// `[ 1234.567890]`.
pub fn stamp(micros: u64) -> String {
    format!("[{:>5}.{:06}]", micros / 1_000_000, micros % 1_000_000)
}

impl Envelope {
    /// Renders records, each with its line end.
    pub fn render(self, machine: &Machine, records: &[Record]) -> String {
        let mut text = String::new();
        for record in records {
            if !record.continued || self.is_collected() {
                text.push_str(&self.prefix(machine, record));
            }
            text.push_str(&record.text);
            text.push('\n');
        }
        text
    }

    /// Whether a log daemon took the lines apart: it puts its prefix before every one.
    fn is_collected(self) -> bool {
        matches!(self, Self::Syslog | Self::SyslogStamped | Self::SyslogIso | Self::Journal | Self::JournalMonotonic)
    }

    /// What stands before a line.
    pub fn prefix(self, machine: &Machine, record: &Record) -> String {
        let wall = |format: &str| Clock { booted: machine.clock.booted + record.shift }.format(record.micros, format);
        let host = machine.short_host();
        let stamp = stamp(record.micros);
        match self {
            Self::Bare => String::new(),
            Self::Stamped => format!("{stamp} "),
            Self::Priority => format!("<{}>", record.level),
            Self::PriorityStamped => format!("<{}>{stamp} ", record.level),
            Self::Human => wall("[%a %b %e %H:%M:%S %Y] "),
            Self::Syslog => format!("{} {host} kernel: ", wall("%b %e %H:%M:%S")),
            Self::SyslogStamped => format!("{} {host} kernel: {stamp} ", wall("%b %e %H:%M:%S")),
            Self::SyslogIso => format!("{} {host} kernel: {stamp} ", wall("%Y-%m-%dT%H:%M:%S.%6f+00:00")),
            Self::Journal => format!("{} {host} kernel: ", wall("%b %d %H:%M:%S")),
            Self::JournalMonotonic => format!("{stamp} {host} kernel: "),
        }
    }
}
