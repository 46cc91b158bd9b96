//! Loaded modules as the kernel and `lsmod` list them.
//!
//! ```text
//! /proc/modules of 2.6 and later
//!   nvidia 56823808 1 nvidia_uvm,nvidia_modeset, Live 0xffffffffc0a3b000 (POE)
//!   xfs 1228800 1 - Live 0x0000000000000000            address hidden
//!   builtin_like 16384 - - Live 0xffffffffc0000000     a kernel that cannot unload
//!   ocfs2 412345 0 - Loading 0xf8a2c000 (U+)           RHEL 5
//! /proc/modules of 2.4
//!   jbd                    51700   2  [ext3]
//! lsmod
//!   Module                  Size  Used by
//!   nvidia              56823808  1 nvidia_modeset
//! ```
//!
//! Source: `m_show()` in kernel/module.c (kernel/module/procfs.c since 5.18), `get_module_list()` of 2.4; `lsmod` of
//! module-init-tools and kmod. RHEL 4 and 2.4 print no flags; RHEL 6 leaves out the `(U)` of an unsigned module.

use std::io;

use super::{Draft, Source};
use crate::facts::{LoadState, LoadedModule, ModuleFlags, Origin, Witness};

/// `/proc/modules`.
pub(super) fn read_proc_modules(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    loop {
        let Some(line) = lines.next()? else { return Ok(()) };
        let Some(module) = proc_modules_line(&line.text, || line.origin()) else { continue };
        let text = line.text.into_owned();
        let closed = text.trim_end().ends_with(')');
        // A line without an end may have lost its flags, and a module without flags would be called clean.
        if closed || !lines.is_cut() {
            draft.quote(module.origin.clone(), &text);
            if !draft.add_loaded(module) {
                return Ok(());
            }
        }
    }
}

/// `lsmod`.
pub(super) fn read_lsmod(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    while let Some(line) = lines.next()? {
        let mut fields = line.text.split_whitespace();
        let Some((name, size)) = name_and_size(&mut fields) else { continue };
        let Some(_uses) = fields.next() else { continue };
        let mut module = LoadedModule::named(name, Witness::Lsmod, line.origin());
        module.size = Some(size);
        module.used_by = users(fields);
        draft.quote(module.origin.clone(), &line.text);
        if !draft.add_loaded(module) {
            return Ok(());
        }
    }
    Ok(())
}

fn proc_modules_line(text: &str, origin: impl FnOnce() -> Origin) -> Option<LoadedModule> {
    let mut fields = text.split_ascii_whitespace();
    let (name, size) = name_and_size(&mut fields)?;
    let mut rest = fields.clone().skip(2);
    let state = rest.next().and_then(load_state);
    let mut module = LoadedModule::named(name, Witness::ProcModules, origin());
    module.size = Some(size);
    let Some(state) = state else {
        // 2.4: a count, and the users in brackets or a remark in parentheses.
        fields.next()?;
        module.used_by = users(fields);
        return Some(module);
    };
    fields.next();
    module.used_by = users(fields.take(1));
    module.address = rest.next().and_then(address);
    let mut flags = ModuleFlags { letters: String::new(), state };
    for group in rest {
        let printed = ModuleFlags::parse(group);
        flags.letters.push_str(&printed.letters);
        if printed.state != LoadState::Live {
            flags.state = printed.state;
        }
    }
    module.flags = Some(flags);
    Some(module)
}

fn name_and_size<'a>(fields: &mut impl Iterator<Item = &'a str>) -> Option<(&'a str, u64)> {
    let name = fields.next()?;
    let size = fields.next()?.parse().ok()?;
    is_module_name(name).then_some((name, size))
}

/// Letters, digits, `_`, and `-` and `.` of 2.4; the kernel keeps at most 63 bytes.
fn is_module_name(name: &str) -> bool {
    name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

fn load_state(text: &str) -> Option<LoadState> {
    match text {
        "Live" => Some(LoadState::Live),
        "Loading" => Some(LoadState::Coming),
        "Unloading" => Some(LoadState::Going),
        _ => None,
    }
}

/// A load address; `None` where it is hidden.
fn address(text: &str) -> Option<u64> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    u64::from_str_radix(digits, 16).ok().filter(|&address| address != 0)
}

