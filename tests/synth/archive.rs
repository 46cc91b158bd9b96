//! Packs trees into archives, always in the same bytes: fixed times, owner and order.

use std::io::{Cursor, Write};

use super::clock::format_epoch;
use super::tree::{Node, Tree};

/// The form of an archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Container {
    /// Plain tar.
    Tar,
    /// tar in xz.
    TarXz,
    /// tar in gzip.
    TarGz,
    /// tar in bzip2.
    TarBz2,
    /// tar in zstd.
    TarZst,
    /// zip.
    Zip,
}

impl Container {
    /// The suffix of its file name, with the dot.
    pub fn suffix(self) -> &'static str {
        match self {
            Self::Tar => ".tar",
            Self::TarXz => ".tar.xz",
            Self::TarGz => ".tar.gz",
            Self::TarBz2 => ".tar.bz2",
            Self::TarZst => ".tar.zst",
            Self::Zip => ".zip",
        }
    }

    /// Packs a tree.
    pub fn pack(self, tree: &Tree) -> Vec<u8> {
        match self {
            Self::Zip => zip(tree),
            _ => self.compress(&tar(tree)),
        }
    }

    /// Compresses the bytes of a tar (or of any file); a zip is made by `pack` alone.
    pub fn compress(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Tar | Self::Zip => bytes.to_vec(),
            Self::TarXz => {
                let mut encoder = xz2::write::XzEncoder::new(Vec::new(), 6);
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Self::TarGz => {
                let mut encoder = flate2::GzBuilder::new().mtime(0).write(Vec::new(), flate2::Compression::new(6));
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Self::TarBz2 => {
                let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::new(9));
                encoder.write_all(bytes).unwrap();
                encoder.finish().unwrap()
            }
            Self::TarZst => zstd::stream::encode_all(bytes, 9).unwrap(),
        }
    }
}

/// The bytes of a tar of a tree: directories before what is in them, GNU long names where needed.
pub fn tar(tree: &Tree) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    let mut made = std::collections::BTreeSet::new();
    // A hard link stands behind the file it names.
    let is_link = |node: &Node| matches!(node, Node::Hardlink(_));
    let (links, others): (Vec<_>, Vec<_>) = tree.entries.iter().partition(|(_, entry)| is_link(&entry.node));
    for (path, entry) in others.into_iter().chain(links) {
        let full = format!("{}/{path}", tree.root);
        for (slash, _) in full.match_indices('/') {
            if made.insert(full[..slash].to_owned()) {
                let mut header = header(tree, tar::EntryType::Directory, 0o755);
                builder.append_data(&mut header, format!("{}/", &full[..slash]), std::io::empty()).unwrap();
            }
        }
        append(&mut builder, tree, &full, &entry.node, entry.mode);
        if entry.node == Node::Directory {
            made.insert(full);
        }
    }
    builder.into_inner().unwrap()
}

fn append(builder: &mut tar::Builder<Vec<u8>>, tree: &Tree, full: &str, node: &Node, mode: u32) {
    match node {
        Node::File(contents) => {
            let mut header = header(tree, tar::EntryType::Regular, mode);
            header.set_size(contents.len() as u64);
            builder.append_data(&mut header, full, contents.as_slice()).unwrap();
        }
        Node::Symlink(target) => {
            let mut header = header(tree, tar::EntryType::Symlink, 0o777);
            builder.append_link(&mut header, full, target).unwrap();
        }
        Node::Hardlink(target) => {
            let mut header = header(tree, tar::EntryType::Link, mode);
            builder.append_link(&mut header, full, format!("{}/{target}", tree.root)).unwrap();
        }
        Node::Directory => {
            let mut header = header(tree, tar::EntryType::Directory, mode);
            builder.append_data(&mut header, format!("{full}/"), std::io::empty()).unwrap();
        }
        Node::Fifo => {
            let mut header = header(tree, tar::EntryType::Fifo, mode);
            builder.append_data(&mut header, full, std::io::empty()).unwrap();
        }
        Node::CharDevice => {
            let mut header = header(tree, tar::EntryType::Char, mode);
            header.set_device_major(1).unwrap();
            header.set_device_minor(3).unwrap();
            builder.append_data(&mut header, full, std::io::empty()).unwrap();
        }
    }
}

fn header(tree: &Tree, kind: tar::EntryType, mode: u32) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(kind);
    header.set_mode(mode);
    header.set_mtime(tree.mtime);
    header.set_uid(0);
    header.set_gid(0);
    header.set_username("root").unwrap();
    header.set_groupname("root").unwrap();
    header.set_size(0);
    header
}

fn zip(tree: &Tree) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let field = |format| format_epoch(i64::try_from(tree.mtime).unwrap(), format).parse::<u16>().unwrap();
    let small = |format| u8::try_from(field(format)).unwrap();
    let time = zip::DateTime::from_date_and_time(
        field("%Y"),
        small("%-m"),
        small("%-d"),
        small("%-H"),
        small("%-M"),
        small("%-S") / 2 * 2,
    );
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated)
        .last_modified_time(time.unwrap());
    for (path, entry) in &tree.entries {
        let full = format!("{}/{path}", tree.root);
        match &entry.node {
            Node::File(contents) => {
                writer.start_file(full, options.unix_permissions(entry.mode)).unwrap();
                writer.write_all(contents).unwrap();
            }
            Node::Symlink(target) => writer.add_symlink(full, target.as_str(), options).unwrap(),
            Node::Directory => writer.add_directory(full, options).unwrap(),
            Node::Hardlink(_) | Node::Fifo | Node::CharDevice => {}
        }
    }
    writer.finish().unwrap().into_inner()
}

/// What `sos collect` makes: an uncompressed tar of archives.
pub fn bundle(root: &str, mtime: u64, members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut tree = Tree::new(root, mtime);
    for (name, bytes) in members {
        tree.file(name, bytes.clone());
    }
    tree.file("sos_logs/sos.log", "2024-05-10 09:30:00,120 INFO: collecting from nodes\n");
    tree.file("sos_logs/ui.log", "2024-05-10 09:30:00,118 INFO: sos-collector (version 4.7.2)\n");
    tar(&tree)
}
