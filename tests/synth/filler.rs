//! The files around the evidence: what a report has anyway, short and plausible.

use super::clock::format_epoch;
use super::kernel::Dialect;
use super::machine::Machine;
use super::numbers::number;

/// `/proc/cmdline`, without its line end.
pub fn cmdline(machine: &Machine) -> String {
    let release = &machine.kernel.release;
    match machine.dialect() {
        Dialect::El5 => "ro root=/dev/vg00/root rhgb quiet".to_owned(),
        Dialect::El6 => "ro root=/dev/mapper/vg00-root rd_LVM_LV=vg00/root crashkernel=auto rhgb quiet".to_owned(),
        Dialect::El71 | Dialect::El79 => {
            format!(
                "BOOT_IMAGE=/vmlinuz-{release} root=/dev/mapper/vg00-root ro crashkernel=auto rd.lvm.lv=vg00/root quiet"
            )
        }
        Dialect::Ubuntu => {
            format!("BOOT_IMAGE=/vmlinuz-{release} root=/dev/mapper/vg0-root ro crashkernel=512M-:192M quiet splash")
        }
        Dialect::Suse => {
            format!(
                "BOOT_IMAGE=/boot/vmlinuz-{release} root=/dev/sda2 splash=silent crashkernel=304M,high mitigations=auto"
            )
        }
        _ => format!(
            "BOOT_IMAGE=(hd0,gpt2)/vmlinuz-{release} root=/dev/mapper/vg00-root ro crashkernel=1G-4G:192M,4G-64G:256M,64G-:512M"
        ),
    }
}

/// `uname -a`.
pub fn uname(machine: &Machine) -> String {
    let tail = if machine.dialect() == Dialect::Suse { "" } else { " x86_64 x86_64" };
    let (host, release) = (&machine.host, &machine.kernel.release);
    format!("Linux {host} {release} {} x86_64{tail} GNU/Linux\n", machine.version_banner())
}

/// `date`.
pub fn date(collected: i64) -> String {
    format_epoch(collected, "%a %b %e %H:%M:%S UTC %Y\n")
}

/// `uptime`.
pub fn uptime(machine: &Machine, collected: i64) -> String {
    let days = (collected - machine.clock.booted) / 86_400;
    format_epoch(collected, &format!(" %H:%M:%S up {days} days,  2:12,  1 user,  load average: 0.42, 0.37, 0.31\n"))
}

/// Files below `/proc` that say nothing of modules.
pub fn proc_files(machine: &Machine) -> Vec<(&'static str, String)> {
    let release = &machine.kernel.release;
    vec![
        ("proc/cmdline", format!("{}\n", cmdline(machine))),
        ("proc/version", format!("Linux version {release} (builder@build.example.com) {}\n", machine.version_banner())),
        ("proc/cpuinfo", cpuinfo()),
        ("proc/meminfo", meminfo(machine)),
        ("proc/mounts", mounts(machine)),
        ("proc/filesystems", "nodev\tsysfs\nnodev\tproc\nnodev\ttmpfs\n\text4\n\txfs\nnodev\tnfs\n".to_owned()),
        (
            "proc/swaps",
            "Filename\t\t\t\tType\t\tSize\tUsed\tPriority\n/dev/dm-1 partition\t16777212\t0\t-1\n".to_owned(),
        ),
        ("proc/loadavg", "0.42 0.37 0.31 2/612 28113\n".to_owned()),
        (
            "proc/partitions",
            "major minor  #blocks  name\n\n   8        0  586029016 sda\n   8        1     524288 sda1\n".to_owned(),
        ),
        (
            "proc/interrupts",
            "           CPU0       CPU1\n  0:        132          0   IO-APIC    2-edge      timer\n".to_owned(),
        ),
        ("proc/dma", " 4: cascade\n".to_owned()),
        (
            "proc/devices",
            "Character devices:\n  1 mem\n  4 tty\n\nBlock devices:\n  8 sd\n253 device-mapper\n".to_owned(),
        ),
        (
            "proc/stat",
            "cpu  482113 1203 211544 98455120 20113 0 4120 0 0 0\nctxt 99120345\nprocesses 281133\n".to_owned(),
        ),
        ("proc/sys/kernel/hostname", format!("{}\n", machine.host)),
        ("proc/sys/kernel/osrelease", format!("{release}\n")),
        ("proc/sys/kernel/panic", "0\n".to_owned()),
        ("proc/sys/kernel/softlockup_panic", "0\n".to_owned()),
        ("proc/sys/kernel/hung_task_timeout_secs", "120\n".to_owned()),
        ("proc/sys/vm/swappiness", "60\n".to_owned()),
    ]
}

