//! What one witness says of one module, in the terms of the three questions.
//!
//! A witness that *can* show a property and does not answers "no"; one that cannot show it says nothing.

use crate::facts::{
    LoadedModule, ModuleFile, ModuleFlags, ModuleLocation, Notice, NoticeKind, Origin, SignatureState, Witness,
};
use crate::taint::{self, Lineage, ModuleTaint, Shows};

/// Precedence of witnesses, strongest first: the state at the crash beats the state at collection, what the kernel says
/// beats what a file says, and messages come last because several are printed for the first offender only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// The module list of the event the report is about.
    PrimaryEvent,
    /// The module list inside the dump.
    Dump,
    /// The module list of another event.
    OtherEvent,
    /// `/sys/module/NAME/taint`.
    SysModule,
    /// `/proc/modules`.
    ProcModules,
    /// Output of modinfo.
    Modinfo,
    /// The module file itself.
    ModuleFile,
    /// A one-line kernel message.
    Notice,
    /// The place of its file under `/lib/modules`.
    Location,
}

/// What is known about signatures on the kernel a report is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Signing {
    /// This kernel checks signatures, so that a missing mark means "signed".
    pub checked: bool,
    /// Nearly every module is marked unsigned: a build without signatures, on which the mark proves nothing.
    pub everything_unsigned: bool,
    /// This kernel marks what the distribution does not support, so that a module without a mark is its own.
    pub support_marked: bool,
    /// Some module is marked out-of-tree, or the release is known: a missing mark means "in tree".
    pub tree_marked: bool,
}

/// One witness's answers.
#[derive(Clone, Debug)]
pub(super) struct Testimony {
    pub rank: Rank,
    pub origin: Origin,
    /// Letters as printed; `None` where the witness prints no flags.
    pub letters: Option<String>,
    pub unsigned: Option<bool>,
    pub out_of_tree: Option<bool>,
    pub proprietary: Option<bool>,
    /// Supported by somebody else than the distribution, by the kernel's own mark.
    pub foreign_support: bool,
    /// Supported by the distribution itself.
    pub own_support: bool,
    pub other: Vec<&'static str>,
    pub loaded: bool,
}

impl Testimony {
    fn silent(rank: Rank, origin: Origin) -> Self {
        Self {
            rank,
            origin,
            letters: None,
            unsigned: None,
            out_of_tree: None,
            proprietary: None,
            foreign_support: false,
            own_support: false,
            other: Vec::new(),
            loaded: false,
        }
    }

    /// The flags of a module list, `/proc/modules` or a taint file.
    pub fn from_flags(rank: Rank, origin: Origin, lineage: Lineage, flags: &ModuleFlags, signing: Signing) -> Self {
        let shows = match rank {
            Rank::SysModule | Rank::ProcModules => taint::proc_modules_shows(lineage),
            _ => taint::list_shows(lineage),
        };
        let means = taint::module_taint(lineage, flags);
        let Shows { unsigned, out_of_tree, proprietary } = shows;
        let answer = |is: bool, shown: bool| if is { Some(true) } else { shown.then_some(false) };
        Self {
            letters: Some(flags.letters.clone()),
            unsigned: answer(means.unsigned, unsigned && signing.checked),
            out_of_tree: answer(means.out_of_tree, out_of_tree && signing.tree_marked),
            proprietary: answer(means.proprietary, proprietary),
            foreign_support: means.externally_supported || means.partner_supported,
            own_support: signing.support_marked && !means.unsupported && !means.externally_supported,
            other: other_taints(&means),
            loaded: true,
            ..Self::silent(rank, origin)
        }
    }

    /// A witness that a module is loaded, with or without flags.
    pub fn from_loaded(module: &LoadedModule, lineage: Lineage, signing: Signing) -> Self {
        let rank = match module.witness {
            Witness::Vmcore => Rank::Dump,
            Witness::SysModule => Rank::SysModule,
            _ => Rank::ProcModules,
        };
        match &module.flags {
            Some(flags) => Self::from_flags(rank, module.origin.clone(), lineage, flags, signing),
            None => Self { loaded: true, ..Self::silent(rank, module.origin.clone()) },
        }
    }

