//! The running system as Prometheus sees it: what is scraped is what the catalogues list, and an outage makes an alert fire
//! that ends with it.
#![expect(clippy::unwrap_used, reason = "what cannot be had here has failed the test")]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use e2e::settle::eventually;
use e2e::world::child::{Child, Invocation};
use e2e::world::http::Http;
use e2e::world::ports::free_port;
use e2e::world::programs::repository;
use e2e::world::{Options, World};
use process::catalogue::{Metric, Sort};
use serde_json::{Value, json};

/// All of it takes seconds; this is for a busy machine.
const WITHIN: Duration = Duration::from_secs(180);

struct Watched {
    world: World,
    pool: Http,
    services: Http,
}

/// A world of one replica each, whose metrics are served.
async fn watched() -> Result<Watched> {
    let (pool, services) = (free_port()?, free_port()?);
    let served = |port: u16| [("METRICS_ADDR".to_owned(), format!("127.0.0.1:{port}"))].into_iter().collect();
    let options = Options {
        min_idle: 1,
        stuck_timeout: WITHIN,
        pool_variables: served(pool),
        services_variables: served(services),
        ..Options::default()
    };
    let world = World::start(options).await?;
    let http = |port: u16| Http::new(format!("http://127.0.0.1:{port}"), None);
    Ok(Watched { world, pool: http(pool)?, services: http(services)? })
}

async fn scrape(http: &Http) -> Result<String> {
    let answer = http.get("/metrics").await?.expect(200)?;
    Ok(answer.body.as_str().context("metrics are text")?.to_owned())
}

/// The names that a scrape shows.
fn shown(text: &str) -> BTreeSet<String> {
    text.lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next())
        .map(str::to_owned)
        .collect()
}

/// Prometheus's own opinion of a scrape.
fn lint(text: &str) -> Result<()> {
    use std::io::Write;
    let mut promtool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("start promtool (Debian package prometheus; scripts/setup --tests installs it)")?;
    promtool.stdin.take().unwrap().write_all(text.as_bytes())?;
    let output = promtool.wait_with_output()?;
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success() && said.is_empty(), "promtool finds fault: {said}");
    Ok(())
}

/// Compares a scrape with what the process says that it counts, both ways.
fn compare(process: &str, text: &str, catalogue: &[Metric]) {
    let shown = shown(text);
    let listed: BTreeSet<String> = catalogue.iter().map(|metric| metric.name.to_string()).collect();
    let unlisted: Vec<&String> = shown.difference(&listed).collect();
    assert!(unlisted.is_empty(), "{process} shows what no catalogue has: {unlisted:?}");
    for metric in catalogue {
        let (sort, suffix) = match metric.sort {
            Sort::Counter => ("counter", ""),
            Sort::Gauge => ("gauge", ""),
            Sort::Seconds => ("histogram", "_count"),
        };
        let line = format!("# TYPE {} {sort}", metric.name);
        assert!(!shown.contains(metric.name.as_ref()) || text.contains(&line), "{process}: not {line}");
        for labels in metric.combinations() {
            let labels: Vec<String> =
                labels.iter().map(|(label, value)| format!("{label}=\"{value}\"")).collect();
            let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
            let series = format!("{}{suffix}{labels} ", metric.name);
            assert!(text.lines().any(|line| line.starts_with(&series)), "{process} does not show {series}");
        }
    }
}

#[tokio::test]
async fn everything_of_the_catalogues_is_scraped_from_the_start_and_no_label_is_an_id() {
    let watched = watched().await.unwrap();
    let processes = [
        ("pool", &watched.pool, controller::metrics::catalogue()),
        ("services", &watched.services, providers::metrics::catalogue()),
    ];
    let mut catalogues = Vec::new();
    for (process, http, own) in processes {
        let catalogue = [process::catalogue::common(), process::catalogue::http(process), own].concat();
        compare(process, &scrape(http).await.unwrap(), &catalogue);
        catalogues.push((process, http, catalogue));
    }
    let zero = scrape(&watched.pool).await.unwrap();
    for line in
        ["pool_claims_total{phase=\"ready\"} 0", "pool_invariant_violations_total{invariant=\"I1\"} 0"]
    {
        assert!(zero.contains(line), "{line} is not in\n{zero}");
    }

    watched.world.full(WITHIN).await.unwrap();
    let api = watched.world.api();
    let claim = api.claim_ready("Watched").await.unwrap();
    let instances = api.instances().await.unwrap();
    let mut ids: Vec<String> = instances.iter().map(|instance| instance.instance_id.to_string()).collect();
    ids.push(claim.claim_id.to_string());
    for (process, http, catalogue) in catalogues {
        let text = scrape(http).await.unwrap();
        lint(&text).unwrap();
        compare(process, &text, &catalogue);
        assert!(!ids.iter().any(|id| text.contains(id)), "{process} has an id in a label");
    }
    let counted = scrape(&watched.pool).await.unwrap();
    for line in ["pool_claim_intake_total{outcome=\"hit\"} 1", "pool_claims_total{phase=\"ready\"} 1"] {
        assert!(counted.contains(line), "{line} is not in\n{counted}");
    }
    watched.world.end().await.unwrap();
}

/// A Prometheus that scrapes a world with the project's own rules, all waits cut to a second.
struct Prometheus {
    http: Http,
    _process: Child,
    _folder: tempfile::TempDir,
}