fn cpuinfo() -> String {
    let cpu = |n: u32| {
        format!(
            "processor\t: {n}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 63\n\
             model name\t: Intel(R) Xeon(R) CPU E5-2640 v3 @ 2.40GHz\nstepping\t: 2\ncpu MHz\t\t: 2394.435\n\
             flags\t\t: fpu vme de pse tsc msr pae mce cx8 apic sep mtrr nx lm constant_tsc\nbogomips\t: 4788.87\n\n"
        )
    };
    (0..4).map(cpu).collect()
}

fn meminfo(machine: &Machine) -> String {
    let total = 131_072_000 + number(&machine.host) % 9_000;
    format!(
        "MemTotal:       {total} kB\nMemFree:        {} kB\nBuffers:          412340 kB\nCached:         {} kB\n\
         SwapTotal:      16777212 kB\nSwapFree:       16777212 kB\nDirty:               288 kB\n",
        total / 3,
        total / 4
    )
}

fn mounts(machine: &Machine) -> String {
    let fs = if matches!(machine.dialect(), Dialect::El5) { "ext3" } else { "xfs" };
    format!(
        "/dev/mapper/vg00-root / {fs} rw,relatime 0 0\n/dev/sda1 /boot {fs} rw,relatime 0 0\nproc /proc proc rw 0 0\n"
    )
}

/// Outputs of commands that say nothing of modules: plugin, command, text.
pub fn commands(machine: &Machine, collected: i64) -> Vec<(&'static str, &'static str, String)> {
    let host = &machine.host;
    let (vendor, product) = &machine.hardware;
    vec![
        ("date", "date", date(collected)),
        ("general", "hostname", format!("{host}\n")),
        ("general", "uptime", uptime(machine, collected)),
        ("memory", "free", "              total        used        free\nMem:      131072000    41231000    43690000\n".to_owned()),
        ("filesys", "df -al", "Filesystem           1K-blocks     Used Available Use% Mounted on\n/dev/mapper/vg00-root 51175 21034 30141 42% /\n".to_owned()),
        ("filesys", "mount -l", "/dev/mapper/vg00-root on / type xfs (rw,relatime)\n/dev/sda1 on /boot type xfs (rw,relatime)\n".to_owned()),
        ("process", "ps auxwww", PS.to_owned()),
        ("process", "ps -elf", PS.to_owned()),
        ("pci", "lspci -nnvv", "02:00.0 Ethernet controller [0200]: Broadcom Device [14e4:1657] (rev 01)\n\tKernel driver in use: tg3\n".to_owned()),
        ("hardware", "dmidecode", dmidecode(vendor, product)),
        ("networking", "ip -o addr", "2: eth0    inet 192.0.2.17/24 brd 192.0.2.255 scope global eth0\n".to_owned()),
        ("networking", "ip route show table all", "default via 192.0.2.1 dev eth0\n192.0.2.0/24 dev eth0 scope link\n".to_owned()),
        ("networking", "netstat -s", "Ip:\n    98213311 total packets received\n    0 forwarded\n".to_owned()),
        ("networking", "ethtool eth0", "Settings for eth0:\n\tSpeed: 1000Mb/s\n\tLink detected: yes\n".to_owned()),
        ("devicemapper", "dmsetup info -c", "Name       Maj Min Stat Open Targ Event  UUID\nvg00-root  253   0 L--w    1    1      0 LVM-x\n".to_owned()),
        ("lvm2", "vgs -v", "  VG   #PV #LV #SN Attr   VSize   VFree\n  vg00   1   3   0 wz--n- 557.75g 12.00g\n".to_owned()),
        ("block", "lsblk", "NAME   MAJ:MIN RM  SIZE RO TYPE MOUNTPOINT\nsda      8:0    0  558G  0 disk\n".to_owned()),
        ("kernel", "uname -a", uname(machine)),
        ("kernel", "sysctl -a", String::new()),
        ("selinux", "sestatus -b", "SELinux status:                 enabled\nCurrent mode:                   enforcing\n".to_owned()),
    ]
}

