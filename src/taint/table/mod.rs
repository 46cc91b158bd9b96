//! What each kernel lineage prints: its flags, and the columns of its `Tainted:` text.
//!
//! The columns drive printing and reading alike. `Tainted: P           OE  ------------ T` of RHEL 7 is
//! `[Flags(0, 15), Reserved(16, 27), Flags(28, 29)]`: a flag's letter or a blank (`G` for bit 0), and `-` for the bits that
//! Red Hat keeps free. A lineage has several rows of columns where updates inside it added a flag; the first is printed.
//!
//! Source: `print_tainted()` and its table in `kernel/panic.c` of the trees named at each lineage, and kernel logs that
//! people have posted, where no tree of that update could be read.

pub(super) mod mainline;
pub(super) mod redhat;
pub(super) mod suse;

use super::flag::TaintFlag;

/// A run of columns.
#[derive(Clone, Copy, Debug)]
pub(super) enum Columns {
    /// The flags of these bits, first and last included, a column each.
    Flags(u8, u8),
    /// Reserved bits, first and last included: `-`, or `?` should one be set.
    Reserved(u8, u8),
    /// Text that no bit changes.
    Literal(&'static str),
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub(super) enum Column {
    Flag(u8),
    Reserved(u8),
    Literal(char),
}

/// How a lineage shows module flags in `/proc/modules`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ProcModules {
    /// No flags there.
    Bare,
    /// The flags of module lists.
    AsInLists,
    /// The flags of module lists without the `(U)`.
    WithoutUnsigned,
}

/// All that is known of one lineage.
#[derive(Debug)]
pub(super) struct Table {
    /// Name for programs.
    pub name: &'static str,
    /// Name for people.
    pub label: &'static str,
    /// Flags in the order of their bits; marks without a bit stand last.
    pub flags: &'static [TaintFlag],
    /// Rows of columns; the first is what `print_mask` prints.
    pub rows: &'static [Row],
    /// Module flags in `/proc/modules`.
    pub proc_modules: ProcModules,
    /// What the `Tainted:` text of this lineage leaves out.
    pub hidden: Option<&'static str>,
}

/// One row of columns.
pub(super) type Row = &'static [Columns];

/// The columns of one row, left to right.
pub(super) fn columns(row: Row) -> impl Iterator<Item = Column> {
    row.iter().flat_map(|run| {
        let (bits, reserved, text) = match *run {
            Columns::Flags(first, last) => (first..last.saturating_add(1), false, ""),
            Columns::Reserved(first, last) => (first..last.saturating_add(1), true, ""),
            Columns::Literal(text) => (0..0, false, text),
        };
        bits.map(move |bit| if reserved { Column::Reserved(bit) } else { Column::Flag(bit) })
            .chain(text.chars().map(Column::Literal))
    })
}

impl Table {
    /// The flag of a bit.
    pub fn of_bit(&self, bit: u8) -> Option<&'static TaintFlag> {
        self.flags.iter().find(|flag| flag.bit == Some(bit))
    }

    /// The bits that have a column in some row.
    pub fn printed_bits(&self) -> u64 {
        let flags = self.rows.iter().flat_map(|row| columns(row)).filter_map(|column| match column {
            Column::Flag(bit) => self.of_bit(bit),
            Column::Reserved(_) | Column::Literal(_) => None,
        });
        flags.fold(0, |bits, flag| bits | flag.mask())
    }
}

/// Bits 0 to 11 (2.6.35), with the lineage's own bit 1 and bit 2, then its further flags.
macro_rules! twelve {
    ($forced:expr, $smp:expr; $($own:expr),* $(,)?) => {
        &[
            PROPRIETARY, $forced, $smp, FORCED_RMMOD, MACHINE_CHECK, BAD_PAGE, USER, DIE, OVERRIDDEN_ACPI_TABLE, WARN, CRAP,
            FIRMWARE_WORKAROUND, $($own),*
        ]
    };
}
pub(super) use twelve;

/// Bits 0 to 15 (4.0), then the lineage's further flags.
macro_rules! sixteen {
    ($($own:expr),* $(,)?) => {
        $crate::taint::table::twelve![FORCED, CPU_OUT_OF_SPEC; OOT_MODULE, UNSIGNED_MODULE, SOFTLOCKUP, LIVEPATCH, $($own),*]
    };
}
pub(super) use sixteen;
