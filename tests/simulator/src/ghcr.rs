//! GHCR: the token step and HEAD of a manifest, for packages that a test can set.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, StatusCode, header};
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::control::{Wrong, parse};
use crate::exchange::Answer;
use crate::options::Plan;
use crate::vendor::{Inventory, Refusal, Vendor, Wording};
use crate::world::World;

pub(crate) const NAME: &str = "ghcr";
pub(crate) const OPERATIONS: [&str; 2] = ["token", "headManifest"];
/// How images of this registry begin.
const HOST: &str = "ghcr.io/";
/// The package that is there from the start, and its tags.
const DEFAULT_PACKAGE: &str = "xmtplabs/convos-runtime";
const DEFAULT_TAGS: [&str; 4] = ["latest", "dev", "staging", "production"];
/// Type of the manifest: the index, since the host picks the platform.
const MANIFEST_TYPE: &str = "application/vnd.oci.image.index.v1+json";

/// A package as `PUT /_sim/ghcr/packages` sets it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Package {
    /// Digest by tag.
    tags: BTreeMap<String, String>,
    /// Only with credentials.
    #[serde(default)]
    private: bool,
}

/// The registry.
pub(crate) struct Ghcr {
    world: Arc<World>,
    packages: Mutex<BTreeMap<String, Package>>,
}

fn digest_of(name: &str, tag: &str) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(format!("{name}:{tag}"))))
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:")
        .is_some_and(|hex| hex.len() == 64 && hex.bytes().all(|it| it.is_ascii_hexdigit()))
}

fn default_packages() -> BTreeMap<String, Package> {
    let tags = DEFAULT_TAGS.iter().map(|tag| ((*tag).to_owned(), digest_of(DEFAULT_PACKAGE, tag)));
    let package = Package { tags: tags.collect(), private: false };
    BTreeMap::from([(DEFAULT_PACKAGE.to_owned(), package)])
}

