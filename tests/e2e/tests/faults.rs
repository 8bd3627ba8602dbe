//! A few dozen seeds of the fault harness; `make soak` runs as many as asked.
//!
//! Several tests, so that they run beside each other.
#![expect(clippy::unwrap_used, reason = "a world that cannot be made has failed the test")]

use cluster::Durability;
use e2e::{
    harness::{report::Report, run::run},
    world::postgres::Postgres,
};

/// Seeds of one test.
const SEEDS: u64 = 6;

async fn seeds(first: u64) {
    let mut postgres = Postgres::start(Durability::ThrowAway).await.unwrap();
    postgres.prepare_templates().await.unwrap();
    let mut report = Report::default();
    for seed in first..first + SEEDS {
        match run(seed, &mut postgres).await {
            Ok(one) => report.add(one),
            Err(error) => panic!("{error:#}\n\nreplay with: make soak SEED={seed}"),
        }
    }
    println!("{report}");
}

#[tokio::test]
async fn random_faults_break_no_promise_1() {
    seeds(0).await;
}

#[tokio::test]
async fn random_faults_break_no_promise_2() {
    seeds(100).await;
}

#[tokio::test]
async fn random_faults_break_no_promise_3() {
    seeds(200).await;
}

#[tokio::test]
async fn random_faults_break_no_promise_4() {
    seeds(300).await;
}
