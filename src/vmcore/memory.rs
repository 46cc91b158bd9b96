//! Kernel memory by kernel address: the page tables (or the machine's fixed mapping) over physical memory.
//!
//! Whatever size a dump claims for something, the caller states the most it accepts.

use super::bytes::{Endian, to_usize};
use super::container::PhysicalMemory;
use super::error::MemoryError;
use super::translate::Translator;

/// Kernel memory of the machine that crashed.
pub(crate) struct KernelMemory<'d> {
    physical: &'d PhysicalMemory,
    translator: &'d Translator,
}

impl<'d> KernelMemory<'d> {
    /// Memory seen through a translator.
    pub(crate) fn new(physical: &'d PhysicalMemory, translator: &'d Translator) -> Self {
        Self { physical, translator }
    }

    /// Byte order of the machine.
    pub(crate) fn endian(&self) -> Endian {
        self.physical.endian()
    }

    /// The translator behind it.
    pub(crate) fn translator(&self) -> &'d Translator {
        self.translator
    }

    /// Physical memory behind it.
    pub(crate) fn physical(&self) -> &'d PhysicalMemory {
        self.physical
    }

    /// Fills `buffer` from a kernel address on.
    pub(crate) fn read(&self, address: u64, buffer: &mut [u8]) -> Result<(), MemoryError> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let at = address.checked_add(done as u64).ok_or(MemoryError::Unmapped(address))?;
            let mapped = self.translator.translate(self.physical, at)?;
            let n = rest.len().min(to_usize(mapped.length)).max(1);
            self.physical.read(mapped.physical, rest.get_mut(..n).unwrap_or_default())?;
            done += n;
        }
        Ok(())
    }

    /// Reads `length` bytes, if that is at most `limit`. `what` names them in the refusal.
    pub(crate) fn bytes(
        &self,
        address: u64,
        length: u64,
        limit: u64,
        what: &'static str,
    ) -> Result<Vec<u8>, MemoryError> {
        if length > limit {
            return Err(MemoryError::TooMuch { what, bytes: length, limit });
        }
        let mut buffer = vec![0; to_usize(length)];
        self.read(address, &mut buffer)?;
        Ok(buffer)
    }

    /// Like [`Self::bytes`], with zeros for pages that cannot be read. The second value counts the bytes lost.
    pub(crate) fn bytes_with_gaps(
        &self,
        address: u64,
        length: u64,
        limit: u64,
        what: &'static str,
    ) -> Result<(Vec<u8>, u64), MemoryError> {
        if length > limit {
            return Err(MemoryError::TooMuch { what, bytes: length, limit });
        }
        let mut buffer = vec![0; to_usize(length)];
        let (mut at, mut lost) = (0, 0);
        while at < buffer.len() {
            let here = address.wrapping_add(at as u64);
            let n = to_usize(GAP - here % GAP).min(buffer.len() - at);
            let part = buffer.get_mut(at..at + n).unwrap_or_default();
            if self.read(here, part).is_err() {
                part.fill(0);
                lost += n as u64;
            }
            at += n;
        }
        Ok((buffer, lost))
    }

    /// The byte at a kernel address.
    pub(crate) fn u8(&self, address: u64) -> Result<u8, MemoryError> {
        let mut raw = [0];
        self.read(address, &mut raw)?;
        let [byte] = raw;
        Ok(byte)
    }

    /// The 32-bit word at a kernel address.
    pub(crate) fn u32(&self, address: u64) -> Result<u32, MemoryError> {
        let mut raw = [0; 4];
        self.read(address, &mut raw)?;
        self.endian().u32(&raw, 0).ok_or(MemoryError::Unmapped(address))
    }

    /// The 64-bit word at a kernel address.
    pub(crate) fn u64(&self, address: u64) -> Result<u64, MemoryError> {
        let mut raw = [0; 8];
        self.read(address, &mut raw)?;
        self.endian().u64(&raw, 0).ok_or(MemoryError::Unmapped(address))
    }

    /// The string at a kernel address, at most `limit` bytes of it.
    pub(crate) fn string(&self, address: u64, limit: usize) -> Result<Vec<u8>, MemoryError> {
        let mut text = Vec::new();
        while text.len() < limit {
            let at = address.wrapping_add(text.len() as u64);
            let mut part = [0; 64];
            // Never over the end of a page: what follows it may not be mapped.
            let n = to_usize(GAP - at % GAP).min(part.len()).min(limit - text.len());
            let part = part.get_mut(..n).unwrap_or_default();
            self.read(at, part)?;
            match part.iter().position(|&b| b == 0) {
                Some(end) => {
                    text.extend(part.iter().take(end));
                    break;
                }
                None => text.extend_from_slice(part),
            }
        }
        Ok(text)
    }
}

/// Smallest page of any machine that is read.
const GAP: u64 = 4096;
