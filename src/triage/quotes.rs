//! Which lines a report cites, and their text: all else that was kept for citing is let go.

use std::collections::BTreeSet;

use super::report::Report;
use crate::facts::{LogFacts, Origin, Quotes};

/// Places of one module that are quoted; more say the same.
const MOST_PLACES: usize = 4;

/// The lines that a report cites.
pub(super) fn cited(report: &Report, of_files: &Quotes, logs: &[LogFacts]) -> Quotes {
    let wanted = places(report);
    let mut quotes = Quotes::default();
    for origin in &wanted {
        if let Some(text) = of_files.get(origin) {
            quotes.keep((*origin).clone(), text);
        }
    }
    for log in logs {
        for (no, text) in &log.quotes {
            let origin = Origin::line(log.path.clone(), *no);
            if wanted.contains(&origin) {
                quotes.keep(origin, text);
            }
        }
        for notice in log.notices.iter().filter(|notice| wanted.contains(&notice.origin)) {
            quotes.keep(notice.origin.clone(), &notice.text);
        }
    }
    for list in report.blacklists.iter() {
        quotes.keep(list.origin.clone(), &list.text);
    }
    quotes
}

fn places(report: &Report) -> BTreeSet<&Origin> {
    let events = report.events.iter().map(|event| &event.event.origin);
    let suspects = report.suspects.iter().flat_map(|suspect| &suspect.evidence);
    let modules = report.modules.iter().flat_map(|module| module.origins.iter().take(MOST_PLACES));
    let taint = report.taint.iter().map(|taint| &taint.origin);
    let secure_boot = report.secure_boot.iter().map(|state| &state.origin);
    events.chain(suspects).chain(modules).chain(taint).chain(secure_boot).collect()
}
