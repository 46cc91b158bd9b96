//! Zips whose directory lies.

use super::{Corpus, Promise};
use crate::synth::{Container, Tree, bad};

/// Signatures of the records (APPNOTE.TXT 4.3).
const LOCAL: &[u8] = b"PK\x03\x04";
const CENTRAL: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";

fn find(bytes: &[u8], what: &[u8]) -> usize {
    bytes.windows(what.len()).position(|window| window == what).unwrap()
}

fn end(bytes: &[u8]) -> usize {
    bytes.windows(END.len()).rposition(|window| window == END).unwrap()
}

pub(super) fn add(corpus: &mut Corpus) {
    overlapping(corpus);
    ends(corpus);
    members(corpus);
    names(corpus);
}

/// Hundreds of directory records that all point at one member of zeros.
fn overlapping(corpus: &mut Corpus) {
    let mut tree = Tree::new("sosreport-x", 1_700_000_000);
    tree.file("var/log/messages", vec![0; 8 << 20]);
    let bytes = Container::Zip.pack(&tree);
    let (central, end) = (find(&bytes, CENTRAL), end(&bytes));
    let record = bytes[central..end].to_vec();
    let count: u16 = 800;
    let mut bomb = bytes[..central].to_vec();
    for number in 0..count {
        let mut record = record.clone();
        let name = record.len() - "messages".len();
        record[name..name + 4].copy_from_slice(format!("{number:04}").as_bytes());
        bomb.extend(record);
    }
    let size = u32::try_from(record.len() * usize::from(count)).unwrap();
    let mut tail = bytes[end..].to_vec();
    tail[8..10].copy_from_slice(&count.to_le_bytes());
    tail[10..12].copy_from_slice(&count.to_le_bytes());
    tail[12..16].copy_from_slice(&size.to_le_bytes());
    bomb.extend(tail);
    corpus.add("zip-overlapping.zip", &bomb, Promise::Row);
}

/// The end record: counts, sizes, places, comments.
fn ends(corpus: &mut Corpus) {
    let sound = bad::report().archive(Container::Zip);
    let at = end(&sound);
    let mut change = |name: &str, from: usize, field: &[u8]| {
        let mut bytes = sound.clone();
        bytes[at + from..at + from + field.len()].copy_from_slice(field);
        corpus.add(&format!("zip-end-{name}.zip"), &bytes, Promise::Row);
    };
    change("counts-most", 8, &[0xff, 0xff, 0xff, 0xff]);
    change("counts-none", 8, &[0, 0, 0, 0]);
    change("size-most", 12, &[0xff, 0xff, 0xff, 0x7f]);
    change("place-beyond", 16, &[0xff, 0xff, 0xff, 0x7f]);
    change("place-zero", 16, &[0, 0, 0, 0]);
    change("other-disk", 4, &[9, 0, 9, 0]);
    change("zip64-without", 8, &[0xff; 12]);
    change("comment-missing", 20, &[0xff, 0xff]);
    let commented = [&sound[..], END, &[0; 18]].concat();
    corpus.add("zip-end-in-comment.zip", &commented, Promise::Row);
    corpus.add("zip-end-alone.zip", &sound[at..], Promise::Row);
    corpus.add("zip-without-directory.zip", &sound[..find(&sound, CENTRAL)], Promise::Row);
    let shifted = [b"#!/bin/sh\nexit 0\n".as_slice(), &sound].concat();
    corpus.add("zip-behind-a-script.zip", &shifted, Promise::Row);
}

/// Fields of each member's records.
fn members(corpus: &mut Corpus) {
    let sound = bad::report().archive(Container::Zip);
    let places = |what: &[u8]| -> Vec<usize> {
        let hits = sound.windows(4).enumerate().filter(|(_, window)| *window == what);
        hits.map(|(at, _)| at).collect()
    };
    let fields: [(&str, &[u8], usize, &[u8]); 9] = [
        ("local-size-most", LOCAL, 22, &[0xff; 4]),
        ("local-packed-most", LOCAL, 18, &[0xff; 4]),
        ("local-name-long", LOCAL, 26, &[0xff, 0xff]),
        ("method-unknown", CENTRAL, 10, &[99, 0]),
        ("encrypted", CENTRAL, 8, &[1, 0]),
        ("size-most", CENTRAL, 24, &[0xff, 0xff, 0xff, 0x7f]),
        ("size-none", CENTRAL, 24, &[0; 4]),
        ("checksum", CENTRAL, 16, &[1, 2, 3, 4]),
        ("place-beyond", CENTRAL, 42, &[0xff, 0xff, 0xff, 0x7f]),
    ];
    for (name, record, from, field) in fields {
        let mut bytes = sound.clone();
        for at in places(record) {
            bytes[at + from..at + from + field.len()].copy_from_slice(field);
        }
        corpus.add(&format!("zip-{name}.zip"), &bytes, Promise::Row);
    }
}

/// Names that are none.
fn names(corpus: &mut Corpus) {
    let table: [(&str, &str); 8] = [
        ("dots", "../../../etc/cron.d/x"),
        ("absolute", "/etc/cron.d/x"),
        ("backslashes", "..\\..\\windows\\x"),
        ("drive", "C:\\windows\\x"),
        ("newline", "sosreport-x/a\nb"),
        ("nul", "sosreport-x/a\0b"),
        ("escape-sequence", "sosreport-x/\u{1b}[2J\u{1b}]0;x\u{7}"),
        ("markup", "sosreport-x/<img src=x onerror=alert(1)>|`|"),
    ];
    for (name, path) in table {
        let mut tree = bad::report().tree();
        let root = tree.root.clone();
        let stand_in = format!("stand-in-{}", "y".repeat(path.len()));
        tree.file(&stand_in, "x\n");
        let mut bytes = Container::Zip.pack(&tree);
        let full = format!("{root}/{stand_in}");
        let new = format!("{path}{}", "x".repeat(full.len() - path.len()));
        while let Some(at) = bytes.windows(full.len()).position(|window| window == full.as_bytes()) {
            bytes[at..at + full.len()].copy_from_slice(new.as_bytes());
        }
        corpus.add(&format!("zip-name-{name}.zip"), &bytes, Promise::Event);
    }
}
