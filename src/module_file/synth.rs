//! Module files for tests, made from nothing: a small ELF object, keys, certificates and signatures.
//!
//! What is built here shares no code with what reads it: ELF and DER are written by hand. Keys come from a fixed
//! stream of numbers, so that a failure can be repeated.

#![allow(dead_code, missing_docs)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::convert::Infallible;

use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::PublicKeyParts;
use sha2::digest::Digest;

/// What ends a signed module.
pub const MAGIC: &[u8] = b"~Module signature appended~\n";

/// A module to be built.
#[derive(Clone)]
pub struct Ko {
    pub wide: bool,
    pub big_endian: bool,
    /// Sections by name, type and contents.
    pub sections: Vec<(&'static str, u32, Vec<u8>)>,
}

/// The fields of an ordinary module of a vendor, `name` included.
pub const FIELDS: &[(&str, &str)] = &[
    ("license", "GPL"),
    ("author", "A. Writer <a@example.org>"),
    ("parm", "depth:depth of the queue"),
    ("parmtype", "depth:int"),
    ("alias", "pci:v00001AF4d*"),
    ("alias", "pci:v00001AF5d*"),
    ("name", "frob"),
    ("vermagic", "6.1.0-9-amd64 SMP preempt mod_unload modversions "),
];

impl Ko {
    /// A 64-bit little-endian module with these fields.
    pub fn new(fields: &[(&str, &str)]) -> Self {
        let strings: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={value}\0")).collect();
        let sections = vec![(".text", 1, vec![0x90; 64]), (".modinfo", 1, strings.concat().into_bytes())];
        Self { wide: true, big_endian: false, sections }
    }

    /// The same for another machine.
    pub fn on(mut self, wide: bool, big_endian: bool) -> Self {
        (self.wide, self.big_endian) = (wide, big_endian);
        self
    }

    /// With one more section.
    pub fn with(mut self, name: &'static str, kind: u32, contents: Vec<u8>) -> Self {
        self.sections.push((name, kind, contents));
        self
    }

    /// With one ELF note in a section of its own.
    pub fn with_note(self, section: &'static str, name: &[u8], kind: u64, description: &[u8]) -> Self {
        let mut note = Vec::new();
        for number in [name.len() as u64, description.len() as u64, kind] {
            note.extend(self.number(number, 4));
        }
        for part in [name, description] {
            note.extend_from_slice(part);
            note.resize(note.len().next_multiple_of(4), 0);
        }
        self.with(section, 7, note)
    }

    /// With a `struct module` that holds this name.
    pub fn with_this_module(self, name: &str) -> Self {
        let mut contents = vec![0; if self.wide { 24 } else { 12 }];
        contents.extend_from_slice(name.as_bytes());
        contents.resize(256, 0);
        self.with(".gnu.linkonce.this_module", 1, contents)
    }

    fn number(&self, value: u64, width: usize) -> Vec<u8> {
        if self.big_endian { value.to_be_bytes()[8 - width..].to_vec() } else { value.to_le_bytes()[..width].to_vec() }
    }

