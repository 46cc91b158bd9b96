//! What mailers, web pages and collectors made of a log before somebody sent it.

use std::collections::BTreeSet;

use super::{only, read, told};
use crate::facts::KernelEvent;

/// Modules with flags, as printed.
fn flagged(events: &[KernelEvent]) -> BTreeSet<String> {
    let modules = events.iter().flat_map(|e| &e.linked_in).flat_map(|list| &list.modules);
    modules.filter(|m| !m.flags.letters.is_empty()).map(|m| format!("{}({})", m.name, m.flags)).collect()
}

#[test]
fn soft_breaks_of_encoded_mail_are_undone() {
    let log = "[   56.210368] WARNING: CPU: 7 PID: 77 at fs/acme/acme_inode.c:2687 acme_finish_ordered_io+0x70a/0x820 [acmefs]\n[   56.220466] Modules linked in: rpcsec_gss_krb5 nfsv4 dns_resolver nfsd auth_rpcgss dm_mod widget_core(OE) dax_pmem_compat nd_pmem acmelock(POE) raid6_pq libcrc32c acmefs(OE) kvm\n[   56.285795] CPU: 7 PID: 77 Comm: kworker/u193:28 Tainted: P        W  OE      6.8.0-rc7-00166-g6e85ab8532a52 #1\n[   56.308762] RIP: 0010:acme_finish_ordered_io+0x70a/0x820 [acmefs]\n[   56.334755] Call Trace:\n[   56.334756]  acme_work_helper_with_a_name_that_is_long+0xd4/0x3b0 [acmefs]\n[   56.334757]  ret_from_fork+0x22/0x40\n[   56.334758] ---[ end trace 0000000000000000 ]---\n";
    // as mail programs do: 75 columns and a sign, without a thought for words
    let encode = |log: &str, quote: &str, again: &str| -> String {
        let mut text = String::new();
        for line in log.lines() {
            let line = format!("{quote}{}", line.replace('=', "=3D"));
            let mut rest = line.as_str();
            while rest.len() > 76 {
                let (head, tail) = rest.split_at(75);
                text += &format!("{again}{head}=\n");
                rest = tail;
            }
            let (rest, blank) = rest.strip_suffix(' ').map_or((rest, ""), |rest| (rest, "=20"));
            text += &format!("{again}{rest}{blank}\n");
        }
        text
    };
    let expected = read(log).events;
    let shown = |events: &[KernelEvent]| -> Vec<_> {
        events.iter().map(|e| (e.title.clone(), e.taint.clone(), e.release.clone(), e.frames.len())).collect()
    };
    for (quote, again) in [("", ""), ("> ", ""), (">> > ", ""), ("", "> ")] {
        let got = read(&encode(log, quote, again)).events;
        assert_eq!(shown(&got), shown(&expected), "{quote:?} {again:?}");
        assert_eq!(flagged(&got), flagged(&expected), "{quote:?} {again:?}");
        let lists =
            |events: &[KernelEvent]| events[0].linked_in.as_ref().map(|list| (list.modules.len(), list.complete));
        assert_eq!(lists(&got), lists(&expected), "{quote:?} {again:?}");
    }
    // a line of the same width that ends in a sign does not take what follows into itself
    let apart = format!("{:x<75}=\n{log}", "acmefs: ");
    assert_eq!(shown(&read(&apart).events), shown(&expected));
}

#[test]
fn prose_below_an_empty_line_is_no_part_of_a_module_list() {
    let warning = "WARNING: CPU: 0 PID: 77 at drivers/acme/acme_map.c:140 acme_map_setup+0x7e/0xa2 [acmefs]\nModules linked in: acmefs(OE) ext4\n";
    let names = |text: &str| -> Vec<String> {
        let event = only(text);
        event.linked_in.unwrap().modules.iter().map(|m| m.name.clone()).collect()
    };
    for prose in ["\nthis happens because the peer reaches\n", "\n\nno idea\n"] {
        let quoted: String = format!("{warning}{prose}").lines().map(|line| format!("> {line}\n")).collect();
        assert_eq!(names(&quoted), ["acmefs", "ext4"], "{prose}");
        assert_eq!(names(&format!("{warning}{prose}")), ["acmefs", "ext4"], "{prose}");
    }
    // an empty line between records, each of them wrapped
    let records = "Mar  3 10:00:00 host kernel: WARNING: CPU: 0 PID: 77 at drivers/acme/acme_map.c:140 acme_map_setup+0x7e/0xa2 [acmefs]\n\nMar  3 10:00:00 host kernel: Modules linked in: acmefs(OE)\n ext4\n\nMar  3 10:00:00 host kernel: jbd2\n widgetdrv(OE)\n\nthis is prose\n";
    assert_eq!(names(records), ["acmefs", "ext4", "jbd2", "widgetdrv"]);
    let spaced: String = format!("{warning} jbd2 widgetdrv(OE)\nCPU: 0 PID: 77 Comm: acmed Tainted: G OE 6.1.0 #1\n")
        .lines()
        .map(|line| format!("{line}\n\n"))
        .collect();
    assert_eq!(names(&spaced), ["acmefs", "ext4", "jbd2", "widgetdrv"], "every line has an empty one behind it");
}

