//! What is special about zip archives.

use super::*;
use ::zip::write::SimpleFileOptions;
use ::zip::{CompressionMethod, ZipWriter};

fn writer() -> ZipWriter<Cursor<Vec<u8>>> {
    ZipWriter::new(Cursor::new(Vec::new()))
}

fn bytes_of(writer: ZipWriter<Cursor<Vec<u8>>>) -> Vec<u8> {
    writer.finish().unwrap().into_inner()
}

#[test]
fn every_compression_of_the_format_is_read() {
    let log = log_text(300_000);
    let methods =
        [CompressionMethod::Stored, CompressionMethod::Deflated, CompressionMethod::Bzip2, CompressionMethod::Zstd];
    let mut writer = writer();
    for method in methods {
        writer.start_file(method.to_string(), SimpleFileOptions::default().compression_method(method)).unwrap();
        writer.write_all(&log).unwrap();
    }
    let mut recorder = Recorder::files();
    walked("r.zip", &bytes_of(writer), &mut recorder).unwrap();
    assert_eq!(recorder.read.len(), methods.len());
    for (path, content) in &recorder.read {
        assert!(content == &log, "{path}");
        assert_eq!(recorder.sizes[path], Some(log.len() as u64));
    }
    assert_eq!(recorder.told(), "");
}

/// Replaces a name in all headers by another of the same length.
fn renamed(mut bytes: Vec<u8>, from: &[u8], to: &[u8]) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let places: Vec<usize> = (0..bytes.len() - from.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
    for at in places {
        bytes[at..at + to.len()].copy_from_slice(to);
    }
    bytes
}

#[test]
fn absolute_and_climbing_names_are_brought_inside_and_told() {
    let mut bytes = zip_of(&[("aaaaaaaaaaaaaaaa", b"1"), ("bbbbbbbbbbb", b"2"), ("ok", b"3")]);
    bytes = renamed(bytes, b"aaaaaaaaaaaaaaaa", b"../../etc/passwd");
    bytes = renamed(bytes, b"bbbbbbbbbbb", b"/etc/shadow");
    let mut recorder = Recorder::files();
    walked("evil.zip", &bytes, &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["etc/passwd", "etc/shadow", "ok"]);
    assert_eq!(recorder.problems.len(), 2, "{}", recorder.told());
    assert!(recorder.told().contains("etc/passwd: its stored name leads out of the archive"));
    assert!(recorder.told().contains("evil.zip: 1 more stored names"));
}

#[test]
fn links_and_directories_are_known_by_their_mode() {
    let mut writer = writer();
    writer.add_directory("r/var/", SimpleFileOptions::default()).unwrap();
    writer.start_file("r/target", SimpleFileOptions::default()).unwrap();
    writer.write_all(b"wanted\n").unwrap();
    writer.add_symlink("r/var/link", "../target", SimpleFileOptions::default()).unwrap();
    writer.add_symlink("r/lost", "nowhere", SimpleFileOptions::default()).unwrap();
    let bytes = bytes_of(writer);
    let mut recorder = Recorder::only(&["r/var/link", "r/lost"]);
    walked("r.zip", &bytes, &mut recorder).unwrap();
    assert_eq!(
        recorder.asked,
        ["r/var directory", "r/target file", "r/var/link symlink to ../target", "r/lost symlink to nowhere"]
    );
    assert_eq!(recorder.read, [("r/var/link".to_owned(), b"wanted\n".to_vec())]);
    assert_eq!(recorder.problems.len(), 1, "{}", recorder.told());
    let mut recorder = Recorder::new(|_| Interest::Read);
    walked("r.zip", &bytes, &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["r/target"], "not again under the link");
}

#[test]
fn a_cut_zip_is_read_by_the_headers_before_its_entries() {
    let log = log_text(100_000);
    let bytes = zip_of(&[("a", b"first"), ("b", &log), ("c", b"third")]);
    let mut recorder = Recorder::files();
    walked("r.zip", &bytes[..bytes.len() / 2], &mut recorder).unwrap();
    assert_eq!(recorder.content("a"), Some(&b"first"[..]));
    assert!(log.starts_with(recorder.content("b").unwrap()));
    assert!(recorder.told().contains("its directory cannot be read"), "{}", recorder.told());
    assert!(recorder.told().contains("b: "), "{}", recorder.told());
}

#[test]
fn a_damaged_entry_does_not_stop_the_others() {
    let log = log_text(100_000);
    let mut bytes = zip_of(&[("a", &log), ("b", b"second")]);
    bytes[20_000] ^= 0xff;
    let mut recorder = Recorder::files();
    walked("r.zip", &bytes, &mut recorder).unwrap();
    assert_eq!(recorder.content("b"), Some(&b"second"[..]));
    assert_eq!(recorder.problems.len(), 1, "{}", recorder.told());
    assert_eq!(recorder.problems[0].0, "a");
}

#[test]
fn encrypted_entries_are_told() {
    let mut bytes = zip_of(&[("secret", b"x"), ("open", b"y")]);
    // The flag for encryption, in the local header and in the directory.
    bytes[6] |= 1;
    let directory = bytes.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    bytes[directory + 8] |= 1;
    let mut recorder = Recorder::files();
    walked("r.zip", &bytes, &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["open"]);
    assert_eq!(recorder.told(), "secret: is encrypted with a password and was not read\n");
}

