//! One record per module: every witness is heard in order of precedence, and where two disagree both are kept.

use std::collections::{BTreeMap, HashSet};

use super::conflicts::conflicts;
use super::module::{Module, Provenance, TreePlace};
use super::name::canonical;
use super::places::{Places, SEARCH_ORDER};
use super::testimony::{Rank, Signing, Testimony, appends_signatures};
use super::told::Told;
use super::vendor;
use super::weights::{UNSIGNED_BUILD_MODULES, UNSIGNED_BUILD_PERCENT};
use crate::facts::{
    KernelEvent, LinkedIn, Located, ModuleFile, ModuleLocation, NoticeKind, Origin, ReportFacts, SignatureState,
    Witness,
};
use crate::taint::{self, Lineage, ModuleTaint};

/// Kernels whose every build checks module signatures; of others it takes a mark, a message or a signed module to know.
/// Sources: configuration files in the kernel packages of the distributions (`CONFIG_MODULE_SIG`; ksign in RHEL 4 to 6).
const SIGNED_BUILDS: &[Lineage] = &[
    Lineage::Rhel4,
    Lineage::Rhel5,
    Lineage::Rhel6,
    Lineage::Rhel7_0,
    Lineage::Rhel7,
    Lineage::Rhel8,
    Lineage::Rhel9_0,
    Lineage::Rhel9_2,
    Lineage::Rhel9_4,
    Lineage::Rhel9,
    Lineage::Rhel10_0,
    Lineage::Rhel10,
    Lineage::Fedora,
    Lineage::Ark,
    Lineage::Ubuntu3_13,
    Lineage::Ubuntu,
    Lineage::Suse,
    Lineage::Suse6,
    Lineage::Uek2,
    Lineage::Uek3,
    Lineage::Uek,
];

/// Every module of a report.
#[derive(Debug, Default)]
pub(super) struct Modules {
    records: BTreeMap<String, Record>,
    signing: Signing,
    /// A complete list of the loaded modules at collection exists.
    census: bool,
    /// The installed packages.
    packages: Vec<vendor::InstalledPackage>,
}

#[derive(Debug, Default)]
struct Record {
    testimonies: Vec<Testimony>,
    file: Option<ModuleFile>,
    location: Option<String>,
    /// Version of the module that is loaded.
    loaded_version: Option<Located<String>>,
    /// Source checksum of the module that is loaded.
    srcversion: Option<Located<String>>,
    place: TreePlace,
    at_collection: bool,
}

impl Modules {
    /// Hears all witnesses of a report. `events` are in order, `lineage` is that of an event or, for `None`, of the running kernel.
    pub fn merge(
        facts: &ReportFacts,
        events: &[Told],
        primary: Option<usize>,
        lineage: &dyn Fn(Option<&KernelEvent>) -> Lineage,
    ) -> Self {
        let signing = Signing::of(facts, events, lineage);
        let packages = installed(facts);
        let mut modules = Self { signing, packages, ..Self::default() };
        modules.hear_events(events, primary, lineage);
        modules.hear_collection(facts, lineage(None));
        modules.hear_files(facts);
        modules.hear_notices(facts);
        let places = Places::of(facts);
        for (name, record) in &mut modules.records {
            record.place = places.of_module(name, record.file.as_ref());
            record.testimonies.sort_by_key(|t| t.rank);
        }
        modules
    }

    /// What is known about signatures on this kernel.
    pub fn signing(&self) -> Signing {
        self.signing
    }

    /// The merged record of a module; one without a word where no witness speaks of it.
    pub fn get(&self, name: &str) -> Module {
        let name = canonical(name);
        match self.records.get(&name) {
            Some(record) => self.module(&name, record),
            None => self.module(&name, &Record::default()),
        }
    }

