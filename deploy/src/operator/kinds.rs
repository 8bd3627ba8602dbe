//! The kinds of records: where they are, what names one, which columns show it.

use chrono::{DateTime, TimeDelta, Utc};
use clap::ValueEnum;
use serde_json::Value;

/// A kind, by the words that kubectl's users try.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    #[value(name = "pools", aliases = ["pool", "po"])]
    Pools,
    #[value(name = "instances", aliases = ["instance", "inst", "i"])]
    Instances,
    #[value(name = "claims", aliases = ["claim", "c"])]
    Claims,
    #[value(name = "templates", aliases = ["template", "tpl"])]
    Templates,
    #[value(name = "destroy-requests", aliases = ["destroy-request", "dr"])]
    DestroyRequests,
    #[value(name = "events", aliases = ["event", "ev"])]
    Events,
    #[value(name = "keys", aliases = ["key"])]
    Keys,
    #[value(name = "vendors", aliases = ["vendor"])]
    Vendors,
    #[value(name = "budgets", aliases = ["budget"])]
    Budgets,
    #[value(name = "lanes", aliases = ["lane"])]
    Lanes,
    #[value(name = "reconcilers", aliases = ["reconciler", "queues"])]
    Reconcilers,
}

/// A column: its title, whether only `-o wide` shows it, and what it shows of a record.
pub struct Column {
    /// The title.
    pub title: &'static str,
    /// Only in the wide table.
    pub wide: bool,
    /// Where the value is in the record.
    pointer: &'static str,
    /// How it is shown.
    show: Show,
}

#[derive(Clone, Copy)]
enum Show {
    Text,
    /// Time since then.
    Age,
    /// Time until then.
    Until,
    /// Milliseconds.
    Milliseconds,
    /// Seconds, rounded.
    Seconds,
    /// A number, rounded.
    Rounded,
    /// The conditions that are true, or false where true is wanted.
    Conditions,
}

const fn column(title: &'static str, pointer: &'static str) -> Column {
    Column { title, wide: false, pointer, show: Show::Text }
}

const fn age(title: &'static str, pointer: &'static str) -> Column {
    Column { title, wide: false, pointer, show: Show::Age }
}

const fn wide(title: &'static str, pointer: &'static str) -> Column {
    Column { title, wide: true, pointer, show: Show::Text }
}

const POOLS: &[Column] = &[
    column("NAME", "/name"),
    column("TARGET", "/spec/minIdle"),
    column("READY", "/status/ready"),
    column("STARTING", "/status/starting"),
    column("CLAIMED", "/status/claimed"),
    column("STUCK", "/status/stuck"),
    column("WAITING", "/status/waiting"),
    Column { title: "CONDITIONS", wide: false, pointer: "/status/conditions", show: Show::Conditions },
    wide("MAX", "/spec/maxInstances"),
    wide("DESTROYING", "/status/destroying"),
    wide("IMAGE", "/spec/image"),
    wide("EXPLANATION", "/status/explanation"),
    age("AGE", "/createdAt"),
];

const INSTANCES: &[Column] = &[
    column("ID", "/instanceId"),
    column("STATUS", "/status"),
    column("DEPLOY", "/deployStatus"),
    column("AGENT", "/agentName"),
    column("POOL", "/pool"),
    age("SINCE", "/statusSince"),
    wide("CLAIM", "/claimId"),
    wide("URL", "/url"),
    wide("IMAGE", "/image"),
    wide("PROTECTED", "/protected"),
    age("AGE", "/createdAt"),
];

const CLAIMS: &[Column] = &[
    column("ID", "/claimId"),
    column("PHASE", "/phase"),
    column("AGENT", "/agentName"),
    column("INSTANCE", "/instanceId"),
    column("POSITION", "/position"),
    wide("POOL", "/pool"),
    wide("OWNER", "/ownerId"),
    wide("INVITE", "/inviteUrl"),
    wide("FAILURE", "/failure/code"),
    age("AGE", "/createdAt"),
];

