//! One report in the making: what its files said so far, and how several that speak of one thing are put together.
//!
//! Lists are bounded, since a report may come from a stranger: what is beyond a limit is left out, and a problem says so once.

mod host;
mod weight;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

pub(super) use host::HostDraft;
use weight::Weight;

use super::evidence::{self, PstoreRecords, SysModule};
use super::layout::EvidenceKind;
use super::reports::ModuleReader;
use crate::facts::{
    Blacklist, CounterKind, CrashDirectory, DkmsEntry, KernelRelease, LoadedModule, Located, LogFacts, ModuleFile,
    ModuleLocation, NoticeKind, Origin, Package, Problem, ReportFacts, SecureBoot, VmcoreFacts, Witness, quotable,
};
use crate::kernel_log::newest_last;

/// Items of one list that are kept: several times what the largest systems have.
const MOST_ITEMS: usize = 100_000;
/// Directories of `/sys/module` that are kept.
const MOST_MODULES: usize = 20_000;
/// Problems that are kept.
const MOST_PROBLEMS: usize = 1_000;
/// Bytes of lines that may be cited; without those of logs, a report has some ten thousand.
const MOST_QUOTES: usize = 8 << 20;
/// Paths of dumps that are kept.
const MOST_DUMPS: usize = 1_000;
/// Dumps of one archive that are read: each has a log of its own, and stacks.
const MOST_DUMPS_READ: usize = 64;
/// Bytes of facts that are kept, logs aside, which have limits of their own: a large report has some ten million.
const MOST_BYTES: usize = 128 << 20;

/// What the files of one report said so far.
#[derive(Default)]
pub(super) struct Draft {
    facts: ReportFacts,
    pub host: HostDraft,
    sys_modules: BTreeMap<String, SysModule>,
    pub crash_directories: BTreeMap<String, CrashDirectory>,
    pub pstore: PstoreRecords,
    dump_paths: Vec<String>,
    dumps_read: usize,
    module_reader: Option<ModuleReader>,
    tree_of_kernel: Option<String>,
    /// Bytes of the facts so far, about.
    bytes: usize,
    /// A file of it was taken for evidence.
    has_evidence: bool,
    /// A file of it was evidence other than a kernel log.
    has_more_than_logs: bool,
}

impl Draft {
    /// A report of which nothing is known. `kernel` is the release whose tree of modules its root is, if it is one.
    pub fn new(module_reader: Option<ModuleReader>, kernel: Option<String>) -> Self {
        Self { module_reader, tree_of_kernel: kernel, ..Self::default() }
    }

    /// The module reader, if one was handed in.
    pub fn module_reader(&self) -> Option<ModuleReader> {
        self.module_reader.clone()
    }

    /// The kernel whose tree of modules the root of this report is.
    pub fn tree_of_kernel(&self) -> Option<String> {
        self.tree_of_kernel.clone()
    }

    /// Takes note of a file by its name alone.
    pub fn note(&mut self, kind: EvidenceKind, member: &str, size: Option<u64>) {
        match kind {
            EvidenceKind::Dump => {
                evidence::note_dump(&mut self.crash_directories, member, size);
            }
            EvidenceKind::KernelLog => evidence::note_log(&mut self.crash_directories, member),
            EvidenceKind::Known => return,
            _ => {}
        }
        self.has_evidence = true;
        // A file by the name of supportconfig's may be a plain log; its text tells.
        self.has_more_than_logs |= !matches!(kind, EvidenceKind::KernelLog | EvidenceKind::Supportconfig);
    }

    /// Notes a dump that is not read here.
    pub fn leave_dump(&mut self, member: &str) {
        if self.dump_paths.len() < MOST_DUMPS && !self.dump_paths.iter().any(|path| path == member) {
            self.dump_paths.push(member.to_owned());
        }
    }

