//! Signatures appended to a module: since 3.7, and on RHEL since 7.
//!
//! ```text
//! module | signer | key id | signature | trailer (12 bytes) | ~Module signature appended~\n
//! ```
//!
//! The trailer tells the lengths of the other three, the last of them always big-endian. From 3.7 to 4.2 signer and
//! key id are those of an X.509 certificate and the signature is a bare RSA number; since 4.3 there is only a
//! PKCS#7 message. A magic that is not the very end of the file is no signature to the kernel.
//!
//! Source: include/linux/module_signature.h, kernel/module_signature.c and kernel/module/signing.c
//! (kernel/module_signing.c before); libkmod-signature.c of kmod for what modinfo accepts.

use std::io;

use super::algorithm::HashAlgorithm;
use super::cms::Cms;
use super::{Contents, Kind, Signature, X509Id};
use crate::module_file::image::Image;

/// What ends a signed module.
pub(in crate::module_file) const MAGIC: &[u8] = b"~Module signature appended~\n";
const TRAILER: u64 = 12;
/// No signature is longer; the largest with certificates and post-quantum keys are some tens of KiB.
const LONGEST: u64 = 1 << 20;
/// How many signatures in a row are followed.
const MOST: usize = 16;

/// The trailer's fields.
struct Trailer {
    algorithm: u8,
    hash: u8,
    id_type: u8,
    signer_length: u8,
    key_id_length: u8,
    padding: [u8; 3],
    signature_length: u32,
}

/// All signatures at the end of the module, the outermost first.
pub(super) fn find(image: &Image) -> io::Result<Vec<Signature>> {
    let mut found = Vec::new();
    let mut end = image.length();
    while found.len() < MOST {
        let Some(signature) = last(image, end)? else { break };
        end = signature.covers;
        let whole = signature.contents.is_ok();
        found.push(signature);
        if !whole {
            break;
        }
    }
    Ok(found)
}

/// The signature that ends at `end`, if there is one.
fn last(image: &Image, end: u64) -> io::Result<Option<Signature>> {
    let magic_length = u64::try_from(MAGIC.len()).unwrap_or_default();
    let Some(magic_start) = end.checked_sub(magic_length) else { return Ok(None) };
    if *image.get(magic_start, magic_length)? != *MAGIC {
        return Ok(None);
    }
    let malformed = |kind, covers, why: String| Ok(Some(Signature { kind, covers, contents: Err(why) }));
    let Some(trailer_start) = magic_start.checked_sub(TRAILER) else {
        return malformed(None, 0, "nothing stands before the magic".into());
    };
    let Some(trailer) = Trailer::parse(&image.get(trailer_start, TRAILER)?) else { return Ok(None) };
    let kind = Kind::of_id_type(trailer.id_type);
    let length = u64::from(trailer.signature_length);
    let others = u64::from(trailer.signer_length).saturating_add(u64::from(trailer.key_id_length));
    let covers = match trailer_start.checked_sub(length.saturating_add(others)) {
        Some(covers) if length != 0 && length <= LONGEST => covers,
        _ => {
            let why =
                format!("the trailer at offset {trailer_start} tells a signature of {length} bytes, which cannot be");
            return malformed(kind, trailer_start, why);
        }
    };
    let body = image.get(covers, others.saturating_add(length))?;
    let contents = trailer.contents(&body).map_err(|why| format!("signature at offset {covers}: {why}"));
    Ok(Some(Signature { kind, covers, contents }))
}

impl Trailer {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let &[algorithm, hash, id_type, signer_length, key_id_length, a, b, c, w, x, y, z] = bytes else { return None };
        let signature_length = u32::from_be_bytes([w, x, y, z]);
        let padding = [a, b, c];
        Some(Self { algorithm, hash, id_type, signer_length, key_id_length, padding, signature_length })
    }

    /// Reads what the trailer speaks of.
    fn contents(&self, body: &[u8]) -> Result<Contents, String> {
        let cut = || "shorter than its trailer says".to_owned();
        let (signer, rest) = body.split_at_checked(self.signer_length.into()).ok_or_else(cut)?;
        let (key_id, signature) = rest.split_at_checked(self.key_id_length.into()).ok_or_else(cut)?;
        match Kind::of_id_type(self.id_type) {
            Some(Kind::Pkcs7) => {
                let unused = [self.algorithm, self.hash, self.signer_length, self.key_id_length];
                if unused.iter().chain(&self.padding).any(|&byte| byte != 0) {
                    return Err("the trailer of a PKCS#7 signature has fields that must be nought".into());
                }
                Cms::parse(signature).map(|cms| Contents::Cms(Box::new(cms)))
            }
            Some(Kind::X509Id) => {
                let hash = HashAlgorithm::of_trailer(self.hash).ok_or(format!("unknown hash {}", self.hash))?;
                if self.algorithm > 1 {
                    return Err(format!("unknown key algorithm {}", self.algorithm));
                }
                let number = signature.split_first_chunk::<2>();
                if number.is_none_or(|(length, number)| usize::from(u16::from_be_bytes(*length)) != number.len()) {
                    return Err("the length before the RSA number is not that of the number".into());
                }
                Ok(Contents::X509Id(X509Id {
                    signer: String::from_utf8_lossy(signer).into_owned(),
                    key_id: key_id.to_vec(),
                    hash,
                    is_rsa: self.algorithm == 1,
                    signature: signature.to_vec(),
                }))
            }
            _ => Err(format!("identifier type {}: no kernel signs modules so", self.id_type)),
        }
    }
}

/// Why a file without a signature looks as if it had lost one: remains behind the last section, which ends at `end`.
pub(super) fn remains(image: &Image, end: u64) -> io::Result<Option<String>> {
    let length = image.length().saturating_sub(end);
    if length == 0 {
        return Ok(None);
    }
    let bytes = image.get(end, length.min(LONGEST))?;
    if let Some(at) = memchr::memmem::rfind(&bytes, MAGIC) {
        let after = bytes.len().saturating_sub(at).saturating_sub(MAGIC.len());
        return Ok(Some(format!(
            "a signature is followed by {after} more bytes: to the kernel, which looks at the very end, it is unsigned"
        )));
    }
    let cut_magic = (1..MAGIC.len()).rev().find(|&n| MAGIC.get(..n).is_some_and(|part| bytes.ends_with(part)));
    let is_der = matches!(*bytes, [0x30, 0x81..=0x83, ..]);
    Ok(match cut_magic {
        Some(n) if n > 1 => Some(format!(
            "the file ends {} bytes short of the end of a signature's magic: the kernel takes it for unsigned",
            MAGIC.len().saturating_sub(n)
        )),
        _ if is_der => Some(format!(
            "{length} bytes behind the last section begin like a PKCS#7 signature: the file is cut, and unsigned to the kernel"
        )),
        _ => None,
    })
}
