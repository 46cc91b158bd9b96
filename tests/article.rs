//! The checks that support engineers do by hand on a report to find unsigned modules, each by its name.
//!
//! `modinfo` and its signature fields, the per-module taint files, the mask in `/proc/sys/kernel/tainted`, the module lists
//! of RHEL 6 and of RHEL 7, the six kinds of taint message, and what the mask of RHEL 5 does and does not say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "tests may stop")]

mod support;

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use support::{module, only_report, run, stdout};
use tempfile::TempDir;

const RHEL7: &str = "3.10.0-1160.21.1.el7.x86_64";
const RHEL8: &str = "4.18.0-372.26.1.el8_6.x86_64";

/// A report directory with the files given, and a kernel release.
fn report(release: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("sosreport-db1-2024-05-10-abcdefg");
    let uname = format!("Linux db1.example.com {release} #1 SMP Fri May 10 10:00:00 UTC 2024 x86_64 GNU/Linux\n");
    let always = [("sos_commands/kernel/uname_-a", uname.as_str()), ("version.txt", "sosreport: 4.7.1\n")];
    for (path, text) in always.iter().chain(files) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn scanned(folder: &TempDir) -> Value {
    only_report(&folder.path().join("sosreport-db1-2024-05-10-abcdefg"), &["--all"])
}

fn signed_block(name: &str, release: &str) -> String {
    format!(
        "filename:       /lib/modules/{release}/kernel/drivers/scsi/{name}/{name}.ko.xz\n\
         license:        GPL\n\
         srcversion:     0123456789ABCDEF0123456\n\
         depends:        \n\
         intree:         Y\n\
         name:           {name}\n\
         vermagic:       {release} SMP mod_unload modversions \n\
         sig_id:         PKCS#7\n\
         signer:         Example Enterprise Linux kernel signing key\n\
         sig_key:        01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67\n\
         sig_hashalgo:   sha256\n\
         signature:      0A:1B:2C:3D:4E:5F:60:71:82:93:A4:B5:C6:D7:E8:F9:0A:1B:2C:3D:\n\
         \t\t4E:5F:60:71\n"
    )
}

fn unsigned_block(name: &str, release: &str) -> String {
    format!(
        "filename:       /lib/modules/{release}/extra/{name}.ko\n\
         version:        0.6.3-1.2\n\
         license:        GPL\n\
         depends:        \n\
         name:           {name}\n\
         vermagic:       {release} SMP mod_unload modversions \n"
    )
}

#[test]
fn modinfo_shows_signature_fields_for_a_signed_module_and_none_for_an_unsigned_one() {
    let text = signed_block("scsigood", RHEL8) + &unsigned_block("acmenosig", RHEL8);
    let report = scanned(&report(RHEL8, &[("sos_commands/kernel/modinfo_ALL_MODULES", &text)]));
    let signed = module(&report, "scsigood");
    assert_eq!(signed["signature"], "signed");
    assert_eq!(signed["signer"], "Example Enterprise Linux kernel signing key");
    let unsigned = module(&report, "acmenosig");
    assert_eq!(unsigned["signature"], "unsigned");
    assert_eq!(unsigned["signer"], Value::Null);
    assert_eq!(unsigned["unsigned"], true);
    assert_eq!(unsigned["file"], format!("/lib/modules/{RHEL8}/extra/acmenosig.ko"));
}

#[test]
fn modinfo_that_is_cut_before_its_end_says_nothing_about_a_signature() {
    let text = "filename:       /lib/modules/4.18.0/extra/acmecut.ko\nlicense:        GPL\n";
    let report = scanned(&report(RHEL8, &[("sos_commands/kernel/modinfo_ALL_MODULES", text)]));
    assert_eq!(module(&report, "acmecut")["signature"], "unknown");
    assert_eq!(module(&report, "acmecut")["unsigned"], Value::Null);
}

#[test]
fn taint_files_of_modules_are_read_and_an_empty_one_means_no_taint() {
    let report = scanned(&report(
        RHEL7,
        &[
            ("sys/module/acmel/taint", "POE\n"),
            ("sys/module/acmecommon/taint", "OE\n"),
            ("sys/module/ext4/taint", "\n"),
            ("sys/module/acmel/initstate", "live\n"),
            ("sys/module/ext4/initstate", "live\n"),
        ],
    ));
    let acmel = module(&report, "acmel");
    assert_eq!(
        json!([acmel["flags"], acmel["proprietary"], acmel["out_of_tree"], acmel["unsigned"]]),
        json!(["POE", true, true, true])
    );
    assert_eq!(acmel["origins"][0]["path"], "sys/module/acmel/taint");
    let common = module(&report, "acmecommon");
    assert_eq!(json!([common["proprietary"], common["out_of_tree"], common["unsigned"]]), json!([false, true, true]));
    let ext4 = module(&report, "ext4");
    assert_eq!(json!([ext4["flags"], ext4["provenance"]]), json!(["", "distribution"]));
}

#[test]
fn mask_of_the_kernel_is_decoded_to_its_flags() {
    let report = scanned(&report(RHEL7, &[("proc/sys/kernel/tainted", "536883201\n")]));
    assert_eq!(report["taint"]["value"], 536_883_201);
    let flags: Vec<(u64, &str)> = report["taint"]["flags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["bit"].as_u64().unwrap(), f["letter"].as_str().unwrap()))
        .collect();
    assert_eq!(flags, [(0, "P"), (12, "O"), (13, "E"), (29, "T")]);
    assert_eq!(report["taint"]["origin"], json!({"path": "proc/sys/kernel/tainted", "line": 1}));
}

#[test]
fn mask_of_rhel5_counts_unsigned_modules_though_it_prints_no_letter_for_them() {
    let output = run(["taint", "--release", "2.6.18-274.el5", "--format", "json", "64"]);
    let json: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(json["lineage"], "rhel5");
    assert_eq!(json["flags"][0]["bit"], 6);
    assert_eq!(json["flags"][0]["name"], "UNSIGNED_MODULE");
    let meaning = json["flags"][0]["meaning"].as_str().unwrap();
    assert!(meaning.contains("never in the Tainted: text"), "{meaning}");
    let printed = run(["taint", "Tainted: G      --------------------- 2.6.18-274.el5"]);
    assert!(stdout(&printed).contains("Not tainted"), "{}", stdout(&printed));
}

/// A list in the shape of RHEL 7 and later: wrapped in the middle of a word, `T` for a technology preview, one `(POE)`.
#[test]
fn module_list_with_poe_names_the_one_module_that_is_not_the_distributions() {
    let log = format!(
        "[ 7201.000001] BUG: unable to handle kernel NULL pointer dereference at 0000000000000010\n\
         [ 7201.000002] IP: [<ffffffffc0a01234>] acme_submit+0x24/0x90 [acmeblk]\n\
         [ 7201.000003] Oops: 0000 [#1] SMP \n\
         [ 7201.000004] Modules linked in: udp_diag tcp_diag inet_diag netlink_diag unix_diag ebtable_filt\n\
         er ebtables devlink overlay(T) acmeblk(POE) 8021q garp mrp bonding vxlan openvswitch nf_nat xt_LOG kvm xfs sd_mod ahci\n\
         [ 7201.000005] CPU: 2 PID: 811 Comm: writer Kdump: loaded Tainted: P           OE  ------------ T {RHEL7} #1\n\
         [ 7201.000006] RIP: 0010:[<ffffffffc0a01234>]  [<ffffffffc0a01234>] acme_submit+0x24/0x90 [acmeblk]\n\
         [ 7201.000007] Call Trace:\n\
         [ 7201.000008]  [<ffffffff81234567>] vfs_write+0xc0/0x1f0\n\
         [ 7201.000009] ---[ end trace 0123456789abcdef ]---\n"
    );
    let report = scanned(&report(RHEL7, &[("sos_commands/kernel/dmesg", &log)]));
    let event = &report["events"][0];
    let flagged: Vec<(&str, &str)> = event["modules_linked_in"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|m| Some((m["name"].as_str()?, m["flags"].as_str().filter(|f| !f.is_empty())?)))
        .collect();
    assert_eq!(flagged, [("overlay", "T"), ("acmeblk", "POE")]);
    let names: Vec<&str> =
        event["modules_linked_in"].as_array().unwrap().iter().filter_map(|m| m["name"].as_str()).collect();
    assert!(names.contains(&"ebtable_filter"), "{names:?}");
    let foreign: Vec<&Value> =
        report["modules"].as_array().unwrap().iter().filter(|m| m["provenance"] == "third-party").collect();
    assert_eq!(foreign.len(), 1, "{foreign:#?}");
    assert_eq!(foreign[0]["name"], "acmeblk");
    assert_eq!(report["suspects"][0]["role"], "faulting");
}

/// A list in the shape of RHEL 6 and earlier: wrapped at blanks, `(U)` for unsigned, a module unloaded last.
#[test]
fn module_list_with_u_names_every_unsigned_module() {
    let log = "\
BUG: soft lockup - CPU#3 stuck for 67s! [rdma_worker:4821]
Modules linked in: ipmi_si mptctl mptbase ipmi_devintf ipmi_msghandler
acme_ucm(U) acme_cm(U) bonding acme_ipoib(U) ipv6
acme_verbs(U) libcrc32c power_meter sg shpchp tg3
ext4 mbcache jbd2 sd_mod ahci dm_mod [last unloaded: ipmi_si]
CPU 3 
Pid: 4821, comm: rdma_worker Not tainted 2.6.32-504.el6.x86_64 #1 Example Server
RIP: 0010:[<ffffffffa0312345>]  [<ffffffffa0312345>] acme_poll+0x15/0x60 [acme_cm]
Call Trace:
 [<ffffffff8109e66e>] kthread+0x9e/0xc0
";
    let report = scanned(&report("2.6.32-504.el6.x86_64", &[("var/log/messages", log)]));
    for name in ["acme_ucm", "acme_cm", "acme_ipoib", "acme_verbs"] {
        assert_eq!(module(&report, name)["unsigned"], true, "{name}");
    }
    assert_eq!(module(&report, "ext4")["unsigned"], false);
    assert_eq!(report["events"][0]["last_unloaded"], "ipmi_si");
    assert_eq!(report["suspects"][0]["module"], "acme_cm");
}

#[test]
fn six_taint_messages_are_read_for_what_they_say_of_the_module() {
    let log = format!(
        "[   14.455500] acmemp: loading out-of-tree module taints kernel.\n\
         [   14.455520] acmemp: module license 'Proprietary' taints kernel.\n\
         [   14.455524] Disabling lock debugging due to kernel taint\n\
         [   14.463869] acmemp: module verification failed: signature and/or required key missing - tainting kernel\n\
         [1560475.896997] WARNING: CPU: 27 PID: 8147 at kernel/acme.c:10 kernel_thing+0x10/0x20\n\
         [1560475.896998] CPU: 27 PID: 8147 Comm: acmed Kdump: loaded Tainted: P           OE  ------------ T {RHEL7} #1\n\
         [1560475.896999] Call Trace:\n\
         [1560475.897000]  [<ffffffff81234567>] kthread+0xd1/0xe0\n\
         [1560475.897001] ---[ end trace 0123456789abcdef ]---\n"
    );
    let report = scanned(&report(RHEL7, &[("var/log/dmesg", &log)]));
    let acmemp = module(&report, "acmemp");
    assert_eq!(
        json!([acmemp["proprietary"], acmemp["out_of_tree"], acmemp["unsigned"]]),
        json!([true, true, true]),
        "{acmemp:#}"
    );
    let lines: Vec<u64> = acmemp["origins"].as_array().unwrap().iter().filter_map(|o| o["line"].as_u64()).collect();
    assert_eq!(lines, [1, 2, 4]);
    assert_eq!(report["events"][0]["taint_printed"], "P           OE  ------------ T");
    assert_eq!(report["events"][0]["taint"], "P OE");
    let letters: String =
        report["taint"]["flags"].as_array().unwrap().iter().filter_map(|f| f["letter"].as_str()).collect();
    assert_eq!(letters, "POET");
}

#[test]
fn proc_modules_shows_the_flags_at_the_end_of_its_lines() {
    let text = "acmefs 40960 1 - Live 0x0000000000000000 (POE)\next4 500000 2 acmefs, Live 0x0000000000000000\n";
    let report = scanned(&report(RHEL7, &[("proc/modules", text)]));
    assert_eq!(module(&report, "acmefs")["flags"], "POE");
    assert_eq!(module(&report, "ext4")["provenance"], "distribution");
}

#[test]
fn taint_command_explains_a_mask_and_a_printed_string_alike() {
    let decoded = |args: &[&str]| -> Value {
        let output = run(["taint", "--format", "json"].iter().chain(args));
        assert!(output.status.success(), "{args:?}");
        serde_json::from_str(&stdout(&output)).unwrap()
    };
    assert_eq!(decoded(&["12289"])["flags"].as_array().unwrap().len(), 3);
    let mask = decoded(&["--release", "3.10.0-1160.el7.x86_64", "536883201"]);
    let printed = decoded(&["P           OE  ------------ T 3.10.0-1160.21.1.el7.x86_64"]);
    assert_eq!(mask["flags"], printed["flags"]);
    assert_eq!(printed["value"], 536_883_201);
    assert_eq!(printed["lineage"], "rhel7");
}

#[test]
fn nothing_of_the_machine_is_left_behind() {
    let folder = report(RHEL8, &[]);
    let before = listing(folder.path());
    let _ = scanned(&folder);
    assert_eq!(listing(folder.path()), before);
}

fn listing(folder: &Path) -> Vec<String> {
    let mut paths: Vec<String> =
        walkdir::WalkDir::new(folder).into_iter().map(|e| e.unwrap().path().display().to_string()).collect();
    paths.sort();
    paths
}
