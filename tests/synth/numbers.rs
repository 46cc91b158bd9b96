//! Numbers that look random and are not: addresses, sizes and checksums derived from names.

/// FNV-1a with a final mix: the same name gives the same number everywhere.
pub fn number(seed: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in seed.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 32;
    hash.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (hash >> 29)
}

/// `digits` hexadecimal digits for a name, lower case.
pub fn hex(seed: &str, digits: usize) -> String {
    let mut text = String::new();
    for part in 0.. {
        if text.len() >= digits {
            break;
        }
        text.push_str(&format!("{:016x}", number(&format!("{seed}/{part}"))));
    }
    text.truncate(digits);
    text
}

/// Upper-case bytes joined by `:`, as `modinfo` prints keys.
pub fn colon_hex(seed: &str, bytes: usize) -> String {
    let digits = hex(seed, bytes * 2).to_uppercase();
    let pairs: Vec<&str> = (0..bytes).map(|i| &digits[i * 2..i * 2 + 2]).collect();
    pairs.join(":")
}
