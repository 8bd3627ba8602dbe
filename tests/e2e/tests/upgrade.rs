//! Two versions at once: the schema is newer already, the executable not yet.
#![expect(clippy::unwrap_used, reason = "a world that cannot be made has failed the test")]

use std::time::Duration;

use e2e::{
    invariants::{Limits, settled, violations},
    world::{Options, World, postgres::Database},
};

const REST_WITHIN: Duration = Duration::from_secs(180);
/// The exit code that says so (OUTSIDE 1).
const SCHEMA: i32 = 4;

/// What the next release's migration may do (docs/upgrade.md, "Expand"), done as its replica does it when it starts.
async fn expanded(database: &Database, table: &str) {
    let migration = format!(
        "BEGIN;
         ALTER TABLE {table} ADD COLUMN of_the_next_release text;
         ALTER TABLE {table} ADD COLUMN counted_by_it bigint NOT NULL DEFAULT 0;
         CREATE INDEX next_release_reads ON {table} (counted_by_it);
         CREATE TABLE of_the_next_release (id text PRIMARY KEY);
         INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
            VALUES (9999, 'of the next release', true, ''::bytea, 0);
         COMMIT;"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(migration)).execute(&database.look).await.unwrap();
}

#[tokio::test]
async fn a_release_goes_on_while_the_next_one_expands_the_schema_and_starts_no_more_on_it() {
    let options = Options { pools: 2, services: 2, ..Options::default() };
    let mut world = World::start(options).await.unwrap();
    settled(&world, REST_WITHIN).await.unwrap();
    let earlier = world.api().claim_ready("Ada").await.unwrap();
    expanded(&world.pool_db, "instances").await;
    expanded(&world.services_db, "instance_infra").await;

    // Claimed, refilled, released, destroyed: by processes that know nothing of what is new.
    let later = world.api_of(1).claim_ready("Eve").await.unwrap();
    for claim in [earlier, later] {
        world.api().release(claim.claim_id).await.unwrap();
    }
    settled(&world, REST_WITHIN).await.unwrap();
    let found = violations(&world, Limits { instances_max: 20, surge_max: 0 }).await.unwrap();
    assert!(found.is_empty(), "{found:#?}");

    for child in [&mut world.pools[0], &mut world.services[0]] {
        child.terminate();
        assert_eq!(child.exit_within(REST_WITHIN).await.unwrap(), 0, "{}", child.log_end());
        child.start().unwrap();
        assert_eq!(child.exit_within(REST_WITHIN).await.unwrap(), SCHEMA, "{}", child.log_end());
        let said = child.log_end();
        assert!(
            said.contains("the database's schema is newer than this executable (it has migration 9999)"),
            "{said}"
        );
    }
    // The replica that was not restarted serves on.
    world.api_of(1).claim_ready("Bob").await.unwrap();
}
