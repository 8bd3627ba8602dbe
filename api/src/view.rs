//! Records as the API shows them.

use model::api::{ClaimView, DestroyRequestView, EventView, InstanceView, KeyView, TemplateView};
use model::record::{Claim, DestroyRequest, Event, Instance, Template};
use model::words::ClaimPhase;

use controller::store::keys::Key;
use controller::store::read_claims::Line;

/// How long a creation takes when nothing was created lately: an instance runs in a project of its own and
/// takes a minute or more.
const CREATION_SECONDS_USUAL: f64 = 60.0;

/// An instance.
pub fn instance(record: Instance) -> InstanceView {
    InstanceView {
        name: record.agent_name.clone().unwrap_or_else(|| record.id.to_string()),
        instance_id: record.id,
        pool: record.pool,
        status: record.status,
        deploy_status: record.deploy_status,
        url: record.url,
        image: record.image,
        runtime_version: record.runtime_version,
        agent_name: record.agent_name,
        claim_id: record.claim_id,
        template_id: record.template_id,
        owner_id: record.owner_id,
        conversation_id: record.conversation_id,
        invite_url: record.invite_url,
        parent_instance: record.parent_instance,
        protected: record.protected,
        conditions: record.conditions,
        failure: record.failure,
        created_at: record.created_at,
        claimed_at: record.claimed_at,
        status_since: record.status_since,
        healthy_at: record.healthy_at,
        template_synced_at: record.template_synced_at,
    }
}

/// A claim; with its place in line while it is pending.
pub fn claim(record: Claim, line: Option<&Line>) -> ClaimView {
    let position = line
        .filter(|_| record.phase == ClaimPhase::Pending)
        .and_then(|line| line.places.get(&record.id).copied());
    ClaimView {
        claim_id: record.id,
        phase: record.phase,
        instance_id: record.instance_id,
        invite_url: record.invite_url,
        conversation_id: record.conversation_id,
        agent_name: record.agent_name,
        template_id: record.template_id,
        owner_id: record.owner_id,
        pool: record.pool,
        position,
        estimate_seconds: position.zip(line).map(|(position, line)| estimate_seconds(position, line)),
        tools: record.tools,
        conditions: record.conditions,
        failure: record.failure,
        created_at: record.created_at,
        ready_at: record.ready_at,
        expires_at: record.expires_at,
    }
}

/// When the n-th in line will probably have an instance: when the n-th of those that are being created is
/// done, in rounds of as many as there are.
fn estimate_seconds(position: u64, line: &Line) -> u64 {
    let took = line.creation_seconds.unwrap_or(CREATION_SECONDS_USUAL).max(1.0);
    let index = usize::try_from(position.saturating_sub(1)).unwrap_or(usize::MAX);
    let seconds = match line.starting_ages.get(index) {
        Some(age) => took - age,
        None => {
            let starting = line.starting_ages.len().max(1);
            let rounds = index / starting;
            took * (rounds.max(1) as f64)
        }
    };
    seconds.max(1.0).ceil() as u64
}

/// A destroy request.
pub fn destroy_request(record: DestroyRequest) -> DestroyRequestView {
    DestroyRequestView {
        destroy_request_id: record.id,
        instance_id: record.instance_id,
        reason: record.reason,
        requested_by: record.requested_by,
        phase: record.phase,
        attempts: record.attempts,
        last_error: record.last_error,
        created_at: record.created_at,
        done_at: record.done_at,
    }
}

/// A template.
pub fn template(record: Template) -> TemplateView {
    TemplateView {
        template_id: record.id,
        creator_id: record.creator_id,
        agent_name: record.agent_name,
        instructions: record.instructions,
        model: record.model,
        tools: record.tools,
        visibility: record.visibility,
        created_at: record.created_at,
        updated_at: record.updated_at,
    }
}

/// A line of the journal.
pub fn event(record: Event) -> EventView {
    EventView {
        event_id: record.id,
        at: record.at,
        kind: record.kind,
        object: record.object,
        reason: record.reason,
        message: record.message,
        actor: record.actor,
        from: record.from,
        to: record.to,
        cause: record.cause,
        trace_id: record.trace_id,
    }
}

/// A key, without itself.
pub fn key(record: Key) -> KeyView {
    KeyView {
        key_id: record.id,
        name: record.name,
        role: record.role,
        key: None,
        created_at: record.created_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(ages: &[f64], took: Option<f64>) -> Line {
        Line { starting_ages: ages.to_vec(), creation_seconds: took, ..Line::default() }
    }

    #[test]
    fn the_estimate_follows_what_is_being_created() {
        let cases = [
            (1, line(&[], None), 60),
            (1, line(&[], Some(20.0)), 20),
            (1, line(&[15.0, 5.0], Some(20.0)), 5),
            (2, line(&[15.0, 5.0], Some(20.0)), 15),
            (3, line(&[15.0, 5.0], Some(20.0)), 20),
            (5, line(&[15.0, 5.0], Some(20.0)), 40),
            (1, line(&[500.0], Some(20.0)), 1),
        ];
        for (position, line, seconds) in cases {
            assert_eq!(estimate_seconds(position, &line), seconds, "{position} {line:?}");
        }
    }
}
