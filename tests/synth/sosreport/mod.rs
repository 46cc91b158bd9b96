//! A sosreport: say what matters, get a report of several hundred files.

mod evidence;
mod legacy;
mod modern;
mod names;

use super::archive::Container;
use super::catalogue;
use super::clock::epoch;
use super::envelope::Envelope;
use super::kernel::Dialect;
use super::log::Log;
use super::machine::Machine;
use super::module::Module;
use super::supportconfig;
use super::tree::{Node, Tree};

/// Which program collected the report: it decides paths and names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// sos 1.7: flat command names, one modinfo file for each module.
    Sos17,
    /// sos 2.2.
    Sos22,
    /// sos 3.0 to 3.5.
    Sos32,
    /// sos 3.6 to 3.9.
    Sos39,
    /// sos 4.
    Sos4,
    /// SUSE's supportconfig.
    Supportconfig,
}

/// The distribution, as its files name it.
#[derive(Clone, Debug)]
pub struct Release {
    /// `ID` of os-release.
    pub id: &'static str,
    /// `VERSION_ID`.
    pub version: &'static str,
    /// The line a person reads.
    pub pretty: &'static str,
}

/// One crash directory.
#[derive(Clone, Debug)]
pub struct Crash {
    /// Name below `var/crash`.
    pub directory: String,
    /// Its log.
    pub log: Log,
}

/// The builder.
#[derive(Clone, Debug)]
pub struct Sosreport {
    /// The machine; change it before logs are rendered.
    pub machine: Machine,
    /// Which program collected it.
    pub era: Era,
    /// Distribution.
    pub release: Release,
    /// Version of the collecting program.
    pub sos_version: &'static str,
    /// Time of collection, seconds since 1970.
    pub collected: i64,
    /// Support case.
    pub case: Option<String>,
    dmesg: Log,
    messages: Log,
    crashes: Vec<Crash>,
    secure_boot: Option<bool>,
    packages: Vec<(String, String, String)>,
    dkms: Vec<String>,
    blacklist: Vec<String>,
    extra: Vec<(String, Node)>,
    absent: Vec<String>,
    unloaded: Vec<Module>,
}

impl Sosreport {
    fn new(host: &str, kernel: &str, era: Era, sos_version: &'static str, release: Release, collected: &str) -> Self {
        let collected = epoch(collected);
        let mut machine = Machine::new(host, kernel, collected - 3 * 86_400 - 7_920);
        machine.modules = catalogue::loaded(machine.dialect()).into_iter().map(Module::in_tree).collect();
        Self {
            machine,
            era,
            release,
            sos_version,
            collected,
            case: None,
            dmesg: Log::booted(),
            messages: Log::booted(),
            crashes: Vec::new(),
            secure_boot: None,
            packages: Vec::new(),
            dkms: Vec::new(),
            blacklist: Vec::new(),
            extra: Vec::new(),
            absent: Vec::new(),
            unloaded: Vec::new(),
        }
    }

    /// RHEL 5, sos 1.7.
    pub fn rhel5(host: &str, kernel: &str) -> Self {
        let pretty = "Red Hat Enterprise Linux Server release 5.7 (Tikanga)";
        let release = Release { id: "rhel", version: "5.7", pretty };
        Self::new(host, kernel, Era::Sos17, "1.7", release, "2013-06-11T14:05:31Z")
    }

    /// RHEL 6, sos 2.2.
    pub fn rhel6(host: &str, kernel: &str) -> Self {
        let pretty = "Red Hat Enterprise Linux Server release 6.6 (Santiago)";
        let release = Release { id: "rhel", version: "6.6", pretty };
        Self::new(host, kernel, Era::Sos22, "2.2", release, "2015-04-20T09:41:07Z")
    }