impl Ghcr {
    /// A registry with the default package.
    pub fn new(world: Arc<World>) -> Arc<Self> {
        Arc::new(Self { world, packages: Mutex::new(default_packages()) })
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Package>> {
        self.packages.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All packages.
    pub fn packages(&self) -> Value {
        json!(*self.lock())
    }

    /// Sets packages; others stay. A package that is null goes.
    pub fn set_packages(&self, changes: BTreeMap<String, Option<Package>>) -> Result<(), String> {
        let digests = changes.values().flatten().flat_map(|package| package.tags.values());
        if let Some(wrong) = digests.into_iter().find(|digest| !is_digest(digest)) {
            return Err(format!("{wrong:?} is no digest, expected sha256: and 64 hexadecimal digits"));
        }
        let mut packages = self.lock();
        for (name, package) in changes {
            match package {
                Some(package) => packages.insert(name, package),
                None => packages.remove(&name),
            };
        }
        Ok(())
    }

    /// Whether a host can pull `image`; the reason if not. Images of other registries are taken on trust.
    pub fn pull(
        &self,
        image: &str,
        credentials: Option<&(String, String)>,
        plan: Plan,
    ) -> Result<(), String> {
        let Some(reference) = image.strip_prefix(HOST) else { return Ok(()) };
        let (name, digest, tag) = match reference.split_once('@') {
            Some((name, digest)) => (name.split_once(':').map_or(name, |(name, _)| name), Some(digest), None),
            None => {
                let (name, tag) = reference.split_once(':').unwrap_or((reference, "latest"));
                (name, None, Some(tag))
            }
        };
        let packages = self.lock();
        let package = packages.get(name).ok_or_else(|| format!("image {image} not found"))?;
        if package.private && credentials.is_none() {
            return Err(format!("image {image}: credentials are missing"));
        }
        if package.private && plan == Plan::Hobby {
            return Err("private images need the Pro plan".into());
        }
        let known = tag.is_none_or(|tag| package.tags.contains_key(tag))
            && digest.is_none_or(|digest| package.tags.values().any(|known| known == digest));
        if known { Ok(()) } else { Err(format!("image {image}: manifest unknown")) }
    }

    fn token(&self, query: &TokenQuery, headers: &HeaderMap) -> Answer {
        let name = query.scope.strip_prefix("repository:").and_then(|scope| scope.strip_suffix(":pull"));
        let Some(name) = name else {
            return error(400, "NAME_INVALID", "invalid scope");
        };
        let packages = self.lock();
        let allowed = packages.get(name).is_some_and(|package| !package.private || has_basic(headers));
        // An unknown package and one that may not be seen look the same.
        if !allowed {
            return error(403, "DENIED", "requested access to the resource is denied").about(name);
        }
        Answer::done(200, json!({"token": BASE64_STANDARD.encode(name)})).about(name)
    }

    fn head(&self, path: &str, headers: &HeaderMap) -> Answer {
        let Some((name, reference)) = path.rsplit_once("/manifests/") else {
            return Answer::refused_without_body(404);
        };
        let bearer = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
        if bearer != Some(&format!("Bearer {}", BASE64_STANDARD.encode(name))) {
            let challenge = format!(
                "Bearer realm=\"https://ghcr.io/token\",service=\"ghcr.io\",scope=\"repository:{name}:pull\""
            );
            return Answer::refused_without_body(401)
                .with_header(header::WWW_AUTHENTICATE, challenge)
                .about(name);
        }
        let packages = self.lock();
        let digest = packages.get(name).and_then(|package| match is_digest(reference) {
            true => package.tags.values().find(|known| *known == reference),
            false => package.tags.get(reference),
        });
        match digest {
            Some(digest) => Answer::done_without_body(200)
                .with_header(HeaderName::from_static("docker-content-digest"), digest)
                .with_header(header::CONTENT_TYPE, MANIFEST_TYPE)
                .about(format!("{name}:{reference}")),
            None => Answer::refused_without_body(404).about(format!("{name}:{reference}")),
        }
    }
}

fn error(status: u16, code: &str, message: &str) -> Answer {
    Answer::refused(status, json!({"errors": [{"code": code, "message": message}]}))
}

/// User and token, both non-empty. Which ones is not checked: no private image is really here.
fn has_basic(headers: &HeaderMap) -> bool {
    let basic = headers.get(header::AUTHORIZATION).and_then(|it| it.to_str().ok());
    let decoded =
        basic.and_then(|it| it.strip_prefix("Basic ")).and_then(|it| BASE64_STANDARD.decode(it).ok());
    let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
    text.is_some_and(|text| {
        text.split_once(':').is_some_and(|(user, token)| !user.is_empty() && !token.is_empty())
    })
}

#[derive(Deserialize)]
struct TokenQuery {
    #[serde(default)]
    scope: String,
}

async fn token(
    State(ghcr): State<Arc<Ghcr>>,
    Query(query): Query<TokenQuery>,
    headers: HeaderMap,
) -> Response {
    ghcr.world.exchange(&*ghcr, "token", || ghcr.token(&query, &headers)).await
}

async fn head_manifest(
    State(ghcr): State<Arc<Ghcr>>,
    Path(path): Path<String>,
    headers: HeaderMap,
) -> Response {
    ghcr.world.exchange(&*ghcr, "headManifest", || ghcr.head(&path, &headers)).await
}

async fn packages(State(ghcr): State<Arc<Ghcr>>) -> Json<Value> {
    Json(ghcr.packages())
}

async fn set_packages(State(ghcr): State<Arc<Ghcr>>, body: Bytes) -> Result<Json<Value>, Wrong> {
    ghcr.set_packages(parse(&body)?).map_err(|problem| Wrong(StatusCode::BAD_REQUEST, problem))?;
    ghcr.world.touch();
    Ok(Json(ghcr.packages()))
}

impl Vendor for Ghcr {
    fn name(&self) -> &'static str {
        NAME
    }

    fn operations(&self) -> &'static [&'static str] {
        &OPERATIONS
    }

    fn routes(self: Arc<Self>) -> Router {
        // axum answers HEAD by the GET route, without the body.
        Router::new().route("/token", get(token)).route("/v2/{*path}", get(head_manifest)).with_state(self)
    }

    fn control(self: Arc<Self>) -> Router {
        Router::new().route("/packages", get(packages).put(set_packages)).with_state(self)
    }

    fn inventory(&self) -> Inventory {
        Inventory { things: Value::Null, cost_per_hour: 0.0 }
    }

    fn refusal(&self, refusal: &Refusal<'_>) -> Answer {
        match refusal.wording {
            Wording::Throttled | Wording::ThrottledInWords => error(429, "TOOMANYREQUESTS", "retry later"),
            _ if refusal.status == 401 => error(401, "UNAUTHORIZED", "authentication required"),
            _ => error(refusal.status, "UNKNOWN", "unknown error"),
        }
    }

    fn reset(&self) {
        *self.lock() = default_packages();
    }

    fn snapshot(&self) -> Value {
        self.packages()
    }

    fn restore(&self, snapshot: Value) -> Result<(), serde_json::Error> {
        *self.lock() = serde_json::from_value(snapshot)?;
        Ok(())
    }
}