#[test]
fn markup_and_collectors_hide_nothing() {
    let lines = [
        "BUG: unable to handle page fault for address: 0000000000001000",
        "Oops: 0002 [#1] SMP",
        "CPU: 1 PID: 77 Comm: acmed Tainted: P           OE      6.1.0 #1",
        "RIP: 0010:acmefs_read+0x1/0x2 [acmefs]",
        "Call Trace:",
        " acmevol_submit+0x1/0x2 [acmevol]",
        " ret_from_fork+0x22/0x40",
        "Modules linked in: acmefs(POE) acmevol(OE) ext4",
        "---[ end trace 0000000000000000 ]---",
    ];
    let header = "Mar  3 10:00:00 host kernel: ";
    let stamp = "[   12.345678] ";
    let table: &[(&str, &str, &str)] = &[
        ("<p>", "", "</p>"),
        ("<td><span class=\"c1\">", stamp, "</span></td>"),
        ("[COLOR=#000000][FONT=mono]", header, "[/FONT][/COLOR]"),
        ("**", header, "**"),
        ("> **", stamp, "**"),
        ("2020-03-03 10:00:00 +0100 | messages | ", header, "   "),
        ("/var/log/messages-20200303:", header, ""),
        ("stdout F ", header, ""),
        ("10:00:00.971730  <1>", stamp, ""),
        ("[10-00-26.598]", stamp, ""),
        ("", "[   12.345678,1] ", ""),
        ("", "[   12.345678] [c4] ", ""),
        ("", "[   12.345678@1] ", ""),
        ("", "[   12.345678][T77@C1] ", ""),
        ("acmeboard login: ", stamp, ""),
        ("Tue Mar  3 10:00:00 2020 kern.alert kernel: ", stamp, ""),
        ("", "", "^M"),
        (" * ", stamp, ""),
        ("77:", stamp, ""),
        ("1762 ", stamp, ""),
        ("", "[   12.345678] c1   77 ", ""),
        ("", "[   12.345678]  (1)[77:acmed]", ""),
    ];
    for (before, envelope, after) in table {
        let text: String = lines.iter().map(|line| format!("{before}{envelope}{line}{after}\n")).collect();
        let event = only(&text);
        let plain = told(&only(&lines.map(|line| format!("{line}\n")).concat()));
        assert_eq!(told(&event), plain, "{before}{envelope}");
        let mixed = format!("{before}{envelope}{}{after}\n", lines[0])
            + &lines[1..].iter().map(|line| format!("{envelope}{line}\n")).collect::<String>();
        assert_eq!(told(&only(&mixed)), plain, "only the first: {before}{envelope}");
    }
}

#[test]
fn a_program_that_quotes_a_line_of_the_kernel_makes_no_event() {
    let lines = [
        "Mar  3 10:00:00 host acmed[7]: seen: Mar  3 09:00:00 host kernel: BUG: soft lockup - CPU#1 stuck for 22s! [acmed:77]",
        "we found Mar  3 09:00:00 host kernel: BUG: soft lockup - CPU#1 stuck for 22s! [acmed:77]",
        "2020-03-03 10:00:00 INFO alert text is Mar  3 09:00:00 host kernel: BUG: soft lockup - CPU#1 stuck for 22s!",
        "    (\"[   12.345678] BUG: soft lockup - CPU#1 stuck for 22s! [acmed:77]\", 1),",
        "<td>BUG: soft lockup - CPU#1 stuck for 22s! [acmed:77]</td>",
        "| **BUG: soft lockup - CPU#1 stuck for 22s! [acmed:77]** | is a row |",
        "a line such as [   12.345678] BUG: soft lockup - CPU#1 stuck for 22s! [acmed:77] is one",
    ];
    for line in lines {
        let events = read(&format!("{line}\n")).events;
        assert!(events.is_empty(), "{line}: {:?}", events.iter().map(|e| &e.title).collect::<Vec<_>>());
    }
}
