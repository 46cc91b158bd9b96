//! What is special about tar archives: long names, holes, numbers, headers that lie.

use ::tar::{Builder, EntryType, Header};

use super::*;
use crate::input::limits::Limits;
use crate::input::tests::{Recorder, add, memory, tar_header, tar_of, walked};
use crate::input::walk as walk_source;

fn block_padded(mut content: Vec<u8>) -> Vec<u8> {
    content.resize(content.len().next_multiple_of(512), 0);
    content
}

/// A header and content behind it, filled up to a block.
fn member(header: &Header, content: &[u8]) -> Vec<u8> {
    [header.as_bytes().to_vec(), block_padded(content.to_vec())].concat()
}

fn pax(records: &[(&str, &str)]) -> Vec<u8> {
    let mut content = String::new();
    for (key, value) in records {
        let rest = key.len() + value.len() + 3;
        let digits = (1..).find(|digits| (rest + digits).to_string().len() == *digits).unwrap();
        content.push_str(&format!("{} {key}={value}\n", rest + digits));
    }
    member(&tar_header("pax", EntryType::XHeader, content.len() as u64), content.as_bytes())
}

const END: [u8; 1024] = [0; 1024];

#[test]
fn long_names_of_both_kinds_are_read() {
    let long = format!("r/{}/messages", "long/".repeat(60));
    let mut gnu = Builder::new(Vec::new());
    let mut header = tar_header("x", EntryType::Regular, 4);
    gnu.append_data(&mut header, &long, &b"gnu\n"[..]).unwrap();
    let posix = [
        pax(&[("path", &long), ("mtime", "1700000001.25")]),
        member(&tar_header("cut", EntryType::Regular, 6), b"posix\n"),
        END.to_vec(),
    ];
    for (tar, content, mtime) in
        [(gnu.into_inner().unwrap(), &b"gnu\n"[..], 1_700_000_000), (posix.concat(), b"posix\n", 1_700_000_001)]
    {
        let mut recorder = Recorder::files();
        walked("r.tar", &tar, &mut recorder).unwrap();
        let path = long.replace("//", "/");
        assert_eq!(recorder.content(&path), Some(content));
        assert_eq!(recorder.mtimes[&path], Some(mtime));
        assert_eq!(recorder.told(), "");
    }
}

#[test]
fn the_prefix_of_ustar_headers_is_part_of_the_name() {
    let path = format!("r/{}/file", "d".repeat(90));
    let mut header = Header::new_ustar();
    header.set_path(&path).unwrap();
    header.set_size(1);
    header.set_cksum();
    let mut recorder = Recorder::files();
    walked("r.tar", &[member(&header, b"x"), END.to_vec()].concat(), &mut recorder).unwrap();
    assert_eq!(recorder.paths(), [path]);
}

#[test]
fn long_link_targets_are_read() {
    let target = format!("{}messages", "long/".repeat(40));
    let mut builder = Builder::new(Vec::new());
    builder.append_link(&mut tar_header("r/link", EntryType::Symlink, 0), "r/link", &target).unwrap();
    let posix =
        [pax(&[("linkpath", &target)]), member(&tar_header("r/link", EntryType::Symlink, 0), b""), END.to_vec()];
    for tar in [builder.into_inner().unwrap(), posix.concat()] {
        let mut recorder = Recorder::files();
        walked("r.tar", &tar, &mut recorder).unwrap();
        assert_eq!(recorder.asked, [format!("r/link symlink to {target}")]);
    }
}

#[test]
fn the_size_of_an_extended_header_counts() {
    let tar =
        [pax(&[("size", "7")]), member(&tar_header("a", EntryType::Regular, 0), b"content"), tar_of(&[("b", b"x")])];
    let mut recorder = Recorder::files();
    walked("r.tar", &tar.concat(), &mut recorder).unwrap();
    assert_eq!(recorder.content("a"), Some(&b"content"[..]));
    assert_eq!(recorder.paths(), ["a", "b"]);
    assert_eq!(recorder.told(), "");
}

