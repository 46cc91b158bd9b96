//! What all OpenPGP packets are made of: headers, lengths, big numbers.
//!
//! ```text
//! 88 3f …             old format: tag 2, a length of one byte
//! c6 c0 0d …          new format: tag 6, a length of two bytes
//! 00a0 9e…            a number of 160 bits
//! ```
//!
//! Source: RFC 4880, 3.2 (numbers), 4.2 (packet headers).

/// A packet's tag and body, and what follows; packets without a length, or in parts, are none that is read here.
pub(in crate::module_file) fn packet(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = bytes.split_first()?;
    let is_new = tag & 0xc0 == 0xc0;
    let (number, (length, rest)) = match (is_new, tag & 3) {
        (true, _) => (tag & 0x3f, long_length(rest)?),
        (false, 0) => (tag >> 2 & 0xf, split_number::<1>(rest)?),
        (false, 1) => (tag >> 2 & 0xf, split_number::<2>(rest)?),
        (false, 2) => (tag >> 2 & 0xf, split_number::<4>(rest)?),
        (false, _) => return None,
    };
    let (body, rest) = rest.split_at_checked(length)?;
    (tag & 0x80 != 0).then_some((number, body, rest))
}

/// A length of one, two or five bytes, as new packets and subpackets have it.
pub(super) fn long_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (&first, rest) = bytes.split_first()?;
    match first {
        0..=191 => Some((first.into(), rest)),
        192..=254 => {
            let (&second, rest) = rest.split_first()?;
            let high = usize::from(first.checked_sub(192)?);
            Some((high.checked_mul(256)?.checked_add(second.into())?.checked_add(192)?, rest))
        }
        255 => split_number::<4>(rest),
    }
}

/// A big-endian number of `N` bytes, and what follows.
pub(super) fn split_number<const N: usize>(bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (number, rest) = bytes.split_at_checked(N)?;
    Some((number.iter().fold(0, |value, &byte| value << 8 | usize::from(byte)), rest))
}

/// As many big numbers as are asked for, without leading noughts, big-endian; `None` where one is cut.
pub(in crate::module_file) fn numbers(mut bytes: &[u8], count: usize) -> Option<Vec<Vec<u8>>> {
    let mut numbers = Vec::with_capacity(count);
    for _ in 0..count {
        let (bits, rest) = split_number::<2>(bytes)?;
        let (number, rest) = rest.split_at_checked(bits.div_ceil(8))?;
        numbers.push(number.to_vec());
        bytes = rest;
    }
    Some(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_all_three_kinds_are_read() {
        assert_eq!(long_length(&[191, 7]), Some((191, [7].as_slice())));
        assert_eq!(long_length(&[192, 0]), Some((192, [].as_slice())));
        assert_eq!(long_length(&[254, 255]), Some((16319, [].as_slice())));
        assert_eq!(long_length(&[255, 0, 1, 0, 0]), Some((65536, [].as_slice())));
        assert_eq!(long_length(&[255, 0]), None);
    }

    #[test]
    fn packets_of_both_formats_are_read_and_what_is_cut_is_none() {
        for (bytes, tag) in [
            (&[0x88, 2, 1, 2, 9][..], 2),
            (&[0x89, 0, 2, 1, 2, 9], 2),
            (&[0x9a, 0, 0, 0, 2, 1, 2, 9], 6),
            (&[0xc6, 2, 1, 2, 9], 6),
        ] {
            assert_eq!(packet(bytes), Some((tag, [1, 2].as_slice(), [9].as_slice())), "{bytes:02x?}");
            assert_eq!(packet(&bytes[..bytes.len() - 2]), None, "{bytes:02x?}");
        }
        assert_eq!(packet(&[0x8b, 1, 2]), None, "a length that is not told");
        assert_eq!(packet(&[0x08, 1, 2]), None, "no packet");
    }

    #[test]
    fn numbers_have_their_length_in_bits() {
        assert_eq!(numbers(&[0, 9, 1, 2, 0, 1, 1, 7], 2), Some(vec![vec![1, 2], vec![1]]));
        assert_eq!(numbers(&[0, 9, 1], 1), None);
    }
}
