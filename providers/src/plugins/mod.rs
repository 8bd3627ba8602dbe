//! The tools, and the registry that knows them by id.

use std::sync::Arc;

use crate::plugin::Plugin;

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
