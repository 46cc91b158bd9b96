//! Finds the taints inside `struct module` by the flags that the log printed for each module.
//!
//! `Modules linked in: acme(POE) dummy loop` says that the word is P, O and E in `acme` and nothing in the others.

use std::collections::HashMap;

use super::super::kernel::Kernel;
use super::Module;
use super::shape::Structure;
use crate::facts::LinkedIn;

/// Which letter a taint bit has in a module list. Source: the tables of kernel/panic.c and of the distributions: 29 is
/// `T` or `t` in RHEL 6 to 8, 26 is `p` in RHEL 9, 30 and 31 are SUSE's.
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
    (26, 'P'),
    (29, 'T'),
    (30, 'N'),
    (31, 'N'),
];

/// The taints of each module, in order. The reason of a failure says why they are undetermined.
pub(super) fn taints(
    kernel: &Kernel,
    modules: &[Module],
    structures: &[Structure],
    lists: &[&LinkedIn],
) -> Result<Vec<u32>, String> {
    let list = lists.iter().rev().find(|list| list.complete).ok_or("the log has no whole `Modules linked in:`")?;
    let printed: HashMap<&str, &str> =
        list.modules.iter().map(|m| (m.name.as_str(), m.flags.letters.as_str())).collect();
    let word = |structure: &Structure, offset: usize| kernel.memory.endian().u32(&structure.bytes, offset);
    let compared = || modules.iter().zip(structures).filter_map(|(m, s)| Some((s, *printed.get(m.name.as_str())?)));
    if !compared().any(|(_, letters)| !letters.is_empty()) {
        return Err("no module of the log's list has flags to find them by".to_owned());
    }
    let agrees = |offset: &usize| compared().all(|(s, l)| word(s, *offset).is_some_and(|value| prints_as(value, l)));
    let offsets: Vec<usize> = Structure::offsets(4).filter(agrees).collect();
    match offsets.as_slice() {
        [offset] => Ok(structures.iter().map(|s| word(s, *offset).unwrap_or(0)).collect()),
        [] => Err("no word of `struct module` agrees with the flags in the log".to_owned()),
        several => Err(format!("{} words of `struct module` agree with the flags in the log", several.len())),
    }
}

/// Whether taint bits print as letters, in whatever order. Case tells distributions apart and not flags.
fn prints_as(value: u32, letters: &str) -> bool {
    let known: u32 = LETTERS.iter().map(|(bit, _)| 1 << bit).sum();
    let printed = |letter: char| letters.chars().any(|l| l.eq_ignore_ascii_case(&letter));
    let set = |bit: u8| value >> bit & 1 == 1;
    value & !known == 0
        && LETTERS.iter().filter(|(bit, _)| set(*bit)).all(|&(_, letter)| printed(letter))
        // `U` is the mark of RHEL 6 for a signature that is missing: no taint bit.
        && letters.chars().filter(|&l| l != 'U').all(|l| {
            LETTERS.iter().any(|&(bit, letter)| set(bit) && letter.eq_ignore_ascii_case(&l))
        })
}

#[cfg(test)]
mod tests {
    use super::prints_as;

    #[test]
    fn bits_are_compared_with_letters_in_any_order() {
        let rows = [
            (0x3001, "POE", true),
            (0x3001, "EOP", true),
            (0x3000, "POE", false),
            (0x3001, "OE", false),
            (0, "", true),
            (0, "U", true),
            (1 << 29, "T", true),
            (1 << 29, "t", true),
            (1 << 5, "", false),
            (4096, "", false),
        ];
        for (value, letters, same) in rows {
            assert_eq!(prints_as(value, letters), same, "{value:#x} {letters}");
        }
    }
}
