//! What a data folder keeps from run to run besides data: keys, passwords, ports.
//!
//! Keys must stay, or sealed columns could not be opened again; ports should stay, since agents that
//! live on were told them.

use std::net::TcpListener;

use cluster::{free_port, random_password};
use process::exit::{ExitReason, Failure};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};

use super::{
    folder::{Folder, default_path, write_whole},
    options::Options,
};

/// The kept values. For files and children's environments only; never logged.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Kept {
    /// The admin key of the pool's API.
    pub api_key: String,
    /// What pool shows to services.
    pub services_api_key: String,
    /// Seals columns of the pool's database.
    pub pool_secret_key: String,
    /// Seals columns of the services' database.
    pub services_secret_key: String,
    /// In the path that the simulated Railway tells its events to. Younger than the file's other values.
    #[serde(default = "secret")]
    pub railway_webhook_secret: String,
    /// The cluster's superuser.
    pub postgres_password: String,
    /// The ports of the last run.
    pub ports: Ports,
}

/// Where everybody listens, all on the loopback interface. 0 is "not chosen yet".
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Ports {
    /// The pool's API.
    pub pool: u16,
    /// The pool's metrics.
    pub pool_metrics: u16,
    /// The services' API.
    pub services: u16,
    /// The services' metrics.
    pub services_metrics: u16,
    /// The simulated vendors.
    pub simulator: u16,
    /// PostgreSQL.
    pub postgres: u16,
}

/// Why the kept values cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum KeptError {
    /// The file is damaged.
    #[error("{path} does not read as kept keys and ports; start anew by --fresh")]
    Damaged {
        /// The file.
        path: String,
        /// What the parser says.
        #[source]
        source: serde_json::Error,
    },
    /// Somebody else listens where we were told to.
    #[error(
        "port {port} of 127.0.0.1 is taken by another program; stop it, or choose another port by {option}"
    )]
    PortTaken {
        /// The port.
        port: u16,
        /// The option that chooses it.
        option: &'static str,
    },
}

impl From<KeptError> for Failure {
    fn from(error: KeptError) -> Self {
        let reason = match error {
            KeptError::PortTaken { .. } => ExitReason::PortTaken,
            KeptError::Damaged { .. } => ExitReason::Failed,
        };
        Self::new(reason, error)
    }
}

impl Kept {
    /// Reads what earlier runs kept, or makes new keys; chooses the ports; writes it all back.
    pub fn load(folder: &Folder, options: &Options) -> Result<Self, Failure> {
        let path = folder.kept();
        let mut kept = match std::fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|source| KeptError::Damaged { path: path.display().to_string(), source })?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Self::new(),
            Err(error) => return Err(Failure::other(error)),
        };
        kept.ports = choose_ports(kept.ports, options)?;
        write_whole(&path, &serde_json::to_vec_pretty(&kept).map_err(Failure::other)?)?;
        Ok(kept)
    }

    fn new() -> Self {
        let sealing_key = || secret() + &secret();
        Self {
            api_key: secret(),
            services_api_key: secret(),
            pool_secret_key: sealing_key(),
            services_secret_key: sealing_key(),
            railway_webhook_secret: secret(),
            postgres_password: secret(),
            ports: Ports::default(),
        }
    }
}

fn secret() -> String {
    random_password().expose_secret().to_owned()
}

/// Address and key of what ran last in the default data folder, for the operator's verbs.
pub fn last_target() -> Option<(String, String)> {
    let bytes = std::fs::read(default_path().join("kept.json")).ok()?;
    let kept: Kept = serde_json::from_slice(&bytes).ok()?;
    Some((format!("http://127.0.0.1:{}", kept.ports.pool), kept.api_key))
}

fn choose_ports(kept: Ports, options: &Options) -> Result<Ports, Failure> {
    // The pool's port is not kept: 0 asks for any free one, and the default is a number.
    Ok(Ports {
        pool: choose(options.port, 0, "--port")?,
        pool_metrics: choose(options.metrics_port, kept.pool_metrics, "--metrics-port")?,
        services: choose(options.services_port, kept.services, "--services-port")?,
        services_metrics: choose(0, kept.services_metrics, "")?,
        simulator: choose(options.simulator_port, kept.simulator, "--simulator-port")?,
        postgres: choose(0, kept.postgres, "")?,
    })
}

/// The asked port or nothing; else the kept one if it is still free; else any free one.
fn choose(asked: u16, kept: u16, option: &'static str) -> Result<u16, Failure> {
    let is_free = |port: u16| TcpListener::bind(("127.0.0.1", port)).is_ok();
    match (asked, kept) {
        (0, 0) => free_port().map_err(Failure::other),
        (0, kept) if is_free(kept) => Ok(kept),
        (0, _) => free_port().map_err(Failure::other),
        (asked, _) if is_free(asked) => Ok(asked),
        (port, _) => Err(KeptError::PortTaken { port, option }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_taken_port_that_was_asked_for_is_exit_code_3_and_names_the_option() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        let failure = choose(port, 0, "--port").unwrap_err();
        assert_eq!(failure.reason(), ExitReason::PortTaken);
        assert!(failure.to_string().contains("--port"), "{failure}");
    }

    #[test]
    fn a_kept_port_that_is_taken_now_gives_way_to_a_free_one() {
        let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = taken.local_addr().unwrap().port();
        assert_ne!(choose(0, port, "").unwrap(), port);
        drop(taken);
        assert_eq!(choose(0, port, "").unwrap(), port);
    }
}
