//! What a process counts, as a list: each metric is described once, and shown from the start at zero, so that an alert
//! can tell "nothing happened" from "nobody counts".
//!
//! The macros of `metrics` stay where things happen; a test of the whole house compares the names and labels that they
//! use with the catalogues, and the dashboards and alerts with both.

use std::borrow::Cow;

use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram};

/// How a metric behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sort {
    /// Only grows, until the process starts anew.
    Counter,
    /// Goes up and down.
    Gauge,
    /// Seconds, in buckets.
    Seconds,
}

/// The values that a label can have.
#[derive(Debug, Clone, Copy)]
pub enum Values {
    /// Exactly these: every combination is shown from the start.
    These(fn() -> Vec<&'static str>),
    /// Few, but known only when it runs: names of pools, routes, operations. Never an id.
    Found,
}

/// One metric.
#[derive(Debug, Clone)]
pub struct Metric {
    /// Its name, with unit and suffix.
    pub name: Cow<'static, str>,
    /// How it behaves.
    pub sort: Sort,
    /// What a person needs to know to read it.
    pub help: &'static str,
    /// Its labels.
    pub labels: &'static [(&'static str, Values)],
}

impl Metric {
    /// A metric of a fixed name.
    pub const fn new(
        sort: Sort,
        name: &'static str,
        labels: &'static [(&'static str, Values)],
        help: &'static str,
    ) -> Self {
        Self { name: Cow::Borrowed(name), sort, help, labels }
    }

    /// Describes it, and shows it at zero where its labels are known.
    fn begin(&self) {
        let name = self.name.to_string();
        match self.sort {
            Sort::Counter => describe_counter!(name, self.help),
            Sort::Gauge => describe_gauge!(name, self.help),
            Sort::Seconds => describe_histogram!(name, Unit::Seconds, self.help),
        }
        for labels in self.combinations() {
            let name = self.name.to_string();
            match self.sort {
                Sort::Counter => counter!(name, &labels).increment(0),
                Sort::Gauge => gauge!(name, &labels).increment(0.0),
                // A histogram that exists is shown, with or without samples.
                Sort::Seconds => drop(histogram!(name, &labels)),
            }
        }
    }

    /// Every combination of label values; none when one label's values are not known.
    pub fn combinations(&self) -> Vec<Vec<(&'static str, &'static str)>> {
        self.labels.iter().fold(vec![Vec::new()], |combinations, (label, values)| {
            let values = match values {
                Values::These(values) => values(),
                Values::Found => Vec::new(),
            };
            let with = |value: &&'static str| {
                let value = *value;
                combinations.iter().cloned().map(move |mut labels| {
                    labels.push((*label, value));
                    labels
                })
            };
            values.iter().flat_map(with).collect()
        })
    }
}

/// Describes a catalogue and shows what can be shown. The recorder has to be installed before.
pub fn begin(catalogue: &[Metric]) {
    catalogue.iter().for_each(Metric::begin);
}

/// What every process of ours counts about itself, whatever it is for.
pub fn common() -> Vec<Metric> {
    use Sort::{Counter, Gauge};
    vec![
        Metric::new(Counter, "process_panics_total", &[], "Panics that were caught; each is a bug."),
        Metric::new(
            Gauge,
            "process_start_time_seconds",
            &[],
            "Start time of the process since the Unix epoch in seconds.",
        ),
        Metric::new(Gauge, "process_resident_memory_bytes", &[], "Resident memory in bytes."),
        Metric::new(Gauge, "process_open_fds", &[], "Open file descriptors."),
        Metric::new(
            Gauge,
            "process_database_connections",
            &[("state", Values::These(|| vec!["idle", "used"]))],
            "Connections to PostgreSQL by what they do.",
        ),
        Metric::new(
            Gauge,
            "process_database_connections_max",
            &[],
            "Most connections to PostgreSQL that this process may open.",
        ),
        Metric::new(
            Gauge,
            "process_build_info",
            &[("version", Values::Found)],
            "Always 1; the label is the executable's version.",
        ),
    ]
}

/// What an HTTP server counts, with the process's name in front.
pub fn http(prefix: &str) -> Vec<Metric> {
    const ROUTE: (&str, Values) = ("route", Values::Found);
    const METHOD: (&str, Values) = ("method", Values::Found);
    let of = |suffix: &str, sort, labels, help| Metric {
        name: Cow::Owned(format!("{prefix}_http_{suffix}")),
        sort,
        help,
        labels,
    };
    vec![
        of(
            "requests_total",
            Sort::Counter,
            &[ROUTE, METHOD, ("status", Values::Found)],
            "Requests answered, by route, method and status.",
        ),
        of(
            "request_duration_seconds",
            Sort::Seconds,
            &[ROUTE, METHOD],
            "Time from a request's head to its answer's head, by route and method.",
        ),
        of("requests_under_way", Sort::Gauge, &[], "Requests that are being answered now."),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_seen_at_zero_for_every_combination_of_its_labels() {
        let recorder = crate::telemetry::install_recorder().unwrap();
        let words = Values::These(|| vec!["one", "two"]);
        let labels = Box::leak(Box::new([("first", words), ("second", words)]));
        begin(&[
            Metric::new(Sort::Counter, "catalogue_tests_total", labels, "Counts."),
            Metric::new(Sort::Seconds, "catalogue_test_duration_seconds", &[], "Times."),
            Metric::new(Sort::Gauge, "catalogue_open", &[("pool", Values::Found)], "Not known yet."),
        ]);
        let text = recorder.render();
        for first in ["one", "two"] {
            for second in ["one", "two"] {
                let line = format!("catalogue_tests_total{{first=\"{first}\",second=\"{second}\"}} 0");
                assert!(text.contains(&line), "{line} is not in {text}");
            }
        }
        assert!(text.contains("catalogue_test_duration_seconds_count 0"), "{text}");
        assert!(!text.contains("catalogue_open{"), "no label is made up: {text}");
    }
}
