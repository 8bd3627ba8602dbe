//! An explanation in words. Decides nothing: what would be done comes from `model::plan`.

use model::api::{Explanation, PlanView};
use model::condition::{Conditions, Truth};
use model::plan::{Decision, claim, destroy, instance, pool};
use model::record::Event;
use model::words::Kind;

use crate::view;

/// What is known of a record.
pub(crate) struct Story<'a> {
    /// What it is.
    pub kind: Kind,
    /// Its id or name.
    pub object: &'a str,
    /// How it is, in words.
    pub state: String,
    /// What is true of it.
    pub conditions: Conditions,
    /// What happened, oldest first.
    pub timeline: Vec<Event>,
    /// What would be done now.
    pub plan: PlanView,
    /// What would be done after that.
    pub next: Option<String>,
}

/// Tells it.
pub(crate) fn tell(story: Story<'_>) -> Explanation {
    let kind = story.kind.as_str().replace('_', " ");
    let mut text = format!("The {kind} {} is {}.", story.object, story.state);
    for condition in story.conditions.0.iter().filter(|condition| condition.status == Truth::True) {
        let message = condition.message.trim_end_matches('.');
        let said = if message.is_empty() { String::new() } else { format!(": {message}") };
        text.push_str(&format!(" {} ({}){said}.", condition.kind, condition.reason));
    }
    if let Some(last) = story.timeline.last() {
        let at = last.at.format("%H:%M:%S");
        text.push_str(&format!(" Last, at {at} UTC: {} ({}).", last.message, last.actor));
    }
    let plan = &story.plan;
    text.push_str(&format!(" Now: {}, since: {}; looks again {}.", plan.step, plan.reason, plan.again));
    if let Some(next) = &story.next {
        text.push(' ');
        text.push_str(next);
    }
    Explanation {
        timeline: story.timeline.into_iter().map(view::event).collect(),
        conditions: story.conditions.0,
        plan: story.plan,
        text,
    }
}

/// A decision as the API shows it.
pub(crate) fn plan<S>(decision: &Decision<S>, word: impl Fn(&S) -> String) -> PlanView {
    PlanView {
        step: word(&decision.step),
        reason: decision.reason.to_string(),
        again: decision.again.to_string(),
    }
}

/// A pool's step in words.
pub(crate) fn pool_step(step: &pool::Step) -> String {
    match step {
        pool::Step::Create(count, _) => format!("create {count}"),
        pool::Step::Shrink(ids, reason) => format!("destroy {} ({reason})", ids.len()),
        pool::Step::Turn(rolling) => format!("go on with the rollout: {:?}", rolling.phase),
        pool::Step::Nothing => "nothing".to_owned(),
    }
}

/// An instance's step in words.
pub(crate) fn instance_step(step: &instance::Step) -> String {
    use instance::Step;
    match step {
        Step::Create => "create it, or go on creating it".to_owned(),
        Step::Look => "look at its health".to_owned(),
        Step::Note(seen) => format!("note that it is {seen}"),
        Step::Become(_, status) => format!("it becomes {status}"),
        Step::Redeploy => "deploy it anew".to_owned(),
        Step::Recover => "deploy it anew, to recover it".to_owned(),
        Step::RequestDestroy(reason) => format!("destroy it ({reason})"),
        Step::GiveUpRecovery => "leave it to a person".to_owned(),
        Step::Nothing => "nothing".to_owned(),
    }
}

/// A claim's step in words.
pub(crate) fn claim_step(step: &claim::Step) -> String {
    use claim::{Ending, Step};
    match step {
        Step::Wait => "wait in line".to_owned(),
        Step::Provision(open) => format!("make {} tools", open.len()),
        Step::Configure => "tell the agent who it is".to_owned(),
        Step::Sync => "tell the agent what its template says now".to_owned(),
        Step::AskAcceptance => "ask the agent whether it was let in".to_owned(),
        Step::Rebind => "go back into line".to_owned(),
        Step::Fail(failure) => format!("fail: {}", failure.message),
        Step::Release(Ending::Requested) => "release it, as asked".to_owned(),
        Step::Release(Ending::Expired) => "release it, its time is over".to_owned(),
        Step::Release(Ending::InstanceGone) => "release it, its instance is gone".to_owned(),
        Step::Nothing => "nothing".to_owned(),
    }
}

/// A destroy request's step in words.
pub(crate) fn destroy_step(step: &destroy::Step) -> String {
    match step {
        destroy::Step::Mark => "mark the instance, so that nothing takes it",
        destroy::Step::Call => "have services destroy it, or go on",
        destroy::Step::Finish => "note that it is gone",
        destroy::Step::Nothing => "nothing",
    }
    .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::Timestamp;
    use model::condition::Condition;
    use model::plan::Again;

    #[test]
    fn the_text_says_what_is_what_was_and_what_comes() {
        let at = Timestamp::from_timestamp_millis(1_700_000_000_000).unwrap();
        let condition = |kind: &str, status| Condition {
            kind: kind.into(),
            status,
            reason: "MaxInstances".into(),
            message: "4 of 4 instances exist".into(),
            last_transition_time: at,
            observed_generation: 1,
        };
        let event = Event {
            id: 1,
            at,
            kind: Kind::Pool,
            object: "default".into(),
            reason: "SpecChanged".into(),
            message: "minIdle 5 → 9".into(),
            actor: "api/admin".into(),
            from: None,
            to: None,
            cause: None,
            trace_id: None,
        };
        let decision = Decision {
            step: pool::Step::Nothing,
            reason: "5 wanted, but 4 of 4 exist".into(),
            again: Again::Now,
        };
        let told = tell(Story {
            kind: Kind::Pool,
            object: "default",
            state: "4 ready".into(),
            conditions: Conditions(vec![
                condition("Limited", Truth::True),
                condition("Paused", Truth::False),
            ]),
            timeline: vec![event],
            plan: plan(&decision, pool_step),
            next: None,
        });
        assert_eq!(
            told.text,
            "The pool default is 4 ready. Limited (MaxInstances): 4 of 4 instances exist. \
             Last, at 22:13:20 UTC: minIdle 5 → 9 (api/admin). \
             Now: nothing, since: 5 wanted, but 4 of 4 exist; looks again at once."
        );
    }
}
