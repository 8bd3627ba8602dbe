//! A client of one REST vendor whose every answer is checked against the reference.

use reqwest::Method;
use serde_json::Value;

use super::Outside;
use super::reference::Api;

/// How a vendor is reached.
pub struct Rest<'a> {
    pub outside: &'a Outside,
    /// Path of the simulated vendor, with what the reference's paths leave out.
    pub base: &'static str,
    /// Header and value of the credential.
    pub credential: (&'static str, String),
    pub api: Api,
}

/// An answer.
#[derive(Debug)]
pub struct Got {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Rest<'_> {
    /// Sends a request to a path of the reference, `{…}` replaced by `arguments` in order, with an optional query.
    pub async fn call(&self, method: Method, path: &str, arguments: &[&str], body: Option<Value>) -> Got {
        let (template, query) =
            path.split_once('?').map_or((path, None), |(path, query)| (path, Some(query)));
        let mut filled = template.to_owned();
        for argument in arguments {
            let (start, end) = (filled.find('{').unwrap(), filled.find('}').unwrap());
            let encoded: String = argument
                .bytes()
                .map(|byte| match byte {
                    b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                        char::from(byte).to_string()
                    }
                    _ => format!("%{byte:02X}"),
                })
                .collect();
            filled.replace_range(start..=end, &encoded);
        }
        let query = query.map(|query| format!("?{query}")).unwrap_or_default();
        let url = self.outside.url(&format!("{}{filled}{query}", self.base));
        let mut request = self.outside.http.request(method.clone(), url);
        request = request.header(self.credential.0, &self.credential.1);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.unwrap();
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body: Value = answer.json().await.unwrap_or_default();
        self.api.check_answer(method.as_str(), template, status, &body);
        Got { status, headers, body }
    }

    pub async fn get(&self, path: &str, arguments: &[&str]) -> Got {
        self.call(Method::GET, path, arguments, None).await
    }

    pub async fn post(&self, path: &str, arguments: &[&str], body: Value) -> Got {
        self.call(Method::POST, path, arguments, Some(body)).await
    }

    pub async fn patch(&self, path: &str, arguments: &[&str], body: Value) -> Got {
        self.call(Method::PATCH, path, arguments, Some(body)).await
    }

    pub async fn delete(&self, path: &str, arguments: &[&str]) -> Got {
        self.call(Method::DELETE, path, arguments, None).await
    }
}
