//! One-line messages about a module, a key, the state of lockdown, storage that does not answer, or the firmware: one row each.
//!
//! ```text
//! acmefs: module verification failed: signature and/or required key missing - tainting kernel
//! ```
//!
//! Several are printed for the first offender only (they set a taint that is then set): their absence says nothing.
//! Source: kernel/module.c (kernel/module/*.c since 5.18), kernel/module-signing.c, security/lockdown, security/integrity,
//! certs/, block/, drivers/{scsi,nvme,ata,md}, net/sunrpc, Red Hat's kernel/rh_messages.h and rh_taint.c, SUSE's supported-flag patches.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::scan::between;
use crate::facts::NoticeKind::{self, *};

/// Where a part of a message stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// The text does not have it.
    No,
    /// Before the first `:`, as `pr_fmt` of the loader prints a module's name.
    Prefix,
    /// Between two literals.
    Between(&'static str, &'static str),
    /// Behind a literal, up to the end.
    After(&'static str),
}
use Part::{After, Between, No, Prefix};

/// One message.
struct Row {
    text: &'static str,
    also: &'static str,
    kind: NoticeKind,
    module: Part,
    detail: Part,
}

const fn row(text: &'static str, kind: NoticeKind, module: Part, detail: Part) -> Row {
    Row { text, also: "", kind, module, detail }
}

impl Row {
    const fn also(self, also: &'static str) -> Self {
        Self { also, ..self }
    }
}

