//! A kernel log: boot messages, notices about modules, events, in the order of time.

use super::envelope::{Envelope, Record};
use super::event::Event;
use super::kernel::Dialect;
use super::machine::Machine;
use super::print::{Past, level, print};

/// How long lines are broken after the fact, as terminals and mail programs do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrap {
    /// Not at all.
    None,
    /// The module list is cut every so many columns, in the middle of words, without a prefix on what follows.
    ModuleList(usize),
    /// The module list is cut once, and what follows is one long line: the form of the vendor's own article.
    ModuleListOnce(usize),
}

#[derive(Clone, Debug)]
enum Entry {
    Boot { shift: i64 },
    Line { micros: u64, level: u8, text: String },
    Event { micros: u64, event: Box<Event> },
}

/// A kernel log before it is printed.
#[derive(Clone, Debug)]
pub struct Log {
    entries: Vec<Entry>,
    /// Seconds from the machine's boot time to the boot of this log's first line.
    shift: i64,
    wrap: Wrap,
}

fn micros(seconds: f64) -> u64 {
    // Stamps have six digits; the tests' numbers are exact in them.
    (seconds * 1_000_000.0).round() as u64
}

impl Log {
    /// An empty log of a running machine: its beginning is lost.
    pub fn new() -> Self {
        Self { entries: Vec::new(), shift: 0, wrap: Wrap::None }
    }

    /// A log that starts with the boot of the machine.
    pub fn booted() -> Self {
        Self { entries: vec![Entry::Boot { shift: 0 }], shift: 0, wrap: Wrap::None }
    }

    /// A log that starts with a boot so many seconds before the machine's boot time.
    pub fn earlier_boot(seconds: i64) -> Self {
        Self { entries: vec![Entry::Boot { shift: -seconds }], shift: -seconds, wrap: Wrap::None }
    }

    /// Adds a line.
    pub fn line(mut self, seconds: f64, text: &str) -> Self {
        self.entries.push(Entry::Line { micros: micros(seconds), level: 6, text: text.to_owned() });
        self
    }

    /// Adds lines as they are, a few microseconds apart: for what `Event` does not know.
    pub fn lines(mut self, seconds: f64, text: &str) -> Self {
        for (number, line) in (0u64..).zip(text.lines()) {
            self.entries.push(Entry::Line { micros: micros(seconds) + number * 7, level: 4, text: line.to_owned() });
        }
        self
    }

    /// Adds an event.
    pub fn event(mut self, seconds: f64, event: Event) -> Self {
        self.entries.push(Entry::Event { micros: micros(seconds), event: Box::new(event) });
        self
    }

    /// Goes on with another log.
    pub fn then(mut self, next: &Log) -> Self {
        self.entries.extend(next.entries.iter().cloned());
        self
    }

    /// Breaks long module lists.
    pub fn wrap(mut self, wrap: Wrap) -> Self {
        self.wrap = wrap;
        self
    }

    /// The text of the log in an envelope.
    pub fn render(&self, machine: &Machine, envelope: Envelope) -> String {
        envelope.render(machine, &self.wrapped(machine, envelope))
    }

    /// The lines, before an envelope is put around them.
    pub fn records(&self, machine: &Machine) -> Vec<Record> {
        let mut records = Vec::new();
        let (mut past, mut shift) = (Past::default(), self.shift);
        for entry in &self.entries {
            match entry {
                Entry::Boot { shift: of_boot } => {
                    (past, shift) = (Past::default(), *of_boot);
                    records.extend(boot(machine, shift));
                }
                Entry::Line { micros, level, text } => records.push(Record::new(*micros, *level, text, shift)),
                Entry::Event { micros, event } => {
                    let lines = print(machine, event, &mut past);
                    // A line takes a printk a few microseconds.
                    let stamps = (0u64..).map(|n| micros + n * 6 + n * n % 5);
                    let made = lines.iter().zip(stamps).map(|(text, at)| Record::new(at, level(text), text, shift));
                    records.extend(made);
                }
            }
        }
        records
    }

