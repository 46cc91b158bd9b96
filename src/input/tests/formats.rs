//! Every format is told by its bytes and read to its end.

use super::*;

const REPORT: &[(&str, &[u8])] = &[
    ("sosreport-host/proc/sys/kernel/tainted", b"12289\n"),
    ("sosreport-host/proc/modules", b"nvidia 1 0 - Live 0x0 (POE)\n"),
    ("sosreport-host/empty", b""),
];

fn assert_report(recorder: &Recorder, prefix: &str) {
    let expected: Vec<(String, Vec<u8>)> =
        REPORT.iter().map(|(path, content)| (format!("{prefix}{path}"), content.to_vec())).collect();
    assert_eq!(recorder.read, expected);
    assert_eq!(recorder.told(), "");
}

#[test]
fn a_tar_is_read_whatever_its_compression_and_its_name() {
    let tar = tar_of(REPORT);
    let mut archives = vec![("tar", tar.clone())];
    archives.extend(COMPRESSORS.iter().map(|(ending, compress)| (*ending, compress(&tar))));
    for (ending, archive) in archives {
        let mut recorder = Recorder::files();
        let walked = walked("a-misleading-name.txt", &archive, &mut recorder).expect(ending);
        assert_report(&recorder, "");
        assert_eq!((walked.content, walked.entries), (Format::Tar, 3), "{ending}");
        assert_eq!(walked.format == Format::Tar, ending == "tar");
        assert!(walked.bytes_in > 0 && walked.bytes_in <= archive.len() as u64 + 1024, "{ending}");
        assert_eq!(walked.bytes_out > 0, ending != "tar", "{ending}");
    }
}

#[test]
fn a_zip_is_read() {
    let mut recorder = Recorder::files();
    let walked = walked("report.zip", &zip_of(REPORT), &mut recorder).unwrap();
    assert_report(&recorder, "");
    assert_eq!((walked.format, walked.content, walked.entries), (Format::Zip, Format::Zip, 3));
}

#[test]
fn a_reader_is_read_as_standard_input_is() {
    let tar = tar_of(REPORT);
    for archive in [tar.clone(), gzip(&tar), xz(&gzip(&tar)), zip_of(REPORT)] {
        let mut recorder = Recorder::files();
        walk_reader(Cursor::new(archive), "stdin", &Limits::default(), &mut recorder).unwrap();
        assert_report(&recorder, "");
    }
    let mut recorder = Recorder::files();
    walk_reader(&b"Linux version 6.1\n"[..], "stdin", &Limits::default(), &mut recorder).unwrap();
    assert_eq!(recorder.content("stdin"), Some(&b"Linux version 6.1\n"[..]));
}

#[test]
fn a_zip_too_large_for_memory_is_refused_in_a_stream() {
    let limits = Limits { zip_in_memory: 100, ..Limits::default() };
    let error = walk_reader(Cursor::new(zip_of(REPORT)), "stdin", &limits, &mut Recorder::files()).unwrap_err();
    assert!(matches!(error, InputError::ZipInStream { limit: 100, .. }), "{error}");
    assert!(error.to_string().starts_with("stdin: is a zip archive"), "{error}");
}

#[test]
fn a_single_file_is_one_entry_with_its_content_decompressed() {
    let log = log_text(700_000);
    let mut files = vec![("messages".to_owned(), log.clone(), Format::Text)];
    for (ending, compress) in COMPRESSORS {
        files.push((format!("messages.{ending}"), compress(&log), Format::Text));
    }
    for (name, bytes, content) in files {
        let mut recorder = Recorder::files();
        let walked = walked(&name, &bytes, &mut recorder).unwrap();
        assert_eq!(recorder.content(&name), Some(&log[..]), "{name}");
        assert_eq!((walked.content, walked.entries), (content, 1), "{name}");
        let size = (name == "messages").then_some(log.len() as u64);
        assert_eq!(recorder.sizes[&name], size, "what comes out of a decompressor has no known size");
        assert_eq!(recorder.told(), "");
    }
}

#[test]
fn files_of_several_parts_are_read_to_the_end() {
    let (first, second) = (log_text(300_000), b"the second part\n".to_vec());
    let whole = [first.clone(), second.clone()].concat();
    for (ending, compress) in COMPRESSORS.iter().filter(|(ending, _)| *ending != "lzma") {
        let bytes = [compress(&first), compress(b""), compress(&second)].concat();
        let mut recorder = Recorder::files();
        walked("log", &bytes, &mut recorder).unwrap();
        assert_eq!(recorder.content("log"), Some(&whole[..]), "{ending}");
        assert_eq!(recorder.told(), "", "{ending}");
    }
}

