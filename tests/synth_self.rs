//! The builder itself: what it writes is what others read, and what it prints is what kernels print.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "helpers of tests may stop at the first surprise"
)]

mod synth;

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};

use synth::{Container, Dialect, Envelope, Event, Kernel, Log, Module, Node, Sosreport, Wrap};

/// Kernel, flags, and the taint string it prints with them. Rows with a comment are published strings.
const PRINTED_TAINTS: &[(&str, &str, &str, u64)] = &[
    ("2.6.18-274.el5", "E", "Tainted: G      --------------------- ", 64),
    ("2.6.32-504.el6.x86_64", "PE", "Tainted: P           ---------------   ", 1),
    // F stands for unsigned before 7.2.
    ("3.10.0-229.14.1.el7.x86_64", "OE", "Tainted: GF          O--------------  ", 4098),
    ("3.10.0-1160.21.1.el7.x86_64", "POET", "Tainted: P           OE  ------------ T", 536_883_201),
    ("4.18.0-147.el8.x86_64", "OET", "Tainted: G           OE    --------- -t -", 536_883_200),
    ("5.14.0-427.20.1.el9_4.x86_64", "T", "Tainted: G               X  -------  --- ", 65_536),
    ("6.8.0-31-generic", "POE", "Tainted: P           OE     ", 12_289),
    ("5.14.21-150500.55.39-default", "OEN", "Tainted: G           OE     N", 2_147_495_936),
    ("5.14.0-427.20.1.el9_4.x86_64", "", "Not tainted", 0),
];

#[test]
fn taints_are_printed_as_each_kernel_prints_them() {
    for (release, flags, text, value) in PRINTED_TAINTS {
        let kernel = Kernel::new(release);
        assert_eq!(kernel.taint_text(flags), *text, "{release} {flags}");
        assert_eq!(kernel.taint_value(flags), *value, "{release} {flags}");
    }
}

#[test]
fn module_flags_are_grouped_as_each_kernel_groups_them() {
    let rows = [
        ("2.6.18-274.el5", "PE", "(PU)"),
        ("2.6.32-504.el6.x86_64", "PE", "(P)(U)"),
        ("2.6.32-504.el6.x86_64", "E", "(U)"),
        ("3.10.0-229.el7.x86_64", "OE", "(OF)"),
        ("3.10.0-1160.el7.x86_64", "POE", "(POE)"),
        ("3.10.0-1160.el7.x86_64", "T", "(T)"),
        ("4.18.0-513.el8.x86_64", "OE+", "(OE+)"),
        ("5.14.21-150500.55.39-default", "XO", "(OX)"),
        ("6.12.0-55.el10.x86_64", "", ""),
    ];
    for (release, flags, printed) in rows {
        assert_eq!(Kernel::new(release).module_flags(flags), printed, "{release} {flags}");
    }
}

fn sample(release: &str) -> Sosreport {
    match Kernel::new(release).dialect {
        Dialect::El5 => Sosreport::rhel5("h", release),
        Dialect::El6 => Sosreport::rhel6("h", release),
        Dialect::El71 | Dialect::El79 => Sosreport::rhel7("h", release),
        Dialect::El8 => Sosreport::rhel8("h", release),
        Dialect::El9 => Sosreport::rhel9("h", release),
        Dialect::El10 => Sosreport::rhel10("h", release),
        Dialect::Ubuntu => Sosreport::ubuntu("h", release),
        Dialect::Suse => Sosreport::suse("h", release),
    }
}

const RELEASES: [&str; 9] = [
    "2.6.18-274.el5",
    "2.6.32-504.el6.x86_64",
    "3.10.0-229.el7.x86_64",
    "3.10.0-1160.el7.x86_64",
    "4.18.0-513.5.1.el8_9.x86_64",
    "5.14.0-427.13.1.el9_4.x86_64",
    "6.12.0-55.9.1.el10_0.x86_64",
    "6.8.0-31-generic",
    "5.14.21-150500.55.39-default",
];

