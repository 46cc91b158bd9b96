//! Finds the taints inside `struct module` by the flags that the log printed for each module.
//!
//! `Modules linked in: acme(POE) dummy loop` says that the word is P, O and E in `acme` and nothing in the others.

use std::collections::HashMap;

use super::super::kernel::Kernel;
use super::super::letters;
use super::Module;
use super::shape::Structure;
use crate::facts::LinkedIn;

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
    let release = kernel.info.text("OSRELEASE");
    let same = |value: u32, letters: &str| prints_as(letters::all_of_module(u64::from(value), release), letters);
    let agrees = |offset: &usize| compared().all(|(s, l)| word(s, *offset).is_some_and(|value| same(value, l)));
    let offsets: Vec<usize> = Structure::offsets(4).filter(agrees).collect();
    match offsets.as_slice() {
        [offset] => Ok(structures.iter().map(|s| word(s, *offset).unwrap_or(0)).collect()),
        [] => Err("no word of `struct module` agrees with the flags in the log".to_owned()),
        several => Err(format!("{} words of `struct module` agree with the flags in the log", several.len())),
    }
}

/// Whether the letters of a value are those that were printed, in whatever order.
fn prints_as(letters: Option<String>, printed: &str) -> bool {
    // `U` is the mark of RHEL 6 for a signature that is missing: it stands for no taint bit.
    letters.is_some_and(|letters| {
        letters.chars().all(|letter| printed.contains(letter))
            && printed.chars().filter(|&letter| letter != 'U').all(|letter| letters.contains(letter))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_compared_with_letters_in_any_order() {
        let rows = [
            (0x3001, "POE", true),
            (0x3001, "EOP", true),
            (0x3000, "POE", false),
            (0x3001, "OE", false),
            (0, "", true),
            (0, "U", true),
            (1 << 5, "", false),
            (4096, "", false),
        ];
        for (value, printed, same) in rows {
            let letters = letters::all_of_module(value, Some("3.10.0-1160.el7.x86_64"));
            assert_eq!(prints_as(letters, printed), same, "{value:#x} {printed}");
        }
    }
}
