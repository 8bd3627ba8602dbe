//! Messaging profiles: where the messages of their numbers are told.

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Call, Outcome, Parameters, Telnyx, missing, not_found, object, text};
use crate::exchange::Answer;

/// A messaging profile.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Profile {
    pub id: String,
    account: String,
    name: String,
    whitelisted_destinations: Vec<String>,
    pub webhook_url: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl Profile {
    fn shown(&self) -> Value {
        json!({
            "record_type": "messaging_profile",
            "id": self.id,
            "name": self.name,
            "enabled": true,
            "webhook_url": self.webhook_url,
            "webhook_failover_url": null,
            "webhook_api_version": "2",
            "whitelisted_destinations": self.whitelisted_destinations,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "number_pool_settings": null,
            "url_shortener_settings": null,
            "alpha_sender": null,
            "mms_fall_back_to_sms": false,
            "mms_transcoding": false,
            "mobile_only": false,
            "smart_encoding": false,
        })
    }
}

/// The account's profile of this id.
pub(super) fn find<'a>(call: &'a Call<'_>, id: &str) -> Result<&'a Profile, Answer> {
    let found = call.exchange.profiles.iter().find(|it| it.id == id && it.account == call.account);
    found.ok_or_else(|| not_found("messaging profile").about(id))
}

fn find_mut<'a>(call: &'a mut Call<'_>, id: &str) -> Result<&'a mut Profile, Answer> {
    let account = call.account;
    let found = call.exchange.profiles.iter_mut().find(|it| it.id == id && it.account == account);
    found.ok_or_else(|| not_found("messaging profile").about(id))
}

pub(super) fn list(call: &Call<'_>, query: &Parameters) -> Outcome {
    let fits = |profile: &&Profile| {
        profile.account == call.account
            && query.get("filter[name][eq]").is_none_or(|wanted| profile.name == wanted)
            && query.get("filter[name][contains]").is_none_or(|part| profile.name.contains(part))
    };
    let newest_first = call.exchange.profiles.iter().rev();
    let rows: Vec<Value> = newest_first.filter(fits).map(Profile::shown).collect();
    query.page(&rows)
}

pub(super) fn get(call: &Call<'_>, id: &str) -> Outcome {
    find(call, id).map(|profile| Answer::done(200, json!({"data": profile.shown()})).about(&profile.name))
}

pub(super) fn delete(call: Call<'_>, id: &str) -> Outcome {
    let shown = find(&call, id)?.shown();
    call.exchange.profiles.retain(|profile| profile.id != id);
    Ok(Answer::done(200, json!({"data": shown})).about(id))
}

impl Telnyx {
    pub(super) fn create_profile(&self, call: Call<'_>, body: &Bytes) -> Outcome {
        let fields = object(body)?;
        let name = text(&fields, "name").ok_or_else(|| missing("name"))?;
        let destinations = fields.get("whitelisted_destinations").cloned();
        let destinations = destinations.ok_or_else(|| missing("whitelisted_destinations"))?;
        let whitelisted_destinations = serde_json::from_value(destinations)
            .map_err(|_| super::bad_request("whitelisted_destinations must be a list of strings"))?;
        let now = self.world.clock.date();
        let profile = Profile {
            id: self.dice.uuid(),
            account: call.account.to_owned(),
            name,
            whitelisted_destinations,
            webhook_url: text(&fields, "webhook_url").filter(|url| !url.is_empty()),
            created_at: now,
            updated_at: now,
        };
        let answer = Answer::done(200, json!({"data": profile.shown()})).about(&profile.name);
        call.exchange.profiles.push(profile);
        Ok(answer)
    }

    pub(super) fn update_profile(&self, mut call: Call<'_>, id: &str, body: &Bytes) -> Outcome {
        let fields = object(body)?;
        let now = self.world.clock.date();
        let profile = find_mut(&mut call, id)?;
        if let Some(name) = text(&fields, "name") {
            profile.name = name;
        }
        if fields.contains_key("webhook_url") {
            profile.webhook_url = text(&fields, "webhook_url").filter(|url| !url.is_empty());
        }
        profile.updated_at = now;
        Ok(Answer::done(200, json!({"data": profile.shown()})).about(&profile.name))
    }
}
