//! Links in archives: whose bytes are handed out, under which name, and how often the archive is read for it.

use super::*;
use ::tar::EntryType;
use std::sync::atomic::Ordering;

const TAILED: &str = "r/sos_strings/logs/var.log.messages.tailed";

/// A report with a cut log and the link to it, in this order or the other.
fn with_tailed_log(target_first: bool) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    let link = "../../sos_strings/logs/var.log.messages.tailed";
    if target_first {
        add(&mut builder, TAILED, b"the tail of a log\n");
        add_link(&mut builder, "r/var/log/messages", EntryType::Symlink, link);
    } else {
        add_link(&mut builder, "r/var/log/messages", EntryType::Symlink, link);
        add(&mut builder, TAILED, b"the tail of a log\n");
    }
    add(&mut builder, "r/uname", b"Linux\n");
    builder.into_inner().unwrap()
}

#[test]
fn a_target_behind_its_link_is_handed_out_as_it_passes() {
    let mut recorder = Recorder::only(&["r/var/log/messages"]);
    let tar = with_tailed_log(false);
    let consumed = Arc::new(AtomicU64::new(0));
    walk_counting(&memory("r.tar", &tar), &Limits::default(), &consumed, &mut recorder).unwrap();
    assert_eq!(recorder.read, [("r/var/log/messages".to_owned(), b"the tail of a log\n".to_vec())]);
    assert_eq!(recorder.told(), "");
    assert_eq!(recorder.asked.len(), 3, "each name is asked about once: {:?}", recorder.asked);
}

#[test]
fn a_target_before_its_link_is_handed_out_in_a_second_pass() {
    let tar = with_tailed_log(true);
    for bytes in [tar.clone(), xz(&tar)] {
        let mut recorder = Recorder::only(&["r/var/log/messages", "r/uname"]);
        walked("r.tar", &bytes, &mut recorder).unwrap();
        assert_eq!(recorder.paths(), ["r/uname", "r/var/log/messages"], "each once");
        assert_eq!(recorder.content("r/var/log/messages"), Some(&b"the tail of a log\n"[..]));
        assert_eq!(recorder.told(), "");
        assert_eq!(
            recorder.asked,
            [
                format!("{TAILED} file"),
                "r/var/log/messages symlink to ../../sos_strings/logs/var.log.messages.tailed".to_owned(),
                "r/uname file".to_owned(),
            ],
            "the visitor is asked in the first pass only"
        );
    }
}

#[test]
fn a_target_that_is_read_under_its_own_name_is_not_handed_out_again() {
    for target_first in [true, false] {
        let mut recorder = Recorder::new(|_| Interest::Read);
        walked("r.tar", &with_tailed_log(target_first), &mut recorder).unwrap();
        assert_eq!(recorder.paths(), [TAILED, "r/uname"]);
        assert_eq!(recorder.told(), "");
    }
}

#[test]
fn a_stream_cannot_be_read_twice_and_says_so() {
    let mut recorder = Recorder::only(&["r/var/log/messages"]);
    walk_reader(Cursor::new(with_tailed_log(true)), "stdin", &Limits::default(), &mut recorder).unwrap();
    assert!(recorder.read.is_empty());
    assert!(
        recorder.told().starts_with("r/var/log/messages: the target of this link was not read"),
        "{}",
        recorder.told()
    );
}

#[test]
fn the_second_pass_ends_with_the_last_target() {
    let mut builder = ::tar::Builder::new(Vec::new());
    add(&mut builder, "r/target", b"wanted\n");
    add_link(&mut builder, "r/link", EntryType::Symlink, "target");
    add(&mut builder, "r/large", &log_text(8_000_000));
    let bytes = builder.into_inner().unwrap();
    struct Reads(Cursor<Vec<u8>>, Arc<AtomicU64>);
    impl Read for Reads {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let count = self.0.read(buffer)?;
            self.1.fetch_add(count as u64, Ordering::Relaxed);
            Ok(count)
        }
    }
    let mut recorder = Recorder::only(&["r/link"]);
    let walked = walked("r.tar", &bytes, &mut recorder).unwrap();
    assert_eq!(recorder.content("r/link"), Some(&b"wanted\n"[..]));
    assert!(walked.bytes_in < 1_000_000, "what is passed over in a plain tar is not read: {}", walked.bytes_in);
    let count = Arc::new(AtomicU64::new(0));
    let _ =
        walk_reader(Reads(Cursor::new(bytes), Arc::clone(&count)), "r", &Limits::default(), &mut Recorder::only(&[]));
    assert!(count.load(Ordering::Relaxed) > 8_000_000, "a stream is");
}

#[test]
fn a_hard_link_is_a_file_of_its_own() {
    let mut builder = ::tar::Builder::new(Vec::new());
    add(&mut builder, "r/sys/module/a/taint", b"POE\n");
    add_link(&mut builder, "r/sys/module/b/taint", EntryType::Link, "r/sys/module/a/taint");
    add_link(&mut builder, "r/sys/module/c/taint", EntryType::Link, "./r/sys/module/a/taint");
    let tar = builder.into_inner().unwrap();
    let mut recorder = Recorder::new(|_| Interest::Read);
    walked("r.tar", &tar, &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["r/sys/module/a/taint", "r/sys/module/b/taint", "r/sys/module/c/taint"]);
    assert!(recorder.read.iter().all(|(_, content)| content == b"POE\n"));
    assert_eq!(recorder.asked[2], "r/sys/module/c/taint hard link to r/sys/module/a/taint");
    assert_eq!(recorder.told(), "");
}