    /// The object file.
    pub fn build(&self) -> Vec<u8> {
        let word = if self.wide { 8 } else { 4 };
        let (header_size, entry_size) = if self.wide { (64, 64) } else { (52, 40) };
        let mut body = vec![0; header_size];
        let mut names = vec![0];
        let mut table = vec![0; entry_size];
        let with_names = self.sections.iter().map(|(name, kind, contents)| (*name, *kind, contents.clone()));
        for (name, kind, contents) in with_names.chain([(".shstrtab", 3, Vec::new())]) {
            let name_at = names.len() as u64;
            names.extend_from_slice(name.as_bytes());
            names.push(0);
            let contents = if name == ".shstrtab" { names.clone() } else { contents };
            body.resize(body.len().next_multiple_of(8), 0);
            let offset = body.len() as u64;
            body.extend_from_slice(&contents);
            // name, type, flags, address, offset, size, link, info, alignment, entry size
            for (value, width) in [
                (name_at, 4),
                (u64::from(kind), 4),
                (0, word),
                (0, word),
                (offset, word),
                (contents.len() as u64, word),
                (0, 4),
                (0, 4),
                (1, word),
                (0, word),
            ] {
                table.extend(self.number(value, width));
            }
        }
        body.resize(body.len().next_multiple_of(8), 0);
        let table_at = body.len() as u64;
        let count = (table.len() / entry_size) as u64;
        body.extend_from_slice(&table);
        let mut header = vec![0x7f, b'E', b'L', b'F', 1 + u8::from(self.wide), 1 + u8::from(self.big_endian), 1];
        header.resize(16, 0);
        // type, machine, version, entry, program table, section table, flags, header size, …, section table entries
        for (value, width) in [
            (1, 2),
            (62, 2),
            (1, 4),
            (0, word),
            (0, word),
            (table_at, word),
            (0, 4),
            (header_size as u64, 2),
            (0, 2),
            (0, 2),
            (entry_size as u64, 2),
            (count, 2),
            (count - 1, 2),
        ] {
            header.extend(self.number(value, width));
        }
        body[..header_size].copy_from_slice(&header);
        body
    }
}

/// Appends a trailer with these fields: algorithm, hash, identifier type, signer, key id, signature.
pub fn append(
    mut module: Vec<u8>,
    [algorithm, hash, id_type]: [u8; 3],
    signer: &[u8],
    key_id: &[u8],
    signature: &[u8],
) -> Vec<u8> {
    module.extend_from_slice(&[signer, key_id, signature].concat());
    module.extend_from_slice(&[algorithm, hash, id_type, signer.len() as u8, key_id.len() as u8, 0, 0, 0]);
    module.extend_from_slice(&(signature.len() as u32).to_be_bytes());
    module.extend_from_slice(MAGIC);
    module
}

/// Appends a PKCS#7 message as sign-file does it.
pub fn append_pkcs7(module: Vec<u8>, message: &[u8]) -> Vec<u8> {
    append(module, [0, 0, 2], b"", b"", message)
}

/// A stream of numbers that is the same each time.
pub struct Numbers(u64);

impl TryRng for Numbers {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        self.try_next_u64().map(|number| (number >> 32) as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        // splitmix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        Ok(mixed ^ mixed >> 31)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(8) {
            let number = self.try_next_u64()?.to_le_bytes();
            chunk.copy_from_slice(&number[..chunk.len()]);
        }
        Ok(())
    }
}

impl TryCryptoRng for Numbers {}

/// A private key.
pub enum Key {
    Rsa(Box<rsa::PrivateKey>),
    P256(Box<p256::ecdsa::SigningKey>),
}

impl Key {
    pub fn rsa(seed: u64) -> Self {
        Self::Rsa(Box::new(rsa::PrivateKey::new(&mut Numbers(seed), 1024).unwrap()))
    }

    pub fn p256(seed: u8) -> Self {
        Self::P256(Box::new(p256::ecdsa::SigningKey::from_slice(&[seed; 32]).unwrap()))
    }

    /// Signs with SHA-256.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        let digest = sha2::Sha256::digest(message);
        match self {
            Self::Rsa(key) => key.sign(rsa::Pkcs1v15Sign::new::<sha2::Sha256>(), &digest).unwrap(),
            Self::P256(key) => {
                use p256::ecdsa::signature::hazmat::PrehashSigner;
                let signature: p256::ecdsa::DerSignature = key.sign_prehash(&digest).unwrap();
                signature.as_bytes().to_vec()
            }
        }
    }

    /// The algorithm of its signatures with SHA-256, as a SignatureAlgorithm.
    fn scheme(&self) -> Vec<u8> {
        match self {
            Self::Rsa(_) => sequence(&[oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]), tlv(5, b"")]),
            Self::P256(_) => sequence(&[oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2])]),
        }
    }

    /// The public key as a SubjectPublicKeyInfo.
    fn public(&self) -> Vec<u8> {
        match self {
            Self::Rsa(key) => {
                let [n, e] = [key.n_bytes(), key.e_bytes()].map(|number| unsigned(&number));
                let algorithm = sequence(&[oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1]), tlv(5, b"")]);
                sequence(&[algorithm, bits(&sequence(&[n, e]))])
            }
            Self::P256(key) => {
                let curve = oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]);
                let algorithm = sequence(&[oid(&[0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1]), curve]);
                sequence(&[algorithm, bits(key.verifying_key().to_sec1_point(false).as_bytes())])
            }
        }
    }
}

/// A key with its certificate.
pub struct Signer {
    pub key: Key,
    pub name: &'static str,
    pub serial: u8,
    issuer: Vec<u8>,
    /// Subject key identifier.
    pub key_id: Vec<u8>,
    /// DER.
    pub certificate: Vec<u8>,
}

/// How a message names its signer, and whether it has attributes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Style {
    /// Issuer and serial, no attributes: sign-file.
    Plain,
    /// Issuer and serial, signed attributes: `openssl cms` as it is.
    Attributes,
    /// The key's identifier, no attributes.
    KeyId,
    /// As plain, with the certificate in the message.
    Embedded,
}

impl Signer {
    /// A self-signed certificate.
    pub fn new(key: Key, name: &'static str, serial: u8) -> Self {
        let issuer = name_of(name);
        Self::certified(key, name, serial, issuer, None)
    }

