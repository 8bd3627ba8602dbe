//! The report: a table of figures with what they should be, charts, and everything as JSON.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use crate::load::Distribution;

/// What was done for the figures, and what stands in the way of better ones.
const NOTES: &str = include_str!("notes.md");

/// One figure.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    pub part: &'static str,
    pub name: String,
    pub value: f64,
    pub unit: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<Target>,
}

/// What a figure should be.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Target {
    AtMost(f64),
    AtLeast(f64),
}

impl Figure {
    /// A figure that only tells.
    pub fn plain(part: &'static str, name: impl Into<String>, value: f64, unit: &'static str) -> Self {
        Self { part, name: name.into(), value, unit, target: None }
    }

    /// A figure that should not be larger.
    pub fn at_most(
        part: &'static str,
        name: impl Into<String>,
        value: f64,
        unit: &'static str,
        most: f64,
    ) -> Self {
        Self { target: Some(Target::AtMost(most)), ..Self::plain(part, name, value, unit) }
    }

    /// A figure that should not be smaller.
    pub fn at_least(
        part: &'static str,
        name: impl Into<String>,
        value: f64,
        unit: &'static str,
        least: f64,
    ) -> Self {
        Self { target: Some(Target::AtLeast(least)), ..Self::plain(part, name, value, unit) }
    }

    /// Whether it is what it should be, when something is asked of it.
    fn met(&self) -> Option<bool> {
        match self.target? {
            Target::AtMost(most) => Some(self.value <= most),
            Target::AtLeast(least) => Some(self.value >= least),
        }
    }
}

/// A picture beside the report.
#[derive(Debug, Clone)]
pub struct Chart {
    pub file: String,
    pub title: String,
    pub svg: String,
}

/// A statement's share of a claim.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    text: String,
    calls_a_claim: f64,
    milliseconds_a_claim: f64,
}

/// Everything that was measured.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    machine: String,
    profile: &'static str,
    load_before: String,
    instances: u32,
    rate: f64,
    seconds: u64,
    figures: Vec<Figure>,
    distributions: Vec<(String, Distribution)>,
    statements: Vec<Statement>,
    /// What stood in the way of measuring something.
    notes: Vec<String>,
    #[serde(skip)]
    charts: Vec<Chart>,
}

impl Report {
    /// Nothing yet.
    pub fn new(instances: u32, rate: f64, seconds: u64) -> Self {
        let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
        Self {
            machine: machine(),
            profile: if cfg!(debug_assertions) { "debug" } else { "release" },
            load_before: load.split_whitespace().take(3).collect::<Vec<_>>().join(" "),
            instances,
            rate,
            seconds,
            figures: Vec::new(),
            distributions: Vec::new(),
            statements: Vec::new(),
            notes: Vec::new(),
            charts: Vec::new(),
        }
    }

    /// Takes a figure, and says it at once.
    pub fn add(&mut self, figure: Figure) {
        eprintln!("  {}: {} = {} {}", figure.part, figure.name, number(figure.value), figure.unit);
        self.figures.push(figure);
    }

    /// Takes a distribution.
    pub fn distribution(&mut self, name: &str, distribution: &Distribution) {
        self.distributions.push((name.to_owned(), distribution.clone()));
    }

    /// Takes a statement's share.
    pub fn statement(&mut self, text: String, calls_a_claim: f64, milliseconds_a_claim: f64) {
        self.statements.push(Statement { text, calls_a_claim, milliseconds_a_claim });
    }

    /// Takes a sentence about what could not be measured.
    pub fn note(&mut self, sentence: String) {
        eprintln!("  {sentence}");
        self.notes.push(sentence);
    }

    /// Takes a picture.
    pub fn chart(&mut self, chart: Chart) {
        self.charts.push(chart);
    }

    /// Writes everything into `folder`.
    pub fn write(&self, folder: &Path) -> Result<()> {
        let beside = folder.join("performance");
        std::fs::create_dir_all(&beside).with_context(|| format!("make {}", beside.display()))?;
        for chart in &self.charts {
            std::fs::write(beside.join(&chart.file), &chart.svg)?;
        }
        std::fs::write(beside.join("result.json"), serde_json::to_vec_pretty(self)?)?;
        let page = folder.join("performance.md");
        std::fs::write(&page, self.page()).with_context(|| format!("write {}", page.display()))
    }

