//! The tools that `services` offers, remembered for a moment: they change only when it is configured anew.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use controller::Controller;
use controller::services::ServicesError;
use model::services::Tool;
use process::problem::Problem;
use tracing::warn;

/// How long an answer is good for.
const FRESH: Duration = Duration::from_secs(30);
/// When a caller should try again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// When the tools were heard of, and which.
type Heard = (Instant, Arc<[Tool]>);

/// The tools, as last heard.
#[derive(Clone)]
pub struct Registry {
    controller: Arc<Controller>,
    heard: Arc<RwLock<Option<Heard>>>,
}

impl Registry {
    /// A registry that has heard nothing yet.
    pub fn new(controller: Arc<Controller>) -> Self {
        Self { controller, heard: Arc::default() }
    }

    /// The tools; as last heard when `services` is away.
    ///
    /// # Errors
    /// 503 `services_unavailable` when it is away and never answered.
    pub async fn tools(&self) -> Result<Arc<[Tool]>, Problem> {
        let heard = self.heard();
        if let Some((at, tools)) = &heard
            && at.elapsed() < FRESH
        {
            return Ok(Arc::clone(tools));
        }
        match self.controller.services().registry().await {
            Ok(tools) => {
                let tools: Arc<[Tool]> = tools.into();
                let news = Some((Instant::now(), Arc::clone(&tools)));
                *self.heard.write().unwrap_or_else(PoisonError::into_inner) = news;
                Ok(tools)
            }
            Err(error) => match heard {
                Some((_, tools)) => Ok(tools),
                None => Err(away(&error)),
            },
        }
    }

    /// The tools as last heard, without asking.
    pub fn last_heard(&self) -> Arc<[Tool]> {
        self.heard().map(|(_, tools)| tools).unwrap_or_default()
    }

    fn heard(&self) -> Option<(Instant, Arc<[Tool]>)> {
        self.heard.read().unwrap_or_else(PoisonError::into_inner).clone()
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