    /// Notes in `past` what the last boot of this log leaves behind.
    pub fn leave_behind(&self, machine: &Machine, past: &mut Past) {
        for entry in &self.entries {
            match entry {
                Entry::Boot { .. } => *past = Past::default(),
                Entry::Line { .. } => {}
                Entry::Event { event, .. } => drop(print(machine, event, past)),
            }
        }
    }

    fn wrapped(&self, machine: &Machine, envelope: Envelope) -> Vec<Record> {
        let records = self.records(machine);
        let (width, once) = match self.wrap {
            Wrap::ModuleList(width) => (width, false),
            Wrap::ModuleListOnce(width) => (width, true),
            Wrap::None => return records,
        };
        let cut = |record: Record| {
            let prefix = envelope.prefix(machine, &record).len();
            Self::cut(record, prefix, width, once)
        };
        records.into_iter().flat_map(cut).collect()
    }

    /// Cuts a module list at columns of the line as it is printed, its prefix included.
    fn cut(record: Record, prefix: usize, width: usize, once: bool) -> Vec<Record> {
        if !record.text.starts_with("Modules linked in:") || prefix + record.text.len() <= width {
            return vec![record];
        }
        let (first, mut rest) = record.text.split_at(width - prefix);
        let mut pieces = vec![first];
        while !once && rest.len() > width {
            let (piece, next) = rest.split_at(width);
            pieces.push(piece);
            rest = next;
        }
        pieces.push(rest);
        let piece = |(n, text): (usize, &&str)| Record { text: (*text).to_owned(), continued: n > 0, ..record.clone() };
        pieces.iter().enumerate().map(piece).collect()
    }
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}

/// What a kernel says while it boots, and what it says of the modules it loads.
fn boot(machine: &Machine, shift: i64) -> Vec<Record> {
    let release = &machine.kernel.release;
    let mut records = Vec::new();
    let mut say = |micros: u64, text: String| records.push(Record::new(micros, 6, &text, shift));
    let gcc = match machine.dialect() {
        Dialect::El5 => "4.1.2 20080704 (Red Hat 4.1.2-51)",
        Dialect::El6 => "4.4.7 20120313 (Red Hat 4.4.7-11)",
        Dialect::El71 | Dialect::El79 => "4.8.5 20150623 (Red Hat 4.8.5-44)",
        _ => "11.4.1 20231218 (Red Hat 11.4.1-3)",
    };
    let builder = format!("(builder@build.example.com) (gcc version {gcc})");
    say(0, format!("Linux version {release} {builder} {}", machine.version_banner()));
    say(0, format!("Command line: {}", super::filler::cmdline(machine)));
    let old = matches!(machine.dialect(), Dialect::El5 | Dialect::El6);
    for (n, text) in
        BOOT_LINES.iter().filter(|text| !old || NOT_OLD.iter().all(|new| !text.starts_with(new))).enumerate()
    {
        // The first dozen lines come before the clock runs.
        let micros = (n as u64).saturating_sub(11) * 31_417;
        say(micros, text.replace("{vendor}", &machine.hardware.0).replace("{product}", &machine.hardware.1));
    }
    records.extend(notices(machine).into_iter().enumerate().map(|(n, (continued, text))| Record {
        continued,
        ..Record::new(14_455_500 + n as u64 * 2_093, 4, &text, shift)
    }));
    records
}

/// Starts of lines that 2.6 kernels do not print.
const NOT_OLD: [&str; 4] = ["x86/fpu", "smpboot", "clocksource", "EXT4-fs"];

