//! Dumps that are damaged or lie: what can be read is read, with a reason for the rest, in bounded time and memory.

// Tests may stop at the first surprise, in their helpers too.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod synth_vmcore;

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use synth_vmcore::containers::{Dump, KdumpPlan, Packing, flatten};
use synth_vmcore::{Synth, physical};
use taintrace::facts::{Origin, VmcoreFacts};
use taintrace::vmcore::{OpenOptions, Vmcore};

/// Most time that a small dump may take in a build without optimisation, on a busy machine.
const BOUND: Duration = Duration::from_secs(60);

/// Everything that can be read, in bounded time; `None` where the dump is refused.
fn read(bytes: &[u8]) -> Option<VmcoreFacts> {
    let started = Instant::now();
    let dump = Vmcore::from_reader("damaged", bytes, &OpenOptions::default()).ok();
    let facts = dump.map(|dump| dump.facts(Origin::file("damaged")));
    assert!(started.elapsed() < BOUND, "{:?}", started.elapsed());
    facts
}

/// The dump with bytes overwritten at a kernel address.
fn damaged(place: &str, offset: i64, bytes: &[u8]) -> VmcoreFacts {
    let mut dump = Synth::default().build();
    let address = *dump.places.get(place).unwrap_or_else(|| panic!("no place {place}"));
    dump.memory.write(physical(address).wrapping_add_signed(offset), bytes);
    read(&dump.elf()).unwrap_or_else(|| panic!("{place}: the dump is refused"))
}

fn assert_told(facts: &VmcoreFacts, word: &str, what: &str) {
    assert!(facts.problems.iter().any(|p| p.message.contains(word)), "{what}: {:#?}", facts.problems);
    assert!(facts.log.as_ref().is_some_and(|log| log.lines > 40), "{what}: the log is there all the same");
}

#[test]
fn one_lying_word_costs_one_part() {
    let word = |value: u64| value.to_le_bytes().to_vec();
    let huge = word(u64::MAX);
    // Place, offset from it, bytes, and a word of the reason.
    let rows: [(&str, i64, Vec<u8>, &str); 14] = [
        ("modules", 0, word(0x1234), "module list"),
        ("acme", 0, word(0x1234), "breaks off"),
        ("dummy", 0, huge.clone(), "breaks off"),
        ("kallsyms_num_syms", 0, word(0xffff_ffff), "symbols"),
        ("kallsyms_num_syms", 0, word(0), "symbols"),
        ("kallsyms_num_syms", 0, word(4_000_000), "kernel symbols"),
        ("kallsyms_names", 0, vec![0xff; 8], "kernel symbols"),
        ("kallsyms_token_index", 0, vec![0xff; 512], "kernel symbols"),
        ("kallsyms_relative_base", 0, word(5), "no scheme"),
        ("__start_BTF", 0, vec![0; 4], "module list"),
        ("__start_BTF", 12, vec![0xff; 12], "module list"),
        ("__start_orc_unwind", 0, vec![0xff; 60], "backtrace"),
        ("__start_orc_unwind", 0, vec![0; 60], "backtrace"),
        ("__start_orc_unwind_ip", 0, vec![0xff; 44], "backtrace"),
    ];
    for (place, offset, bytes, reason) in rows {
        let facts = damaged(place, offset, &bytes);
        let what = format!("{place}+{offset} = {bytes:02x?}");
        if reason == "module list" && place == "__start_BTF" {
            // Without layouts the list is still found, and its taints come from the log.
            assert_eq!(facts.modules.as_ref().map(|m| m.by), Some("kallsyms, taints calibrated by the log"), "{what}");
            continue;
        }
        if place.starts_with("__start_orc") {
            let frames = facts.frames.as_ref().map_or(0, |f| f.value.len());
            assert!((1..=600).contains(&frames), "{what}: {frames} frames");
            assert!(facts.modules.is_some(), "{what}");
            let honest = facts
                .frames
                .as_ref()
                .is_some_and(|f| f.by == "stack scan" && f.value.iter().skip(1).all(|frame| !frame.reliable));
            assert!(honest, "{what}: {:#?}", facts.frames);
            assert_told(&facts, reason, &what);
            continue;
        }
        assert_told(&facts, reason, &what);
    }
}

