//! SUSE's supportconfig: a handful of long text files of sections under `#==[ Command ]===` headings.

use super::clock::format_epoch;
use super::envelope::Envelope;
use super::filler;
use super::modinfo::{find_extra, lsmod, modinfo, proc_modules};
use super::sosreport::Sosreport;
use super::tree::Tree;

/// One section.
fn section(kind: &str, what: &str, text: &str) -> String {
    let rule = format!("#==[ {kind} ]");
    format!("{rule:=<76}#\n# {what}\n{text}\n")
}

/// Fills the tree of a supportconfig.
pub fn write(report: &Sosreport, tree: &mut Tree) {
    let machine = &report.machine;
    let head = format!(
        "=============================================================================\n\
         \x20                    Support Utilities - Supportconfig\n\
         \x20                         Script Version: {}\n\
         =============================================================================\n\n",
        report.sos_version
    );
    let command = |what: &str, text: &str| section("Command", what, text);
    let file = |what: &str, text: &str| section("Configuration File", what, text);
    let log = |what: &str, text: &str| section("Log File", what, text);
    let mut put = |name: &str, text: String| tree.file(name, format!("{head}{text}"));

    let os_release = format!(
        "NAME=\"SLES\"\nVERSION=\"15-SP5\"\nVERSION_ID=\"{}\"\nPRETTY_NAME=\"{}\"\nID=\"sles\"\n",
        report.release.version, report.release.pretty
    );
    put(
        "basic-environment.txt",
        command("/bin/date", &filler::date(report.collected))
            + &command("/bin/uname -a", &filler::uname(machine))
            + &file("/etc/os-release", &os_release)
            + &section(
                "Summary",
                "Kernel Status",
                &format!("  Status --  Tainted: {}\n  Kernel Version:  {}\n", report.tainted(), machine.kernel.release),
            ),
    );
    let modinfo: String =
        machine.modules.iter().map(|m| command(&format!("/sbin/modinfo {}", m.name), &modinfo(machine, m))).collect();
    put(
        "modules.txt",
        command("/sbin/lsmod | sort", &lsmod(machine))
            + &file("/proc/modules", &proc_modules(machine))
            + &command("/usr/bin/find /lib/modules -ls", &find_extra(machine))
            + &modinfo,
    );
    put(
        "boot.txt",
        file("/proc/cmdline", &format!("{}\n", filler::cmdline(machine)))
            + &command("/bin/dmesg", &report.dmesg_text(Envelope::Stamped))
            + &command("/usr/bin/mokutil --sb-state", "EFI variables are not supported on this system\n"),
    );
    put("messages.txt", log("/var/log/messages - Last 500 Lines", &report.messages_text()));
    let dumps: String =
        report.crash_logs().iter().map(|(name, text)| log(&format!("/var/crash/{name}/dmesg.txt"), text)).collect();
    let listing = "total 0\n";
    put(
        "crash.txt",
        command("/usr/bin/rpm -V kdump", "")
            + &command("/bin/ls -alhR --time-style=long-iso /var/crash/", listing)
            + &dumps,
    );
    put("sysctl.txt", command("/sbin/sysctl -a", &report.sysctl()));
    put(
        "rpm.txt",
        command(
            "/bin/rpm -qa --queryformat \"%-35{NAME} %-35{DISTRIBUTION} %{VERSION}-%{RELEASE}\"",
            &report.rpm_table(),
        ),
    );
    put(
        "hardware.txt",
        command("/usr/sbin/dmidecode", &format!("System Information\n\tManufacturer: {}\n", machine.hardware.0)),
    );
    put("env.txt", command("/usr/bin/env", "LANG=POSIX\nPATH=/sbin:/bin:/usr/sbin:/usr/bin\n"));
    put("fs-diskio.txt", command("/bin/mount", "/dev/sda2 on / type btrfs (rw,relatime)\n"));
    put("network.txt", command("/sbin/ip addr", "2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500\n"));
    put("memory.txt", file("/proc/meminfo", "MemTotal:       131072000 kB\n"));
    put("proc.txt", file("/proc/sys/kernel/tainted", &format!("{}\n", report.tainted())));
    put("systemd.txt", command("/usr/bin/systemctl list-units", "sshd.service loaded active running\n"));
    put("summary.xml", format!("<date>{}</date>\n", format_epoch(report.collected, "%Y-%m-%d")));
    put("supportconfig.txt", format!("Gathering system information for {}\n", machine.host));
}
