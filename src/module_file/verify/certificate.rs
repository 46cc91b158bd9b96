//! Certificates that signatures are checked with, and the store that holds them.
//!
//! One file may hold several: PEM with text around it, or DER one after the other, as the kernel keeps its own list.
//! Dates and key usage are not looked at; neither does the kernel for modules.
//!
//! Source: RFC 5280 4.1 and 4.2.1.2; RFC 7468; crypto/asymmetric_keys/x509_cert_parser.c.

use der::asn1::ObjectIdentifier;
use der::{Decode, Encode, Reader, SliceReader};
use x509_cert::certificate::{CertificateInner, Raw};
use x509_cert::ext::pkix::SubjectKeyIdentifier;

use super::key::{Outcome, PublicKey, hash_of_scheme};
use super::keyring::{self, OpenPgpKey};
use crate::facts::Origin;
use crate::module_file::signature::algorithm::HashAlgorithm;
use crate::module_file::signature::cms::{SignerId, common_name, magnitude};

/// Why a file of certificates could not be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CertificateError {
    /// It holds neither a certificate nor a key.
    #[error("{origin}: no X.509 certificate in it (expected PEM or DER), nor an OpenPGP public key")]
    None {
        /// The file.
        origin: Origin,
    },
    /// One of them cannot be read.
    #[error("{origin}: certificate {number} in it cannot be read: {why}")]
    Malformed {
        /// The file.
        origin: Origin,
        /// Which one, counted from 1.
        number: usize,
        /// What the decoder said.
        why: String,
    },
}

/// The certificates that are trusted to sign modules, and the OpenPGP keys (RHEL 4 to 6).
#[derive(Clone, Debug, Default)]
pub struct TrustStore {
    certificates: Vec<Certificate>,
    openpgp: Vec<OpenPgpKey>,
}

/// One certificate, as far as it is used.
#[derive(Clone, Debug)]
pub(super) struct Certificate {
    /// DER of the name of who issued it.
    issuer: Vec<u8>,
    /// Serial without leading noughts.
    serial: Vec<u8>,
    /// DER of its own name.
    subject: Vec<u8>,
    /// Subject key identifier.
    key_id: Option<Vec<u8>>,
    /// SHA-1 of the key, which is what the identifier is where none is given.
    key_hash: Vec<u8>,
    /// Public key.
    pub(super) key: PublicKey,
    /// What the issuer signed.
    signed: Vec<u8>,
    /// How.
    scheme: ObjectIdentifier,
    /// The issuer's signature.
    signature: Vec<u8>,
    /// Where it came from.
    pub(super) origin: Origin,
}

impl TrustStore {
    /// A store without certificates and keys.
    pub fn new() -> Self {
        Self::default()
    }

    /// How many certificates and keys there are.
    pub fn len(&self) -> usize {
        self.certificates.len().saturating_add(self.openpgp.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there are certificates.
    pub(super) fn has_certificates(&self) -> bool {
        !self.certificates.is_empty()
    }

    /// Whether there are OpenPGP keys.
    pub(super) fn has_openpgp_keys(&self) -> bool {
        !self.openpgp.is_empty()
    }

    /// Adds all certificates of a file, PEM or DER, or its OpenPGP public keys, armoured or not, and says how many they were.
    ///
    /// # Errors
    /// A file without either, or with one that cannot be read (those before it are kept).
    pub fn add_pem_or_der(&mut self, bytes: &[u8], origin: &Origin) -> Result<usize, CertificateError> {
        let mut count: usize = 0;
        let mut each = |der: Result<&[u8], der::Error>| {
            let number = count.saturating_add(1);
            let certificate = der.and_then(|der| Certificate::parse(der, origin)).map_err(|error| {
                CertificateError::Malformed { origin: origin.clone(), number, why: error.to_string() }
            })?;
            self.certificates.push(certificate);
            count = number;
            Ok(())
        };
        if memchr::memmem::find(bytes, PEM_BEGIN).is_some() {
            pem_blocks(bytes).try_for_each(|block| match der::pem::decode_vec(block) {
                Ok((_, der)) => each(Ok(&der)),
                Err(error) => each(Err(error.into())),
            })?;
        } else if bytes.starts_with(&[0x30]) {
            let mut reader = SliceReader::new(bytes).map_err(|_| CertificateError::None { origin: origin.clone() })?;
            while !reader.is_finished() {
                each(reader.tlv_bytes())?;
            }
        }
        if count == 0 { self.add_openpgp(bytes, origin) } else { Ok(count) }
    }

    fn add_openpgp(&mut self, bytes: &[u8], origin: &Origin) -> Result<usize, CertificateError> {
        if !keyring::has_keys(bytes) {
            return Err(CertificateError::None { origin: origin.clone() });
        }
        let keys = keyring::read(bytes, origin).ok_or_else(|| CertificateError::Malformed {
            origin: origin.clone(),
            number: 1,
            why: "an OpenPGP public key that is cut or of no known version".to_owned(),
        })?;
        let count = keys.len();
        self.openpgp.extend(keys);
        Ok(count)
    }

    /// The OpenPGP key of this id.
    pub(super) fn openpgp_key(&self, id: [u8; 8]) -> Option<&OpenPgpKey> {
        self.openpgp.iter().find(|key| key.id == id)
    }

    /// Those that a signer id names.
    pub(super) fn named<'s>(&'s self, id: &SignerId) -> impl Iterator<Item = &'s Certificate> {
        self.certificates.iter().filter(move |certificate| certificate.is_named(id))
    }