#[test]
fn overlapping_entries_are_told_and_bounded() {
    // A directory in which ten thousand entries are one and the same.
    let log = vec![b'x'; 1 << 20];
    let one = zip_of(&[("0000", &log)]);
    let directory = one.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    let end = one.windows(4).position(|four| four == b"PK\x05\x06").unwrap();
    let mut bytes = one[..directory].to_vec();
    for number in 0..10_000 {
        let mut header = one[directory..end].to_vec();
        header[46..50].copy_from_slice(format!("{number:04}").as_bytes());
        bytes.extend_from_slice(&header);
    }
    let size = (bytes.len() - directory) as u32;
    let mut tail = one[end..].to_vec();
    tail[8..10].copy_from_slice(&10_000u16.to_le_bytes());
    tail[10..12].copy_from_slice(&10_000u16.to_le_bytes());
    tail[12..16].copy_from_slice(&size.to_le_bytes());
    bytes.extend_from_slice(&tail);
    struct Sum(u64, Vec<String>);
    impl Visitor for Sum {
        fn interest(&mut self, _: &Entry<'_>) -> Interest {
            Interest::Read
        }
        fn read(&mut self, _: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
            self.0 += io::copy(bytes, &mut io::sink())?;
            Ok(())
        }
        fn problem(&mut self, path: &str, message: String) {
            self.1.push(format!("{path}: {message}"));
        }
    }
    let limits = Limits { ratio: 20, ratio_from: 16 << 20, ..Limits::default() };
    let mut sum = Sum(0, Vec::new());
    walk(&memory("overlap.zip", &bytes), &limits, &mut sum).unwrap();
    assert!(sum.0 < 40 << 20, "{}", sum.0);
    assert!(sum.1.iter().any(|told| told.contains("bomb")), "{:?}", sum.1);
}

#[test]
fn a_directory_too_large_to_hold_is_not_held() {
    // Comments make it large: 300 entries with 60,000 bytes each, 18 MB.
    let names: Vec<String> = (0..300).map(|number| format!("r/{number:04}")).collect();
    let mut writer = writer();
    for name in &names {
        let options = ::zip::write::FullFileOptions::default().with_file_comment("c".repeat(60_000));
        writer.start_file(name.as_str(), options).unwrap();
        writer.write_all(b"x").unwrap();
    }
    let bytes = bytes_of(writer);
    for (zip_directory, told) in [(20 << 20, false), (1 << 20, true)] {
        let limits = Limits { zip_directory, ..Limits::default() };
        let mut recorder = Recorder::files();
        walk(&memory("r.zip", &bytes), &limits, &mut recorder).unwrap();
        assert_eq!(recorder.read.len(), 300, "entries are reached without it");
        assert_eq!(recorder.told().contains("it is too large"), told, "{}", recorder.told());
    }
}

#[test]
fn an_lzma_entry_is_read_if_its_dictionary_may_be() {
    // A local header and a directory by hand: the zip crate does not write LZMA.
    let content = b"compressed with the lzma method of zip\n";
    let alone = lzma(content);
    let mut data = vec![9, 20, 5, 0]; // version 9.20, five bytes of properties
    data.extend_from_slice(&alone[..5]);
    data.extend_from_slice(&alone[13..]);
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let fields = |version: &[u8]| {
        let mut fields = version.to_vec();
        fields.extend_from_slice(&[63, 0, 2, 0, 14, 0, 0, 0, 0x21, 0x58]); // needs 6.3, end mark, method 14
        fields.extend_from_slice(&crc.sum().to_le_bytes());
        fields.extend_from_slice(&(data.len() as u32).to_le_bytes());
        fields.extend_from_slice(&(content.len() as u32).to_le_bytes());
        fields.extend_from_slice(&[1, 0, 0, 0]); // name of one byte
        fields
    };
    let mut bytes = [b"PK\x03\x04".to_vec(), fields(&[]), b"a".to_vec(), data.clone()].concat();
    let start = bytes.len() as u32;
    bytes.extend([b"PK\x01\x02".to_vec(), fields(&[63, 0]), vec![0; 14], b"a".to_vec()].concat());
    let size = bytes.len() as u32 - start;
    bytes.extend_from_slice(b"PK\x05\x06\0\0\0\0\x01\0\x01\0");
    bytes.extend_from_slice(&size.to_le_bytes());
    bytes.extend_from_slice(&start.to_le_bytes());
    bytes.extend_from_slice(&[0, 0]);
    let mut recorder = Recorder::files();
    walked("r.zip", &bytes, &mut recorder).unwrap();
    assert_eq!(recorder.told(), "");
    assert_eq!(recorder.content("a"), Some(&content[..]));
    let limits = Limits { decoder_memory: 1000, ..Limits::default() };
    let mut recorder = Recorder::files();
    walk(&memory("r.zip", &bytes), &limits, &mut recorder).unwrap();
    assert!(recorder.told().contains("bytes of memory to decompress"), "{}", recorder.told());
}
