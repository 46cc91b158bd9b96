//! Modules of the JSON contract.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{facts, triage};

use super::names::{Provenance, SignatureState};
use super::origin::Origin;

/// A module, with what all witnesses say of it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Module<'a> {
    /// Name, with `-` as `_`.
    pub name: &'a str,
    /// Flags as the strongest witness printed them, such as `POE`; empty where it shows none, null where none can show any.
    pub flags: Option<&'a str>,
    /// State of the signature of its file.
    pub signature: SignatureState,
    /// Signer.
    pub signer: Option<&'a str>,
    /// Where it comes from, by all that is known.
    pub provenance: Provenance,
    /// Not signed by a key that the kernel trusts.
    pub unsigned: Option<bool>,
    /// Built outside the kernel tree.
    pub out_of_tree: Option<bool>,
    /// Its licence is not compatible with the GPL.
    pub proprietary: Option<bool>,
    /// Further taints in words.
    pub other_taints: &'a [&'static str],
    /// Licence.
    pub license: Option<&'a str>,
    /// Version.
    pub version: Option<&'a str>,
    /// Path of its file on the machine.
    pub file: Option<&'a str>,
    /// Package that is believed to own it.
    pub package: Option<&'a str>,
    /// Who makes it.
    pub vendor: Option<&'a str>,
    /// What it belongs to.
    pub product: Option<&'a str>,
    /// Where to turn: an address or a sentence.
    pub contact: Option<&'a str>,
    /// Loaded at collection or at the crash.
    pub loaded: Option<bool>,
    /// Witnesses that disagree, a sentence each.
    pub conflicts: &'a [String],
    /// The folder of its tree that tells where its file came from: `kernel`, `extra`, `updates`, `updates/dkms`, `weak-updates`, …
    pub class: Option<&'a str>,
    /// Files of the same name that would be loaded if its own were not there, by their paths below the tree.
    pub shadows: &'a [String],
    /// Links by which other kernels use it.
    pub weak_updates: Vec<WeakUpdate<'a>>,
    /// Modules that must be loaded before it, by `modules.dep`.
    pub needs: &'a [String],
    /// Modules that it must be loaded before, by `modules.dep`.
    pub needed_by: &'a [String],
    /// Where its state was read, the strongest witness first.
    pub origins: Vec<Origin<'a>>,
}

/// A link in `weak-updates`: a kernel uses a module that was built for another.
#[derive(Debug, Serialize, JsonSchema)]
pub struct WeakUpdate<'a> {
    /// The kernel that uses it; empty where that is not told.
    pub kernel: &'a str,
    /// Path of the link below the tree of that kernel.
    pub path: &'a str,
    /// Where it leads, as stored.
    pub target: &'a str,
    /// Whether the file is there; null where nothing of that tree is known.
    pub found: Option<bool>,
}

impl<'a> From<&'a triage::WeakUpdate> for WeakUpdate<'a> {
    fn from(link: &'a triage::WeakUpdate) -> Self {
        Self { kernel: &link.kernel, path: &link.path, target: &link.target, found: link.found }
    }
}

/// Module files that were read by themselves.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ModuleTree<'a> {
    /// How many.
    pub modules: usize,
    /// How many of them are third-party, by name.
    pub third_party: usize,
    /// The kernels whose trees they are in, or that they were built for; the one with the most modules first.
    pub releases: &'a [String],
}

impl<'a> From<&'a triage::ModuleTree> for ModuleTree<'a> {
    fn from(tree: &'a triage::ModuleTree) -> Self {
        Self { modules: tree.modules, third_party: tree.third_party, releases: &tree.releases }
    }
}

impl<'a> From<&'a triage::Module> for Module<'a> {
    fn from(module: &'a triage::Module) -> Self {
        let owner = module.vendor.as_ref();
        Self {
            name: &module.name,
            flags: module.flags.as_deref(),
            signature: module.signature.into(),
            signer: module.signer.as_deref(),
            provenance: module.provenance.into(),
            unsigned: module.unsigned,
            out_of_tree: module.out_of_tree,
            proprietary: module.proprietary,
            other_taints: &module.other_taints,
            license: module.license.as_deref(),
            version: module.version.as_deref(),
            file: module.file.as_deref(),
            package: module.package.as_deref(),
            vendor: owner.map(|owner| owner.vendor.as_str()),
            product: owner.map(|owner| owner.product.as_str()),
            contact: owner.and_then(|owner| owner.contact.as_deref()),
            loaded: module.loaded,
            conflicts: &module.conflicts,
            class: module.place.class.as_deref(),
            shadows: &module.place.shadows,
            weak_updates: module.place.weak_updates.iter().map(WeakUpdate::from).collect(),
            needs: &module.place.needs,
            needed_by: &module.place.needed_by,
            origins: module.origins.iter().map(Origin::from).collect(),
        }
    }
}

/// A module that is kept from loading.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Blacklist<'a> {
    /// Module.
    pub module: &'a str,
    /// The line that says so.
    pub text: &'a str,
    /// Where it was read.
    pub origin: Origin<'a>,
}

impl<'a> From<&'a facts::Blacklist> for Blacklist<'a> {
    fn from(list: &'a facts::Blacklist) -> Self {
        Self { module: &list.module, text: &list.text, origin: (&list.origin).into() }
    }
}
