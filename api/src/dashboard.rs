//! The dashboard's files: built ones, from a folder, read once at start.
//!
//! Names of built assets hold a hash of their content, so browsers keep them for good; everything else is asked for
//! again each time and answered 304 when it is the same. Addresses inside the page answer with the page itself, but
//! only to browsers that navigate: a program that asks for a path that is not there gets its 404.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::http::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, IF_NONE_MATCH, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::any;
use process::problem::Problem;
use sha2::{Digest, Sha256};
use tower_http::compression::CompressionLayer;
use tracing::{info, warn};

/// The page runs its own files and talks to its own origin, nothing else. Styles may stand in the page: charts place
/// their parts by them.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/// Where the build puts files whose names change with their content.
const HASHED: &str = "/assets/";
/// The page.
const INDEX: &str = "/index.html";
/// A build has some dozen files; a folder with more is not one.
const FILES_MAX: usize = 2_000;
/// A build has some hundred kilobytes.
const BYTES_MAX: u64 = 64 * 1024 * 1024;
/// What stands there until it is built.
const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>convos-agents</title>\
    <h1>The pool is running</h1><p>Its dashboard is not built. Build it with <code>scripts/build-dashboard</code> and start \
    again, or set <code>DASHBOARD_DIR</code> to the folder of a build.</p>\
    <p>The API is described at <a href=\"/api/docs\">/api/docs</a>.</p></html>";

struct File {
    bytes: Bytes,
    media: &'static str,
    tag: HeaderValue,
    hashed: bool,
}

/// All files of a build, by path.
#[derive(Default)]
struct Files(HashMap<String, File>);

/// Routes for every path that no other route has.
pub(crate) fn router(folder: Option<&Path>) -> Router {
    let files = Arc::new(find(folder));
    let answer = move |method: Method, uri: Uri, headers: HeaderMap| {
        let files = Arc::clone(&files);
        async move { files.answer(&method, uri.path(), &headers) }
    };
    Router::new()
        .route("/", any(answer.clone()))
        .route("/{*path}", any(answer))
        .layer(CompressionLayer::new())
}

/// The folder that was named, or one beside the executable, or that of a checkout.
fn find(folder: Option<&Path>) -> Files {
    let beside = std::env::current_exe().ok().and_then(|exe| Some(exe.parent()?.join("dashboard")));
    let candidates = match folder {
        Some(folder) => vec![folder.to_owned()],
        None => beside.into_iter().chain([PathBuf::from("dashboard/dist")]).collect(),
    };
    for candidate in candidates.iter().filter(|candidate| candidate.join("index.html").is_file()) {
        match Files::read(candidate) {
            Ok(files) => {
                info!("the dashboard has {} files, from {}", files.0.len(), candidate.display());
                return files;
            }
            Err(error) => warn!("the dashboard in {} cannot be read: {error}", candidate.display()),
        }
    }
    info!("the dashboard is not built; its page says how to");
    Files::default()
}

impl Files {
    fn read(root: &Path) -> std::io::Result<Self> {
        let mut files = Self::default();
        let mut folders = vec![root.to_owned()];
        let mut bytes_left = BYTES_MAX;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder)? {
                let entry = entry?;
                let (path, kind) = (entry.path(), entry.file_type()?);
                if kind.is_dir() {
                    folders.push(path);
                } else if kind.is_file() {
                    let size = entry.metadata()?.len();
                    if files.0.len() >= FILES_MAX || size > bytes_left {
                        return Err(std::io::Error::other("it is larger than a build can be"));
                    }
                    bytes_left -= size;
                    files.add(root, &path)?;
                }
            }
        }
        Ok(files)
    }

    fn add(&mut self, root: &Path, path: &Path) -> std::io::Result<()> {
        let bytes = std::fs::read(path)?;
        let inside = path.strip_prefix(root).map_err(std::io::Error::other)?;
        let name = format!("/{}", inside.to_string_lossy().replace('\\', "/"));
        let tag = format!("\"{}\"", &hex::encode(Sha256::digest(&bytes))[..32]);
        let file = File {
            media: media(&name),
            hashed: name.starts_with(HASHED),
            tag: HeaderValue::from_str(&tag).map_err(std::io::Error::other)?,
            bytes: bytes.into(),
        };
        self.0.insert(name, file);
        Ok(())
    }

    fn answer(&self, method: &Method, path: &str, headers: &HeaderMap) -> Response {
        let nothing = || Problem::not_found("there is nothing at this path").into_response();
        if !matches!(*method, Method::GET | Method::HEAD) || path.starts_with("/api/") || path == "/api" {
            return nothing();
        }
        if let Some(file) = self.0.get(path) {
            return file.answer(headers);
        }
        let navigates = headers
            .get(ACCEPT)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|accepted| accepted.contains("text/html"));
        if path != "/" && !navigates {
            return nothing();
        }
        match self.0.get(INDEX) {
            Some(page) => page.answer(headers),
            None => guarded(Html(NOT_BUILT).into_response()),
        }
    }
}

