//! `taintrace dmesg`: the kernel log inside a dump.

use std::io::Write;
use std::path::PathBuf;

use anyhow::Context;
use jiff::Timestamp;
use serde_json::json;

use super::exit::Status;
use super::output::Output;
use crate::vmcore::{Caller, LogRecord, OpenOptions, Vmcore};

/// Arguments of `taintrace dmesg`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  taintrace dmesg /var/crash/127.0.0.1-2024-05-10-21:50:54/vmcore > vmcore-dmesg.txt
  taintrace dmesg -T vmcore | less")]
pub(super) struct Args {
    /// Memory dump: ELF, kdump-compressed, flattened; may be packed with gz, xz or zst
    vmcore: PathBuf,
    /// One JSON object a record
    #[arg(long)]
    json: bool,
    /// Wall-clock times (UTC) instead of seconds since boot, where the dump tells when it crashed
    #[arg(short = 'T', long, conflicts_with = "json")]
    ctime: bool,
}

/// Prints the log; what is damaged is told on standard error.
pub(super) fn run(args: Args) -> anyhow::Result<Status> {
    let name = args.vmcore.display();
    let dump = Vmcore::open(&args.vmcore, &OpenOptions::default()).with_context(|| format!("{name}"))?;
    let log = dump.log().with_context(|| format!("{name}"))?;
    let mut output = Output::open(None)?;
    let boot = if args.ctime { dump.boot_time() } else { None };
    if args.ctime && boot.is_none() {
        eprintln!("taintrace: {name}: the dump does not tell when it crashed; times are seconds since boot");
    }
    if args.json {
        for record in log.records() {
            serde_json::to_writer(&mut output, &as_json(&record))?;
            writeln!(output)?;
        }
    } else if let Some(boot) = boot {
        for record in log.records() {
            write_with_wall_clock(&record, boot, &mut output)?;
        }
    } else {
        output.write_all(&log.to_text())?;
    }
    output.finish()?;
    let problems = dump.problems();
    problems.iter().chain(&log.problems).for_each(|problem| eprintln!("taintrace: {name}: {problem}"));
    Ok(if problems.is_empty() && log.problems.is_empty() { Status::Whole } else { Status::Partial })
}

fn as_json(record: &LogRecord<'_>) -> serde_json::Value {
    let caller = record.caller.map(|caller| match caller {
        Caller::Task(id) => format!("T{id}"),
        Caller::Cpu(id) => format!("C{id}"),
    });
    json!({
        "time_ns": record.timestamp_ns,
        "caller": caller,
        "level": record.level,
        "facility": record.facility,
        "text": String::from_utf8_lossy(record.text),
    })
}

/// `[2024-05-10T21:50:54Z] message`, each line of a record with its stamp.
fn write_with_wall_clock(record: &LogRecord<'_>, boot: i64, out: &mut impl Write) -> std::io::Result<()> {
    let seconds = record.timestamp_ns.and_then(|ns| i64::try_from(ns / 1_000_000_000).ok());
    let stamp = seconds.and_then(|s| Timestamp::from_second(boot.checked_add(s)?).ok());
    for line in record.text.split(|b| *b == b'\n') {
        if let Some(stamp) = stamp {
            write!(out, "[{stamp}] ")?;
        }
        out.write_all(line)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}