    /// RHEL 7: sos 3.2 for the kernels of 7.0 and 7.1, 3.9 for later ones.
    pub fn rhel7(host: &str, kernel: &str) -> Self {
        if super::kernel::Kernel::new(kernel).dialect == Dialect::El71 {
            let pretty = "Red Hat Enterprise Linux Server release 7.1 (Maipo)";
            let release = Release { id: "rhel", version: "7.1", pretty };
            return Self::new(host, kernel, Era::Sos32, "3.2", release, "2015-09-02T16:20:44Z");
        }
        let pretty = "Red Hat Enterprise Linux Server release 7.9 (Maipo)";
        let release = Release { id: "rhel", version: "7.9", pretty };
        Self::new(host, kernel, Era::Sos39, "3.9", release, "2021-05-18T07:12:09Z")
    }

    /// RHEL 8, sos 4.
    pub fn rhel8(host: &str, kernel: &str) -> Self {
        let pretty = "Red Hat Enterprise Linux release 8.9 (Ootpa)";
        let release = Release { id: "rhel", version: "8.9", pretty };
        Self::new(host, kernel, Era::Sos4, "4.6.0", release, "2024-01-23T11:02:50Z")
    }

    /// RHEL 9, sos 4.
    pub fn rhel9(host: &str, kernel: &str) -> Self {
        let pretty = "Red Hat Enterprise Linux release 9.4 (Plow)";
        let release = Release { id: "rhel", version: "9.4", pretty };
        Self::new(host, kernel, Era::Sos4, "4.7.2", release, "2024-07-09T18:30:00Z")
    }

    /// RHEL 10, sos 4.
    pub fn rhel10(host: &str, kernel: &str) -> Self {
        let pretty = "Red Hat Enterprise Linux release 10.0 (Coughlan)";
        let release = Release { id: "rhel", version: "10.0", pretty };
        Self::new(host, kernel, Era::Sos4, "4.9.2", release, "2025-06-17T08:45:12Z")
    }

    /// Ubuntu 24.04, sos 4.
    pub fn ubuntu(host: &str, kernel: &str) -> Self {
        let release = Release { id: "ubuntu", version: "24.04", pretty: "Ubuntu 24.04 LTS" };
        Self::new(host, kernel, Era::Sos4, "4.5.6", release, "2024-08-14T06:15:40Z")
    }

    /// SLE 15 SP5, supportconfig.
    pub fn suse(host: &str, kernel: &str) -> Self {
        let release = Release { id: "sles", version: "15.5", pretty: "SUSE Linux Enterprise Server 15 SP5" };
        Self::new(host, kernel, Era::Supportconfig, "3.1.11", release, "2024-02-27T13:50:22Z")
    }

    /// Sets the collecting program.
    pub fn era(mut self, era: Era) -> Self {
        self.era = era;
        self
    }

    /// Sets the support case.
    pub fn case(mut self, case: &str) -> Self {
        self.case = Some(case.to_owned());
        self
    }

    /// Loads a module with flags of the builder's alphabet; one that is loaded already gets the flags.
    pub fn module(self, name: &str, flags: &str) -> Self {
        self.with(Module::third_party(name, flags))
    }

    /// Loads a module described in full.
    pub fn with(mut self, module: Module) -> Self {
        match self.machine.modules.iter_mut().find(|m| m.name == module.name) {
            Some(loaded) => *loaded = module,
            None => self.machine.modules.insert(0, module),
        }
        self
    }

    /// Replaces all loaded modules by these of the distribution.
    pub fn only_modules(mut self, names: &str) -> Self {
        self.machine.modules = names.split_whitespace().map(Module::in_tree).collect();
        self
    }

    /// A module that was unloaded last: in module lists, not in `/proc/modules`.
    pub fn last_unloaded(mut self, name: &str) -> Self {
        self.machine.last_unloaded = Some(name.to_owned());
        self
    }

    /// A module that the logs had loaded and the files at collection have not.
    pub fn unloaded_since(mut self, name: &str) -> Self {
        if let Some(at) = self.machine.modules.iter().position(|m| m.name == name) {
            let module = self.machine.modules[at].clone();
            self.unloaded.push(module);
        }
        self
    }

    /// Sets the hardware: vendor and product.
    pub fn hardware(mut self, vendor: &str, product: &str) -> Self {
        self.machine.hardware = (vendor.to_owned(), product.to_owned());
        self
    }

