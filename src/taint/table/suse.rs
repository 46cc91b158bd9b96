//! SUSE Linux Enterprise and openSUSE.
//!
//! Source: `patches.suse/supported-flag` of SUSE's kernel-source, and `kernel/panic.c` of openSUSE's kernel.

use super::super::flag::*;
use super::Columns::Flags;
use super::ProcModules::AsInLists;
use super::{Table, sixteen, twelve};

/// SLE 11 and SP1: no mark for out-of-tree or unsigned modules. Logs of 2.6.32.59 have no `I` yet.
pub(in crate::taint) static SUSE_2_6: Table = Table {
    name: "suse2.6",
    label: "SUSE 2.6 (SLE 11 and SP1)",
    flags: twelve![FORCED, UNSAFE_SMP; NO_SUPPORT_30, EXTERNAL_SUPPORT],
    rows: &[&[Flags(0, 10), Flags(30, 31)], &[Flags(0, 11), Flags(30, 31)]],
    proc_modules: AsInLists,
    hidden: None,
};

/// SLE 11 SP2 to SP4: logs of 3.0.101 show `E`, and no column for `O`.
pub(in crate::taint) static SUSE_3_0: Table = Table {
    name: "suse3.0",
    label: "SUSE 3.0 (SLE 11 SP2 to SP4)",
    flags: twelve![FORCED, UNSAFE_SMP; UNSIGNED_MODULE, NO_SUPPORT_30, EXTERNAL_SUPPORT],
    rows: &[&[Flags(0, 11), Flags(13, 13), Flags(30, 31)], &[Flags(0, 11), Flags(30, 31)]],
    ..SUSE_2_6
};

/// SLE 12 to SP3.
pub(in crate::taint) static SUSE_4_4: Table = Table {
    name: "suse4.4",
    label: "SUSE 3.12 and 4.4 (SLE 12 to SP3)",
    flags: sixteen![NO_SUPPORT_30, EXTERNAL_SUPPORT],
    rows: &[&[Flags(0, 15), Flags(30, 31)]],
    ..SUSE_2_6
};

/// SLE 12 SP4 and SP5, SLE 15 and SP1: the support flags are in masks and module lists only.
pub(in crate::taint) static SUSE_4_12: Table = Table {
    name: "suse4.12",
    label: "SUSE 4.12 (SLE 12 SP4 to SLE 15 SP1)",
    flags: sixteen![NO_SUPPORT_30, EXTERNAL_SUPPORT],
    rows: &[&[Flags(0, 15)]],
    proc_modules: AsInLists,
    hidden: Some("SUSE 4.12 does not print its support flags (bits 30 and 31) reliably: see the mask or a module list"),
};

/// SLE 15 SP2 to SP5. Bits without a flag take no column, so that NO_SUPPORT follows the last one of mainline. Logs of
/// 5.3.18-53, 5.14.21-150400 and -150500 all show 20 columns.
pub(in crate::taint) static SUSE: Table = Table {
    name: "suse",
    label: "SUSE 5.3 to 5.14 (SLE 15 SP2 to SP5)",
    flags: sixteen![AUX_EXTERNAL_SUPPORT, RANDSTRUCT, TEST, NO_SUPPORT_31],
    rows: &[&[Flags(0, 18), Flags(31, 31)]],
    proc_modules: AsInLists,
    hidden: None,
};

/// SLE 15 SP6 and later: NO_SUPPORT is `n`.
pub(in crate::taint) static SUSE_6: Table = Table {
    name: "suse6",
    label: "SUSE 6.0 and later (SLE 15 SP6)",
    flags: sixteen![AUX_EXTERNAL_SUPPORT, RANDSTRUCT, TEST, FWCTL, NO_SUPPORT_LOWER],
    rows: &[&[Flags(0, 18), Flags(31, 31)], &[Flags(0, 19), Flags(31, 31)]],
    proc_modules: AsInLists,
    hidden: None,
};
