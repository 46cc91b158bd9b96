//! Tasks that sleep and cannot be woken: what a hung task was waiting for is on its stack.
//!
//! `init_task` starts the list of processes, each of which heads the list of its threads. A task that does not run has
//! its registers on its stack, where `thread.sp` points: an `inactive_task_frame`. Source: include/linux/sched.h,
//! arch/x86/include/asm/switch_to.h.

use std::collections::HashSet;

use super::kernel::Kernel;
use super::registers::Registers;
use super::translate::Machine;

/// `TASK_UNINTERRUPTIBLE`, and `TASK_NOLOAD` with which kernel threads wait for work.
const UNINTERRUPTIBLE: u32 = 0x2;
const NO_LOAD: u32 = 0x400;
/// Most tasks that are looked at; `pid_max` is 4 million at most.
const MAX_TASKS: usize = 1 << 18;
/// Bytes of a command name.
const COMM: usize = 16;

/// A task that is not running.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SleepingTask {
    pub(crate) pid: Option<u32>,
    pub(crate) comm: Option<String>,
    /// State bits.
    pub(crate) state: u32,
    /// Where it will go on.
    pub(crate) registers: Registers,
}

impl SleepingTask {
    /// Whether the task is in state `D`.
    pub(crate) fn is_blocked(&self) -> bool {
        self.state & UNINTERRUPTIBLE != 0 && self.state & NO_LOAD == 0
    }
}

/// Offsets in bytes.
struct Layout {
    tasks: u64,
    state: u64,
    sp: u64,
    pid: u64,
    comm: u64,
    /// Of the pointer to the signals of a process, of the head of its threads there, and of the node of a thread.
    threads: Option<(u64, u64, u64)>,
    frame_bp: u64,
    frame_ip: u64,
    frame_size: u64,
}

impl Layout {
    fn of(kernel: &Kernel) -> Option<Self> {
        let btf = kernel.btf().ok()?;
        let task = |member: &str| btf.offset("task_struct", member);
        let frame_ip = btf.offset("inactive_task_frame", "ret_addr")?;
        Some(Self {
            tasks: task("tasks")?,
            // Renamed in 5.14.
            state: task("__state").or_else(|| task("state"))?,
            sp: task("thread.sp")?,
            pid: task("pid")?,
            comm: task("comm")?,
            threads: (|| Some((task("signal")?, btf.offset("signal_struct", "thread_head")?, task("thread_node")?)))(),
            frame_bp: btf.offset("inactive_task_frame", "bp")?,
            frame_ip,
            frame_size: frame_ip.checked_add(8)?,
        })
    }
}

/// The tasks of a dump.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tasks {
    /// Those that could be read. A task that is running has a stale place to go on at.
    pub(crate) tasks: Vec<SleepingTask>,
    /// How many could not be read: filters leave out pages that they take for free.
    pub(crate) lost: usize,
}

/// All tasks; `None` where the dump does not tell (or where tasks of its machine are not read).
pub(crate) fn all(kernel: &Kernel) -> Option<Tasks> {
    if kernel.memory.translator().machine() != Machine::X86_64 {
        return None;
    }
    let layout = Layout::of(kernel)?;
    let init = kernel.symbol("init_task")?;
    let mut seen = HashSet::new();
    let processes = ring(kernel, init.wrapping_add(layout.tasks), &mut seen);
    let mut found = Tasks::default();
    for process in processes.iter().map(|node| node.wrapping_sub(layout.tasks)) {
        let threads = layout.threads.and_then(|(signal, head, node)| {
            let signal = kernel.memory.u64(process.wrapping_add(signal)).ok()?;
            let nodes = ring(kernel, signal.wrapping_add(head), &mut seen);
            Some(nodes.into_iter().map(|at| at.wrapping_sub(node)).collect::<Vec<_>>())
        });
        let threads = threads.filter(|threads| threads.contains(&process)).unwrap_or_else(|| vec![process]);
        for task in threads {
            match read(kernel, task, &layout) {
                Some(task) => found.tasks.push(task),
                None => found.lost += 1,
            }
        }
    }
    Some(found)
}

/// The nodes of a list behind its head. A list that is broken or was seen before ends there.
fn ring(kernel: &Kernel, head: u64, seen: &mut HashSet<u64>) -> Vec<u64> {
    let (mut nodes, mut at) = (Vec::new(), head);
    while let Ok(next) = kernel.memory.u64(at)
        && next != head
        && seen.len() < MAX_TASKS
        && seen.insert(next)
    {
        nodes.push(next);
        at = next;
    }
    nodes
}

fn read(kernel: &Kernel, task: u64, layout: &Layout) -> Option<SleepingTask> {
    let memory = &kernel.memory;
    let state = memory.u32(task.wrapping_add(layout.state)).ok()?;
    let sp = memory.u64(task.wrapping_add(layout.sp)).ok()?;
    let bp = memory.u64(sp.wrapping_add(layout.frame_bp)).ok()?;
    let ip = memory.u64(sp.wrapping_add(layout.frame_ip)).ok()?;
    let comm = memory.string(task.wrapping_add(layout.comm), COMM).ok();
    Some(SleepingTask {
        pid: memory.u32(task.wrapping_add(layout.pid)).ok(),
        comm: comm.map(|comm| String::from_utf8_lossy(&comm).into_owned()),
        state,
        registers: Registers { ip, bp, sp: sp.wrapping_add(layout.frame_size), ..Registers::default() },
    })
}
