//! What is printed once everything is up: where it is, the key, three commands to try.

use super::{children::Addresses, folder::Folder};

/// The text, for a person who has never seen this before.
pub fn text(addresses: &Addresses, key: &str, folder: &Folder) -> String {
    let pool = &addresses.pool_url;
    let logs = folder.path().join("logs");
    format!(
        r#"
  dashboard  {pool}/          sign in with the key
  API        {pool}/api       described at {pool}/api/docs
  key        {key}
  outside    {simulator}/_sim/inventory
  logs       {logs}

Try, in another terminal:

  export KEY={key}
  curl -sX POST {pool}/api/claim -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' \
       -d '{{"agentName":"Ada","instructions":"Answer in one sentence."}}'      # then open its inviteUrl
  curl -s {pool}/api/instances -H "Authorization: Bearer $KEY"
  curl -sX DELETE {pool}/api/claims/CLAIM_ID -H "Authorization: Bearer $KEY"     # claimId of the first answer

Ctrl-C stops everything.
"#,
        simulator = addresses.simulator_url,
        logs = logs.display(),
    )
}
