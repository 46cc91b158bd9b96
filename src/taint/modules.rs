//! The flags behind module names: `(POE)` in module lists, `/proc/modules` and `/sys/module/NAME/taint`.
//!
//! Source: `print_modules()` and `module_flags_taint()` in `kernel/module.c` (`kernel/module/main.c` since 5.18), and the
//! module list code of RHEL 4 to 6 that prints `(U)`.

use super::flag::{TaintClass, TaintFlag};
use super::lineage::Lineage;
use super::table::ProcModules;
use crate::facts::ModuleFlags;

/// What the flags of a module say of it. False means that the flag is not there; whether it could be is in [`Shows`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModuleTaint {
    /// Its licence is not GPL-compatible.
    pub proprietary: bool,
    /// It was built outside the kernel's tree.
    pub out_of_tree: bool,
    /// It has no accepted signature (`F` of RHEL 7.0 and mainline 3.7 to 3.14 can also mean a forced load).
    pub unsigned: bool,
    /// It was loaded by force.
    pub forced: bool,
    /// It is a staging driver.
    pub staging: bool,
    /// It is a live patch.
    pub livepatch: bool,
    /// It is a technology preview.
    pub tech_preview: bool,
    /// The distribution does not support it.
    pub unsupported: bool,
    /// A partner of SUSE supports it.
    pub externally_supported: bool,
    /// A partner of Red Hat supports it.
    pub partner_supported: bool,
    /// It is a test module.
    pub test: bool,
    /// Letters that no module flag of the lineage has.
    pub unknown: Vec<char>,
}

/// What the flags of a module mean to a kernel of this lineage.
///
/// Where two flags share a letter (`N` of SUSE: unsupported, or a test module) the distribution's own is taken.
pub fn module_taint(lineage: Lineage, flags: &ModuleFlags) -> ModuleTaint {
    let mut taint = ModuleTaint::default();
    for letter in flags.letters.chars() {
        match module_class(lineage, letter) {
            Some(class) => taint.set(class),
            None if taint.unknown.contains(&letter) => {}
            None => taint.unknown.push(letter),
        }
    }
    taint
}

impl ModuleTaint {
    fn set(&mut self, class: TaintClass) {
        match class {
            TaintClass::Proprietary => self.proprietary = true,
            TaintClass::OutOfTree => self.out_of_tree = true,
            TaintClass::Unsigned => self.unsigned = true,
            TaintClass::Forced => self.forced = true,
            TaintClass::Staging => self.staging = true,
            TaintClass::Livepatch => self.livepatch = true,
            TaintClass::TechPreview => self.tech_preview = true,
            TaintClass::Unsupported => self.unsupported = true,
            TaintClass::ExternallySupported => self.externally_supported = true,
            TaintClass::PartnerSupported => self.partner_supported = true,
            TaintClass::Test => self.test = true,
            TaintClass::Auxiliary | TaintClass::Kernel => {}
        }
    }
}

fn module_class(lineage: Lineage, letter: char) -> Option<TaintClass> {
    let own = module_flags(lineage).filter(|flag| flag.letter == Some(letter)).last();
    own.map(|flag| flag.class).or_else(|| if lineage == Lineage::Mainline { only_class(letter) } else { None })
}

/// The class of a letter that means the same wherever it is used. An excerpt of a log often lacks the release, and then
/// mainline is assumed: its `(U)` is still that of RHEL 4 to 6.
fn only_class(letter: char) -> Option<TaintClass> {
    let mut classes = Lineage::ALL
        .iter()
        .flat_map(|lineage| module_flags(*lineage))
        .filter(|flag| flag.letter == Some(letter))
        .map(|flag| flag.class);
    let first = classes.next()?;
    if classes.all(|class| class == first) { Some(first) } else { None }
}

fn module_flags(lineage: Lineage) -> impl Iterator<Item = &'static TaintFlag> {
    lineage.flags().iter().filter(|flag| flag.per_module)
}

/// Which marks a place can show at all: without them, the absence of a letter says nothing.
///
/// A kernel that was built without module signatures shows no `E` either, which its lineage cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Shows {
    /// Proprietary modules.
    pub proprietary: bool,
    /// Out-of-tree modules.
    pub out_of_tree: bool,
    /// Unsigned modules.
    pub unsigned: bool,
}

/// Whether module lists mark what the distribution does not support, and what a partner supports: SUSE's do, in its
/// enterprise kernels (openSUSE's are built without).
pub fn marks_support(lineage: Lineage) -> bool {
    let marks = |class| module_flags(lineage).any(|flag| flag.class == class);
    marks(TaintClass::Unsupported) && marks(TaintClass::ExternallySupported)
}

/// What the module lists of kernel events (`Modules linked in:`) show.
pub fn list_shows(lineage: Lineage) -> Shows {
    let shows = |class| module_flags(lineage).any(|flag| flag.class == class);
    Shows {
        proprietary: shows(TaintClass::Proprietary),
        out_of_tree: shows(TaintClass::OutOfTree),
        unsigned: shows(TaintClass::Unsigned),
    }
}

/// What `/proc/modules` shows.
pub fn proc_modules_shows(lineage: Lineage) -> Shows {
    let shows = list_shows(lineage);
    match lineage.table().proc_modules {
        ProcModules::AsInLists => shows,
        ProcModules::WithoutUnsigned => Shows { unsigned: false, ..shows },
        ProcModules::Bare => Shows { proprietary: false, out_of_tree: false, unsigned: false },
    }
}
