//! Who makes a module: a table of products (`vendors.toml`), matched by module name, package, signer or author.
//!
//! The name of a module that no kernel tree ships also tells where it comes from, when nothing else does.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::report::Owner;

/// One product of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Product {
    vendor: String,
    product: String,
    contact: String,
    /// A public page that names the product; for whoever checks the table.
    #[serde(rename = "source")]
    _source: String,
    modules: Vec<String>,
    /// Kernels ship a module of the same name.
    #[serde(default)]
    in_tree: bool,
    #[serde(default)]
    packages: Vec<String>,
    #[serde(default)]
    signers: Vec<String>,
    #[serde(default)]
    authors: Vec<String>,
}

#[derive(Debug, Default, Deserialize)]
struct Table {
    product: Vec<Product>,
}

/// The table with an index over exact names and a list of prefixes.
#[derive(Debug, Default)]
struct Owners {
    table: Table,
    exact: HashMap<String, usize>,
    prefixes: Vec<(String, usize)>,
}

static OWNERS: LazyLock<Owners> = LazyLock::new(|| {
    // The file is part of the program; a test reads it strictly.
    Owners::index(toml::from_str(include_str!("vendors.toml")).unwrap_or_default())
});

impl Owners {
    fn index(table: Table) -> Self {
        let mut owners = Self { table, ..Self::default() };
        for (number, product) in owners.table.product.iter().enumerate() {
            for module in &product.modules {
                match module.strip_suffix('*') {
                    Some(prefix) => owners.prefixes.push((prefix.to_owned(), number)),
                    None => {
                        owners.exact.entry(module.clone()).or_insert(number);
                    }
                }
            }
        }
        owners
    }

    fn by_name(&self, module: &str) -> Option<&Product> {
        let prefix = || self.prefixes.iter().find(|(prefix, _)| module.starts_with(prefix.as_str())).map(|(_, n)| n);
        self.table.product.get(*self.exact.get(module).or_else(prefix)?)
    }
}

/// Whether a module of this name is one that no kernel tree ships.
pub(super) fn is_never_in_tree(module: &str) -> bool {
    OWNERS.by_name(module).is_some_and(|product| !product.in_tree)
}

/// Whether kernels ship a module of this name and its vendor offers builds of its own that replace it.
pub(super) fn has_vendor_builds(module: &str) -> bool {
    OWNERS.by_name(module).is_some_and(|product| product.in_tree)
}

/// What else is known of a third-party module, to find its owner by.
#[derive(Debug, Default)]
pub(super) struct Traces<'a> {
    pub package: Option<&'a str>,
    pub signer: Option<&'a str>,
    pub author: Option<&'a str>,
}

/// The owner of a module that is known to be third-party; by name first, which is the most specific.
pub(super) fn owner(module: &str, traces: &Traces<'_>) -> Option<Owner> {
    let contains =
        |words: &[String], text: Option<&str>| text.is_some_and(|t| words.iter().any(|w| t.contains(w.as_str())));
    let by_trace = || {
        OWNERS.table.product.iter().find(|p| {
            traces.package.is_some_and(|package| carries(&p.packages, package))
                || contains(&p.signers, traces.signer)
                || contains(&p.authors, traces.author)
        })
    };
    let product = OWNERS.by_name(module).or_else(by_trace)?;
    Some(Owner {
        vendor: product.vendor.clone(),
        product: product.product.clone(),
        contact: Some(product.contact.clone()),
    })
}

/// The installed package that the table names for a module, if it is there.
pub(super) fn package_of<'a>(module: &str, installed: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let product = OWNERS.by_name(module)?;
    let mut installed = installed;
    installed.find(|package| carries(&product.packages, package))
}

fn carries(patterns: &[String], package: &str) -> bool {
    patterns.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(prefix) => package.starts_with(prefix),
        None => package == pattern,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        toml::from_str(include_str!("vendors.toml")).unwrap()
    }

    #[test]
    fn every_product_is_complete_and_no_name_stands_twice() {
        let table = table();
        let mut names = HashMap::new();
        for product in &table.product {
            let id = format!("{} {}", product.vendor, product.product);
            assert!(!product.modules.is_empty(), "{id}: no modules");
            assert!(product._source.starts_with("http"), "{id}: no source");
            assert!(product.contact.starts_with("http"), "{id}: no contact");
            for module in &product.modules {
                assert!(module.len() > 1 && !module.contains('-'), "{id}: {module}");
                let stem = module.trim_end_matches('*');
                assert!(!module.ends_with('*') || stem.len() >= 4, "{id}: the prefix {module} is too short to be safe");
                assert_eq!(names.insert(module.clone(), id.clone()), None, "{module} stands twice, also in {id}");
            }
        }
        assert!(names.len() >= 250, "{} modules", names.len());
    }

    #[test]
    fn an_owner_is_found_by_name_prefix_package_and_author() {
        let none = Traces::default();
        assert_eq!(owner("scini", &none).map(|o| o.vendor).as_deref(), Some("Dell"));
        assert_eq!(owner("symev_rh_ES_6_2_x", &none).map(|o| o.vendor).as_deref(), Some("Symantec (Broadcom)"));
        let package = Traces { package: Some("falcon-sensor"), ..Traces::default() };
        assert_eq!(owner("some_module", &package).map(|o| o.vendor).as_deref(), Some("CrowdStrike"));
        let author = Traces { author: Some("NVIDIA Corporation"), ..Traces::default() };
        assert_eq!(owner("some_module", &author).map(|o| o.vendor).as_deref(), Some("NVIDIA"));
        assert_eq!(owner("some_module", &none), None);
    }

    #[test]
    fn a_name_that_kernels_ship_too_proves_nothing() {
        for name in ["ib_core", "amdgpu", "lpfc", "openvswitch"] {
            assert!(!is_never_in_tree(name), "{name}");
        }
        for name in ["zfs", "scini", "nvidia", "talpa_core"] {
            assert!(is_never_in_tree(name), "{name}");
        }
    }
}
