//! The committed sample reports: what each is, and what a correct triage says of it.

mod damaged;
mod mixed;
mod rhel_old;
mod rhel_recent;

use std::fs;
use std::io;
use std::path::Path;

use serde_json::json;

use super::archive::Container;
use super::sosreport::Sosreport;
use super::tree::Tree;
use super::truth::Truth;

/// What is written.
pub enum Content {
    /// One file.
    File(Vec<u8>),
    /// A directory.
    Directory(Tree),
}

/// One sample.
pub struct Sample {
    /// Name of the file or directory.
    pub name: String,
    /// What it shows, for the README.
    pub what: &'static str,
    /// Its content.
    pub content: Content,
    /// What is true of it: one for each report inside.
    pub truths: Vec<Truth>,
}

impl Sample {
    /// A report in an archive of its own.
    fn archive(report: &Sosreport, container: Container, what: &'static str, truth: Truth) -> Self {
        let name = format!("{}{}", report.archive_stem(), container.suffix());
        Self { name, what, content: Content::File(report.archive(container)), truths: vec![truth] }
    }
}

/// All samples.
pub fn all() -> Vec<Sample> {
    vec![
        rhel_old::rhel5(),
        rhel_old::rhel6(),
        rhel_old::rhel71(),
        rhel_recent::rhel79(),
        rhel_recent::rhel8(),
        rhel_recent::rhel9(),
        rhel_recent::rhel10(),
        mixed::ubuntu(),
        mixed::suse(),
        mixed::collected(),
        damaged::truncated(),
        damaged::lone_log(),
    ]
}

/// Writes all samples, their README and `expected.json` into a directory.
pub fn write_all(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let samples = all();
    for sample in &samples {
        match &sample.content {
            Content::File(bytes) => fs::write(folder.join(&sample.name), bytes)?,
            Content::Directory(tree) => tree.write_to(folder)?,
        }
    }
    fs::write(folder.join("README.md"), readme(&samples))?;
    fs::write(folder.join("expected.json"), expected(&samples))
}

fn expected(samples: &[Sample]) -> String {
    let rows: Vec<_> = samples
        .iter()
        .map(|s| json!({"input": s.name, "reports": s.truths.iter().map(Truth::json).collect::<Vec<_>>()}))
        .collect();
    let mut text = serde_json::to_string_pretty(&json!({ "samples": rows })).unwrap();
    text.push('\n');
    text
}

fn readme(samples: &[Sample]) -> String {
    let mut text = "# Sample reports\n\n\
        Small, invented and complete: hosts, vendors and crashes are made up, paths and formats are those of the real thing.\n\
        `cargo run --example make_sample_reports` writes them all again, byte for byte, together with this page and\n\
        `expected.json`; the builder is in `tests/synth/`, each sample a function in `tests/synth/samples/`.\n\n\
        `expected.json` holds what a correct triage says of each input, judged by hand: events, modules from elsewhere with their\n\
        three properties (unsigned, out of tree, proprietary; `null` where that kernel keeps no such mark), the first suspect or `null`.\n\n\
        | input | what it is | what a correct triage says |\n|---|---|---|\n"
        .to_owned();
    for sample in samples {
        let says: Vec<String> = sample
            .truths
            .iter()
            .map(|truth| match (&truth.member, &truth.host) {
                (Some(_), Some(host)) => format!("{host}: {}", truth.says),
                _ => truth.says.to_owned(),
            })
            .collect();
        text.push_str(&format!("| `{}` | {} | {} |\n", sample.name, sample.what, says.join(" ")));
    }
    text
}

/// Host, release and taint of a report, for its truth; the rest is filled in by hand.
fn truth_of(report: &Sosreport) -> Truth {
    Truth {
        member: None,
        kind: "sosreport",
        host: Some(report.machine.host.clone()),
        release: report.machine.kernel.release.clone(),
        tainted: Some(report.tainted()),
        whole: true,
        events: Vec::new(),
        third_party: Vec::new(),
        suspect: None,
        says: "",
    }
}
