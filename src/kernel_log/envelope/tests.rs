//! A table of envelopes: every form alone, then nested and mixed.

use super::clean::{clean, split_merged, unescape};
use super::journal::{Journal, Message, Taken};
use super::{Caller, FORMS, Speaker, open};

/// Line, what is left, kernel time, wall clock, speaker.
type Row = (&'static str, &'static str, Option<u64>, Option<&'static str>, Speaker);

use Speaker::{Kernel, Program, Unsaid};

const ENVELOPES: &[Row] = &[
    // the kernel's own
    ("plain text", "plain text", None, None, Unsaid),
    ("[   12.345678] text", "text", Some(12_345_678), None, Kernel),
    ("[1560475.896997]  [<ffffffff>] two blanks", " [<ffffffff>] two blanks", Some(1_560_475_896_997), None, Kernel),
    ("[4296372.670000] BUG: x", "BUG: x", Some(4_296_372_670_000), None, Kernel),
    ("[   12.345678][  T123] text", "text", Some(12_345_678), None, Kernel),
    ("[   12.345678][    C5]  text", " text", Some(12_345_678), None, Kernel),
    ("[   12.345678] [  T123] text", "text", Some(12_345_678), None, Kernel),
    ("[   12.345678 <    0.000012>] text", "text", Some(12_345_678), None, Kernel),
    ("<4>[   12.345678] text", "text", Some(12_345_678), None, Kernel),
    ("<4>text", "text", None, None, Kernel),
    ("<d> ffffffff812a4641", " ffffffff812a4641", None, None, Kernel),
    ("<12>text", "text", None, None, Unsaid),
    ("<48>[7241687.199289]  89 10", " 89 10", Some(7_241_687_199_289), None, Kernel),
    ("<83> bb 34 01", "<83> bb 34 01", None, None, Unsaid),
    ("6,1234,5678901,-;text", "text", Some(5_678_901), None, Kernel),
    ("6,1234,5678901,-,caller=T1;text", "text", Some(5_678_901), None, Kernel),
    ("4,77,5678901,-,ncfrag=0/900;text", "text", Some(5_678_901), None, Kernel),
    // phones
    ("[86735.021187,1] text", "text", Some(86_735_021_187), None, Kernel),
    ("[   12.345678] [c4] text", "text", Some(12_345_678), None, Kernel),
    ("[   12.345678] c1   1042 text", "text", Some(12_345_678), None, Kernel),
    ("[   12.345678]  (0)[1234:acmed/0]text", "text", Some(12_345_678), None, Kernel),
    ("<4>[   12.345678]  [1:    kworker/1:1:   77]  text", " text", Some(12_345_678), None, Kernel),
    ("[   12.345678] [drm] text", "[drm] text", Some(12_345_678), None, Kernel),
    ("[   12.345678] cpu 1042 text", "cpu 1042 text", Some(12_345_678), None, Kernel),
    ("[   12.345678] [c4010000] *pgd=00000000", "[c4010000] *pgd=00000000", Some(12_345_678), None, Kernel),
    ("[   12.345678] [8c1516a1] *pgd=00000000", "[8c1516a1] *pgd=00000000", Some(12_345_678), None, Kernel),
    ("[   12.345678@2] text", "text", Some(12_345_678), None, Kernel),
    ("[   12.345678][T329@C6] text", "text", Some(12_345_678), None, Kernel),
    ("[   12.345678] [pid:77,cpu1,acmed]text", "text", Some(12_345_678), None, Kernel),
    // consoles
    ("[10-00-26.598][   12.345678] text", "text", Some(12_345_678), Some("10-00-26.598"), Kernel),
    ("[10-00-26.598][  OK  ] Started text", "[  OK  ] Started text", None, Some("10-00-26.598"), Unsaid),
    ("00:15:17:ab:cd:ef text", "00:15:17:ab:cd:ef text", None, None, Unsaid),
    ("acmeboard login: [   12.345678] text", "text", Some(12_345_678), None, Kernel),
    // dmesg
    ("[Tue Mar  3 10:00:00 2020] text", "text", None, Some("Tue Mar  3 10:00:00 2020"), Kernel),
    ("kern  :warn  : [   12.345678] text", "text", Some(12_345_678), None, Kernel),
    ("daemon:info  : [   12.345678] text", "[   12.345678] text", None, None, Program),
    ("[Mar 3 10:00] text", "text", None, Some("Mar 3 10:00"), Kernel),
    ("[  +0.000012] text", "text", None, None, Kernel),
    (
        "2020-03-03T10:00:00,123456+01:00 text of dmesg",
        "text of dmesg",
        None,
        Some("2020-03-03T10:00:00,123456+01:00"),
        Kernel,
    ),
    // syslog
    ("Mar  3 10:00:00 host kernel: text", "text", None, Some("Mar  3 10:00:00"), Kernel),
    ("Mar  3 10:00:00 host kernel: [   12.345678] text", "text", Some(12_345_678), Some("Mar  3 10:00:00"), Kernel),
    ("Mar  3 10:00:00 host kernel:", "", None, Some("Mar  3 10:00:00"), Kernel),
    ("Mar  3 10:00:00 host kernel:  [<ffffffff>] x", " [<ffffffff>] x", None, Some("Mar  3 10:00:00"), Kernel),
    (
        "Tue Mar  3 10:00:00 2020 kern.warn kernel: [   12.345678] text",
        "text",
        Some(12_345_678),
        Some("Tue Mar  3 10:00:00 2020"),
        Kernel,
    ),
    ("Tue Mar  3 10:00:00 2020 daemon.info acmed[7]: text", "text", None, Some("Tue Mar  3 10:00:00 2020"), Program),
    ("Mar  3 10:00:00 host sshd[77]: Accepted", "Accepted", None, Some("Mar  3 10:00:00"), Program),
    ("Mar  3 10:00:00 host acmed: BUG: not ours", "BUG: not ours", None, Some("Mar  3 10:00:00"), Program),
    (
        "Mar  3 10:00:00 host BUG: soft lockup - CPU#1 stuck",
        "BUG: soft lockup - CPU#1 stuck",
        None,
        Some("Mar  3 10:00:00"),
        Unsaid,
    ),
    ("Mar  3 10:00:00 host [   12.345678] no tag", "no tag", Some(12_345_678), Some("Mar  3 10:00:00"), Kernel),
    (" kernel:[   12.345678] to all terminals", "to all terminals", Some(12_345_678), None, Kernel),
    (" kernel:BUG: soft lockup - CPU#1 stuck", "BUG: soft lockup - CPU#1 stuck", None, None, Kernel),
    ("Mar  3 10:00:00 kernel: no host", "no host", None, Some("Mar  3 10:00:00"), Kernel),
    ("Mar  3 2020 10:00:00 host kernel: text", "text", None, Some("Mar  3 2020 10:00:00"), Kernel),
    ("Dez 16 03:58:17 host kernel: text", "text", None, Some("Dez 16 03:58:17"), Kernel),
    ("мар 03 10:00:00 host kernel: text", "text", None, Some("мар 03 10:00:00"), Kernel),
    ("3月 03 10:00:00 host kernel: text", "text", None, Some("3月 03 10:00:00"), Kernel),
    ("févr. 16 03:58:17 host kernel: text", "text", None, Some("févr. 16 03:58:17"), Kernel),
    ("host kernel: text", "text", None, None, Kernel),
    ("kernel: text", "text", None, None, Kernel),
    (
        "2020-03-03T10:00:00.076112+00:00 host kernel: [    0.000000][    T0] text",
        "text",
        Some(0),
        Some("2020-03-03T10:00:00.076112+00:00"),
        Kernel,
    ),
    ("2020-03-03 10:00:00 host kernel: text", "text", None, Some("2020-03-03 10:00:00"), Kernel),
    ("<6>1 2020-03-03T10:00:00Z host kernel - - - text", "text", None, Some("2020-03-03T10:00:00Z"), Kernel),
    ("<30>1 2020-03-03T10:00:00Z host acmed 77 - - text", "text", None, Some("2020-03-03T10:00:00Z"), Program),
    // journalctl
    ("Mar 03 10:00:00.123456 host kernel: text", "text", None, Some("Mar 03 10:00:00.123456"), Kernel),
    ("2020-03-03T10:00:00+0100 host kernel: text", "text", None, Some("2020-03-03T10:00:00+0100"), Kernel),
    ("Tue 2020-03-03 10:00:00 CET host kernel: text", "text", None, Some("Tue 2020-03-03 10:00:00 CET"), Kernel),
    ("Di 2020-03-03 10:00:00 CET host kernel: text", "text", None, Some("Di 2020-03-03 10:00:00 CET"), Kernel),
    ("[   12.345678] host kernel: text", "text", Some(12_345_678), None, Kernel),
    ("1583226000.123456 host kernel: text", "text", None, Some("1583226000.123456"), Kernel),
    ("1583226000.123456 host sshd[1]: text", "text", None, Some("1583226000.123456"), Program),
    // pastes
    ("> Mar  3 10:00:00 host kernel: text", "text", None, Some("Mar  3 10:00:00"), Kernel),
    (">> > [   12.345678] text", "text", Some(12_345_678), None, Kernel),
    ("    [   12.345678] text", "text", Some(12_345_678), None, Kernel),
    (" [   12.345678]  text", " text", Some(12_345_678), None, Kernel),
    ("crash> log text", "log text", None, None, Unsaid),
    ("7.901224] text", "text", None, None, Kernel),
    ("88][  T123] text", "text", None, None, Kernel),
    ("T123] Modules linked in: ext4", "Modules linked in: ext4", None, None, Kernel),
    ("] Modules linked in: ext4", "Modules linked in: ext4", None, None, Kernel),
    ("3] text", "3] text", None, None, Unsaid),
    ("(XEN) text", "text", None, None, Kernel),
    (">ffff88805f1b7600: fc fc", ">ffff88805f1b7600: fc fc", None, None, Unsaid),
    ("<td><pre>[   12.345678] text</pre>", "text</pre>", Some(12_345_678), None, Kernel),
    ("[COLOR=#000][FONT=mono]Mar  3 10:00:00 host kernel: text", "text", None, Some("Mar  3 10:00:00"), Kernel),
    ("> **Mar  3 10:00:00 host kernel: text**", "text", None, Some("Mar  3 10:00:00"), Kernel),
    // collectors
    (
        "2020-03-03 10:00:00 +0100 | messages | Mar  3 10:00:00 host kernel: text",
        "text",
        None,
        Some("2020-03-03 10:00:00"),
        Kernel,
    ),
    ("messages:7:Mar  3 10:00:00 host acmed[7]: text", "text", None, Some("Mar  3 10:00:00"), Program),
    ("10:00:00.971730  <1>[   12.345678] text", "text", Some(12_345_678), Some("10:00:00.971730"), Kernel),
    // noise
    (
        "Mar  3 10:00:00 host kernel: message repeated 2 times: [ [   12.345678] text]",
        "text",
        Some(12_345_678),
        Some("Mar  3 10:00:00"),
        Kernel,
    ),
    // text that looks like an envelope
    ("[last unloaded: acmefs]", "[last unloaded: acmefs]", None, None, Unsaid),
    ("[<ffffffff8103a744>] schedule+0x1/0x2", "[<ffffffff8103a744>] schedule+0x1/0x2", None, None, Unsaid),
    (
        "[ 1234]     0  1234     1000 row of the OOM table",
        "[ 1234]     0  1234     1000 row of the OOM table",
        None,
        None,
        Unsaid,
    ),
    ("[Hardware Error]: TSC 0", "[Hardware Error]: TSC 0", None, None, Unsaid),
    ("[exception RIP: acme_io+71]", "[exception RIP: acme_io+71]", None, None, Unsaid),
    ("Modules linked in: ext4 sd_mod", "Modules linked in: ext4 sd_mod", None, None, Unsaid),
    ("CPU: 3 PID: 77 Comm: acmed", "CPU: 3 PID: 77 Comm: acmed", None, None, Unsaid),
];

#[test]
fn every_envelope_comes_off() {
    for (line, text, time_us, wall, speaker) in ENVELOPES {
        let opened = open(1, line, 0);
        assert_eq!(
            (opened.text, opened.time_us, opened.wall, opened.speaker),
            (*text, *time_us, *wall, *speaker),
            "{line}"
        );
    }
}

#[test]
fn every_form_takes_its_example() {
    for form in FORMS {
        let found = (form.take)(form.example).unwrap_or_else(|| panic!("{}", form.example));
        assert!(found.rest.trim_end_matches(']').ends_with("text"), "{}: {:?}", form.example, found.rest);
    }
}

#[test]
fn callers_are_told_apart() {
    let table = [
        ("[    1.000000][  T123] x", Some(Caller::Task(123))),
        ("[    1.000000][    C5] x", Some(Caller::Cpu(5))),
        ("[    1.000000] [T7] x", Some(Caller::Task(7))),
        ("6,1,2,-,caller=C3;x", Some(Caller::Cpu(3))),
        ("(XEN) x", Some(Caller::Hypervisor)),
        ("[    1.000000] [drm] x", None),
        ("[    1.000000,3] x", None),
        ("[    1.000000] c3   77 x", Some(Caller::Task(77))),
        ("[    1.000000]  (3)[0:swapper/3]x", Some(Caller::Cpu(3))),
    ];
    for (line, caller) in table {
        assert_eq!(open(1, line, 0).caller, caller, "{line}");
    }
}

#[test]
fn a_line_with_decoration_only_wears_no_envelope() {
    assert!(!open(1, "> text", 0).dressed);
    assert!(!open(1, "    text", 0).dressed);
    assert!(open(1, "> [    1.000000] text", 0).dressed);
}

#[test]
fn bytes_become_text() {
    let table: &[(&[u8], &str)] = &[
        (b"plain\r", "plain"),
        (b"\rplain", "plain"),
        (b"a\0b\0", "ab"),
        (b"\x1b[1;31mred\x1b[0m text", "red text"),
        (b"\x1b(B text", "B text"),
        (b"\x1b[", ""),
        (b"bad \xff byte", "bad \u{fffd} byte"),
        (b"[&lt;ffffffff81&gt;] a &amp; b", "[<ffffffff81>] a & b"),
        (b"a & b", "a & b"),
        (b"\xef\xbb\xbfplain", "plain"),
        (b"plain^M^M", "plain"),
        (b"&nbsp;[&lt;ffffffff81&gt;]</p>", " [<ffffffff81>]"),
        (b"a\xc2\xa0b", "a b"),
        (b"acmefs(OE)<br />", "acmefs(OE)"),
    ];
    for (bytes, text) in table {
        assert_eq!(clean(bytes), *text);
    }
}

#[test]
fn escapes_are_decoded() {
    let table = [
        ("#0113-....: (1 GPs behind)", "\t3-....: (1 GPs behind)"),
        ("first#012second", "first\nsecond"),
        (r"a\x09b", "a\tb"),
        ("issue #0123 and #09", "issue \n3 and #09"),
        ("#1 SMP", "#1 SMP"),
        (r"C:\xampp", r"C:\xampp"),
    ];
    for (text, decoded) in table {
        assert_eq!(unescape(text), decoded, "{text}");
    }
}

#[test]
fn merged_lines_are_split_where_the_grammar_goes_on() {
    let table: &[(&str, &[&str])] = &[
        (
            "vfs_write+0x1/0x2<4> [<ffffffff81>] acme_io+0x1/0x2",
            &["vfs_write+0x1/0x2", " [<ffffffff81>] acme_io+0x1/0x2"],
        ),
        ("a<4>[    1.000000] b", &["a", "[    1.000000] b"]),
        ("Code: 00 <0f> 0b", &["Code: 00 <0f> 0b"]),
        ("press <1> to go on", &["press <1> to go on"]),
        ("hard LOCKUP on cpu 3dModules linked in: ext4", &["hard LOCKUP on cpu 3d", "Modules linked in: ext4"]),
        ("  Modules linked in: ext4", &["  Modules linked in: ext4"]),
        ("a\nb", &["a", "b"]),
    ];
    for (text, lines) in table {
        assert_eq!(split_merged(text).collect::<Vec<_>>(), *lines, "{text}");
    }
}

fn messages(journal: &mut Journal, line: &str) -> Vec<(String, Option<u64>, Speaker)> {
    match journal.take(line) {
        Taken::Messages(messages) => messages
            .into_iter()
            .map(|Message { text, time_us, speaker }| (text.into_owned(), time_us, speaker))
            .collect(),
        Taken::Nothing => Vec::new(),
        Taken::No => vec![("no journal".into(), None, Unsaid)],
    }
}

#[test]
fn messages_come_out_of_json() {
    #[allow(clippy::type_complexity, reason = "a table reads best as it is")]
    let table: &[(&str, &[(&str, Option<u64>, Speaker)])] = &[
        (
            r#"{"MESSAGE":"BUG: \"x\"","_TRANSPORT":"kernel","_SOURCE_MONOTONIC_TIMESTAMP":"12345678","_BOOT_ID":"a"}"#,
            &[("BUG: \"x\"", Some(12_345_678), Kernel)],
        ),
        (r#"{"MESSAGE":"x","_TRANSPORT":"syslog"}"#, &[("x", None, Program)]),
        (
            r#"{"__MONOTONIC_TIMESTAMP" : "7", "MESSAGE" : [66,85,71], "_TRANSPORT":"kernel"}"#,
            &[("BUG", Some(7), Kernel)],
        ),
        (r#"{"MESSAGE":null,"_TRANSPORT":"kernel"}"#, &[]),
        (r#"{"log":"[    1.000000] x\n","stream":"stdout"}"#, &[("[    1.000000] x\n", None, Unsaid)]),
        (
            r#"{"dmesg":[{"pri":6,"time":1.5,"msg":"a"},{"pri":6,"time":2.000001,"msg":"b"}]}"#,
            &[("a", Some(1_500_000), Unsaid), ("b", Some(2_000_001), Unsaid)],
        ),
        (r#"{"MESSAGE":"cut in the mid"#, &[]),
        ("{", &[]),
        ("]", &[("no journal", None, Unsaid)]),
        ("{ not json", &[("no journal", None, Unsaid)]),
    ];
    for (line, expected) in table {
        let got = messages(&mut Journal::default(), line);
        let got: Vec<_> = got.iter().map(|(text, time, speaker)| (text.as_str(), *time, *speaker)).collect();
        assert_eq!(got, *expected, "{line}");
    }
}

#[test]
fn dmesg_json_has_a_member_a_line() {
    let mut journal = Journal::default();
    let lines = [
        "{",
        "   \"dmesg\": [",
        "      {",
        "         \"pri\": 4,",
        "         \"time\":    12.345678,",
        "         \"msg\": \"BUG: x\"",
        "      },{",
        "         \"pri\": 4",
        "      }",
        "   ]",
        "}",
    ];
    let got: Vec<_> = lines.iter().flat_map(|line| messages(&mut journal, line)).collect();
    assert_eq!(got, [("BUG: x".to_owned(), Some(12_345_678), Kernel)]);
}

#[test]
fn an_export_journal_has_a_field_a_line() {
    let mut journal = Journal::default();
    let lines = [
        "__CURSOR=s=1",
        "__MONOTONIC_TIMESTAMP=99",
        "_BOOT_ID=a",
        "_TRANSPORT=kernel",
        "PRIORITY=4",
        "MESSAGE=BUG: x=1",
        "",
        "__CURSOR=s=2",
    ];
    let got: Vec<_> = lines.iter().filter(|l| !l.is_empty()).flat_map(|line| messages(&mut journal, line)).collect();
    assert_eq!(got, [("BUG: x=1".to_owned(), Some(99), Kernel)]);
    assert!(!journal.new_boot());
    assert_eq!(journal.take("_BOOT_ID=b"), Taken::Nothing);
    assert!(journal.new_boot());
    assert!(!journal.new_boot(), "told once");
}

#[test]
fn a_binary_message_stands_behind_its_size() {
    let mut journal = Journal::default();
    assert_eq!(journal.raw(b"MESSAGE"), b"MESSAGE");
    assert_eq!(journal.raw(b"\x05\0\0\0\0\0\0\0BUG: "), b"BUG: ");
    assert_eq!(journal.raw(b"plain"), b"plain");
}
