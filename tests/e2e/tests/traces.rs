//! One trace goes from a claim's request through pool, services and runtime: into their logs, into the journal, and to a
//! collector.
#![expect(clippy::unwrap_used, reason = "what does not come has failed the test")]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result};
use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use e2e::settle::eventually;
use e2e::world::{Options, Runtime, World};
use serde_json::{Value, json};

const WITHIN: Duration = Duration::from_secs(180);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const CALLER: &str = "00f067aa0ba902b7";

/// Plays a collector of traces, and keeps the spans that it gets with the name of the process they are from.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(String, Value)>>>);

impl Collector {
    async fn start() -> Result<(Self, String)> {
        let collector = Self::default();
        let router = Router::new().route("/v1/traces", post(take)).with_state(collector.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok((collector, url))
    }

    /// A span of the trace: by its process, its name and, unless it is empty, its route.
    fn span(&self, process: &str, name: &str, route: &str) -> Result<Value> {
        let kept = self.0.lock().unwrap();
        let fits = |(from, span): &&(String, Value)| {
            let attributes = span["attributes"].to_string();
            from == process && span["traceId"] == TRACE && span["name"] == name && attributes.contains(route)
        };
        let found = kept.iter().find(fits).map(|(_, span)| span.clone());
        found.with_context(|| format!("no span {name} {route} of {process} among {}", kept.len()))
    }
}

async fn take(State(Collector(kept)): State<Collector>, Json(body): Json<Value>) {
    let resource = &body["resourceSpans"][0];
    let process = resource["resource"]["attributes"][0]["value"]["stringValue"].as_str().unwrap();
    let spans = resource["scopeSpans"][0]["spans"].as_array().unwrap();
    kept.lock().unwrap().extend(spans.iter().map(|span| (process.to_owned(), span.clone())));
}

/// The lines of a log that are inside the trace.
fn traced(log: &str) -> Vec<&str> {
    log.lines().filter(|line| line.contains(TRACE)).collect()
}

#[tokio::test]
async fn the_trace_of_a_claim_is_in_three_processes_in_the_journal_and_at_the_collector() {
    let (collector, url) = Collector::start().await.unwrap();
    let variables: BTreeMap<String, String> =
        [("LOG_FORMAT", "json"), ("OTEL_EXPORTER_OTLP_ENDPOINT", url.as_str())]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
    let options = Options {
        runtime: Runtime::Process,
        min_idle: 1,
        stuck_timeout: WITHIN,
        pool_variables: variables.clone(),
        services_variables: variables,
        ..Options::default()
    };
    let world = World::start(options).await.unwrap();
    world.full(WITHIN).await.unwrap();
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    let body = json!({"agentName": "Traced", "instructions": "Answer."});
    let headers = [("traceparent", traceparent.as_str()), ("prefer", "wait=120")];
    let api = world.api();
    let claim = api.http().send(reqwest::Method::POST, "/api/claim", &headers, Some(&body)).await.unwrap();
    let claim = claim.expect(200).unwrap().text("claimId").to_owned();

    let events = api.events().await.unwrap();
    let own: Vec<_> = events.iter().filter(|event| event.object == claim).collect();
    assert!(own.len() >= 2, "bound and ready are in the journal: {own:?}");
    for event in own {
        assert_eq!(event.trace_id.as_deref(), Some(TRACE), "{event:?}");
    }
    for (log, said) in [
        (world.pools[0].log(), "is now ready"),
        (world.services[0].log(), "is configured"),
        (world.containers_log(), "the agent was provisioned"),
    ] {
        let lines = traced(&log);
        assert!(
            lines.iter().any(|line| line.contains(said)),
            "no line of the trace says {said:?}: {lines:#?}"
        );
        lines.iter().for_each(|line| println!("{line}"));
    }

    // Each span hangs below the one that called it.
    let (request, work, configure) = eventually("all spans arrive", WITHIN, async || {
        Ok((
            collector.span("pool", "request", "/api/claim")?,
            collector.span("pool", "claim", &claim)?,
            collector.span("services", "request", "/configure/")?,
        ))
    })
    .await
    .unwrap();
    assert_eq!(request["parentSpanId"], CALLER);
    assert_eq!(configure["parentSpanId"], work["spanId"], "{configure}");

    // A claim without a trace begins one.
    world.full(WITHIN).await.unwrap();
    let untraced = api.claim_ready("Untraced").await.unwrap().claim_id.to_string();
    let events = api.events().await.unwrap();
    let ready = events.iter().find(|event| event.object == untraced && event.reason == "Ready");
    assert_eq!(ready.unwrap().trace_id.as_ref().map(String::len), Some(32), "{ready:?}");
    world.end().await.unwrap();
}
