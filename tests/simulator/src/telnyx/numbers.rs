//! Numbers: those that are free, and those that somebody pays for.

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::profiles;
use super::{Call, Outcome, Parameters, Telnyx, error, not_found, object, text};
use crate::clock::Moment;
use crate::dice::Dice;
use crate::exchange::Answer;

/// What a number costs at once and each month, in cents.
pub(super) const UPFRONT_CENTS: i64 = 100;
const MONTHLY_CENTS: i64 = 100;
/// US dollars an hour, of a month of 30 days.
pub(super) const HOURLY_COST: f64 = MONTHLY_CENTS as f64 / 100.0 / 720.0;
/// Numbers that a search sees at once: few enough that callers at the same time want the same.
const SHELF: usize = 100;
const SEARCH_DEFAULT: usize = 10;
/// Area codes that free numbers have.
const AREAS: [u64; 8] = [202, 212, 312, 415, 512, 617, 702, 805];

/// Numbers that can be ordered: always the same few, until they are sold.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct FreeNumbers {
    shelf: Vec<String>,
    /// How many may still be sold; none: any number.
    left: Option<u64>,
}

impl FreeNumbers {
    /// Sets how many may still be sold.
    pub fn limit(&mut self, left: Option<u64>) {
        self.left = left;
    }

    /// How many may still be sold, if that is limited.
    pub fn left(&self) -> Option<u64> {
        self.left
    }

    fn refill(&mut self, dice: &Dice) {
        let wanted = self.left.map_or(SHELF, |left| SHELF.min(usize::try_from(left).unwrap_or(SHELF)));
        while self.shelf.len() < wanted {
            let area = dice.pick(&AREAS).copied().unwrap_or(AREAS[0]);
            let number = format!("+1{area}{}", dice.between(2_000_000, 9_999_999));
            if !self.shelf.contains(&number) {
                self.shelf.push(number);
            }
        }
        self.shelf.truncate(wanted);
    }

    /// Takes a number off the shelf; `false` when somebody else was faster.
    pub fn take(&mut self, phone_number: &str) -> bool {
        let Some(index) = self.shelf.iter().position(|free| free == phone_number) else { return false };
        self.shelf.remove(index);
        self.left = self.left.map(|left| left.saturating_sub(1));
        true
    }
}

/// A number that is paid for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Number {
    id: String,
    account: String,
    pub phone_number: String,
    pub customer_reference: Option<String>,
    tags: Vec<String>,
    pub messaging_profile_id: Option<String>,
    pub deletion_locked: bool,
    deleted: bool,
    created_at: DateTime<Utc>,
    /// From when the vendor's own calls see it.
    #[serde(skip)]
    pub visible_from: Moment,
}

/// What an order says about a number that it buys.
pub(super) struct Wish<'a> {
    pub account: &'a str,
    pub phone_number: &'a str,
    pub customer_reference: Option<String>,
    pub messaging_profile_id: Option<String>,
    pub visible_from: Moment,
}

impl Number {
    /// A number that was just bought.
    pub fn bought(wish: Wish<'_>, dice: &Dice, now: DateTime<Utc>) -> Self {
        Self {
            id: dice.between(1_000_000_000_000_000_000, 2_000_000_000_000_000_000).to_string(),
            account: wish.account.to_owned(),
            phone_number: wish.phone_number.to_owned(),
            customer_reference: wish.customer_reference,
            tags: Vec::new(),
            messaging_profile_id: wish.messaging_profile_id,
            deletion_locked: false,
            deleted: false,
            created_at: now,
            visible_from: wish.visible_from,
        }
    }

    /// The number that the claimant's account has from the start.
    pub fn claimants(phone_number: &str, dice: &Dice, now: DateTime<Utc>) -> Self {
        let wish = Wish {
            account: crate::tokens::CLAIMANT,
            phone_number,
            customer_reference: None,
            messaging_profile_id: None,
            visible_from: Moment::START,
        };
        Self::bought(wish, dice, now)
    }

    /// Whether it belongs to this account.
    pub fn is_of(&self, account: &str) -> bool {
        self.account == account
    }

    /// Whether it is still paid for.
    pub fn is_live(&self) -> bool {
        !self.deleted
    }

    fn shown(&self) -> Value {
        json!({
            "id": self.id,
            "record_type": "phone_number",
            "phone_number": self.phone_number,
            "country_iso_alpha2": "US",
            "status": if self.deleted { "deleted" } else { "active" },
            "tags": self.tags,
            "external_pin": null,
            "connection_id": null,
            "customer_reference": self.customer_reference,
            "messaging_profile_id": self.messaging_profile_id,
            "billing_group_id": null,
            "emergency_enabled": false,
            "emergency_address_id": null,
            "call_forwarding_enabled": true,
            "cnam_listing_enabled": false,
            "call_recording_enabled": false,
            "t38_fax_gateway_enabled": false,
            "phone_number_type": "local",
            "purchased_at": self.created_at,
            "created_at": self.created_at,
            "updated_at": self.created_at,
            "hd_voice_enabled": false,
            "source_type": "number_order",
            "deletion_lock_enabled": self.deletion_locked,
        })
    }

    /// The answer of a deletion shows only what is set.
    fn shown_deleted(&self) -> Value {
        let mut shown = self.shown();
        if let Value::Object(fields) = &mut shown {
            fields.retain(|_, value| !value.is_null());
            fields.remove("source_type");
        }
        shown
    }

    fn shown_messaging(&self) -> Value {
        json!({
            "record_type": "messaging_settings",
            "id": self.id,
            "phone_number": self.phone_number,
            "messaging_profile_id": self.messaging_profile_id,
            "created_at": self.created_at,
            "updated_at": self.created_at,
            "country_code": "US",
            "type": "long-code",
            "traffic_type": "A2P",
            "messaging_product": "A2P",
            "eligible_messaging_products": ["A2P"],
            "features": {
                "sms": {"domestic_two_way": true, "international_inbound": true, "international_outbound": false},
                "mms": null,
            },
        })
    }
}

