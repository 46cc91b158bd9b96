//! How a suspect came to its rank, in words: role and distance, what keeps it down, and who says where it comes from.
//!
//! ```text
//! call-path, 2 functions from the fault: medium (the few functions in between may have failed on their own account);
//! third-party (proprietary, unsigned) by proc/modules:12, sys/module/acmefs/taint:1
//! ```

use super::words;
use crate::triage::{Provenance, Report, Suspect};

/// Witnesses told, the rest is counted.
const MOST_WITNESSES: usize = 4;

/// The ranking of a suspect and the witnesses of its origin; pieces are separated by `; `.
pub(super) fn explained(report: &Report, suspect: &Suspect) -> String {
    let mut pieces = suspect.ranking.clone();
    pieces.extend(report.module(&suspect.module).map(|module| {
        let origins: Vec<String> = module.origins.iter().take(MOST_WITNESSES).map(ToString::to_string).collect();
        let more = module.origins.len().saturating_sub(origins.len());
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let by = if origins.is_empty() {
            "no witness speaks of it".to_owned()
        } else {
            format!("by {}", origins.join(", "))
        };
        let owner = match (words::owner(module), module.provenance) {
            (Some(owner), _) => format!("; owner: {owner}"),
            (None, Provenance::ThirdParty) => "; owner unknown".to_owned(),
            (None, _) => String::new(),
        };
        format!("{}, {by}{more}{owner}", module.in_words())
    }));
    pieces.join("; ")
}