    /// What a module file says. `trusted_signer` tells whether its signer also signs the kernel's own modules.
    pub fn from_file(file: &ModuleFile, trusted_signer: bool) -> Self {
        let rank = if file.witness == Witness::Modinfo { Rank::Modinfo } else { Rank::ModuleFile };
        let silent = Self::silent(rank, file.origin.clone());
        if file.builtin {
            return Self { unsigned: Some(false), out_of_tree: Some(false), proprietary: Some(false), ..silent };
        }
        // Without vermagic the block is cut: what is missing from it proves nothing.
        let Some(vermagic) = file.field("vermagic") else { return silent };
        let lineage = Lineage::of_release(vermagic.split_whitespace().next().unwrap_or_default());
        let unsigned = match file.signature.state {
            // modinfo prints nothing of the ELF-section signatures of RHEL 4 to 6 and UEK 2.
            SignatureState::Unsigned if file.witness == Witness::Modinfo && !appends_signatures(lineage) => None,
            SignatureState::Unsigned => Some(true),
            SignatureState::Verified => Some(false),
            SignatureState::Signed if trusted_signer => Some(false),
            _ => None,
        };
        let out_of_tree = match file.field("intree") {
            Some(_) => Some(false),
            // The key exists since 3.2 and RHEL 7; older builds never have it.
            None => taint::list_shows(lineage).out_of_tree.then_some(true),
        };
        let proprietary = Some(!file.field("license").is_some_and(taint::gpl_compatible));
        let foreign_support = file.field("supported").is_some_and(|s| s == "external");
        Self { unsigned, out_of_tree, proprietary, foreign_support, ..silent }
    }

    /// The place of a module file: `extra`, `updates` and `weak-updates` hold what did not come with the kernel.
    pub fn from_location(location: &ModuleLocation) -> Option<Self> {
        let top = location.path.split('/').next().unwrap_or_default();
        matches!(top, "extra" | "updates" | "weak-updates" | "extramodules" | "misc")
            .then(|| Self { out_of_tree: Some(true), ..Self::silent(Rank::Location, location.origin.clone()) })
    }

    /// A one-line message that names the module.
    pub fn from_notice(notice: &Notice) -> Option<Self> {
        let silent = Self::silent(Rank::Notice, notice.origin.clone());
        let loaded = true;
        Some(match notice.kind {
            NoticeKind::VerificationFailed => Self { unsigned: Some(true), loaded, ..silent },
            NoticeKind::OutOfTree => Self { out_of_tree: Some(true), loaded, ..silent },
            NoticeKind::ProprietaryLicense => Self { proprietary: Some(true), loaded, ..silent },
            NoticeKind::Staging => Self { other: vec!["staging"], loaded, ..silent },
            NoticeKind::Livepatch => Self { other: vec!["livepatch"], loaded, ..silent },
            NoticeKind::TestModule => Self { other: vec!["test"], loaded, ..silent },
            NoticeKind::TechPreview => Self { other: vec!["tech preview"], loaded, ..silent },
            NoticeKind::ForcedLoad => Self { other: vec!["forced"], loaded, ..silent },
            NoticeKind::ExternallySupported | NoticeKind::PartnerSupported => {
                Self { foreign_support: true, loaded, ..silent }
            }
            NoticeKind::NotSupported => Self { other: vec!["unsupported"], ..silent },
            _ => return None,
        })
    }
}

/// Whether this kernel's modules carry their signature behind the file, where modinfo sees it (3.7, RHEL 7).
pub(super) fn appends_signatures(lineage: Lineage) -> bool {
    use Lineage::{Mainline2_6, Mainline3_2, Rhel3, Rhel4, Rhel5, Rhel6, Suse2_6, Uek2};
    !matches!(lineage, Rhel3 | Rhel4 | Rhel5 | Rhel6 | Uek2 | Suse2_6 | Mainline2_6 | Mainline3_2)
}

/// The taints apart from the three questions, in words.
fn other_taints(means: &ModuleTaint) -> Vec<&'static str> {
    [
        (means.forced, "forced"),
        (means.staging, "staging"),
        (means.livepatch, "livepatch"),
        (means.tech_preview, "tech preview"),
        (means.unsupported, "unsupported"),
        (means.externally_supported, "externally supported"),
        (means.partner_supported, "partner supported"),
        (means.test, "test"),
    ]
    .into_iter()
    .filter_map(|(is, word)| is.then_some(word))
    .collect()
}