    /// Whether one more dump is to be read; where it is the first beyond the limit, a problem says so.
    pub fn has_room_for_a_dump(&mut self, member: &str) -> bool {
        self.dumps_read += 1;
        if self.dumps_read == MOST_DUMPS_READ + 1 {
            self.problem(
                member,
                format!("more than {MOST_DUMPS_READ} memory dumps; this one and the rest are not read"),
            );
        }
        self.dumps_read <= MOST_DUMPS_READ
    }

    pub fn add_dump(&mut self, dump: VmcoreFacts) {
        self.facts.add_dump(dump);
    }

    /// Whether any file was evidence.
    pub fn has_evidence(&self) -> bool {
        self.has_evidence
    }

    /// Whether all evidence is kernel logs.
    pub fn has_only_logs(&self) -> bool {
        !self.has_more_than_logs
    }

    /// Whether what was read says anything: a log with neither event, message nor boot does not.
    pub fn tells_something(&self) -> bool {
        let silent = |log: &LogFacts| log.events.is_empty() && log.notices.is_empty() && log.boots.is_empty();
        self.facts.logs.iter().any(|log| !silent(log))
            || !self.facts.dumps.is_empty()
            || !self.facts.problems.is_empty()
    }

    /// Something could not be read as it should have been.
    pub fn problem(&mut self, path: &str, message: impl Into<String>) {
        if self.facts.problems.len() < MOST_PROBLEMS {
            self.facts.problems.push(Problem::new(path, message));
        }
    }

    /// The record of a directory of `/sys/module`; `None` beyond the limit.
    pub fn sys_module(&mut self, name: &str) -> Option<&mut SysModule> {
        if self.sys_modules.len() >= MOST_MODULES && !self.sys_modules.contains_key(name) {
            return None;
        }
        Some(self.sys_modules.entry(name.to_owned()).or_default())
    }

    /// Keeps the text of a line that a finding may cite.
    pub fn quote(&mut self, origin: Origin, text: &str) {
        if self.facts.quotes.bytes() < MOST_QUOTES {
            self.facts.quotes.keep(origin, quotable(text));
        }
    }

    pub fn set_secure_boot(&mut self, state: Located<SecureBoot>) {
        self.facts.secure_boot.get_or_insert(state);
    }

    pub fn add_tainted(&mut self, mask: Located<u64>) -> bool {
        let path = Arc::clone(&mask.origin.path);
        self.add(&path, "values of kernel.tainted", |facts| &mut facts.tainted, mask)
    }

    pub fn add_counter(&mut self, counter: Located<(CounterKind, u64)>) -> bool {
        let path = Arc::clone(&counter.origin.path);
        self.add(&path, "counters", |facts| &mut facts.counters, counter)
    }

    pub fn add_loaded(&mut self, module: LoadedModule) -> bool {
        let path = Arc::clone(&module.origin.path);
        self.add(&path, "loaded modules", |facts| &mut facts.loaded, module)
    }

    pub fn add_module_file(&mut self, file: ModuleFile) -> bool {
        let path = Arc::clone(&file.origin.path);
        self.add(&path, "module files", |facts| &mut facts.module_files, file)
    }

    pub fn add_location(&mut self, location: ModuleLocation) -> bool {
        let path = Arc::clone(&location.origin.path);
        self.add(&path, "places of module files", |facts| &mut facts.locations, location)
    }

    pub fn add_certificate(&mut self, certificate: Located<Vec<u8>>) -> bool {
        let path = Arc::clone(&certificate.origin.path);
        self.add(&path, "certificates", |facts| &mut facts.certificates, certificate)
    }

    pub fn add_package(&mut self, package: Package) -> bool {
        let path = Arc::clone(&package.origin.path);
        self.add(&path, "packages", |facts| &mut facts.packages, package)
    }

    pub fn add_dkms(&mut self, entry: DkmsEntry) -> bool {
        let path = Arc::clone(&entry.origin.path);
        self.add(&path, "dkms entries", |facts| &mut facts.dkms, entry)
    }

