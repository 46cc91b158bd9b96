//! What witnesses say of a kernel module.

use std::fmt;

use super::origin::Origin;

/// The load state printed behind the flags of a module in a module list.
///
/// Source: `print_modules()` and `module_flags()` in kernel/module.c (kernel/module/main.c since 5.18).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LoadState {
    /// No sign: the module is live.
    #[default]
    Live,
    /// `+`: its init function is running.
    Coming,
    /// `-`: it is being unloaded.
    Going,
}

/// The flags of one module as a witness printed them: taint letters and a load state.
///
/// Letters keep the order of print; which taint a letter means depends on the kernel lineage (see the `taint` room).
/// The `(P)(U)` of RHEL 6 holds the letters `PU`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleFlags {
    /// Taint letters, such as `POE`; empty for a module without taint.
    pub letters: String,
    /// `+` or `-`.
    pub state: LoadState,
}

impl ModuleFlags {
    /// Reads the inside of one or several flag groups, such as `OE+`; anything but letters, `+` and `-` is left out.
    pub fn parse(text: &str) -> Self {
        let mut flags = Self::default();
        for c in text.chars() {
            match c {
                '+' => flags.state = LoadState::Coming,
                '-' => flags.state = LoadState::Going,
                c if c.is_ascii_alphabetic() && !flags.letters.contains(c) => flags.letters.push(c),
                _ => {}
            }
        }
        flags
    }
}

impl fmt::Display for ModuleFlags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.letters)?;
        match self.state {
            LoadState::Live => Ok(()),
            LoadState::Coming => f.write_str("+"),
            LoadState::Going => f.write_str("-"),
        }
    }
}

/// Which kind of file spoke of a module. Precedence is the business of the merge, not of this list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Witness {
    /// The module list of a kernel event.
    LinkedIn,
    /// The module list inside a vmcore.
    Vmcore,
    /// `/sys/module/NAME/*`.
    SysModule,
    /// `/proc/modules`.
    ProcModules,
    /// `lsmod`.
    Lsmod,
    /// Output of `modinfo`.
    Modinfo,
    /// A module file itself.
    ModuleFile,
    /// A file listing or `modules.dep`.
    Listing,
    /// A one-line kernel message.
    Notice,
}

/// One witness that a module is (or was) loaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedModule {
    /// Name as printed by this witness.
    pub name: String,
    /// Who says so.
    pub witness: Witness,
    /// Taint flags, where this witness can print them; `None` means that it cannot, not that there are none.
    pub flags: Option<ModuleFlags>,
    /// Size in bytes.
    pub size: Option<u64>,
    /// Load address; `None` where it is hidden (printed as zeros).
    pub address: Option<u64>,
    /// Names of the modules that use it.
    pub used_by: Vec<String>,
    /// `version` of the module, where this witness has it (`/sys/module/NAME/version`).
    pub version: Option<String>,
    /// Source checksum, where this witness has it.
    pub srcversion: Option<String>,
    /// Whether a signature was accepted by the kernel (`module.sig_ok`, vmcore only).
    pub signature_ok: Option<bool>,
    /// Where it was read.
    pub origin: Origin,
}

impl LoadedModule {
    /// A witness that knows no more than the name.
    pub fn named(name: impl Into<String>, witness: Witness, origin: Origin) -> Self {
        Self {
            name: name.into(),
            witness,
            flags: None,
            size: None,
            address: None,
            used_by: Vec::new(),
            version: None,
            srcversion: None,
            signature_ok: None,
            origin,
        }
    }
}

/// What is known of the signature of a module file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SignatureState {
    /// A signature is present; nobody checked it.
    Signed,
    /// The file was seen whole and has no signature.
    Unsigned,
    /// The signature was checked with a given certificate and holds.
    Verified,
    /// The signature is whole, but no given certificate made it.
    Untrusted,
    /// The signature does not fit the contents.
    Mismatch,
    /// The signature is damaged.
    Malformed,
    /// No evidence either way.
    #[default]
    Unknown,
}

impl SignatureState {
    /// The name of the JSON contract, such as `signed`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Signed => "signed",
            Self::Unsigned => "unsigned",
            Self::Verified => "verified",
            Self::Untrusted => "untrusted",
            Self::Mismatch => "mismatch",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
        }
    }
}

/// The signature of a module file, as `modinfo` prints it or as it was read from the file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignatureFacts {
    /// What is known of it.
    pub state: SignatureState,
    /// `pkcs7`, `x509-id`, `module_sig` or `note.module.sig`; from modinfo the `sig_id` mapped to these.
    pub kind: Option<&'static str>,
    /// Name of the signer.
    pub signer: Option<String>,
    /// Key id or serial, upper-case hexadecimal, bytes separated by `:`.
    pub key: Option<String>,
    /// Hash algorithm, such as `sha256`.
    pub hash: Option<String>,
    /// Why the state is what it is, where that needs words.
    pub reason: Option<String>,
}

/// What a module file says of itself: read from a `.ko`, or from the output of `modinfo`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleFile {
    /// Name, with `-` as `_`.
    pub name: String,
    /// The file's path on the machine it came from, such as `/lib/modules/…/lpfc.ko.xz`.
    pub filename: Option<String>,
    /// Linked into the kernel image (`filename: (builtin)`).
    pub builtin: bool,
    /// All `key: value` fields in file order, repeated keys included; without those of the signature.
    pub fields: Vec<(String, String)>,
    /// Signature.
    pub signature: SignatureFacts,
    /// GNU build id, lower-case hexadecimal.
    pub build_id: Option<String>,
    /// `Witness::Modinfo` or `Witness::ModuleFile`.
    pub witness: Witness,
    /// Where it was read (for modinfo output: the first line of the block).
    pub origin: Origin,
}

impl ModuleFile {
    /// The first value of a field, such as `license`, `version`, `srcversion`, `vermagic`, `intree`.
    pub fn field(&self, key: &str) -> Option<&str> {
        self.fields.iter().find(|(k, _)| k == key).map(|(_, v)| v.as_str())
    }
}

/// A module file known only by its path: from a listing, `modules.dep`, or a tree of modules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModuleLocation {
    /// Name derived from the file name, with `-` as `_`.
    pub name: String,
    /// The kernel release whose tree it is in.
    pub kernel: Option<String>,
    /// Path below `/lib/modules/RELEASE/`, such as `extra/foo.ko.xz` or `kernel/fs/xfs/xfs.ko`.
    pub path: String,
    /// Where a symbolic link points to, as printed (weak-updates).
    pub link_target: Option<String>,
    /// Names of the modules that must be loaded before it (`modules.dep`).
    pub needs: Vec<String>,
    /// Where it was read.
    pub origin: Origin,
}
