//! Starting, dying, healing, giving up, stopping.

use std::process::Stdio;

use anyhow::Result;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::json;

use crate::container::{Site, TOKEN, alive, until, wait};

#[test]
fn a_wrong_configuration_is_told_at_once_without_a_secret() -> Result<()> {
    let site = Site::new()?.with("GATEWAY_TOKEN", "short-secret").with("PORT", "abc").with("AGENT", "hermes");
    let output = site.command(&[]).output()?;
    let said = String::from_utf8(output.stderr)?;
    assert_eq!(output.status.code(), Some(2));
    for name in ["GATEWAY_TOKEN", "PORT", "AGENT"] {
        assert!(said.lines().any(|line| line.starts_with(&format!("{name}: "))), "{said}");
    }
    assert!(!said.contains("short-secret"));
    let empty = Site::new()?.with("GATEWAY_TOKEN", "");
    assert_eq!(empty.command(&[]).output()?.status.code(), Some(2));
    Ok(())
}

#[test]
fn a_taken_port_is_exit_code_3() -> Result<()> {
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let site = Site::new()?.with("PORT", taken.local_addr()?.port().to_string());
    assert_eq!(site.command(&[]).output()?.status.code(), Some(3));
    Ok(())
}

#[test]
fn damaged_state_stops_the_container_instead_of_losing_its_claim() -> Result<()> {
    let site = Site::new()?;
    let folder = site.scratch.path().join("volume/convos-runtime");
    std::fs::create_dir_all(&folder)?;
    std::fs::write(folder.join("binding.json"), "{ not json")?;
    let output = site.command(&[]).output()?;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr)?.contains("binding.json is damaged"));
    Ok(())
}

#[test]
fn an_agent_that_cannot_live_ends_the_container() -> Result<()> {
    let site = Site::new()?.with_openclaw("echo starting; exit 7")?;
    let mut process = site.command(&[]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn()?;
    assert_eq!(wait(&mut process)?.code(), Some(1));
    let said = std::io::read_to_string(process.stderr.take().unwrap())?;
    assert_eq!(said.matches("agent | starting").count(), 5, "{said}");
    assert!(said.contains("the agent ended 5 times in a row within 30s of its start"), "{said}");
    Ok(())
}

#[test]
fn a_missing_agent_program_ends_the_container() -> Result<()> {
    let site = Site::new()?.for_openclaw().with("PATH", "/nowhere");
    let output = site.command(&[]).output()?;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr)?.contains("cannot start openclaw"));
    Ok(())
}

#[tokio::test]
async fn a_container_is_not_ready_before_its_agent() -> Result<()> {
    let site = Site::new()?.with_openclaw("exec /bin/sleep 60")?;
    let mut container = site.start()?;
    let (status, health) = container.get("/pool/health").await?;
    assert_eq!((status, &health["ready"]), (503, &json!(false)));
    let (status, refusal) = container.provision("claim-1", "x").await?;
    assert_eq!((status, &refusal["code"]), (503, &json!("agent_not_ready")));
    assert_eq!(container.get("/anything").await?.0, 503);
    container.signal(Signal::SIGTERM)?;
    assert_eq!(container.wait()?.code(), Some(0));
    Ok(())
}

#[tokio::test]
async fn health_is_open_and_says_who_answers() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let answer = container.http.get(format!("{}/pool/health", container.base)).send().await?;
    let health: serde_json::Value = answer.json().await?;
    let version = env!("CARGO_PKG_VERSION");
    let expected =
        json!({ "ready": true, "version": version, "runtime": "builtin", "instanceId": "abc123def456" });
    assert_eq!(health, expected);
    Ok(())
}

#[tokio::test]
async fn a_dead_agent_is_healed_and_its_conversation_goes_on() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let (_, first) = container.provision("claim-1", "be kind").await?;
    let link = first["inviteUrl"].as_str().unwrap();
    let agent = container.agent_id().unwrap();
    kill(Pid::from_raw(i32::try_from(agent)?), Signal::SIGKILL)?;
    until("a new agent runs", || container.agent_id().is_some_and(|next| next != agent)).await?;
    container.until_ready().await?;
    assert_eq!(container.say(link, "still there?").await?.0, 200);
    assert_eq!(container.provision("claim-1", "be kind").await?, (200, first));
    Ok(())
}