#[test]
fn xz_of_several_blocks_and_padded_streams_is_read_to_the_end() {
    use xz2::stream::{Action, Check, Stream};
    let mut encoder = Stream::new_easy_encoder(1, Check::Crc64).unwrap();
    let mut bytes = Vec::with_capacity(1 << 20);
    for part in [&b"block one\n"[..], b"block two\n"] {
        encoder.process_vec(part, &mut bytes, Action::Run).unwrap();
        encoder.process_vec(b"", &mut bytes, Action::FullFlush).unwrap();
    }
    encoder.process_vec(b"", &mut bytes, Action::Finish).unwrap();
    bytes.extend_from_slice(&[0; 8]); // stream padding
    bytes.extend_from_slice(&xz(b"stream two\n"));
    let mut recorder = Recorder::files();
    walked("log", &bytes, &mut recorder).unwrap();
    assert_eq!(recorder.content("log"), Some(&b"block one\nblock two\nstream two\n"[..]));
    assert_eq!(recorder.told(), "");
}

#[test]
fn concatenated_archives_are_read_to_the_end() {
    let both = [tar_of(&[("a", b"1")]), tar_of(&[("b", b"2")])].concat();
    let mut recorder = Recorder::files();
    walked("both.tar", &both, &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["a", "b"]);
    assert_eq!(recorder.told(), "");
}

#[test]
fn a_bundle_of_reports_is_walked_and_its_archives_are_announced() {
    let report = tar_of(REPORT);
    let packed = tar_of(&[("net/dev", b"eth0\n")]);
    let report_with_packed = tar_of(&[("r/version.txt", b"4.10\n"), ("r/proc/fs.tar", &packed)]);
    let bundle = tar_of(&[
        ("sos-collector-x/sosreport-a.tar.xz", &xz(&report)),
        ("sos-collector-x/sosreport-b.tar.gz", &gzip(&report_with_packed)),
        ("sos-collector-x/c.zip", &zip_of(&[("inner.tar.bz2", &bzip2(&report))])),
        ("sos-collector-x/sos_collector.log", b"collected\n"),
    ]);
    for bytes in [bundle.clone(), zstd(&bundle)] {
        let mut recorder = Recorder::files();
        let walked = walked("bundle", &bytes, &mut recorder).unwrap();
        assert_eq!(recorder.told(), "");
        let paths = recorder.paths();
        assert_eq!(paths[0], "sos-collector-x/sosreport-a.tar.xz!sosreport-host/proc/sys/kernel/tainted");
        assert!(paths.contains(&"sos-collector-x/sosreport-b.tar.gz!r/proc/fs.tar!net/dev"), "{paths:?}");
        assert!(paths.contains(&"sos-collector-x/c.zip!inner.tar.bz2!sosreport-host/proc/modules"), "{paths:?}");
        assert_eq!(paths.last(), Some(&"sos-collector-x/sos_collector.log"));
        assert_eq!(walked.entries, 4 + 3 + 2 + 1 + 1 + 3);
        assert_eq!(
            recorder.edges[..4],
            [
                ("sos-collector-x/sosreport-a.tar.xz".to_owned(), Edge::Begins),
                ("sos-collector-x/sosreport-a.tar.xz".to_owned(), Edge::Ends),
                ("sos-collector-x/sosreport-b.tar.gz".to_owned(), Edge::Begins),
                ("sos-collector-x/sosreport-b.tar.gz!r/proc/fs.tar".to_owned(), Edge::Begins),
            ]
        );
    }
}

#[test]
fn large_nested_archives_are_decompressed_on_their_own_threads() {
    let log = log_text(3_000_000);
    let report = tar_of(&[("a/var/log/messages", &log), ("a/uname", b"Linux\n")]);
    let bundle = xz(&tar_of(&[("a.tar.gz", &gzip(&report)), ("b.tar.gz", &gzip(&report)), ("last", b"x")]));
    let mut recorder = Recorder::files();
    walked("bundle", &bundle, &mut recorder).unwrap();
    assert_eq!(
        recorder.paths(),
        ["a.tar.gz!a/var/log/messages", "a.tar.gz!a/uname", "b.tar.gz!a/var/log/messages", "b.tar.gz!a/uname", "last"]
    );
    assert_eq!(recorder.content("b.tar.gz!a/var/log/messages"), Some(&log[..]));
    assert_eq!(recorder.told(), "");
}

#[test]
fn compressed_members_are_handed_out_decompressed() {
    let log = log_text(50_000);
    let members: Vec<(String, Vec<u8>)> =
        COMPRESSORS.iter().map(|(ending, compress)| (format!("var/log/messages-{ending}"), compress(&log))).collect();
    let files: Vec<(&str, &[u8])> = members.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    for archive in [tar_of(&files), zip_of(&files)] {
        let mut recorder = Recorder::files();
        walked("report", &archive, &mut recorder).unwrap();
        assert_eq!(recorder.read.len(), COMPRESSORS.len());
        for (path, content) in &recorder.read {
            assert!(content == &log, "{path}");
            assert_eq!(recorder.sizes[path], None, "{path}");
        }
        assert_eq!(recorder.told(), "");
    }
}

