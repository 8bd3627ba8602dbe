use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn now() -> Timestamp {
    at("2027-01-15T12:00:00Z")
}

fn schedule(time_zone: &str, windows: &[(&str, u64, u32)]) -> PoolSpec {
    let windows = windows
        .iter()
        .map(|(start, duration_seconds, min_idle)| Window {
            start: (*start).into(),
            duration_seconds: *duration_seconds,
            min_idle: *min_idle,
        })
        .collect();
    let sizing = Some(Sizing::Schedule { time_zone: time_zone.into(), windows });
    PoolSpec { min_idle: 2, sizing, ..PoolSpec::default() }
}

fn level(hit_rate: f64, min: u32, max: u32, cost_per_hour_max: Option<f64>) -> PoolSpec {
    let sizing = Some(Sizing::ServiceLevel { hit_rate, min, max, cost_per_hour_max });
    PoolSpec { sizing, ..PoolSpec::default() }
}

fn demand(claims_per_second: f64, lead_seconds: u64) -> Demand {
    Demand { claims_per_second, lead: Some(Duration::from_secs(lead_seconds)), cost_per_hour: None }
}

fn target(spec: &PoolSpec, demand: &Demand, now: Timestamp) -> u32 {
    sizing(spec, demand, now).target
}

#[test]
fn without_a_sizing_it_is_the_fixed_number() {
    assert_eq!(target(&PoolSpec::default(), &demand(9.0, 900), now()), 5);
}

#[test]
fn windows_are_meant_in_their_time_zone_in_summer_and_in_winter() {
    let spec = schedule("Europe/Berlin", &[("0 8 * * *", 3600, 20)]);
    for (time, expected) in [
        ("2027-01-15T06:59:59Z", 2),
        ("2027-01-15T07:00:00Z", 20),
        ("2027-01-15T07:59:59Z", 20),
        ("2027-01-15T08:00:00Z", 2),
        ("2027-07-15T06:00:00Z", 20),
        ("2027-07-15T07:00:00Z", 2),
    ] {
        assert_eq!(target(&spec, &Demand::default(), at(time)), expected, "{time}");
    }
}

#[test]
fn the_window_that_began_last_wins() {
    let spec = schedule("UTC", &[("0 8 * * *", 36_000, 10), ("30 11 * * *", 3600, 40)]);
    assert_eq!(target(&spec, &Demand::default(), at("2027-01-15T11:00:00Z")), 10);
    assert_eq!(target(&spec, &Demand::default(), at("2027-01-15T12:00:00Z")), 40);
    assert_eq!(target(&spec, &Demand::default(), at("2027-01-15T13:00:00Z")), 10);
}

#[test]
fn what_cannot_be_read_is_said_and_the_fixed_number_holds() {
    let spec = schedule("Europe/Atlantis", &[("0 8 * * *", 3600, 20)]);
    let sized = sizing(&spec, &Demand::default(), now());
    assert_eq!(sized.target, 2);
    assert!(sized.why.contains("Atlantis"), "{}", sized.why);
    let (field, _) = problem(spec.sizing.as_ref().unwrap()).unwrap();
    assert_eq!(field, "timeZone");
    let spec = schedule("UTC", &[("0 8 * * *", 60, 1), ("61 8 * * *", 60, 1)]);
    let (field, _) = problem(spec.sizing.as_ref().unwrap()).unwrap();
    assert_eq!(field, "windows[1].start");
    assert_eq!(problem(schedule("UTC", &[("0 8 * * 1-5", 60, 1)]).sizing.as_ref().unwrap()), None);
}

#[test]
fn a_service_level_is_explained_in_one_line() {
    let sized = sizing(&level(0.98, 1, 50, None), &demand(0.06, 41), now());
    assert_eq!(sized.target, 7);
    assert_eq!(sized.why, "7: 0.06 claims/s, lead p99 41 s, 98.0 % served at once");
}

