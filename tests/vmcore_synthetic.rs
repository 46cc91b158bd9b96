//! Dumps built in code: what is read from them, by which means, in every container.

// Tests may stop at the first surprise, in their helpers too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod synth_vmcore;

use std::path::Path;

use synth_vmcore::containers::{Dump, KdumpPlan, Packing, flatten};
use synth_vmcore::log::LogForm;
use synth_vmcore::memory::Paging;
use synth_vmcore::stack::{EXPECTED, EXPECTED_OF_SLEEPER};
use synth_vmcore::symbols::Layout;
use synth_vmcore::{Kallsyms, Synth, TAINTED, machines};
use taintrace::facts::{Frame, Origin, StackContext, VmcoreFacts};
use taintrace::vmcore::{OpenOptions, Vmcore, is_vmcore};

fn open(bytes: &[u8]) -> Vmcore {
    Vmcore::from_reader("synthetic", bytes, &OpenOptions::default()).unwrap_or_else(|e| panic!("{e}"))
}

fn facts(dump: &Dump) -> VmcoreFacts {
    open(&dump.elf()).facts(Origin::file("vmcore"))
}

fn log_text(dump: &Vmcore) -> String {
    String::from_utf8(dump.log().unwrap_or_else(|e| panic!("{e}")).to_text()).unwrap()
}

fn names(frames: &[Frame]) -> Vec<(&str, u64, Option<&str>)> {
    frames.iter().map(|f| (f.symbol.as_deref().unwrap_or("?"), f.offset.unwrap_or(0), f.module.as_deref())).collect()
}

/// Name, letters, whether its signature was accepted.
fn modules(facts: &VmcoreFacts) -> Vec<(String, Option<String>, Option<bool>)> {
    let list = facts.modules.as_ref().map(|m| m.value.as_slice()).unwrap_or_default();
    let letters = |m: &taintrace::facts::LoadedModule| m.flags.as_ref().map(|f| f.letters.clone());
    list.iter().map(|m| (m.name.clone(), letters(m), m.signature_ok)).collect()
}

fn owned(rows: &[(&str, Option<&str>, Option<bool>)]) -> Vec<(String, Option<String>, Option<bool>)> {
    rows.iter().map(|(name, letters, ok)| ((*name).to_owned(), letters.map(str::to_owned), *ok)).collect()
}

#[test]
fn everything_is_read_by_symbols_and_layouts() {
    let facts = facts(&Synth::default().build());
    assert_eq!(facts.problems, []);
    assert_eq!(facts.container, "ELF");
    assert_eq!(facts.arch, Some("x86_64"));
    assert_eq!(facts.crash_time, Some(1_700_000_000));
    let release = facts.release.as_ref().map(|r| (r.value.as_str(), r.by));
    assert_eq!(release, Some((synth_vmcore::RELEASE, "vmcoreinfo")));
    assert_eq!(facts.tainted.as_ref().map(|t| (t.value, t.by)), Some((TAINTED, "kallsyms")));
    assert_eq!(facts.modules.as_ref().map(|m| m.by), Some("kallsyms+btf"));
    assert_eq!(modules(&facts), owned(&[("acme", Some("POE"), Some(false)), ("dummy", Some(""), Some(true))]));
    let acme = &facts.modules.as_ref().unwrap().value[0];
    assert_eq!((acme.version.as_deref(), acme.size), (Some("4.2"), Some(0x4000)));
    assert_eq!((facts.panic_cpu, facts.pid, facts.comm.as_deref()), (Some(0), Some(4711), Some("synth-writer")));
    assert_eq!(facts.log.as_ref().map(|log| log.lines), Some(43));
}

