//! How much of a stranger's archive is read, and the meter that watches it.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use thiserror::Error;

const KIB: u64 = 1 << 10;
const MIB: u64 = KIB << 10;
const GIB: u64 = MIB << 10;

/// What a walk may cost. The defaults let every real report pass and stop what was made to do harm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of one entry that are handed out; what lies beyond is passed over and told. Default: 8 GiB.
    pub entry_bytes: u64,
    /// Bytes that may come out of decompressors, all layers and entries together. Default: 64 GiB.
    pub total_bytes: u64,
    /// How many times its compressed size an input may grow to. Default: 200. xz, the best of the formats, makes
    /// logs about 10 to 40 times smaller, zeros 7,000 times.
    pub ratio: u64,
    /// Below this number of decompressed bytes the ratio does not matter. Default: 1 GiB.
    pub ratio_from: u64,
    /// Entries of one input, nested ones included. Default: 1,000,000; a report has 5,000 to 100,000.
    pub entries: u64,
    /// Archives inside one another, and compressions of one file around one another. Default: 4, two more than
    /// a bundle of reports with a packed `proc/fs.tar`.
    pub depth: usize,
    /// Bytes of a path; entries with a longer one are passed over and told. Default: 4096, Linux's `PATH_MAX`.
    pub path_bytes: usize,
    /// Memory one decompressor may take, in bytes. Default: 128 MiB, twice what `xz -9` needs.
    pub decoder_memory: u64,
    /// Threads of one decompressor, where its format can be cut (xz in blocks). Default: 1; a scan of fewer inputs than
    /// there are cores gives each more.
    pub decoder_threads: u32,
    /// Size up to which a zip that cannot be read at any place (standard input, or inside a compressed archive) is
    /// held in memory. Default: 64 MiB.
    pub zip_in_memory: u64,
    /// Bytes of a memory dump that are held in memory where it cannot be read at any place (packed, on standard input,
    /// inside an archive); blocks of zeros do not count, and one such dump is held at a time. Default: 512 MiB.
    pub dump_in_memory: u64,
    /// Size of a zip's central directory, which is held in memory. Default: 16 MiB, about 200,000 entries.
    pub zip_directory: u64,
    /// Bytes of paths and targets of one archive's links that are remembered. Default: 16 MiB, about 100,000 links.
    pub link_bytes: usize,
    /// Problems that are told one by one; more are counted and told as one. Default: 200.
    pub problems: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            entry_bytes: 8 * GIB,
            total_bytes: 64 * GIB,
            ratio: 200,
            ratio_from: GIB,
            entries: 1_000_000,
            depth: 4,
            path_bytes: 4096,
            decoder_memory: 128 * MIB,
            decoder_threads: 1,
            zip_in_memory: 64 * MIB,
            dump_in_memory: 512 * MIB,
            zip_directory: 16 * MIB,
            link_bytes: 16 << 20,
            problems: 200,
        }
    }
}

/// A limit that stopped a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
enum Exceeded {
    #[error("more than {0} bytes came out of decompression: the rest is not read (--max-unpacked raises the limit)")]
    Total(u64),
    #[error(
        "the content is more than {ratio} times as large as its compressed form after {produced} bytes, as in \
         a decompression bomb: the rest is not read (--max-ratio raises the limit)"
    )]
    Ratio { ratio: u64, produced: u64 },
}

/// Counts what one walk takes in and what decompression makes of it; shared with the decompressing threads.
#[derive(Debug)]
pub(super) struct Meter {
    consumed: Arc<AtomicU64>,
    consumed_before: u64,
    produced: AtomicU64,
    exceeded: OnceLock<Exceeded>,
    total_bytes: u64,
    ratio: u64,
    ratio_from: u64,
    source_bytes: u64,
}

impl Meter {
    /// `source_bytes` is the size of the input where known: bytes read twice do not make a bomb harmless.
    pub fn new(limits: &Limits, consumed: &Arc<AtomicU64>, source_bytes: Option<u64>) -> Arc<Self> {
        Arc::new(Self {
            consumed: Arc::clone(consumed),
            consumed_before: consumed.load(Ordering::Relaxed),
            produced: AtomicU64::new(0),
            exceeded: OnceLock::new(),
            total_bytes: limits.total_bytes,
            ratio: limits.ratio,
            ratio_from: limits.ratio_from,
            source_bytes: source_bytes.unwrap_or(u64::MAX),
        })
    }

    pub fn consume(&self, bytes: usize) {
        self.consumed.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub fn consumed(&self) -> u64 {
        self.consumed.load(Ordering::Relaxed).saturating_sub(self.consumed_before)
    }

    pub fn produced(&self) -> u64 {
        self.produced.load(Ordering::Relaxed)
    }

    /// Whether a limit was reached; nothing more of the input is to be read then.
    pub fn tripped(&self) -> bool {
        self.exceeded.get().is_some()
    }

    /// Which limit was reached, in words.
    pub fn reason(&self) -> Option<String> {
        self.exceeded.get().map(Exceeded::to_string)
    }

    /// Counts bytes that did not lie in the input as such: decompressed ones, holes of sparse files.
    pub fn produce(&self, bytes: u64) -> io::Result<()> {
        let before = self.produced.fetch_add(bytes, Ordering::Relaxed);
        let produced = before.saturating_add(bytes);
        let base = self.consumed().min(self.source_bytes).max(1);
        let exceeded = if produced > self.total_bytes {
            Exceeded::Total(self.total_bytes)
        } else if produced > self.ratio_from && produced / base > self.ratio {
            Exceeded::Ratio { ratio: self.ratio, produced: before }
        } else {
            return Ok(());
        };
        Err(io::Error::other(*self.exceeded.get_or_init(|| exceeded)))
    }
}

/// A reader whose bytes count as produced.
pub(super) struct Metered<R> {
    inner: R,
    meter: Arc<Meter>,
}

impl<R> Metered<R> {
    pub fn new(inner: R, meter: &Arc<Meter>) -> Self {
        Self { inner, meter: Arc::clone(meter) }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.meter.tripped() {
            return Ok(0);
        }
        let count = self.inner.read(buffer)?;
        self.meter.produce(count as u64)?;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn meter(consumed: u64, source_bytes: Option<u64>) -> Arc<Meter> {
        let limits = Limits { total_bytes: 10_000, ratio: 10, ratio_from: 1_000, ..Limits::default() };
        let meter = Meter::new(&limits, &Arc::new(AtomicU64::new(77)), source_bytes);
        meter.consume(consumed as usize);
        meter
    }

    #[test]
    fn the_ratio_counts_only_beyond_its_threshold() {
        let meter = meter(10, None);
        assert!(meter.produce(1_000).is_ok(), "100 times, but little");
        let error = meter.produce(1).unwrap_err().to_string();
        assert!(error.contains("more than 10 times"), "{error}");
        assert!(meter.tripped());
    }

    #[test]
    fn bytes_read_twice_do_not_lower_the_ratio() {
        assert!(meter(1_000, None).produce(5_000).is_ok());
        assert!(meter(1_000, Some(100)).produce(5_000).is_err());
    }

    #[test]
    fn the_total_stops_what_the_ratio_lets_pass() {
        let meter = meter(5_000, None);
        assert!(meter.produce(10_000).is_ok());
        assert!(meter.produce(1).is_err());
        assert_eq!(meter.consumed(), 5_000, "what others counted before is not ours");
    }
}
