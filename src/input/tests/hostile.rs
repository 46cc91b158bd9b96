//! Inputs made to do harm: limits hold, and the time and memory they cost are bounded.

use super::*;

/// A compressed run of zeros, in parts of a mebibyte.
fn zeros_compressed(mebibytes: usize, compress: fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let part = compress(&vec![0; 1 << 20]);
    part.repeat(mebibytes)
}

#[test]
fn a_run_of_zeros_is_stopped_by_the_ratio() {
    let limits = Limits { ratio: 100, ratio_from: 8 << 20, ..Limits::default() };
    let mut header = tar_header("r/zeros", ::tar::EntryType::Regular, 10 << 30);
    header.set_cksum();
    for (ending, compress) in COMPRESSORS.iter().filter(|(ending, _)| *ending != "lzma") {
        let start = [tar_of(&[("r/uname", b"Linux\n")])[..1024].to_vec(), header.as_bytes().to_vec()].concat();
        let bytes = [compress(&start), zeros_compressed(64, *compress)].concat();
        for wanted in [Interest::Read, Interest::Skip] {
            let mut recorder =
                Recorder::new(move |entry| if entry.path == "r/uname" { Interest::Read } else { wanted });
            let walked = walk(&memory("bomb.tar", &bytes), &limits, &mut recorder).unwrap();
            assert_eq!(recorder.content("r/uname"), Some(&b"Linux\n"[..]), "{ending}");
            assert_eq!(recorder.problems.len(), 1, "{ending}: {}", recorder.told());
            assert!(
                recorder.told().starts_with("r/zeros: ") && recorder.told().contains("bomb"),
                "{ending}: {}",
                recorder.told()
            );
            assert!(walked.bytes_out < 32 << 20, "{ending}: {}", walked.bytes_out);
        }
    }
}

#[test]
fn the_total_limit_holds_across_nested_archives() {
    let limits = Limits { total_bytes: 1_000_000, ..Limits::default() };
    let log = log_text(200_000);
    let inner = gzip(&tar_of(&[("messages", &log)]));
    let names: Vec<String> = (0..20).map(|number| format!("{number:02}.tar.gz")).collect();
    let files: Vec<(&str, &[u8])> = names.iter().map(|name| (name.as_str(), inner.as_slice())).collect();
    let mut recorder = Recorder::files();
    walk(&memory("bundle", &tar_of(&files)), &limits, &mut recorder).unwrap();
    assert!((3..6).contains(&recorder.read.len()), "{:?}", recorder.paths());
    assert_eq!(recorder.problems.len(), 1, "{}", recorder.told());
    assert!(recorder.told().contains("more than 1000000 bytes"), "{}", recorder.told());
}

#[test]
fn a_limit_is_told_once_however_deep_it_struck() {
    let limits = Limits { total_bytes: 3_000_000, ..Limits::default() };
    let log = log_text(2_500_000);
    let inner = xz(&tar_of(&[("messages", &log), ("after", b"x")]));
    let outer = zstd(&tar_of(&[("a.tar.xz", &inner), ("b.tar.xz", &inner), ("last", b"y")]));
    for leave_unread in [false, true] {
        struct Partly(bool, Vec<String>);
        impl Visitor for Partly {
            fn interest(&mut self, entry: &Entry<'_>) -> Interest {
                if is_archive_name(entry.path) { Interest::Descend } else { Interest::Read }
            }
            fn read(&mut self, _: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
                if !self.0 {
                    io::copy(bytes, &mut io::sink())?;
                }
                Ok(())
            }
            fn problem(&mut self, path: &str, message: String) {
                self.1.push(format!("{path}: {message}"));
            }
        }
        let mut partly = Partly(leave_unread, Vec::new());
        walk(&memory("bundle.tar.zst", &outer), &limits, &mut partly).unwrap();
        assert_eq!(partly.1.len(), 1, "{:?}", partly.1);
        assert!(partly.1[0].contains("more than 3000000 bytes came out"), "{:?}", partly.1);
    }
}

#[test]
fn an_entry_beyond_its_limit_ends_there_and_the_next_comes() {
    let limits = Limits { entry_bytes: 1000, ..Limits::default() };
    let log = log_text(5000);
    for archive in [tar_of(&[("a", &log), ("b", b"x")]), zip_of(&[("a", &log), ("b", b"x")])] {
        let mut recorder = Recorder::files();
        walk(&memory("report", &archive), &limits, &mut recorder).unwrap();
        assert_eq!(recorder.content("a"), Some(&log[..1000]));
        assert_eq!(recorder.content("b"), Some(&b"x"[..]));
        assert_eq!(recorder.told(), "a: read only in part: longer than 1000 bytes (--max-file raises the limit)\n");
    }
}

/// Tar headers of empty files without end, made as they are read.
struct EmptyFiles {
    header: ::tar::Header,
    left: u64,
    rest: Vec<u8>,
}

