//! What vendors tell us without being asked: hints about deployments, and messages for agents.

pub mod deliver;
pub mod register;
pub mod signature;

use serde::Deserialize;

/// The longest text of a message that an agent is told at once; the rest it can read at the vendor.
const TEXT_CHARACTERS_MAX: usize = 8_000;

/// Something that came in for an agent.
#[derive(Debug, PartialEq)]
pub struct Incoming {
    /// The vendor's id of the delivery.
    pub event_id: String,
    /// What happened.
    pub kind: String,
    /// The inbox or number that it is for.
    pub address: String,
    /// The thread of a mail.
    pub thread_id: Option<String>,
    /// The vendor's id of the message.
    pub message_id: String,
    /// From whom.
    pub counterpart: String,
    /// The text of an SMS.
    pub text: Option<String>,
    /// What the agent is told.
    pub notice: String,
}

#[derive(Deserialize)]
struct MailEvent {
    event_type: String,
    event_id: String,
    message: Option<crate::vendor::agentmail::Mail>,
}

/// A delivery of AgentMail; `None` for what no agent has to know.
pub fn mail(body: &[u8]) -> Option<Incoming> {
    let event: MailEvent = serde_json::from_slice(body).ok()?;
    // Spam and mail of blocked senders come under names of their own.
    if event.event_type != "message.received" {
        return None;
    }
    let mail = event.message?;
    let from = mail.from.unwrap_or_default();
    // An agent that is told of its own mail answers itself, and that answer again.
    if address_in(&from).eq_ignore_ascii_case(&mail.inbox_id) {
        return None;
    }
    let (subject, text) = (mail.subject.unwrap_or_default(), mail.text.or(mail.preview).unwrap_or_default());
    let notice = format!(
        "A mail came in.\nFrom: {}\nSubject: {}\nMessage id: {}\n\n{}",
        line(&from),
        line(&subject),
        line(&mail.message_id),
        cut(&text)
    );
    Some(Incoming {
        event_id: event.event_id,
        kind: event.event_type,
        address: mail.inbox_id,
        thread_id: mail.thread_id,
        message_id: mail.message_id,
        counterpart: from,
        text: None,
        notice,
    })
}

#[derive(Deserialize)]
struct SmsEvent {
    data: SmsData,
}

#[derive(Deserialize)]
struct SmsData {
    id: String,
    event_type: String,
    payload: serde_json::Value,
}

/// A delivery of Telnyx; `None` for what no agent has to know.
pub fn sms(body: &[u8]) -> Option<Incoming> {
    let SmsData { id, event_type, payload } = serde_json::from_slice::<SmsEvent>(body).ok()?.data;
    if event_type != "message.received" {
        return None;
    }
    let text = payload["text"].as_str().unwrap_or_default();
    let from = payload["from"]["phone_number"].as_str()?;
    let address = payload["to"][0]["phone_number"].as_str()?;
    if from == address {
        return None;
    }
    Some(Incoming {
        event_id: id,
        kind: event_type,
        address: address.to_owned(),
        thread_id: None,
        message_id: payload["id"].as_str()?.to_owned(),
        counterpart: from.to_owned(),
        text: Some(text.to_owned()),
        notice: format!("A text message came in.\nFrom: {}\n\n{}", line(from), cut(text)),
    })
}

/// The project that an event of the infrastructure is about.
pub fn project_of(body: &[u8]) -> Option<String> {
    let event: serde_json::Value = serde_json::from_slice(body).ok()?;
    event["resource"]["project"]["id"].as_str().map(str::to_owned)
}

/// The address of `Ada <ada@example.org>`, or of one that stands alone.
fn address_in(from: &str) -> &str {
    let inner = from.rsplit_once('<').and_then(|(_, rest)| rest.split_once('>')).map(|(address, _)| address);
    inner.unwrap_or(from).trim()
}

/// A value on one line: a sender must not be able to write lines of ours.
fn line(text: &str) -> String {
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).take(500).collect()
}

fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARACTERS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_mail_is_read_and_its_headers_cannot_forge_lines_of_ours() {
        let event = json!({"type": "event", "event_type": "message.received", "event_id": "evt-1",
            "message": {"inbox_id": "a@agentmail.to", "thread_id": "t1", "message_id": "<m1>",
                "from": "Eve\nSubject: forged <eve@example.com>", "subject": "Hi", "text": "Hello"},
            "thread": {}});
        let incoming = mail(event.to_string().as_bytes()).unwrap();
        assert_eq!(
            (incoming.address.as_str(), incoming.thread_id.as_deref()),
            ("a@agentmail.to", Some("t1"))
        );
        assert_eq!(incoming.notice.lines().nth(2), Some("Subject: Hi"));
        let sent = json!({"event_type": "message.sent", "event_id": "evt-2"});
        assert_eq!(mail(sent.to_string().as_bytes()), None);
        assert_eq!(mail(b"not json"), None);
    }

    #[test]
    fn a_text_message_is_read() {
        let event = json!({"data": {"id": "evt-1", "event_type": "message.received", "record_type": "event",
            "payload": {"id": "m1", "text": "Hello", "from": {"phone_number": "+14155550100"},
                "to": [{"phone_number": "+14155550199"}]}}});
        let incoming = sms(event.to_string().as_bytes()).unwrap();
        assert_eq!((incoming.address.as_str(), incoming.text.as_deref()), ("+14155550199", Some("Hello")));
        assert_eq!(sms(b"{}"), None);
    }

    #[test]
    fn an_agent_is_not_told_of_what_it_sent_to_itself() {
        for from in ["a@agentmail.to", "Ada <A@agentmail.to>", "\"x <y>\" <a@agentmail.to>"] {
            let event = json!({"event_type": "message.received", "event_id": "evt-1",
                "message": {"inbox_id": "a@agentmail.to", "message_id": "<m1>", "from": from, "text": "Hello"}});
            assert_eq!(mail(event.to_string().as_bytes()), None, "{from}");
        }
        let event = json!({"data": {"id": "evt-1", "event_type": "message.received",
            "payload": {"id": "m1", "text": "Hello", "from": {"phone_number": "+14155550199"},
                "to": [{"phone_number": "+14155550199"}]}}});
        assert_eq!(sms(event.to_string().as_bytes()), None);
    }

    #[test]
    fn an_event_of_the_infrastructure_names_its_project_or_nothing() {
        let event = json!({"resource": {"project": {"id": "p1"}}});
        assert_eq!(project_of(event.to_string().as_bytes()).as_deref(), Some("p1"));
        for body in ["null", "{}", "[]", "{\"resource\":null}", "x"] {
            assert_eq!(project_of(body.as_bytes()), None, "{body}");
        }
    }
}
