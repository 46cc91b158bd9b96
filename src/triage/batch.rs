//! The same fault on several reports: a signature that does not change with addresses, offsets, kernels and envelopes.

use std::collections::BTreeMap;

use super::helpers::helper;
use super::report::{Cause, Event, Group, Report, Role, Summary};
use super::verdict::event_in_words;
use crate::facts::KernelEvent;

/// How many frames under the helpers make a signature: enough to tell callers apart, few enough to survive inlining.
const FRAMES_SIGNED: usize = 3;

/// What the reports of a batch have in common. `inputs` counts what was named or found; a bundle may hold several reports.
pub fn summarize(reports: &[Report], inputs: usize) -> Summary {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for report in reports {
        let Some(event) = report.primary_event() else { continue };
        let signature = signature(&event.event);
        let group = groups.entry(signature.clone()).or_insert_with(|| Group {
            signature,
            title: event_in_words(&event.event),
            module: blamed(report, event),
            reports: Vec::new(),
        });
        group.reports.push(name_of(report));
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by(|a, b| b.reports.len().cmp(&a.reports.len()).then_with(|| a.title.cmp(&b.title)));
    Summary { inputs, failed: reports.iter().filter(|r| r.failed).count(), groups }
}

/// The input with the member inside it.
fn name_of(report: &Report) -> String {
    match &report.member {
        Some(member) => format!("{}:{member}", report.input),
        None => report.input.clone(),
    }
}

fn blamed(report: &Report, event: &Event) -> Option<String> {
    let first = report.suspects_of(event.id).find(|s| s.role != Role::Present)?;
    (event.cause == Cause::Module).then(|| first.module.clone())
}

/// 64 bits of FNV-1a over kind, function and the first frames, in hexadecimal.
pub(super) fn signature(event: &KernelEvent) -> String {
    let mut parts = vec![event.kind.as_str().to_owned()];
    parts.extend(event.ip.as_ref().map(|ip| place(ip.symbol.as_deref(), ip.module.as_deref())));
    let frames = event.frames.iter().filter(|f| f.reliable && f.symbol.as_deref().is_none_or(|s| helper(s).is_none()));
    parts.extend(frames.take(FRAMES_SIGNED).map(|f| place(f.symbol.as_deref(), f.module.as_deref())));
    let hash = parts
        .join("\n")
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    format!("{hash:016x}")
}

/// A function without what a compiler appends (`.isra.3`, `.cold`), and its module.
fn place(symbol: Option<&str>, module: Option<&str>) -> String {
    let symbol = symbol.unwrap_or("?");
    let stem = symbol.find('.').filter(|&dot| dot > 0).map_or(symbol, |dot| symbol.get(..dot).unwrap_or(symbol));
    format!("{stem} [{}]", module.unwrap_or(""))
}
