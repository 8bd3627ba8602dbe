//! What `dev` can be told.

use std::path::PathBuf;

use simulator::{Profile, RuntimeKind};

/// Run everything on this machine. The defaults suit a person at a laptop: a small pool, simulated
/// deploys of seconds, nothing that needs patience.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Port of the pool's API (0: any free one)
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// Port of the services' API (0: a free one, the same in later runs)
    #[arg(long, default_value_t = 0)]
    pub services_port: u16,
    /// Port of the simulated vendors (0: a free one, the same in later runs)
    #[arg(long, default_value_t = 0)]
    pub simulator_port: u16,
    /// Port of the pool's metrics (0: a free one, the same in later runs)
    #[arg(long, default_value_t = 0)]
    pub metrics_port: u16,
    /// Folder that keeps database, simulated world, keys and logs [default: convos-agents/dev in the user's data folder]
    #[arg(long)]
    pub data_dir: Option<PathBuf>,
    /// Instances that are kept ready (counts at the first start; later the pool's record rules)
    #[arg(long, default_value_t = 3)]
    pub min_idle: u32,
    /// Most instances that may exist at once (counts at the first start, as --min-idle)
    #[arg(long)]
    pub max_instances: Option<u32>,
    /// How many times faster time passes outside; Railway's 30 s between projects become 1.5 s by 20
    #[arg(long, default_value_t = 20.0, value_parser = time_scale)]
    pub time_scale: f64,
    /// What a simulated deployment starts: a real runtime process, or a stand-in of which thousands fit
    #[arg(long, value_enum, default_value_t = RuntimeKind::Process)]
    pub runtime: RuntimeKind,
    /// Simulated seconds from a deploy's start until its container starts
    #[arg(long)]
    pub deploy_seconds: Option<f64>,
    /// The weather outside: smoke has no faults, soak those seen in production
    #[arg(long, value_enum, default_value_t = Profile::Smoke)]
    pub profile: Profile,
    /// Seed of the simulator's randomness
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// File that is written once the pool is at its target: addresses, keys and process ids as JSON
    #[arg(long)]
    pub ready_file: Option<PathBuf>,
    /// Start anew: removes what earlier runs kept in the data folder
    #[arg(long)]
    pub fresh: bool,
}

fn time_scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(scale) if scale.is_finite() && scale > 0.0 => Ok(scale),
        _ => Err("expected a positive number".into()),
    }
}
