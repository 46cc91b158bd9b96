//! Fields of structures in a dump, at an offset and in the byte order of the machine that crashed.
//!
//! Nothing here indexes: a field beyond the end of its bytes is `None`, and the caller says what that means.

/// Byte order of the machine that crashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endian {
    /// x86_64, arm64, ppc64le.
    Little,
    /// s390x, ppc64.
    Big,
}

impl Endian {
    /// The `N` bytes at `offset`.
    fn array<const N: usize>(bytes: &[u8], offset: usize) -> Option<[u8; N]> {
        bytes.get(offset..)?.first_chunk::<N>().copied()
    }

    /// The 16-bit field at `offset`.
    pub(crate) fn u16(self, bytes: &[u8], offset: usize) -> Option<u16> {
        let raw = Self::array(bytes, offset)?;
        Some(match self {
            Self::Little => u16::from_le_bytes(raw),
            Self::Big => u16::from_be_bytes(raw),
        })
    }

    /// A 16-bit field as it would stand in the dump.
    pub(crate) fn u16_bytes(self, value: u16) -> [u8; 2] {
        match self {
            Self::Little => value.to_le_bytes(),
            Self::Big => value.to_be_bytes(),
        }
    }

    /// The 32-bit field at `offset`.
    pub(crate) fn u32(self, bytes: &[u8], offset: usize) -> Option<u32> {
        let raw = Self::array(bytes, offset)?;
        Some(match self {
            Self::Little => u32::from_le_bytes(raw),
            Self::Big => u32::from_be_bytes(raw),
        })
    }

    /// The 64-bit field at `offset`.
    pub(crate) fn u64(self, bytes: &[u8], offset: usize) -> Option<u64> {
        let raw = Self::array(bytes, offset)?;
        Some(match self {
            Self::Little => u64::from_le_bytes(raw),
            Self::Big => u64::from_be_bytes(raw),
        })
    }
}

/// The bytes before the first NUL (all of them where there is none).
pub(crate) fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|&b| b == 0).next().unwrap_or(bytes)
}

/// A size or index of the dump as an index into memory; what does not fit is as good as endless.
pub(crate) fn to_usize(value: u64) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_follow_the_byte_order_and_end_with_the_bytes() {
        let bytes = [1, 2, 3, 4, 5, 6, 7, 8, 9];
        assert_eq!(Endian::Little.u16(&bytes, 1), Some(0x0302));
        assert_eq!(Endian::Big.u32(&bytes, 0), Some(0x0102_0304));
        assert_eq!(Endian::Little.u64(&bytes, 1), Some(0x0908_0706_0504_0302));
        assert_eq!(Endian::Big.u64(&bytes, 2), None);
        assert_eq!(Endian::Little.u16(&bytes, usize::MAX), None);
    }

    #[test]
    fn a_string_ends_at_its_nul_or_with_its_bytes() {
        assert_eq!(until_nul(b"init\0junk"), b"init");
        assert_eq!(until_nul(b"abc"), b"abc");
        assert_eq!(until_nul(b""), b"");
    }
}
