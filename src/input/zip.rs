//! Zip archives, by the directory at their end, or, where that is missing or unusable, by the header before each entry.

use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;

use ::zip::read::{ZipArchiveMetadata, ZipFile, ZipFileEntry, read_zipfile_from_stream};
use ::zip::result::ZipError;
use ::zip::{CompressionMethod, ZipArchive};

use super::entry::{EntryKind, Interest, Named};
use super::limits::Metered;
use super::links::{Again, LinkKind, Links};
use super::name::{Reach, clean};
use super::stream::{Counted, Place, Stream};
use super::walker::Walker;

/// Bytes that opening an archive may read besides its directory: the search for where that begins.
const SEARCH: u64 = 4 << 20;

/// An archive held in memory, and its length.
type InMemory = (Counted<Cursor<Vec<u8>>>, u64);

/// Reads a zip from a stream into memory; `None` if it is larger than is allowed.
pub(super) fn in_memory(walker: &Walker<'_>, stream: &mut dyn Stream) -> io::Result<Option<InMemory>> {
    let limit = walker.limits.zip_in_memory;
    let mut bytes = Vec::new();
    stream.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    let length = bytes.len() as u64;
    Ok((length <= limit).then(|| (Counted::already(Cursor::new(bytes)), length)))
}

/// Walks an archive of `length` bytes.
pub(super) fn walk<P: Place>(walker: &mut Walker<'_>, place: Counted<P>, length: u64) {
    let fence = Fence { place, left: walker.limits.zip_directory.saturating_add(SEARCH), up: true };
    let mut reader = BufReader::with_capacity(64 * 1024, fence);
    match ZipArchive::new(&mut reader) {
        Ok(archive) => {
            let metadata = archive.metadata();
            drop(archive);
            reader.get_mut().up = false;
            with_directory(walker, reader, &metadata, length);
        }
        Err(error) => {
            reader.get_mut().up = false;
            let message = format!("its directory cannot be read ({error}): entries are taken as they come");
            walker.problem("", message);
            if reader.seek(SeekFrom::Start(0)).is_ok() {
                without_directory(walker, &mut reader);
            }
        }
    }
}

/// A place of which only so much can be read while the fence is up: a directory is held in memory, several times its size.
struct Fence<P> {
    place: Counted<P>,
    left: u64,
    up: bool,
}

impl<P: Place> Read for Fence<P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.place.read(buffer)?;
        if self.up {
            self.left = self.left.checked_sub(count as u64).ok_or_else(|| io::Error::other("it is too large"))?;
        }
        Ok(count)
    }
}

impl<P: Place> Seek for Fence<P> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.place.seek(to)
    }
}

