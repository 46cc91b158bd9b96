//! The closed sets of names of the contract, each made from the type it mirrors; a missing one does not compile.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{facts, triage};

/// An enum that is printed by the given names and made from the enum of the same variants.
macro_rules! names {
    ($(#[$about:meta])* $name:ident of $source:ty { $($(#[$doc:meta])* $variant:ident = $printed:literal,)* }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $printed)] $variant,)*
        }

        impl $name {
            /// The name that is printed.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $printed,)* }
            }
        }

        impl From<$source> for $name {
            fn from(source: $source) -> Self {
                type Source = $source;
                match source { $(Source::$variant => Self::$variant,)* }
            }
        }
    };
}

names! {
    /// What kind of input a report came from.
    InputKind of triage::InputKind {
        /// A sosreport or supportconfig.
        Sosreport = "sosreport",
        /// A kdump crash directory.
        CrashDirectory = "crash-directory",
        /// A memory dump by itself.
        Vmcore = "vmcore",
        /// A kernel log by itself.
        KernelLog = "kernel-log",
        /// A tree or a set of module files.
        ModuleTree = "module-tree",
        /// Any other directory or archive, or an input that could not be told.
        Directory = "directory",
    }
}

names! {
    /// What kind of event the kernel printed.
    EventKind of facts::EventKind {
        /// A fault in kernel mode.
        Oops = "oops",
        /// `kernel BUG at …` and `BUG:` reports that have no kind of their own.
        Bug = "bug",
        /// `Kernel panic` with no event before it that explains it.
        Panic = "panic",
        /// `WARNING:`.
        Warning = "warning",
        /// `BUG: soft lockup`.
        SoftLockup = "soft-lockup",
        /// `Watchdog detected hard LOCKUP`.
        HardLockup = "hard-lockup",
        /// `INFO: task … blocked for more than … seconds`.
        HungTask = "hung-task",
        /// An RCU stall.
        RcuStall = "rcu-stall",
        /// General protection fault.
        Gpf = "gpf",
        /// Double fault.
        DoubleFault = "double-fault",
        /// Machine check and other `[Hardware Error]` reports.
        MachineCheck = "machine-check",
        /// `scheduling while atomic`, `sleeping function called from invalid context`.
        AtomicSleep = "atomic-sleep",
        /// `list_add corruption` and its like.
        ListCorruption = "list-corruption",
        /// `Bad page state` and its like.
        BadPage = "bad-page",
        /// KASAN, KCSAN, KMSAN and KFENCE reports.
        Kasan = "kasan",
        /// UBSAN reports.
        Ubsan = "ubsan",
        /// `page allocation failure`.
        AllocFailure = "alloc-failure",
        /// `NETDEV WATCHDOG`.
        NetdevWatchdog = "netdev-watchdog",
        /// `invoked oom-killer`.
        Oom = "oom",
        /// `NMI received for unknown reason`.
        Nmi = "nmi",
        /// A kernel trace with no headline, or with one of a driver's own.
        Other = "other",
    }
}

names! {
    /// What brought an event about, as far as the log proves.
    Cause of triage::Cause {
        /// Code of a third-party module stands in it.
        Module = "module",
        /// Hardware reported it, its firmware is at fault, or a storage device did not answer.
        Hardware = "hardware",
        /// An administrator asked for it.
        Administrator = "administrator",
        /// Memory or another resource ran out, or a file server did not answer.
        Resource = "resource",
        /// The log does not say.
        Unknown = "unknown",
    }
}

names! {
    /// How a module stands in an event.
    Role of triage::Role {
        /// It holds the instruction pointer.
        Faulting = "faulting",
        /// The kernel's own text names it.
        Named = "named",
        /// A reliable frame of the backtrace.
        CallPath = "call-path",
        /// Stack residue only (`?`).
        StaleFrame = "stale-frame",
        /// It was unloaded before, and an address in module space has no symbol.
        Unloaded = "unloaded",
        /// It was being loaded or unloaded at the time.
        Loading = "loading",
        /// Loaded, and nowhere in the backtrace.
        Present = "present",
    }
}

names! {
    /// How far a suspicion carries.
    Confidence of triage::Confidence {
        /// The log proves that its code was running or had called what was.
        High = "high",
        /// It stands near the fault.
        Medium = "medium",
        /// A hint only.
        Low = "low",
    }
}

names! {
    /// What is known of the signature of a module file.
    SignatureState of facts::SignatureState {
        /// Present; nobody checked it.
        Signed = "signed",
        /// The file was seen whole and has none.
        Unsigned = "unsigned",
        /// Checked with a given certificate, and it holds.
        Verified = "verified",
        /// Whole, but no given certificate made it.
        Untrusted = "untrusted",
        /// It does not fit the contents.
        Mismatch = "mismatch",
        /// It is damaged.
        Malformed = "malformed",
        /// No evidence either way.
        Unknown = "unknown",
    }
}

names! {
    /// Where a module comes from.
    Provenance of triage::Provenance {
        /// Unsigned, out of tree, proprietary, or supported by somebody else than the distribution.
        ThirdParty = "third-party",
        /// Nothing tells.
        Undetermined = "undetermined",
        /// A witness that can show it shows none of these.
        Distribution = "distribution",
    }
}

names! {
    /// Which stack a frame stood on.
    StackContext of facts::StackContext {
        /// The task's own (or the kernel does not tell).
        Task = "task",
        /// An interrupt's.
        Irq = "irq",
        /// An NMI's.
        Nmi = "nmi",
        /// An exception's or a softirq's.
        Exception = "exception",
        /// The task that was interrupted, not the code that faulted.
        Interrupted = "interrupted",
    }
}

names! {
    /// Where an instruction pointer was read.
    IpSource of facts::IpSource {
        /// A register line, such as `RIP:`.
        Register = "register",
        /// The function of the headline.
        Headline = "headline",
        /// A crash listing, or a dump's registers.
        Dump = "dump",
    }
}

names! {
    /// Why the kernel's text names a module apart from frames and the instruction pointer.
    NamedBy of facts::NamedBy {
        /// The headline.
        Headline = "headline",
        /// `Workqueue: WQ FUNCTION [mod]`.
        Workqueue = "workqueue",
        /// `NETDEV WATCHDOG: ethX (drv)`.
        NetdevWatchdog = "netdev-watchdog",
        /// A slab cache named after it.
        SlabCache = "slab-cache",
        /// `handlers:` of `irq N: nobody cared`.
        IrqHandler = "irq-handler",
        /// Its own message opens the block.
        OwnMessage = "own-message",
    }
}

names! {
    /// What set an event off, where the log says so.
    Trigger of facts::Trigger {
        /// Nothing is said.
        Unstated = "unstated",
        /// An administrator.
        Administrator = "administrator",
        /// Hardware.
        Hardware = "hardware",
        /// The firmware, by the kernel's own text.
        Firmware = "firmware",
        /// A lack of memory or another resource.
        Resource = "resource",
    }
}

names! {
    /// State of UEFI Secure Boot.
    SecureBootState of facts::SecureBoot {
        /// On.
        Enabled = "enabled",
        /// Off.
        Disabled = "disabled",
        /// The tool could not tell.
        Undetermined = "undetermined",
    }
}