impl Prometheus {
    async fn start(watched: &Watched) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let rules = folder.path().join("rules");
        std::fs::create_dir(&rules)?;
        for name in ["recording.yml", "alerts.yml"] {
            let text = std::fs::read_to_string(repository().join("deploy/monitoring/rules").join(name))?;
            let hasty = text.lines().map(|line| match line.split_once("for: ") {
                Some((indent, _)) if indent.trim().is_empty() => format!("{indent}for: 1s\n"),
                _ => format!("{line}\n"),
            });
            std::fs::write(rules.join(name), hasty.collect::<String>())?;
        }
        let target = |http: &Http| http.base.trim_start_matches("http://").to_owned();
        let config = json!({
            "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
            "rule_files": [rules.join("*.yml")],
            "scrape_configs": [
                {"job_name": "pool", "static_configs": [{"targets": [target(&watched.pool)]}]},
                {"job_name": "services", "static_configs": [{"targets": [target(&watched.services)]}]},
            ],
        });
        // JSON is YAML too.
        let file = folder.path().join("prometheus.yml");
        std::fs::write(&file, config.to_string())?;
        let port = free_port()?;
        let arguments = [
            format!("--config.file={}", file.display()),
            format!("--storage.tsdb.path={}", folder.path().join("data").display()),
            format!("--web.listen-address=127.0.0.1:{port}"),
        ];
        let mut process = Child::new(
            Invocation {
                name: "prometheus".to_owned(),
                program: program("prometheus")?,
                arguments: arguments.to_vec(),
                variables: std::collections::BTreeMap::new(),
            },
            folder.path(),
        );
        process.start()?;
        let http = Http::new(format!("http://127.0.0.1:{port}"), None)?;
        eventually("Prometheus is ready", WITHIN, async || http.get("/-/ready").await?.expect(200)).await?;
        Ok(Self { http, _process: process, _folder: folder })
    }

    /// The alerts that fire now, with their labels.
    async fn firing(&self) -> Result<Vec<Value>> {
        let answer = self.http.get("/api/v1/alerts").await?.expect(200)?;
        let alerts = answer.body["data"]["alerts"].as_array().context("a list of alerts")?.clone();
        Ok(alerts.into_iter().filter(|alert| alert["state"] == "firing").collect())
    }

    async fn fires(&self, name: &str) -> Result<Value> {
        eventually(&format!("{name} fires"), WITHIN, async || {
            let firing = self.firing().await?;
            let found = firing.iter().find(|alert| alert["labels"]["alertname"] == name);
            found.cloned().with_context(|| format!("{firing:?}"))
        })
        .await
    }

    async fn is_silent_about(&self, name: &str) -> Result<()> {
        eventually(&format!("{name} is over"), WITHIN, async || {
            let firing = self.firing().await?;
            ensure!(firing.iter().all(|alert| alert["labels"]["alertname"] != name), "{firing:?}");
            Ok(())
        })
        .await
    }
}

/// Where the machine has a program.
fn program(name: &str) -> Result<std::path::PathBuf> {
    let path = std::env::var_os("PATH").context("PATH is set")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| Path::is_file(file))
        .with_context(|| format!("{name} is not installed; scripts/setup --tests installs it"))
}

#[tokio::test]
async fn an_outage_makes_an_alert_fire_that_ends_with_it() {
    let mut watched = watched().await.unwrap();
    watched.world.full(WITHIN).await.unwrap();
    let prometheus = Prometheus::start(&watched).await.unwrap();
    eventually("both are scraped", WITHIN, async || {
        let answer = prometheus.http.get("/api/v1/query?query=sum(up)").await?.expect(200)?;
        ensure!(answer.body["data"]["result"][0]["value"][1] == "2", "{}", answer.body);
        Ok(())
    })
    .await
    .unwrap();
    let clock = || process::clock::now().format("%H:%M:%S%.3f").to_string();

    // A vendor is down: each call is refused before it has an effect.
    let faults =
        json!([{"vendor": "railway", "operation": "*", "kind": "status", "status": 503, "probability": 1.0}]);
    watched.world.outside.set_faults(&faults).await.unwrap();
    watched.world.api().scale(&json!({"minIdle": 4})).await.unwrap();
    println!("{} railway is down", clock());
    let alert = prometheus.fires("VendorDown").await.unwrap();
    assert_eq!(alert["labels"]["vendor"], "railway", "{alert}");
    println!("{} VendorDown fires, active since {}", clock(), alert["activeAt"]);
    watched.world.outside.heal().await.unwrap();
    println!("{} railway is back", clock());
    prometheus.is_silent_about("VendorDown").await.unwrap();
    println!("{} VendorDown is over", clock());

    // A process is gone.
    watched.world.services[0].kill().await.unwrap();
    println!("{} services was killed", clock());
    let alert = prometheus.fires("TargetDown").await.unwrap();
    assert_eq!(alert["labels"]["job"], "services", "{alert}");
    println!("{} TargetDown fires, active since {}", clock(), alert["activeAt"]);
    watched.world.start_all().await.unwrap();
    println!("{} services is started", clock());
    prometheus.is_silent_about("TargetDown").await.unwrap();
    println!("{} TargetDown is over", clock());
    drop(prometheus);
    watched.world.end().await.unwrap();
}
