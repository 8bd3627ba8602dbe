//! What is counted, what is listed as counted, and what is looked at are the same: the macros in the code, the catalogues,
//! and the dashboards and rules of `deploy/monitoring`.
#![expect(clippy::unwrap_used, reason = "a tree that cannot be read has failed the test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use process::catalogue::{Metric, Sort};

/// Rooms whose macros are looked at.
const ROOMS: [&str; 5] = ["controller/src", "api/src", "providers/src", "deploy/process/src", "deploy/src"];

/// Figures that Prometheus makes itself.
const OF_PROMETHEUS: [&str; 1] = ["up"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn catalogue() -> BTreeMap<String, Metric> {
    let all = [
        process::catalogue::common(),
        process::catalogue::http("pool"),
        process::catalogue::http("services"),
        controller::metrics::catalogue(),
        providers::metrics::catalogue(),
    ];
    let mut catalogue = BTreeMap::new();
    for metric in all.concat() {
        let name = metric.name.to_string();
        assert!(catalogue.insert(name.clone(), metric).is_none(), "{name} stands in two catalogues");
    }
    catalogue
}

/// One use of a macro: its sort, the metric's name, and the labels that are written out.
struct Use {
    sort: Sort,
    name: String,
    labels: BTreeSet<String>,
    /// Labels are given as a value, so they cannot be read here.
    given: bool,
    place: String,
}

/// Every `counter!("…")`, `gauge!("…")` and `histogram!("…")` outside of tests.
fn uses() -> Vec<Use> {
    let mut uses = Vec::new();
    for file in ROOMS.iter().flat_map(|room| files(&root().join(room), "rs")) {
        let text = std::fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap();
        for (sort, open) in
            [(Sort::Counter, "counter!("), (Sort::Gauge, "gauge!("), (Sort::Seconds, "histogram!(")]
        {
            for (start, _) in text.match_indices(open) {
                // `describe_counter!` and the like.
                if text[..start].ends_with('_') {
                    continue;
                }
                let arguments = arguments(&text[start + open.len()..]);
                let Some(rest) = arguments.trim_start().strip_prefix('"') else { continue };
                let (name, rest) = rest.split_once('"').unwrap();
                let labels = rest.split("=>").filter_map(|part| part.rsplit('"').nth(1));
                uses.push(Use {
                    sort,
                    name: name.to_owned(),
                    labels: labels.take(rest.matches("=>").count()).map(str::to_owned).collect(),
                    given: rest.contains('&'),
                    place: file.display().to_string(),
                });
            }
        }
    }
    uses
}

/// The text up to the parenthesis that closes a call.
fn arguments(text: &str) -> &str {
    let mut depth = 1;
    let end = text.find(|character| {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    &text[..end.unwrap()]
}

fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|one| one == extension) {
            found.push(path);
        }
    }
    found
}

#[test]
fn everything_that_is_counted_is_in_a_catalogue_with_its_labels() {
    let catalogue = catalogue();
    let uses = uses();
    assert!(uses.len() > 60, "the macros are not found any more: {}", uses.len());
    for one in uses {
        let metric = catalogue
            .get(&one.name)
            .unwrap_or_else(|| panic!("{} counts {}, which no catalogue has", one.place, one.name));
        assert_eq!(metric.sort, one.sort, "{} in {}", one.name, one.place);
        let labels: BTreeSet<String> = metric.labels.iter().map(|(label, _)| (*label).to_owned()).collect();
        assert!(one.given || labels == one.labels, "{} in {}: {:?}", one.name, one.place, one.labels);
    }
}

#[test]
fn nothing_in_a_catalogue_is_never_counted() {
    let counted: BTreeSet<String> = uses().into_iter().map(|one| one.name).collect();
    for name in catalogue().keys() {
        // HTTP's names have the process in front, so no macro spells them out.
        assert!(
            counted.contains(name) || name.contains("_http_"),
            "{name} is in a catalogue and never counted"
        );
    }
}

#[test]
fn names_say_what_they_are() {
    for (name, metric) in catalogue() {
        assert_eq!(metric.sort == Sort::Counter, name.ends_with("_total"), "{name}");
        assert!(metric.sort != Sort::Seconds || name.ends_with("_seconds"), "{name}");
        assert!(metric.help.ends_with('.'), "{name}: {}", metric.help);
        for (label, _) in metric.labels {
            assert!(!label.ends_with("id"), "{name} has a label that is an id: {label}");
        }
    }
}

