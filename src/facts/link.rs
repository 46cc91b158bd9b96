//! Links of a report, which are followed without the machine that they were made on.

/// Where a symbolic link leads, by names alone; an absolute one stays absolute below the root.
pub(crate) fn link_end(path: &str, target: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    if !target.starts_with('/') {
        parts.extend(path.split('/'));
        parts.pop();
    }
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_lead_by_names_alone() {
        let table = [
            ("sos/lsmod", "sos_commands/kernel/lsmod", "sos/sos_commands/kernel/lsmod"),
            ("sos/var/log/dmesg", "../../dmesg", "sos/dmesg"),
            ("sos/lsmod", "/proc/modules", "proc/modules"),
            ("a", "../../../b", "b"),
            ("/lib/modules/5/weak-updates/x.ko", "../../4/extra/./x.ko", "/lib/modules/4/extra/x.ko"),
        ];
        for (link, target, end) in table {
            assert_eq!(link_end(link, target), end, "{link} -> {target}");
        }
    }
}
