//! What the spec of a pool may be.

use model::record::{PoolSpec, Sizing};
use process::problem::Problem;
use serde_json::{Map, Value};

use crate::limits::{Checks, NAME_CHARACTERS_MAX};

/// Most idle members of a pool.
pub const MIN_IDLE_MAX: u32 = 10_000;
/// Most instances of a pool.
pub const INSTANCES_MAX: u32 = 100_000;
/// Most extra members of a rollout.
const SURGE_MAX: u32 = 1_000;
/// Shorter, and every slow answer would make an instance stuck.
pub const STUCK_TIMEOUT_MS_MIN: u64 = 1_000;
/// A week.
pub const STUCK_TIMEOUT_MS_MAX: u64 = 7 * 24 * 3_600 * 1_000;
/// Most windows of a schedule.
const WINDOWS_MAX: usize = 64;
/// Fields of the spec that a merge patch can remove; the others always have a value.
const OPTIONAL_FIELDS: [&str; 4] = ["image", "model", "sizing", "rollout"];

/// Whether a name can be a pool's.
///
/// # Errors
/// 400, saying what a name looks like.
pub fn check_name(name: &str) -> Result<(), Problem> {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let fits = (1..=63).contains(&name.len())
        && name.bytes().all(|byte| inner(byte) || byte == b'-')
        && name.bytes().next().is_some_and(inner);
    if fits {
        return Ok(());
    }
    let message = "must be 1 to 63 lower-case letters, digits and dashes, beginning with a letter or digit";
    Err(Problem::invalid_field("name", message))
}

/// Whether a spec is within its limits.
///
/// # Errors
/// 400, naming every field that is not.
pub fn check(spec: &PoolSpec) -> Result<(), Problem> {
    let mut checks = Checks::default();
    checks.within("minIdle", spec.min_idle, 0..=MIN_IDLE_MAX);
    checks.within("maxInstances", spec.max_instances, 0..=INSTANCES_MAX);
    checks.within("maxSurge", spec.max_surge, 0..=SURGE_MAX);
    checks.within("stuckTimeoutMs", spec.stuck_timeout_ms, STUCK_TIMEOUT_MS_MIN..=STUCK_TIMEOUT_MS_MAX);
    if let Some(image) = &spec.image {
        checks.image("image", image);
    }
    checks.optional_line("model", spec.model.as_deref(), NAME_CHARACTERS_MAX);
    if let Some(sizing) = &spec.sizing {
        check_sizing(&mut checks, sizing);
    }
    if let Some(rollout) = &spec.rollout {
        checks.within("rollout.maxUnavailable", rollout.max_unavailable, 0..=INSTANCES_MAX);
        checks.within("rollout.canary", rollout.canary, 0..=SURGE_MAX);
        checks.within("rollout.canaryTimeoutMs", rollout.canary_timeout_ms, 1_000..=STUCK_TIMEOUT_MS_MAX);
    }
    checks.finish()
}

fn check_sizing(checks: &mut Checks, sizing: &Sizing) {
    match sizing {
        Sizing::Schedule { time_zone, windows } => {
            checks.name("sizing.timeZone", time_zone);
            if windows.is_empty() || windows.len() > WINDOWS_MAX {
                checks.wrong("sizing.windows", format!("must have 1 to {WINDOWS_MAX} entries"));
            }
            for (index, window) in windows.iter().enumerate().take(WINDOWS_MAX) {
                let field = |name: &str| format!("sizing.windows[{index}].{name}");
                if window.start.split_whitespace().count() != 5 {
                    checks.wrong(field("start"), "must have five cron fields");
                }
                checks.within(&field("durationSeconds"), window.duration_seconds, 1..=7 * 24 * 3_600);
                checks.within(&field("minIdle"), window.min_idle, 0..=MIN_IDLE_MAX);
            }
            if let Some((field, problem)) = model::plan::sizing::problem(sizing) {
                checks.wrong(format!("sizing.{field}"), problem);
            }
        }
        Sizing::ServiceLevel { hit_rate, min, max, cost_per_hour_max } => {
            checks.within("sizing.hitRate", *hit_rate, 0.0..=1.0);
            checks.within("sizing.min", *min, 0..=MIN_IDLE_MAX);
            checks.within("sizing.max", *max, *min..=MIN_IDLE_MAX.max(*min));
            if cost_per_hour_max.is_some_and(|cost| !cost.is_finite() || cost < 0.0) {
                checks.wrong("sizing.costPerHourMax", "must be a sum of money");
            }
        }
    }
}

