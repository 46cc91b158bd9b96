//! Letters of a module's taint bits.

/// Letters of bits that a module can have, by bit. Source: `taint_flags` in kernel/panic.c; 26, 29, 30 and 31 are bits of
/// RHEL 9, of RHEL 6 to 8, and of SUSE.
const LETTERS: [(u8, char); 14] = [
    (0, 'P'),
    (1, 'F'),
    (10, 'C'),
    (12, 'O'),
    (13, 'E'),
    (15, 'K'),
    (16, 'X'),
    (17, 'T'),
    (18, 'N'),
    (19, 'J'),
    (26, 'p'),
    (29, 'T'),
    (30, 'N'),
    (31, 'N'),
];

/// The letters of a module's taints in bit order; `None` where a bit is set that no module has.
pub(super) fn all_of_module(taints: u64, _release: Option<&str>) -> Option<String> {
    let known: u64 = LETTERS.iter().map(|(bit, _)| 1 << bit).sum();
    (taints & !known == 0).then(|| of_module(taints, _release))
}

/// The letters of a module's taints in bit order; bits that no module has are left out.
pub(super) fn of_module(taints: u64, _release: Option<&str>) -> String {
    LETTERS.iter().filter(|(bit, _)| taints >> bit & 1 == 1).map(|(_, letter)| letter).collect()
}
