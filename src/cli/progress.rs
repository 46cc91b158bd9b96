//! What is going on, on standard error: a bar over the inputs, and the long steps of dumps.

use std::collections::HashSet;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};

use indicatif::{ProgressBar, ProgressStyle};

use crate::DumpProgress;
use crate::vmcore::Step;

/// Counts inputs as they are done.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    dumps: DumpProgress,
}

impl Progress {
    /// A bar over `inputs` inputs, shown on a terminal and where there are several; the long steps of dumps are shown on a
    /// terminal too, and else told once each. Nothing where it is to be quiet.
    pub fn new(inputs: usize, quiet: bool) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let bar = (!quiet && terminal).then(|| match inputs {
            0 | 1 => spinner(),
            _ => bar_over(inputs),
        });
        let dumps = if quiet { Arc::new(|_: &str, _| ()) } else { dump_progress(bar.clone()) };
        Self { bar, dumps }
    }

    /// What is to be told of dumps that take long.
    pub fn dumps(&self) -> DumpProgress {
        Arc::clone(&self.dumps)
    }

    /// One input is done.
    pub fn done(&self) {
        if let Some(bar) = &self.bar {
            bar.inc(1);
            bar.set_message("");
        }
    }

    /// Takes the bar away.
    pub fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar_over(inputs: usize) -> ProgressBar {
    let bar = ProgressBar::new(u64::try_from(inputs).unwrap_or(u64::MAX));
    if let Ok(style) =
        ProgressStyle::with_template("{bar:30} {pos}/{len} inputs, {elapsed} gone, {eta} to go {wide_msg}")
    {
        bar.set_style(style);
    }
    bar
}

/// Shows the step of the only input; nothing while it has none to show.
fn spinner() -> ProgressBar {
    let bar = ProgressBar::new_spinner();
    if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
        bar.set_style(style);
    }
    bar
}

/// Shows each step on the bar; without one, tells each once, so that a scan does not pass unnoticed.
fn dump_progress(bar: Option<ProgressBar>) -> DumpProgress {
    let told: Mutex<HashSet<(String, bool)>> = Mutex::default();
    Arc::new(move |dump, step| match &bar {
        Some(bar) => bar.set_message(format!("{dump}: {}, {}", what(step), how_far(step))),
        None => {
            let key = (dump.to_owned(), matches!(step, Step::Scanning { .. }));
            if told.lock().unwrap_or_else(PoisonError::into_inner).insert(key) {
                eprintln!("taintrace: {dump}: {}", what(step));
            }
        }
    })
}

fn what(step: Step) -> &'static str {
    match step {
        Step::Unpacking { .. } => "unpacking the dump into memory",
        Step::Scanning { .. } => "no header tells of VMCOREINFO: looking for it in all of the dump's memory",
    }
}

fn how_far(step: Step) -> String {
    let (Step::Unpacking { bytes } | Step::Scanning { bytes }) = step;
    format!("{} MiB so far", bytes >> 20)
}
