//! OpenPGP public keys, of which the modules of RHEL 4 to 6 name one.
//!
//! ```text
//! 99 01a2 | 04 4a000000 11 …p q g y        a key of version 4, DSA; its id ends the SHA-1 of 99 01a2 04 4a…
//! b4 14   | kernel key <k@example.org>     who it is
//! ```
//!
//! Files are as `gpg --export` writes them, armoured or not; signatures on keys, dates and expiry are not looked at, for the
//! kernel took its key as it was built in.
//!
//! Source: RFC 4880, 5.5.2 (public keys), 5.11 (user ids), 6.2 (armour), 12.2 (key ids).

use base64ct::{Base64, Encoding};
use sha2::digest::{FixedOutput, Update};

use super::key::PublicKey;
use crate::facts::Origin;
use crate::module_file::signature::openpgp::packet::{numbers, packet};

const PUBLIC_KEY: u8 = 6;
const USER_ID: u8 = 13;
const PUBLIC_SUBKEY: u8 = 14;
const ARMOUR_BEGIN: &[u8] = b"-----BEGIN PGP PUBLIC KEY BLOCK-----";
const ARMOUR_END: &[u8] = b"-----END PGP PUBLIC KEY BLOCK-----";
/// Keys of one file; a distribution has a handful.
const MOST_KEYS: usize = 64;

/// A public key with its id.
#[derive(Clone, Debug)]
pub(super) struct OpenPgpKey {
    /// What signatures call it.
    pub(super) id: [u8; 8],
    /// Its first user id.
    name: Option<String>,
    /// The key.
    pub(super) key: PublicKey,
    /// Where it came from.
    pub(super) origin: Origin,
}

impl OpenPgpKey {
    /// Its name, for messages.
    pub(super) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("without a name")
    }

    /// Reads the body of a key packet.
    fn read(body: &[u8], origin: &Origin) -> Option<Self> {
        let (id, key) = match body.split_first_chunk::<6>()? {
            ([4, _, _, _, _, algorithm], rest) => (id_of_version_4(body)?, PublicKey::of_openpgp(*algorithm, rest)?),
            // Versions 2 and 3: two bytes of validity before the algorithm, and RSA only.
            ([2 | 3, ..], rest) => {
                let rest = rest.get(2..)?;
                let modulus = numbers(rest, 1)?.pop()?;
                (*modulus.last_chunk::<8>()?, PublicKey::of_openpgp(1, rest)?)
            }
            _ => return None,
        };
        Some(Self { id, name: None, key, origin: origin.clone() })
    }
}

/// The last eight bytes of the fingerprint.
fn id_of_version_4(body: &[u8]) -> Option<[u8; 8]> {
    let mut hasher = sha1::Sha1::default();
    hasher.update(&[0x99]);
    hasher.update(&u16::try_from(body.len()).ok()?.to_be_bytes());
    hasher.update(body);
    hasher.finalize_fixed().last_chunk::<8>().copied()
}

/// All keys of a file, armoured or not; `None` where one is damaged.
pub(super) fn read(bytes: &[u8], origin: &Origin) -> Option<Vec<OpenPgpKey>> {
    let mut keys = Vec::new();
    if memchr::memmem::find(bytes, ARMOUR_BEGIN).is_none() {
        add_packets(bytes, origin, &mut keys)?;
        return Some(keys);
    }
    let mut rest = bytes;
    while let Some(start) = memchr::memmem::find(rest, ARMOUR_BEGIN) {
        let block = rest.get(start.saturating_add(ARMOUR_BEGIN.len())..)?;
        let end = memchr::memmem::find(block, ARMOUR_END)?;
        let (block, after) = block.split_at_checked(end)?;
        add_packets(&without_armour(block)?, origin, &mut keys)?;
        rest = after;
    }
    Some(keys)
}

/// Whether a file begins as a binary file of keys does, or has an armoured one in it.
pub(super) fn has_keys(bytes: &[u8]) -> bool {
    let is_binary =
        packet(bytes).is_some_and(|(tag, body, _)| tag == PUBLIC_KEY && matches!(body.first(), Some(2..=4)));
    is_binary || memchr::memmem::find(bytes, ARMOUR_BEGIN).is_some()
}

/// The bytes of a block: headers up to an empty line, then Base64, then a checksum behind `=`.
fn without_armour(block: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(block).ok()?;
    let mut lines = text.lines().map(str::trim_end).skip(1).skip_while(|line| !line.is_empty());
    lines.next()?;
    let digits: String = lines.take_while(|line| !line.starts_with('=')).collect();
    Base64::decode_vec(&digits).ok()
}

/// Adds the keys of a row of packets.
fn add_packets(bytes: &[u8], origin: &Origin, keys: &mut Vec<OpenPgpKey>) -> Option<()> {
    let mut rest = bytes;
    // Where the primary key of the user ids that follow is.
    let mut primary = keys.len();
    while !rest.is_empty() && keys.len() < MOST_KEYS {
        let (tag, body, after) = packet(rest)?;
        match tag {
            PUBLIC_KEY | PUBLIC_SUBKEY => {
                if tag == PUBLIC_KEY {
                    primary = keys.len();
                }
                keys.push(OpenPgpKey::read(body, origin)?);
            }
            USER_ID => {
                let name = || String::from_utf8_lossy(body).into_owned();
                for key in keys.get_mut(primary..).unwrap_or_default() {
                    key.name.get_or_insert_with(name);
                }
            }
            _ => {}
        }
        rest = after;
    }
    Some(())
}
