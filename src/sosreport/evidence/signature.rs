//! The signature lines of `modinfo`, and what they prove.
//!
//! ```text
//! sig_id:         PKCS#7                       kmod 23 and later: PGP, X509 or PKCS#7
//! signer:         Acme module signing key
//! sig_key:        77:E8:8C:6C
//! sig_hashalgo:   sha256
//! signature:      9C:C0:E9:84:44:9E…           kmod 23 and later
//! ```
//!
//! * kmod 20 (RHEL 7) prints signer, key and hash only, and cannot read PKCS#7: the three are empty, empty and `md4`.
//! * kmod 23 to 25 prints `sig_id: PKCS#7`, but the same empty signer and key and the same wrong `md4`.
//! * kmod 26 and later read PKCS#7 where they were built with OpenSSL.
//! * Kernels before 3.7 keep the signature in an ELF section that no modinfo shows, so there its absence says nothing.
//!
//! A module is called unsigned only where its block was read to the end, names the kernel it is for (`vermagic`, which
//! stands before the signature), and has none of these lines.
//!
//! Source: libkmod/libkmod-signature.c, `kmod_module_get_info()` in libkmod/libkmod-module.c.

use crate::facts::{SignatureFacts, SignatureState};

/// The lines of one block.
#[derive(Default)]
pub(super) struct SignatureLines {
    seen: bool,
    id: Option<String>,
    signer: Option<String>,
    key: Option<String>,
    hash: Option<String>,
    has_bytes: bool,
}

impl SignatureLines {
    /// Takes a field if it is one of the signature's.
    pub fn take(&mut self, key: &str, value: &str) -> bool {
        let value = value.trim();
        let text = || (!value.is_empty()).then(|| value.to_owned());
        match key {
            "sig_id" => self.id = text(),
            "signer" => self.signer = text(),
            "sig_key" => self.key = text().map(|key| key.to_ascii_uppercase()),
            "sig_hashalgo" => self.hash = text(),
            "signature" => self.has_bytes = !value.is_empty(),
            _ => return false,
        }
        self.seen = true;
        true
    }

    /// Of a block that was read to its end.
    pub fn of_block(self, vermagic: Option<&str>) -> SignatureFacts {
        if self.seen {
            return self.facts();
        }
        let unknown = |reason: &str| SignatureFacts { reason: Some(reason.to_owned()), ..SignatureFacts::default() };
        match vermagic {
            None => unknown("the output of modinfo is not complete: it has no vermagic"),
            Some(vermagic) if signs_out_of_sight(vermagic) => {
                unknown("kernels before 3.7 keep the signature where modinfo does not show it")
            }
            Some(_) => SignatureFacts { state: SignatureState::Unsigned, ..SignatureFacts::default() },
        }
    }

    /// Of a block in which the output ends.
    pub fn of_cut_block(self) -> SignatureFacts {
        if self.is_signed() {
            return self.facts();
        }
        SignatureFacts {
            reason: Some("the output of modinfo ends inside this module".to_owned()),
            ..SignatureFacts::default()
        }
    }

    /// Of what is built into the kernel: there is no file that could be signed.
    pub fn of_builtin(self) -> SignatureFacts {
        SignatureFacts { reason: Some("built into the kernel".to_owned()), ..SignatureFacts::default() }
    }

    fn is_signed(&self) -> bool {
        self.id.is_some() || self.signer.is_some() || self.key.is_some() || self.has_bytes
    }

    fn facts(self) -> SignatureFacts {
        let signed = self.is_signed();
        let unreadable = self.signer.is_none() && self.key.is_none();
        let kind = match self.id.as_deref() {
            Some("PKCS#7") => Some("pkcs7"),
            Some("X509") => Some("x509-id"),
            _ => None,
        };
        let reason = match (signed, unreadable) {
            (true, true) => Some("this modinfo could not read the signature"),
            (true, false) => None,
            (false, _) => Some("modinfo printed the lines of a signature, but left them empty"),
        };
        SignatureFacts {
            state: if signed { SignatureState::Signed } else { SignatureState::Unknown },
            kind,
            signer: self.signer,
            key: self.key,
            hash: self.hash.filter(|hash| hash != "unknown" && !(unreadable && hash == "md4")),
            reason: reason.map(str::to_owned),
        }
    }
}

/// Whether a module for this kernel has its signature in an ELF section, if it has one: releases before 3.7.
fn signs_out_of_sight(vermagic: &str) -> bool {
    let mut numbers = vermagic.split(|c: char| !c.is_ascii_digit()).map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(major)), Some(Ok(minor))) => (major, minor) < (3, 7),
        _ => false,
    }
}
