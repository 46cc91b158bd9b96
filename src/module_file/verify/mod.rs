//! Whether a module's signature holds, with given certificates.
//!
//! ```text
//! contents ─ hash ─┬─ no attributes ───────────────────► signature by the key of the certificate that it names
//!                  └─ must be the messageDigest attribute; the attributes are what is signed
//! ```
//!
//! A certificate is found as the kernel finds it: by issuer and serial, or by the identifier of its key. One that came
//! inside the message counts only where a given one issued it. Contents that were changed are told from a key that is
//! not there. The OpenPGP signatures of RHEL 4 to 6 name a key instead and cover a [`selection`] of the sections.
//!
//! Source: crypto/asymmetric_keys/pkcs7_verify.c and pkcs7_trust.c, kernel/module_signing.c of 3.7 to 4.2.

mod certificate;
mod key;
mod keyring;
mod openpgp;
mod selection;

#[cfg(test)]
mod openpgp_tests;

pub use self::certificate::{CertificateError, TrustStore};

use std::io;

use self::certificate::Certificate;
use self::key::Outcome;
use super::Inspected;
use super::image::Image;
use super::signature::algorithm::{Computed, HashAlgorithm};
use super::signature::cms::{Cms, SignerInfo};
use super::signature::{self, Contents, X509Id};
use crate::facts::{Origin, SignatureState};

/// How many certificates a chain may have beside the trusted one.
const LONGEST_CHAIN: usize = 8;

/// What checking came to, and why.
struct Verdict {
    state: SignatureState,
    reason: String,
}

impl Verdict {
    fn new(state: SignatureState, reason: impl Into<String>) -> Self {
        Self { state, reason: reason.into() }
    }

    fn unchecked(why: impl std::fmt::Display) -> Self {
        Self::new(SignatureState::Signed, format!("not checked: {why}"))
    }

    /// What the check of one certificate's key came to.
    fn of(outcome: Outcome, certificate: &Certificate) -> Self {
        let name = certificate.name();
        let place = &certificate.origin;
        match outcome {
            Outcome::Holds => Self::new(SignatureState::Verified, format!("by the certificate \"{name}\" of {place}")),
            Outcome::OtherContents => Self::new(
                SignatureState::Mismatch,
                format!("\"{name}\" ({place}) signed other contents: the module was changed after it was signed"),
            ),
            Outcome::Fails => Self::new(
                SignatureState::Mismatch,
                format!(
                    "the key of \"{name}\" ({place}), which the signature names, did not make it over these contents: \
                     either was changed, or the certificate is another one of that serial"
                ),
            ),
            Outcome::Unchecked(why) => Self::unchecked(why),
        }
    }
}

impl Inspected<'_> {
    /// Checks the signature with these certificates and keys, puts the outcome into the facts and returns it.
    ///
    /// Without any certificate nothing is checked and the state stays. So it does for unsigned modules and damaged
    /// signatures, and where the algorithm is not supported; the facts' `reason` says so.
    pub fn verify(&mut self, trust: &TrustStore) -> SignatureState {
        let signature =
            self.signatures.first().and_then(|signature| Some((signature, signature.contents.as_ref().ok()?)));
        if let Some((signature, contents)) = signature.filter(|_| !trust.is_empty()) {
            let payload = Payload { image: &self.image, length: signature.covers };
            let verdict = match contents {
                Contents::OpenPgp(packet) => {
                    let module = (&self.image, &self.elf);
                    Ok(openpgp::check(packet, signature, module, self.lineage(), trust))
                }
                _ if !trust.has_certificates() => Ok(Verdict::unchecked("it names a certificate, and none was given")),
                Contents::Cms(cms) => check_cms(cms, &payload, trust),
                Contents::X509Id(id) => check_x509_id(id, &payload, trust),
            };
            let verdict = verdict.unwrap_or_else(|error| Verdict::unchecked(format!("reading the contents: {error}")));
            let remark = signature::remark(&self.signatures).map(|remark| format!("; {remark}")).unwrap_or_default();
            self.file.signature.state = verdict.state;
            self.file.signature.reason = Some(verdict.reason + &remark);
        }
        self.file.signature.state
    }
}

/// The contents that a signature covers.
struct Payload<'i> {
    image: &'i Image<'i>,
    length: u64,
}

impl Payload<'_> {
    fn digest(&self, hash: Computed) -> io::Result<Box<[u8]>> {
        let mut hasher = (hash.hasher)();
        self.image.for_each_chunk(self.length, &mut |chunk| hasher.update(chunk))?;
        Ok(hasher.finalize())
    }
}

