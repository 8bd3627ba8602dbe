//! What the builtin agent remembers: one conversation, who it is in it, and the last messages. Kept on the volume.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use tokio::sync::Mutex;

use super::join::{self, Outcome};
use crate::volume::{Volume, VolumeError};

const FILE: &str = "builtin.json";
/// Messages kept; older ones are forgotten.
pub const MESSAGES_MAX: usize = 100;

/// Everything that is remembered.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// Who it is; none in a new container.
    pub profile: Option<Profile>,
    /// Its conversation.
    pub conversation: Option<Conversation>,
    /// A join that somebody has to accept.
    pub waiting: Option<Waiting>,
    /// The last messages, oldest first.
    pub messages: Vec<Message>,
    /// Somebody ended the conversation.
    pub ended: bool,
}

/// Who the agent is and what it shall do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// Its name.
    pub name: String,
    /// What it shall do.
    pub instructions: String,
    /// The claim's model.
    pub model: Option<String>,
}

/// A conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Its id.
    pub id: String,
    /// The secret part of its link.
    pub slug: String,
}

/// A join under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiting {
    /// The link.
    pub url: String,
    /// When it was asked for.
    pub since: DateTime<Utc>,
}

/// Who said something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    /// The person with the link.
    You,
    /// The agent.
    Agent,
    /// Neither: a notice, such as a mail that came in.
    Notice,
}

/// Something that was said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// By whom.
    pub from: From,
    /// What.
    pub text: String,
    /// When.
    pub at: DateTime<Utc>,
}

impl Memory {
    /// Nothing of any claim is in it.
    pub fn is_clean(&self) -> bool {
        *self == Self::default()
    }

    /// Notes a message.
    pub fn add(&mut self, from: From, text: impl Into<String>, at: DateTime<Utc>) {
        self.messages.push(Message { from, text: text.into(), at });
        let surplus = self.messages.len().saturating_sub(MESSAGES_MAX);
        self.messages.drain(..surplus);
    }

    /// Opens the conversation.
    pub fn open(&mut self) {
        self.waiting = None;
        self.conversation = Some(Conversation { id: random_hex(), slug: random_hex() });
    }

    /// Ends the conversation, and forgets what was said in it.
    pub fn end(&mut self) {
        self.messages.clear();
        self.ended = true;
    }

    /// Ends a wait that is over. True when something changed.
    pub fn settle(&mut self, setting: Option<&str>, now: DateTime<Utc>) -> bool {
        let Some(waiting) = &self.waiting else { return false };
        match join::outcome(setting, &waiting.url, waiting.since, now) {
            Outcome::Pending => return false,
            Outcome::Accepted => self.open(),
            Outcome::Refused => self.waiting = None,
        }
        true
    }
}

/// 160 bits: nobody guesses a link.
fn random_hex() -> String {
    hex::encode(rand::random::<[u8; 20]>())
}

/// The memory and its file.
pub struct Store {
    memory: Mutex<Memory>,
    volume: Volume,
}

impl Store {
    /// Reads the file.
    pub fn load(volume: Volume) -> Result<Self, VolumeError> {
        let memory = volume.load(FILE)?.unwrap_or_default();
        Ok(Self { memory: Mutex::new(memory), volume })
    }

    /// The memory as it is.
    pub async fn read(&self) -> Memory {
        self.memory.lock().await.clone()
    }

    /// Changes the memory, on the volume first. When `work` refuses, nothing is changed.
    pub async fn change<T, E: std::convert::From<VolumeError>>(
        &self,
        work: impl FnOnce(&mut Memory) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut held = self.memory.lock().await;
        let mut memory = held.clone();
        let outcome = work(&mut memory)?;
        if memory != *held {
            self.volume.save(FILE, (!memory.is_clean()).then_some(&memory)).await?;
            *held = memory;
        }
        Ok(outcome)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_messages_are_forgotten() {
        let mut memory = Memory::default();
        for number in 0..=MESSAGES_MAX {
            memory.add(From::You, number.to_string(), DateTime::UNIX_EPOCH);
        }
        assert_eq!(memory.messages.len(), MESSAGES_MAX);
        assert_eq!(memory.messages[0].text, "1");
    }

    #[test]
    fn a_refused_wait_leaves_the_memory_unclean() {
        let mut memory = Memory {
            profile: Some(Profile { name: "Ada".into(), instructions: String::new(), model: None }),
            waiting: Some(Waiting { url: "https://x/y?i=pending".into(), since: DateTime::UNIX_EPOCH }),
            ..Memory::default()
        };
        assert!(!memory.settle(None, DateTime::UNIX_EPOCH));
        assert!(memory.settle(Some("refuse"), DateTime::UNIX_EPOCH));
        assert!(memory.conversation.is_none() && !memory.is_clean());
    }

    #[test]
    fn links_differ_and_are_long() {
        let (mut one, mut two) = (Memory::default(), Memory::default());
        one.open();
        two.open();
        let slug = |memory: &Memory| memory.conversation.clone().unwrap().slug;
        assert_ne!(slug(&one), slug(&two));
        assert_eq!(slug(&one).len(), 40);
    }
}
