//! Orders: pending for some seconds, then the numbers are bought, and some seconds later they can be seen.

use axum::body::Bytes;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::numbers::{Number, UPFRONT_CENTS, Wish};
use super::{
    Call, Exchange, Outcome, Parameters, Telnyx, bad_request, error, missing, not_found, object, profiles,
    text,
};
use crate::clock::Moment;
use crate::exchange::Answer;

/// How long an order is worked on.
const ORDER_MILLIS: (u64, u64) = (1_000, 8_000);
/// How long after that the number is not seen yet.
const UNSEEN_MILLIS: (u64, u64) = (0, 10_000);
/// How often the order's reference is copied to the number, which is not promised.
const COPIED: f64 = 0.5;
/// How often the order's messaging profile sticks.
const STICKS: f64 = 0.8;

/// An order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Order {
    id: String,
    account: String,
    /// Each with the id that it has within the order.
    phone_numbers: Vec<(String, String)>,
    customer_reference: Option<String>,
    messaging_profile_id: Option<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    pending: bool,
    /// It was worked on, and nothing was bought.
    #[serde(default)]
    failed: bool,
    /// When it is done. A restart ends all that were pending.
    #[serde(skip)]
    done_at: Moment,
}

impl Order {
    /// Whether it is still worked on.
    pub fn is_pending(&self) -> bool {
        self.pending
    }

    fn status(&self) -> &'static str {
        match (self.pending, self.failed) {
            (true, _) => "pending",
            (false, true) => "failure",
            (false, false) => "success",
        }
    }

    fn shown(&self) -> Value {
        let number = |(id, phone_number): &(String, String)| {
            json!({
                "id": id,
                "record_type": "number_order_phone_number",
                "phone_number": phone_number,
                "country_iso_alpha2": "US",
                "country_code": "US",
                "phone_number_type": "local",
                "regulatory_requirements": [],
                "requirements_met": true,
                "requirements_status": "approved",
                "status": self.status(),
            })
        };
        let mut shown = json!({
            "id": self.id,
            "record_type": "number_order",
            "phone_numbers_count": self.phone_numbers.len(),
            "phone_numbers": self.phone_numbers.iter().map(number).collect::<Vec<_>>(),
            "sub_number_orders_ids": [],
            "status": self.status(),
            "created_at": self.created_at,
            "updated_at": self.updated_at,
            "requirements_met": true,
        });
        if let Some(reference) = &self.customer_reference {
            shown["customer_reference"] = json!(reference);
        }
        if let Some(profile_id) = &self.messaging_profile_id {
            shown["messaging_profile_id"] = json!(profile_id);
        }
        shown
    }
}

pub(super) fn list(call: &Call<'_>, query: &Parameters) -> Outcome {
    let fits = |order: &&Order| {
        let reference = query.get("filter[customer_reference]");
        order.account == call.account
            && reference.is_none_or(|wanted| order.customer_reference.as_deref() == Some(wanted))
            && query.get("filter[status]").is_none_or(|wanted| order.status() == wanted)
    };
    let newest_first = call.exchange.orders.iter().rev();
    let rows: Vec<Value> = newest_first.filter(fits).map(Order::shown).collect();
    query.page(&rows)
}

pub(super) fn get(call: &Call<'_>, id: &str) -> Outcome {
    let found = call.exchange.orders.iter().find(|order| order.id == id && order.account == call.account);
    let order = found.ok_or_else(|| not_found("number order").about(id))?;
    Ok(Answer::done(200, json!({"data": order.shown()}))
        .about(order.customer_reference.as_deref().unwrap_or(id)))
}

