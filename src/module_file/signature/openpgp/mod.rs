//! The OpenPGP signature packet in the ELF section of a module of RHEL 4 to 6.
//!
//! ```text
//! 88 3f | 03 05 00 5d5a9ac6 88ff6304ebc6e500 11 02 | f948 | 009e…        (version 3, DSA, SHA-1)
//! 88 46 | 04 00 11 08 0006 05 02 …                                         (version 4, DSA, SHA-256)
//! ```
//!
//! What is signed is not the file but a selection of its sections; then come a few bytes of the packet itself. The first two
//! bytes of the digest stand in the packet, so that other contents can be told from another key.
//!
//! Source: RFC 4880, 5.2.2 to 5.2.4 (signature packets, what they hash), 9.1 and 9.4 (numbers).

pub(in crate::module_file) mod packet;

use self::packet::{long_length, split_number};
use super::algorithm::HashAlgorithm;

/// One signature packet.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::module_file) struct OpenPgp {
    /// What kind of thing is signed; 0 is a file.
    pub(in crate::module_file) class: u8,
    /// Number of the algorithm of the key.
    pub(in crate::module_file) key_algorithm: u8,
    /// Number of the hash algorithm.
    pub(in crate::module_file) hash: u8,
    /// The last eight bytes of the key's fingerprint.
    pub(in crate::module_file) key_id: [u8; 8],
    /// When it was made, in seconds since 1970.
    pub(in crate::module_file) created: Option<u32>,
    /// What is hashed behind the contents.
    pub(in crate::module_file) suffix: Vec<u8>,
    /// The first two bytes of the digest.
    pub(in crate::module_file) left: [u8; 2],
    /// The numbers of the signature.
    pub(in crate::module_file) numbers: Vec<Vec<u8>>,
    /// The whole packet.
    pub(in crate::module_file) bytes: Vec<u8>,
}

/// How many numbers the signature of a public-key algorithm consists of.
const SIGNATURE_NUMBERS: [(u8, &str, usize); 4] = [(1, "RSA", 1), (3, "RSA", 1), (17, "DSA", 2), (19, "ECDSA", 2)];

/// Tag of a signature packet.
const SIGNATURE: u8 = 2;

impl OpenPgp {
    /// Reads the packet at the start of a section.
    pub(super) fn parse(section: &[u8]) -> Result<Self, String> {
        let (_, body, _) =
            packet::packet(section).filter(|(tag, ..)| *tag == SIGNATURE).ok_or("no OpenPGP signature packet")?;
        let (&version, rest) = body.split_first().ok_or("an empty OpenPGP packet")?;
        let mut packet = match version {
            3 => version_3(rest).ok_or("an OpenPGP packet of version 3 that is cut")??,
            4 => version_4(rest)?,
            other => return Err(format!("an OpenPGP packet of version {other}")),
        };
        if HashAlgorithm::of_openpgp(packet.hash).is_none() {
            return Err(format!("an OpenPGP packet with unknown hash {}", packet.hash));
        }
        packet.bytes = section.to_vec();
        Ok(packet)
    }

    /// Name of the hash.
    pub(in crate::module_file) fn hash_name(&self) -> String {
        HashAlgorithm::of_openpgp(self.hash).map_or_else(|| self.hash.to_string(), |hash| hash.name.to_owned())
    }

    /// When it was made, as RFC 3339.
    pub(super) fn date(&self) -> Option<String> {
        jiff::Timestamp::from_second(self.created?.into()).ok().map(|time| time.to_string())
    }
}

fn version_3(rest: &[u8]) -> Option<Result<OpenPgp, String>> {
    let (fields, rest) = rest.split_first_chunk::<18>()?;
    let &[hashed_length, class, t0, t1, t2, t3, k0, k1, k2, k3, k4, k5, k6, k7, key_algorithm, hash, l0, l1] = fields;
    (hashed_length == 5).then_some(())?;
    let time = [t0, t1, t2, t3];
    Some(numbers(key_algorithm, rest).map(|numbers| OpenPgp {
        class,
        key_algorithm,
        hash,
        key_id: [k0, k1, k2, k3, k4, k5, k6, k7],
        created: Some(u32::from_be_bytes(time)),
        suffix: [&[class], time.as_slice()].concat(),
        left: [l0, l1],
        numbers,
        bytes: Vec::new(),
    }))
}

fn version_4(rest: &[u8]) -> Result<OpenPgp, String> {
    let cut = "an OpenPGP packet of version 4 that is cut";
    let (&fields, rest) = rest.split_first_chunk::<3>().ok_or(cut)?;
    let [class, key_algorithm, hash] = fields;
    let (hashed, rest) = split_number::<2>(rest).and_then(|(n, rest)| rest.split_at_checked(n)).ok_or(cut)?;
    let (unhashed, rest) = split_number::<2>(rest).and_then(|(n, rest)| rest.split_at_checked(n)).ok_or(cut)?;
    let (&left, rest) = rest.split_first_chunk::<2>().ok_or(cut)?;
    let mut created = None;
    let mut key_id = None;
    for (mut area, is_hashed) in [(hashed, true), (unhashed, false)] {
        while !area.is_empty() {
            let (kind, value, rest) = subpacket(area).ok_or("an OpenPGP subpacket that is longer than its area")?;
            match kind {
                2 if is_hashed => created = value.try_into().ok().map(u32::from_be_bytes).or(created),
                16 => key_id = value.try_into().ok().or(key_id),
                33 => key_id = key_id.or(value.last_chunk::<8>().copied()),
                _ => {}
            }
            area = rest;
        }
    }
    let key_id = key_id.ok_or("an OpenPGP packet that names no key")?;
    let numbers = numbers(key_algorithm, rest)?;
    let suffix = suffix_of_version_4(fields, hashed);
    Ok(OpenPgp { class, key_algorithm, hash, key_id, created, suffix, left, numbers, bytes: Vec::new() })
}

