//! How records are printed: aligned columns for people, JSON and YAML for programs.

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
pub fn table(titles: &[&str], rows: &[Vec<String>]) -> String {
    let mut widths: Vec<usize> = titles.iter().map(|title| title.chars().count()).collect();
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let titles: Vec<String> = titles.iter().map(|title| (*title).to_owned()).collect();
    let line = |row: &Vec<String>| {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        cells.join("   ").trim_end().to_owned()
    };
    std::iter::once(&titles).chain(rows).map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_by_characters_and_end_without_blanks() {
        let rows = vec![vec!["Zoë".to_owned(), "ready".to_owned()], vec!["Ada Lovelace".into(), "-".into()]];
        let text = table(&["NAME", "STATUS"], &rows);
        assert_eq!(text, "NAME           STATUS\nZoë            ready\nAda Lovelace   -");
    }
}