const TEMPLATES: &[Column] = &[
    column("ID", "/templateId"),
    column("AGENT", "/agentName"),
    column("VISIBILITY", "/visibility"),
    column("MODEL", "/model/default"),
    wide("CREATOR", "/creatorId"),
    age("UPDATED", "/updatedAt"),
    age("AGE", "/createdAt"),
];

const DESTROY_REQUESTS: &[Column] = &[
    column("ID", "/destroyRequestId"),
    column("INSTANCE", "/instanceId"),
    column("REASON", "/reason"),
    column("PHASE", "/phase"),
    column("ATTEMPTS", "/attempts"),
    wide("BY", "/requestedBy"),
    wide("LAST ERROR", "/lastError"),
    age("AGE", "/createdAt"),
];

const EVENTS: &[Column] = &[
    age("AGO", "/at"),
    column("KIND", "/kind"),
    column("OBJECT", "/object"),
    column("REASON", "/reason"),
    column("MESSAGE", "/message"),
    wide("ACTOR", "/actor"),
    wide("CAUSE", "/cause"),
];

const KEYS: &[Column] =
    &[column("ID", "/keyId"), column("NAME", "/name"), column("ROLE", "/role"), age("AGE", "/createdAt")];

const VENDORS: &[Column] = &[
    column("NAME", "/name"),
    column("PROBLEM", "/problem"),
    Column { title: "LATENCY", wide: false, pointer: "/latencyMs", show: Show::Milliseconds },
    column("ERRORS", "/errors"),
    age("SINCE", "/since"),
    age("LOOKED AT", "/checkedAt"),
];

const BUDGETS: &[Column] = &[
    column("NAME", "/name"),
    Column { title: "REMAINING", wide: false, pointer: "/remaining", show: Show::Rounded },
    Column { title: "ALLOWANCE", wide: false, pointer: "/allowance", show: Show::Rounded },
    Column { title: "RESETS IN", wide: false, pointer: "/resetsAt", show: Show::Until },
];

const LANES: &[Column] = &[
    column("NAME", "/name"),
    column("WAITING", "/waiting"),
    Column { title: "FREE IN", wide: false, pointer: "/nextAllowedAt", show: Show::Until },
];

const RECONCILERS: &[Column] = &[
    column("KIND", "/kind"),
    column("DUE", "/depth"),
    column("LEASED", "/leased"),
    Column { title: "OLDEST", wide: false, pointer: "/oldestDueSeconds", show: Show::Seconds },
    column("RETRYING", "/retrying"),
    column("ERRORS", "/errors"),
    wide("LAST ERROR", "/lastError"),
];

impl Kind {
    /// The field of the state of the whole that lists them, of what has no records of its own.
    pub const fn part_of_status(self) -> Option<&'static str> {
        match self {
            Self::Vendors => Some("vendors"),
            Self::Budgets => Some("budgets"),
            Self::Lanes => Some("lanes"),
            Self::Reconcilers => Some("reconcilers"),
            _ => None,
        }
    }

    /// The path of the list; of one record with its name behind it.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Pools => "/api/pools",
            Self::Instances => "/api/instances",
            Self::Claims => "/api/claims",
            Self::Templates => "/api/templates",
            Self::DestroyRequests => "/api/destroy-requests",
            Self::Events => "/api/events",
            Self::Keys => "/api/keys",
            Self::Vendors | Self::Budgets | Self::Lanes | Self::Reconcilers => "/api/status",
        }
    }

    /// The path of one record; the name is percent-encoded.
    pub fn path_of(self, name: &str) -> String {
        let encoded: String = url::form_urlencoded::byte_serialize(name.as_bytes()).collect();
        format!("{}/{}", self.path(), encoded.replace('+', "%20"))
    }

    /// The field that names one record.
    pub const fn name_field(self) -> &'static str {
        match self {
            Self::Pools | Self::Vendors | Self::Budgets | Self::Lanes => "name",
            Self::Instances => "instanceId",
            Self::Claims => "claimId",
            Self::Templates => "templateId",
            Self::DestroyRequests => "destroyRequestId",
            Self::Events => "eventId",
            Self::Keys => "keyId",
            Self::Reconcilers => "kind",
        }
    }

    /// Its columns.
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Pools => POOLS,
            Self::Instances => INSTANCES,
            Self::Claims => CLAIMS,
            Self::Templates => TEMPLATES,
            Self::DestroyRequests => DESTROY_REQUESTS,
            Self::Events => EVENTS,
            Self::Keys => KEYS,
            Self::Vendors => VENDORS,
            Self::Budgets => BUDGETS,
            Self::Lanes => LANES,
            Self::Reconcilers => RECONCILERS,
        }
    }
}

