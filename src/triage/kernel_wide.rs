//! What the taint of the kernel as a whole rules out: a letter that it lacks, no loaded module has set.

use crate::facts::{KernelEvent, PrintedTaint};
use crate::taint::{self, Lineage, TaintClass};

/// Whether the taint text of an event shows that no out-of-tree module was loaded (and none unsigned, where the kernel
/// has no mark for out-of-tree). Without a release the table that was printed is not known, and nothing is ruled out.
pub(super) fn rules_out_foreign_modules(event: &KernelEvent) -> bool {
    let (Some(release), Some(taint)) = (&event.release, &event.taint) else { return false };
    let (lineage, set) = match taint {
        PrintedTaint::NotTainted => (Lineage::of_release(release.as_str()), Vec::new()),
        PrintedTaint::Tainted(printed) => {
            let decoded = taint::decode_printed(printed, Some(release.as_str()));
            (decoded.lineage, decoded.flags.iter().map(|f| f.class).collect())
        }
    };
    // A flag without a letter never shows in a text, whether it is set or not (bit 6 of RHEL 5).
    let prints = |class| lineage.flags().iter().any(|f| f.class == class && f.bit.is_some() && f.letter.is_some());
    let told = |class| prints(class) && !set.contains(&class);
    // Of SUSE's kernels without `O` those of 3.0 are enterprise kernels all, which mark what SUSE does not support.
    let unmarked =
        lineage == Lineage::Suse3_0 && told(TaintClass::Unsupported) && told(TaintClass::ExternallySupported);
    (told(TaintClass::OutOfTree) || unmarked)
        && !set.contains(&TaintClass::Unsigned)
        && !set.contains(&TaintClass::Proprietary)
}
