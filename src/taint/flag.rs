//! The taint flags that kernels know: bit, letter, name and what each says of a module.
//!
//! One constant per flag; [`super::table`] puts them together per kernel lineage. Bits and letters are those of
//! `taint_flags[]` in `kernel/panic.c` and `TAINT_*` in `include/linux/panic.h` (`kernel.h` before 5.17), of the mainline
//! kernel and of the kernels of Red Hat, SUSE, Ubuntu and Oracle.

/// What a taint flag says of the module that set it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TaintClass {
    /// Its licence is not compatible with the GPL.
    Proprietary,
    /// It was not built as part of the kernel's own tree.
    OutOfTree,
    /// It has no signature, or none that the kernel accepts.
    Unsigned,
    /// It was loaded by force.
    Forced,
    /// It comes from the staging directory.
    Staging,
    /// It is a live patch.
    Livepatch,
    /// It is a technology preview of the distribution.
    TechPreview,
    /// The distribution does not support it.
    Unsupported,
    /// A partner supports it, not the distribution (SUSE).
    ExternallySupported,
    /// A partner supports it, not the distribution (Red Hat).
    PartnerSupported,
    /// It is a test module.
    Test,
    /// Reserved for distributions, with no meaning that is known of this one.
    Auxiliary,
    /// It speaks of the kernel or the machine, not of a module.
    Kernel,
}

/// One taint flag of one kernel lineage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaintFlag {
    /// Bit in `/proc/sys/kernel/tainted`; `None` for a mark that exists in module lists only (the `(U)` of RHEL 4 and 6).
    pub bit: Option<u8>,
    /// Letter when set, in the `Tainted:` text or in a module's flags.
    pub letter: Option<char>,
    /// Name of the kernel's constant without `TAINT_`.
    pub name: &'static str,
    /// What it means when set, one phrase for a person.
    pub meaning: &'static str,
    /// What it says of a module.
    pub class: TaintClass,
    /// The letter can stand behind a module's name.
    pub per_module: bool,
    /// What this flag cannot tell, where that matters.
    pub note: Option<&'static str>,
}

impl TaintFlag {
    /// A flag that is kept for the kernel as a whole only.
    const fn of_kernel(bit: u8, letter: char, name: &'static str, meaning: &'static str) -> Self {
        let class = TaintClass::Kernel;
        Self { bit: Some(bit), letter: Some(letter), name, meaning, class, per_module: false, note: None }
    }

    /// A flag that is kept for the kernel and for each module.
    const fn of_module(bit: u8, letter: char, name: &'static str, class: TaintClass, meaning: &'static str) -> Self {
        Self { bit: Some(bit), letter: Some(letter), name, meaning, class, per_module: true, note: None }
    }

    /// The same flag where module lists do not show it.
    pub(super) const fn kernel_wide(self) -> Self {
        Self { per_module: false, ..self }
    }

    /// The value of the flag in a mask; 0 for a mark without a bit.
    pub fn mask(&self) -> u64 {
        self.bit.and_then(|bit| 1u64.checked_shl(u32::from(bit))).unwrap_or(0)
    }
}

const AMBIGUOUS_F: &str =
    "F stands for an unsigned module on this kernel, and for one loaded by force; the letter cannot tell which";
const U_IN_LISTS: &str = "a module without an accepted signature; shown as (U) in module lists, kept in no mask";

/// bit 0; `G` is printed where it is not set.
pub(super) const PROPRIETARY: TaintFlag = TaintFlag::of_module(
    0,
    'P',
    "PROPRIETARY_MODULE",
    TaintClass::Proprietary,
    "a module with a licence that is not GPL-compatible was loaded",
);
/// bit 1, as mainline means it.
pub(super) const FORCED: TaintFlag = TaintFlag::of_module(
    1,
    'F',
    "FORCED_MODULE",
    TaintClass::Forced,
    "a module was loaded by force or without symbol versions",
);
/// bit 1 in mainline 3.7 to 3.14 and RHEL 7.0 and 7.1, where a failed signature check sets it too.
pub(super) const FORCED_OR_UNSIGNED: TaintFlag = TaintFlag {
    class: TaintClass::Unsigned,
    meaning: "an unsigned module was loaded, or a module was loaded by force",
    note: Some(AMBIGUOUS_F),
    ..FORCED
};
/// bit 2 until it was renamed in 3.15.
pub(super) const UNSAFE_SMP: TaintFlag =
    TaintFlag::of_kernel(2, 'S', "UNSAFE_SMP", "SMP with processors that were not made for it");
