//! Load: open-loop by a Poisson process, or closed-loop by workers; and what came of it.

use std::time::{Duration, Instant};

use futures::stream::{FuturesUnordered, StreamExt};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;
use serde::Serialize;

/// The same arrivals in every run.
const SEED: u64 = 7;

/// One request.
#[derive(Debug, Clone)]
pub struct Sample<T> {
    /// When it was meant to leave, after the start.
    pub intended: Duration,
    /// From then until it was answered.
    pub latency: Duration,
    /// What it gave.
    pub outcome: Result<T, String>,
}

/// Sends requests at `rate` a second for `length`, each when it is due, whatever the earlier ones do.
pub async fn open_loop<T, F>(rate: f64, length: Duration, mut send: impl FnMut(u64) -> F) -> Vec<Sample<T>>
where
    T: Send + 'static,
    F: Future<Output = Result<T, String>> + Send + 'static,
{
    let mut arrivals = ChaCha12Rng::seed_from_u64(SEED);
    let mut intended = Duration::ZERO;
    let mut number = 0;
    let started = tokio::time::Instant::now();
    let mut waiting = Vec::new();
    loop {
        // The gap between two arrivals of a Poisson process.
        let gap = -(1.0 - arrivals.random::<f64>()).ln() / rate;
        intended += Duration::from_secs_f64(gap);
        if intended >= length {
            break;
        }
        tokio::time::sleep_until(started + intended).await;
        let request = send(number);
        number += 1;
        waiting.push(tokio::spawn(async move {
            let outcome = request.await;
            Sample { intended, latency: started.elapsed().saturating_sub(intended), outcome }
        }));
    }
    let mut samples = Vec::with_capacity(waiting.len());
    for request in waiting {
        if let Ok(sample) = request.await {
            samples.push(sample);
        }
    }
    samples
}

/// `workers` that each send the next request when the last one was answered, for `length`.
pub async fn closed_loop<T, F>(
    workers: usize,
    length: Duration,
    send: impl FnMut(u64) -> F,
) -> (Vec<Sample<T>>, Duration)
where
    F: Future<Output = Result<T, String>>,
{
    loop_while(workers, |_, elapsed| elapsed < length, send).await
}

/// The same until `count` requests are answered.
pub async fn counted_loop<T, F>(
    workers: usize,
    count: u32,
    send: impl FnMut(u64) -> F,
) -> (Vec<Sample<T>>, Duration)
where
    F: Future<Output = Result<T, String>>,
{
    loop_while(workers, |begun, _| begun < u64::from(count), send).await
}

async fn loop_while<T, F>(
    workers: usize,
    goes_on: impl Fn(u64, Duration) -> bool,
    mut send: impl FnMut(u64) -> F,
) -> (Vec<Sample<T>>, Duration)
where
    F: Future<Output = Result<T, String>>,
{
    let started = Instant::now();
    let mut number = 0;
    let mut samples = Vec::new();
    let mut open = FuturesUnordered::new();
    let mut begin = |open: &mut FuturesUnordered<_>| {
        if goes_on(number, started.elapsed()) {
            let (intended, request) = (started.elapsed(), send(number));
            number += 1;
            open.push(async move { (intended, request.await) });
        }
    };
    for _ in 0..workers {
        begin(&mut open);
    }
    while let Some((intended, outcome)) = open.next().await {
        samples.push(Sample { intended, latency: started.elapsed() - intended, outcome });
        begin(&mut open);
    }
    (samples, started.elapsed())
}

/// Milliseconds at which shares of the samples were answered.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Distribution {
    pub count: usize,
    pub errors: usize,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
    /// Share (percent) against milliseconds, for a chart.
    #[serde(skip)]
    pub curve: Vec<(f64, f64)>,
}

impl Distribution {
    /// Of milliseconds.
    pub fn of(mut milliseconds: Vec<f64>, errors: usize) -> Self {
        milliseconds.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let index = (milliseconds.len() as f64 * share).ceil() as usize;
            milliseconds.get(index.clamp(1, milliseconds.len().max(1)) - 1).copied().unwrap_or_default()
        };
        let shares = [0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999];
        Self {
            count: milliseconds.len(),
            errors,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: at(1.0),
            curve: shares.iter().map(|share| (share * 100.0, at(*share))).collect(),
        }
    }

    /// Of the latencies of the samples that succeeded.
    pub fn of_samples<T>(samples: &[Sample<T>]) -> Self {
        let good = samples.iter().filter(|sample| sample.outcome.is_ok());
        let milliseconds: Vec<f64> = good.map(|sample| sample.latency.as_secs_f64() * 1_000.0).collect();
        let errors = samples.len() - milliseconds.len();
        Self::of(milliseconds, errors)
    }
}

/// The 50th and 99th percentile of each second, against the second.
pub fn windows<T>(samples: &[Sample<T>]) -> [Vec<(f64, f64)>; 2] {
    let last = samples.iter().map(|sample| sample.intended.as_secs()).max().unwrap_or_default();
    let mut lines = [Vec::new(), Vec::new()];
    for second in 0..=last {
        let within =
            samples.iter().filter(|sample| sample.intended.as_secs() == second && sample.outcome.is_ok());
        let one = Distribution::of(within.map(|sample| sample.latency.as_secs_f64() * 1_000.0).collect(), 0);
        if one.count > 0 {
            lines[0].push((second as f64, one.p50));
            lines[1].push((second as f64, one.p99));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_values_at_their_rank() {
        let distribution = Distribution::of((1..=100).map(f64::from).collect(), 2);
        assert_eq!((distribution.p50, distribution.p99, distribution.max), (50.0, 99.0, 100.0));
        assert_eq!((distribution.count, distribution.errors), (100, 2));
        assert_eq!(Distribution::of(Vec::new(), 0).p99, 0.0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_is_seen_by_all_who_would_have_waited_in_it() {
        // Everything is answered at the end of the second: who was meant to leave early waited longest.
        let end = tokio::time::Instant::now() + Duration::from_secs(1);
        let send = |_| async move {
            tokio::time::sleep_until(end).await;
            Ok(())
        };
        let samples = open_loop(50.0, Duration::from_millis(900), send).await;
        assert!(samples.len() > 20, "{}", samples.len());
    }

    #[tokio::test]
    async fn workers_have_one_request_each_under_way() {
        let open = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let send = |_| {
            let open = open.clone();
            async move {
                let now = open.fetch_add(1, std::sync::atomic::Ordering::SeqCst) + 1;
                tokio::task::yield_now().await;
                open.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                Ok::<_, String>(now)
            }
        };
        let (samples, _) = counted_loop(3, 20, send).await;
        assert_eq!(samples.len(), 20);
        assert!(samples.iter().all(|sample| sample.outcome.as_ref().is_ok_and(|open| *open <= 3)));
    }
}
