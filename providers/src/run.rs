//! The process: put together, started, stopped.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use process::config::Settings as Variables;
use process::exit::Failure;
use process::http::{self, Options};
use process::shutdown::Shutdown;
use process::{database, server, telemetry};
use sqlx::migrate::Migrator;
use sqlx::postgres::PgPool;
use tracing::{debug, info};

use crate::app::Services;
use crate::infra::railway::Railway;
use crate::ledger::Ledger;
use crate::plugins::Tools;
use crate::settings::Settings;
use crate::webhooks::{deliver, register};
use crate::{audit, budgets, metrics, routes, saga, shelf, vendors};

/// The word for this process in logs, metrics and the database's list of clients.
const PROCESS: &str = "services";

/// Statements are short, so this serves far more requests at once; replicas share the server's few hundred.
const CONNECTIONS_MAX: u32 = 20;

/// A call to a vendor ends by its own, shorter limit; this one only catches what has none.
const VENDOR_TIMEOUT: Duration = Duration::from_secs(60);

/// What is under way when the stop comes may finish its present call; the ledger knows the rest.
const FINISH_WITHIN: Duration = Duration::from_secs(2);

/// The schema of the services database.
pub static MIGRATIONS: Migrator = sqlx::migrate!("../migrations/services");

/// Runs the process until it is asked to stop. Must be called inside a runtime.
///
/// # Errors
/// With everything that is wrong with the configuration, or when the process cannot go on.
pub async fn run(variables: Variables) -> Result<(), Failure> {
    let settings = variables.read(Settings::read)?;
    settings.process.init_logs(PROCESS)?;
    let shutdown = Shutdown::on_signals().map_err(Failure::other)?;
    telemetry::serve_metrics(PROCESS, &settings.process.metrics, &shutdown).await?;
    process::catalogue::begin(&metrics::catalogue());
    let pool = database::connect(&settings.process.database_url, PROCESS, CONNECTIONS_MAX, &shutdown).await?;
    database::migrate(&pool, &MIGRATIONS, &shutdown).await?;
    let listen = settings.process.listen;
    let services = compose(settings, pool, shutdown.clone()).map_err(Failure::other)?;
    if let Err(error) = services.ledger.warm_up().await {
        debug!(%error, "the first claims will wait for their statements to be planned");
    }
    start_workers(&services);
    let listener = server::bind(SocketAddr::new(listen.host, listen.port)).await?;
    server::serve(PROCESS, listener, routes::router(Arc::clone(&services)), &shutdown).await?;
    finish(&services).await;
    Ok(())
}

/// Puts the parts together. Nothing is asked of anybody yet.
///
/// # Errors
/// When the machine's certificate store cannot be read.
pub fn compose(
    settings: Settings,
    pool: PgPool,
    shutdown: Shutdown,
) -> Result<Arc<Services>, reqwest::Error> {
    let client =
        http::client(&Options::new(concat!("convos-agents/", env!("CARGO_PKG_VERSION")), VENDOR_TIMEOUT))?;
    let login = settings.ghcr.username.clone().zip(settings.ghcr.token.clone());
    let tools = Tools::new(&settings, &client, pool.clone());
    let ledger = Ledger::new(pool, Arc::clone(&settings.keys));
    let pace = settings.pace();
    let infra = Arc::new(Railway::new(settings.railway.clone(), login, &client, pace));
    Services::new(settings, ledger, infra, tools, &client, shutdown).map(Arc::new)
}

/// The HTTP face of the parts.
pub fn router(services: &Arc<Services>) -> axum::Router {
    routes::router(Arc::clone(services))
}

/// Starts what works without being called. All of it ends with the shutdown.
pub fn start_workers(services: &Arc<Services>) {
    services.tracker.spawn(vendors::watch(Arc::clone(services)));
    services.tracker.spawn(audit::watch(Arc::clone(services)));
    services.tracker.spawn(shelf::watch(Arc::clone(services)));
    services.tracker.spawn(budgets::watch(Arc::clone(services)));
    services.tracker.spawn(saga::watch_unheard(Arc::clone(services)));
    services.tracker.spawn(deliver::watch(Arc::clone(services)));
    services.tracker.spawn(register::of_infrastructure(Arc::clone(services)));
    services.tracker.spawn(register::of_mail(Arc::clone(services)));
    services.tracker.spawn(register::of_messages(Arc::clone(services)));
    services.tracker.spawn(metrics::snapshots(Arc::clone(services)));
}

/// Lets what is under way come to its end.
pub async fn finish(services: &Services) {
    services.shutdown.begin();
    services.tracker.close();
    if tokio::time::timeout(FINISH_WITHIN, services.tracker.wait()).await.is_err() {
        info!("some work was not finished; the ledger knows how far it came");
    }
}
