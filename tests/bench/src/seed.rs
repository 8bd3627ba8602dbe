//! Rows as creations leave them, written at once: ten thousand instances take a second instead of minutes. What a real
//! creation costs is measured apart (`fill`).

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use process::sealing::{KeyRing, Place};
use sqlx::{Executor, PgPool};

use crate::agents::Agents;

/// Rows of one statement.
const CHUNK: usize = 5_000;

/// What writes rows.
pub struct Seeder {
    pool: PgPool,
    services: PgPool,
    keys: KeyRing,
    agents: Agents,
    next: u32,
}

impl Seeder {
    /// A seeder for these databases; `variables` are those of a `services` process.
    pub fn new(
        pool: PgPool,
        services: PgPool,
        variables: &BTreeMap<String, String>,
        agents: Agents,
    ) -> Result<Self> {
        let key = variables.get("SERVICES_SECRET_KEY").context("services have a key")?;
        Ok(Self { pool, services, keys: KeyRing::parse(key)?, agents, next: 0 })
    }

    /// Removes everything that lives and everything that was.
    pub async fn clear(&mut self) -> Result<()> {
        self.pool.execute("TRUNCATE instances, claims, destroy_requests, events CASCADE").await?;
        self.services
            .execute("TRUNCATE instance_infra, instance_services, steps, leases, tombstones CASCADE")
            .await?;
        self.next = 0;
        Ok(())
    }

    /// Adds ready instances whose health is looked at within `due_seconds` from then on; returns their numbers.
    pub async fn ready(&mut self, count: u32, due_seconds: (f64, f64)) -> Result<std::ops::Range<u32>> {
        let numbers = self.next..self.next + count;
        self.next += count;
        let all: Vec<u32> = numbers.clone().collect();
        for numbers in all.chunks(CHUNK) {
            self.infra(numbers).await?;
            let ids: Vec<String> = numbers.iter().map(|number| id(*number)).collect();
            let hosts: Vec<String> = numbers.iter().map(|number| self.agents.host(*number)).collect();
            sqlx::query(
                "INSERT INTO instances (id, pool, status, status_since, deploy_status, url, image, healthy_at, created_at,
                     updated_at, ready_at, due_at)
                 SELECT given.id, 'default', 'ready', now(), 'healthy', 'http://' || given.host, pools.spec ->> 'image',
                     now(), now() + given.place * interval '1 microsecond', now(), now(),
                     now() + make_interval(secs => $3 + random() * ($4 - $3))
                 FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS given (id, host, place), pools
                 WHERE pools.name = 'default'",
            )
            .bind(&ids)
            .bind(&hosts)
            .bind(due_seconds.0)
            .bind(due_seconds.1)
            .execute(&self.pool)
            .await?;
        }
        Ok(numbers)
    }

    /// Makes instances of these numbers serve claims, as if they had for long.
    pub async fn claimed(&self, numbers: std::ops::Range<u32>) -> Result<()> {
        let ids: Vec<String> = numbers.map(id).collect();
        for ids in ids.chunks(CHUNK) {
            sqlx::query(
                "WITH taken AS (
                    UPDATE instances SET status = 'claimed', claim_id = gen_random_uuid(), claimed_at = now(), agent_name = 'Ada'
                    WHERE id = ANY($1) RETURNING id, claim_id
                )
                INSERT INTO claims (id, client, request_hash, pool, phase, agent_name, instructions, instance_id,
                    deadline_at, created_at, updated_at, bound_at, ready_at)
                SELECT claim_id, 'bench', '\\x00', 'default', 'ready', 'Ada', 'Answer in one sentence.', id, now(), now(),
                    now(), now(), now()
                FROM taken",
            )
            .bind(ids)
            .execute(&self.pool)
            .await?;
        }
        Ok(())
    }

    /// Lets `count` claims live and end, in the row changes that each of them makes: wanted, ready, claiming, claimed,
    /// destroying, deleted; bound, ready, released. Only the pool database knows them.
    pub async fn churn(&mut self, count: u32) -> Result<()> {
        let mut left = count;
        while left > 0 {
            let now = left.min(CHUNK as u32);
            left -= now;
            let ids: Vec<String> = (self.next..self.next + now).map(id).collect();
            self.next += now;
            for statement in CHURN {
                sqlx::query(statement).bind(&ids).execute(&self.pool).await.context(statement)?;
            }
        }
        Ok(())
    }

    /// Lets the planner know, as autovacuum would a minute later, and the log be used again, as a checkpoint would five
    /// minutes later: until then the server fills a new segment with zeros, and commits wait for it, each time one is full.
    pub async fn settle(&self) -> Result<()> {
        self.pool.execute("VACUUM ANALYZE instances, claims, events, pools").await?;
        self.services.execute("VACUUM ANALYZE instance_infra, leases").await?;
        self.pool.execute("CHECKPOINT").await?;
        Ok(())
    }

    async fn infra(&self, numbers: &[u32]) -> Result<()> {
        let ids: Vec<String> = numbers.iter().map(|number| id(*number)).collect();
        let hosts: Vec<String> = numbers.iter().map(|number| self.agents.host(*number)).collect();
        let token = |id: &String| {
            let place = Place { table: "instance_infra", row: id, column: "gateway_token_sealed" };
            self.keys.seal(b"a token of the bench", place)
        };
        let tokens: Vec<Vec<u8>> = ids.iter().map(token).collect();
        sqlx::query(
            "INSERT INTO instance_infra (instance_id, name, phase, step, railway_project_id, image_tag, url,
                 instance_services_token, gateway_token_sealed, created_at, ready_at, updated_at)
             SELECT id, 'agent-e2e-' || id, 'ready', 'recorded', 'project-' || id, 'bench', 'http://' || host, 'digest-' || id,
                 token, now(), now(), now()
             FROM unnest($1::text[], $2::text[], $3::bytea[]) AS given (id, host, token)",
        )
        .bind(&ids)
        .bind(&hosts)
        .bind(&tokens)
        .execute(&self.services)
        .await?;
        Ok(())
    }
}