    pub fn add_blacklist(&mut self, entry: Blacklist) -> bool {
        let path = Arc::clone(&entry.origin.path);
        self.add(&path, "blacklist entries", |facts| &mut facts.blacklists, entry)
    }

    pub fn add_log(&mut self, log: LogFacts) -> bool {
        let path = Arc::clone(&log.path);
        self.add(&path, "kernel logs", |facts| &mut facts.logs, log)
    }

    /// Adds to a list; false where it is full, so that a parser may stop.
    fn add<T: Weight>(&mut self, path: &str, what: &str, list: fn(&mut ReportFacts) -> &mut Vec<T>, item: T) -> bool {
        let bytes = self.bytes.saturating_add(item.bytes());
        let items = list(&mut self.facts);
        if items.len() < MOST_ITEMS && bytes <= MOST_BYTES {
            items.push(item);
            self.bytes = bytes;
            return true;
        }
        let message = if bytes > MOST_BYTES {
            format!("the facts of this report have more than {} MiB; the rest is left out", MOST_BYTES >> 20)
        } else {
            format!("more than {MOST_ITEMS} {what}; the rest is left out")
        };
        if !self.facts.problems.iter().any(|problem| problem.message == message) {
            self.problem(path, message);
        }
        false
    }

    /// All that the report told, and the paths of dumps in it.
    pub fn finish(self) -> (ReportFacts, Vec<String>) {
        let mut facts = self.facts;
        facts.host = self.host.finish();
        facts.loaded.extend(evidence::loaded_by_sys_module(self.sys_modules));
        if facts.host.release.as_ref().is_some_and(|release| prints_no_flags(&release.value)) {
            let listed = facts.loaded.iter_mut().filter(|module| module.witness == Witness::ProcModules);
            listed.for_each(|module| module.flags = None);
        }
        facts.logs.extend(self.pstore.logs());
        newest_last(&mut facts.logs, |log| &log.path);
        facts.crash_directories = self.crash_directories.into_values().collect();
        facts.packages = without_doubles(facts.packages);
        facts.secure_boot = facts.secure_boot.take().or_else(|| secure_boot_of_logs(&facts.logs));
        (facts, self.dump_paths)
    }
}

/// Kernels whose `/proc/modules` has no column for flags: 2.4, and 2.6 up to RHEL 4.
fn prints_no_flags(release: &KernelRelease) -> bool {
    ["2.4.", "2.6.9-"].iter().any(|start| release.as_str().starts_with(start))
}

/// One entry a package and version: two lists name the same, and one of them may know the vendor.
fn without_doubles(packages: Vec<Package>) -> Vec<Package> {
    let mut places: HashMap<(String, String), usize> = HashMap::with_capacity(packages.len());
    let mut kept: Vec<Package> = Vec::with_capacity(packages.len());
    for package in packages {
        let key = (package.name.clone(), package.version.clone());
        match places.get(&key).and_then(|&at| kept.get_mut(at)) {
            Some(known) if known.vendor.is_none() && package.vendor.is_some() => *known = package,
            Some(_) => {}
            None => {
                places.insert(key, kept.len());
                kept.push(package);
            }
        }
    }
    kept
}

/// What the kernel said at boot; of several boots the last, which the newest log tells.
fn secure_boot_of_logs(logs: &[LogFacts]) -> Option<Located<SecureBoot>> {
    let state = |kind: NoticeKind| match kind {
        NoticeKind::SecureBootEnabled => Some(SecureBoot::Enabled),
        NoticeKind::SecureBootDisabled => Some(SecureBoot::Disabled),
        _ => None,
    };
    let of_log = |log: &LogFacts| {
        let mut notices = log.notices.iter().rev();
        notices.find_map(|notice| Some(Located::new(state(notice.kind)?, notice.origin.clone())))
    };
    logs.iter().rev().find_map(of_log)
}