const BOOT_LINES: &[&str] = &[
    "x86/fpu: Supporting XSAVE feature 0x001: 'x87 floating point registers'",
    "BIOS-provided physical RAM map:",
    "BIOS-e820: [mem 0x0000000000000000-0x0000000000093fff] usable",
    "BIOS-e820: [mem 0x0000000000094000-0x000000000009ffff] reserved",
    "BIOS-e820: [mem 0x0000000000100000-0x000000006dffffff] usable",
    "BIOS-e820: [mem 0x000000006e000000-0x000000008fffffff] reserved",
    "BIOS-e820: [mem 0x0000000100000000-0x000000207fffffff] usable",
    "NX (Execute Disable) protection: active",
    "SMBIOS 2.8 present.",
    "DMI: {vendor} {product}, BIOS P89 07/20/2020",
    "tsc: Fast TSC calibration using PIT",
    "Zone ranges:",
    "  DMA      [mem 0x0000000000001000-0x0000000000ffffff]",
    "  Normal   [mem 0x0000000100000000-0x000000207fffffff]",
    "smpboot: Allowing 16 CPUs, 0 hotplug CPUs",
    "Console: colour VGA+ 80x25",
    "console [tty0] enabled",
    "Calibrating delay loop (skipped), value calculated using timer frequency.. 4788.87 BogoMIPS (lpj=2394435)",
    "pid_max: default: 32768 minimum: 301",
    "Mount-cache hash table entries: 131072",
    "CPU0: Thermal monitoring enabled (TM1)",
    "smpboot: CPU0: Intel(R) Xeon(R) CPU E5-2640 v3 @ 2.40GHz",
    "NET: Registered protocol family 16",
    "ACPI: Interpreter enabled",
    "ACPI: PCI Root Bridge [PCI0] (domain 0000 [bus 00-7f])",
    "pci 0000:02:00.0: [14e4:1657] type 00 class 0x020000",
    "pci 0000:03:00.0: [103c:3239] type 00 class 0x010400",
    "SCSI subsystem initialized",
    "clocksource: Switched to clocksource tsc",
    "TCP: Hash tables configured (established 524288 bind 65536)",
    "Freeing initrd memory: 28412k freed",
    "rtc_cmos 00:04: setting system clock to the time of the RTC",
    "scsi host0: driver attached",
    "scsi 0:0:0:0: Direct-Access     ACME     LOGICAL VOLUME   6.60 PQ: 0 ANSI: 5",
    "sd 0:0:0:0: [sda] 1172058032 512-byte logical blocks: (600 GB/558 GiB)",
    "sd 0:0:0:0: [sda] Write Protect is off",
    " sda: sda1 sda2 sda3",
    "sd 0:0:0:0: [sda] Attached SCSI disk",
    "device-mapper: ioctl: interface initialised",
    "EXT4-fs (sda1): mounted filesystem with ordered data mode. Opts: (null)",
    "Adding 16777212k swap on /dev/mapper/vg00-swap.  Priority:-1 extents:1 across:16777212k",
    "tg3 0000:02:00.0 eth0: Link is up at 1000 Mbps, full duplex",
];

/// Lines about modules as they load, oldest first; the flag is whether a line continues the one before it.
fn notices(machine: &Machine) -> Vec<(bool, String)> {
    let dialect = machine.dialect();
    let mut lines = Vec::new();
    let (mut seen_p, mut seen_o, mut seen_e) = (false, false, false);
    for module in machine.modules.iter().rev() {
        let name = &module.name;
        let early = matches!(dialect, Dialect::El5 | Dialect::El6);
        if module.flags.contains('O') && !seen_o && !early && dialect != Dialect::El71 {
            seen_o = true;
            lines.push((false, format!("{name}: loading out-of-tree module taints kernel.")));
        }
        if module.flags.contains('P') && !seen_p {
            seen_p = true;
            lines.push((false, format!("{name}: module license '{}' taints kernel.", module.license)));
            if !early {
                lines.push((false, "Disabling lock debugging due to kernel taint".to_owned()));
            }
        }
        if module.flags.contains('E') && !seen_e && !early {
            seen_e = true;
            let text = "module verification failed: signature and/or required key missing - tainting kernel";
            lines.push((false, format!("{name}: {text}")));
        }
        if module.flags.contains('T') && dialect != Dialect::Ubuntu {
            lines.push((false, format!("TECH PREVIEW: {name} may not be fully supported.")));
            lines.push((true, "Please review provided documentation for limitations.".to_owned()));
        }
        if module.flags.contains('X') && dialect == Dialect::Suse {
            lines.push((false, format!("{name}: externally supported module, setting X kernel taint flag.")));
        }
        if module.flags.contains('N') && dialect == Dialect::Suse {
            let text = "module is not supported by SUSE. Our support organization may not be able to address your \
                        support request if it involves a kernel fault.";
            lines.push((false, format!("{name}: {text}")));
        }
    }
    lines
}
