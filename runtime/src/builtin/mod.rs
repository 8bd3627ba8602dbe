//! The builtin agent: one conversation on a web page of its own. It serves the inner contract of [`crate::agent`], so
//! that everything around it (supervision, delivery, proxy) is the same as with a real gateway.

mod chat;
mod completion;
mod contract;
mod echo;
mod join;
mod memory;
mod page;

use std::io::Read;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

use axum::Router;
use axum::routing::{get, post};
use process::auth::Digest;
use process::config::Settings;
use process::exit::Failure;
use process::server::{self, HttpMetrics};
use process::shutdown::Shutdown;
use secrecy::ExposeSecret;
use tokio::sync::Semaphore;

use crate::settings::Configuration;
use crate::variables::Variables;
use crate::volume::Volume;
use completion::Asker;
use memory::Store;

/// Messages that are answered at the same time; a link in the wrong hands shall not cost without limit.
const ANSWERS_AT_ONCE_MAX: usize = 4;

/// How the builtin agent is started. The front does it; by hand it is of use for a look at the page.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Loopback port to listen on
    #[arg(long)]
    pub port: u16,
    /// Where people reach the container, for the invite link
    #[arg(long)]
    pub public_base: String,
    /// Folder for its state
    #[arg(long)]
    pub state: PathBuf,
    /// End when stdin ends: the front holds the other side, and must not be outlived
    #[arg(long)]
    pub until_stdin_closes: bool,
}

/// The running agent.
struct Builtin {
    token: Digest,
    public_base: String,
    variables: RwLock<Variables>,
    store: Store,
    asker: Asker,
    answering: Semaphore,
}

impl Builtin {
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.read().unwrap_or_else(PoisonError::into_inner).get(name).cloned()
    }
}

/// Serves until asked to stop.
pub async fn run(options: Options, settings: Settings, variables: Variables) -> Result<(), Failure> {
    let configuration = settings.read(Configuration::read)?;
    crate::init_logs(&configuration)?;
    let shutdown = Shutdown::on_signals().map_err(Failure::other)?;
    if options.until_stdin_closes {
        end_with_stdin(shutdown.clone());
    }
    let volume = Volume::open(options.state).map_err(Failure::other)?;
    let builtin = Builtin {
        token: Digest::of(configuration.token.expose_secret()),
        public_base: options.public_base,
        variables: RwLock::new(variables),
        store: Store::load(volume).map_err(Failure::other)?,
        asker: Asker::default(),
        answering: Semaphore::new(ANSWERS_AT_ONCE_MAX),
    };
    let listener = server::bind((Ipv4Addr::LOCALHOST, options.port)).await?;
    let router = server::finish(router(Arc::new(builtin)), HttpMetrics::new("builtin"));
    Ok(server::serve("builtin agent", listener, router, &shutdown).await?)
}

fn router(builtin: Arc<Builtin>) -> Router {
    Router::new()
        .route("/convos/status", get(contract::status))
        .route("/convos/conversation", post(contract::create))
        .route("/convos/join", post(contract::join))
        .route("/convos/configure", post(contract::configure))
        .route("/convos/env", post(contract::set_variables))
        .route("/convos/reset", post(contract::reset))
        .route("/convos/notify", post(contract::notify))
        .route("/convos/explode", post(contract::explode))
        .route("/c/{slug}", get(chat::page))
        .route("/c/{slug}/messages", get(chat::past).post(chat::say))
        .route("/assets/chat.css", get(page::style))
        .route("/assets/chat.js", get(page::script))
        .with_state(builtin)
}

/// A thread, not a task: nothing waits for it when the agent ends in another way.
fn end_with_stdin(shutdown: Shutdown) {
    std::thread::spawn(move || {
        let mut rest = [0; 64];
        while matches!(std::io::stdin().read(&mut rest), Ok(1..)) {}
        shutdown.begin();
    });
}
