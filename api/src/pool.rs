//! The `pool` process: database, reconcilers, API and metrics, put together.

use std::sync::Arc;
use std::time::Duration;

use controller::Controller;
use controller::services::Services;
use controller::store::{MIGRATIONS, Store};
use model::record::DEFAULT_POOL;
use process::clock::now;
use process::database::DatabaseError;
use process::exit::Failure;
use process::server::{self, HttpMetrics};
use process::shutdown::Shutdown;
use process::{database, telemetry};
use tracing::{debug, info, warn};

use crate::app::App;
use crate::routes;
use crate::settings::Settings;

/// Name in logs and of the database's connections.
const PROCESS: &str = "pool";
/// Passes under way when the stop comes get this long; what is left is taken over when its lease ends.
const PASSES_DRAIN: Duration = Duration::from_secs(8);

/// How often the pools are counted for charts.
const SAMPLE_INTERVAL: Duration = Duration::from_secs(15);

/// Which parts of the process run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Role {
    /// The API, which takes claims in and leaves the work to other replicas.
    Api,
    /// The reconcilers, and probes.
    Controller,
    /// Both.
    #[default]
    All,
}

/// Notes now and then how the pools are, for charts. Ends only with the process.
async fn sample(store: &Store, reconciles: bool, shutdown: &Shutdown) {
    while reconciles && !shutdown.begun() {
        if let Err(error) = store.sample_pools(now()).await {
            warn!("the pools cannot be counted for charts, trying again: {error}");
        }
        tokio::select! {
            () = shutdown.wait() => {}
            () = tokio::time::sleep(SAMPLE_INTERVAL) => {}
        }
    }
    std::future::pending().await
}

/// Runs until the stop is asked for.
///
/// # Errors
/// When the database refuses us, its schema cannot be brought up to date, or an address is taken.
pub async fn run(settings: Settings, role: Role, shutdown: Shutdown) -> Result<(), Failure> {
    telemetry::serve_metrics(PROCESS, &settings.process.metrics, &shutdown).await?;
    let starting = async {
        let db = database::connect(&settings.process.database_url, PROCESS, settings.connections, &shutdown)
            .await?;
        database::migrate(&db, &MIGRATIONS, &shutdown).await?;
        let store = Store::new(db);
        let ensured = database::patiently(&shutdown, || async {
            let made = store.ensure_pool(DEFAULT_POOL, &settings.default_pool, now()).await;
            made.map_err(DatabaseError::Connection)
        });
        if ensured.await? {
            info!("made the pool {DEFAULT_POOL} from the configuration");
        }
        if let Err(error) = store.warm_up().await {
            debug!(%error, "the first claims will wait for their statements to be planned");
        }
        Ok(store)
    };
    let store = match starting.await {
        // Asked to stop before there was anything to stop.
        Err(DatabaseError::Stopped) => return Ok(()),
        outcome => outcome?,
    };
    let services = Services::new(&settings.services, settings.services_key).map_err(Failure::other)?;
    let reconciles = role != Role::Api;
    let keys = Arc::clone(&settings.keys);
    let controller = Arc::new(Controller::new(store, Arc::new(services), keys, settings.policy, reconciles));
    let listen = settings.process.listen;
    let listener = server::bind((listen.host, listen.port)).await?;
    let app = App::new(Arc::clone(&controller), settings.keys, &settings.api, shutdown.clone());
    let router = if role == Role::Controller {
        routes::probes(app)
    } else {
        routes::router(app, settings.api.dashboard.as_deref())
    };
    let router = server::finish(router, HttpMetrics::new(PROCESS));
    let reconciling = async {
        let run = controller.run(&shutdown);
        let cut_off = async {
            shutdown.wait().await;
            tokio::time::sleep(PASSES_DRAIN).await;
        };
        tokio::select! {
            () = run => {}
            () = sample(controller.store(), reconciles, &shutdown) => {}
            () = cut_off => warn!("passes were still under way {PASSES_DRAIN:?} after the stop, and are left"),
        }
    };
    let (served, ()) = tokio::join!(
        async {
            let served = server::serve(PROCESS, listener, router, &shutdown).await;
            // Serving that ended by a fault ends the reconcilers too.
            shutdown.begin();
            served
        },
        reconciling
    );
    info!("stopped");
    Ok(served?)
}