    /// The log of the running kernel: in dmesg, and in messages and journal after what they hold.
    pub fn log(self, log: Log) -> Self {
        self.dmesg(log.clone()).messages(log)
    }

    /// The log of the running kernel in dmesg alone.
    pub fn dmesg(mut self, log: Log) -> Self {
        self.dmesg = log;
        self
    }

    /// What messages and the journal hold.
    pub fn messages(mut self, log: Log) -> Self {
        self.messages = log;
        self
    }

    /// A crash directory with its `vmcore-dmesg.txt`.
    pub fn crash(mut self, directory: &str, log: Log) -> Self {
        self.crashes.push(Crash { directory: directory.to_owned(), log });
        self
    }

    /// The name kdump gives the directory of a crash so many seconds after a boot that was `earlier` seconds before the last.
    pub fn crash_directory(&self, earlier: i64, seconds: i64) -> String {
        // kdump takes the time when its own kernel is up.
        super::clock::format_epoch(self.machine.clock.booted - earlier + seconds + 21, "127.0.0.1-%Y-%m-%d-%H:%M:%S")
    }

    /// State of Secure Boot, as mokutil tells it.
    pub fn secure_boot(mut self, enabled: bool) -> Self {
        self.secure_boot = Some(enabled);
        self
    }

    /// An installed package: name, version and release, vendor.
    pub fn package(mut self, name: &str, version: &str, vendor: &str) -> Self {
        self.packages.push((name.to_owned(), version.to_owned(), vendor.to_owned()));
        self
    }

    /// A line of `dkms status`.
    pub fn dkms(mut self, line: &str) -> Self {
        self.dkms.push(line.to_owned());
        self
    }

    /// A module kept from loading by modprobe.d.
    pub fn blacklist(mut self, module: &str) -> Self {
        self.blacklist.push(module.to_owned());
        self
    }

    /// Adds or replaces a file.
    pub fn file(self, path: &str, contents: impl Into<Vec<u8>>) -> Self {
        self.entry(path, Node::File(contents.into()))
    }

    /// Adds or replaces any entry.
    pub fn entry(mut self, path: &str, node: Node) -> Self {
        self.extra.push((path.to_owned(), node));
        self
    }

    /// Leaves a path and all below it out.
    pub fn without(mut self, path: &str) -> Self {
        self.absent.push(path.to_owned());
        self
    }

    /// The report as a tree of files.
    pub fn tree(&self) -> Tree {
        let mut tree = Tree::new(&self.root(), u64::try_from(self.collected).unwrap());
        match self.era {
            Era::Sos17 => self.sos17(&mut tree),
            Era::Sos22 => self.sos22(&mut tree),
            Era::Sos32 | Era::Sos39 | Era::Sos4 => self.modern(&mut tree),
            Era::Supportconfig => supportconfig::write(self, &mut tree),
        }
        for path in &self.absent {
            let below = format!("{path}/");
            tree.entries.retain(|name, _| name != path && !name.starts_with(&below));
        }
        for (path, node) in &self.extra {
            tree.put(path, node.clone(), 0o644);
        }
        tree
    }

    /// The report as an archive.
    pub fn archive(&self, container: Container) -> Vec<u8> {
        container.pack(&self.tree())
    }

    /// The machine as the files at collection show it.
    fn at_collection(&self) -> Machine {
        let mut machine = self.machine.clone();
        machine.modules.retain(|m| self.unloaded.iter().all(|u| u.name != m.name));
        machine
    }

    /// Crash directories and their logs.
    pub(crate) fn crash_logs(&self) -> Vec<(String, String)> {
        self.crashes.iter().map(|crash| (crash.directory.clone(), self.vmcore_dmesg(&crash.log))).collect()
    }

    /// `vmcore-dmesg.txt` of a crash.
    fn vmcore_dmesg(&self, log: &Log) -> String {
        let envelope = if self.machine.dialect() == Dialect::El6 { Envelope::Priority } else { Envelope::Stamped };
        log.render(&self.machine, envelope)
    }
}