/// The id of an instance of the bench.
pub fn id(number: u32) -> String {
    format!("bench{number:07}")
}

const CHURN: [&str; 6] = [
    "INSERT INTO instances (id, pool, status, status_since, created_at, updated_at, due_at)
     SELECT id, 'default', 'starting', now(), now(), now(), now() FROM unnest($1::text[]) AS given (id)",
    "UPDATE instances SET status = 'ready', deploy_status = 'healthy', url = 'http://127.0.0.1', ready_at = now(),
         due_at = now() + interval '1 hour'
     WHERE id = ANY($1)",
    "WITH taken AS (
        UPDATE instances SET status = 'claiming', claim_id = gen_random_uuid(), claimed_at = now(), agent_name = 'Ada'
        WHERE id = ANY($1) RETURNING id, claim_id
    ), made AS (
        INSERT INTO claims (id, client, idempotency_key, request_hash, pool, phase, agent_name, instructions, instance_id,
            deadline_at, created_at, updated_at, bound_at, due_at)
        SELECT claim_id, 'bench', 'churn-' || id, '\\x00', 'default', 'bound', 'Ada', 'Answer in one sentence.', id, now(),
            now(), now(), now(), now()
        FROM taken
    )
    INSERT INTO events (at, kind, object, reason, message, actor, to_state)
    SELECT now(), 'claim', claim_id::text, 'Bound', 'has an instance', 'api/bench', 'bound' FROM taken",
    "WITH served AS (
        UPDATE instances SET status = 'claimed', status_since = now() WHERE id = ANY($1) RETURNING claim_id
    )
    UPDATE claims SET phase = 'ready', ready_at = now(), due_at = NULL
     WHERE claims.id = ANY(ARRAY(SELECT claim_id FROM served))",
    "UPDATE instances SET status = 'destroying', status_since = now(), due_at = NULL WHERE id = ANY($1)",
    "WITH gone AS (
        UPDATE instances SET status = 'deleted', deleted_at = now() WHERE id = ANY($1) RETURNING claim_id
    )
    UPDATE claims SET phase = 'released', ended_at = now()
     WHERE claims.id = ANY(ARRAY(SELECT claim_id FROM gone))",
];
