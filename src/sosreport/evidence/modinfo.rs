//! Output of `modinfo`, for one module or for all.
//!
//! ```text
//! modinfo: ERROR: Module printk not found.
//! filename:       /lib/modules/5.14.0-427.el9.x86_64/extra/acme-gpl.ko.xz
//! license:        GPL
//! name:           acme_gpl
//! vermagic:       5.14.0-427.el9.x86_64 SMP preempt mod_unload modversions
//! sig_id:         PKCS#7
//! signature:      9C:C0:E9:84:44:9E:A9:D3:5E:8C:6B:00:5F:1C:F1:0B:0A:6A:5D:F9:
//!                 50:5D:A4:20
//! parm:           depth:int
//! name:           crc_t10dif
//! filename:       (builtin)
//! license:        GPL
//! ```
//!
//! A block begins with `filename:`, save that of something built into the kernel: kmod 27 and later print `name:` before
//! its `filename: (builtin)`, so a `name:` is held back until the line after it has been seen. Complaints go to standard
//! error and may stand in the middle of another line. modutils of 2.4 puts values in quotes.
//!
//! `alias` lines are left out: a module may have thousands of them, and nothing here speaks of devices.
//!
//! Source: tools/modinfo.c and libkmod/libkmod-module.c of kmod; modinfo.c of module-init-tools.

use std::io;
use std::mem;
use std::sync::Arc;

use super::module_path;
use super::signature::SignatureLines;
use super::{Draft, Source};
use crate::facts::{ModuleFile, Origin, Witness};
use crate::sosreport::lines::shortened;

/// Fields of a module that are kept; `parm` lines are the most numerous, a few hundred in the worst driver.
const MOST_FIELDS: usize = 512;
/// Bytes of a value that are kept.
const LONGEST_VALUE: usize = 2048;
/// Where kmod says that it could not do something.
const COMPLAINT: &str = "modinfo: ERROR: ";

/// Output of `modinfo`.
pub(super) fn read(mut source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let path = source.path.clone();
    let mut blocks = Blocks { draft, path, block: None, held_name: None, broken: String::new(), last: Last::Nothing };
    let mut lines = source.lines();
    let outcome = loop {
        match lines.next() {
            Ok(Some(line)) => blocks.line(&line.text, line.number),
            Ok(None) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    let ended = if outcome.is_err() || lines.is_cut() { Ended::Inside } else { Ended::Whole };
    blocks.release_name();
    blocks.finish(ended);
    outcome
}

/// Whether a block was read to its end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ended {
    Whole,
    Inside,
}

/// What a line that continues another belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Last {
    Nothing,
    Field,
}

/// What modinfo printed of one module so far.
struct Block {
    start: Origin,
    name: Option<String>,
    filename: Option<String>,
    builtin: bool,
    build_id: Option<String>,
    fields: Vec<(String, String)>,
    signature: SignatureLines,
}

impl Block {
    fn new(start: Origin) -> Self {
        Self {
            start,
            name: None,
            filename: None,
            builtin: false,
            build_id: None,
            fields: Vec::new(),
            signature: SignatureLines::default(),
        }
    }
}

/// Splits the output into blocks and hands each to the draft.
struct Blocks<'a> {
    draft: &'a mut Draft,
    path: Arc<str>,
    block: Option<Block>,
    /// A `name:` of which the next line decides whose it is, and the line it stands in.
    held_name: Option<(u64, String)>,
    /// The head of a line that a complaint broke in two.
    broken: String,
    last: Last,
}

