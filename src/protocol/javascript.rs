//! Writes the tables as JavaScript, and compares what is committed with that.

use super::table::Table;
use super::{answers, completion, kernel, limits, message, record, words, worker};
use std::fmt::Write;
use std::path::Path;

const TABLES: [Table; 16] = [
    words::Word::TABLE,
    words::bell::TABLE,
    record::at::TABLE,
    record::Flags::TABLE,
    completion::at::TABLE,
    completion::Kind::TABLE,
    worker::register::TABLE,
    worker::step::TABLE,
    answers::Wakeup::TABLE,
    answers::answer::TABLE,
    message::message::TABLE,
    kernel::event::TABLE,
    kernel::field::TABLE,
    limits::limit::TABLE,
    limits::poll::TABLE,
    limits::PERCENTILE_TABLE,
];

const INTRODUCTION: &str = "'use strict';

// Generated from src/protocol by `npm run protocol`: change it there.

const { freeze } = Object;
";

/// `StagedTail` as JavaScript writes it: `STAGED_TAIL`. Other names stay.
fn constant(name: &str) -> String {
    if name.chars().all(|letter| !letter.is_lowercase()) || !name.starts_with(char::is_uppercase) {
        return name.to_owned();
    }
    let mut constant = String::new();
    for (at, letter) in name.char_indices() {
        if at > 0 && letter.is_uppercase() {
            constant.push('_');
        }
        constant.extend(letter.to_uppercase());
    }
    constant
}

fn comment(into: &mut String, indent: &str, docs: &[&str]) {
    match docs {
        [] => {}
        [line] => writeln!(into, "{indent}/**{line} */").unwrap(),
        lines => {
            writeln!(into, "{indent}/**").unwrap();
            lines.iter().for_each(|line| writeln!(into, "{indent} *{line}").unwrap());
            writeln!(into, "{indent} */").unwrap();
        }
    }
}

fn javascript() -> String {
    let mut text = INTRODUCTION.to_owned();
    for Table { name, docs, entries } in TABLES {
        text.push('\n');
        comment(&mut text, "", docs);
        writeln!(text, "const {name} = freeze({{").unwrap();
        for (at, entry) in entries.iter().enumerate() {
            comment(&mut text, "  ", entry.docs);
            let comma = if at + 1 < entries.len() { "," } else { "" };
            writeln!(text, "  {}: {}{comma}", constant(entry.name), entry.value).unwrap();
        }
        text.push_str("});\n");
    }
    text.push_str("\nmodule.exports = {\n");
    text.push_str(&TABLES.map(|table| format!("  {}", table.name)).join(",\n"));
    text.push_str("\n};\n");
    text
}

#[test]
fn the_generated_file_is_current() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("lib/protocol/tables.js");
    let expected = javascript();
    if std::env::var_os("ROCKPOOL_WRITE_PROTOCOL").is_some() {
        std::fs::write(&file, expected).unwrap();
        return;
    }
    let found = std::fs::read_to_string(&file).unwrap_or_default().replace("\r\n", "\n");
    assert!(found == expected, "lib/protocol/tables.js is not what src/protocol says: npm run protocol");
}

#[test]
fn no_name_stands_twice() {
    let mut seen = std::collections::HashSet::new();
    for table in TABLES {
        assert!(seen.insert(table.name), "{}", table.name);
        for entry in table.entries {
            assert!(seen.insert(&format!("{}.{}", table.name, entry.name).leak()[..]), "{} {}", table.name, entry.name);
        }
    }
}