/// Every message; of two that fit the first counts.
const ROWS: &[Row] = &[
    row("module verification failed: signature and/or required key missing", VerificationFailed, Prefix, No),
    row("module verification failed: signature and/or  required key missing", VerificationFailed, Prefix, No),
    row("loading out-of-tree module taints kernel", OutOfTree, Prefix, No),
    row("module license '", ProprietaryLicense, Prefix, Between("license '", "'")).also("taints kernel"),
    row("module license taints kernel", ProprietaryLicense, Prefix, No),
    row("Disabling lock debugging due to kernel taint", LockDebuggingDisabled, No, No),
    row("module is from the staging directory", Staging, Prefix, No),
    row("tainting kernel with TAINT_LIVEPATCH", Livepatch, Prefix, No),
    row("loading test module taints kernel", TestModule, Prefix, No),
    row("module not compiled with retpoline compiler", NoRetpoline, Prefix, No),
    row("from proprietary module ", InheritsProprietary, Prefix, Between("from proprietary module ", "inheriting"))
        .also("inheriting"),
    row("from proprietary module ", InheritsProprietary, Prefix, After("from proprietary module ")),
    row("version magic '", VersionMagic, Prefix, After("version magic ")).also("should be"),
    row("no version magic, tainting kernel", ForcedLoad, Prefix, No),
    row("no version for \"", ForcedLoad, Prefix, Between("no version for \"", "\"")).also("kernel tainted"),
    row("No versions for exported symbols", ForcedLoad, Prefix, No),
    row(": kernel tainted.", ForcedLoad, Prefix, Between(": ", ": kernel tainted.")),
    row("disagrees about version of symbol ", SymbolMismatch, Prefix, After("version of symbol ")),
    row("Unknown symbol ", SymbolMismatch, Prefix, After("Unknown symbol ")),
    row("no symbol version for ", SymbolMismatch, Prefix, After("no symbol version for ")),
    row("An attempt to load unsigned module was rejected", LoadRejected, No, No),
    row("Module failed ELF checks", LoadRejected, No, No),
    row("Module signature verification failed", LoadRejected, No, No),
    row("Module format error encountered", LoadRejected, No, No),
    row("signed with unknown public key", UnknownKey, No, No),
    row("Request for unknown module key '", UnknownKey, No, Between("module key '", "'")),
    row("PKCS#7 signature not signed with a trusted key", UnknownKey, No, No),
    row("Module key '", KeyBlacklisted, No, Between("Module key '", "'")).also("blacklist"),
    row("Module hash ", KeyBlacklisted, No, Between("Module hash ", " is")).also("blacklisted"),
    row("Module ", ModuleBlacklisted, Between("Module ", " is blacklisted"), No).also(" is blacklisted"),
    row("not signed with expected PKCS#7 message", LoadRejected, No, No),
    row("PKCS#7 signature info has unexpected non-zero params", LoadRejected, No, No),
    row("Loading of unsigned module is rejected", LoadRejected, No, No),
    row("Loading of module with unsupported crypto is rejected", LoadRejected, No, No),
    row("Loading of module with unavailable key is rejected", LoadRejected, No, No),
    row("unsigned module loading is restricted", LockdownRestricted, No, Between("Lockdown: ", ":")),
    row("Loading of untrusted modules is restricted", LockdownRestricted, No, Between("Lockdown: ", ":")),
    row("Kernel is locked down from ", LockedDown, No, Between("locked down from ", ";")),
    row("ecure boot enabled", SecureBootEnabled, No, No),
    row("ecure boot disabled", SecureBootDisabled, No, No),
    row("Loaded X.509 cert '", KeyLoaded, No, Between("cert '", "'")),
    row("TECH PREVIEW: ", TechPreview, No, Between("TECH PREVIEW: ", " may not be fully supported")),
    row(" is a Partner supported GPL module", PartnerSupported, Between("Warning: ", " is a Partner"), No),
    row("nmaintained driver is detected: ", DeprecatedDriver, After("is detected: "), No),
    row("eprecated Driver is detected: ", DeprecatedDriver, Between("is detected: ", " will"), No),
    row("nmaintained Hardware is detected: ", DeprecatedDriver, No, After("is detected: ")),
    row("eprecated Hardware is detected: ", DeprecatedDriver, No, After("is detected: ")),
    row("isabled Hardware is detected: ", DeprecatedDriver, No, After("is detected: ")),
    row(
        "this hardware has not undergone testing by Red Hat",
        DeprecatedDriver,
        No,
        Between("Warning: ", " - this hardware"),
    ),
    row("UNSUPPORTED HARDWARE DEVICE: ", DeprecatedDriver, No, After("DEVICE: ")),
    row("externally supported module, setting X kernel taint flag", ExternallySupported, Prefix, No),
    row("module is not supported by SUSE", NotSupported, Prefix, No),
    row("module not supported by SUSE, refusing to load", NotSupported, Prefix, No),
    // block/blk-core.c, fs/buffer.c: `blk_update_request: I/O error, dev sda, sector 1`, `end_request:`, `print_req_error:`
    row("I/O error, dev ", StorageError, No, Between("I/O error, dev ", ",")),
    row("Buffer I/O error on dev", StorageError, No, Between("I/O error on dev", ",")),
    // drivers/scsi/scsi_lib.c, scsi_error.c, scsi_transport_fc.c
    row("rejecting I/O to ", StorageStalled, No, Between(" ", ": rejecting I/O")),
    row("timing out command, waited ", StorageStalled, No, Between(" ", ": timing out")),
    row("Device offlined - not ready after error recovery", StorageStalled, No, Between(" ", ": Device offlined")),
    row("blocked FC remote port time out", StorageStalled, No, Between(" ", ": blocked FC")),
    // drivers/nvme/host/pci.c: `nvme nvme0: I/O 12 QID 3 timeout, aborting`, `I/O tag 12 (100c) … QID 3 timeout`
    row(" timeout, ", StorageStalled, No, Between("nvme ", ":")).also("I/O "),
    // drivers/ata/libata-eh.c; drivers/scsi: mpt2sas and mpt3sas, qla2xxx, lpfc, megaraid_sas
    row("hard resetting link", StorageStalled, No, Between("ata", ":")),
    row("attempting task abort", StorageStalled, No, Between(" ", ": attempting")),
    row("attempting device reset", StorageStalled, No, Between(" ", ": attempting")),
    row("attempting target reset", StorageStalled, No, Between(" ", ": attempting")),
    row("attempting host reset", StorageStalled, No, Between(" ", ": attempting")),
    row("Abort command issued nexus", StorageStalled, No, Between("[", "]")),
    row("RESET ISSUED nexus", StorageStalled, No, Between("[", "]")),
    row("SCSI layer issued ", StorageStalled, No, No).also("eset"),
    row("resetting fusion adapter", StorageStalled, No, After("resetting fusion adapter ")),
    // drivers/scsi/constants.c, scsi_logging.c: `[sdc] tag#17 FAILED Result: hostbyte=DID_TIME_OUT driverbyte=DRIVER_OK`
    row("hostbyte=DID_TIME_OUT", StorageStalled, No, Between("[", "]")),
    row("hostbyte=DID_NO_CONNECT", StorageStalled, No, Between("[", "]")),
    row("hostbyte=DID_TRANSPORT_DISRUPTED", StorageStalled, No, Between("[", "]")),
    // drivers/scsi/scsi_transport_iscsi.c, drivers/usb/storage/uas.c
    row("detected conn error (", StorageStalled, No, No),
    row("uas_eh_", StorageStalled, No, No).also("handler"),
    // drivers/md/dm-mpath.c
    row("Failing path ", StorageStalled, No, After("Failing path ")).also("multipath"),
    // fs/nfs and net/sunrpc/clnt.c, fs/smb/client/connect.c
    row(" not responding, ", ServerSilent, No, Between("server ", " not responding")),
    row("has not responded in ", ServerSilent, No, Between(" ", " has not responded")).also("CIFS"),
    row("nfs: server ", ServerBack, No, Between("server ", " OK")).also(" OK"),
    // drivers/edac/edac_mc.c, drivers/pci/pcie/aer.c
    row(" UE memory ", HardwareError, No, After(" on ")).also("EDAC "),
    row("PCIe Bus Error: severity=Uncorrected", HardwareError, No, No),
    // FW_BUG of include/linux/printk.h
    row("[Firmware Bug]: ", FirmwareBug, No, After("[Firmware Bug]: ")),
];

