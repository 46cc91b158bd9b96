//! Tars whose headers lie: sizes, numbers, PAX records, names, links, maps of sparse files.

use super::{Corpus, Promise};
use crate::synth::archive::tar;
use crate::synth::bad;

/// Size of a block.
const BLOCK: usize = 512;

pub(super) fn add(corpus: &mut Corpus) {
    sizes(corpus);
    pax(corpus);
    names(corpus);
    links(corpus);
    sparse(corpus);
    structure(corpus);
}

/// A header that says what it is told to say, with a right checksum.
struct Header(tar::Header);

impl Header {
    fn new(name: &[u8], kind: tar::EntryType) -> Self {
        let mut header = tar::Header::new_gnu();
        let length = name.len().min(100);
        header.as_old_mut().name[..length].copy_from_slice(&name[..length]);
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_size(0);
        Self(header)
    }

    fn size(mut self, size: u64) -> Self {
        self.0.set_size(size);
        self
    }

    fn raw_size(mut self, field: &[u8; 12]) -> Self {
        self.0.as_old_mut().size = *field;
        self
    }

    fn target(mut self, target: &str) -> Self {
        self.0.as_old_mut().linkname[..target.len()].copy_from_slice(target.as_bytes());
        self
    }

    fn with(mut self, contents: &[u8]) -> Vec<u8> {
        self.0.set_cksum();
        let mut bytes = self.0.as_bytes().to_vec();
        bytes.extend_from_slice(contents);
        bytes.resize(bytes.len().next_multiple_of(BLOCK), 0);
        bytes
    }
}

use tar::EntryType::{Directory, GNULongLink, GNULongName, GNUSparse, Link, Regular, Symlink, XGlobalHeader, XHeader};

/// The sound report with entries before or behind its own; two blocks of zeros end it.
fn around(before: &[u8], behind: &[u8]) -> Vec<u8> {
    let sound = tar(&bad::report().tree());
    let mut bytes = before.to_vec();
    bytes.extend_from_slice(&sound[..sound.len() - 2 * BLOCK]);
    bytes.extend_from_slice(behind);
    bytes.resize(bytes.len() + 2 * BLOCK, 0);
    bytes
}

fn behind(corpus: &mut Corpus, name: &str, entry: &[u8], promise: Promise) {
    corpus.add(&format!("tar-{name}.tar"), &around(b"", entry), promise);
}

/// Sizes that no file has.
fn sizes(corpus: &mut Corpus) {
    let log = b"sosreport-x/var/log/messages";
    let base_256 = |first: u8, last: [u8; 8]| {
        let mut field = [0; 12];
        field[0] = first;
        field[4..].copy_from_slice(&last);
        field
    };
    let fields: [(&str, [u8; 12]); 8] = [
        ("size-8-gib", *b"77777777777\0"),
        ("size-base-256-most", base_256(0x80, [0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff])),
        ("size-base-256-over", [0xff; 12]),
        ("size-base-256-negative", base_256(0xff, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x00])),
        ("size-octal-negative", *b"-0000000010\0"),
        ("size-no-number", *b"ABCDEFGHIJK\0"),
        ("size-all-blanks", *b"            "),
        ("size-without-end", *b"777777777777"),
    ];
    for (name, field) in fields {
        behind(corpus, name, &Header::new(log, Regular).raw_size(&field).with(b"x"), Promise::Event);
    }
    behind(corpus, "directory-with-size", &Header::new(b"d/", Directory).size(1 << 40).with(b""), Promise::Event);
    behind(corpus, "link-with-size", &Header::new(b"l", Symlink).size(1 << 40).target("d").with(b""), Promise::Event);
}

