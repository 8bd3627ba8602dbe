//! The shortest part of a failing seed that still fails.

use std::{fmt::Write as _, time::Duration};

use super::{operation::Operation, run::run_operations};
use crate::world::postgres::Postgres;

/// Runs that one shrinking may take: each is a whole world.
const RUNS_MAX: usize = 40;

/// What a seed did, or part of it.
pub type Plan = Vec<(Operation, Duration)>;

/// Leaves out operations as long as the run still fails. Races make a run pass that fails another time: what is
/// left is a hint for a named test, not a proof that nothing shorter fails.
pub async fn shrink(seed: u64, plan: Plan, postgres: &mut Postgres) -> Plan {
    smallest(plan, RUNS_MAX, async |part| {
        let failed = run_operations(seed, part, postgres).await.is_err();
        // It may have been stopped when the run ended.
        postgres.resume().await.is_ok() && failed
    })
    .await
}

/// A plan as lines of Rust, to be pasted into a named test.
pub fn lines(plan: &[(Operation, Duration)]) -> String {
    plan.iter().fold(String::new(), |mut text, (operation, pause)| {
        let _infallible =
            writeln!(text, "    ({operation:?}, Duration::from_millis({})),", pause.as_millis());
        text
    })
}

/// Leaves out halves, quarters and so on, at last single items, as long as what remains still fails.
async fn smallest<T: Clone>(
    items: Vec<T>,
    runs_max: usize,
    mut fails: impl AsyncFnMut(&[T]) -> bool,
) -> Vec<T> {
    let mut kept = items;
    let mut runs = 0;
    let mut size = kept.len().div_ceil(2);
    while size > 0 {
        let mut start = 0;
        while start < kept.len() && runs < runs_max {
            let mut shorter = kept.clone();
            shorter.drain(start..(start + size).min(shorter.len()));
            runs += 1;
            if fails(&shorter).await {
                kept = shorter;
            } else {
                start += size;
            }
        }
        size /= 2;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_is_left_is_what_it_takes_to_fail() {
        let left =
            smallest((0..20).collect(), 1_000, async |part| part.contains(&3) && part.contains(&17)).await;
        assert_eq!(left, [3, 17]);
    }

    #[tokio::test]
    async fn shrinking_ends_however_long_it_would_take() {
        let mut runs = 0;
        let left = smallest((0..20).collect::<Vec<u8>>(), 5, async |_| {
            runs += 1;
            false
        })
        .await;
        assert_eq!((left.len(), runs), (20, 5));
    }
}
