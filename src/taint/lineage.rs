//! The kernel lineages: kernels that give the taint bits the same letters and columns.

use super::flag::TaintFlag;
use super::table::{Table, mainline, redhat, suse};

/// Kernels that give the taint bits the same letters, columns and meaning.
///
/// A lineage is a table, not a distribution: an early Debian is [`Lineage::Mainline3_2`], CentOS is a RHEL.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Lineage {
    /// RHEL 3 (2.4.21).
    Rhel3,
    /// RHEL 4 (2.6.9).
    Rhel4,
    /// RHEL 5 (2.6.18).
    Rhel5,
    /// RHEL 6 (2.6.32).
    Rhel6,
    /// RHEL 7.0 and 7.1 (3.10.0 before build 239).
    Rhel7_0,
    /// RHEL 7.2 and later, and `el7a`.
    Rhel7,
    /// RHEL 8 (4.18.0).
    Rhel8,
    /// RHEL 9.0 and 9.1 (5.14.0).
    Rhel9_0,
    /// RHEL 9.2.
    Rhel9_2,
    /// RHEL 9.3 to 9.6.
    Rhel9_4,
    /// RHEL 9.7 and later.
    Rhel9,
    /// RHEL 10.0 (6.12.0).
    Rhel10_0,
    /// RHEL 10.2 and later.
    Rhel10,
    /// Fedora's kernels that are built with RHEL's flags, ELN.
    Ark,
    /// SUSE 2.6.
    Suse2_6,
    /// SUSE 3.0.
    Suse3_0,
    /// SUSE 3.12 and 4.4.
    Suse4_4,
    /// SUSE 4.12.
    Suse4_12,
    /// SUSE 5.3 to 5.14.
    Suse,
    /// SUSE 6.0 and later.
    Suse6,
    /// Ubuntu 14.04 with 3.13.0-36 and later.
    Ubuntu3_13,
    /// Later Ubuntu.
    Ubuntu,
    /// Debian with 3.16 and later.
    Debian,
    /// Amazon Linux.
    Amazon,
    /// Fedora's released kernels.
    Fedora,
    /// Oracle UEK 1 and 2.
    Uek2,
    /// Oracle UEK 3.
    Uek3,
    /// Oracle UEK 4 and later.
    Uek,
    /// Mainline up to 3.1.
    Mainline2_6,
    /// Mainline 3.2 to 3.6.
    Mainline3_2,
    /// Mainline 3.7 to 3.14.
    Mainline3_7,
    /// Mainline since 3.15, and every kernel that is not known otherwise.
    Mainline,
}

impl Lineage {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::Rhel3,
        Self::Rhel4,
        Self::Rhel5,
        Self::Rhel6,
        Self::Rhel7_0,
        Self::Rhel7,
        Self::Rhel8,
        Self::Rhel9_0,
        Self::Rhel9_2,
        Self::Rhel9_4,
        Self::Rhel9,
        Self::Rhel10_0,
        Self::Rhel10,
        Self::Ark,
        Self::Suse2_6,
        Self::Suse3_0,
        Self::Suse4_4,
        Self::Suse4_12,
        Self::Suse,
        Self::Suse6,
        Self::Ubuntu3_13,
        Self::Ubuntu,
        Self::Debian,
        Self::Amazon,
        Self::Fedora,
        Self::Uek2,
        Self::Uek3,
        Self::Uek,
        Self::Mainline2_6,
        Self::Mainline3_2,
        Self::Mainline3_7,
        Self::Mainline,
    ];

    /// Name for programs: `rhel7`, `rhel7.0`, `rhel8`, `suse`, `mainline`. The newest era has the bare name.
    pub fn as_str(self) -> &'static str {
        self.table().name
    }

    /// Name for people: `RHEL 7.2 and later`.
    pub fn label(self) -> &'static str {
        self.table().label
    }

    /// The flags in the order of their bits.
    pub fn flags(self) -> &'static [TaintFlag] {
        self.table().flags
    }

    /// The lineage of a name that [`Lineage::as_str`] gives.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|lineage| lineage.as_str() == name)
    }

    pub(super) fn table(self) -> &'static Table {
        match self {
            Self::Rhel3 => &redhat::RHEL3,
            Self::Rhel4 => &redhat::RHEL4,
            Self::Rhel5 => &redhat::RHEL5,
            Self::Rhel6 => &redhat::RHEL6,
            Self::Rhel7_0 => &redhat::RHEL7_0,
            Self::Rhel7 => &redhat::RHEL7,
            Self::Rhel8 => &redhat::RHEL8,
            Self::Rhel9_0 => &redhat::RHEL9_0,
            Self::Rhel9_2 => &redhat::RHEL9_2,
            Self::Rhel9_4 => &redhat::RHEL9_4,
            Self::Rhel9 => &redhat::RHEL9,
            Self::Rhel10_0 => &redhat::RHEL10_0,
            Self::Rhel10 => &redhat::RHEL10,
            Self::Ark => &redhat::ARK,
            Self::Suse2_6 => &suse::SUSE_2_6,
            Self::Suse3_0 => &suse::SUSE_3_0,
            Self::Suse4_4 => &suse::SUSE_4_4,
            Self::Suse4_12 => &suse::SUSE_4_12,
            Self::Suse => &suse::SUSE,
            Self::Suse6 => &suse::SUSE_6,
            Self::Ubuntu3_13 => &mainline::UBUNTU_3_13,
            Self::Ubuntu => &mainline::UBUNTU,
            Self::Debian => &mainline::DEBIAN,
            Self::Amazon => &mainline::AMAZON,
            Self::Fedora => &mainline::FEDORA,
            Self::Uek2 => &mainline::UEK2,
            Self::Uek3 => &mainline::UEK3,
            Self::Uek => &mainline::UEK,
            Self::Mainline2_6 => &mainline::MAINLINE_2_6,
            Self::Mainline3_2 => &mainline::MAINLINE_3_2,
            Self::Mainline3_7 => &mainline::MAINLINE_3_7,
            Self::Mainline => &mainline::MAINLINE,
        }
    }
}
