//! Where the files of modules lie in trees of modules, and what that says: which of several is loaded, which kernels
//! borrow it, and who pulls in whom.
//!
//! ```text
//! lib/modules/5.14.0-427/kernel/drivers/net/acmenet.ko      in-tree, shadowed by the next
//! lib/modules/5.14.0-427/updates/acmenet.ko                 class updates
//! lib/modules/5.14.0-503/weak-updates/acmefs.ko -> /lib/modules/5.14.0-427/extra/acmefs.ko
//! lib/modules/5.14.0-427/modules.dep                        extra/acmefs.ko: updates/acmenet.ko
//! ```
//!
//! Source: depmod.d(5) for the order of the search; weak-modules(8) for the links; modules.dep(5).

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::module::{ModuleTree, TreePlace, WeakUpdate};
use super::name::canonical;
use crate::facts::{ModuleFile, ModuleLocation, ReportFacts, Witness, link_end};

/// Folders of a tree of modules in the order in which a module is looked for: `search updates extra built-in weak-updates`
/// of the distributions' depmod.d.
pub(super) const SEARCH_ORDER: [&str; 5] = ["updates", "extra", "kernel", "weak-updates", "misc"];

/// How early a path of a tree is found by its first folder.
fn turn(path: &str) -> usize {
    let top = path.split('/').next().unwrap_or_default();
    SEARCH_ORDER.iter().position(|folder| *folder == top).unwrap_or(SEARCH_ORDER.len())
}

/// All places of a report's module files.
pub(super) struct Places<'f> {
    by_name: HashMap<String, Vec<&'f ModuleLocation>>,
    /// Who needs a module, by the kernel and the module.
    needed_by: HashMap<(Option<&'f str>, String), BTreeSet<String>>,
    /// Kernels whose module files are known one by one.
    listed: HashSet<&'f str>,
    /// Files of a tree: kernel and path.
    files: HashSet<(&'f str, &'f str)>,
}

impl<'f> Places<'f> {
    pub fn of(facts: &'f ReportFacts) -> Self {
        let mut places =
            Self { by_name: HashMap::new(), needed_by: HashMap::new(), listed: HashSet::new(), files: HashSet::new() };
        for location in &facts.locations {
            let name = canonical(&location.name);
            let kernel = location.kernel.as_deref();
            for needed in &location.needs {
                places.needed_by.entry((kernel, canonical(needed))).or_default().insert(name.clone());
            }
            if let (Some(kernel), None) = (kernel, &location.link_target) {
                places.listed.insert(kernel);
                places.files.insert((kernel, &location.path));
            }
            places.by_name.entry(name).or_default().push(location);
        }
        places
    }

    /// What the places of one module say; `file` is the one that is believed in.
    pub fn of_module(&self, name: &str, file: Option<&ModuleFile>) -> TreePlace {
        let Some(places) = self.by_name.get(name) else {
            let class = file.and_then(|file| class_of(below_tree(file.filename.as_deref()?)?.1));
            return TreePlace { class, ..TreePlace::default() };
        };
        let links = places.iter().filter(|place| place.path.starts_with("weak-updates/"));
        let weak_updates = links.filter_map(|place| self.weak_update(place)).collect();
        let Some(own) = own_place(places, file) else { return TreePlace { weak_updates, ..TreePlace::default() } };
        let beside = places.iter().filter(|place| place.kernel == own.kernel && place.link_target.is_none());
        let shadows: BTreeSet<String> = beside
            .clone()
            .filter(|place| turn(&place.path) > turn(&own.path))
            .map(|place| place.path.clone())
            .collect();
        let needs: BTreeSet<String> = beside
            .filter(|place| place.path == own.path)
            .flat_map(|place| &place.needs)
            .map(|needed| canonical(needed))
            .collect();
        let needed_by = self.needed_by.get(&(own.kernel.as_deref(), name.to_owned()));
        TreePlace {
            class: class_of(&own.path),
            shadows: shadows.into_iter().collect(),
            weak_updates,
            needs: needs.into_iter().collect(),
            needed_by: needed_by.into_iter().flatten().cloned().collect(),
        }
    }

    /// A link of weak-updates, and whether what it leads to is in the tree.
    fn weak_update(&self, link: &ModuleLocation) -> Option<WeakUpdate> {
        let target = link.link_target.as_deref()?;
        let kernel = link.kernel.clone().unwrap_or_default();
        let full = link_end(&format!("/lib/modules/{kernel}/{}", link.path), target);
        let to = below_tree(&full);
        let known = |kernel: &str| self.listed.contains(kernel);
        let found = to.filter(|(kernel, _)| known(kernel)).map(|place| self.files.contains(&place));
        Some(WeakUpdate { kernel, path: link.path.clone(), target: target.to_owned(), found })
    }
}

