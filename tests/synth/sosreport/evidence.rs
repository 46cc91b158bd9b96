//! Files whose text does not depend on the collector: logs, taint, packages, the state of modules.

use super::Sosreport;
use crate::synth::clock::Clock;
use crate::synth::envelope::{Envelope, Record};
use crate::synth::filler;
use crate::synth::kernel::Dialect;
use crate::synth::log::Log;
use crate::synth::machine::Machine;
use crate::synth::numbers::number;
use crate::synth::print::Past;
use crate::synth::tree::Tree;

impl Sosreport {
    /// `kernel.tainted` at collection: of the modules, and of the events of the running kernel.
    pub(crate) fn tainted(&self) -> u64 {
        // All modules of the logs: the taint of one that is unloaded stays.
        let machine = &self.machine;
        machine.kernel.taint_value(&format!("{}{}", machine.module_taints(), self.past().taints))
    }

    /// What the events of the running kernel have left behind.
    pub(crate) fn past(&self) -> Past {
        let mut past = Past::default();
        self.dmesg.leave_behind(&self.machine, &mut past);
        past
    }

    /// `sysctl -a`, in short.
    pub(crate) fn sysctl(&self) -> String {
        format!(
            "kernel.hostname = {}\nkernel.osrelease = {}\nkernel.panic_on_oops = {}\nkernel.sysrq = 1\nkernel.tainted = {}\n\
             kernel.watchdog_thresh = 10\nvm.swappiness = 60\n",
            self.machine.host,
            self.machine.kernel.release,
            self.panic_on_oops(),
            self.tainted()
        )
    }

    /// 1 where the machine has crashed, so that a report with an oops and no crash is plausible.
    pub(crate) fn panic_on_oops(&self) -> u8 {
        u8::from(!self.crashes.is_empty())
    }

    /// dmesg as this era prints it.
    pub(crate) fn dmesg_text(&self, envelope: Envelope) -> String {
        self.dmesg.render(&self.machine, envelope)
    }

    /// The envelope of plain `dmesg`.
    pub(crate) fn dmesg_envelope(&self) -> Envelope {
        match self.machine.dialect() {
            Dialect::El5 | Dialect::El6 => Envelope::Bare,
            _ => Envelope::Stamped,
        }
    }

    /// `/var/log/dmesg`: the log of the boot alone.
    pub(crate) fn boot_dmesg(&self) -> String {
        Log::booted().render(&self.machine, self.dmesg_envelope())
    }

    /// `/var/log/messages`: kernel and user space together.
    pub(crate) fn messages_text(&self) -> String {
        let envelope = match self.machine.dialect() {
            Dialect::Ubuntu | Dialect::Suse => Envelope::SyslogIso,
            _ => Envelope::Syslog,
        };
        self.collected_log(&self.messages, envelope)
    }

    /// The journal, `short`.
    pub(crate) fn journal_text(&self) -> String {
        let banner = "-- Logs begin at ";
        let records = self.messages.records(&self.machine);
        let head = records.first().map_or(0, |record| record.shift);
        let clock = Clock { booted: self.machine.clock.booted + head };
        let begin = clock.format(0, "%a %Y-%m-%d %H:%M:%S UTC");
        let end = Clock { booted: self.collected }.format(0, "%a %Y-%m-%d %H:%M:%S UTC. --");
        let text = self.collected_log(&self.messages, Envelope::Journal);
        match self.machine.dialect() {
            Dialect::El71 | Dialect::El79 | Dialect::El8 => format!("{banner}{begin}, end at {end}\n{text}"),
            _ => text,
        }
    }

    fn collected_log(&self, log: &Log, envelope: Envelope) -> String {
        let records = log.records(&self.machine);
        let mut text = String::new();
        let mut boot = None;
        let mut chatter: &[(u64, &str, &str)] = &[];
        for (n, record) in records.iter().enumerate() {
            if boot != Some(record.shift) {
                if boot.is_some() && envelope == Envelope::Journal {
                    text.push_str("-- Reboot --\n");
                }
                boot = Some(record.shift);
                chatter = filler::CHATTER;
            }
            while let Some(((seconds, program, said), rest)) = chatter.split_first() {
                if seconds * 1_000_000 > record.micros {
                    break;
                }
                chatter = rest;
                if program.starts_with("systemd") && matches!(self.machine.dialect(), Dialect::El5 | Dialect::El6) {
                    continue;
                }
                // User space does not speak in the middle of what the kernel prints in one go.
                let micros = records.get(n.saturating_sub(1)).map_or(record.micros, |before| before.micros);
                let line = Record { micros: micros.max(seconds * 1_000_000).min(record.micros), ..record.clone() };
                let prefix = envelope.render(&self.machine, &[Record { text: String::new(), ..line }]);
                let head = prefix.split(" kernel:").next().unwrap_or_default();
                text.push_str(&format!("{head} {program}: {said}\n"));
            }
            text.push_str(&envelope.render(&self.machine, std::slice::from_ref(record)));
        }
        text
    }

