//! Numbers the kernel gives of itself: the taint mask and the counters of events.
//!
//! ```text
//! /proc/sys/kernel/tainted     12289
//! sysctl -a                    kernel.tainted = 12289
//! /sys/kernel/oops_count       1
//! ```
//!
//! Sources: `proc_taint()` in kernel/sysctl.c; Documentation/ABI/testing/sysfs-kernel-oops_count and its neighbours.

use std::io;

use super::{Draft, Source};
use crate::facts::CounterKind;

/// `proc/sys/kernel/tainted`: one number.
pub(super) fn read_value(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    if let Some(line) = source.lines().first()?
        && let Some(mask) = mask(&line.text)
    {
        draft.quote(line.origin(), &line.text);
        draft.add_tainted(line.located(mask));
    }
    Ok(())
}

/// `sysctl -a`: the line of `kernel.tainted`.
pub(super) fn read_sysctl(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    while let Some(line) = lines.next()? {
        let Some(rest) = line.text.strip_prefix("kernel.tainted") else { continue };
        if let Some(mask) = rest.trim_start().strip_prefix('=').and_then(mask) {
            draft.quote(line.origin(), &line.text);
            draft.add_tainted(line.located(mask));
            return Ok(());
        }
    }
    Ok(())
}

/// `sys/kernel/*_count`: one number, named by its path.
pub(super) fn read_counter(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let kind = match source.member.rsplit('/').next() {
        Some("oops_count") => CounterKind::Oops,
        Some("warn_count") => CounterKind::Warn,
        Some("softlockup_count") => CounterKind::SoftLockup,
        Some("hardlockup_count") => CounterKind::HardLockup,
        _ => return Ok(()),
    };
    if let Some(line) = source.lines().first()?
        && let Ok(count) = line.text.trim().parse()
    {
        draft.add_counter(line.located((kind, count)));
    }
    Ok(())
}

/// A mask in decimal; an `int` before 2.6.2x, so that bit 31 shows as a sign.
fn mask(text: &str) -> Option<u64> {
    let text = text.trim();
    text.parse::<u64>().ok().or_else(|| text.parse::<i32>().ok().map(|mask| u64::from(mask.cast_unsigned())))
}

#[cfg(test)]
mod tests {
    use crate::sosreport::evidence::tests::read;

    #[test]
    fn the_mask_is_read_from_both_files() {
        for (path, text, want) in [
            ("proc/sys/kernel/tainted", "12289\n", vec![12289]),
            ("proc/sys/kernel/tainted", "\n 0 \r\n", vec![0]),
            ("proc/sys/kernel/tainted", "536870912", vec![536_870_912]),
            ("proc/sys/kernel/tainted", "-2147483648\n", vec![1 << 31]),
            ("proc/sys/kernel/tainted", "", vec![]),
            ("proc/sys/kernel/tainted", "cat: permission denied\n", vec![]),
            ("sos_commands/kernel/sysctl_-a", "kernel.sysrq = 16\nkernel.tainted = 512\nvm.x = 1\n", vec![512]),
            ("sos_commands/kernel/sysctl_-a", "kernel.tainted=4096\n", vec![4096]),
            ("sos_commands/kernel/sysctl_-a", "kernel.tainted_extra = 1\n", vec![]),
        ] {
            let facts = read(path, text);
            let got: Vec<u64> = facts.tainted.iter().map(|t| t.value).collect();
            assert_eq!(got, want, "{path}: {text:?}");
        }
    }

    #[test]
    fn the_place_of_the_mask_is_its_line() {
        let facts = read("sos_commands/kernel/sysctl_-a", "a = 1\n\nkernel.tainted = 1\n");
        assert_eq!(facts.tainted[0].origin.to_string(), "sos_commands/kernel/sysctl_-a:3");
    }

    #[test]
    fn counters_are_named_by_their_path() {
        let facts = read("sys/kernel/softlockup_count", "3\n");
        assert_eq!(facts.counters[0].value, (crate::facts::CounterKind::SoftLockup, 3));
        assert!(read("sys/kernel/oops_count", "x\n").counters.is_empty());
    }
}
