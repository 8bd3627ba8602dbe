//! Answers as trees of typed things, resolved field by field by the GraphQL engine.

use apollo_compiler::resolvers::{FieldError, ObjectValue, ResolveInfo, ResolvedValue};
use serde_json::{Map, Value};

/// Page size when a connection is asked for without `first`.
const PAGE_DEFAULT: usize = 100;
/// Largest page.
const PAGE_MAX: usize = 500;

/// An object of the schema with the fields that may have been asked for.
#[derive(Debug, Clone)]
pub(crate) struct Thing {
    kind: &'static str,
    fields: Vec<(&'static str, Field)>,
}

/// The value of a field.
#[derive(Debug, Clone)]
pub(crate) enum Field {
    /// A scalar, an enum's word, a list of them, or null.
    Leaf(Value),
    /// One object, or null.
    One(Option<Box<Thing>>),
    /// A list of objects.
    Many(Vec<Thing>),
    /// An environment's configuration, with encrypted and with readable variables.
    Config(Value, Value),
    /// A connection, paged when it is resolved. The name is that of the connection's type.
    Connection(&'static str, Vec<Thing>),
    /// A connection whose page was cut already: `true` when more follows.
    Page(&'static str, Vec<Thing>, bool),
}

impl From<Thing> for Field {
    fn from(thing: Thing) -> Self {
        Self::One(Some(Box::new(thing)))
    }
}

impl Thing {
    /// A thing of the schema's type `kind`.
    pub fn new(kind: &'static str) -> Self {
        Self { kind, fields: Vec::new() }
    }

    /// Adds a scalar, an enum's word, or null.
    pub fn leaf(self, name: &'static str, value: impl Into<Value>) -> Self {
        self.with(name, Field::Leaf(value.into()))
    }

    /// Adds a field.
    pub fn with(mut self, name: &'static str, field: Field) -> Self {
        self.fields.push((name, field));
        self
    }

    fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, field)| field)
    }

    fn cursor(&self) -> Value {
        match self.field("id") {
            Some(Field::Leaf(id)) => id.clone(),
            _ => Value::Null,
        }
    }
}

/// Arguments of a field as plain JSON.
pub(crate) fn arguments(info: &ResolveInfo<'_>) -> Map<String, Value> {
    match serde_json::to_value(info.arguments()) {
        Ok(Value::Object(arguments)) => arguments,
        _ => Map::new(),
    }
}

/// Something resolvable that owns or borrows its thing.
pub(crate) struct Resolvable<T>(pub T);

impl<T: std::borrow::Borrow<Thing>> ObjectValue for Resolvable<T> {
    fn type_name(&self) -> &str {
        self.0.borrow().kind
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        match self.0.borrow().field(info.field_name()) {
            Some(field) => Ok(borrowed(field, info)),
            None => Err(self.unknown_field_error(info)),
        }
    }
}

fn borrowed<'a>(field: &'a Field, info: &'a ResolveInfo<'a>) -> ResolvedValue<'a> {
    match field {
        Field::Leaf(value) => ResolvedValue::leaf(value.clone()),
        Field::Config(encrypted, readable) => {
            let decrypt = arguments(info).get("decryptVariables") == Some(&Value::Bool(true));
            ResolvedValue::leaf(if decrypt { readable.clone() } else { encrypted.clone() })
        }
        Field::One(thing) => ResolvedValue::nullable_object(thing.as_deref().map(Resolvable)),
        Field::Many(things) => {
            ResolvedValue::list(things.iter().map(|thing| ResolvedValue::object(Resolvable(thing))))
        }
        Field::Connection(kind, things) => {
            let (page, before, after) = cut(things, &arguments(info));
            ResolvedValue::object(Connection { kind, nodes: page, before, after })
        }
        Field::Page(kind, things, after) => {
            ResolvedValue::object(Connection { kind, nodes: things, before: false, after: *after })
        }
    }
}