#[test]
fn large_content_wanted_under_several_names_is_handed_out_once_and_told() {
    let log = log_text(1_500_000);
    let mut builder = ::tar::Builder::new(Vec::new());
    add(&mut builder, "r/log", &log);
    for name in ["r/a", "r/b"] {
        add_link(&mut builder, name, EntryType::Link, "r/log");
    }
    let mut recorder = Recorder::only(&["r/a", "r/b"]);
    walked("r.tar", &builder.into_inner().unwrap(), &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["r/a"]);
    assert_eq!(recorder.content("r/a"), Some(&log[..]));
    assert_eq!(recorder.told(), "r/b: not read: its content is that of r/a\n");
}

#[test]
fn links_are_followed_through_links_and_linked_directories() {
    let mut builder = ::tar::Builder::new(Vec::new());
    add(&mut builder, "r/usr/lib/modules/5.14/modules.dep", b"extra/a.ko:\n");
    add_link(&mut builder, "r/lib", EntryType::Symlink, "usr/lib");
    add_link(&mut builder, "r/modules.dep", EntryType::Symlink, "lib/modules/current/modules.dep");
    add_link(&mut builder, "r/usr/lib/modules/current", EntryType::Symlink, "5.14");
    add_link(&mut builder, "r/again", EntryType::Symlink, "/modules.dep");
    let mut recorder = Recorder::only(&["r/modules.dep"]);
    let tar = builder.into_inner().unwrap();
    walked("r.tar", &tar, &mut recorder).unwrap();
    assert_eq!(recorder.content("r/modules.dep"), Some(&b"extra/a.ko:\n"[..]));
    assert_eq!(recorder.told(), "");
    let mut recorder = Recorder::only(&["r/again"]);
    walked("r.tar", &tar, &mut recorder).unwrap();
    assert_eq!(
        recorder.content("r/again"),
        Some(&b"extra/a.ko:\n"[..]),
        "an absolute link starts at the report's root"
    );
}

#[test]
fn lost_and_looping_links_are_told_only_if_wanted() {
    let mut builder = ::tar::Builder::new(Vec::new());
    add_link(&mut builder, "r/lost", EntryType::Symlink, "../../../etc/passwd");
    add_link(&mut builder, "r/loop", EntryType::Symlink, "pool");
    add_link(&mut builder, "r/pool", EntryType::Symlink, "loop");
    add_link(&mut builder, "r/self", EntryType::Symlink, "self/self");
    let tar = builder.into_inner().unwrap();
    let mut recorder = Recorder::new(|_| Interest::Skip);
    walked("r.tar", &tar, &mut recorder).unwrap();
    assert_eq!(recorder.told(), "");
    let mut recorder = Recorder::new(|_| Interest::Read);
    walked("r.tar", &tar, &mut recorder).unwrap();
    assert!(recorder.read.is_empty());
    assert_eq!(recorder.problems.len(), 4);
    assert!(
        recorder.told().contains("r/lost: this link leads to ../../../etc/passwd, which is no file in here"),
        "{}",
        recorder.told()
    );
}

#[test]
fn links_of_nested_archives_share_the_one_second_pass() {
    let inner = with_tailed_log(true);
    let bundle = tar_of(&[("a.tar.gz", &gzip(&inner)), ("b.tar.xz", &xz(&inner)), ("c.zip", b"PK\x05\x06")]);
    let mut recorder = Recorder::new(|entry| match entry.path {
        "r/var/log/messages" => Interest::Read,
        path if is_archive_name(path) => Interest::Descend,
        _ => Interest::Skip,
    });
    walked("bundle.tar", &bundle, &mut recorder).unwrap();
    assert_eq!(recorder.paths(), ["a.tar.gz!r/var/log/messages", "b.tar.xz!r/var/log/messages"]);
    assert_eq!(recorder.edges.iter().filter(|(path, _)| path == "a.tar.gz").count(), 2, "announced once");
}

#[test]
fn a_thousand_links_in_a_chain_cost_little() {
    let mut builder = ::tar::Builder::new(Vec::new());
    add(&mut builder, "r/0", b"x");
    for number in 1..1000 {
        add_link(&mut builder, &format!("r/{number}"), EntryType::Symlink, &(number - 1).to_string());
    }
    let mut recorder = Recorder::new(|entry| match entry.kind {
        EntryKind::File => Interest::Skip,
        _ => Interest::Read,
    });
    walked("r.tar", &builder.into_inner().unwrap(), &mut recorder).unwrap();
    assert_eq!(recorder.read.len(), 1, "one content, handed out once");
    assert_eq!(recorder.problems.len(), 201, "chains of more than forty are taken for loops");
}