#[test]
fn the_backtrace_crosses_the_fault_and_names_where_it_struck() {
    let facts = facts(&Synth::default().build());
    let frames = facts.frames.unwrap();
    assert_eq!(frames.by, "orc");
    assert_eq!(names(&frames.value), EXPECTED);
    let ip = facts.ip.unwrap();
    assert_eq!((ip.symbol.as_deref(), ip.module.as_deref(), ip.offset), (Some("acme_poke"), Some("acme"), Some(5)));
    assert_eq!(ip.size, Some(0x3f40), "the last function ends with its module");
    let handlers = frames.value.iter().take_while(|f| f.context == StackContext::Exception).count();
    assert_eq!(handlers, 5, "the handlers of the fault are told from what it struck");
    assert!(frames.value.iter().all(|f| f.reliable));
    assert_eq!(facts.other_cpus.len(), 1);
    assert_eq!(names(&facts.other_cpus[0].frames.as_ref().unwrap().value), [("default_idle", 8, None)]);
}

#[test]
fn page_tables_of_five_levels_and_of_encrypted_memory_are_walked() {
    for paging in [
        Paging { five_levels: true, ..Paging::default() },
        Paging { encryption: 1 << 47, ..Paging::default() },
        Paging { five_levels: true, encryption: 1 << 51 },
    ] {
        let facts = facts(&Synth { paging, ..Synth::default() }.build());
        assert_eq!(facts.problems, [], "{paging:?}");
        assert_eq!(names(&facts.frames.unwrap().value), EXPECTED, "{paging:?}");
    }
}

#[test]
fn tasks_that_cannot_be_woken_have_their_stacks() {
    let facts = facts(&Synth::default().build());
    let [blocked] = facts.blocked_tasks.as_slice() else { panic!("{:#?}", facts.blocked_tasks) };
    assert_eq!((blocked.pid, blocked.comm.as_deref()), (Some(4712), Some("synth-waiter")));
    let symbols: Vec<_> = blocked.frames.value.iter().filter_map(|f| f.symbol.as_deref()).collect();
    assert_eq!(symbols, EXPECTED_OF_SLEEPER);
}

#[test]
fn symbols_that_nothing_tells_of_are_found_by_a_scan() {
    for symbol_layout in [Layout::Offsets, Layout::Addresses, Layout::OffsetsAndOrder] {
        let facts = facts(&Synth { kallsyms: Kallsyms::Hidden, symbol_layout, ..Synth::default() }.build());
        assert_eq!(facts.problems, [], "{symbol_layout:?}");
        let tainted = facts.tainted.as_ref().map(|t| (t.value, t.by));
        assert_eq!(tainted, Some((TAINTED, "kallsyms found by a scan")), "{symbol_layout:?}");
        assert_eq!(names(&facts.frames.unwrap().value), EXPECTED, "{symbol_layout:?}");
    }
}

#[test]
fn a_kernel_like_rhel7_is_read_by_frame_pointers_and_calibrated_by_its_log() {
    let facts = facts(&Synth::like_rhel7().build());
    let list = facts.modules.as_ref().unwrap();
    assert_eq!(list.by, "kallsyms found by a scan, taints calibrated by the log", "{:#?}", facts.problems);
    assert_eq!(modules(&facts), owned(&[("acme", Some("POE"), None), ("dummy", Some(""), None)]));
    let frames = facts.frames.unwrap();
    assert_eq!(frames.by, "frame pointers");
    assert_eq!(names(&frames.value), EXPECTED);
    assert_eq!(facts.ip.unwrap().symbol.as_deref(), Some("acme_poke"));
}

#[test]
fn without_symbols_the_ring_of_modules_is_found_by_its_shape() {
    let synth = Synth { kallsyms: Kallsyms::Absent, ..Synth::like_rhel7() };
    let facts = facts(&synth.build());
    let list = facts.modules.as_ref().unwrap_or_else(|| panic!("{:#?}", facts.problems));
    assert_eq!(list.by, "module-ring scan, taints calibrated by the log");
    assert_eq!(modules(&facts), owned(&[("acme", Some("POE"), None), ("dummy", Some(""), None)]));
    assert_eq!(facts.tainted, None);
    assert!(facts.problems.iter().any(|p| p.message.starts_with("taint mask")), "{:#?}", facts.problems);
}