#[test]
fn a_list_that_breaks_off_is_read_from_its_other_end() {
    let facts = damaged("acme", 0, &0x1234_u64.to_le_bytes());
    let names: Vec<&str> = facts.modules.iter().flat_map(|m| &m.value).map(|m| m.name.as_str()).collect();
    assert_eq!(names, ["acme", "dummy"]);
}

#[test]
fn lists_that_lead_back_to_themselves_end() {
    let dump = Synth::default().build();
    let (acme, dummy) = (dump.places["acme"], dump.places["dummy"]);
    for (place, target) in [("dummy", acme), ("acme", acme), ("dummy", dummy)] {
        let facts = damaged(place, 0, &target.to_le_bytes());
        assert!(facts.problems.iter().any(|p| p.message.contains("leads back")), "{place}: {:#?}", facts.problems);
        assert!(facts.modules.is_some_and(|m| !m.value.is_empty()));
    }
}

#[test]
fn page_tables_that_point_at_themselves_end() {
    let mut dump = Synth::default().build();
    let root = physical(dump.places["root"]);
    let entries: Vec<u8> = (0..512).flat_map(|_| (root | 0x67).to_le_bytes()).collect();
    dump.memory.write(root, &entries);
    let facts = read(&dump.elf()).unwrap();
    assert!(!facts.problems.is_empty());
    assert_eq!(facts.release.unwrap().value.as_str(), synth_vmcore::RELEASE);
}

#[test]
fn missing_page_tables_leave_what_is_in_the_image() {
    let synth = Synth::default();
    let mut dump = synth.build();
    // The tables below the root are no longer in the dump.
    dump.memory.pages.retain(|&pfn, _| !(0x2000..0x2800).contains(&pfn));
    let facts = read(&dump.elf()).unwrap();
    assert_eq!(facts.log.map(|log| log.lines), Some(43));
    assert_eq!(facts.tainted.map(|t| t.value), Some(synth_vmcore::TAINTED));
}

#[test]
fn missing_page_tables_of_arm64_leave_what_is_in_the_image() {
    let mut dump = synth_vmcore::machines::arm64();
    // The root is gone. The variables of the log are in the image; its text is behind a table.
    dump.memory.pages.retain(|&pfn, _| pfn != 0x4_0001);
    let dump = Vmcore::from_reader("arm64", dump.elf().as_slice(), &OpenOptions::default()).unwrap();
    let problems = dump.log().unwrap().problems;
    assert!(problems.iter().any(|p| p.contains("4096 bytes of the log buffer")), "{problems:?}");
}

#[test]
fn lying_headers_are_refused_or_bounded() {
    let dump = Synth::default().build();
    let kdump = dump.kdump(KdumpPlan::packed(Packing::Zlib));
    let elf = dump.elf();
    // Offset, width in bytes: every field of the headers is set to 0, to 1, to its greatest value, and to others.
    let fields = |bytes: &[u8], places: &[(usize, usize)]| {
        for &(offset, width) in places {
            for value in [0_u64, 0x7fff_ffff, 1 << 40, u64::MAX] {
                let mut lying = bytes.to_vec();
                lying[offset..offset + width].copy_from_slice(&value.to_le_bytes()[..width]);
                let _ = read(&lying);
            }
        }
    };
    let (header, sub) = (424..464, 4096..4200);
    let words: Vec<(usize, usize)> =
        header.step_by(4).map(|at| (at, 4)).chain(sub.step_by(8).map(|at| (at, 8))).collect();
    fields(&kdump, &words);
    let elf_words =
        [(16, 2), (18, 2), (32, 8), (54, 2), (56, 2), (64, 4), (72, 8), (96, 8), (128, 8), (144, 8), (152, 8)];
    fields(&elf, &elf_words);
    fields(&flatten(&kdump, 9000), &[(4096, 8), (4104, 8)]);
}

