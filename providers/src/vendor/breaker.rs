//! Stops calling a vendor that is down or does not take our key, and finds out cheaply when that is over.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::failure::Class;

/// So many transient failures …
const FAILURES_MAX: usize = 5;
/// … within this time open the breaker.
const FAILURES_WITHIN: Duration = Duration::from_secs(30);
/// An open breaker lets one cheap call through each time this has passed.
const RECHECK_EVERY: Duration = Duration::from_secs(60);

/// What a caller may do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Go on.
    Pass,
    /// Make the cheap call first; only this caller was told so.
    Probe,
    /// Wait; it is open because of this class.
    Wait(Duration, Class),
}

/// The state of one vendor's credential. Pure: time is an argument.
#[derive(Debug, Default)]
pub struct Breaker {
    recent: VecDeque<Instant>,
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    because: Class,
    next_probe: Instant,
}

impl Breaker {
    /// What a caller may do. The answer [`Admission::Probe`] is given once in each interval of `pace × 60 s`, so that a
    /// probe that never ends does not keep the breaker open for ever.
    pub fn admit(&mut self, now: Instant, pace: super::Pace) -> Admission {
        match &mut self.open {
            None => Admission::Pass,
            Some(open) if now >= open.next_probe => {
                open.next_probe = now + pace.wait(RECHECK_EVERY);
                Admission::Probe
            }
            Some(open) => Admission::Wait(open.next_probe - now, open.because),
        }
    }

    /// Records how a call ended; `None` is success.
    pub fn record(&mut self, outcome: Option<Class>, now: Instant, pace: super::Pace) {
        match outcome {
            Some(Class::Auth) => self.open(Class::Auth, now, pace),
            Some(Class::Transient | Class::Ambiguous) => {
                let window = pace.wait(FAILURES_WITHIN);
                self.recent.retain(|at| now.saturating_duration_since(*at) < window);
                self.recent.push_back(now);
                if self.recent.len() >= FAILURES_MAX {
                    self.open(Class::Transient, now, pace);
                }
            }
            // Any other answer proves that the vendor lives and takes the credential.
            Some(_) | None => {
                self.recent.clear();
                self.open = None;
            }
        }
    }

    /// Why it is open, if it is.
    pub fn open_because(&self) -> Option<Class> {
        self.open.as_ref().map(|open| open.because)
    }

    fn open(&mut self, because: Class, now: Instant, pace: super::Pace) {
        self.recent.clear();
        self.open = Some(Open { because, next_probe: now + pace.wait(RECHECK_EVERY) });
    }
}

#[cfg(test)]
mod tests {
    use super::super::Pace;
    use super::*;

    #[test]
    fn one_refused_credential_opens_it_and_a_good_probe_closes_it() {
        let (pace, start) = (Pace::default(), Instant::now());
        let mut breaker = Breaker::default();
        breaker.record(Some(Class::Auth), start, pace);
        assert_eq!(
            breaker.admit(start + Duration::from_secs(20), pace),
            Admission::Wait(Duration::from_secs(40), Class::Auth)
        );
        let later = start + Duration::from_secs(60);
        assert_eq!(breaker.admit(later, pace), Admission::Probe);
        assert!(matches!(breaker.admit(later, pace), Admission::Wait(..)), "one probe at a time");
        breaker.record(None, later, pace);
        assert_eq!(breaker.admit(later, pace), Admission::Pass);
    }

    #[test]
    fn five_transient_failures_in_thirty_seconds_open_it_and_slower_ones_do_not() {
        let (pace, start) = (Pace::default(), Instant::now());
        let mut slow = Breaker::default();
        let mut fast = Breaker::default();
        for number in 0..5 {
            slow.record(Some(Class::Transient), start + Duration::from_secs(number * 10), pace);
            fast.record(Some(Class::Ambiguous), start + Duration::from_secs(number * 5), pace);
        }
        assert_eq!(slow.open_because(), None);
        assert_eq!(fast.open_because(), Some(Class::Transient));
    }

    #[test]
    fn a_refusal_of_the_request_proves_that_the_vendor_lives() {
        let (pace, start) = (Pace::default(), Instant::now());
        let mut breaker = Breaker::default();
        for _ in 0..4 {
            breaker.record(Some(Class::Transient), start, pace);
        }
        breaker.record(Some(Class::NotFound), start, pace);
        breaker.record(Some(Class::Transient), start, pace);
        assert_eq!(breaker.open_because(), None);
    }
}
