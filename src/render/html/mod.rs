//! One page of HTML for a browser: an overview of a batch, a table to sort and filter, and each report with its events,
//! backtraces and the lines behind them. It is one file that loads nothing and works from disk.
//!
//! The reports are in it once, as JSON in a script element that is never executed; the page's own script shows them by
//! `textContent` alone, so that no text of an input becomes markup. A Content-Security-Policy names style and script by
//! their digests and forbids all else.
//!
//! Source: CSP Level 3 (hash-source, `default-src 'none'`), HTML Standard 4.12.1.3 (what a script element may contain).

mod data;
mod events;
mod in_script;
mod shown;

use std::io::{self, Write};

use askama::Template;
use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};

use super::{Style, escape, words};
use crate::triage::{Report, Summary};

const STYLE: &str = include_str!("templates/page.css");
const SCRIPT: &str = concat!(
    "'use strict';\n",
    include_str!("templates/dom.js"),
    include_str!("templates/model.js"),
    include_str!("templates/overview.js"),
    include_str!("templates/table.js"),
    include_str!("templates/matrix.js"),
    include_str!("templates/timeline.js"),
    include_str!("templates/report.js"),
    include_str!("templates/main.js"),
);

#[derive(Template)]
#[template(path = "page.html")]
struct Page {
    policy: String,
    version: &'static str,
    title: String,
    count: String,
    style: &'static str,
    script: &'static str,
    /// JSON that is harmless inside a script element.
    data: String,
    /// What each report comes to, for browsers without scripts.
    verdicts: Vec<(String, String)>,
}

/// Prints the page. Without `style.all`, events in which nothing stands are on the timeline only.
///
/// # Errors
/// Those of `out`.
pub fn html(reports: &[Report], summary: &Summary, style: &Style, out: &mut dyn Write) -> io::Result<()> {
    let names = words::names(reports);
    let page = Page {
        policy: policy(),
        version: env!("CARGO_PKG_VERSION"),
        title: match names.as_slice() {
            [name] => format!("{} · taintrace", escape::terminal(name)),
            _ => format!("{} · taintrace", words::count(reports.len(), "report")),
        },
        count: words::count(reports.len(), "report"),
        style: STYLE,
        script: SCRIPT,
        data: in_script::json(&data::Data::new(reports, &names, summary, style.all))?,
        verdicts: reports
            .iter()
            .zip(&names)
            .map(|(report, name)| (escape::terminal(name).into_owned(), escape::terminal(&report.verdict).into_owned()))
            .collect(),
    };
    page.write_into(out)
}

/// Nothing is allowed but this style and this script.
fn policy() -> String {
    let (style, script) = (digest(STYLE), digest(SCRIPT));
    format!("default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'")
}

fn digest(text: &str) -> String {
    format!("sha256-{}", Base64::encode_string(&Sha256::digest(text.as_bytes())))
}
