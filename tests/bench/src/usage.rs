//! What a measurement costs: CPU and memory of each process, transactions and statements of PostgreSQL.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use e2e::world::World;
use nix::unistd::{SysconfVar, sysconf};
use serde::Serialize;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

/// Counters of PostgreSQL.
pub struct Counted {
    admin: PgPool,
    databases: [String; 2],
}

/// Counters at one moment, or what they grew by.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Usage {
    /// CPU seconds by process.
    pub cpu_seconds: BTreeMap<String, f64>,
    /// Resident megabytes by process.
    pub resident_mb: BTreeMap<String, f64>,
    /// Committed transactions of both databases.
    pub transactions: i64,
    /// Statements of both databases.
    pub statements: i64,
}

impl Usage {
    /// What happened since `earlier`; memory is as it is now.
    pub fn since(&self, earlier: &Self) -> Self {
        let grown = |(name, seconds): (&String, &f64)| {
            (name.clone(), seconds - earlier.cpu_seconds.get(name).copied().unwrap_or_default())
        };
        Self {
            cpu_seconds: self.cpu_seconds.iter().map(grown).collect(),
            resident_mb: self.resident_mb.clone(),
            transactions: self.transactions - earlier.transactions,
            statements: self.statements - earlier.statements,
        }
    }

    /// Both together, with the later memory.
    pub fn plus(&self, later: &Self) -> Self {
        let sum = |(name, seconds): (&String, &f64)| {
            (name.clone(), seconds + self.cpu_seconds.get(name).copied().unwrap_or_default())
        };
        Self {
            cpu_seconds: later.cpu_seconds.iter().map(sum).collect(),
            resident_mb: later.resident_mb.clone(),
            transactions: self.transactions + later.transactions,
            statements: self.statements + later.statements,
        }
    }

    /// CPU seconds of the processes whose name begins so.
    pub fn cpu_of(&self, name: &str) -> f64 {
        self.cpu_seconds
            .iter()
            .filter(|(process, _)| process.starts_with(name))
            .map(|(_, seconds)| seconds)
            .sum()
    }

    /// CPU of the system: everything but the simulated outside and the bench itself.
    pub fn cpu_of_ours(&self) -> f64 {
        let ours =
            |name: &&String| name.starts_with("pool") || name.starts_with("services") || *name == "postgres";
        self.cpu_seconds.iter().filter(|(name, _)| ours(name)).map(|(_, seconds)| seconds).sum()
    }
}

impl Counted {
    /// Counts in these databases of the cluster.
    pub async fn new(admin_url: &str, databases: [&str; 2]) -> Result<Self> {
        let admin = PgPoolOptions::new().max_connections(1).connect(admin_url).await?;
        Ok(Self { admin, databases: databases.map(str::to_owned) })
    }

    /// The counters now.
    pub async fn read(&self, world: &mut World) -> Result<Usage> {
        let mut usage = Usage::default();
        let processes: Vec<(String, Option<i32>)> = world
            .pools
            .iter()
            .chain(&world.services)
            .chain([&world.simulator])
            .map(|child| (child.name().to_owned(), child.pid().map(nix::unistd::Pid::as_raw)))
            .collect();
        for (name, pid) in processes {
            if let Some(pid) = pid {
                usage.add(name, &[pid.cast_unsigned()]);
            }
        }
        if let Some(server) = world.postgres()?.pid() {
            let mut family = children_of(server)?;
            family.push(server);
            usage.add("postgres".into(), &family);
        }
        usage.add("bench".into(), &[std::process::id()]);
        usage.transactions = sqlx::query_scalar(
            "SELECT coalesce(sum(xact_commit), 0)::bigint FROM pg_stat_database WHERE datname = ANY($1)",
        )
        .bind(&self.databases[..])
        .fetch_one(&self.admin)
        .await?;
        usage.statements = sqlx::query_scalar(
            "SELECT coalesce(sum(s.calls), 0)::bigint FROM pg_stat_statements s
             JOIN pg_database d ON d.oid = s.dbid
             WHERE d.datname = ANY($1) AND s.query !~* '^(begin|commit|rollback)'",
        )
        .bind(&self.databases[..])
        .fetch_one(&self.admin)
        .await?;
        Ok(usage)
    }

    /// The statements that took most of PostgreSQL's time, with calls and milliseconds.
    pub async fn hottest(&self, count: i64) -> Result<Vec<(String, i64, f64)>> {
        let rows: Vec<(String, i64, f64)> = sqlx::query_as(
            "SELECT left(regexp_replace(s.query, '\\s+', ' ', 'g'), 160), s.calls::bigint, s.total_exec_time
             FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid
             WHERE d.datname = ANY($1) ORDER BY s.total_exec_time DESC LIMIT $2",
        )
        .bind(&self.databases[..])
        .bind(count)
        .fetch_all(&self.admin)
        .await?;
        Ok(rows)
    }

    /// Counts statements from zero.
    pub async fn forget(&self) -> Result<()> {
        sqlx::query("SELECT pg_stat_statements_reset()").execute(&self.admin).await?;
        Ok(())
    }
}

impl Usage {
    fn add(&mut self, name: String, pids: &[u32]) {
        let seconds = pids.iter().filter_map(|pid| cpu_seconds(*pid)).sum();
        let resident = pids.iter().filter_map(|pid| resident_mb(*pid)).sum();
        self.cpu_seconds.insert(name.clone(), seconds);
        self.resident_mb.insert(name, resident);
    }
}

/// User and system time of a process, with what its ended children used: backends come and go.
fn cpu_seconds(pid: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in parentheses may hold spaces; the fields are counted after it.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().filter_map(|field| field.parse::<f64>().ok()).sum::<f64>();
    let per_second = sysconf(SysconfVar::CLK_TCK).ok().flatten().unwrap_or(100);
    Some(ticks / per_second as f64)
}

/// Proportional memory where the system tells it (shared pages count once), resident memory otherwise.
fn resident_mb(pid: u32) -> Option<f64> {
    let of = |file: &str, field: &str| {
        let text = std::fs::read_to_string(format!("/proc/{pid}/{file}")).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix(field))?;
        line.split_whitespace().next()?.parse::<f64>().ok()
    };
    of("smaps_rollup", "Pss:").or_else(|| of("status", "VmRSS:")).map(|kilobytes| kilobytes / 1024.0)
}

fn children_of(parent: u32) -> Result<Vec<u32>> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc").context("read the list of processes")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let of =
            stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)?.parse::<u32>().ok());
        if of == Some(parent) {
            children.push(pid);
        }
    }
    Ok(children)
}
