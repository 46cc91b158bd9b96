//! Boots of a report in order of time.
//!
//! Each log counts its own boots. Two of them are the same boot when one event is told in both. Boots are ordered by the
//! wall-clock stamps of their events and of their `Linux version` lines, then by the date in the name of a crash
//! directory (`127.0.0.1-2024-05-10-21:50:54`), else by their place in the log; what `dmesg` holds is the boot that was
//! running at collection, the last of all.

use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;

use crate::facts::{KernelEvent, LogFacts};

/// The order of the boots of a report.
#[derive(Debug, Default)]
pub(super) struct BootTimes {
    order: HashMap<(usize, u32), usize>,
}

/// What is known of the time of one boot. Seconds since 1970; stamps without an offset are read as UTC, which keeps their order.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    wall: Option<i64>,
    running: bool,
}

impl BootTimes {
    /// Joins and orders the boots that the tellings of events name.
    pub fn of<'a>(
        tellings: impl Iterator<Item = (&'a [(usize, u32)], &'a KernelEvent)>,
        logs: &[LogFacts],
        year_hint: Option<i16>,
    ) -> Self {
        let mut groups = Groups::default();
        for (places, event) in tellings {
            let Some((&first, rest)) = places.split_first() else { continue };
            let group = groups.find(first);
            for &place in rest {
                groups.join(group, place);
            }
            groups.learn(first, event.wall.as_deref().and_then(|w| wall_seconds(w, year_hint)));
        }
        for (number, log) in logs.iter().enumerate() {
            for (boot, start) in log.boots.iter().enumerate() {
                let place = (number, u32::try_from(boot).unwrap_or(u32::MAX));
                groups.learn_known(place, start.wall.as_deref().and_then(|w| wall_seconds(w, year_hint)));
            }
        }
        groups.learn_from_paths(logs);
        Self { order: groups.ordered() }
    }

    /// The number of a boot in order of time.
    pub fn order(&self, log: usize, boot: u32) -> usize {
        self.order.get(&(log, boot)).copied().unwrap_or(0)
    }
}

/// Boots that are known to be the same.
#[derive(Default)]
struct Groups {
    of: HashMap<(usize, u32), usize>,
    known: Vec<Known>,
}

impl Groups {
    fn find(&mut self, place: (usize, u32)) -> usize {
        *self.of.entry(place).or_insert_with(|| {
            self.known.push(Known::default());
            self.known.len() - 1
        })
    }

    fn join(&mut self, group: usize, place: (usize, u32)) {
        let other = self.find(place);
        if other == group {
            return;
        }
        let moved = self.known.get(other).copied().unwrap_or_default();
        self.of.values_mut().filter(|g| **g == other).for_each(|g| *g = group);
        if let Some(known) = self.known.get_mut(group) {
            known.wall = known.wall.or(moved.wall);
            known.running |= moved.running;
        }
    }

    fn learn(&mut self, place: (usize, u32), wall: Option<i64>) {
        let group = self.find(place);
        if let (Some(known), Some(wall)) = (self.known.get_mut(group), wall) {
            known.wall = Some(known.wall.map_or(wall, |w| w.max(wall)));
        }
    }

    /// As `learn`, for boots that have events only.
    fn learn_known(&mut self, place: (usize, u32), wall: Option<i64>) {
        if self.of.contains_key(&place) {
            self.learn(place, wall);
        }
    }

    fn learn_from_paths(&mut self, logs: &[LogFacts]) {
        let places: Vec<_> = self.of.iter().map(|(&place, &group)| (place, group)).collect();
        for ((log, boot), group) in places {
            let (Some(log), Some(known)) = (logs.get(log), self.known.get_mut(group)) else { continue };
            known.wall = known.wall.or_else(|| log.path.split('/').find_map(crash_directory_seconds));
            known.running |= is_running(log, boot);
        }
    }

