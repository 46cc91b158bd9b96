//! The PKCS#7 message of an appended signature: a detached CMS SignedData.
//!
//! ```text
//! ContentInfo { signedData, SignedData { version, { sha256 }, { data }, [certificates], { SignerInfo … } } }
//! SignerInfo  { version, issuer and serial | [0] key id, sha256, [0] attributes?, rsaEncryption, signature }
//! ```
//!
//! Read with the `der` crate rather than with its `cms` sister: only these few fields are wanted, as the bytes that
//! were signed, and sets need not be sorted (the kernel and OpenSSL do not ask for it).
//!
//! Source: RFC 5652, 3, 5.1 and 5.3; crypto/asymmetric_keys/pkcs7.asn1 and pkcs7_parser.c for what the kernel takes.

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Encode, Header, Reader, SliceReader, Tag, TagNumber, Tagged};

use super::algorithm::HashAlgorithm;

const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
/// sign-file makes one signer; messages with more than this are refused.
const MOST_SIGNERS: usize = 4;
/// Certificates beyond these are not looked at; a chain is three or four long.
const MOST_CERTIFICATES: usize = 16;

/// A detached SignedData.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::module_file) struct Cms {
    /// Who signed; modinfo speaks of the first.
    pub(in crate::module_file) signers: Vec<SignerInfo>,
    /// Certificates that came along, DER.
    pub(in crate::module_file) certificates: Vec<Vec<u8>>,
}

/// One signer.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::module_file) struct SignerInfo {
    /// How the certificate is named.
    pub(in crate::module_file) id: SignerId,
    /// Hash of the contents, and of the attributes.
    pub(in crate::module_file) hash: ObjectIdentifier,
    /// What is signed in place of the contents, where there are signed attributes.
    pub(in crate::module_file) attributes: Option<SignedAttributes>,
    /// Signature algorithm.
    pub(in crate::module_file) algorithm: ObjectIdentifier,
    /// The signature.
    pub(in crate::module_file) signature: Vec<u8>,
}

/// How a signer's certificate is named.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::module_file) enum SignerId {
    /// By its issuer (DER of the name) and serial (big-endian, no leading noughts).
    IssuerSerial {
        /// DER of the issuer's name.
        issuer: Vec<u8>,
        /// Serial number without leading noughts.
        serial: Vec<u8>,
    },
    /// By its subject key identifier.
    KeyId(Vec<u8>),
}

/// Signed attributes.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::module_file) struct SignedAttributes {
    /// DER of the SET that the signature covers.
    pub(in crate::module_file) der: Vec<u8>,
    /// The hash of the contents.
    pub(in crate::module_file) message_digest: Vec<u8>,
}

impl Cms {
    /// Reads a message; what follows it is ignored, as the kernel and OpenSSL ignore it.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, String> {
        let mut reader = SliceReader::new(bytes).map_err(not_cms)?;
        reader.sequence(content_info).map_err(|error| match error.kind() {
            der::ErrorKind::Incomplete { .. } => format!("the PKCS#7 message is cut: {error}"),
            _ => not_cms(error),
        })?
    }

    /// The signer as modinfo prints it: the common name of the issuer.
    pub(super) fn signer(&self) -> Option<String> {
        match &self.signers.first()?.id {
            SignerId::IssuerSerial { issuer, .. } => common_name(issuer),
            SignerId::KeyId(_) => None,
        }
    }

    /// The key as modinfo prints it: the serial.
    pub(super) fn key(&self) -> Vec<u8> {
        self.signers
            .first()
            .map(|signer| match &signer.id {
                SignerId::IssuerSerial { serial, .. } => serial.clone(),
                SignerId::KeyId(id) => id.clone(),
            })
            .unwrap_or_default()
    }

    /// Name of the hash, or its object identifier.
    pub(super) fn hash(&self) -> String {
        self.signers
            .first()
            .map(|signer| {
                HashAlgorithm::of_oid(&signer.hash).map_or_else(|| signer.hash.to_string(), |hash| hash.name.to_owned())
            })
            .unwrap_or_default()
    }
}

fn not_cms(error: der::Error) -> String {
    format!("not a PKCS#7 message: {error}")
}

/// The outer error is about DER, the inner one about what the message says.
type Read<T> = Result<Result<T, String>, der::Error>;

fn content_info(reader: &mut SliceReader) -> Read<Cms> {
    if reader.decode::<ObjectIdentifier>()? != SIGNED_DATA {
        return skip(reader, "the PKCS#7 message is no SignedData");
    }
    let explicit = reader.decode::<AnyRef>()?;
    if explicit.tag() != context(0, true) {
        return Err(Tag::Sequence.unexpected_error(Some(explicit.tag())).into());
    }
    SliceReader::new(explicit.value())?.sequence(signed_data)
}

