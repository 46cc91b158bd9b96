//! The mainline kernel in its eras, and the distributions that print as it does.

use super::super::flag::*;
use super::Columns::Flags;
use super::ProcModules::{AsInLists, WithoutUnsigned};
use super::{Table, sixteen, twelve};

/// 2.6 and 3.0, 3.1: no mark for out-of-tree or unsigned modules.
pub(in crate::taint) static MAINLINE_2_6: Table = Table {
    name: "mainline2.6",
    label: "mainline up to 3.1",
    flags: twelve![FORCED, UNSAFE_SMP;],
    rows: &[&[Flags(0, 11)]],
    proc_modules: AsInLists,
    hidden: None,
};

/// 3.2 to 3.6: out-of-tree modules are marked, unsigned ones are not.
pub(in crate::taint) static MAINLINE_3_2: Table = Table {
    name: "mainline3.2",
    label: "mainline 3.2 to 3.6",
    flags: twelve![FORCED, UNSAFE_SMP; OOT_MODULE],
    rows: &[&[Flags(0, 12)]],
    ..MAINLINE_2_6
};

/// 3.7 to 3.14: module signatures exist, and a failed check sets `F`.
pub(in crate::taint) static MAINLINE_3_7: Table = Table {
    name: "mainline3.7",
    label: "mainline 3.7 to 3.14",
    flags: twelve![FORCED_OR_UNSIGNED, UNSAFE_SMP; OOT_MODULE],
    rows: &[&[Flags(0, 12)]],
    ..MAINLINE_2_6
};

/// 3.15 and later. Older releases print fewer columns at the end, which only shows as fewer blanks.
pub(in crate::taint) static MAINLINE: Table = Table {
    name: "mainline",
    label: "mainline 3.15 and later",
    flags: sixteen![AUX, RANDSTRUCT, TEST, FWCTL],
    rows: &[&[Flags(0, 19)]],
    ..MAINLINE_2_6
};

/// Ubuntu 3.13 (trusty and its backport to precise) from 3.13.0-36 on: `X` for unsigned modules.
pub(in crate::taint) static UBUNTU_3_13: Table = Table {
    name: "ubuntu3.13",
    label: "Ubuntu 3.13.0-36 and later (14.04)",
    flags: twelve![FORCED, UNSAFE_SMP; OOT_MODULE, UNSIGNED_MODULE_X],
    rows: &[&[Flags(0, 13)]],
    ..MAINLINE_2_6
};

/// Ubuntu, 3.16 and later.
pub(in crate::taint) static UBUNTU: Table = Table { name: "ubuntu", label: "Ubuntu", ..MAINLINE };

/// Debian, 3.16 and later. Builds before 4.19 have no module signatures, and so no `E`.
pub(in crate::taint) static DEBIAN: Table = Table { name: "debian", label: "Debian", ..MAINLINE };

/// Amazon Linux, 4.1 and later.
pub(in crate::taint) static AMAZON: Table = Table { name: "amazon", label: "Amazon Linux", ..MAINLINE };

/// Fedora's released kernels.
pub(in crate::taint) static FEDORA: Table = Table { name: "fedora", label: "Fedora", ..MAINLINE };

/// Oracle UEK 1 and 2 (2.6.32 and 2.6.39): `(U)` in module lists as in RHEL 6.
pub(in crate::taint) static UEK2: Table = Table {
    name: "uek2",
    label: "Oracle UEK 2 (2.6.39)",
    flags: twelve![FORCED, UNSAFE_SMP; UNSIGNED_IN_LISTS],
    rows: &[&[Flags(0, 11)]],
    proc_modules: WithoutUnsigned,
    hidden: Some("UEK 2 marks unsigned modules in module lists only, as (U)"),
};

/// Oracle UEK 3 (3.8): `F` as in mainline of that time.
pub(in crate::taint) static UEK3: Table = Table { name: "uek3", label: "Oracle UEK 3 (3.8)", ..MAINLINE_3_7 };

/// Oracle UEK 4 (4.1) and later.
pub(in crate::taint) static UEK: Table = Table { name: "uek", label: "Oracle UEK 4 and later", ..MAINLINE };
