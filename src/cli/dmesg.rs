//! `taintrace dmesg`: the kernel log inside a dump.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use jiff::Timestamp;
use serde_json::json;

use super::exit::Status;
use super::limits::LimitArgs;
use super::output::Output;
use super::progress::{Progress, Talk};
use crate::input::{self, Entry, EntryKind, Interest, Source, Visitor};
use crate::vmcore::{Caller, LogRecord, OpenOptions, Vmcore, VmcoreError, on_disk};

/// Arguments of `taintrace dmesg`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  taintrace dmesg /var/crash/127.0.0.1-2024-05-10-21:50:54/vmcore > vmcore-dmesg.txt
  taintrace dmesg -T vmcore | less
  taintrace dmesg crash.tar.xz                  the first dump in the archive")]
pub(super) struct Args {
    /// Memory dump (ELF, kdump-compressed, flattened, split), packed with gz, bz2, xz, zst or not; an archive that holds one; `-` for standard input
    vmcore: PathBuf,
    /// One JSON object a record
    #[arg(long)]
    json: bool,
    /// Wall-clock times (UTC) instead of seconds since boot, where the dump tells when it crashed
    #[arg(short = 'T', long, conflicts_with = "json")]
    ctime: bool,
    #[command(flatten)]
    limits: LimitArgs,
    /// No progress on standard error
    #[arg(short, long)]
    quiet: bool,
}

/// Prints the log; what is damaged is told on standard error.
pub(super) fn run(args: Args) -> anyhow::Result<Status> {
    let name = args.vmcore.display();
    let Opened { dump, told } = open(&args)?;
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
    let problems = [told, dump.problems(), log.problems].concat();
    problems.iter().for_each(|problem| eprintln!("taintrace: {name}: {problem}"));
    Ok(if problems.is_empty() { Status::Whole } else { Status::Partial })
}

/// A dump, and what was wrong on the way to it.
struct Opened {
    dump: Vmcore,
    told: Vec<String>,
}

/// Opens a dump where it lies; one on standard input or in an archive is held in memory.
fn open(args: &Args) -> anyhow::Result<Opened> {
    let talk = if args.quiet { Talk::Quiet } else { Talk::Normal };
    let progress = Progress::new([&Source::Path(args.vmcore.clone())], talk);
    let (tell, name) = (progress.dumps(), args.vmcore.display().to_string());
    let options = OpenOptions {
        spool_limit: args.limits.dump_bytes(),
        progress: Some(Arc::new(move |step| tell(&name, step))),
        ..OpenOptions::default()
    };
    let path = args.vmcore.as_path();
    let (dump, told) = if path == Path::new("-") {
        (Vmcore::from_reader("standard input", io::stdin().lock(), &options), Vec::new())
    } else if path.is_file() && on_disk(path).is_none() {
        let mut finder = Finder { options: &options, found: None, problems: Vec::new() };
        let walked = input::walk(&Source::Path(path.to_owned()), &args.limits.limits(), &mut finder);
        let none = || Err(VmcoreError::NotADump { name: path.display().to_string() });
        match finder.found {
            Some(found) => (found, finder.problems),
            None => (walked.map_err(anyhow::Error::from).map(|_| none())?, finder.problems),
        }
    } else {
        (Vmcore::open(path, &options), Vec::new())
    };
    progress.finish();
    Ok(Opened { dump: dump?, told })
}

/// Opens the first dump of an archive.
struct Finder<'o> {
    options: &'o OpenOptions,
    found: Option<Result<Vmcore, VmcoreError>>,
    problems: Vec<String>,
}

impl Visitor for Finder<'_> {
    fn interest(&mut self, entry: &Entry<'_>) -> Interest {
        if entry.kind == EntryKind::File { Interest::Descend } else { Interest::Skip }
    }

    fn read(&mut self, entry: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
        match Vmcore::from_reader(entry.path, bytes, self.options) {
            // A process's core may lie beside it.
            Err(VmcoreError::NotADump { .. }) => {}
            opened => self.found = Some(opened),
        }
        Ok(())
    }

    fn problem(&mut self, path: &str, message: String) {
        self.problems.push(format!("{path}: {message}"));
    }

    fn enough(&self) -> bool {
        self.found.is_some()
    }
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
