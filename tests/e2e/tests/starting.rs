//! How the processes start and stop: configuration, ports, a database that is away, signals.
#![expect(clippy::unwrap_used, reason = "a world that cannot be made has failed the test")]

use std::{net::TcpListener, time::Duration};

use e2e::world::{Options, World, child::Child};

/// The promise of OUTSIDE 1 is 10 s; the rest is for a machine that runs other tests.
const ENDS_WITHIN: Duration = Duration::from_secs(14);

async fn world() -> World {
    World::prepare(Options { min_idle: 0, ..Options::default() }).await.unwrap()
}

/// Starts it with this variable and returns its exit code and everything it said.
async fn tried(child: &mut Child, changes: &[(&str, Option<&str>)]) -> (i32, String) {
    let before = child.variables().clone();
    for (name, value) in changes {
        match value {
            Some(value) => child.variables().insert((*name).to_owned(), (*value).to_owned()),
            None => child.variables().remove(*name),
        };
    }
    let said = child.log().len();
    child.start().unwrap();
    let code = child.exit_within(ENDS_WITHIN).await.unwrap();
    *child.variables() = before;
    (code, child.log()[said..].to_owned())
}

#[tokio::test]
async fn everything_wrong_with_a_configuration_is_said_at_once_by_name() {
    let mut world = world().await;
    let pool: [(&str, Option<&str>); 9] = [
        ("PORT", Some("abc")),
        ("POOL_MIN_IDLE", Some("-3")),
        ("TICK_INTERVAL_MS", Some("soon")),
        ("SERVICES_URL", Some("::")),
        ("POOL_API_KEY", Some("")),
        ("POOL_SECRET_KEY", Some("tooshort-secret-value")),
        ("DATABASE_URL", None),
        ("LEASE_DURATION", Some("forever")),
        ("TIME_SCALE", Some("0")),
    ];
    let (code, said) = tried(&mut world.pools[0], &pool).await;
    assert_eq!(code, 2, "{said}");
    for (name, _) in pool {
        assert!(said.lines().any(|line| line.contains(name)), "{name} is not named:\n{said}");
    }
    assert!(!said.contains("tooshort-secret-value"), "a secret is printed:\n{said}");

    let services: [(&str, Option<&str>); 7] = [
        ("PORT", Some("99999")),
        ("RAILWAY_RUNTIME_IMAGE", Some("no image at all")),
        ("RAILWAY_API_TOKEN", Some("")),
        ("SERVICES_API_KEY", Some("short")),
        ("SERVICES_PUBLIC_URL", Some("not-a-url")),
        ("OPENROUTER_MANAGEMENT_KEY", None),
        ("SERVICES_SECRET_KEY", Some("zz")),
    ];
    let (code, said) = tried(&mut world.services[0], &services).await;
    assert_eq!(code, 2, "{said}");
    for (name, _) in services {
        assert!(said.lines().any(|line| line.contains(name)), "{name} is not named:\n{said}");
    }
}

#[tokio::test]
async fn a_port_that_is_taken_is_said_in_a_sentence() {
    let mut world = world().await;
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for child in [&mut world.pools[0], &mut world.services[0]] {
        let (code, said) = tried(child, &[("PORT", Some(&port))]).await;
        assert_eq!(code, 3, "{said}");
        assert!(said.contains(&port) && said.contains("taken"), "{said}");
    }
}

/// A world whose processes were started while its database was away, and say so.
async fn waiting_for_the_database() -> World {
    let mut world =
        World::prepare(Options { own_postgres: true, min_idle: 0, ..Options::default() }).await.unwrap();
    world.postgres().unwrap().stop().await.unwrap();
    for child in world.pools.iter_mut().chain(&mut world.services) {
        child.start().unwrap();
    }
    e2e::settle::eventually("both say that they wait", ENDS_WITHIN, async || {
        let all = [world.pools[0].log(), world.services[0].log()];
        anyhow::ensure!(all.iter().all(|log| log.contains("away, trying again")), "{all:?}");
        Ok(())
    })
    .await
    .unwrap();
    world
}

#[tokio::test]
async fn a_database_that_is_away_at_the_start_is_waited_for() {
    let mut world = waiting_for_the_database().await;
    world.postgres().unwrap().resume().await.unwrap();
    world.answering().await.unwrap();
}

#[tokio::test]
async fn a_process_that_is_asked_to_stop_ends_with_zero() {
    let mut world = World::start(Options { min_idle: 3, ..Options::default() }).await.unwrap();
    for child in world.pools.iter_mut().chain(&mut world.services) {
        child.terminate();
        let code = child.exit_within(ENDS_WITHIN).await.unwrap();
        assert_eq!(code, 0, "{}", child.log_end());
        child.start().unwrap();
    }
    world.answering().await.unwrap();
    for child in world.pools.iter_mut().chain(&mut world.services) {
        child.interrupt();
        assert_eq!(child.exit_within(ENDS_WITHIN).await.unwrap(), 0, "{}", child.log_end());
    }
}

#[tokio::test]
async fn a_process_that_waits_for_its_database_can_be_stopped() {
    let mut world = waiting_for_the_database().await;
    for child in world.pools.iter_mut().chain(&mut world.services) {
        child.terminate();
        assert_eq!(child.exit_within(ENDS_WITHIN).await.unwrap(), 0, "{}", child.log_end());
    }
}
