use std::io::BufReader;

use proptest::prelude::*;

use super::*;
use crate::facts::{LoadedModule, Witness};

const FILE: MemberKind<'static> = MemberKind::File { size: Some(100) };
const MODULES: &str = "acme 16384 0 - Live 0xffffffffc0a3b000 (POE)\n";

/// An input whose members are given one by one, read where they are of interest.
struct Input {
    reports: Reports,
    interests: Vec<(String, Interest)>,
}

impl Input {
    fn named(name: &str) -> Self {
        Self { reports: Reports::new(name), interests: Vec::new() }
    }

    fn add(&mut self, container: &[&str], path: &str, text: &str) -> Interest {
        let container: Vec<String> = container.iter().map(|c| (*c).to_owned()).collect();
        let kind = MemberKind::File { size: Some(text.len() as u64) };
        let interest = self.reports.interest(&container, path, kind);
        if interest == Interest::Read {
            self.reports.read(&container, path, &mut text.as_bytes()).unwrap();
        }
        self.interests.push((path.to_owned(), interest));
        interest
    }

    fn with(mut self, members: &[(&str, &str)]) -> Self {
        for (path, text) in members {
            self.add(&[], path, text);
        }
        self
    }

    fn finish(self) -> Vec<FoundReport> {
        self.reports.finish()
    }
}

fn modules(report: &FoundReport) -> Vec<String> {
    report.facts.loaded.iter().map(|m: &LoadedModule| format!("{} {}", m.name, m.origin)).collect()
}

#[test]
fn one_report_below_one_folder() {
    let found = Input::named("/cases/sosreport-a.tar.xz")
        .with(&[
            ("sosreport-a/etc/hostname", "db1\n"),
            ("sosreport-a/proc/modules", MODULES),
            ("sosreport-a/etc/passwd", "root\n"),
            ("sosreport-a/var/lib/docker/overlay2/1/proc/modules", "wrong 1 0 - Live 0x1\n"),
        ])
        .finish();
    assert_eq!(found.len(), 1);
    let report = &found[0];
    assert_eq!(
        (report.member.as_deref(), report.root.as_str(), report.kind),
        (None, "sosreport-a", ReportKind::Sosreport)
    );
    assert_eq!(modules(report), ["acme proc/modules:1"]);
    assert_eq!(report.facts.host.hostname.as_ref().map(|h| h.value.as_str()), Some("db1"));
}

#[test]
fn what_is_read_passed_over_and_walked_inside_of_a_report() {
    use Interest::{Descend, Read, Skip};
    let mut input = Input::named("x.tar");
    for (path, want) in [
        ("sosreport-a/proc/modules", Read),
        ("sosreport-a/etc/passwd", Skip),
        ("sosreport-a/proc/kallsyms", Skip),
        ("sosreport-a/var/crash/a/vmcore", Skip),
        ("sosreport-a/var/lib/app/data.tar.gz", Skip),
        ("sosreport-a/var/tmp/sosreport-old.tar.xz", Descend),
        ("sosreport-a/proc/fs.tar", Descend),
        ("sosreport-a/var/log/messages-20240501.gz", Read),
    ] {
        assert_eq!(input.add(&[], path, "text"), want, "{path}");
    }
    assert_eq!(input.reports.interest(&[], "sosreport-a/proc", MemberKind::Directory), Descend);
    assert_eq!(input.reports.interest(&[], "sosreport-a/proc/pipe", MemberKind::Special), Skip);
}

#[test]
fn what_lies_below_no_root_may_be_an_archive_or_a_log() {
    use Interest::{Descend, Read, Skip};
    let mut input = Input::named("case.zip");
    for (path, want) in [
        ("inner/sosreport-b.tar.xz", Descend),
        ("inner/sosreport-b.tar.xz.md5", Skip),
        ("inner/unknown", Descend),
        ("console.log", Read),
        ("notes/serial-console", Read),
    ] {
        assert_eq!(input.add(&[], path, "text"), want, "{path}");
    }
    assert_eq!(input.reports.interest(&[], "empty", MemberKind::File { size: Some(0) }), Skip);
}

