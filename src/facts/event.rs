//! Kernel events: what a kernel printed when something went wrong.

use std::sync::Arc;

use super::module::ModuleFlags;
use super::origin::Origin;
use super::release::KernelRelease;

/// What kind of event a block of log lines is. The names are those of the JSON contract.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EventKind {
    /// A fault in kernel mode: page fault, NULL dereference, invalid opcode, divide error, and other architectures' like.
    Oops,
    /// `kernel BUG at …` and `BUG:` reports that have no kind of their own.
    Bug,
    /// `Kernel panic` with no event before it that explains it.
    Panic,
    /// `WARNING:`.
    Warning,
    /// `BUG: soft lockup`.
    SoftLockup,
    /// `Watchdog detected hard LOCKUP`.
    HardLockup,
    /// `INFO: task … blocked for more than … seconds`.
    HungTask,
    /// RCU stall.
    RcuStall,
    /// General protection fault.
    Gpf,
    /// Double fault, stack overflow caught by a guard page.
    DoubleFault,
    /// Machine check and other `[Hardware Error]` reports.
    MachineCheck,
    /// `scheduling while atomic`, `sleeping function called from invalid context`.
    AtomicSleep,
    /// `list_add corruption` and its like.
    ListCorruption,
    /// `Bad page state`, `Bad page map`, `Bad rss-counter`, `Bad page cache`.
    BadPage,
    /// KASAN (and KCSAN, KMSAN, KFENCE) reports.
    Kasan,
    /// UBSAN reports.
    Ubsan,
    /// `page allocation failure`.
    AllocFailure,
    /// `NETDEV WATCHDOG`.
    NetdevWatchdog,
    /// `invoked oom-killer`.
    Oom,
    /// `NMI received for unknown reason`.
    Nmi,
    /// A kernel trace with no headline, or with one of a driver's own.
    Other,
}

impl EventKind {
    /// The name of the JSON contract, such as `soft-lockup`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Oops => "oops",
            Self::Bug => "bug",
            Self::Panic => "panic",
            Self::Warning => "warning",
            Self::SoftLockup => "soft-lockup",
            Self::HardLockup => "hard-lockup",
            Self::HungTask => "hung-task",
            Self::RcuStall => "rcu-stall",
            Self::Gpf => "gpf",
            Self::DoubleFault => "double-fault",
            Self::MachineCheck => "machine-check",
            Self::AtomicSleep => "atomic-sleep",
            Self::ListCorruption => "list-corruption",
            Self::BadPage => "bad-page",
            Self::Kasan => "kasan",
            Self::Ubsan => "ubsan",
            Self::AllocFailure => "alloc-failure",
            Self::NetdevWatchdog => "netdev-watchdog",
            Self::Oom => "oom",
            Self::Nmi => "nmi",
            Self::Other => "other",
        }
    }
}

/// Which stack a frame stood on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StackContext {
    /// The task's own stack (or the kernel does not tell).
    #[default]
    Task,
    /// Between `<IRQ>` and `</IRQ>` or `<EOI>`.
    Irq,
    /// `<NMI>`.
    Nmi,
    /// `<#DF>`, `<#DB>`, `<#MC>`, `<#VC>`, `<SOFTIRQ>`, `<ENTRY_TRAMPOLINE>`.
    Exception,
    /// Below `<EOI>`, `</IRQ>` or `</NMI>`: the task that was interrupted, not the code that faulted.
    Interrupted,
}

/// One line of a backtrace.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frame {
    /// Function; `None` where only an address was printed.
    pub symbol: Option<String>,
    /// Module in brackets; `None` for code of the kernel image or an unknown address.
    pub module: Option<String>,
    /// Bytes into the function.
    pub offset: Option<u64>,
    /// Size of the function in bytes.
    pub size: Option<u64>,
    /// Address, where it was printed and is not hidden.
    pub address: Option<u64>,
    /// False for stack residue: `?`, `(unreliable)`, s390's parentheses.
    pub reliable: bool,
    /// Which stack.
    pub context: StackContext,
    /// The module was not printed: the address lies in its range of `/proc/modules`.
    pub placed: bool,
    /// Line of the log it was read at.
    pub line: u64,
}

