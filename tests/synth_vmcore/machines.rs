//! Dumps of machines other than x86_64, with no more than page tables and a plain log.

use super::containers::Dump;
use super::memory::Memory;

/// The text of their logs.
pub const LOG: &str = "<4>a machine of another kind\n<0>Kernel panic - not syncing: test\n";
const RELEASE: &str = "5.14.0-machine";

/// A kernel whose log is at kernel addresses: `variables` holds three words, `buffer` the text.
struct Plan {
    machine: (&'static str, u16),
    variables: (u64, u64),
    buffer: (u64, u64),
    info: Vec<String>,
    memory: Memory,
}

impl Plan {
    fn build(mut self) -> Dump {
        let big = self.machine.0 == "s390x";
        let word = |value: u64| if big { value.to_be_bytes() } else { value.to_le_bytes() };
        let half = |value: u32| if big { value.to_be_bytes() } else { value.to_le_bytes() };
        let (address, physical) = self.variables;
        self.memory.write(physical, &word(self.buffer.0));
        self.memory.write(physical + 8, &half(4096));
        self.memory.write(physical + 16, &half(LOG.len() as u32));
        self.memory.write(self.buffer.1, LOG.as_bytes());
        let symbols = [("log_buf", address), ("log_buf_len", address + 8), ("log_end", address + 16)];
        self.info.push(format!("OSRELEASE={RELEASE}"));
        self.info.extend(symbols.map(|(name, address)| format!("SYMBOL({name})={address:x}")));
        Dump {
            memory: self.memory,
            vmcoreinfo: (self.info.join("\n") + "\n").into_bytes(),
            prstatus: Vec::new(),
            release: RELEASE,
            machine: self.machine,
            places: Default::default(),
        }
    }
}

/// arm64 with pages of 4 KiB and 48 address bits; the image is mapped by a block of 2 MiB, the buffer by a page.
pub fn arm64() -> Dump {
    const IMAGE: u64 = 0xffff_8000_0800_0000;
    const PHYSICAL: u64 = 0x4000_0000;
    const BUFFER: u64 = 0xffff_0000_1234_5000;
    let mut memory = Memory::default();
    let mut entry = |table: u64, index: u64, value: u64| memory.write(table + 8 * index, &value.to_le_bytes());
    let root = PHYSICAL + 0x1000;
    let tables: Vec<u64> = (2..7).map(|n| PHYSICAL + 0x1000 * n).collect();
    let index = |address: u64, shift: u32| address >> shift & 511;
    entry(root, index(IMAGE, 39), tables[0] | 3);
    entry(tables[0], index(IMAGE, 30), tables[1] | 3);
    entry(tables[1], index(IMAGE, 21), PHYSICAL | 1);
    entry(root, index(BUFFER, 39), tables[2] | 3);
    entry(tables[2], index(BUFFER, 30), tables[3] | 3);
    entry(tables[3], index(BUFFER, 21), tables[4] | 3);
    entry(tables[4], index(BUFFER, 12), 0x5000_0000 | 3);
    let info = [
        format!("SYMBOL(swapper_pg_dir)={:x}", IMAGE + 0x1000),
        format!("NUMBER(kimage_voffset)=0x{:x}", IMAGE - PHYSICAL),
        "NUMBER(VA_BITS)=48".to_owned(),
        "NUMBER(TCR_EL1_T1SZ)=0x10".to_owned(),
        "PAGESIZE=4096".to_owned(),
    ];
    Plan {
        machine: ("aarch64", 183),
        variables: (IMAGE + 0x10_0000, PHYSICAL + 0x10_0000),
        buffer: (BUFFER, 0x5000_0000),
        info: info.to_vec(),
        memory,
    }
    .build()
}

/// A page of 64 KiB is in the dump whole.
fn fill_64k(memory: &mut Memory, base: u64) {
    for page in 0..16 {
        memory.write(base + 4096 * page + 4095, &[0]);
    }
}

/// arm64 with pages of 64 KiB, built for 52 address bits and running on a processor with 48.
pub fn arm64_with_large_pages() -> Dump {
    const IMAGE: u64 = 0xffff_8000_0800_0000;
    const PHYSICAL: u64 = 0x4000_0000;
    const BUFFER: u64 = 0xffff_0000_1235_0000;
    // Above 48 bits, which an entry keeps in its bits 12 to 15.
    const BUFFER_PHYSICAL: u64 = 0x0001_0000_0500_0000;
    let mut memory = Memory::default();
    let mut entry = |table: u64, index: u64, value: u64| memory.write(table + 8 * index, &value.to_le_bytes());
    let root = PHYSICAL + 0x1_0000;
    let tables: Vec<u64> = (2..6).map(|n| PHYSICAL + 0x1_0000 * n).collect();
    let (top, middle) = (|a: u64| a >> 42 & 1023, |a: u64| a >> 29 & 8191);
    entry(root, top(IMAGE), tables[0] | 3);
    entry(tables[0], middle(IMAGE), PHYSICAL | 1);
    entry(root, top(BUFFER), tables[1] | 3);
    entry(tables[1], middle(BUFFER), tables[2] | 3);
    entry(tables[2], BUFFER >> 16 & 8191, (BUFFER_PHYSICAL & 0xffff_ffff_ffff) | 1 << 12 | 3);
    // The block of 512 MiB starts below the image.
    let variables = IMAGE + 0x30_0000;
    let variables_physical = PHYSICAL + (variables & 0x1fff_ffff);
    for base in [root, tables[0], tables[1], tables[2], variables_physical & !0xffff, BUFFER_PHYSICAL] {
        fill_64k(&mut memory, base);
    }
    let info = [
        format!("SYMBOL(swapper_pg_dir)={:x}", IMAGE + 0x1_0000),
        format!("NUMBER(kimage_voffset)=0x{:x}", IMAGE - PHYSICAL),
        "NUMBER(VA_BITS)=52".to_owned(),
        "NUMBER(TCR_EL1_T1SZ)=0x10".to_owned(),
        "PAGESIZE=65536".to_owned(),
    ];
    Plan {
        machine: ("aarch64", 183),
        variables: (variables, variables_physical),
        buffer: (BUFFER, BUFFER_PHYSICAL),
        info: info.to_vec(),
        memory,
    }
    .build()
}

/// ppc64le with a radix MMU: the image is in the linear region, the buffer behind tables of 13, 9, 9 and 5 bits.
pub fn ppc64le() -> Dump {
    const LINEAR: u64 = 0xc000_0000_0000_0000;
    const BUFFER: u64 = 0xc008_0000_0123_0000;
    let mut memory = Memory::default();
    let mut entry = |table: u64, index: u64, value: u64| memory.write(table + 8 * index, &value.to_be_bytes());
    let (root, tables) = (0x11_0000, [0x12_0000, 0x13_0000, 0x14_0000]);
    let valid = 1 << 63;
    let below = BUFFER & 0x000f_ffff_ffff_ffff;
    entry(root, below >> 39, valid | tables[0] | 9);
    entry(tables[0], below >> 30 & 511, valid | tables[1] | 9);
    entry(tables[1], below >> 21 & 511, valid | tables[2] | 5);
    entry(tables[2], below >> 16 & 31, valid | 1 << 62 | 0x0200_0000 | 0x18e);
    let info = [
        format!("SYMBOL(swapper_pg_dir)={:x}", LINEAR + root),
        "NUMBER(RADIX_MMU)=1".to_owned(),
        "PAGESIZE=65536".to_owned(),
    ];
    for base in [0x11_0000, 0x12_0000, 0x13_0000, 0x14_0000, 0x0100_0000, 0x0200_0000] {
        fill_64k(&mut memory, base);
    }
    Plan {
        machine: ("ppc64le", 21),
        variables: (LINEAR + 0x0100_0000, 0x0100_0000),
        buffer: (BUFFER, 0x0200_0000),
        info: info.to_vec(),
        memory,
    }
    .build()
}

/// s390x with three levels; the image is mapped one to one, the buffer by a page of its own.
pub fn s390x() -> Dump {
    const BUFFER: u64 = 0x3_8000_5000;
    let mut memory = Memory::default();
    let mut entry = |table: u64, index: u64, value: u64| memory.write(table + 8 * index, &value.to_be_bytes());
    let (root, segments, pages) = (0x10_0000, [0x11_0000, 0x12_0000], 0x13_0000);
    // Region-third table: types 1 in bits 2 and 3. The first segment is a page of 1 MiB.
    entry(root, 0, segments[0] | 0x04 | 3);
    entry(root, BUFFER >> 31, segments[1] | 0x04 | 3);
    for n in 0..4 {
        entry(segments[0], n, n << 20 | 0x400);
    }
    entry(segments[1], BUFFER >> 20 & 0x7ff, pages);
    entry(pages, BUFFER >> 12 & 0xff, 0x0060_0000);
    Plan {
        machine: ("s390x", 22),
        variables: (0x20_0000, 0x20_0000),
        buffer: (BUFFER, 0x0060_0000),
        info: vec![format!("SYMBOL(swapper_pg_dir)={root:x}"), "PAGESIZE=4096".to_owned()],
        memory,
    }
    .build()
}