#[test]
fn a_link_is_followed_only_where_its_target_is_not_read_anyway() {
    let mut reports = Reports::new("x.tar");
    for (path, kind, want) in [
        ("sosreport-a/uname", MemberKind::Symlink("sos_commands/kernel/uname_-a"), Interest::Skip),
        (
            "sosreport-a/var/log/messages",
            MemberKind::Symlink("../../sos_strings/logs/var.log.messages.tailed"),
            Interest::Skip,
        ),
        ("sosreport-a/var/log/messages", MemberKind::Symlink("/data/log/messages"), Interest::Read),
        ("sosreport-a/var/log/messages", MemberKind::Symlink("../../../../../../etc/shadow"), Interest::Read),
        ("sosreport-a/etc/mtab", MemberKind::Symlink("/proc/self/mounts"), Interest::Skip),
        ("sosreport-a/var/log/dmesg", MemberKind::HardLink("sosreport-a/sos_commands/kernel/dmesg"), Interest::Skip),
        ("sosreport-a/var/log/dmesg", MemberKind::HardLink("sosreport-a/some/copy"), Interest::Read),
    ] {
        assert_eq!(reports.interest(&[], path, kind), want, "{path} {kind:?}");
    }
}

#[test]
fn several_reports_side_by_side_keep_apart() {
    let found = Input::named("all.tar")
        .with(&[
            ("all/sosreport-a/proc/modules", MODULES),
            ("all/host-b.2013/sos_commands/kernel/lsmod", "Module Size Used by\nbmod 1 0\n"),
            ("all/sosreport-a/proc/sys/kernel/tainted", "12289\n"),
            ("all/host-b.2013/proc/sys/kernel/tainted", "0\n"),
        ])
        .finish();
    let got: Vec<_> = found.iter().map(|r| (r.member.as_deref(), r.facts.tainted[0].value)).collect();
    assert_eq!(got, [(Some("all/sosreport-a"), 12289), (Some("all/host-b.2013"), 0)]);
}

#[test]
fn files_before_the_first_telling_path_are_not_lost() {
    let found = Input::named("x.tar.bz2")
        .with(&[
            ("host.123-9f/date", "Tue Mar  3 10:00:00 UTC 2020\n"),
            ("host.123-9f/notes.txt", "nothing\n"),
            ("host.123-9f/etc/redhat-release", "Red Hat Enterprise Linux AS release 4 (Nahant Update 8)\n"),
            ("host.123-9f/sos_commands/kernel.lsmod", "Module Size Used by\nacme 1 0\n"),
        ])
        .finish();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].root.as_str(), found[0].kind), ("host.123-9f", ReportKind::Sosreport));
    assert_eq!(found[0].facts.host.collected.as_ref().map(|c| c.value.as_str()), Some("2020-03-03T10:00:00Z"));
    assert_eq!(found[0].facts.host.distro.as_ref().map(|d| d.value.id.as_str()), Some("rhel"));
}

#[test]
fn a_report_without_a_folder_above() {
    let found = Input::named("dir").with(&[("proc/modules", MODULES), ("sos_commands/date/date", "")]).finish();
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].root.as_str(), found[0].kind, found[0].member.as_deref()), ("", ReportKind::Sosreport, None));
}

#[test]
fn a_part_of_a_file_system_is_a_directory() {
    let found = Input::named("dir").with(&[("host/var/log/messages", "x\n"), ("host/proc/modules", MODULES)]).finish();
    assert_eq!((found[0].root.as_str(), found[0].kind), ("host", ReportKind::Directory));
}

#[test]
fn a_bundle_of_sos_collect_gives_a_report_for_each_archive() {
    let mut input = Input::named("sos-collector-2024-05-01-abcde.tar");
    input.add(&[], "sos-collector-2024-05-01-abcde/sos_logs/ui.log", "collected\n");
    let first = "sos-collector-2024-05-01-abcde/sosreport-a.tar.xz";
    let second = "sos-collector-2024-05-01-abcde/sosreport-b.tar.xz";
    assert_eq!(input.add(&[], first, "xz"), Interest::Descend);
    input.add(&[first], "sosreport-a/proc/modules", MODULES);
    assert_eq!(input.add(&[], second, "xz"), Interest::Descend);
    input.add(&[second], "sosreport-b/proc/modules", MODULES);
    let found = input.finish();
    let got: Vec<_> = found.iter().map(|r| (r.member.as_deref(), r.root.as_str())).collect();
    assert_eq!(got, [(Some(first), "sosreport-a"), (Some(second), "sosreport-b")]);
}