#[test]
fn every_kind_of_event_prints_on_every_kernel() {
    let events = [
        ("NULL pointer dereference", Event::null_deref()),
        ("dead000000000122", Event::paging_request(0xdead_0000_0000_0122)),
        ("general protection fault", Event::gpf()),
        ("divide error", Event::divide_error()),
        ("ernel BUG at fs/inode.c:42", Event::bug_at("fs/inode.c", 42)),
        (" at fs/inode.c:43", Event::warning("fs/inode.c", 43).text("said so")),
        ("BUG: soft lockup - CPU#3 stuck for 22s! [java:4711]", Event::soft_lockup(22)),
        ("LOCKUP", Event::hard_lockup()),
        ("INFO: task java:4711 blocked for more than 120 seconds.", Event::hung_task(120)),
        ("Kernel panic - not syncing: no root", Event::panic("no root")),
    ];
    for release in RELEASES {
        for (needle, event) in &events {
            let report = sample(release).module("acmefs", "OE");
            let event =
                event.clone().ip("acmefs_read[acmefs]").trace("vfs_read <IRQ> do_IRQ <EOI> ?acmefs_gone[acmefs]");
            let text = Log::new().event(5.0, event).render(&report.machine, Envelope::Bare);
            assert!(text.contains(needle), "{release}: no {needle} in\n{text}");
        }
    }
}

#[test]
fn warnings_and_oopses_leave_their_letters_to_later_events() {
    let report = sample(RELEASES[4]);
    let log = Log::new()
        .event(1.0, Event::warning("fs/inode.c", 1))
        .event(2.0, Event::null_deref())
        .event(3.0, Event::soft_lockup(22));
    let text = log.render(&report.machine, Envelope::Stamped);
    let cpu_lines: Vec<&str> = text.lines().filter(|line| line.contains(" PID: 4711 Comm: ")).collect();
    assert!(cpu_lines[0].contains("Not tainted"), "{}", cpu_lines[0]);
    assert!(cpu_lines[1].contains("Tainted: G        W "), "{}", cpu_lines[1]);
    assert!(cpu_lines[2].contains("Tainted: G      D W "), "{}", cpu_lines[2]);
}

#[test]
fn a_frame_lies_inside_the_module_that_proc_modules_shows() {
    let report = sample(RELEASES[3]).module("acmefs", "OE").module("later", "OE");
    let log = Log::new().event(1.0, Event::null_deref().ip("acmefs_read[acmefs]"));
    let text = log.render(&report.machine, Envelope::Bare);
    let address = text.lines().find_map(|line| line.strip_prefix("IP: [<")?.get(..16)).unwrap();
    let address = u64::from_str_radix(address, 16).unwrap();
    let tree = report.tree();
    let modules = String::from_utf8(tree.read("proc/modules").unwrap().to_vec()).unwrap();
    let row: Vec<&str> = modules.lines().find(|line| line.starts_with("acmefs ")).unwrap().split(' ').collect();
    let base = u64::from_str_radix(row[5].trim_start_matches("0x"), 16).unwrap();
    let size: u64 = row[1].parse().unwrap();
    assert!((base..base + size).contains(&address), "{address:x} is not in {base:x}+{size}");
    assert_eq!(row[6], "(OE)");
}

#[test]
fn a_wrapped_module_list_loses_nothing() {
    let report = sample(RELEASES[3]).module("acmefs", "POE");
    let log = Log::new().event(1.0, Event::null_deref());
    let list = |text: &str| {
        let lines = text.lines().map(|line| line.strip_prefix("[    1.").and_then(|l| l.get(8..)).unwrap_or(line));
        let joined: String = lines.collect();
        let start = joined.find("Modules linked in:").unwrap();
        joined[start..start + 1100].to_owned()
    };
    let plain = log.render(&report.machine, Envelope::Stamped);
    for wrap in [Wrap::ModuleList(100), Wrap::ModuleListOnce(100)] {
        let wrapped = log.clone().wrap(wrap).render(&report.machine, Envelope::Stamped);
        assert!(wrapped.lines().count() > plain.lines().count());
        assert!(wrapped.lines().any(|line| line.len() == 100 && line.contains("Modules linked in:")));
        assert_eq!(list(&wrapped), list(&plain), "{wrap:?}");
    }
}