    /// All modules, merged, by name.
    pub fn iter(&self) -> impl Iterator<Item = Module> + '_ {
        self.records.iter().map(|(name, record)| self.module(name, record))
    }

    /// Whether a module was loaded once and is missing from the list of those that were loaded at collection.
    pub fn is_gone(&self, name: &str) -> bool {
        self.census && self.records.get(&canonical(name)).is_some_and(|record| !record.at_collection)
    }

    /// How many modules are known to be (or to have been) loaded.
    pub fn loaded(&self) -> usize {
        self.records.values().filter(|r| r.testimonies.iter().any(|t| t.loaded)).count()
    }

    /// Where a module comes from by the module list of one event alone; `None` where the list does not have it. Of an
    /// unloaded module only flags that are printed tell: older kernels print its bare name.
    pub fn in_list(&self, list: &LinkedIn, name: &str, lineage: Lineage) -> Option<(Provenance, String)> {
        let name = canonical(name);
        let unloaded = list.last_unloaded.iter().chain(list.unloaded_tainted.iter().map(|(module, _)| module));
        let with_flags = unloaded.filter(|m| !m.flags.letters.is_empty());
        let listed = list.modules.iter().chain(with_flags).find(|m| canonical(&m.name) == name)?;
        let says = Testimony::from_flags(Rank::PrimaryEvent, Origin::file(""), lineage, &listed.flags, self.signing);
        let provenance = Answers::of(std::slice::from_ref(&says)).provenance(self.signing);
        Some((provenance, listed.flags.to_string()))
    }

    fn record(&mut self, name: &str) -> &mut Record {
        self.records.entry(canonical(name)).or_default()
    }

    fn hear_events(
        &mut self,
        events: &[Told],
        primary: Option<usize>,
        lineage: &dyn Fn(Option<&KernelEvent>) -> Lineage,
    ) {
        let mut heard: HashSet<*const LinkedIn> = HashSet::new();
        // The primary event first, then from the latest back: later lists are nearer to the crash.
        let order = primary.into_iter().chain((0..events.len()).rev());
        for (told, index) in order.filter_map(|i| events.get(i).map(|t| (t, i))) {
            let Some(list) = &told.event.linked_in else { continue };
            if !heard.insert(std::sync::Arc::as_ptr(list)) {
                continue;
            }
            let rank = if Some(index) == primary { Rank::PrimaryEvent } else { Rank::OtherEvent };
            let lineage = lineage(Some(&told.event));
            let origin = Origin::line(told.event.origin.path.clone(), list.line);
            for module in &list.modules {
                let says = Testimony::from_flags(rank, origin.clone(), lineage, &module.flags, self.signing);
                let testimonies = &mut self.record(&module.name).testimonies;
                // A thousand lists that say the same add nothing.
                if !testimonies.iter().any(|t| t.rank <= rank && t.letters == says.letters) {
                    testimonies.push(says);
                }
            }
        }
    }

    fn hear_collection(&mut self, facts: &ReportFacts, lineage: Lineage) {
        let signing = self.signing;
        self.census = facts.loaded.iter().any(|m| matches!(m.witness, Witness::ProcModules | Witness::Lsmod));
        let dumps = facts.dumps.iter().filter_map(|d| d.modules.as_ref()).flat_map(|m| &m.value);
        for module in facts.loaded.iter().chain(dumps) {
            let says = Testimony::from_loaded(module, lineage, signing);
            let record = self.record(&module.name);
            record.at_collection |= module.witness != Witness::Vmcore;
            if record.loaded_version.is_none() {
                let version = module.version.clone();
                record.loaded_version = version.map(|version| Located::new(version, module.origin.clone()));
            }
            if record.srcversion.is_none() {
                let srcversion = module.srcversion.clone();
                record.srcversion = srcversion.map(|checksum| Located::new(checksum, module.origin.clone()));
            }
            record.testimonies.push(says);
        }
    }

    fn hear_files(&mut self, facts: &ReportFacts) {
        // A signer of modules that call themselves in-tree is the one who built the kernel.
        let own_signers: HashSet<&str> = facts
            .module_files
            .iter()
            .filter(|f| f.field("intree").is_some())
            .filter_map(|f| f.signature.signer.as_deref())
            .collect();
        for file in by_preference(facts) {
            let trusted = file.signature.signer.as_deref().is_some_and(|s| own_signers.contains(s));
            let says = Testimony::from_file(file, trusted);
            let record = self.record(&file.name);
            record.testimonies.push(says);
            record.file.get_or_insert_with(|| file.clone());
        }
        for location in &facts.locations {
            let says = Testimony::from_location(location);
            if let Some(record) = self.records.get_mut(&canonical(&location.name)) {
                record.testimonies.extend(says);
                record.note_location(location);
            }
        }
    }

    fn hear_notices(&mut self, facts: &ReportFacts) {
        for notice in
            facts.logs.iter().chain(facts.dumps.iter().filter_map(|d| d.log.as_ref())).flat_map(|l| &l.notices)
        {
            let (Some(name), Some(says)) = (&notice.module, Testimony::from_notice(notice)) else { continue };
            let record = self.record(name);
            let repeated = |t: &Testimony| {
                t.rank == Rank::Notice
                    && (t.unsigned, t.out_of_tree, t.proprietary) == (says.unsigned, says.out_of_tree, says.proprietary)
                    && t.other == says.other
            };
            if !record.testimonies.iter().any(repeated) {
                record.testimonies.push(says);
            }
        }
    }

    fn module(&self, name: &str, record: &Record) -> Module {
        let answers = Answers::of(&record.testimonies);
        let provenance = match answers.provenance(self.signing) {
            Provenance::Undetermined if vendor::is_never_in_tree(name) => Provenance::ThirdParty,
            known => known,
        };
        let file = record.file.as_ref();
        let foreign = provenance == Provenance::ThirdParty;
        let package = foreign.then(|| vendor::package_of(name, &self.packages)).flatten();
        let path = file.and_then(|f| f.filename.clone()).or_else(|| record.location.clone());
        let traces = vendor::Traces {
            package,
            path: path.as_deref(),
            signer: file.and_then(|f| f.signature.signer.as_deref()),
            author: file.and_then(|f| f.field("author")),
        };
        let loaded = match record.testimonies.iter().any(|t| t.loaded) {
            true => Some(true),
            false if self.census => Some(record.at_collection),
            false => None,
        };
        Module {
            name: name.to_owned(),
            provenance,
            flags: record.testimonies.iter().find_map(|t| t.letters.clone()),
            unsigned: answers.unsigned,
            out_of_tree: answers.out_of_tree,
            proprietary: answers.proprietary,
            other_taints: answers.other,
            signature: file.map_or(SignatureState::Unknown, signature_state),
            signer: file.and_then(|f| f.signature.signer.clone()),
            license: file.and_then(|f| f.field("license")).map(str::to_owned),
            version: file
                .and_then(|f| f.field("version"))
                .map(str::to_owned)
                .or_else(|| record.loaded_version.as_ref().map(|version| version.value.clone())),
            package: package.map(|p| p.name.clone()),
            vendor: foreign.then(|| vendor::owner(name, &traces)).flatten(),
            file: path,
            loaded,
            conflicts: conflicts(&record.testimonies, file, self.signing)
                .into_iter()
                .chain(record.other_build())
                .collect(),
            place: record.place.clone(),
            origins: record.origins(),
        }
    }
}