#[test]
fn a_packed_folder_belongs_to_the_report_it_is_in() {
    for (archive, member) in [
        ("sosreport-a/proc.tar", "proc/sys/kernel/tainted"),
        ("sosreport-a/proc/sys.tar", "sys/kernel/tainted"),
        ("sosreport-a/proc/sys.tar", "kernel/tainted"),
    ] {
        let mut input = Input::named("x.tar.xz");
        input.add(&[], "sosreport-a/proc/modules", MODULES);
        assert_eq!(input.add(&[], archive, "tar"), Interest::Descend);
        assert_eq!(input.add(&[archive], member, "4096\n"), Interest::Read, "{archive} {member}");
        assert_eq!(input.add(&[archive], "unknown.bin", "x"), Interest::Skip);
        let found = input.finish();
        assert_eq!(found.len(), 1, "{archive}");
        assert_eq!(found[0].facts.tainted[0].origin.to_string(), "proc/sys/kernel/tainted:1");
    }
}

#[test]
fn an_archive_of_a_report_inside_of_a_report_is_its_own() {
    let mut input = Input::named("x.tar.xz");
    input.add(&[], "sosreport-a/proc/modules", MODULES);
    let inner = "sosreport-a/var/tmp/sosreport-old.tar.xz";
    input.add(&[inner], "sosreport-old/proc/modules", "old 1 0 - Live 0x1\n");
    let found = input.finish();
    let got: Vec<_> = found.iter().map(|r| (r.member.as_deref(), modules(r))).collect();
    assert_eq!(
        got,
        [(None, vec!["acme proc/modules:1".to_owned()]), (Some(inner), vec!["old proc/modules:1".to_owned()])]
    );
}

#[test]
fn rotated_logs_come_in_order_of_time() {
    let boot = |release: &str| format!("Linux version {release}\n");
    let (newest, older, oldest) = (boot("5.14.0-3.el9"), boot("5.14.0-2.el9"), boot("5.14.0-1.el9"));
    let mut input = Input::named("/cases/host");
    for (path, text) in [("messages", &newest), ("messages-20240501", &oldest), ("messages-20240508", &older)] {
        input.add(&[], &format!("sos/var/log/{path}"), text);
    }
    let found = input.finish();
    let releases = found[0].facts.logs.iter().filter_map(|log| log.boots[0].release.as_ref());
    let releases: Vec<_> = releases.map(|release| release.as_str().to_owned()).collect();
    assert_eq!(releases, ["5.14.0-1.el9", "5.14.0-2.el9", "5.14.0-3.el9"]);
}

#[test]
fn a_crash_directory_by_itself() {
    let mut input = Input::named("/cases/127.0.0.1-2024-05-01-10:00:00");
    assert_eq!(input.add(&[], "vmcore", "KDUMP   "), Interest::Skip);
    assert_eq!(input.add(&[], "vmcore-dmesg.txt", "Linux version 5.14.0\n"), Interest::Read);
    let found = input.finish();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].kind, ReportKind::CrashDirectory);
    assert_eq!(found[0].dump_paths, ["vmcore"]);
    let directory = &found[0].facts.crash_directories[0];
    assert_eq!((directory.path.as_str(), directory.vmcore, directory.has_dmesg), (".", Some(Some(8)), true));
    assert_eq!(found[0].facts.logs.len(), 1);
}

#[test]
fn crash_directories_side_by_side_are_reports_each() {
    let found = Input::named("crash.tar")
        .with(&[("crash/a/vmcore-dmesg.txt", "x\n"), ("crash/b/vmcore-dmesg.txt", "x\n"), ("crash/b/vmcore", "KDUMP")])
        .finish();
    let got: Vec<_> = found.iter().map(|r| (r.member.as_deref(), r.kind, r.dump_paths.len())).collect();
    let kind = ReportKind::CrashDirectory;
    assert_eq!(got, [(Some("crash/a"), kind, 0), (Some("crash/b"), kind, 1)]);
}

#[test]
fn a_dump_in_a_report_is_noted_with_its_size() {
    let found = Input::named("x").with(&[("sosreport-a/var/crash/c/vmcore", "12345678")]).finish();
    assert_eq!(found[0].dump_paths, ["var/crash/c/vmcore"]);
    assert_eq!(found[0].facts.crash_directories[0].vmcore, Some(Some(8)));
    assert!(found[0].facts.problems.is_empty());
}

