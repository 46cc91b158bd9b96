//! What a module says of itself: the `.modinfo` section.
//!
//! ```text
//! license=GPL\0parm=depth:queue depth\0parmtype=depth:int\0\0\0vermagic=6.1.0-9-amd64 SMP preempt mod_unload \0
//! ```
//!
//! NUL-terminated `key=value` strings with NULs as padding between them; keys repeat and their order is kept. modinfo
//! prints parameters last, the latest first, with description and type in one line.
//!
//! Source: `MODULE_INFO()` in include/linux/moduleparam.h; `kmod_elf_get_strings()` and tools/modinfo.c of kmod.

use super::elf::{Layout, Section};
use super::image::Image;

/// `.modinfo` sections larger than this are no module's; the largest of a distribution are around 100 KiB.
pub(super) const LARGEST_SECTION: u64 = 8 << 20;
/// Nor are those with more strings: the busiest has some thousand aliases.
const MOST_FIELDS: usize = 1 << 17;

/// All fields in file order; `None` where there are more than any module has.
///
/// A string without `=` is a key with an empty value, as modinfo has it. Bytes that are not UTF-8 (Latin-1 names of
/// authors in old kernels) become U+FFFD.
pub(super) fn fields(section: &[u8]) -> Option<Vec<(String, String)>> {
    let mut fields = Vec::new();
    for string in section.split(|&byte| byte == 0).filter(|string| !string.is_empty()) {
        if fields.len() == MOST_FIELDS {
            return None;
        }
        let equals = memchr::memchr(b'=', string).and_then(|at| string.split_at_checked(at));
        let (key, value) = match equals {
            Some((key, value)) => (key, value.strip_prefix(b"=").unwrap_or(value)),
            None => (string, [].as_slice()),
        };
        fields.push((text(key), text(value)));
    }
    Some(fields)
}

fn text(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// The name in `struct module`: `state` (an int), two list pointers, then the name, NUL-terminated.
pub(super) fn this_module_name(image: &Image, section: Section, layout: Layout) -> Option<String> {
    /// `MODULE_NAME_LEN` is 64 less one pointer on every kernel.
    const NAME: u64 = 56;
    let before = if layout.wide { 24 } else { 12 };
    let length = section.size.checked_sub(before)?.min(NAME);
    let bytes = image.get(section.offset.checked_add(before)?, length).ok()?;
    let name = bytes.split(|&byte| byte == 0).next()?;
    let plain = |byte: &u8| byte.is_ascii_graphic();
    (!name.is_empty() && name.iter().all(plain)).then(|| text(name))
}

/// The name that a file name gives: `/lib/modules/x/extra/foo-bar.ko.xz` is `foo_bar`.
pub(super) fn stem(path: &str) -> &str {
    let file = path.rsplit('/').next().unwrap_or(path);
    let file = [".gz", ".xz", ".zst", ".bz2"].iter().find_map(|suffix| file.strip_suffix(suffix)).unwrap_or(file);
    [".ko", ".o"].iter().find_map(|suffix| file.strip_suffix(suffix)).unwrap_or(file)
}

/// The kernel release that a module was built for: the first word of `vermagic`, or `kernel_version` of 2.4.
pub(super) fn release(fields: &[(String, String)]) -> Option<&str> {
    let value = |wanted: &str| fields.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.as_str());
    let magic = value("vermagic").or_else(|| value("kernel_version"))?;
    magic.split_whitespace().next()
}

/// The options of `vermagic` behind the release, such as `SMP`, `preempt`, `mod_unload`, `modversions`.
pub(super) fn build_options(fields: &[(String, String)]) -> impl Iterator<Item = &str> {
    let magic = fields.iter().find(|(key, _)| key == "vermagic").map_or("", |(_, value)| value.as_str());
    magic.split_whitespace().skip(1)
}

/// One parameter: its name, and description and type where they are given.
struct Parameter<'a> {
    name: &'a str,
    description: Option<&'a str>,
    kind: Option<&'a str>,
}

/// The parameters as modinfo prints them: `depth:queue depth (int)`, the one that was named last first.
pub(super) fn parameters(fields: &[(String, String)]) -> Vec<String> {
    let mut parameters: Vec<Parameter> = Vec::new();
    let mut index = std::collections::HashMap::new();
    for (key, value) in fields.iter().filter(|(key, _)| key == "parm" || key == "parmtype") {
        let Some((name, rest)) = value.split_once(':') else { continue };
        let at = *index.entry(name).or_insert_with(|| {
            parameters.push(Parameter { name, description: None, kind: None });
            parameters.len().saturating_sub(1)
        });
        if let Some(parameter) = parameters.get_mut(at) {
            let slot = if key == "parm" { &mut parameter.description } else { &mut parameter.kind };
            *slot = Some(rest);
        }
    }
    parameters.iter().rev().map(Parameter::line).collect()
}

impl Parameter<'_> {
    fn line(&self) -> String {
        let name = self.name;
        match (self.description, self.kind) {
            (Some(description), Some(kind)) => format!("{name}:{description} ({kind})"),
            (Some(only), None) | (None, Some(only)) => format!("{name}:{only}"),
            (None, None) => format!("{name}:"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_repeated_keys_and_a_missing_last_nul_are_read_as_modinfo_reads_them() {
        let section = b"\0\0license=GPL\0alias=a\0\0\0\0alias=b=c\0lonely\0empty=\0last=x\xe9";
        let expected = [
            ("license", "GPL"),
            ("alias", "a"),
            ("alias", "b=c"),
            ("lonely", ""),
            ("empty", ""),
            ("last", "x\u{fffd}"),
        ];
        let fields = fields(section).unwrap();
        let fields: Vec<(&str, &str)> = fields.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(fields, expected);
    }

    #[test]
    fn parameters_are_joined_and_printed_the_latest_first() {
        let section = b"parm=a:first\0parmtype=a:int\0parmtype=b:bool\0parm=c:third\0parm=broken\0";
        assert_eq!(parameters(&fields(section).unwrap()), ["c:third", "b:bool", "a:first (int)"]);
    }

    #[test]
    fn the_stem_of_a_path_is_the_module() {
        for (path, stem_of) in [
            ("/lib/modules/5.14.0/extra/foo-bar.ko.xz", "foo-bar"),
            ("foo.ko", "foo"),
            ("foo.ko.gz", "foo"),
            ("kernel/foo.o", "foo"),
            ("foo", "foo"),
            ("a.b.ko.zst", "a.b"),
        ] {
            assert_eq!(stem(path), stem_of, "{path}");
        }
    }

    #[test]
    fn the_release_is_the_first_word_of_vermagic_or_the_kernel_version_of_2_4() {
        let new = fields(b"vermagic=4.18.0-80.el8.x86_64 SMP mod_unload modversions \0").unwrap();
        assert_eq!(release(&new), Some("4.18.0-80.el8.x86_64"));
        assert_eq!(build_options(&new).collect::<Vec<_>>(), ["SMP", "mod_unload", "modversions"]);
        assert_eq!(release(&fields(b"kernel_version=2.4.21-63.EL\0").unwrap()), Some("2.4.21-63.EL"));
        assert_eq!(release(&fields(b"license=GPL\0").unwrap()), None);
    }

    #[test]
    fn more_strings_than_any_module_has_are_refused() {
        assert_eq!(fields(&b"a\0".repeat(MOST_FIELDS + 1)), None);
    }
}
