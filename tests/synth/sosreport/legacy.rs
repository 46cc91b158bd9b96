//! sos 1.7 (RHEL 5) and 2.2 (RHEL 6).

use super::Sosreport;
use crate::synth::filler;
use crate::synth::modinfo::{lsmod, modinfo, modules_dep};
use crate::synth::module::Module;
use crate::synth::tree::Tree;

impl Sosreport {
    /// sos 1.7: `sos_commands/kernel.lsmod`, a modinfo file for each module, no proc/modules.
    pub(super) fn sos17(&self, tree: &mut Tree) {
        let machine = self.at_collection();
        self.legacy_common(tree);
        for module in &machine.modules {
            tree.file(&format!("sos_commands/kernel.modinfo_{}", module.name), modinfo(&machine, module));
        }
        tree.file("sos_commands/kernel.lsmod", lsmod(&machine));
        tree.file("sos_commands/kernel.depmod_-an", "");
        tree.symlink("lsmod", "sos_commands/kernel.lsmod");
        tree.symlink("uname", "sos_commands/kernel.uname_-a");
        tree.symlink("hostname", "sos_commands/general.hostname");
        tree.symlink("date", "sos_commands/general.date");
        tree.symlink("uptime", "sos_commands/general.uptime");
        tree.symlink("installed-rpms", "sos_commands/rpm.rpm_-qa");
        tree.file("sos_commands/rpm.rpm_-qa", self.installed_rpms());
        tree.file("sos_reports/sosreport.txt", "kernel (running)\n * commands: lsmod, uname -a\n");
    }

    /// sos 2.2: a directory for each plugin; modinfo of all modules in files whose names are cut.
    pub(super) fn sos22(&self, tree: &mut Tree) {
        let machine = self.at_collection();
        self.legacy_common(tree);
        // modinfo is asked with all names at once, and the name of the file is cut at 64 characters.
        let names: Vec<&str> = machine.modules.iter().map(|m| m.name.as_str()).collect();
        let all: String = machine.modules.iter().map(|m: &Module| modinfo(&machine, m)).collect();
        tree.file(&self.command("kernel", &format!("modinfo {}", names.join(" "))), all);
        tree.file(&self.command("kernel", "lsmod"), lsmod(&machine));
        tree.file("sos_commands/general/dmesg_now", self.dmesg_text(self.dmesg_envelope()));
        tree.symlink("sos_commands/general/dmesg", "../../var/log/dmesg");
        tree.symlink("lsmod", "sos_commands/kernel/lsmod");
        tree.symlink("uname", "sos_commands/kernel/uname_-a");
        tree.symlink("hostname", "sos_commands/general/hostname");
        tree.symlink("date", "sos_commands/general/date");
        tree.symlink("uptime", "sos_commands/general/uptime");
        tree.file("installed-rpms", self.installed_rpms());
        for module in machine.modules.iter().filter(|m| m.name.len() % 3 == 0) {
            tree.file(&format!("sys/module/{}/parameters/debug", module.name), "0\n");
        }
        for crash in &self.crashes {
            tree.file(&format!("var/crash/{}/vmcore-dmesg.txt", crash.directory), self.vmcore_dmesg(&crash.log));
        }
        tree.file("sos_reports/sosreport.txt", "kernel (running)\n * commands: lsmod, uname -a\n");
    }

    fn legacy_common(&self, tree: &mut Tree) {
        let machine = self.at_collection();
        tree.file("version.txt", format!("sosreport: {}\n", self.sos_version));
        for (path, text) in filler::proc_files(&machine) {
            tree.file(path, text);
        }
        for (path, text) in filler::etc_files(&machine.host) {
            tree.file(path, text);
        }
        for (plugin, command, text) in filler::commands(&machine, self.collected) {
            let plugin = if plugin == "date" { "general" } else { plugin };
            let text = if command == "sysctl -a" { self.sysctl() } else { text };
            tree.file(&self.command(plugin, command), text);
        }
        self.release_files(tree);
        self.modprobe_files(tree);
        tree.file("proc/sys/kernel/panic_on_oops", format!("{}\n", self.panic_on_oops()));
        tree.file("proc/sys/kernel/tainted", format!("{}\n", self.tainted()));
        tree.file(&format!("lib/modules/{}/modules.dep", machine.kernel.release), modules_dep(&machine));
        tree.file(
            &format!("boot/config-{}", machine.kernel.release),
            "CONFIG_MODULE_SIG=y\n# CONFIG_MODULE_SIG_FORCE is not set\n",
        );
        tree.file("var/log/dmesg", self.boot_dmesg());
        tree.file("var/log/messages", self.messages_text());
        tree.file("var/log/secure", "");
        tree.file("var/log/cron", "");
        tree.file("sos_logs/sos.log", "collecting\n");
        tree.file("sos_logs/ui.log", "");
    }
}
