//! What all simulated vendors share: time, chance, faults, journal, credentials.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use crate::clock::Clock;
use crate::dice::Dice;
use crate::faults::{Catalogue, Faults};
use crate::journal::Journal;
use crate::options::Options;
use crate::tokens::Tokens;

/// The ground the vendors stand on.
pub struct World {
    /// How the simulator was started.
    pub options: Options,
    /// Simulated time.
    pub clock: Clock,
    /// Chance of the faults engine; a vendor takes its own by [`World::dice_for`].
    pub dice: Dice,
    /// Faults in force.
    pub faults: Faults,
    /// All requests so far.
    pub journal: Journal,
    /// Credentials the vendors accept.
    pub tokens: Tokens,
    seed: AtomicU64,
    changes: watch::Sender<u64>,
}

impl World {
    /// A world as `options` want it, whose faults may name what is in `catalogue`.
    pub fn new(options: Options, catalogue: Catalogue) -> Result<Self, String> {
        Ok(Self {
            clock: Clock::new(options.time_scale),
            dice: Dice::new(options.seed, "faults"),
            faults: Faults::new(catalogue, options.profile),
            journal: Journal::default(),
            tokens: Tokens::new(&options.tokens)?,
            seed: AtomicU64::new(options.seed),
            changes: watch::Sender::new(0),
            options,
        })
    }

    /// Seeded dice of a vendor's own.
    pub fn dice_for(&self, vendor: &str) -> Dice {
        Dice::new(self.seed(), vendor)
    }

    /// The seed in force; a reset may bring another, and vendors reseed their dice with it then.
    pub fn seed(&self) -> u64 {
        self.seed.load(Ordering::Relaxed)
    }

    /// Starts all chance anew; vendors follow in their reset.
    pub(crate) fn reseed(&self, seed: u64) {
        self.seed.store(seed, Ordering::Relaxed);
        self.dice.reseed(seed);
    }

    /// Says that some state changed, so that the state file is written soon.
    pub fn touch(&self) {
        self.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// Sees every [`World::touch`].
    pub(crate) fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }
}
