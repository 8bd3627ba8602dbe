//! Phone numbers: search, order, use, release; and their messages.

use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;
use url::Url;

use super::{Call, Class, Credential, Failure, Pace, Vendor, VendorSettings, tables};

/// Rows a page; the vendor's largest.
const PAGE_ROWS: usize = 250;
/// Pages that are read at most.
const PAGES_MAX: usize = 1_000;
/// Free numbers that a search returns; one of them is drawn, so that callers at the same time seldom want the same.
const SEARCH_ROWS: usize = 20;

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OrderStatus {
    /// Being worked on.
    Pending,
    /// The numbers are bought.
    Success,
    /// Nothing was bought.
    Failure,
    /// A word that is newer than we are; looked at again later.
    #[serde(other)]
    Unknown,
}

/// An order of numbers.
#[derive(Debug, Clone, Deserialize)]
pub struct Order {
    /// The vendor's id.
    pub id: String,
    /// How far it is.
    pub status: OrderStatus,
    /// What was ordered.
    #[serde(default)]
    pub phone_numbers: Vec<OrderedNumber>,
    /// Our name of it.
    #[serde(default)]
    pub customer_reference: Option<String>,
    /// When it was made.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
}

/// A number within an order.
#[derive(Debug, Clone, Deserialize)]
pub struct OrderedNumber {
    /// In E.164 form.
    pub phone_number: String,
}

/// A number of ours.
#[derive(Debug, Clone, Deserialize)]
pub struct Number {
    /// The vendor's id, a decimal text.
    pub id: String,
    /// In E.164 form.
    pub phone_number: String,
    /// `active` when it can be used.
    #[serde(default)]
    pub status: String,
    /// Our name of it.
    #[serde(default)]
    pub customer_reference: Option<String>,
    /// The profile that its messages go through.
    #[serde(default)]
    pub messaging_profile_id: Option<String>,
    /// It cannot be deleted until a person unlocks it.
    #[serde(default)]
    pub deletion_lock_enabled: bool,
    /// When it was bought.
    #[serde(default)]
    pub created_at: Option<DateTime<Utc>>,
}

impl Number {
    /// Neither given back nor never received.
    pub fn is_live(&self) -> bool {
        !matches!(self.status.as_str(), "deleted" | "purchase-failed" | "ported-out")
    }
}

/// A group of numbers with common settings for messages.
#[derive(Debug, Clone, Deserialize)]
pub struct MessagingProfile {
    /// The vendor's id.
    pub id: String,
    /// Its name.
    #[serde(default)]
    pub name: String,
    /// Where it tells what comes in.
    #[serde(default)]
    pub webhook_url: Option<String>,
}

/// A message that was taken for sending.
#[derive(Debug, Clone, Deserialize)]
pub struct SentMessage {
    /// The vendor's id.
    pub id: String,
}

#[derive(Deserialize)]
struct Data<T> {
    data: T,
}

#[derive(Deserialize)]
struct Rows<T> {
    data: Vec<T>,
    #[serde(default)]
    meta: Meta,
}

#[derive(Default, Deserialize)]
struct Meta {
    #[serde(default)]
    total_pages: usize,
}

/// A text message to be sent.
#[derive(Debug, Clone, Serialize)]
pub struct NewMessage<'a> {
    /// One of our numbers.
    pub from: &'a str,
    /// To whom.
    pub to: &'a str,
    /// The text.
    pub text: &'a str,
    /// The profile of the number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messaging_profile_id: Option<&'a str>,
}

/// The client. Works with our key, or with a claimant's for one call.
pub struct Telnyx {
    vendor: Vendor,
}

