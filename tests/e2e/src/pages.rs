//! Pages of the documentation that tests make from what a running system says: what differs from run to run is replaced
//! by one example each, then the page is compared with the committed one, or written when `UPDATE_DOCS` is set.

use std::path::Path;

use anyhow::{Result, ensure};
use serde_json::{Map, Value};

use crate::world::programs::repository;

/// Between the columns of a table.
const GAP: &str = "   ";

/// What was found in answers, and what stands for it on a page.
#[derive(Debug, Default)]
pub struct Examples(Vec<(String, String)>);

impl Examples {
    /// From now on `example` stands for `found`.
    pub fn replace(&mut self, found: &str, example: &str) {
        if !found.is_empty() && !self.0.iter().any(|(known, _)| known == found) {
            self.0.push((found.to_owned(), example.to_owned()));
            // The longest first: an address has the id in it.
            self.0.sort_by_key(|(found, _)| std::cmp::Reverse(found.len()));
        }
    }

    /// A text with the examples in it.
    pub fn within(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, (found, example)| text.replace(found, example))
    }

    /// Lines for people: examples instead of ids, one time of day, one age, one length of time; tables aligned anew.
    pub fn lines(&self, text: &str) -> String {
        let text = self.within(text);
        let lines: Vec<String> = text.lines().map(steady).collect();
        let is_table = |line: &String| line.trim_start().contains(GAP);
        if lines.len() > 1 && lines.iter().all(is_table) { aligned(&lines) } else { lines.join("\n") }
    }

    /// JSON with the examples in it, its fields by name, and one time.
    pub fn json(&self, value: &Value) -> Value {
        match value {
            Value::String(text) if chrono::DateTime::parse_from_rfc3339(text).is_ok() => {
                "2026-01-01T12:00:00Z".into()
            }
            Value::String(text) => self.within(text).into(),
            Value::Array(items) => items.iter().map(|item| self.json(item)).collect(),
            Value::Object(fields) => {
                let mut sorted: Vec<_> = fields.iter().collect();
                sorted.sort_by_key(|(name, _)| name.as_str());
                let fields: Map<_, _> =
                    sorted.into_iter().map(|(name, field)| (name.clone(), self.json(field))).collect();
                Value::Object(fields)
            }
            other => other.clone(),
        }
    }
}

/// A line whose times and lengths of time are always the same.
fn steady(line: &str) -> String {
    let words: Vec<&str> = line.split(' ').collect();
    let next = |index: usize| words.get(index + 1).map(|word| word.trim_end_matches([',', '.', ';', ')']));
    let word = |(index, word): (usize, &&str)| {
        let bare = word.trim_end_matches([',', '.', ';', ')']);
        let rest = &word[bare.len()..];
        let example = match (shape(bare).as_str(), next(index)) {
            ("9-9-9", _) => "2026-01-01",
            ("9:9:9", _) => "12:00:00",
            ("9s" | "9m" | "9h" | "9d", _) => "12s",
            ("9", Some("s" | "ms" | "seconds")) => "12",
            ("9.9", Some("s")) => "0.4",
            _ => bare,
        };
        format!("{example}{rest}")
    };
    words.iter().enumerate().map(word).collect::<Vec<_>>().join(" ")
}

/// A word with one `9` for every number in it.
fn shape(word: &str) -> String {
    let mut shape = String::new();
    for character in word.chars() {
        match character.is_ascii_digit() {
            true if shape.ends_with('9') => {}
            true => shape.push('9'),
            false => shape.push(character),
        }
    }
    shape
}

fn aligned(lines: &[String]) -> String {
    let rows: Vec<Vec<&str>> = lines
        .iter()
        .map(|line| line.split(GAP).map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width =
        |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.chars().count()).max();
    let widths: Vec<usize> = (0..columns).map(|column| width(column).unwrap_or(0)).collect();
    let line = |row: &Vec<&str>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join(GAP).trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Holds a committed page to what it should say.
///
/// # Errors
/// When it says something else: the first line that differs. With `UPDATE_DOCS` it is written instead.
pub fn hold(path: &str, page: &str) -> Result<()> {
    let file = repository().join(Path::new(path));
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, page)?;
    }
    let committed = std::fs::read_to_string(&file)?;
    let pairs = committed.lines().map(Some).chain(std::iter::repeat(None)).zip(page.lines().map(Some));
    let differs = pairs.into_iter().find(|(old, new)| old != new);
    ensure!(committed == page, "{path} is stale at {differs:?}; write it anew with UPDATE_DOCS=1");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_from_run_to_run_is_always_the_same() {
        let mut examples = Examples::default();
        examples.replace("abc123def456", "k3v9x2m7q1za");
        examples.replace("http://127.0.0.1:3021/abc123def456", "https://agent.example");
        let text = "2026-11-28 04:10:11  Ready  abc123def456 after 3.7 s; looked at again in 29 s";
        let told = "2026-01-01 12:00:00  Ready  k3v9x2m7q1za after 0.4 s; looked at again in 12 s";
        assert_eq!(examples.lines(text), told);
        assert_eq!(examples.within("http://127.0.0.1:3021/abc123def456"), "https://agent.example");
    }

    #[test]
    fn a_table_is_aligned_anew() {
        let examples = Examples::default();
        assert_eq!(
            examples.lines("ID     AGE\nabcd   4s\nx      119m"),
            "ID     AGE\nabcd   12s\nx      12s"
        );
    }
}