/// PAX records that contradict the header, each other, and themselves.
fn pax(corpus: &mut Corpus) {
    let record = |key: &str, value: &str| {
        let rest = format!(" {key}={value}\n");
        let mut length = rest.len() + 1;
        while length != rest.len() + length.to_string().len() {
            length = rest.len() + length.to_string().len();
        }
        format!("{length}{rest}")
    };
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("size-contradicts", record("size", "99999999999999").into_bytes()),
        ("size-negative", record("size", "-5").into_bytes()),
        ("size-word", record("size", "many").into_bytes()),
        ("size-twice", (record("size", "3") + &record("size", "4")).into_bytes()),
        ("path-with-nul", record("path", "sosreport-x/a\0b").into_bytes()),
        ("path-with-newline", record("path", "sosreport-x/a\nb: c").into_bytes()),
        ("path-escaping", record("path", "../../../../etc/cron.d/x").into_bytes()),
        ("path-empty", record("path", "").into_bytes()),
        ("path-64-kib", record("path", &"p/".repeat(32 * 1024)).into_bytes()),
        ("linkpath-escaping", record("linkpath", "/etc/passwd").into_bytes()),
        ("length-too-long", b"999 path=x\n".to_vec()),
        ("length-zero", b"0 path=x\n".to_vec()),
        ("length-overflows", b"99999999999999999999999 path=x\n".to_vec()),
        ("no-equals-sign", b"12 pathless\n".to_vec()),
        ("no-newline", b"10 path=xx".to_vec()),
        ("no-utf-8", b"14 path=\xff\xfe\xfd\xfc\xfb\n".to_vec()),
        ("a-megabyte", record("comment", &"x".repeat(1 << 20)).into_bytes()),
        (
            "sparse-map",
            (record("GNU.sparse.map", "0,9999999999999,1,1") + &record("GNU.sparse.size", "5")).into_bytes(),
        ),
        (
            "sparse-realsize",
            (record("GNU.sparse.major", "1") + &record("GNU.sparse.realsize", "18446744073709551615")).into_bytes(),
        ),
    ];
    for (name, body) in bodies {
        for (kind, entry) in [("pax", XHeader), ("global", XGlobalHeader)] {
            let mut entry = Header::new(b"PaxHeaders/x", entry).size(body.len() as u64).with(&body);
            entry.extend(Header::new(b"sosreport-x/var/log/kern.log", Regular).size(3).with(b"abc"));
            behind(corpus, &format!("{kind}-{name}"), &entry, Promise::Event);
        }
    }
    let huge = Header::new(b"PaxHeaders/x", XHeader).size(1 << 40).with(b"12 path=abc\n");
    behind(corpus, "pax-of-a-tebibyte", &huge, Promise::Event);
    let chain: Vec<u8> = (0..2000).flat_map(|_| Header::new(b"x", XHeader).size(11).with(b"11 path=ab\n")).collect();
    behind(corpus, "pax-before-pax", &chain, Promise::Event);
}

/// Names that are none.
fn names(corpus: &mut Corpus) {
    let long = [b"sosreport-x/var/log/".to_vec(), vec![b'n'; 64 * 1024]].concat();
    let names: [(&str, &[u8]); 9] = [
        ("dots", b"../../../var/log/messages"),
        ("absolute", b"/var/log/messages"),
        ("newline", b"sosreport-x/var/log/messages\nsosreport-x/proc/modules"),
        ("escape-sequence", b"sosreport-x/\x1b]0;owned\x07\x1b[2J/var/log/messages"),
        ("carriage-return", b"sosreport-x/var/log/mess\rages"),
        ("no-utf-8", b"sosreport-x/var/log/mess\xff\xfeages"),
        ("right-to-left", "sosreport-x/var/log/\u{202e}segassem".as_bytes()),
        ("only-slashes", b"////////"),
        ("empty", b""),
    ];
    for (name, path) in names {
        behind(corpus, &format!("name-{name}"), &Header::new(path, Regular).size(3).with(b"abc"), Promise::Event);
    }
    for (name, kind) in [("long-name", GNULongName), ("long-link", GNULongLink)] {
        let mut entry = Header::new(b"././@LongLink", kind).size(long.len() as u64).with(&long);
        entry.extend(Header::new(b"x", Regular).size(3).with(b"abc"));
        behind(corpus, &format!("{name}-64-kib"), &entry, Promise::Event);
        let lies = Header::new(b"././@LongLink", kind).size(1 << 33).with(b"short");
        behind(corpus, &format!("{name}-of-8-gib"), &lies, Promise::Event);
        let alone = Header::new(b"././@LongLink", kind).size(5).with(b"name\0");
        behind(corpus, &format!("{name}-of-nothing"), &alone, Promise::Event);
    }
}