#[test]
fn what_is_damaged_costs_its_part_and_has_a_reason() {
    let dump = Synth::default().build();
    let (kdump, elf) = (dump.kdump(KdumpPlan::packed(Packing::Zlib)), dump.elf());
    let cut = |bytes: &[u8], at: usize| bytes[..at].to_vec();
    let set = |bytes: &[u8], at: usize, value: &[u8]| {
        let mut lying = bytes.to_vec();
        lying[at..at + value.len()].copy_from_slice(value);
        lying
    };
    let huge = u64::MAX.to_le_bytes();
    /// What is left all the same.
    #[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
    enum Left {
        Headers,
        Release,
        Everything,
    }
    use Left::{Everything, Headers, Release};
    let rows: [(&str, Vec<u8>, Left, &str); 18] = [
        ("cut in the sub-header", cut(&kdump, 4200), Release, "no VMCOREINFO"),
        ("cut in the bitmaps", cut(&kdump, 30_000), Release, "the dump is truncated"),
        ("cut in the pages", cut(&kdump, kdump.len() / 2), Release, "end of the file: it is truncated"),
        ("ELF cut in its headers", cut(&elf, 200), Headers, "ends inside its 6 program headers"),
        ("ELF cut in memory", cut(&elf, elf.len() / 2), Release, "the file is truncated: its headers promise"),
        ("ELF cut behind what matters", cut(&elf, elf.len() - 4096), Everything, "copy it again"),
        ("incomplete flag", set(&kdump, 424, &[9]), Everything, "the dump is incomplete"),
        ("number of blocks before the bitmaps", set(&kdump, 432, &huge[..4]), Release, "bitmap"),
        ("no bitmaps", set(&kdump, 436, &[0; 4]), Release, "not in the dump"),
        ("size of the bitmaps", set(&kdump, 436, &huge[..4]), Release, "bitmap"),
        ("place of VMCOREINFO", set(&kdump, 4096 + 32, &huge), Release, "no VMCOREINFO"),
        ("place of the notes", set(&kdump, 4096 + 48, &huge), Everything, "no registers"),
        ("number of frames", set(&kdump, 4096 + 96, &[0; 8]), Release, "not in the dump"),
        ("place of the program headers", set(&elf, 32, &huge), Headers, "program headers"),
        ("no program headers", set(&elf, 56, &[0; 2]), Headers, "no VMCOREINFO"),
        ("size of the notes", set(&elf, 64 + 32, &[0; 8]), Headers, "no VMCOREINFO"),
        ("place of a segment", set(&elf, 64 + 56 + 8, &huge), Release, "more than there are"),
        ("size of a segment", set(&elf, 64 + 56 + 32, &huge), Everything, "more than there are"),
    ];
    for (what, bytes, left, reason) in rows {
        let facts = read(&bytes).unwrap_or_else(|| panic!("{what}: refused"));
        assert!(facts.problems.iter().any(|p| p.message.contains(reason)), "{what}: {:#?}", facts.problems);
        assert_eq!(facts.release.is_some(), left >= Release, "{what}");
        if left == Everything {
            assert_eq!(facts.log.map(|log| log.lines), Some(43), "{what}");
            assert_eq!(facts.modules.map(|m| m.value.len()), Some(2), "{what}");
        }
    }
}

#[test]
fn a_bad_page_costs_what_is_on_it() {
    let dump = Synth::default().build();
    // A page of the text of the log no longer unpacks.
    let bytes = dump.kdump(KdumpPlan::packed(Packing::Zlib));
    let text = dump.places["log_text"];
    let index = dump.memory.pages.keys().position(|&pfn| pfn == physical(text) / 4096).unwrap();
    let descriptors = 4096 * 5 + 2 * 4096 * (1_usize << 16).div_ceil(8).div_ceil(4096);
    let at = descriptors + 24 * index;
    let offset = u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap()) as usize;
    let mut bad = bytes.clone();
    bad[offset..offset + 8].fill(0xff);
    let facts = read(&bad).unwrap();
    assert!(facts.problems.iter().any(|p| p.message.contains("zlib data")), "{:#?}", facts.problems);
    assert!(facts.log.is_none_or(|log| log.lines < 43));
    assert_eq!(facts.tainted.map(|t| t.value), Some(synth_vmcore::TAINTED));
    assert_eq!(facts.modules.map(|m| m.value.len()), Some(2));
    // A size that no page has.
    let mut lying = bytes;
    lying[at + 8..at + 12].copy_from_slice(&u32::MAX.to_le_bytes());
    let facts = read(&lying).unwrap();
    assert!(facts.problems.iter().any(|p| p.message.contains("damaged")), "{:#?}", facts.problems);
}

#[test]
fn a_packed_dump_that_breaks_off_keeps_what_came_before() {
    let elf = Synth::default().build().elf();
    let packed = zstd::encode_all(elf.as_slice(), 1).unwrap();
    let facts = read(&packed[..packed.len() - 20]).unwrap();
    assert!(facts.problems.iter().any(|p| p.message.contains("packed dump is truncated")), "{:#?}", facts.problems);
    assert_eq!(facts.release.map(|r| r.by), Some("vmcoreinfo"));
}

