//! Mail and text messages of an agent, sent with our account's key from its own inbox and number and no other.

mod email;
mod sms;

use std::time::Duration;

use axum::http::StatusCode;
use process::clock;
use process::problem::Problem;
use serde::Deserialize;

use super::caller::Caller;
use super::tools::living;
use crate::app::Services;
use crate::ledger::{Tool, ToolStatus};
use crate::vendor::{Class, Failure};

pub use email::{list as list_mails, send as send_mail};
pub use sms::{list as list_messages, send as send_message};

/// Messages on a page when nothing is said, and at most.
const PAGE_ROWS: u32 = 50;
const PAGE_ROWS_MAX: u32 = 100;

/// Longest token of a page that is taken.
const PAGE_TOKEN_CHARACTERS_MAX: usize = 1_024;

/// Messages that one agent may send in an hour: one that was talked into it must not spend our account's money without
/// end, nor its good name. People who talk to it need far fewer.
const MAILS_AN_HOUR_MAX: i64 = 200;
const TEXTS_AN_HOUR_MAX: i64 = 100;

/// When to try a vendor again that did not answer.
const RETRY: Duration = Duration::from_secs(2);

/// `?limit=&pageToken=`
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Page {
    limit: Option<u32>,
    page_token: Option<String>,
}

impl Page {
    fn limit(&self) -> Result<u32, Problem> {
        match self.limit {
            None => Ok(PAGE_ROWS),
            Some(limit) if (1..=PAGE_ROWS_MAX).contains(&limit) => Ok(limit),
            Some(_) => Err(Problem::invalid_field("limit", format!("must be 1 to {PAGE_ROWS_MAX}"))),
        }
    }

    fn token(&self) -> Result<Option<&str>, Problem> {
        match self.page_token.as_deref().filter(|token| !token.is_empty()) {
            Some(token) if token.len() > PAGE_TOKEN_CHARACTERS_MAX || token.chars().any(char::is_control) => {
                Err(Problem::invalid_field("pageToken", "is none of ours"))
            }
            token => Ok(token),
        }
    }
}

/// What the caller may send from: the tool of its own instance, made with our account.
struct Sender {
    instance_id: String,
    /// The address or number.
    from: String,
    tool: Tool,
}

impl Sender {
    async fn of(
        services: &Services,
        caller: &Caller,
        instance_id: &str,
        tool_id: &'static str,
    ) -> Result<Self, Problem> {
        let instance_id = caller.own(instance_id)?.as_str().to_owned();
        living(services, &instance_id).await?;
        let tool = services.ledger.tool(&instance_id, tool_id).await?;
        let Some(tool) = tool.filter(|tool| tool.status != ToolStatus::Destroying) else {
            return Err(Problem::not_found(format!("this instance has no tool {tool_id}")));
        };
        match (tool.status, tool.resource_id.clone()) {
            (ToolStatus::Active, Some(from)) => Ok(Self { instance_id, from, tool }),
            (ToolStatus::UserProvided, _) => {
                Err(Problem::conflict("this tool was brought along: its own key sends, not ours"))
            }
            _ => Err(Problem::conflict(format!("the tool {tool_id} is still being made"))),
        }
    }

    /// Whether it may send a further message now.
    async fn may_send(&self, services: &Services, most: i64) -> Result<(), Problem> {
        let now = clock::now();
        let hour = chrono::Duration::hours(1);
        let (sent, first) =
            services.ledger.sent_since(&self.instance_id, &self.tool.tool_id, now - hour).await?;
        if sent < most {
            return Ok(());
        }
        let wait = first.map_or(hour, |first| first + hour - now).to_std().unwrap_or_default();
        Err(Problem::too_many_requests(format!("an agent sends at most {most} of these an hour"), wait))
    }

    /// The inbox is used by other agents, too.
    fn is_shared(&self) -> bool {
        self.tool.config["shared"] == serde_json::Value::Bool(true)
    }
}

/// What a vendor's failure means for the agent. The vendor's own text is never repeated.
fn refused(failure: &Failure) -> Problem {
    let vendor = failure.vendor;
    match failure.class {
        Class::Invalid | Class::NotFound | Class::Conflict => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "message_refused",
            format!("{vendor} does not take this message"),
        ),
        Class::RateLimited { wait } => {
            Problem::too_many_requests(format!("{vendor} takes no more messages now"), wait)
        }
        Class::Ambiguous => Problem::unavailable(
            "outcome_unknown",
            format!("{vendor} did not answer: the message may have been sent"),
            RETRY,
        ),
        class if class.is_final() => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "message_refused",
            format!("{vendor} does not let us send this message"),
        ),
        _ => Problem::unavailable("vendor_unavailable", format!("{vendor} does not answer now"), RETRY),
    }
}

/// Whether the vendor surely did nothing.
fn had_no_effect(failure: &Failure) -> bool {
    failure.class != Class::Ambiguous
}