    /// A certificate that another signer issued.
    pub fn issued_by(issuer: &Signer, key: Key, name: &'static str, serial: u8) -> Self {
        Self::certified(key, name, serial, name_of(issuer.name), Some(&issuer.key))
    }

    fn certified(key: Key, name: &'static str, serial: u8, issuer: Vec<u8>, by: Option<&Key>) -> Self {
        let by = by.unwrap_or(&key);
        let key_id = vec![serial; 20];
        let time = |text: &[u8]| tlv(0x17, text);
        let identifier = sequence(&[oid(&[0x55, 0x1d, 14]), tlv(4, &tlv(4, &key_id))]);
        let body = sequence(&[
            tlv(0xa0, &tlv(2, &[2])),
            tlv(2, &[serial]),
            by.scheme(),
            issuer.clone(),
            sequence(&[time(b"200101000000Z"), time(b"400101000000Z")]),
            name_of(name),
            key.public(),
            tlv(0xa3, &sequence(&[identifier])),
        ]);
        let certificate = sequence(&[body.clone(), by.scheme(), bits(&by.sign(&body))]);
        Self { key, name, serial, issuer, key_id, certificate }
    }

    /// The certificate as PEM.
    pub fn pem(&self) -> String {
        der::pem::encode_string("CERTIFICATE", der::pem::LineEnding::LF, &self.certificate).unwrap()
    }

    /// A detached PKCS#7 message over the contents.
    pub fn pkcs7(&self, contents: &[u8], style: Style) -> Vec<u8> {
        let sha256 = sequence(&[oid(&[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]), tlv(5, b"")]);
        let id = match style {
            Style::KeyId => tlv(0x80, &self.key_id),
            _ => sequence(&[self.issuer.clone(), tlv(2, &[self.serial])]),
        };
        let mut info = vec![tlv(2, &[1]), id, sha256.clone()];
        if style == Style::Attributes {
            let attribute = |kind: u8, value: Vec<u8>| {
                sequence(&[oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, kind]), tlv(0x31, &value)])
            };
            let data = oid(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]);
            let digest = tlv(4, &sha2::Sha256::digest(contents));
            let attributes = [attribute(3, data), attribute(4, digest)].concat();
            info.extend([tlv(0xa0, &attributes), self.key.scheme(), tlv(4, &self.key.sign(&tlv(0x31, &attributes)))]);
        } else {
            info.extend([self.key.scheme(), tlv(4, &self.key.sign(contents))]);
        }
        let mut data = vec![tlv(2, &[1]), tlv(0x31, &sha256), sequence(&[oid(DATA)])];
        if style == Style::Embedded {
            data.push(tlv(0xa0, &self.certificate));
        }
        data.push(tlv(0x31, &sequence(&info)));
        sequence(&[oid(SIGNED_DATA), tlv(0xa0, &sequence(&data))])
    }

    /// The module with such a message appended.
    pub fn signed(&self, module: Vec<u8>, style: Style) -> Vec<u8> {
        let message = self.pkcs7(&module, style);
        append_pkcs7(module, &message)
    }

    /// The module signed as 3.7 to 4.2 did it.
    pub fn signed_by_x509_id(&self, module: Vec<u8>) -> Vec<u8> {
        let number = self.key.sign(&module);
        let signature = [&(number.len() as u16).to_be_bytes(), number.as_slice()].concat();
        append(module, [1, 4, 1], self.name.as_bytes(), &self.key_id, &signature)
    }
}

pub const DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
pub const SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];

/// A name of an organisation and a common name.
fn name_of(common_name: &str) -> Vec<u8> {
    let part = |kind: u8, value: &str| tlv(0x31, &sequence(&[oid(&[0x55, 4, kind]), tlv(0x0c, value.as_bytes())]));
    sequence(&[part(10, "Example"), part(3, common_name)])
}

/// Tag, length, value.
pub fn tlv(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    match value.len() {
        short @ 0..=0x7f => bytes.push(short as u8),
        middle @ 0x80..=0xff => bytes.extend([0x81, middle as u8]),
        long => bytes.extend([0x82, (long >> 8) as u8, long as u8]),
    }
    bytes.extend_from_slice(value);
    bytes
}

pub fn sequence(parts: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x30, &parts.concat())
}

pub fn oid(body: &[u8]) -> Vec<u8> {
    tlv(6, body)
}

fn bits(value: &[u8]) -> Vec<u8> {
    tlv(3, &[&[0], value].concat())
}

fn unsigned(number: &[u8]) -> Vec<u8> {
    let number = &number[number.iter().take_while(|&&byte| byte == 0).count()..];
    if number[0] < 0x80 { tlv(2, number) } else { tlv(2, &[&[0], number].concat()) }
}
