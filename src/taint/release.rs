//! Which lineage a kernel release belongs to.
//!
//! `3.10.0-1160.el7.x86_64` is RHEL 7, `4.1.12-124.el7uek.x86_64` is Oracle's UEK, `5.14.21-150500.55-default` is SUSE.
//! The rows below are tried from the top; the build number (the digits behind the version) tells eras of one
//! distribution apart. Source: package names of the distributions; the build numbers where a table changed come from
//! kernel logs, and where a change fell between two logs, from the later one.

use super::lineage::Lineage;

impl Lineage {
    /// The lineage of a release as `uname -r` prints it; mainline of its version where no distribution is recognised.
    pub fn of_release(release: &str) -> Self {
        Self::known_release(release).unwrap_or_else(|| Release::parse(release).mainline(Self::Mainline))
    }

    /// The lineage of a release, or `None` where its name says nothing of a distribution.
    pub fn known_release(release: &str) -> Option<Self> {
        let release = Release::parse(release.trim());
        of_red_hat(&release).or_else(|| of_marker(&release)).or_else(|| of_flavour(&release))
    }
}

/// A release taken apart: `3.10.0-229.14.1.el7.x86_64` is version (3, 10, 0), build 229.
struct Release<'a> {
    text: &'a str,
    version: (u32, u32, u32),
    /// All behind the first `-`.
    rest: &'a str,
    /// The first number of `rest`; 0 where it begins with none.
    build: u32,
}

impl<'a> Release<'a> {
    fn parse(text: &'a str) -> Self {
        let (version, rest) = text.split_once('-').unwrap_or((text, ""));
        let mut numbers = version.split('.').map(leading_number);
        let mut next = || numbers.next().flatten().unwrap_or(0);
        let version = (next(), next(), next());
        Self { text, version, rest, build: leading_number(rest).unwrap_or(0) }
    }

    /// Mainline of this version; `modern` for 3.15 and later, which many distributions print alike. A text that has no
    /// version is taken for a modern kernel.
    fn mainline(&self, modern: Lineage) -> Lineage {
        match self.version {
            (0, ..) => modern,
            version if version < (3, 2, 0) => Lineage::Mainline2_6,
            version if version < (3, 7, 0) => Lineage::Mainline3_2,
            version if version < (3, 15, 0) => Lineage::Mainline3_7,
            _ => modern,
        }
    }
}

fn leading_number(text: &str) -> Option<u32> {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).and_then(|digits| digits.parse().ok())
}

/// A kernel of Red Hat: what its release contains, its version, and from which build on it is which lineage.
struct RedHat {
    marker: &'static str,
    version: (u32, u32, u32),
    eras: &'static [(u32, Lineage)],
}

const RED_HAT: &[RedHat] = &[
    RedHat { marker: ".EL", version: (2, 4, 21), eras: &[(0, Lineage::Rhel3)] },
    RedHat { marker: ".EL", version: (2, 6, 9), eras: &[(0, Lineage::Rhel4)] },
    RedHat { marker: ".el5", version: (2, 6, 18), eras: &[(0, Lineage::Rhel5)] },
    RedHat { marker: ".el6", version: (2, 6, 32), eras: &[(0, Lineage::Rhel6)] },
    // Kernels for other machines: 4.11 and 4.14 with the table of RHEL 7.
    RedHat { marker: ".el7a", version: (4, 11, 0), eras: &[(0, Lineage::Rhel7)] },
    RedHat { marker: ".el7a", version: (4, 14, 0), eras: &[(0, Lineage::Rhel7)] },
    RedHat { marker: ".el7", version: (3, 10, 0), eras: RHEL7_ERAS },
    // MRG 2, the real-time kernel for RHEL 6.
    RedHat { marker: ".el6rt", version: (3, 10, 0), eras: RHEL7_ERAS },
    // Virtuozzo 7 and OpenVZ.
    RedHat { marker: ".vz7", version: (3, 10, 0), eras: RHEL7_ERAS },
    RedHat { marker: ".el8", version: (4, 18, 0), eras: &[(0, Lineage::Rhel8)] },
    RedHat {
        marker: ".el9",
        version: (5, 14, 0),
        eras: &[(0, Lineage::Rhel9_0), (284, Lineage::Rhel9_2), (316, Lineage::Rhel9_4), (611, Lineage::Rhel9)],
    },
    RedHat { marker: ".el10", version: (6, 12, 0), eras: &[(0, Lineage::Rhel10_0), (211, Lineage::Rhel10)] },
];

/// Bit 13 came with build 239, between 7.1 (-229) and 7.2 (-327).
const RHEL7_ERAS: &[(u32, Lineage)] = &[(0, Lineage::Rhel7_0), (239, Lineage::Rhel7)];

