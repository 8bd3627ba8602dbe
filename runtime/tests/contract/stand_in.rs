//! Sites whose `openclaw` is the stand-in of `examples/stand_in.rs`.

use anyhow::{Context, Result};

use super::container::{Site, alive, until};

/// A site whose `openclaw` is the stand-in.
pub fn site(behaviour: &str) -> Result<Site> {
    let tests = std::env::current_exe()?;
    let built = tests.ancestors().nth(2).context("tests are built two folders below")?;
    let program = built.join("examples/stand_in");
    anyhow::ensure!(program.exists(), "{} is built with the tests", program.display());
    Site::new()?.with("STAND_IN", behaviour).with_openclaw(&format!("exec '{}'", program.display()))
}

#[tokio::test]
async fn a_stand_in_ends_with_its_container() -> Result<()> {
    let site = site("")?;
    let container = site.ready().await?;
    let agent = container.agent_id().context("an agent runs")?;
    drop(container);
    until("the agent is gone", || !alive(agent)).await
}
