//! The steps from "an agent wants a number" to a number that carries its name. Each call makes at most one order, and an
//! order is never made while an earlier one under the same name may live.

use std::time::Duration;

use chrono::TimeDelta;
use rand::seq::IndexedRandom;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::SmsPlugin;
use crate::plugin::{Created, Made, Subject};
use crate::vendor::telnyx::{Number, Order, OrderStatus};
use crate::vendor::{Class, Failure};

/// An order or a new number is looked at this often …
const POLL_WAIT: Duration = Duration::from_secs(2);
/// … for so many times (a minute and a half); then seldom, but never given up: the money is spent.
const POLLS_QUICK: u32 = 45;
/// The seldom.
const POLL_WAIT_SLOW: Duration = Duration::from_secs(10);
/// Searches for one number: others want the same ones.
const ROUNDS_MAX: u32 = 5;
/// After so many searches there is a pause, then the next ones.
const ROUNDS_PAUSE: Duration = Duration::from_secs(30);
/// Between the two looks that must both be empty before an order is made again.
const SECOND_LOOK_AFTER: Duration = Duration::from_secs(10);
/// A bought number that cannot be seen for longer is one that was released since.
const NEVER_SEEN_AFTER: Duration = Duration::from_secs(10 * 60);
/// Whoever takes a number away waits so long for one that was bought and is not to be seen: vendors show them after
/// seconds.
const SEEN_WITHIN: Duration = Duration::from_secs(60);

/// How far a purchase is, as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "at", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub(super) enum Progress {
    /// The last number was taken by somebody else, or its order failed.
    Search {
        /// Searches so far.
        round: u32,
    },
    /// An order was taken.
    Ordered {
        /// The order.
        order_id: String,
        /// What it is for.
        phone_number: String,
        /// Searches so far.
        round: u32,
        /// Looks so far.
        polls: u32,
    },
    /// The number is ours, but not to be seen or not active yet.
    Bought {
        /// The number.
        phone_number: String,
        /// Looks so far.
        polls: u32,
    },
}

fn pending(progress: &Progress, retry_after: Duration) -> Made {
    Made::Pending { progress: json!(progress), retry_after }
}

fn poll_wait(polls: u32) -> Duration {
    if polls < POLLS_QUICK { POLL_WAIT } else { POLL_WAIT_SLOW }
}

/// What carries a name at the vendor.
#[derive(Debug)]
enum Look {
    Nothing,
    /// An order that may become a number.
    Order(Order),
    Number(Number),
}

impl SmsPlugin {
    pub(super) async fn step(&self, subject: &Subject) -> Result<Made, Failure> {
        let progress = match &subject.progress {
            Value::Null => None,
            value => serde_json::from_value(value.clone()).ok(),
        };
        match progress {
            // What is in the ledger is lost or new: only the vendor can tell whether something was bought.
            None => match self.look(&subject.name).await? {
                Look::Number(number) => self.finish(subject, number).await.map(Made::Done),
                Look::Order(order) => Ok(pending(&ordered(&order, 0), POLL_WAIT)),
                Look::Nothing => match self.recycled(subject).await? {
                    Some(created) => Ok(Made::Done(created)),
                    None => self.search_and_order(subject, 0).await,
                },
            },
            Some(Progress::Search { round }) => self.search_and_order(subject, round).await,
            Some(Progress::Ordered { order_id, phone_number, round, polls }) => {
                let order = self.client.order_now(&order_id).await?;
                match order.map(|order| order.status) {
                    Some(OrderStatus::Success) => self.bought(subject, phone_number, 0).await,
                    Some(OrderStatus::Failure) => self.search_and_order(subject, round + 1).await,
                    Some(OrderStatus::Pending | OrderStatus::Unknown) | None => Ok(pending(
                        &Progress::Ordered { order_id, phone_number, round, polls: polls + 1 },
                        poll_wait(polls),
                    )),
                }
            }
            Some(Progress::Bought { phone_number, polls }) => self.bought(subject, phone_number, polls).await,
        }
    }

    /// Looks for what a call without an answer may have bought. `None` only after two empty looks: a second order costs
    /// real money. While an order is being worked on it is a failure that says "later".
    pub(super) async fn find_bought(&self, subject: &Subject) -> Result<Option<Created>, Failure> {
        for second in [false, true] {
            match self.look(&subject.name).await? {
                Look::Number(number) => return self.finish(subject, number).await.map(Some),
                Look::Order(_) => {
                    return Err(self.failure(
                        "find_number",
                        Class::NotVisibleYet,
                        "an order is being worked on",
                    ));
                }
                Look::Nothing if second => {}
                Look::Nothing => self.client.vendor().pause(SECOND_LOOK_AFTER).await,
            }
        }
        Ok(None)
    }

    async fn search_and_order(&self, subject: &Subject, first_round: u32) -> Result<Made, Failure> {
        let profile_id = self.profile_id().await?;
        for round in first_round..ROUNDS_MAX {
            let free = self.client.search().await?;
            let Some(phone_number) = free.choose(&mut rand::rng()) else {
                return Err(self.failure("search_numbers", Class::Transient, "no number is free"));
            };
            if let Some(order) = self.client.order(phone_number, &profile_id, &subject.name).await? {
                return Ok(pending(&ordered(&order, round), Duration::ZERO));
            }
            // Taken by somebody else, or by an order of ours whose answer was lost.
            match self.look(&subject.name).await? {
                Look::Number(number) => return self.finish(subject, number).await.map(Made::Done),
                Look::Order(order) => return Ok(pending(&ordered(&order, round), POLL_WAIT)),
                Look::Nothing => {}
            }
        }
        tracing::warn!(
            instance.id = subject.instance_id,
            "every number was taken by somebody else or not sold"
        );
        Ok(pending(&Progress::Search { round: 0 }, ROUNDS_PAUSE))
    }

