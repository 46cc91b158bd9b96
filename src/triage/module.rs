//! What a triage concludes of one module: whose it is, and what its files and the kernel say of it.

use crate::facts::{Origin, SignatureState};

/// Where a module comes from, by all that is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provenance {
    /// Unsigned, out of tree, proprietary, or supported by somebody else than the distribution.
    ThirdParty,
    /// Nothing tells.
    Undetermined,
    /// A witness that can show it shows none of these.
    Distribution,
}

/// One module of a report, all witnesses merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// Name, with `-` as `_`.
    pub name: String,
    /// Where it comes from.
    pub provenance: Provenance,
    /// Flags as the strongest witness printed them (`POE`); `Some("")` for a witness that shows none; `None` where no witness can show any.
    pub flags: Option<String>,
    /// Not signed by a key the kernel trusts: what the kernel says, or the file. `None`: no evidence either way.
    pub unsigned: Option<bool>,
    /// Built outside the kernel tree.
    pub out_of_tree: Option<bool>,
    /// Licence that is not GPL-compatible.
    pub proprietary: Option<bool>,
    /// Further taints in words: `tech preview`, `staging`, `forced`, `livepatch`, `unsupported`, …
    pub other_taints: Vec<&'static str>,
    /// State of the signature of its file.
    pub signature: SignatureState,
    /// Signer.
    pub signer: Option<String>,
    /// Licence.
    pub license: Option<String>,
    /// Version.
    pub version: Option<String>,
    /// Path of its file.
    pub file: Option<String>,
    /// Package that is believed to own it.
    pub package: Option<String>,
    /// Who makes it.
    pub vendor: Option<Owner>,
    /// Loaded at collection or at the crash.
    pub loaded: Option<bool>,
    /// Witnesses that disagree, a sentence each.
    pub conflicts: Vec<String>,
    /// Where its file lies in a tree of modules.
    pub place: TreePlace,
    /// Where its state was read, strongest witness first.
    pub origins: Vec<Origin>,
}

/// Where the file of a module lies in a tree of modules, and what it has to do with others there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TreePlace {
    /// The folder of the tree that tells where it came from: `kernel`, `extra`, `updates`, `updates/dkms`, `weak-updates`, …
    pub class: Option<String>,
    /// Files of the same name that the kernel would load if this one were not there, by their paths below the tree.
    pub shadows: Vec<String>,
    /// Links by which other kernels use it.
    pub weak_updates: Vec<WeakUpdate>,
    /// Modules that must be loaded before it (`modules.dep`), by name.
    pub needs: Vec<String>,
    /// Modules that it must be loaded before, by name.
    pub needed_by: Vec<String>,
}

/// A link in `weak-updates`: a kernel uses a module that was built for another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WeakUpdate {
    /// The kernel that uses it; empty where that is not told.
    pub kernel: String,
    /// Path of the link below the tree of that kernel.
    pub path: String,
    /// Where it leads, as stored.
    pub target: String,
    /// Whether the file is there; `None` where nothing of that tree is known.
    pub found: Option<bool>,
}

/// The trees of modules of a report, all together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleTree {
    /// How many module files were read.
    pub modules: usize,
    /// How many of them are third-party, by name.
    pub third_party: usize,
    /// The kernels whose trees they are in (or that they were built for), the one with the most modules first.
    pub releases: Vec<String>,
}

impl Module {
    /// Words for the three questions, such as `proprietary, out-of-tree, unsigned`; `origin undetermined` where nothing is known.
    pub fn in_words(&self) -> String {
        let mut words: Vec<&str> =
            [(self.proprietary, "proprietary"), (self.out_of_tree, "out-of-tree"), (self.unsigned, "unsigned")]
                .iter()
                .filter(|(is, _)| *is == Some(true))
                .map(|(_, word)| *word)
                .collect();
        words.extend(&self.other_taints);
        match (words.is_empty(), self.provenance) {
            (false, _) => words.join(", "),
            (true, Provenance::ThirdParty) => "third-party".to_owned(),
            (true, Provenance::Undetermined) => "origin undetermined".to_owned(),
            (true, Provenance::Distribution) => "no taint".to_owned(),
        }
    }
}

/// Who makes a module, and where to turn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owner {
    /// Vendor, such as `Dell`.
    pub vendor: String,
    /// Product, such as `PowerFlex (ScaleIO) client`.
    pub product: String,
    /// Where to turn: an address or a sentence.
    pub contact: Option<String>,
}