#[test]
fn a_full_record_goes_on_in_the_next_with_a_leading_blank() {
    let mut report = sample(RELEASES[5]);
    for number in 0..120 {
        report = report.with(Module::in_tree(&format!("filler_module_{number}")));
    }
    let text = Log::new().event(1.0, Event::null_deref()).render(&report.machine, Envelope::Bare);
    let lines: Vec<&str> = text.lines().skip_while(|line| !line.starts_with("Modules linked in:")).collect();
    assert!(lines[0].len() <= 992 && lines[1].starts_with(" filler_module_"), "{}", lines[1]);
}

/// Runs a program on bytes; `None` where it is not installed.
fn piped(program: &str, arguments: &[&str], file: &Path) -> Option<Vec<u8>> {
    let input = fs::File::open(file).unwrap();
    let output = Command::new(program).args(arguments).stdin(input).stderr(Stdio::inherit()).output();
    let Ok(output) = output else {
        println!("skipped: {program} is not installed");
        return None;
    };
    assert!(output.status.success(), "{program} {arguments:?} on {}", file.display());
    Some(output.stdout)
}

#[test]
fn archives_are_what_real_programs_read_back() {
    let scratch = tempfile::tempdir().unwrap();
    let long = format!("sos_commands/kernel/{}", "long_".repeat(40));
    let report = sample(RELEASES[4])
        .file(&long, "deep\n")
        .entry("fifo", Node::Fifo)
        .entry("empty", Node::Directory)
        .entry("hard", Node::Hardlink("version.txt".to_owned()));
    let tree = report.tree();
    let rows = [
        (Container::Tar, "cat"),
        (Container::TarXz, "xz"),
        (Container::TarGz, "gzip"),
        (Container::TarBz2, "bzip2"),
        (Container::TarZst, "zstd"),
    ];
    for (container, program) in rows {
        let path = scratch.path().join(format!("report{}", container.suffix()));
        fs::write(&path, report.archive(container)).unwrap();
        let arguments: &[&str] = if program == "cat" { &[] } else { &["-dc"] };
        let Some(plain) = piped(program, arguments, &path) else { continue };
        let plain_path = scratch.path().join("plain.tar");
        fs::write(&plain_path, plain).unwrap();
        let Some(listing) = piped("tar", &["-tf", "-"], &plain_path) else { continue };
        let listing = String::from_utf8(listing).unwrap();
        for path in tree.entries.keys() {
            let full = format!("{}/{path}", tree.root);
            assert!(listing.lines().any(|line| line.trim_end_matches('/') == full), "{program} lost {full}");
        }
        let target = scratch.path().join(program);
        fs::create_dir(&target).unwrap();
        piped("tar", &["-xf", "-", "-C", target.to_str().unwrap()], &plain_path).unwrap();
        let root = target.join(&tree.root);
        assert_eq!(fs::read(root.join(&long)).unwrap(), b"deep\n");
        assert_eq!(fs::read(root.join("hard")).unwrap(), fs::read(root.join("version.txt")).unwrap());
        assert_eq!(fs::read(root.join("lsmod")).unwrap(), tree.read("sos_commands/kernel/lsmod").unwrap());
    }
}

#[test]
fn a_zip_keeps_contents_and_links() {
    let report = sample(RELEASES[4]);
    let tree = report.tree();
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(report.archive(Container::Zip))).unwrap();
    let mut member = |path: &str| {
        let mut contents = Vec::new();
        let mut member = archive.by_name(&format!("{}/{path}", tree.root)).unwrap();
        member.read_to_end(&mut contents).unwrap();
        (contents, member.is_symlink())
    };
    assert_eq!(member("proc/modules"), (tree.read("proc/modules").unwrap().to_vec(), false));
    assert_eq!(member("lsmod"), (b"sos_commands/kernel/lsmod".to_vec(), true));
}

