//! Licences that do not taint.

/// Licence texts of `MODULE_LICENSE` that the kernel takes for compatible with the GPL.
///
/// Source: `license_is_gpl_compatible()` in `include/linux/license.h`, the same since 2.6.18. RHEL 4 lacks `Dual MIT/GPL`.
const GPL_COMPATIBLE: &[&str] =
    &["GPL", "GPL v2", "GPL and additional rights", "Dual BSD/GPL", "Dual MIT/GPL", "Dual MPL/GPL"];

/// True where the kernel takes a module of this licence for free software. The text counts, case and all: `GPLv2`, `BSD`
/// and a missing licence (`unspecified`) taint as proprietary.
pub fn gpl_compatible(license: &str) -> bool {
    GPL_COMPATIBLE.contains(&license)
}
