//! Which pool API is meant: options, variables, the contexts of a configuration file, or what `dev` runs.

use std::{
    collections::BTreeMap,
    io::Read,
    path::{Path, PathBuf},
};

use clap::Subcommand;
use process::exit::{ExitReason, Failure};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::Access;
use crate::dev;

/// The name of the context that needs no file: whatever `convos-agents dev` started last.
const DEV: &str = "dev";

/// Where to call, and with what.
pub struct Target {
    /// Address without a slash at the end.
    pub server: String,
    /// The key.
    pub key: SecretString,
}

/// The configuration file. It holds keys: for its owner only.
#[derive(Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct File {
    /// The context that is meant when none is named.
    current: Option<String>,
    /// All contexts by name.
    contexts: BTreeMap<String, Entry>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    server: String,
    key: String,
}

/// What is wrong with the contexts.
#[derive(Debug, thiserror::Error)]
enum ContextError {
    #[error("there is no context {name}; there are: {known}")]
    Unknown { name: String, known: String },
    #[error("no pool is known: start `convos-agents dev`, or name one by `convos-agents context set`")]
    None,
    #[error("{0} is not an http or https address")]
    Address(String),
    #[error("no key for {0}: give --key or CONVOS_AGENTS_KEY")]
    NoKey(String),
    #[error("the configuration file {path} does not read")]
    File {
        path: PathBuf,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

impl From<ContextError> for Failure {
    fn from(error: ContextError) -> Self {
        Self::new(ExitReason::Configuration, error)
    }
}

/// List, choose or change contexts.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List the contexts; the current one is marked
    List,
    /// Choose the context that is meant when none is named
    Use {
        /// Its name
        name: String,
    },
    /// Add or change a context; the key is read from the standard input
    Set {
        /// Its name
        name: String,
        /// Address of the pool API
        #[arg(long)]
        server: String,
    },
    /// Forget a context
    Remove {
        /// Its name
        name: String,
    },
}

/// Does a command on the file.
pub fn run(command: Command) -> Result<(), Failure> {
    let path = path();
    let mut file = read(&path)?;
    match command {
        Command::List => {
            let dev = dev::last_target().map(|(server, key)| Entry { server, key });
            let all = dev.map(|entry| (DEV.to_owned(), entry)).into_iter().chain(file.contexts.clone());
            let current = file.current.as_deref().unwrap_or(DEV);
            for (name, entry) in all {
                println!("{} {name:<16} {}", if name == current { '*' } else { ' ' }, entry.server);
            }
            return Ok(());
        }
        Command::Use { name } => {
            if name != DEV {
                find(&file, &name)?;
            }
            file.current = Some(name);
        }
        Command::Set { name, server } => {
            let server = address(&server)?;
            let mut key = String::new();
            std::io::stdin().read_to_string(&mut key).map_err(Failure::other)?;
            let key = key.trim().to_owned();
            if key.is_empty() {
                return Err(ContextError::NoKey(server).into());
            }
            file.contexts.insert(name.clone(), Entry { server, key });
            file.current.get_or_insert(name);
        }
        Command::Remove { name } => {
            find(&file, &name)?;
            file.contexts.remove(&name);
            file.current = file.current.filter(|current| *current != name);
        }
    }
    write(&path, &file)
}

/// Finds out which API is meant.
pub fn resolve(access: &Access) -> Result<Target, Failure> {
    let named = access.context.as_deref();
    let entry = if let (Some(server), None) = (&access.server, named) {
        let key = access.key.clone().ok_or_else(|| ContextError::NoKey(server.clone()))?;
        Entry { server: server.clone(), key }
    } else {
        let file = read(&path())?;
        let name = named.or(file.current.as_deref()).unwrap_or(DEV);
        let mut entry = find(&file, name)?;
        entry.server = access.server.clone().unwrap_or(entry.server);
        entry.key = access.key.clone().unwrap_or(entry.key);
        entry
    };
    Ok(Target { server: address(&entry.server)?, key: entry.key.into() })
}

fn find(file: &File, name: &str) -> Result<Entry, ContextError> {
    if let Some(entry) = file.contexts.get(name) {
        return Ok(entry.clone());
    }
    match dev::last_target() {
        Some((server, key)) if name == DEV => Ok(Entry { server, key }),
        None if name == DEV && file.contexts.is_empty() => Err(ContextError::None),
        _ => {
            let known: Vec<&str> = file.contexts.keys().map(String::as_str).collect();
            Err(ContextError::Unknown { name: name.to_owned(), known: known.join(", ") })
        }
    }
}

fn address(text: &str) -> Result<String, ContextError> {
    let text = text.trim_end_matches('/');
    match url::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => Ok(text.to_owned()),
        _ => Err(ContextError::Address(text.to_owned())),
    }
}

fn path() -> PathBuf {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let folder = absolute("XDG_CONFIG_HOME").or_else(|| absolute("HOME").map(|home| home.join(".config")));
    folder.unwrap_or_else(|| PathBuf::from("/etc")).join("convos-agents/config.yaml")
}

fn read(path: &Path) -> Result<File, ContextError> {
    let failed =
        |source: Box<dyn std::error::Error + Send + Sync>| ContextError::File { path: path.into(), source };
    match std::fs::read_to_string(path) {
        Ok(text) => serde_saphyr::from_str(&text).map_err(|error| failed(error.to_string().into())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(File::default()),
        Err(error) => Err(failed(error.into())),
    }
}

fn write(path: &Path, file: &File) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(Failure::other)?;
    }
    let text = serde_saphyr::to_string(file).map_err(Failure::other)?;
    Ok(dev::write_whole(path, text.as_bytes())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_is_none_is_refused_before_a_key_is_sent_to_it() {
        for text in ["", "pool", "ftp://pool", "http://", "javascript:alert(1)"] {
            assert!(address(text).is_err(), "{text}");
        }
        assert_eq!(address("https://pool.example/").unwrap(), "https://pool.example");
    }

    #[test]
    fn an_unknown_context_names_those_that_exist() {
        let entry = Entry { server: "http://a".into(), key: "k".into() };
        let file = File { current: None, contexts: BTreeMap::from([("prod".to_owned(), entry)]) };
        let error = find(&file, "staging").err().unwrap().to_string();
        assert!(error.contains("staging") && error.contains("prod"), "{error}");
    }
}
