//! Certificates that modules may be signed with: those of the kernel's maker, of a machine's owner, of a build.
//!
//! ```text
//! usr/share/doc/kernel-keys/5.14.0-427.el9.x86_64/kernel-signing-ca-20200609.cer
//! var/lib/dkms/mok.pub     var/lib/shim-signed/mok/MOK.der     etc/uefi/certs/BCA4E38E-kmp.crt
//! ```
//!
//! Only the bytes are kept; the reader of module files knows what is in them. A file of something else by such a name
//! is passed over.
//!
//! Sources: kernel-core of RHEL, dkms(8), shim-signed of Ubuntu, pesign-obs-integration of SUSE.

use std::io::{self, Read};

use super::{Draft, Source};
use crate::facts::{Located, Origin};

/// Bytes of a file of certificates: one has one or two KiB.
const LARGEST: u64 = 1 << 20;

pub(super) fn read(source: Source<'_>, draft: &mut Draft) -> io::Result<()> {
    let mut bytes = Vec::new();
    source.input.take(LARGEST).read_to_end(&mut bytes)?;
    let is_pem = memchr::memmem::find(&bytes, b"-----BEGIN CERTIFICATE-----").is_some();
    if is_pem || bytes.starts_with(&[0x30, 0x82]) {
        draft.add_certificate(Located::new(bytes, Origin::file(source.path)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::sosreport::evidence::tests::read;

    #[test]
    fn files_of_certificates_are_kept_and_others_passed_over() {
        for (path, text, kept) in [
            ("var/lib/dkms/mok.pub", "-----BEGIN CERTIFICATE-----\n", 1),
            ("var/lib/dkms/mok.pub", "ssh-rsa AAAA\n", 0),
            ("etc/uefi/certs/BCA4E38E-kmp.crt", "-----BEGIN CERTIFICATE-----\n", 1),
        ] {
            assert_eq!(read(path, text).certificates.len(), kept, "{path} {text}");
        }
    }
}
