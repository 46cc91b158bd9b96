//! The backtrace of a note: cut to what tells something, third-party frames marked.
//!
//! ```text
//!     Call Trace as printed in var/log/messages:1042
//!     ip  acmefs_read+0x2c/0x90 [acmefs]          <-- acmefs (POE)
//!         vfs_read+0x9e/0x170
//!       ? native_sched_clock+0x13/0x80
//!         … 5 more frames
//! ```

use std::collections::HashMap;

use crate::facts::{Frame, StackContext};
use crate::triage::{Event, Provenance, Report};

use super::super::words;

/// Frames shown in any case.
const FIRST: usize = 8;
/// Frames shown behind the last marked one.
const BEHIND: usize = 2;
/// Frames shown at most.
const MOST: usize = 40;

/// The lines of a backtrace; empty where the event has neither an instruction pointer nor a frame.
pub(super) fn lines(report: &Report, event: &Event, all: bool) -> Vec<String> {
    let marks = Marks::of(report, event);
    let frames = &event.event.frames;
    let shown = if all { frames.len() } else { shown(frames, &marks) };
    let mut lines = Vec::new();
    if let Some(ip) = &event.event.ip {
        lines.push(marks.marked("ip  ", &words::pointer(ip), ip.module.as_deref()));
    }
    let mut context = StackContext::Task;
    for frame in frames.iter().take(shown) {
        if frame.context != context {
            context = frame.context;
            lines.push(format!("    {}", stack(context)));
        }
        lines.push(marks.marked(
            if frame.reliable { "    " } else { "  ? " },
            &words::code(frame),
            frame.module.as_deref(),
        ));
    }
    let left = frames.len() - shown;
    if left > 0 {
        lines.push(format!("    … {}", words::count(left, "more frame")));
    }
    lines
}

/// How many frames to show: the first few, and all down to the last marked one.
fn shown(frames: &[Frame], marks: &Marks<'_>) -> usize {
    let last_marked = frames.iter().rposition(|frame| marks.of_module(frame.module.as_deref()).is_some());
    let wanted = last_marked.map_or(0, |last| last + 1 + BEHIND).max(FIRST);
    // A single frame left out would take the same line.
    let wanted = if wanted + 1 == frames.len() { frames.len() } else { wanted };
    wanted.min(frames.len()).min(MOST)
}

/// What stands on the stack from here on.
fn stack(context: StackContext) -> &'static str {
    match context {
        StackContext::Task => "--- task ---",
        StackContext::Irq => "--- interrupt ---",
        StackContext::Nmi => "--- NMI ---",
        StackContext::Exception => "--- exception ---",
        StackContext::Interrupted => "--- interrupted task ---",
    }
}

/// What is written beside the frames of a module.
struct Marks<'a>(HashMap<&'a str, String>);

impl<'a> Marks<'a> {
    /// All modules that the distribution is not known to ship.
    fn of(report: &'a Report, event: &Event) -> Self {
        let mut flags: HashMap<&str, Option<&str>> = HashMap::new();
        for suspect in report.suspects_of(event.id) {
            flags.insert(&suspect.module, suspect.flags.as_deref());
        }
        let marks = report.modules.iter().filter_map(|module| {
            let letters = flags.get(module.name.as_str()).copied().flatten().or(module.flags.as_deref());
            let mark = match (module.provenance, letters) {
                (Provenance::Distribution, _) => return None,
                (Provenance::ThirdParty, Some(letters)) if !letters.is_empty() => format!("third-party ({letters})"),
                (Provenance::ThirdParty, _) => "third-party".to_owned(),
                (Provenance::Undetermined, _) => "origin undetermined".to_owned(),
            };
            Some((module.name.as_str(), mark))
        });
        Self(marks.collect())
    }

    /// The mark of a module, which a log may spell with `-`.
    fn of_module(&self, module: Option<&str>) -> Option<&str> {
        let module = module?;
        let mark = self.0.get(module).or_else(|| self.0.get(module.replace('-', "_").as_str()))?;
        Some(mark)
    }

    fn marked(&self, lead: &str, code: &str, module: Option<&str>) -> String {
        match self.of_module(module) {
            Some(mark) => format!("{lead}{code:<44}  <-- {mark}"),
            None => format!("{lead}{code}"),
        }
    }
}
