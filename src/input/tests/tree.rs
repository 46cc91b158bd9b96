//! Directory trees on disk.

use super::*;
use std::fs::{self, create_dir_all, write};
use std::path::Path;

fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let place = folder.path().join(path);
        create_dir_all(place.parent().unwrap()).unwrap();
        write(place, content).unwrap();
    }
    folder
}

fn walk_tree(root: &Path, recorder: &mut Recorder) -> Walked {
    walk(&Source::Path(root.to_owned()), &Limits::default(), recorder).unwrap()
}

#[test]
fn a_directory_is_read_in_the_order_of_names() {
    let inner = gzip(&tar_of(&[("x/uname", b"Linux\n")]));
    let folder = tree(&[
        ("var/log/messages", b"a log\n"),
        ("var/log/messages-1.gz", &gzip(b"an older log\n")),
        ("proc/modules", b"zfs 1 0\n"),
        ("inner.tar.gz", &inner),
        ("other.zip", &zip_of(&[("z/a", b"in a zip")])),
        ("empty", b""),
    ]);
    let mut recorder = Recorder::files();
    let walked = walk_tree(folder.path(), &mut recorder);
    assert_eq!(
        recorder.paths(),
        ["empty", "inner.tar.gz!x/uname", "other.zip!z/a", "proc/modules", "var/log/messages", "var/log/messages-1.gz"]
    );
    assert_eq!(recorder.content("var/log/messages-1.gz"), Some(&b"an older log\n"[..]));
    assert_eq!(recorder.sizes["var/log/messages"], Some(6));
    assert!(recorder.mtimes["var/log/messages"] > Some(1_500_000_000));
    assert_eq!((walked.format, walked.content), (Format::Directory, Format::Directory));
    assert_eq!(recorder.told(), "");
}

#[test]
fn a_directory_the_visitor_does_not_enter_is_not_listed() {
    struct Picky(Vec<String>);
    impl Visitor for Picky {
        fn interest(&mut self, entry: &Entry<'_>) -> Interest {
            self.0.push(entry.path.to_owned());
            Interest::Skip
        }
        fn read(&mut self, _: &Entry<'_>, _: &mut dyn BufRead) -> io::Result<()> {
            Ok(())
        }
        fn problem(&mut self, path: &str, message: String) {
            panic!("{path}: {message}");
        }
        fn enter(&mut self, directory: &Entry<'_>) -> bool {
            directory.path != "sys"
        }
    }
    let folder = tree(&[("sys/deep/down/file", b"x"), ("proc/version", b"y")]);
    let mut picky = Picky(Vec::new());
    walk(&Source::Path(folder.path().to_owned()), &Limits::default(), &mut picky).unwrap();
    assert_eq!(picky.0, ["proc", "proc/version", "sys"]);
}

