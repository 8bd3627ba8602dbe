//! Deliveries of vendors. What cannot be read is answered well, since a vendor would only repeat it.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::extract::rejection::BytesRejection;
use axum::http::{HeaderMap, StatusCode};
use process::auth::same;
use process::clock;
use process::problem::{Path, Problem};
use process::server::BODY_BYTES_MAX;
use secrecy::ExposeSecret;
use tracing::debug;

use crate::app::Services;
use crate::ledger::{NewDelivery, NewMessage};
use crate::webhooks::{Incoming, mail, project_of, signature, sms};

type Body = Result<Bytes, BytesRejection>;

fn read(body: Body) -> Result<Bytes, Problem> {
    body.map_err(|_| Problem::payload_too_large(BODY_BYTES_MAX))
}

fn nothing_here() -> Problem {
    Problem::not_found("there is nothing at this path")
}

fn count(source: &'static str, outcome: &'static str) {
    metrics::counter!("services_webhooks_total", "source" => source, "outcome" => outcome).increment(1);
}

/// `POST /webhooks/railway/{secret}`: events in any order, repeated, foreign. All that follows is a fresh look.
pub async fn infrastructure(
    State(services): State<Arc<Services>>,
    Path(secret): Path<String>,
    body: Body,
) -> Result<StatusCode, Problem> {
    let ours = services.webhook_secret.as_ref().is_some_and(|ours| same(ours.expose_secret(), &secret));
    if !ours {
        return Err(nothing_here());
    }
    let Some(project_id) = project_of(&read(body)?) else {
        count("railway", "unreadable");
        return Ok(StatusCode::OK);
    };
    match services.ledger.instance_of_project(&project_id).await? {
        Some(instance_id) => {
            count("railway", "hint");
            debug!(instance.id = %instance_id, "something happened to the deployment of {instance_id}");
            services.watch.hint(&instance_id);
        }
        None => count("railway", "foreign"),
    }
    Ok(StatusCode::OK)
}

/// `POST /webhooks/agentmail`
pub async fn agentmail(
    State(services): State<Arc<Services>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let body = read(body)?;
    let secret = services.mail_secret.get().ok_or_else(nothing_here)?;
    if !signature::is_svix(&headers, &body, secret, clock::now()) {
        count("agentmail", "forged");
        return Err(Problem::unauthorized());
    }
    let Some(incoming) = mail(&body) else {
        count("agentmail", "unreadable");
        return Ok(StatusCode::OK);
    };
    // In an inbox that many share, the thread says whose it is.
    let to = match services.ledger.holder_of("email", &incoming.address).await? {
        Some(holder) => Some(holder),
        None => match &incoming.thread_id {
            Some(thread_id) => services.ledger.owner_of_thread(thread_id).await?,
            None => None,
        },
    };
    take(&services, "agentmail", "email", &incoming, to.as_deref()).await
}

/// `POST /webhooks/telnyx`
pub async fn telnyx(
    State(services): State<Arc<Services>>,
    headers: HeaderMap,
    body: Body,
) -> Result<StatusCode, Problem> {
    let body = read(body)?;
    let key = services.telnyx_key.as_ref().ok_or_else(nothing_here)?;
    if !signature::is_telnyx(&headers, &body, key, clock::now()) {
        count("telnyx", "forged");
        return Err(Problem::unauthorized());
    }
    let Some(incoming) = sms(&body) else {
        count("telnyx", "unreadable");
        return Ok(StatusCode::OK);
    };
    let to = services.ledger.holder_of("sms", &incoming.address).await?;
    take(&services, "telnyx", "sms", &incoming, to.as_deref()).await
}

/// Takes a delivery once and wakes the worker that hands it on.
async fn take(
    services: &Services,
    source: &'static str,
    tool_id: &'static str,
    incoming: &Incoming,
    to: Option<&str>,
) -> Result<StatusCode, Problem> {
    let now = clock::now();
    if let Some(instance_id) = to {
        let message = NewMessage {
            instance_id,
            tool_id,
            counterpart: &incoming.counterpart,
            text: incoming.text.as_deref(),
        };
        services.ledger.message_received(&message, &incoming.message_id, now).await?;
    }
    let delivery = NewDelivery {
        source,
        event_id: &incoming.event_id,
        kind: &incoming.kind,
        to: to.map(|instance_id| (instance_id, incoming.notice.as_str())),
    };
    let first = services.ledger.take_delivery(&delivery, now).await?;
    count(
        source,
        match (first, to) {
            (false, _) => "repeated",
            (true, Some(_)) => "taken",
            (true, None) => "foreign",
        },
    );
    services.incoming.notify_one();
    Ok(StatusCode::OK)
}
