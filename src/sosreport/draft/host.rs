//! Who the host is, where several files tell the same.

use crate::facts::{Distro, Host, KernelRelease, Located};
use crate::sosreport::evidence::machine_of_release;

/// The value of the file that is trusted most.
pub(crate) struct Best<T>(Option<(u8, Located<T>)>);

impl<T> Default for Best<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Best<T> {
    /// Takes a value; of two with the same order of trust (0 is the highest) the first stands.
    pub fn offer(&mut self, trust: u8, value: Located<T>) {
        if self.0.as_ref().is_none_or(|(held, _)| trust < *held) {
            self.0 = Some((trust, value));
        }
    }

    fn take(self) -> Option<Located<T>> {
        self.0.map(|(_, value)| value)
    }
}

/// What was said of the host so far.
#[derive(Default)]
pub(crate) struct HostDraft {
    pub hostname: Best<String>,
    pub collected: Best<String>,
    pub release: Best<KernelRelease>,
    pub arch: Best<String>,
    pub os_release: Best<Distro>,
    pub release_file: Best<Distro>,
    pub collector: Best<String>,
    pub cmdline: Best<String>,
    pub vendor: Best<String>,
    pub product: Best<String>,
}

impl HostDraft {
    /// The host as far as it is known.
    pub fn finish(self) -> Host {
        let release = self.release.take();
        let arch = self.arch.take().or_else(|| {
            let release = release.as_ref()?;
            let machine = machine_of_release(&release.value)?;
            Some(Located::new(machine.to_owned(), release.origin.clone()))
        });
        Host {
            hostname: self.hostname.take(),
            collected: self.collected.take(),
            release,
            arch,
            distro: distro(self.os_release.take(), self.release_file.take()),
            collector: self.collector.take(),
            cmdline: self.cmdline.take(),
            hardware: hardware(self.vendor.take(), self.product.take()),
        }
    }
}

/// os-release names the distribution; the one-line file may know the version to one more place.
fn distro(os_release: Option<Located<Distro>>, release_file: Option<Located<Distro>>) -> Option<Located<Distro>> {
    let Some(mut distro) = os_release else { return release_file };
    let longer = release_file.and_then(|file| file.value.version).filter(|version| {
        let known = distro.value.version.as_deref().unwrap_or_default();
        version.strip_prefix(known).is_some_and(|rest| rest.starts_with('.'))
    });
    if longer.is_some() {
        distro.value.version = longer;
    }
    Some(distro)
}

fn hardware(vendor: Option<Located<String>>, product: Option<Located<String>>) -> Option<Located<String>> {
    match (vendor, product) {
        (Some(vendor), Some(product)) => {
            Some(Located::new(format!("{} {}", vendor.value, product.value), product.origin))
        }
        (vendor, product) => vendor.or(product),
    }
}