#[test]
fn headers_that_promise_an_exabyte_cost_no_time() {
    // No VMCOREINFO, so that all of memory is gone through: what is not in the file is not.
    let dump = Synth::default().build();
    let mut elf = dump.elf_with_note("CORE", 1, &[0; 16]);
    for field in [32, 40] {
        elf[64 + 56 + field..64 + 56 + field + 8].copy_from_slice(&(1_u64 << 60).to_le_bytes());
    }
    let mut kdump = dump.kdump(KdumpPlan { max_pfn: 1 << 24, ..KdumpPlan::packed(Packing::Zlib) });
    kdump[4096 + 32..4096 + 48].fill(0);
    let bitmap = (1 << 24) / 8;
    kdump[4096 * 5 + bitmap..4096 * 5 + 2 * bitmap].fill(0xff);
    for (what, bytes) in [("ELF", elf), ("kdump", kdump)] {
        let started = Instant::now();
        let facts = read(&bytes).unwrap();
        assert!(facts.problems.iter().any(|p| p.message.contains("no VMCOREINFO")), "{what}: {:#?}", facts.problems);
        assert!(started.elapsed() < Duration::from_secs(10), "{what}: {:?}", started.elapsed());
    }
}

#[test]
fn a_bitmap_that_claims_every_page_is_bounded() {
    let dump = Synth::default().build();
    let mut kdump = dump.kdump(KdumpPlan::packed(Packing::Zlib));
    let bitmaps = 4096 * 5;
    kdump[bitmaps..bitmaps + 4 * 4096].fill(0xff);
    let facts = read(&kdump).unwrap();
    assert!(facts.problems.iter().any(|p| p.message.contains("damaged")), "{:#?}", facts.problems);
}

/// The containers that are damaged at random.
fn samples() -> &'static [Vec<u8>; 3] {
    static SAMPLES: OnceLock<[Vec<u8>; 3]> = OnceLock::new();
    SAMPLES.get_or_init(|| {
        let dump: Dump = Synth::default().build();
        let kdump = dump.kdump(KdumpPlan::packed(Packing::Zlib));
        [dump.elf(), flatten(&kdump, 70_000), kdump]
    })
}

/// Offsets of bytes that say something: damage to zeros is mostly damage to nothing.
fn telling(bytes: &[u8]) -> &'static [Vec<usize>; 3] {
    static TELLING: OnceLock<[Vec<usize>; 3]> = OnceLock::new();
    let _ = bytes;
    TELLING.get_or_init(|| {
        samples().clone().map(|bytes| bytes.iter().enumerate().filter(|(_, b)| **b != 0).map(|(i, _)| i).collect())
    })
}

/// Cases of each property: more of them on demand.
fn cases() -> u32 {
    std::env::var("TAINTRACE_DAMAGE_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(24)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]

    #[test]
    fn random_damage_never_panics(
        sample in 0..3_usize,
        hits in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![any::<u8>(), Just(0xff), Just(0)]), 1..60),
    ) {
        let mut bytes = samples()[sample].clone();
        let places = &telling(&bytes)[sample];
        for (index, value) in hits {
            let at = *index.get(places);
            bytes[at] = value;
        }
        let _ = read(&bytes);
    }

    #[test]
    fn truncation_never_panics(sample in 0..3_usize, cut in any::<prop::sample::Index>()) {
        let bytes = &samples()[sample];
        let _ = read(&bytes[..cut.index(bytes.len())]);
    }

    #[test]
    fn random_kernel_pointers_never_panic(
        hits in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..30),
    ) {
        // Words of the dump are exchanged: pointers point at other things, counts become pointers.
        let mut bytes = samples()[0].clone();
        let places = &telling(&bytes)[0];
        for (from, to) in hits {
            let (from, to) = (*from.get(places) & !7, *to.get(places) & !7);
            if from + 8 <= bytes.len() && to + 8 <= bytes.len() {
                let word: [u8; 8] = bytes[from..from + 8].try_into().unwrap();
                bytes[to..to + 8].copy_from_slice(&word);
            }
        }
        let _ = read(&bytes);
    }
}
