//! Walks the list of modules. A list that is broken is walked from both ends.

use std::collections::HashSet;

use super::super::error::{MemoryError, VmcoreError};
use super::super::kernel::Kernel;
use super::layout::{ModuleLayout, SymbolMembers};
use super::{MAX_MODULES, MAX_NAME, Module, OrcTables, PART, SymbolTable};
use crate::facts::LoadState;

/// `MODULE_STATE_UNFORMED`: not yet a module.
const UNFORMED: u32 = 3;
/// Most users of one module that are followed.
const MAX_USERS: usize = 128;
/// Longest version string that is read.
const MAX_VERSION: usize = 128;

/// All modules of the list at `head`, and what is wrong with it.
pub(super) fn read(
    kernel: &Kernel,
    head: u64,
    layout: &ModuleLayout,
) -> Result<(Vec<Module>, Vec<String>), VmcoreError> {
    let mut problems = Vec::new();
    let (mut nodes, end) = follow(kernel, head, 0);
    if let Some(reason) = end {
        problems.push(format!("the module list breaks off after {} modules: {reason}", nodes.len()));
        let (mut others, _) = follow(kernel, head, 8);
        let known: HashSet<u64> = nodes.iter().copied().collect();
        others.retain(|node| !known.contains(node));
        others.reverse();
        nodes.extend(others);
    }
    let mut modules = Vec::with_capacity(nodes.len());
    for node in nodes {
        match module(kernel, node.wrapping_sub(layout.list), layout) {
            Ok(Some(module)) => modules.push(module),
            Ok(None) => {}
            Err(error) => problems.push(format!("a module at {node:#x} could not be read: {error}")),
        }
    }
    match (modules.is_empty(), problems.first()) {
        (true, Some(reason)) => Err(VmcoreError::part(PART, reason)),
        _ => Ok((modules, problems)),
    }
}

/// The nodes from the head on, by the pointer at `link` (0 next, 8 previous), and why they end before the head.
fn follow(kernel: &Kernel, head: u64, link: u64) -> (Vec<u64>, Option<String>) {
    let (mut nodes, mut seen) = (Vec::new(), HashSet::new());
    let mut at = head;
    loop {
        at = match kernel.memory.u64(at.wrapping_add(link)) {
            Ok(next) => next,
            Err(error) => return (nodes, Some(error.to_string())),
        };
        if at == head {
            return (nodes, None);
        }
        if !seen.insert(at) {
            return (nodes, Some(format!("it leads back to {at:#x}")));
        }
        if nodes.len() == MAX_MODULES {
            return (nodes, Some(format!("it has more than {MAX_MODULES} modules")));
        }
        if kernel.memory.u64(at).is_err() {
            return (nodes, Some(format!("its next node {at:#x} cannot be read")));
        }
        nodes.push(at);
    }
}

/// One module; `None` where it is not one yet.
fn module(kernel: &Kernel, address: u64, layout: &ModuleLayout) -> Result<Option<Module>, MemoryError> {
    let memory = &kernel.memory;
    let at = |offset: u64| address.wrapping_add(offset);
    let state = match memory.u32(at(layout.state))? {
        UNFORMED => return Ok(None),
        1 => LoadState::Coming,
        2 => LoadState::Going,
        _ => LoadState::Live,
    };
    let name = memory.string(at(layout.name), MAX_NAME)?;
    let text = |offset: Option<u64>| {
        let pointer = memory.u64(at(offset?)).ok().filter(|&pointer| pointer != 0)?;
        let text = memory.string(pointer, MAX_VERSION).ok()?;
        Some(String::from_utf8_lossy(&text).into_owned())
    };
    Ok(Some(Module {
        address,
        name: String::from_utf8_lossy(&name).into_owned(),
        taints: layout.taints.and_then(|offset| memory.u64(at(offset)).ok()),
        state,
        signature_ok: layout.sig_ok.and_then(|offset| memory.u8(at(offset)).ok()).map(|byte| byte != 0),
        memory: pieces(kernel, address, layout),
        version: text(layout.version),
        srcversion: text(layout.srcversion),
        used_by: users(kernel, address, layout),
        symbols: layout.symbols.and_then(|members| symbol_table(kernel, address, members)),
        orc: layout.orc.and_then(|members| {
            let count = memory.u32(at(members.count)).ok().filter(|&count| count > 0)?;
            let (places, entries) = (memory.u64(at(members.places)).ok()?, memory.u64(at(members.entries)).ok()?);
            Some(OrcTables { places, entries, count })
        }),
    }))
}

/// The pieces of memory that a module has.
fn pieces(kernel: &Kernel, address: u64, layout: &ModuleLayout) -> Vec<std::ops::Range<u64>> {
    let piece = |&(base, size): &(u64, u64)| {
        let base = kernel.memory.u64(address.wrapping_add(base)).ok().filter(|&base| base != 0)?;
        let size = kernel.memory.u32(address.wrapping_add(size)).ok().filter(|&size| size != 0)?;
        Some(base..base.checked_add(u64::from(size))?)
    };
    layout.memory.iter().filter_map(piece).collect()
}

fn symbol_table(kernel: &Kernel, address: u64, members: SymbolMembers) -> Option<SymbolTable> {
    let memory = &kernel.memory;
    let table = match members.pointer {
        Some(offset) => memory.u64(address.wrapping_add(offset)).ok().filter(|&pointer| pointer != 0)?,
        None => address,
    };
    Some(SymbolTable {
        symtab: memory.u64(table.wrapping_add(members.symtab)).ok()?,
        count: memory.u32(table.wrapping_add(members.count)).ok()?,
        strtab: memory.u64(table.wrapping_add(members.strtab)).ok()?,
    })
}

/// Names of the modules that use one, in the order of `/proc/modules`.
fn users(kernel: &Kernel, address: u64, layout: &ModuleLayout) -> Vec<String> {
    let Some(members) = layout.users else { return Vec::new() };
    let head = address.wrapping_add(members.head);
    let (mut names, mut at, mut steps) = (Vec::new(), head, 0);
    while let Ok(next) = kernel.memory.u64(at)
        && next != head
        && steps < MAX_USERS
    {
        let user = next.wrapping_sub(members.node).wrapping_add(members.source);
        let name =
            kernel.memory.u64(user).and_then(|user| kernel.memory.string(user.wrapping_add(layout.name), MAX_NAME));
        names.extend(name.map(|name| String::from_utf8_lossy(&name).into_owned()));
        at = next;
        steps += 1;
    }
    names
}
