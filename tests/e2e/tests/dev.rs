//! `convos-agents dev`: everything on this machine by one command, twice with the same data.
#![expect(clippy::unwrap_used, reason = "a command that cannot be run has failed the test")]

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::{Context, ensure};
use e2e::{
    settle::eventually,
    world::{
        api::PoolApi,
        child::{Child, Invocation},
        ports::free_port,
        programs::program,
    },
};
use nix::{sys::signal::kill, unistd::Pid};
use serde_json::Value;

/// A first start makes a cluster and a pool; the rest is for a machine that runs other tests.
const READY_WITHIN: Duration = Duration::from_secs(120);
const ENDS_WITHIN: Duration = Duration::from_secs(30);

fn dev(folder: &Path, port: u16) -> Child {
    let words = [
        "dev",
        "--min-idle",
        "2",
        "--runtime",
        "stub",
        "--time-scale",
        "50",
        "--port",
        &port.to_string(),
        "--data-dir",
        &folder.join("data").to_string_lossy(),
        "--ready-file",
        &folder.join("ready.json").to_string_lossy(),
    ]
    .map(str::to_owned);
    let invocation = Invocation {
        name: "dev".to_owned(),
        program: program("convos-agents").unwrap(),
        arguments: words.to_vec(),
        variables: BTreeMap::from([("HOME".to_owned(), folder.to_string_lossy().into_owned())]),
    };
    Child::new(invocation, folder)
}

async fn ready(child: &mut Child, folder: &Path) -> Value {
    let file = folder.join("ready.json");
    let read = eventually("dev is ready", READY_WITHIN, async || {
        ensure!(child.is_running(), "dev ended:\n{}", child.log_end());
        let text = std::fs::read(&file).with_context(|| format!("not yet:\n{}", child.log_end()))?;
        let ready: Value = serde_json::from_slice(&text)?;
        let ours = child.pid().map(|pid| i64::from(pid.as_raw()));
        ensure!(ready["pids"]["supervisor"].as_i64() == ours, "the file of another run is still there");
        Ok(ready)
    });
    read.await.unwrap()
}

async fn interrupted(child: &mut Child, ready: &Value) {
    child.interrupt();
    assert_eq!(child.exit_within(ENDS_WITHIN).await.unwrap(), 0, "{}", child.log_end());
    for (name, pid) in ready["pids"].as_object().unwrap() {
        let pid = Pid::from_raw(i32::try_from(pid.as_i64().unwrap()).unwrap());
        assert!(kill(pid, None).is_err(), "{name} outlived dev");
    }
}

#[tokio::test]
async fn dev_reaches_its_pool_serves_a_claim_and_continues_with_the_same_data() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port().unwrap();
    let mut child = dev(folder.path(), port);
    child.start().unwrap();
    let first = ready(&mut child, folder.path()).await;
    assert_eq!(first["poolUrl"], format!("http://127.0.0.1:{port}"));
    for field in ["servicesUrl", "simulatorUrl", "metricsUrl", "servicesMetricsUrl", "poolDatabaseUrl"] {
        let url = first[field].as_str().unwrap();
        assert!(url.contains("127.0.0.1") && !url.ends_with('/'), "{field}: {url}");
    }
    let api = PoolApi::new(first["poolUrl"].as_str().unwrap(), first["apiKey"].as_str().unwrap()).unwrap();
    assert_eq!(api.pool().await.unwrap().status.ready, 2);
    let claim = api.claim_ready("Ada").await.unwrap();
    let metrics = api.http().with_key(None).get(first["metricsUrl"].as_str().unwrap()).await.unwrap();
    assert!(metrics.expect(200).unwrap().body.as_str().unwrap().contains("pool_"));
    interrupted(&mut child, &first).await;

    child.start().unwrap();
    let second = ready(&mut child, folder.path()).await;
    assert_eq!((&second["apiKey"], &second["poolUrl"]), (&first["apiKey"], &first["poolUrl"]));
    assert_ne!(second["pids"]["pool"], first["pids"]["pool"]);
    let again = api.claim_of(claim.claim_id).await.unwrap();
    assert_eq!(again.invite_url, claim.invite_url);

    // A child that dies is started again, and the file says so.
    let pool = Pid::from_raw(i32::try_from(second["pids"]["pool"].as_i64().unwrap()).unwrap());
    kill(pool, nix::sys::signal::Signal::SIGKILL).unwrap();
    let file = folder.path().join("ready.json");
    let third = eventually("the pool is started again", READY_WITHIN, async || {
        let now: Value = serde_json::from_slice(&std::fs::read(&file)?)?;
        ensure!(now["pids"]["pool"] != second["pids"]["pool"], "{now}");
        api.pool().await?;
        Ok(now)
    });
    let third = third.await.unwrap();
    interrupted(&mut child, &third).await;
}