    /// Says in one line how it went.
    pub fn conclude(&self) {
        let asked = self.figures.iter().filter_map(Figure::met);
        let (met, all) = asked.fold((0, 0), |(met, all), one| (met + u32::from(one), all + 1));
        eprintln!("{met} of {all} figures are as they should be");
    }

    fn page(&self) -> String {
        let mut page = format!(
            "# Performance\n\nMeasured by `make bench` ({} build) on {}; load of the machine before: {}.\n\
             {} ready instances, open-loop load of {} claims a second for {} s. PostgreSQL syncs every commit; pool,\n\
             services, PostgreSQL, the agents' stand-ins and the load itself share the machine. Ratio: measured over\n\
             wanted. Everything as JSON: [result.json](performance/result.json).\n\n",
            self.profile, self.machine, self.load_before, self.instances, self.rate, self.seconds
        );
        page.push_str("| part | figure | measured | wanted | ratio | |\n|---|---|---:|---:|---:|---|\n");
        for figure in &self.figures {
            let wanted = match figure.target {
                Some(Target::AtMost(most)) => format!("≤ {}", number(most)),
                Some(Target::AtLeast(least)) => format!("≥ {}", number(least)),
                None => String::new(),
            };
            let mark = figure.met().map_or("", |met| if met { "met" } else { "**missed**" });
            let ratio = match figure.target {
                Some(Target::AtMost(wanted) | Target::AtLeast(wanted)) if wanted > 0.0 => {
                    format!("{:.2}", figure.value / wanted)
                }
                _ => String::new(),
            };
            // Writing to a string cannot fail.
            let _ = writeln!(
                page,
                "| {} | {} | {} {} | {wanted} | {ratio} | {mark} |",
                figure.part,
                figure.name,
                number(figure.value),
                figure.unit
            );
        }
        for note in &self.notes {
            let _ = write!(page, "\n{note}\n");
        }
        for chart in &self.charts {
            let _ = write!(page, "\n## {}\n\n![{}](performance/{})\n", chart.title, chart.title, chart.file);
        }
        page.push_str("\n## Distributions (ms)\n\n| what | count | errors | p50 | p90 | p99 | p99.9 | max |\n|---|---:|---:|---:|---:|---:|---:|---:|\n");
        for (name, one) in &self.distributions {
            let _ = writeln!(
                page,
                "| {name} | {} | {} | {} | {} | {} | {} | {} |",
                one.count,
                one.errors,
                number(one.p50),
                number(one.p90),
                number(one.p99),
                number(one.p999),
                number(one.max)
            );
        }
        if !self.statements.is_empty() {
            page.push_str("\n## Statements of the open-loop load\n\n| calls a claim | ms a claim | statement |\n|---:|---:|---|\n");
        }
        for statement in &self.statements {
            let text = statement.text.replace('|', "\\|");
            let (calls, time) = (number(statement.calls_a_claim), number(statement.milliseconds_a_claim));
            let _ = writeln!(page, "| {calls} | {time} | `{text}` |");
        }
        page + NOTES
    }
}

fn number(value: f64) -> String {
    match value.abs() {
        large if large >= 100.0 => format!("{value:.0}"),
        medium if medium >= 1.0 => format!("{value:.1}"),
        _ => format!("{value:.3}"),
    }
}

/// Processor, cores and memory.
fn machine() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let processors = read("/proc/cpuinfo");
    let model = processors.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    let model = model.map_or("an unknown processor", |(_, model)| model.trim());
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let memory = read("/proc/meminfo");
    let memory = memory
        .lines()
        .find_map(|line| line.strip_prefix("MemTotal:")?.split_whitespace().next()?.parse::<f64>().ok());
    format!("{cores} cores of {model}, {:.0} GB", memory.unwrap_or_default() / 1_048_576.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_beyond_its_target_is_called_missed() {
        let mut report = Report::new(1, 1.0, 1);
        report.add(Figure::at_most("claims", "p99", 41.0, "ms", 40.0));
        report.add(Figure::at_least("sustained", "rate", 2_100.0, "1/s", 2_000.0));
        report.add(Figure::plain("fill", "rate", 5.0, "1/s"));
        let page = report.page();
        assert!(page.contains("| claims | p99 | 41.0 ms | ≤ 40.0 | 1.02 | **missed** |"), "{page}");
        assert!(page.contains("| 2100 1/s | ≥ 2000 | 1.05 | met |"), "{page}");
        assert!(page.contains("| 5.0 1/s |  |  |  |"), "{page}");
    }
}