static TEXTS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    AhoCorasick::builder().match_kind(MatchKind::Standard).build(ROWS.iter().map(|row| row.text)).ok()
});

/// What a message says; its place in the log is added by the reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found<'a> {
    pub(super) kind: NoticeKind,
    pub(super) module: Option<&'a str>,
    pub(super) detail: Option<&'a str>,
}

/// Reads a line without its envelopes.
pub(super) fn read(text: &str) -> Option<Found<'_>> {
    let text = text.trim();
    let hits = TEXTS.as_ref()?.find_overlapping_iter(text);
    let rows = hits.filter(|hit| ROWS.get(hit.pattern().as_usize()).is_some_and(|row| text.contains(row.also)));
    let row = ROWS.get(rows.map(|hit| hit.pattern().as_usize()).min()?)?;
    let module = part(text, row.module).filter(|name| is_module(name));
    Some(Found { kind: row.kind, module, detail: part(text, row.detail).filter(|detail| !detail.is_empty()) })
}

fn part(text: &str, part: Part) -> Option<&str> {
    let found = match part {
        No => None,
        Prefix => text.split_once(':').map(|(name, _)| name),
        Between(open, close) => between(text, open, close),
        After(open) => text.split_once(open).map(|(_, rest)| rest),
    };
    found.map(|found| found.trim().trim_end_matches(['.', ',']))
}