/// The installed packages, each with its vendor where that is not who made the kernel's own package.
fn installed(facts: &ReportFacts) -> Vec<vendor::InstalledPackage> {
    let of_kernel =
        |name: &str| matches!(name, "kernel" | "kernel-core" | "kernel-default" | "kernel-uek" | "kernel-uek-core");
    let kernel = facts.packages.iter().filter(|p| of_kernel(&p.name)).find_map(|p| p.vendor.as_deref());
    let package = |p: &crate::facts::Package| vendor::InstalledPackage {
        name: p.name.clone(),
        // Without the kernel's package nothing tells whose the others are.
        foreign_vendor: p.vendor.clone().filter(|vendor| kernel.is_some_and(|own| own != vendor)),
    };
    facts.packages.iter().map(package).collect()
}

/// The module files in the order in which they are believed: of several of one name only one is loaded. First that of
/// which the loaded module's checksum speaks, then those for the running kernel, then as `depmod` searches.
fn by_preference(facts: &ReportFacts) -> Vec<&ModuleFile> {
    let loaded: HashSet<(String, &str)> = facts
        .loaded
        .iter()
        .filter_map(|module| Some((canonical(&module.name), module.srcversion.as_deref()?)))
        .collect();
    let running = facts.host.release.as_ref().map(|release| release.value.as_str());
    let rank = |file: &&ModuleFile| {
        let is_loaded =
            file.field("srcversion").is_some_and(|checksum| loaded.contains(&(canonical(&file.name), checksum)));
        let release = file.field("vermagic").and_then(|vermagic| vermagic.split_whitespace().next());
        let path = file.filename.as_deref().unwrap_or_default();
        let folder = SEARCH_ORDER.iter().position(|folder| path.split('/').any(|part| part == *folder));
        (!is_loaded, running.is_some() && release != running, folder.unwrap_or(SEARCH_ORDER.len()))
    };
    let mut files: Vec<&ModuleFile> = facts.module_files.iter().collect();
    files.sort_by_cached_key(rank);
    files
}

impl Record {
    fn note_location(&mut self, location: &ModuleLocation) {
        if self.location.is_none() {
            let kernel = location.kernel.as_deref().unwrap_or("*");
            self.location = Some(format!("/lib/modules/{kernel}/{}", location.path));
        }
    }

    /// Says so where the file is not the one that was loaded. A version may stay the same from build to build, a checksum
    /// does not.
    fn other_build(&self) -> Option<String> {
        let file = self.file.as_ref()?;
        let other = |key: &'static str, loaded: &Option<Located<String>>| {
            let loaded = loaded.clone()?;
            let of_file = file.field(key).filter(|told| told.trim() != loaded.value.trim())?;
            Some((key, loaded, of_file.to_owned()))
        };
        let (key, loaded, of_file) =
            other("srcversion", &self.srcversion).or_else(|| other("version", &self.loaded_version))?;
        Some(format!(
            "another build is loaded than the file: {key} {} by {}, {of_file} by {}",
            loaded.value, loaded.origin, file.origin
        ))
    }

    /// Each place once, strongest witness first.
    fn origins(&self) -> Vec<Origin> {
        let mut seen = HashSet::new();
        self.testimonies.iter().map(|t| &t.origin).filter(|o| seen.insert(*o)).cloned().collect()
    }
}