/// Where the instruction pointer of an event was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum IpSource {
    /// `RIP:`, `EIP:`, `pc :`, `NIP`, `Krnl PSW` or `epc`.
    Register,
    /// The function of the headline (`WARNING: … at SYM`, `BUG: KASAN: … in SYM`).
    Headline,
    /// `[exception RIP: …]` of a crash listing, or a dump's registers.
    Dump,
}

/// The function that was executing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstructionPointer {
    /// Function; `None` where only an address was printed.
    pub symbol: Option<String>,
    /// Module; `None` for the kernel image or an unknown address.
    pub module: Option<String>,
    /// Bytes into the function.
    pub offset: Option<u64>,
    /// Size of the function in bytes.
    pub size: Option<u64>,
    /// Address.
    pub address: Option<u64>,
    /// The module was not printed: the address lies in its range of `/proc/modules`.
    pub placed: bool,
    /// Where it was read.
    pub source: IpSource,
    /// Line of the log it was read at.
    pub line: u64,
}

/// The taint text of an event, as printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PrintedTaint {
    /// `Not tainted`.
    NotTainted,
    /// The text behind `Tainted: `, right-trimmed, without the release: `P           OE  ------------ T`.
    Tainted(String),
}

/// One module of a module list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LinkedModule {
    /// Name as printed.
    pub name: String,
    /// Flags as printed.
    pub flags: ModuleFlags,
}

/// The module list of an event.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LinkedIn {
    /// All modules in the order of print.
    pub modules: Vec<LinkedModule>,
    /// `[last unloaded: …]`.
    pub last_unloaded: Option<LinkedModule>,
    /// `Unloaded tainted modules: …` (mainline 5.18 and later), with how often each was unloaded.
    pub unloaded_tainted: Vec<(LinkedModule, u32)>,
    /// Line of the heading (or of the first names where there is no heading).
    pub line: u64,
    /// False where the list is known to be cut: the input ended inside it, or a record limit ate its end.
    pub complete: bool,
}

/// Why the kernel's own text names a module apart from frames and the instruction pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NamedBy {
    /// `BUG: KASAN: … in SYM [mod]`, UBSAN, `usercopy` and other headlines that name a symbol or a module.
    Headline,
    /// `Workqueue: WQ FUNCTION [mod]`.
    Workqueue,
    /// `NETDEV WATCHDOG: ethX (drv)`.
    NetdevWatchdog,
    /// `BUG CACHE (Tainted: …)`, where the slab cache is named after a module.
    SlabCache,
    /// `handlers:` of `irq N: nobody cared`.
    IrqHandler,
    /// The driver whose own message opens the block (`NVRM: …`, `VERIFY3…`/`PANIC at …` of SPL).
    OwnMessage,
}

/// A module named by the text of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedModule {
    /// Its name as printed.
    pub module: String,
    /// What named it.
    pub by: NamedBy,
    /// Function, where one was printed.
    pub symbol: Option<String>,
    /// Line of the log.
    pub line: u64,
}

/// What set an event off, where the log says so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Trigger {
    /// Nothing is said.
    #[default]
    Unstated,
    /// An administrator: `SysRq : Trigger a crash`, `echo c > /proc/sysrq-trigger`, an NMI button with panic on NMI.
    Administrator,
    /// Hardware reported the error.
    Hardware,
    /// The kernel complains of the firmware: `Your BIOS is broken`, `[Firmware Bug]`.
    Firmware,
    /// A lack of memory or another resource.
    Resource,
}

