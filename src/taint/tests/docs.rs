//! The user's page stays in step with the tables.

use std::collections::BTreeMap;

use super::*;

/// `| RHEL 8 | rhel8 | \`PFSR…\` |`: every column with its letter, dashes where bits are reserved.
fn layout_rows() -> Vec<String> {
    let row = |lineage: &Lineage| {
        let printed = print_mask(*lineage, lineage.table().printed_bits());
        let columns = printed.strip_prefix("Tainted: ").unwrap_or(&printed).to_owned();
        format!("| {} | `{}` | `{columns}` |", lineage.label(), lineage.as_str())
    };
    Lineage::ALL.iter().map(row).collect()
}

/// `| 12 | O | OOT_MODULE | yes | meaning | lineages |` for each bit, letter and meaning.
fn letter_rows() -> Vec<String> {
    type Key = (Option<u8>, Option<char>, &'static str, &'static str);
    let mut owners: BTreeMap<Key, Vec<&str>> = BTreeMap::new();
    for lineage in Lineage::ALL {
        for flag in lineage.flags() {
            owners.entry((flag.bit, flag.letter, flag.name, flag.meaning)).or_default().push(lineage.as_str());
        }
    }
    let row = |((bit, letter, name, meaning), lineages): (Key, Vec<&str>)| {
        let bit = bit.map_or("none".to_owned(), |bit| bit.to_string());
        format!("| {bit} | `{}` | {name} | {meaning} | {} |", letter.unwrap_or(' '), listed(&lineages))
    };
    owners.into_iter().map(row).collect()
}

/// Names of lineages, or of the few that are missing.
fn listed(lineages: &[&str]) -> String {
    let others: Vec<&str> =
        Lineage::ALL.iter().map(|lineage| lineage.as_str()).filter(|name| !lineages.contains(name)).collect();
    match others.len() {
        0 => "all".to_owned(),
        1..=8 => format!("all but {}", others.join(", ")),
        _ => lineages.join(", "),
    }
}

#[test]
fn the_page_has_the_tables_as_they_are() {
    let page = include_str!("../../../docs/taint.md");
    let rows = [layout_rows(), letter_rows()].concat();
    let missing: Vec<&String> = rows.iter().filter(|row| !page.lines().any(|line| line == row.as_str())).collect();
    let missing = missing.iter().map(|row| row.as_str()).collect::<Vec<_>>().join("\n");
    assert!(missing.is_empty(), "docs/taint.md lacks these rows:\n{missing}");
}