/// bit 2 since then.
pub(super) const CPU_OUT_OF_SPEC: TaintFlag =
    TaintFlag::of_kernel(2, 'S', "CPU_OUT_OF_SPEC", "the processor or the system runs out of its specification");
/// bit 3.
pub(super) const FORCED_RMMOD: TaintFlag =
    TaintFlag::of_kernel(3, 'R', "FORCED_RMMOD", "a module was unloaded by force");
/// bit 4.
pub(super) const MACHINE_CHECK: TaintFlag =
    TaintFlag::of_kernel(4, 'M', "MACHINE_CHECK", "the processor reported a machine check");
/// bit 5.
pub(super) const BAD_PAGE: TaintFlag =
    TaintFlag::of_kernel(5, 'B', "BAD_PAGE", "a bad page reference or unexpected page flags");
/// bit 6, since 2.6.21.
pub(super) const USER: TaintFlag = TaintFlag::of_kernel(6, 'U', "USER", "requested by a program in user space");
/// bit 7, since 2.6.25.
pub(super) const DIE: TaintFlag = TaintFlag::of_kernel(7, 'D', "DIE", "the kernel has had an oops or a BUG before");
/// bit 8.
pub(super) const OVERRIDDEN_ACPI_TABLE: TaintFlag =
    TaintFlag::of_kernel(8, 'A', "OVERRIDDEN_ACPI_TABLE", "an ACPI table was overridden");
/// bit 9, since 2.6.26.
pub(super) const WARN: TaintFlag = TaintFlag::of_kernel(9, 'W', "WARN", "the kernel has printed a warning before");
/// bit 10, since 2.6.28.
pub(super) const CRAP: TaintFlag =
    TaintFlag::of_module(10, 'C', "CRAP", TaintClass::Staging, "a driver of the staging directory was loaded");
/// bit 11, since 2.6.35.
pub(super) const FIRMWARE_WORKAROUND: TaintFlag =
    TaintFlag::of_kernel(11, 'I', "FIRMWARE_WORKAROUND", "a bug of the firmware was worked around");
/// bit 12, since 3.2.
pub(super) const OOT_MODULE: TaintFlag = TaintFlag::of_module(
    12,
    'O',
    "OOT_MODULE",
    TaintClass::OutOfTree,
    "a module from outside the kernel's own tree was loaded",
);
/// bit 13, since 3.15.
pub(super) const UNSIGNED_MODULE: TaintFlag = TaintFlag::of_module(
    13,
    'E',
    "UNSIGNED_MODULE",
    TaintClass::Unsigned,
    "a module without an accepted signature was loaded",
);
/// bit 13 in Ubuntu 3.13, which took the patch before the letter was changed.
pub(super) const UNSIGNED_MODULE_X: TaintFlag = TaintFlag { letter: Some('X'), ..UNSIGNED_MODULE };
/// bit 6 in RHEL 5: in the mask and in module lists, but without a column in the `Tainted:` text.
pub(super) const UNSIGNED_MODULE_RHEL5: TaintFlag = TaintFlag::of_module(
    6,
    'U',
    "UNSIGNED_MODULE",
    TaintClass::Unsigned,
    "a module without an accepted signature was loaded; in the mask and in module lists, never in the Tainted: text",
);
/// The `(U)` of RHEL 4, RHEL 6 and the first two UEK.
pub(super) const UNSIGNED_IN_LISTS: TaintFlag = TaintFlag {
    bit: None,
    letter: Some('U'),
    name: "UNSIGNED",
    meaning: U_IN_LISTS,
    class: TaintClass::Unsigned,
    per_module: true,
    note: None,
};
/// bit 14, since 3.17.
pub(super) const SOFTLOCKUP: TaintFlag = TaintFlag::of_kernel(14, 'L', "SOFTLOCKUP", "a soft lockup was seen before");
/// bit 15, since 4.0.
pub(super) const LIVEPATCH: TaintFlag =
    TaintFlag::of_module(15, 'K', "LIVEPATCH", TaintClass::Livepatch, "the kernel was live patched");
/// bit 16, since 4.15.
pub(super) const AUX: TaintFlag =
    TaintFlag::of_module(16, 'X', "AUX", TaintClass::Auxiliary, "auxiliary, for the use of distributions");
