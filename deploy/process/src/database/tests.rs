use std::borrow::Cow;

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType};

use super::*;
use crate::config::Value;

fn migrations(statements: &[(i64, &'static str)]) -> Migrator {
    let migration = |(version, sql): &(i64, &'static str)| {
        let name = Cow::Borrowed("test");
        Migration::new(*version, name, MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(statements.iter().map(migration).collect())
}

const FIRST: (i64, &str) = (1, "CREATE TABLE first (id int)");
const SECOND: (i64, &str) = (2, "CREATE TABLE second (id int)");

#[sqlx::test(migrations = false)]
async fn a_schema_newer_than_the_executable_is_exit_code_4(pool: PgPool) {
    migrate(&pool, &migrations(&[FIRST, SECOND]), &Shutdown::manual()).await.unwrap();
    let error = migrate(&pool, &migrations(&[FIRST]), &Shutdown::manual()).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Newer(2)), "{error}");
    assert_eq!(Failure::from(error).reason(), ExitReason::Schema);
}

#[sqlx::test(migrations = false)]
async fn a_broken_migration_is_exit_code_4_and_leaves_no_lock(pool: PgPool) {
    let error = migrate(&pool, &migrations(&[(1, "CREATE TABLE oops (id nonsense)")]), &Shutdown::manual())
        .await
        .unwrap_err();
    assert_eq!(Failure::from(error).reason(), ExitReason::Schema);
    migrate(&pool, &migrations(&[FIRST]), &Shutdown::manual()).await.unwrap();
}

#[sqlx::test(migrations = false)]
async fn replicas_that_start_together_migrate_once(pool: PgPool) {
    let slow = migrations(&[(1, "SELECT pg_sleep(0.1); CREATE TABLE first (id int)"), SECOND]);
    let shutdown = Shutdown::manual();
    let (one, other) = tokio::join!(migrate(&pool, &slow, &shutdown), migrate(&pool, &slow, &shutdown));
    one.unwrap();
    other.unwrap();
}

#[sqlx::test(migrations = false)]
async fn statements_are_bounded_and_named(pool: PgPool) {
    let name: String = pool.connect_options().get_database().unwrap().to_owned();
    let mut url = url::Url::parse(&std::env::var("DATABASE_URL").unwrap()).unwrap();
    url.set_path(&name);
    let url = DatabaseUrl::parse(url.as_str()).unwrap();
    let ours = connect(&url, "pool-test", 2, &Shutdown::manual()).await.unwrap();
    assert!(answers(&ours).await);
    for (setting, expected) in [
        ("statement_timeout", STATEMENT_TIMEOUT),
        ("lock_timeout", LOCK_TIMEOUT),
        ("idle_in_transaction_session_timeout", IDLE_TRANSACTION_TIMEOUT),
        ("application_name", "pool-test"),
    ] {
        let value: String =
            sqlx::query_scalar("SELECT current_setting($1)").bind(setting).fetch_one(&ours).await.unwrap();
        assert_eq!(value, expected, "{setting}");
    }
    ours.close().await;
    assert!(!answers(&ours).await);
}

#[sqlx::test(migrations = false)]
async fn a_connection_that_rested_is_asked_whether_it_lives_before_it_is_handed_out(pool: PgPool) {
    let mut rested = pool.acquire().await.unwrap();
    assert!(lives(&mut rested, TRUSTED).await.unwrap());
    let backend: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut *rested).await.unwrap();
    let mut other = pool.acquire().await.unwrap();
    let ended = sqlx::query("SELECT pg_terminate_backend($1, 5000)").bind(backend);
    ended.execute(&mut *other).await.unwrap();
    lives(&mut rested, TRUSTED).await.unwrap_err();
}

#[sqlx::test(migrations = false)]
async fn a_database_that_does_not_exist_is_said_at_once(pool: PgPool) {
    drop(pool);
    let mut url = url::Url::parse(&std::env::var("DATABASE_URL").unwrap()).unwrap();
    url.set_path("no_such_database");
    let url = DatabaseUrl::parse(url.as_str()).unwrap();
    let error = connect(&url, "test", 1, &Shutdown::manual()).await.unwrap_err();
    assert!(matches!(error, DatabaseError::Refused(_)), "{error}");
}

#[tokio::test]
async fn waiting_for_an_absent_database_ends_when_asked_to_stop() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = DatabaseUrl::parse(&format!("postgres://{}/pool", free.local_addr().unwrap())).unwrap();
    drop(free);
    let shutdown = Shutdown::manual();
    let waiting = connect(&url, "test", 1, &shutdown);
    let (outcome, ()) = tokio::join!(waiting, async {
        tokio::task::yield_now().await;
        shutdown.begin();
    });
    assert!(matches!(outcome, Err(DatabaseError::Stopped)));
}

#[sqlx::test(migrations = false)]
async fn a_caller_is_told_to_come_back_only_when_that_can_help(pool: PgPool) {
    let wrong = sqlx::query("SELECT nonsense").execute(&pool).await.unwrap_err();
    assert_eq!(Problem::from(wrong).status().as_u16(), 500);
    let cut_off =
        sqlx::query("SELECT pg_terminate_backend(pg_backend_pid())").execute(&pool).await.unwrap_err();
    assert_eq!(Problem::from(cut_off).status().as_u16(), 503);
    pool.close().await;
    let away = sqlx::query("SELECT 1").execute(&pool).await.unwrap_err();
    assert_eq!(Problem::from(away).code(), "database_unavailable");
}
