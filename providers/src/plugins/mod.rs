//! The tools, and the registry that knows them by id.

pub mod crypto;
pub mod email;
mod form;
pub mod openrouter;
pub mod sms;
mod tools;
pub mod wallet;

use std::sync::Arc;

use crate::plugin::Plugin;
pub(crate) use form::{is_address, is_e164};
pub use tools::{AGENTMAIL_WEBHOOK_PATH, TELNYX_WEBHOOK_PATH, Tools, below};

/// All tools that this process knows, configured or not.
#[derive(Clone, Default)]
pub struct Registry {
    plugins: Vec<Arc<dyn Plugin>>,
}

impl Registry {
    /// Adds a tool.
    pub fn register(&mut self, plugin: Arc<dyn Plugin>) {
        self.plugins.push(plugin);
    }

    /// Every tool, in the order of registration.
    pub fn get_all(&self) -> &[Arc<dyn Plugin>] {
        &self.plugins
    }

    /// The tool with this id.
    pub fn get_by_tool_id(&self, tool_id: &str) -> Option<&Arc<dyn Plugin>> {
        self.plugins.iter().find(|plugin| plugin.tool_id() == tool_id)
    }
}

/// Whether a name at a vendor is `name`, or a later generation of it: `name-<n>`.
fn is_name_of(there: &str, name: &str) -> bool {
    let generation = |tail: &str| !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_digit());
    there == name || there.strip_prefix(name).and_then(|tail| tail.strip_prefix('-')).is_some_and(generation)
}
