//! What is going on, on standard error: a bar over the inputs on a terminal, the line per input of `-v`, the long steps of dumps.

use std::collections::HashSet;
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::DumpProgress;
use crate::input::Source;
use crate::triage::Report;
use crate::vmcore::Step;

/// How much is said while inputs are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Talk {
    /// Nothing.
    Quiet,
    /// A bar on a terminal.
    Normal,
    /// A line per input as well.
    Verbose,
}

/// Counts inputs as they are done, in order.
pub(super) struct Progress {
    bar: Option<ProgressBar>,
    talk: Talk,
    /// Name and bytes of each input.
    inputs: Vec<(String, u64)>,
    done: usize,
}

impl Progress {
    /// For these inputs: a bar by their bytes, where they have any, with an estimate of what is left; for a single one a
    /// sign of life.
    pub fn new<'s>(sources: impl IntoIterator<Item = &'s Source>, talk: Talk) -> Self {
        let inputs: Vec<(String, u64)> =
            sources.into_iter().map(|source| (source.name(), source.size().unwrap_or(0))).collect();
        let shown = talk != Talk::Quiet && !inputs.is_empty() && std::io::stderr().is_terminal();
        let bar = shown.then(|| bar(&inputs));
        Self { bar, talk, inputs, done: 0 }
    }

    /// What is to be told of dumps that take long: on the bar, or once each, so that a scan does not pass unnoticed.
    pub fn dumps(&self) -> DumpProgress {
        match (&self.bar, self.talk) {
            (_, Talk::Quiet) => Arc::new(|_: &str, _| ()),
            (Some(bar), _) => {
                let bar = bar.clone();
                Arc::new(move |dump, step| {
                    let dump = crate::render::escape::terminal(dump);
                    bar.set_message(format!("{dump}: {}, {}", what(step), how_far(step)));
                })
            }
            (None, _) => told_once(),
        }
    }

    /// The next input is done.
    pub fn done(&mut self, reports: &[Report]) {
        let Some((name, bytes)) = self.inputs.get(self.done) else { return };
        // After a stop some are left out, so that the count is no place in the list.
        let name = reports.first().map_or(name, |report| &report.input);
        self.done += 1;
        if self.talk == Talk::Verbose {
            let problems: usize = reports.iter().map(|report| report.problems.len()).sum();
            let name = crate::render::escape::terminal(name);
            let line = format!(
                "taintrace: [{}/{}] {name}: reports {}, problems {problems}",
                self.done,
                self.inputs.len(),
                reports.len()
            );
            match &self.bar {
                Some(bar) => bar.suspend(|| eprintln!("{line}")),
                None => eprintln!("{line}"),
            }
        }
        if let Some(bar) = &self.bar {
            bar.set_message(format!("{} of {} inputs", self.done, self.inputs.len()));
            bar.inc(*bytes);
        }
    }

    /// How many inputs are done.
    pub fn done_so_far(&self) -> usize {
        self.done
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

fn bar(inputs: &[(String, u64)]) -> ProgressBar {
    let bytes: u64 = inputs.iter().map(|(_, bytes)| bytes).sum();
    let (bar, template) = match inputs.len() {
        1 => (ProgressBar::new_spinner(), "{spinner} {elapsed} {wide_msg}"),
        _ => (ProgressBar::new(bytes), "{bar:30} {bytes} of {total_bytes}, {elapsed} gone, {eta} to go, {wide_msg}"),
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    if let [(name, _)] = inputs {
        bar.set_message(crate::render::escape::terminal(name).into_owned());
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}

/// Tells each long step of each dump in a line.
fn told_once() -> DumpProgress {
    let told: Mutex<HashSet<(String, bool)>> = Mutex::default();
    Arc::new(move |dump, step| {
        let key = (dump.to_owned(), matches!(step, Step::Scanning { .. }));
        if told.lock().unwrap_or_else(PoisonError::into_inner).insert(key) {
            eprintln!("taintrace: {}: {}", crate::render::escape::terminal(dump), what(step));
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
