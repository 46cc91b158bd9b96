//! Letters of a module's taint bits.

/// Letters of bits that a module can have, by bit.
const LETTERS: [(u8, char); 10] =
    [(0, 'P'), (1, 'F'), (10, 'C'), (12, 'O'), (13, 'E'), (15, 'K'), (16, 'X'), (17, 'T'), (18, 'N'), (19, 'J')];

/// The letters of a module's taints, in bit order.
pub(super) fn of_module(taints: u64, _release: Option<&str>) -> String {
    LETTERS.iter().filter(|(bit, _)| taints >> bit & 1 == 1).map(|(_, letter)| letter).collect()
}
