//! What a stand-in for the runtime keeps on its volume, and how it answers from it.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use model::agent::{Provision, Provisioned, Status};
use model::services::ConversationStatus;
use serde::{Deserialize, Serialize};

/// The volume of one stand-in.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Memory {
    /// What it was made into.
    bound: Option<Bound>,
    /// Variables that were given live.
    pub live: BTreeMap<String, String>,
    /// Messages of people.
    pub messages: u64,
    /// What it was told of mail and text messages.
    #[serde(default)]
    pub notices: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Bound {
    request: Provision,
    since: DateTime<Utc>,
    conversation_id: String,
    slug: String,
}

/// Why a provision is refused: it belongs to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AlreadyBound;

impl Bound {
    /// `None` while somebody has to let it in; the link's slug plays it: `pending` waits for ever, `pending-5s` five
    /// seconds, as the builtin agent does.
    fn inside(&self, now: DateTime<Utc>) -> bool {
        let Some(url) = &self.request.join_url else { return true };
        let slug = url.rsplit(['/', '=']).next().unwrap_or_default();
        let Some(rest) = slug.strip_prefix("pending") else { return true };
        let wait = rest.trim_start_matches('-').strip_suffix('s').and_then(|seconds| seconds.parse().ok());
        wait.and_then(TimeDelta::try_seconds).is_some_and(|wait| now - self.since >= wait)
    }
}

impl Memory {
    /// Takes on a claim: the same one again answers the same, with new instructions it changes in place.
    pub fn provision(
        &mut self,
        request: Provision,
        base: &str,
        now: DateTime<Utc>,
        fresh_id: impl FnOnce() -> String,
    ) -> Result<Provisioned, AlreadyBound> {
        match &mut self.bound {
            Some(bound) if request.claim_id.is_none() || bound.request.claim_id != request.claim_id => {
                return Err(AlreadyBound);
            }
            Some(bound) => bound.request = request,
            None => {
                let id = fresh_id();
                let slug = id.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
                self.bound = Some(Bound { request, since: now, conversation_id: id, slug });
            }
        }
        let status = self.status(base, now);
        let joins = self.bound.as_ref().is_some_and(|bound| bound.request.join_url.is_some());
        Ok(Provisioned {
            ok: true,
            invite_url: status.invite_url,
            conversation_id: status.conversation_id,
            joined: joins && !status.pending,
            status: match (joins, status.pending) {
                (_, true) => ConversationStatus::PendingAcceptance,
                (true, false) => ConversationStatus::Joined,
                (false, false) => ConversationStatus::Created,
            },
        })
    }

    /// `GET /convos/status`.
    pub fn status(&self, base: &str, now: DateTime<Utc>) -> Status {
        let Some(bound) = &self.bound else { return Status { clean: true, ..Status::default() } };
        let inside = bound.inside(now);
        let link = bound.request.join_url.clone().unwrap_or_else(|| format!("{base}/c/{}", bound.slug));
        Status {
            conversation_id: inside.then(|| bound.conversation_id.clone()),
            invite_url: inside.then_some(link),
            inbox_id: Some(bound.conversation_id.replace('-', "")),
            pending: !inside,
            clean: false,
            claim_id: bound.request.claim_id.clone(),
            config_hash: Some(bound.request.config_hash()),
            ended: false,
        }
    }

    /// The name of the agent whose conversation `slug` opens.
    pub fn agent_of(&self, slug: &str) -> Option<&str> {
        self.bound.as_ref().filter(|bound| bound.slug == slug).map(|bound| bound.request.agent_name.as_str())
    }

    /// `POST /convos/reset`: as new, but for the variables.
    pub fn reset(&mut self) {
        self.bound = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(claim: &str, join_url: Option<&str>) -> Provision {
        Provision {
            agent_name: "Ada".into(),
            instructions: "Be kind.".into(),
            model: None,
            claim_id: Some(claim.into()),
            join_url: join_url.map(str::to_owned),
            profile_image: None,
            metadata: BTreeMap::new(),
        }
    }

    fn provision(memory: &mut Memory, request: Provision) -> Result<Provisioned, AlreadyBound> {
        memory.provision(request, "http://127.1.0.1:1", DateTime::UNIX_EPOCH, || "c-1".into())
    }

    #[test]
    fn another_claim_is_refused_and_the_same_one_has_the_same_conversation() {
        let mut memory = Memory::default();
        let first = provision(&mut memory, request("one", None)).unwrap();
        assert_eq!(first.invite_url.as_deref(), Some("http://127.1.0.1:1/c/c1"));
        assert_eq!(provision(&mut memory, request("two", None)), Err(AlreadyBound));
        let changed = Provision { instructions: "Be brief.".into(), ..request("one", None) };
        let hash = changed.config_hash();
        assert_eq!(provision(&mut memory, changed).unwrap(), first);
        assert_eq!(memory.status("", DateTime::UNIX_EPOCH).config_hash, Some(hash));
        assert_eq!(memory.agent_of("c1"), Some("Ada"));
        memory.reset();
        assert!(memory.status("", DateTime::UNIX_EPOCH).clean);
    }

    #[test]
    fn a_join_waits_as_long_as_its_slug_says() {
        let mut memory = Memory::default();
        let asked =
            provision(&mut memory, request("one", Some("https://dev.convos.org/v2?i=pending-5s"))).unwrap();
        assert_eq!((asked.status, asked.conversation_id), (ConversationStatus::PendingAcceptance, None));
        let later = DateTime::UNIX_EPOCH + TimeDelta::seconds(5);
        assert!(memory.status("", DateTime::UNIX_EPOCH).pending);
        assert_eq!(memory.status("", later).conversation_id.as_deref(), Some("c-1"));
    }
}
