//! Public keys: RSA and the NIST curves, and whether one of them made a signature over a digest.
//!
//! RSA with PKCS#1 v1.5 is what sign-file has always made, ECDSA what Debian and Fedora have taken since 6.x. Where an
//! RSA signature opens to the digest of something else, the contents were changed; where it opens to noise, the
//! signature itself is damaged or of another key. With ECDSA the two cannot be told apart.
//!
//! DSA is what the OpenPGP keys of RHEL 4 to 6 are.
//!
//! Source: RFC 8017 8.2.2 and 9.2, FIPS 186-5 6.4.2, FIPS 186-4 4.7 (DSA), RFC 4880 5.2 and 5.5 (its numbers), RFC 5480 and 3279 (object identifiers).

use der::Decode;
use der::asn1::ObjectIdentifier;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use rsa::pkcs8::{DecodePublicKey, SubjectPublicKeyInfoRef};
use rsa::traits::PublicKeyParts;

use crate::module_file::signature::algorithm::Computed;
use crate::module_file::signature::cms::magnitude;
use crate::module_file::signature::openpgp::packet::numbers;

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
    /// DSA, as OpenPGP keys are.
    Dsa(Box<dsa::VerifyingKey>),
    /// One that is not checked here, with its object identifier or name.
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

    /// Reads the numbers of an OpenPGP public key; `None` where they are cut.
    pub(super) fn of_openpgp(algorithm: u8, bytes: &[u8]) -> Option<Self> {
        let (name, key) = match algorithm {
            1..=3 => ("RSA", rsa_of_numbers(&numbers(bytes, 2)?)),
            17 => ("DSA", dsa_of_numbers(&numbers(bytes, 4)?)),
            other => return Some(Self::Other(format!("{other} of OpenPGP"))),
        };
        Some(key.unwrap_or_else(|| Self::Other(format!("{name} of this size or with these numbers"))))
    }

    /// Checks the numbers of an OpenPGP signature.
    pub(super) fn check_numbers(&self, hash: Computed, digest: &[u8], numbers: &[Vec<u8>]) -> Outcome {
        match (self, numbers) {
            (Self::Rsa(key), [number]) => check_rsa(key, hash, digest, number),
            (Self::Dsa(key), [r, s]) => {
                let order = key.components().q().bits_precision();
                let numbers = unsigned(r, order).zip(unsigned(s, order));
                let signature = numbers.and_then(|(r, s)| dsa::Signature::from_components(r, s));
                let holds = signature.is_some_and(|signature| key.verify_prehash(digest, &signature).is_ok());
                if holds { Outcome::Holds } else { Outcome::Fails }
            }
            (Self::Other(algorithm), _) => {
                Outcome::Unchecked(format!("keys of algorithm {algorithm} are not supported"))
            }
            _ => Outcome::Unchecked("the signature is not of the key's algorithm".to_owned()),
        }
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
            Self::Dsa(_) => return Outcome::Unchecked("DSA is not supported with certificates".to_owned()),
            Self::Other(algorithm) => {
                return Outcome::Unchecked(format!("keys of algorithm {algorithm} are not supported"));
            }
        };
        if holds { Outcome::Holds } else { Outcome::Fails }
    }
}

/// Bits of the longest number of a key.
const LONGEST_NUMBER: usize = 8192;

/// A big-endian number with room for so many bits; `None` where that is not enough.
fn unsigned(bytes: &[u8], bits: u32) -> Option<rsa::BoxedUint> {
    rsa::BoxedUint::from_be_slice(magnitude(bytes), bits).ok()
}

/// The bits that a number takes, whole bytes of them.
fn bits(bytes: &[u8]) -> Option<u32> {
    let bits = magnitude(bytes).len().checked_mul(8).filter(|bits| *bits <= LONGEST_NUMBER)?;
    u32::try_from(bits).ok()
}

fn rsa_of_numbers(numbers: &[Vec<u8>]) -> Option<PublicKey> {
    let [n, e] = numbers else { return None };
    rsa::PublicKey::new(unsigned(n, bits(n)?)?, unsigned(e, bits(e)?)?).ok().map(|key| PublicKey::Rsa(Box::new(key)))
}

fn dsa_of_numbers(numbers: &[Vec<u8>]) -> Option<PublicKey> {
    let [p, q, g, y] = numbers else { return None };
    // The crate reckons modulo p with g and y, which must have as much room, and be less.
    let p = unsigned(p, bits(p)?)?;
    let [g, y] = [unsigned(g, p.bits_precision())?, unsigned(y, p.bits_precision())?];
    let (q, is_less) = (unsigned(q, bits(q)?)?, g < p && y < p);
    let components = dsa::Components::from_components(p, q, g).ok().filter(|_| is_less)?;
    let key = dsa::VerifyingKey::from_components(components, y).ok()?;
    Some(PublicKey::Dsa(Box::new(key)))
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