#[test]
fn dashboards_and_rules_name_metrics_that_exist_and_miss_none() {
    let catalogue = catalogue();
    let monitoring = root().join("deploy/monitoring");
    let rules = files(&monitoring.join("rules"), "yml");
    let dashboards = files(&monitoring.join("grafana/dashboards"), "json");
    assert_eq!(dashboards.len(), 6, "{dashboards:?}");
    let recorded: BTreeSet<String> = rules
        .iter()
        .flat_map(|file| {
            let text = std::fs::read_to_string(file).unwrap();
            let lines = text.lines().filter_map(|line| line.trim().strip_prefix("- record: "));
            lines.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    let mut mentioned = BTreeSet::new();
    for file in rules.iter().chain(&dashboards) {
        for expression in expressions(file) {
            for word in words(&expression) {
                let base = ["_bucket", "_sum", "_count"]
                    .iter()
                    .find_map(|suffix| word.strip_suffix(suffix).filter(|base| catalogue.contains_key(*base)))
                    .unwrap_or(&word);
                let known =
                    catalogue.contains_key(base) || recorded.contains(base) || OF_PROMETHEUS.contains(&base);
                assert!(known, "{} asks for {base}, which nobody counts: {expression}", file.display());
                mentioned.insert(base.to_owned());
            }
        }
    }
    let missing: Vec<&String> =
        catalogue.keys().chain(&recorded).filter(|name| !mentioned.contains(*name)).collect();
    assert!(missing.is_empty(), "on no dashboard and in no rule: {missing:?}");
}

/// Gauges that each replica has a value of its own for.
const OF_A_REPLICA: [&str; 4] = [
    "pool_reconcile_active",
    "pool_listener_connected",
    "pool_snapshot_age_seconds",
    "services_snapshot_age_seconds",
];

#[test]
fn figures_of_the_fleet_are_never_added_over_replicas() {
    let all = [controller::metrics::catalogue(), providers::metrics::catalogue()].concat();
    let fleet =
        all.iter().filter(|metric| metric.sort == Sort::Gauge && !OF_A_REPLICA.contains(&&*metric.name));
    let names: Vec<&str> = fleet.map(|metric| &*metric.name).collect();
    let monitoring = root().join("deploy/monitoring");
    let rules = files(&monitoring.join("rules"), "yml");
    let dashboards = files(&monitoring.join("grafana/dashboards"), "json");
    let mut seen = 0;
    for file in rules.iter().chain(&dashboards) {
        for expression in expressions(file) {
            for name in &names {
                for (start, _) in expression.match_indices(name) {
                    let ends = expression[start + name.len()..]
                        .starts_with(|next: char| next == '_' || next.is_alphanumeric());
                    if ends {
                        continue;
                    }
                    seen += 1;
                    // Right inside of `max(`, `max by (pool) (` or the same of `min`.
                    let before = expression[..start].trim_end_matches('(').trim_end();
                    let before = before
                        .rsplit_once(" by (")
                        .filter(|(_, by)| by.ends_with(')'))
                        .map_or(before, |(it, _)| it);
                    let right = ["max", "min"].iter().any(|word| before.ends_with(word));
                    assert!(right, "{}: {name} is the same at every replica: {expression}", file.display());
                }
            }
        }
    }
    assert!(seen > 30, "the names are not found any more: {seen}");
}

/// The queries of a dashboard or a rule file.
fn expressions(file: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(file).unwrap();
    if file.extension().is_some_and(|extension| extension == "json") {
        let dashboard: serde_json::Value = serde_json::from_str(&text).unwrap();
        let panels = dashboard["panels"].as_array().unwrap();
        let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap());
        return targets.map(|target| target["expr"].as_str().unwrap().to_owned()).collect();
    }
    // An expression stands on its line, or on the deeper ones below it.
    let mut found: Vec<String> = Vec::new();
    let mut depth = None;
    for line in text.lines() {
        let indent = line.len() - line.trim_start().len();
        if let Some(expression) = line.trim().strip_prefix("expr: ") {
            found.push(expression.to_owned());
            depth = Some(indent);
        } else if depth.is_some_and(|depth| indent > depth) {
            found.last_mut().unwrap().push_str(line);
        } else {
            depth = None;
        }
    }
    found
}

/// The names of metrics in a query: words that are neither a label, a value, a function nor a keyword.
fn words(expression: &str) -> BTreeSet<String> {
    let mut plain = String::new();
    let (mut quoted, mut braces) = (false, 0);
    for character in expression.chars() {
        match character {
            '"' => quoted = !quoted,
            '{' if !quoted => braces += 1,
            '}' if !quoted => braces -= 1,
            _ if quoted || braces > 0 => {}
            _ => plain.push(character),
        }
    }
    let is_name = |character: char| character.is_ascii_alphanumeric() || "_:".contains(character);
    plain
        .split(|character| !is_name(character))
        .filter(|word| {
            OF_PROMETHEUS.contains(word)
                || ["pool_", "services_", "process_", "pool:", "services:"]
                    .iter()
                    .any(|start| word.starts_with(start))
        })
        .map(str::to_owned)
        .collect()
}
