//! Whatever an input holds, it is text in every output: no sequence for the terminal, no Markdown, no HTML, no formula.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // A test may stop at the first surprise.

mod render_support;

use proptest::prelude::*;
use pulldown_cmark::{Event, Options, Parser, Tag};
use render_support::*;
use taintrace::render::{Markup, Style, csv, escape, note};
use taintrace::triage::Report;

fn noted(report: &Report, markup: Markup) -> String {
    let mut out = Vec::new();
    note(report, markup, &Style { explain: true, ..Style::default() }, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn rows(reports: &[Report], all: bool) -> (String, Vec<Vec<String>>) {
    let mut out = Vec::new();
    csv(reports, &Style { all, ..Style::default() }, &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    let rows = reader.records().map(|row| row.unwrap().iter().map(str::to_owned).collect()).collect();
    (text, rows)
}

/// Everything that a reader of Markdown may know, but for curled quotes.
fn options() -> Options {
    Options::all() - Options::ENABLE_SMART_PUNCTUATION
}

/// What a reader of Markdown makes of it, without the text itself.
fn structure(markdown: &str) -> Vec<String> {
    Parser::new_ext(markdown, options())
        .filter_map(|event| match event {
            Event::Start(Tag::CodeBlock(_)) => Some("code block".to_owned()),
            Event::Start(tag) => Some(format!("{tag:?}")),
            Event::End(tag) => Some(format!("{tag:?}")),
            Event::Text(_) | Event::Code(_) | Event::SoftBreak => None,
            other => Some(format!("{other:?}")),
        })
        .collect()
}

/// The text that a reader of Markdown shows.
fn shown(markdown: &str) -> String {
    Parser::new_ext(markdown, options())
        .filter_map(|event| match event {
            Event::Text(text) | Event::Code(text) => Some(text.into_string()),
            _ => None,
        })
        .collect()
}

const ATTACKS: [&str; 24] = [
    EVIL,
    "# heading",
    "- item",
    "1. item",
    "1) item",
    "> quote",
    "| a | b |",
    "a|b\\|c\\\\|d",
    "```\ncode",
    "`` ` ``",
    "~~~",
    "---",
    "===",
    "***bold***",
    "__bold__ _i_",
    "![image](http://x/y.png)",
    "[a]: http://x",
    "<http://example.com>",
    "<!-- comment",
    "<script>alert(1)</script>",
    "&lt;b&gt; &#60;",
    "trailing \\",
    "$x$ $$y$$ H~2~O x^2^ ~~gone~~",
    "    indented",
];

#[test]
fn a_note_has_the_same_structure_whatever_the_names_are() {
    let benign = structure(&noted(&filled_with("acmefs"), Markup::Markdown));
    assert!(benign.iter().any(|tag| tag.starts_with("Table")));
    for attack in ATTACKS {
        let note = noted(&filled_with(attack), Markup::Markdown);
        assert_eq!(structure(&note), benign, "{attack:?} in\n{note}");
    }
}

#[test]
fn escaped_markdown_shows_what_was_put_in() {
    for attack in ATTACKS {
        let visible = escape::terminal(attack);
        for escaped in [escape::markdown(attack), escape::markdown_code(attack)] {
            for (before, after) in [("", ""), ("- ", ""), ("**x ", " x**"), ("| h |\n| --- |\n| ", " |")] {
                let shown = shown(&format!("{before}{escaped}{after}"));
                assert!(shown.contains(visible.trim()), "{attack:?} became {shown:?} by {before}{escaped}{after}");
            }
        }
    }
}

#[test]
fn names_of_functions_stay_readable_in_the_source() {
    for (text, expected) in [
        ("in acmefs_read of acmefs", "in acmefs_read of acmefs"),
        ("7.2.1-180", "7.2.1-180"),
        ("3.10.0-1160.el7.x86_64", "3.10.0-1160.el7.x86_64"),
        ("oops in acmefs_read [acmefs]", r"oops in acmefs_read \[acmefs\]"),
    ] {
        assert_eq!(escape::markdown(text), expected);
    }
}

#[test]
fn plain_notes_hold_nothing_hidden() {
    for attack in ATTACKS {
        let note = noted(&filled_with(attack), Markup::Plain);
        assert!(!note.chars().any(|c| c != '\n' && escape::is_hidden(c)), "{attack:?}");
    }
}

#[test]
fn csv_rows_are_whole_and_no_cell_is_a_formula() {
    let mut reports = batch();
    reports.extend(ATTACKS.map(filled_with));
    reports.extend(["=1+1", "+1", "-1", "@SUM(1)", "\t=1", " =1", "＝1", "\u{feff}=1"].map(filled_with));
    for all in [false, true] {
        let (text, rows) = rows(&reports, all);
        assert_eq!(text.matches("\r\n").count(), rows.len());
        assert_eq!(text.matches('\n').count(), rows.len());
        for row in &rows {
            assert_eq!(row.len(), rows[0].len());
            for cell in row {
                let first = cell.trim_start().chars().next();
                assert!(!first.is_some_and(|c| "=+-@＝＋－＠".contains(c)), "{cell:?}");
            }
        }
    }
}

#[test]
fn csv_has_a_row_per_suspect_event_module_and_problem() {
    let (_, rows) = rows(&[crash_in_a_third_party_module()], false);
    let column = |name: &str| rows[0].iter().position(|head| head == name).unwrap();
    let records: Vec<&str> = rows[1..].iter().map(|row| row[0].as_str()).collect();
    assert_eq!(records, ["report", "suspect", "suspect", "event", "module", "module", "module", "module", "problem"]);
    let suspect = &rows[2];
    for (name, expected) in [
        ("event", "2"),
        ("event_kind", "oops"),
        ("module", "acmefs"),
        ("role", "faulting"),
        ("path", "sos_commands/kernel/dmesg"),
        ("line", "1047"),
        ("unsigned", "yes"),
        ("uptime", "814.101234"),
        ("kernel", "3.10.0-1160.21.1.el7.x86_64"),
    ] {
        assert_eq!(suspect[column(name)], expected, "{name}");
    }
    let (_, all) = self::rows(&[crash_in_a_third_party_module()], true);
    let present = all.iter().filter(|row| row[column("role")] == "present").count();
    assert_eq!(present, 6);
}

#[test]
fn csv_without_reports_is_its_head() {
    let (_, rows) = rows(&[], false);
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0][0], "record");
}

#[test]
fn the_letters_of_real_names_pass_untouched() {
    for name in ["kworker/u161:0", "3.10.0-1160.21.1.el7.x86_64", "grüße.tar.xz", "日本語.log", "naïve"] {
        assert!(matches!(escape::terminal(name), std::borrow::Cow::Borrowed(same) if same == name), "{name}");
        assert_eq!(escape::csv(name), name);
        assert_eq!(escape::html(name), name);
    }
}

#[test]
fn what_cannot_be_seen_is_shown_by_its_number() {
    for (text, expected) in [
        ("\0", r"\x00"),
        ("\u{7f}", r"\x7f"),
        ("\u{9b}31m", r"\x9b31m"),
        ("\u{ad}", r"\xad"),
        ("a\tb\r\n", r"a\tb\r\n"),
        ("\u{202e}gnp", r"\u{202e}gnp"),
        ("\u{2066}", r"\u{2066}"),
        ("\u{61c}", r"\u{61c}"),
        ("\u{feff}", r"\u{feff}"),
        ("\u{2028}", r"\u{2028}"),
        ("\u{fe0f}", r"\u{fe0f}"),
        ("\u{e0041}", r"\u{e0041}"),
        ("e\u{301}", r"e\u{301}"),
        ("\u{3164}", r"\u{3164}"),
    ] {
        assert_eq!(escape::terminal(text), expected, "{text:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn terminal_hides_nothing_and_is_stable(text in any::<String>()) {
        let shown = escape::terminal(&text);
        prop_assert!(!shown.chars().any(escape::is_hidden));
        prop_assert_eq!(escape::terminal(&shown), shown.as_ref());
    }

    #[test]
    fn html_has_no_markup_and_loses_nothing(text in any::<String>()) {
        let html = escape::html(&text);
        prop_assert!(!html.contains(['<', '>', '"', '\'']));
        let back = html
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&amp;", "&");
        prop_assert_eq!(back, escape::terminal(&text));
    }

    #[test]
    fn csv_is_no_formula_and_loses_nothing(text in "[-=+@ \t\n',;\"a-z0-9]{0,12}|\\PC{0,20}") {
        let cell = escape::csv(&text);
        let visible = escape::terminal(&text);
        prop_assert!(!cell.trim_start().starts_with(['=', '+', '-', '@']));
        let quoted = format!("'{visible}");
        prop_assert!(cell == visible || cell == quoted);
    }

    #[test]
    fn markdown_shows_the_text_in_a_paragraph_and_in_a_cell(
        text in "[-#*_`|\\\\<>&\\[\\]()!~$^{}+=.:0-9a-c \n]{1,24}|\\PC{1,24}",
    ) {
        let visible = escape::terminal(&text);
        let escaped = escape::markdown(&text);
        let paragraph = structure(&escaped);
        prop_assert!(paragraph.is_empty() || paragraph == ["Paragraph", "Paragraph"], "{:?} of {:?}", paragraph, escaped);
        prop_assert_eq!(shown(&escaped), visible.trim());
        let table = format!("| h | i |\n| --- | --- |\n| {escaped} | {} |", escape::markdown_code(&text));
        prop_assert_eq!(shown(&table), format!("hi{0}{0}", visible.trim()));
    }

    #[test]
    fn notes_keep_their_structure(text in "[-#*_`|\\\\<>&\\[\\]()!~$^{}+=.:0-9a-c \n]{1,24}") {
        prop_assume!(!text.trim().is_empty());
        let benign = structure(&noted(&filled_with("acmefs"), Markup::Markdown));
        prop_assert_eq!(structure(&noted(&filled_with(&text), Markup::Markdown)), benign);
    }
}