/// `a,b,` or `a b` or `[a b]`: modules that use this one; `-`, `[permanent]` and the remarks of 2.4 are none.
fn users<'a>(fields: impl Iterator<Item = &'a str>) -> Vec<String> {
    fields
        .filter(|field| !field.starts_with('('))
        .flat_map(|field| field.split(','))
        .filter(|name| *name != "[permanent]")
        .map(|name| name.trim_matches(['[', ']']))
        .filter(|name| !name.is_empty() && *name != "-" && is_module_name(name))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::sosreport::evidence::tests::read;

    fn line(text: &str) -> LoadedModule {
        proc_modules_line(text, || Origin::line("proc/modules", 1)).unwrap_or_else(|| panic!("not read: {text}"))
    }

    #[test]
    fn proc_modules_of_every_era() {
        // line, flags, size, address, used by
        for (text, flags, size, address, used_by) in [
            ("acme 1024 1 a,b, Live 0xffffffffc0a3b000 (POE)", Some("POE"), 1024, Some(0xffff_ffff_c0a3_b000), "a b"),
            ("xfs 1228800 1 - Live 0x0000000000000000", Some(""), 1_228_800, None, ""),
            ("fixed 16384 - - Live 0xffffffffc0000000 (O)", Some("O"), 16384, Some(0xffff_ffff_c000_0000), ""),
            (
                "stay 16384 1 [permanent], Live 0xffffffffc0000000 (O)",
                Some("O"),
                16384,
                Some(0xffff_ffff_c000_0000),
                "",
            ),
            ("el5 412345 0 - Loading 0xf8a2c000 (PU+)", Some("PU+"), 412_345, Some(0xf8a2_c000), ""),
            ("going 10 0 - Unloading 0x0000000000000000 (OE-)", Some("OE-"), 10, None, ""),
            ("clean_going 10 0 - Unloading 0x0000000000000000", Some("-"), 10, None, ""),
            ("jbd                    51700   2  [ext3 ext2]", None, 51700, None, "ext3 ext2"),
            ("autofs                 13780   0  (autoclean) (unused)", None, 13780, None, ""),
            ("ext3                   89992   2", None, 89992, None, ""),
        ] {
            let module = line(text);
            assert_eq!(module.flags.map(|f| f.to_string()).as_deref(), flags, "{text}");
            assert_eq!((module.size, module.address), (Some(size), address), "{text}");
            assert_eq!(module.used_by.join(" "), used_by, "{text}");
        }
    }

    #[test]
    fn lines_that_are_no_module_are_passed_over() {
        for text in ["", "Module Size Used by", "cat: /proc/modules: No such file", "a", "a 5", "x/y 5 0 - Live 0x0"] {
            assert!(proc_modules_line(text, || Origin::file("f")).is_none(), "{text}");
        }
    }

    #[test]
    fn a_last_line_that_was_cut_names_no_clean_module() {
        let whole = "one 1 0 - Live 0x1 (OE)\nacme 10 0 - Live 0xffffffffc0a3b000 (POE)\n";
        let names = |text: &str| read("proc/modules", text).loaded.iter().map(|m| m.name.clone()).collect::<Vec<_>>();
        assert_eq!(names(whole), ["one", "acme"]);
        assert_eq!(names(whole.trim_end()), ["one", "acme"], "its flags are closed");
        assert_eq!(names(&whole[..whole.len() - 3]), ["one"]);
        assert_eq!(names(&whole[..whole.len() - 8]), ["one"]);
    }

    #[test]
    fn kernels_that_print_no_flags_tell_nothing_of_taint() {
        let mut reports = crate::sosreport::evidence::tests::Collected::new();
        reports.add("proc/modules", "acme 10 0 - Live 0xe0a3b000\n");
        reports.add("proc/sys/kernel/osrelease", "2.6.9-89.ELsmp\n");
        assert_eq!(reports.finish().loaded[0].flags, None);
    }

    #[test]
    fn lsmod_tells_names_sizes_and_users() {
        let facts = read(
            "sos_commands/kernel/lsmod",
            "Module                  Size  Used by    Tainted: P  \r\nacme   1024  2 b,c\nalone 5 0\nodd line\njbd 51700 2 [ext3]\n",
        );
        let got: Vec<_> = facts.loaded.iter().map(|m| (m.name.as_str(), m.size, m.used_by.join(" "))).collect();
        assert_eq!(
            got,
            [
                ("acme", Some(1024), "b c".to_owned()),
                ("alone", Some(5), String::new()),
                ("jbd", Some(51700), "ext3".to_owned())
            ]
        );
        assert!(facts.loaded.iter().all(|m| m.flags.is_none() && m.witness == Witness::Lsmod));
        assert_eq!(facts.loaded[0].origin.line, Some(2));
    }

    proptest! {
        #[test]
        fn what_a_prefix_tells_is_a_prefix_of_what_the_whole_tells(
            modules in prop::collection::vec(("[a-z][a-z0-9_]{0,12}", 1u64..9_999_999, "(|P|OE|POE|U)"), 0..20),
            cut in 0usize..2000,
        ) {
            let mut text = String::new();
            for (name, size, flags) in &modules {
                let flags = if flags.is_empty() { String::new() } else { format!(" ({flags})") };
                text.push_str(&format!("{name} {size} 0 - Live 0xffffffffc0a3b000{flags}\n"));
            }
            let whole = read("proc/modules", &text).loaded;
            prop_assert_eq!(whole.len(), modules.len());
            let part = read("proc/modules", &text[..cut.min(text.len())]).loaded;
            prop_assert_eq!(&part[..], &whole[..part.len()]);
        }
    }
}