    async fn bought(&self, subject: &Subject, phone_number: String, polls: u32) -> Result<Made, Failure> {
        match self.client.number(&phone_number, None).await? {
            Some(number) if number.status == "active" => self.finish(subject, number).await.map(Made::Done),
            _ => Ok(pending(&Progress::Bought { phone_number, polls: polls + 1 }, poll_wait(polls))),
        }
    }

    /// What carries this name: the oldest number, the others being released; else an order that is or may become one.
    async fn look(&self, name: &str) -> Result<Look, Failure> {
        let mut numbers = self.client.numbers_of(name).await?;
        numbers.sort_by(|left, right| (left.created_at, &left.id).cmp(&(right.created_at, &right.id)));
        let mut numbers = numbers.into_iter();
        let first = numbers.next();
        for surplus in numbers {
            self.client.release(&surplus.id).await?;
        }
        let mut orders = self.client.orders_of(name).await?;
        orders.sort_by(|left, right| (left.created_at, &left.id).cmp(&(right.created_at, &right.id)));
        let mut later = None;
        for order in orders {
            match order.status {
                OrderStatus::Failure => {}
                OrderStatus::Pending | OrderStatus::Unknown => later = later.or(Some(order)),
                // The name may not have been copied from the order to the number.
                OrderStatus::Success => match self.number_of_order(&order).await? {
                    Some(number) => match &first {
                        None => return Ok(Look::Number(number)),
                        Some(first) if first.id == number.id => {}
                        Some(_) => {
                            self.client.release(&number.id).await?;
                        }
                    },
                    None if self.is_younger(&order, NEVER_SEEN_AFTER) => later = later.or(Some(order)),
                    None => {}
                },
            }
        }
        Ok(match (first, later) {
            (Some(number), _) => Look::Number(number),
            (None, Some(order)) => Look::Order(order),
            (None, None) => Look::Nothing,
        })
    }

    /// The numbers of an order's name that do not carry it yet: it is not always copied. An error while one may still
    /// appear.
    pub(super) async fn unnamed(&self, order: &Order) -> Result<Option<Number>, Failure> {
        match (order.status, self.number_of_order(order).await?) {
            (OrderStatus::Failure, _) => Ok(None),
            (OrderStatus::Success, Some(number)) => Ok(Some(number)),
            (OrderStatus::Success, None) if !self.is_younger(order, SEEN_WITHIN) => Ok(None),
            _ => Err(self.failure("list_orders", Class::ConflictWait, "an order is being worked on")),
        }
    }

    fn is_younger(&self, order: &Order, age: Duration) -> bool {
        let age = TimeDelta::from_std(self.client.vendor().pace().wait(age)).unwrap_or(TimeDelta::MAX);
        order.created_at.is_none_or(|created_at| process::clock::now() - created_at < age)
    }

    /// The number of a successful order, if it is still under this order's name.
    async fn number_of_order(&self, order: &Order) -> Result<Option<Number>, Failure> {
        let Some(ordered) = order.phone_numbers.first() else { return Ok(None) };
        let number = self.client.number(&ordered.phone_number, None).await?;
        let unnamed_or_same = |number: &Number| {
            let reference = number.customer_reference.as_deref().unwrap_or("");
            reference.is_empty() || Some(reference) == order.customer_reference.as_deref()
        };
        Ok(number.filter(unnamed_or_same))
    }

    /// Puts our name on the number and the number into the profile. Repeating it changes nothing.
    pub(super) async fn finish(&self, subject: &Subject, number: Number) -> Result<Created, Failure> {
        let profile_id = self.profile_id().await?;
        let tags = [self.tag.as_str(), subject.instance_id.as_str()];
        self.client.tag(&number.id, &subject.name, &tags).await?;
        if number.messaging_profile_id.as_deref() != Some(profile_id.as_str()) {
            self.client.assign(&number.id, &profile_id).await?;
        }
        Ok(Created {
            config: json!({"phoneNumber": number.phone_number, "messagingProfileId": profile_id}),
            variables: vec![
                (super::PHONE_VARIABLE.to_owned(), number.phone_number.clone().into()),
                (super::PROFILE_VARIABLE.to_owned(), profile_id.into()),
            ],
            resource_id: number.phone_number,
            sealed: None,
        })
    }

    /// A number that was kept and whose quarantine is over.
    async fn recycled(&self, subject: &Subject) -> Result<Option<Created>, Failure> {
        for _ in 0..ROUNDS_MAX {
            let taken = self.numbers.take(&subject.name, process::clock::now()).await;
            let Some(phone_number) = taken.map_err(|error| self.database(&error))? else { return Ok(None) };
            let number = self.client.number(&phone_number, None).await?;
            let created = match number {
                Some(number) => Some(self.finish(subject, number).await?),
                None => None,
            };
            self.numbers.forget(&phone_number).await.map_err(|error| self.database(&error))?;
            if created.is_some() {
                return Ok(created);
            }
        }
        Ok(None)
    }
}

fn ordered(order: &Order, round: u32) -> Progress {
    let phone_number =
        order.phone_numbers.first().map(|number| number.phone_number.clone()).unwrap_or_default();
    Progress::Ordered { order_id: order.id.clone(), phone_number, round, polls: 0 }
}
