//! `mokutil --sb-state`: whether UEFI Secure Boot is on.
//!
//! ```text
//! SecureBoot enabled
//! SecureBoot disabled
//! Platform is in Setup Mode                        may follow
//! EFI variables are not supported on this system   no UEFI
//! This system doesn't support Secure Boot
//! ```
//!
//! Source: `sb_state()` in mokutil.c.

use std::io;

use super::{Draft, Source};
use crate::facts::SecureBoot;

/// The first line that says something of it.
pub(super) fn read(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut lines = source.lines();
    while let Some(line) = lines.next()? {
        if let Some(state) = state(&line.text) {
            draft.quote(line.origin(), &line.text);
            draft.set_secure_boot(line.located(state));
            return Ok(());
        }
    }
    Ok(())
}

fn state(text: &str) -> Option<SecureBoot> {
    let text = text.trim().to_ascii_lowercase();
    match text.as_str() {
        "secureboot enabled" => Some(SecureBoot::Enabled),
        "secureboot disabled" => Some(SecureBoot::Disabled),
        _ if text.starts_with("efi variables are not supported") => Some(SecureBoot::Undetermined),
        _ if text.contains("support secure boot") || text.starts_with("cannot determine secure boot") => {
            Some(SecureBoot::Undetermined)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sosreport::evidence::tests::read;

    #[test]
    fn on_off_and_nobody_knows() {
        for (text, want) in [
            ("SecureBoot enabled\n", Some(SecureBoot::Enabled)),
            ("SecureBoot disabled\nPlatform is in Setup Mode\n", Some(SecureBoot::Disabled)),
            ("EFI variables are not supported on this system\r\n", Some(SecureBoot::Undetermined)),
            ("This system doesn't support Secure Boot\n", Some(SecureBoot::Undetermined)),
            ("bash: mokutil: command not found\n", None),
            ("", None),
        ] {
            let facts = read("sos_commands/boot/mokutil_--sb-state", text);
            assert_eq!(facts.secure_boot.map(|s| s.value), want, "{text}");
        }
    }
}
