//! The second taint line of kernels since 6.11: `Tainted: [P]=PROPRIETARY_MODULE, [O]=OOT_MODULE`.
//!
//! It names each flag, so that no table is needed. Source: `print_tainted_verbose()` in `kernel/panic.c`.

/// Letter and name of each flag of a verbose taint line, in the order of print; `None` where the text is no such line.
///
/// Items that another line was printed into are left out, so the absence of a flag is only sure in an undamaged line.
pub fn decode_verbose(line: &str) -> Option<Vec<(char, String)>> {
    let items = match line.split_once("Tainted:") {
        Some((_, behind)) => behind,
        None => line,
    };
    let items = items.trim_start();
    if !items.starts_with('[') {
        return None;
    }
    let flags: Vec<_> = items.split(", ").take(64).filter_map(item).collect();
    if flags.is_empty() { None } else { Some(flags) }
}

/// `[P]=PROPRIETARY_MODULE`
fn item(text: &str) -> Option<(char, String)> {
    let (letter, name) = text.trim().strip_prefix('[')?.split_once("]=")?;
    let mut letters = letter.chars();
    let letter = letters.next().filter(|c| c.is_ascii_alphabetic() || *c == '?')?;
    let is_name = !name.is_empty() && name.len() <= 40 && name.bytes().all(is_name_byte);
    if letters.next().is_none() && is_name { Some((letter, name.to_owned())) } else { None }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_'
}
