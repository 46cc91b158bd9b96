//! One log per kernel lineage and architecture, read whole. What each tells stands beside it in `logs/NAME.told`.

use super::{read, told};

macro_rules! logs {
    ($($name:literal)*) => {
        &[$(($name, include_str!(concat!("logs/", $name, ".log")), include_str!(concat!("logs/", $name, ".told")))),*]
    };
}

/// Name of the log, its text, what it tells.
pub(super) const LOGS: &[(&str, &str, &str)] = logs! {
    "aarch64_612_warning"
    "aarch64_el8_oops"
    "mainline_619_warning"
    "ppc64_el6_oops"
    "ppc64le_el8_oops"
    "rhel10_warning"
    "rhel3_i386_oops"
    "rhel3_x86_64_oops"
    "rhel4_i386_bug"
    "rhel4_x86_64_oops"
    "rhel5_i386_oops"
    "rhel5_x86_64_oops"
    "rhel6_gpf"
    "rhel6_hung_task_panic"
    "rhel71_warning"
    "rhel79_oops"
    "rhel8_kasan"
    "rhel8_soft_lockup"
    "rhel9_oops"
    "s390x_el5_bug"
    "s390x_el7_oops"
    "sles15_gpf"
    "ubuntu_trusty_oops"
    "xen_panic"
};

#[test]
fn every_era_is_read_whole() {
    let mut wrong = String::new();
    for (name, log, expected) in LOGS {
        let events: Vec<String> = read(log).events.iter().map(told).collect();
        let events = events.join("\n");
        if events != *expected {
            wrong.push_str(&format!("== {name}: expected\n{expected}== got\n{events}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