/// A spec with a merge patch (RFC 7396) applied. `null` for a field that always has a value stays in, so
/// that reading the result refuses it as a wrong type.
pub fn merged(spec: &PoolSpec, patch: &Map<String, Value>) -> Map<String, Value> {
    let mut fields = match serde_json::to_value(spec) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    for (name, value) in patch {
        match (value, fields.get_mut(name)) {
            (Value::Null, _) if OPTIONAL_FIELDS.contains(&name.as_str()) => {
                fields.remove(name);
            }
            (Value::Object(patch), Some(Value::Object(target))) => merge_into(target, patch),
            _ => {
                fields.insert(name.clone(), value.clone());
            }
        }
    }
    fields
}

/// Bounded: a body of 256 KB nests at most 128 deep, where its reading ends.
fn merge_into(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (name, value) in patch {
        match (value, target.get_mut(name)) {
            (Value::Null, _) => {
                target.remove(name);
            }
            (Value::Object(patch), Some(Value::Object(target))) => merge_into(target, patch),
            _ => {
                target.insert(name.clone(), value.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patched(spec: &PoolSpec, patch: Value) -> Result<PoolSpec, serde_json::Error> {
        let Value::Object(patch) = patch else { panic!("a patch is an object") };
        serde_json::from_value(Value::Object(merged(spec, &patch)))
    }

    #[test]
    fn names_that_do_not_fit_paths_and_labels_are_refused() {
        for name in ["", "-a", "A", "a b", "ä", "a/b", "a\0", &"a".repeat(64)] {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        for name in ["a", "default", "0-a", &"a".repeat(63)] {
            assert!(check_name(name).is_ok(), "{name:?}");
        }
    }

    #[test]
    fn a_spec_beyond_its_limits_names_every_field() {
        let spec = PoolSpec {
            min_idle: MIN_IDLE_MAX + 1,
            max_instances: INSTANCES_MAX + 1,
            stuck_timeout_ms: 1,
            image: Some("not an image".into()),
            model: Some("a\nb".into()),
            ..PoolSpec::default()
        };
        let problem = check(&spec).unwrap_err();
        let fields: Vec<&str> = problem.errors().iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["minIdle", "maxInstances", "stuckTimeoutMs", "image", "model"]);
        assert!(check(&PoolSpec::default()).is_ok());
    }

    #[test]
    fn a_patch_changes_only_what_it_names() {
        let spec = PoolSpec { image: Some("a/b:1".into()), ..PoolSpec::default() };
        let changed = patched(&spec, json!({"minIdle": 3})).unwrap();
        assert_eq!(changed, PoolSpec { min_idle: 3, ..spec.clone() });
        assert_eq!(patched(&spec, json!({"image": null})).unwrap().image, None);
        assert!(patched(&spec, json!({"minIdle": null})).is_err(), "it always has a value");
        assert!(patched(&spec, json!({"colour": "red"})).is_err(), "unknown fields are refused");
        assert!(patched(&spec, json!({"minIdle": -1})).is_err());
    }

    #[test]
    fn a_patch_reaches_into_nested_parts() {
        let spec = patched(&PoolSpec::default(), json!({"rollout": {"canary": 2}})).unwrap();
        let changed = patched(&spec, json!({"rollout": {"maxUnavailable": 4}})).unwrap();
        let rollout = changed.rollout.unwrap();
        assert_eq!((rollout.canary, rollout.max_unavailable), (2, 4));
    }
}
