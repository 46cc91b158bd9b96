//! sos 3.0 and later.

use super::{Era, Sosreport};
use crate::synth::envelope::Envelope;
use crate::synth::filler;
use crate::synth::kernel::Dialect;
use crate::synth::modinfo::{find_extra, lsmod, modinfo, modinfo_all, modules_dep, proc_modules};
use crate::synth::tree::{Node, Tree};

impl Sosreport {
    /// The whole tree of a sos 3 or 4 report.
    pub(super) fn modern(&self, tree: &mut Tree) {
        self.surroundings(tree);
        self.kernel_commands(tree);
        self.logs(tree);
        self.state(tree);
        self.root_links(tree);
    }

    fn is_debian(&self) -> bool {
        self.machine.dialect() == Dialect::Ubuntu
    }

    fn surroundings(&self, tree: &mut Tree) {
        let machine = self.at_collection();
        tree.file("version.txt", format!("sosreport: {}\n", self.sos_version));
        let files = filler::proc_files(&machine).into_iter().chain(filler::etc_files(&machine.host));
        for (path, text) in files {
            tree.file(path, text);
        }
        for (plugin, command, text) in filler::commands(&machine, self.collected) {
            let plugin = match (plugin, self.era) {
                ("general", Era::Sos4) if command == "hostname" => "host",
                ("general", Era::Sos4) if command == "uptime" => "host",
                ("date", Era::Sos32) => "general",
                (plugin, _) => plugin,
            };
            let text = if command == "sysctl -a" { self.sysctl() } else { text };
            tree.file(&self.command(plugin, command), text);
        }
        self.release_files(tree);
        self.modprobe_files(tree);
        tree.file("proc/sys/kernel/panic_on_oops", format!("{}\n", self.panic_on_oops()));
        if self.is_debian() {
            tree.file("sos_commands/dpkg/dpkg_-l", self.dpkg());
        } else {
            tree.file("sos_commands/rpm/package-data", self.package_data());
            tree.file(
                "sos_commands/rpm/sh_-c_rpm_--nodigest_-qa_--qf_NAME_-_VERSION_-_RELEASE_._ARCH_INSTALLTIME_date_awk_-F_printf_-59s_s_n_1_2_sort_-V",
                self.installed_rpms(),
            );
        }
        for unit in ["sshd", "crond", "chronyd", "rsyslog", "tuned", "kdump", "firewalld", "NetworkManager"] {
            tree.file(
                &format!("sos_commands/systemd/systemctl_show_{unit}"),
                format!("Id={unit}.service\nActiveState=active\n"),
            );
        }
        tree.file("sos_reports/sos.txt", "kernel\n  commands executed:\n    * uname -a\n    * lsmod\n");
        tree.file(
            "sos_reports/manifest.json",
            format!("{{\"version\": \"{}\", \"components\": {{}}}}\n", self.sos_version),
        );
        tree.file("sos_logs/sos.log", "INFO: [plugin:kernel] collecting\n");
        tree.file("sos_logs/ui.log", "");
    }

    fn kernel_commands(&self, tree: &mut Tree) {
        let machine = self.at_collection();
        let at = |command: &str| self.command("kernel", command);
        tree.file(&at("lsmod"), lsmod(&machine));
        if self.era == Era::Sos32 {
            let names: Vec<&str> = machine.modules.iter().map(|m| m.name.as_str()).collect();
            let all: String = machine.modules.iter().map(|m| modinfo(&machine, m)).collect();
            tree.file(&at(&format!("modinfo {}", names.join(" "))), all);
        } else {
            tree.file(&at("modinfo ALL_MODULES"), modinfo_all(&machine));
        }
        tree.file(&at("dmesg"), self.dmesg_text(Envelope::Stamped));
        if self.era == Era::Sos4 {
            tree.file(&at("dmesg -T"), self.dmesg_text(Envelope::Human));
        }
        let dkms: String = self.dkms.iter().map(|line| format!("{line}\n")).collect();
        tree.file(
            &at("dkms status"),
            if dkms.is_empty() { "bash: dkms: command not found\n".to_owned() } else { dkms },
        );
        if machine.modules.iter().any(|m| m.is_third_party()) {
            let base = format!("/lib/modules/{}", machine.kernel.release);
            tree.file(&at(&format!("find {base}/extra {base}/updates {base}/weak-updates -ls")), find_extra(&machine));
        }
        tree.file(&at("ls -lt /sys/kernel/slab"), "total 0\ndrwxr-xr-x. 2 root root 0 Mar  3 10:00 kmalloc-64\n");
        if let Some(enabled) = self.secure_boot {
            let text = if enabled { "SecureBoot enabled\n" } else { "SecureBoot disabled\n" };
            tree.file("sos_commands/boot/mokutil_--sb-state", text);
        } else if self.era != Era::Sos32 {
            tree.file("sos_commands/boot/mokutil_--sb-state", "EFI variables are not supported on this system\n");
        }
    }