fn signed_data(reader: &mut SliceReader) -> Read<Cms> {
    let _version: u8 = reader.decode()?;
    let _digests: AnyRef = reader.decode()?;
    let is_detached = reader.sequence(|contents| {
        let _kind: ObjectIdentifier = contents.decode()?;
        let detached = contents.is_finished();
        while !contents.is_finished() {
            contents.decode::<AnyRef>()?;
        }
        Ok::<_, der::Error>(detached)
    })?;
    let mut cms = Cms { signers: Vec::new(), certificates: Vec::new() };
    while !reader.is_finished() {
        let part = reader.decode::<AnyRef>()?;
        if part.tag() == context(0, true) {
            for_each(part.value(), |certificate| {
                cms.certificates.push(certificate.tlv_bytes()?.to_vec());
                Ok(cms.certificates.len() < MOST_CERTIFICATES)
            })?;
        } else if part.tag() == Tag::Set {
            for_each(part.value(), |signers| {
                cms.signers.push(signers.sequence(signer_info)?);
                Ok(cms.signers.len() <= MOST_SIGNERS)
            })?;
        }
    }
    Ok(match (is_detached, cms.signers.len()) {
        (false, _) => Err("the PKCS#7 message brings contents of its own: the kernel refuses it".into()),
        (true, 0) => Err("the PKCS#7 message has no signer".into()),
        (true, 1..=MOST_SIGNERS) => Ok(cms),
        (true, _) => Err(format!("the PKCS#7 message has more than {MOST_SIGNERS} signers")),
    })
}

fn signer_info(reader: &mut SliceReader) -> Result<SignerInfo, der::Error> {
    let _version: u8 = reader.decode()?;
    let id = signer_id(reader.decode()?)?;
    let hash = reader.sequence(algorithm)?;
    let mut next = reader.decode::<AnyRef>()?;
    let mut attributes = None;
    if next.tag() == context(0, true) {
        attributes = Some(SignedAttributes::read(next)?);
        next = reader.decode()?;
    }
    let algorithm = next.sequence(algorithm)?;
    let signature = reader.decode::<&OctetStringRef>()?.as_bytes().to_vec();
    while !reader.is_finished() {
        reader.decode::<AnyRef>()?;
    }
    Ok(SignerInfo { id, hash, attributes, algorithm, signature })
}

fn signer_id(id: AnyRef) -> Result<SignerId, der::Error> {
    if id.tag() == context(0, false) {
        return Ok(SignerId::KeyId(id.value().to_vec()));
    }
    id.sequence(|reader| {
        let issuer = reader.tlv_bytes()?.to_vec();
        let serial = reader.decode::<AnyRef>()?;
        serial.tag().assert_eq(Tag::Integer)?;
        Ok(SignerId::IssuerSerial { issuer, serial: magnitude(serial.value()).to_vec() })
    })
}

/// Object identifier of an AlgorithmIdentifier; its parameters say nothing that is used.
fn algorithm(reader: &mut SliceReader) -> Result<ObjectIdentifier, der::Error> {
    let oid = reader.decode()?;
    while !reader.is_finished() {
        reader.decode::<AnyRef>()?;
    }
    Ok(oid)
}

impl SignedAttributes {
    fn read(tagged: AnyRef) -> Result<Self, der::Error> {
        // In the message they have a context tag; what is signed is the same SET with its own tag.
        let mut der = Header::new(Tag::Set, tagged.value().len().try_into()?).to_der()?;
        der.extend_from_slice(tagged.value());
        let mut message_digest = None;
        for_each(tagged.value(), |attributes| {
            attributes.sequence(|attribute| {
                let kind = attribute.decode::<ObjectIdentifier>()?;
                let values = attribute.decode::<AnyRef>()?;
                if kind == MESSAGE_DIGEST {
                    message_digest = Some(<&OctetStringRef>::from_der(values.value())?.as_bytes().to_vec());
                }
                Ok::<_, der::Error>(true)
            })
        })?;
        let message_digest = message_digest.ok_or_else(|| der::Error::from(Tag::OctetString.value_error()))?;
        Ok(Self { der, message_digest })
    }
}

/// Calls `each` until the bytes are used up or it says that this was enough.
fn for_each<'a>(
    bytes: &'a [u8],
    mut each: impl FnMut(&mut SliceReader<'a>) -> Result<bool, der::Error>,
) -> Result<(), der::Error> {
    let mut reader = SliceReader::new(bytes)?;
    while !reader.is_finished() && each(&mut reader)? {}
    Ok(())
}

/// Reads on to the end, so that what is wrong is said rather than that bytes were left.
fn skip<T>(reader: &mut SliceReader, why: &str) -> Read<T> {
    while !reader.is_finished() {
        reader.decode::<AnyRef>()?;
    }
    Ok(Err(why.to_owned()))
}

fn context(number: u32, constructed: bool) -> Tag {
    Tag::ContextSpecific { constructed, number: TagNumber(number) }
}

/// A big-endian integer without leading noughts.
pub(in crate::module_file) fn magnitude(integer: &[u8]) -> &[u8] {
    let noughts = integer.iter().take_while(|&&byte| byte == 0).count();
    integer.get(noughts..).unwrap_or_default()
}

/// The common name in the DER of a name, or else its last part, as modinfo has it.
pub(in crate::module_file) fn common_name(name: &[u8]) -> Option<String> {
    let mut best = None;
    let mut found = false;
    let parts = AnyRef::from_der(name).ok()?;
    for_each(parts.value(), |names| {
        let set = names.decode::<AnyRef>()?;
        for_each(set.value(), |parts| {
            parts.sequence(|part| {
                let kind = part.decode::<ObjectIdentifier>()?;
                best = Some(part.decode::<AnyRef>()?);
                found = kind == COMMON_NAME;
                Ok::<_, der::Error>(!found)
            })
        })?;
        Ok(!found)
    })
    .ok()?;
    best.map(|value| String::from_utf8_lossy(value.value()).into_owned())
}
