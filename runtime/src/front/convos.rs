//! `/convos/status` and `/convos/reset`: the binding as seen from outside, and the way back to none.

use axum::Json as Answer;
use axum::extract::State;
use model::agent::Status;
use process::problem::{Json, Problem};
use serde::Deserialize;
use serde_json::{Value, json};
use tracing::info;

use super::pool::to_its_end;
use super::{Front, Trusted};
use crate::agent::Kind;
use crate::binding::Phase;
use crate::openclaw;
use crate::refusal::Refusal;

/// The agent starts again when its variables change with the reset, or when it is a gateway, whose memory is in many
/// files that only its end lets go of. A gateway takes long to start.
const RESTART_WAIT: std::time::Duration = std::time::Duration::from_secs(150);

/// `GET /convos/status`: the agent's own word, with the claim and the configuration that we keep.
pub async fn status(_caller: Trusted, State(front): State<Front>) -> Result<Answer<Status>, Refusal> {
    let status = front.seen().await?;
    // A provision or reset that runs right now settles by itself.
    if let Ok(_alone) = front.one_at_a_time.try_lock() {
        front.settle(&status).await?;
    }
    Ok(Answer(front.described(status)))
}

/// `POST /convos/reset`; the images before this one know the field.
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reset {
    #[serde(default)]
    skip_greeting: bool,
}

/// `POST /convos/reset`: conversation, claim and variables given live are forgotten, on the volume too.
pub async fn reset(
    _caller: Trusted,
    State(front): State<Front>,
    body: Result<Option<Json<Reset>>, Problem>,
) -> Result<Answer<Value>, Refusal> {
    let skip_greeting = body?.is_some_and(|Json(reset)| reset.skip_greeting);
    let work = async move {
        let _alone = front.one_at_a_time.lock().await;
        let address = front.supervisor.address().ok_or_else(Refusal::not_ready)?;
        let wipes = front.about.kind == Kind::Openclaw;
        if wipes {
            openclaw::ask_for_wipe(&front.about.openclaw)?;
        } else {
            front.agent.reset(address, skip_greeting).await?;
        }
        front.keep(None).await?;
        let _in_order = front.variables_in_order.lock().await;
        if front.environment.forget().await? || wipes {
            front.supervisor.restart(RESTART_WAIT).await.map_err(|_| Refusal::not_ready())?;
        }
        info!("the agent was reset");
        let status = front.seen().await?;
        Ok(front.described(status))
    };
    let status = to_its_end(work).await?;
    Ok(Answer(json!({ "ok": true, "reset": true, "status": status })))
}

impl Front {
    async fn seen(&self) -> Result<Status, Refusal> {
        let address = self.supervisor.address().ok_or_else(Refusal::not_ready)?;
        Ok(self.agent.status(address).await?)
    }

    fn described(&self, seen: Status) -> Status {
        let Some(held) = self.bound() else { return Status { claim_id: None, config_hash: None, ..seen } };
        let config_hash = (held.phase != Phase::Asked).then(|| held.request.config_hash());
        let conversation = match held.phase {
            Phase::Bound(conversation) => Some(conversation),
            Phase::Asked | Phase::PendingAcceptance => None,
        };
        let (ours, invite) = conversation.map(|c| (c.conversation_id, c.invite_url)).unzip();
        Status {
            conversation_id: seen.conversation_id.or(ours),
            invite_url: seen.invite_url.or(invite.flatten()),
            claim_id: held.request.claim_id,
            config_hash,
            clean: false,
            ..seen
        }
    }
}