#[test]
fn a_malformed_extended_header_is_told_and_its_file_is_read() {
    let content = b"13 path=r/ab\n99 SCHILY.xattr.broken=\n";
    let header = member(&tar_header("pax", EntryType::XHeader, content.len() as u64), content);
    let tar = [header, member(&tar_header("x", EntryType::Regular, 1), b"1"), tar_of(&[("after", b"2")])].concat();
    let mut recorder = Recorder::files();
    walked("r.tar", &tar, &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["r/ab", "after"]);
    assert_eq!(recorder.told(), "r/ab: its extended header is malformed: its name, size and time may be wrong\n");
}

#[test]
fn directories_and_special_files_are_named_without_content() {
    let mut builder = Builder::new(Vec::new());
    for (path, kind) in [
        ("r/dir", EntryType::Directory),
        ("r/fifo", EntryType::Fifo),
        ("r/null", EntryType::Char),
        ("r/disk", EntryType::Block),
    ] {
        builder.append(&tar_header(path, kind, 0), std::io::empty()).unwrap();
    }
    let mut old_directory = Header::new_old();
    old_directory.set_path("r/old/").unwrap();
    old_directory.set_size(0);
    old_directory.set_cksum();
    builder.append(&old_directory, std::io::empty()).unwrap();
    let mut root = tar_header("x", EntryType::Directory, 0);
    root.as_old_mut().name[..3].copy_from_slice(b"./\0");
    root.set_cksum();
    builder.append(&root, std::io::empty()).unwrap();
    let mut recorder = Recorder::new(|_| Interest::Read);
    walked("r.tar", &builder.into_inner().unwrap(), &mut recorder).unwrap();
    assert_eq!(
        recorder.asked,
        ["r/dir directory", "r/fifo special", "r/null special", "r/disk special", "r/old directory"]
    );
    assert!(recorder.read.is_empty());
    assert_eq!(recorder.problems.len(), 3, "{}", recorder.told());
}

/// A sparse file in GNU's old form: `pieces` of offset and content, with more headers behind the first where needed.
fn old_sparse(path: &str, pieces: &[(u64, &[u8])], size: u64) -> Vec<u8> {
    let stored: Vec<u8> = pieces.iter().flat_map(|(_, content)| content.to_vec()).collect();
    let mut header = tar_header(path, EntryType::GNUSparse, stored.len() as u64);
    let gnu = header.as_gnu_mut().unwrap();
    gnu.set_real_size(size);
    let (in_header, rest) = pieces.split_at(pieces.len().min(4));
    for (slot, (offset, content)) in gnu.sparse.iter_mut().zip(in_header) {
        slot.set_offset(*offset);
        slot.set_length(content.len() as u64);
    }
    gnu.set_is_extended(!rest.is_empty());
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    for (number, chunk) in rest.chunks(21).enumerate() {
        let mut more = ::tar::GnuExtSparseHeader::new();
        for (slot, (offset, content)) in more.sparse.iter_mut().zip(chunk) {
            slot.set_offset(*offset);
            slot.set_length(content.len() as u64);
        }
        more.set_is_extended((number + 1) * 21 < rest.len());
        bytes.extend_from_slice(more.as_bytes());
    }
    bytes.extend(block_padded(stored));
    bytes
}

fn filled(pieces: &[(u64, &[u8])], size: u64) -> Vec<u8> {
    let mut whole = vec![0; size as usize];
    for (offset, content) in pieces {
        whole[*offset as usize..*offset as usize + content.len()].copy_from_slice(content);
    }
    whole
}