/// Turns a root field's value into what the engine takes.
pub(crate) fn owned<'a>(field: Field, info: &'a ResolveInfo<'a>) -> ResolvedValue<'a> {
    match field {
        Field::Leaf(value) | Field::Config(value, _) => ResolvedValue::leaf(value),
        Field::One(thing) => ResolvedValue::nullable_object(thing.map(|thing| Resolvable(*thing))),
        Field::Many(things) => {
            ResolvedValue::list(things.into_iter().map(|thing| ResolvedValue::object(Resolvable(thing))))
        }
        Field::Connection(kind, things) => {
            let (page, before, after) = cut(&things, &arguments(info));
            ResolvedValue::object(Connection { kind, nodes: page.to_vec(), before, after })
        }
        Field::Page(kind, things, after) => {
            ResolvedValue::object(Connection { kind, nodes: things, before: false, after })
        }
    }
}

/// The page that `first`, `last`, `after` and `before` ask for, and whether something lies before and after it.
fn cut<'a>(things: &'a [Thing], arguments: &Map<String, Value>) -> (&'a [Thing], bool, bool) {
    let position = |name: &str| {
        let cursor = arguments.get(name).filter(|cursor| !cursor.is_null())?;
        things.iter().position(|thing| thing.cursor() == *cursor)
    };
    let mut start = position("after").map_or(0, |index| index + 1);
    let mut end = position("before").unwrap_or(things.len()).max(start);
    match number(arguments, "last") {
        Some(last) => start = start.max(end.saturating_sub(last)),
        None => end = end.min(start + page_size(arguments)),
    }
    (&things[start..end], start > 0, end < things.len())
}

/// Things a page holds.
pub(crate) fn page_size(arguments: &Map<String, Value>) -> usize {
    number(arguments, "first").unwrap_or(PAGE_DEFAULT).min(PAGE_MAX)
}

fn number(arguments: &Map<String, Value>, name: &str) -> Option<usize> {
    arguments.get(name).and_then(Value::as_u64).and_then(|number| usize::try_from(number).ok())
}

struct Connection<'k, N> {
    kind: &'k str,
    nodes: N,
    before: bool,
    after: bool,
}

impl<N: AsRef<[Thing]>> ObjectValue for Connection<'_, N> {
    fn type_name(&self) -> &str {
        self.kind
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        let nodes = self.nodes.as_ref();
        match info.field_name() {
            "edges" => Ok(ResolvedValue::list(
                nodes.iter().map(|node| ResolvedValue::object(Edge { connection: self.kind, node })),
            )),
            "pageInfo" => {
                let cursor = |thing: Option<&Thing>| thing.map_or(Value::Null, Thing::cursor);
                let info = Thing::new("PageInfo")
                    .leaf("hasNextPage", self.after)
                    .leaf("hasPreviousPage", self.before)
                    .leaf("startCursor", cursor(nodes.first()))
                    .leaf("endCursor", cursor(nodes.last()));
                Ok(ResolvedValue::object(Resolvable(info)))
            }
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

struct Edge<'a> {
    connection: &'a str,
    node: &'a Thing,
}

impl ObjectValue for Edge<'_> {
    fn type_name(&self) -> &str {
        edge_kind(self.connection)
    }

    fn resolve_field<'a>(&'a self, info: &'a ResolveInfo<'a>) -> Result<ResolvedValue<'a>, FieldError> {
        match info.field_name() {
            "cursor" => Ok(ResolvedValue::leaf(self.node.cursor())),
            "node" => Ok(ResolvedValue::object(Resolvable(self.node))),
            _ => Err(self.unknown_field_error(info)),
        }
    }
}

/// The type of a connection's edges.
fn edge_kind(connection: &str) -> &'static str {
    match connection {
        "EnvironmentServiceInstancesConnection" => "EnvironmentServiceInstancesConnectionEdge",
        "EnvironmentVolumeInstancesConnection" => "EnvironmentVolumeInstancesConnectionEdge",
        "ProjectEnvironmentsConnection" => "ProjectEnvironmentsConnectionEdge",
        "ProjectServicesConnection" => "ProjectServicesConnectionEdge",
        "ProjectVolumesConnection" => "ProjectVolumesConnectionEdge",
        "QueryDeploymentEventsConnection" => "QueryDeploymentEventsConnectionEdge",
        "QueryDeploymentsConnection" => "QueryDeploymentsConnectionEdge",
        _ => "QueryProjectsConnectionEdge",
    }
}