#[test]
fn a_module_tells_the_same_in_all_files() {
    let report = sample(RELEASES[4]).module("acmefs", "POE");
    let tree = report.tree();
    let text = |path: &str| String::from_utf8(tree.read(path).unwrap().to_vec()).unwrap();
    assert_eq!(text("sys/module/acmefs/taint"), "POE\n");
    assert_eq!(text("sys/module/xfs/taint"), "\n");
    assert_eq!(text("proc/sys/kernel/tainted"), "12289\n");
    let modinfo = text("sos_commands/kernel/modinfo_ALL_MODULES");
    let block = modinfo.split("filename:").find(|block| block.contains("/acmefs.ko\n")).unwrap();
    assert!(
        block.contains("license:        Proprietary\n") && !block.contains("signer:") && !block.contains("intree:")
    );
    let block = modinfo.split("filename:").find(|block| block.contains("/xfs.ko.xz\n")).unwrap();
    assert!(block.contains("signer:") && block.contains("intree:         Y\n"));
}

#[test]
fn without_takes_a_path_and_what_is_below() {
    let tree = sample(RELEASES[4]).without("sys/module").without("proc/modules").tree();
    assert!(tree.entries.keys().all(|path| !path.starts_with("sys/module/") && path != "proc/modules"));
    assert!(tree.entries.contains_key("proc/cmdline"));
}

/// Reads a compressed file as far as it goes: the bytes, and whether it ended well.
fn read_all(path: &Path) -> (Vec<u8>, bool) {
    let bytes = fs::read(path).unwrap();
    let mut reader: Box<dyn Read + '_> = match path.to_str().unwrap().rsplit('.').next().unwrap() {
        "xz" => Box::new(xz2::read::XzDecoder::new(bytes.as_slice())),
        "gz" => Box::new(flate2::read::GzDecoder::new(bytes.as_slice())),
        "bz2" => Box::new(bzip2::read::BzDecoder::new(bytes.as_slice())),
        "zst" => Box::new(zstd::stream::read::Decoder::new(bytes.as_slice()).unwrap()),
        _ => Box::new(bytes.as_slice()),
    };
    let mut plain = Vec::new();
    let mut chunk = vec![0; 1 << 16];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return (plain, true),
            Ok(read) => plain.extend_from_slice(&chunk[..read]),
            Err(_) => return (plain, false),
        }
    }
}

#[test]
fn damaged_archives_fail_where_they_should_and_keep_what_they_promise() {
    let scratch = tempfile::tempdir().unwrap();
    for container in [Container::TarXz, Container::TarGz, Container::TarZst, Container::TarBz2] {
        for bad in [synth::bad::truncated(scratch.path(), container), synth::bad::corrupt(scratch.path(), container)] {
            let (plain, whole) = read_all(&bad.path);
            assert!(!whole, "{} reads to its end", bad.path.display());
            let shows = plain.windows(20).any(|window| window == b"RIP: 0010:acmefs_rea");
            assert_eq!(shows, bad.still_shows.is_some(), "{}", bad.path.display());
        }
    }
}

