//! The headlines of kernel events: one row each, with the kind they prove, the part they play, and what they continue.
//!
//! ```text
//! BUG: unable to handle kernel NULL pointer dereference at (null)      a pre-line of
//! Oops: 0000 [#1] SMP                                                  a fault, which ends in
//! Kernel panic - not syncing: Fatal exception                          a panic: one event
//! ```
//!
//! A row that grows this table is all that a new headline needs. Source: the printk calls named in the comments, read in
//! RHEL 3 (2.4.21) to RHEL 10 (6.12), SUSE, Debian 6.1/6.12 and mainline 6.19.

use super::before::{self, Before};
use super::headline::{self, Read};
use crate::facts::EventKind::{self, *};

/// What a headline is in its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum Role {
    /// `------------[ cut here ]------------`.
    CutHere = 1,
    /// Comes before a fault and says what was accessed.
    PreLine = 2,
    /// A text that a BUG or a WARNING carries: before or behind it, or alone.
    Text = 4,
    /// `STR: XXXX [#N]`.
    Die = 8,
    /// `kernel BUG at`.
    Bug = 16,
    /// `WARNING:`.
    Warning = 32,
    /// `Kernel panic`.
    Panic = 64,
    /// Stands for itself.
    Report = 128,
    /// `SysRq : Trigger a crash`.
    Administrator = 256,
    /// Opens a listing that somebody asked for: no event.
    Listing = 512,
    /// An assertion of a module of its own.
    Assertion = 1024,
    /// The head of crash's `bt`.
    CrashListing = 2048,
    /// One of several reports of one hardware error: each CPU makes its own.
    Hardware = 4096,
}

/// A set of roles.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Roles(u16);

impl Roles {
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn of(roles: &[Role]) -> Self {
        let mut bits = 0;
        let mut rest = roles;
        while let Some((role, after)) = rest.split_first() {
            bits |= *role as u16;
            rest = after;
        }
        Self(bits)
    }

    pub(super) fn with(self, role: Role) -> Self {
        Self(self.0 | role as u16)
    }

    pub(super) fn has(self, role: Role) -> bool {
        self.0 & role as u16 != 0
    }

    pub(super) fn all_in(self, other: Self) -> bool {
        self.0 & !other.0 == 0
    }
}

/// Where a row's text stands in the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// At its start, behind a subsystem's prefix at most.
    Head,
    /// Behind what the kernel prints before it.
    Inside,
}

/// One headline.
pub(super) struct Starter {
    pub(super) text: &'static str,
    pub(super) place: Place,
    /// What may stand before a text inside of the line.
    pub(super) before: Before,
    /// What the line must also hold.
    pub(super) also: &'static [&'static str],
    pub(super) kind: Option<EventKind>,
    pub(super) role: Role,
    /// The headlines of an open event that this one continues.
    pub(super) after: Roles,
    /// Of several headlines the strongest names the event.
    pub(super) strength: u8,
    /// Prints no registers and no trace: those that follow are another event's.
    pub(super) bare: bool,
    /// Prints a trace and nothing else: registers and a module list behind it are another event's.
    pub(super) trace_only: bool,
    /// The process stands behind all traces and ends the report.
    pub(super) process_last: bool,
    pub(super) read: Read,
}

impl Starter {
    const fn new(text: &'static str, kind: EventKind, role: Role, strength: u8) -> Self {
        let after = Roles::NONE;
        Self {
            text,
            place: Place::Head,
            before: str::is_empty,
            also: &[],
            kind: Some(kind),
            role,
            after,
            strength,
            bare: false,
            trace_only: false,
            process_last: false,
            read: headline::nothing,
        }
    }

    const fn kindless(text: &'static str, role: Role) -> Self {
        let after = Roles::NONE;
        Self {
            text,
            place: Place::Head,
            before: str::is_empty,
            also: &[],
            kind: None,
            role,
            after,
            strength: 0,
            bare: false,
            trace_only: false,
            process_last: false,
            read: headline::nothing,
        }
    }

    const fn after(self, roles: &[Role]) -> Self {
        Self { after: Roles::of(roles), ..self }
    }

    const fn also(self, also: &'static [&'static str]) -> Self {
        Self { also, ..self }
    }

    const fn behind(self, before: Before) -> Self {
        Self { place: Place::Inside, before, ..self }
    }

    const fn bare(self) -> Self {
        Self { bare: true, ..self }
    }

    const fn trace_only(self) -> Self {
        Self { trace_only: true, ..self }
    }

    const fn process_last(self) -> Self {
        Self { process_last: true, ..self }
    }

    const fn read(self, read: Read) -> Self {
        Self { read, ..self }
    }
}

