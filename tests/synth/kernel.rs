//! A kernel: its release and the dialect in which it prints taints.
//!
//! Module flags are given to the builder in one alphabet, that of mainline, and printed as each kernel prints them:
//! `P` proprietary, `F` forced, `C` staging, `O` out of tree, `E` unsigned, `K` livepatch, `T` technology preview,
//! `X` externally supported (SUSE), `N` not supported (SUSE). `+` and `-` are load states.

/// How a family of kernels prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// 2.6.18, x86_64.
    El5,
    /// 2.6.32.
    El6,
    /// 3.10.0-123 to -229: `F` for unsigned.
    El71,
    /// 3.10.0-327 and later.
    El79,
    /// 4.18.0.
    El8,
    /// 5.14.0-427 and later.
    El9,
    /// 6.12.0: verbose taint line.
    El10,
    /// 6.8 of Ubuntu 24.04: the mainline table.
    Ubuntu,
    /// 5.14.21 of SLE 15 SP5.
    Suse,
}

/// One row for each dialect: what differs between them and is plain data.
pub struct DialectFacts {
    /// Columns of the taint string: a letter is a flag, `_` a flag that the builder never sets, `-` itself.
    pub columns: &'static str,
    /// Start of the kernel image.
    pub text_base: u64,
    /// Start of module space.
    pub module_base: u64,
    /// Start of the direct mapping, for data pointers.
    pub data_base: u64,
    /// Text before `BUG: soft lockup`.
    pub lockup_prefix: &'static str,
    /// Whether a panic closes with `---[ end Kernel panic … ]---`.
    pub end_panic_line: bool,
}

impl Dialect {
    /// The row of this dialect.
    pub fn facts(self) -> DialectFacts {
        let row = |columns, text_base, module_base, data_base, lockup_prefix, end_panic_line| DialectFacts {
            columns,
            text_base,
            module_base,
            data_base,
            lockup_prefix,
            end_panic_line,
        };
        const OLD: u64 = 0xffff_ffff_8000_0000;
        const DIRECT: u64 = 0xffff_8800_0000_0000;
        match self {
            Self::El5 => {
                row("PFSRMB_---------------------T", OLD, 0xffff_ffff_8800_0000, 0xffff_8100_0000_0000, "", false)
            }
            Self::El6 => {
                row("PFSRMBUDAWCI---------------_HT", OLD + 0x100_0000, 0xffff_ffff_a000_0000, DIRECT, "", false)
            }
            Self::El71 => row(
                "PFSRMBUDAWCIO--------------HT",
                OLD + 0x100_0000,
                0xffff_ffff_a000_0000,
                DIRECT,
                "NMI watchdog: ",
                false,
            ),
            Self::El79 => row(
                "PFSRMBUDAWCIOELK------------HT",
                0xffff_ffff_b700_0000,
                0xffff_ffff_c000_0000,
                0xffff_9a7a_0000_0000,
                "NMI watchdog: ",
                false,
            ),
            Self::El8 => row(
                "PFSRMBUDAWCIOELKX_---------r-t_-",
                0xffff_ffff_9a00_0000,
                0xffff_ffff_c000_0000,
                0xffff_8b3c_0000_0000,
                "watchdog: ",
                true,
            ),
            Self::El9 | Self::El10 => row(
                "PFSRMBUDAWCIOELKX__-------_h---_",
                0xffff_ffff_9c00_0000,
                0xffff_ffff_c000_0000,
                0xffff_8e51_0000_0000,
                "watchdog: ",
                true,
            ),
            Self::Ubuntu => row(
                "PFSRMBUDAWCIOELKX__",
                0xffff_ffff_8e00_0000,
                0xffff_ffff_c000_0000,
                0xffff_9d10_0000_0000,
                "watchdog: ",
                true,
            ),
            Self::Suse => row(
                "PFSRMBUDAWCIOELKX__N",
                0xffff_ffff_8c00_0000,
                0xffff_ffff_c000_0000,
                0xffff_9b24_0000_0000,
                "watchdog: ",
                true,
            ),
        }
    }

    /// The letter this kernel prints for a flag of the builder's alphabet; `None` where it has none in a taint string.
    fn letter(self, flag: char) -> Option<char> {
        match (self, flag) {
            (Self::El5 | Self::El6, 'E' | 'O') => None,
            (Self::El71, 'E') => Some('F'),
            (Self::El8, 'T') => Some('t'),
            (Self::El9 | Self::El10, 'T') => Some('X'),
            (_, '+' | '-') => None,
            (_, letter) => Some(letter),
        }
    }

