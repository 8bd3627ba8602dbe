//! What can happen to a world, and how a seed chooses.

use std::{fmt, time::Duration};

use rand::{Rng, RngExt, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use crate::world::links::Trouble;

/// Operations of one seed.
const OPERATIONS: std::ops::RangeInclusive<usize> = 14..=26;
/// The longest pause after an operation.
const PAUSE_MAX_MS: u64 = 250;
/// How many idempotency keys and join links a seed has: few, so that they meet.
const KEYS: u8 = 4;
/// How long a claim of those that end by themselves lives.
const TTL_SECONDS: std::ops::RangeInclusive<u64> = 1..=4;
/// How late an answer of `services` is that is late.
const LATE_MS: std::ops::RangeInclusive<u64> = 100..=3_000;
/// Simulated milliseconds that a hanging or slow vendor takes.
const HANG_MS: std::ops::RangeInclusive<u64> = 3_000..=90_000;

/// One thing that happens.
#[derive(Debug, Clone, PartialEq)]
pub enum Operation {
    /// Somebody wants an agent.
    Claim {
        /// Which of the seed's idempotency keys, if any.
        key: Option<u8>,
        /// Which of the seed's conversations to join, if any.
        join: Option<u8>,
        /// From the template, which has tools.
        tools: bool,
        /// How long it lives once ready, if it ends by itself.
        ttl_seconds: Option<u64>,
        /// How long the client waits, in seconds.
        wait_seconds: u32,
        /// Which replica is asked.
        replica: u8,
    },
    /// Somebody is done with an agent.
    Release(u16),
    /// An operator changes the pool.
    Scale {
        /// Idle members.
        min_idle: u32,
        /// All members.
        max_instances: u32,
    },
    /// An operator empties the pool's idle members.
    Drain,
    /// An operator has idle members run another image.
    Rollout(Image),
    /// The recipe of agents changes.
    Template,
    /// An operator redeploys an instance, with its own image or another.
    Redeploy(u16, Option<Image>),
    /// An operator destroys an instance.
    Destroy(u16),
    /// An operator stops or resumes the pool's work.
    Pause(bool),
    /// A container dies, hangs or sleeps.
    Instance(u16, &'static str),
    /// A vendor misbehaves from now on, until healed.
    Fault(Fault),
    /// The way from `pool` to a replica of `services` is bad, so many times.
    Link(u8, Trouble, u32),
    /// All vendors and ways are well again.
    Heal,
    /// A process ends without a word; it is started again a little later.
    Kill(Process),
    /// A process is stopped by the kernel and goes on later, past its lease or not.
    Freeze(Process, Duration),
    /// A process is asked to stop, and started again.
    Restart(Process),
    /// PostgreSQL is away for this long.
    PostgresAway(Duration),
}

/// One replica.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Process {
    /// Of `pool`.
    Pool(u8),
    /// Of `services`.
    Services(u8),
}

/// What members run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Image {
    /// One that works.
    Good,
    /// Another one that works.
    Better,
    /// One that was never published.
    Missing,
}

impl Image {
    /// Its reference.
    pub fn reference(self) -> &'static str {
        match self {
            Self::Good => "ghcr.io/xmtplabs/convos-runtime:latest",
            Self::Better => "ghcr.io/xmtplabs/convos-runtime:staging",
            Self::Missing => "ghcr.io/xmtplabs/convos-runtime:never-published",
        }
    }
}

/// A vendor's misbehaviour.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The vendor.
    pub vendor: &'static str,
    /// The operation.
    pub operation: &'static str,
    /// How it goes wrong.
    pub kind: &'static str,
    /// How many times.
    pub count: u32,
    /// For the kinds that wait, in simulated milliseconds.
    pub ms: u64,
}

impl Fault {
    /// As the simulator takes it.
    pub fn rule(&self) -> Value {
        json!({
            "vendor": self.vendor, "operation": self.operation, "kind": self.kind, "count": self.count, "ms": self.ms,
        })
    }
}

/// What vendors are asked for, more often the longer a creation needs it.
const TARGETS: [(&str, &str); 21] = [
    ("railway", "projectCreate"),
    ("railway", "serviceCreate"),
    ("railway", "volumeCreate"),
    ("railway", "serviceDomainCreate"),
    ("railway", "environmentPatchCommit"),
    ("railway", "projectDelete"),
    ("railway", "project"),
    ("railway", "projects"),
    ("railway", "projectsByIds"),
    ("railway", "environment"),
    ("railway", "*"),
    ("openrouter", "createKey"),
    ("openrouter", "deleteKey"),
    ("openrouter", "listKeys"),
    ("agentmail", "*"),
    ("telnyx", "*"),
    ("bankr", "*"),
    ("ghcr", "*"),
    ("agent", "provision"),
    ("agent", "status"),
    ("agent", "health"),
];

const KINDS: [&str; 8] =
    ["refuse", "after_effect", "lose_answer", "hang", "throttle_429", "throttle_text", "html", "slow"];

