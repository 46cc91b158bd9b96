//! Physical memory of the machine that crashed, read page by page through a bounded cache.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;

use super::super::bytes::{Endian, to_usize};
use super::super::error::MemoryError;
use super::Container;

/// Bytes of pages kept.
const CACHE_BYTES: u64 = 24 << 20;
/// Pages in a row that cannot be read before a scan gives up: a lying bitmap can promise millions.
const MAX_LOST: u32 = 1 << 16;
/// Most damaged pages that are told one by one.
const MAX_TOLD: usize = 4;

/// Memory by physical address.
pub(crate) struct PhysicalMemory {
    /// The dump behind it.
    pub(crate) container: Container,
    page_size: u64,
    cache: RefCell<LruCache<u64, Arc<[u8]>>>,
    damage: RefCell<Damage>,
}

/// Pages that should be there and are not.
#[derive(Default)]
struct Damage {
    told: Vec<String>,
    more: u64,
}

/// How a scan over all pages ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ScanEnd {
    /// All pages of the dump were seen, or the visitor had enough.
    Done,
    /// The limit was met after this many bytes.
    Limit(u64),
    /// Page after page could not be read: the rest of the dump is not there.
    Lost(u64),
}

impl PhysicalMemory {
    /// Memory of a dump with pages of `page_size` bytes (a power of two).
    pub(crate) fn new(container: Container, page_size: u64) -> Self {
        let pages = NonZeroUsize::new(to_usize(CACHE_BYTES / page_size.max(1))).unwrap_or(NonZeroUsize::MIN);
        Self { container, page_size, cache: RefCell::new(LruCache::new(pages)), damage: RefCell::default() }
    }

    /// Byte order of the machine.
    pub(crate) fn endian(&self) -> Endian {
        self.container.endian()
    }

    /// Fills `buffer` from a physical address on.
    pub(crate) fn read(&self, address: u64, buffer: &mut [u8]) -> Result<(), MemoryError> {
        let mut done = 0;
        while let Some(rest) = buffer.get_mut(done..).filter(|rest| !rest.is_empty()) {
            let at = address.checked_add(done as u64).ok_or(MemoryError::NotDumped(address))?;
            let page = self.page(at / self.page_size)?;
            let held = page.get(to_usize(at % self.page_size)..).unwrap_or_default();
            let n = rest.len().min(held.len());
            match (rest.get_mut(..n), held.get(..n)) {
                (Some(to), Some(from)) if n > 0 => to.copy_from_slice(from),
                _ => return Err(MemoryError::NotDumped(at)),
            }
            done += n;
        }
        Ok(())
    }

    /// The 64-bit word at a physical address.
    pub(crate) fn u64(&self, address: u64) -> Result<u64, MemoryError> {
        let mut raw = [0; 8];
        self.read(address, &mut raw)?;
        self.endian().u64(&raw, 0).ok_or(MemoryError::NotDumped(address))
    }

    /// One page, from the cache where it is there.
    fn page(&self, number: u64) -> Result<Arc<[u8]>, MemoryError> {
        if let Some(page) = self.cache.borrow_mut().get(&number) {
            return Ok(Arc::clone(page));
        }
        let mut page = vec![0; to_usize(self.page_size)];
        if let Err(error) = self.container.read_page(number, &mut page) {
            self.note(&error);
            return Err(error);
        }
        let page: Arc<[u8]> = page.into();
        self.cache.borrow_mut().put(number, Arc::clone(&page));
        Ok(page)
    }

    fn note(&self, error: &MemoryError) {
        if !matches!(error, MemoryError::Damaged { .. }) {
            return;
        }
        let mut damage = self.damage.borrow_mut();
        if damage.told.len() == MAX_TOLD {
            damage.more += 1;
            return;
        }
        let message = error.to_string();
        if !damage.told.contains(&message) {
            damage.told.push(message);
        }
    }

    /// Damaged pages that were met so far, in words.
    pub(crate) fn damage(&self) -> Vec<String> {
        let damage = self.damage.borrow();
        let mut told = damage.told.clone();
        if damage.more > 0 {
            told.push(format!("{} more reads met damaged pages", damage.more));
        }
        told
    }

    /// Shows the first `prefix` bytes of every page in the dump to `visit`, until it says that it has enough, or until
    /// `limit` bytes of pages were gone through. It ends where very many pages in a row cannot be read. Pages that cannot be read are skipped; the cache stays as it is.
    pub(crate) fn scan(
        &self,
        prefix: usize,
        limit: u64,
        progress: &dyn Fn(u64),
        visit: &mut dyn FnMut(u64, &[u8]) -> bool,
    ) -> ScanEnd {
        const TELL_EVERY: u64 = 64 << 20;
        let mut page = vec![0; to_usize(self.page_size)];
        let (mut next, mut seen, mut lost) = (0, 0_u64, 0_u32);
        progress(0);
        while let Some(number) = self.container.next_page(next, self.page_size) {
            let Some(after) = number.checked_add(1) else { break };
            next = after;
            let read = self.container.read_prefix(number, &mut page, prefix);
            match read {
                Ok(bytes) if visit(number.saturating_mul(self.page_size), bytes) => return ScanEnd::Done,
                Ok(_) => lost = 0,
                Err(_) => lost += 1,
            }
            if lost == MAX_LOST {
                return ScanEnd::Lost(number.saturating_mul(self.page_size));
            }
            seen = seen.saturating_add(self.page_size);
            if seen % TELL_EVERY < self.page_size {
                progress(seen);
            }
            if seen >= limit {
                return ScanEnd::Limit(seen);
            }
        }
        ScanEnd::Done
    }
}