/// The place of the file that is believed in, else the one that the kernel would find first.
fn own_place<'p>(places: &[&'p ModuleLocation], file: Option<&ModuleFile>) -> Option<&'p ModuleLocation> {
    let same_file = |place: &&&ModuleLocation| {
        file.is_some_and(|file| {
            let told = file.filename.as_deref().and_then(below_tree);
            place.origin.path == file.origin.path
                || told == Some((place.kernel.as_deref().unwrap_or_default(), &place.path))
        })
    };
    let files = || places.iter().filter(|place| place.link_target.is_none());
    files().find(same_file).or_else(|| files().min_by_key(|place| turn(&place.path))).copied()
}

/// Kernel and path below its tree.
fn below_tree(path: &str) -> Option<(&str, &str)> {
    const TREE: &str = "lib/modules/";
    let at = path.find(TREE)?.checked_add(TREE.len())?;
    path.get(at..)?.split_once('/')
}

/// The folder of a tree that a path is in, as far as it tells where the module came from.
fn class_of(path: &str) -> Option<String> {
    let (top, below) = path.split_once('/')?;
    let dkms = top == "updates" && below.starts_with("dkms/");
    Some(if dkms { "updates/dkms".to_owned() } else { top.to_owned() })
}

/// The trees of a report: how many module files were read, and of which kernels; `None` where there were none.
pub(super) fn trees(facts: &ReportFacts) -> Option<ModuleTree> {
    let kernels: HashMap<&str, &str> =
        facts.locations.iter().filter_map(|place| Some((&*place.origin.path, place.kernel.as_deref()?))).collect();
    let mut tree = ModuleTree::default();
    let mut count: BTreeMap<&str, usize> = BTreeMap::new();
    for file in facts.module_files.iter().filter(|file| file.witness == Witness::ModuleFile) {
        tree.modules += 1;
        let built_for = || file.field("vermagic")?.split_whitespace().next();
        if let Some(kernel) = kernels.get(&*file.origin.path).copied().or_else(built_for) {
            *count.entry(kernel).or_default() += 1;
        }
    }
    let mut releases: Vec<(&str, usize)> = count.into_iter().collect();
    releases.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    tree.releases = releases.into_iter().map(|(release, _)| release.to_owned()).collect();
    (tree.modules > 0).then_some(tree)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Origin;

    fn place(path: &str, target: Option<&str>, needs: &[&str]) -> ModuleLocation {
        let (kernel, below) = below_tree(path).unwrap();
        let file = below.rsplit('/').next().unwrap();
        ModuleLocation {
            name: file.split('.').next().unwrap().replace('-', "_"),
            kernel: Some(kernel.to_owned()),
            path: below.to_owned(),
            link_target: target.map(str::to_owned),
            needs: needs.iter().map(|&name| name.to_owned()).collect(),
            origin: Origin::file(path),
        }
    }

    #[test]
    fn the_first_of_the_search_shadows_the_others_of_its_own_kernel() {
        let locations = vec![
            place("lib/modules/5.1/kernel/net/acme-net.ko", None, &[]),
            place("lib/modules/5.1/updates/dkms/acme-net.ko", None, &[]),
            place("lib/modules/5.2/kernel/net/acme-net.ko", None, &[]),
        ];
        let facts = ReportFacts { locations, ..ReportFacts::default() };
        let told = Places::of(&facts).of_module("acme_net", None);
        assert_eq!(
            (told.class.as_deref(), told.shadows),
            (Some("updates/dkms"), vec!["kernel/net/acme-net.ko".into()])
        );
    }

    #[test]
    fn weak_updates_are_followed_inside_the_trees() {
        let locations = vec![
            place("lib/modules/5.1/extra/a/acme.ko", None, &[]),
            place("lib/modules/5.2/weak-updates/acme.ko", Some("/lib/modules/5.1/extra/a/acme.ko"), &[]),
            place("lib/modules/5.3/weak-updates/acme.ko", Some("../../5.1/extra/a/acme.ko"), &[]),
            place("lib/modules/5.4/weak-updates/acme.ko", Some("../../5.1/extra/b/acme.ko"), &[]),
            place("lib/modules/5.5/weak-updates/acme.ko", Some("/lib/modules/4.9/extra/acme.ko"), &[]),
        ];
        let facts = ReportFacts { locations, ..ReportFacts::default() };
        let told = Places::of(&facts).of_module("acme", None);
        assert_eq!(told.class.as_deref(), Some("extra"));
        let links: Vec<(&str, Option<bool>)> =
            told.weak_updates.iter().map(|link| (link.kernel.as_str(), link.found)).collect();
        assert_eq!(links, [("5.2", Some(true)), ("5.3", Some(true)), ("5.4", Some(false)), ("5.5", None)]);
    }

    #[test]
    fn modules_dep_tells_who_pulls_in_whom_on_the_same_kernel() {
        let locations = vec![
            place("lib/modules/5.1/extra/acmefs.ko", None, &["acme-net"]),
            place("lib/modules/5.1/updates/acme-net.ko", None, &["xfs"]),
            place("lib/modules/5.2/extra/other.ko", None, &["acme_net"]),
        ];
        let facts = ReportFacts { locations, ..ReportFacts::default() };
        let told = Places::of(&facts).of_module("acme_net", None);
        assert_eq!((told.needs, told.needed_by), (vec!["xfs".to_owned()], vec!["acmefs".to_owned()]));
    }
}