fn of_red_hat(release: &Release<'_>) -> Option<Lineage> {
    // Oracle names its own kernels `.el7uek`, and ELRepo mainline builds `.el7.elrepo`.
    if release.text.contains("uek") || release.text.contains("elrepo") {
        return None;
    }
    let row = RED_HAT.iter().find(|row| row.version == release.version && release.rest.contains(row.marker))?;
    let (_, lineage) = row.eras.iter().rev().find(|(first_build, _)| release.build >= *first_build)?;
    Some(*lineage)
}

/// Distributions that print as mainline does, told by a part of the release.
const MARKERS: &[(&str, Lineage)] = &[
    ("elrepo", Lineage::Mainline),
    (".amzn", Lineage::Amazon),
    (".fc", Lineage::Fedora),
    // Proxmox.
    ("-pve", Lineage::Mainline),
];

fn of_marker(release: &Release<'_>) -> Option<Lineage> {
    if release.text.contains("uek") {
        return Some(match release.version {
            (2, ..) => Lineage::Uek2,
            version if version < (4, 0, 0) => Lineage::Uek3,
            _ => Lineage::Uek,
        });
    }
    if release.text.contains(".eln") {
        return Some(Lineage::Ark);
    }
    let (_, modern) = MARKERS.iter().find(|(marker, _)| release.text.contains(marker))?;
    Some(release.mainline(*modern))
}

/// Last words of a SUSE release: `5.14.21-150500.55.39-default`.
const SUSE_FLAVOURS: &[&str] = &[
    "default", "xen", "pae", "smp", "bigsmp", "desktop", "vanilla", "azure", "rt", "preempt", "64kb", "ppc64", "trace",
    "ec2", "debug", "kvmsmall",
];
/// First word behind the build number of an Ubuntu release: `5.15.0-1034-azure-fde`.
const UBUNTU_FLAVOURS: &[&str] = &[
    "generic",
    "lowlatency",
    "aws",
    "azure",
    "gcp",
    "gke",
    "gkeop",
    "ibm",
    "kvm",
    "oem",
    "oracle",
    "raspi",
    "raspi2",
    "snapdragon",
    "nvidia",
    "intel",
    "hwe",
    "virtual",
    "server",
    "realtime",
];
/// Last words of a Debian release: `6.1.0-0.deb11.5-cloud-amd64`, `3.16.0-4-686-pae`.
const DEBIAN_FLAVOURS: &[&str] = &[
    "amd64",
    "686",
    "686-pae",
    "arm64",
    "armmp",
    "armmp-lpae",
    "powerpc64le",
    "s390x",
    "riscv64",
    "loong64",
    "4kc-malta",
    "5kc-malta",
];

fn of_flavour(release: &Release<'_>) -> Option<Lineage> {
    let ends_with = |flavours: &[&str]| {
        flavours.iter().any(|flavour| release.text.strip_suffix(flavour).is_some_and(|before| before.ends_with('-')))
    };
    if ends_with(DEBIAN_FLAVOURS) {
        return Some(release.mainline(Lineage::Debian));
    }
    // Ubuntu's build is one number, SUSE's has points in it save in openSUSE (`6.5.4-1-default`).
    let (build, flavour) = release.rest.split_once('-')?;
    let first_word = flavour.split('-').next().unwrap_or_default();
    let plain_build = !build.is_empty() && build.bytes().all(|byte| byte.is_ascii_digit());
    if plain_build && UBUNTU_FLAVOURS.contains(&first_word) {
        return Some(of_ubuntu(release));
    }
    if ends_with(SUSE_FLAVOURS) && build.starts_with(|c: char| c.is_ascii_digit() || c == 'l') {
        return of_suse(release);
    }
    None
}

/// 3.13.0-34 still prints `F` for unsigned modules, 3.13.0-36 prints `X`.
fn of_ubuntu(release: &Release<'_>) -> Lineage {
    if release.version == (3, 13, 0) && release.build >= 36 {
        return Lineage::Ubuntu3_13;
    }
    release.mainline(Lineage::Ubuntu)
}

fn of_suse(release: &Release<'_>) -> Option<Lineage> {
    match release.version {
        // SLE 10 and before have a table that is not known here.
        version if version < (2, 6, 25) => None,
        // openSUSE 12.3 to 13.2 without the support flags, but with `F` for unsigned modules; SLE 12 is 3.12.
        (3, 7..=11 | 13..=14, _) => Some(Lineage::Mainline3_7),
        version if version < (3, 0, 0) => Some(Lineage::Suse2_6),
        version if version < (3, 2, 0) => Some(Lineage::Suse3_0),
        version if version < (4, 5, 0) => Some(Lineage::Suse4_4),
        version if version < (5, 3, 0) => Some(Lineage::Suse4_12),
        version if version < (6, 0, 0) => Some(Lineage::Suse),
        _ => Some(Lineage::Suse6),
    }
}