/// bit 16 as Red Hat has used it since RHEL 9.
pub(super) const AUX_TECH_PREVIEW: TaintFlag =
    TaintFlag { class: TaintClass::TechPreview, meaning: "a technology preview is in use", ..AUX };
/// bit 16 as SUSE has used it since 5.3.
pub(super) const AUX_EXTERNAL_SUPPORT: TaintFlag = TaintFlag {
    class: TaintClass::ExternallySupported,
    meaning: "a module that a partner supports was loaded (EXTERNAL_SUPPORT)",
    ..AUX
};
/// bit 17, since 4.17.
pub(super) const RANDSTRUCT: TaintFlag = TaintFlag::of_module(
    17,
    'T',
    "RANDSTRUCT",
    TaintClass::Kernel,
    "the kernel was built with randomised structure layout",
);
/// bit 18, since 6.0.
pub(super) const TEST: TaintFlag =
    TaintFlag::of_module(18, 'N', "TEST", TaintClass::Test, "a test ran in the kernel (KUnit)");
/// bit 19, since 6.15.
pub(super) const FWCTL: TaintFlag =
    TaintFlag::of_module(19, 'J', "FWCTL", TaintClass::Kernel, "fwctl was used to change a device's state");
/// bit 26 in RHEL 9.2 and later.
pub(super) const PARTNER_SUPPORTED: TaintFlag = TaintFlag::of_module(
    26,
    'p',
    "PARTNER_SUPPORTED",
    TaintClass::PartnerSupported,
    "a module that a partner supports was loaded",
);
/// bit 27 in RHEL 6.
pub(super) const BIT_BY_ZOMBIE: TaintFlag =
    TaintFlag::of_kernel(27, 'Z', "BIT_BY_ZOMBIE", "the boot option of the same jest was given");
/// bit 27 in RHEL 8.
pub(super) const SUPPORT_REMOVED_R: TaintFlag =
    TaintFlag::of_kernel(27, 'r', "SUPPORT_REMOVED", "hardware that is no longer supported is in use");
/// bit 27 in RHEL 9 and later, where the letter is `h`.
pub(super) const SUPPORT_REMOVED_H: TaintFlag = TaintFlag { letter: Some('h'), ..SUPPORT_REMOVED_R };
/// bit 28 in RHEL 6 and 7.
pub(super) const HARDWARE_UNSUPPORTED: TaintFlag =
    TaintFlag::of_kernel(28, 'H', "HARDWARE_UNSUPPORTED", "the hardware is not supported");
/// bit 29 in RHEL 5 to 7.
pub(super) const TECH_PREVIEW: TaintFlag =
    TaintFlag::of_module(29, 'T', "TECH_PREVIEW", TaintClass::TechPreview, "a technology preview is in use");
/// bit 29 in RHEL 8, where the letter is lower case because bit 17 has the capital.
pub(super) const TECH_PREVIEW_LOWER: TaintFlag = TaintFlag { letter: Some('t'), ..TECH_PREVIEW };
/// bit 30 in RHEL 8.
pub(super) const UNPRIVILEGED_BPF_30: TaintFlag =
    TaintFlag::of_kernel(30, 'u', "UNPRIVILEGED_BPF", "unprivileged BPF was switched on");
/// bit 31 in RHEL 9 and later.
pub(super) const UNPRIVILEGED_BPF_31: TaintFlag = TaintFlag { bit: Some(31), ..UNPRIVILEGED_BPF_30 };
/// bit 30 in SUSE kernels up to 4.12.
pub(super) const NO_SUPPORT_30: TaintFlag = TaintFlag::of_module(
    30,
    'N',
    "NO_SUPPORT",
    TaintClass::Unsupported,
    "a module that SUSE does not support was loaded",
);
/// bit 31 in SUSE kernels since 5.3.
pub(super) const NO_SUPPORT_31: TaintFlag = TaintFlag { bit: Some(31), ..NO_SUPPORT_30 };
/// bit 31 in SUSE kernels since 6.0, where `N` is left to TEST.
pub(super) const NO_SUPPORT_LOWER: TaintFlag = TaintFlag { letter: Some('n'), ..NO_SUPPORT_31 };
/// bit 31 in SUSE kernels up to 4.12.
pub(super) const EXTERNAL_SUPPORT: TaintFlag = TaintFlag::of_module(
    31,
    'X',
    "EXTERNAL_SUPPORT",
    TaintClass::ExternallySupported,
    "a module that a partner supports was loaded",
);