#[test]
fn a_tree_of_modules_by_itself() {
    let found = Input::named("/lib/modules/5.14.0-427.el9.x86_64")
        .with(&[("modules.dep", "extra/acme.ko:\n"), ("extra/acme.ko", "\u{7f}ELF"), ("modules.alias", "")])
        .finish();
    assert_eq!(found[0].kind, ReportKind::ModuleTree);
    let kernels: Vec<_> = found[0].facts.locations.iter().map(|l| l.kernel.as_deref()).collect();
    assert_eq!(kernels, [Some("5.14.0-427.el9.x86_64"); 2]);
}

#[test]
fn links_in_a_tree_of_modules_tell_weak_updates() {
    let mut reports = Reports::new("tree.tar");
    let path = "lib/modules/5.14.0-70/weak-updates/acme.ko";
    let target = "/lib/modules/5.14.0-1/extra/acme.ko";
    assert_eq!(reports.interest(&[], path, MemberKind::Symlink(target)), Interest::Skip);
    let found = reports.finish();
    let location = &found[0].facts.locations[0];
    assert_eq!((location.kernel.as_deref(), location.path.as_str()), (Some("5.14.0-70"), "weak-updates/acme.ko"));
    assert_eq!(location.link_target.as_deref(), Some(target));
}

#[test]
fn a_file_by_itself_is_a_log_whatever_its_name() {
    for name in ["weird.bin", "messages-20240501", "vmcore-dmesg.txt", "x.log", "messages.txt", "dmesg.gz"] {
        let mut input = Input::named(&format!("/cases/{name}"));
        assert_eq!(input.add(&[], name, "Linux version 5.14.0\n"), Interest::Read, "{name}");
        let found = input.finish();
        assert_eq!(found.len(), 1, "{name}");
        assert_eq!((found[0].kind, found[0].member.as_deref()), (ReportKind::KernelLog, None), "{name}");
        assert_eq!(found[0].facts.logs.len(), 1, "{name}");
        assert_eq!(&*found[0].facts.logs[0].path, name);
    }
}

#[test]
fn standard_input_is_a_log() {
    for name in ["-", "standard input"] {
        let mut input = Input::named(name);
        assert_eq!(input.add(&[], "stdin", "Linux version 5.14.0\n"), Interest::Read, "{name}");
        assert_eq!(input.finish()[0].kind, ReportKind::KernelLog, "{name}");
    }
}

#[test]
fn a_file_by_itself_may_be_other_evidence() {
    let found = Input::named("lsmod").with(&[("lsmod", "Module Size Used by\nacme 1 0\n")]).finish();
    assert_eq!(found[0].facts.loaded[0].witness, Witness::Lsmod);
    let text = "#==[ Configuration File ]===========================#\n# /proc/sys/kernel/tainted\n1\n";
    let found = Input::named("part.txt").with(&[("part.txt", text)]).finish();
    assert_eq!(found[0].facts.tainted[0].value, 1);
}

#[test]
fn logs_beside_a_report_stand_if_they_say_something() {
    let found = Input::named("case.zip")
        .with(&[
            ("console.log", "Linux version 5.14.0\n"),
            ("readme.txt", "please look\n"),
            ("sosreport-a/proc/modules", MODULES),
        ])
        .finish();
    let got: Vec<_> = found.iter().map(|r| (r.member.as_deref(), r.kind)).collect();
    assert_eq!(got, [(Some("console.log"), ReportKind::KernelLog), (Some("sosreport-a"), ReportKind::Sosreport)]);
}

#[test]
fn supportconfig_is_told_by_its_files_and_its_name() {
    let environment = "#==[ Command ]======================================#\n# /bin/uname -a\nLinux db1 5.14.21-default #1 SMP x86_64 GNU/Linux\n";
    for root in ["scc_db1_240501_1000", "renamed"] {
        let mut input = Input::named("x.txz");
        let health = "#==[ Configuration File ]===========================#\n# /proc/sys/kernel/tainted\n512\n";
        input.add(&[], &format!("{root}/basic-health-check.txt"), health);
        input.add(&[], &format!("{root}/basic-environment.txt"), environment);
        let found = input.finish();
        assert_eq!(found.len(), 1, "{root}");
        assert_eq!(found[0].kind, ReportKind::Supportconfig, "{root}");
        assert_eq!(found[0].facts.tainted[0].value, 512);
        assert_eq!(found[0].facts.host.hostname.as_ref().map(|h| h.value.as_str()), Some("db1"));
    }
}

