//! Bare addresses in module space, placed by the ranges of `/proc/modules`.
//!
//! A kernel without symbols at hand prints `RIP: 0010:0xffffffffc0a1b2c3`. Modules stand elsewhere after every boot, so
//! only events of the boot that was running at collection are placed. Format: `m_show()` in kernel/module/procfs.c.

use std::collections::HashSet;
use std::sync::Arc;

use super::bad_address::KnownRange;
use super::told::Told;
use crate::facts::{KernelEvent, ReportFacts, Witness};

/// Where modules stood, and in which boots.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    /// By first address.
    modules: Vec<KnownRange>,
    /// The boots that were running at collection.
    boots: HashSet<usize>,
}

impl Ranges {
    /// Where modules stood in a boot; nothing for one of which that is not known.
    pub fn of_boot(&self, boot: usize) -> &[KnownRange] {
        if self.boots.contains(&boot) { &self.modules } else { &[] }
    }

    fn module_at(&self, address: u64) -> Option<String> {
        let behind = self.modules.partition_point(|range| range.start <= address);
        let range = self.modules.get(behind.checked_sub(1)?)?;
        (address < range.end).then(|| range.whose.clone())
    }
}

/// Names the modules of bare addresses in the events of the running boot, and tells where modules stood.
pub(super) fn place(told: &mut [Told], facts: &ReportFacts) -> Ranges {
    let listed = facts.loaded.iter().filter(|m| m.witness == Witness::ProcModules);
    let mut modules: Vec<KnownRange> = listed
        .filter_map(|m| {
            let (start, size) = (m.address.filter(|a| *a != 0)?, m.size?);
            Some(KnownRange { start, end: start.checked_add(size)?, whose: m.name.clone() })
        })
        .collect();
    if modules.is_empty() {
        return Ranges::default();
    }
    modules.sort_by_key(|range| range.start);
    let boots: HashSet<usize> = told.iter().filter(|t| t.is_of_running_boot(&facts.logs)).map(|t| t.boot).collect();
    let ranges = Ranges { modules, boots };
    for told in told.iter_mut().filter(|t| ranges.boots.contains(&t.boot) && has_bare_address(&t.event)) {
        name(Arc::make_mut(&mut told.event), &ranges);
    }
    ranges
}

fn has_bare_address(event: &KernelEvent) -> bool {
    let at_ip = event.ip.as_ref().is_some_and(|ip| ip.symbol.is_none() && ip.module.is_none() && ip.address.is_some());
    at_ip || event.frames.iter().any(|f| f.symbol.is_none() && f.module.is_none() && f.address.is_some())
}

fn name(event: &mut KernelEvent, ranges: &Ranges) {
    if let Some(ip) = event.ip.as_mut().filter(|ip| ip.symbol.is_none() && ip.module.is_none()) {
        ip.module = ip.address.and_then(|address| ranges.module_at(address));
        ip.placed = ip.module.is_some();
    }
    for frame in event.frames.iter_mut().filter(|f| f.symbol.is_none() && f.module.is_none()) {
        frame.module = frame.address.and_then(|address| ranges.module_at(address));
        frame.placed = frame.module.is_some();
    }
}
