//! Dumps that cannot be read at positions (gz, xz, zst, a member of an archive), unpacked into memory.
//!
//! Only blocks that hold something are kept: a QEMU dump of an idle guest is mostly zeros. Two limits hold: bytes kept,
//! and bytes unpacked (zeros pack a thousandfold). Nothing is written to disk.

use std::collections::HashMap;
use std::io::{self, Read};

use super::source::Source;

/// Bytes of one block: a page of x86_64, the smallest unit that dumps leave out.
const BLOCK: usize = 4096;

/// A block that is not kept.
const ZEROS: [u8; BLOCK] = [0; BLOCK];
/// Bytes between two tellings of how far it has come.
const TELL_EVERY: u64 = 64 << 20;

/// What may be spooled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SpoolLimits {
    /// Most bytes kept in memory, blocks of zeros not counted.
    pub(crate) kept: u64,
    /// Most bytes unpacked.
    pub(crate) unpacked: u64,
}

/// Why the spool stopped.
#[derive(Debug)]
pub(crate) enum SpoolEnd {
    /// The stream was read to its end.
    Whole,
    /// The stream broke off or is damaged; what came before is kept.
    Broken(io::Error),
}

/// An unpacked dump, without its blocks of zeros.
pub(crate) struct Spool {
    blocks: HashMap<u64, Box<[u8; BLOCK]>>,
    length: u64,
}

impl Spool {
    /// Unpacks a stream whole. `Err` names the limit that was met; `progress` is told the bytes unpacked now and then.
    pub(crate) fn fill(
        mut stream: impl Read,
        limits: SpoolLimits,
        progress: &dyn Fn(u64),
    ) -> Result<(Self, SpoolEnd), String> {
        let mut spool = Self { blocks: HashMap::new(), length: 0 };
        let mut block = Box::new([0; BLOCK]);
        let mut kept = 0_u64;
        loop {
            let (n, end) = read_block(&mut stream, &mut block);
            if n > 0 {
                if *block != ZEROS {
                    kept += BLOCK as u64;
                    if kept > limits.kept {
                        return Err(format!("unpacked it needs more than {} MiB of memory", limits.kept >> 20));
                    }
                    spool.blocks.insert(spool.length / BLOCK as u64, block.clone());
                }
                spool.length += n as u64;
                if spool.length % TELL_EVERY < n as u64 {
                    progress(spool.length);
                }
                if spool.length > limits.unpacked {
                    return Err(format!("it unpacks to more than {} MiB", limits.unpacked >> 20));
                }
            }
            if let Some(end) = end {
                return Ok((spool, end));
            }
        }
    }
}

/// Fills one block; bytes beyond what could be read are zero.
fn read_block(stream: &mut impl Read, block: &mut [u8; BLOCK]) -> (usize, Option<SpoolEnd>) {
    let mut n = 0;
    let end = loop {
        let Some(rest) = block.get_mut(n..).filter(|rest| !rest.is_empty()) else { break None };
        match stream.read(rest) {
            Ok(0) => break Some(SpoolEnd::Whole),
            Ok(more) => n += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Some(SpoolEnd::Broken(error)),
        }
    };
    block.iter_mut().skip(n).for_each(|b| *b = 0);
    (n, end)
}

impl Source for Spool {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.length.saturating_sub(offset);
        let wanted = buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
        let mut done = 0;
        while done < wanted {
            let at = offset + done as u64;
            let within = (at % BLOCK as u64) as usize;
            let n = (BLOCK - within).min(wanted - done);
            let Some(target) = buffer.get_mut(done..done + n) else { break };
            match self.blocks.get(&(at / BLOCK as u64)).and_then(|block| block.get(within..within + n)) {
                Some(bytes) => target.copy_from_slice(bytes),
                None => target.fill(0),
            }
            done += n;
        }
        Ok(done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: SpoolLimits = SpoolLimits { kept: 1 << 20, unpacked: 1 << 24 };

    #[test]
    fn what_was_spooled_is_read_back_at_any_offset() {
        let mut bytes = vec![0; 3 * BLOCK + 100];
        bytes[BLOCK - 1] = 7;
        bytes[3 * BLOCK + 99] = 9;
        let (spool, end) = Spool::fill(bytes.as_slice(), LIMITS, &|_| ()).unwrap();
        assert!(matches!(end, SpoolEnd::Whole));
        assert_eq!(spool.blocks.len(), 2, "blocks of zeros are not kept");
        assert_eq!(spool.read_vec(0, 1 << 20).unwrap(), bytes);
        assert_eq!(spool.read_vec(BLOCK as u64 - 1, 2).unwrap(), [7, 0]);
        assert_eq!(spool.read_vec(1 << 40, 2).unwrap(), Vec::<u8>::new());
    }

    #[test]
    fn limits_on_bytes_kept_and_unpacked_hold() {
        let noise = io::repeat(1).take(1 << 21);
        assert!(Spool::fill(noise, LIMITS, &|_| ()).err().unwrap().contains("1 MiB"));
        assert!(Spool::fill(io::repeat(0), LIMITS, &|_| ()).err().unwrap().contains("unpacks"));
    }

    #[test]
    fn a_broken_stream_keeps_what_came_before() {
        struct Breaks(u32);
        impl Read for Breaks {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                self.0 += 1;
                if self.0 > 2 {
                    return Err(io::Error::other("damaged"));
                }
                buffer[0] = 5;
                Ok(1)
            }
        }
        let (spool, end) = Spool::fill(Breaks(0), LIMITS, &|_| ()).unwrap();
        assert!(matches!(end, SpoolEnd::Broken(_)));
        assert_eq!(spool.read_vec(0, 10).unwrap(), [5, 5]);
    }
}