const PS: &str = "USER       PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND\n\
                  root         1  0.0  0.0 191000  4200 ?        Ss   Mar01   0:11 /usr/lib/systemd/systemd\n\
                  root         2  0.0  0.0      0     0 ?        S    Mar01   0:00 [kthreadd]\n\
                  oracle    4711  8.3 21.4 998812 71224 ?        Ssl  Mar01  91:40 java -Xmx8g -jar app.jar\n";

fn dmidecode(vendor: &str, product: &str) -> String {
    format!(
        "# dmidecode 3.2\nHandle 0x0100, DMI type 1, 27 bytes\nSystem Information\n\tManufacturer: {vendor}\n\
         \tProduct Name: {product}\n\tSerial Number: 0000000000\n\n"
    )
}

/// Configuration files: path and text.
pub fn etc_files(host: &str) -> Vec<(&'static str, String)> {
    vec![
        ("etc/hosts", format!("127.0.0.1   localhost localhost.localdomain\n192.0.2.17  {host}\n")),
        ("etc/resolv.conf", "nameserver 192.0.2.53\nsearch example.com\n".to_owned()),
        ("etc/fstab", "/dev/mapper/vg00-root /     xfs  defaults 0 0\n/dev/sda1 /boot xfs defaults 0 0\n".to_owned()),
        ("etc/sysctl.conf", "# System default settings live in /usr/lib/sysctl.d\nkernel.sysrq = 1\n".to_owned()),
        ("etc/kdump.conf", "path /var/crash\ncore_collector makedumpfile -l --message-level 1 -d 31\n".to_owned()),
        ("etc/rsyslog.conf", "*.info;mail.none;authpriv.none;cron.none   /var/log/messages\n".to_owned()),
        ("etc/selinux/config", "SELINUX=enforcing\nSELINUXTYPE=targeted\n".to_owned()),
        (
            "etc/nsswitch.conf",
            "passwd: files sss\nshadow: files sss\ngroup:  files sss\nhosts:  files dns\n".to_owned(),
        ),
        ("etc/ssh/sshd_config", "PermitRootLogin no\nUsePAM yes\n".to_owned()),
        ("etc/chrony.conf", "server ntp.example.com iburst\ndriftfile /var/lib/chrony/drift\n".to_owned()),
        ("etc/security/limits.conf", "oracle soft nofile 65536\noracle hard nofile 65536\n".to_owned()),
    ]
}

/// User-space lines that share `/var/log/messages` with the kernel: seconds after boot, program, text.
pub const CHATTER: &[(u64, &str, &str)] = &[
    (20, "systemd", "Started System Logging Service."),
    (21, "sshd[1422]", "Server listening on 0.0.0.0 port 22."),
    (26, "crond[1533]", "(CRON) INFO (running with inotify support)"),
    (61, "systemd-logind", "New session 1 of user root."),
    (3601, "CROND[9120]", "(root) CMD (run-parts /etc/cron.hourly)"),
];

/// Packages any report lists: name-version and vendor.
pub const PACKAGES: &[(&str, &str)] = &[
    ("bash", "4.2.46-34"),
    ("coreutils", "8.22-24"),
    ("dracut", "033-572"),
    ("glibc", "2.17-317"),
    ("kexec-tools", "2.0.15-51"),
    ("kmod", "20-28"),
    ("lvm2", "2.02.187-6"),
    ("openssh-server", "7.4p1-21"),
    ("rsyslog", "8.24.0-57"),
    ("sos", "3.9-4"),
    ("sudo", "1.8.23-10"),
    ("systemd", "219-78"),
    ("xfsprogs", "4.5.0-22"),
];
