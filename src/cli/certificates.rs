//! The certificates and OpenPGP keys of `--cert`: files, and folders of them.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::Context;
use walkdir::WalkDir;

use super::exit::UsageError;
use crate::facts::Origin;
use crate::module_file::{CertificateError, TrustStore};

/// Bytes of a file of certificates: all those of a distribution have a few hundred KiB.
const LARGEST_FILE: u64 = 16 << 20;

/// Reads all certificates. A file that was named must hold one; files in folders may be something else.
pub(super) fn read(paths: &[PathBuf]) -> anyhow::Result<TrustStore> {
    let mut trust = TrustStore::new();
    for path in paths {
        let before = trust.len();
        if !path.is_dir() {
            add(path, &mut trust)??;
            continue;
        }
        for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
            let entry = entry.with_context(|| format!("cannot read {}", path.display()))?;
            if !entry.file_type().is_file() {
                continue;
            }
            match add(entry.path(), &mut trust)? {
                Ok(()) | Err(CertificateError::None { .. }) => {}
                Err(error) => eprintln!("taintrace: {}", crate::render::escape::terminal(&error.to_string())),
            }
        }
        if trust.len() == before {
            return Err(UsageError(format!(
                "no certificate (PEM or DER) or OpenPGP key in the folder {}",
                path.display()
            ))
            .into());
        }
    }
    Ok(trust)
}

fn add(path: &Path, trust: &mut TrustStore) -> anyhow::Result<Result<(), CertificateError>> {
    let cannot = || format!("cannot read the certificate {}", path.display());
    let mut bytes = Vec::new();
    File::open(path).with_context(cannot)?.take(LARGEST_FILE).read_to_end(&mut bytes).with_context(cannot)?;
    Ok(trust.add_pem_or_der(&bytes, &Origin::file(&*path.to_string_lossy())).map(|_| ()))
}