impl File {
    fn answer(&self, headers: &HeaderMap) -> Response {
        let known = headers.get_all(IF_NONE_MATCH).iter().any(|tag| {
            // A proxy that compressed the file may have weakened its tag.
            tag.as_bytes() == self.tag.as_bytes()
                || tag.as_bytes().strip_prefix(b"W/") == Some(self.tag.as_bytes())
        });
        let caching = if self.hashed { "public, max-age=31536000, immutable" } else { "no-cache" };
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            ([(CONTENT_TYPE, self.media)], self.bytes.clone()).into_response()
        };
        response.headers_mut().insert(ETAG, self.tag.clone());
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static(caching));
        guarded(response)
    }
}

fn guarded(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}

fn media(name: &str) -> &'static str {
    match name.rsplit_once('.').map_or("", |(_, end)| end) {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "webmanifest" => "application/manifest+json",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "txt" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built() -> (tempfile::TempDir, Files) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("assets")).unwrap();
        std::fs::write(folder.path().join("index.html"), "<p>page").unwrap();
        std::fs::write(folder.path().join("assets/main-abc.js"), "run()").unwrap();
        let files = Files::read(folder.path()).unwrap();
        (folder, files)
    }

    fn headers(pairs: &[(axum::http::HeaderName, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), value.parse().unwrap())).collect()
    }

    #[test]
    fn only_a_browser_that_navigates_gets_the_page_for_any_path() {
        let (_folder, files) = built();
        let html = headers(&[(ACCEPT, "text/html,*/*")]);
        let status =
            |method: Method, path: &str, headers: &HeaderMap| files.answer(&method, path, headers).status();
        assert_eq!(status(Method::GET, "/claims/1", &html), StatusCode::OK);
        assert_eq!(status(Method::GET, "/claims/1", &HeaderMap::new()), StatusCode::NOT_FOUND);
        assert_eq!(status(Method::GET, "/api/nowhere", &html), StatusCode::NOT_FOUND);
        assert_eq!(status(Method::POST, "/", &html), StatusCode::NOT_FOUND);
        assert_eq!(status(Method::GET, "/../index.html", &HeaderMap::new()), StatusCode::NOT_FOUND);
        assert_eq!(Files::default().answer(&Method::GET, "/", &html).status(), StatusCode::OK);
    }

    #[test]
    fn assets_are_kept_for_good_and_the_page_is_asked_for_again() {
        let (_folder, files) = built();
        let asset = files.answer(&Method::GET, "/assets/main-abc.js", &HeaderMap::new());
        assert!(asset.headers()[CACHE_CONTROL].to_str().unwrap().contains("immutable"));
        assert_eq!(asset.headers()[CONTENT_TYPE], "text/javascript; charset=utf-8");
        let page = files.answer(&Method::GET, "/", &HeaderMap::new());
        assert_eq!(page.headers()[CACHE_CONTROL], "no-cache");
        let policy = page.headers()[CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("script-src 'self';"), "{policy}");
        let again = headers(&[(IF_NONE_MATCH, page.headers()[ETAG].to_str().unwrap())]);
        assert_eq!(files.answer(&Method::GET, "/", &again).status(), StatusCode::NOT_MODIFIED);
    }
}