#[test]
fn taints_are_undetermined_where_the_log_has_no_flags() {
    let synth = Synth { kallsyms: Kallsyms::Absent, linked_in: "acme dummy", ..Synth::like_rhel7() };
    let facts = facts(&synth.build());
    assert_eq!(modules(&facts), owned(&[("acme", None, None), ("dummy", None, None)]));
    assert!(facts.problems.iter().any(|p| p.message.contains("undetermined")), "{:#?}", facts.problems);
}

#[test]
fn the_log_is_read_in_each_of_its_forms() {
    for log_form in [LogForm::Ringbuffer, LogForm::Records, LogForm::Plain] {
        let synth = Synth { log_form, ..Synth::default() };
        let dump = open(&synth.build().elf());
        assert_eq!(log_text(&dump), synth.expected_log(), "{log_form:?}");
    }
}

#[test]
fn every_container_gives_the_same_log() {
    let synth = Synth::default();
    let dump = synth.build();
    let kdump = |packing| dump.kdump(KdumpPlan::packed(packing));
    let gzip = |bytes: &[u8]| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut encoder, bytes).unwrap();
        encoder.finish().unwrap()
    };
    let rows = [
        ("ELF", dump.elf()),
        ("ELF", dump.elf_with_vmcoreinfo_in_memory()),
        ("kdump-compressed (not packed)", kdump(Packing::Stored)),
        ("kdump-compressed (zlib)", kdump(Packing::Zlib)),
        ("kdump-compressed (snappy)", kdump(Packing::Snappy)),
        ("kdump-compressed (zstd)", kdump(Packing::Zstd)),
        ("flattened kdump-compressed (zlib)", flatten(&kdump(Packing::Zlib), 5000)),
        ("flattened ELF", flatten(&dump.elf(), 1 << 16)),
        ("ELF in gzip", gzip(&dump.elf())),
        ("kdump-compressed (zstd) in zstd", zstd::encode_all(kdump(Packing::Zstd).as_slice(), 1).unwrap()),
    ];
    for (container, bytes) in rows {
        let dump = open(&bytes);
        assert_eq!(dump.container(), container);
        assert_eq!(log_text(&dump), synth.expected_log(), "{container}");
        assert_eq!(dump.problems(), [""; 0], "{container}");
        let wrapped = container.contains(" in ");
        assert_eq!(is_vmcore(&bytes[..20]), !wrapped, "{container}");
    }
}

#[test]
fn a_split_set_is_gathered_and_a_missing_file_is_told() {
    let synth = Synth::default();
    let dump = synth.build();
    let folder = tempfile::tempdir().unwrap();
    let middle = 0x3100;
    for (name, split) in [("one", (0, middle)), ("two", (middle, 1 << 16))] {
        let plan = KdumpPlan { split: Some(split), ..KdumpPlan::packed(Packing::Zlib) };
        std::fs::write(folder.path().join(name), dump.kdump(plan)).unwrap();
    }
    std::fs::write(folder.path().join("other"), b"KDUMP   but no more").unwrap();
    let open = |name: &str| Vmcore::open(&folder.path().join(name), &OpenOptions::default()).unwrap();
    for name in ["one", "two"] {
        let dump = open(name);
        assert_eq!(dump.container(), "kdump-compressed (zlib), 2 files");
        assert_eq!(log_text(&dump), synth.expected_log(), "{name}");
        assert_eq!(dump.facts(Origin::file(name)).problems, []);
    }
    let named = OpenOptions { split_files: vec![folder.path().join("two")], ..OpenOptions::default() };
    let dump = Vmcore::open(&folder.path().join("one"), &named).unwrap();
    assert_eq!(log_text(&dump), synth.expected_log());
    std::fs::remove_file(folder.path().join("two")).unwrap();
    let alone = open("one");
    assert!(alone.problems().iter().any(|p| p.contains("split dump is missing")), "{:?}", alone.problems());
}

