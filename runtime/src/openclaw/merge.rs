//! Three versions of one thing: what was shipped before, what stands there now, what is shipped today.

use serde_json::{Map, Value};

/// What to do with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// As it is.
    Leave,
    /// Write today's.
    Write,
    /// Take it away: it is not shipped any more.
    Remove,
}

/// Decides about one file. The agent's hand wins: what it changed stays changed, what it removed stays removed.
pub fn file(before: Option<&[u8]>, now: Option<&[u8]>, today: Option<&[u8]>) -> Action {
    match (before, now, today) {
        (_, now, today) if now == today => Action::Leave,
        // New in the image, and nothing in its way.
        (None, None, Some(_)) => Action::Write,
        (Some(before), Some(now), today) if before == now => match today {
            Some(_) => Action::Write,
            None => Action::Remove,
        },
        _ => Action::Leave,
    }
}

/// Paths of a configuration that are ours whatever the agent wrote: who may reach the gateway, and whose code it runs.
const OURS: [&[&str]; 2] = [&["gateway"], &["plugins", "load"]];

/// Merges configurations key by key. A value that both sides changed is the agent's, except for [`OURS`].
pub fn configuration(before: &Value, now: &Value, today: &Value) -> Value {
    let mut merged = value(Some(before), Some(now), Some(today)).unwrap_or_else(|| today.clone());
    for path in OURS {
        if let Some(ours) = path.iter().try_fold(today, |value, key| value.get(key)) {
            put(&mut merged, path, ours.clone());
        }
    }
    merged
}

fn value(before: Option<&Value>, now: Option<&Value>, today: Option<&Value>) -> Option<Value> {
    if before == now {
        return today.cloned();
    }
    if let (Some(Value::Object(now)), Some(Value::Object(today))) = (now, today) {
        let empty = Map::new();
        let before = before.and_then(Value::as_object).unwrap_or(&empty);
        // Today's order first, then what only the agent has.
        let keys = today.keys().chain(now.keys().filter(|key| !today.contains_key(*key)));
        let entries = keys.filter_map(|key| {
            value(before.get(key), now.get(key), today.get(key)).map(|merged| (key.clone(), merged))
        });
        return Some(Value::Object(entries.collect()));
    }
    now.cloned()
}

fn put(value: &mut Value, path: &[&str], ours: Value) {
    let Some((key, rest)) = path.split_first() else {
        *value = ours;
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    if let Some(object) = value.as_object_mut() {
        put(object.entry(*key).or_insert(Value::Null), rest, ours);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_agents_hand_wins_over_a_file() {
        let (a, b, c) = (Some(&b"a"[..]), Some(&b"b"[..]), Some(&b"c"[..]));
        assert_eq!(file(None, None, a), Action::Write, "new");
        assert_eq!(file(a, a, b), Action::Write, "untouched");
        assert_eq!(file(a, a, None), Action::Remove, "untouched and not shipped any more");
        assert_eq!(file(a, b, a), Action::Leave, "changed");
        assert_eq!(file(a, b, c), Action::Leave, "changed on both sides");
        assert_eq!(file(a, b, None), Action::Leave, "changed and not shipped any more");
        assert_eq!(file(a, None, b), Action::Leave, "removed by the agent");
        assert_eq!(file(None, b, a), Action::Leave, "made by the agent before we shipped one");
        assert_eq!(file(None, a, a), Action::Leave, "the same");
    }

    #[test]
    fn a_configuration_is_merged_key_by_key() {
        let before = json!({ "a": 1, "b": { "x": 1, "y": 1 }, "gone": 1, "list": [1] });
        let now = json!({ "a": 1, "b": { "x": 2, "y": 1, "own": true }, "gone": 1, "list": [1, 2] });
        let today = json!({ "a": 3, "b": { "x": 1, "y": 3 }, "new": 1, "list": [9] });
        let merged = configuration(&before, &now, &today);
        let expected = json!({ "a": 3, "b": { "x": 2, "y": 3, "own": true }, "new": 1, "list": [1, 2] });
        assert_eq!(merged, expected);
    }

    #[test]
    fn what_opens_the_gateway_is_never_the_agents() {
        let before = json!({ "gateway": { "bind": "loopback" }, "plugins": { "load": { "paths": ["a"] } } });
        let now = json!({ "gateway": { "bind": "lan", "auth": { "mode": "none" } }, "plugins": 1 });
        assert_eq!(configuration(&before, &now, &before), before);
    }

    #[test]
    fn what_the_agent_removed_stays_removed() {
        let before = json!({ "a": 1, "b": 2 });
        assert_eq!(configuration(&before, &json!({ "a": 1 }), &before), json!({ "a": 1 }));
    }
}