#[test]
fn problems_go_to_the_report_they_are_in() {
    let mut input = Input::named("x.tar");
    input.add(&[], "a/proc/modules", MODULES);
    input.add(&[], "b/proc/modules", MODULES);
    input.reports.problem("b/var/log/messages", "the archive ends here".to_owned());
    input.reports.problem("x.tar", "trailing bytes".to_owned());
    let found = input.finish();
    assert_eq!(found[1].facts.problems, [Problem::new("var/log/messages", "the archive ends here")]);
    assert_eq!(found[0].facts.problems, [Problem::new("x.tar", "trailing bytes")]);
}

#[test]
fn problems_of_a_nested_archive_go_to_its_report() {
    let mut input = Input::named("x.tar");
    input.add(&["b/sosreport-b.tar.xz"], "sosreport-b/proc/modules", MODULES);
    input.add(&["b/sosreport-c.tar.xz"], "sosreport-c/proc/modules", MODULES);
    input.reports.problem("b/sosreport-c.tar.xz!sosreport-c/var/log/messages", "damaged".to_owned());
    input.reports.problem("b/sosreport-c.tar.xz", "ends early".to_owned());
    let found = input.finish();
    let of_archive = Problem::new("b/sosreport-c.tar.xz", "ends early");
    assert_eq!(found[1].facts.problems, [Problem::new("var/log/messages", "damaged"), of_archive]);
    assert!(found[0].facts.problems.is_empty());
}

#[test]
fn a_problem_told_later_takes_back_what_the_end_of_a_file_seemed_to_prove() {
    let text = "filename: /lib/modules/5.14.0/a.ko\nvermagic: 5.14.0 SMP\nfilename: /lib/modules/5.14.0/b.ko\nvermagic: 5.14.0 SMP\n";
    let path = "sosreport-a/sos_commands/kernel/modinfo_ALL_MODULES";
    let mut input = Input::named("x.tar.xz").with(&[(path, text)]);
    input.reports.problem(path, "the archive ends here".to_owned());
    let states: Vec<_> = input.finish()[0].facts.module_files.iter().map(|f| f.signature.state).collect();
    assert_eq!(states, [SignatureState::Unsigned, SignatureState::Unknown]);
}

#[test]
fn an_input_without_reports_still_shows_its_problems() {
    let mut reports = Reports::new("x.tar");
    assert_eq!(reports.interest(&[], "src/main.c", FILE), Interest::Descend);
    reports.problem("x.tar", "empty".to_owned());
    let found = reports.finish();
    assert_eq!((found.len(), found[0].kind, found[0].facts.problems.len()), (1, ReportKind::Directory, 1));
    assert!(Reports::new("x.tar").finish().is_empty());
}

#[test]
fn hostile_inputs_stay_bounded() {
    let mut reports = Reports::new("x.tar");
    for n in 0..5_000 {
        let path = format!("r{n}/proc/modules");
        if reports.interest(&[], &path, FILE) == Interest::Read {
            reports.read(&[], &path, &mut MODULES.as_bytes()).unwrap();
        }
        reports.problem(&path, "again".to_owned());
    }
    assert_eq!(reports.finish().len(), 4096);
}

proptest! {
    #[test]
    fn no_path_and_no_order_of_members_panics(
        members in prop::collection::vec((prop::collection::vec("(proc|modules|sys|var|log|messages|sosreport-a|sos_commands|kernel|lsmod|x|date|vmcore|lib|é|fs.tar|a.ko|.*)", 0..6), any::<bool>(), 0u8..5), 0..30),
    ) {
        let mut reports = Reports::new("x.tar");
        let mut container: Vec<String> = Vec::new();
        for (parts, nest, kind) in members {
            let path = parts.join("/");
            let kind = match kind {
                0 => MemberKind::Symlink("../x"),
                1 => MemberKind::HardLink("proc/modules"),
                2 => MemberKind::Directory,
                _ => FILE,
            };
            let interest = reports.interest(&container, &path, kind);
            if interest == Interest::Read {
                reports.read(&container, &path, &mut BufReader::new(MODULES.as_bytes())).unwrap();
            }
            if nest && interest == Interest::Descend && container.len() < 3 {
                container.push(path);
            } else if nest {
                container.pop();
            }
        }
        for report in reports.finish() {
            prop_assert!(report.facts.loaded.iter().all(|m| m.name == "acme"));
        }
    }
}

