//! Red Hat Enterprise Linux and its rebuilds, and the kernels of Fedora that carry Red Hat's flags.

use super::super::flag::*;
use super::Columns::{Flags, Literal, Reserved};
use super::ProcModules::{AsInLists, Bare, WithoutUnsigned};
use super::{Row, Table, sixteen, twelve};

/// RHEL 3: 2.4.21-63.EL. `P` is set by insmod, not by the kernel.
pub(in crate::taint) static RHEL3: Table = Table {
    name: "rhel3",
    label: "RHEL 3",
    flags: &[PROPRIETARY.kernel_wide(), FORCED.kernel_wide()],
    rows: &[&[Flags(0, 1)]],
    proc_modules: Bare,
    hidden: Some("RHEL 3 knows no module signatures"),
};

/// RHEL 4: 2.6.9-89.29.1.EL.
pub(in crate::taint) static RHEL4: Table = Table {
    name: "rhel4",
    label: "RHEL 4",
    flags: &[
        PROPRIETARY.kernel_wide(),
        FORCED.kernel_wide(),
        UNSAFE_SMP,
        FORCED_RMMOD,
        MACHINE_CHECK,
        BAD_PAGE,
        UNSIGNED_IN_LISTS,
    ],
    rows: &[&[Flags(0, 5)]],
    proc_modules: Bare,
    hidden: Some("RHEL 4 marks unsigned modules in module lists only, as (U)"),
};

/// RHEL 5: 2.6.18-274.7.1.el5; -164.el5 prints no dashes yet. A blank before the dashes is accepted: logs are said to have one.
pub(in crate::taint) static RHEL5: Table = Table {
    name: "rhel5",
    label: "RHEL 5",
    flags: &[
        PROPRIETARY,
        FORCED,
        UNSAFE_SMP,
        FORCED_RMMOD,
        MACHINE_CHECK,
        BAD_PAGE,
        UNSIGNED_MODULE_RHEL5,
        TECH_PREVIEW,
    ],
    rows: &[
        &[Flags(0, 5), Literal("--------------------- "), Flags(29, 29)],
        &[Flags(0, 5), Literal(" --------------------- "), Flags(29, 29)],
        &[Flags(0, 5)],
    ],
    proc_modules: AsInLists,
    hidden: Some("RHEL 5 prints no letter for unsigned modules (bit 6, value 64): see the mask or a module list"),
};

/// RHEL 6: 2.6.32-504.16.2.el6; -696.23.1.el6 has a column for soft lockups among the dashes.
pub(in crate::taint) static RHEL6: Table = Table {
    name: "rhel6",
    label: "RHEL 6",
    flags: twelve![
        FORCED, UNSAFE_SMP;
        SOFTLOCKUP, BIT_BY_ZOMBIE, HARDWARE_UNSUPPORTED, TECH_PREVIEW, UNSIGNED_IN_LISTS,
    ],
    rows: &[
        &[Flags(0, 11), Reserved(12, 26), Flags(27, 29)],
        &[Flags(0, 11), Reserved(12, 13), Flags(14, 14), Reserved(15, 26), Flags(27, 29)],
    ],
    proc_modules: WithoutUnsigned,
    hidden: Some("RHEL 6 marks unsigned modules in module lists only, as (U)"),
};

/// RHEL 7.0 and 7.1: 3.10.0-229.14.1.el7. There is no bit 13, and no column for it.
pub(in crate::taint) static RHEL7_0: Table = Table {
    name: "rhel7.0",
    label: "RHEL 7.0 and 7.1",
    flags: twelve![
        FORCED_OR_UNSIGNED, UNSAFE_SMP;
        OOT_MODULE, HARDWARE_UNSUPPORTED, TECH_PREVIEW.kernel_wide(),
    ],
    rows: &[&[Flags(0, 12), Reserved(14, 27), Flags(28, 29)]],
    proc_modules: AsInLists,
    hidden: None,
};

/// RHEL 7.2 and later: 3.10.0-1062.el7. The 4.14 kernel for further machines (`el7a`) prints the same.
pub(in crate::taint) static RHEL7: Table = Table {
    name: "rhel7",
    label: "RHEL 7.2 and later",
    flags: twelve![
        FORCED, UNSAFE_SMP;
        OOT_MODULE, UNSIGNED_MODULE, SOFTLOCKUP, LIVEPATCH, HARDWARE_UNSUPPORTED, TECH_PREVIEW,
    ],
    rows: &[&[Flags(0, 15), Reserved(16, 27), Flags(28, 29)]],
    proc_modules: AsInLists,
    hidden: None,
};

