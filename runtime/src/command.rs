//! The commands that an agent has for its own tools: `convos-runtime services …`. Answers are JSON on stdout.

use std::io::Read;
use std::time::Duration;

use clap::{Args, Subcommand};
use process::config::Settings;
use process::exit::{ExitReason, Failure};
use serde_json::{Map, Value, json};

use crate::services::{Access, Services, ServicesError};

/// What an agent may do with its own tools.
#[derive(Debug, Subcommand)]
pub enum ServicesCommand {
    /// List the tools that exist and those that this agent has
    List,
    /// Get a tool for this agent; its variables reach the running agent
    Provision {
        /// The tool, as `list` names it: email, sms, crypto, …
        tool: String,
        /// An account of the user's own, as JSON; - reads it from stdin, where other processes cannot see it
        #[arg(long, value_name = "JSON")]
        user_config: Option<String>,
        /// How long to wait for a vendor, in seconds
        #[arg(long, default_value_t = 120)]
        wait_seconds: u64,
    },
    /// Read or send mail, from this agent's own inbox
    #[command(subcommand)]
    Mail(MailCommand),
    /// Read or send text messages, from this agent's own number
    #[command(subcommand)]
    Sms(SmsCommand),
}

/// Mail of the agent's inbox.
#[derive(Debug, Subcommand)]
pub enum MailCommand {
    /// List messages, the newest first
    List(PageOfMessages),
    /// Send a message
    Send {
        /// Who gets it; may be given more than once
        #[arg(long, required = true)]
        to: Vec<String>,
        /// Who gets a copy; may be given more than once
        #[arg(long)]
        cc: Vec<String>,
        /// What it is about
        #[arg(long)]
        subject: String,
        /// The words; - reads them from stdin
        #[arg(long)]
        text: String,
        /// The same as HTML
        #[arg(long)]
        html: Option<String>,
        /// Id of the message that this one answers
        #[arg(long, value_name = "MESSAGE")]
        in_reply_to: Option<String>,
    },
}

/// Text messages of the agent's number.
#[derive(Debug, Subcommand)]
pub enum SmsCommand {
    /// List messages, the newest first
    List(PageOfMessages),
    /// Send a message
    Send {
        /// The number that gets it, such as +15550100
        #[arg(long)]
        to: String,
        /// The words; - reads them from stdin
        #[arg(long)]
        text: String,
    },
}

/// Where a list goes on.
#[derive(Debug, Args)]
pub struct PageOfMessages {
    /// The `nextPageToken` of the page before
    #[arg(long, value_name = "TOKEN")]
    page_token: Option<String>,
}

impl ServicesCommand {
    /// Does it and prints what came of it.
    ///
    /// # Errors
    /// Missing variables (all of them at once), or whatever `services` refused.
    pub async fn run(self, settings: Settings) -> Result<(), Failure> {
        let services = Services::new(settings.read(Access::read)?).map_err(Failure::other)?;
        let answer = self.ask(&services).await?.map_err(Failure::other)?;
        println!("{answer:#}");
        Ok(())
    }

    async fn ask(self, services: &Services) -> Result<Result<Value, ServicesError>, Failure> {
        Ok(match self {
            Self::List => services.tools().await,
            Self::Provision { tool, user_config, wait_seconds } => {
                let config = user_config.map(read_config).transpose()?;
                services.provision(&tool, config, Duration::from_secs(wait_seconds)).await
            }
            Self::Mail(MailCommand::List(page)) => services.messages("email", page.page_token).await,
            Self::Sms(SmsCommand::List(page)) => services.messages("sms", page.page_token).await,
            Self::Mail(MailCommand::Send { to, cc, subject, text, html, in_reply_to }) => {
                let mut message = Map::new();
                message.insert("to".into(), json!(to));
                message.insert("subject".into(), json!(subject));
                message.insert("text".into(), json!(words(text)?));
                let copies = (!cc.is_empty()).then(|| json!(cc));
                let optional = [
                    ("cc", copies),
                    ("html", html.map(Value::from)),
                    ("inReplyTo", in_reply_to.map(Value::from)),
                ];
                for (name, value) in optional {
                    message.extend(value.map(|value| (name.to_string(), value)));
                }
                services.send("email", &Value::Object(message)).await
            }
            Self::Sms(SmsCommand::Send { to, text }) => {
                services.send("sms", &json!({ "to": to, "text": words(text)? })).await
            }
        })
    }
}

/// The text itself, or what stdin holds for a single `-`.
fn words(text: String) -> Result<String, Failure> {
    if text != "-" {
        return Ok(text);
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(Failure::other)?;
    Ok(text)
}

fn read_config(text: String) -> Result<Value, Failure> {
    // The error's own text may quote a secret.
    let wrong =
        |_| Failure::new(ExitReason::Configuration, "--user-config: is no JSON; expected a JSON object");
    serde_json::from_str(&words(text)?).map_err(wrong)
}
