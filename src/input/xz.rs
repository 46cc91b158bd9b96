//! xz on several cores.
//!
//! `xz -T`, which sos 3.x called, cuts its input into blocks and notes the size of each before it; such blocks can be
//! decoded side by side. Where the sizes are missing, as plain `xz` leaves them, liblzma decodes on one core as ever.
//! Format: <https://tukaani.org/xz/xz-file-format.txt>, 2.1 (streams and their padding) and 3.1.3 (sizes in block headers).

use std::io::{self, BufRead, Read};

use xz2::bufread::XzDecoder;
use xz2::stream::{Error, MtStreamBuilder, Stream};

/// What a stream begins with.
const MAGIC: &[u8] = b"\xfd7zXZ\0";

/// Decodes stream after stream, the blocks of each on several cores.
pub(super) struct Blocks<R: BufRead> {
    /// `None` behind the end.
    decoder: Option<XzDecoder<R>>,
    threads: u32,
    memory: u64,
}

impl<R: BufRead> Blocks<R> {
    /// `memory` bounds all threads together; they become fewer where blocks are too large for it.
    pub fn new(input: R, threads: u32, memory: u64) -> io::Result<Self> {
        Ok(Self { decoder: Some(XzDecoder::new_stream(input, stream(threads, memory)?)), threads, memory })
    }

    /// Goes on to the next stream, behind padding of zeros.
    fn next_stream(&mut self) -> io::Result<()> {
        let Some(decoder) = self.decoder.take() else { return Ok(()) };
        let mut input = decoder.into_inner();
        loop {
            let bytes = input.fill_buf()?;
            let padding = bytes.iter().take_while(|byte| **byte == 0).count();
            if bytes.is_empty() {
                return Ok(());
            }
            if padding == 0 {
                let begins = bytes.iter().zip(MAGIC).all(|(byte, magic)| byte == magic);
                if !begins {
                    return Err(Error::Format.into());
                }
                self.decoder = Some(XzDecoder::new_stream(input, stream(self.threads, self.memory)?));
                return Ok(());
            }
            input.consume(padding);
        }
    }
}

impl<R: BufRead> Read for Blocks<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while let Some(decoder) = &mut self.decoder {
            let count = decoder.read(buffer)?;
            if count > 0 || buffer.is_empty() {
                return Ok(count);
            }
            self.next_stream()?;
        }
        Ok(0)
    }
}

fn stream(threads: u32, memory: u64) -> io::Result<Stream> {
    let mut options = MtStreamBuilder::new();
    options.threads(threads).memlimit_threading(memory).memlimit_stop(memory);
    Ok(options.decoder()?)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const MEMORY: u64 = 128 << 20;

    fn text(size: usize) -> Vec<u8> {
        (0..size).map(|n| b'a' + u8::try_from(n / 7 % 23).unwrap()).collect()
    }

    fn in_blocks(bytes: &[u8], block: u64) -> Vec<u8> {
        let mut options = MtStreamBuilder::new();
        let stream = options.threads(2).preset(1).block_size(block).encoder().unwrap();
        let mut encoder = xz2::write::XzEncoder::new_stream(Vec::new(), stream);
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn decoded(bytes: &[u8]) -> (Vec<u8>, io::Result<usize>) {
        let mut text = Vec::new();
        let end = Blocks::new(bytes, 2, MEMORY).unwrap().read_to_end(&mut text);
        (text, end)
    }

    #[test]
    fn blocks_streams_and_padding_are_read_to_the_end() {
        let (one, two) = (text(300_000), text(50_000));
        let whole = [one.as_slice(), &two].concat();
        let joined = [in_blocks(&one, 40_000), vec![0; 8], in_blocks(&two, 40_000), vec![0; 4]].concat();
        assert_eq!(decoded(&joined).0, whole);
        let mut plain = xz2::write::XzEncoder::new(Vec::new(), 1);
        plain.write_all(&one).unwrap();
        assert_eq!(decoded(&plain.finish().unwrap()).0, one, "blocks without sizes");
    }

    #[test]
    fn what_precedes_the_damage_is_kept() {
        let one = text(300_000);
        let packed = in_blocks(&one, 40_000);
        let (cut, end) = decoded(&packed[..packed.len() * 2 / 3]);
        assert!(end.is_err());
        assert!(cut.len() >= 40_000 && one.starts_with(&cut), "{} bytes", cut.len());
        let (with_garbage, end) = decoded(&[packed, b"no stream".to_vec()].concat());
        assert_eq!((with_garbage, end.is_err()), (one, true));
    }
}