#[tokio::test]
async fn a_restart_starts_the_agent_again_and_waits_for_it() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let (_, first) = container.provision("claim-1", "be kind").await?;
    let agent = container.agent_id();
    let (status, answer) = container.post("/pool/restart", json!({ "env": { "NEW": "x" } })).await?;
    assert_eq!((status, answer), (200, json!({ "ok": true })));
    assert_ne!(container.agent_id(), agent);
    assert_eq!(container.get("/pool/health").await?.0, 200);
    assert_eq!(container.get("/pool/env").await?.1["live"], json!(["NEW"]));
    assert_eq!(container.provision("claim-1", "be kind").await?, (200, first));
    let empty = container.http.post(format!("{}/pool/restart", container.base)).bearer_auth(TOKEN);
    assert_eq!(empty.send().await?.status(), 200, "a body is not needed");
    Ok(())
}

#[tokio::test]
async fn a_killed_container_takes_its_agent_along_and_comes_back_with_its_claim() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let (_, first) = container.provision("claim-1", "be kind").await?;
    let agent = container.agent_id().unwrap();
    container.signal(Signal::SIGKILL)?;
    until("the agent ended", || !alive(agent)).await?;
    drop(container);
    let container = site.ready().await?;
    let (status, again) = container.provision("claim-1", "be kind").await?;
    assert_eq!((status, &again["conversationId"]), (200, &first["conversationId"]));
    assert_eq!(container.provision("claim-2", "be kind").await?.0, 409);
    Ok(())
}

#[tokio::test]
async fn a_stop_ends_everything_in_order() -> Result<()> {
    let site = Site::new()?;
    let mut container = site.ready().await?;
    let agent = container.agent_id().unwrap();
    container.signal(Signal::SIGTERM)?;
    assert_eq!(container.wait()?.code(), Some(0));
    assert!(!alive(agent));
    Ok(())
}

#[tokio::test]
async fn an_agent_that_does_not_want_to_stop_is_killed_with_its_group() -> Result<()> {
    let script = "trap '' TERM; /bin/sleep 300 & echo child $!; while :; do /bin/sleep 1; done";
    let site = Site::new()?.with_openclaw(script)?.with("AGENT_STOP_GRACE", "100ms");
    let mut container = site.start()?;
    let child = || {
        let log = site.log();
        let line = log.lines().find_map(|line| line.split("agent | child ").nth(1).map(str::to_string));
        line.and_then(|line| line.split_whitespace().next()?.parse::<u32>().ok())
    };
    until("the agent has a child", || child().is_some()).await?;
    container.signal(Signal::SIGTERM)?;
    assert_eq!(container.wait()?.code(), Some(0));
    // The kill is sent by then; a busy machine takes a moment to carry it out.
    let child = child().unwrap();
    until("the child is gone", || !alive(child)).await?;
    Ok(())
}

#[tokio::test]
async fn secrets_in_the_agents_output_are_masked() -> Result<()> {
    let site = Site::new()?
        .with("OPENROUTER_API_KEY", "sk-or-v1-planted")
        .with_openclaw("echo key=$OPENROUTER_API_KEY token=$GATEWAY_TOKEN; exec /bin/sleep 60")?;
    let _container = site.start()?;
    until("the line was logged", || site.log().contains("agent | key=")).await?;
    let log = site.log();
    assert!(log.contains("key=[OPENROUTER_API_KEY] token=[GATEWAY_TOKEN]"), "{log}");
    assert!(!log.contains("planted") && !log.contains(TOKEN), "{log}");
    Ok(())
}

#[tokio::test]
async fn a_gateway_without_its_variables_is_not_even_started() -> Result<()> {
    let site = Site::new()?.with_openclaw("echo started")?.with("OPENROUTER_API_KEY", "");
    let mut command = site.command(&[]);
    let output = tokio::task::spawn_blocking(move || command.output()).await??;
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("OPENROUTER_API_KEY") && !said.contains("agent | started"), "{said}");
    Ok(())
}

#[tokio::test]
async fn a_reset_of_a_gateway_leaves_nothing_of_its_claim() -> Result<()> {
    let site = crate::stand_in::site("")?;
    let container = site.ready().await?;
    assert_eq!(container.provision("claim-1", "be kind").await?.0, 200);
    let note = site.scratch.path().join("volume/openclaw/workspace/MEMORY.md");
    std::fs::write(&note, "what the claim said")?;
    let (status, answer) = container.post("/convos/reset", json!({})).await?;
    assert_eq!((status, &answer["status"]["clean"]), (200, &json!(true)), "{answer}");
    assert!(!note.exists() && note.with_file_name("AGENTS.md").exists());
    Ok(())
}
