//! Bare addresses in module space, placed by the ranges of `/proc/modules`.
//!
//! A kernel without symbols at hand prints `RIP: 0010:0xffffffffc0a1b2c3`. Modules stand elsewhere after every boot, so
//! only events of the boot that was running at collection are placed. Format: `m_show()` in kernel/module/procfs.c.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use super::told::Told;
use crate::facts::{KernelEvent, ReportFacts, Witness};

/// Module ranges by their first address: end and name.
type Ranges<'a> = BTreeMap<u64, (u64, &'a str)>;

/// Names the modules of bare addresses in the events of the running boot.
pub(super) fn place(told: &mut [Told], facts: &ReportFacts) {
    let ranges: Ranges<'_> = facts
        .loaded
        .iter()
        .filter(|m| m.witness == Witness::ProcModules)
        .filter_map(|m| {
            let (start, size) = (m.address.filter(|a| *a != 0)?, m.size?);
            Some((start, (start.checked_add(size)?, m.name.as_str())))
        })
        .collect();
    if ranges.is_empty() {
        return;
    }
    let running: HashSet<usize> = told.iter().filter(|t| t.is_of_running_boot(&facts.logs)).map(|t| t.boot).collect();
    for told in told.iter_mut().filter(|t| running.contains(&t.boot) && has_bare_address(&t.event)) {
        name(Arc::make_mut(&mut told.event), &ranges);
    }
}

fn has_bare_address(event: &KernelEvent) -> bool {
    let at_ip = event.ip.as_ref().is_some_and(|ip| ip.symbol.is_none() && ip.module.is_none() && ip.address.is_some());
    at_ip || event.frames.iter().any(|f| f.symbol.is_none() && f.module.is_none() && f.address.is_some())
}

fn name(event: &mut KernelEvent, ranges: &Ranges<'_>) {
    let module_at = |address: u64| {
        let (_, (end, name)) = ranges.range(..=address).next_back()?;
        (address < *end).then(|| (*name).to_owned())
    };
    if let Some(ip) = event.ip.as_mut().filter(|ip| ip.symbol.is_none() && ip.module.is_none()) {
        ip.module = ip.address.and_then(module_at);
    }
    for frame in event.frames.iter_mut().filter(|f| f.symbol.is_none() && f.module.is_none()) {
        frame.module = frame.address.and_then(module_at);
    }
}