/// The operations of a seed.
pub fn operations(seed: u64) -> Vec<(Operation, Duration)> {
    let mut dice = ChaCha8Rng::seed_from_u64(seed);
    let count = dice.random_range(OPERATIONS);
    (0..count)
        .map(|_| {
            let operation = choose(&mut dice);
            (operation, Duration::from_millis(dice.random_range(0..=PAUSE_MAX_MS)))
        })
        .collect()
}

fn choose(dice: &mut ChaCha8Rng) -> Operation {
    match dice.random_range(0..100) {
        0..29 => claim(dice),
        29..38 => Operation::Release(dice.random()),
        38..43 => {
            let min_idle = dice.random_range(0..=4);
            Operation::Scale { min_idle, max_instances: dice.random_range(min_idle.max(1)..=9) }
        }
        43..45 => Operation::Drain,
        45..47 => Operation::Rollout(image(dice)),
        47..48 => Operation::Template,
        48..51 => {
            let other = dice.random_range(0..3) == 0;
            Operation::Redeploy(dice.random(), other.then(|| image(dice)))
        }
        51..53 => Operation::Destroy(dice.random()),
        53..54 => Operation::Pause(dice.random()),
        54..59 => Operation::Instance(dice.random(), pick(dice, &["crash", "exit", "hang", "sleep"])),
        59..72 => Operation::Fault(fault(dice)),
        72..78 => Operation::Link(dice.random_range(0..2), trouble(dice), dice.random_range(1..=4)),
        78..81 => Operation::Heal,
        81..91 => Operation::Kill(process(dice)),
        91..95 => Operation::Freeze(process(dice), Duration::from_millis(dice.random_range(200..4_000))),
        95..98 => Operation::Restart(process(dice)),
        _ => Operation::PostgresAway(Duration::from_millis(dice.random_range(0..1_500))),
    }
}

fn claim(dice: &mut ChaCha8Rng) -> Operation {
    let mut one_in = |chance: u32| dice.random_range(0..chance) == 0;
    let (keyed, joins, tools, ends) = (one_in(2), one_in(6), one_in(4), one_in(6));
    Operation::Claim {
        key: keyed.then(|| dice.random_range(0..KEYS)),
        join: joins.then(|| dice.random_range(0..KEYS)),
        tools,
        ttl_seconds: ends.then(|| dice.random_range(TTL_SECONDS)),
        wait_seconds: dice.random_range(0..4),
        replica: dice.random(),
    }
}

fn fault(dice: &mut ChaCha8Rng) -> Fault {
    let (vendor, operation) = pick(dice, &TARGETS);
    Fault {
        vendor,
        operation,
        kind: pick(dice, &KINDS),
        count: dice.random_range(1..=4),
        ms: dice.random_range(HANG_MS),
    }
}

fn image(dice: &mut ChaCha8Rng) -> Image {
    pick(dice, &[Image::Good, Image::Better, Image::Missing])
}

fn trouble(dice: &mut ChaCha8Rng) -> Trouble {
    let late = Trouble::Late(Duration::from_millis(dice.random_range(LATE_MS)));
    pick(dice, &[Trouble::Refused, Trouble::RequestLost, Trouble::AnswerLost, late])
}

fn process(dice: &mut ChaCha8Rng) -> Process {
    let replica = dice.random_range(0..2);
    if dice.random() { Process::Pool(replica) } else { Process::Services(replica) }
}

fn pick<T: Copy>(dice: &mut impl Rng, choices: &[T]) -> T {
    match choices.choose(dice) {
        Some(choice) => *choice,
        None => unreachable!("no list of choices is empty"),
    }
}

impl Operation {
    /// One word for the report.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Claim { .. } => "claim",
            Self::Release(_) => "release",
            Self::Scale { .. } => "scale",
            Self::Drain => "drain",
            Self::Rollout(_) => "rollout",
            Self::Template => "template",
            Self::Redeploy(..) => "redeploy",
            Self::Destroy(_) => "destroy",
            Self::Pause(_) => "pause",
            Self::Instance(_, order) => order,
            Self::Fault(_) => "fault",
            Self::Link(..) => "link",
            Self::Heal => "heal",
            Self::Kill(Process::Pool(_)) => "kill pool",
            Self::Kill(Process::Services(_)) => "kill services",
            Self::Freeze(..) => "freeze",
            Self::Restart(_) => "restart",
            Self::PostgresAway(_) => "postgres away",
        }
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{self:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_means_the_same() {
        assert_eq!(operations(7), operations(7));
        assert_ne!(operations(7), operations(8));
    }

    #[test]
    fn every_kind_of_operation_happens() {
        let words: std::collections::BTreeSet<&str> =
            (0..60).flat_map(operations).map(|(operation, _)| operation.word()).collect();
        assert_eq!(words.len(), 21, "{words:?}");
    }
}
