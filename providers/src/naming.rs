//! Names outside: deterministic, so that a lost answer becomes a look-up.

/// Railway takes no longer name of a project.
const NAME_CHARACTERS_MAX: usize = 32;

/// Longest environment tag in a name.
const ENVIRONMENT_CHARACTERS_MAX: usize = 10;

/// `<prefix>-<environment>-…`: what is ours at a vendor, and of which environment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Naming {
    prefix: String,
    environment: String,
}

impl Naming {
    /// The environment is lower-cased, reduced to letters, digits and hyphens, and cut.
    pub fn new(prefix: &str, environment: &str) -> Self {
        let tag: String = environment
            .to_lowercase()
            .chars()
            .map(|character| if character.is_ascii_alphanumeric() { character } else { '-' })
            .take(ENVIRONMENT_CHARACTERS_MAX)
            .collect();
        Self { prefix: prefix.to_owned(), environment: tag.trim_matches('-').to_owned() }
    }

    /// What every name of ours in this environment begins with.
    pub fn start(&self) -> String {
        format!("{}-{}-", self.prefix, self.environment)
    }

    /// The same for vendors that know tags: what is ours of this environment.
    pub fn tag(&self) -> String {
        format!("{}-{}", self.prefix, self.environment)
    }

    /// Whether every name of ours is short enough for all vendors.
    pub fn fits(&self) -> bool {
        self.start().len() + model::id::INSTANCE_ID_LENGTH <= NAME_CHARACTERS_MAX
    }

    /// The name of everything that belongs to an instance.
    pub fn of(&self, instance_id: &str) -> String {
        format!("{}{instance_id}", self.start())
    }

    /// The name of the `generation`th thing of one kind of an instance, for vendors that remember deleted names.
    pub fn of_generation(&self, instance_id: &str, generation: i32) -> String {
        let name = self.of(instance_id);
        if generation == 0 { name } else { format!("{name}-{generation}") }
    }

    /// The name of an empty project that waits for an instance.
    pub fn shelf(&self, number: i64) -> String {
        format!("{}shelf-{number}", self.start())
    }

    /// The instance that a name belongs to: `None` for other people's names, other environments and shelf projects.
    pub fn instance_of<'a>(&self, name: &'a str) -> Option<&'a str> {
        let rest = name.strip_prefix(&self.start())?;
        let (id, generation) = rest.split_once('-').map_or((rest, None), |(id, tail)| (id, Some(tail)));
        let numbered =
            generation.is_none_or(|tail| !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_digit()));
        (numbered && id.parse::<model::id::InstanceId>().is_ok() && !self.is_shelf(name)).then_some(id)
    }

    /// Whether a name is that of a shelf project of this environment.
    pub fn is_shelf(&self, name: &str) -> bool {
        name.strip_prefix(&self.start())
            .and_then(|rest| rest.strip_prefix("shelf-"))
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_of_another_environment_is_not_ours() {
        let staging = Naming::new("agent", "staging");
        assert_eq!(staging.of("abc123def456"), "agent-staging-abc123def456");
        assert_eq!(staging.instance_of("agent-staging-abc123def456"), Some("abc123def456"));
        assert_eq!(staging.instance_of("agent-staging-abc123def456-2"), Some("abc123def456"));
        for foreign in [
            "agent-production-abc123def456",
            "agent-staging2-abc123def456",
            "agent-staging-ABC123def456",
            "agent-staging-abc123def456-x",
            "agent-staging-abc123def456-",
            "agent-staging-shelf-1",
            "postgres",
        ] {
            assert_eq!(staging.instance_of(foreign), None, "{foreign}");
        }
        assert!(staging.is_shelf("agent-staging-shelf-12") && !staging.is_shelf("agent-staging-shelf-"));
    }

    #[test]
    fn an_environment_becomes_a_short_lower_case_tag() {
        assert_eq!(Naming::new("agent", "Production EU-West").start(), "agent-production-");
        assert_eq!(Naming::new("agent", "PR 12").of("abcdef"), "agent-pr-12-abcdef");
        assert_eq!(Naming::new("agent", "dev").of_generation("abcdef", 3), "agent-dev-abcdef-3");
    }
}