impl Column {
    /// The cell of a record; `-` for nothing.
    pub fn cell(&self, record: &Value, now: DateTime<Utc>) -> String {
        let value = record.pointer(self.pointer).unwrap_or(&Value::Null);
        let text = match self.show {
            Show::Text => plain(value),
            Show::Age => value.as_str().and_then(moment).map(|at| short(now - at)).unwrap_or_default(),
            Show::Until => value.as_str().and_then(moment).map(|at| short(at - now)).unwrap_or_default(),
            Show::Milliseconds => value.as_u64().map(|number| format!("{number} ms")).unwrap_or_default(),
            Show::Rounded => value.as_f64().map(|number| format!("{number:.0}")).unwrap_or_default(),
            Show::Seconds => value.as_f64().map(|number| format!("{number:.0}s")).unwrap_or_default(),
            Show::Conditions => conditions(value),
        };
        if text.is_empty() { "-".to_owned() } else { text }
    }
}

/// A value without quotes, in one line.
pub fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

fn moment(at: &str) -> Option<DateTime<Utc>> {
    Some(DateTime::parse_from_rfc3339(at).ok()?.with_timezone(&Utc))
}

/// `42s`, `7m`, `3h`, `12d`: enough to compare, short enough for a column.
fn short(time: TimeDelta) -> String {
    let seconds = time.num_seconds().max(0);
    match seconds {
        0..=119 => format!("{seconds}s"),
        120..=7_199 => format!("{}m", seconds / 60),
        7_200..=172_799 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// The types that are true; `Available` alone is shown when it is not.
fn conditions(value: &Value) -> String {
    let shown = value.as_array().into_iter().flatten().filter_map(|condition| {
        let kind = condition["type"].as_str()?;
        match (kind, condition["status"].as_str()?) {
            ("Available", "False") => Some("NotAvailable".to_owned()),
            (kind, "True") => Some(kind.to_owned()),
            _ => None,
        }
    });
    shown.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_absent_value_is_a_dash_and_a_new_line_does_not_break_the_table() {
        let now = DateTime::from_timestamp(1_000, 0).unwrap();
        let record = json!({"kind": "claim", "message": "two\nlines"});
        assert_eq!(EVENTS[2].cell(&record, now), "-");
        assert_eq!(EVENTS[4].cell(&record, now), "two lines");
        assert_eq!(EVENTS[0].cell(&record, now), "-");
    }

    #[test]
    fn ages_are_short() {
        let of = |seconds: i64| short(TimeDelta::seconds(seconds));
        assert_eq!([of(-5), of(59), of(120), of(7_200), of(172_800)], ["0s", "59s", "2m", "2h", "2d"]);
    }

    #[test]
    fn conditions_say_what_is_wrong_and_what_goes_on() {
        let value = json!([
            {"type": "Available", "status": "False"}, {"type": "Progressing", "status": "True"},
            {"type": "Degraded", "status": "False"}
        ]);
        assert_eq!(conditions(&value), "NotAvailable,Progressing");
    }

    #[test]
    fn a_name_cannot_leave_its_path() {
        assert_eq!(Kind::Pools.path_of("../keys?x"), "/api/pools/..%2Fkeys%3Fx");
    }
}