impl Telnyx {
    /// A client with our key; without one only calls with a claimant's key are possible.
    pub fn new(base: Url, key: Option<SecretString>, http: reqwest::Client, pace: Pace) -> Self {
        let cheap = key.is_some().then(|| Call::get("check").path(["balance"]));
        let settings = VendorSettings {
            name: "telnyx",
            base,
            credential: key.map_or(Credential::Nobody, Credential::Bearer),
            rules: &tables::TELNYX,
            requests_per_second: 10.0,
            concurrency: 8,
            cheap,
            headers_seen: None,
        };
        Self { vendor: Vendor::new(settings, http, pace) }
    }

    /// What it is sent with.
    pub fn vendor(&self) -> &Vendor {
        &self.vendor
    }

    async fn one<T: DeserializeOwned>(&self, call: Call) -> Result<T, Failure> {
        self.vendor.send(call).await?.into::<Data<T>>().map(|data| data.data)
    }

    async fn rows<T: DeserializeOwned>(&self, call: Call) -> Result<Vec<T>, Failure> {
        let mut rows = Vec::new();
        for page in 1..=PAGES_MAX {
            let call = call
                .clone()
                .query("page[number]", page.to_string())
                .query("page[size]", PAGE_ROWS.to_string());
            let answer: Rows<T> = self.vendor.send(call).await?.into()?;
            let count = answer.data.len();
            rows.extend(answer.data);
            if count == 0 || page >= answer.meta.total_pages {
                return Ok(rows);
            }
        }
        Err(self.vendor.failure("list", Class::Permanent, "a list without end"))
    }

    /// The messaging profile of this name, if there is one.
    pub async fn profile_by_name(&self, name: &str) -> Result<Option<MessagingProfile>, Failure> {
        let call = Call::get("list_profiles").path(["messaging_profiles"]).query("filter[name][eq]", name);
        let profiles: Vec<MessagingProfile> = self.rows(call).await?;
        // The filter is asked for, but not trusted: a server that ignores it must not give us somebody else's profile.
        Ok(profiles.into_iter().find(|profile| profile.name == name))
    }

    /// Makes a messaging profile for numbers of the United States.
    pub async fn create_profile(
        &self,
        name: &str,
        webhook_url: Option<&str>,
    ) -> Result<MessagingProfile, Failure> {
        let mut body = json!({"name": name, "whitelisted_destinations": ["US"]});
        if let Some(url) = webhook_url {
            body["webhook_url"] = json!(url);
        }
        self.one(Call::post("create_profile").path(["messaging_profiles"]).json(&body)).await
    }

    /// Lets a profile tell what comes in at this address.
    pub async fn point_profile(&self, profile_id: &str, webhook_url: &str) -> Result<(), Failure> {
        let call = Call::patch("point_profile")
            .path(["messaging_profiles", profile_id])
            .json(&json!({"webhook_url": webhook_url}));
        self.vendor.send(call).await.map(drop)
    }

    /// Free numbers that can send text messages.
    pub async fn search(&self) -> Result<Vec<String>, Failure> {
        let call = Call::get("search_numbers")
            .path(["available_phone_numbers"])
            .query("filter[country_code]", "US")
            .query("filter[features][]", "sms")
            .query("filter[limit]", SEARCH_ROWS.to_string())
            .query("filter[exclude_held_numbers]", "true");
        let rows: Rows<OrderedNumber> = self.vendor.send(call).await?.into()?;
        Ok(rows.data.into_iter().map(|row| row.phone_number).collect())
    }

