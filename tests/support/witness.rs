//! A place where nothing may come: a proxy that must not be used, the end of a redirect that must not be followed, a host that
//! must not be asked. It takes down every connection, and answers whatever is asked with 502, so that nobody waits for it.
//!
//! ```text
//! let witness = Witness::start();
//! command.env("HTTP_PROXY", witness.url());
//! …
//! witness.assert_untouched();
//! ```

use crate::http::{Connection, Journal, Next, Out, Recorded, Request, Server, Service};
use std::io;

/// A listener that should stay alone. Stops when dropped.
#[derive(Debug)]
pub struct Witness(Server<Log>);

#[derive(Debug, Default)]
struct Log(Journal);

impl Service for Log {
    fn journal(&self) -> &Journal {
        &self.0
    }

    async fn answer(_: &Request, out: &mut Out<'_, Self>) -> io::Result<Next> {
        out.text(502, "this is only a witness").await?;
        Ok(Next::Close)
    }
}

impl Witness {
    /// Listens on a free port of loopback.
    #[must_use]
    pub fn start() -> Self {
        let server = Server::held(Log::default(), 0);
        server.start_again();
        Self(server)
    }

    /// `127.0.0.1:PORT`.
    #[must_use]
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.0.port())
    }

    /// `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.host())
    }

    /// The variables that make this the proxy for everything.
    #[must_use]
    pub fn proxy_env(&self) -> Vec<(&'static str, String)> {
        let names = ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
        names.into_iter().map(|name| (name, self.url())).collect()
    }

    /// Every connection so far.
    #[must_use]
    pub fn connections(&self) -> Vec<Connection> {
        self.0.connections()
    }

    /// What came and was HTTP.
    #[must_use]
    pub fn requests(&self) -> Vec<Recorded> {
        self.0.requests()
    }

    /// Fails if anything ever connected.
    ///
    /// # Panics
    /// Naming what came.
    pub fn assert_untouched(&self) {
        let came: Vec<_> = self.connections().iter().map(|c| String::from_utf8_lossy(&c.received).into_owned()).collect();
        assert!(came.is_empty(), "{} connections came to where nothing may go: {came:?}", came.len());
    }
}
