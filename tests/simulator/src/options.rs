//! The simulator's command line, shared by `convos-agents simulator` and `convos-agents dev`.

use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

/// What a deployment starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum RuntimeKind {
    /// A real runtime process for each.
    Process,
    /// A stand-in inside the simulator: thousands fit.
    Stub,
}

/// The weather outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// No lag and no random fault.
    Smoke,
    /// Read-after-write lags and random faults at the rates seen in production, deploys of 20 to 30 s.
    Soak,
}

/// The plan of every Railway workspace: sets the request budgets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Plan {
    /// 1,000 requests an hour, 10 a second; no private images.
    Hobby,
    /// 10,000 requests an hour, 50 a second.
    Pro,
}

/// How to run the simulator.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Address the vendors' APIs listen on
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub host: IpAddr,
    /// Port the vendors' APIs listen on (0: any free one, printed)
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// Port of the agents' domains, each a loopback address of its own (0: any free one, or that of the state file)
    #[arg(long, default_value_t = 0)]
    pub agents_port: u16,
    /// What a deployment starts
    #[arg(long, value_enum, default_value_t = RuntimeKind::Process)]
    pub runtime: RuntimeKind,
    /// The runtime's executable [default: convos-runtime beside this one]
    #[arg(long)]
    pub runtime_bin: Option<PathBuf>,
    /// Simulated seconds in a second
    #[arg(long, default_value_t = 1.0, value_parser = time_scale)]
    pub time_scale: f64,
    /// Seed of all randomness
    #[arg(long, default_value_t = 1)]
    pub seed: u64,
    /// The weather outside
    #[arg(long, value_enum, default_value_t = Profile::Smoke)]
    pub profile: Profile,
    /// Simulated seconds from a deploy's start until its container starts [default: 4, in the soak profile 25]
    #[arg(long)]
    pub deploy_seconds: Option<f64>,
    /// Folder of the volumes [default: a temporary one, removed at the end]
    #[arg(long)]
    pub state_dir: Option<PathBuf>,
    /// File that keeps the whole state, so that a later run continues with it
    #[arg(long)]
    pub state_file: Option<PathBuf>,
    /// Railway plan of all workspaces
    #[arg(long, value_enum, default_value_t = Plan::Pro)]
    pub plan: Plan,
    /// Most projects a workspace may have; one more is refused as the plan's limit [default: none]
    #[arg(long)]
    pub project_limit: Option<usize>,
    /// One more accepted credential: VENDOR=TOKEN or VENDOR:SCOPE=TOKEN (Railway's scope: workspace ids)
    #[arg(long = "token", value_name = "VENDOR[:SCOPE]=TOKEN")]
    pub tokens: Vec<String>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            agents_port: 0,
            runtime: RuntimeKind::Process,
            runtime_bin: None,
            time_scale: 1.0,
            seed: 1,
            profile: Profile::Smoke,
            deploy_seconds: None,
            state_dir: None,
            state_file: None,
            plan: Plan::Pro,
            project_limit: None,
            tokens: Vec::new(),
        }
    }
}

impl Options {
    /// Simulated seconds from a deploy's start until its container starts.
    pub(crate) fn deploy_seconds(&self) -> f64 {
        self.deploy_seconds.unwrap_or(match self.profile {
            Profile::Smoke => 4.0,
            Profile::Soak => 25.0,
        })
    }
}

/// Bounds of the time scale: slower than a thousandth would stand still, faster than this would only spin.
const TIME_SCALE_MAX: f64 = 100_000.0;

/// Reads a time scale: a positive number within bounds.
pub(crate) fn time_scale(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(scale) if is_time_scale(scale) => Ok(scale),
        _ => Err(format!("expected a number between 0.001 and {TIME_SCALE_MAX}")),
    }
}

/// Whether time can run `scale` times faster than the machine's.
pub(crate) fn is_time_scale(scale: f64) -> bool {
    (0.001..=TIME_SCALE_MAX).contains(&scale)
}
