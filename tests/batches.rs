//! What a batch comes to: signatures that survive kernels and envelopes, groups, the league of modules, hosts over time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod synth;

use proptest::prelude::*;
use synth::{Clock, Container, Envelope, Event, Log, Machine, Module as Built, Sosreport};
use taintrace::input::Source;
use taintrace::triage::{Report, Summary, summarize};
use taintrace::{Options, scan_source};

const KERNELS: [&str; 6] = [
    "2.6.32-504.el6.x86_64",
    "3.10.0-229.el7.x86_64",
    "3.10.0-1160.21.1.el7.x86_64",
    "4.18.0-513.5.1.el8_9.x86_64",
    "5.14.0-427.13.1.el9_4.x86_64",
    "6.8.0-31-generic",
];
const ENVELOPES: [Envelope; 7] = [
    Envelope::Stamped,
    Envelope::PriorityStamped,
    Envelope::Human,
    Envelope::Syslog,
    Envelope::SyslogStamped,
    Envelope::SyslogIso,
    Envelope::JournalMonotonic,
];

fn scanned(name: &str, bytes: Vec<u8>) -> Report {
    let source = Source::Bytes { name: name.into(), bytes: bytes.into() };
    scan_source(&source, &Options::default()).remove(0)
}

/// The signature of one crash on a kernel, told in an envelope.
fn signature(event: &Event, kernel: &str, envelope: Envelope) -> String {
    let mut machine = Machine::new("db1.example.com", kernel, 1_700_000_000);
    machine.clock = Clock { booted: 1_700_000_000 };
    machine.modules = vec![Built::third_party("acmefs", "POE"), Built::in_tree("xfs"), Built::in_tree("sd_mod")];
    let text = Log::booted().event(812.5, event.clone()).render(&machine, envelope);
    let report = scanned("messages", text.into_bytes());
    assert_eq!(report.events.len(), 1, "{kernel} in {envelope:?}");
    let summary = summarize(&[report], 1);
    summary.groups[0].signature.clone()
}

fn place() -> impl Strategy<Value = String> {
    let symbol = "[a-z]{3,8}_[a-z]{3,8}";
    prop_oneof![symbol.prop_map(String::from), symbol.prop_map(|s: String| format!("acmefs_{s}[acmefs]"))]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// The same crash gives the same signature, whatever kernel printed it and whatever file keeps it.
    #[test]
    fn a_signature_survives_kernels_and_envelopes(
        ip in place(),
        trace in prop::collection::vec(place(), 2..6),
        kernels in (0..KERNELS.len(), 0..KERNELS.len()),
        envelopes in (0..ENVELOPES.len(), 0..ENVELOPES.len()),
        gpf in any::<bool>(),
    ) {
        let event = if gpf { Event::gpf() } else { Event::null_deref() };
        let event = event.ip(&ip).trace(&trace.join(" "));
        let one = signature(&event, KERNELS[kernels.0], ENVELOPES[envelopes.0]);
        let two = signature(&event, KERNELS[kernels.1], ENVELOPES[envelopes.1]);
        prop_assert_eq!(one, two);
    }

    /// Another function at fault is another signature.
    #[test]
    fn another_fault_has_another_signature(ip in place(), other in place()) {
        prop_assume!(ip != other);
        let of = |ip: &str| signature(&Event::gpf().ip(ip).trace("vfs_read"), KERNELS[3], Envelope::Stamped);
        prop_assert_ne!(of(&ip), of(&other));
    }
}

fn report_of(host: &str, name: &str, collected: &str, module: Built, event: Option<Event>) -> Report {
    let mut report = Sosreport::rhel8(host, KERNELS[3]).with(module);
    report.collected = synth::clock::epoch(collected);
    report.machine.clock = Clock { booted: report.collected - 90_000 };
    let log = event.map_or_else(Log::booted, |event| Log::booted().event(5_000.25, event));
    scanned(name, report.log(log).archive(Container::Tar))
}

fn batch() -> Summary {
    let crash = || Some(Event::null_deref().process("cp", 77).ip("acmefs_read[acmefs]").trace("vfs_read"));
    let signed = Built::third_party("acmefs", "O").version("1.0");
    let unsigned = Built::third_party("acmefs", "OE").version("1.1");
    let reports = [
        report_of("db2", "db2-late.tar", "2024-05-20T10:00:00Z", unsigned.clone(), crash()),
        report_of("db1", "db1.tar", "2024-05-10T10:00:00Z", unsigned.clone(), crash()),
        report_of("db2", "db2-early.tar", "2024-05-01T10:00:00Z", signed, None),
        report_of("db3", "db3.tar", "2024-05-11T10:00:00Z", Built::third_party("netvend", "POE"), None),
    ];
    summarize(&reports, reports.len())
}

#[test]
fn groups_tell_hosts_and_how_often_it_happened() {
    let summary = batch();
    assert_eq!(summary.groups.len(), 1);
    let group = &summary.groups[0];
    assert_eq!(group.module.as_deref(), Some("acmefs"));
    assert_eq!(group.reports, ["db2-late.tar", "db1.tar"]);
    assert_eq!(group.hosts, ["db1", "db2"]);
    assert_eq!(group.occurrences, 2);
}

#[test]
fn two_reports_of_one_host_that_tell_the_same_crash_count_it_once() {
    let crash = || Some(Event::null_deref().process("cp", 77).ip("acmefs_read[acmefs]").trace("vfs_read"));
    let of = |name: &str| report_of("db1", name, "2024-05-10T10:00:00Z", Built::third_party("acmefs", "OE"), crash());
    let summary = summarize(&[of("first.tar"), of("second.tar")], 2);
    assert_eq!((summary.groups[0].reports.len(), summary.groups[0].occurrences), (2, 1));
}

#[test]
fn the_league_counts_reports_in_which_a_module_stands_and_is_loaded() {
    let league: Vec<_> =
        batch().modules.into_iter().map(|m| (m.module, m.in_backtrace, m.first_suspect, m.loaded)).collect();
    assert_eq!(league, [("acmefs".to_owned(), 2, 2, 3), ("netvend".to_owned(), 0, 0, 1)]);
}

#[test]
fn reports_of_one_host_stand_in_order_of_time_with_what_changed() {
    let summary = batch();
    assert_eq!(summary.hosts.len(), 1, "only db2 has two reports");
    let host = &summary.hosts[0];
    let told: Vec<(&str, &[String])> = host.reports.iter().map(|r| (r.report.as_str(), r.changes.as_slice())).collect();
    let changed = ["acmefs 1.0 -> 1.1".to_owned(), "acmefs newly unsigned".to_owned()];
    assert_eq!(told, [("db2-early.tar", &[][..]), ("db2-late.tar", &changed[..])]);

    let with = |module, name: &str, day| report_of("db1", name, day, module, None);
    let reports = [
        with(Built::third_party("acmefs", "OE").version("1.0"), "a.tar", "2024-05-10T10:00:00Z"),
        with(Built::third_party("netvend", "OE").version("3.6"), "b.tar", "2024-05-12T10:00:00Z"),
    ];
    let summary = summarize(&reports, 2);
    assert_eq!(summary.hosts[0].reports[1].changes, ["netvend added (3.6)", "acmefs removed (1.0)"]);
}