impl Blocks<'_> {
    fn line(&mut self, text: &str, number: u64) {
        // The bytes of a signature are most of the text.
        if self.last == Last::Nothing && text.starts_with('\t') {
            return;
        }
        if text.starts_with("modinfo: ") || text.starts_with("libkmod: ") {
            return;
        }
        if let Some((head, _)) = text.split_once(COMPLAINT) {
            self.broken.push_str(head);
            return;
        }
        if self.broken.is_empty() {
            return self.whole_line(text, number);
        }
        let mut joined = mem::take(&mut self.broken);
        joined.push_str(text);
        self.whole_line(&joined, number);
    }

    fn whole_line(&mut self, text: &str, number: u64) {
        let Some((key, value)) = key_and_value(text) else { return self.continuation(text) };
        if key == "filename" {
            return self.filename(value, number);
        }
        self.release_name();
        if key == "name" {
            self.held_name = Some((number, value.to_owned()));
            return;
        }
        self.field(key, value);
    }

    /// `filename:` begins a block; the name before it belongs to the block if this is built into the kernel.
    fn filename(&mut self, value: &str, number: u64) {
        let builtin = value == "(builtin)";
        let held = if builtin { self.held_name.take() } else { None };
        self.release_name();
        self.finish(Ended::Whole);
        let start = held.as_ref().map_or(number, |(line, _)| *line);
        let origin = Origin::line(self.path.clone(), start);
        match &held {
            Some((_, name)) => self.draft.quote(origin.clone(), &format!("name: {name}")),
            None => self.draft.quote(origin.clone(), &format!("filename: {value}")),
        }
        let mut block = Block::new(origin);
        block.name = held.map(|(_, name)| name);
        block.builtin = builtin;
        block.filename = (!builtin).then(|| value.to_owned());
        self.block = Some(block);
        self.last = Last::Nothing;
    }

    /// A held name turned out to be a field of the block that is open.
    fn release_name(&mut self) {
        if let Some((_, name)) = self.held_name.take() {
            self.field("name", &name);
        }
    }

    fn field(&mut self, key: &str, value: &str) {
        self.last = Last::Nothing;
        let Some(block) = &mut self.block else { return };
        if block.signature.take(key, value) || key == "alias" || block.fields.len() >= MOST_FIELDS {
            return;
        }
        match key {
            "build-id" => block.build_id = Some(value.replace(':', "").to_ascii_lowercase()),
            "name" => block.name = Some(value.to_owned()),
            _ => {}
        }
        block.fields.push((key.to_owned(), shortened(value, LONGEST_VALUE).to_owned()));
        self.last = Last::Field;
    }

    /// The rest of a value of several lines, such as a description; the bytes of a signature are passed over.
    fn continuation(&mut self, text: &str) {
        if text.trim().is_empty() {
            self.last = Last::Nothing;
        }
        if self.last == Last::Nothing || self.held_name.is_some() {
            return;
        }
        if let Some((_, value)) = self.block.as_mut().and_then(|block| block.fields.last_mut())
            && value.len() + text.len() < LONGEST_VALUE
        {
            value.push('\n');
            value.push_str(text.trim());
        }
    }

    fn finish(&mut self, ended: Ended) {
        let Some(block) = self.block.take() else { return };
        let from_path = || block.filename.as_deref().and_then(module_path::module_name);
        let from_file = || {
            let (_, file) = block.fields.iter().find(|(key, _)| key == "file")?;
            file.rsplit('/').next().map(module_path::canonical)
        };
        let Some(name) = block.name.as_deref().map(module_path::canonical).or_else(from_path).or_else(from_file) else {
            return;
        };
        let vermagic = block.fields.iter().find(|(key, _)| key == "vermagic").map(|(_, value)| value.as_str());
        let signature = match (block.builtin, ended) {
            (true, _) => block.signature.of_builtin(),
            (false, Ended::Inside) => block.signature.of_cut_block(),
            (false, Ended::Whole) => block.signature.of_block(vermagic),
        };
        self.draft.add_module_file(ModuleFile {
            name,
            filename: block.filename,
            builtin: block.builtin,
            fields: block.fields,
            signature,
            build_id: block.build_id,
            witness: Witness::Modinfo,
            origin: block.start,
        });
    }
}

/// `key:` at the start of a line and the value behind it.
fn key_and_value(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once(':')?;
    let is_key = (1..=40).contains(&key.len())
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
        && (value.is_empty() || value.starts_with([' ', '\t']));
    let value = value.trim();
    let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
    is_key.then_some((key, value))
}

#[cfg(test)]
#[path = "modinfo_tests.rs"]
mod tests;