/// The hashed part of the packet, and its length once more.
fn suffix_of_version_4(fields: [u8; 3], hashed: &[u8]) -> Vec<u8> {
    let length = u16::try_from(hashed.len()).unwrap_or(u16::MAX);
    let all = u32::from(length).saturating_add(6);
    [&[4], fields.as_slice(), &length.to_be_bytes(), hashed, &[4, 0xff], &all.to_be_bytes()].concat()
}

/// Type, value and what follows.
fn subpacket(area: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (length, rest) = long_length(area)?;
    let (body, rest) = rest.split_at_checked(length)?;
    let (&kind, value) = body.split_first()?;
    Some((kind & 0x7f, value, rest))
}

/// The numbers of the signature, which must all be there.
fn numbers(key_algorithm: u8, bytes: &[u8]) -> Result<Vec<Vec<u8>>, String> {
    let Some((_, name, count)) = SIGNATURE_NUMBERS.iter().find(|(number, ..)| *number == key_algorithm) else {
        return Err(format!("an OpenPGP packet with unknown key algorithm {key_algorithm}"));
    };
    packet::numbers(bytes, *count).ok_or_else(|| format!("an OpenPGP packet whose {name} numbers are cut"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two numbers of one byte each.
    const NUMBERS: &[u8] = &[0, 8, 0xff, 0, 1, 1];

    fn packet(body: &[u8]) -> Vec<u8> {
        [&[0x88, body.len() as u8], body, NUMBERS]
            .concat()
            .into_iter()
            .enumerate()
            .map(|(at, byte)| if at == 1 { byte + NUMBERS.len() as u8 } else { byte })
            .collect()
    }

    #[test]
    fn version_3_of_rhel_4_and_5_gives_key_hash_and_date() {
        let body = [3, 5, 0, 0x4a, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 17, 2, 0xf9, 0x48];
        let read = OpenPgp::parse(&packet(&body)).unwrap();
        assert_eq!(read.key_id, [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!(read.hash_name(), "sha1");
        assert_eq!(read.date().unwrap(), "2009-05-05T08:59:44Z");
        assert_eq!(read.created, Some(0x4a00_0000));
        assert_eq!(read.suffix, [0, 0x4a, 0, 0, 0], "class and date");
        assert_eq!((read.left, read.numbers), ([0xf9, 0x48], vec![vec![0xff], vec![1]]));
    }

    #[test]
    fn version_4_of_rhel_6_gives_key_hash_and_date_from_its_subpackets() {
        let mut body = vec![4, 0, 17, 8, 0, 6, 5, 2, 0x4f, 0, 0, 0, 0, 10, 9, 16];
        body.extend([9; 8]);
        body.extend([0xab, 0xcd]);
        let read = OpenPgp::parse(&packet(&body)).unwrap();
        assert_eq!((read.key_id, read.hash_name().as_str(), read.created), ([9; 8], "sha256", Some(0x4f00_0000)));
        assert_eq!(read.left, [0xab, 0xcd]);
        assert_eq!(read.suffix, [4, 0, 17, 8, 0, 6, 5, 2, 0x4f, 0, 0, 0, 4, 0xff, 0, 0, 0, 12]);
    }

    #[test]
    fn what_is_wrong_with_a_packet_is_said() {
        let good = [3, 5, 0, 0x4a, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 17, 2, 0xf9, 0x48];
        let with = |at: usize, byte: u8| {
            let mut body = good;
            body[at] = byte;
            packet(&body)
        };
        let cut_numbers = {
            let mut whole = packet(&good);
            whole[1] -= 1;
            whole
        };
        for (section, why) in [
            (vec![], "no OpenPGP signature packet"),
            (vec![0x98, 0], "no OpenPGP signature packet"),
            (packet(&good)[..20].to_vec(), "no OpenPGP signature packet"),
            (with(0, 9), "version 9"),
            (with(1, 6), "version 3 that is cut"),
            (with(15, 99), "unknown key algorithm 99"),
            (with(16, 77), "unknown hash 77"),
            (cut_numbers, "DSA numbers are cut"),
            (packet(&[4, 0, 17, 8, 0, 3, 44, 1, 2, 0, 0, 1, 2]), "longer than its area"),
            (packet(&[4, 0, 17, 8, 0, 0, 0, 0, 1, 2]), "names no key"),
        ] {
            let said = OpenPgp::parse(&section).unwrap_err();
            assert!(said.contains(why), "{section:02x?}: {said}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_section_makes_it_panic(mut bytes: Vec<u8>, version in 3u8..5) {
            let _ = OpenPgp::parse(&bytes);
            if let [tag, _, v, ..] = bytes.as_mut_slice() { (*tag, *v) = (0x88, version); }
            let _ = OpenPgp::parse(&bytes);
        }
    }
}