impl Telnyx {
    pub(super) fn create_order(&self, mut call: Call<'_>, body: &Bytes) -> Outcome {
        let fields = object(body)?;
        let wanted = fields.get("phone_numbers").and_then(Value::as_array);
        let wanted: Vec<String> = wanted
            .into_iter()
            .flatten()
            .filter_map(|number| number.get("phone_number").and_then(Value::as_str).map(str::to_owned))
            .collect();
        if wanted.is_empty() {
            return Err(missing("phone_numbers"));
        }
        if let Some(wrong) = wanted.iter().find(|number| !number.starts_with("+1")) {
            let detail = format!("{wrong} must be in +E.164 format");
            return Err(error(422, "10016", "Phone number must be in +E.164 format", &detail));
        }
        let reference = text(&fields, "customer_reference");
        let about = reference.clone().unwrap_or_else(|| wanted.join(","));
        let messaging_profile_id = text(&fields, "messaging_profile_id");
        if let Some(profile_id) = &messaging_profile_id {
            profiles::find(&call, profile_id).map_err(|_| {
                let detail = format!("The messaging profile {profile_id} does not exist.");
                error(422, "10017", "Associated resource does not exist", &detail)
            })?;
        }
        let price = UPFRONT_CENTS * i64::try_from(wanted.len()).unwrap_or(i64::MAX);
        if call.exchange.balance_cents < price {
            let detail = "The account balance does not cover this order.";
            return Err(error(402, "20100", "Insufficient Funds", detail).about(about));
        }
        self.reserve(&mut call, &wanted).map_err(|refusal| refusal.about(&about))?;
        let now = self.world.clock.date();
        let order = Order {
            id: self.dice.uuid(),
            account: call.account.to_owned(),
            phone_numbers: wanted.into_iter().map(|number| (self.dice.uuid(), number)).collect(),
            customer_reference: reference,
            messaging_profile_id,
            created_at: now,
            updated_at: now,
            pending: true,
            failed: false,
            done_at: call.now.plus_millis(self.dice.between(ORDER_MILLIS.0, ORDER_MILLIS.1)),
        };
        let answer = Answer::done(200, json!({"data": order.shown()})).about(about);
        call.exchange.orders.push(order);
        Ok(answer)
    }

    /// Takes all the numbers off the shelf, or none: somebody else may have been faster.
    fn reserve(&self, call: &mut Call<'_>, wanted: &[String]) -> Result<(), Answer> {
        let mut free = call.exchange.free.clone();
        match wanted.iter().find(|number| !free.take(number)) {
            Some(taken) => {
                let detail = format!("The phone number {taken} is not available.");
                Err(error(422, "10015", "Bad Request", &detail))
            }
            None => {
                call.exchange.free = free;
                Ok(())
            }
        }
    }

    /// Ends the orders whose time has come: their numbers are bought and paid.
    pub(super) fn settle(&self, exchange: &mut Exchange, now: Moment) {
        let date = self.world.clock.date();
        for order in &mut exchange.orders {
            if !order.pending || order.done_at > now {
                continue;
            }
            order.pending = false;
            order.updated_at = date;
            order.failed = exchange.failing_orders > 0;
            if order.failed {
                exchange.failing_orders -= 1;
                continue;
            }
            for (_, phone_number) in &order.phone_numbers {
                let wish = Wish {
                    account: &order.account,
                    phone_number,
                    customer_reference: order.customer_reference.clone().filter(|_| self.dice.chance(COPIED)),
                    messaging_profile_id: order
                        .messaging_profile_id
                        .clone()
                        .filter(|_| self.dice.chance(STICKS)),
                    visible_from: order
                        .done_at
                        .plus_millis(self.dice.between(UNSEEN_MILLIS.0, UNSEEN_MILLIS.1)),
                };
                exchange.numbers.push(Number::bought(wish, &self.dice, date));
                exchange.bought += 1;
                exchange.balance_cents -= UPFRONT_CENTS;
            }
        }
    }
}

/// A phone number in a query or a body.
pub(super) fn check_e164(number: &str) -> Result<(), Answer> {
    let digits = number.strip_prefix('+').unwrap_or_default();
    match (8..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit()) {
        true => Ok(()),
        false => Err(bad_request(&format!("{number} is not a phone number"))),
    }
}