/// The answers to the three questions, and who supports it, each from the strongest witness that gives one.
#[derive(Debug, Default)]
struct Answers {
    unsigned: Option<bool>,
    out_of_tree: Option<bool>,
    proprietary: Option<bool>,
    foreign_support: bool,
    own_support: bool,
    other: Vec<&'static str>,
}

impl Answers {
    fn of(testimonies: &[Testimony]) -> Self {
        let first = |answer: fn(&Testimony) -> Option<bool>| testimonies.iter().find_map(answer);
        let mut other: Vec<&'static str> = Vec::new();
        for word in testimonies.iter().flat_map(|t| &t.other) {
            if !other.contains(word) {
                other.push(word);
            }
        }
        Self {
            unsigned: first(|t| t.unsigned),
            out_of_tree: first(|t| t.out_of_tree),
            proprietary: first(|t| t.proprietary),
            foreign_support: testimonies.iter().any(|t| t.foreign_support),
            own_support: testimonies.iter().any(|t| t.own_support),
            other,
        }
    }

    fn provenance(&self, signing: Signing) -> Provenance {
        let yes = Some(true);
        // A partner may support what the distribution built and signed itself: SUSE's drivers for Hyper-V and Power.
        let supported_elsewhere =
            self.foreign_support && self.out_of_tree != Some(false) && self.unsigned != Some(false);
        if self.proprietary == yes || self.out_of_tree == yes || supported_elsewhere {
            return Provenance::ThirdParty;
        }
        if self.unsigned == yes {
            // Where nothing is signed, "unsigned" tells nothing apart.
            return match (signing.everything_unsigned, self.out_of_tree) {
                (false, _) => Provenance::ThirdParty,
                (true, Some(false)) => Provenance::Distribution,
                (true, _) => Provenance::Undetermined,
            };
        }
        let is_own = self.out_of_tree == Some(false) || self.unsigned == Some(false) || self.own_support;
        if is_own { Provenance::Distribution } else { Provenance::Undetermined }
    }
}

impl Signing {
    /// Whether the kernel of a report checks signatures, and whether the marks tell modules apart.
    fn of(facts: &ReportFacts, events: &[Told], lineage: &dyn Fn(Option<&KernelEvent>) -> Lineage) -> Self {
        let fullest = events.iter().filter_map(|t| t.event.linked_in.as_ref().map(|l| (l, &t.event)));
        let fullest = fullest.max_by_key(|(list, _)| list.modules.len());
        let of = lineage(fullest.map(|(_, event)| event.as_ref()));
        let shown: Vec<ModuleTaint> = match fullest {
            Some((list, _)) => list.modules.iter().map(|m| taint::module_taint(of, &m.flags)).collect(),
            None => {
                let listed = facts.loaded.iter().filter(|m| m.witness == Witness::ProcModules);
                listed.filter_map(|m| m.flags.as_ref()).map(|flags| taint::module_taint(of, flags)).collect()
            }
        };
        let (total, unsigned) = (shown.len(), shown.iter().filter(|m| m.unsigned).count());
        let mut notices = facts.logs.iter().flat_map(|l| &l.notices);
        let said = notices.any(|n| matches!(n.kind, NoticeKind::VerificationFailed | NoticeKind::KeyLoaded));
        let signed_files = facts.module_files.iter().any(|f| f.signature.state == SignatureState::Signed);
        // openSUSE shares releases with the enterprise kernels but for 3.0, and marks nothing.
        let support_marked = of == Lineage::Suse3_0 || shown.iter().any(|m| m.unsupported || m.externally_supported);
        let releases = facts.logs.iter().flat_map(|l| &l.boots).any(|boot| boot.release.is_some())
            || facts.dumps.iter().any(|dump| dump.release.is_some())
            || facts.host.release.is_some()
            || events.iter().any(|told| told.event.release.is_some());
        Self {
            checked: unsigned > 0 || said || signed_files || SIGNED_BUILDS.contains(&lineage(None)),
            everything_unsigned: total >= UNSIGNED_BUILD_MODULES.count()
                && unsigned * 100 >= total * UNSIGNED_BUILD_PERCENT.count(),
            support_marked: taint::marks_support(of) && support_marked,
            tree_marked: releases || shown.iter().any(|m| m.out_of_tree),
        }
    }
}

/// What a file tells of its signature; modinfo says nothing of the signatures of old kernels.
fn signature_state(file: &ModuleFile) -> SignatureState {
    let release = file.field("vermagic").and_then(|v| v.split_whitespace().next()).unwrap_or_default();
    let blind = file.witness == Witness::Modinfo && !appends_signatures(Lineage::of_release(release));
    match file.signature.state {
        SignatureState::Unsigned if blind => SignatureState::Unknown,
        state => state,
    }
}
