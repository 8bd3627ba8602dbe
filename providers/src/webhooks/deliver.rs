//! Messages that came in, handed to their agents. An agent that sleeps or starts gets them when it is awake.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use model::delay::Curve;
use process::clock;
use serde_json::json;
use tracing::{info, warn};

use crate::agent::AgentError;
use crate::app::Services;
use crate::ledger::{ConfigureState, DueDelivery, LedgerError, Phase};

/// Between two looks for deliveries that are due; one that has just come in is not waited for.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Deliveries taken at once.
const BATCH: i64 = 20;

/// Agents that are told at the same time.
const CONCURRENCY: usize = 8;

/// A worker that dies leaves its deliveries to others after this.
const HELD_FOR: chrono::Duration = chrono::Duration::seconds(60);

/// Between the tries of one delivery, on the vendors' clock.
const AGAIN: Curve = Curve { first: Duration::from_secs(2), most: Duration::from_secs(300) };

/// An agent that was away for so long gets no more of what came in meanwhile.
const GIVEN_UP_AFTER: chrono::Duration = chrono::Duration::days(3);

/// Done deliveries are remembered for so long, so that a vendor's repeat is known.
const REMEMBERED_FOR: chrono::Duration = chrono::Duration::days(7);

/// Rounds between two cleanings: about an hour.
const CLEAN_EVERY: u32 = 1_800;

/// The path of an agent's front that takes notices.
const PATH: &str = "/convos/notify";

/// Delivers until the process stops.
pub async fn watch(services: Arc<Services>) {
    for round in 0_u32.. {
        if let Err(failure) = deliver_due(&services).await {
            warn!("deliveries cannot be read: {failure}");
        }
        if round % CLEAN_EVERY == 0
            && let Err(failure) = clean(&services).await
        {
            warn!("old deliveries cannot be forgotten: {failure}");
        }
        tokio::select! {
            () = services.shutdown.wait() => return,
            () = services.incoming.notified() => {}
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn clean(services: &Services) -> Result<(), LedgerError> {
    services.ledger.forget_deliveries(clock::now() - REMEMBERED_FOR).await?;
    services.ledger.forget_messages_of_the_gone().await?;
    Ok(())
}

async fn deliver_due(services: &Services) -> Result<(), LedgerError> {
    let now = clock::now();
    let due = services.ledger.due_deliveries(now, now + HELD_FOR, BATCH).await?;
    let outcomes = futures::stream::iter(due)
        .map(|delivery| async move { deliver(services, &delivery).await })
        .buffer_unordered(CONCURRENCY)
        .collect::<Vec<_>>()
        .await;
    outcomes.into_iter().collect()
}

async fn deliver(services: &Services, delivery: &DueDelivery) -> Result<(), LedgerError> {
    let ledger = &services.ledger;
    let id = &delivery.instance_id;
    let now = clock::now();
    let instance = ledger.instance(id).await?.filter(|instance| instance.phase != Phase::Destroying);
    let (Some(instance), Some(token)) = (instance, ledger.gateway_token(id).await?) else {
        return ledger.delivery_done(delivery, now).await;
    };
    let outcome = match &instance.site.url {
        Some(url) => services.agents.deliver(url, &token, PATH, &json!({"text": *delivery.text})).await,
        None => Err(AgentError::NotReady),
    };
    let source = delivery.source.as_str();
    let Err(error) = outcome else {
        info!(instance.id = %id, source, "a message was handed to instance {id}");
        metrics::counter!("services_deliveries_total", "outcome" => "delivered").increment(1);
        return ledger.delivery_done(delivery, now).await;
    };
    match fate(&error, instance.conversation.state, now - delivery.received_at) {
        Fate::Refused => {
            warn!(instance.id = %id, source, "a message cannot be handed to its agent: {error}");
            metrics::counter!("services_deliveries_total", "outcome" => "refused").increment(1);
            ledger.delivery_done(delivery, now).await
        }
        Fate::GivenUp => {
            warn!(instance.id = %id, source, "a message is given up after days: {error}");
            metrics::counter!("services_deliveries_total", "outcome" => "given_up").increment(1);
            ledger.delivery_done(delivery, now).await
        }
        Fate::Again => {
            let attempts = u32::try_from(delivery.attempts).unwrap_or(1);
            let wait = services.pace.wait(AGAIN.after(attempts, rand::random()));
            let wait = chrono::Duration::from_std(wait).unwrap_or(HELD_FOR);
            ledger.delivery_again(delivery, now + wait).await
        }
    }
}

/// What becomes of a message that its agent did not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Again,
    Refused,
    GivenUp,
}

/// Pure. An agent without its conversation has nobody to tell yet: tools are made before it is told who it is, and
/// a message may come in between.
fn fate(error: &AgentError, state: ConfigureState, age: chrono::Duration) -> Fate {
    match error {
        AgentError::Refused | AgentError::Unknown => Fate::Refused,
        AgentError::Invalid if state == ConfigureState::Done => Fate::Refused,
        _ if age > GIVEN_UP_AFTER => Fate::GivenUp,
        _ => Fate::Again,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_waits_for_the_agents_conversation_and_is_not_dropped_before_it() {
        let minute = chrono::Duration::minutes(1);
        for state in [ConfigureState::None, ConfigureState::Sent, ConfigureState::Pending] {
            assert_eq!(fate(&AgentError::Invalid, state, minute), Fate::Again, "{state:?}");
        }
        assert_eq!(fate(&AgentError::Invalid, ConfigureState::Done, minute), Fate::Refused);
        assert_eq!(fate(&AgentError::Unreachable, ConfigureState::Done, minute), Fate::Again);
        let days = chrono::Duration::days(4);
        assert_eq!(fate(&AgentError::Unreachable, ConfigureState::Done, days), Fate::GivenUp);
        assert_eq!(fate(&AgentError::Invalid, ConfigureState::None, days), Fate::GivenUp);
        assert_eq!(fate(&AgentError::Refused, ConfigureState::None, minute), Fate::Refused);
    }
}
