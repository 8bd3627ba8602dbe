//! Variables given while the agent runs.

use anyhow::Result;
use serde_json::json;

use crate::container::Site;
use crate::stand_in;

#[tokio::test]
async fn reserved_and_odd_names_are_refused_and_nothing_is_kept() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    for name in ["PATH", "GATEWAY_TOKEN", "PORT", "LD_PRELOAD", "RAILWAY_PUBLIC_DOMAIN", "lower", "A B", ""] {
        let body = json!({ "variables": { "FINE": "x", name: "secret-value" } });
        let (status, refusal) = container.post("/pool/env", body).await?;
        assert_eq!((status, &refusal["code"]), (400, &json!("invalid_request")), "{name}");
        assert!(!refusal.to_string().contains("secret-value"));
    }
    assert_eq!(container.get("/pool/env").await?.1["live"], json!([]));
    Ok(())
}

#[tokio::test]
async fn they_are_applied_live_and_outlast_the_container() -> Result<()> {
    let site = Site::new()?;
    let container = site.ready().await?;
    let agent = container.agent_id();
    let body = json!({ "variables": { "AGENTMAIL_INBOX_ID": "ada@agentmail.to", "XMTP_ENV": null } });
    let (status, answer) = container.post("/pool/env", body).await?;
    let applied = json!({ "ok": true, "applied": ["AGENTMAIL_INBOX_ID", "XMTP_ENV"], "restarted": false });
    assert_eq!((status, answer), (200, applied));
    assert_eq!(container.agent_id(), agent, "the builtin agent takes them without a restart");

    // Killed, not stopped: nothing may depend on an orderly end.
    drop(container);
    let container = site.ready().await?;
    let agent = container.agent_id().unwrap();
    let environment = String::from_utf8(std::fs::read(format!("/proc/{agent}/environ"))?)?;
    assert!(environment.split('\0').any(|line| line == "AGENTMAIL_INBOX_ID=ada@agentmail.to"));
    Ok(())
}

#[tokio::test]
async fn the_next_boots_own_variables_win() -> Result<()> {
    let site = stand_in::site("")?.with("AGENTMAIL_INBOX_ID", "first").with("XMTP_ENV", "dev");
    let container = site.ready().await?;
    let body = json!({ "variables": { "AGENTMAIL_INBOX_ID": "live", "XMTP_ENV": "production" } });
    container.post("/pool/env", body).await?;
    drop(container);

    let site = site.with("AGENTMAIL_INBOX_ID", "second");
    let container = site.ready().await?;
    assert_eq!(container.get("/variable/AGENTMAIL_INBOX_ID").await?.1, json!("second"));
    assert_eq!(container.get("/variable/XMTP_ENV").await?.1, json!("production"));
    Ok(())
}

#[tokio::test]
async fn an_agent_that_takes_none_live_is_started_again() -> Result<()> {
    let site = stand_in::site("")?;
    let container = site.ready().await?;
    let agent = container.agent_id();
    let body = json!({ "variables": { "BANKR_API_KEY": "bk_usr_1234567890" } });
    let (status, answer) = container.post("/pool/env", body.clone()).await?;
    assert_eq!((status, &answer["restarted"]), (200, &json!(true)));
    assert_ne!(container.agent_id(), agent);
    assert_eq!(container.get("/variable/BANKR_API_KEY").await?.1, json!("bk_usr_1234567890"));
    let (_, again) = container.post("/pool/env", body).await?;
    assert_eq!(again["restarted"], json!(false), "the same value again is no change");
    Ok(())
}
