//! The lines that are kept for citing.

use super::{only, read};

/// An oops in a module at these times, in a process of its own.
fn oops(stamp: &str, pid: u32) -> String {
    [
        "BUG: unable to handle page fault for address: 0000000000001000".to_owned(),
        format!("CPU: 1 PID: {pid} Comm: cp Tainted: P           OE      6.1.0 #1"),
        "RIP: 0010:acmefs_read+0x1/0x2 [acmefs]".to_owned(),
        "Call Trace:".to_owned(),
        " acmevol_submit+0x1/0x2 [acmevol]".to_owned(),
        " vfs_read+0x1/0x2".to_owned(),
        format!("Modules linked in: {} acmefs(POE)", "filler ".repeat(100)),
        "---[ end trace 0000000000000000 ]---".to_owned(),
    ]
    .map(|line| format!("{stamp}{line}\n"))
    .concat()
}

#[test]
fn an_event_keeps_its_headline_pointer_frames_of_modules_and_list() {
    let log = read(&format!("a line before\n{}", oops("[   12.500000] ", 7)));
    let kept: Vec<(u64, &str)> = log.quotes.iter().map(|(no, text)| (*no, &**text)).collect();
    let (list, others) = kept.split_last().unwrap();
    assert_eq!(
        others,
        [
            (2, "BUG: unable to handle page fault for address: 0000000000001000"),
            (4, "RIP: 0010:acmefs_read+0x1/0x2 [acmefs]"),
            (6, "acmevol_submit+0x1/0x2 [acmevol]"),
        ],
        "without the envelope, and without frames of the kernel itself"
    );
    assert!(list.0 == 8 && list.1.ends_with(" acmefs(POE)"), "a list is kept to its end: {list:?}");
}

#[test]
fn an_event_that_shares_the_list_of_another_does_not_keep_it_again() {
    let log = read(&[oops("", 7), oops("", 8), oops("", 9)].concat());
    assert_eq!(log.events.len(), 3);
    assert_eq!(log.quotes.iter().filter(|(_, text)| text.starts_with("Modules linked in")).count(), 1);
    let cited = log.events.iter().filter_map(|event| event.linked_in.as_ref()).map(|list| list.line);
    assert!(cited.collect::<Vec<_>>().iter().all(|line| log.quotes.iter().any(|(no, _)| no == line)));
}

#[test]
fn a_repeat_keeps_nothing() {
    let one = read(&oops("", 7)).quotes.len();
    assert_eq!(read(&oops("", 7).repeat(50)).quotes.len(), one);
    assert_eq!(only(&oops("", 7).repeat(50)).repeats, 49);
}