    /// Those whose key has this identifier.
    pub(super) fn with_key_id<'s>(&'s self, key_id: &[u8]) -> impl Iterator<Item = &'s Certificate> {
        self.certificates.iter().filter(move |certificate| certificate.has_key_id(key_id))
    }

    /// A trusted certificate that this one is, or that issued it.
    pub(super) fn vouches_for(&self, certificate: &Certificate) -> Option<&Certificate> {
        self.certificates
            .iter()
            .find(|trusted| trusted.signed == certificate.signed && trusted.signature == certificate.signature)
            .or_else(|| self.certificates.iter().find(|trusted| trusted.issued(certificate)))
    }
}

const PEM_BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
const PEM_END: &[u8] = b"-----END CERTIFICATE-----";

/// The PEM blocks of certificates; text and blocks of other kinds around them are passed over.
fn pem_blocks(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let start = memchr::memmem::find(rest, PEM_BEGIN)?;
        let block = rest.get(start..)?;
        let end = memchr::memmem::find(block, PEM_END).map_or(block.len(), |end| end.saturating_add(PEM_END.len()));
        let (block, after) = block.split_at_checked(end)?;
        rest = after;
        Some(block)
    })
}

impl Certificate {
    /// Reads the DER of one certificate.
    pub(super) fn parse(der: &[u8], origin: &Origin) -> Result<Self, der::Error> {
        let certificate = CertificateInner::<Raw>::from_der(der)?;
        let signed = SliceReader::new(der)?.sequence(|reader| {
            let signed = reader.tlv_bytes()?.to_vec();
            while !reader.is_finished() {
                reader.tlv_bytes()?;
            }
            Ok::<_, der::Error>(signed)
        })?;
        let body = certificate.tbs_certificate();
        let key_info = body.subject_public_key_info();
        let mut key_hasher = sha1::Sha1::default();
        sha2::digest::Update::update(&mut key_hasher, key_info.subject_public_key.raw_bytes());
        let key_id = body.get_extension::<SubjectKeyIdentifier>().ok().flatten();
        Ok(Self {
            issuer: body.issuer().to_der()?,
            serial: magnitude(body.serial_number().as_bytes()).to_vec(),
            subject: body.subject().to_der()?,
            key_id: key_id.map(|(_, id)| id.0.into_bytes().into()),
            key_hash: sha2::digest::FixedOutput::finalize_fixed(key_hasher).to_vec(),
            key: PublicKey::parse(&key_info.to_der()?),
            signed,
            scheme: certificate.signature_algorithm().oid,
            signature: certificate.signature().raw_bytes().to_vec(),
            origin: origin.clone(),
        })
    }

    /// The common name, for messages.
    pub(super) fn name(&self) -> String {
        common_name(&self.subject).unwrap_or_else(|| "without a name".to_owned())
    }

    /// Whether a signer id means this certificate.
    pub(super) fn is_named(&self, id: &SignerId) -> bool {
        match id {
            SignerId::IssuerSerial { issuer, serial } => self.issuer == *issuer && self.serial == *serial,
            SignerId::KeyId(key_id) => self.has_key_id(key_id),
        }
    }

    fn has_key_id(&self, key_id: &[u8]) -> bool {
        self.key_id.as_deref().unwrap_or(&self.key_hash) == key_id
    }

    /// Whether this certificate's key signed the other.
    pub(super) fn issued(&self, other: &Self) -> bool {
        let hash = || {
            let oid = ObjectIdentifier::new(hash_of_scheme(&other.scheme)?).ok()?;
            HashAlgorithm::of_oid(&oid)?.computed
        };
        if self.subject != other.issuer {
            return false;
        }
        hash().is_some_and(|hash| {
            let mut hasher = (hash.hasher)();
            hasher.update(&other.signed);
            self.key.check(Some(&other.scheme), hash, &hasher.finalize(), &other.signature) == Outcome::Holds
        })
    }
}
