//! How fast kernel logs are read, from memory, on one core.
//!
//! ```text
//! cargo bench --bench kernel_log                    both logs, 300 MB and 60 MB
//! cargo bench --bench kernel_log -- --write DIR     writes them to files, to compare with `rg -c` and others
//! ```
//!
//! The quiet log is the everyday one: one event in 10 MB of what programs and the kernel say. The loud log is the worst
//! case: events and nothing else.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a bench may stop"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;
use std::{env, fs, io};

use taintrace::facts::LogFacts;
use taintrace::kernel_log::LogReader;

const MB: usize = 1_000_000;
const RUNS: usize = 5;

fn main() -> io::Result<()> {
    let logs = [
        ("quiet, one event per 10 MB", "quiet.log", quiet(300 * MB)),
        ("loud, events only", "loud.log", loud(60 * MB)),
    ];
    let args: Vec<String> = env::args().collect();
    if let Some(folder) = args.iter().position(|arg| arg == "--write").and_then(|at| args.get(at + 1)) {
        for (_, file, log) in &logs {
            fs::write(Path::new(folder).join(file), log)?;
        }
        return Ok(());
    }
    for (name, _, log) in &logs {
        let mut best = f64::MAX;
        let mut facts = LogFacts::default();
        for _ in 0..RUNS {
            let start = Instant::now();
            facts = read(black_box(log));
            best = best.min(start.elapsed().as_secs_f64());
        }
        let repeats: u64 = facts.events.iter().map(|event| u64::from(event.repeats)).sum();
        println!(
            "{name}: {:.0} MB/s ({} MB in {:.3} s), {} lines, {} events, {repeats} repeats, {} more",
            log.len() as f64 / MB as f64 / best,
            log.len() / MB,
            best,
            facts.lines,
            facts.events.len(),
            facts.events_dropped
        );
    }
    Ok(())
}

fn read(log: &[u8]) -> LogFacts {
    let mut reader = LogReader::new("bench.log");
    for piece in log.chunks(64 * 1024) {
        reader.feed(piece);
    }
    reader.finish()
}

/// What a busy machine writes to `/var/log/messages`.
const CHATTER: &[&str] = &[
    "systemd[1]: Started Session {n} of user root.",
    "sshd[{n}]: Accepted publickey for acme from 10.1.{n}.7 port {n} ssh2: RSA SHA256:1f2e3d4c5b6a79880f1e2d3c4b5a6978",
    "kernel: device veth{n} entered promiscuous mode",
    "NetworkManager[991]: <info>  [1583226000.{n}] device (eth{n}): state change: activated -> deactivating (reason 'user-requested')",
    "kubelet: I0303 10:00:03.{n}    1234 operation_generator.go:672] MountVolume.SetUp succeeded for volume \"default-token-{n}\"",
    "crond[2211]: (root) CMD (run-parts /etc/cron.hourly) {n}",
    "kernel: IN=eth0 OUT= MAC=00:11:22:33:44:55 SRC=10.0.0.1 DST=10.0.0.{n} LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID={n} DF PROTO=TCP SPT=443",
    "audit[1]: SERVICE_START pid=1 uid=0 auid=4294967295 ses=4294967295 msg='unit=acme-{n} comm=\"systemd\" exe=\"/usr/lib/systemd/systemd\"'",
    "dockerd: time=\"2020-03-03T10:00:05.{n}+01:00\" level=warning msg=\"Module acmeplug: retrying, attempt {n}\"",
    "acmed[{n}]: INFO: request {n} from 10.0.0.{n} took {n} ms, status 200",
    "kernel: EXT4-fs (sda{n}): mounted filesystem with ordered data mode. Opts: (null)",
    "python3[{n}]: WARNING: cache is {n} % full, evicting",
];

/// A fault as RHEL 8 prints it; the number makes it one of its own.
fn event(n: usize, out: &mut String) {
    let stamp = |line: usize| format!("Mar  3 10:00:00 node17 kernel: [{:8}.{:06}] ", n, line);
    let mut lines = vec![
        format!("BUG: unable to handle kernel NULL pointer dereference at {n:016x}"),
        "PGD 0 P4D 0 ".to_owned(),
        format!("Oops: 0000 [#{n}] SMP NOPTI"),
        format!("CPU: {} PID: {n} Comm: acmed Kdump: loaded Tainted: P           OE    --------- -  - 4.18.0-305.10.2.el8_4.x86_64 #1", n % 64),
        "Hardware name: ACME Server 9000/X9, BIOS 2.1 05/10/2021".to_owned(),
        format!("RIP: 0010:acme_unbind_{n}+0x29/0x60 [acmegpu]"),
        "Code: 00 0f 1f 44 00 00 41 54 55 48 8d af 50 01 00 00 53 48 8b 9f 50 01 00 00 48 39 eb 74 33 49 89 fc eb 08 48 8b 1b".to_owned(),
    ];
    for register in ["RSP: 0018:", "RAX: ", "RDX: ", "RBP: ", "R10: ", "R13: ", "FS:  ", "CR2: "] {
        lines.push(format!("{register}ffffbbfd75103e58 RBX: 0000000000000000 RCX: ffff966c0faa97e0"));
    }
    lines.push("Call Trace:".to_owned());
    for depth in 0..18 {
        let doubt = if depth % 3 == 0 { "? " } else { "" };
        let module = if depth < 6 { " [acmegpu]" } else { "" };
        lines.push(format!(" {doubt}acme_level_{depth}_of_the_stack+0xc3/0x160{module}"));
    }
    lines.push(" ret_from_fork+0x22/0x40".to_owned());
    lines.push("Modules linked in: veth acmefs(OE) acmegpu(POE) widgetdrv(OE) rpcsec_gss_krb5 auth_rpcgss nfsv4 nfs lockd grace fscache xt_CHECKSUM ipt_REJECT tun bridge stp llc xfs libcrc32c sd_mod sg ahci libahci libata dm_mirror dm_region_hash dm_log dm_mod".to_owned());
    lines.push("---[ end trace 0000000000000000 ]---".to_owned());
    for (at, line) in lines.iter().enumerate() {
        let _ = writeln!(out, "{}{line}", stamp(at));
    }
}

fn quiet(size: usize) -> Vec<u8> {
    let mut log = String::with_capacity(size + 4096);
    let (mut n, mut next_event) = (1_usize, 5 * MB);
    while log.len() < size {
        n = n.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let line = CHATTER[(n >> 33) % CHATTER.len()].replace("{n}", &((n >> 40) % 1000).to_string());
        let _ = writeln!(log, "Mar  3 10:00:00 node17 {line}");
        if log.len() > next_event {
            event(next_event / MB, &mut log);
            next_event += 10 * MB;
        }
    }
    log.into_bytes()
}

fn loud(size: usize) -> Vec<u8> {
    let mut log = String::with_capacity(size + 8192);
    let mut n = 1;
    while log.len() < size {
        event(n, &mut log);
        n += 1;
    }
    log.into_bytes()
}
