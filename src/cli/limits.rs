//! The limits on what one input may cost, as options. Their defaults let every real report pass ([`Limits`]).

use crate::input::Limits;

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// Limits of all commands that read archives.
#[derive(Clone, Debug, clap::Args)]
#[command(next_help_heading = "Limits (sizes take K, M, G or T)")]
pub(super) struct LimitArgs {
    /// Most memory for a dump that is packed, in an archive or on standard input (zeros not counted)
    #[arg(long, value_name = "MIB", default_value_t = 512, value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    dump_memory: u64,
    /// Bytes read of one file
    #[arg(long, value_name = "SIZE", default_value = "8G", value_parser = size)]
    max_file: u64,
    /// Bytes that may come out of all decompression of one input
    #[arg(long, value_name = "SIZE", default_value = "64G", value_parser = size)]
    max_unpacked: u64,
    /// How many times its packed size an input of more than 1 GiB may have
    #[arg(long, value_name = "N", default_value_t = Limits::default().ratio)]
    max_ratio: u64,
    /// Entries of one input
    #[arg(long, value_name = "N", default_value_t = Limits::default().entries)]
    max_entries: u64,
    /// Archives inside one another, and compressions around one another
    #[arg(long, value_name = "N", default_value_t = Limits::default().depth)]
    max_depth: usize,
    /// Memory of one decompressor
    #[arg(long, value_name = "SIZE", default_value = "128M", value_parser = size)]
    max_decoder_memory: u64,
}

impl LimitArgs {
    /// Most bytes of a dump in memory.
    pub fn dump_bytes(&self) -> u64 {
        self.dump_memory << 20
    }

    /// The limits of a walk.
    pub fn limits(&self) -> Limits {
        Limits {
            dump_in_memory: self.dump_bytes(),
            entry_bytes: self.max_file,
            total_bytes: self.max_unpacked,
            ratio: self.max_ratio,
            entries: self.max_entries,
            depth: self.max_depth,
            decoder_memory: self.max_decoder_memory,
            ..Limits::default()
        }
    }
}

/// `8G`, `512MiB`, `4096`.
fn size(text: &str) -> Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..).unwrap_or_default().to_ascii_uppercase().as_str() {
        "" | "B" => 1,
        "K" | "KB" | "KIB" => KIB,
        "M" | "MB" | "MIB" => MIB,
        "G" | "GB" | "GIB" => GIB,
        "T" | "TB" | "TIB" => KIB * GIB,
        unit => return Err(format!("{unit} is no unit of size: expected K, M, G or T")),
    };
    let number: u64 = digits.parse().map_err(|_| "expected a number, such as 512M".to_owned())?;
    number.checked_mul(unit).filter(|size| *size > 0).ok_or_else(|| "expected a size between 1 and 16 EiB".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Typed {
        #[command(flatten)]
        limits: LimitArgs,
    }

    #[test]
    fn the_defaults_are_those_of_the_library() {
        let typed: Typed = clap::Parser::parse_from(["x"]);
        assert_eq!(typed.limits.limits(), Limits::default());
    }

    #[test]
    fn sizes_take_units() {
        let table =
            [("4096", Ok(4096)), ("8G", Ok(8 * GIB)), ("512MiB", Ok(512 * MIB)), ("1k", Ok(KIB)), ("2T", Ok(2 << 40))];
        for (text, expected) in table {
            assert_eq!(size(text), expected, "{text}");
        }
        for text in ["", "G", "-1", "1X", "0", "99999999999T", "1.5G"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
