//! Compression taken off, layer by layer, until something else comes to light.
//!
//! Files of several parts are read to the end of the last: xz of many blocks and streams, concatenated gzip members,
//! bzip2 streams and zstd frames, as `pigz`, `pbzip2`, `pixz` and `cat` make them.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};
use std::sync::Arc;

use xz2::stream::{CONCATENATED, Stream as XzStream};

use super::format::Format;
use super::limits::{Limits, Meter, Metered};
use super::pipeline;
use super::stream::{Peeked, Stream};
use super::xz;

/// Compressed size from which a decompressor gets a thread of its own; below, starting one costs more than it brings.
const WORTH_A_THREAD: u64 = 512 * 1024;

/// A compression that can be taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Codec {
    Gzip,
    Xz,
    Bzip2,
    Zstd,
    Lzma,
}

impl Codec {
    pub fn of(format: Format) -> Option<Self> {
        Some(match format {
            Format::Gzip => Self::Gzip,
            Format::Xz => Self::Xz,
            Format::Bzip2 => Self::Bzip2,
            Format::Zstd => Self::Zstd,
            Format::Lzma => Self::Lzma,
            _ => return None,
        })
    }

    fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
            Self::Zstd => "zstd",
            Self::Lzma => "lzma",
        }
    }

    /// A reader of what `input` holds, metered, with errors that say what is wrong.
    pub fn decoder<'r>(
        self,
        input: impl BufRead + Send + 'r,
        bounds: &Bounds<'_>,
    ) -> Metered<Box<dyn Read + Send + 'r>> {
        let memory = bounds.limits.decoder_memory;
        let inner = self.bare_decoder(input, bounds.limits).unwrap_or_else(|error| Box::new(Failing(Some(error))));
        Metered::new(Box::new(Explained { codec: self, inner, produced: 0, memory, failed: false }), &bounds.meter)
    }

    fn bare_decoder<'r>(
        self,
        input: impl BufRead + Send + 'r,
        limits: &Limits,
    ) -> io::Result<Box<dyn Read + Send + 'r>> {
        let memory = limits.decoder_memory;
        Ok(match self {
            Self::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(input)),
            Self::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(input)),
            Self::Xz if limits.decoder_threads > 1 => Box::new(xz::Blocks::new(input, limits.decoder_threads, memory)?),
            Self::Xz => {
                let stream = XzStream::new_stream_decoder(memory, CONCATENATED)?;
                Box::new(xz2::bufread::XzDecoder::new_stream(input, stream))
            }
            Self::Lzma => {
                let stream = XzStream::new_lzma_decoder(memory)?;
                Box::new(xz2::bufread::XzDecoder::new_stream(input, stream))
            }
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::with_buffer(input)?;
                decoder.window_log_max(memory.max(1).ilog2().clamp(10, 31))?;
                Box::new(decoder)
            }
        })
    }
}

/// A decompressor whose errors name the compression and the place, and are given once.
struct Explained<R> {
    codec: Codec,
    inner: R,
    produced: u64,
    memory: u64,
    failed: bool,
}

impl<R: Read> Read for Explained<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.failed {
            return Ok(0);
        }
        match self.inner.read(buffer) {
            Ok(count) => {
                self.produced += count as u64;
                Ok(count)
            }
            Err(error) if error.kind() == ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.failed = true;
                Err(self.explain(error))
            }
        }
    }
}

impl<R> Explained<R> {
    fn explain(&self, error: io::Error) -> io::Error {
        use xz2::stream::Error as XzError;
        let (name, produced) = (self.codec.name(), self.produced);
        let xz = error.get_ref().and_then(|inner| inner.downcast_ref::<XzError>());
        let message = if matches!(xz, Some(XzError::MemLimit)) || error.to_string().contains("too much memory") {
            format!(
                "the {name} data needs more than {} bytes of memory to decompress (--max-decoder-memory raises the limit)",
                self.memory
            )
        } else if error.kind() == ErrorKind::UnexpectedEof || error.to_string().contains("incomplete frame") {
            format!("the {name} data is cut short: it ends without its end mark after {produced} bytes of content")
        } else {
            format!("the {name} data is damaged after {produced} bytes of content: {error}")
        };
        io::Error::new(error.kind(), message)
    }
}

/// What decompression is bounded by.
pub(super) struct Bounds<'l> {
    pub limits: &'l Limits,
    pub meter: Arc<Meter>,
}

/// What came to light below the compressions.
pub(super) struct Content<'a, 's> {
    pub stream: &'a mut Peeked<'s>,
    pub format: Format,
    /// How many compressions were taken off.
    pub layers: usize,
}

/// Takes all compressions off a stream and gives what is below to `then`. `size` is the stream's length where known,
/// `layers` how many compressions were taken off before.
pub(super) fn unwrapped<T>(
    stream: &mut dyn Stream,
    size: Option<u64>,
    bounds: &Bounds<'_>,
    layers: usize,
    then: impl FnOnce(Content<'_, '_>) -> T,
) -> T {
    let mut peeked = Peeked::new(stream);
    let format = peeked.format();
    match Codec::of(format).filter(|_| layers < bounds.limits.depth) {
        None => then(Content { stream: &mut peeked, format, layers }),
        Some(codec) => {
            decoded(codec, &mut peeked, size, bounds, |plain| unwrapped(plain, None, bounds, layers + 1, then))
        }
    }
}

fn decoded<T>(
    codec: Codec,
    input: &mut dyn Stream,
    size: Option<u64>,
    bounds: &Bounds<'_>,
    then: impl FnOnce(&mut dyn Stream) -> T,
) -> T {
    let decoder = codec.decoder(input, bounds);
    if size.is_some_and(|size| size < WORTH_A_THREAD) {
        then(&mut BufReader::with_capacity(64 * 1024, decoder))
    } else {
        pipeline::across(decoder, then)
    }
}

/// A decompressor that could not be set up.
struct Failing(Option<io::Error>);

impl Read for Failing {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        self.0.take().map_or(Ok(0), Err)
    }
}
