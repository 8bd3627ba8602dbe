//! The image registry: from a tag that moves to a digest that does not.

use std::time::Duration;

use axum::http::{HeaderValue, Method, header};
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

use super::{Call, Class, Credential, Failure, Kind, Pace, Vendor, VendorSettings, tables};

/// The host whose images are resolved; its API is at the base URL of the settings.
const HOST: &str = "ghcr.io";

/// One request of the two. A registry that is slower is as good as away: the tag serves, too.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(5);

/// Both requests with their repeats.
const RESOLVE_TIMEOUT: Duration = Duration::from_secs(10);

/// The manifests that we can deploy; the digest of an index is right, since the host picks the platform.
const MANIFESTS: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

/// A parsed image reference: `[host/]name[:tag][@sha256:digest]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageReference {
    /// The registry's host.
    pub host: String,
    /// The repository's name, without the host.
    pub name: String,
    /// The tag, if one was written.
    pub tag: Option<String>,
    /// `sha256:` and 64 hex digits, if it is pinned.
    pub digest: Option<String>,
}

/// The text is no image reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an image reference such as ghcr.io/owner/name:tag")]
pub struct NotAnImage;

impl std::str::FromStr for ImageReference {
    type Err = NotAnImage;

    fn from_str(text: &str) -> Result<Self, NotAnImage> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) if is_digest(digest) => (rest, Some(digest.to_owned())),
            Some(_) => return Err(NotAnImage),
            None => (text, None),
        };
        let (host, path) = match rest.split_once('/') {
            Some((host, path)) if host.contains(['.', ':']) || host == "localhost" => (host, path),
            _ => ("docker.io", rest),
        };
        let (name, tag) = match path.rsplit_once(':') {
            Some((name, tag)) if is_tag(tag) => (name, Some(tag.to_owned())),
            Some(_) => return Err(NotAnImage),
            None => (path, None),
        };
        let host_fits =
            host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':'));
        if !host_fits || !name.split('/').all(is_name_part) {
            return Err(NotAnImage);
        }
        Ok(Self { host: host.to_owned(), name: name.to_owned(), tag, digest })
    }
}

impl ImageReference {
    /// The reference pinned by a digest, as deployments name it.
    pub fn pinned(&self, digest: &str) -> String {
        format!("{}/{}@{digest}", self.host, self.name)
    }
}

fn is_digest(text: &str) -> bool {
    text.strip_prefix("sha256:").is_some_and(|hex| {
        hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}

fn is_tag(text: &str) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(word)
        && text.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'))
}

fn is_name_part(part: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    part.bytes().next().is_some_and(inner)
        && part.bytes().last().is_some_and(inner)
        && part.bytes().all(|byte| inner(byte) || matches!(byte, b'.' | b'_' | b'-'))
}

/// The client.
pub struct Ghcr {
    vendor: Vendor,
}

#[derive(Deserialize)]
struct Token {
    token: SecretString,
}

impl Ghcr {
    /// `login` is a user and a token that may read packages; without it only public images are found.
    pub fn new(base: Url, login: Option<(String, SecretString)>, http: reqwest::Client, pace: Pace) -> Self {
        let credential =
            login.map_or(Credential::Nobody, |(user, password)| Credential::Basic { user, password });
        let settings = VendorSettings {
            name: "ghcr",
            base,
            credential,
            rules: &tables::GHCR,
            requests_per_second: 10.0,
            concurrency: 4,
            cheap: None,
            headers_seen: None,
        };
        Self { vendor: Vendor::new(settings, http, pace) }
    }

    /// The reference to deploy: pinned by digest, or as it was given when it is pinned already, is of another registry, or
    /// when the registry is away for the moment. An image that is not there, or not for us, is an error: to deploy it
    /// would cost a creation that must fail.
    pub async fn resolve(&self, image: &str) -> Result<String, Failure> {
        let reference: ImageReference = image
            .parse()
            .map_err(|error: NotAnImage| self.vendor.failure("resolve", Class::Invalid, error.to_string()))?;
        if reference.digest.is_some() || reference.host != HOST {
            return Ok(image.to_owned());
        }
        let asked = tokio::time::timeout(RESOLVE_TIMEOUT, self.digest(&reference)).await;
        let outcome = asked
            .unwrap_or_else(|_| Err(self.vendor.failure("resolve", Class::Transient, "no answer in time")));
        match outcome {
            Ok(digest) => Ok(reference.pinned(&digest)),
            Err(failure) if is_passing(failure.class) => {
                tracing::warn!(image, "the tag of {image} is deployed unpinned: {failure}");
                Ok(image.to_owned())
            }
            Err(failure) => Err(failure),
        }
    }

    async fn digest(&self, reference: &ImageReference) -> Result<String, Failure> {
        let scope = format!("repository:{}:pull", reference.name);
        let call = Call::get("token").path(["token"]).query("service", HOST).query("scope", scope);
        let token: Token = self.vendor.send(call.timeout(REQUEST_TIMEOUT)).await?.into()?;

        let tag = reference.tag.as_deref().unwrap_or("latest");
        let call = Call::new("manifest", Kind::Read, Method::HEAD)
            .path(["v2"])
            .path(reference.name.split('/'))
            .path(["manifests", tag])
            .header(header::ACCEPT, HeaderValue::from_static(MANIFESTS))
            .with_credential(Credential::Bearer(token.token))
            .timeout(REQUEST_TIMEOUT);
        let reply = self.vendor.send(call).await?;
        let digest = reply.headers.get("docker-content-digest").and_then(|value| value.to_str().ok());
        digest
            .filter(|digest| is_digest(digest))
            .map(str::to_owned)
            .ok_or_else(|| self.vendor.failure("manifest", Class::Transient, "an answer without a digest"))
    }
}

fn is_passing(class: Class) -> bool {
    matches!(class, Class::Transient | Class::Ambiguous | Class::RateLimited { .. })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_taken_apart_and_nonsense_is_refused() {
        let parsed: ImageReference = "ghcr.io/xmtplabs/convos-runtime:staging".parse().unwrap();
        assert_eq!((parsed.host.as_str(), parsed.name.as_str()), ("ghcr.io", "xmtplabs/convos-runtime"));
        assert_eq!(parsed.tag.as_deref(), Some("staging"));
        let digest = format!("sha256:{}", "a1".repeat(32));
        assert_eq!(parsed.pinned(&digest), format!("ghcr.io/xmtplabs/convos-runtime@{digest}"));
        let pinned: ImageReference = format!("localhost:5000/name@{digest}").parse().unwrap();
        assert_eq!((pinned.host.as_str(), pinned.digest), ("localhost:5000", Some(digest)));
        assert_eq!("postgres:15".parse::<ImageReference>().unwrap().host, "docker.io");
        for wrong in [
            "",
            ":",
            "ghcr.io/",
            "ghcr.io/Upper/name:tag",
            "ghcr.io/owner/name:",
            "ghcr.io/owner//name",
            "ghcr.io/owner/name:bad tag",
            "ghcr.io/owner/name@sha256:12",
            "https://ghcr.io/owner/name",
            "ghcr.io/../name",
        ] {
            assert_eq!(wrong.parse::<ImageReference>(), Err(NotAnImage), "{wrong}");
        }
    }
}