#[test]
fn other_machines_give_release_and_log() {
    let rows = [
        ("aarch64", machines::arm64()),
        ("aarch64", machines::arm64_with_large_pages()),
        ("ppc64le", machines::ppc64le()),
        ("s390x", machines::s390x()),
    ];
    for (machine, dump) in rows {
        let dump = open(&dump.elf());
        assert_eq!(log_text(&dump), machines::LOG, "{machine}");
        assert_eq!(dump.release().unwrap().value.as_str(), "5.14.0-machine");
        let facts = dump.facts(Origin::file(machine));
        assert_eq!(facts.arch, Some(machine));
        assert_eq!(facts.tainted, None);
        // What is refused says what is missing for it.
        for (part, missing) in [
            ("taint mask: ", "VMCOREINFO has no _stext"),
            ("module list: ", "no symbols to find it by"),
            ("panicking CPU: ", "VMCOREINFO has no _stext"),
            ("backtrace: ", "no NT_PRSTATUS notes"),
        ] {
            let told = facts.problems.iter().any(|p| p.message.starts_with(part) && p.message.contains(missing));
            assert!(told, "{machine}: {part}{missing}: {:#?}", facts.problems);
        }
    }
}

#[test]
fn dumps_of_a_terabyte_are_read_at_64_bit_offsets() {
    use std::os::unix::fs::FileExt;
    const TERABYTE: u64 = 1 << 40;
    let synth = Synth::default();
    let mut dump = synth.build();
    let folder = tempfile::tempdir().unwrap();
    let sparse = |name: &str, length: u64, write: &dyn Fn(&mut synth_vmcore::containers::Put)| {
        let path = folder.path().join(name);
        let file = std::fs::File::create(&path).unwrap();
        write(&mut |offset, bytes| file.write_all_at(bytes, offset).unwrap());
        file.set_len(length).unwrap();
        path
    };
    // The last page of memory is above a terabyte, and so is every page in the file.
    dump.memory.write(TERABYTE + (5 << 30), &[1; 4096]);
    let elf = sparse("elf", 2 * TERABYTE, &|put| dump.write_elf(TERABYTE, true, put));
    let plan = KdumpPlan { max_pfn: (TERABYTE + (8 << 30)) / 4096, ..KdumpPlan::packed(Packing::Zlib) };
    let kdump = sparse("kdump", 2 * TERABYTE, &|put| dump.write_kdump(plan, put));
    for path in [elf, kdump] {
        let started = std::time::Instant::now();
        let facts = Vmcore::open(&path, &OpenOptions::default()).unwrap().facts(Origin::file("vmcore"));
        assert_eq!(facts.problems, [], "{}", path.display());
        assert_eq!(names(&facts.frames.unwrap().value), EXPECTED);
        assert!(started.elapsed().as_secs() < 60, "{:?} for {}", started.elapsed(), path.display());
    }
}

#[test]
fn what_is_no_dump_is_refused_with_a_reason() {
    let rows: [(&[u8], &str); 4] = [
        (b"", "not a memory dump"),
        (b"hello, world", "not a memory dump"),
        (b"\x7fELF\x01\x01\x01", "32-bit"),
        (b"KDUMP   ", "header"),
    ];
    for (bytes, reason) in rows {
        let error = Vmcore::from_reader("x", bytes, &OpenOptions::default()).err().unwrap().to_string();
        assert!(error.contains(reason), "{error}");
    }
    let missing = Vmcore::open(Path::new("/no/such/vmcore"), &OpenOptions::default()).err().unwrap().to_string();
    assert!(missing.starts_with("/no/such/vmcore: "), "{missing}");
}