/// An entry's name, cleaned, and what it is; the link target is read later.
struct Described {
    kind: ZipKind,
    size: u64,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum ZipKind {
    File,
    Directory,
    Symlink,
    Special,
}

/// File type bits of a Unix mode (`S_IFMT`) that stand for FIFOs, character and block devices, and sockets.
const SPECIAL_MODES: &[u32] = &[0o010000, 0o020000, 0o060000, 0o140000];

fn describe(entry: &ZipFileEntry<'_>, path: &mut String) -> (Described, Reach) {
    let name = entry.name().unwrap_or_else(|_| String::from_utf8_lossy(entry.name_raw()));
    // Some packers on Windows write its separator, against the specification (APPNOTE 4.4.17.1).
    let reach = if !name.contains('/') && name.contains('\\') && entry.system() == ::zip::System::Dos {
        clean(name.replace('\\', "/").as_bytes(), path)
    } else {
        clean(name.as_bytes(), path)
    };
    let file_type = entry.unix_mode().map(|mode| mode & 0o170000);
    let kind = if entry.is_dir() {
        ZipKind::Directory
    } else if entry.is_symlink() {
        ZipKind::Symlink
    } else if file_type.is_some_and(|file_type| SPECIAL_MODES.contains(&file_type)) {
        ZipKind::Special
    } else {
        ZipKind::File
    };
    (Described { kind, size: entry.size() }, reach)
}

struct Walk<'w, 'v, R> {
    walker: &'w mut Walker<'v>,
    reader: R,
    links: Links,
    path: String,
}

fn with_directory<P: Place>(
    walker: &mut Walker<'_>,
    reader: BufReader<Fence<P>>,
    metadata: &Arc<ZipArchiveMetadata>,
    length: u64,
) {
    let links = Links::new(walker.limits.link_bytes);
    let mut walk = Walk { walker, reader, links, path: String::new() };
    let mut stored = 0u64;
    for entry in (0..metadata.len()).filter_map(|index| metadata.entry(index).ok()) {
        if walk.walker.stopped() {
            break;
        }
        stored = stored.saturating_add(entry.compressed_size());
        walk.entry(entry);
    }
    if stored > length {
        walk.walker.problem("", "its entries overlap, as in a decompression bomb".into());
    }
    walk.settle_links(metadata);
}

impl<P: Place> Walk<'_, '_, BufReader<Fence<P>>> {
    fn entry(&mut self, entry: ZipFileEntry<'_>) {
        let (described, reach) = describe(&entry, &mut self.path);
        if self.path.is_empty() || !self.walker.admit(&self.path, reach) {
            return;
        }
        let named = |path, kind| Named { path, kind, size: Some(described.size), mtime: None };
        match described.kind {
            ZipKind::File => self.file(entry, described.size),
            ZipKind::Directory => {
                self.walker.interest(&named(&self.path, EntryKind::Directory));
            }
            ZipKind::Special => {
                self.walker.interest(&named(&self.path, EntryKind::Special));
            }
            ZipKind::Symlink => {
                let Some(target) = self.link_target(entry) else { return };
                self.links.note(&self.path, LinkKind::Symbolic, &target);
                if self.walker.interest(&named(&self.path, EntryKind::Symlink(&target))) == Interest::Read
                    && !self.links.want(&self.path, LinkKind::Symbolic, &target)
                {
                    self.walker.problem(&self.path, "passed over: too many links".into());
                }
            }
        }
    }

    fn file(&mut self, entry: ZipFileEntry<'_>, size: u64) {
        self.links.saw_file(&self.path);
        let named = Named { path: &self.path, kind: EntryKind::File, size: Some(size), mtime: None };
        let interest = self.walker.interest(&named);
        match interest {
            Interest::Skip => return,
            Interest::Read => self.links.was_read(&self.path),
            Interest::Descend => {}
        }
        use_content(self.walker, &mut self.reader, entry, &named, interest);
    }

    /// A symbolic link's target is its content.
    fn link_target(&mut self, entry: ZipFileEntry<'_>) -> Option<String> {
        let most = self.walker.limits.path_bytes;
        let mut target = Vec::new();
        let read = match entry.with_reader(&mut self.reader, ::zip::ZipReadOptions::new()) {
            Ok(content) => content.take(most as u64 + 1).read_to_end(&mut target).map_err(ZipError::from),
            Err(error) => Err(error),
        };
        match read {
            Ok(count) if count <= most => return Some(String::from_utf8_lossy(&target).into_owned()),
            Ok(_) => {
                self.walker.problem(&self.path, "passed over: its link target is longer than a path can be".into())
            }
            Err(error) => self.walker.problem(&self.path, format!("its link target cannot be read: {error}")),
        }
        None
    }