impl Call<'_> {
    /// The account's numbers that the vendor's calls see by now.
    pub(super) fn numbers(&self) -> impl Iterator<Item = &Number> {
        self.exchange
            .numbers
            .iter()
            .filter(|it| it.is_of(self.account) && it.is_live() && it.visible_from <= self.now)
    }

    fn number(&self, id: &str) -> Result<&Number, Answer> {
        self.numbers().find(|number| number.id == id).ok_or_else(|| not_found("phone number").about(id))
    }

    fn number_mut(&mut self, id: &str) -> Result<&mut Number, Answer> {
        self.number(id)?;
        self.exchange.numbers.iter_mut().find(|it| it.id == id).ok_or_else(|| not_found("phone number"))
    }
}

pub(super) fn list(call: &Call<'_>, query: &Parameters) -> Outcome {
    let fits = |number: &&Number| {
        let reference = query.get("filter[customer_reference]");
        reference.is_none_or(|wanted| number.customer_reference.as_deref() == Some(wanted))
            && query.get("filter[phone_number]").is_none_or(|wanted| number.phone_number == wanted)
            && query.get("filter[tag]").is_none_or(|wanted| number.tags.iter().any(|tag| tag == wanted))
    };
    let mut rows: Vec<Value> = call.numbers().filter(fits).map(Number::shown).collect();
    rows.reverse();
    query.page(&rows)
}

pub(super) fn get(call: &Call<'_>, id: &str) -> Outcome {
    call.number(id)
        .map(|number| Answer::done(200, json!({"data": number.shown()})).about(&number.phone_number))
}

pub(super) fn messaging(call: &Call<'_>, id: &str) -> Outcome {
    call.number(id).map(|number| {
        Answer::done(200, json!({"data": number.shown_messaging()})).about(&number.phone_number)
    })
}

pub(super) fn delete(mut call: Call<'_>, id: &str) -> Outcome {
    let number = call.number_mut(id)?;
    if number.deletion_locked {
        let detail = "The phone number has its deletion lock enabled.";
        return Err(error(409, "10021", "Resource in use", detail).about(&number.phone_number));
    }
    number.deleted = true;
    Ok(Answer::done(200, json!({"data": number.shown_deleted()})).about(&number.phone_number))
}

impl Telnyx {
    pub(super) fn search(&self, call: Call<'_>, query: &Parameters) -> Outcome {
        let limit = query.number("filter[limit]")?.unwrap_or(SEARCH_DEFAULT);
        let country = query.get("filter[country_code]").unwrap_or("US");
        call.exchange.free.refill(&self.dice);
        let shelf = call.exchange.free.shelf.iter();
        // Only the United States are simulated.
        let found: Vec<&String> = shelf.take(if country == "US" { limit } else { 0 }).collect();
        let rows: Vec<Value> = found.iter().map(|number| available(number)).collect();
        let meta = json!({"total_results": rows.len(), "best_effort_results": 0});
        Ok(Answer::done(200, json!({"data": rows, "meta": meta, "metadata": meta})))
    }

    pub(super) fn update_number(&self, mut call: Call<'_>, id: &str, body: &Bytes) -> Outcome {
        let fields = object(body)?;
        let tags: Option<Vec<String>> = match fields.get("tags") {
            None => None,
            Some(tags) => Some(
                serde_json::from_value(tags.clone())
                    .map_err(|_| super::bad_request("tags must be a list of strings"))?,
            ),
        };
        let number = call.number_mut(id)?;
        number.tags = tags.unwrap_or_else(|| std::mem::take(&mut number.tags));
        if let Some(reference) = text(&fields, "customer_reference") {
            number.customer_reference = Some(reference);
        }
        Ok(Answer::done(200, json!({"data": number.shown()})).about(&number.phone_number))
    }

    pub(super) fn update_messaging(&self, mut call: Call<'_>, id: &str, body: &Bytes) -> Outcome {
        let fields = object(body)?;
        let profile_id = text(&fields, "messaging_profile_id");
        if let Some(profile_id) = &profile_id {
            profiles::find(&call, profile_id)?;
        }
        let number = call.number_mut(id)?;
        number.messaging_profile_id = profile_id.or_else(|| number.messaging_profile_id.take());
        Ok(Answer::done(200, json!({"data": number.shown_messaging()})).about(&number.phone_number))
    }
}

fn available(phone_number: &str) -> Value {
    json!({
        "record_type": "available_phone_number",
        "phone_number": phone_number,
        "vanity_format": "",
        "best_effort": false,
        "quickship": true,
        "reservable": true,
        "region_information": [{"region_type": "country_code", "region_name": "US"}],
        "cost_information": {
            "upfront_cost": super::dollars(UPFRONT_CENTS),
            "monthly_cost": super::dollars(MONTHLY_CENTS),
            "currency": "USD",
        },
        "features": [{"name": "sms"}, {"name": "mms"}, {"name": "voice"}],
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_free_number_is_sold_once_and_the_shelf_fills_up_again() {
        let (mut free, dice) = (FreeNumbers::default(), Dice::new(1, "telnyx"));
        free.refill(&dice);
        let number = free.shelf[0].clone();
        assert!(free.take(&number));
        assert!(!free.take(&number));
        free.refill(&dice);
        assert_eq!(free.shelf.len(), SHELF);
        free.limit(Some(1));
        free.refill(&dice);
        let last = free.shelf[0].clone();
        assert!(free.take(&last));
        free.refill(&dice);
        assert!(free.shelf.is_empty());
    }
}