#[test]
fn files_in_archives_on_disk_are_reached_by_path() {
    let folder = tree(&[("report.tar.xz", &xz(&tar_of(&[("r/uname", b"Linux\n")]))), ("log.txt", b"line\n")]);
    let mut recorder = Recorder::files();
    walk_tree(&folder.path().join("report.tar.xz"), &mut recorder);
    walk_tree(&folder.path().join("log.txt"), &mut recorder);
    assert_eq!(recorder.paths(), ["r/uname", "log.txt"]);
    assert_eq!(probe(&Source::Path(folder.path().to_owned())).unwrap(), Some(Format::Directory));
    assert_eq!(probe(&Source::Path(folder.path().join("report.tar.xz"))).unwrap(), Some(Format::Xz));
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn links_are_followed_inside_the_root_and_never_out_of_it() {
        let outside = tree(&[("secret", b"outside\n")]);
        let folder =
            tree(&[("report/usr/lib/target", b"inside\n"), ("report/etc/hostname", b"host\n"), ("sibling", b"no\n")]);
        let root = folder.path().join("report");
        let links = [
            ("usr/lib", "lib".to_owned()),
            ("lib/target", "through-a-linked-directory".to_owned()),
            ("/etc/hostname", "absolute".to_owned()),
            ("../../../../etc/hostname", "climbing".to_owned()),
            ("../sibling", "to-a-sibling".to_owned()),
            ("nowhere", "lost".to_owned()),
            ("loop-b", "loop-a".to_owned()),
            ("loop-a", "loop-b".to_owned()),
            ("usr", "to-a-directory".to_owned()),
        ];
        for (target, link) in &links {
            symlink(target, root.join(link)).unwrap();
        }
        symlink(outside.path().join("secret"), root.join("outside")).unwrap();
        let mut recorder = Recorder::new(|entry| match entry.kind {
            EntryKind::Symlink(_) => Interest::Read,
            _ => Interest::Skip,
        });
        walk_tree(&root, &mut recorder);
        let read: Vec<(&str, &[u8])> =
            recorder.read.iter().map(|(path, content)| (path.as_str(), content.as_slice())).collect();
        assert_eq!(
            read,
            [("absolute", &b"host\n"[..]), ("through-a-linked-directory", b"inside\n")],
            "each target once, under the first link to it"
        );
        let mut told: Vec<&str> = recorder.problems.iter().map(|(path, _)| path.as_str()).collect();
        told.sort_unstable();
        assert_eq!(told, ["lib", "loop-a", "loop-b", "lost", "outside", "to-a-directory", "to-a-sibling"]);
    }

    #[test]
    fn a_target_read_under_its_own_name_is_not_read_again() {
        let folder = tree(&[("b/target", b"x")]);
        symlink("b/target", folder.path().join("a")).unwrap();
        let mut recorder = Recorder::new(|_| Interest::Read);
        walk_tree(folder.path(), &mut recorder);
        assert_eq!(recorder.paths(), ["b/target"]);
        let mut recorder = Recorder::new(|_| Interest::Skip);
        walk_tree(folder.path(), &mut recorder);
        assert_eq!(recorder.told(), "", "what is not wanted is not told");
    }

    #[test]
    fn a_root_that_is_a_link_is_followed_since_it_was_named() {
        let folder = tree(&[("real/uname", b"Linux\n")]);
        symlink("real", folder.path().join("named")).unwrap();
        let mut recorder = Recorder::files();
        walk_tree(&folder.path().join("named"), &mut recorder);
        assert_eq!(recorder.paths(), ["uname"]);
    }

    #[test]
    fn fifos_and_sockets_are_named_and_never_opened() {
        let folder = tree(&[("after", b"x")]);
        let _socket = std::os::unix::net::UnixListener::bind(folder.path().join("a-socket")).unwrap();
        let made = std::process::Command::new("mkfifo").arg(folder.path().join("a-fifo")).status();
        let fifo = made.is_ok_and(|status| status.success());
        let mut recorder = Recorder::new(|_| Interest::Read);
        walk_tree(folder.path(), &mut recorder);
        assert_eq!(recorder.paths(), ["after"]);
        assert!(recorder.asked.contains(&"a-socket special".to_owned()));
        assert!(recorder.told().contains("a-socket: is a FIFO, a device or a socket, and was not opened"));
        if fifo {
            assert!(recorder.told().contains("a-fifo: "));
            let error =
                walk(&Source::Path(folder.path().join("a-fifo")), &Limits::default(), &mut recorder).unwrap_err();
            assert!(matches!(error, InputError::NotAFile { .. }), "{error}");
        }
    }

    /// Whether permissions keep this process out of a file, which they do not for root.
    fn kept_out(file: &Path) -> bool {
        let kept_out = fs::File::open(file).is_err();
        if !kept_out {
            eprintln!("skipped: this user may read everything");
        }
        kept_out
    }

    #[test]
    fn what_may_not_be_read_is_told_and_the_rest_is_read() {
        let folder = tree(&[("closed/file", b"x"), ("secret", b"y"), ("zebra", b"z")]);
        let (closed, secret) = (folder.path().join("closed"), folder.path().join("secret"));
        for place in [&closed, &secret] {
            fs::set_permissions(place, fs::Permissions::from_mode(0o000)).unwrap();
        }
        if kept_out(&secret) {
            let mut recorder = Recorder::files();
            walk_tree(folder.path(), &mut recorder);
            assert_eq!(recorder.paths(), ["zebra"]);
            assert_eq!(recorder.problems.len(), 2, "{}", recorder.told());
            assert!(recorder.told().contains("closed: cannot be listed: "));
            assert!(recorder.told().contains("secret: cannot be opened: "));
            let error = walk(&Source::Path(closed.clone()), &Limits::default(), &mut Recorder::files()).unwrap_err();
            assert!(matches!(error, InputError::Open { .. }), "{error}");
        }
        fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    }

    #[test]
    fn a_file_that_vanishes_is_told() {
        let folder = tree(&[("a", b"x"), ("b", b"y")]);
        let doomed = folder.path().join("b");
        let mut recorder = Recorder::new(move |entry| {
            if entry.path == "b" {
                fs::remove_file(&doomed).unwrap();
            }
            Interest::Read
        });
        walk_tree(folder.path(), &mut recorder);
        assert_eq!(recorder.paths(), ["a"]);
        assert_eq!(recorder.told(), "b: cannot be opened: it vanished while the directory was read\n");
    }

    #[test]
    fn a_wanted_link_in_an_archive_in_a_tree_is_served_by_the_second_pass() {
        let mut builder = ::tar::Builder::new(Vec::new());
        add(&mut builder, "r/target", b"wanted\n");
        add_link(&mut builder, "r/link", ::tar::EntryType::Symlink, "target");
        let folder = tree(&[("deep/down/report.tar", &builder.into_inner().unwrap()), ("other/file", b"x")]);
        let mut recorder = Recorder::new(|entry| match entry.path {
            "r/link" => Interest::Read,
            path if is_archive_name(path) => Interest::Descend,
            _ => Interest::Skip,
        });
        walk_tree(folder.path(), &mut recorder);
        assert_eq!(recorder.content("deep/down/report.tar!r/link"), Some(&b"wanted\n"[..]));
        assert_eq!(recorder.told(), "");
    }
}
