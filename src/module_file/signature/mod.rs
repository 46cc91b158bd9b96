//! The signatures of a module file: which there are, what they claim, and whether they are whole.
//!
//! Three ways in three eras: an OpenPGP packet in an ELF section (RHEL 4 to 6), a bare RSA number with the id of an
//! X.509 certificate appended to the file (3.7 to 4.2, RHEL 7), a PKCS#7 message appended to the file (since 4.3).
//! Nothing is verified here.

pub(super) mod algorithm;
pub(super) mod appended;
pub(super) mod cms;
pub(super) mod openpgp;

use std::io;

use self::algorithm::HashAlgorithm;
use self::cms::Cms;
use self::openpgp::OpenPgp;
use super::elf::{Elf, Section};
use super::hex::hex;
use super::image::Image;
use super::note;
use crate::facts::{SignatureFacts, SignatureState};

/// The way a module is signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Appended PKCS#7 message.
    Pkcs7,
    /// Appended RSA signature with the id of an X.509 certificate.
    X509Id,
    /// Appended, with an OpenPGP key id: in the header of 3.7, but made by nobody.
    Pgp,
    /// Section `.module_sig`.
    ModuleSig,
    /// Section `.note.module.sig`.
    NoteModuleSig,
}

impl Kind {
    fn of_id_type(id_type: u8) -> Option<Self> {
        [Self::Pgp, Self::X509Id, Self::Pkcs7].get(usize::from(id_type)).copied()
    }

    /// The name of the JSON contract.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Pkcs7 => "pkcs7",
            Self::X509Id => "x509-id",
            Self::Pgp => "pgp",
            Self::ModuleSig => "module_sig",
            Self::NoteModuleSig => "note.module.sig",
        }
    }

    /// What modinfo prints as `sig_id`; it does not know the sections of RHEL 4 to 6.
    pub(super) fn sig_id(self) -> Option<&'static str> {
        match self {
            Self::Pkcs7 => Some("PKCS#7"),
            Self::X509Id => Some("X509"),
            Self::Pgp => Some("PGP"),
            Self::ModuleSig | Self::NoteModuleSig => None,
        }
    }

    /// The section that holds it, where it is in one.
    pub(super) fn section(self) -> Option<&'static str> {
        match self {
            Self::ModuleSig => Some(".module_sig"),
            Self::NoteModuleSig => Some(".note.module.sig"),
            Self::Pkcs7 | Self::X509Id | Self::Pgp => None,
        }
    }

    /// Whether it is appended to the file.
    pub(super) fn is_appended(self) -> bool {
        self.sig_id().is_some()
    }
}

/// One signature.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Signature {
    /// Which way; `None` where the trailer names one that nobody knows.
    pub(super) kind: Option<Kind>,
    /// How many bytes from the start of the file it speaks of (for sections: the whole file).
    pub(super) covers: u64,
    /// What it says, or why it cannot be read.
    pub(super) contents: Result<Contents, String>,
}

/// What a signature says.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Contents {
    /// PKCS#7.
    Cms(Box<Cms>),
    /// X.509 id.
    X509Id(X509Id),
    /// OpenPGP packet.
    OpenPgp(OpenPgp),
}

/// An appended signature of 3.7 to 4.2.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct X509Id {
    /// Organisation and common name of the certificate.
    pub(super) signer: String,
    /// Its subject key identifier.
    pub(super) key_id: Vec<u8>,
    /// Hash.
    pub(super) hash: &'static HashAlgorithm,
    /// False for DSA, which the kernel never supported here.
    pub(super) is_rsa: bool,
    /// A two-byte big-endian length in bytes, and the RSA number.
    pub(super) signature: Vec<u8>,
}

/// All signatures of a module: appended ones from the outermost in, then those in sections.
pub(super) fn find(image: &Image, elf: &Elf) -> io::Result<Vec<Signature>> {
    let mut found = appended::find(image)?;
    let covers = image.length();
    if let Some(section) = elf.sections.module_sig {
        let contents = section_bytes(image, section).and_then(|bytes| OpenPgp::parse(&bytes));
        found.push(Signature { kind: Some(Kind::ModuleSig), covers, contents: contents.map(Contents::OpenPgp) });
    }
    if let Some(section) = elf.sections.note_module_sig {
        let contents = section_bytes(image, section).and_then(|bytes| {
            let packet = note::module_signature(&bytes, elf.layout);
            packet.map_or_else(|| Err("no note named module.sig".to_owned()), OpenPgp::parse)
        });
        found.push(Signature { kind: Some(Kind::NoteModuleSig), covers, contents: contents.map(Contents::OpenPgp) });
    }
    Ok(found)
}

/// The bytes of a signature section.
fn section_bytes(image: &Image, section: Section) -> Result<Vec<u8>, String> {
    const LARGEST: u64 = 64 << 10;
    if section.size > LARGEST {
        return Err(format!("a section of {} bytes", section.size));
    }
    image.get(section.offset, section.size).map(Into::into).map_err(|error| error.to_string())
}

/// What is known of a module's signature before anybody checks it.
pub(super) fn facts(image: &Image, elf: &Elf, signatures: &[Signature]) -> io::Result<SignatureFacts> {
    let Some(first) = signatures.first() else {
        let reason = appended::remains(image, elf.end)?;
        return Ok(SignatureFacts { state: SignatureState::Unsigned, reason, ..Default::default() });
    };
    let kind = first.kind.map(Kind::as_str);
    let mut facts = match &first.contents {
        Ok(contents) => SignatureFacts { kind, ..contents.facts() },
        Err(why) => {
            let reason = Some(why.clone());
            return Ok(SignatureFacts { state: SignatureState::Malformed, kind, reason, ..Default::default() });
        }
    };
    facts.state = SignatureState::Signed;
    facts.reason = remark(signatures);
    Ok(facts)
}

/// What there is to say of a whole signature whether it is checked or not: its date, and that there are others.
pub(super) fn remark(signatures: &[Signature]) -> Option<String> {
    let made = signatures.first().and_then(|signature| match &signature.contents {
        Ok(Contents::OpenPgp(packet)) => packet.date().map(|date| format!("made {date}")),
        _ => None,
    });
    let inner = signatures.len().saturating_sub(1);
    let others = || format!("{inner} more below it in the file; the kernel looks at the last one only");
    match (made, inner) {
        (made, 0) => made,
        (None, _) => Some(others()),
        (Some(made), _) => Some(format!("{made}; {}", others())),
    }
}

impl Contents {
    fn facts(&self) -> SignatureFacts {
        let (signer, key, hash) = match self {
            Self::Cms(cms) => (cms.signer(), cms.key(), cms.hash()),
            Self::X509Id(id) => (Some(id.signer.clone()), id.key_id.clone(), id.hash.name.to_owned()),
            Self::OpenPgp(packet) => (None, packet.key_id.to_vec(), packet.hash_name()),
        };
        SignatureFacts { signer, key: Some(hex(&key)), hash: Some(hash), ..Default::default() }
    }

    /// The bare signature, as modinfo dumps it.
    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Cms(cms) => cms.signers.first().map_or(&[], |signer| &signer.signature),
            Self::X509Id(id) => &id.signature,
            Self::OpenPgp(packet) => &packet.bytes,
        }
    }
}
