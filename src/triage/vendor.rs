//! Who makes a module: a table of products (`vendors.toml`), matched by module name, package, signer or author.
//!
//! The name of a module that no kernel tree ships also tells where it comes from, when nothing else does.

use std::collections::HashMap;
use std::sync::LazyLock;

use serde::Deserialize;

use super::module::Owner;

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

impl Product {
    fn owner(&self) -> Owner {
        Owner { vendor: self.vendor.clone(), product: self.product.clone(), contact: Some(self.contact.clone()) }
    }
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
    /// The installed package that carries it.
    pub package: Option<&'a InstalledPackage>,
    /// Path of its file; packages put theirs into a folder of their own name (`extra/kmod-acmefs/acmefs.ko`).
    pub path: Option<&'a str>,
    pub signer: Option<&'a str>,
    pub author: Option<&'a str>,
}

/// An installed package and who made it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct InstalledPackage {
    pub name: String,
    /// As the package says; only where it is not the vendor of the kernel's own package.
    pub foreign_vendor: Option<String>,
}

/// The owner of a module that is known to be third-party. A name that no kernel ships is the most specific; one that
/// kernels ship too tells less than package, path, signer and author do; last comes what its package says of itself.
pub(super) fn owner(module: &str, traces: &Traces<'_>) -> Option<Owner> {
    let named = OWNERS.by_name(module);
    let own_name = named.filter(|product| !product.in_tree);
    let product = own_name.or_else(|| by_trace(traces)).or(named);
    product.map(Product::owner).or_else(|| {
        let package = traces.package?;
        let vendor = package.foreign_vendor.clone()?;
        Some(Owner { vendor, product: format!("package {}", package.name), contact: None })
    })
}

/// The product that one of the traces points at, the surest first.
fn by_trace(traces: &Traces<'_>) -> Option<&'static Product> {
    let contains =
        |words: &[String], text: Option<&str>| text.is_some_and(|t| words.iter().any(|w| t.contains(w.as_str())));
    let package = traces.package.map(|p| p.name.as_str());
    let folders = || traces.path.into_iter().flat_map(|path| path.split('/'));
    let points: [&dyn Fn(&&Product) -> bool; 4] = [
        &|p| package.is_some_and(|package| carries(&p.packages, package)),
        &|p| folders().any(|folder| carries(&p.packages, folder)),
        &|p| contains(&p.signers, traces.signer),
        &|p| contains(&p.authors, traces.author),
    ];
    points.iter().find_map(|point| OWNERS.table.product.iter().find(|product| point(product)))
}

/// The installed package that carries a module: one that the table names for it, else one that is named after it, as
/// packages of modules are (`kmod-acmefs`, `acmefs-dkms`, `acmefs-kmp-default`).
pub(super) fn package_of<'a>(module: &str, installed: &'a [InstalledPackage]) -> Option<&'a InstalledPackage> {
    let product = OWNERS.by_name(module);
    let of_product = installed.iter().find(|p| product.is_some_and(|product| carries(&product.packages, &p.name)));
    of_product.or_else(|| installed.iter().find(|p| is_named_after(&p.name, module)))
}

fn is_named_after(package: &str, module: &str) -> bool {
    let name = package.to_ascii_lowercase().replace('-', "_");
    let module = module.to_ascii_lowercase();
    let stem = ["kmod_", "akmod_", "dkms_"].iter().find_map(|prefix| name.strip_prefix(prefix));
    let stem = stem.or_else(|| ["_dkms", "_kmod"].iter().find_map(|suffix| name.strip_suffix(suffix)));
    let stem = stem.or_else(|| name.split_once("_kmp_").map(|(stem, _)| stem));
    stem.is_some_and(|stem| stem == module)
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
        let foreign = table.product.iter().filter(|p| !p.in_tree).flat_map(|p| &p.modules);
        let foreign = foreign.filter(|module| !module.ends_with('*')).count();
        assert!(foreign >= 250, "{foreign} modules that no kernel ships");
    }

    #[test]
    fn an_owner_is_found_by_name_prefix_package_and_author() {
        let none = Traces::default();
        assert_eq!(owner("scini", &none).map(|o| o.vendor).as_deref(), Some("Dell"));
        assert_eq!(owner("symev_rh_ES_6_2_x", &none).map(|o| o.vendor).as_deref(), Some("Symantec (Broadcom)"));
        let installed = InstalledPackage { name: "falcon-sensor".into(), foreign_vendor: None };
        let package = Traces { package: Some(&installed), ..Traces::default() };
        assert_eq!(owner("some_module", &package).map(|o| o.vendor).as_deref(), Some("CrowdStrike"));
        let path = Traces { path: Some("/lib/modules/4.18.0/extra/falcon-sensor/x.ko"), ..Traces::default() };
        assert_eq!(owner("some_module", &path).map(|o| o.vendor).as_deref(), Some("CrowdStrike"));
        let author = Traces { author: Some("NVIDIA Corporation"), ..Traces::default() };
        assert_eq!(owner("some_module", &author).map(|o| o.vendor).as_deref(), Some("NVIDIA"));
        assert_eq!(owner("some_module", &none), None);
    }

    #[test]
    fn a_name_that_kernels_ship_too_gives_way_to_package_signer_and_author() {
        let by_name = owner("ib_core", &Traces::default()).unwrap();
        assert!(by_name.vendor.contains("NVIDIA"), "{by_name:?}");
        let installed = InstalledPackage { name: "kmod-ifs-kernel-updates".into(), foreign_vendor: None };
        let package = Traces { package: Some(&installed), ..Traces::default() };
        assert!(owner("ib_core", &package).unwrap().vendor.contains("Cornelis"));
        assert_eq!(owner("scini", &package).unwrap().vendor, "Dell", "a name of its own is surer");
    }

    #[test]
    fn a_package_of_its_name_tells_who_made_an_unknown_module() {
        let package = |name: &str, vendor: &str| InstalledPackage {
            name: name.into(),
            foreign_vendor: (!vendor.is_empty()).then(|| vendor.into()),
        };
        let installed = [package("acmefs", "X"), package("kmod-acmefs", "Acme Systems"), package("kmod-other", "Y")];
        let found = package_of("acmefs", &installed).unwrap();
        assert_eq!(found.name, "kmod-acmefs");
        let owned = owner("acmefs", &Traces { package: Some(found), ..Traces::default() }).unwrap();
        assert_eq!((owned.vendor.as_str(), owned.contact), ("Acme Systems", None));
        assert_eq!(package_of("acme", &installed), None);
        let silent = [package("acmefs-dkms", "")];
        let found = package_of("acmefs", &silent);
        assert!(found.is_some());
        assert_eq!(owner("acmefs", &Traces { package: found, ..Traces::default() }), None);
        for name in ["dkms-acmefs", "acmefs-kmp-default", "akmod-acmefs", "acmefs-kmod"] {
            assert!(is_named_after(name, "acmefs"), "{name}");
        }
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
