//! Names of reports and of the files that hold a command's output.

use super::{Era, Sosreport};
use crate::synth::clock::format_epoch;
use crate::synth::numbers::hex;

impl Sosreport {
    /// The directory that holds the report.
    pub fn root(&self) -> String {
        let time = |format: &str| format_epoch(self.collected, format);
        let host = self.machine.short_host();
        let dotted = self.case.as_ref().map(|case| format!(".{case}")).unwrap_or_default();
        let dashed = self.case.as_ref().map(|case| format!("-{case}")).unwrap_or_default();
        match self.era {
            Era::Sos17 => format!("{host}{dotted}-{}", self.random(6)),
            Era::Sos22 => format!("{host}-{}", time("%Y%m%d%H%M%S")),
            Era::Sos32 => format!("sosreport-{host}{dotted}-{}", time("%Y%m%d%H%M%S")),
            Era::Sos39 | Era::Sos4 => {
                // Seven random lower-case letters.
                let random: String = hex(&format!("random {host}"), 14)
                    .as_bytes()
                    .chunks(2)
                    .map(|pair| char::from(b'a' + (pair[0] + pair[1]) % 26))
                    .collect();
                format!("sosreport-{host}{dashed}-{}-{random}", time("%Y-%m-%d"))
            }
            Era::Supportconfig => format!("scc_{host}_{}", time("%y%m%d_%H%M")),
        }
    }

    /// The archive's name without suffix.
    pub fn archive_stem(&self) -> String {
        match self.era {
            Era::Sos17 => format!("sosreport-{}-{}", self.root(), hex("digest", 6)),
            Era::Sos22 => {
                let case = self.case.as_ref().map(|case| format!(".{case}")).unwrap_or_default();
                let time = format_epoch(self.collected, "%Y%m%d%H%M%S");
                format!("sosreport-{}{case}-{time}-{}", self.machine.short_host(), hex("digest", 4))
            }
            _ => self.root(),
        }
    }

    fn random(&self, digits: usize) -> u64 {
        crate::synth::numbers::number(&self.machine.host) % 10u64.pow(u32::try_from(digits).unwrap())
    }

    /// Path of a command's output below the root.
    pub(super) fn command(&self, plugin: &str, command: &str) -> String {
        match self.era {
            // The base name of the program, cut at 28 characters, blanks as underscores.
            Era::Sos17 => {
                let mangled = command.replace(['/', ' '], "_");
                format!("sos_commands/{plugin}.{}", cut(&mangled, 28))
            }
            Era::Sos22 => format!("sos_commands/{plugin}/{}", cut(&mangle(command), 64)),
            Era::Sos32 | Era::Sos39 | Era::Sos4 | Era::Supportconfig => {
                format!("sos_commands/{plugin}/{}", cut(&mangle(command), 200))
            }
        }
    }
}

/// sos's rule: every run of characters that a file name should not have becomes `_`, slashes become dots.
fn mangle(command: &str) -> String {
    let mut text = String::new();
    for c in command.chars() {
        match c {
            '/' => text.push('.'),
            c if c.is_alphanumeric() || "-._".contains(c) => text.push(c),
            _ if text.ends_with('_') => {}
            _ => text.push('_'),
        }
    }
    text.trim_matches([' ', '.', '_', '-']).to_owned()
}

fn cut(text: &str, length: usize) -> String {
    text.chars().take(length).collect()
}