    fn logs(&self, tree: &mut Tree) {
        let journal = match self.era {
            Era::Sos32 => "journalctl --all --this-boot --no-pager",
            _ => "journalctl --no-pager",
        };
        tree.file(&self.command("logs", journal), self.journal_text());
        let messages = if self.is_debian() { "var/log/kern.log" } else { "var/log/messages" };
        tree.file(messages, self.messages_text());
        tree.file("var/log/dmesg", self.boot_dmesg());
        tree.file("var/log/secure", "");
        tree.file("var/log/cron", "");
        tree.file("var/log/boot.log", "");
        for crash in &self.crashes {
            let directory = format!("var/crash/{}", crash.directory);
            tree.file(&format!("{directory}/vmcore-dmesg.txt"), self.vmcore_dmesg(&crash.log));
            if self.era == Era::Sos4 {
                tree.file(&format!("{directory}/kexec-dmesg.log"), "");
                tree.file(&format!("{directory}/vmcore-creation.status"), "saved successfully\n");
            }
        }
    }

    fn state(&self, tree: &mut Tree) {
        let machine = self.at_collection();
        let release = &machine.kernel.release;
        tree.file("proc/modules", proc_modules(&machine));
        tree.file("proc/sys/kernel/tainted", format!("{}\n", self.tainted()));
        self.sys_module(&machine, tree);
        let merged = matches!(self.era, Era::Sos4);
        let dep = format!("lib/modules/{release}/modules.dep");
        if merged {
            tree.file(&format!("usr/{dep}"), modules_dep(&machine));
            tree.symlink("lib", "usr/lib");
        } else {
            tree.file(&dep, modules_dep(&machine));
        }
        tree.file(
            &format!("boot/config-{release}"),
            "CONFIG_MODULE_SIG=y\n# CONFIG_MODULE_SIG_FORCE is not set\nCONFIG_MODULE_SIG_ALL=y\nCONFIG_MODULE_SIG_SHA256=y\n",
        );
        tree.file("sys/class/dmi/id/sys_vendor", format!("{}\n", machine.hardware.0));
        tree.file("sys/class/dmi/id/product_name", format!("{}\n", machine.hardware.1));
        tree.file("sys/devices/system/cpu/online", "0-15\n");
        if self.machine.dialect() == Dialect::El10 {
            // sos 4.9.2 and later collect the counters of the running kernel.
            let past = self.past();
            tree.file("sys/kernel/oops_count", format!("{}\n", past.oopses));
            tree.file("sys/kernel/warn_count", format!("{}\n", past.taints.matches('W').count()));
        }
        tree.file("sys/kernel/mm/transparent_hugepage/enabled", "[always] madvise never\n");
    }

    fn root_links(&self, tree: &mut Tree) {
        let host = if self.era == Era::Sos4 { "host" } else { "general" };
        let date = if self.era == Era::Sos32 { "general" } else { "date" };
        let mut link = |name: &str, target: String| {
            if tree.entries.contains_key(&target) {
                tree.put(name, Node::Symlink(target), 0o777);
            }
        };
        link("lsmod", self.command("kernel", "lsmod"));
        link("uname", self.command("kernel", "uname -a"));
        link("hostname", self.command(host, "hostname"));
        link("uptime", self.command(host, "uptime"));
        link("date", self.command(date, "date"));
        link("free", self.command("memory", "free"));
        link("df", self.command("filesys", "df -al"));
        link("mount", self.command("filesys", "mount -l"));
        link("ps", self.command("process", "ps auxwww"));
        link("lspci", self.command("pci", "lspci -nnvv"));
        link("dmidecode", self.command("hardware", "dmidecode"));
        link("installed-debs", "sos_commands/dpkg/dpkg_-l".to_owned());
        link(
            "installed-rpms",
            "sos_commands/rpm/sh_-c_rpm_--nodigest_-qa_--qf_NAME_-_VERSION_-_RELEASE_._ARCH_INSTALLTIME_date_awk_-F_printf_-59s_s_n_1_2_sort_-V".to_owned(),
        );
    }
}