    /// The bit of a flag of the builder's alphabet in `kernel.tainted`.
    fn bit(self, flag: char) -> Option<u32> {
        const BITS: &str = "PFSRMBUDAWCIOELKX";
        match (self, flag) {
            (Self::El5, 'E') => Some(6),
            (Self::El5 | Self::El6, 'O') | (Self::El6, 'E') => None,
            (Self::El71, 'E') => Some(1),
            (Self::El5 | Self::El6 | Self::El71 | Self::El79 | Self::El8, 'T') => Some(29),
            (Self::El9 | Self::El10, 'T') => Some(16),
            (Self::Suse, 'N') => Some(31),
            (_, letter) => BITS.find(letter).and_then(|bit| u32::try_from(bit).ok()),
        }
    }
}

/// A kernel release and its dialect.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// As `uname -r` prints it.
    pub release: String,
    /// How it prints.
    pub dialect: Dialect,
}

impl Kernel {
    /// Takes the dialect from the release.
    pub fn new(release: &str) -> Self {
        let build = release.split_once("3.10.0-").and_then(|(_, rest)| rest.split('.').next()?.parse::<u32>().ok());
        let dialect = match release {
            r if r.contains(".el5") => Dialect::El5,
            r if r.contains(".el6") => Dialect::El6,
            r if r.contains(".el7") && build.is_some_and(|n| n < 239) => Dialect::El71,
            r if r.contains(".el7") => Dialect::El79,
            r if r.contains(".el8") => Dialect::El8,
            r if r.contains(".el9") => Dialect::El9,
            r if r.contains(".el10") => Dialect::El10,
            r if r.ends_with("-generic") => Dialect::Ubuntu,
            r if r.ends_with("-default") => Dialect::Suse,
            other => panic!("no dialect known for kernel release {other}"),
        };
        Self { release: release.to_owned(), dialect }
    }

    /// `Not tainted` or `Tainted: P           OE  ------------ T`, at its full width.
    pub fn taint_text(&self, flags: &str) -> String {
        let set: Vec<char> = flags.chars().filter_map(|flag| self.dialect.letter(flag)).collect();
        if self.taint_value(flags) == 0 {
            return "Not tainted".to_owned();
        }
        let column = |(index, column): (usize, char)| match column {
            '-' => '-',
            letter if set.contains(&letter) => letter,
            'P' if index == 0 => 'G',
            _ => ' ',
        };
        let text: String = self.dialect.facts().columns.chars().enumerate().map(column).collect();
        format!("Tainted: {text}")
    }

    /// `[P]=PROPRIETARY_MODULE, [O]=OOT_MODULE`, as 6.11 and later add it in a line of its own.
    pub fn taint_names(&self, flags: &str) -> String {
        const NAMES: [(char, &str); 9] = [
            ('P', "PROPRIETARY_MODULE"),
            ('F', "FORCED_MODULE"),
            ('D', "DIE"),
            ('W', "WARN"),
            ('C', "CRAP"),
            ('O', "OOT_MODULE"),
            ('E', "UNSIGNED_MODULE"),
            ('L', "SOFTLOCKUP"),
            ('K', "LIVEPATCH"),
        ];
        let set = NAMES.iter().filter(|(letter, _)| flags.contains(*letter));
        set.map(|(letter, name)| format!("[{letter}]={name}")).collect::<Vec<_>>().join(", ")
    }

    /// The value of `kernel.tainted`.
    pub fn taint_value(&self, flags: &str) -> u64 {
        flags.chars().filter_map(|flag| self.dialect.bit(flag)).fold(0, |mask, bit| mask | 1 << bit)
    }

    /// The flags of one module as a module list prints them, parentheses included; empty where there are none.
    pub fn module_flags(&self, flags: &str) -> String {
        let group = self.flag_letters(flags);
        let unsigned = self.dialect == Dialect::El6 && flags.contains('E');
        let group = if group.is_empty() { group } else { format!("({group})") };
        if unsigned { format!("{group}(U)") } else { group }
    }

    /// The flags of one module without parentheses, as `/sys/module/NAME/taint` and `/proc/modules` have them.
    pub fn flag_letters(&self, flags: &str) -> String {
        // Order of print: RHEL 5 and 6 by bit, 3.10 as module_flags() builds it, later by bit of the taint table.
        let order = match self.dialect {
            Dialect::El5 => "PFET",
            Dialect::El6 => "PFCT",
            Dialect::El71 => "POEC",
            _ => "PFCOEKXTN",
        };
        let mut letters = String::new();
        for flag in order.chars().filter(|flag| flags.contains(*flag)) {
            letters.push(match (self.dialect, flag) {
                (Dialect::El5, 'E') => 'U',
                (dialect, flag) => dialect.letter(flag).unwrap_or(flag),
            });
        }
        letters.extend(flags.chars().filter(|c| "+-".contains(*c) && self.dialect != Dialect::El5));
        letters
    }
}