#[test]
fn a_visitor_that_leaves_content_unread_gets_the_next_entry_right() {
    struct Impatient(Vec<String>);
    impl Visitor for Impatient {
        fn interest(&mut self, _: &Entry<'_>) -> Interest {
            Interest::Read
        }
        fn read(&mut self, entry: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
            let mut start = [0; 3];
            bytes.read_exact(&mut start)?;
            self.0.push(format!("{} {}", entry.path, String::from_utf8_lossy(&start)));
            Ok(())
        }
        fn problem(&mut self, path: &str, message: String) {
            panic!("{path}: {message}");
        }
    }
    let long = log_text(2_000_000);
    let tar = tar_of(&[("a", &long), ("b.gz", &gzip(&long)), ("c", b"end"), ("d.xz", &xz(b"the very end"))]);
    for archive in [tar.clone(), xz(&tar)] {
        let mut impatient = Impatient(Vec::new());
        walked("report", &archive, &mut impatient).unwrap();
        assert_eq!(impatient.0, ["a [  ", "b.gz [  ", "c end", "d.xz the"]);
    }
}

#[test]
fn what_a_visitor_cannot_parse_is_told_and_the_walk_goes_on() {
    struct Failing(Vec<String>);
    impl Visitor for Failing {
        fn interest(&mut self, _: &Entry<'_>) -> Interest {
            Interest::Read
        }
        fn read(&mut self, entry: &Entry<'_>, _: &mut dyn BufRead) -> io::Result<()> {
            Err(io::Error::other(format!("no sense in {}", entry.path)))
        }
        fn problem(&mut self, path: &str, message: String) {
            self.0.push(format!("{path}: {message}"));
        }
    }
    let mut failing = Failing(Vec::new());
    walked("report", &tar_of(&[("a", b"1"), ("b", b"2")]), &mut failing).unwrap();
    assert_eq!(failing.0, ["a: no sense in a", "b: no sense in b"]);
}

#[test]
fn dumps_are_told_before_they_are_read() {
    let mut core = vec![0u8; 600];
    core[..5].copy_from_slice(b"\x7fELF\x02");
    core[16] = 4;
    let mut flattened = b"makedumpfile\0\0\0\0".to_vec();
    flattened.resize(4096, 0);
    for (bytes, format) in
        [(core, Format::ElfCore), (b"KDUMP   \0\0\0\0".to_vec(), Format::Kdump), (flattened, Format::Flattened)]
    {
        let source = memory("vmcore", &bytes);
        assert_eq!(probe(&source).unwrap(), Some(format));
        assert!(format.is_dump());
        let mut recorder = Recorder::new(|_| Interest::Skip);
        let walked = walk(&source, &Limits::default(), &mut recorder).unwrap();
        assert_eq!((walked.format, recorder.asked), (format, vec!["vmcore file".to_owned()]));
    }
    assert_eq!(probe(&Source::Stdin).unwrap(), None);
}

#[test]
fn foreign_and_encrypted_files_are_named_as_such() {
    let rows: [(&[u8], &str); 7] = [
        (b"-----BEGIN PGP MESSAGE-----\n\nhQEM", "encrypted with OpenPGP; decrypt it first (gpg --decrypt)"),
        (b"\x8c\x0d\x04\x09\x03\x08\x00\x00", "encrypted with OpenPGP"),
        (b"Salted__12345678", "encrypted with OpenSSL"),
        (b"\xed\xab\xee\xdb\x03\0\0\0", "an RPM package, which is not read here"),
        (b"070701000000", "a cpio archive"),
        (b"!<arch>\ndebian-binary", "an ar archive"),
        (b"7z\xbc\xaf\x27\x1c\0\x04", "a 7-Zip archive"),
    ];
    for (bytes, words) in rows {
        for bytes in [bytes.to_vec(), gzip(bytes)] {
            let error = walked("dir/sosreport.tar.xz", &bytes, &mut Recorder::files()).unwrap_err();
            assert!(error.to_string().starts_with("dir/sosreport.tar.xz: is "), "{error}");
            assert!(error.reason().contains(words), "{error}");
        }
        let mut recorder = Recorder::files();
        walked("bundle", &tar_of(&[("secured.tar.gpg", bytes), ("after", b"x")]), &mut recorder).unwrap();
        assert_eq!(recorder.paths(), ["after"]);
        assert_eq!(recorder.problems.len(), 1, "{words}");
        assert_eq!(recorder.problems[0].0, "secured.tar.gpg");
    }
}

#[test]
fn the_counter_for_progress_reaches_the_size() {
    let log = log_text(2_000_000);
    let bytes = xz(&tar_of(&[("messages", &log)]));
    let source = memory("report", &bytes);
    let consumed = Arc::new(AtomicU64::new(0));
    let walked = walk_counting(&source, &Limits::default(), &consumed, &mut Recorder::files()).unwrap();
    assert_eq!(source.size(), Some(bytes.len() as u64));
    assert_eq!(consumed.load(std::sync::atomic::Ordering::Relaxed), bytes.len() as u64);
    assert_eq!(walked.bytes_in, bytes.len() as u64);
}
