//! Where boots begin inside a log: at `Linux version …`, at a journal's marker, at a time stamp that goes far back.

use std::sync::Arc;

use super::envelope::Line;
use super::event::release;
use crate::facts::{Boot, KernelRelease, Origin};

/// A log that begins with a boot says so in its first lines.
const FIRST_LINES: u64 = 8;
/// A marker and the kernel's first line may be so far apart and mean one boot.
const SAME_BOOT: u64 = 200;
/// A stamp that is less far back than this was printed late, in microseconds.
const FAR_BACK_US: u64 = 60_000_000;
/// Lines with later stamps are of the boot before.
const EARLY_US: u64 = 1_000_000;
/// Boots kept of one log.
const MAX_BOOTS: usize = 10_000;

/// The first line that a kernel prints.
const VERSION: &str = "Linux version ";

/// Counts the boots of a log.
#[derive(Debug, Default)]
pub(super) struct Boots {
    pub(super) list: Vec<Boot>,
    current: u32,
    last_time: Option<u64>,
}

impl Boots {
    /// The boot of the lines now, from 0.
    pub(super) fn current(&self) -> u32 {
        self.current
    }

    /// Whether a text says that a boot begins.
    pub(super) fn is_boot(text: &str) -> bool {
        let text = text.trim();
        text.starts_with(VERSION) || text == "-- Reboot --" || (text.starts_with("-- Boot ") && text.ends_with("--"))
    }

    /// Looks whether a boot begins at a line. True where one does.
    pub(super) fn line(&mut self, line: &Line<'_>, path: &Arc<str>) -> bool {
        let text = line.text.trim();
        if Self::is_boot(text) {
            let release = text.strip_prefix(VERSION).and_then(release);
            let began = self.begin(line, path, release);
            self.last_time = line.time_us;
            return began;
        }
        let Some(now) = line.time_us else { return false };
        let back = self.last_time.is_some_and(|last| now < last / 2 && last - now > FAR_BACK_US);
        let began = back && self.begin(line, path, None);
        self.last_time = Some(now);
        began
    }

    /// An entry of a journal says that it is of another boot.
    pub(super) fn journal_boot(&mut self, line: &Line<'_>, path: &Arc<str>) -> bool {
        let began = self.begin(line, path, None);
        self.last_time = line.time_us;
        began
    }

    fn begin(&mut self, line: &Line<'_>, path: &Arc<str>, release: Option<&str>) -> bool {
        let release = release.map(KernelRelease::new);
        if let Some(last) = self.list.last_mut()
            && last.release.is_none()
            && release.is_some()
            && last.origin.line.is_some_and(|no| line.no.saturating_sub(no) <= SAME_BOOT)
        {
            last.release = release;
            last.wall = last.wall.take().or(line.wall.map(str::to_owned));
            return false;
        }
        let late = self.last_time.is_some_and(|time| time > EARLY_US);
        if line.no > FIRST_LINES || late || !self.list.is_empty() {
            self.current = self.current.saturating_add(1);
        }
        if self.list.len() < MAX_BOOTS {
            let origin = Origin::line(Arc::clone(path), line.no);
            self.list.push(Boot { origin, release, wall: line.wall.map(str::to_owned) });
        }
        true
    }
}