const fn pre(text: &'static str) -> Starter {
    Starter::new(text, Oops, Role::PreLine, 5).after(&[Role::CutHere, Role::Administrator, Role::Text])
}

const fn die(text: &'static str, kind: EventKind, strength: u8) -> Starter {
    Starter::new(text, kind, Role::Die, strength).after(DIE_AFTER).read(headline::die)
}

const fn warning(text: &'static str) -> Starter {
    Starter::new(text, Warning, Role::Warning, 3).after(&[Role::CutHere, Role::Text]).read(headline::warning)
}

const fn text(text: &'static str, kind: EventKind) -> Starter {
    Starter::new(text, kind, Role::Text, 2).after(&[Role::CutHere, Role::Warning, Role::Text])
}

const fn report(text: &'static str, kind: EventKind) -> Starter {
    Starter::new(text, kind, Role::Report, 8)
}

const fn hardware(text: &'static str) -> Starter {
    Starter::new(text, MachineCheck, Role::Hardware, 8).after(&[Role::Hardware]).behind(before::cpu).bare()
}

const fn lockdep(text: &'static str) -> Starter {
    Starter::new(text, Warning, Role::Report, 8)
}

const fn slub(message: &'static [&'static str]) -> Starter {
    report("BUG ", Bug).also(message).read(headline::slab)
}

const fn hard_lockup(text: &'static str) -> Starter {
    report(text, HardLockup).after(&[Role::CutHere, Role::Warning, Role::Text]).read(headline::hard_lockup)
}

const fn listing(text: &'static str) -> Starter {
    Starter::kindless(text, Role::Listing)
}

/// A fault continues everything that can lead to it.
const DIE_AFTER: &[Role] = &[Role::CutHere, Role::PreLine, Role::Text, Role::Bug, Role::Administrator];