#[test]
fn holes_are_filled_in_every_form() {
    let (first, second) = ([b'1'; 512], [b'2'; 300]);
    let pieces: &[(u64, &[u8])] = &[(1024, &first), (100_000, &second)];
    let size = 120_000;
    let stored = [&first[..], &second].concat();
    let content = |records: &[(&str, &str)], before: &[u8]| {
        let data = [before, &stored].concat();
        [pax(records), member(&tar_header("GNUSparseFile.1/vmcore", EntryType::Regular, data.len() as u64), &data)]
            .concat()
    };
    let map = block_padded(b"2\n1024\n512\n100000\n300\n".to_vec());
    let forms = [
        ("old", old_sparse("r/vmcore", pieces, size)),
        (
            "0.0",
            content(
                &[
                    ("path", "r/vmcore"),
                    ("GNU.sparse.size", "120000"),
                    ("GNU.sparse.numblocks", "2"),
                    ("GNU.sparse.offset", "1024"),
                    ("GNU.sparse.numbytes", "512"),
                    ("GNU.sparse.offset", "100000"),
                    ("GNU.sparse.numbytes", "300"),
                ],
                b"",
            ),
        ),
        (
            "0.1",
            content(
                &[
                    ("GNU.sparse.name", "r/vmcore"),
                    ("GNU.sparse.size", "120000"),
                    ("GNU.sparse.map", "1024,512,100000,300"),
                ],
                b"",
            ),
        ),
        (
            "1.0",
            content(
                &[
                    ("GNU.sparse.major", "1"),
                    ("GNU.sparse.minor", "0"),
                    ("GNU.sparse.name", "r/vmcore"),
                    ("GNU.sparse.realsize", "120000"),
                ],
                &map,
            ),
        ),
    ];
    for (form, bytes) in forms {
        let tar = [bytes, tar_of(&[("after", b"x")])].concat();
        let mut recorder = Recorder::files();
        walked("r.tar", &tar, &mut recorder).unwrap();
        assert_eq!(recorder.told(), "", "{form}");
        assert_eq!(recorder.paths(), ["r/vmcore", "after"], "{form}");
        assert!(recorder.content("r/vmcore") == Some(&filled(pieces, size)[..]), "{form}");
        assert_eq!(recorder.sizes["r/vmcore"], Some(size), "{form}");
    }
}

#[test]
fn a_map_of_holes_that_goes_on_in_more_headers_is_read_whole() {
    let content = [b'x'; 512];
    let pieces: Vec<(u64, &[u8])> = (0..60).map(|number| (number * 2048, &content[..])).collect();
    let tar = [old_sparse("r/vmcore", &pieces, 200_000), tar_of(&[("after", b"x")])].concat();
    let mut recorder = Recorder::files();
    walked("r.tar", &tar, &mut recorder).unwrap();
    assert_eq!(recorder.told(), "");
    assert!(recorder.content("r/vmcore") == Some(&filled(&pieces, 200_000)[..]));
}

#[test]
fn maps_that_make_no_sense_are_told_and_passed_over() {
    let maps = ["1024,512,0,1", "0,99999999999999999999", "5", "0,512,600,9999999", "-1,5"];
    for map in maps {
        let records = [("GNU.sparse.name", "r/vmcore"), ("GNU.sparse.size", "100000"), ("GNU.sparse.map", map)];
        let tar =
            [pax(&records), member(&tar_header("x", EntryType::Regular, 512), &[1; 512]), tar_of(&[("after", b"x")])];
        let mut recorder = Recorder::files();
        walked("r.tar", &tar.concat(), &mut recorder).unwrap();
        assert_eq!(recorder.paths(), ["after"], "{map}");
        assert_eq!(recorder.told(), "r/vmcore: passed over: its map of holes makes no sense\n", "{map}");
    }
}

