//! Damaged inputs: what was readable before is kept, and a problem names the member and the reason.

use super::*;
use proptest::prelude::*;

/// A reader that fails after so many bytes.
struct FailsAt {
    bytes: Cursor<Vec<u8>>,
    at: u64,
}

impl Read for FailsAt {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.at.saturating_sub(self.bytes.position());
        if left == 0 {
            return Err(io::Error::other("the disk is on fire"));
        }
        let most = buffer.len().min(left as usize);
        self.bytes.read(&mut buffer[..most])
    }
}

#[test]
fn a_truncated_tar_xz_gives_what_was_before_the_cut() {
    let log = log_text(4_000_000);
    let archive = xz(&tar_of(&[("a/uname", b"Linux\n"), ("a/var/log/messages", &log), ("a/last", b"x")]));
    let mut recorder = Recorder::files();
    walked("report.tar.xz", &archive[..archive.len() / 2], &mut recorder).unwrap();
    assert_eq!(recorder.content("a/uname"), Some(&b"Linux\n"[..]));
    let partial = recorder.content("a/var/log/messages").unwrap();
    assert!(partial.len() > 1_000_000 && log.starts_with(partial), "{} bytes", partial.len());
    assert_eq!(recorder.problems.len(), 1, "{}", recorder.told());
    let (path, message) = &recorder.problems[0];
    assert_eq!(path, "a/var/log/messages");
    assert!(message.contains("cut short"), "{message}");
}

#[test]
fn a_gzip_corrupt_in_the_middle_gives_what_was_before() {
    let log = log_text(2_000_000);
    let mut archive = gzip(&tar_of(&[("a/uname", b"Linux\n"), ("a/var/log/messages", &log)]));
    let middle = archive.len() / 2;
    archive[middle..middle + 64].fill(0xff);
    let mut recorder = Recorder::files();
    walked("report.tar.gz", &archive, &mut recorder).unwrap();
    assert_eq!(recorder.content("a/uname"), Some(&b"Linux\n"[..]));
    let (path, message) = &recorder.problems[0];
    assert_eq!(path, "a/var/log/messages");
    assert!(message.contains("the gzip data is damaged after"), "{message}");
}

#[test]
fn a_damaged_member_does_not_stop_the_others() {
    let log = log_text(100_000);
    for (ending, compress) in COMPRESSORS {
        let whole = compress(&log);
        let cut = &whole[..whole.len() / 2];
        let tar = tar_of(&[("messages-1", cut), ("messages-2", &whole)]);
        let mut recorder = Recorder::files();
        walked("report", &tar, &mut recorder).unwrap();
        assert!(log.starts_with(recorder.content("messages-1").unwrap()), "{ending}");
        assert_eq!(recorder.content("messages-2"), Some(&log[..]), "{ending}");
        assert_eq!(recorder.problems.len(), 1, "{ending}: {}", recorder.told());
        assert_eq!(recorder.problems[0].0, "messages-1", "{ending}");
        assert!(recorder.problems[0].1.contains("cut short"), "{ending}: {}", recorder.told());
    }
}

#[test]
fn a_damaged_archive_in_a_bundle_does_not_stop_the_others() {
    let report = tar_of(&[("r/messages", &log_text(2_000_000)[..]), ("r/uname", b"Linux\n")]);
    let whole = xz(&report);
    let bundle = tar_of(&[("a.tar.xz", &whole[..whole.len() / 3]), ("b.tar.xz", &whole)]);
    let mut recorder = Recorder::files();
    walked("bundle", &bundle, &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["a.tar.xz!r/messages", "b.tar.xz!r/messages", "b.tar.xz!r/uname"]);
    assert_eq!(recorder.problems.len(), 1, "{}", recorder.told());
    assert_eq!(recorder.problems[0].0, "a.tar.xz!r/messages");
}

#[test]
fn an_empty_file_and_a_missing_one_are_errors() {
    let error = walked("report.tar.xz", b"", &mut Recorder::files()).unwrap_err();
    assert_eq!(error.to_string(), "report.tar.xz: is empty (0 bytes); was it copied whole?");
    let missing = Source::Path("/nonexistent/report.tar.xz".into());
    let error = walk(&missing, &Limits::default(), &mut Recorder::files()).unwrap_err();
    assert!(matches!(error, InputError::Open { .. }), "{error}");
}

#[test]
fn text_named_as_an_archive_is_read_as_text_and_told() {
    let mut recorder = Recorder::new(|_| Interest::Read);
    walked("sosreport-a.tar.xz", b"not an archive\n", &mut recorder).unwrap();
    assert_eq!(recorder.content("sosreport-a.tar.xz"), Some(&b"not an archive\n"[..]));
    assert_eq!(recorder.told(), "sosreport-a.tar.xz: is named .tar.xz but holds text\n");
    let mut recorder = Recorder::files();
    walked("bundle", &tar_of(&[("dir/sosreport-a.tar.xz", b"404 not found\n")]), &mut recorder).unwrap();
    assert_eq!(recorder.told(), "dir/sosreport-a.tar.xz: is named .tar.xz but holds text\n");
}

#[test]
fn compression_damaged_at_its_start_is_told_even_if_nothing_is_wanted() {
    for (ending, compress) in COMPRESSORS {
        let mut bytes = compress(&tar_of(&[("a", &log_text(10_000)[..])]));
        bytes.truncate(30);
        let mut recorder = Recorder::new(|_| Interest::Skip);
        walked("report.tar.xz", &bytes, &mut recorder).unwrap();
        assert!(recorder.told().contains("cut short"), "{ending}: {}", recorder.told());
    }
}

