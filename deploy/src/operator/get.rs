//! `get`: lists, one record, or the changes of a list as they happen.

use std::{collections::HashMap, time::Duration};

use clap::Args;
use process::exit::Failure;
use serde_json::Value;

use super::{
    client::{ApiError, PoolApi},
    kinds::{Column, Kind, plain},
    output::{self, Colours, Format},
};

/// How often a watched list is read.
const WATCH_INTERVAL: Duration = Duration::from_secs(2);

/// List records, or show one.
#[derive(Debug, Args)]
pub struct Get {
    /// What to show
    #[arg(value_enum)]
    kind: Kind,
    /// One record's id or name
    name: Option<String>,
    /// How to print
    #[arg(short, long, value_enum, default_value_t)]
    output: Format,
    /// Only those whose field has this value, such as status=ready or pool=default
    #[arg(short = 'l', long = "filter", value_name = "FIELD=VALUE", value_parser = parse_filter)]
    filters: Vec<(String, String)>,
    /// Records to show at most
    #[arg(long, default_value_t = 500)]
    limit: usize,
    /// Keep watching, and print a record again whenever it changes
    #[arg(short, long, conflicts_with = "name")]
    watch: bool,
}

fn parse_filter(text: &str) -> Result<(String, String), String> {
    let (field, value) = text.split_once('=').ok_or("expected FIELD=VALUE")?;
    Ok((field.to_owned(), value.to_owned()))
}

/// One record, or one part of the state of the system.
pub async fn one(api: &PoolApi, kind: Kind, name: &str) -> Result<Value, Failure> {
    let Some(field) = kind.part_of_status() else {
        return Ok(api.get(&kind.path_of(name), &[]).await?);
    };
    let mut all = part_of_status(api, kind, field).await?.into_iter();
    all.find(|item| item[kind.name_field()] == name)
        .ok_or_else(|| Failure::other(format!("there is no {name} among the {field}")))
}

async fn part_of_status(api: &PoolApi, kind: Kind, field: &str) -> Result<Vec<Value>, ApiError> {
    let mut status = api.get(kind.path(), &[]).await?;
    match status[field].take() {
        Value::Array(items) => Ok(items),
        _ => Ok(Vec::new()),
    }
}

impl Get {
    /// Prints what is there.
    pub async fn run(self, api: &PoolApi) -> Result<(), Failure> {
        if let Some(name) = &self.name {
            let record = one(api, self.kind, name).await?;
            return match self.output {
                Format::Json | Format::Yaml => output::document(&record, self.output),
                _ => self.print(&[record], true),
            };
        }
        if self.watch {
            return self.watch(api).await;
        }
        let items = self.items(api).await?;
        match self.output {
            Format::Json | Format::Yaml => output::document(&items, self.output),
            _ if items.is_empty() => {
                eprintln!("none found");
                Ok(())
            }
            _ => self.print(&items, true),
        }
    }

    async fn items(&self, api: &PoolApi) -> Result<Vec<Value>, ApiError> {
        if let Some(field) = self.kind.part_of_status() {
            let mut items = part_of_status(api, self.kind, field).await?;
            items.retain(|item| self.filters.iter().all(|(field, value)| plain(&item[field]) == *value));
            return Ok(items);
        }
        let filters: Vec<(&str, String)> =
            self.filters.iter().map(|(field, value)| (field.as_str(), value.clone())).collect();
        api.list(self.kind.path(), &filters, self.limit).await
    }

    fn print(&self, items: &[Value], titled: bool) -> Result<(), Failure> {
        let now = process::clock::now();
        let shown: Vec<&Column> =
            self.kind.columns().iter().filter(|column| !column.wide || self.output == Format::Wide).collect();
        let titles: Vec<&str> = shown.iter().map(|column| column.title).collect();
        let rows: Vec<Vec<String>> =
            items.iter().map(|item| shown.iter().map(|column| column.cell(item, now)).collect()).collect();
        let text = output::table(&titles, &rows, Colours::of_stdout());
        let text = if titled { text.as_str() } else { text.split_once('\n').map_or("", |(_, rows)| rows) };
        println!("{text}");
        Ok(())
    }

    /// Prints everything once, then each record whose content changed.
    async fn watch(&self, api: &PoolApi) -> Result<(), Failure> {
        let mut known: HashMap<String, Value> = HashMap::new();
        let mut first = true;
        loop {
            let items = self.items(api).await?;
            let changed: Vec<Value> = items
                .into_iter()
                .filter(|item| {
                    let name = item[self.kind.name_field()].to_string();
                    known.insert(name, item.clone()).as_ref() != Some(item)
                })
                .collect();
            if first || !changed.is_empty() {
                match self.output {
                    Format::Json | Format::Yaml => output::document(&changed, self.output)?,
                    _ => self.print(&changed, first)?,
                }
            }
            first = false;
            tokio::time::sleep(WATCH_INTERVAL).await;
        }
    }
}