/// All signers must be right, and one of them trusted, as for the kernel.
fn check_cms(cms: &Cms, payload: &Payload, trust: &TrustStore) -> io::Result<Verdict> {
    let rank = |state| match state {
        SignatureState::Mismatch => 3,
        SignatureState::Verified => 2,
        SignatureState::Untrusted => 1,
        _ => 0,
    };
    let mut worst = Verdict::unchecked("no signer");
    for signer in &cms.signers {
        let verdict = check_signer(signer, cms, payload, trust)?;
        if rank(verdict.state) >= rank(worst.state) {
            worst = verdict;
        }
    }
    Ok(worst)
}

fn check_signer(signer: &SignerInfo, cms: &Cms, payload: &Payload, trust: &TrustStore) -> io::Result<Verdict> {
    let untrusted = || {
        Verdict::new(SignatureState::Untrusted, "no given certificate has the issuer and serial (or key) that it names")
    };
    let can_tell = signer.attributes.is_some() || !cms.certificates.is_empty();
    if !can_tell && trust.named(&signer.id).next().is_none() {
        return Ok(untrusted());
    }
    let Some(hash) = HashAlgorithm::of_oid(&signer.hash).and_then(|hash| hash.computed) else {
        return Ok(Verdict::unchecked(format!("the hash {} is not supported", signer.hash)));
    };
    let mut digest = payload.digest(hash)?;
    if let Some(attributes) = &signer.attributes {
        if *attributes.message_digest != *digest {
            let reason =
                "the digest in the signature is that of other contents: the module was changed after it was signed";
            return Ok(Verdict::new(SignatureState::Mismatch, reason));
        }
        let mut hasher = (hash.hasher)();
        hasher.update(&attributes.der);
        digest = hasher.finalize();
    }
    let check =
        |certificate: &Certificate| certificate.key.check(Some(&signer.algorithm), hash, &digest, &signer.signature);
    if let Some(verdict) = best(trust.named(&signer.id), check) {
        return Ok(verdict);
    }
    Ok(check_embedded(signer, cms, trust, check).unwrap_or_else(untrusted))
}

/// The verdict of the first certificate that made the signature, or of the first at all.
fn best<'c>(
    certificates: impl Iterator<Item = &'c Certificate>,
    check: impl Fn(&Certificate) -> Outcome,
) -> Option<Verdict> {
    let mut first = None;
    for certificate in certificates {
        let outcome = check(certificate);
        let holds = outcome == Outcome::Holds;
        let verdict = Verdict::of(outcome, certificate);
        if holds {
            return Some(verdict);
        }
        first.get_or_insert(verdict);
    }
    first
}

/// With a certificate that came along: whole if its key made the signature, trusted if a given one vouches for it.
fn check_embedded(
    signer: &SignerInfo,
    cms: &Cms,
    trust: &TrustStore,
    check: impl Fn(&Certificate) -> Outcome,
) -> Option<Verdict> {
    let origin = Origin::file("the signature itself");
    let embedded = cms.certificates.iter().filter_map(|der| Certificate::parse(der, &origin).ok());
    let embedded: Vec<Certificate> = embedded.collect();
    let own = embedded.iter().find(|certificate| certificate.is_named(&signer.id))?;
    let outcome = check(own);
    if outcome != Outcome::Holds {
        return Some(Verdict::of(outcome, own));
    }
    let mut link = own;
    for _ in 0..LONGEST_CHAIN {
        if let Some(trusted) = trust.vouches_for(link) {
            let reason = format!(
                "by \"{}\", whose certificate came with the signature and goes back to \"{}\" of {}",
                own.name(),
                trusted.name(),
                trusted.origin
            );
            return Some(Verdict::new(SignatureState::Verified, reason));
        }
        let Some(next) = embedded.iter().find(|issuer| issuer.issued(link)) else { break };
        link = next;
    }
    let reason =
        format!("made by \"{}\", whose certificate came with it; no given certificate vouches for that", own.name());
    Some(Verdict::new(SignatureState::Untrusted, reason))
}

fn check_x509_id(id: &X509Id, payload: &Payload, trust: &TrustStore) -> io::Result<Verdict> {
    let Some(hash) = id.hash.computed.filter(|_| id.is_rsa) else {
        let kind = if id.is_rsa { "RSA" } else { "DSA" };
        return Ok(Verdict::unchecked(format!("{kind} with {} is not supported", id.hash.name)));
    };
    let mut named = trust.with_key_id(&id.key_id).peekable();
    if named.peek().is_none() {
        return Ok(Verdict::new(
            SignatureState::Untrusted,
            "no given certificate has the key identifier that it names",
        ));
    }
    let digest = payload.digest(hash)?;
    let number = id.signature.get(2..).unwrap_or_default();
    let check = |certificate: &Certificate| certificate.key.check(None, hash, &digest, number);
    Ok(best(named, check).unwrap_or_else(|| Verdict::unchecked("no certificate")))
}
