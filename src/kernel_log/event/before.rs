//! What may stand before a headline that does not begin its line: what the kernel itself prints there, and nothing else.
//! A sentence that quotes a headline has other words before it.
//!
//! ```text
//! acmed: page allocation failure: order:4                    the process
//! CPU 3: Machine Check Exception: 5                          the CPU, behind the prefixes of a subsystem
//! acmenet 0000:3b:00.0 eth0: NETDEV WATCHDOG: CPU: 3: …      driver, device and interface
//! LustreError: 77:0:(acme.c:1:acme_put()) LBUG               Lustre's own head
//! the message said `Oops: 0002 [#1]`                         a sentence
//! ```
//!
//! Source: `warn_alloc()` and `dump_header()` in mm/, `netdev_printk()` in net/core/dev.c, arch/x86/kernel/cpu/mce/core.c,
//! libcfs/include/libcfs/libcfs_debug.h of Lustre.

use crate::kernel_log::scan::leading;

/// Judges the text before a headline.
pub(super) type Before = fn(&str) -> bool;

/// Bytes of a process's name without its end (`TASK_COMM_LEN`).
const LONGEST_COMM: usize = 15;
/// Words of `DRIVER DEVICE INTERFACE (STATE)`, of which the last may be two.
const MOST_DEVICE_WORDS: usize = 5;

/// Prefixes that subsystems put before a headline.
const PREFIXES: &[&str] =
    &["watchdog: ", "NMI watchdog: ", "rcu: ", "traps: ", "mce: ", "[Hardware Error]: ", "sched: ", "kvm: "];

/// The text behind one prefix of a subsystem.
pub(super) fn without_prefix(text: &str) -> Option<&str> {
    // ghes numbers its reports: `{1}[Hardware Error]: `
    let text = match text.strip_prefix('{') {
        Some(numbered) => leading(numbered, |b| b.is_ascii_digit()).1.strip_prefix('}')?,
        None => text,
    };
    PREFIXES.iter().find_map(|prefix| text.strip_prefix(prefix))
}

/// Whatever an architecture calls its exception, unless somebody quotes it.
pub(super) fn unquoted(before: &str) -> bool {
    // a program that logs in JSON quotes without speaking of it
    let value = ["\": \"", "\":\"", "\" : \""].iter().find_map(|open| before.rsplit_once(open));
    let said = value.map_or(before, |(_, said)| said);
    !said.contains(['"', '\'', '`', '´', '‘', '’', '“', '”', '„', '«', '»', '「', '」', '『', '』'])
}

/// The name of a process, with what the kernel puts behind it.
pub(super) fn process(before: &str) -> bool {
    let comm = before.trim_end_matches([' ', ':']);
    comm.len() <= LONGEST_COMM && unquoted(comm)
}

/// A CPU's number.
pub(super) fn cpu(before: &str) -> bool {
    let mut rest = before;
    while let Some(behind) = without_prefix(rest) {
        rest = behind;
    }
    let Some(number) = rest.strip_prefix("CPU") else { return rest.is_empty() };
    let (digits, rest) = leading(number.trim_start_matches([' ', '#']), |b| b.is_ascii_digit());
    !digits.is_empty() && rest.trim_end() == ":"
}

/// A network device, as `netdev_printk()` calls it.
pub(super) fn device(before: &str) -> bool {
    let named = before.trim_end().strip_suffix(':');
    named.is_some_and(|name| name.is_ascii() && unquoted(name) && name.split(' ').count() <= MOST_DEVICE_WORDS)
}

/// What Lustre and its network put before each message: their name, and the place in the source that ends in `()`.
pub(super) fn lustre(before: &str) -> bool {
    (before.starts_with("Lustre") || before.starts_with("LNet")) && before.ends_with("()")
}
