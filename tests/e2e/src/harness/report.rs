//! What a soak did and found.

use std::{collections::BTreeMap, fmt, time::Duration};

use super::operation::Operation;

/// Counts over all seeds.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Seeds that ran.
    pub seeds: usize,
    /// Seeds that broke a promise or did not come to rest.
    pub failed: Vec<u64>,
    operations: BTreeMap<&'static str, usize>,
    faults: BTreeMap<String, usize>,
    kills: usize,
    claims: BTreeMap<String, usize>,
    settle: Vec<Duration>,
}

impl Report {
    /// For one seed, nothing counted yet.
    pub fn of_one_seed() -> Self {
        Self { seeds: 1, ..Self::default() }
    }

    /// Counts an operation that was carried out.
    pub fn operation(&mut self, operation: &Operation) {
        *self.operations.entry(operation.word()).or_default() += 1;
        if let Operation::Kill(_) = operation {
            self.kills += 1;
        }
    }

    /// Counts a fault that met a request.
    pub fn fault(&mut self, kind: &str) {
        *self.faults.entry(kind.to_owned()).or_default() += 1;
    }

    /// Counts how a claim ended.
    pub fn claim(&mut self, phase: &str) {
        *self.claims.entry(phase.to_owned()).or_default() += 1;
    }

    /// Notes how long a world took to come to rest.
    pub fn settled(&mut self, took: Duration) {
        self.settle.push(took);
    }

    /// Adds the counts of another.
    pub fn add(&mut self, other: Self) {
        self.seeds += other.seeds;
        self.failed.extend(other.failed);
        self.kills += other.kills;
        self.settle.extend(other.settle);
        other
            .operations
            .into_iter()
            .for_each(|(word, count)| *self.operations.entry(word).or_default() += count);
        other.faults.into_iter().for_each(|(kind, count)| *self.faults.entry(kind).or_default() += count);
        other.claims.into_iter().for_each(|(phase, count)| *self.claims.entry(phase).or_default() += count);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |counts: Vec<(&str, usize)>| {
            counts.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", ")
        };
        let total: usize = self.operations.values().sum();
        let struck: usize = self.faults.values().sum();
        writeln!(
            formatter,
            "seeds:      {} run, {} failed {:?}",
            self.seeds,
            self.failed.len(),
            self.failed
        )?;
        writeln!(
            formatter,
            "operations: {total} ({})",
            list(self.operations.iter().map(|(word, count)| (*word, *count)).collect())
        )?;
        writeln!(
            formatter,
            "faults met: {struck} ({})",
            list(self.faults.iter().map(|(kind, count)| (kind.as_str(), *count)).collect())
        )?;
        writeln!(formatter, "kills:      {}", self.kills)?;
        writeln!(
            formatter,
            "claims:     {}",
            list(self.claims.iter().map(|(phase, count)| (phase.as_str(), *count)).collect())
        )?;
        let mut settle = self.settle.clone();
        settle.sort();
        let at = |share: f64| {
            let index = ((settle.len() as f64 - 1.0) * share).round().max(0.0) as usize;
            settle.get(index).copied().unwrap_or_default().as_secs_f64()
        };
        write!(
            formatter,
            "settled in: median {:.1} s, p99 {:.1} s, longest {:.1} s",
            at(0.5),
            at(0.99),
            at(1.0)
        )
    }
}
