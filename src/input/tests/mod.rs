//! The room from outside: inputs made here, walked, and what the visitor saw.

mod damage;
mod formats;
mod hostile;
mod links;
mod tree;
mod zips;

use std::collections::BTreeMap;
use std::io::{self, BufRead, Cursor, Read, Write};
use std::sync::Arc;

use super::*;

/// A visitor that keeps all it sees.
pub(super) struct Recorder {
    /// What it answers; by default to read files and links.
    pub interest: Box<dyn FnMut(&Entry<'_>) -> Interest>,
    /// Every name it was asked about, behind its containers, with a word for its kind.
    pub asked: Vec<String>,
    /// Content by path, in the order of the walk.
    pub read: Vec<(String, Vec<u8>)>,
    pub problems: Vec<(String, String)>,
    pub edges: Vec<(String, Edge)>,
    pub sizes: BTreeMap<String, Option<u64>>,
    pub mtimes: BTreeMap<String, Option<i64>>,
}

impl Recorder {
    pub fn new(interest: impl FnMut(&Entry<'_>) -> Interest + 'static) -> Self {
        Self {
            interest: Box::new(interest),
            asked: Vec::new(),
            read: Vec::new(),
            problems: Vec::new(),
            edges: Vec::new(),
            sizes: BTreeMap::new(),
            mtimes: BTreeMap::new(),
        }
    }

    /// Reads files, walks what is named as an archive, passes over links.
    pub fn files() -> Self {
        Self::new(|entry| match entry.kind {
            EntryKind::File if is_archive_name(entry.path) => Interest::Descend,
            EntryKind::File => Interest::Read,
            _ => Interest::Skip,
        })
    }

    /// Reads just these paths, whatever they are.
    pub fn only(paths: &'static [&'static str]) -> Self {
        Self::new(|entry| if paths.contains(&entry.path) { Interest::Read } else { Interest::Skip })
    }

    pub fn paths(&self) -> Vec<&str> {
        self.read.iter().map(|(path, _)| path.as_str()).collect()
    }

    pub fn content(&self, path: &str) -> Option<&[u8]> {
        self.read.iter().find(|(read, _)| read == path).map(|(_, content)| content.as_slice())
    }

    /// All problems, a line each.
    pub fn told(&self) -> String {
        self.problems.iter().map(|(path, message)| format!("{path}: {message}\n")).collect()
    }
}

pub(super) fn is_archive_name(path: &str) -> bool {
    path.ends_with(".zip") || path.ends_with(".tgz") || path.contains(".tar")
}

impl Visitor for Recorder {
    fn interest(&mut self, entry: &Entry<'_>) -> Interest {
        let kind = match entry.kind {
            EntryKind::File => "file".to_owned(),
            EntryKind::Directory => "directory".to_owned(),
            EntryKind::Symlink(target) => format!("symlink to {target}"),
            EntryKind::HardLink(target) => format!("hard link to {target}"),
            EntryKind::Special => "special".to_owned(),
        };
        self.asked.push(format!("{} {kind}", name::joined(entry.container, entry.path)));
        (self.interest)(entry)
    }

    fn read(&mut self, entry: &Entry<'_>, bytes: &mut dyn BufRead) -> io::Result<()> {
        let mut content = Vec::new();
        bytes.read_to_end(&mut content)?;
        let path = name::joined(entry.container, entry.path);
        self.sizes.insert(path.clone(), entry.size);
        self.mtimes.insert(path.clone(), entry.mtime);
        self.read.push((path, content));
        Ok(())
    }

    fn problem(&mut self, path: &str, message: String) {
        self.problems.push((path.to_owned(), message));
    }

    fn nested(&mut self, archive: &Entry<'_>, edge: Edge) {
        self.edges.push((name::joined(archive.container, archive.path), edge));
    }
}

pub(super) fn memory(name: &str, bytes: &[u8]) -> Source {
    Source::Bytes { name: name.into(), bytes: Arc::from(bytes) }
}

/// Walks bytes with the default limits.
pub(super) fn walked(name: &str, bytes: &[u8], visitor: &mut dyn Visitor) -> Result<Walked, InputError> {
    walk(&memory(name, bytes), &Limits::default(), visitor)
}

pub(super) fn tar_header(path: &str, kind: ::tar::EntryType, size: u64) -> ::tar::Header {
    let mut header = ::tar::Header::new_gnu();
    header.set_path(path).unwrap();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o644);
    header.set_mtime(1_700_000_000);
    header.set_cksum();
    header
}

/// Adds a file.
pub(super) fn add(builder: &mut ::tar::Builder<Vec<u8>>, path: &str, content: &[u8]) {
    builder.append(&tar_header(path, ::tar::EntryType::Regular, content.len() as u64), content).unwrap();
}

pub(super) fn add_link(builder: &mut ::tar::Builder<Vec<u8>>, path: &str, kind: ::tar::EntryType, target: &str) {
    let mut header = tar_header(path, kind, 0);
    header.set_link_name_literal(target).unwrap();
    header.set_cksum();
    builder.append(&header, io::empty()).unwrap();
}

pub(super) fn tar_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut builder = ::tar::Builder::new(Vec::new());
    for (path, content) in files {
        add(&mut builder, path, content);
    }
    builder.into_inner().unwrap()
}

pub(super) fn zip_of(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = ::zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, content) in files {
        writer.start_file(*path, ::zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn xz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = xz2::write::XzEncoder::new(Vec::new(), 1);
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn bzip2(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn zstd(bytes: &[u8]) -> Vec<u8> {
    ::zstd::encode_all(bytes, 1).unwrap()
}

pub(super) fn lzma(bytes: &[u8]) -> Vec<u8> {
    let options = xz2::stream::LzmaOptions::new_preset(1).unwrap();
    let stream = xz2::stream::Stream::new_lzma_encoder(&options).unwrap();
    let mut compressed = Vec::new();
    xz2::read::XzEncoder::new_stream(bytes, stream).read_to_end(&mut compressed).unwrap();
    compressed
}

/// A compressor and the ending it goes by.
pub(super) type Compressor = (&'static str, fn(&[u8]) -> Vec<u8>);

pub(super) const COMPRESSORS: &[Compressor] =
    &[("gz", gzip), ("xz", xz), ("bz2", bzip2), ("zst", zstd), ("lzma", lzma)];

/// Text that does not compress away to nothing.
pub(super) fn log_text(bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes + 100);
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    while text.len() < bytes {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        writeln!(text, "[{:5}.{:06}] eth{}: packet {state:016x} dropped", text.len() / 999, state % 999_999, state % 4)
            .unwrap();
    }
    text.truncate(bytes);
    text
}
