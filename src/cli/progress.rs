//! The progress bar: on standard error, and only on a terminal.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

/// Counts inputs as they are done.
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// A bar over `inputs` inputs, or nothing where standard error is no terminal or there is only one.
    pub fn new(inputs: usize, quiet: bool) -> Self {
        let shown = !quiet && inputs > 1 && std::io::stderr().is_terminal();
        Self(shown.then(|| {
            let bar = ProgressBar::new(u64::try_from(inputs).unwrap_or(u64::MAX));
            if let Ok(style) =
                ProgressStyle::with_template("{bar:30} {pos}/{len} inputs, {elapsed} gone, {eta} to go {wide_msg}")
            {
                bar.set_style(style);
            }
            bar
        }))
    }

    /// One input is done.
    pub fn done(&self) {
        if let Some(bar) = &self.0 {
            bar.inc(1);
        }
    }

    /// Takes the bar away.
    pub fn finish(self) {
        if let Some(bar) = self.0 {
            bar.finish_and_clear();
        }
    }
}
