//! The attributes that the kernel shows of a module below `/sys/module/NAME/`, one file each.
//!
//! ```text
//! taint        POE      letters, or an empty line for a module without taint
//! initstate    live     live, coming or going
//! refcnt       3
//! version      550.54.14
//! srcversion   5C2B0A1D0E4F6A7B8C9D0E1
//! ```
//!
//! What is built into the kernel has a directory too, but neither initstate, refcnt nor taint. Source: `show_taint()` and
//! its neighbours in kernel/module.c (kernel/module/main.c since 5.18) and kernel/params.c; taint since 3.2.

use std::collections::BTreeMap;
use std::io;

use super::{Draft, Source};
use crate::facts::{LoadState, LoadedModule, ModuleFlags, Origin, Witness};
use crate::sosreport::lines::shortened;

/// Bytes of a value that are kept: a sysfs file has at most a page, a version a few.
const LONGEST_VALUE: usize = 256;

/// What the files of one directory said.
#[derive(Default)]
pub(crate) struct SysModule {
    flags: Option<ModuleFlags>,
    state: LoadState,
    version: Option<String>,
    srcversion: Option<String>,
    /// The file that says that it is loaded: taint, or else initstate or refcnt.
    witness: Option<Origin>,
}

/// One attribute of one module.
pub(super) fn read(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut parts = source.member.rsplit('/');
    let (Some(attribute), Some(name)) = (parts.next(), parts.next()) else { return Ok(()) };
    let value = source.lines().first()?.map(|line| shortened(line.text.trim(), LONGEST_VALUE).to_owned());
    let Some(module) = draft.sys_module(name) else { return Ok(()) };
    let origin = Origin::line(source.path.clone(), 1);
    let quote = value.clone().filter(|_| matches!(attribute, "taint" | "initstate"));
    match attribute {
        "taint" => {
            module.flags = Some(ModuleFlags::parse(value.as_deref().unwrap_or_default()));
            module.witness = Some(origin.clone());
        }
        "initstate" | "refcnt" => {
            match value.as_deref() {
                Some("coming") => module.state = LoadState::Coming,
                Some("going") => module.state = LoadState::Going,
                _ => {}
            }
            module.witness.get_or_insert_with(|| origin.clone());
        }
        "version" => module.version = value,
        "srcversion" => module.srcversion = value,
        _ => {}
    }
    draft.quote(origin, &quote.unwrap_or_default());
    Ok(())
}

/// The modules that are loaded, by name.
pub(crate) fn loaded(modules: BTreeMap<String, SysModule>) -> impl Iterator<Item = LoadedModule> {
    modules.into_iter().filter_map(|(name, module)| {
        let mut loaded = LoadedModule::named(name, Witness::SysModule, module.witness?);
        loaded.flags = module.flags.map(|flags| ModuleFlags { state: module.state, ..flags });
        loaded.version = module.version;
        loaded.srcversion = module.srcversion;
        Some(loaded)
    })
}

#[cfg(test)]
mod tests {
    use crate::sosreport::evidence::tests::Collected;

    #[test]
    fn the_files_of_a_module_make_one_witness() {
        let mut report = Collected::new();
        report.add("sys/module/acme/initstate", "live\n");
        report.add("sys/module/acme/version", "4.2.1\n");
        report.add("sys/module/acme/srcversion", "EFC9FD6A0D1AA624AAD9894\n");
        report.add("sys/module/acme/taint", "POE\n");
        report.add("sys/module/acme/refcnt", "0\n");
        let facts = report.finish();
        assert_eq!(facts.loaded.len(), 1);
        let acme = &facts.loaded[0];
        assert_eq!(acme.flags.as_ref().map(ToString::to_string).as_deref(), Some("POE"));
        assert_eq!(acme.version.as_deref(), Some("4.2.1"));
        assert_eq!(acme.srcversion.as_deref(), Some("EFC9FD6A0D1AA624AAD9894"));
        assert_eq!(acme.origin.to_string(), "sys/module/acme/taint:1");
    }

    #[test]
    fn an_empty_taint_is_no_taint_and_no_taint_file_is_no_answer() {
        let mut report = Collected::new();
        report.add("sys/module/clean/taint", "\n");
        report.add("sys/module/cut/taint", "");
        report.add("sys/module/el6/initstate", "live\n");
        let facts = report.finish();
        let flags: Vec<_> = facts.loaded.iter().map(|m| m.flags.as_ref().map(ToString::to_string)).collect();
        assert_eq!(flags, [Some(String::new()), Some(String::new()), None]);
    }

    #[test]
    fn what_is_built_in_is_not_loaded() {
        let mut report = Collected::new();
        report.add("sys/module/printk/version", "1\n");
        assert!(report.finish().loaded.is_empty());
    }

    #[test]
    fn a_module_on_its_way_says_so() {
        let mut report = Collected::new();
        report.add("sys/module/acme/initstate", "coming\n");
        report.add("sys/module/acme/taint", "OE\n");
        assert_eq!(report.finish().loaded[0].flags.as_ref().map(ToString::to_string).as_deref(), Some("OE+"));
    }
}