impl Read for EmptyFiles {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest.is_empty() && self.left > 0 {
            self.left -= 1;
            self.rest.extend_from_slice(self.header.as_bytes());
        }
        let count = buffer.len().min(self.rest.len());
        buffer[..count].copy_from_slice(&self.rest[..count]);
        self.rest.drain(..count);
        Ok(count)
    }
}

#[test]
fn two_million_entries_stop_at_the_limit() {
    struct Counter(u64, Vec<String>);
    impl Visitor for Counter {
        fn interest(&mut self, _: &Entry<'_>) -> Interest {
            self.0 += 1;
            Interest::Skip
        }
        fn read(&mut self, _: &Entry<'_>, _: &mut dyn BufRead) -> io::Result<()> {
            Ok(())
        }
        fn problem(&mut self, path: &str, message: String) {
            self.1.push(format!("{path}: {message}"));
        }
    }
    let header = tar_header("r/sys/module/empty", ::tar::EntryType::Regular, 0);
    let files = EmptyFiles { header, left: 2_000_000, rest: Vec::new() };
    let mut counter = Counter(0, Vec::new());
    let walked = walk_reader(files, "stdin", &Limits::default(), &mut counter).unwrap();
    assert_eq!((counter.0, walked.entries), (1_000_000, 1_000_000));
    assert_eq!(
        counter.1,
        ["r/sys/module/empty: more than 1000000 entries: the rest is not read (--max-entries raises the limit)"]
    );
}

#[test]
fn archives_nested_too_deep_are_passed_over() {
    let mut archive = tar_of(&[("core", b"x")]);
    for depth in (0..6).rev() {
        archive = tar_of(&[(&format!("{depth}.tar"), &archive), ("beside", b"y")]);
    }
    let mut recorder = Recorder::files();
    walked("deep.tar", &archive, &mut recorder).unwrap();
    assert_eq!(recorder.told(), "0.tar!1.tar!2.tar!3.tar!4.tar: passed over: an archive more than 4 archives deep\n");
    assert_eq!(recorder.paths().len(), 5, "what lies beside is read: {:?}", recorder.paths());
}

#[test]
fn a_file_compressed_over_and_over_is_peeled_only_so_often() {
    let mut bytes = b"core".to_vec();
    for _ in 0..50 {
        bytes = gzip(&bytes);
    }
    let mut recorder = Recorder::files();
    walked("onion.gz", &bytes, &mut recorder).unwrap();
    assert!(recorder.content("onion.gz").unwrap().starts_with(b"\x1f\x8b"));
    assert!(recorder.told().contains("compressed more than 4 times"), "{}", recorder.told());
}

#[test]
fn an_archive_in_the_place_of_a_file_is_told() {
    let tar = tar_of(&[("r/x", b"y")]);
    let rows: [(&[u8], &str); 7] = [
        (&tar, "is a tar archive where a plain file was expected: not unpacked"),
        (&gzip(&tar), "is a tar archive where a plain file was expected: not unpacked"),
        (&zip_of(&[("r/x", b"y")]), "is a zip archive where a plain file was expected: not unpacked"),
        (b"7z\xbc\xaf\x27\x1c", "is a 7-Zip archive where a plain file was expected: not unpacked"),
        (b"Salted__12345678", "is encrypted with OpenSSL and was not read; decrypt it first"),
        (b"BUG: soft lockup\n", ""),
        (b"\x7fELF\x02\x01\x01\0", ""),
    ];
    for (bytes, told) in rows {
        for report in [tar_of(&[("r/var/log/messages", bytes)]), zip_of(&[("r/var/log/messages", bytes)])] {
            let mut recorder = Recorder::files();
            walked("report", &report, &mut recorder).unwrap();
            let told = if told.is_empty() { String::new() } else { format!("r/var/log/messages: {told}\n") };
            assert_eq!(recorder.told(), told, "{bytes:?}");
        }
    }
}

#[test]
fn a_decompressor_gets_no_more_memory_than_allowed() {
    let limits = Limits { decoder_memory: 1 << 20, ..Limits::default() };
    let mut encoder = xz2::write::XzEncoder::new(Vec::new(), 6);
    encoder.write_all(b"small, but asks for eight mebibytes").unwrap();
    let mut recorder = Recorder::new(|_| Interest::Skip);
    walk(&memory("a.xz", &encoder.finish().unwrap()), &limits, &mut recorder).unwrap();
    assert!(recorder.told().contains("needs more than 1048576 bytes of memory"), "{}", recorder.told());

    let mut encoder = ::zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
    encoder.window_log(27).unwrap();
    encoder.write_all(&log_text(3_000_000)).unwrap();
    let mut recorder = Recorder::new(|_| Interest::Skip);
    walk(&memory("a.zst", &encoder.finish().unwrap()), &limits, &mut recorder).unwrap();
    assert!(recorder.told().contains("needs more than 1048576 bytes of memory"), "{}", recorder.told());
}

