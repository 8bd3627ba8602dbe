//! The one way out: every call to a vendor is paced, bounded, timed, classified and, where that is safe, repeated here.

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, StatusCode, header};
use governor::clock::{Clock, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use rand::random;
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;
use tracing::{debug, warn};
use url::Url;

use super::breaker::{Admission, Breaker};
use super::call::{Call, Credential, Reply};
use super::failure::{Class, Failure, Kind};
use super::mask::masked;
use super::retry::{Pace, TRIES_MAX, delay, wait_of, with_jitter};
use super::rules::{Rules, Seen, judge, uncertain};

/// A told wait up to this is slept out here; a longer one goes back to the caller's queue.
const PATIENCE: Duration = Duration::from_secs(5);

/// However fast a simulated vendor's time passes, an answer may take this long.
const TIMEOUT_MIN: Duration = Duration::from_secs(5);

/// Told waits that are slept out in one call, so that a vendor that always says "soon" does not hold us for ever.
const TOLD_WAITS_MAX: u32 = 3;

/// Sees the headers of every answer, for budgets that a vendor reports.
pub type HeadersSeen = Arc<dyn Fn(&HeaderMap) + Send + Sync>;

/// What a vendor is made of; see the fields of [`Vendor`].
pub struct VendorSettings {
    /// The word used in logs and metrics.
    pub name: &'static str,
    /// The base URL; paths are appended.
    pub base: Url,
    /// Ours.
    pub credential: Credential,
    /// What its codes and texts mean.
    pub rules: &'static Rules,
    /// Requests a second that we allow ourselves, below the vendor's limit.
    pub requests_per_second: f64,
    /// Requests at once.
    pub concurrency: usize,
    /// The cheap call that proves that the vendor lives and takes our credential. Without one, a refused credential does
    /// not stop other calls.
    pub cheap: Option<Call>,
    /// Sees every answer's headers.
    pub headers_seen: Option<HeadersSeen>,
}

/// One credential at one vendor: its client, its pace, its breaker.
pub struct Vendor {
    settings: VendorSettings,
    http: reqwest::Client,
    pace: Pace,
    bucket: DefaultDirectRateLimiter,
    permits: Semaphore,
    breaker: Mutex<Breaker>,
    /// The vendor said by status 429 that all calls wait until then.
    held_until: Mutex<Option<Instant>>,
}

impl Vendor {
    /// A vendor that nothing was sent to yet.
    pub fn new(settings: VendorSettings, http: reqwest::Client, pace: Pace) -> Self {
        let per_second = pace.rate(settings.requests_per_second).clamp(0.01, 100_000.0);
        let burst = NonZeroU32::new(per_second.ceil() as u32).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::with_period(Duration::from_secs_f64(1.0 / per_second))
            .map_or_else(|| Quota::per_second(burst), |quota| quota.allow_burst(burst));
        let permits = Semaphore::new(settings.concurrency.max(1));
        Self {
            settings,
            http,
            pace,
            bucket: RateLimiter::direct(quota),
            permits,
            breaker: Mutex::default(),
            held_until: Mutex::default(),
        }
    }

    /// The word used in logs and metrics.
    pub fn name(&self) -> &'static str {
        self.settings.name
    }

    /// How fast the vendor's side of time passes.
    pub fn pace(&self) -> Pace {
        self.pace
    }

    /// Waits on the vendor's clock.
    pub async fn pause(&self, duration: Duration) {
        tokio::time::sleep(self.pace.wait(duration)).await;
    }

    /// Why calls are not made at the moment, if so: the breaker is open because of this class.
    pub fn open_because(&self) -> Option<Class> {
        lock(&self.breaker).open_because()
    }

    /// A failure found by us in connection with this vendor.
    pub fn failure(&self, operation: &'static str, class: Class, message: impl Into<String>) -> Failure {
        Failure::local(self.settings.name, operation, class, message)
    }

    /// Makes the cheap call, whatever the breaker says, and lets the breaker learn from it.
    pub async fn check(&self) -> Result<(), Failure> {
        let Some(cheap) = &self.settings.cheap else { return Ok(()) };
        let outcome = self.attempt(cheap).await;
        self.learn(outcome.as_ref().err().map(|failure| failure.class));
        outcome.map(drop)
    }

    /// Sends a call. Repeats it when that is safe: anything that surely had no effect, and whatever may happen twice.
    ///
    /// # Guarantees
    /// - A [`Kind::Write`] is sent a second time only after a refusal or a failure to connect.
    /// - An error never holds a credential, ours or one that the vendor echoed.
    pub async fn send(&self, call: Call) -> Result<Reply, Failure> {
        let mut tries = 0;
        let mut told_waits = 0;
        loop {
            let began = Instant::now();
            let admitted = self.admitted(&call).await;
            metrics::histogram!("services_vendor_wait_seconds", "vendor" => self.settings.name)
                .record(began.elapsed().as_secs_f64());
            admitted?;
            let failure = match self.attempt(&call).await {
                Ok(reply) => {
                    self.note(&call, None);
                    return Ok(reply);
                }
                Err(failure) => self.confirmed(&call, failure).await,
            };
            self.note(&call, Some(failure.class));
            if let Class::RateLimited { wait } = failure.class {
                told_waits += 1;
                if call.single || wait > PATIENCE || told_waits > TOLD_WAITS_MAX {
                    return Err(failure);
                }
                self.count_retry();
                self.pause(with_jitter(wait, random())).await;
                continue;
            }
            tries += 1;
            if call.single || tries >= TRIES_MAX || !repeatable(call.kind, failure.class) {
                return Err(failure);
            }
            self.count_retry();
            self.pause(delay(tries - 1, random())).await;
        }
    }

    fn count_retry(&self) {
        metrics::counter!("services_vendor_retries_total", "vendor" => self.settings.name).increment(1);
    }

    /// Waits for the breaker, a vendor-wide hold and the bucket, or says why not.
    async fn admitted(&self, call: &Call) -> Result<(), Failure> {
        if call.credential.is_none() {
            let admission = lock(&self.breaker).admit(Instant::now(), self.pace);
            match admission {
                Admission::Pass => {}
                Admission::Probe => match self.check().await {
                    Err(failure) if !proves_life(failure.class) => return Err(failure),
                    _ => {}
                },
                Admission::Wait(_, because) => {
                    let class = if because == Class::Auth { Class::Auth } else { Class::Transient };
                    return Err(Failure::not_called(self.settings.name, call.operation, class));
                }
            }
        }
        let held = lock(&self.held_until).map(|until| until.saturating_duration_since(Instant::now()));
        if let Some(wait) = held.filter(|wait| !wait.is_zero()) {
            if call.single || wait > self.pace.wait(PATIENCE) {
                // Told on the vendor's clock, as every wait in a class is.
                let wait = wait.mul_f64(self.pace.rate(1.0));
                return Err(self.failure(
                    call.operation,
                    Class::RateLimited { wait },
                    "held after an earlier refusal",
                ));
            }
            tokio::time::sleep(wait).await;
        }
        // governor's own waiting ignores tokio's clock, so ask and sleep.
        while let Err(not_until) = self.bucket.check() {
            tokio::time::sleep(not_until.wait_time_from(DefaultClock::default().now())).await;
        }
        Ok(())
    }

    /// "Not authorized" may be said of one object by a vendor that takes our credential well. The cheap call tells:
    /// if it is answered, the refusal is about the object.
    async fn confirmed(&self, call: &Call, mut failure: Failure) -> Failure {
        if failure.class != Class::Auth || call.credential.is_some() || self.settings.cheap.is_none() {
            return failure;
        }
        match self.check().await {
            Err(check) if check.class == Class::Auth => {}
            // Refused, so without effect; whether for ever is not known yet.
            Err(check) if !proves_life(check.class) => failure.class = Class::Transient,
            Ok(()) | Err(_) => failure.class = Class::Forbidden,
        }
        failure
    }

    /// One request and its answer.
    async fn attempt(&self, call: &Call) -> Result<Reply, Failure> {
        let started = Instant::now();
        let outcome = self.exchange(call).await;
        let word = outcome.as_ref().err().map_or("ok", |failure| failure.class.as_str());
        let labels = [("vendor", self.settings.name), ("operation", call.operation)];
        metrics::counter!("services_vendor_requests_total",
            "vendor" => self.settings.name, "operation" => call.operation, "outcome" => word)
        .increment(1);
        metrics::histogram!("services_vendor_request_duration_seconds", &labels)
            .record(started.elapsed().as_secs_f64());
        if let Err(failure) = &outcome {
            debug!(vendor = self.settings.name, operation = call.operation, class = word, "{failure}");
        }
        outcome
    }

    async fn exchange(&self, call: &Call) -> Result<Reply, Failure> {
        let permit = self.permits.acquire().await;
        let request = self.request(call)?;
        // A vendor that holds an answer back does so on its own clock, but sending takes its time on ours.
        let timeout = self.pace.wait(call.timeout).max(call.timeout.min(TIMEOUT_MIN));
        let sent = tokio::time::timeout(timeout, async {
            let mut response = request.send().await?;
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                if body.len() + chunk.len() > call.answer_bytes_max {
                    return Ok((response, None));
                }
                body.extend_from_slice(&chunk);
            }
            Ok::<_, reqwest::Error>((response, Some(body)))
        })
        .await;
        drop(permit);
        let (response, body) = match sent {
            Err(_) => return Err(self.failure(call.operation, uncertain(call.kind), "no answer in time")),
            Ok(Err(error)) => return Err(self.unanswered(call, error)),
            Ok(Ok(sent)) => sent,
        };
        if let Some(headers_seen) = &self.settings.headers_seen {
            headers_seen(response.headers());
        }
        let status = StatusCode::from_u16(response.status().as_u16()).unwrap_or(StatusCode::BAD_GATEWAY);
        let Some(body) = body else {
            return Err(self.failure(
                call.operation,
                uncertain(call.kind),
                "an answer longer than the bound",
            ));
        };
        let headers = response.headers().clone();
        let content_type =
            headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
        let told_wait = wait_of(&headers, process::clock::now());
        let seen = Seen { status, content_type, body: &body, told_wait, partial: call.partial };
        match judge(self.settings.rules, call.kind, &seen) {
            Ok(json) => Ok(Reply {
                status,
                json,
                vendor: self.settings.name,
                operation: call.operation,
                kind: call.kind,
                headers,
            }),
            Err(verdict) => {
                if let (StatusCode::TOO_MANY_REQUESTS, Class::RateLimited { wait }) = (status, verdict.class)
                {
                    *lock(&self.held_until) = Some(Instant::now() + self.pace.wait(wait));
                }
                Err(Failure {
                    class: verdict.class,
                    vendor: self.settings.name,
                    operation: call.operation,
                    status: Some(status.as_u16()),
                    code: verdict.code,
                    message: verdict.message,
                })
            }
        }
    }

    fn request(&self, call: &Call) -> Result<reqwest::RequestBuilder, Failure> {
        let invalid = |message: &str| self.failure(call.operation, Class::Invalid, message);
        let mut url = self.settings.base.clone();
        if !call.path.is_empty() {
            // `push` leaves dots out silently, which would make another path of it.
            if call.path.iter().any(|segment| matches!(segment.as_str(), "" | "." | "..")) {
                return Err(invalid("a path segment that is no name"));
            }
            url.path_segments_mut()
                .map_err(|()| invalid("a base URL without a path"))?
                .pop_if_empty()
                .extend(&call.path);
        }
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let mut request = self.http.request(call.method.clone(), url);
        request = match call.credential.as_ref().unwrap_or(&self.settings.credential) {
            Credential::Nobody => request,
            Credential::Bearer(token) => request.bearer_auth(token.expose_secret()),
            Credential::Basic { user, password } => request.basic_auth(user, Some(password.expose_secret())),
            Credential::Header { name, value } => request.header(name, value.expose_secret()),
        };
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        Ok(match &call.body {
            Some(body) => request.json(body),
            None => request,
        })
    }

    /// Nobody answered. Before the connection stood nothing can have happened; after it anything can.
    fn unanswered(&self, call: &Call, error: reqwest::Error) -> Failure {
        let class = match (error.is_builder(), error.is_connect()) {
            (true, _) => Class::Invalid,
            (_, true) => Class::Transient,
            _ => uncertain(call.kind),
        };
        // The URL may carry an id of a person; the cause is what helps.
        let error = error.without_url();
        let cause = std::error::Error::source(&error)
            .map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"));
        self.failure(call.operation, class, masked(&cause))
    }

    /// Somebody else's credential says nothing about ours, but an answer of any kind says that the vendor lives.
    fn note(&self, call: &Call, outcome: Option<Class>) {
        if call.credential.is_some() && outcome == Some(Class::Auth) {
            return;
        }
        self.learn(outcome);
    }

    fn learn(&self, outcome: Option<Class>) {
        if outcome == Some(Class::Auth) && self.settings.cheap.is_none() {
            return;
        }
        let mut breaker = lock(&self.breaker);
        let before = breaker.open_because();
        breaker.record(outcome, Instant::now(), self.pace);
        let after = breaker.open_because();
        drop(breaker);
        if before != after {
            let open = if after.is_some() { 1.0 } else { 0.0 };
            metrics::gauge!("services_vendor_breaker_open", "vendor" => self.settings.name).set(open);
            match after {
                Some(class) => {
                    warn!(vendor = self.settings.name, %class, "{} is not called any more", self.settings.name)
                }
                None => tracing::info!(vendor = self.settings.name, "{} is called again", self.settings.name),
            }
        }
    }
}

/// Whether an answer of this class can only come from a vendor that is up and takes our credential.
fn proves_life(class: Class) -> bool {
    !matches!(class, Class::Auth | Class::Transient | Class::Ambiguous | Class::RateLimited { .. })
}

/// Whether a second sending cannot do harm.
fn repeatable(kind: Kind, class: Class) -> bool {
    match class {
        Class::Transient => true,
        Class::Ambiguous => kind != Kind::Write,
        _ => false,
    }
}

/// A poisoned lock of plain numbers holds nothing half-done.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
