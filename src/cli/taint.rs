//! `taintrace taint`: a mask or a `Tainted:` string in words.

use std::io::Write;

use serde_json::json;

use super::exit::{Status, UsageError};
use super::output::{self, Colour, Output};
use crate::taint::{self, Decoded};

/// Arguments of `taintrace taint`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  taintrace taint 12289
  taintrace taint --release 3.10.0-1160.el7.x86_64 536883201
  taintrace taint 'P           OE  ------------ T 3.10.0-1160.21.1.el7.x86_64'")]
pub(super) struct Args {
    /// A value of /proc/sys/kernel/tainted (decimal or 0x…), or the text behind `Tainted:`
    #[arg(allow_hyphen_values = true)]
    value: String,
    /// The kernel release, which decides what a letter or bit means
    #[arg(short, long, value_name = "RELEASE")]
    release: Option<String>,
    /// Output form
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
}

/// Prints each flag with its meaning.
pub(super) fn run(args: Args) -> anyhow::Result<Status> {
    let decoded = decode(&args.value, args.release.as_deref())?;
    let mut output = Output::open(None)?;
    match args.format {
        Format::Json => {
            serde_json::to_writer_pretty(&mut output, &as_json(&decoded))?;
            writeln!(output)?;
        }
        Format::Table => {
            let style = output::style(None, Colour::Never, None, false);
            crate::render::taint(&decoded, &style, &mut output)?;
        }
    }
    output.finish()?;
    Ok(Status::Whole)
}

fn decode(value: &str, release: Option<&str>) -> anyhow::Result<Decoded> {
    let text = value.trim();
    let number = text.strip_prefix("0x").map_or_else(|| text.parse().ok(), |hex| u64::from_str_radix(hex, 16).ok());
    if let Some(mask) = number {
        return Ok(taint::decode_value(mask, release));
    }
    if text.is_empty() || text.bytes().all(|b| b.is_ascii_digit()) {
        let message =
            format!("{value:?} is no taint: expected a number below 2^64 or letters such as 'P           OE'");
        return Err(UsageError(message).into());
    }
    Ok(taint::decode_printed(text, release))
}

fn as_json(decoded: &Decoded) -> serde_json::Value {
    let flags =
        decoded.flags.iter().map(|f| json!({"bit": f.bit, "letter": f.letter, "name": f.name, "meaning": f.meaning}));
    json!({
        "schema": "taintrace-taint/1",
        "lineage": decoded.lineage.as_str(),
        "value": decoded.value,
        "flags": flags.collect::<Vec<_>>(),
        "unknown_bits": decoded.unknown_bits,
        "unknown_letters": decoded.unknown_letters,
        "notes": decoded.notes,
    })
}