/// RHEL 8: 4.18.0-80.11.2.el8.
pub(in crate::taint) static RHEL8: Table = Table {
    name: "rhel8",
    label: "RHEL 8",
    flags: sixteen![AUX, RANDSTRUCT, SUPPORT_REMOVED_R, TECH_PREVIEW_LOWER, UNPRIVILEGED_BPF_30],
    rows: &[&[Flags(0, 17), Reserved(18, 26), Flags(27, 27), Reserved(28, 28), Flags(29, 30), Reserved(31, 31)]],
    proc_modules: AsInLists,
    hidden: None,
};

const OF_9_0: Row = &[Flags(0, 17), Reserved(18, 26), Flags(27, 27), Reserved(28, 30), Flags(31, 31)];
const OF_9_2: Row = &[Flags(0, 17), Reserved(18, 25), Flags(26, 27), Reserved(28, 30), Flags(31, 31)];
const OF_9_4: Row = &[Flags(0, 18), Reserved(19, 25), Flags(26, 27), Reserved(28, 30), Flags(31, 31)];
const OF_9_7: Row = &[Flags(0, 19), Reserved(20, 25), Flags(26, 27), Reserved(28, 30), Flags(31, 31)];
/// The 6.12 kernel of CIQ: TEST, but no PARTNER_SUPPORTED.
const OF_CIQ: Row = &[Flags(0, 18), Reserved(19, 26), Flags(27, 27), Reserved(28, 30), Flags(31, 31)];

/// Flags of RHEL 9.7 and of what came after it.
const RHEL9_FLAGS: &[TaintFlag] =
    sixteen![AUX_TECH_PREVIEW, RANDSTRUCT, TEST, FWCTL, PARTNER_SUPPORTED, SUPPORT_REMOVED_H, UNPRIVILEGED_BPF_31,];
/// Flags of RHEL 9.3 to 9.6 and 10.0.
const RHEL9_4_FLAGS: &[TaintFlag] =
    sixteen![AUX_TECH_PREVIEW, RANDSTRUCT, TEST, PARTNER_SUPPORTED, SUPPORT_REMOVED_H, UNPRIVILEGED_BPF_31];

/// RHEL 9.0 and 9.1: logs of 5.14.0-70 to -210.
pub(in crate::taint) static RHEL9_0: Table = Table {
    name: "rhel9.0",
    label: "RHEL 9.0 and 9.1",
    flags: sixteen![AUX_TECH_PREVIEW, RANDSTRUCT, SUPPORT_REMOVED_H, UNPRIVILEGED_BPF_31],
    rows: &[OF_9_0],
    proc_modules: AsInLists,
    hidden: None,
};

/// RHEL 9.2: logs of 5.14.0-284.
pub(in crate::taint) static RHEL9_2: Table = Table {
    name: "rhel9.2",
    label: "RHEL 9.2",
    flags: sixteen![AUX_TECH_PREVIEW, RANDSTRUCT, PARTNER_SUPPORTED, SUPPORT_REMOVED_H, UNPRIVILEGED_BPF_31],
    rows: &[OF_9_2],
    ..RHEL9_0
};

/// RHEL 9.3 to 9.6: logs of 5.14.0-316 to -578.
pub(in crate::taint) static RHEL9_4: Table =
    Table { name: "rhel9.4", label: "RHEL 9.3 to 9.6", flags: RHEL9_4_FLAGS, rows: &[OF_9_4], ..RHEL9_0 };

/// RHEL 9.7 and later: logs of 5.14.0-611 and -687.
pub(in crate::taint) static RHEL9: Table =
    Table { name: "rhel9", label: "RHEL 9.7 and later", flags: RHEL9_FLAGS, rows: &[OF_9_7], ..RHEL9_0 };

/// RHEL 10.0: logs of 6.12.0-54 and -116.
pub(in crate::taint) static RHEL10_0: Table =
    Table { name: "rhel10.0", label: "RHEL 10.0", flags: RHEL9_4_FLAGS, rows: &[OF_9_4], ..RHEL9_0 };

/// RHEL 10.2 and later: logs of 6.12.0-211.
pub(in crate::taint) static RHEL10: Table =
    Table { name: "rhel10", label: "RHEL 10.2 and later", flags: RHEL9_FLAGS, rows: &[OF_9_7], ..RHEL9_0 };

/// Fedora's kernels from the Always Ready Kernel tree (`0.rc` and `eln` builds): dashes like RHEL's of the same time.
/// Logs of 5.11 to 5.17, 6.1 to 6.12 and 6.15 to 6.17.
pub(in crate::taint) static ARK: Table = Table {
    name: "fedora-ark",
    label: "Fedora, built from the RHEL tree",
    flags: RHEL9_FLAGS,
    rows: &[OF_9_7, OF_9_4, OF_9_2, OF_CIQ, OF_9_0],
    ..RHEL9_0
};
