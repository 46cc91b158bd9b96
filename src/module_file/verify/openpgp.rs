//! Checking the OpenPGP signature of a module of RHEL 4 to 6.

use super::keyring::OpenPgpKey;
use super::{Outcome, TrustStore, Verdict, selection};
use crate::facts::SignatureState;
use crate::module_file::elf::Elf;
use crate::module_file::hex::hex;
use crate::module_file::image::Image;
use crate::module_file::signature::algorithm::{Computed, HashAlgorithm};
use crate::module_file::signature::openpgp::OpenPgp;
use crate::module_file::signature::{Kind, Signature};
use crate::taint::Lineage;

/// The class of a signature over a file.
const OF_A_FILE: u8 = 0;

/// Checks the signature with the key that it names.
pub(super) fn check(
    packet: &OpenPgp,
    signature: &Signature,
    (image, elf): (&Image, &Elf),
    lineage: Option<Lineage>,
    trust: &TrustStore,
) -> Verdict {
    if !trust.has_openpgp_keys() {
        return Verdict::unchecked("it names an OpenPGP key, and none was given");
    }
    let Some(key) = trust.openpgp_key(packet.key_id) else {
        let id = hex(&packet.key_id).replace(':', "");
        return Verdict::new(SignatureState::Untrusted, format!("no given OpenPGP key is {id}, which it names"));
    };
    let Some(hash) = HashAlgorithm::of_openpgp(packet.hash).and_then(|hash| hash.computed) else {
        return Verdict::unchecked(format!("the hash {} is not supported", packet.hash_name()));
    };
    if packet.class != OF_A_FILE {
        return Verdict::unchecked(format!(
            "an OpenPGP signature of class {:#04x} is not one over a file",
            packet.class
        ));
    }
    let section = signature.kind.and_then(Kind::section).unwrap_or_default();
    match digest(packet, hash, image, elf, section) {
        Ok(digest) => verdict(packet, key, hash, &digest, lineage),
        Err(why) => Verdict::unchecked(why),
    }
}

/// The digest over the selection of sections and the packet's own part.
fn digest(packet: &OpenPgp, hash: Computed, image: &Image, elf: &Elf, section: &str) -> Result<Box<[u8]>, String> {
    let mut hasher = (hash.hasher)();
    selection::read(image, elf, section, &mut |piece| hasher.update(piece))?;
    hasher.update(&packet.suffix);
    Ok(hasher.finalize())
}

fn verdict(packet: &OpenPgp, key: &OpenPgpKey, hash: Computed, digest: &[u8], lineage: Option<Lineage>) -> Verdict {
    let (name, place) = (key.name(), &key.origin);
    let mismatch = |why: String| Verdict::new(SignatureState::Mismatch, why);
    match key.key.check_numbers(hash, digest, &packet.numbers) {
        Outcome::Holds => Verdict::new(SignatureState::Verified, format!("by the OpenPGP key \"{name}\" of {place}")),
        Outcome::Unchecked(why) => Verdict::unchecked(why),
        _ if digest.starts_with(&packet.left) => mismatch(format!(
            "the OpenPGP key \"{name}\" ({place}) did not make it, though the contents are those that were signed: the \
             signature was changed, or the key is another one of that id"
        )),
        // Of these kernels the selection is known; of earlier ones it is taken to be the same.
        _ if !matches!(lineage, Some(Lineage::Rhel6 | Lineage::Uek2)) => Verdict::unchecked(
            "it does not fit as those of RHEL 6 do: the module was changed, or its kernel signs another selection of sections",
        ),
        _ => {
            mismatch(format!("\"{name}\" ({place}) signed other contents: the module was changed after it was signed"))
        }
    }
}
