//! A module as text: the lines of modinfo, and what modinfo does not say.
//!
//! ```text
//! filename:       /lib/modules/4.18.0-372.26.1.el8_6.x86_64/kernel/drivers/scsi/lpfc/lpfc.ko.xz
//! license:        GPL
//! sig_id:         PKCS#7
//! signer:         Red Hat Enterprise Linux kernel signing key
//! parm:           lpfc_poll:FCP ring polling mode control (int)
//! sig_state:      signed (nobody checked it)
//! ```
//!
//! Source: tools/modinfo.c and libkmod-module.c of kmod, whose order and columns the first part keeps.

use std::borrow::Cow;
use std::fmt::{self, Write};

use super::hex::push_hex;
use super::signature::Contents;
use super::{Inspected, modinfo};
use crate::facts::SignatureState;

/// What modinfo makes of an appended signature, in its order.
const SIGNATURE_KEYS: [&str; 5] = ["sig_id", "signer", "sig_key", "sig_hashalgo", "signature"];
/// Bytes of the signature per line.
const SIGNATURE_LINE: usize = 20;

/// A key and its value, as one line of modinfo.
type Line<'a> = (&'a str, Cow<'a, str>);

impl Inspected<'_> {
    /// The lines of modinfo, in its order: file name, fields, signature, parameters.
    pub fn modinfo(&self) -> Vec<(&str, Cow<'_, str>)> {
        let file = &self.file;
        let mut lines: Vec<Line> = vec![("filename", Cow::Borrowed(file.filename.as_deref().unwrap_or_default()))];
        let shown = file.fields.iter().filter(|(key, _)| key != "parm" && key != "parmtype");
        lines.extend(shown.map(|(key, value)| (key.as_str(), Cow::Borrowed(value.as_str()))));
        lines.extend(self.signature_lines());
        lines.extend(modinfo::parameters(&file.fields).into_iter().map(|line| ("parm", Cow::Owned(line))));
        lines
    }

    /// What modinfo does not say: build id, state of the signature, and the flags the kernel would set.
    pub fn findings(&self) -> Vec<(&'static str, String)> {
        let signature = &self.file.signature;
        let mut lines = Vec::new();
        lines.extend(self.file.build_id.clone().map(|id| ("build-id", id)));
        // Signatures in sections, of which modinfo knows nothing.
        if signature.kind.is_some() && self.known_to_modinfo().is_none() {
            lines.extend(signature.kind.map(|kind| ("sig_kind", kind.to_owned())));
            lines.extend(signature.key.clone().map(|key| ("sig_key", key)));
            lines.extend(signature.hash.clone().map(|hash| ("sig_hashalgo", hash)));
        }
        let reason = signature.reason.as_deref().map_or(String::new(), |reason| format!(": {reason}"));
        lines.push(("sig_state", format!("{}{reason}", state_in_words(signature.state))));
        if let Some(lineage) = self.lineage() {
            let taints = self.taints(lineage).into_iter();
            lines.extend(taints.map(|(letter, reason)| ("taint", format!("{letter} ({reason})"))));
            lines.extend(self.refusal(lineage).map(|why| ("refused", why)));
        }
        lines
    }

    /// All values of one field, as `modinfo -F FIELD` prints them: `filename`, `name`, `parm` with its types, the
    /// fields of the signature, those of [`Inspected::findings`], and every key of `.modinfo`.
    pub fn field(&self, wanted: &str) -> Vec<String> {
        // A tree of modules is asked for one field at a time: no other line is made for it.
        let mut values: Vec<String> = match wanted {
            "filename" => self.file.filename.iter().cloned().collect(),
            "parm" => modinfo::parameters(&self.file.fields),
            _ => Vec::new(),
        };
        if wanted != "parm" {
            let stated = self.file.fields.iter().filter(|(key, _)| key == wanted);
            values.extend(stated.map(|(_, value)| value.clone()));
        }
        values.extend(self.signature_line(wanted).map(Cow::into_owned));
        if values.is_empty() && wanted == "name" {
            values.push(self.file.name.clone());
        }
        if values.is_empty() {
            values.extend(self.findings().into_iter().filter(|(key, _)| *key == wanted).map(|(_, value)| value));
        }
        values
    }

    /// Writes everything as text, keys padded to 16 columns as modinfo does it.
    ///
    /// Values are those of the file: control characters are left in.
    ///
    /// # Errors
    /// What `out` gives.
    pub fn describe(&self, out: &mut dyn Write) -> fmt::Result {
        for (key, value) in self.modinfo() {
            line(out, key, &value)?;
        }
        self.findings().iter().try_for_each(|(key, value)| line(out, key, value))
    }

    /// The appended signature that modinfo prints, with its `sig_id`.
    fn known_to_modinfo(&self) -> Option<(&'static str, &Contents)> {
        let signature = self.signatures.first()?;
        Some((signature.kind?.sig_id()?, signature.contents.as_ref().ok()?))
    }

    /// The fields that modinfo makes of an appended signature; none where it is damaged, as for modinfo.
    fn signature_lines(&self) -> impl Iterator<Item = Line<'_>> {
        SIGNATURE_KEYS.into_iter().filter_map(|key| Some((key, self.signature_line(key)?)))
    }

    fn signature_line(&self, key: &str) -> Option<Cow<'_, str>> {
        let (id, contents) = self.known_to_modinfo().filter(|_| SIGNATURE_KEYS.contains(&key))?;
        let facts = &self.file.signature;
        let text = |text| Cow::Borrowed(text_or_empty(text));
        Some(match key {
            "sig_id" => Cow::Borrowed(id),
            "signer" => text(&facts.signer),
            "sig_key" => text(&facts.key),
            "sig_hashalgo" => text(&facts.hash),
            _ => Cow::Owned(dump(contents)),
        })
    }
}

fn text_or_empty(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or_default()
}

/// One line.
fn line(out: &mut dyn Write, key: &str, value: &str) -> fmt::Result {
    const BLANKS: &str = "               ";
    out.write_str(key)?;
    out.write_char(':')?;
    out.write_str(BLANKS.get(key.len()..).unwrap_or_default())?;
    out.write_str(value)?;
    out.write_char('\n')
}

/// The signature in hexadecimal, 20 bytes a line.
fn dump(contents: &Contents) -> String {
    let bytes = contents.bytes();
    let mut text = Vec::with_capacity(bytes.len().saturating_mul(4));
    for (at, line) in bytes.chunks(SIGNATURE_LINE).enumerate() {
        text.extend_from_slice(if at == 0 { b"" } else { b":\n\t\t" });
        push_hex(&mut text, line);
    }
    String::from_utf8(text).unwrap_or_default()
}

fn state_in_words(state: SignatureState) -> &'static str {
    match state {
        SignatureState::Signed => "signed (nobody checked it)",
        SignatureState::Unsigned => "unsigned",
        SignatureState::Verified => "verified",
        SignatureState::Untrusted => "untrusted (whole, but no given certificate made it)",
        SignatureState::Mismatch => "mismatch (it does not fit the contents)",
        SignatureState::Malformed => "malformed",
        SignatureState::Unknown => "unknown",
    }
}