/// One kernel event, as one log tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelEvent {
    /// What kind.
    pub kind: EventKind,
    /// Headline as printed, without envelope; for a headless trace a description of its first line.
    pub title: String,
    /// The headline's line (the first line of the block where there is no headline).
    pub origin: Origin,
    /// First and last line of the block.
    pub lines: (u64, u64),
    /// Kernel time stamp of the headline in microseconds since boot.
    pub time_us: Option<u64>,
    /// Wall-clock stamp of the headline, as its envelope printed it.
    pub wall: Option<String>,
    /// Which boot of this log, counted from 0; it rises at `Linux version`, at a stamp that goes far back, at `-- Reboot --`.
    pub boot: u32,
    /// Kernel release printed in the event.
    pub release: Option<KernelRelease>,
    /// CPU number.
    pub cpu: Option<u32>,
    /// Process id.
    pub pid: Option<u32>,
    /// Command name, at most 15 characters as the kernel keeps it.
    pub comm: Option<String>,
    /// Taint text; `None` where the event prints none.
    pub taint: Option<PrintedTaint>,
    /// The verbose taint line (6.11 and later): letter and name of each flag, such as `('P', "PROPRIETARY_MODULE")`.
    pub taint_names: Vec<(char, String)>,
    /// Instruction pointer in kernel mode.
    pub ip: Option<InstructionPointer>,
    /// The backtrace of the task or CPU the event is about, in order of print.
    pub frames: Vec<Frame>,
    /// Module list; `None` where the event prints none.
    pub linked_in: Option<Arc<LinkedIn>>,
    /// Modules that the event's text names otherwise.
    pub named: Vec<NamedModule>,
    /// What set it off.
    pub trigger: Trigger,
    /// The N of `[#N]`.
    pub oops_number: Option<u32>,
    /// Message of the `Kernel panic` that this event ended in.
    pub panic: Option<String>,
    /// The head of the block was cut or filtered away.
    pub headless: bool,
    /// Lines of several CPUs are mixed so that they could not be told apart; fields may be incomplete.
    pub garbled: bool,
    /// The input ended inside this event.
    pub truncated: bool,
    /// How many more times the same event (kind, instruction pointer, frames, process) came later in this log, folded into this one.
    pub repeats: u32,
}

/// The checkers whose reports are of the kind [`EventKind::Kasan`], by the words of their headlines (mm/kfence/report.c,
/// mm/kmsan/report.c, kernel/kcsan/report.c).
const CHECKERS: &[(&str, &str)] = &[("BUG: KFENCE: ", "kfence"), ("BUG: KMSAN: ", "kmsan"), ("BUG: KCSAN: ", "kcsan")];

impl KernelEvent {
    /// The kind by the name that readers know: that of the JSON contract, and for the report of a checker other than KASAN
    /// the checker's, such as `kfence`.
    pub fn kind_name(&self) -> &'static str {
        let checkers = if self.kind == EventKind::Kasan { CHECKERS } else { &[] };
        let checker = checkers.iter().find(|(headline, _)| self.title.contains(headline));
        checker.map_or(self.kind.as_str(), |(_, name)| name)
    }

    /// The instruction pointer where it says what the event is about. That of a hard lockup's own warning, `WARNING: at
    /// kernel/watchdog.c:245 watchdog_overflow_callback()`, says where the watchdog stood and not where the CPU hung; registers
    /// of a panic that stands in its own backtrace were read behind it, by whoever was told of it.
    pub fn fault(&self) -> Option<&InstructionPointer> {
        let ip = self.ip.as_ref()?;
        let aside = match self.kind {
            EventKind::HardLockup => ip.symbol.as_deref().is_some_and(|symbol| symbol.starts_with("watchdog_")),
            EventKind::Panic => {
                let panicked = |frame: &Frame| frame.reliable && frame.symbol.as_deref() == Some("panic");
                ip.source == IpSource::Register && ip.module.is_none() && self.frames.iter().any(panicked)
            }
            _ => false,
        };
        Some(ip).filter(|_| !aside)
    }

    /// KCSAN's report of a data race: no memory was damaged, and the kernel goes on.
    pub fn is_data_race(&self) -> bool {
        self.kind_name() == "kcsan"
    }
}
