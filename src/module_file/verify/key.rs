//! Public keys: RSA and the NIST curves, and whether one of them made a signature over a digest.
//!
//! RSA with PKCS#1 v1.5 is what sign-file has always made, ECDSA what Debian and Fedora have taken since 6.x. Where an
//! RSA signature opens to the digest of something else, the contents were changed; where it opens to noise, the
//! signature itself is damaged or of another key. With ECDSA the two cannot be told apart.
//!
//! Source: RFC 8017 8.2.2 and 9.2, FIPS 186-5 6.4.2, RFC 5480 and 3279 (object identifiers).

use der::Decode;
use der::asn1::ObjectIdentifier;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs8::{DecodePublicKey, SubjectPublicKeyInfoRef};
use rsa::traits::PublicKeyParts;

use crate::module_file::signature::algorithm::Computed;

/// A public key.
#[derive(Clone, Debug)]
pub(super) enum PublicKey {
    /// RSA of 1024 to 8192 bits.
    Rsa(Box<rsa::PublicKey>),
    /// NIST P-256.
    P256(Box<p256::ecdsa::VerifyingKey>),
    /// NIST P-384.
    P384(Box<p384::ecdsa::VerifyingKey>),
    /// NIST P-521.
    P521(Box<p521::ecdsa::VerifyingKey>),
    /// One that is not checked here, with its object identifier.
    Other(String),
}

/// What became of checking a signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// This key made it over this digest.
    Holds,
    /// This key made it, over another digest.
    OtherContents,
    /// This key did not make it over this digest; why cannot be told.
    Fails,
    /// Not checked, and why.
    Unchecked(String),
}

const RSASSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");

impl PublicKey {
    /// Reads the DER of a SubjectPublicKeyInfo.
    pub(super) fn parse(der: &[u8]) -> Self {
        let elliptic = || {
            let p256 = p256::ecdsa::VerifyingKey::from_public_key_der(der).map(|key| Self::P256(Box::new(key)));
            let p384 = || p384::ecdsa::VerifyingKey::from_public_key_der(der).map(|key| Self::P384(Box::new(key)));
            let p521 = || p521::ecdsa::VerifyingKey::from_public_key_der(der).map(|key| Self::P521(Box::new(key)));
            p256.or_else(|_| p384()).or_else(|_| p521()).ok()
        };
        let rsa = rsa::PublicKey::from_public_key_der(der).ok().map(|key| Self::Rsa(Box::new(key)));
        rsa.or_else(elliptic).unwrap_or_else(|| {
            let oid = SubjectPublicKeyInfoRef::from_der(der).map(|info| info.algorithm.oid.to_string());
            Self::Other(oid.unwrap_or_else(|_| "unreadable".to_owned()))
        })
    }

    /// Checks a signature over a digest; `scheme` is the signature's algorithm, where it names one.
    pub(super) fn check(
        &self,
        scheme: Option<&ObjectIdentifier>,
        hash: Computed,
        digest: &[u8],
        signature: &[u8],
    ) -> Outcome {
        if scheme == Some(&RSASSA_PSS) {
            return Outcome::Unchecked("RSASSA-PSS is not supported".to_owned());
        }
        let holds = match self {
            Self::Rsa(key) => return check_rsa(key, hash, digest, signature),
            Self::P256(key) => p256::ecdsa::DerSignature::from_bytes(signature)
                .is_ok_and(|signature| key.verify_prehash(&padded(digest, 32), &signature).is_ok()),
            Self::P384(key) => p384::ecdsa::DerSignature::from_bytes(signature)
                .is_ok_and(|signature| key.verify_prehash(&padded(digest, 48), &signature).is_ok()),
            Self::P521(key) => p521::ecdsa::DerSignature::from_bytes(signature)
                .is_ok_and(|signature| key.verify_prehash(&padded(digest, 66), &signature).is_ok()),
            Self::Other(algorithm) => {
                return Outcome::Unchecked(format!("keys of algorithm {algorithm} are not supported"));
            }
        };
        if holds { Outcome::Holds } else { Outcome::Fails }
    }
}

/// A digest shorter than the curve's order is a small number: noughts before it change nothing.
fn padded(digest: &[u8], order: usize) -> Vec<u8> {
    let noughts = order.saturating_sub(digest.len());
    [vec![0; noughts].as_slice(), digest].concat()
}

fn check_rsa(key: &rsa::PublicKey, hash: Computed, digest: &[u8], signature: &[u8]) -> Outcome {
    // Appended numbers of 3.7 to 4.2 have their leading noughts left out.
    let signature = padded(signature, key.size());
    if key.verify((hash.pkcs1)(), digest, &signature).is_ok() {
        return Outcome::Holds;
    }
    match opened(key, &signature) {
        Some(block) if is_pkcs1(&block) => Outcome::OtherContents,
        _ => Outcome::Fails,
    }
}

/// The block that an RSA signature opens to.
fn opened(key: &rsa::PublicKey, signature: &[u8]) -> Option<Vec<u8>> {
    let bits = u32::try_from(key.size()).ok()?.checked_mul(8)?;
    let number = rsa::BoxedUint::from_be_slice(signature, bits).ok()?;
    let block = rsa::hazmat::rsa_encrypt(key, &number).ok()?.to_be_bytes().to_vec();
    let noughts = block.len().checked_sub(key.size())?;
    block.get(noughts..).map(<[u8]>::to_vec)
}

/// `00 01 ff … ff 00` and a DigestInfo.
fn is_pkcs1(block: &[u8]) -> bool {
    let Some(rest) = block.strip_prefix(&[0, 1]) else { return false };
    let padding = rest.iter().take_while(|&&byte| byte == 0xff).count();
    padding >= 8 && matches!(rest.get(padding..), Some([0, 0x30, ..]))
}

/// The hash that a certificate's signature algorithm names.
pub(super) fn hash_of_scheme(scheme: &ObjectIdentifier) -> Option<&'static str> {
    const SCHEMES: [(&str, &str); 10] = [
        ("1.2.840.113549.1.1.5", "1.3.14.3.2.26"),
        ("1.2.840.113549.1.1.14", "2.16.840.1.101.3.4.2.4"),
        ("1.2.840.113549.1.1.11", "2.16.840.1.101.3.4.2.1"),
        ("1.2.840.113549.1.1.12", "2.16.840.1.101.3.4.2.2"),
        ("1.2.840.113549.1.1.13", "2.16.840.1.101.3.4.2.3"),
        ("1.2.840.10045.4.1", "1.3.14.3.2.26"),
        ("1.2.840.10045.4.3.1", "2.16.840.1.101.3.4.2.4"),
        ("1.2.840.10045.4.3.2", "2.16.840.1.101.3.4.2.1"),
        ("1.2.840.10045.4.3.3", "2.16.840.1.101.3.4.2.2"),
        ("1.2.840.10045.4.3.4", "2.16.840.1.101.3.4.2.3"),
    ];
    let scheme = scheme.to_string();
    SCHEMES.iter().find(|(known, _)| *known == scheme).map(|(_, hash)| *hash)
}