#[test]
fn escaping_names_are_in_the_archives() {
    let scratch = tempfile::tempdir().unwrap();
    let zip = synth::bad::zip_with_escaping_names(scratch.path()).path;
    let mut archive = zip::ZipArchive::new(fs::File::open(zip).unwrap()).unwrap();
    let names: Vec<String> = (0..archive.len())
        .map(|index| String::from_utf8(archive.by_index_raw(index).unwrap().name_raw().to_vec()).unwrap())
        .collect();
    assert!(names.iter().any(|name| name.starts_with("/etc/escaped")), "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("../escaped")), "{names:?}");
    let tar = fs::read(synth::bad::tar_with_escaping_names(scratch.path()).path).unwrap();
    let mut archive = tar::Archive::new(tar.as_slice());
    let names: Vec<String> =
        archive.entries().unwrap().map(|entry| entry.unwrap().path().unwrap().display().to_string()).collect();
    assert!(names.contains(&"/etc/escaped".to_owned()) && names.contains(&"../escaped".to_owned()));
}

#[test]
fn large_inputs_are_as_large_as_asked_for_and_small_on_disk() {
    let scratch = tempfile::tempdir().unwrap();
    let sound = synth::archive::tar(&synth::bad::report().tree()).len();
    let rows: BTreeMap<&str, Container> =
        [("xz", Container::TarXz), ("gz", Container::TarGz), ("zst", Container::TarZst)].into_iter().collect();
    for (name, container) in rows {
        let path = synth::bad::zeros_in_tar(scratch.path(), container, 8 << 20).unwrap();
        let (plain, whole) = read_all(&path);
        assert!(whole && plain.len() == sound + 512 + (8 << 20), "{name}");
        assert!(fs::metadata(&path).unwrap().len() < 200_000, "{name}");
        let path = synth::bad::many_entries(scratch.path(), container, 1000).unwrap();
        let (plain, whole) = read_all(&path);
        assert!(whole && plain.len() == sound + 512 * 1000, "{name}");
        let mut archive = tar::Archive::new(plain.as_slice());
        let entries = archive.entries().unwrap().filter_map(Result::ok);
        let added = entries.filter(|entry| entry.path().unwrap().starts_with("sosreport-many/sys/class")).count();
        assert_eq!(added, 1000, "{name}");
    }
    let path = synth::bad::long_line(scratch.path(), 3 << 20).unwrap();
    let text = fs::read_to_string(path).unwrap();
    assert_eq!(text.lines().map(str::len).max(), Some((3 << 20) + "[  600.000000] ".len()));
    assert_eq!(text.matches("BUG: unable to handle").count(), 2);
}

/// Prints how long the hostile inputs take to write at their full size, and how large they are on disk.
#[test]
#[ignore = "minutes; run it to size tests that use these inputs"]
fn hostile_inputs_at_full_size() {
    use synth::bad::{HOSTILE_ENTRIES, HOSTILE_LINE, HOSTILE_ZEROS, long_line, many_entries, zeros_in_tar};
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    let timed = |name: &str, write: &dyn Fn() -> std::io::Result<std::path::PathBuf>| {
        let start = std::time::Instant::now();
        let path = write().unwrap();
        let bytes = fs::metadata(&path).unwrap().len();
        println!("{name}: {bytes} bytes in {:.1} s", start.elapsed().as_secs_f64());
        fs::remove_file(path).unwrap();
        bytes
    };
    for container in [Container::TarXz, Container::TarGz, Container::TarZst] {
        let entries = timed(&format!("entries {container:?}"), &|| many_entries(folder, container, HOSTILE_ENTRIES));
        let zeros = timed(&format!("zeros {container:?}"), &|| zeros_in_tar(folder, container, HOSTILE_ZEROS));
        assert!(entries < 200 << 20 && zeros < 20 << 20);
    }
    assert!(timed("line", &|| long_line(folder, HOSTILE_LINE)) > HOSTILE_LINE);
}

#[cfg(unix)]
#[test]
fn bad_directories_are_bad_as_described() {
    let scratch = tempfile::tempdir().unwrap();
    let loops = synth::bad::symlink_loops(scratch.path()).unwrap();
    assert!(fs::metadata(loops.join("itself")).is_err() && fs::metadata(loops.join("var/log/here")).is_err());
    assert!(fs::metadata(loops.join("var/log/up")).unwrap().is_dir());
    let outward = synth::bad::outward_links(scratch.path()).unwrap();
    for link in ["var/log/dmesg.1", "var/log/dmesg.2"] {
        assert!(fs::read_to_string(outward.join(link)).unwrap().contains("outside_read"), "{link}");
    }
    let restricted = synth::bad::unreadable(scratch.path()).unwrap();
    assert_eq!(restricted.binding, fs::read(&restricted.file).is_err());
}

#[test]
fn every_small_bad_input_is_written() {
    let scratch = tempfile::tempdir().unwrap();
    let all = synth::bad::all(scratch.path());
    assert!(all.len() >= 18, "{} inputs", all.len());
    for bad in all {
        assert!(bad.path.is_file(), "{}", bad.path.display());
    }
}
