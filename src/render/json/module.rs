//! Modules of the JSON contract.

use schemars::JsonSchema;
use serde::Serialize;

use crate::{facts, triage};

use super::contract::Origin;
use super::names::{Provenance, SignatureState};

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
    /// Where its state was read, the strongest witness first.
    pub origins: Vec<Origin<'a>>,
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
