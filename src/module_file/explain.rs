//! The checks that people make by hand on a `.ko`, and what each would say of this one.
//!
//! They come from Red Hat's article on unsigned modules: for RHEL 7 and later `modinfo`, `modinfo -F signer` and
//! `strings` for the magic of an appended signature; for RHEL 6 and earlier `objdump` and `readelf` on the section
//! `.module_sig`. Which of them can speak depends on how the module was signed; none of them verifies anything.
//!
//! Source: kmod's modinfo; GNU binutils 2.40 for the shapes of `strings`, `objdump -s` and `readelf -x`.

use std::io;

use memchr::memmem;

use super::Inspected;
use super::elf::Section;
use super::signature::appended::MAGIC;

/// What one check by hand says of a module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The command as one would type it; of a compressed module, on the unpacked file.
    pub command: String,
    /// The lines it would print; of `modinfo` only those of the signature, the dump of bytes left out.
    pub output: Vec<String>,
    /// Whether it finds a signature.
    pub speaks: bool,
    /// What the output does not say, where it misleads.
    pub remark: Option<String>,
}

/// Lines of a hex dump that `grep -A 12` lets through.
const DUMP_LINES: usize = 12;
/// Occurrences of the magic that are shown.
const MOST_STRINGS: usize = 16;
/// How far a string is followed to both sides of the magic.
const LONGEST_STRING: usize = 512;

impl Inspected<'_> {
    /// What each of the usual checks says of this file, from the plainest to the most particular.
    ///
    /// # Errors
    /// What reading the file gives; of a module in memory nothing.
    pub fn explain(&self) -> io::Result<Vec<Check>> {
        let file = self.file.filename.as_deref().unwrap_or(&self.file.name);
        let section = match self.elf.sections.module_sig {
            Some(section) => Some((section, self.image.get(section.offset, section.size.min(1 << 16))?.into_owned())),
            None => None,
        };
        Ok(vec![
            self.modinfo_check(file),
            self.signer_check(file),
            self.strings_check(file)?,
            self.objdump_check(file, section.as_ref().map(|(_, bytes)| bytes.as_slice())),
            self.readelf_check(file, section.as_ref()),
        ])
    }

    fn modinfo_check(&self, file: &str) -> Check {
        const SIGNATURE_KEYS: [&str; 4] = ["sig_id", "signer", "sig_key", "sig_hashalgo"];
        let lines = self.modinfo().into_iter().filter(|(key, _)| SIGNATURE_KEYS.contains(key));
        let output: Vec<String> = lines.map(|(key, value)| format!("{:<16}{value}", format!("{key}:"))).collect();
        let speaks = !output.is_empty();
        let damaged = self.signatures.first().is_some_and(|signature| signature.contents.is_err());
        let remark = match (speaks, damaged) {
            (true, _) => "it prints what the signature claims and checks nothing".to_owned(),
            (false, true) => "it is silent about a damaged signature as about none".to_owned(),
            (false, false) => {
                return Check { command: format!("modinfo {file}"), output, speaks, remark: self.sections() };
            }
        };
        Check { command: format!("modinfo {file}"), output, speaks, remark: Some(remark) }
    }

    fn signer_check(&self, file: &str) -> Check {
        let output = self.field("signer");
        let speaks = output.iter().any(|signer| !signer.is_empty());
        let nameless = !output.is_empty() && !speaks;
        let remark = nameless.then(|| "the signature names its key by identifier, without a name".to_owned());
        Check { command: format!("modinfo -F signer {file}"), output, speaks, remark }
    }

    fn strings_check(&self, file: &str) -> io::Result<Check> {
        let whole = self.image.get(0, self.image.length())?;
        let places = memmem::find_iter(&whole, MAGIC.trim_ascii_end()).take(MOST_STRINGS);
        let output: Vec<String> = places.map(|at| string_around(&whole, at)).collect();
        let speaks = !output.is_empty();
        let misplaced = speaks && !whole.ends_with(MAGIC);
        let remark =
            misplaced.then(|| "but the magic is not the very end of the file: the kernel sees no signature".to_owned());
        Ok(Check { command: format!("strings {file} | grep \"~Module signature appended~\""), output, speaks, remark })
    }

    fn objdump_check(&self, file: &str, section: Option<&[u8]>) -> Check {
        let mut output = Vec::new();
        if let Some(bytes) = section {
            output.push("Contents of section .module_sig:".to_owned());
            let lines = bytes.chunks(16).zip((0u32..).step_by(16)).take(DUMP_LINES);
            output
                .extend(lines.map(|(line, offset)| format!(" {offset:04x} {}  {}", words(line), printable(line, 16))));
        }
        let command = format!("objdump -s {file} | grep .module_sig -A 12");
        Check { command, speaks: section.is_some(), output, remark: self.sections() }
    }

    fn readelf_check(&self, file: &str, section: Option<&(Section, Vec<u8>)>) -> Check {
        let command = format!("readelf -x .module_sig {file}");
        let Some((section, bytes)) = section else {
            let warning = "Warning: Section '.module_sig' was not dumped because it does not exist!";
            let output = vec![format!("readelf: {file}: {warning}")];
            return Check { command, output, speaks: false, remark: self.sections() };
        };
        let mut output = vec!["Hex dump of section '.module_sig':".to_owned()];
        let lines = bytes.chunks(16).zip((section.address..).step_by(16));
        output.extend(lines.map(|(line, address)| format!("  0x{address:08x} {} {}", words(line), printable(line, 0))));
        Check { command, output, speaks: true, remark: self.sections() }
    }

    /// Where a signature of RHEL 4 to 6 stands that a check looks past, or what is wrong with it.
    fn sections(&self) -> Option<String> {
        let damaged = self.signatures.iter().filter(|signature| signature.kind.is_some_and(|kind| !kind.is_appended()));
        let damaged = damaged.filter_map(|signature| signature.contents.as_ref().err()).next();
        if let Some(why) = damaged {
            return Some(format!("the section holds no good signature: {why}"));
        }
        let elsewhere = self.elf.sections.note_module_sig.is_some() && self.elf.sections.module_sig.is_none();
        elsewhere.then(|| "the signature is in the section .note.module.sig, as RHEL 6 has it".to_owned())
    }
}

/// The printable string that holds the magic, as strings(1) cuts it.
fn string_around(bytes: &[u8], at: usize) -> String {
    let is_text = |byte: &u8| matches!(byte, b' '..=b'~' | b'\t');
    let (before, after) = bytes.split_at_checked(at).unwrap_or_default();
    let start = at.saturating_sub(before.iter().rev().take(LONGEST_STRING).take_while(|byte| is_text(byte)).count());
    let length = after.iter().take(LONGEST_STRING).take_while(|byte| is_text(byte)).count();
    let string = bytes.get(start..at.saturating_add(length)).unwrap_or_default();
    String::from_utf8_lossy(string).into_owned()
}

/// Up to 16 bytes as four words of hexadecimal, padded to their full width.
fn words(line: &[u8]) -> String {
    let words: Vec<String> =
        line.chunks(4).map(|word| word.iter().map(|byte| format!("{byte:02x}")).collect()).collect();
    format!("{:<35}", words.join(" "))
}

/// The same bytes as text, with `.` for what cannot be printed.
fn printable(line: &[u8], width: usize) -> String {
    let text: String = line.iter().map(|&b| if (b' '..=b'~').contains(&b) { char::from(b) } else { '.' }).collect();
    format!("{text:<width$}")
}