    /// `installed-rpms`.
    pub(crate) fn installed_rpms(&self) -> String {
        let tag = match self.machine.dialect() {
            Dialect::El5 => "el5",
            Dialect::El6 => "el6",
            Dialect::El71 | Dialect::El79 => "el7",
            Dialect::El8 => "el8",
            Dialect::El9 => "el9",
            _ => "el10",
        };
        let mut names: Vec<String> =
            filler::PACKAGES.iter().map(|(name, version)| format!("{name}-{version}.{tag}.x86_64")).collect();
        names.push(format!("kernel-{}", self.machine.kernel.release));
        names.extend(self.packages.iter().map(|(name, version, _)| format!("{name}-{version}.x86_64")));
        names.sort();
        names.iter().map(|name| format!("{name:<71} Tue Mar  3 10:12:44 2020\n")).collect()
    }

    /// `sos_commands/rpm/package-data`: name, install time, vendor, build host, signature.
    pub(crate) fn package_data(&self) -> String {
        let own = filler::PACKAGES.iter().map(|(n, v)| (*n, *v, "Red Hat, Inc."));
        let others = self.packages.iter().map(|(n, v, vendor)| (n.as_str(), v.as_str(), vendor.as_str()));
        let line = |(name, version, vendor): (&str, &str, &str)| {
            format!(
                "{name}-{version}.x86_64\t{}\t{vendor}\tbuild.example.com\t(none)\n",
                1_583_230_364 + number(name) % 999
            )
        };
        own.chain(others).map(line).collect()
    }

    /// supportconfig's table of packages: name, distribution, version.
    pub(crate) fn rpm_table(&self) -> String {
        let own = filler::PACKAGES.iter().map(|(n, v)| (*n, *v, "SUSE Linux Enterprise 15"));
        let others = self.packages.iter().map(|(n, v, vendor)| (n.as_str(), v.as_str(), vendor.as_str()));
        own.chain(others).map(|(name, version, from)| format!("{name:<35} {from:<35} {version}\n")).collect()
    }

    /// `dpkg -l`.
    pub(crate) fn dpkg(&self) -> String {
        let head = "Desired=Unknown/Install/Remove/Purge/Hold\n||/ Name           Version        Architecture Description\n\
                    +++-==============-==============-============-=================================\n";
        let own = filler::PACKAGES.iter().map(|(n, v)| (*n, *v));
        let others = self.packages.iter().map(|(n, v, _)| (n.as_str(), v.as_str()));
        let lines = own.chain(others).map(|(n, v)| format!("ii  {n:<14} {v:<14} amd64        {n}\n"));
        format!("{head}{}", lines.collect::<String>())
    }

    /// os-release and the older release files.
    pub(crate) fn release_files(&self, tree: &mut Tree) {
        let release = &self.release;
        if release.id == "rhel" {
            tree.file("etc/redhat-release", format!("{}\n", release.pretty));
        }
        if !matches!(self.machine.dialect(), Dialect::El5 | Dialect::El6) {
            tree.file(
                "etc/os-release",
                format!(
                    "NAME=\"{}\"\nVERSION_ID=\"{}\"\nID=\"{}\"\nPRETTY_NAME=\"{}\"\n",
                    release.pretty.split(" release").next().unwrap_or_default(),
                    release.version,
                    release.id,
                    release.pretty
                ),
            );
        }
    }

    /// modprobe.d.
    pub(crate) fn modprobe_files(&self, tree: &mut Tree) {
        if self.machine.dialect() == Dialect::El5 {
            tree.file(
                "etc/modprobe.conf",
                "alias eth0 bnx2\nalias scsi_hostadapter cciss\noptions bonding max_bonds=0\n",
            );
        } else {
            tree.file(
                "etc/modprobe.d/dist-blacklist.conf",
                "blacklist i8xx_tco\nblacklist pcspkr_old\nblacklist nouveau\n",
            );
        }
        let lines = self.blacklist.iter().map(|name| format!("blacklist {name}\ninstall {name} /bin/true\n"));
        let lines: String = lines.collect();
        if !lines.is_empty() {
            tree.file("etc/modprobe.d/local.conf", lines);
        }
    }

    /// `sys/module/NAME/*`.
    pub(crate) fn sys_module(&self, machine: &Machine, tree: &mut Tree) {
        for module in &machine.modules {
            let at = |file: &str| format!("sys/module/{}/{file}", module.name);
            tree.file(&at("taint"), format!("{}\n", machine.kernel.flag_letters(&module.flags)));
            tree.file(&at("initstate"), "live\n");
            tree.file(&at("refcnt"), format!("{}\n", machine.users_of(&module.name).len()));
            if let Some(version) = &module.version {
                tree.file(&at("version"), format!("{version}\n"));
            }
            if number(&module.name) % 4 == 1 {
                tree.file(&at("parameters/debug"), "0\n");
            }
        }
        // Built into the image: no taint file, only parameters.
        tree.file("sys/module/printk/parameters/time", "Y\n");
        tree.file("sys/module/kernel/parameters/panic", "0\n");
    }
}
