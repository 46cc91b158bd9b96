//! The hash algorithms that module signatures name, in each of the three ways of naming them.
//!
//! Source: `enum pkey_hash_algo` of 3.7 to 4.2 (trailer), RFC 4880 9.4 (OpenPGP), RFC 5754 and the NIST registry (object identifiers).

use der::asn1::ObjectIdentifier;
use rsa::Pkcs1v15Sign;
use sha2::digest::DynDigest;

/// One hash algorithm.
pub(in crate::module_file) struct HashAlgorithm {
    /// Name as modinfo prints it.
    pub(in crate::module_file) name: &'static str,
    /// Object identifier in PKCS#7.
    oid: ObjectIdentifier,
    /// Number in the trailer of an appended X.509-id signature.
    trailer: Option<u8>,
    /// Number in an OpenPGP packet.
    openpgp: Option<u8>,
    /// How to compute it, for those that are checked.
    pub(in crate::module_file) computed: Option<Computed>,
}

/// How to compute a hash, and what RSA wraps it in.
#[derive(Clone, Copy)]
pub(in crate::module_file) struct Computed {
    /// A fresh hasher.
    pub(in crate::module_file) hasher: fn() -> Box<dyn DynDigest>,
    /// The PKCS#1 v1.5 scheme with this hash's DigestInfo.
    pub(in crate::module_file) pkcs1: fn() -> Pkcs1v15Sign,
}

/// `Computed` of one hasher type.
macro_rules! computed {
    ($hasher:ty) => {
        Some(Computed { hasher: || Box::new(<$hasher>::default()), pkcs1: Pkcs1v15Sign::new::<$hasher> })
    };
}

const fn row(
    name: &'static str,
    oid: &'static str,
    trailer: Option<u8>,
    openpgp: Option<u8>,
    computed: Option<Computed>,
) -> HashAlgorithm {
    HashAlgorithm { name, oid: ObjectIdentifier::new_unwrap(oid), trailer, openpgp, computed }
}

static ALGORITHMS: [HashAlgorithm; 12] = [
    row("md4", "1.2.840.113549.2.4", Some(0), None, None),
    row("md5", "1.2.840.113549.2.5", Some(1), Some(1), None),
    row("sha1", "1.3.14.3.2.26", Some(2), Some(2), computed!(sha1::Sha1)),
    row("rmd160", "1.3.36.3.2.1", Some(3), Some(3), None),
    row("sha256", "2.16.840.1.101.3.4.2.1", Some(4), Some(8), computed!(sha2::Sha256)),
    row("sha384", "2.16.840.1.101.3.4.2.2", Some(5), Some(9), computed!(sha2::Sha384)),
    row("sha512", "2.16.840.1.101.3.4.2.3", Some(6), Some(10), computed!(sha2::Sha512)),
    row("sha224", "2.16.840.1.101.3.4.2.4", Some(7), Some(11), computed!(sha2::Sha224)),
    row("sm3", "1.2.156.10197.1.401", Some(8), None, None),
    row("sha3-256", "2.16.840.1.101.3.4.2.8", None, None, computed!(sha3::Sha3_256)),
    row("sha3-384", "2.16.840.1.101.3.4.2.9", None, None, computed!(sha3::Sha3_384)),
    row("sha3-512", "2.16.840.1.101.3.4.2.10", None, None, computed!(sha3::Sha3_512)),
];

impl HashAlgorithm {
    /// By object identifier.
    pub(in crate::module_file) fn of_oid(oid: &ObjectIdentifier) -> Option<&'static Self> {
        ALGORITHMS.iter().find(|algorithm| algorithm.oid == *oid)
    }

    /// By its number in the trailer of 3.7 to 4.2.
    pub(in crate::module_file) fn of_trailer(number: u8) -> Option<&'static Self> {
        ALGORITHMS.iter().find(|algorithm| algorithm.trailer == Some(number))
    }

    /// By its number in OpenPGP.
    pub(in crate::module_file) fn of_openpgp(number: u8) -> Option<&'static Self> {
        ALGORITHMS.iter().find(|algorithm| algorithm.openpgp == Some(number))
    }
}

impl std::fmt::Debug for HashAlgorithm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl PartialEq for HashAlgorithm {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_identifier_leads_back_to_its_row() {
        for row in &ALGORITHMS {
            assert_eq!(HashAlgorithm::of_oid(&row.oid), Some(row));
        }
    }

    #[test]
    fn computed_hashes_are_those_of_the_name() {
        for (name, empty) in [
            ("sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("sha224", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f"),
            ("sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            ("sha3-256", "a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a"),
        ] {
            let row = ALGORITHMS.iter().find(|row| row.name == name).unwrap();
            let digest = (row.computed.unwrap().hasher)().finalize();
            assert_eq!(digest.iter().map(|b| format!("{b:02x}")).collect::<String>(), empty, "{name}");
        }
    }
}
