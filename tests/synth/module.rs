//! One loaded module, as every file of a report shows it.

use super::catalogue;
use super::numbers::{hex, number};

/// Who signed a module file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signer {
    /// The distribution's key.
    Distribution,
    /// Another key, by its name.
    Other(String),
    /// Nobody.
    Unsigned,
}

/// One loaded module.
#[derive(Clone, Debug)]
pub struct Module {
    /// Name, with underscores.
    pub name: String,
    /// Flags in the builder's alphabet (see [`super::kernel`]).
    pub flags: String,
    /// Bytes.
    pub size: u64,
    /// Modules it needs.
    pub depends: Vec<String>,
    /// `license` of modinfo.
    pub license: String,
    /// `version`, where it has one.
    pub version: Option<String>,
    /// `description`.
    pub description: String,
    /// `author`.
    pub author: String,
    /// Path below `/lib/modules/RELEASE/`, without compression suffix.
    pub path: String,
    /// Who signed the file.
    pub signer: Signer,
    /// `supported` of SUSE's modinfo.
    pub supported: Option<String>,
}

impl Module {
    /// A module of the distribution; its path and needs come from the catalogue where it knows the name.
    pub fn in_tree(name: &str) -> Self {
        let row = catalogue::find(name);
        Self {
            name: name.to_owned(),
            flags: String::new(),
            size: 8192 + number(name) % 60 * 4096 / 3 + number(name) % 977,
            depends: row.map(|row| row.depends.split_whitespace().map(str::to_owned).collect()).unwrap_or_default(),
            license: "GPL".to_owned(),
            version: None,
            description: row.map_or_else(|| format!("{name} driver"), |row| row.description.to_owned()),
            author: format!("{name} maintainers"),
            path: row.map_or_else(|| format!("kernel/drivers/misc/{name}.ko"), |row| format!("kernel/{}.ko", row.path)),
            signer: Signer::Distribution,
            supported: None,
        }
    }

    /// A module from elsewhere with the given flags; what modinfo says of it follows from them.
    pub fn third_party(name: &str, flags: &str) -> Self {
        let owner = if flags.contains('P') { "Proprietary" } else { "GPL" };
        let signer = if flags.contains('E') {
            Signer::Unsigned
        } else if flags.contains('O') || flags.contains('P') {
            Signer::Other("Acme Systems Module Signing Key".to_owned())
        } else {
            Signer::Distribution
        };
        let own = flags.contains(['P', 'O', 'E']);
        let base = Self::in_tree(name);
        Self {
            flags: flags.to_owned(),
            license: if own { owner.to_owned() } else { base.license.clone() },
            version: own
                .then(|| format!("{}.{}.{}", 1 + number(name) % 7, number(name) / 7 % 10, number(name) / 70 % 40)),
            description: if own { format!("Acme {name} module") } else { base.description.clone() },
            author: if own { "Acme Systems Inc.".to_owned() } else { base.author.clone() },
            path: if own { format!("extra/{name}.ko") } else { base.path.clone() },
            supported: flags.contains('X').then(|| "external".to_owned()),
            signer,
            ..base
        }
    }

    /// Sets `version`.
    pub fn version(mut self, version: &str) -> Self {
        self.version = Some(version.to_owned());
        self
    }

    /// Sets `author` and `description`.
    pub fn about(mut self, author: &str, description: &str) -> Self {
        self.author = author.to_owned();
        self.description = description.to_owned();
        self
    }

    /// Sets `license`.
    pub fn license(mut self, license: &str) -> Self {
        self.license = license.to_owned();
        self
    }

    /// Sets the path below `/lib/modules/RELEASE/`.
    pub fn path(mut self, path: &str) -> Self {
        self.path = path.to_owned();
        self
    }

    /// Sets the modules it needs.
    pub fn depends(mut self, names: &str) -> Self {
        self.depends = names.split_whitespace().map(str::to_owned).collect();
        self
    }

    /// Sets who signed the file, independent of the flags (a key that the kernel does not know gives `E` all the same).
    pub fn signed_by(mut self, key: &str) -> Self {
        self.signer = Signer::Other(key.to_owned());
        self
    }

    /// Whether it comes from elsewhere.
    pub fn is_third_party(&self) -> bool {
        self.flags.contains(['P', 'O', 'E'])
    }

    /// `srcversion`.
    pub fn srcversion(&self) -> String {
        hex(&format!("src {}", self.name), 23).to_uppercase()
    }
}
