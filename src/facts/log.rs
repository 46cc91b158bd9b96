//! What one kernel log holds.

use std::sync::Arc;

use super::event::KernelEvent;
use super::origin::Origin;
use super::release::KernelRelease;

/// The start of a boot inside a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Boot {
    /// Where it begins.
    pub origin: Origin,
    /// Release of its `Linux version` line; `None` where the boot was told by a marker or by a stamp going back.
    pub release: Option<KernelRelease>,
    /// Its wall-clock stamp, as the envelope printed it.
    pub wall: Option<String>,
}

/// What a one-line message says. Several are printed for the first offender only: their absence says nothing.
///
/// The texts are in `kernel_log::notice`, a row each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NoticeKind {
    /// `module verification failed: signature and/or required key missing` (once a boot).
    VerificationFailed,
    /// `loading out-of-tree module taints kernel` (first offender only).
    OutOfTree,
    /// `module license 'X' taints kernel` (first offender only); the licence is the detail.
    ProprietaryLicense,
    /// `module is from the staging directory`.
    Staging,
    /// `tainting kernel with TAINT_LIVEPATCH`.
    Livepatch,
    /// `loading test module taints kernel`.
    TestModule,
    /// `loading module not compiled with retpoline compiler`.
    NoRetpoline,
    /// `module uses symbols … from proprietary module M, inheriting taint`; M is the detail.
    InheritsProprietary,
    /// `version magic 'A' should be 'B'`: the load failed.
    VersionMagic,
    /// A forced load: no version magic, no symbol versions.
    ForcedLoad,
    /// `disagrees about version of symbol`, `Unknown symbol`, `no symbol version for`: a load that failed.
    SymbolMismatch,
    /// A load that was refused for want of a good signature; some of these texts name no module.
    LoadRejected,
    /// A signature by a key that the kernel does not have (`Request for unknown module key`, `ksign: … unknown public key`).
    UnknownKey,
    /// A key or hash on the kernel's blacklist.
    KeyBlacklisted,
    /// `Disabling lock debugging due to kernel taint`.
    LockDebuggingDisabled,
    /// `Lockdown: COMM: unsigned module loading is restricted`.
    LockdownRestricted,
    /// `Kernel is locked down from S`; S is the detail.
    LockedDown,
    /// `secureboot: Secure boot enabled`.
    SecureBootEnabled,
    /// `secureboot: Secure boot disabled`.
    SecureBootDisabled,
    /// `Loaded X.509 cert 'NAME: hex'`: a signer that the kernel trusts; the name is the detail.
    KeyLoaded,
    /// `TECH PREVIEW: … may not be fully supported`.
    TechPreview,
    /// `… is a Partner supported GPL module`.
    PartnerSupported,
    /// `Unmaintained driver is detected`, `Deprecated Driver is detected`, and the hardware ones; they do not taint.
    DeprecatedDriver,
    /// `externally supported module, setting X kernel taint flag` (SUSE).
    ExternallySupported,
    /// `module is not supported by SUSE`, `module not supported by SUSE, refusing to load`.
    NotSupported,
    /// `Module X is blacklisted`.
    ModuleBlacklisted,
    /// A read or write that a block device failed: `I/O error, dev sda, sector …`; the device is the detail.
    StorageError,
    /// A block device, its path or its controller that did not answer in time: timeouts, aborts, resets, `rejecting I/O to`.
    StorageStalled,
    /// A file server that does not answer: `nfs: server X not responding`; the server is the detail.
    ServerSilent,
    /// The file server answers again: `nfs: server X OK`.
    ServerBack,
    /// `[Firmware Bug]: …`: the kernel found the firmware wrong.
    FirmwareBug,
    /// An error of memory or of a device that was not corrected: `EDAC MC0: 1 UE …`, `PCIe Bus Error: severity=Uncorrected`.
    HardwareError,
}

impl NoticeKind {
    /// Whether it speaks of storage or of a file server.
    pub fn is_of_storage(self) -> bool {
        matches!(self, Self::StorageError | Self::StorageStalled | Self::ServerSilent | Self::ServerBack)
    }

    /// Whether such messages are repeated without end.
    pub fn comes_in_floods(self) -> bool {
        self.is_of_storage() || self == Self::HardwareError
    }
}

/// A one-line kernel message about a module, a key or the state of lockdown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// What it says.
    pub kind: NoticeKind,
    /// The module it names; `None` where the text names none.
    pub module: Option<String>,
    /// The rest that matters: a licence, a key, a symbol.
    pub detail: Option<String>,
    /// The message as printed, without envelope, at most a few hundred characters.
    pub text: String,
    /// Kernel time stamp in microseconds since boot.
    pub time_us: Option<u64>,
    /// Which boot of this log, as in [`KernelEvent::boot`].
    pub boot: u32,
    /// Where.
    pub origin: Origin,
}

/// All that one kernel log told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogFacts {
    /// Path of the log.
    pub path: Arc<str>,
    /// Events in order of their first line.
    pub events: Vec<KernelEvent>,
    /// One-line messages in order.
    pub notices: Vec<Notice>,
    /// Starts of boots in order; events before the first have boot 0 when the log begins in the middle of one.
    pub boots: Vec<Boot>,
    /// Lines read.
    pub lines: u64,
    /// Of a log without an event the first line that reads like one, where there is such a line.
    pub like_a_fault: Option<u64>,
    /// Events found beyond the number that is kept.
    pub events_dropped: u64,
    /// Notices found beyond the number that is kept.
    pub notices_dropped: u64,
    /// Lines of events that a finding may cite, by number, without envelope: headlines, pointers, frames, module lists.
    pub quotes: Vec<(u64, Box<str>)>,
}
