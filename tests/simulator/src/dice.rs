//! Randomness that replays: every draw comes from one seed.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rand::{Rng, RngExt, SeedableRng};
use rand_chacha::ChaCha12Rng;

/// A seeded source of chance. Each vendor has its own, so that traffic at one does not change what another draws.
pub struct Dice {
    stream: u64,
    generator: Mutex<ChaCha12Rng>,
}

impl Dice {
    /// The dice of `stream` (any name) for `seed`.
    pub fn new(seed: u64, stream: &str) -> Self {
        // FNV-1a: only has to tell the handful of stream names apart, and must never change.
        let stream = stream.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Self { stream, generator: Mutex::new(Self::generator(seed, stream)) }
    }

    fn generator(seed: u64, stream: u64) -> ChaCha12Rng {
        let mut generator = ChaCha12Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        generator
    }

    fn lock(&self) -> MutexGuard<'_, ChaCha12Rng> {
        self.generator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts anew from `seed`.
    pub fn reseed(&self, seed: u64) {
        *self.lock() = Self::generator(seed, self.stream);
    }

    /// True with `probability` (0 to 1).
    pub fn chance(&self, probability: f64) -> bool {
        probability > 0.0 && self.lock().random::<f64>() < probability
    }

    /// A number from `low` up to `high`, both included.
    pub fn between(&self, low: u64, high: u64) -> u64 {
        self.lock().random_range(low..=high.max(low))
    }

    /// `value` changed by at most `share` of itself in either direction.
    pub fn around(&self, value: f64, share: f64) -> f64 {
        value * (1.0 + share * (self.lock().random::<f64>() * 2.0 - 1.0))
    }

    /// One of `choices`, or nothing when there is none.
    pub fn pick<'a, T>(&self, choices: &'a [T]) -> Option<&'a T> {
        let last = choices.len().checked_sub(1)?;
        choices.get(self.between(0, last as u64) as usize)
    }

    /// `bytes` random bytes in lower-case hexadecimal.
    pub fn hex(&self, bytes: usize) -> String {
        let mut buffer = vec![0; bytes];
        self.lock().fill_bytes(&mut buffer);
        hex::encode(buffer)
    }

    /// A version 4 UUID, the form of every Railway id.
    pub fn uuid(&self) -> String {
        let mut bytes = [0; 16];
        self.lock().fill_bytes(&mut bytes);
        uuid::Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_and_streams_differ() {
        let draw = |seed, stream| Dice::new(seed, stream).uuid();
        assert_eq!(draw(1, "railway"), draw(1, "railway"));
        assert_ne!(draw(1, "railway"), draw(1, "telnyx"));
        assert_ne!(draw(1, "railway"), draw(2, "railway"));
        let dice = Dice::new(1, "railway");
        let first = dice.uuid();
        dice.reseed(1);
        assert_eq!(dice.uuid(), first);
    }

    #[test]
    fn nothing_is_picked_from_nothing() {
        assert_eq!(Dice::new(1, "x").pick::<u8>(&[]), None);
        assert_eq!(Dice::new(1, "x").pick(&[7]), Some(&7));
        assert!(!Dice::new(1, "x").chance(0.0));
    }
}
