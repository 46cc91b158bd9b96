//! The module list of an event, in all its flag grammars.
//!
//! ```text
//! Modules linked in: acmefs(P)(U) widgetdrv(OE+) ext4 [last unloaded: oldmod(OE)]
//! Modules linked in: acmefs(OE) Unloaded tainted modules: oldmod(OE):2 [last unloaded: oldmod(OE)]
//! ```
//!
//! Source: `print_modules()` in kernel/module.c (kernel/module/main.c and tracking.c since 5.18). 2.4 prints the names
//! without a heading, RHEL 4 to 6 add `(U)`, SUSE adds `(N)` and `(X)`. No name stands twice in a list, which tells the
//! words of a second CPU's list from those of the first.

use std::collections::HashMap;

use super::names::is_common;
use super::scan::{is_module_byte, leading, word};
use crate::facts::{LinkedIn, LinkedModule, ModuleFlags};

/// What every list of 2.6 and later begins with.
pub(super) const HEADING: &str = "Modules linked in:";
/// Modules kept of one list; the kernel knows no limit, an attacker's log should.
const MAX_MODULES: usize = 4096;

/// A shorter name is easily the beginning of another.
const TELLING_NAME: usize = 6;

const UNLOADED_TAINTED: &str = "Unloaded tainted modules:";
const LAST_UNLOADED: &str = "[last unloaded:";

/// Reads the names of a list. `line` is that of the heading.
pub(super) fn read(names: &str, line: u64) -> LinkedIn {
    let mut list = LinkedIn { line, complete: true, ..LinkedIn::default() };
    let names = names.rsplit_once(HEADING).map_or(names, |(_, names)| names); // a console that prints all twice
    let (names, last) = names.split_once(LAST_UNLOADED).map_or((names, None), |(names, last)| (names, Some(last)));
    let (names, gone) = names.split_once(UNLOADED_TAINTED).map_or((names, None), |(names, gone)| (names, Some(gone)));
    let mut places = HashMap::new();
    let mut torn = false;
    for token in names.split_ascii_whitespace() {
        let is_half = std::mem::replace(&mut torn, token.ends_with('='));
        let (cut, token) = match token.strip_suffix('>') {
            Some(token) => (true, token), // a pager cut the line here
            None => (false, token),
        };
        let token = token.strip_suffix("=20").unwrap_or(token); // the blank at the end of a line of encoded mail
        let token = token.trim_matches('*'); // bold text of Markdown
        list.complete &= !cut && !token.contains('='); // of encoded mail that could not be joined
        let Some(module) = module(token).filter(|_| !is_half && (!cut || is_whole(token))) else { continue };
        add(&mut list, &mut places, module);
    }
    if let Some(gone) = gone {
        list.unloaded_tainted = gone.split_ascii_whitespace().filter_map(unloaded).take(MAX_MODULES).collect();
    }
    list.last_unloaded = last.and_then(last_unloaded);
    list
}

/// Nobody knows how a name goes on that a pager cut, unless its flags came or it is one that most machines load.
fn is_whole(token: &str) -> bool {
    token.ends_with(')') || (token.len() >= TELLING_NAME && is_common(token))
}

/// Adds a module, once: where two CPUs print the same list at a time, its words come twice.
fn add<'a>(list: &mut LinkedIn, places: &mut HashMap<&'a str, usize>, (name, flags): (&'a str, ModuleFlags)) {
    if let Some(known) = places.get(name).and_then(|&at| list.modules.get_mut(at)) {
        if known.flags == ModuleFlags::default() {
            known.flags = flags;
        }
        return;
    }
    if list.modules.len() >= MAX_MODULES {
        list.complete = false;
        return;
    }
    places.insert(name, list.modules.len());
    list.modules.push(LinkedModule { name: name.to_owned(), flags });
}

