//! How much memory a fact takes, about: what bounds a report made by a stranger.

use std::mem::size_of;

use crate::facts::{
    Blacklist, CounterKind, DkmsEntry, LoadedModule, Located, LogFacts, ModuleFile, ModuleLocation, Package,
};

/// Bytes that a fact takes.
pub(super) trait Weight: Sized {
    /// Bytes of its texts.
    fn texts(&self) -> usize;

    /// All bytes, without what the allocator adds.
    fn bytes(&self) -> usize {
        size_of::<Self>().saturating_add(self.texts())
    }
}

fn len(text: &Option<String>) -> usize {
    text.as_ref().map_or(0, String::len)
}

impl Weight for Located<u64> {
    fn texts(&self) -> usize {
        0
    }
}

impl Weight for Located<Vec<u8>> {
    fn texts(&self) -> usize {
        self.value.len()
    }
}

impl Weight for Located<(CounterKind, u64)> {
    fn texts(&self) -> usize {
        0
    }
}

/// A log is bounded where it is read.
impl Weight for LogFacts {
    fn texts(&self) -> usize {
        0
    }
}

impl Weight for LoadedModule {
    fn texts(&self) -> usize {
        let users: usize = self.used_by.iter().map(|name| size_of::<String>() + name.len()).sum();
        self.name.len() + users + len(&self.version) + len(&self.srcversion)
    }
}

impl Weight for ModuleFile {
    fn texts(&self) -> usize {
        let fields: usize =
            self.fields.iter().map(|(key, value)| 2 * size_of::<String>() + key.len() + value.len()).sum();
        let signature = len(&self.signature.signer) + len(&self.signature.key) + len(&self.signature.reason);
        self.name.len() + len(&self.filename) + fields + signature
    }
}

impl Weight for ModuleLocation {
    fn texts(&self) -> usize {
        let needs: usize = self.needs.iter().map(|name| size_of::<String>() + name.len()).sum();
        self.name.len() + len(&self.kernel) + self.path.len() + len(&self.link_target) + needs
    }
}

impl Weight for Package {
    fn texts(&self) -> usize {
        self.name.len() + self.version.len() + len(&self.vendor)
    }
}

impl Weight for DkmsEntry {
    fn texts(&self) -> usize {
        self.name.len() + self.version.len() + len(&self.kernel) + self.status.len()
    }
}

impl Weight for Blacklist {
    fn texts(&self) -> usize {
        self.module.len() + self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use crate::facts::{Blacklist, Origin};
    use crate::sosreport::draft::Draft;

    #[test]
    fn a_report_of_a_stranger_stays_in_bounds() {
        let mut draft = Draft::default();
        let entry = Blacklist { module: "m".repeat(1 << 20), text: String::new(), origin: Origin::line("f", 1) };
        let kept = (0..200).filter(|_| draft.add_blacklist(entry.clone())).count();
        assert_eq!(kept, 127, "of 1 MiB each and what holds it");
        let (facts, _) = draft.finish();
        assert_eq!(facts.blacklists.len(), kept);
        assert_eq!(facts.problems.len(), 1, "said once");
        assert!(facts.problems[0].message.contains("128 MiB"), "{}", facts.problems[0].message);
    }
}
