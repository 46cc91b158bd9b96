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
use unicode_width::UnicodeWidthStr;

use super::Style;
use super::escape::terminal;
use crate::facts::Problem;
use crate::module_file::{Check, Contract, Inspected};

/// The lines of modinfo and what modinfo does not say: build id, state of the signature, taint flags.
pub fn module_text(module: &Inspected<'_>, out: &mut String) {
    for (key, value) in module.modinfo() {
        push_line(key, &value, out);
    }
    for (key, value) in module.findings() {
        push_line(key, &value, out);
    }
}

/// A key, its value in column 17, and a line feed.
fn push_line(key: &str, value: &str, out: &mut String) {
    const BLANKS: &str = "                ";
    let printed = terminal(key);
    out.push_str(&printed);
    out.push(':');
    let width = if printed.is_ascii() { printed.len() } else { printed.width() };
    out.push_str(BLANKS.get(width.saturating_add(1)..).unwrap_or_default());
    out.push_str(&shown(key, value));
    out.push('\n');
}

/// The values of one field, a line each.
pub fn module_field(module: &Inspected<'_>, field: &str, out: &mut String) {
    for value in module.field(field) {
        out.push_str(&shown(field, &value));
        out.push('\n');
    }
}

/// A value on one line; only the dump of a signature keeps its several, since nothing else can be told with its letters.
fn shown<'v>(key: &str, value: &'v str) -> Cow<'v, str> {
    let is_dump = |byte: u8| matches!(byte, b'0'..=b'9' | b'A'..=b'F' | b':' | b'\n' | b'\t');
    if key == "signature" && value.bytes().fold(true, |dump, byte| dump & is_dump(byte)) {
        Cow::Borrowed(value)
    } else {
        terminal(value)
    }
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

/// What the table says of one module; its whole record would be held for each of a tree otherwise.
#[derive(Clone, Debug)]
pub struct ModuleRow {
    name: String,
    version: String,
    release: String,
    state: &'static str,
    signer: String,
    flags: String,
    file: String,
}

impl ModuleRow {
    /// The row of a module.
    pub fn of(module: &Inspected<'_>) -> Self {
        let file = &module.file;
        let taints = module.lineage().map(|lineage| module.taints(lineage)).unwrap_or_default();
        Self {
            name: file.name.clone(),
            version: file.field("version").unwrap_or_default().to_owned(),
            release: module.release().unwrap_or_default().to_owned(),
            state: file.signature.state.as_str(),
            signer: file.signature.signer.clone().unwrap_or_default(),
            flags: taints.iter().map(|(letter, _)| letter).collect(),
            file: file.filename.clone().unwrap_or_default(),
        }
    }

    fn cells<'a>(&'a self, folder: &str) -> [Cow<'a, str>; 7] {
        let file = self.file.strip_prefix(folder).unwrap_or(&self.file);
        [&self.name, &self.version, &self.release, self.state, &self.signer, &self.flags, file].map(terminal)
    }
}

/// A row a module, and how many there are of each state.
///
/// # Errors
/// Those of `out`.
pub fn modules_table(rows: &[ModuleRow], style: &Style, out: &mut dyn Write) -> io::Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let folder = common_folder(rows);
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Dynamic);
    table.set_width(u16::try_from(style.width).unwrap_or(u16::MAX));
    table.set_header(["module", "version", "built for", "signature", "signer", "flags", "file"]);
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows {
        *states.entry(row.state).or_default() += 1;
        table.add_row(row.cells(folder));
    }
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    let of_state: Vec<String> = states.iter().map(|(state, count)| format!("{count} {state}")).collect();
    let modules = if rows.len() == 1 { "module" } else { "modules" };
    let place = if folder.is_empty() { String::new() } else { format!(" in {}", terminal(folder)) };
    writeln!(out, "\n{} {modules}{place}: {}", rows.len(), of_state.join(", "))
}

/// The folder that all files are in, with its slash; printed once instead of in each row.
fn common_folder(rows: &[ModuleRow]) -> &str {
    let Some((first, rest)) = rows.split_first() else { return "" };
    let mut folder = folder_of(&first.file);
    while !rest.iter().all(|row| row.file.starts_with(folder)) {
        folder = folder_of(folder.trim_end_matches(['/', '!']));
    }
    folder
}

/// Up to the last slash, or to the `!` behind the name of an archive.
fn folder_of(path: &str) -> &str {
    path.rfind(['/', '!']).and_then(|end| path.get(..=end)).unwrap_or_default()
}

/// The document `taintrace-module/1`, a module a line.
///
/// # Errors
/// Those of `out`.
pub fn modules_json(document: &Contract, out: &mut dyn Write) -> io::Result<()> {
    super::json::write_document(document, out)
}

/// The same document in pieces, so that the records of a tree need not be held: what [`module_json`] wrote of any number
/// of modules, as it comes.
#[derive(Debug, Default)]
pub struct ModulesJson {
    begun: bool,
}

impl ModulesJson {
    /// Writes records that [`module_json`] made.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn records(&mut self, records: &str, out: &mut dyn Write) -> io::Result<()> {
        let records = if self.begun { records } else { records.strip_prefix(',').unwrap_or(records) };
        self.begin(out)?;
        out.write_all(records.as_bytes())
    }

    /// Writes what stands before the records.
    fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if std::mem::replace(&mut self.begun, true) {
            return Ok(());
        }
        let (start, _) = around(&[])?;
        out.write_all(&start)
    }

    /// Writes what stands behind them.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(mut self, problems: &[Problem], out: &mut dyn Write) -> io::Result<()> {
        self.begin(out)?;
        let (_, end) = around(problems)?;
        out.write_all(&end)
    }
}

/// What a document without modules has before and behind the place of their records.
fn around(problems: &[Problem]) -> io::Result<(Vec<u8>, Vec<u8>)> {
    let mut document = Vec::new();
    modules_json(&Contract::new(Vec::new(), problems), &mut document)?;
    let list = document.iter().position(|&byte| byte == b'[').map_or(0, |at| at.saturating_add(1));
    let end = document.split_off(list);
    Ok((document, end))
}

/// The record of a module for [`ModulesJson::records`]: a comma, a line feed, and one line.
///
/// # Errors
/// Those of serialising, which there are none of.
pub fn module_json(module: &Inspected<'_>, out: &mut String) -> io::Result<()> {
    let mut line = Vec::with_capacity(4096);
    super::json::write_line(&module.record(), &mut line)?;
    out.push_str(",\n");
    out.push_str(&String::from_utf8_lossy(&line));
    Ok(())
}