#[test]
fn a_hole_without_end_is_a_bomb() {
    let limits = Limits { ratio_from: 1 << 20, ..Limits::default() };
    let records = [("GNU.sparse.name", "r/log"), ("GNU.sparse.size", "9000000000000000000"), ("GNU.sparse.map", "0,0")];
    let tar = [pax(&records), member(&tar_header("x", EntryType::Regular, 0), b""), END.to_vec()].concat();
    let mut recorder = Recorder::files();
    walk_source(&memory("r.tar", &tar), &limits, &mut recorder).unwrap();
    assert!(recorder.content("r/log").unwrap().len() < 4 << 20);
    assert!(recorder.told().contains("bomb"), "{}", recorder.told());
}

#[test]
fn headers_that_claim_too_much_are_told() {
    let good = tar_of(&[("after", b"x")]);
    let mut negative = tar_header("negative", EntryType::Regular, 0);
    negative.as_old_mut().size = [0xff; 12];
    negative.set_cksum();
    let mut recorder = Recorder::files();
    walked("r.tar", &[member(&negative, b""), good.clone()].concat(), &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["after"]);
    assert_eq!(recorder.told(), "negative: passed over: the size in its header is not a possible one\n");

    let mut huge = tar_header("huge", EntryType::Regular, 0);
    huge.as_old_mut().size = [0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
    huge.set_cksum();
    let mut recorder = Recorder::files();
    walked("r.tar", &[member(&huge, b"some"), good].concat(), &mut recorder).unwrap();
    assert_eq!(recorder.problems.len(), 1);
    assert!(recorder.told().starts_with("huge: the archive is cut short inside this file"), "{}", recorder.told());
}

#[test]
fn names_that_claim_gigabytes_are_not_held() {
    for kind in [EntryType::GNULongName, EntryType::GNULongLink, EntryType::XHeader] {
        // As much as is claimed is there: two mebibytes, which is too long for a name.
        let filler = vec![b'n'; 2 << 20];
        let tar =
            [member(&tar_header("x", kind, filler.len() as u64), &filler), tar_of(&[("cut", b"1"), ("after", b"2")])];
        let mut recorder = Recorder::files();
        walked("r.tar", &tar.concat(), &mut recorder).unwrap();
        assert_eq!(recorder.paths(), ["after"], "{kind:?}");
        assert_eq!(
            recorder.told(),
            "cut: passed over: what precedes it to tell its name is far too long\n",
            "{kind:?}"
        );
        // Far less is there than is claimed.
        let tar = [member(&tar_header("x", kind, 8 << 30), b"short"), tar_of(&[("after", b"2")])];
        let mut recorder = Recorder::files();
        walked("r.tar", &tar.concat(), &mut recorder).unwrap();
        assert!(recorder.told().contains("cut short"), "{kind:?}: {}", recorder.told());
    }
}

#[test]
fn a_path_beyond_the_limit_is_told_and_passed_over() {
    let long = "d/".repeat(5000);
    let tar =
        [pax(&[("path", &long)]), member(&tar_header("x", EntryType::Regular, 1), b"1"), tar_of(&[("after", b"2")])];
    let mut recorder = Recorder::files();
    walked("r.tar", &tar.concat(), &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["after"]);
    assert!(recorder.told().contains("its path has 9999 bytes, more than 4096"), "{}", recorder.told());
}

#[test]
fn what_is_said_aside_is_passed_over() {
    let mut builder = Builder::new(Vec::new());
    for kind in [EntryType::XGlobalHeader, EntryType::new(b'V'), EntryType::new(b'D')] {
        builder.append(&tar_header("aside", kind, 600), &[b'g'; 600][..]).unwrap();
    }
    add(&mut builder, "a", b"1");
    builder.append(&tar_header("contiguous", EntryType::Continuous, 1), &b"2"[..]).unwrap();
    builder.append(&tar_header("unknown", EntryType::new(b'Z'), 1), &b"3"[..]).unwrap();
    let mut recorder = Recorder::files();
    walked("r.tar", &builder.into_inner().unwrap(), &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["a", "contiguous", "unknown"]);
    assert_eq!(recorder.told(), "");
}
