//! No secret is ever written: each one of the configuration, of a claim and of the vendors' answers is looked for in
//! everything that leaves the processes.

use std::collections::BTreeMap;
use std::time::Duration;

use e2e::world::http::Http;
use e2e::world::ports::free_port;
use e2e::world::{Options, Runtime, World};
use process::config::{Described, Settings};
use serde_json::json;

const WITHIN: Duration = Duration::from_secs(180);
const OF_THE_USER: &str = "KEY_planted_of_the_user_0123456789";

/// What a world has no value of its own for.
const PLANTED: [(&str, &str); 6] = [
    ("RAILWAY_WEBHOOK_SECRET", "planted-webhook-secret-0123456789"),
    ("AGENTMAIL_WEBHOOK_SECRET", "whsec_cGxhbnRlZHdlYmhvb2tzZWNyZXQwMTIz"),
    ("GHCR_TOKEN", "ghp_plantedregistrytoken0123456789"),
    ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=planted-collector-0123"),
    // A second way to say what is said already, and a wallet that needs a permission: never set beside the usual ones.
    ("RAILWAY_API_TOKENS", ""),
    ("BANKR_API_KEY", ""),
];

/// The secrets among the variables that a process reads, by how they are described.
fn secrets(described: Vec<Described>) -> Vec<String> {
    let secret = |one: &Described| {
        ["a secret of", "64 hex digits", "postgres://", "with tokens of"]
            .iter()
            .any(|sort| one.expected.contains(sort))
    };
    described.into_iter().filter(secret).map(|one| one.name).collect()
}

/// The values of a process's secrets; of its database's address only the password is one.
fn values(variables: &BTreeMap<String, String>, names: &[String]) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for name in names {
        let Some(value) = variables.get(name) else {
            let left_out = PLANTED.iter().any(|(planted, value)| planted == name && value.is_empty());
            assert!(left_out, "{name} is a secret and has no value in this test");
            continue;
        };
        let password = || value.split_once("://")?.1.split_once('@')?.0.split_once(':').map(|(_, it)| it);
        let value = if name == "DATABASE_URL" {
            password()
        } else {
            value.split_once('=').map(|(_, it)| it).or(Some(value.as_str()))
        };
        // A server of the tests may know its clients without a password.
        found.extend(value.filter(|value| !value.is_empty()).map(|value| (name.clone(), value.to_owned())));
    }
    found
}

/// What agents were started with and must not be shown: made by us, or told by vendors.
fn of_an_agent(variables: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let secret = |name: &str| ["KEY", "TOKEN", "PASSWORD"].iter().any(|word| name.contains(word));
    let values = variables.iter().filter(|(name, value)| secret(name) && value.len() >= 16);
    values.map(|(name, value)| (format!("an agent's {name}"), value.clone())).collect()
}

#[tokio::test]
async fn no_secret_of_a_configuration_a_claim_or_a_vendor_is_ever_written() {
    let (pool_metrics, services_metrics) = (free_port().unwrap(), free_port().unwrap());
    let variables = |port: u16| -> BTreeMap<String, String> {
        let planted = PLANTED.iter().filter(|(_, value)| !value.is_empty()).copied();
        let own = [
            ("RUST_LOG", "debug"),
            ("LOG_FORMAT", "json"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9"),
        ];
        let mut all: BTreeMap<String, String> =
            planted.chain(own).map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        all.insert("METRICS_ADDR".into(), format!("127.0.0.1:{port}"));
        all
    };
    let options = Options {
        runtime: Runtime::Process,
        stuck_timeout: WITHIN,
        pool_variables: variables(pool_metrics),
        services_variables: variables(services_metrics),
        ..Options::default()
    };
    let mut world = World::start(options).await.unwrap();
    world.full(WITHIN).await.unwrap();
    let api = world.api();
    let mut said: Vec<String> = Vec::new();
    let mut hear = |answer: &dyn std::fmt::Debug| said.push(format!("{answer:?}"));

    // A claim with a key of its user's, which the vendor refuses; one that works; requests that are refused.
    let template = json!({
        "agentName": "Secretive", "instructions": "Answer.", "visibility": "public",
        "tools": [{"id": "sms", "provisioning": "user"}, {"id": "email", "provisioning": "pool"}],
    });
    let template = api.http().post("/api/templates", &template).await.unwrap().expect(201).unwrap();
    let body = json!({
        "templateId": template.text("templateId"),
        "userConfig": {"sms": {"telnyxApiKey": OF_THE_USER, "telnyxPhone": "+15550001111"}},
    });
    hear(&api.claim(&body, None, 10).await.unwrap());
    world.full(WITHIN).await.unwrap();
    hear(&api.claim_ready("Served").await.unwrap());
    let stranger = api.http().with_key(Some("planted-key-of-a-stranger"));
    hear(&stranger.get("/api/instances").await.unwrap().expect(401).unwrap());
    hear(&stranger.post("/api/claim", &json!({"agentName": OF_THE_USER})).await.unwrap());
    // Vendors that break, with our keys in what they are asked.
    let faults = json!([{"vendor": "*", "operation": "*", "kind": "html", "status": 502, "count": 3}]);
    world.outside.set_faults(&faults).await.unwrap();
    world.full(WITHIN).await.unwrap();

    for page in
        ["/api/events", "/api/instances", "/api/claims", "/api/pools", "/api/templates", "/api/keys", "/"]
    {
        hear(&api.http().get(page).await.unwrap());
    }
    hear(&world.services_api(0).unwrap().get("/inventory").await.unwrap());
    for port in [pool_metrics, services_metrics] {
        let metrics = Http::new(format!("http://127.0.0.1:{port}"), None).unwrap();
        hear(&metrics.get("/metrics").await.unwrap().expect(200).unwrap());
    }
    said.extend([world.pools[0].log(), world.services[0].log(), world.containers_log()]);

    let mut looked_for = vec![
        ("the user's key".to_owned(), OF_THE_USER.to_owned()),
        ("a stranger's key".to_owned(), "planted-key-of-a-stranger".to_owned()),
    ];
    let pool = secrets(Settings::describe(api::settings::Settings::read));
    let services = secrets(Settings::describe(providers::settings::Settings::read));
    looked_for.extend(values(world.pools[0].variables(), &pool));
    looked_for.extend(values(world.services[0].variables(), &services));
    let agents = world.containers_variables();
    assert!(agents.len() >= 2, "agents run: {}", agents.len());
    looked_for.extend(agents.iter().flat_map(of_an_agent));
    assert!(looked_for.len() >= 25, "the secrets are known: {}", looked_for.len());
    let written = said.concat();
    assert!(written.len() > 50_000, "the processes wrote what they do: {}", written.len());
    for (name, secret) in &looked_for {
        if let Some(place) = written.find(secret.as_str()) {
            let before: String = written[..place].chars().rev().take(300).collect();
            panic!("{name} was written after: {}", before.chars().rev().collect::<String>());
        }
    }
    world.end().await.unwrap();
}