    /// Buys a number. Never repeated here: a second order costs money. `Ok(None)` when somebody else was faster.
    pub async fn order(
        &self,
        phone_number: &str,
        profile_id: &str,
        reference: &str,
    ) -> Result<Option<Order>, Failure> {
        let body = json!({
            "phone_numbers": [{"phone_number": phone_number}],
            "messaging_profile_id": profile_id,
            "customer_reference": reference,
        });
        match self.one(Call::post("order_number").path(["number_orders"]).json(&body)).await {
            Ok(order) => Ok(Some(order)),
            Err(failure) if is_taken(&failure) => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// An order as it is now.
    pub async fn order_now(&self, order_id: &str) -> Result<Option<Order>, Failure> {
        match self.one(Call::get("get_order").path(["number_orders", order_id])).await {
            Ok(order) => Ok(Some(order)),
            Err(failure) if failure.is_gone() => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Every order under this name.
    pub async fn orders_of(&self, reference: &str) -> Result<Vec<Order>, Failure> {
        let call =
            Call::get("list_orders").path(["number_orders"]).query("filter[customer_reference]", reference);
        let orders: Vec<Order> = self.rows(call).await?;
        Ok(orders
            .into_iter()
            .filter(|order| order.customer_reference.as_deref() == Some(reference))
            .collect())
    }

    /// Every live number under this name.
    pub async fn numbers_of(&self, reference: &str) -> Result<Vec<Number>, Failure> {
        let call =
            Call::get("list_numbers").path(["phone_numbers"]).query("filter[customer_reference]", reference);
        let numbers: Vec<Number> = self.rows(call).await?;
        let ours =
            |number: &Number| number.is_live() && number.customer_reference.as_deref() == Some(reference);
        Ok(numbers.into_iter().filter(ours).collect())
    }

    /// Every live number of the account.
    pub async fn numbers(&self) -> Result<Vec<Number>, Failure> {
        let numbers: Vec<Number> = self.rows(Call::get("list_numbers").path(["phone_numbers"])).await?;
        Ok(numbers.into_iter().filter(Number::is_live).collect())
    }

    /// The live number with these digits, ours or, with `key`, a claimant's. Just after a purchase it may not be there yet.
    pub async fn number(
        &self,
        phone_number: &str,
        key: Option<SecretString>,
    ) -> Result<Option<Number>, Failure> {
        let mut call =
            Call::get("find_number").path(["phone_numbers"]).query("filter[phone_number]", phone_number);
        if let Some(key) = key {
            call = call.with_credential(Credential::Bearer(key));
        }
        let rows: Rows<Number> = match self.vendor.send(call).await {
            Ok(reply) => reply.into()?,
            Err(failure) if failure.is_gone() => return Ok(None),
            Err(failure) => return Err(failure),
        };
        Ok(rows.data.into_iter().find(|number| number.is_live() && number.phone_number == phone_number))
    }

    /// Writes our name and tags onto a number: that they are copied from the order is not promised.
    pub async fn tag(&self, number_id: &str, reference: &str, tags: &[&str]) -> Result<(), Failure> {
        let body = json!({"customer_reference": reference, "tags": tags});
        self.vendor
            .send(Call::patch("tag_number").path(["phone_numbers", number_id]).json(&body))
            .await
            .map(drop)
    }

    /// Puts a number into a messaging profile.
    pub async fn assign(&self, number_id: &str, profile_id: &str) -> Result<(), Failure> {
        let call = Call::patch("assign_profile")
            .path(["phone_numbers", number_id, "messaging"])
            .json(&json!({"messaging_profile_id": profile_id}));
        self.vendor.send(call).await.map(drop)
    }

    /// Gives a number back; `false` when it was gone already.
    pub async fn release(&self, number_id: &str) -> Result<bool, Failure> {
        match self.vendor.send(Call::delete("release_number").path(["phone_numbers", number_id])).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.is_gone() => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Sends a text message. Not repeated when the answer is lost: the receiver would get it twice.
    pub async fn send(&self, message: &NewMessage<'_>) -> Result<SentMessage, Failure> {
        self.one(Call::post("send_message").path(["messages"]).json(message)).await
    }
}

/// The number of an order was bought by somebody else, or by our own lost order.
fn is_taken(failure: &Failure) -> bool {
    let status = failure.status.and_then(|status| StatusCode::from_u16(status).ok());
    matches!(status, Some(StatusCode::CONFLICT | StatusCode::UNPROCESSABLE_ENTITY))
        && matches!(failure.class, Class::Conflict | Class::Invalid)
}