/// `acmefs`, `acmefs(OE+)`, `acmefs(P)(U)`.
fn module(token: &str) -> Option<(&str, ModuleFlags)> {
    let (name, groups) = leading(token, is_module_byte);
    is_name(name).then_some(())?;
    are_groups(groups).then(|| (name, ModuleFlags::parse(groups)))
}

fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().any(|b| b.is_ascii_alphanumeric())
}

/// Any number of `(…)` with letters and a load state inside.
fn are_groups(groups: &str) -> bool {
    let mut rest = groups;
    while let Some(inside) = rest.strip_prefix('(') {
        let (flags, after) = leading(inside, |b| b.is_ascii_alphabetic() || matches!(b, b'+' | b'-' | b'?'));
        let Some(after) = after.strip_prefix(')').filter(|_| flags.len() <= 32) else { return false };
        rest = after;
    }
    rest.is_empty()
}

/// `oldmod(OE):2`.
fn unloaded(token: &str) -> Option<(LinkedModule, u32)> {
    let (token, count) = token.rsplit_once(':').unwrap_or((token, "1"));
    let (name, flags) = module(token)?;
    Some((LinkedModule { name: name.to_owned(), flags }, count.parse().ok()?))
}

/// ` oldmod(OE)]`.
fn last_unloaded(text: &str) -> Option<LinkedModule> {
    let (token, _) = word(text.trim_start());
    let (name, flags) = module(token.split(']').next()?)?;
    Some(LinkedModule { name: name.to_owned(), flags })
}

/// Whether a line without a heading can be the continuation of a list: nothing but names and the two tails.
pub(super) fn is_continuation(text: &str) -> bool {
    let text = text.trim();
    let text = text.strip_suffix('>').unwrap_or(text);
    let (names, last) = text.split_once(LAST_UNLOADED).map_or((text, ""), |(names, last)| (names, last));
    let (names, gone) = names.split_once(UNLOADED_TAINTED).map_or((names, ""), |(names, gone)| (names, gone));
    let tails = last.split_ascii_whitespace().all(|token| module(token.trim_end_matches(']')).is_some())
        && gone.split_ascii_whitespace().all(|token| unloaded(token).is_some());
    !text.is_empty() && tails && names.split_ascii_whitespace().all(is_piece)
}

