//! The only place that builds HTTP clients: every one has timeouts, follows no redirect (a redirect
//! would carry our credentials elsewhere) and uses the one TLS provider.

use std::time::Duration;

/// Connecting takes milliseconds on a healthy path; longer means that the other side is away.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Idle connections are dropped before the usual 60 s of load balancers, which close without a word.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);

/// A connection without traffic for so long is probed. One that is dropped before that needs no probes, which cost four
/// system calls to set up.
const PROBED_AFTER: Duration = Duration::from_secs(15);

/// After so many without an answer it counts as broken.
const PROBES: u32 = 3;

/// How a client behaves.
#[derive(Debug, Clone)]
pub struct Options {
    user_agent: String,
    timeout: Duration,
    connect_timeout: Duration,
    idle: Duration,
    direct: bool,
}

impl Options {
    /// A client that names itself and gives up on a whole request after `timeout`.
    pub fn new(user_agent: impl Into<String>, timeout: Duration) -> Self {
        Self {
            user_agent: user_agent.into(),
            timeout,
            connect_timeout: CONNECT_TIMEOUT,
            idle: IDLE_TIMEOUT,
            direct: false,
        }
    }

    /// Gives up on connecting after this time.
    #[must_use]
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Drops connections that nobody used for this long.
    #[must_use]
    pub fn idle(mut self, timeout: Duration) -> Self {
        self.idle = timeout;
        self
    }

    /// Ignores the machine's proxy variables: for calls between our own processes and to agents.
    #[must_use]
    pub fn direct(mut self) -> Self {
        self.direct = true;
        self
    }
}

/// Installs ring as the TLS provider of this process. Repeating it is harmless.
pub fn install_tls() {
    // An error only says that a provider is installed already; there is no other than ours.
    let _already_installed = rustls::crypto::ring::default_provider().install_default();
}

/// Builds a client. Fails only when the machine's certificate store cannot be read.
#[expect(clippy::disallowed_methods, reason = "this is the builder that the lint points to")]
pub fn client(options: &Options) -> Result<reqwest::Client, reqwest::Error> {
    install_tls();
    let probed_after = (options.idle > PROBED_AFTER).then_some(PROBED_AFTER);
    let builder = reqwest::Client::builder()
        .user_agent(&options.user_agent)
        .timeout(options.timeout)
        .connect_timeout(options.connect_timeout)
        .pool_idle_timeout(options.idle)
        .tcp_keepalive(probed_after)
        .tcp_keepalive_interval(probed_after)
        .tcp_keepalive_retries(probed_after.map(|_| PROBES))
        .redirect(reqwest::redirect::Policy::none());
    if options.direct { builder.no_proxy() } else { builder }.build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::response::Redirect;
    use axum::routing::get;

    async fn serve(router: axum::Router) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        format!("http://{address}")
    }

    #[tokio::test]
    async fn a_silent_server_is_given_up_on() {
        let base = serve(axum::Router::new().route("/", get(std::future::pending::<String>))).await;
        let client = client(&Options::new("test", Duration::from_millis(50)).direct()).unwrap();
        assert!(client.get(base).send().await.unwrap_err().is_timeout());
    }

    #[tokio::test]
    async fn a_redirect_is_not_followed() {
        let router = axum::Router::new().route("/", get(|| async { Redirect::temporary("/elsewhere") }));
        let client = client(&Options::new("test", Duration::from_secs(5)).direct()).unwrap();
        let answer = client.get(serve(router).await).send().await.unwrap();
        assert_eq!(answer.status().as_u16(), 307);
    }
}