/// Every headline. Longer texts stand before those that begin them.
pub(super) const STARTERS: &[Starter] = &[
    Starter::kindless("------------[ cut here ]", Role::CutHere).after(&[Role::Text, Role::Administrator]),
    Starter::kindless("----------- [cut here ]", Role::CutHere).after(&[Role::Text, Role::Administrator]),
    // panic(), kernel/panic.c; 2.4 has no "not syncing" here
    Starter::new("Kernel panic - not syncing", Panic, Role::Panic, 1).read(headline::panic),
    Starter::new("Kernel panic: ", Panic, Role::Panic, 1).read(headline::panic),
    Starter::new("Panic on CPU ", Panic, Role::Panic, 1).read(headline::cpu_number), // Xen
    // die(), arch/*/kernel/{traps,dumpstack}.c; other texts are told by their `[#N]`
    die("Oops: general protection fault", Gpf, 6),
    die("Oops: double fault", DoubleFault, 7),
    die("Oops: stack guard page", DoubleFault, 7),
    die("kernel stack overflow (double-fault): ", DoubleFault, 7),
    die("general protection fault: ", Gpf, 6),
    die("general protection fault, ", Gpf, 6),
    die("stack guard page: ", DoubleFault, 7),
    die("double fault: ", DoubleFault, 7),
    die("Internal error: Oops - BUG: ", Bug, 8),
    die("Oops: ", Oops, 5),
    die("Internal error: ", Oops, 5),
    die("invalid opcode: ", Oops, 5),
    die("invalid operand: 0000", Oops, 5), // up to 2.6.11; before 2.6 without a number
    die("divide error: ", Oops, 5),
    die("stack segment: ", Oops, 5),
    die("segment not present: ", Oops, 5),
    die("invalid TSS: ", Oops, 5),
    die("int3: ", Oops, 5),
    die("bad pagetable: ", Oops, 5),
    die(" [#", Oops, 5).behind(before::unquoted), // `protection exception: 0004 ilc:2 [#1] SMP`, and whatever an architecture calls it
    // arch/x86/mm/fault.c, arch/{arm64,s390,powerpc}/mm/fault.c
    pre("BUG: unable to handle "),
    pre("BUG: kernel NULL pointer dereference"),
    pre("BUG: Unable to handle kernel "),
    pre("BUG: Kernel NULL pointer dereference"),
    pre("Unable to handle kernel "),
    pre("unable to handle kernel "),
    pre("Unhandled fault: "),
    pre("Bad mode in "),
    Starter::new("kernel tried to execute ", Oops, Role::Text, 4).after(&[Role::CutHere]),
    Starter::new("Kernel attempted to ", Oops, Role::Text, 4).also(&["exploit attempt?"]),
    Starter::new("PANIC: double fault", DoubleFault, Role::PreLine, 7),
    Starter::new("BUG: ", DoubleFault, Role::PreLine, 7).also(&["stack guard page was hit"]),
    Starter::new("Insufficient stack space to handle exception!", DoubleFault, Role::PreLine, 7),
    Starter::new("kernel stack overflow", DoubleFault, Role::PreLine, 7),
    Starter::new("Kernel stack overflow", DoubleFault, Role::PreLine, 7),
    Starter::new("SError Interrupt on CPU", Oops, Role::PreLine, 5).read(headline::cpu_number),
    // lib/bug.c and its forerunners in arch/
    Starter::new("kernel BUG ", Bug, Role::Bug, 8)
        .after(&[Role::CutHere, Role::Text, Role::Administrator])
        .read(headline::bug),
    Starter::new("Kernel BUG ", Bug, Role::Bug, 8)
        .after(&[Role::CutHere, Role::Text, Role::Administrator])
        .read(headline::bug),
    // kernel/panic.c; 2.6.9 said Badness, mainline 2.6.18 `BUG: warning at`
    warning("WARNING: at "),
    warning("WARNING: CPU: "),
    Starter::new("WARNING: ", Warning, Role::Warning, 3)
        .also(&[" at ", ", CPU#"])
        .after(&[Role::CutHere, Role::Text])
        .read(headline::warning_6_19),
    warning("Badness in ").trace_only(),
    warning("Badness at "),
    warning("BUG: warning at ").trace_only(),
    // kernel/locking/lockdep.c: no crash, but a warning with a trace
    lockdep("WARNING: possible "),
    lockdep("WARNING: inconsistent lock state"),
    lockdep("WARNING: bad unlock balance"),
    lockdep("WARNING: suspicious RCU usage"),
    lockdep("WARNING: held lock freed"),
    lockdep("WARNING: lock held "),
    lockdep("WARNING: bad contention"),
    lockdep("WARNING: Nested lock was not taken"),
    lockdep("[ BUG: "),
    lockdep("[ INFO: possible "),
    lockdep("[ INFO: inconsistent lock state"),
    lockdep("[ INFO: suspicious "),
    lockdep("INFO: possible "),
    // texts that a BUG or WARNING carries: lib/list_debug.c, net/sched/sch_generic.c, mm/usercopy.c
    text("list_add corruption", ListCorruption),
    text("list_add double add", ListCorruption),
    text("list_del corruption", ListCorruption),
    text("slist_del corruption", ListCorruption),
    text("usercopy: ", Bug).also(&[" attempt detected "]),
    text("NETDEV WATCHDOG: ", NetdevWatchdog).read(headline::netdev).bare(),
    text("NETDEV WATCHDOG: CPU: ", NetdevWatchdog).behind(before::device).read(headline::netdev).bare(),
    // kernel/watchdog.c, arch/powerpc/kernel/watchdog.c
    report("BUG: soft lockup", SoftLockup).read(headline::soft_lockup),
    hard_lockup("Watchdog detected hard LOCKUP"),
    hard_lockup("NMI Watchdog detected LOCKUP"),
    Starter::new("CPU ", HardLockup, Role::Text, 8).also(&[" detected hard LOCKUP on other CPUs"]),
    Starter::new("Watchdog CPU:", HardLockup, Role::Text, 8).also(&["detected Hard LOCKUP other CPUS"]),
    hard_lockup("CPU ").also(&[" Hard LOCKUP"]),
    hard_lockup("CPU ").also(&[" self-detected hard LOCKUP"]),
    hard_lockup("Watchdog CPU:").also(&["Hard LOCKUP"]),
    // kernel/hung_task.c
    report("INFO: task ", HungTask).also(&[" blocked for more than "]).read(headline::hung_task),
    // kernel/rcu*
    report("INFO: ", RcuStall).also(&["detected stall"]).read(headline::rcu),
    report("INFO: ", RcuStall).also(&["detected expedited stall"]).read(headline::rcu),
    report("INFO: RCU detected CPU", RcuStall).read(headline::rcu),
    // kernel/sched/core.c
    report("BUG: scheduling while atomic", AtomicSleep).read(headline::atomic),
    report("bad: scheduling while atomic", AtomicSleep),
    report("bad: scheduling from the idle thread", AtomicSleep),
    report("BUG: sleeping function called from invalid context", AtomicSleep),
    report("Debug: sleeping function called from invalid context", AtomicSleep),
    report("BUG: atomic scheduling", AtomicSleep),
    // lib/smp_processor_id.c: a debugging remark, after which the kernel goes on
    report("BUG: using ", Warning).also(&[" in preemptible ["]),
    // mm/
    report("BUG: Bad rss-counter", BadPage).bare(),
    report("BUG: Bad page ", BadPage).read(headline::bad_page),
    report("Bad page state ", BadPage).read(headline::bad_page),
    report("page allocation failure", AllocFailure).behind(before::process).read(headline::alloc),
    report("page allocation stalls for", AllocFailure).behind(before::process).read(headline::alloc),
    report(": vmalloc error: ", AllocFailure).behind(before::process).read(headline::alloc),
    report("vmalloc: allocation failure", AllocFailure).behind(before::process).read(headline::alloc),
    report("invoked oom-killer", Oom).behind(before::process).read(headline::oom),
    report("oom-killer: gfp_mask", Oom),
    // mm/kasan, mm/kfence, mm/kmsan, kernel/kcsan, lib/ubsan.c
    report("BUG: KASAN: ", Kasan).read(headline::sanitizer),
    report("BUG: KFENCE: ", Kasan).process_last().read(headline::sanitizer),
    report("BUG: KMSAN: ", Kasan).process_last().read(headline::sanitizer),
    report("BUG: KCSAN: ", Kasan).process_last().read(headline::sanitizer),
    report("UBSAN: ", Ubsan).after(&[Role::CutHere]),
    // mm/slub.c: the name of a cache stands behind BUG
    report("BUG ", Bug).also(&["ainted", "): "]).read(headline::slab),
    slub(&[": Objects remaining "]), // before 3.2 no taint stands behind the name
    slub(&[": Redzone overwritten"]),
    slub(&[": Poison overwritten"]),
    slub(&[": Padding overwritten"]),
    slub(&[": Object padding overwritten"]),
    slub(&[": Object already free"]),
    slub(&[": Freepointer corrupt"]),
    // arch/x86/kernel/cpu/mce, drivers/acpi/apei/ghes.c
    hardware("Machine Check Exception: ").read(headline::machine_check),
    hardware("Machine Check: ").also(&["CPU "]).read(headline::machine_check),
    report("Machine check in kernel mode", MachineCheck),
    hardware("Hardware error from APEI Generic Hardware Error Source"),
    // arch/x86/kernel/nmi.c
    report("Uhhuh. NMI received", Nmi).read(headline::nmi).bare(),
    report("NMI: PCI system error", Nmi).bare(),
    report("NMI: IOCK error", Nmi).bare(),
    // kernel/irq/spurious.c, kernel/locking/lockdep.c
    report("irq ", Other).also(&[": nobody cared"]),
    report("INFO: trying to register non-static key", Other),
    // assertions of SPL/ZFS and Lustre
    Starter::new("VERIFY", Other, Role::Assertion, 4).also(&[") failed"]),
    Starter::new("ASSERT", Other, Role::Assertion, 4).also(&[") failed"]),
    Starter::new("PANIC at ", Other, Role::Assertion, 6).after(&[Role::Assertion]).read(headline::spl_panic),
    Starter::new(") ASSERTION(", Other, Role::Assertion, 6)
        .behind(before::lustre)
        .also(&["failed"])
        .read(headline::lustre),
    Starter::new(") LBUG", Other, Role::Assertion, 5)
        .behind(before::lustre)
        .after(&[Role::Assertion])
        .read(headline::lustre),
    // whatever else calls itself a BUG
    report("BUG: ", Bug).read(headline::bug),
    // drivers/tty/sysrq.c: the administrator asked
    Starter::kindless("SysRq : Trigger a crash", Role::Administrator),
    Starter::kindless("sysrq: Trigger a crash", Role::Administrator),
    Starter::kindless("sysrq: SysRq : Trigger a crash", Role::Administrator),
    Starter::kindless("SysRq : Crashdump", Role::Administrator), // RHEL 5
    listing("SysRq : Show"),
    listing("sysrq: Show"),
    listing("sysrq: SysRq : Show"),
    listing("NMI backtrace for cpu "),
    listing("Sending NMI "),
    listing("sending NMI "),
    listing("Task dump for CPU "),
    Starter::kindless("PID: ", Role::CrashListing)
        .also(&["TASK: ", "CPU: ", "COMMAND: "])
        .read(headline::crash_listing),
];
