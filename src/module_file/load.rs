//! What a kernel would do with a module on loading it: the taint flags, or its refusal.
//!
//! The lineage tells which flags there are and their letters; the reasons come from `.modinfo` and from the signature
//! as that kernel looks for it: RHEL 4 to 6 in an ELF section, all others at the end of the file. What only the
//! running kernel knows (which keys it has, whether it enforces signatures, a forced load) is not guessed.
//!
//! Source: `check_modinfo()`, `set_license()`, `module_sig_check()` in kernel/module.c (kernel/module/main.c and
//! signing.c since 5.18); kernel/module-verify.c of RHEL 4 to 6; `check_modinfo()` of SUSE's kernels for `supported`.

use super::Inspected;
use super::signature::{Kind, Signature};
use crate::facts::SignatureState;
use crate::taint::{self, Lineage, TaintClass};

/// Modules that the kernel takes for proprietary by their name, whatever licence they state.
const PROPRIETARY_BY_NAME: [&str; 3] = ["ndiswrapper", "driverloader", "lve"];

/// What the kernel finds where it looks for a signature.
enum Found {
    /// Nothing.
    Nothing(String),
    /// A signature that it can read.
    Signature,
    /// One that is not of the kind that it knows, which is as good as none.
    Foreign(String),
    /// One that makes it refuse the module.
    Bad(String),
}

impl Inspected<'_> {
    /// The lineage of the kernel that the module was built for.
    pub fn lineage(&self) -> Option<Lineage> {
        self.release().map(Lineage::of_release)
    }

    /// The flags that a kernel of this lineage would set on loading the module, with the reason for each.
    ///
    /// A signature that nobody checked sets no flag here: whether the kernel has its key is not in the file.
    pub fn taints(&self, lineage: Lineage) -> Vec<(char, String)> {
        let mut taints = Vec::new();
        for flag in lineage.flags() {
            let letter = flag.letter.filter(|letter| taints.iter().all(|(seen, _)| seen != letter));
            let reason = || match flag.class {
                TaintClass::Unsigned => self.unsigned(flag.letter?),
                class => self.stated(class),
            };
            if let Some((letter, reason)) = letter.zip(reason()) {
                taints.push((letter, reason));
            }
        }
        taints
    }

    /// Why a kernel of this lineage would refuse to load the module whatever its settings, because of its signature.
    pub fn refusal(&self, lineage: Lineage) -> Option<String> {
        let flag = lineage.flags().iter().find(|flag| flag.class == TaintClass::Unsigned)?;
        match self.signature_seen(flag.letter?) {
            Found::Bad(why) => Some(why),
            _ => None,
        }
    }

    /// What `.modinfo` states that sets a flag.
    fn stated(&self, class: TaintClass) -> Option<String> {
        let file = &self.file;
        let key = |key: &str| file.field(key).map(|value| format!("{key}={value}"));
        match class {
            TaintClass::Proprietary if PROPRIETARY_BY_NAME.contains(&file.name.as_str()) => {
                Some(format!("the kernel takes a module named {} for proprietary", file.name))
            }
            TaintClass::Proprietary => match file.field("license") {
                None => Some("it states no licence".to_owned()),
                Some(license) if taint::gpl_compatible(license) => None,
                Some(license) => Some(format!("its licence \"{license}\" is not one of those compatible with the GPL")),
            },
            TaintClass::OutOfTree if file.field("intree").is_none() => {
                Some("it has no intree field: it was not built in the kernel's own tree".to_owned())
            }
            TaintClass::Staging => key("staging"),
            TaintClass::Livepatch => key("livepatch"),
            TaintClass::Test => key("test"),
            TaintClass::ExternallySupported => key("supported").filter(|text| text == "supported=external"),
            TaintClass::Unsupported => match file.field("supported") {
                Some("yes" | "external") => None,
                Some(other) => Some(format!("supported={other}")),
                None => Some("it has no supported field: SUSE does not support it".to_owned()),
            },
            _ => None,
        }
    }

    fn unsigned(&self, letter: char) -> Option<String> {
        match self.signature_seen(letter) {
            Found::Nothing(why) | Found::Foreign(why) => Some(why),
            Found::Signature if self.file.signature.state == SignatureState::Untrusted => {
                let signer = self.file.signature.signer.as_deref().unwrap_or("a key");
                Some(format!(
                    "it is signed by {signer}, none of the given certificates; a kernel with that key sets no flag"
                ))
            }
            Found::Signature | Found::Bad(_) => None,
        }
    }

    /// What a kernel finds whose letter for unsigned modules is this.
    fn signature_seen(&self, letter: char) -> Found {
        // `U` is the mark of RHEL 4 to 6 and of UEK 2, which look into a section of the file.
        let in_section = letter == 'U';
        let appended = |signature: &&Signature| signature.kind.is_none_or(Kind::is_appended);
        let Some(signature) = self.signatures.iter().find(|signature| appended(signature) != in_section) else {
            let place = if in_section { "no .module_sig or .note.module.sig section" } else { "no appended signature" };
            return Found::Nothing(format!("it has {place}"));
        };
        let checked = self.file.signature.state == SignatureState::Mismatch;
        match (&signature.contents, signature.kind) {
            (Err(why), _) => Found::Bad(format!("its signature is damaged: {why}")),
            (Ok(_), _) if checked => Found::Bad("its signature does not fit its contents".to_owned()),
            (Ok(_), Some(Kind::X509Id)) if self.release().is_some_and(|release| !takes_x509_id(release)) => {
                Found::Foreign("its signature is of the kind before 4.3, which this kernel does not read".to_owned())
            }
            (Ok(_), _) => Found::Signature,
        }
    }
}

/// Whether a kernel reads the appended signatures of 3.7 to 4.2; RHEL 7 keeps 3.10.
fn takes_x509_id(release: &str) -> bool {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|number| number.parse::<u32>().unwrap_or(0));
    let version = (numbers.next().unwrap_or(0), numbers.next().unwrap_or(0));
    version < (4, 3)
}
