//! `events`: the journal, or its live stream.

use std::time::Duration;

use clap::Args;
use futures::StreamExt;
use process::exit::Failure;
use serde_json::Value;

use super::{
    client::{ApiError, PoolApi},
    kinds::{Kind, plain},
    output::{self, Format},
};

/// The pause before a stream that was cut is opened again.
const REOPEN_PAUSE: Duration = Duration::from_secs(1);

/// List what happened, or follow it live.
#[derive(Debug, Args)]
pub struct Events {
    /// Follow live
    #[arg(short, long)]
    watch: bool,
    /// Only those of this instance, claim, pool or other object
    #[arg(long)]
    object: Option<String>,
    /// Events to show at most
    #[arg(long, default_value_t = 50)]
    limit: usize,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
}

impl Events {
    /// Prints what happened, oldest first, and goes on when asked to.
    pub async fn run(self, api: &PoolApi) -> Result<(), Failure> {
        let filters: Vec<(&str, String)> =
            self.object.iter().map(|object| ("object", object.clone())).collect();
        let mut items = api.list(Kind::Events.path(), &filters, self.limit).await?;
        items.reverse();
        match self.output {
            Format::Json | Format::Yaml if !self.watch => return output::document(&items, self.output),
            _ => items.iter().for_each(|event| self.print(event)),
        }
        if !self.watch {
            return Ok(());
        }
        let mut last = items.last().map(|event| event["eventId"].to_string());
        loop {
            match self.follow(api, &mut last).await {
                Ok(()) => {}
                Err(ApiError::Unreachable { .. }) => eprintln!("the stream was cut; opening it again"),
                Err(error) => return Err(error.into()),
            }
            tokio::time::sleep(REOPEN_PAUSE).await;
        }
    }

    /// Prints one stream until it ends; `last` is where the next one goes on.
    async fn follow(&self, api: &PoolApi, last: &mut Option<String>) -> Result<(), ApiError> {
        let mut stream = api.stream(Kind::Events.path(), last.as_deref()).await?.bytes_stream();
        let mut buffer = Vec::new();
        while let Some(Ok(bytes)) = stream.next().await {
            buffer.extend_from_slice(&bytes);
            for event in take_events(&mut buffer) {
                *last = Some(event["eventId"].to_string());
                if self.object.as_ref().is_none_or(|object| event["object"] == object.as_str()) {
                    self.print(&event);
                }
            }
        }
        Ok(())
    }

    fn print(&self, event: &Value) {
        if self.output == Format::Json {
            println!("{event}");
            return;
        }
        let field = |name: &str| plain(&event[name]);
        let at = field("at");
        let at = at.get(11..19).unwrap_or(&at);
        let actor =
            if self.output == Format::Wide { format!("  [{}]", field("actor")) } else { String::new() };
        println!(
            "{at}  {:<16} {:<36} {:<20} {}{actor}",
            field("kind"),
            field("object"),
            field("reason"),
            field("message")
        );
    }
}

/// Takes the whole events out of a stream's buffer and leaves the rest. Comments keep the line open.
fn take_events(buffer: &mut Vec<u8>) -> Vec<Value> {
    let mut events = Vec::new();
    while let Some(end) = buffer.windows(2).position(|pair| pair == b"\n\n") {
        let block: Vec<u8> = buffer.drain(..end + 2).collect();
        let block = String::from_utf8_lossy(&block).into_owned();
        let data: Vec<&str> =
            block.lines().filter_map(|line| line.strip_prefix("data:")).map(str::trim_start).collect();
        events.extend(serde_json::from_str(&data.join("\n")).ok());
    }
    events
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_cut_in_two_are_put_together_and_comments_are_none() {
        let mut buffer = b": still here\n\nid: 7\nevent: claim\ndata: {\"eventId\":".to_vec();
        assert!(take_events(&mut buffer).is_empty());
        buffer.extend_from_slice(b"7}\n\nid: 8\n");
        let events = take_events(&mut buffer);
        assert_eq!(events.len(), 1);
        assert_eq!(events[0]["eventId"], 7);
        assert_eq!(buffer, b"id: 8\n");
    }
}