fn is_module(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.bytes().all(super::scan::is_module_byte)
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// A line for every row: kind, module, detail.
    pub(in crate::kernel_log) const CASES: &[(&str, NoticeKind, Option<&str>, Option<&str>)] = &[
        (
            "acmefs: module verification failed: signature and/or required key missing - tainting kernel",
            VerificationFailed,
            Some("acmefs"),
            None,
        ),
        (
            "acmefs: module verification failed: signature and/or  required key missing - tainting kernel",
            VerificationFailed,
            Some("acmefs"),
            None,
        ),
        ("acmefs: loading out-of-tree module taints kernel.", OutOfTree, Some("acmefs"), None),
        (
            "acmefs: module license 'Acme Proprietary' taints kernel.",
            ProprietaryLicense,
            Some("acmefs"),
            Some("Acme Proprietary"),
        ),
        ("acmefs: module license taints kernel.", ProprietaryLicense, Some("acmefs"), None),
        ("Disabling lock debugging due to kernel taint", LockDebuggingDisabled, None, None),
        (
            "acmefs: module is from the staging directory, the quality is unknown, you have been warned.",
            Staging,
            Some("acmefs"),
            None,
        ),
        ("kpatch_1: tainting kernel with TAINT_LIVEPATCH", Livepatch, Some("kpatch_1"), None),
        ("acme_test: loading test module taints kernel.", TestModule, Some("acme_test"), None),
        ("acmefs: loading module not compiled with retpoline compiler.", NoRetpoline, Some("acmefs"), None),
        (
            "acmefs: module uses symbols acme_io from proprietary module acmelock, inheriting taint.",
            InheritsProprietary,
            Some("acmefs"),
            Some("acmelock"),
        ),
        (
            "acmefs: module using GPL-only symbols uses symbols acme_io from proprietary module acmelock.",
            InheritsProprietary,
            Some("acmefs"),
            Some("acmelock"),
        ),
        (
            "acmefs: version magic '3.10.0-1 SMP' should be '3.10.0-2 SMP'",
            VersionMagic,
            Some("acmefs"),
            Some("'3.10.0-1 SMP' should be '3.10.0-2 SMP'"),
        ),
        ("acmefs: no version magic, tainting kernel.", ForcedLoad, Some("acmefs"), None),
        (
            "acmefs: no version for \"struct_module\" found: kernel tainted.",
            ForcedLoad,
            Some("acmefs"),
            Some("struct_module"),
        ),
        ("acmefs: No versions for exported symbols. Tainting kernel.", ForcedLoad, Some("acmefs"), None),
        ("acmefs: bad vermagic: kernel tainted.", ForcedLoad, Some("acmefs"), Some("bad vermagic")),
        ("acmefs: disagrees about version of symbol acme_io", SymbolMismatch, Some("acmefs"), Some("acme_io")),
        ("acmefs: Unknown symbol acme_io (err -22)", SymbolMismatch, Some("acmefs"), Some("acme_io (err -22)")),
        ("acmefs: no symbol version for acme_io", SymbolMismatch, Some("acmefs"), Some("acme_io")),
        ("An attempt to load unsigned module was rejected", LoadRejected, None, None),
        ("Module failed ELF checks", LoadRejected, None, None),
        ("Module signature verification failed", LoadRejected, None, None),
        ("Module format error encountered", LoadRejected, None, None),
        ("ksign: module signed with unknown public key", UnknownKey, None, None),
        ("Module signed with unknown public key", UnknownKey, None, None),
        ("Request for unknown module key 'Acme: 1f2e' err -11", UnknownKey, None, Some("Acme: 1f2e")),
        ("PKCS#7 signature not signed with a trusted key", UnknownKey, None, None),
        ("Module key '1f2e' is in blacklist", KeyBlacklisted, None, Some("1f2e")),
        ("Module hash 1f2e is blacklisted", KeyBlacklisted, None, Some("1f2e")),
        ("Module acmefs is blacklisted", ModuleBlacklisted, Some("acmefs"), None),
        ("module: not signed with expected PKCS#7 message", LoadRejected, None, None),
        ("module: PKCS#7 signature info has unexpected non-zero params", LoadRejected, None, None),
        ("Loading of unsigned module is rejected", LoadRejected, None, None),
        ("Loading of module with unsupported crypto is rejected", LoadRejected, None, None),
        ("Loading of module with unavailable key is rejected", LoadRejected, None, None),
        (
            "Lockdown: modprobe: unsigned module loading is restricted; see man kernel_lockdown.7",
            LockdownRestricted,
            None,
            Some("modprobe"),
        ),
        (
            "Lockdown: insmod: Loading of untrusted modules is restricted; see man kernel_lockdown.7",
            LockdownRestricted,
            None,
            Some("insmod"),
        ),
        (
            "Kernel is locked down from EFI Secure Boot; see man kernel_lockdown.7",
            LockedDown,
            None,
            Some("EFI Secure Boot"),
        ),
        ("secureboot: Secure boot enabled", SecureBootEnabled, None, None),
        ("Secure boot enabled", SecureBootEnabled, None, None),
        ("secureboot: Secure boot disabled", SecureBootDisabled, None, None),
        (
            "Loaded X.509 cert 'Acme Linux kernel signing key: 1f2e'",
            KeyLoaded,
            None,
            Some("Acme Linux kernel signing key: 1f2e"),
        ),
        ("integrity: Loaded X.509 cert 'Acme CA: 1f2e'", KeyLoaded, None, Some("Acme CA: 1f2e")),
        ("TECH PREVIEW: Acme offload may not be fully supported.", TechPreview, None, Some("Acme offload")),
        (
            "Warning: acmefs is a Partner supported GPL module and not supported directly by Red Hat.",
            PartnerSupported,
            Some("acmefs"),
            None,
        ),
        ("Warning: Unmaintained driver is detected: acmefs", DeprecatedDriver, Some("acmefs"), None),
        (
            "Warning: Deprecated Driver is detected: acmefs will not be maintained in a future major release and may be disabled",
            DeprecatedDriver,
            Some("acmefs"),
            None,
        ),
        ("Warning: Unmaintained Hardware is detected: acmefs:1077", DeprecatedDriver, None, Some("acmefs:1077")),
        ("Warning: Deprecated Hardware is detected: acmefs:1077", DeprecatedDriver, None, Some("acmefs:1077")),
        (
            "Warning: Disabled Hardware is detected: acmefs:1077 is no longer enabled in this release.",
            DeprecatedDriver,
            None,
            Some("acmefs:1077 is no longer enabled in this release"),
        ),
        (
            "Warning: Acme CPU 9 - this hardware has not undergone testing by Red Hat and might not be certified.",
            DeprecatedDriver,
            None,
            Some("Acme CPU 9"),
        ),
        ("UNSUPPORTED HARDWARE DEVICE: Acme CPU 9", DeprecatedDriver, None, Some("Acme CPU 9")),
        (
            "acmefs: externally supported module, setting X kernel taint flag.",
            ExternallySupported,
            Some("acmefs"),
            None,
        ),
        (
            "acmefs: module is not supported by SUSE. Our support organization may not be able to address your support request if it involves a kernel fault.",
            NotSupported,
            Some("acmefs"),
            None,
        ),
        (
            "acmefs: module not supported by SUSE, refusing to load. To override, echo 1 > /proc/sys/kernel/unsupported",
            NotSupported,
            Some("acmefs"),
            None,
        ),
        ("blk_update_request: I/O error, dev sdc, sector 8192", StorageError, None, Some("sdc")),
        ("Buffer I/O error on dev dm-3, logical block 12, lost async page write", StorageError, None, Some("dm-3")),
        ("sd 2:0:0:1: rejecting I/O to offline device", StorageStalled, None, Some("2:0:0:1")),
        ("sd 2:0:0:1: timing out command, waited 180s", StorageStalled, None, Some("2:0:0:1")),
        ("sd 2:0:0:1: Device offlined - not ready after error recovery", StorageStalled, None, Some("2:0:0:1")),
        (
            " rport-3:0-2: blocked FC remote port time out: removing target and saving binding",
            StorageStalled,
            None,
            None,
        ),
        ("nvme nvme0: I/O 12 QID 3 timeout, aborting", StorageStalled, None, Some("nvme0")),
        ("ata3: hard resetting link", StorageStalled, None, Some("3")),
        ("sd 0:0:5:0: attempting task abort! scmd(00000000c0ffee00)", StorageStalled, None, Some("0:0:5:0")),
        ("sd 0:0:5:0: attempting device reset! scmd(00000000c0ffee00)", StorageStalled, None, Some("0:0:5:0")),
        (
            "scsi target0:0:5: attempting target reset! scmd(00000000c0ffee00)",
            StorageStalled,
            None,
            Some("target0:0:5"),
        ),
        ("mpt3sas_cm0: attempting host reset! scmd(00000000c0ffee00)", StorageStalled, None, None),
        (
            "qla2xxx [0000:81:00.0]-801c:1: Abort command issued nexus=1:0:3 -- 2002.",
            StorageStalled,
            None,
            Some("0000:81:00.0"),
        ),
        (
            "qla2xxx [0000:81:00.0]-8009:1: DEVICE RESET ISSUED nexus=1:0:3 cmd=00000000c0ffee00.",
            StorageStalled,
            None,
            Some("0000:81:00.0"),
        ),
        (
            "lpfc 0000:81:00.0: 0:(0):0713 SCSI layer issued Device Reset (1, 3) return x2002",
            StorageStalled,
            None,
            None,
        ),
        ("megaraid_sas 0000:18:00.0: resetting fusion adapter scsi0.", StorageStalled, None, Some("scsi0")),
        (
            "sd 5:0:0:0: [sdc] tag#17 FAILED Result: hostbyte=DID_TIME_OUT driverbyte=DRIVER_OK cmd_age=30s",
            StorageStalled,
            None,
            Some("sdc"),
        ),
        (
            "sd 5:0:0:0: [sdc] tag#3 FAILED Result: hostbyte=DID_NO_CONNECT driverbyte=DRIVER_OK",
            StorageStalled,
            None,
            Some("sdc"),
        ),
        ("sd 5:0:0:0: [sdc] FAILED Result: hostbyte=DID_TRANSPORT_DISRUPTED", StorageStalled, None, Some("sdc")),
        (" connection4:0: detected conn error (1022)", StorageStalled, None, None),
        ("scsi host5: uas_eh_device_reset_handler start", StorageStalled, None, None),
        ("device-mapper: multipath: 253:3: Failing path 8:16.", StorageStalled, None, Some("8:16")),
        ("nfs: server files.example.com not responding, still trying", ServerSilent, None, Some("files.example.com")),
        (
            "CIFS: VFS: \\\\files.example.com has not responded in 180 seconds. Reconnecting...",
            ServerSilent,
            None,
            Some("VFS: \\\\files.example.com"),
        ),
        ("nfs: server files.example.com OK", ServerBack, None, Some("files.example.com")),
        (
            "EDAC MC3: 1 UE memory read error on CPU_SrcID#1_MC#1_Chan#2_DIMM#0 (channel:2 slot:0)",
            HardwareError,
            None,
            Some("CPU_SrcID#1_MC#1_Chan#2_DIMM#0 (channel:2 slot:0)"),
        ),
        (
            "acmenic 0000:09:00.0: AER: PCIe Bus Error: severity=Uncorrected (Non-Fatal), type=Transaction Layer",
            HardwareError,
            None,
            None,
        ),
        (
            "[Firmware Bug]: TSC_DEADLINE disabled due to Errata",
            FirmwareBug,
            None,
            Some("TSC_DEADLINE disabled due to Errata"),
        ),
    ];

    #[test]
    fn every_message_is_known_and_read() {
        let mut reached = BTreeSet::new();
        for (line, kind, module, detail) in CASES {
            let found = read(line).unwrap_or_else(|| panic!("{line}"));
            assert_eq!((found.kind, found.module, found.detail), (*kind, *module, *detail), "{line}");
            reached.extend(ROWS.iter().position(|row| line.contains(row.text) && line.contains(row.also)));
        }
        for (at, row) in ROWS.iter().enumerate() {
            assert!(reached.contains(&at), "no case for {:?}", row.text);
        }
    }

    #[test]
    fn other_messages_are_no_notices() {
        for line in [
            "acmefs: mounted",
            "module acme is loaded",
            "secureboot: Secure boot could not be determined (mode 0)",
            "node is tainted",
            "",
        ] {
            assert_eq!(read(line), None, "{line}");
        }
    }
}
