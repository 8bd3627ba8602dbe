//! What `services` says of its tools and vendors, remembered for a moment.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use controller::Controller;
use controller::services::ServicesError;
use model::services::{Tool, VendorsReport};
use process::problem::Problem;
use tracing::warn;

/// How long the tools are good for: they change only when `services` is configured anew.
const TOOLS_FRESH: Duration = Duration::from_secs(30);
/// How long the vendors' report is good for: lanes and budgets move, and many may look at once.
const VENDORS_FRESH: Duration = Duration::from_secs(3);
/// The state of the whole does not wait longer for `services`, which may be what is wrong.
const VENDORS_WITHIN: Duration = Duration::from_secs(1);
/// When a caller should try again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// An answer and when it came.
struct Heard<T: ?Sized> {
    fresh: Duration,
    last: RwLock<Option<(Instant, Arc<T>)>>,
}

impl<T: ?Sized> Heard<T> {
    const fn nothing(fresh: Duration) -> Self {
        Self { fresh, last: RwLock::new(None) }
    }

    /// The last answer, and whether it is still good.
    fn last(&self) -> Option<(Arc<T>, bool)> {
        let last = self.last.read().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().map(|(at, said)| (Arc::clone(said), at.elapsed() < self.fresh))
    }

    fn note(&self, said: Arc<T>) -> Arc<T> {
        let news = Some((Instant::now(), Arc::clone(&said)));
        *self.last.write().unwrap_or_else(PoisonError::into_inner) = news;
        said
    }
}

/// What was heard of `services`.
#[derive(Clone)]
pub struct Registry {
    controller: Arc<Controller>,
    tools: Arc<Heard<[Tool]>>,
    vendors: Arc<Heard<VendorsReport>>,
}

impl Registry {
    /// A registry that has heard nothing yet.
    pub fn new(controller: Arc<Controller>) -> Self {
        Self {
            controller,
            tools: Arc::new(Heard::nothing(TOOLS_FRESH)),
            vendors: Arc::new(Heard::nothing(VENDORS_FRESH)),
        }
    }

    /// The tools; as last heard when `services` is away.
    ///
    /// # Errors
    /// 503 `services_unavailable` when it is away and never answered.
    pub async fn tools(&self) -> Result<Arc<[Tool]>, Problem> {
        let last = match self.tools.last() {
            Some((tools, true)) => return Ok(tools),
            last => last,
        };
        match self.controller.services().registry().await {
            Ok(tools) => Ok(self.tools.note(tools.into())),
            Err(error) => last.map(|(tools, _)| tools).ok_or_else(|| away(&error)),
        }
    }

    /// How the vendors are; as last heard when `services` is away or slow, and empty when it never answered.
    pub async fn vendors(&self) -> Arc<VendorsReport> {
        let last = match self.vendors.last() {
            Some((report, true)) => return report,
            last => last,
        };
        match tokio::time::timeout(VENDORS_WITHIN, self.controller.services().vendors()).await {
            Ok(Ok(report)) => self.vendors.note(Arc::new(report)),
            Ok(Err(_)) | Err(_) => last.map(|(report, _)| report).unwrap_or_default(),
        }
    }
}

fn away(error: &ServicesError) -> Problem {
    warn!("the tools are not known: {}", error.chain());
    Problem::unavailable(
        "services_unavailable",
        "services does not answer, so its tools are not known",
        RETRY_AFTER,
    )
}
