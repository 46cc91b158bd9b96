//! Kernel taint: masks, the letters of `Tainted:` texts, and the flags behind module names.
//!
//! The same bit has other letters, and the same letter other bits, from one distribution to the next: `X` was an unsigned
//! module to Ubuntu 3.13, is external support to SUSE and a technology preview to RHEL 9. So everything here asks for a
//! [`Lineage`], which a kernel release gives ([`Lineage::of_release`]) and the columns of a printed text confirm or
//! overrule ([`Lineage::of_release_and_printed`]).
//!
//! ```
//! use taintrace::taint::{decode_printed, decode_value, print_mask, Lineage};
//!
//! let seen = decode_printed("Tainted: P           OE  ------------ T 3.10.0-1160.21.1.el7.x86_64", None);
//! assert_eq!((seen.lineage, seen.value), (Lineage::Rhel7, Some(536883201)));
//!
//! let flags = decode_value(12289, Some("4.18.0-553.el8_10.x86_64")).flags;
//! let letters: String = flags.iter().filter_map(|flag| flag.letter).collect();
//! assert_eq!(letters, "POE");
//! assert_eq!(print_mask(Lineage::Rhel8, 12289), "Tainted: P           OE    --------- -  -");
//! ```

mod choice;
mod columns;
mod decoded;
mod elsewhere;
mod flag;
mod licence;
mod lineage;
mod modules;
mod printed;
mod release;
mod table;
mod text;
mod verbose;

#[cfg(test)]
mod tests;

pub use decoded::{Decoded, decode_mask, decode_value, print_mask};
pub use flag::{TaintClass, TaintFlag};
pub use licence::gpl_compatible;
pub use lineage::Lineage;
pub use modules::{ModuleTaint, Shows, list_shows, marks_support, module_taint, proc_modules_shows};
pub use printed::decode_printed;
pub use verbose::decode_verbose;
