//! Module files: text as of modinfo, what checks by hand would say, a table, and the JSON contract.
//!
//! ```text
//! module  version  built for                     signature  signer       flags  file
//! acme    4.2.1    5.14.0-427.13.1.el9_4.x86_64  unsigned                OE     extra/acme.ko.xz
//! crc16            5.14.0-427.13.1.el9_4.x86_64  signed     Example key         kernel/lib/crc16.ko.xz
//! ```

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};

use super::Style;
use super::escape::terminal;
use crate::module_file::{Check, Contract, Inspected, ModuleRecord};

/// Columns of modinfo's keys.
const KEY: usize = 16;

/// The lines of modinfo and what modinfo does not say: build id, state of the signature, taint flags.
pub fn module_text(module: &Inspected<'_>, out: &mut String) {
    let findings = module.findings().into_iter().map(|(key, value)| (key, Cow::Owned(value)));
    for (key, value) in module.modinfo().into_iter().chain(findings) {
        let key = terminal(key);
        let _ = writeln!(out, "{:<KEY$}{}", format!("{key}:"), shown(&value));
    }
}

/// The values of one field, a line each.
pub fn module_field(module: &Inspected<'_>, field: &str, out: &mut String) {
    for value in module.field(field) {
        let _ = writeln!(out, "{}", shown(&value));
    }
}

/// A value on one line; only the dump of a signature keeps its several, since nothing else can be told with its letters.
fn shown(value: &str) -> Cow<'_, str> {
    let is_dump = |c: char| matches!(c, '0'..='9' | 'A'..='F' | ':' | '\n' | '\t');
    if value.chars().all(is_dump) { Cow::Borrowed(value) } else { terminal(value) }
}

/// What each check by hand would print, and whether it finds a signature; at the end what is so.
pub fn module_checks(module: &Inspected<'_>, checks: &[Check], out: &mut String) {
    let _ = writeln!(out, "{}", terminal(module.file.filename.as_deref().unwrap_or(&module.file.name)));
    for check in checks {
        let _ = writeln!(out, "  $ {}", terminal(&check.command));
        for line in &check.output {
            let _ = writeln!(out, "      {}", terminal(line));
        }
        let finds = if check.speaks { "finds a signature" } else { "finds no signature" };
        let remark = check.remark.as_deref().map_or(String::new(), |remark| format!(": {}", terminal(remark)));
        let _ = writeln!(out, "    {finds}{remark}");
    }
    for (_, state) in module.findings().into_iter().filter(|(key, _)| *key == "sig_state") {
        let _ = writeln!(out, "  the signature: {}", terminal(&state));
    }
}

/// The record of a module with no more fields than [`modules_table`] prints: a tree of modules has many.
pub fn table_record(module: &Inspected<'_>) -> ModuleRecord {
    let mut record = module.record();
    record.fields.retain(|(key, _)| matches!(key.as_str(), "version" | "vermagic"));
    record
}

/// A row a module, and how many there are of each state.
///
/// # Errors
/// Those of `out`.
pub fn modules_table(records: &[ModuleRecord], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if records.is_empty() {
        return Ok(());
    }
    let folder = common_folder(records);
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(style.width).unwrap_or(u16::MAX));
    table.set_header(["module", "version", "built for", "signature", "signer", "flags", "file"]);
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for record in records {
        *states.entry(&record.signature.state).or_default() += 1;
        table.add_row(row(record, folder));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    let of_state: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let modules = if records.len() == 1 { "module" } else { "modules" };
    let place = if folder.is_empty() { String::new() } else { format!(" in {}", terminal(folder)) };
    writeln!(out, "\n{} {modules}{place}: {}", records.len(), of_state.join(", "))
}

/// The folder that all files are in, with its slash; printed once instead of in each row.
fn common_folder(records: &[ModuleRecord]) -> &str {
    let Some((first, rest)) = records.split_first() else { return "" };
    let mut folder = folder_of(&first.file);
    while !rest.iter().all(|record| record.file.starts_with(folder)) {
        folder = folder_of(folder.trim_end_matches(['/', '!']));
    }
    folder
}

/// Up to the last slash, or to the `!` behind the name of an archive.
fn folder_of(path: &str) -> &str {
    path.rfind(['/', '!']).and_then(|end| path.get(..=end)).unwrap_or_default()
}

fn row(record: &ModuleRecord, folder: &str) -> [String; 7] {
    let field = |wanted: &str| record.fields.iter().find(|(key, _)| key == wanted).map_or("", |(_, value)| value);
    let release = field("vermagic").split_whitespace().next().unwrap_or_default();
    let flags: String = record.taints.iter().map(|taint| taint.letter.as_str()).collect();
    let file = record.file.strip_prefix(folder).unwrap_or(&record.file);
    let signer = record.signature.signer.as_deref().unwrap_or_default();
    [&record.name, field("version"), release, &record.signature.state, signer, &flags, file]
        .map(|text| terminal(text).into_owned())
}

/// The document `taintrace-module/1`, a module a line.
///
/// # Errors
/// Those of `out`.
pub fn modules_json(document: &Contract, out: &mut dyn Write) -> io::Result<()> {
    super::json::write_document(document, out)
}
