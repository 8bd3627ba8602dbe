//! What `services` says of its tools and vendors, remembered for a moment.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use controller::Controller;
use controller::services::ServicesError;
use model::services::{Tool, VendorsReport};
use process::problem::Problem;
use tracing::warn;

use crate::kept::Kept;

/// How long the tools are good for: they change only when `services` is configured anew.
const TOOLS_FRESH: Duration = Duration::from_secs(30);
/// How long the vendors' report is good for: lanes and budgets move, and many may look at once.
const VENDORS_FRESH: Duration = Duration::from_secs(3);
/// The state of the whole does not wait longer for `services`, which may be what is wrong.
const VENDORS_WITHIN: Duration = Duration::from_secs(1);
/// When a caller should try again.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// What was heard of `services`.
#[derive(Clone)]
pub struct Registry {
    controller: Arc<Controller>,
    tools: Arc<Kept<Arc<[Tool]>, Problem>>,
    vendors: Arc<Kept<Arc<VendorsReport>, Infallible>>,
}

impl Registry {
    /// A registry that has heard nothing yet.
    pub fn new(controller: Arc<Controller>) -> Self {
        Self {
            controller,
            tools: Kept::nothing(|_, _| TOOLS_FRESH),
            vendors: Kept::nothing(|_, _| VENDORS_FRESH),
        }
    }

    /// The tools; as last heard when `services` is away.
    ///
    /// # Errors
    /// 503 `services_unavailable` when it is away and never answered.
    pub async fn tools(&self) -> Result<Arc<[Tool]>, Problem> {
        let controller = Arc::clone(&self.controller);
        let ask = async move {
            let tools = controller.services().registry().await.map_err(|error| away(&error))?;
            Ok(Arc::from(tools))
        };
        let tools = self.tools.get(ask).await.or_else(|problem| self.tools.last().ok_or(problem))?;
        Ok(Arc::clone(&*tools))
    }

    /// How the vendors are; as last heard when `services` is away or slow, and empty when it never answered.
    pub async fn vendors(&self) -> Arc<VendorsReport> {
        let controller = Arc::clone(&self.controller);
        let last = self.vendors.last();
        let ask = async move {
            Ok(match tokio::time::timeout(VENDORS_WITHIN, controller.services().vendors()).await {
                Ok(Ok(report)) => Arc::new(report),
                // Remembered like an answer: not every reader has to wait for one that does not come.
                Ok(Err(_)) | Err(_) => last.map(|last| Arc::clone(&*last)).unwrap_or_default(),
            })
        };
        match self.vendors.get(ask).await {
            Ok(report) => Arc::clone(&*report),
            Err(never) => match never {},
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
