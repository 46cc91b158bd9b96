//! Names of modules, as they are compared.

/// The name under which witnesses of a module are compared: file names and 2.4 kernels use `-` where later kernels print `_`.
pub(crate) fn canonical(name: &str) -> String {
    name.replace('-', "_")
}
