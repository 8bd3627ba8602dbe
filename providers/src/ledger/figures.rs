//! Everything that exists, in figures, for the metrics' snapshot.

use std::collections::BTreeMap;

use super::{Ledger, LedgerError};

/// Counts, as the gauges want them.
#[derive(Debug, Clone, Default)]
pub struct Figures {
    counts: BTreeMap<(String, String), (f64, f64)>,
    /// Leases whose holder is gone and that nobody took over yet.
    pub leases_expired: f64,
    /// Who waits for a lane.
    pub lane_waiting: f64,
    /// How long the lane that opens last stays closed.
    pub lane_closed_seconds: f64,
    /// Messages that agents have yet to get.
    pub deliveries_waiting: f64,
}

impl Figures {
    /// Instances in a phase.
    pub fn instances(&self, phase: &str) -> f64 {
        self.count("instance", phase).0
    }

    /// Tools of one id in a state.
    pub fn tools(&self, tool_id: &str, state: &str) -> f64 {
        self.count("tool", &format!("{tool_id}/{state}")).0
    }

    /// Empty projects in a state.
    pub fn shelf(&self, state: &str) -> f64 {
        self.count("shelf", state).0
    }

    /// Steps in a state.
    pub fn steps(&self, state: &str) -> f64 {
        self.count("step", state).0
    }

    /// Things without a row, and what they cost in US dollars an hour.
    pub fn orphans(&self, kind: &str) -> (f64, f64) {
        self.count("orphan", kind)
    }

    fn count(&self, what: &str, state: &str) -> (f64, f64) {
        self.counts.get(&(what.to_owned(), state.to_owned())).copied().unwrap_or_default()
    }
}

impl Ledger {
    /// Counts everything.
    pub async fn figures(&self) -> Result<Figures, LedgerError> {
        let counts = sqlx::query!(
            r#"
            SELECT 'instance' AS "what!", phase AS "state!", count(*)::float8 AS "count!",
                -- Of an orphan what it costs, of an instance the expired leases in its row.
                count(*) FILTER (WHERE configure_lease_until < clock_timestamp())::float8 AS "of_it!"
            FROM instance_infra GROUP BY phase
            UNION ALL
            SELECT 'tool', tool_id || '/' || status, count(*)::float8, 0
            FROM instance_services WHERE status <> 'destroyed' GROUP BY tool_id, status
            UNION ALL
            SELECT 'shelf', state, count(*)::float8, 0 FROM shelf GROUP BY state
            UNION ALL
            SELECT 'step', state, count(*)::float8, 0 FROM steps WHERE state IN ('sent', 'ambiguous') GROUP BY state
            UNION ALL
            SELECT 'orphan', kind, count(*)::float8, sum(cost_per_hour) FROM orphans GROUP BY kind
            "#
        )
        .fetch_all(&self.pool)
        .await?;
        let row = sqlx::query!(
            r#"SELECT
                (SELECT count(*) FROM leases WHERE until < clock_timestamp())::float8 AS "leases_expired!",
                (SELECT count(*) FROM lane_tickets WHERE expires_at > clock_timestamp())::float8 AS "lane_waiting!",
                coalesce((SELECT extract(epoch FROM max(next_allowed_at) - clock_timestamp()) FROM lanes), 0)::float8
                    AS "lane_closed_seconds!",
                (SELECT count(*) FROM webhook_events WHERE done_at IS NULL AND instance_id IS NOT NULL)::float8
                    AS "deliveries_waiting!""#
        )
        .fetch_one(&self.pool)
        .await?;
        let in_rows: f64 = counts.iter().filter(|row| row.what == "instance").map(|row| row.of_it).sum();
        let leases_expired = row.leases_expired + in_rows;
        Ok(Figures {
            counts: counts.into_iter().map(|row| ((row.what, row.state), (row.count, row.of_it))).collect(),
            leases_expired,
            lane_waiting: row.lane_waiting,
            lane_closed_seconds: row.lane_closed_seconds.max(0.0),
            deliveries_waiting: row.deliveries_waiting,
        })
    }
}
