//! The agent process behind the front: which one, how it is started, and how the front talks to it.
//!
//! Every agent serves the same inner contract on a loopback port, with the gateway token as Bearer:
//!
//! | route | request → answer |
//! |---|---|
//! | `GET /convos/status` | `{conversationId, inviteUrl, inboxId, pending, clean, ended?}` |
//! | `POST /convos/conversation` | `{name, profileName, profileImage?, instructions, model?, metadata?}` → `{conversationId, inviteUrl}`, 409 when it has one |
//! | `POST /convos/join` | the same with `inviteUrl` → `{status: joined\|pending_acceptance, conversationId?}`, 409 |
//! | `POST /convos/configure` | `{profileName, profileImage?, instructions, model?, metadata?}`: change in place |
//! | `POST /convos/env` | `{variables}`: taken over live; 404 when it cannot, and it is started again instead |
//! | `POST /convos/reset` | back to the state of a new container |

mod client;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use crate::openclaw::{self, Files, PrepareError};
use crate::variables::Variables;

pub use client::{Agent, AgentError, Created, Joined};

/// Which agent runs inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    /// The small one in this executable, with a chat page of its own.
    Builtin,
    /// The OpenClaw gateway, found as `openclaw` on the path.
    Openclaw,
}

impl Kind {
    /// The word that health answers show.
    pub fn word(self) -> &'static str {
        match self {
            Self::Builtin => "builtin",
            Self::Openclaw => "openclaw",
        }
    }

    /// The port that it listens on when none is configured; 0 is any free one.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Builtin => 0,
            Self::Openclaw => 18_789,
        }
    }

    /// Paths that have to answer 2xx, before `/convos/status` is asked, for the agent to count as ready.
    pub fn probes(self) -> &'static [&'static str] {
        match self {
            Self::Builtin => &[],
            // The gateway's own word first; the convos extension is up when its status answers.
            Self::Openclaw => &["/readyz"],
        }
    }
}

/// What the agent has to know of its surroundings.
#[derive(Debug, Clone)]
pub struct Place {
    /// This executable: the builtin agent lives in it.
    pub executable: PathBuf,
    /// Where people reach the container, without a trailing slash.
    pub public_base: String,
    /// Folder for the builtin agent's state.
    pub state: PathBuf,
    /// The gateway's files.
    pub openclaw: Files,
}

/// A process to start.
#[derive(Debug, Clone)]
pub struct Launch {
    /// The program.
    pub program: PathBuf,
    /// Its arguments: nothing secret, other users can read them.
    pub arguments: Vec<String>,
    /// Its whole environment.
    pub variables: Variables,
}

/// How an agent of this kind is started for this address.
///
/// # Errors
/// Files that cannot be put in their place, variables that are missing.
pub fn launch(
    kind: Kind,
    place: &Place,
    address: SocketAddr,
    mut variables: Variables,
) -> Result<Launch, PrepareError> {
    let port = address.port().to_string();
    Ok(match kind {
        Kind::Builtin => Launch {
            program: place.executable.clone(),
            arguments: [
                "builtin",
                "--port",
                &port,
                "--public-base",
                &place.public_base,
                "--state",
                &text(&place.state),
                "--until-stdin-closes",
            ]
            .map(str::to_string)
            .to_vec(),
            variables,
        },
        Kind::Openclaw => {
            openclaw::prepare(&place.openclaw, &mut variables)?;
            variables.insert("OPENCLAW_GATEWAY_PORT".into(), port.clone());
            let arguments = ["gateway", "run", "--port", &port, "--bind", "loopback", "--auth", "token"];
            Launch {
                program: "openclaw".into(),
                arguments: arguments.map(str::to_string).to_vec(),
                variables,
            }
        }
    })
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