/// Takes what begins with `DUMP` for a dump, and `DUMP?` for what only looks like one.
fn dump_reader(on_disk: bool) -> DumpReader {
    let read = |path: &str, bytes: &mut dyn BufRead| {
        let mut text = String::new();
        bytes.read_to_string(&mut text).map_err(|error| error.to_string())?;
        match text.as_str() {
            "DUMP?" => Ok(None),
            "DUMP!" => Err("it is too large".to_owned()),
            other if !other.starts_with("DUMP") => Ok(None),
            _ => Ok(Some(VmcoreFacts {
                origin: crate::facts::Origin::file(path),
                container: text,
                release: None,
                arch: None,
                crash_time: None,
                tainted: None,
                modules: None,
                panic_cpu: None,
                pid: None,
                comm: None,
                ip: None,
                frames: None,
                other_cpus: Vec::new(),
                blocked_tasks: Vec::new(),
                log: None,
                problems: Vec::new(),
            })),
        }
    };
    DumpReader { is_dump: |prefix| prefix.starts_with(b"DUMP"), read: Box::new(read), on_disk }
}

/// What was read: dumps by their paths, paths that were left, problems.
fn told(report: &FoundReport) -> (Vec<&str>, Vec<&str>, Vec<&str>) {
    let dumps = report.facts.dumps.iter().map(|d| &*d.origin.path).collect();
    let left = report.dump_paths.iter().map(String::as_str).collect();
    (dumps, left, report.facts.problems.iter().map(|p| p.message.as_str()).collect())
}

#[test]
fn dumps_are_read_as_they_pass_by_unless_they_lie_on_disk() {
    let vmcore = "sosreport-a/var/crash/c/vmcore";
    for (on_disk, container, read) in [(false, vec![], true), (true, vec![], false), (true, vec!["a.tar"], true)] {
        let mut input = Input::named("x");
        input.reports = Reports::new("x").read_dumps_with(dump_reader(on_disk));
        assert_eq!(input.add(&container, vmcore, "DUMP") == Interest::Read, read, "{on_disk} {container:?}");
        let found = input.finish();
        let path = vec!["var/crash/c/vmcore"];
        let (dumps, left) = if read { (path, vec![]) } else { (vec![], path) };
        assert_eq!(told(&found[0]), (dumps, left, vec![]), "{on_disk} {container:?}");
    }
}

#[test]
fn a_dump_by_any_name_is_one_and_a_name_alone_makes_none() {
    /// Path, content, dumps that are read, problems, kind of the report.
    type Row<'a> = (&'a str, &'a str, &'a [&'a str], &'a [&'a str], Option<ReportKind>);
    let rows: [Row<'_>; 5] = [
        ("case/db1.crash", "DUMP", &["case/db1.crash"], &[], Some(ReportKind::Vmcore)),
        ("case/db1.crash", "DUMP!", &[], &["it is too large"], Some(ReportKind::Vmcore)),
        ("case/core.1", "DUMP?", &[], &[], None),
        ("vmcore", "text", &[], &["has the name of a memory dump and is none"], Some(ReportKind::CrashDirectory)),
        ("vmcore", "", &[], &[], Some(ReportKind::CrashDirectory)),
    ];
    for (path, text, dumps, problems, kind) in rows {
        let mut input = Input::named("x.tar");
        input.reports = Reports::new("x.tar").read_dumps_with(dump_reader(false));
        // The walk hands out what looks like a dump where an archive was looked for.
        if input.add(&[], path, text) == Interest::Descend {
            input.reports.read(&[], path, &mut text.as_bytes()).unwrap();
        }
        // A log beside it, so that a file that says nothing is no report for being the only one.
        input.add(&[], "case/console.log", "BUG: unable to handle page fault\n");
        let found = input.finish();
        let of_dump = found.iter().find(|report| report.kind != ReportKind::KernelLog);
        assert_eq!(of_dump.map(|report| report.kind), kind, "{path} {text}");
        let Some(report) = of_dump else { continue };
        assert_eq!(told(report), (dumps.to_vec(), vec![], problems.to_vec()), "{path} {text}");
    }
}

#[test]
fn there_is_an_end_to_the_dumps_of_one_report() {
    let mut input = Input::named("x.tar");
    input.reports = Reports::new("x.tar").read_dumps_with(dump_reader(false));
    for number in 0..70 {
        input.add(&[], &format!("sosreport-a/var/crash/{number}/vmcore"), "DUMP");
    }
    let found = input.finish();
    assert_eq!((found[0].facts.dumps.len(), found[0].facts.problems.len()), (64, 1));
}