/// A token that may be the half of one: `rm(OE)`, `E)`, `(P`.
fn is_piece(token: &str) -> bool {
    if matches!(token, "[last" | "unloaded:" | "Unloaded" | "tainted" | "modules:") || module(token).is_some() {
        return true;
    }
    token.len() <= 100
        && token.bytes().all(|b| is_module_byte(b) || matches!(b, b'(' | b')' | b'+' | b']'))
        && token.bytes().any(|b| b.is_ascii_alphanumeric() || b == b')')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::LoadState;

    fn flags(names: &str) -> Vec<(String, String)> {
        read(names, 1).modules.into_iter().map(|m| (m.name, m.flags.to_string())).collect()
    }

    #[test]
    fn every_grammar_of_flags() {
        let table: &[(&str, &str, &str, &str)] = &[
            ("el4", "widgetdrv(U)", "widgetdrv", "U"),
            ("el5", "bar(PU)", "bar", "PU"),
            ("el6", "foo(P)(U)", "foo", "PU"),
            ("el6, while loading", "foo(P+)(U)", "foo", "PU+"),
            ("el6, unsigned only", "rdma_ucm(U)", "rdma_ucm", "U"),
            ("el7.0", "virtio_blk(OF)", "virtio_blk", "OF"),
            ("el7.2, loading", "acmefs(POE+)", "acmefs", "POE+"),
            ("unloading", "acmefs(OE-)", "acmefs", "OE-"),
            ("a bare state", "acmefs(+)", "acmefs", "+"),
            ("technology preview", "overlay(T)", "overlay", "T"),
            ("trusty", "wl(POX+)", "wl", "POX+"),
            ("suse", "ib_core(N)", "ib_core", "N"),
            ("suse, supported outside", "widgetdrv(EX)", "widgetdrv", "EX"),
            ("livepatch", "kpatch_1(OEK)", "kpatch_1", "OEK"),
            ("2.4 dash", "ide-cd", "ide-cd", ""),
            ("begins with a digit", "8021q(E)", "8021q", "E"),
            ("bold in a web page", "acmefs(POE)**", "acmefs", "POE"),
        ];
        for (what, text, name, printed) in table {
            assert_eq!(flags(text), [((*name).to_owned(), (*printed).to_owned())], "{what}: {text}");
        }
    }

    #[test]
    fn the_tails_of_a_list() {
        let list =
            read(" acmefs(OE) ext4 Unloaded tainted modules: oldmod(OE):1 gone(P):2 [last unloaded: oldmod(OE)]", 7);
        assert_eq!(list.modules.len(), 2);
        assert_eq!(list.line, 7);
        let last = list.last_unloaded.unwrap();
        assert_eq!((last.name.as_str(), last.flags.letters.as_str()), ("oldmod", "OE"));
        let gone: Vec<_> =
            list.unloaded_tainted.iter().map(|(m, n)| (m.name.as_str(), m.flags.letters.as_str(), *n)).collect();
        assert_eq!(gone, [("oldmod", "OE", 1), ("gone", "P", 2)]);
        let state = read("a(-) [last unloaded: b]", 1);
        assert_eq!(state.modules[0].flags.state, LoadState::Going);
        assert_eq!(state.last_unloaded.unwrap().name, "b");
    }

    #[test]
    fn words_of_a_second_cpu_are_not_counted_twice() {
        let list = read("acmefs(OE) ext4 nfit ext4 kvm nfit", 1);
        let names: Vec<_> = list.modules.iter().map(|m| m.name.as_str()).collect();
        assert_eq!(names, ["acmefs", "ext4", "nfit", "kvm"]);
        assert_eq!(flags("acmefs ext4 acmefs(OE)")[0].1, "OE", "the word with the flags wins");
    }

    #[test]
    fn a_heading_that_was_printed_twice_is_no_module() {
        assert_eq!(flags("[  349.169194] Modules linked in: acmefs(OE)"), [("acmefs".to_owned(), "OE".to_owned())]);
    }

    #[test]
    fn a_pager_cut_takes_the_name_it_met_and_makes_a_list_incomplete() {
        for (text, names) in [
            ("ext4 snd_hrtim>", &["ext4"][..]),
            ("ext4 acmefs(OE)> sn> jbd2", &["ext4", "acmefs", "jbd2"]),
            ("ext4 acmefs(O>", &["ext4"]),
            ("ext4 snd_hrtimer>", &["ext4", "snd_hrtimer"]),
        ] {
            let list = read(text, 1);
            assert_eq!(list.modules.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), names, "{text}");
            assert!(!list.complete, "{text}");
        }
    }

    #[test]
    fn encoded_mail_that_was_not_joined_makes_a_list_incomplete() {
        let list = read("ext4 acme= fs(OE) jbd2=20", 1);
        assert!(!list.complete);
        assert_eq!(list.modules.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["ext4", "jbd2"]);
        assert!(read("ext4 acmefs(OE)=20", 1).complete);
    }

    #[test]
    fn continuations_are_names_and_nothing_else() {
        for yes in [
            " ext4 jbd2 acmefs(OE)",
            "rm(OE) ext4",
            "E) ext4",
            "[last unloaded: oldmod]",
            "ext4 [last",
            "unloaded: x(EK)]",
            "snd_hrtimer>",
        ] {
            assert!(is_continuation(yes), "{yes}");
        }
        for no in [
            "",
            "CPU: 3 PID: 1",
            "acmefs: mounted",
            "---[ end trace 0000000000000000 ]---",
            "Hardware name: X",
            "Code: 00 <0f> 0b",
        ] {
            assert!(!is_continuation(no), "{no}");
        }
    }
}
