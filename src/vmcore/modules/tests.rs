//! The fall-backs, on dumps of real kernels whose symbols and layouts are hidden from the reader.

use std::path::PathBuf;

use super::*;
use crate::kernel_log::LogReader;
use crate::vmcore::symbolize::Symbolizer;
use crate::vmcore::{OpenOptions, Vmcore, tasks, unwind};

/// Dumps of real kernels; nothing where the folder is absent.
fn dumps() -> Vec<PathBuf> {
    let shared = std::env::var_os("TAINTRACE_SHARED").map_or_else(|| PathBuf::from("../shared"), PathBuf::from);
    let folder = shared.join("fixtures/vmcores");
    let Ok(entries) = std::fs::read_dir(&folder) else {
        eprintln!("skipped: no dumps at {}", folder.display());
        return Vec::new();
    };
    let mut dumps: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    dumps.sort();
    dumps
}

fn list(kernel: &Kernel, dump: &Vmcore) -> ModuleList {
    let mut reader = LogReader::new("log");
    reader.feed(&dump.log().unwrap().to_text());
    let log = reader.finish();
    let linked_in: Vec<&LinkedIn> = log.events.iter().filter_map(|e| e.linked_in.as_deref()).collect();
    ModuleList::read(kernel, &linked_in).unwrap_or_else(|e| panic!("{e}"))
}

/// Name and taints of each module.
fn told(list: &ModuleList) -> Vec<(&str, Option<u64>)> {
    list.modules.iter().map(|m| (m.name.as_str(), m.taints)).collect()
}

#[test]
fn modules_are_the_same_without_symbols_and_layouts() {
    for path in dumps() {
        let dump = Vmcore::open(&path, &OpenOptions::default()).unwrap();
        let seeing = dump.kernel().unwrap();
        let expected = list(&seeing, &dump);
        for (symbols, by) in [(true, "kallsyms"), (false, "module-ring scan")] {
            let blind = dump.kernel().unwrap().blinded(symbols);
            let found = list(&blind, &dump);
            let name = path.display();
            let calibrated = found.by.starts_with(by) && found.by.ends_with(", taints calibrated by the log");
            assert!(calibrated, "{name}: {} {:?}", found.by, found.problems);
            assert_eq!(told(&found), told(&expected), "{name}");
        }
    }
}

#[test]
fn module_symbols_are_the_same_without_layouts() {
    for path in dumps() {
        let dump = Vmcore::open(&path, &OpenOptions::default()).unwrap();
        let seeing = dump.kernel().unwrap();
        let expected = list(&seeing, &dump);
        let blind = dump.kernel().unwrap().blinded(true);
        let found = list(&blind, &dump);
        for (found, expected) in found.modules.iter().zip(&expected.modules) {
            let name = format!("{}: {}", path.display(), expected.name);
            // From 6.4 on memory is in pieces, which have no shape of their own.
            if expected.memory.len() > 1 {
                assert_eq!(found.symbols, None, "{name}");
                continue;
            }
            assert_eq!(found.symbols, expected.symbols, "{name}");
            assert_eq!(found.memory, expected.memory, "{name}");
        }
    }
}

#[test]
fn stacks_of_all_sleeping_tasks_end_where_tasks_start() {
    const STARTS: [&str; 4] =
        ["ret_from_fork", "ret_from_fork_asm", "entry_SYSCALL_64_after_hwframe", "secondary_startup"];
    for path in dumps() {
        let dump = Vmcore::open(&path, &OpenOptions::default()).unwrap();
        let kernel = dump.kernel().unwrap();
        let modules = list(&kernel, &dump).modules;
        let symbolizer = Symbolizer::new(&kernel, &modules);
        let tasks = tasks::all(&kernel).unwrap().tasks;
        assert!(tasks.len() >= 30, "{}: {} tasks", path.display(), tasks.len());
        let mut blocked = 0;
        for task in tasks.iter().filter(|task| task.state != 0) {
            let trace = unwind::backtrace_of_sleeper(&kernel, &symbolizer, task.registers);
            let last = trace.frames.last().and_then(|f| f.symbol.as_deref()).unwrap_or("?");
            let whole = trace.problem.is_none() && STARTS.iter().any(|start| last.starts_with(start));
            assert!(whole, "{}: {:?} {:#?}", path.display(), task.comm, trace);
            blocked += usize::from(task.is_blocked());
        }
        println!("{}: {} tasks, {blocked} of them blocked", path.display(), tasks.len());
    }
}