#[test]
fn the_ceiling_on_cost_goes_before_the_least_number() {
    let spec = level(0.99, 5, 50, Some(0.10));
    let dear = Demand { cost_per_hour: Some(0.04), ..demand(1.0, 60) };
    let sized = sizing(&spec, &dear, now());
    assert_eq!(sized.target, 2);
    assert!(sized.why.contains("pay for 2"), "{}", sized.why);
}

#[test]
fn without_claims_it_is_the_least_number() {
    assert_eq!(target(&level(0.99, 3, 50, None), &demand(0.0, 60), now()), 3);
}

/// Plays a pool that orders one member for each claim, with the given lead time, and counts claims that found one.
fn played(stock: u32, rate: f64, lead: f64, seed: u64) -> f64 {
    use rand::{RngExt, SeedableRng};
    let mut random = rand::rngs::StdRng::seed_from_u64(seed);
    let (mut now, mut orders, mut hits) = (0.0, std::collections::VecDeque::new(), 0);
    let claims = 40_000;
    for _ in 0..claims {
        now += -(1.0 - random.random::<f64>()).ln() / rate;
        while orders.front().is_some_and(|due| *due <= now) {
            orders.pop_front();
        }
        hits += u32::from((orders.len() as u32) < stock);
        orders.push_back(now + lead);
    }
    f64::from(hits) / f64::from(claims)
}

#[test]
fn the_stock_that_is_computed_serves_what_was_asked_when_played() {
    for (rate, lead, hit_rate) in [(0.06, 41.0, 0.98), (0.5, 60.0, 0.95), (2.0, 90.0, 0.99)] {
        let stock = stock(rate * lead, hit_rate, 10_000);
        let served = played(stock, rate, lead, 7);
        assert!(served >= hit_rate - 0.005, "{stock} members served {served} of {hit_rate}");
        let fewer = played(stock - 1, rate, lead, 7);
        assert!(fewer <= hit_rate + 0.01, "{} members would have served {fewer}", stock - 1);
    }
}

proptest! {
    #[test]
    fn the_number_keeps_within_its_limits(
        hit_rate in 0.0f64..=1.0, min in 0u32..50, more in 0u32..500, rate in 0.0f64..100.0, lead in 0u64..3600,
    ) {
        let spec = level(hit_rate, min, min + more, None);
        let sized = sizing(&spec, &demand(rate, lead), now());
        prop_assert!((min..=min + more).contains(&sized.target), "{}", sized.why);
    }

    #[test]
    fn more_claims_slower_refills_or_a_higher_level_never_want_fewer(
        hit_rate in 0.5f64..0.999, rate in 0.0f64..20.0, lead in 1u64..600,
        faster in 0.0f64..5.0, longer in 0u64..200, higher in 0.0f64..0.3,
    ) {
        let of = |hit: f64, rate: f64, lead: u64| target(&level(hit.min(0.9999), 0, 100_000, None), &demand(rate, lead), now());
        let base = of(hit_rate, rate, lead);
        prop_assert!(of(hit_rate, rate + faster, lead) >= base);
        prop_assert!(of(hit_rate, rate, lead + longer) >= base);
        prop_assert!(of(hit_rate + higher, rate, lead) >= base);
    }

    #[test]
    fn idle_members_never_cost_more_than_the_ceiling(
        rate in 0.0f64..20.0, lead in 1u64..600, ceiling in 0.0f64..5.0, each in 0.001f64..1.0, min in 0u32..20,
    ) {
        let dear = Demand { cost_per_hour: Some(each), ..demand(rate, lead) };
        let sized = sizing(&level(0.99, min, 10_000, Some(ceiling)), &dear, now());
        prop_assert!(f64::from(sized.target) * each <= ceiling + 1e-9, "{}", sized.why);
    }

    #[test]
    fn any_text_in_a_schedule_is_survived(zone in ".{0,20}", start in ".{0,30}", seconds in 0i64..4_000_000_000) {
        let spec = schedule(&zone, &[(&start, 3600, 9)]);
        let when = Timestamp::from_timestamp(seconds, 0).unwrap();
        let sized = sizing(&spec, &Demand::default(), when);
        prop_assert!(sized.target == 2 || sized.target == 9);
    }
}