/// Links that lead to themselves, to each other, out, and to what does not exist.
fn links(corpus: &mut Corpus) {
    let link = |name: &str, kind, target: &str| Header::new(name.as_bytes(), kind).target(target).with(b"");
    for (word, kind) in [("symlink", Symlink), ("hardlink", Link)] {
        let two = [link("r/proc/modules", kind, "r/lsmod"), link("r/lsmod", kind, "r/proc/modules")].concat();
        behind(corpus, &format!("{word}-loop"), &two, Promise::Event);
        behind(corpus, &format!("{word}-to-itself"), &link("r/lsmod", kind, "r/lsmod"), Promise::Event);
        behind(corpus, &format!("{word}-out"), &link("r/lsmod", kind, "../../../../etc/passwd"), Promise::Event);
        let chain: Vec<u8> = (0..3000).flat_map(|n| link(&format!("r/l{n}"), kind, &format!("r/l{}", n + 1))).collect();
        behind(corpus, &format!("{word}-chain"), &chain, Promise::Event);
    }
}

/// Offsets and lengths of the first two pieces of a sparse file.
type Map = [(u64, u64); 2];

/// Old GNU sparse headers with maps that overlap, go back, or are without end.
fn sparse(corpus: &mut Corpus) {
    let number = |value: u64| {
        let mut field = [b'0'; 12];
        field[11] = 0;
        let digits = format!("{value:011o}");
        field[..11].copy_from_slice(&digits.as_bytes()[digits.len() - 11..]);
        field
    };
    let maps: [(&str, Map, u64); 4] = [
        ("overlapping", [(0, 512), (100, 512)], 1024),
        ("going-back", [(4096, 512), (0, 512)], 8192),
        ("beyond-its-size", [(0, 512), (1 << 32, 512)], 600),
        ("huge", [(0, 512), ((1 << 33) - 1024, 512)], (1 << 33) - 1),
    ];
    for (name, map, real) in maps {
        let mut header = Header::new(b"sosreport-x/var/log/messages", GNUSparse).size(1024);
        let gnu = header.0.as_gnu_mut().unwrap();
        for (slot, (offset, length)) in gnu.sparse.iter_mut().zip(map) {
            slot.offset = number(offset);
            slot.numbytes = number(length);
        }
        gnu.realsize = number(real);
        behind(corpus, &format!("sparse-{name}"), &header.with(&[b'x'; 1024]), Promise::Event);
    }
    let mut endless = Header::new(b"sosreport-x/var/log/messages", GNUSparse).size(512);
    endless.0.as_gnu_mut().unwrap().isextended[0] = 1;
    let mut bytes = endless.with(b"");
    let mut more = [b'0'; BLOCK];
    more[504] = 1;
    bytes.extend((0..2000).flat_map(|_| more));
    behind(corpus, "sparse-map-without-end", &bytes, Promise::Event);
}

/// What stands between the entries.
fn structure(corpus: &mut Corpus) {
    let sound = tar(&bad::report().tree());
    let garbage: Vec<u8> = (0..64 * 1024_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    corpus.add("tar-garbage-before.tar", &around(&garbage, b""), Promise::Row);
    behind(corpus, "garbage-behind", &garbage, Promise::Event);
    let mut wrong = Header::new(b"x", Regular).size(3).with(b"abc");
    wrong[150] ^= 1;
    behind(corpus, "wrong-checksum", &wrong, Promise::EventAndReason);
    corpus.add("tar-without-end.tar", &sound[..sound.len() - 2 * BLOCK], Promise::Event);
    corpus.add("tar-only-zeros.tar", &vec![0; 1 << 20], Promise::Row);
    corpus.add("tar-one-header.tar", &Header::new(b"x", Regular).size(1 << 30).with(b""), Promise::Row);
    let empty: Vec<u8> =
        (0..20_000).flat_map(|n| Header::new(format!("e/{n}").as_bytes(), Regular).with(b"")).collect();
    behind(corpus, "empty-files", &empty, Promise::Event);
    let same: Vec<u8> = (0..5000)
        .flat_map(|n: u32| {
            Header::new(b"sosreport-x/sys/module/acme/taint", Regular).size(2).with(&[b"OE"[(n % 2) as usize], b'\n'])
        })
        .collect();
    behind(corpus, "one-file-many-times", &same, Promise::Event);
    for kind in [b'A', b'Z', b'7', b'V', b'M', 0xff] {
        let entry = Header::new(b"odd", tar::EntryType::new(kind)).size(3).with(b"abc");
        behind(corpus, &format!("entry-type-{kind:02x}"), &entry, Promise::Event);
    }
}