    /// Boots with a time in its order; those without keep their place in the log, before the one that was running at collection.
    fn ordered(self) -> HashMap<(usize, u32), usize> {
        let mut first_place: HashMap<usize, (usize, u32)> = HashMap::new();
        for (&place, &group) in &self.of {
            first_place.entry(group).and_modify(|p| *p = (*p).min(place)).or_insert(place);
        }
        let mut groups: Vec<usize> = first_place.keys().copied().collect();
        groups.sort_by_key(|g| {
            let known = self.known.get(*g).copied().unwrap_or_default();
            (known.running && known.wall.is_none(), known.wall.unwrap_or(i64::MIN), first_place.get(g).copied())
        });
        let rank: HashMap<usize, usize> = groups.iter().enumerate().map(|(rank, g)| (*g, rank)).collect();
        self.of.iter().filter_map(|(&place, group)| rank.get(group).map(|&r| (place, r))).collect()
    }
}

/// Whether a boot of a log is the one that was running at collection: the last that `dmesg` holds.
pub(super) fn is_running(log: &LogFacts, boot: u32) -> bool {
    let name = log.path.rsplit('/').next().unwrap_or_default();
    let last = usize::try_from(boot).is_ok_and(|b| b + 1 >= log.boots.len());
    // `dmesg.old` and `dmesg.0` are those of boots before.
    let older = name.ends_with(".old")
        || name.starts_with("dmesg.") && name.get(6..7).is_some_and(|c| c.chars().all(|c| c.is_ascii_digit()));
    last && name.starts_with("dmesg") && !older && !log.path.contains("crash")
}

/// Seconds of a wall-clock stamp: ISO 8601, `date` and syslog forms. Unknown forms (a localised month) give `None`.
fn wall_seconds(stamp: &str, year_hint: Option<i16>) -> Option<i64> {
    let stamp = stamp.trim();
    let iso = stamp.replacen(',', ".", 1);
    if let Ok(time) = iso.parse::<Timestamp>() {
        return Some(time.as_second());
    }
    if let Ok(time) = iso.parse::<DateTime>() {
        return utc_seconds(time);
    }
    let with_year = ["%a %b %d %H:%M:%S %Y", "%a %Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S"];
    if let Some(time) = with_year.iter().find_map(|f| civil(f, stamp)) {
        return utc_seconds(time);
    }
    let year = year_hint.unwrap_or(2000);
    let clock = stamp.split('.').next().unwrap_or(stamp);
    civil("%b %d %H:%M:%S %Y", &format!("{clock} {year}")).and_then(utc_seconds)
}

/// `127.0.0.1-2024-05-10-21:50:54` and `2024-05-10-21:50`, as kdump names its directories.
fn crash_directory_seconds(name: &str) -> Option<i64> {
    let date = name.char_indices().map(|(i, _)| name.get(i..)).find_map(|tail| {
        // Not `-2024`, which would be a year before our era.
        let tail = tail.filter(|t| t.starts_with(|c: char| c.is_ascii_digit()))?;
        ["%Y-%m-%d-%H:%M:%S", "%Y-%m-%d-%H:%M", "%Y.%m.%d-%H:%M:%S"].iter().find_map(|f| civil(f, tail))
    })?;
    utc_seconds(date)
}

fn civil(format: &str, text: &str) -> Option<DateTime> {
    strtime::parse(format, text).ok()?.to_datetime().ok()
}

fn utc_seconds(time: DateTime) -> Option<i64> {
    Some(jiff::tz::TimeZone::UTC.to_timestamp(time).ok()?.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_of_every_envelope_fall_in_order() {
        let rows = [
            ("2024-05-10T21:50:54,123456+00:00", 1_715_377_854),
            ("2024-05-10T21:50:54.000001+02:00", 1_715_370_654),
            ("Fri May 10 21:50:54 2024", 1_715_377_854),
            ("May 10 21:50:54", 1_715_377_854),
            ("May  9 21:50:54", 1_715_291_454),
            ("Fri 2024-05-10 21:50:54", 1_715_377_854),
        ];
        for (stamp, seconds) in rows {
            assert_eq!(wall_seconds(stamp, Some(2024)), Some(seconds), "{stamp}");
        }
        assert_eq!(wall_seconds("Mär 10 21:50:54", Some(2024)), None);
    }

    #[test]
    fn kdump_directories_carry_their_date() {
        assert_eq!(crash_directory_seconds("127.0.0.1-2024-05-10-21:50:54"), Some(1_715_377_854));
        assert_eq!(crash_directory_seconds("127.0.0.1-2024-05-10-21:50"), Some(1_715_377_800));
        assert_eq!(crash_directory_seconds("crash"), None);
    }
}
