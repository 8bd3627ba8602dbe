//! How records are printed: aligned columns for people, JSON and YAML for programs.

use std::borrow::Cow;
use std::io::IsTerminal;

use clap::ValueEnum;
use process::exit::Failure;
use serde::Serialize;

/// `-o`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Aligned columns.
    #[default]
    Table,
    /// More columns.
    Wide,
    /// As the API says it.
    Json,
    /// The same in YAML.
    Yaml,
}

/// Prints a value for programs.
pub fn document<T: Serialize>(value: &T, format: Format) -> Result<(), Failure> {
    let text = match format {
        Format::Yaml => serde_saphyr::to_string(value).map_err(Failure::other)?,
        _ => serde_json::to_string_pretty(value).map_err(Failure::other)?,
    };
    println!("{}", text.trim_end());
    Ok(())
}

/// Aligned columns, three spaces apart, without trailing blanks.
pub fn table(titles: &[&str], rows: &[Vec<String>], colours: Colours) -> String {
    let mut widths: Vec<usize> = titles.iter().map(|title| title.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    let line = |row: &Vec<String>| {
        let last = row.iter().rposition(|cell| !cell.is_empty()).unwrap_or(0);
        let mut line = String::new();
        for (index, (cell, &width)) in row.iter().zip(&widths).take(last + 1).enumerate() {
            line.push_str(&colours.paint(cell));
            if index < last {
                line.extend(std::iter::repeat_n(' ', width - cell.chars().count() + 3));
            }
        }
        line
    };
    std::iter::once(&titles).chain(rows).map(line).collect::<Vec<_>>().join("\n")
}

/// Whether words that tell of a state are coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Colours {
    /// A person reads.
    Shown,
    /// A file or a program does, or the person does not want any.
    Plain,
}

impl Colours {
    /// Colours are for terminals, unless `NO_COLOR` says otherwise.
    pub fn of_stdout() -> Self {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        if !unwanted && std::io::stdout().is_terminal() { Self::Shown } else { Self::Plain }
    }

    /// The text in the colour of the state that it names; as it is when it names none.
    pub fn paint(self, text: &str) -> Cow<'_, str> {
        match colour(text) {
            Some(code) if self == Self::Shown => format!("\x1b[{code}m{text}\x1b[0m").into(),
            _ => text.into(),
        }
    }
}

/// The terminal's code for a word: green for well, yellow for under way, red for what a person may have to look at.
fn colour(word: &str) -> Option<u8> {
    match word {
        "ready" | "healthy" | "done" | "ok" | "claimed" => Some(32),
        "starting" | "claiming" | "deploying" | "pending" | "bound" | "provisioning" | "configuring"
        | "pending_acceptance" | "destroying" | "unknown" => Some(33),
        "stuck" | "failed" | "unreachable" | "deploy_failed" | "BAD" => Some(31),
        "deleted" | "released" => Some(90),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_characters_and_end_without_blanks() {
        let rows = vec![vec!["Zoë".to_owned(), "ready".to_owned()], vec!["Ada Lovelace".into(), "-".into()]];
        let text = table(&["NAME", "STATUS"], &rows, Colours::Plain);
        assert_eq!(text, "NAME           STATUS\nZoë            ready\nAda Lovelace   -");
    }

    #[test]
    fn colours_do_not_move_columns() {
        let rows = vec![vec!["stuck".to_owned(), "ada".to_owned()], vec!["healthy".into(), String::new()]];
        let text = table(&["STATUS", "NAME"], &rows, Colours::Shown);
        assert_eq!(text, "STATUS    NAME\n\u{1b}[31mstuck\u{1b}[0m     ada\n\u{1b}[32mhealthy\u{1b}[0m");
    }
}