#[test]
fn a_read_error_in_the_middle_is_told_where_it_struck() {
    let log = log_text(1_000_000);
    let tar = tar_of(&[("a/uname", b"Linux\n"), ("a/messages", &log)]);
    let compressed = zstd(&tar);
    for (bytes, at) in [(tar, 500_000), (compressed, 200_000)] {
        let mut recorder = Recorder::files();
        let reader = FailsAt { bytes: Cursor::new(bytes), at };
        walk_reader(reader, "stdin", &Limits::default(), &mut recorder).unwrap();
        assert_eq!(recorder.content("a/uname"), Some(&b"Linux\n"[..]));
        assert!(log.starts_with(recorder.content("a/messages").unwrap()));
        assert_eq!(recorder.problems.len(), 1, "{}", recorder.told());
        assert!(
            recorder.told().contains("a/messages: ") && recorder.told().contains("the disk is on fire"),
            "{}",
            recorder.told()
        );
    }
    let error =
        walk_reader(FailsAt { bytes: Cursor::new(vec![]), at: 0 }, "stdin", &Limits::default(), &mut Recorder::files());
    assert!(matches!(error.unwrap_err(), InputError::Read { .. }));
}

#[test]
fn a_damaged_header_is_told_and_the_next_one_found() {
    let mut tar = tar_of(&[("a", b"first"), ("b", b"second"), ("c", b"third")]);
    tar[1024 + 10] ^= 0xff; // in b's name
    let mut recorder = Recorder::files();
    walked("report.tar", &tar, &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["a", "c"]);
    let told = recorder.told();
    assert!(
        told.starts_with(
            "a: the archive is damaged beyond this point: no header at byte 1024; 1024 bytes are passed over"
        ),
        "{told}"
    );
    tar[2048 + 10] ^= 0xff;
    let mut recorder = Recorder::files();
    walked("report.tar", &tar, &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["a"]);
    assert!(recorder.told().contains("no other header follows"), "{}", recorder.told());
    let mut tar = tar_of(&[("a", b"first"), ("b", b"second")]);
    tar[10] ^= 0xff;
    let mut recorder = Recorder::files();
    walked("report.tar", &tar, &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["b"], "the first header may be the damaged one");
}

#[test]
fn an_archive_without_its_end_mark_is_told() {
    let tar = tar_of(&[("a", b"first"), ("b", b"second")]);
    let mut recorder = Recorder::files();
    walked("report.tar", &tar[..2048], &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["a", "b"]);
    assert_eq!(recorder.problems[0].0, "b");
    assert!(recorder.told().contains("without its end mark"), "{}", recorder.told());
}

/// Entries of small archives: name and content.
const MEMBERS: &[(&str, &[u8])] = &[
    ("r/uname", b"Linux host 5.14.0\n"),
    ("r/proc/modules", b"nvidia 1 0 - Live 0x0 (POE)\nzfs 2 1 - Live 0x0 (PO)\n"),
    ("r/empty", b""),
    ("r/var/log/messages", &[b'm'; 3000]),
    ("r/last", b"end\n"),
];

fn archives() -> Vec<(&'static str, Vec<u8>)> {
    let tar = tar_of(MEMBERS);
    let mut archives = vec![("tar", tar.clone()), ("zip", zip_of(MEMBERS))];
    archives.extend(COMPRESSORS.iter().map(|(ending, compress)| (*ending, compress(&tar))));
    archives.push(("bundle", xz(&tar_of(&[("inner.tar", &tar)]))));
    archives
}

/// Whether what was read is the start of what is there: whole entries, then at most one in part.
fn assert_prefix(what: &str, read: &[(String, Vec<u8>)]) {
    for (index, (path, content)) in read.iter().enumerate() {
        let (expected_path, expected) = MEMBERS[index];
        assert!(path.ends_with(expected_path), "{what}: entry {index} is {path}");
        assert!(expected.starts_with(content), "{what}: {path}");
        assert!(index + 1 == read.len() || expected == content, "{what}: {path} is cut and is not the last");
    }
}

#[test]
fn an_archive_cut_at_any_byte_gives_a_prefix_of_its_entries() {
    for (ending, archive) in archives() {
        for cut in 0..archive.len() {
            let mut recorder = Recorder::files();
            // A file of a few bytes is no archive any more, but text or nothing.
            let result = walked("report", &archive[..cut], &mut recorder);
            recorder.read.retain(|(path, _)| path != "report");
            assert_prefix(&format!("{ending} cut at {cut}"), &recorder.read);
            let whole =
                recorder.read.len() == MEMBERS.len() && recorder.read.last().is_some_and(|(_, last)| last == b"end\n");
            assert!(
                whole || result.is_err() || !recorder.problems.is_empty() || recorder.asked == ["report file"],
                "{ending} cut at {cut}: nothing told"
            );
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn damage_anywhere_never_panics(
        which in 0usize..8, at in any::<prop::sample::Index>(), value in any::<u8>(), more in any::<prop::sample::Index>(), cut in any::<prop::sample::Index>()
    ) {
        let (_, mut archive) = archives().swap_remove(which);
        let (at, more) = (at.index(archive.len()), more.index(archive.len()));
        archive[at] = value;
        archive[more] ^= value | 1;
        archive.truncate(cut.index(archive.len() * 2));
        let _ = walked("report", &archive, &mut Recorder::files());
    }

    #[test]
    fn any_bytes_are_walked_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..3000)) {
        let _ = walked("report", &bytes, &mut Recorder::files());
    }
}
