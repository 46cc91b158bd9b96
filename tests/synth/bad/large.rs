//! Inputs that are large, or become large: streamed to disk.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::report;
use crate::synth::archive::{Container, tar};

/// Entries of a hostile archive.
pub const HOSTILE_ENTRIES: u64 = 2_000_000;

/// Bytes of a hostile run of zeros: 10 GiB.
pub const HOSTILE_ZEROS: u64 = 10 << 30;

/// Bytes of a hostile line: 100 MiB.
pub const HOSTILE_LINE: u64 = 100 << 20;

/// A compressing writer whose end can be written.
enum Packer {
    Plain(BufWriter<File>),
    Xz(xz2::write::XzEncoder<BufWriter<File>>),
    Gz(flate2::write::GzEncoder<BufWriter<File>>),
    Bz2(bzip2::write::BzEncoder<BufWriter<File>>),
    Zst(zstd::stream::write::Encoder<'static, BufWriter<File>>),
}

impl Packer {
    /// Opens the file; the fastest level of each, for there is nothing to gain on zeros.
    fn create(path: &Path, container: Container) -> io::Result<Self> {
        let file = BufWriter::new(File::create(path)?);
        Ok(match container {
            Container::TarXz => Self::Xz(xz2::write::XzEncoder::new(file, 0)),
            Container::TarGz => Self::Gz(flate2::write::GzEncoder::new(file, flate2::Compression::new(6))),
            Container::TarBz2 => Self::Bz2(bzip2::write::BzEncoder::new(file, bzip2::Compression::new(9))),
            Container::TarZst => Self::Zst(zstd::stream::write::Encoder::new(file, 1)?),
            Container::Tar | Container::Zip => Self::Plain(file),
        })
    }

    fn finish(self) -> io::Result<()> {
        let mut file = match self {
            Self::Plain(file) => file,
            Self::Xz(encoder) => encoder.finish()?,
            Self::Gz(encoder) => encoder.finish()?,
            Self::Bz2(encoder) => encoder.finish()?,
            Self::Zst(encoder) => encoder.finish()?,
        };
        file.flush()
    }

    fn zeros(&mut self, mut bytes: u64) -> io::Result<()> {
        let block = vec![0; 1 << 20];
        while bytes > 0 {
            let now = bytes.min(block.len() as u64);
            self.write_all(&block[..usize::try_from(now).unwrap()])?;
            bytes -= now;
        }
        Ok(())
    }
}

impl Write for Packer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(writer) => writer.write(bytes),
            Self::Xz(writer) => writer.write(bytes),
            Self::Gz(writer) => writer.write(bytes),
            Self::Bz2(writer) => writer.write(bytes),
            Self::Zst(writer) => writer.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(writer) => writer.flush(),
            Self::Xz(writer) => writer.flush(),
            Self::Gz(writer) => writer.flush(),
            Self::Bz2(writer) => writer.flush(),
            Self::Zst(writer) => writer.flush(),
        }
    }
}

/// A header of a plain file.
fn header(path: &str, size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_path(path).unwrap();
    header.set_entry_type(tar::EntryType::Regular);
    header.set_mode(0o644);
    header.set_size(size);
    header.set_cksum();
    header
}

/// The sound report as a tar without the two blocks that would end it.
fn open_ended_report() -> Vec<u8> {
    let mut bytes = tar(&report().tree());
    bytes.truncate(bytes.len() - 1024);
    bytes
}

/// The sound report, and `entries` empty files after it, in `many-entries.tar.*`. Not for zip.
pub fn many_entries(folder: &Path, container: Container, entries: u64) -> io::Result<PathBuf> {
    let path = folder.join(format!("many-entries{}", container.suffix()));
    let mut packer = Packer::create(&path, container)?;
    packer.write_all(&open_ended_report())?;
    for number in 0..entries {
        packer.write_all(header(&format!("sosreport-many/sys/class/{}/{number}", number % 97), 0).as_bytes())?;
    }
    packer.zeros(1024)?;
    packer.finish()?;
    Ok(path)
}

/// The sound report, and a `var/log/messages.1` of so many zeros after it, in `zeros.tar.*`. Not for zip.
pub fn zeros_in_tar(folder: &Path, container: Container, bytes: u64) -> io::Result<PathBuf> {
    let path = folder.join(format!("zeros{}", container.suffix()));
    let mut packer = Packer::create(&path, container)?;
    packer.write_all(&open_ended_report())?;
    let name = format!("{}/var/log/messages.1", report().root());
    packer.write_all(header(&name, bytes).as_bytes())?;
    packer.zeros(bytes.next_multiple_of(512) + 1024)?;
    packer.finish()?;
    Ok(path)
}

/// So many zeros as one compressed log: `messages.gz` and its like.
pub fn zeros_log(folder: &Path, container: Container, bytes: u64) -> io::Result<PathBuf> {
    let path = folder.join(format!("messages{}", container.suffix().trim_start_matches(".tar")));
    let mut packer = Packer::create(&path, container)?;
    packer.zeros(bytes)?;
    packer.finish()?;
    Ok(path)
}

/// A kernel log of one line of so many bytes, with a sound event before and after it.
pub fn long_line(folder: &Path, bytes: u64) -> io::Result<PathBuf> {
    let path = folder.join("long-line.log");
    let log = report().tree().read("sos_commands/kernel/dmesg").unwrap().to_vec();
    let mut writer = BufWriter::new(File::create(&path)?);
    writer.write_all(&log)?;
    writer.write_all(b"[  600.000000] ")?;
    let block = b"Modules linked in: acmefs(OE) ".repeat(1 << 12);
    let mut left = bytes;
    while left > 0 {
        let now = left.min(block.len() as u64);
        writer.write_all(&block[..usize::try_from(now).unwrap()])?;
        left -= now;
    }
    writer.write_all(b"\n")?;
    writer.write_all(String::from_utf8_lossy(&log).replace("[  512.", "[  712.").as_bytes())?;
    writer.flush()?;
    Ok(path)
}