#[test]
fn names_lead_nowhere_outside_and_are_told() {
    let mut builder = ::tar::Builder::new(Vec::new());
    for name in [&b"../../etc/passwd"[..], b"/etc/shadow", b"a/../../../b"] {
        let mut header = tar_header("x", ::tar::EntryType::Regular, 1);
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_cksum();
        builder.append(&header, &b"y"[..]).unwrap();
    }
    let mut recorder = Recorder::files();
    walked("evil.tar", &builder.into_inner().unwrap(), &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["etc/passwd", "etc/shadow", "b"]);
    assert_eq!(recorder.problems.len(), 2);
    assert!(recorder.told().contains("evil.tar: 2 more stored names lead out"), "{}", recorder.told());
    assert!(recorder.told().starts_with("etc/passwd: its stored name leads out of the archive"), "{}", recorder.told());
}

#[test]
fn problems_without_end_are_counted_and_not_listed() {
    let limits = Limits { problems: 5, ..Limits::default() };
    let mut builder = ::tar::Builder::new(Vec::new());
    for number in 0..100 {
        add_link(&mut builder, &format!("r/{number}"), ::tar::EntryType::Symlink, "nowhere");
    }
    let mut recorder = Recorder::new(|_| Interest::Read);
    walk(&memory("evil.tar", &builder.into_inner().unwrap()), &limits, &mut recorder).unwrap();
    assert_eq!(recorder.problems.len(), 6);
    assert_eq!(recorder.problems[5], ("evil.tar".into(), "95 more problems of this input are not listed".into()));
}

#[test]
fn a_line_of_a_hundred_mebibytes_is_just_bytes() {
    struct Longest(usize);
    impl Visitor for Longest {
        fn interest(&mut self, _: &Entry<'_>) -> Interest {
            Interest::Read
        }
        fn read(&mut self, _: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
            loop {
                let count = bytes.fill_buf()?.len();
                if count == 0 {
                    return Ok(());
                }
                assert!(count <= 1 << 20, "buffers stay small");
                self.0 += count;
                bytes.consume(count);
            }
        }
        fn problem(&mut self, path: &str, message: String) {
            panic!("{path}: {message}");
        }
    }
    let line = vec![b'x'; 1 << 20];
    let bytes = zstd(&line).repeat(100);
    let mut longest = Longest(0);
    walk_reader(Cursor::new(bytes), "stdin", &Limits::default(), &mut longest).unwrap();
    assert_eq!(longest.0, 100 << 20);
}

/// A reader that gives its bytes and then never returns, as a terminal nobody types at.
struct Stalls(Cursor<Vec<u8>>);

impl Read for Stalls {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 => loop {
                std::thread::park();
            },
            count => Ok(count),
        }
    }
}

#[test]
fn ending_early_does_not_wait_for_a_stream_that_stalls() {
    let limits = Limits { entries: 1, ..Limits::default() };
    let log = log_text(3_000_000);
    let bytes = zstd(&tar_of(&[("a", b"1"), ("b", b"2"), ("c", &log)]));
    let mut recorder = Recorder::files();
    walk_reader(Stalls(Cursor::new(bytes)), "stdin", &limits, &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["a"]);
}

#[test]
fn a_visitor_that_has_enough_ends_the_walk_and_its_threads() {
    struct First(Option<String>);
    impl Visitor for First {
        fn interest(&mut self, _: &Entry<'_>) -> Interest {
            Interest::Read
        }
        fn read(&mut self, entry: &Entry<'_>, _: &mut dyn BufRead) -> io::Result<()> {
            self.0 = Some(entry.path.to_owned());
            Ok(())
        }
        fn problem(&mut self, path: &str, message: String) {
            panic!("{path}: {message}");
        }
        fn enough(&self) -> bool {
            self.0.is_some()
        }
    }
    let log = log_text(20_000_000);
    for bytes in [zstd(&tar_of(&[("a", b"1"), ("b", &log)])), zip_of(&[("a", b"1"), ("b", b"2")])] {
        let mut first = First(None);
        walked("report", &bytes, &mut first).unwrap();
        assert_eq!(first.0.as_deref(), Some("a"));
    }
}

#[test]
fn a_visitor_that_panics_takes_the_threads_with_it() {
    struct Panics;
    impl Visitor for Panics {
        fn interest(&mut self, _: &Entry<'_>) -> Interest {
            Interest::Read
        }
        fn read(&mut self, _: &Entry<'_>, _: &mut dyn BufRead) -> io::Result<()> {
            panic!("on purpose");
        }
        fn problem(&mut self, _: &str, _: String) {}
    }
    let bytes = zstd(&tar_of(&[("a", &log_text(20_000_000)[..])]));
    let result = std::panic::catch_unwind(|| walked("report", &bytes, &mut Panics).is_ok());
    assert!(result.is_err());
}