    /// Hands out what links lead to: any entry can be reached here.
    fn settle_links(self, metadata: &Arc<ZipArchiveMetadata>) {
        let Self { walker, mut reader, links, mut path } = self;
        let settled = links.settle();
        if walker.stopped() {
            return;
        }
        for (path, reason) in settled.lost {
            walker.problem(&path, reason);
        }
        for Again { target, links, .. } in settled.again {
            let mut entries = (0..metadata.len()).filter_map(|index| metadata.entry(index).ok());
            let found = entries.find(|entry| {
                describe(entry, &mut path);
                path == target
            });
            for (entry, link) in found.into_iter().zip(&links) {
                let kind = EntryKind::Symlink(&link.target);
                let named = Named { path: &link.path, kind, size: Some(entry.size()), mtime: None };
                use_content(walker, &mut reader, entry, &named, Interest::Read);
            }
        }
    }
}

/// Hands an entry's content out, or walks it.
fn use_content<R: Read + Seek + Send>(
    walker: &mut Walker<'_>,
    reader: &mut R,
    entry: ZipFileEntry<'_>,
    named: &Named<'_>,
    interest: Interest,
) {
    if entry.encrypted() {
        return walker.problem(named.path, "is encrypted with a password and was not read".into());
    }
    if entry.compression() == CompressionMethod::LZMA {
        match lzma_dictionary(reader, entry.header_start()) {
            Ok(bytes) if bytes <= walker.limits.decoder_memory => {}
            Ok(bytes) => {
                return walker.problem(named.path, format!("not read: it needs {bytes} bytes of memory to decompress"));
            }
            Err(error) => return walker.problem(named.path, format!("cannot be read: {error}")),
        }
    }
    match entry.with_reader(reader, ::zip::ZipReadOptions::new()) {
        Ok(content) => pass_on(walker, content, named, interest),
        Err(error) => walker.fault(named.path, format!("cannot be read: {error}")),
    }
}

/// Size of the dictionary an LZMA entry asks for, which the decompressor would take unquestioned: APPNOTE 4.3.7 (the
/// local header, with the lengths of name and extra field at byte 26) and 5.8.8 (version, length of properties, properties).
fn lzma_dictionary<R: Read + Seek>(reader: &mut R, header_start: u64) -> io::Result<u64> {
    let mut lengths = [0; 4];
    reader.seek(SeekFrom::Start(header_start.saturating_add(26)))?;
    reader.read_exact(&mut lengths)?;
    let [name_low, name_high, extra_low, extra_high] = lengths;
    let between =
        i64::from(u16::from_le_bytes([name_low, name_high])) + i64::from(u16::from_le_bytes([extra_low, extra_high]));
    reader.seek(SeekFrom::Current(between))?;
    let mut properties = [0; 9];
    reader.read_exact(&mut properties)?;
    let [.., a, b, c, d] = properties;
    Ok(u64::from(u32::from_le_bytes([a, b, c, d])))
}

fn pass_on<R: Read + Send>(walker: &mut Walker<'_>, content: ZipFile<'_, R>, named: &Named<'_>, interest: Interest) {
    let mut content = BufReader::with_capacity(64 * 1024, Metered::new(content, &walker.meter));
    match interest {
        Interest::Skip => {}
        Interest::Read => walker.hand_out(named, &mut content),
        Interest::Descend => walker.descend(named, &mut content),
    }
}

/// Takes entries as they come, each with the header before it, up to the first that does not tell its length.
fn without_directory(walker: &mut Walker<'_>, reader: &mut (impl Read + Send)) {
    let mut path = String::new();
    while !walker.stopped() {
        let content = match read_zipfile_from_stream(reader) {
            Ok(Some(content)) => content,
            Ok(None) => return,
            Err(error) => return walker.fault(&path, format!("nothing can be read beyond this point: {error}")),
        };
        let (described, reach) = describe(&content.entry(), &mut path);
        if path.is_empty() || !walker.admit(&path, reach) {
            continue;
        }
        let kind = if described.kind == ZipKind::Directory { EntryKind::Directory } else { EntryKind::File };
        let named = Named { path: &path, kind, size: Some(described.size), mtime: None };
        let interest = walker.interest(&named);
        if kind == EntryKind::File && content.compression() != CompressionMethod::LZMA {
            pass_on(walker, content, &named, interest);
        }
    }
}
